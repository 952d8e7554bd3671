"""Real forms of other publishers: are a blank's fields found, are signed ones read right?

A folder holds `blanks.jsonl` (file, family, pages, fields: name -> page and box in fractions of the page; further) and
`signed.jsonl` (file, family, kind, signature, date, date_iso, altered). Each blank is learned; each signed return is
read with the form of its family, where there is a blank of it (taught), and once with none (untaught).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from anyascii import anyascii
from rapidfuzz import fuzz

from pipeline.checks.check import check_batch
from pipeline.datamodel.errors import FormError
from pipeline.datamodel.records import Article, Roster, Settings, Source, Verdict
from pipeline.extraction.observe import observe
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import Form, FormField, Zone
from pipeline.forms.reader import FORMS_FOLDER, load_form
from pipeline.resolution.resolve import resolve

LEAST_SHARED = 0.3
"""Share of the smaller of two places that lies in the other, from which a field is where it belongs."""
SAME_TITLE = 90.0
"""rapidfuzz ratio from which a title was read: a letter in ten may be wrong, the roster tells the rest."""
SAME_NAME = 85.0
"""The same of a name, of which six letters are a whole word."""
NOBODY = Roster((Article("nobody", "An Article That None of Them Is", ("Nemo Nobody",)),))
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LearnedBlank:
    """A blank with its learned form; None where it can't be used."""

    row: Row
    form: Form | None
    wrong: tuple[str, ...]
    """Fields that were not found where they are."""
    too_many: int


@dataclass(frozen=True, slots=True)
class ReadReturn:
    """One signed return as read."""

    row: Row
    verdict: Verdict
    seconds: float

    @property
    def signature_right(self) -> bool:
        return bool(self.row["signature"] == "none") == (self.verdict.observation.signature.kind == "none")

    @property
    def date_right(self) -> bool:
        days = [day for day in self.row["date_iso"].split("|") if day]
        found = self.verdict.resolution.day
        return found.isoformat() in days if found else not days

    @property
    def title_right(self) -> bool:
        """Whether the title was read, but for single letters; or most of it, where the field was too short for it."""
        read, wanted = _plain(self.verdict.observation.title.text), _plain(self.row["title"])
        return fuzz.ratio(read, wanted[: len(read)] if len(read) > len(wanted) / 2 else wanted) >= SAME_TITLE

    @property
    def name_right(self) -> bool:
        """Whether the author's name stands in what was read for it, in either of the two places for it, or the names of
        all authors, where the form asks for these."""
        seen = self.verdict.observation
        wanted = [name for name in (self.row["name"], self.row.get("authors", "")) if name]
        read = [_plain(text) for text in (seen.name.text, seen.block_name.text) if text]
        return any(fuzz.partial_token_sort_ratio(_plain(name), text) >= SAME_NAME for name in wanted for text in read)

    def has(self, code: str) -> bool:
        return code in [flag.code for flag in self.verdict.flags]


def _plain(text: str) -> str:
    """Small ASCII letters and digits with single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).lower()))


def rows(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def meets(a: Zone, b: Zone) -> bool:
    """Whether two places are one."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return across > 0 and down > 0 and across * down >= LEAST_SHARED * least


def learned_blank(row: Row, folder: Path, out: Path) -> LearnedBlank:
    """One blank of the folder, learned below `out`."""
    try:
        learn_form((folder / row["file"]).read_bytes(), row["family"], out)
        form = load_form(out)
    except FormError as error:
        return LearnedBlank(row, None, (str(error),), 0)
    wrong = [name for name, place in row["fields"].items() if not _is_there(form, name, place)]
    count = sum(len(page.fields) for page in form.pages)
    return LearnedBlank(row, form, tuple(wrong), max(0, count - len(row["fields"]) - len(row.get("further") or [])))


def _is_there(form: Form, name: str, place: Row) -> bool:
    """Whether a field is where it belongs; a name may be the one in print beside the signature."""
    page = form.pages[place["page"] - 1]
    w, h = page.width, page.height
    boxes = [(x[0] * w, x[1] * h, x[2] * w, x[3] * h) for x in (place["box"], *place.get("also", []))]
    found: list[FormField | None] = [form.field(name), form.field("block_name") if name == "name" else None]
    return any(f and f.page == page.number and any(meets(f.zone, box) for box in boxes) for f in found)


def read_with(signed: Sequence[Row], folder: Path, forms: Sequence[Form]) -> Iterator[ReadReturn]:
    """The signed returns, each by itself, with these forms at hand."""
    settings = Settings(today=date.today())
    for row in signed:
        data, name = (folder / row["file"]).read_bytes(), row["file"]
        started = time.process_time()
        seen = replace(observe(Source(name, name, "", len(data)), data, tuple(forms)), seconds=0.0)
        spent = time.process_time() - started
        source = Source(name, name, "0" * 64, len(data))
        (resolution,) = resolve([(source, seen)], NOBODY, settings, forms)
        (verdict,) = check_batch([(source, seen, resolution)], NOBODY, settings, forms)
        yield ReadReturn(row, verdict, spent)


def told(label: str, found: Sequence[ReadReturn]) -> list[str]:
    """A line of figures, and one for each return that is not right."""
    if not found:
        return [f"{label}: no returns"]
    both = [one for one in found if one.signature_right and one.date_right]
    altered = sum(one.has("form_altered") and not one.row.get("altered") for one in found)
    seconds = sorted(one.seconds for one in found)
    lines = [
        f"{label}: {len(found)} returns, signature right {sum(one.signature_right for one in found)}, date right "
        f"{sum(one.date_right for one in found)}, both {len(both)}, form_altered wrongly {altered}, wrong_form "
        f"{sum(one.has('wrong_form') for one in found)}, CPU s {seconds[len(seconds) // 2]:.1f} median, "
        f"{seconds[-1]:.1f} most"
    ]
    lines += [line for what in ("title", "name") if (line := _read_by_kind(what, found))]
    for one in (one for one in found if one not in both):
        seen = one.verdict
        lines.append(
            f"    {one.row['family']} | {one.row['kind']} | signature {seen.observation.signature.kind} for "
            f"{one.row['signature']} | date {seen.resolution.day} for {one.row['date']!r}"
        )
    return lines


def _read_by_kind(what: str, found: Sequence[ReadReturn]) -> str:
    """How many titles or names were read, by how they stand on the page; empty where the folder does not say."""
    parts = []
    for kind in ("typed", "handwritten", "mixed"):
        asked = [one for one in found if one.row.get(f"{what}_kind") == kind and one.row.get(what)]
        right = sum(one.title_right if what == "title" else one.name_right for one in asked)
        parts += [f"{kind} {right} of {len(asked)}"] if asked else []
    return f"    {what} read: {', '.join(parts)}" if parts else ""


def measure_folder(folder: Path, out: Path) -> list[str]:
    """The table of one folder as lines; forms are learned below `out`."""
    blanks = [learned_blank(row, folder, out / str(n)) for n, row in enumerate(rows(folder / "blanks.jsonl"))]
    signed = rows(folder / "signed.jsonl")
    right = sum(not blank.wrong for blank in blanks)
    lines = [
        f"blanks with all fields right: {right} of {len(blanks)}; fields too many: {sum(b.too_many for b in blanks)}"
    ]
    lines += [f"    {b.row['family']} | wrong: {', '.join(b.wrong)}" for b in blanks if b.wrong]
    own = [load_form(path) for path in sorted(FORMS_FOLDER.iterdir()) if (path / "form.toml").is_file()]
    families = {blank.row["family"]: blank.form for blank in blanks if blank.form}
    taught = [row for row in signed if row["family"] in families]
    lines += told("taught", list(read_with(taught, folder, [*own, *families.values()])))
    return lines + told("untaught", list(read_with(signed, folder, own)))
