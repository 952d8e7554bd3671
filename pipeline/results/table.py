"""The results table: one row a return, with the same columns and types whatever was read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datamodel.records import EXTRA, Box, FieldReading, SignatureReading, Verdict
from pipeline.datamodel.statuses import STATUSES

if TYPE_CHECKING:
    import pandera.pandas as pa

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
SIGNATURES = ("handwritten", "typed", "script_font", "digital", "transcribed", "none")
KINDS = ("handwritten", "typed", "transcribed", "none")
ORDERS = ("", "as written", "checks", "batch", "ambiguous")
LONGEST_TEXT = 2000
"""Characters kept of what was read for one field; a page full of text is no title."""
PLACES = ("title", "name", "signature", "date")
"""Fields with a page and a box in the table."""

TYPES: Mapping[str, str] = {
    "file": "string",
    "sha256": "string",
    "pages": "Int64",
    "form": "string",
    "status": "category",
    "flags": "string",
    "why": "string",
    "article": "string",
    "article_confidence": "float64",
    "title_read": "string",
    "name_read": "string",
    "signer_read": "string",
    "date_read": "string",
    "author": "string",
    "author_confidence": "float64",
    "signature": "category",
    "signature_confidence": "float64",
    "signer": "string",
    "signer_confidence": "float64",
    "date": "datetime64[us]",
    "date_confidence": "float64",
    "date_kind": "category",
    "date_order": "string",
    **{f"{place}_{part}": kind for place in PLACES for part, kind in (("page", "Int64"), ("box", "string"))},
    "seconds": "float64",
    "sender": "string",
    "received": "datetime64[us]",
}
"""Columns in their order, with their pandas types."""
CATEGORIES: Mapping[str, tuple[str, ...]] = {"status": STATUSES, "signature": SIGNATURES, "date_kind": KINDS}
CONFIDENCES = tuple(name for name in TYPES if name.endswith("_confidence"))
DAYS = tuple(name for name, kind in TYPES.items() if kind.startswith("datetime64"))
SEPARATOR = "; "
"""Between several values in one cell."""


def row(verdict: Verdict) -> dict[str, Any]:
    """One row of the table, before people."""
    seen, found = verdict.observation, verdict.resolution
    return {
        "file": verdict.source.name,
        "sha256": verdict.source.sha256,
        "pages": seen.pages,
        "form": seen.form,
        "status": verdict.status,
        "flags": SEPARATOR.join(flag.code for flag in verdict.flags),
        "why": _shown(" ".join(flag.sentence for flag in verdict.flags)),
        "article": found.article,
        "article_confidence": round(found.article_confidence, 4),
        "title_read": _shown(seen.title.text)[:LONGEST_TEXT],
        "name_read": _shown(seen.name.text)[:LONGEST_TEXT],
        "signer_read": _shown(" ".join(line.text for line in seen.signature.lines))[:LONGEST_TEXT],
        "date_read": _shown(seen.date.text)[:LONGEST_TEXT],
        "author": SEPARATOR.join(found.authors),
        "author_confidence": round(found.author_confidence, 4),
        "signature": seen.signature.kind,
        "signature_confidence": round(seen.signature.confidence, 4),
        "signer": SEPARATOR.join(found.signers),
        "signer_confidence": round(found.signer_confidence, 4),
        "date": found.day,
        "date_confidence": round(found.date_confidence, 4),
        "date_kind": seen.date.kind,
        "date_order": found.date_order,
        **_place("title", seen.title),
        **_place("name", seen.name),
        **_place("signature", seen.signature),
        **_place("date", seen.date),
        "seconds": round(seen.seconds, 3),
        "sender": verdict.source.sender,
        "received": verdict.source.received,
        **{field.column: _shown(field.value)[:LONGEST_TEXT] for field in seen.extra_fields},
    }


def _shown(text: str) -> str:
    """What was read, with a sign in place of each control character: in a table they break rows, or what shows it."""
    return _CONTROL.sub("\ufffd", _LINE_END.sub("\n", text))


def _place(name: str, reading: FieldReading | SignatureReading) -> dict[str, Any]:
    return {f"{name}_page": reading.page, f"{name}_box": "" if reading.box is None else str(_clipped(reading.box))}


def _clipped(box: Box) -> Box:
    """The part of the box that lies on the page; ink may run over a page's edge, and its box with it."""
    x0, y0, x1, y1 = (min(max(side, 0.0), 1.0) for side in (box.x0, box.y0, box.x1, box.y1))
    return Box(x0, y0, x1, y1)


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame of the table's columns and types, the further columns behind, as the rows have them."""
    columns = {}
    for name, kind in types_of(extra_columns(name for r in rows for name in r)).items():
        values = [r[name] if name in TYPES else r.get(name, "") for r in rows]
        if name in CATEGORIES:
            columns[name] = pd.Series(pd.Categorical(values, categories=CATEGORIES[name]))
        elif kind.startswith("datetime64"):
            columns[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype="object"))).astype("datetime64[us]")
        else:
            columns[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(columns)


def extra_columns(names: Iterable[Any]) -> list[str]:
    """Those of a table's columns that are further fields of a form, each once, in alphabetical order."""
    return sorted({str(name) for name in names if str(name).startswith(EXTRA)})


def types_of(extra_fields: Iterable[str]) -> dict[str, str]:
    """All columns of a table with these further ones, with their pandas types."""
    return {**TYPES, **dict.fromkeys(extra_fields, "string")}


def schema(extra_fields: Sequence[str] = ()) -> pa.DataFrameSchema:
    """What holds for every results table with these further columns."""
    import pandera.pandas as pa

    from pipeline.checks.flags import ORDER

    def known_codes(flags: str) -> bool:
        codes = flags.split(SEPARATOR) if flags else []
        return codes == sorted(codes, key=lambda code: ORDER.get(code, -1)) and all(code in ORDER for code in codes)

    checks: dict[str, list[pa.Check]] = {
        "file": [pa.Check.str_length(min_value=1)],
        "sha256": [pa.Check.str_matches(r"^([0-9a-f]{64})?$")],
        "pages": [pa.Check.ge(0)],
        "flags": [pa.Check(known_codes, element_wise=True, error="codes of the registry, worst first")],
        "date_order": [pa.Check.isin(ORDERS)],
        "seconds": [pa.Check.ge(0)],
        **{name: [pa.Check.in_range(0, 1)] for name in CONFIDENCES},
        **{f"{p}_page": [pa.Check.ge(1)] for p in PLACES},
        **{f"{p}_box": [pa.Check.str_matches(r"^(([01]\.\d{4},){3}[01]\.\d{4})?$")] for p in PLACES},
    }
    nullable = {*DAYS, *(f"{place}_page" for place in PLACES)}
    kinds = types_of(extra_fields)
    types = {n: pd.CategoricalDtype(list(CATEGORIES[n])) if n in CATEGORIES else kind for n, kind in kinds.items()}
    columns = {n: pa.Column(types[n], checks.get(n), nullable=n in nullable) for n in kinds}
    return pa.DataFrameSchema(columns, strict=True, ordered=True, unique=["file", "sha256"])


def checked(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it came, if it keeps the schema; raises pandera's SchemaErrors if not."""
    schema(extra_columns(table.columns)).validate(table, lazy=True)
    return table


RISKY: Mapping[str, str] = {
    "article": "article_confidence",
    "author": "author_confidence",
    "signature": "signature_confidence",
    "date": "date_confidence",
}
"""Readings whose stated confidence the table has, with its column."""


def expected_wrong(table: pd.DataFrame) -> float:
    """How many of the cleared returns are wrong in article, author, date or signature, as left-out volumes were.

    A two-way date that nothing settles counts as right: either of its days passes every check. Without a roster there
    is no article or author that could be wrong.
    """
    from pipeline.resolution.risk import calibrated_doubt, joined_doubt

    total = 0.0
    for row in table[table["status"] == "clear"].to_dict("records"):
        unsaid = {field for field in ("article", "author") if not row[field]}
        if row["date_order"] == "ambiguous":
            unsaid.add("date")
        fields = [field for field in RISKY if field not in unsaid]
        total += joined_doubt({field: calibrated_doubt(field, float(row[RISKY[field]])) for field in fields})
    return total
