"""The sample returns: made the same again, and their table of truth hangs together with roster, flags and files."""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pytest

from pipeline.checks.flags import FAULTS, ORDER
from pipeline.datamodel.records import Roster
from pipeline.roster.reader import load_roster

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sample_scans.make_samples import expected_table  # noqa: E402, needs the path above
from sample_scans.maker.cases import SAMPLES, Sample  # noqa: E402
from sample_scans.maker.returns import make_return  # noqa: E402

FOLDER = ROOT / "sample_scans"
TOTAL_BYTES = 15_000_000


def expected_rows() -> list[dict[str, str]]:
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def sample(file: str) -> Sample:
    return next(s for s in SAMPLES if s.case.file == file)


@cache
def roster() -> Roster:
    return load_roster(FOLDER / "roster.bib")


@cache
def made(file: str) -> bytes:
    return make_return(sample(file).case)


def pixels(data: bytes) -> npt.NDArray[np.float64]:
    """The first page at 40 dpi, grey."""
    document = pdfium.PdfDocument(data)
    image = document[0].render(scale=40 / 72, grayscale=True).to_numpy().astype(float)
    document.close()
    return np.asarray(image)


def test_expected_covers_every_file() -> None:
    named = {row["file"].partition("#")[0] for row in expected_rows()}
    assert named == {path.name for path in (FOLDER / "returns").iterdir()}


def test_expected_is_the_table_of_the_cases() -> None:
    assert (FOLDER / "expected.csv").read_text(encoding="utf-8") == expected_table(SAMPLES)


@pytest.mark.parametrize("file", ["form_filled.pdf", "agreement (2).pdf", "FAX0009.pdf"])
def test_same_bytes_every_time(file: str) -> None:
    assert make_return(sample(file).case) == made(file)


@pytest.mark.parametrize("file", ["form_filled.pdf", "permission-form.pdf", "FAX0009.pdf"])
def test_committed_file_is_what_the_script_makes(file: str) -> None:
    again, kept = pixels(made(file)), pixels((FOLDER / "returns" / file).read_bytes())
    assert again.shape == kept.shape
    # Another build of the font or fax code may differ in a few edge pixels; other writing would differ far more.
    assert np.abs(again - kept).mean() < 0.2


def test_files_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < TOTAL_BYTES


@pytest.mark.parametrize("row", expected_rows(), ids=lambda row: row["file"])
def test_truth_agrees_with_roster_and_flags(row: dict[str, str]) -> None:
    flags = [flag for flag in row["flags"].split("; ") if flag]
    assert flags == sorted(flags, key=lambda flag: ORDER[flag])
    assert (row["status"] == "clear") == (not FAULTS.intersection(flags))
    assert (row["date_kind"] == "none") == (row["date"] == "")
    article = roster().article(row["article"])
    if row["article"] not in ("", "*"):
        assert article is not None
        people = {name for key in ("author", "signer") for name in row[key].split("; ") if name not in ("", "*")}
        assert people <= set(article.authors)


def test_file_names_do_not_tell_the_article() -> None:
    keys = [article.key.lower() for article in roster().articles]
    assert not [row["file"] for row in expected_rows() if any(key in row["file"].lower() for key in keys)]
