"""The workbook: *Returns*, *Articles*, *Flags*, *Log* and *About*, to be read, filtered, printed and given back.

Text is never a formula. Confidences are numbers that show as words. Cells of *Returns* may be corrected and taken in
again (`countersign import`); a sheet that no program shows holds what they were, so that only what a person changed
counts.
"""

from __future__ import annotations

import io
import logging
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pandas as pd

from pipeline.checks.flags import BLOCKING, FLAGS
from pipeline.datamodel.records import EXTRA
from pipeline.datamodel.statuses import STATUSES, is_valid, needs_person
from pipeline.decisions.decided_results import Results
from pipeline.decisions.log import as_logged, standing
from pipeline.exports.table_files import in_place, is_missing
from pipeline.extraction.crops import SHARPNESS, THUMBNAILS
from pipeline.intake.sources import file_of
from pipeline.results.coverage import Coverage
from pipeline.results.table import CATEGORIES, CONFIDENCES, DAYS, SEPARATOR, TYPES, extra_columns

_log = logging.getLogger(__name__)

EDITABLE = ("status", "article", "author", "signature", "signer", "date")
"""Columns of *Returns* that an editor may correct."""
BASELINE = "As exported"
"""The hidden sheet with the cells of text and dates as they were written."""
SHOWN = (
    *("file", "status", "flags", "why", "article", "title", "author", "signature", "signature_crop", "signer"),
    *("date", "date_crop", *CONFIDENCES, "date_order", "title_read", "name_read", "signer_read", "date_read"),
)
"""Columns of *Returns* in the order of reading; the table's other columns follow, folded away."""
CROPS: Mapping[str, str] = {f"{name}_crop": name for name in THUMBNAILS}
"""Column -> the field whose picture it holds."""
WIDTHS: Mapping[str, float] = {
    "file": 30, "status": 11, "flags": 22, "why": 48, "article": 17, "title": 38, "author": 23, "signature": 12,
    "signature_crop": 24, "signer": 21, "date": 11, "date_crop": 24, "date_order": 11, "sha256": 20, "sender": 30,
}  # fmt: skip
"""In characters; what is printed must be legible on one A4 page across, and no picture wider than its column."""
TALL = ("file", "flags", "why", "title", "author", "signer")
"""Columns whose text may need more lines than a row has."""
CHARACTERS = 1.1
"""Letters of ordinary text that go on a line for each character of a width, which is a digit's."""
READ_WIDTH = 30
"""Width, characters, of a column of text as it was read."""
ROW_PT = 34.0
"""Of a row with pictures: they are 27 points high (`thumbnails.CELL_PX`) and must not touch their neighbours."""
CROP_TOP_PX = 4
"""Pixels between a row's upper edge and its picture."""
LINE_PT = 15.0
"""Height, points, of one line of text."""
HEAD_PT = 20.0
"""Height, points, of the row of heads."""
MOST_LINES = 8
"""Lines of text that a row is made high enough for."""
WORDS_FORMAT = '[>=0.99]"sure";[>=0.9]"likely";"doubtful"'
"""Number format that shows a confidence as a word."""
COLOURS = {"good": "#DDF1DC", "look": "#FFF0C2", "bad": "#F9D4D0", "plain": "#ECECEC"}
"""Background of a cell by what it says."""
LINE_COLOUR = "#D4D4D4"
"""Between rows, so that a picture is seen to end."""
A4 = 9
"""Excel's number of the paper."""
LONGEST_CELL = 32_767
"""Characters that Excel takes in one cell."""
LONGEST_LINK = 2000
"""Characters of a link; Excel takes 2079."""
LINK_TIP = (
    "Opens the scan where the folder of returns lies as it did when this was written. "
    "If the workbook was sent to you alone, the pictures in this row are what there is."
)
"""What is shown over a link to a scan; Excel takes 255 characters."""
ABOUT: Mapping[str, str] = {
    "Returns": "One row per return, those that need a person first. Why says what was found and what to do.",
    "Links": "A file's name opens its scan only where the folder of returns lies as it did when this workbook was "
    "written: move both together. Sent by mail, it has no scans; the pictures of signature and date are in it.",
    "How sure": "These columns are probabilities that show as words: sure from 99 %, likely from 90 %, else doubtful.",
    "Corrections": "Status, Article, Author, Signature, Signer and Date of Returns may be corrected here. Save the "
    "workbook and give it back to whoever sent it: `countersign import` takes the corrections in and says what each "
    "became. Other cells do not count.",
    "Articles": "One row per article of the roster, with the return that counts for it.",
    "Flags": "What each flag means, and what to do about it.",
    "Log": "Every decision that people made, oldest first.",
}
"""The sheet *About*: what a reader must know who has nothing but the workbook."""

Formats = Mapping[str, Any]


def write_workbook(results: Results, path: Path, crops: bool = True) -> None:
    """Write the workbook in place of `path`. `crops`: with the pictures. Raises ExportError."""
    data = _book(results, path, crops)
    in_place(path, lambda part: part.write_bytes(data))


def _book(results: Results, path: Path, crops: bool) -> bytes:
    """The workbook whole. It is put together in memory: on a full disk the half of a zip could not even be closed."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    results, made = flagged_first(results), io.BytesIO()
    with xlsxwriter.Workbook(made, {**options, "in_memory": True}) as book:
        formats = _formats(book)
        covered = results.coverage()
        _returns(book, formats, results, path, crops)
        _articles(book, formats, results, covered)
        _flags(book, formats, results)
        _decisions(book, formats, results)
        _about(book, formats)
        _baseline(book, results)
    return made.getvalue()


def flagged_first(results: Results) -> Results:
    """The same results, with the rows that need a person before the others."""
    statuses = results.table["status"].tolist()
    order = sorted(range(len(statuses)), key=lambda row: not needs_person(statuses[row]))
    table, machine = (frame.iloc[order].reset_index(drop=True) for frame in (results.table, results.machine))
    return replace(results, table=table, machine=machine, judged=tuple(results.judged[row] for row in order))


HEADS: Mapping[str, str] = {
    "sha256": "SHA-256", "why": "Why", "date_order": "What settled the date", "date_kind": "How the date is written",
    "seconds": "Seconds to read",
}  # fmt: skip
"""Column -> its header, where that is not the column's own words."""


def head_of(column: str) -> str:
    """The header of a column of *Returns*, in plain words."""
    for ending, words in (("_confidence", ": how sure"), ("_read", " as read"), ("_crop", " as scanned")):
        if column.endswith(ending):
            return head_of(column.removesuffix(ending)) + words
    if column.startswith(EXTRA):
        return f"Field: {column.removeprefix(EXTRA).replace('_', ' ')}"
    return HEADS.get(column) or column.replace("_", " ").capitalize()


def column_of(head: str, extra_fields: Sequence[str] = ()) -> str:
    """The column that a header stands for, in whatever case; the header itself where it is none of ours."""
    columns = (*SHOWN, *TYPES, *extra_fields)
    return {head_of(column).casefold(): column for column in reversed(columns)}.get(head.casefold(), head)


def _formats(book: Any) -> Formats:
    line = {"valign": "top", "bottom": 1, "bottom_color": LINE_COLOUR}
    base = {**line, "text_wrap": True}
    made = {name: book.add_format({**base, "bg_color": colour}) for name, colour in COLOURS.items()}
    made["head"] = book.add_format({**base, "bold": True, "bottom_color": "#1E2430", "bg_color": "#E3E8EF"})
    made["text"] = book.add_format(base)
    made["count"] = book.add_format({**line, "align": "left"})
    made["day"] = book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "left"})
    made["moment"] = book.add_format({**line, "num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    made["words"] = book.add_format({**line, "num_format": WORDS_FORMAT, "align": "left"})
    made["link"] = book.add_format({**base, "font_color": "#1A4FA0", "underline": 1})
    return made


def _sheet(book: Any, formats: Formats, name: str, heads: Sequence[str], widths: Sequence[float], rows: int) -> Any:
    """An empty sheet with its header, widths, filters and print set-up."""
    sheet = book.add_worksheet(name)
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.write_string(0, column, head, formats["head"])
        sheet.set_column(column, column, width)
    sheet.set_row(0, HEAD_PT)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(rows, 1), len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&RPage &P of &N")
    return sheet


# --- Returns ------------------------------------------------------------------------------------------------------


def _returns(book: Any, formats: Formats, results: Results, path: Path, crops: bool) -> None:
    table = results.table
    shown = [name for name in SHOWN if crops or name not in CROPS]
    extra_fields = extra_columns(table.columns)
    columns = [*shown, *extra_fields, *(name for name in TYPES if name not in shown)]
    widths = [
        WIDTHS.get(name, READ_WIDTH if name.endswith("_read") or name in extra_fields else 12) for name in columns
    ]
    sheet = _sheet(book, formats, "Returns", [head_of(name) for name in columns], widths, len(table))
    sheet.set_default_row(ROW_PT)
    sheet.set_column(len(shown) + len(extra_fields), len(columns) - 1, 12, None, {"level": 1, "hidden": True})
    sheet.set_column(len(columns), len(columns), None, None, {"collapsed": True})
    sheet.print_area(0, 0, max(len(table), 1), shown.index("date_order") - len(CONFIDENCES) - 1)
    titles = {article.key: article.title for article in results.roster.articles}
    pictures = results.thumbnails() if crops else repeat({}, len(table))
    for number, (values, thumbnails) in enumerate(zip(table.to_dict("records"), pictures, strict=True)):
        values["title"] = titles.get(values["article"], "")
        colours = _colours(values, results.settings.notes)
        for column, name in enumerate(columns):
            if name in CROPS:
                sheet.write_blank(number + 1, column, None, formats["text"])
                if jpeg := thumbnails.get(CROPS[name]):
                    _crop(sheet, number + 1, column, jpeg, f"{name} of {values['file']}")
            elif name == "file":
                link = _link(file_of(results.judged[number].source), path.parent)
                _write_link(sheet, number + 1, column, link, values["file"], formats)
            else:
                style = colours.get(str(name)) or _style(str(name))
                _write(sheet, number + 1, column, values[name], formats[style])
        _fit_row(sheet, number + 1, [(values[name], WIDTHS[name]) for name in TALL], ROW_PT)
        if said := results.judged[number].flags:
            note = "\n".join(f"{flag.code}: {flag.sentence}" for flag in said)
            sheet.write_comment(number + 1, columns.index("flags"), note, {"x_scale": 3, "y_scale": 1.2})
    _choices(sheet, columns, len(table))


def _style(name: str) -> str:
    return "day" if name in DAYS else "words" if name in CONFIDENCES else "text"


def _colours(values: Mapping[Any, Any], notes: frozenset[str]) -> dict[str, str]:
    """Formats of a row's status and flags. A settled return's flags are grey: they were dealt with."""
    status = values["status"]
    codes = set(values["flags"].split(SEPARATOR)) - {""}
    blocking = bool(codes & (BLOCKING - notes))
    flags = "text" if not codes else "plain" if is_valid(status) and blocking else "bad" if blocking else "look"
    return {"status": "good" if is_valid(status) else "look" if status == "review" else "bad", "flags": flags}


def _choices(sheet: Any, columns: Sequence[str], rows: int) -> None:
    """Lists to pick from where a cell may have certain values only."""
    for name, allowed in (("status", STATUSES), ("signature", CATEGORIES["signature"])):
        if rows and name in columns:
            place = columns.index(name)
            sheet.data_validation(1, place, rows, place, {"validate": "list", "source": list(allowed)})


def _write(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    if is_missing(value) or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, pd.Timestamp):
        sheet.write_datetime(row, column, value.to_pydatetime(), style)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL], style)


def _fit_row(sheet: Any, row: int, texts: Sequence[tuple[object, float]], least_pt: float = LINE_PT) -> None:
    """Make a row as high as its longest text needs. `texts`: with the widths of their columns, in characters."""
    lines = max((math.ceil(len(str(text)) / (width * CHARACTERS)) for text, width in texts if text), default=1)
    height = max(least_pt, LINE_PT * min(lines, MOST_LINES))
    if height > least_pt or least_pt == LINE_PT:
        sheet.set_row(row, height)


def _write_link(sheet: Any, row: int, column: int, link: str, text: str, formats: Formats) -> None:
    if len(link) > LONGEST_LINK or sheet.write_url(row, column, link, formats["link"], text, LINK_TIP) < 0:
        _write(sheet, row, column, text, formats["text"])


def _link(scan: str, folder: Path) -> str:
    """To the scan, relative to the workbook's folder where there is a way, so that both can be moved together."""
    try:
        way = os.path.relpath(scan, folder)
    except ValueError:  # another drive
        way = scan
    plain = way.isprintable() and not set(way) & set("#%")  # A name that is no text is not printable.
    return f"external:{way if plain else quote_from_bytes(os.fsencode(way), safe='/.')}"


def _crop(sheet: Any, row: int, column: int, jpeg: bytes, description: str) -> None:
    scale = {"x_scale": 1 / SHARPNESS, "y_scale": 1 / SHARPNESS}
    more = {**scale, "x_offset": 2, "y_offset": CROP_TOP_PX, "object_position": 1}
    name = f"{row}-{column}.jpg"
    try:
        sheet.insert_image(row, column, name, {"image_data": io.BytesIO(jpeg), "description": description, **more})
    except Exception as error:  # A damaged picture makes its reader raise whatever comes, and costs its cell alone.
        _log.info("a picture in row %d is damaged and was left out (%s)", row + 1, error)


# --- the other sheets ---------------------------------------------------------------------------------------------


def _articles(book: Any, formats: Formats, results: Results, covered: Sequence[Coverage]) -> None:
    heads = ("Article", "Title", "Authors", "Volume", "State", "Return", "Status", "Date", "Other returns")
    sheet = _sheet(book, formats, "Articles", heads, (20, 50, 50, 10, 12, 30, 12, 12, 30), len(covered))
    colours = {"valid": "good", "open": "look", "ask again": "bad", "missing": "bad"}
    files, statuses, days = (results.table[name].tolist() for name in ("file", "status", "date"))
    for number, one in enumerate(covered, start=1):
        article = one.article
        texts = (article.key, article.title, SEPARATOR.join(article.authors), article.volume.number, one.state)
        for column, text in enumerate(texts):
            style = colours.get(one.state, "plain") if column == heads.index("State") else "text"
            _write(sheet, number, column, text, formats[style])
        for column in (5, 6, 7):
            _write(sheet, number, column, "", formats["text"])
        if one.row is not None:
            sheet.write_url(number, 5, f"internal:'Returns'!A{one.row + 2}", formats["link"], files[one.row])
            _write(sheet, number, 6, str(statuses[one.row]), formats["text"])
            _write(sheet, number, 7, days[one.row], formats["day"])
        others = SEPARATOR.join(files[row] for row in one.others)
        _write(sheet, number, 8, others, formats["text"])
        _fit_row(sheet, number, [(texts[0], 20), (texts[1], 50), (texts[2], 50), (others, 30)])


def _flags(book: Any, formats: Formats, results: Results) -> None:
    heads = ("Flag", "Kind", "Returns", "When", "Meaning", "Remedy")
    sheet = _sheet(book, formats, "Flags", heads, (24, 10, 9, 44, 60, 60), len(FLAGS))
    counts = Counter(code for cell in results.table["flags"] for code in cell.split(SEPARATOR))
    for number, kind in enumerate(FLAGS, start=1):
        blocks = kind.blocking and kind.code not in results.settings.notes
        style = "plain" if not counts[kind.code] else "bad" if blocks else "look"
        _write(sheet, number, 0, kind.code, formats[style])
        _write(sheet, number, 2, counts[kind.code], formats["count"])
        for column, text in (
            (1, "blocking" if blocks else "note"),
            (3, kind.when),
            (4, kind.meaning),
            (5, kind.remedy),
        ):
            _write(sheet, number, column, text, formats["text"])
        _fit_row(sheet, number, [(kind.when, 44), (kind.meaning, 60), (kind.remedy, 60)])


def _decisions(book: Any, formats: Formats, results: Results) -> None:
    heads = ("Entry", "At (UTC)", "Who", "File", "Action", "Field", "Flag", "Before", "After", "Reason", "Stands")
    widths = (8, 22, 16, 30, 10, 12, 24, 26, 26, 36, 8)
    sheet = _sheet(book, formats, "Log", heads, widths, len(results.decisions))
    stands = {decision.id for decision in standing(results.decisions)}
    for number, d in enumerate(results.decisions, start=1):
        still = "yes" if d.id in stands else "" if d.action == "undo" else "undone"
        at = pd.Timestamp(d.at).tz_convert(None) if d.at else ""
        values = (d.id, at, d.who, d.file, d.action, d.field, d.flag, d.before, d.after, d.reason, still)
        for column, value in enumerate(values):
            _write(sheet, number, column, value, formats["moment" if column == heads.index("At (UTC)") else "text"])
        _fit_row(sheet, number, list(zip(values, widths, strict=True)))


def _about(book: Any, formats: Formats) -> None:
    sheet = _sheet(book, formats, "About", ("What", "About it"), (16, 100), len(ABOUT))
    for number, (what, text) in enumerate(ABOUT.items(), start=1):
        _write(sheet, number, 0, what, formats["text"])
        _write(sheet, number, 1, text, formats["text"])
        _fit_row(sheet, number, [(text, 100)])


def _baseline(book: Any, results: Results) -> None:
    """What a person could change: the cells that count, and the others, so that it can be said that they don't."""
    sheet = book.add_worksheet(BASELINE)
    sheet.very_hidden()
    extra_fields = extra_columns(results.table.columns)
    others = [name for name in SHOWN if TYPES.get(name) in ("string", "category") or name in DAYS] + extra_fields
    keys = ("file", "sha256", *EDITABLE)
    titles = {article.key: article.title for article in results.roster.articles}
    table = results.table.assign(title=[titles.get(key, "") for key in results.table["article"]])
    for column, name in enumerate((*keys, "title", *(name for name in others if name not in keys))):
        sheet.write_string(0, column, name)
        for number, value in enumerate(table[name], start=1):
            sheet.write_string(number, column, as_logged(value)[:LONGEST_CELL])
