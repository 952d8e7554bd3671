"""Tables from files: CSV in any delimiter and encoding, Excel, OpenDocument, the XML that CMT and old Excel write."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree

from pipeline.datamodel.errors import RosterError
from pipeline.intake.members import MAX_INNER, OLE, is_bomb

SPREADSHEET_ML = "urn:schemas-microsoft-com:office:spreadsheet"
HEAD_BYTES = 8192
DELIMITERS = ",;\t|"

_SIGNS = (
    "[\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6\u00b8\u00bb-\u00bf\u00f7"
    "\u20ac\u201a\u0192\u201e\u02c6\u2030\u2039\u2022\u02dc\u203a\u0178]"
)
_CAPITALS = "[\u00a3\u00a5\u00a6\u00af\u00bc\u00be]"
"""What capitals of other encodings (\u0141, \u0104, \u017b, \u0160, ...) look like as Western ones."""
LETTERS_BESIDE_SIGNS = re.compile(rf"[^\W\d_]{_SIGNS}+[^\W\d_]|(?:^|[\s;,\"]){_CAPITALS}[^\W\d_]|\ufffd")
"""A sign within a word, or in the place of its capital: a letter of another encoding."""
EAST_ASIAN = ("gb18030", "cp932", "euc_jp", "big5", "euc_kr")
HEAD_ROWS = 30
"""Rows among which the columns' names are looked for; exports put titles and dates above them."""
MAX_COLUMNS = 500
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, as text. Row n of the sheet is `rows[n - 1]`."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def is_workbook(data: bytes) -> bool:
    """Whether a file is a spreadsheet program's own, and no text."""
    return data.startswith((b"PK\x03\x04", OLE)) or SPREADSHEET_ML.encode() in data[:HEAD_BYTES]


def workbook_sheets(data: bytes, name: str) -> list[Sheet]:
    """The visible tables of a workbook that are not empty. Raises RosterError, whose message calls the file `name`."""
    if SPREADSHEET_ML.encode() in data[:HEAD_BYTES]:
        return _filled(_spreadsheet_ml(data, name))
    _check_size(data, name)
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        seen = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        tables = [(each, book.get_sheet_by_name(each).to_python(skip_empty_area=False)) for each in seen]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        why = "is locked by a password" if "assword" in str(error) else "can't be opened as a workbook"
        raise RosterError(f"{name} {why}: save the list of articles as XLSX or CSV once more.") from None
    return _filled(Sheet(each, tuple(tuple(_text(cell) for cell in row) for row in rows)) for each, rows in tables)


def _check_size(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return
    if sum(entry.file_size for entry in entries) > MAX_INNER or any(is_bomb(entry) for entry in entries):
        raise RosterError(f"{name} unpacks to more than a list of articles can have: save it as CSV.")


def _filled(sheets: Iterable[Sheet]) -> list[Sheet]:
    return [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]


def _text(cell: object) -> str:
    """A cell as text: whole numbers without a point, days as ISO."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else " ".join(str(cell).split(" ")).strip()


def _spreadsheet_ml(data: bytes, name: str) -> list[Sheet]:
    """The tables of SpreadsheetML 2003, which has `ss:Index` where cells or rows were left out."""
    damaged = f"{name} can't be read as a workbook: open it in a spreadsheet program and save it as XLSX."
    if b"<!DOCTYPE" in data:  # entities, of which a workbook has none
        raise RosterError(damaged)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise RosterError(damaged) from None
    ss = f"{{{SPREADSHEET_ML}}}"
    sheets = []
    for number, sheet in enumerate(root.iter(f"{ss}Worksheet"), start=1):
        rows: list[tuple[str, ...]] = []
        for row in sheet.iter(f"{ss}Row"):
            place = _index(row, ss, len(rows) + 1)
            rows += [()] * min(place - 1 - len(rows), MAX_ROWS)
            rows.append(_cells(row, ss))
        sheets.append(Sheet(sheet.get(f"{ss}Name", f"Sheet{number}"), tuple(rows)))
    return sheets


def _cells(row: ElementTree.Element, ss: str) -> tuple[str, ...]:
    cells: list[str] = []
    for cell in row.iter(f"{ss}Cell"):
        place = min(_index(cell, ss, len(cells) + 1), MAX_COLUMNS)
        cells += [""] * (place - 1 - len(cells))
        held = next((child for child in cell if child.tag.endswith("}Data")), None)
        cells.append("" if held is None else "".join(held.itertext()).strip())
        merged = cell.get(f"{ss}MergeAcross", "0")
        cells += [""] * min(int(merged) if merged.isdecimal() else 0, MAX_COLUMNS)
    return tuple(cells)


def _index(element: ElementTree.Element, ss: str, otherwise: int) -> int:
    given = element.get(f"{ss}Index", "")
    return max(int(given), otherwise) if given.isdecimal() and len(given) < 7 else otherwise


# --- text ---------------------------------------------------------------------------------------------------------


def decoded(data: bytes, name: str, known_words: Sequence[str] = ()) -> str:
    """A text file's text: UTF-8, UTF-16, or what else makes sense of it. Raises RosterError where that isn't sure.

    `known_words`: what may be expected in it, in any script; in which encoding they are found is what tells.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:HEAD_BYTES]:
        raise RosterError(f"{name} is no text file: give the proceedings' BibTeX file, or the articles as XLSX or CSV.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    western = data.decode("cp1252", errors="replace")
    wide = {encoding: text for encoding in EAST_ASIAN if (text := _strictly(data, encoding)) is not None}
    if _is_wide(data):
        hits = {encoding: sum(word in text[:HEAD_BYTES] for word in known_words) for encoding, text in wide.items()}
        best = sorted(hits, key=lambda encoding: -hits[encoding])
        if best and hits[best[0]] and (len(best) == 1 or hits[best[0]] > hits[best[1]]):
            return wide[best[0]]
    elif not LETTERS_BESIDE_SIGNS.search(western):
        return western
    raise RosterError(f"How {name} writes its letters can't be told for sure: save it once more as UTF-8, or as XLSX.")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_wide(data: bytes) -> bool:
    """Whether most bytes outside ASCII stand beside another one: two bytes a letter, as East Asian encodings have."""
    high = re.findall(rb"[\x80-\xff]+", data)
    return sum(len(run) for run in high if len(run) > 1) > 0.7 * sum(map(len, high))


def text_sheet(text: str, name: str, heads: Callable[[Sequence[str]], int] = lambda row: 0) -> Sheet:
    """A CSV file's table, whatever delimits its cells. Raises RosterError.

    `heads`: how many known names of columns a row has; the delimiter that parts most of them is the one.
    """
    delimiter = max(DELIMITERS, key=lambda each: _regular(text, each, heads))
    rows: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        for row in reader:
            rows += [()] * (reader.line_num - 1 - len(rows) - sum("\n" in cell for cell in row))
            rows.append(tuple(cell.strip() for cell in row))
            rows += [()] * (reader.line_num - len(rows))
    except csv.Error as error:
        raise RosterError(f"{name} is no CSV file ({error}): export the list of articles again as CSV.") from None
    return Sheet(name, tuple(rows))


def json_sheet(text: str, name: str) -> Sheet | None:
    """A list of objects as a table, a row each; None where it is none, or holds notes of OpenReview."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(held, Mapping):
        lists = [value for value in held.values() if isinstance(value, list)]
        held = lists[0] if len(lists) == 1 else []
    objects = [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []
    if not objects or any("content" in one for one in objects):
        return None
    heads = list(dict.fromkeys(str(key) for one in objects for key in one))
    rows = [tuple(_json_text(one.get(head)) for head in heads) for one in objects]
    return Sheet(name, (tuple(heads), *rows))


def _json_text(value: object) -> str:
    """A value as a cell: the parts of a list with semicolons, of a person the name."""
    if isinstance(value, Mapping):
        whole = value.get("fullname") or value.get("name")
        parts = [value.get(key) for key in ("family", "last", "last_name", "given", "first", "first_name")]
        return str(whole) if whole else ", ".join(str(part) for part in parts if part)
    if isinstance(value, list):
        return "; ".join(filter(None, map(_json_text, value)))
    return _text(value)


def _regular(text: str, delimiter: str, heads: Callable[[Sequence[str]], int]) -> tuple[int, float, int]:
    """How well a delimiter parts the text: (known names in one row, share of rows of the commonest length, length)."""
    reader = csv.reader(io.StringIO(text[: 1 << 18], newline=""), delimiter=delimiter, strict=False)
    try:
        rows = [row for row, _ in zip(reader, range(200), strict=False) if any(row)]
    except csv.Error:
        return 0, 0.0, 0
    widths = [len(row) for row in rows if len(row) > 1]
    if not widths:
        return 0, 0.0, 0
    commonest = max(set(widths), key=lambda width: (widths.count(width), width))
    named = max(heads(row) for row in rows[:HEAD_ROWS])
    return named, widths.count(commonest) / len(rows), commonest
