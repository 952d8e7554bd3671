"""Decisions follow a return that is renamed, moved, handed over, or gone and come back."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datamodel.errors import StoreError
from pipeline.decisions.answers import Answer
from pipeline.decisions.changes import changes_of
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.places import homes
from pipeline.decisions.review_session import ReviewSession
from pipeline.intake.sources import find_sources
from pipeline.results.store import open_store
from tests.material.review_batch import SETTINGS
from tests.material.whole_batch import whole_batch

A, B = "a" * 64, "b" * 64


def test_a_place_that_is_there_keeps_its_own_and_one_that_is_gone_has_moved() -> None:
    assert homes([("x.pdf", A)], [("x.pdf", A), ("y.pdf", A)]) == {("x.pdf", A): ("x.pdf", A)}
    assert homes([("x.pdf", A)], [("y.pdf", A), ("z.pdf", B)]) == {("x.pdf", A): ("y.pdf", A)}
    assert homes([("x.pdf", A)], [("z.pdf", B)]) == {}
    parts = homes([("x.pdf#2", A)], [("y.pdf#1", A), ("y.pdf#2", A)])
    assert parts == {("x.pdf#2", A): ("y.pdf#2", A)}, "the second agreement of a file stays the second"
    assert homes([("x.pdf", A), ("y.pdf", A)], [("y.pdf", A)]) == {("y.pdf", A): ("y.pdf", A)}, "it has its own"


def test_what_changed_since_the_last_run() -> None:
    before = [("kept.pdf", A), ("old.pdf", B), ("gone.pdf", "c" * 64), ("fixed.pdf", "d" * 64)]
    after = [("kept.pdf", A), ("new name.pdf", B), ("fixed.pdf", "e" * 64), ("answer.pdf", "f" * 64)]
    table = pd.DataFrame({
        "file": [file for file, _ in after], "status": ["ask again", "clear", "clear", "clear"],
        "article": ["one26", "two26", "six26", "one26"],
    })  # fmt: skip
    found = changes_of(before, after, table)
    assert (found.new, found.replaced, found.gone) == (("answer.pdf",), ("fixed.pdf",), ("gone.pdf",))
    assert found.moved == (("old.pdf", "new name.pdf"),) and found.answered == ("one26",)


def again(folder: Path, returns: Path) -> Mapping[str, str]:
    """File -> status after the folder was looked through again, as it is now."""
    with open_results(folder) as results:
        roster = results.roster
    with open_store(folder) as store:
        store.begin_run([returns], find_sources([returns]), roster, SETTINGS)
        names = {r["file"] for r in store.rows()}
    with open_results(folder) as results:
        assert len(names) <= len(results.table)
        files = [one.source.name for one in results.judged]
        return dict(zip(files, results.table["status"], strict=True))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = whole_batch(tmp_path, ("undated", "", "", "", ""))
    with open_store(folder, writing=False) as store:
        session = ReviewSession.of(store)
        number = next(n for n in session.order if "undated" in session.rows[n].row["flags"])
        session.answer(number, 0, Answer("undated", "ask", reason="date"), "ines", "step-0001")
    return folder


def rows_of(folder: Path) -> dict[int, str]:
    with open_store(folder, writing=False) as store:
        rows = store.judged_rows()  # The parts of `both.pdf` are known from a reading, which was never made.
        return {row.number: row.source.name for row in rows if not row.source.name.startswith("both")}


def test_a_renamed_file_keeps_its_row_and_what_was_decided(folder: Path) -> None:
    returns = folder.parent / "returns"
    before = rows_of(folder)
    (returns / "late").mkdir()
    (returns / "own one.pdf").rename(returns / "late" / "other name.pdf")
    again(folder, returns)
    after = rows_of(folder)
    assert after.keys() == before.keys()
    moved = {before[n]: after[n] for n in before if before[n] != after[n]}
    assert moved == {"own one.pdf": "late/other name.pdf"}
    with open_store(folder, writing=False) as store:
        session = ReviewSession.of(store)
        number = next(n for n, row in session.rows.items() if row.source.name == "late/other name.pdf")
        state = session.state(number)
        assert state is not None and state.status == "ask again" and state.version == 1
        session.answer(number, 1, Answer("undated", "correct", "2026-05-04"), "ines", "step-0002")
        session.undo(number, 2, state.log[0].id, "ines", "step-0003")
        state = session.state(number)
        assert state is not None and state.version == 3 and state.status == "corrected"


def test_a_folder_that_was_moved_or_handed_over_doubles_nothing(folder: Path) -> None:
    before = rows_of(folder)
    elsewhere = folder.parent / "elsewhere"
    (folder.parent / "returns").rename(elsewhere)
    again(folder, elsewhere)
    assert rows_of(folder) == before
    with open_store(folder, writing=False) as store:
        assert all(Path(row.source.path).is_relative_to(elsewhere) for row in store.judged_rows())


def test_a_results_folder_on_another_machine_is_told_where_the_returns_are(folder: Path) -> None:
    (folder.parent / "returns").rename(folder.parent / "theirs")
    shutil.move(folder, folder.parent / "handed over")
    here = folder.parent / "handed over"
    with open_store(here, writing=False) as store, pytest.raises(StoreError, match="None of the returns"):
        store.relocate(folder.parent / "nowhere")
    with open_results(here, returns=folder.parent / "theirs") as results:
        assert all(Path(one.source.path).is_file() for one in results.judged)
        assert list(results.table["status"]).count("ask again") == 1
    with open_results(here) as results:
        assert all(Path(one.source.path).is_file() for one in results.judged), "it is remembered"


def test_what_is_gone_and_comes_back_is_as_it_was(folder: Path) -> None:
    returns = folder.parent / "returns"
    before = rows_of(folder)
    shutil.move(returns / "own one.pdf", folder.parent / "away.pdf")
    again(folder, returns)
    assert "own one.pdf" not in rows_of(folder).values()
    shutil.move(folder.parent / "away.pdf", returns / "back.pdf")
    again(folder, returns)
    assert rows_of(folder) == {n: "back.pdf" if name == "own one.pdf" else name for n, name in before.items()}
    with open_store(folder, writing=False) as store:
        assert sorted(s.status for s in ReviewSession.of(store).all_states() if s.log) == ["ask again"]


def test_two_copies_have_a_row_each(folder: Path) -> None:
    returns = folder.parent / "returns"
    shutil.copy(returns / "own one.pdf", returns / "copy.pdf")
    with open_results(folder) as results:
        roster = results.roster
    with open_store(folder) as store:
        _, sources = store.begin_run([returns], find_sources([returns]), roster, SETTINGS)
    assert {"own one.pdf", "copy.pdf"} <= {source.name for source in sources}
