"""Tables from workbooks: Excel, OpenDocument, the XML that CMT and old Excel write.

A cell that was merged downwards stands in all rows that it covers. A workbook is never unfolded to more cells than a
list of articles can have: one stray cell in the last corner of a sheet would take more memory than any machine has.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from xml.etree import ElementTree

import olefile

from pipeline.datamodel.errors import RosterError
from pipeline.intake.members import MAX_INNER, OLE, is_bomb
from pipeline.roster.days import COUNTED_FROM_1904
from pipeline.roster.spreadsheets import HEAD_BYTES, MAX_COLUMNS, MAX_ROWS, Merged, Sheet

SPREADSHEET_ML = "urn:schemas-microsoft-com:office:spreadsheet"
MAX_CELLS = 4_000_000
"""Cells of a sheet, empty ones included, up to which it is unfolded as a whole: fifty columns of eighty thousand rows.
Larger ones are read within MAX_ROWS and MAX_COLUMNS."""
MOST_COVERED = 1_000_000
"""Cells that all merged cells of a sheet may cover, as far as there are rows."""
_CELL_PLACE = re.compile(rb"<(?:\w+:)?c\b[^<>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_BINARY_EXTENT = re.compile(rb"\x94\x01\x10(.{16})", re.DOTALL)
_BINARY_COUNTS_FROM_1904 = re.compile(rb"\x99\x01[\x04-\x7f](.)", re.DOTALL)
"""What a workbook says of itself (BrtWbProp, [MS-XLSB]): in the lowest bit of its flags, from when it counts days."""
_OLD_DAY_COUNT = 0x0022
"""The record from when days are counted (Date1904, [MS-XLS])."""
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\b(?=[^<>]*?\bt=[\"']e[\"'])[^<>]*?\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_COUNTS_FROM_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^<>]*?\bdate1904=[\"'](?:1|true)[\"']")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_NEW_SHEET = 0x0809
"""Number of the record that begins a sheet of an XLS file (BOF)."""
_OLD_CELLS = frozenset((0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406))
"""Numbers of its records that hold a cell's value; each begins with the row and the column."""
Rows = list[tuple[str, ...]]


def is_workbook(data: bytes) -> bool:
    """Whether a file is a spreadsheet program's own, and no text."""
    return data.startswith((b"PK\x03\x04", OLE)) or SPREADSHEET_ML.encode() in data[:HEAD_BYTES]


def workbook_sheets(data: bytes, name: str) -> list[Sheet]:
    """The visible tables of a workbook that are not empty. Raises RosterError, whose message calls the file `name`."""
    if SPREADSHEET_ML.encode() in data[:HEAD_BYTES]:
        return _filled(_spreadsheet_ml(data, name))
    _check_size(data, name)
    if data[30:38] == b"mimetype" and _ODS in data[38:150]:
        return _filled(_open_document(data, name))
    if _is_wide_binary(data) or _is_wide_old(data):
        raise RosterError(f"{name} has cells far from its list: delete them, or save the list as XLSX or CSV.")
    try:
        sheets = _filled(_within_bounds(data) if _beyond_bounds(data) else _with_calamine(data))
        return [replace(sheet, counted_from=COUNTED_FROM_1904) for sheet in sheets] if _is_from_1904(data) else sheets
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        why = "is locked by a password" if "assword" in str(error) else "can't be opened as a workbook"
        raise RosterError(f"{name} {why}: save the list of articles as XLSX or CSV once more.") from None


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


def _sheet(name: str, rows: Rows, merged: Sequence[Merged]) -> Sheet:
    """A sheet, with what stands in a cell that is merged downwards in each of the rows that it covers."""
    covered = [list(row) for row in rows]
    room = MOST_COVERED
    for area in merged:
        above = rows[area.row] if area.row < len(rows) else ()
        held = above[area.column] if area.column < len(above) else ""
        last = min(area.last_row, len(rows) - 1, area.row + room)
        if not held or last <= area.row:
            continue
        room -= last - area.row
        for row in covered[area.row + 1 : last + 1]:
            row += [""] * (area.column + 1 - len(row))
            row[area.column] = row[area.column] or held
    return Sheet(name, tuple(tuple(row) for row in covered), merged=tuple(merged))


# --- Excel --------------------------------------------------------------------------------------------------------


def _with_calamine(data: bytes) -> list[Sheet]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for seen in book.sheets_metadata:
        if seen.visible == SheetVisibleEnum.Visible:
            held = book.get_sheet_by_name(seen.name)
            rows = [tuple(map(_text, row)) for row in held.to_python(skip_empty_area=False)]
            areas = [Merged(*start, *end) for start, end in held.merged_cell_ranges or ()]
            sheets.append(_sheet(seen.name, rows, areas))
    wrong = _errors(data)
    return [replace(sheet, problems=wrong) for sheet in sheets] if wrong else sheets


def _worksheets(data: bytes, suffix: str = "xml") -> Iterator[bytes]:
    """Each worksheet of an XLSX file as XML, or of an XLSB file (`bin`); none of another kind of file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if re.fullmatch(rf"xl/worksheets/[^/]*\.{suffix}", entry.filename):
                    yield archive.read(entry)
    except Exception:  # whatever it is, the reader of workbooks says so
        return


def _is_from_1904(data: bytes) -> bool:
    """Whether an Excel file counts its days from 1904; cells with the format of a date come out right by themselves."""
    if data.startswith(OLE):
        return any(kind == _OLD_DAY_COUNT and held[:1] == b"\1" for kind, held in _old_records(data))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.bin" in archive.namelist():
                said = _BINARY_COUNTS_FROM_1904.search(archive.read("xl/workbook.bin"))
                return said is not None and bool(said[1][0] & 1)
            return _COUNTS_FROM_1904.search(archive.read("xl/workbook.xml")) is not None
    except (zipfile.BadZipFile, KeyError):  # another kind of workbook
        return False


def _errors(data: bytes) -> tuple[str, ...]:
    """What to say of cells of an XLSX file that hold an error (#N/A): their reader takes them for empty."""
    cells = [found[1].decode() for xml in _worksheets(data) for found in _ERROR_CELL.finditer(xml)]
    if not cells:
        return ()
    which = ", ".join(cells[:5]) + (", ..." if len(cells) > 5 else "")
    return (f"Cells hold an error in place of a value and were taken for empty: {which}.",)


def _is_wide_binary(data: bytes) -> bool:
    """Whether a worksheet of an XLSB file says of itself (BrtWsDim, [MS-XLSB]) that it is larger than MAX_CELLS."""
    for sheet in _worksheets(data, "bin"):
        if found := _BINARY_EXTENT.search(sheet):
            _, last_row, _, last_column = struct.unpack("<4I", found[1])
            if (last_row + 1) * (last_column + 1) > MAX_CELLS:
                return True
    return False


def _is_wide_old(data: bytes) -> bool:
    """Whether the cells of a worksheet of an XLS file lie further apart than MAX_CELLS ([MS-XLS])."""
    rows = columns = 0
    for kind, held in _old_records(data):
        if kind == _NEW_SHEET:
            rows = columns = 0
        elif kind in _OLD_CELLS and len(held) >= 4:
            row, column = struct.unpack_from("<2H", held)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if rows * columns > MAX_CELLS:
                return True
    return False


def _old_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record of an XLS file, (kind, its first four bytes); none of another kind of file."""
    if not data.startswith(OLE):
        return
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as book:
            name = next(name for name in ("Workbook", "Book") if book.exists(name))
            stream = book.openstream(name).read()
    except Exception:  # whatever it is, the reader of workbooks says so
        return
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        yield kind, stream[at + 4 : at + 4 + min(4, length)]
        at += 4 + length


def _beyond_bounds(data: bytes) -> bool:
    """Whether the cells of a worksheet lie so far apart that unfolding it would fill the memory."""
    for xml in _worksheets(data):
        columns, rows = 1, 1
        for found in _CELL_PLACE.finditer(xml):
            columns, rows = max(columns, _column(found[1])), max(rows, int(found[2]))
        if rows * columns > MAX_CELLS:
            return True
    return False


def _column(letters: bytes) -> int:
    """The number, from 1, of a column that is called so: AB is 28."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _within_bounds(data: bytes) -> list[Sheet]:
    """The sheets of an XLSX file, their cells beyond MAX_ROWS and MAX_COLUMNS left out."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets = []
    for held in book.worksheets:
        if held.sheet_state != "visible":
            continue
        held.reset_dimensions()
        looked_at = held.iter_rows(min_row=1, max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
        cut = [() if row.count(None) == len(row) else _trimmed(map(_text, row)) for row in looked_at]
        while cut and not cut[-1]:
            cut.pop()
        far = f"The sheet '{held.title}' has cells far from its list, which were not looked at: delete them."
        sheets.append(Sheet(held.title, tuple(cut), (far,)))
    return sheets


def _trimmed(row: Iterable[str]) -> tuple[str, ...]:
    """A row without the empty cells at its end."""
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


# --- OpenDocument -------------------------------------------------------------------------------------------------


def _open_document(data: bytes, name: str) -> list[Sheet]:
    """The visible tables of an OpenDocument spreadsheet (ISO 26300), in which runs of like cells and rows are one."""
    damaged = RosterError(f"{name} can't be opened as a workbook: save the list of articles as XLSX or CSV once more.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
                raise RosterError(f"{name} is locked by a password: save the list of articles without one.")
            content = archive.read("content.xml")
        if b"<!DOCTYPE" in content:  # entities, of which a workbook has none
            raise damaged
        root = ElementTree.fromstring(content)
    except RosterError:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, EOFError, OSError, RuntimeError):
        raise damaged from None
    except (ElementTree.ParseError, LookupError, NotImplementedError):
        raise damaged from None
    hidden = {
        style.get(_STYLE + "name")
        for style in root.iter(_STYLE + "style")
        if any(child.get(_TABLE + "display") == "false" for child in style)
    }
    return [_od_sheet(table) for table in root.iter(_TABLE + "table") if table.get(_TABLE + "style-name") not in hidden]


_OD = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _OFFICE, _STYLE, _TEXT = (_OD % part for part in ("table", "office", "style", "text"))


def _od_sheet(table: ElementTree.Element) -> Sheet:
    rows: Rows = []
    merged: list[Merged] = []
    for row in table.iter(_TABLE + "table-row"):
        cells = _od_cells(row, len(rows), merged)
        times = _count(row, _TABLE + "number-rows-repeated")
        room = max(0, MAX_ROWS - len(rows))
        rows += [cells] * min(times, room if cells else min(room, MAX_ROWS))
        if len(rows) >= MAX_ROWS:
            break
    while rows and not rows[-1]:
        rows.pop()
    return _sheet(table.get(_TABLE + "name", ""), rows, merged)


def _od_cells(row: ElementTree.Element, number: int, merged: list[Merged]) -> tuple[str, ...]:
    """The cells of a row; those that are merged are added to `merged`."""
    cells: list[str] = []
    for cell in row:
        if cell.tag not in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            continue
        down = _count(cell, _TABLE + "number-rows-spanned")
        across = _count(cell, _TABLE + "number-columns-spanned")
        if max(down, across) > 1:
            merged.append(Merged(number, len(cells), number + down - 1, len(cells) + across - 1))
        held = _od_text(cell) if cell.tag == _TABLE + "table-cell" else ""
        cells += [held] * min(_count(cell, _TABLE + "number-columns-repeated"), MAX_COLUMNS - len(cells))
    return _trimmed(cells)


def _count(element: ElementTree.Element, attribute: str) -> int:
    given = element.get(attribute, "1")
    return min(int(given), 1 << 21) if given.isascii() and given.isdecimal() and len(given) < 9 else 1


def _od_text(cell: ElementTree.Element) -> str:
    kind = cell.get(_OFFICE + "value-type")
    if kind == "date":
        return cell.get(_OFFICE + "date-value", "")[:10]
    if kind in ("float", "currency"):
        try:
            return _text(float(cell.get(_OFFICE + "value", "")))
        except ValueError:
            pass
    return "\n".join(_od_paragraph(one) for one in cell.findall(_TEXT + "p")).strip()


def _od_paragraph(paragraph: ElementTree.Element) -> str:
    text = paragraph.text or ""
    for part in paragraph:
        if part.tag == _TEXT + "s":
            text += " "
        elif part.tag == _TEXT + "line-break":
            text += "\n"
        elif part.tag != _OFFICE + "annotation":
            text += "".join(part.itertext())
        text += part.tail or ""
    return text


# --- SpreadsheetML ------------------------------------------------------------------------------------------------


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
        rows: Rows = []
        merged: list[Merged] = []
        for row in sheet.iter(f"{ss}Row"):
            place = min(_index(row, ss, len(rows) + 1), MAX_ROWS)
            rows += [()] * (place - 1 - len(rows))
            rows.append(_cells(row, ss, place - 1, merged))
        sheets.append(_sheet(sheet.get(f"{ss}Name", f"Sheet{number}"), rows, merged))
    return sheets


def _cells(row: ElementTree.Element, ss: str, number: int, merged: list[Merged]) -> tuple[str, ...]:
    """The cells of a row, which is `number` from 0; those that are merged are added to `merged`."""
    cells: list[str] = []
    for cell in row.iter(f"{ss}Cell"):
        place = min(_index(cell, ss, len(cells) + 1), MAX_COLUMNS)
        cells += [""] * (place - 1 - len(cells))
        held = next((child for child in cell if child.tag.endswith("}Data")), None)
        down, across = (_more(cell, f"{ss}{way}") for way in ("MergeDown", "MergeAcross"))
        if down or across:
            merged.append(Merged(number, len(cells), number + down, len(cells) + across))
        cells.append("" if held is None else "".join(held.itertext()).strip())
        cells += [""] * min(across, MAX_COLUMNS)
    return tuple(cells)


def _more(cell: ElementTree.Element, attribute: str) -> int:
    """How many cells more a cell takes up."""
    given = cell.get(attribute, "0")
    return int(given) if given.isdecimal() and len(given) < 7 else 0


def _index(element: ElementTree.Element, ss: str, otherwise: int) -> int:
    given = element.get(f"{ss}Index", "")
    return max(int(given), otherwise) if given.isdecimal() and len(given) < 7 else otherwise
