"""Tables from text files: CSV in any delimiter and encoding, lists of objects in JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.normalizing import without_entities
from pipeline.roster.days import COUNTED_FROM

HEAD_BYTES = 8192
"""Bytes of a file that tell what it is."""
DELIMITERS = ",;\t|"
_STAND_INS = {ord(sign): chr(0xF800 + ord(sign)) for sign in f'{DELIMITERS}"\r\n'}
"""What stands, while a file is cut into cells, for signs that were written as entities: they delimit nothing."""
_STOOD_FOR = {ord(held): chr(sign) for sign, held in _STAND_INS.items()}

_SIGNS = (
    "[\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6\u00b8\u00bb-\u00bf\u00f7"
    "\u20ac\u201a\u0192\u201c-\u201e\u2020\u2021\u02c6\u2030\u2039\u2022\u02dc\u203a\u0178]"
)
_CAPITALS = "[\u00a3\u00a5\u00a6\u00af\u00bc\u00be]"
"""What capitals of other encodings (\u0141, \u0104, \u017b, \u0160, ...) look like as Western ones."""
_LATE_CAPITALS = "[a-z\u00df-\u00ff][\u0160\u017d\u0178\u0152]"
"""What a Mac's \u00e9, \u00e4, \u00f6 look like as Western letters: capitals behind small letters (Andr\u017d)."""
LETTERS_BESIDE_SIGNS = re.compile(
    rf"[^\W\d_]{_SIGNS}+[^\W\d_]|(?:^|[\s;,\"]){_CAPITALS}[^\W\d_]|{_LATE_CAPITALS}|[^\W\d_][\u201a\u201e]|\ufffd"
)
"""A sign within a word, or in the place of its capital: a letter of another encoding."""
_FOR_EXCEL = re.compile(r'\A="([^"]*)"\Z')
"""How programs write a text so that Excel leaves it as it is: ="2026-11-01"."""
_CONTROLS = re.compile("[\x80-\x9f]")
EAST_ASIAN = ("gb18030", "cp932", "euc_jp", "big5", "euc_kr")
"""Encodings of East Asia that are tried for text that is no UTF-8."""
ONE_BYTE = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "mac_roman", "cp850")
"""Encodings with a byte a letter that are tried where a name of a column can tell them apart."""
TELLING_NAME = 4
"""Letters of a column's name from which it is not found in another encoding by chance. Set by eye."""
MOSTLY_ZERO = 0.1
"""Share of every other byte that is zero from which text is UTF-16: of a list in Chinese its figures, signs and line
ends are that many. Set by eye."""
HEAD_ROWS = 30
"""Rows among which the columns' names are looked for; exports put titles and dates above them."""
MAX_COLUMNS = 500
"""Columns of a table that are looked at; exports have up to some eighty."""
MAX_ROWS = 100_000
"""Rows of a table that are looked at: a roster has an article or an author in each."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are one: the first row and column, and the last ones; all from 0."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, as text. Row n of the sheet is `rows[n - 1]`."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[str, ...] = ()
    """What was left out of it."""
    merged: tuple[Merged, ...] = ()
    """Its merged cells; what stands in one that goes downwards stands in each of its rows."""
    counted_from: date = COUNTED_FROM
    """Day 0 of the counts of days in its cells."""


def decoded(data: bytes, name: str, known_words: Sequence[str] = ()) -> str:
    """A text file's text: UTF-8, UTF-16, or what else makes sense of it. Raises RosterError where that isn't sure.

    `known_words`: what may be expected in it, in any script; in which encoding they are found is what tells.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if unmarked := _utf_16_without_mark(data[:HEAD_BYTES]):
        return data.decode(unmarked, errors="replace")
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
    if len(told := _one_byte_texts(data, known_words)) == 1:
        return told[0]
    raise RosterError(f"How {name} writes its letters can't be told for sure: save it once more as UTF-8, or as XLSX.")


def _utf_16_without_mark(head: bytes) -> str:
    """The byte order of UTF-16 that does not state it: every other byte of its commas and line ends is zero."""
    zeros = [head[start::2].count(0) / max(1, len(head) // 2) for start in (0, 1)]
    if max(zeros) < MOSTLY_ZERO or min(zeros) > 0:
        return ""
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _one_byte_texts(data: bytes, known_words: Sequence[str]) -> list[str]:
    """The texts that a file can be, a byte a letter, in which most names of columns are known."""
    telling = [word for word in known_words if len(word) >= TELLING_NAME]
    texts = {text for encoding in ONE_BYTE if (text := _strictly(data, encoding)) is not None}
    plain = {text: text[:HEAD_BYTES].casefold() for text in texts if not _CONTROLS.search(text)}
    hits = {text: sum(word in head for word in telling) for text, head in plain.items()}
    return [text for text, count in hits.items() if count and count == max(hits.values())]


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
    text = without_entities(text, _STAND_INS)  # in `M&uuml;ller` the semicolon parts nothing
    delimiter = max(DELIMITERS, key=lambda each: _regular(text, each, heads))
    rows: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        for row in reader:
            rows += [()] * (reader.line_num - 1 - len(rows) - sum("\n" in cell for cell in row))
            rows.append(tuple(_FOR_EXCEL.sub(r"\1", cell.translate(_STOOD_FOR).strip()) for cell in row))
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
    return "" if value is None else " ".join(str(value).split())


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
