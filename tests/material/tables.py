"""Tables as files: the same cells as CSV, XLSX, OpenDocument and SpreadsheetML."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.material.compound import compound

Rows = Sequence[Sequence[str]]


def csv_bytes(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(sheets: Mapping[str, Rows]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([int(cell) if cell.isascii() and cell.isdecimal() else cell or None for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls_bytes(cells: Mapping[tuple[int, int], str], from_1904: bool = False) -> bytes:
    """(row, column), from 0 -> text, as an XLS file of one sheet: the least records that [MS-XLS] asks for."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))

    def label(row: int, column: int, text: str) -> bytes:
        held = struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le")
        return record(0x204, held)

    def sheet_at(place: int) -> bytes:
        return record(0x85, struct.pack("<IBBBB", place, 0, 0, 1, 0) + b"S")

    head, end = begin(5) + record(0x42, struct.pack("<H", 1200)), record(0x0A, b"")
    head += record(0x22, struct.pack("<H", 1)) if from_1904 else b""
    place = len(head + sheet_at(0) + end)
    sheet = begin(0x10) + b"".join(label(*at, text) for at, text in cells.items()) + end
    return compound({"Workbook": head + sheet_at(place) + end + sheet})


def ods_bytes(sheets: Mapping[str, Rows]) -> bytes:
    def table(name: str, rows: Rows) -> str:
        cells = (
            "".join(
                f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
                for cell in row
            )
            for row in rows
        )
        inner = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
        return f'<table:table table:name="{escape(name)}">{inner}</table:table>'

    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = "".join(table(name, rows) for name, rows in sheets.items())
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
    return out.getvalue()


def spreadsheet_ml_bytes(sheets: Mapping[str, Rows]) -> bytes:
    """As CMT writes it: empty cells are left out, and the next one says its place."""

    def row_of(row: Sequence[str]) -> str:
        cells = (
            f'<Cell ss:Index="{place}"><Data ss:Type="String">{escape(cell)}</Data></Cell>'
            for place, cell in enumerate(row, start=1)
            if cell
        )
        return f"<Row>{''.join(cells)}</Row>"

    body = "".join(
        f'<Worksheet ss:Name="{escape(name)}"><Table>{"".join(map(row_of, rows))}</Table></Worksheet>'
        for name, rows in sheets.items()
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{body}</Workbook>'
    ).encode()
