"""Days as rosters write them: one alone, or a column of them, which tells what 7/10/2025 means.

A column may hold what spreadsheet programs make of days: `1-Nov-26`, `01.11.26`, `20261101`, and the bare count of days
that a cell without a format shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pipeline.dates.readings import Order
from pipeline.dates.written_days import written_day

_COMPACT = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)(?=\D|$)(?:T\d{4,6})?")
_EASTERN = re.compile(
    r"(\d{4})\s*[-/.\u2010-\u2013\u5e74\ub144]\s*(\d{1,2})\s*[-/.\u2010-\u2013\u6708\uc6d4]\s*(\d{1,2})(?!\d)"
    r"\s*[\u65e5\u53f7\uc77c.]?"
)
"""A year, a month and a day in that order, with the signs of China, Japan and Korea or dots and blanks between."""
_FIGURES = re.compile(
    r"\s*(\d{1,2})\s*([-/.\u2010-\u2013])\s*(\d{1,2})\s*[-/.\u2010-\u2013]\s*(\d{4}|\d\d)(?!\d)\.?((?:[T ,;(].*)?)$"
)
_SERIAL = re.compile(r"\s*(\d{5})(?:[.,]\d+)?\s*$")
_EPOCH = re.compile(r"\s*(1\d{9})(\d{3})?\s*$")
_SHORT_YEAR = re.compile(r"(\d{1,2}\s*[-./ ]\s*[^\W\d_]{3,}\.?\s*[-./' ]\s*)(\d\d)(?!\d)(?!\s*:)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
LONGEST = 80
"""Characters of a cell that is a day: a sentence may hold one, but is none."""
COUNTED_FROM = date(1899, 12, 30)
"""Day 0 of spreadsheet programs, as far as days after February 1900 go."""
COUNTED_FROM_1904 = date(1904, 1, 1)
"""Day 0 of the workbooks of Excel on old Macintoshes, and of those made from them."""
SERIALS = range(32874, 73051)
"""Counts of days, 1990 to 2099, that a column of dates may hold: other five figures are a postcode or a number."""
CENTURY = 70
"""Two figures below this are a year of this century, as spreadsheet programs have it."""


@dataclass(frozen=True, slots=True)
class Days:
    """A column of days, those that can be read as ISO."""

    cells: tuple[str, ...]
    """ISO, or what stands there where it is no day; empty where it has two meanings."""
    doubtful: tuple[str, ...] = ()
    """Cells in figures whose order can't be told."""


@lru_cache(maxsize=4096)
def day(written: str) -> date | None:
    """The day in a cell, as `written_day` has it, also as spreadsheet programs and the East write it.

    7/10/2025, which has two meanings, is None.
    """
    if len(written) > LONGEST:
        return None
    text = written.strip().lstrip("'")
    if found := _EASTERN.match(text) or _COMPACT.match(text):
        text = f"{found[1]}-{found[2]}-{found[3]} {text[found.end() :]}"
    elif not _YEAR.search(text) and (found := _SHORT_YEAR.search(text)):
        text = f"{text[: found.start()]}{found[1]}{_full_year(int(found[2]))}{text[found.end() :]}"
    return written_day(text, around=True)


def is_day(cell: str) -> bool:
    """Whether a cell holds a day, be its order clear or not; a bare number is none by itself."""
    return day(cell) is not None or _in_figures(cell) is not None


def may_be_day(cell: str) -> bool:
    """Whether a cell of a column that is called a date holds a day: bare counts of days and seconds too."""
    return is_day(cell) or _counted(cell) is not None


def days_of_column(cells: Sequence[str], counted_from: date = COUNTED_FROM) -> Days:
    """The cells of a column of dates as ISO, whatever of them can be read.

    A column has one order. It is told by a figure above 12; dots between the figures mean the day first.
    `counted_from`: day 0 of bare counts of days.
    """
    figures = [found for cell in cells if (found := _in_figures(cell))]
    order = _order(figures)
    iso: list[str] = []
    doubtful: list[str] = []
    for cell in cells:
        found = _in_figures(cell)
        if found is not None and order is None and found.first != found.second:
            iso.append("")
            doubtful.append(cell)
        else:
            known = found.as_day(order or "dmy") if found else day(cell) or _counted(cell, counted_from)
            iso.append(known.isoformat() if known else cell)
    return Days(tuple(iso), tuple(doubtful))


@dataclass(frozen=True, slots=True)
class _Figures:
    """A day in figures with the year behind: which of the first two is the month, the column tells."""

    first: int
    second: int
    year: int
    is_dotted: bool
    has_short_year: bool

    def as_day(self, order: Order) -> date | None:
        return written_day(f"{self.first}/{self.second}/{self.year}", order, names=False)


def _in_figures(cell: str) -> _Figures | None:
    found = _FIGURES.match(cell.lstrip("'"))  # with which spreadsheet programs keep a cell as it was typed
    if found is None:
        return None
    is_short = len(found[4]) == 2
    year = _full_year(int(found[4])) if is_short else int(found[4])
    return _Figures(int(found[1]), int(found[3]), year, found[2] == ".", is_short)


def _full_year(short: int) -> int:
    return short + (2000 if short < CENTURY else 1900)


def _order(figures: Sequence[_Figures]) -> Order | None:
    """The order of a column's figures; None where that can't be told."""
    if not figures:
        return None
    first, second = max(one.first for one in figures), max(one.second for one in figures)
    if _may_begin_with_year(figures):
        return None
    if (first > 12) != (second > 12):
        return "dmy" if first > 12 else "mdy"
    return "dmy" if all(one.is_dotted for one in figures) and second <= 12 else None


def _may_begin_with_year(figures: Sequence[_Figures]) -> bool:
    """Whether a column like 26/11/01, 26/11/02 has its year in front: one number above 12 before many others."""
    firsts = {one.first for one in figures}
    return (
        len(firsts) == 1
        and min(firsts) > 12
        and all(one.has_short_year for one in figures)
        and len({one.year for one in figures}) > 1
    )


def _counted(cell: str, counted_from: date = COUNTED_FROM) -> date | None:
    """The day that a bare number counts to: days as spreadsheets have them, or seconds since 1970."""
    cell = cell.lstrip("'")
    if found := _SERIAL.match(cell):
        count = int(found[1]) + (counted_from - COUNTED_FROM).days
        if count in SERIALS:
            return COUNTED_FROM + timedelta(days=count)
    if found := _EPOCH.match(cell):
        return datetime.fromtimestamp(int(found[1]), UTC).date()
    return None
