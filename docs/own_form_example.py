"""The example of docs/own-form.md: `python -m docs.own_form_example` makes its blank and its returns, always the same.

They are renderings, as all samples are: an invented publisher's form, filled in and signed by nobody.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.other_forms import ROSTER, blank, made_return
from pipeline.roster.reader import load_roster
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.returns import make_return

FOLDER = ROSTER.parent / "northgate"
NUMBERS = (0, 1, 2, 3, 4, 6, 9)
"""Which of the returns that can be made: scans, a photo, a typed one; one without a date, one without a signature."""


def make(folder: Path) -> None:
    """Write `blank.pdf` and `returns/` to a folder."""
    form, roster = MADE_FORMS["northgate"], load_roster(ROSTER)
    (folder / "returns").mkdir(parents=True, exist_ok=True)
    (folder / "blank.pdf").write_bytes(blank(form))
    for number in NUMBERS:
        made = made_return(form, number, roster)
        (folder / "returns" / made.case.file).write_bytes(make_return(made.case))


if __name__ == "__main__":
    make(FOLDER)
