"""What should come out: hand-made transcripts of returns, beside them in `truth.jsonl` or `expected.csv`.

A folder to measure on holds returns in any folders below it, a `roster.bib` in each volume's folder (or its parent),
and `truth.jsonl`: one return a line with the keys file, article, authors, signature, signature_text, signer, date,
date_readings, date_kind and flags. The sample returns have `expected.csv` instead.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.datamodel.errors import CountersignError

ANY = "*"
"""In expected.csv: either answer is right."""


class TruthMissing(CountersignError):
    """A folder to measure on says nowhere what should come out."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Truth:
    """What one return says, as a person read it."""

    file: str
    article: str | None
    """Roster key; None: its title is in no roster, or blank."""
    authors: tuple[str, ...]
    signature: str
    signer: tuple[str, ...]
    """Empty where a person couldn't tell."""
    days: tuple[str, ...]
    """ISO dates that are right; several where nothing settles which is meant; empty: undated."""
    two_way: bool
    """Day and month can be exchanged as far as the writing goes."""
    date_kind: str
    flags: frozenset[str]
    signature_text: str = ""
    """What the signature says, where the transcript has it."""
    open: frozenset[str] = frozenset()
    """Columns where either answer is right."""
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What title and name say and how they were made, by field, where the transcript has it."""


def load_truth(folder: Path) -> list[Truth]:
    """Raises TruthMissing."""
    if (folder / "truth.jsonl").is_file():
        lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
        return [_from_transcript(json.loads(line)) for line in lines if line.strip()]
    if (folder / "expected.csv").is_file():
        with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
            return [_from_expected(row) for row in csv.DictReader(file)]
    raise TruthMissing(f"{folder} has neither truth.jsonl nor expected.csv. Write one to measure accuracy on it.")


def _from_transcript(entry: Mapping[str, Any]) -> Truth:
    readings = tuple(entry.get("date_readings") or ())
    return Truth(
        file=entry["file"],
        article=entry.get("article"),
        authors=tuple(entry.get("authors") or ()),
        signature=entry.get("signature", "none"),
        signer=tuple(entry.get("signer") or ()),
        days=(entry["date"],) if entry.get("date") else readings,
        two_way=len(readings) > 1,
        date_kind=entry.get("date_kind", "none"),
        flags=frozenset(entry.get("flags") or ()),
        signature_text=entry.get("signature_text") or "",
        texts={f: (entry[f], entry[f"{f}_kind"]) for f in ("title", "name") if entry.get(f) and entry.get(f"{f}_kind")},
    )


def _from_expected(row: Mapping[str, str]) -> Truth:
    split = {
        name: tuple(p.strip() for p in row[name].split(";") if p.strip()) for name in ("author", "signer", "flags")
    }
    days = tuple(day for day in row["date"].split("|") if day and day != ANY)
    return Truth(
        file=row["file"],
        article=row["article"] or None,
        authors=split["author"],
        signature=row["signature"] or "none",
        signer=split["signer"],
        days=days,
        two_way=len(days) > 1 or row["date_order"] in ("batch", "ambiguous", "checks"),
        date_kind=row["date_kind"] or "none",
        flags=frozenset(split["flags"]),
        open=frozenset(name for name, value in row.items() if value == ANY),
    )
