"""A corrected workbook given back: what is shown, what is logged, what is left alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.decisions.decided_results import open_results
from pipeline.decisions.review_session import ReviewSession
from pipeline.exports.table_files import write_csv
from pipeline.exports.workbook import column_of, write_workbook
from pipeline.exports.workbook_import import Change, WorkbookError, judged_changes, log_changes, read_edits
from tests.material.whole_batch import article, whole_batch

WRONG = ("", "unsigned", "date", "two", "")
"""Of own one.pdf, both.pdf#1, both.pdf#2, photo.jpg, fax.tif."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = whole_batch(tmp_path, WRONG)
    with open_results(folder) as results:
        write_workbook(results, folder / "w.xlsx")
    return folder


def edit(folder: Path, *edits: tuple[str, str, object]) -> Path:
    book = openpyxl.load_workbook(folder / "w.xlsx")
    sheet = book["Returns"]
    heads = [column_of(str(cell.value)) for cell in sheet[1]]
    rows = {sheet.cell(r, 1).value: r for r in range(2, sheet.max_row + 1)}
    for file, field, value in edits:
        sheet.cell(rows[file], heads.index(field) + 1).value = value
    book.save(folder / "edited.xlsx")
    return folder / "edited.xlsx"


def taken_in(folder: Path, path: Path) -> tuple[list[Change], int]:
    with open_results(folder) as results:
        session = ReviewSession.of(results.store)
        changes = judged_changes(read_edits(path).changes, session)
        return changes, log_changes(changes, session, "ines")


def test_nothing_changed_is_nothing_logged(folder: Path) -> None:
    assert taken_in(folder, edit(folder)) == ([], 0)


def test_corrections_become_decisions(folder: Path) -> None:
    path = edit(
        folder,
        ("both.pdf#2", "date", datetime(2026, 5, 16)),
        ("photo.jpg", "author", article(3).authors[0]),
        ("photo.jpg", "date", "9 May 2026"),
    )
    changes, written = taken_in(folder, path)
    assert {(c.file, c.field, c.after) for c in changes} == {
        ("both.pdf#2", "date", "2026-05-16"),
        ("photo.jpg", "author", article(3).authors[0]),
        ("photo.jpg", "date", "2026-05-09"),
    }
    assert {c.outcome for c in changes} == {"new"} and written == 3
    with open_results(folder) as results:
        rows = results.table.set_index("file")
        assert set(rows.loc[["both.pdf#2", "photo.jpg"], "status"]) == {"corrected"}
        assert rows.loc["both.pdf#2", "date"] == pd.Timestamp("2026-05-16")
        assert {d.who for d in results.decisions} == {"ines"}
    again, more = taken_in(folder, path)
    assert {c.outcome for c in again} == {"there already"} and more == 0


def test_statuses(folder: Path) -> None:
    taken_in(folder, edit(folder, ("photo.jpg", "status", "Set aside"), ("both.pdf#1", "status", "ask again")))
    with open_results(folder) as results:
        rows = results.table.set_index("file")
        assert rows.loc["photo.jpg", "status"] == "set aside" and rows.loc["both.pdf#1", "status"] == "ask again"


def test_a_finding_is_not_accepted_by_a_cell(folder: Path) -> None:
    changes, written = taken_in(folder, edit(folder, ("both.pdf#2", "status", "confirmed")))
    assert [c.outcome for c in changes] == ["not taken"] and written == 0
    assert "needs a reason" in changes[0].why


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("status", "clear", "confirmed"), ("article", "nobody99", "nobody99"), ("date", "5/6/26", "2024-06-05"),
     ("signature", "yes", "handwritten")],
)  # fmt: skip
def test_what_cannot_be_is_shown_and_not_taken(folder: Path, field: str, value: str, says: str) -> None:
    changes, written = taken_in(folder, edit(folder, ("both.pdf#1", field, value)))
    assert [c.outcome for c in changes] == ["not taken"] and says in changes[0].why and written == 0


@pytest.mark.parametrize(
    "written", ["16.05.2026", "16.5.26", "16-May-26", "16 May 2026", "16/05/2026", "2026-05-16", 46158, "20260516"]
)
def test_days_are_taken_as_spreadsheets_and_people_write_them(folder: Path, written: object) -> None:
    changes, count = taken_in(folder, edit(folder, ("both.pdf#2", "date", written)))
    assert [(c.after, c.outcome) for c in changes] == [("2026-05-16", "new")] and count == 1


def test_one_sheet_has_one_order_of_day_and_month(folder: Path) -> None:
    path = edit(folder, ("both.pdf#2", "date", "16/05/2026"), ("photo.jpg", "date", "9/5/2026"))
    assert [c.after for c in taken_in(folder, path)[0]] == ["2026-05-16", "2026-05-09"]


def test_case_does_not_count_and_names_become_the_rosters(folder: Path) -> None:
    author = article(2).authors[0]
    given, family = author.split()
    path = edit(
        folder,
        ("both.pdf#2", "author", f"{family.upper()}, {given}"),
        ("both.pdf#2", "signer", author.casefold()),
        ("photo.jpg", "article", article(3).key.upper()),
        ("both.pdf#1", "signature", "None"),
    )
    changes, _ = taken_in(folder, path)
    found = {(c.file, c.field): (c.after, c.outcome) for c in changes}
    assert found["both.pdf#2", "author"][0] == found["both.pdf#2", "signer"][0] == author
    assert found["photo.jpg", "article"] == (article(3).key, "there already")
    assert found["both.pdf#1", "signature"] == ("none", "there already")
    assert repr(f"{family.upper()}, {given}") in next(c.why for c in changes if c.field == "author")


def test_a_name_is_matched_to_the_article_that_was_chosen_beside_it(folder: Path) -> None:
    other = article(4)
    path = edit(folder, ("photo.jpg", "article", other.key), ("photo.jpg", "author", other.authors[0].upper()))
    with open_results(folder) as results:
        changes = judged_changes(read_edits(path).changes, ReviewSession.of(results.store))
    assert {c.field: c.after for c in changes} == {"article": other.key, "author": other.authors[0]}


def test_a_strangers_name_stays_as_it_was_written(folder: Path) -> None:
    changes, _ = taken_in(folder, edit(folder, ("both.pdf#2", "signer", "Somebody Else")))
    assert [c.after for c in changes] == ["Somebody Else"]


def test_what_does_not_count_is_named(folder: Path) -> None:
    path = edit(folder, ("both.pdf#2", "title", "My title"), ("both.pdf#2", "why", "I think not"))
    book = openpyxl.load_workbook(path)
    sheet = book["Returns"]
    sheet.cell(1, sheet.max_column + 1).value = "My remarks"
    sheet.cell(2, sheet.max_column).value = "ask Ann"
    sheet.cell(3, sheet.max_column).value = "fine"
    row = sheet.max_row + 1
    sheet.cell(row, 1).value = "added by hand.pdf"
    book.save(path)
    edits = read_edits(path)
    assert edits.uncounted == {"Title": 1, "Why": 1, "My remarks": 2}
    (added,) = edits.changes
    assert (added.file, added.outcome) == ("added by hand.pdf", "not taken") and "not exported" in added.why
    assert read_edits(folder / "w.xlsx").uncounted == {}


def test_what_changed_meanwhile_is_a_conflict(folder: Path) -> None:
    taken_in(folder, edit(folder, ("both.pdf#2", "date", "2026-05-16")))
    changes, written = taken_in(folder, edit(folder, ("both.pdf#2", "date", "2026-05-17")))
    assert [c.outcome for c in changes] == ["conflict"] and written == 0


def test_other_files_are_refused(folder: Path) -> None:
    with open_results(folder) as results:
        write_csv(results.table, folder / "t.csv")
    openpyxl.Workbook().save(folder / "empty.xlsx")
    for name, says in (("t.csv", "no workbook"), ("empty.xlsx", "was not written"), ("none.xlsx", "not there")):
        with pytest.raises(WorkbookError, match=says):
            read_edits(folder / name)
