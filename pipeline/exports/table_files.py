"""The table as files. Each is written beside its name first and put in place whole, so that none is ever half there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.datamodel.errors import CountersignError, remedy_for, system_words
from pipeline.results.private_files import work_folder
from pipeline.results.table import CATEGORIES, DAYS, TYPES, extra_columns, types_of

_SIGNS = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
"""A spreadsheet program takes a CSV cell that starts with one of these, also full-width ones, for a formula."""
_BEFORE = r"[\s\0'\"\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*"
"""What it passes over on the way to them: blanks, quotes, characters without width."""
_CELL_STARTS = r"(?:^|(?<=[;,|\t\r\n]))"
"""Where a cell may start, whatever delimiter the program's locale has: then each part of ours is one of its cells."""
_LINE_END = re.compile("\r\n?")
"""What is written as a plain line end: no cell is quoted for a lone carriage return, and readers end a row there."""
_FORMULA = re.compile(f"{_CELL_STARTS}(?={_BEFORE}[{_SIGNS}])")
_MADE_TEXT = re.compile(f"{_CELL_STARTS}'(?={_BEFORE}[{_SIGNS}])")


class ExportError(CountersignError):
    """A table can't be written."""

    exit_code = 4


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """UTF-8, one header row, dates ISO. Text that a spreadsheet would take for a formula gets a `'` before it."""
    safe = table.copy()
    for name in _text_columns(table):
        safe[name] = safe[name].map(lambda cell: _LINE_END.sub("\n", as_text(cell)))
    safe = safe.assign(**_days_as_text(table))
    in_place(path, lambda part: safe.to_csv(part, index=False, encoding="utf-8", lineterminator="\n"))


def _days_as_text(table: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """The columns of days, ISO."""
    return {name: table[name].dt.strftime("%Y-%m-%d") for name in DAYS}


def as_text(cell: str) -> str:
    """The cell so that no spreadsheet program takes it, or a part of it, for a formula; `from_text` gives it back."""
    return _FORMULA.sub("'", cell)


def from_text(cell: str) -> str:
    """The cell that `as_text` was given."""
    return _MADE_TEXT.sub("", cell)


def read_csv(path: Path) -> pd.DataFrame:
    """The table that `write_csv` wrote, with the table's types."""
    types: dict[str, Any] = {n: "string" if k == "category" or n in DAYS else k for n, k in TYPES.items()}
    types.update(dict.fromkeys(extra_columns(pd.read_csv(path, nrows=0).columns), "string"))
    table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values={n: [""] for n in _empty_is_na()})
    for name in _text_columns(table):
        table[name] = table[name].map(from_text).astype("string")
    for name, categories in CATEGORIES.items():
        table[name] = pd.Categorical(table[name], categories=categories)
    for name in DAYS:
        table[name] = pd.to_datetime(table[name]).astype("datetime64[us]")
    return table


def _empty_is_na() -> list[str]:
    return [name for name, kind in TYPES.items() if kind in ("Int64", "float64") or name in DAYS]


def _text_columns(table: pd.DataFrame) -> list[str]:
    return [name for name, kind in types_of(extra_columns(table.columns)).items() if kind == "string"]


def is_missing(value: object) -> bool:
    """Whether a cell is empty: None, NA, NaT or NaN."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def in_place(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a name in the same folder, then put that file in the place of `path`. Raises ExportError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with work_folder(path.parent, ".writing-") as folder:
            part = folder / path.name
            write(part)
            part.replace(path)
    except OSError as error:
        raise ExportError(f"{path} can't be written ({system_words(error)}). {remedy_for(error)}") from error


MARKDOWN_COLUMNS = ("file", "status", "flags", "article", "author", "signature", "signer", "date", "why")


def write_jsonl(table: pd.DataFrame, path: Path) -> None:
    """JSON Lines: one object a row, dates ISO, null where nothing is."""
    plain = table.assign(**_days_as_text(table))
    text = plain.to_json(orient="records", lines=True, force_ascii=False, double_precision=15)
    in_place(path, lambda part: part.write_text(text or "", encoding="utf-8"))


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Parquet with the table's types. Raises ExportError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise ExportError("Parquet needs one more package: pip install 'countersign[parquet]'.")

    def write(part: Path) -> None:
        with part.open("wb") as stream:  # by its name pyarrow opens no file that is called otherwise than in UTF-8
            table.to_parquet(stream, index=False)

    in_place(path, write)


def write_markdown(table: pd.DataFrame, path: Path) -> None:
    """A Markdown table of the columns that an editor reads."""
    lines = ["| " + " | ".join(MARKDOWN_COLUMNS) + " |", "|" + " --- |" * len(MARKDOWN_COLUMNS)]
    rows = table[list(MARKDOWN_COLUMNS)].itertuples(index=False)
    lines += ["| " + " | ".join(map(_markdown, values)) + " |" for values in rows]
    in_place(path, lambda part: part.write_text("\n".join(lines) + "\n", encoding="utf-8"))


def _markdown(value: object) -> str:
    if is_missing(value):
        return ""
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else " ".join(str(value).split())
    return re.sub(r"([\\|`*_<>\[\]])", r"\\\1", text)


WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "md": write_markdown,
    "parquet": write_parquet,
}
"""Format -> what writes it. The workbook needs more than the table: `workbook.write_workbook`."""
