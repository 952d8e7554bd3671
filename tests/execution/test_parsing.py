"""Rosters and containers that hang their reader, or end its process, cost one sentence."""

from __future__ import annotations

import os
import pickle
import signal
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.datamodel.errors import InputError, RosterError
from pipeline.datamodel.records import Problem
from pipeline.execution import parsing
from pipeline.execution.parsing import ListTask, RosterTask, load_roster, looking_apart, parsed_roster
from pipeline.execution.worker_pool import Limits
from pipeline.intake.sources import Examiner, find_sources, listings
from pipeline.roster.columns import Column, ColumnQuestion, ColumnsUnclear

BIB = "@InProceedings{one24, title = {One}, author = {Ann Author}}\n"
LIMITS = Limits(seconds=20, address_space=4 << 30)
QUICK = Limits(seconds=1)


def crashes(_: object) -> None:
    os.abort()


def hangs(_: object) -> None:
    time.sleep(60)


def fails(_: object) -> object:
    raise IndexError("no such place")


def killed_once(task: RosterTask) -> object:
    mark = task.path.with_suffix(".mark")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return parsed_roster(task)


def workbook(path: Path, rows: int, columns: int) -> Path:
    """A list of articles with a cell at the far corner."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("key", "title", "authors"))
        sheet.write_row(1, 0, ("one24", "One", "Ann Author"))
        sheet.write(rows - 1, columns - 1, "x")
    return path


def test_a_workbook_is_read_in_a_worker(tmp_path: Path) -> None:
    roster = load_roster(RosterTask(workbook(tmp_path / "r.xlsx", 3, 3)), LIMITS)
    assert [article.key for article in roster.articles] == ["one24"]


def test_a_cell_at_the_last_corner_costs_a_sentence_at_most(tmp_path: Path) -> None:
    started = time.monotonic()
    try:
        roster = load_roster(RosterTask(workbook(tmp_path / "r.xlsx", 1_048_576, 16_384)), LIMITS)
    except RosterError as error:
        assert "r.xlsx" in str(error) and "CSV" in str(error)
    else:
        assert [article.key for article in roster.articles] == ["one24"]
    assert time.monotonic() - started < 2 * LIMITS.seconds


@pytest.mark.parametrize(
    ("call", "says"),
    [("crashes", "ended the process"), ("hangs", "longer than 1 seconds"), ("killed_once", "")],
)
def test_whatever_its_reader_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, says: str) -> None:
    path = tmp_path / "r.bib"
    path.write_text(BIB + "%" * parsing.SMALL_BYTES)
    monkeypatch.setattr(parsing, "ROSTER_CALL", f"{__name__}:{call}")
    if says:
        with pytest.raises(RosterError, match=says):
            load_roster(RosterTask(path), QUICK)
    else:
        assert len(load_roster(RosterTask(path), LIMITS).articles) == 1, "a kill from outside is not its fault"


def test_a_fault_of_the_program_over_a_roster_is_told_with_its_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.bib").write_text(BIB)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pipeline.roster.reader.load_roster", lambda *_: fails(None))
    with pytest.raises(RosterError, match=r"made the program fail \(IndexError\)"):
        load_roster(RosterTask(tmp_path / "r.bib"), LIMITS)
    (trace,) = tmp_path.glob("countersign-fault-*.txt")
    assert "no such place" in trace.read_text()


def test_what_is_unclear_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = ColumnQuestion("title", (Column(0, "Title", ("One",)),), "Which one?")

    def unclear(*_: object) -> None:
        raise ColumnsUnclear([question])

    monkeypatch.setattr("pipeline.roster.reader.load_roster", unclear)
    answer = pickle.loads(pickle.dumps(parsed_roster(RosterTask(tmp_path))))
    assert answer.unclear == (question,)
    (tmp_path / "r.csv").write_text("Title\nOne\n")
    with pytest.raises(ColumnsUnclear, match=r"^Which one\?$") as found:
        load_roster(RosterTask(tmp_path / "r.csv"), LIMITS)
    assert found.value.questions == (question,)


def test_half_a_character_in_a_roster_is_none(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('[{"key": "one24", "title": "One \\ud800", "authors": "Ann Author"}]')
    (article,) = load_roster(RosterTask(tmp_path / "r.json"), LIMITS).articles
    assert article.title.encode()


def test_a_pipe_is_no_roster(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "r.bib")
    with pytest.raises(InputError, match="pipe"):
        load_roster(RosterTask(tmp_path / "r.bib"), LIMITS)


def test_containers_are_listed_as_before_in_a_worker(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.pdf", "%PDF-one")
        archive.writestr("two.pdf", "%PDF-two")
    (tmp_path / "b.pdf").write_text("%PDF-three")
    here = find_sources([tmp_path])
    with looking_apart(LIMITS) as examiner:
        assert find_sources([tmp_path], examiner=examiner) == here and len(here) == 3


@pytest.mark.parametrize(("call", "says"), [("crashes", "ended the process"), ("hangs", "longer than 1 seconds")])
def test_a_container_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, says: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.pdf", "%PDF-one")
    (tmp_path / "b.pdf").write_text("%PDF-three")
    monkeypatch.setattr(parsing, "CONTAINER_CALL", f"{__name__}:{call}")
    with looking_apart(QUICK) as examiner:
        sources = find_sources([tmp_path], examiner=examiner)
    found = {source.name: source.refused for source in sources}
    assert found.keys() == {"a.zip", "b.pdf"} and found["b.pdf"] is None
    assert found["a.zip"] is not None and says in found["a.zip"].sentence
    known, not_again = listings(sources), Examiner(members=lambda *_: pytest.fail("looked into again"))
    assert find_sources([tmp_path], known=known, examiner=not_again)[0].refused == found["a.zip"]


def test_a_fault_over_a_container_is_kept_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").touch()
    monkeypatch.setattr(parsing, "list_members", lambda *_: fails(None))
    answer = parsing.listed_container(ListTask(str(tmp_path / "a.zip"), "zip"))
    assert isinstance(answer, Problem) and "fault of the program" in answer.sentence
    assert "no such place" in answer.trace


OUTPUT = b'{"pages": [], "BlockType": "x"}'


@pytest.mark.parametrize("call", ["crashes", "hangs"])
def test_a_text_beside_a_scan_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-one")
    (tmp_path / "a.txt").write_bytes(b"Signed: Ann\nDate: today\n")
    here = find_sources([tmp_path])
    assert [source.name for source in here] == ["a.pdf"] and here[0].text is not None
    with looking_apart(LIMITS) as examiner:
        assert find_sources([tmp_path], examiner=examiner) == here
    monkeypatch.setattr(parsing, "SMALL_BYTES", 4)
    with looking_apart(LIMITS) as examiner:
        assert find_sources([tmp_path], examiner=examiner) == here, "the worker says the same"
    monkeypatch.setattr(parsing, "CONTAINER_CALL", f"{__name__}:{call}")
    (tmp_path / "b.json").write_bytes(OUTPUT)
    with looking_apart(QUICK) as examiner:
        found = find_sources([tmp_path], examiner=examiner)
    assert [source.name for source in found] == ["a.pdf", "a.txt", "b.json"]
