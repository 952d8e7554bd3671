"""One agreement over several files: which two are one return, and how they are read as one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.datamodel.records import FilePart, Observation, PageFit, Problem, Source
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.intake.joining import half_of, joined, names_belong_together
from pipeline.intake.sources import find_sources, load_bytes
from pipeline.run import read_batch
from pipeline.settings import run_options
from sample_scans.maker import hands
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, Look, Writings, make_return

FIELDS: Writings = {
    "title": Writing("Counting Sheep in Wide Meadows"),
    "name": Writing("Ann Author"),
    "signature": Writing("Ann Author"),
    "date": Writing("5 May 2026"),
}


def photo(page: int) -> bytes:
    look = Look("scan", grey=True)
    return make_return(Case("IMG.jpg", hand=hands.PLAIN, pages=(page,), look=look, container="jpeg", **FIELDS))


def sources(*names: str) -> list[Source]:
    return [Source(name, f"/in/{name}", f"{at:064d}", 1) for at, name in enumerate(names)]


def rows(*files: tuple[str, int]) -> list[tuple[str, ...]]:
    """Names of the files of each return, where each file holds the form page given with it; 0: it holds none."""
    halves = {name: f"pmlr:{page}" if page else "" for name, page in files}
    return [(s.name, *(part.name for part in s.rest)) for s in joined(sources(*halves), halves)]


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ("IMG_2041.jpg", "IMG_2042.jpg", True),
        ("IMG_9999.jpg", "IMG_10000.jpg", True),
        ("smith p1.jpg", "smith p2.jpg", True),
        ("scan.jpg", "scan (1).jpg", True),
        ("20210602_164105.jpg", "20210602_164231.jpg", True),
        ("20210602_164105.jpg", "20210602_174231.jpg", False),
        ("20210602_164105.jpg", "20210603_164105.jpg", False),
        ("IMG_2041.jpg", "IMG_2057.jpg", False),
        ("IMG_2041.jpg", "IMG_2042.png", False),
        ("smith.jpg", "smythe.jpg", False),
        ("smith1.jpg", "kim2.jpg", False),
    ],
)
def test_names_of_one_agreement(a: str, b: str, together: bool) -> None:
    assert names_belong_together(a, b) is together is names_belong_together(b, a)


def test_neighbours_with_the_two_pages_are_one() -> None:
    assert rows(("a/IMG_9.jpg", 1), ("a/IMG_10.jpg", 2)) == [("a/IMG_9.jpg", "a/IMG_10.jpg")]
    assert rows(("b1.jpg", 2), ("b2.jpg", 1)) == [("b1.jpg", "b2.jpg")]
    four = (("c1.jpg", 1), ("c2.jpg", 2), ("c3.jpg", 1), ("c4.jpg", 2))
    assert rows(*four) == [("c1.jpg", "c2.jpg"), ("c3.jpg", "c4.jpg")]


def test_pages_that_legibly_name_others_are_not_one() -> None:
    halves = {
        "c1.jpg": "pmlr:1\nElizabeth Kavanagh",
        "c2.jpg": "pmlr:2\nAsTrid Lindqvist",
        "c3.jpg": "pmlr:1\nAnn Author, Bo Hallgren",
        "c4.jpg": "pmlr:2\nBo Halgren",
        "c5.jpg": "pmlr:1\nJorge Luis Beltran",
        "c6.jpg": "pmlr:2",
    }
    found = [(s.name, *(part.name for part in s.rest)) for s in joined(sources(*halves), halves)]
    assert found == [("c1.jpg",), ("c2.jpg",), ("c3.jpg", "c4.jpg"), ("c5.jpg", "c6.jpg")]


@pytest.mark.parametrize(
    "files",
    [
        (("a1.jpg", 1), ("a2.jpg", 1)),
        (("a1.jpg", 1), ("a2.jpg", 2), ("a3.jpg", 1)),
        (("a1.jpg", 1), ("a2.jpg", 0), ("a3.jpg", 2)),
        (("a/b1.jpg", 1), ("c/b2.jpg", 2)),
        (("IMG_2041.jpg", 1), ("page.jpg", 2)),
    ],
)
def test_what_is_no_clear_pair_stays_apart(files: tuple[tuple[str, int], ...]) -> None:
    assert rows(*files) == [(name,) for name, _ in files]


def test_half_of_a_form() -> None:
    fit = PageFit(1, 2, 0.9)
    assert str(half_of(Observation(pages=1, form="pmlr", fits=(fit,), missing_pages=(1,)))) == "pmlr:2"
    assert half_of(Observation(pages=2, form="pmlr", fits=(fit, PageFit(2, 1, 0.9)))) is None
    assert half_of(Observation(pages=1, fits=(PageFit(1, None, 0.0),))) is None
    assert half_of(Observation(problem=Problem("empty_file", "Nothing."))) is None


def test_the_files_come_as_one_document(tmp_path: Path) -> None:
    for name, page in (("IMG_1.jpg", 1), ("IMG_2.jpg", 2)):
        (tmp_path / name).write_bytes(photo(page))
    first, second = find_sources([tmp_path])
    whole = Source(
        first.name, first.path, first.sha256, first.size, rest=(FilePart(second.name, second.path, second.sha256),)
    )
    data = load_bytes(whole)
    assert isinstance(data, bytes) and data == load_bytes(whole)
    document = open_document(data)
    assert isinstance(document, Document) and len(document) == 2
    (tmp_path / "IMG_2.jpg").write_bytes(b"changed")
    assert isinstance(load_bytes(whole), Problem)


def test_two_photos_give_one_row_also_when_read_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "IMG_2041.jpg").write_bytes(photo(1))
    (folder / "IMG_2042.jpg").write_bytes(photo(2))
    options = run_options({"out": out, "today": date(2026, 11, 20), "jobs": 1}, {})
    first = read_batch([folder], options)
    assert list(first.table["file"]) == ["IMG_2041.jpg"] and first.table["pages"][0] == 2
    assert "page_missing" not in first.table["flags"][0] and "IMG_2042.jpg" in first.table["why"][0]
    assert first.table["signature"][0] == "handwritten" and "2026" in first.table["date_read"][0]
    again = read_batch([folder], options)
    assert again.read == 0 and again.table.equals(first.table)
    (folder / "IMG_2042.jpg").unlink()
    alone = read_batch([folder], options)
    assert alone.read == 0 and "page_missing" in alone.table["flags"][0]
