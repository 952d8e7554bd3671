"""The table as files: what pandas reads back is the table; the workbook holds crops, notes, links and no formulas."""

from __future__ import annotations

import errno
import json
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.checks.flags import FLAGS
from pipeline.decisions.decided_results import open_results
from pipeline.exports.table_files import WRITERS, ExportError, as_text, from_text, read_csv
from pipeline.exports.workbook import BASELINE, EDITABLE, column_of, head_of, write_workbook
from pipeline.results.table import TYPES, checked, frame
from tests.material.review_batch import made_batch

WRONG = ("", "date", "unsigned", "two", "", "title", "undated", "slip")
HOSTILE = '=HYPERLINK("http://example.org","x")|*a*\n\'+1'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_batch(tmp_path_factory.mktemp("exports"), len(WRONG), 0, WRONG)


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    with open_results(folder) as results:
        hostile = results.table.copy()
    hostile.loc[0, "title_read"] = HOSTILE
    hostile.loc[1, "why"] = "@SUM(A1) NA null"
    return hostile


@pytest.fixture(scope="module")
def extra_fields(table: pd.DataFrame) -> pd.DataFrame:
    """A table with columns for further fields of a form."""
    emails = [HOSTILE, "007", *([""] * (len(table) - 2))]
    return table.assign(
        field_email=pd.Series(emails, dtype="string"), field_initials=pd.Series("signed", table.index, "string")
    )


def read_jsonl(path: Path) -> pd.DataFrame:
    return frame([json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line])


def read_xlsx(path: Path) -> pd.DataFrame:
    """The table as the cells of *Returns* hold it; an empty cell is empty text, or no number and no day."""
    shown, *rows = openpyxl.load_workbook(path)["Returns"].iter_rows(values_only=True)
    heads = [column_of(str(head), ("field_email", "field_initials")) for head in shown]
    texts = {name for name in heads if TYPES.get(str(name), "string") in ("string", "category")}
    empty = {name: "" if name in texts else None for name in heads}
    cells = [{n: empty[n] if v is None else v for n, v in zip(heads, row, strict=True)} for row in rows]
    cells.sort(key=lambda row: (row["file"], row["sha256"]))  # The flagged ones come first.
    return frame([{str(n): v for n, v in row.items()} for row in cells])


@pytest.mark.parametrize(("kind", "read"), [("csv", read_csv), ("jsonl", read_jsonl)])
def test_reads_back_the_same(table: pd.DataFrame, tmp_path: Path, kind: str, read: object) -> None:
    WRITERS[kind](table, tmp_path / "t")
    pd.testing.assert_frame_equal(read(tmp_path / "t"), table)  # type: ignore[operator]


@pytest.mark.parametrize(("kind", "read"), [("csv", read_csv), ("jsonl", read_jsonl)])
def test_further_columns_read_back_the_same(
    extra_fields: pd.DataFrame, tmp_path: Path, kind: str, read: object
) -> None:
    WRITERS[kind](extra_fields, tmp_path / "t")
    pd.testing.assert_frame_equal(read(tmp_path / "t"), checked(extra_fields))  # type: ignore[operator]


def test_the_workbook_shows_further_columns(folder: Path, extra_fields: pd.DataFrame, tmp_path: Path) -> None:
    with open_results(folder) as results:
        write_workbook(replace(results, table=extra_fields.assign(title_read="", why="")), tmp_path / "t.xlsx")
    assert list(read_xlsx(tmp_path / "t.xlsx")["field_email"]) == list(extra_fields["field_email"])
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Returns"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "Field: email")
    assert not sheet.column_dimensions[column].hidden


def test_parquet_reads_back_the_same(table: pd.DataFrame, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    WRITERS["parquet"](table, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)


def test_markdown_has_a_line_a_row(table: pd.DataFrame, tmp_path: Path) -> None:
    WRITERS["md"](table, tmp_path / "t.md")
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + len(table) and all(line.startswith("| ") or set(line) <= set("| -") for line in lines)
    assert table["article"][0] in lines[2] and f"{table['date'][0]:%Y-%m-%d}" in lines[2]


def test_workbook_reads_back_the_same(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        write_workbook(results, tmp_path / "t.xlsx")
        pd.testing.assert_frame_equal(read_xlsx(tmp_path / "t.xlsx"), results.table)


def test_workbook_as_its_reader_sees_it(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        write_workbook(results, tmp_path / "t.xlsx")
        rows, articles = len(results.table), len(results.roster.articles)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["Returns", "Articles", "Flags", "Log", "About", BASELINE]
    sheet = book["Returns"]
    heads = [column_of(str(cell.value)) for cell in sheet[1]]
    assert [sheet.cell(1, n).value for n in (1, 2, 4)] == ["File", "Status", "Why"]
    reviewed = [sheet.cell(r, 2).value for r in range(2, rows + 2)]
    assert reviewed == sorted(reviewed, key=lambda status: status != "review"), "the flagged ones come first"
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref and sheet.page_setup.orientation == "landscape"
    assert len(sheet._images) == 2 * rows - 2, "one has no signature, one no date"
    flagged = next(r for r in range(2, rows + 2) if "unsigned" in str(sheet.cell(r, heads.index("flags") + 1).value))
    flags = sheet.cell(flagged, heads.index("flags") + 1)
    assert flags.comment and "unsigned:" in flags.comment.text and flags.fill.fgColor.rgb == "FFF9D4D0"
    dated = sheet.cell(rows + 1, heads.index("date") + 1)
    assert dated.is_date
    assert "sure" in sheet.cell(2, heads.index("date_confidence") + 1).number_format
    assert sheet.cell(2, 1).hyperlink is not None and sheet.cell(2, 1).hyperlink.target.endswith("batch-1.pdf")
    assert book["Articles"].max_row == articles + 1 and book["Flags"].max_row == len(FLAGS) + 1


def test_whoever_has_nothing_but_the_workbook_is_told_that_its_links_lead_nowhere(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        write_workbook(results, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    links = [cell.hyperlink for row in book["Returns"].iter_rows() for cell in row if cell.hyperlink]
    assert links and all("sent to you alone" in link.tooltip and len(link.tooltip) <= 255 for link in links)
    about = {row[0].value: str(row[1].value) for row in book["About"].iter_rows(min_row=2)}
    assert "Sent by mail" in about["Links"]
    for name in EDITABLE:
        assert head_of(name) in about["Corrections"], "what may be corrected is what counts"
    assert {sheet for sheet in book.sheetnames if sheet not in (BASELINE, "About")} <= set(about)


def test_pictures_and_texts_stay_in_their_cells(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        articles = list(results.roster.articles)
        named = next(a for a in articles if a.key == results.table.loc[0, "article"])
        longer = replace(named, title="A Title That Goes On " * 6)
        roster = replace(results.roster, articles=tuple(longer if a is named else a for a in articles))
        write_workbook(replace(results, roster=roster), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Returns"]
    anchors = [image.anchor for image in sheet._images]
    assert anchors and all((a._from.row, a._from.col) == (a.to.row, a.to.col) for a in anchors)
    heights = sorted(sheet.row_dimensions[row].height for row in range(2, sheet.max_row + 1))
    assert heights[-1] > heights[0], "the row with the long title is higher"


def test_text_is_never_a_formula(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        results.table.loc[0, "title_read"] = HOSTILE
        results.table.loc[0, "why"] = "=1+1"
        write_workbook(results, tmp_path / "t.xlsx", crops=False)
        assert read_xlsx(tmp_path / "t.xlsx").loc[0, "title_read"] == HOSTILE
    with zipfile.ZipFile(tmp_path / "t.xlsx") as parts:
        assert not [n for n in parts.namelist() if "media" in n], "without crops"
        assert all(b"<f>" not in parts.read(n) for n in parts.namelist() if "worksheets/" in n)


def test_a_place_that_cannot_be_written_is_one_sentence(table: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="can't be written"):
        WRITERS["csv"](table, tmp_path / "file" / "t.csv")


FORMULAS = [
    *(
        "=1+1",
        "  =1+1",
        "\u00a0=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM(A1)",
        '"=1"',
        "\ufeff=1",
        "\t=1",
    ),
    *("\ufe66=1", "\u22121", "\u202e=1"),
    *("Ann;=cmd|' /C calc'!A0", "Ann; =1", "Ann,-1", "a|@b", "one\n+1", "one\r\n=1", "\u200b-1", "'=1", "''@x"),
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_part_of_a_cell_is_a_formula_in_any_locale(cell: str) -> None:
    written = as_text(cell)
    for part in re.split(r"[;,|\t\r\n]", written):
        bare = part.strip(' \u00a0\ufeff\u200b"')
        assert not bare.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")), part
    assert from_text(written) == cell


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("=+-@'\";, \t\n|ab\uff1d\u200b"), max_size=12))
def test_every_cell_comes_back(cell: str) -> None:
    assert from_text(as_text(cell)) == cell
    assert as_text("Ann Author-Smith; Bo Writer (a, b)") == "Ann Author-Smith; Bo Writer (a, b)"


def test_a_full_disk_is_told_and_leaves_the_workbook_of_before(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("before")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_results(folder) as results, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(ExportError, match="the disk is full") as told:
            write_workbook(results, tmp_path / "t.xlsx")
    assert told.value.exit_code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["t.xlsx"]
    assert (tmp_path / "t.xlsx").read_text() == "before"


def test_a_name_that_is_no_text_is_linked(folder: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(b"/returns/caf\xe9 #1.pdf")
    with open_results(folder) as results:
        first = replace(results.judged[0], source=replace(results.judged[0].source, path=odd, inside=None))
        write_workbook(replace(results, judged=(first, *results.judged[1:])), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Returns"]
    targets = [cell.hyperlink.target.replace("\\", "/") for (cell,) in sheet.iter_rows(2, max_col=1) if cell.hyperlink]
    assert sum(target.endswith("/returns/caf%E9%20%231.pdf") for target in targets) == 1


def test_a_damaged_picture_costs_its_cell(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results, pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(results), "thumbnails", lambda self: ({"date": b"no picture"} for _ in self.judged))
        write_workbook(results, tmp_path / "t.xlsx")
    assert openpyxl.load_workbook(tmp_path / "t.xlsx")["Returns"].max_row == len(WRONG) + 1
