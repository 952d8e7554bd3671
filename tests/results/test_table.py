"""The table: its columns and types hold whatever was read, and files give it back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from pipeline.datamodel.records import (
    Box,
    ExtraField,
    FieldReading,
    Flag,
    LineReading,
    Observation,
    Problem,
    Resolution,
    SignatureReading,
    Source,
    Verdict,
)
from pipeline.exports.table_files import ExportError, as_text, from_text, read_csv, write_csv
from pipeline.results.table import TYPES, checked, frame, row


def tabulate(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    return checked(frame([row(verdict) for verdict in verdicts]))


def typed(text: str, box: Box | None = None) -> FieldReading:
    return FieldReading((LineReading(text, 1.0, "text_layer", "typed", 1, Box(0, 0, 1, 0.1)),), "typed", 1, box)


def verdict(name: str = "a.pdf", title: str = "Deep Forms") -> Verdict:
    seen = Observation(
        pages=2,
        title=typed(title, Box(-0.01, 0.25, 1.2, 0.33)),
        name=typed("Zoë Çelik"),
        signature=SignatureReading("handwritten", 0.987654),
        seconds=0.31415,
    )
    found = Resolution("celik24", 0.99, authors=("Zoë Çelik", "李 明"), day=date(2024, 2, 29), date_order="batch")
    flags = (Flag("title_differs", "The title differs."), Flag("several_names", "Two names."))
    return Verdict(Source(name, f"/{name}", "ab" * 32, 10), seen, found, flags, "clear")


def unreadable(name: str) -> Verdict:
    problem = Problem("encrypted_file", "Ask for a copy.")
    flag = Flag(problem.code, problem.sentence)
    return Verdict(Source(name, f"/{name}", "", 0), Observation(problem=problem), Resolution(), (flag,), "unreadable")


def test_columns_and_types_are_the_same_with_rows_and_without() -> None:
    full, empty = tabulate([verdict(), unreadable("b.pdf")]), tabulate([])
    assert list(full.columns) == list(empty.columns) == list(TYPES)
    assert list(map(str, full.dtypes)) == list(map(str, empty.dtypes)) == list(TYPES.values())


def test_further_fields_are_columns_behind_the_others() -> None:
    email = ExtraField("email", "text", "E-mail:", False, 1, "zoe@example.org")
    initials = ExtraField("initials", "signature", "Initials:", True, 2)
    first = verdict("a.pdf")
    second = replace(first, source=Source("b.pdf", "/b.pdf", "ab" * 32, 10))
    asked = replace(first, observation=replace(first.observation, extra_fields=(initials, email)))
    table = tabulate([second, asked, unreadable("c.pdf")])
    assert list(table.columns) == [*TYPES, "field_email", "field_initials"]
    assert list(table["field_email"]) == ["", "zoe@example.org", ""] and not any(table["field_initials"])


def test_a_row_says_what_was_read_and_why() -> None:
    found = tabulate([verdict()]).iloc[0]
    assert found["flags"] == "title_differs; several_names"
    assert found["why"] == "The title differs. Two names."
    assert found["author"] == "Zoë Çelik; 李 明"
    assert found["date"] == pd.Timestamp(2024, 2, 29)
    assert found["signature_confidence"] == 0.9877
    assert found["title_box"] == "0.0000,0.2500,1.0000,0.3300", "a box ends where the page ends"
    assert pd.isna(found["date_page"]) and found["date_box"] == ""


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("article_confidence", 1.5),
        ("title_box", "here"),
        ("flags", "no_such_flag"),
        ("sha256", "x"),
        ("date_order", "?"),
    ],
)
def test_a_table_that_breaks_the_schema_is_refused(column: str, value: object) -> None:
    table = tabulate([verdict()])
    table[column] = pd.Series([value], dtype=table[column].dtype)
    with pytest.raises(pandera.errors.SchemaErrors):
        checked(table)


def test_flags_out_of_order_and_doubled_rows_are_refused() -> None:
    swapped = replace(verdict(), flags=verdict().flags[::-1])
    with pytest.raises(pandera.errors.SchemaErrors):
        tabulate([swapped])
    with pytest.raises(pandera.errors.SchemaErrors):
        tabulate([verdict(), verdict()])


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "'=quoted", "\tx", "NA", "null", "1e5", 'a,b"c', "two\nlines", "", "007"]


def test_csv_gives_back_the_table(tmp_path: Path) -> None:
    table = tabulate([*(verdict(f"{i}.pdf", text) for i, text in enumerate(HOSTILE)), unreadable("=b.pdf")])
    write_csv(table, tmp_path / "returns.csv")
    pd.testing.assert_frame_equal(read_csv(tmp_path / "returns.csv"), table)
    raw = pd.read_csv(tmp_path / "returns.csv", dtype=str, keep_default_na=False)
    assert not any(cell.startswith(("=", "+", "-", "@")) for column in raw for cell in raw[column])
    assert raw["date"][0] == "2024-02-29"


def test_control_characters_and_carriage_returns_break_no_row(tmp_path: Path) -> None:
    table = tabulate([verdict(title="Deep\x00\x1b[2J Forms\rand, more\r\nor \x85less")])
    assert table["title_read"].tolist() == ["Deep\ufffd\ufffd[2J Forms\nand, more\nor \nless"]
    corrected = table.assign(name_read="Ann\rAuthor")  # as a workbook may bring it
    write_csv(corrected, tmp_path / "t.csv")
    assert read_csv(tmp_path / "t.csv")["name_read"].tolist() == ["Ann\nAuthor"]


def test_a_cell_is_made_text_and_back() -> None:
    for cell in HOSTILE:
        assert from_text(as_text(cell)) == cell


def test_a_table_that_cant_be_written_says_so_and_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="can't be written"):
        write_csv(tabulate([]), tmp_path / "file" / "returns.csv")
    path = tmp_path / "returns.csv"
    write_csv(tabulate([verdict()]), path)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
