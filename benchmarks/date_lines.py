"""Lines for `models.date_head_training`: their features and what they say, real ones and made-up ones.

usage: python -m benchmarks.date_lines real RETURNS OUT.npz
       python -m benchmarks.date_lines made COUNT OUT.npz --fonts FOLDER [--titles TRUTH.jsonl]

RETURNS is a labelled folder (see `benchmarks.truth`) whose transcripts have `date_text`; only what is written by hand
at the date is taken, as the program cuts and views it. FOLDER holds script fonts: those of the samples, and as many
more as there are. OUT holds features and texts of dates, no pictures and no names.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.made_dates import made_line
from models.date_head_training import Line, save_lines
from models.emissions import CtcEmissions
from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.datamodel.records import Problem
from pipeline.dates.evidence import SPAN
from pipeline.documents.opening import open_document
from pipeline.extraction.areas import read_areas
from pipeline.extraction.field_records import form_fields
from pipeline.extraction.observe import Models
from pipeline.extraction.recognize import stretched
from pipeline.forms.reader import load_forms
from pipeline.registration.matching import fitted, form_of, match_pages

Pixels = npt.NDArray[np.uint8]
VIEWS = 2
"""Views of a date that are taken."""


class KeepingReader(LineReader):
    """Keeps each crop with the text's view that it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[Pixels, CtcEmissions]] = []

    def read_twice(self, crops: Sequence[Pixels]) -> list[tuple[CtcEmissions, CtcEmissions]]:
        """As LineReader's."""
        found = super().read_twice(crops)
        self.kept += [(crop, view) for crop, (view, _) in zip(crops, found, strict=True)]
        return found


def date_crops(data: bytes, reader: KeepingReader) -> list[Pixels]:
    """The views that the program took of a return's handwritten date, where it stands on one line of a form's page."""
    document, forms = open_document(data), load_forms()
    if isinstance(document, Problem):
        return []
    reader.kept.clear()
    pages = match_pages(document, range(len(document)), forms)
    form = form_of(pages, forms)
    fits = fitted(pages, form).values() if form else ()
    areas = [area for page in fits for area in read_areas(page, Models(LineFinder(), reader), SPAN)]
    lines = [line.views for line in form_fields(areas, form).date.lines if line.views]
    if len(lines) != 1:
        return []
    return [crop for crop, view in reader.kept if any(view is own for own in lines[0])][:VIEWS]


def handwritten(folder: Path) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Returns that are dated by hand: volume, transcript, the file's bytes."""
    for row in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(row)
        if truth["date_kind"] == "handwritten":
            yield Path(truth["file"]).parts[0].removeprefix("v"), truth, (folder / truth["file"]).read_bytes()


def real_lines(folder: Path) -> Iterator[Line]:
    """The handwritten dates of labelled returns."""
    reader = KeepingReader()
    for volume, truth, data in handwritten(folder):
        for crop in date_crops(data, reader):
            yield Line(reader.features(crop).astype(np.float16), truth["date_text"], volume)


def made_lines(count: int, fonts: Sequence[Path], titles: Sequence[str]) -> Iterator[Line]:
    """Lines in hands that nobody has."""
    reader = LineReader()
    for made in (made_line(seed, fonts, titles) for seed in range(count)):
        if made is not None:
            yield Line(reader.features(stretched(made[0])).astype(np.float16), made[1])


def main() -> None:
    """Make one kind of lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    real, made = kinds.add_parser("real"), kinds.add_parser("made")
    real.add_argument("returns", type=Path)
    made.add_argument("count", type=int)
    made.add_argument("--fonts", type=Path, required=True)
    made.add_argument("--titles", type=Path)
    for kind in (real, made):
        kind.add_argument("out", type=Path)
    asked = parser.parse_args()
    if asked.kind == "real":
        save_lines(asked.out, list(real_lines(asked.returns)))
        return
    rows = asked.titles.read_text(encoding="utf-8").splitlines() if asked.titles else []
    titles = [title for row in rows if (title := json.loads(row)["title"])]
    save_lines(asked.out, list(made_lines(asked.count, sorted(asked.fonts.iterdir()), titles)))


if __name__ == "__main__":
    main()
