"""A fault of the program: told as such, its trace kept and shown, and never blamed on the user's file."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from pipeline.datamodel.errors import EXIT_FAULT, EXIT_UNREADABLE
from pipeline.datamodel.records import Observation, Source
from pipeline.execution.reading import read_return
from tests.cli.test_main import batch, run
from tests.material import stand_ins

__all__ = ["batch"]


def breaks(*_: object) -> Observation:
    raise IndexError("no such place\x1b[31m")


@pytest.fixture
def broken(batch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A batch whose second return meets a fault of the program in the middle of reading."""
    (batch / "returns" / "b.pdf").write_text("read two")
    monkeypatch.setattr("pipeline.execution.reading.observe", breaks)
    plain_read = stand_ins.read

    def read(source: Source) -> Observation:
        return read_return(source) if source.name == "b.pdf" else plain_read(source)

    monkeypatch.setattr("tests.material.stand_ins.read", read)
    return batch


def test_a_fault_costs_one_row_and_its_trace_is_shown(broken: Path) -> None:
    code, out, err = run("read", "returns", "--roster", "roster.bib", "--out", "o")
    assert code == EXIT_UNREADABLE and "a.pdf" in out and "Traceback" not in out + err
    table = (broken / "o" / "returns.csv").read_text()
    assert "fault of the program, not of the file (IndexError)" in table and "countersign log" in table
    code, out, err = run("log", "o", "b.pdf")
    assert code == 0 and "b.pdf" in err and "IndexError: no such place" in err and "in breaks" in err
    assert "\x1b" not in err
    assert "b.pdf" in run("log", "o")[2]
    assert "has no trace" in run("log", "o", "a.pdf")[2]
    code, _, err = run("log", "o", "other.pdf")
    assert code == 2 and "o has no return other.pdf" in err
    code, out, _ = run("log", "o", "--json")
    assert '"file": "b.pdf"' in out and "IndexError" in out


def test_verbose_shows_oddities_and_twice_the_stages(broken: Path) -> None:
    arguments = ("read", "returns", "--roster", "roster.bib", "-q", "--out")
    assert "pipeline.execution.reading: b.pdf" in run(*arguments, "o", "-v")[2]
    assert "pipeline.execution.reading: reading b.pdf" in run(*arguments, "p", "-vv")[2]
    assert run(*arguments, "r")[2].count("pipeline.") == 0
    assert logging.getLogger("pipeline").level == logging.NOTSET, "left as it was"


def test_a_fault_of_the_command_names_the_file_with_its_trace(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.main.show_table", breaks)
    monkeypatch.setattr("tempfile.tempdir", str(batch))
    code, _, err = run("read", "returns", "--roster", "roster.bib")
    assert code == EXIT_FAULT and "fault of the program (IndexError)" in err and "Traceback" not in err
    named = re.search(r"its trace, (\S+\.txt)", err)
    assert named is not None and "IndexError: no such place" in Path(named[1]).read_text()
    assert Path(named[1]).stat().st_mode & 0o077 == 0, "nobody else reads it"


def test_a_missing_file_of_ours_is_not_told_as_the_users(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "weights/reader.onnx")

    monkeypatch.setattr("pipeline.cli.main.show_table", missing)
    monkeypatch.setattr("tempfile.tempdir", str(batch))
    code, _, err = run("read", "returns", "--roster", "roster.bib")
    assert code == EXIT_FAULT and "fault of the program" in err


def test_a_missing_file_of_the_users_is_told(batch: Path) -> None:
    assert run("chase", "--contacts", "no.csv")[0] in (2, 4)
    code, _, err = run("read", "--from0", "no.txt", "--roster", "roster.bib")
    assert code == 2 and "no.txt can't be read" in err


def test_nothing_of_a_name_reaches_the_terminal_raw(batch: Path) -> None:
    odd = "two\x1b]0;owned\x07\u202e\x9b31m.pdf"
    (batch / "returns" / odd).write_text("read two")
    (batch / "roster.bib").write_text(
        (batch / "roster.bib").read_text().replace("Ann Author", "Ann \x1b[2JAuthor").replace("two24", "two\x9b2J24")
    )
    for more in ((), ("-v",), ("--json",)):
        code, out, err = run("read", "returns", "--roster", "roster.bib", "--out", "o", *more)
        assert code == 0, err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out + err), more
