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

from pipeline.dates.readings import readings

_TIME = r"(?:[T ,;(].*)?"
_ISO = re.compile(
    rf"\s*'?(\d{{4}})\s*[-/.\u2010-\u2013\u5e74\ub144]\s*(\d{{1,2}})\s*[-/.\u2010-\u2013\u6708\uc6d4]\s*(\d{{1,2}})\s*"
    rf"[\u65e5\u53f7\uc77c.]?{_TIME}\s*$",
    re.DOTALL,
)
_COMPACT = re.compile(rf"\s*((?:19|20)\d\d)([01]\d)([0-3]\d)(?:T?\d{{4,6}})?{_TIME}\s*$")
_FIGURES = re.compile(
    rf"\s*(\d{{1,2}})\s*([-/.\u2010-\u2013])\s*(\d{{1,2}})\s*[-/.\u2010-\u2013]\s*(\d{{4}}|\d\d)(?!\d)\.?{_TIME}\s*$"
)
_SERIAL = re.compile(r"\s*(\d{5})(?:[.,]\d+)?\s*$")
_EPOCH = re.compile(r"\s*(1\d{9})(\d{3})?\s*$")
_SHORT_YEAR = re.compile(r"(\d{1,2}\s*[-./ ]\s*[^\W\d_]{3,}\.?\s*[-./' ]\s*)(\d\d)(?!\d)(?!\s*:)")
_MONTH = re.compile(r"[^\W\d_]{3}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
COUNTED_FROM = date(1899, 12, 30)
"""Day 0 of spreadsheet programs, as far as days after February 1900 go."""
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


def day(written: str) -> date | None:
    """A date of a roster: year first, or with the month in letters. 7/10/2025, which has two meanings, is None."""
    return year_first(written) or _compact(written) or _worded(written)


def year_first(written: str) -> date | None:
    """2025-07-13, 2025/7/13 or 2025年7月13日; None where it is no such day."""
    figures = _ISO.match(written)
    return _valid(int(figures[1]), int(figures[2]), int(figures[3])) if figures else None


def is_day(cell: str) -> bool:
    """Whether a cell holds a day, be its order clear or not; a bare number is none by itself."""
    return day(cell) is not None or _in_figures(cell) is not None


def may_be_day(cell: str) -> bool:
    """Whether a cell of a column that is called a date holds a day: bare counts of days and seconds too."""
    return is_day(cell) or _counted(cell) is not None


def days_of_column(cells: Sequence[str]) -> Days:
    """The cells of a column of dates as ISO, whatever of them can be read.

    A column has one order. It is told by a figure above 12; dots between the figures mean the day first.
    """
    figures = [found for cell in cells if (found := _in_figures(cell))]
    day_first = _day_first(figures)
    iso: list[str] = []
    doubtful: list[str] = []
    for cell in cells:
        found = _in_figures(cell)
        if found is None or year_first(cell):
            known = day(cell) or _counted(cell)
            iso.append(known.isoformat() if known else cell)
        elif day_first is None:
            iso.append("")
            doubtful.append(cell)
        else:
            made = found.as_day(day_first)
            iso.append(made.isoformat() if made else cell)
    return Days(tuple(iso), tuple(doubtful))


@dataclass(frozen=True, slots=True)
class _Figures:
    """A day in figures with the year behind: which of the first two is the month, the column tells."""

    first: int
    second: int
    year: int
    is_dotted: bool
    has_short_year: bool

    def as_day(self, day_first: bool) -> date | None:
        month, number = (self.second, self.first) if day_first else (self.first, self.second)
        return _valid(self.year, month, number)


def _in_figures(cell: str) -> _Figures | None:
    found = _FIGURES.match(cell)
    if found is None:
        return None
    is_short = len(found[4]) == 2
    year = _full_year(int(found[4])) if is_short else int(found[4])
    return _Figures(int(found[1]), int(found[3]), year, found[2] == ".", is_short)


def _full_year(short: int) -> int:
    return short + (2000 if short < CENTURY else 1900)


def _day_first(figures: Sequence[_Figures]) -> bool | None:
    """Whether the day stands first in a column's figures; None where that can't be told."""
    if not figures:
        return None
    first, second = max(one.first for one in figures), max(one.second for one in figures)
    if _may_begin_with_year(figures):
        return None
    if (first > 12) != (second > 12):
        return first > 12
    return True if all(one.is_dotted for one in figures) and second <= 12 else None


def _may_begin_with_year(figures: Sequence[_Figures]) -> bool:
    """Whether a column like 26/11/01, 26/11/02 has its year in front: one number above 12 before many others."""
    firsts = {one.first for one in figures}
    return (
        len(firsts) == 1
        and min(firsts) > 12
        and all(one.has_short_year for one in figures)
        and len({one.year for one in figures}) > 1
    )


def _counted(cell: str) -> date | None:
    """The day that a bare number counts to: days since 1900 as spreadsheets have them, or seconds since 1970."""
    if (found := _SERIAL.match(cell)) and int(found[1]) in SERIALS:
        return COUNTED_FROM + timedelta(days=int(found[1]))
    if found := _EPOCH.match(cell):
        return datetime.fromtimestamp(int(found[1]), UTC).date()
    return None


def _compact(written: str) -> date | None:
    """20261101, with or without a time behind."""
    figures = _COMPACT.match(written)
    return _valid(int(figures[1]), int(figures[2]), int(figures[3])) if figures else None


def _worded(written: str) -> date | None:
    """A day with its month in letters, in any language; None where it is none, or may be several."""
    if len(written) > 80 or not _MONTH.search(written):
        return None
    if not _YEAR.search(written):
        found = _SHORT_YEAR.search(written)
        if found is None:
            return None
        written = f"{written[: found.start()]}{found[1]}{_full_year(int(found[2]))}{written[found.end() :]}"
    return _read(written)


@lru_cache(maxsize=4096)
def _read(written: str) -> date | None:
    found = {reading.day for reading in readings(written)}
    return found.pop() if len(found) == 1 else None


def _valid(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
