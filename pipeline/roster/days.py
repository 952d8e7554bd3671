"""Days as rosters write them: one alone, or a column of them, which tells what 7/10/2025 means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_ISO = re.compile(r"\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ,].*)?\s*$")
_FIGURES = re.compile(r"\s*(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?:[T ,].*)?\s*$")


def day(written: str) -> date | None:
    """A date of a roster: year first, or with the month in letters. 7/10/2025, which has two meanings, is None."""
    if _ISO.match(written):
        return year_first(written)
    if not re.search(r"[^\W\d_]{3}", written) or not re.search(r"\d{4}", written):
        return None
    import dateparser  # its locale data take longer to load than most rosters to read

    found = dateparser.parse(written, settings={"STRICT_PARSING": True})
    return found.date() if found else None


def year_first(written: str) -> date | None:
    """2025-07-13, 2025/7/13 or 2025年7月13日; None where it is no such day."""
    figures = _ISO.match(written)
    return _valid(int(figures[1]), int(figures[2]), int(figures[3])) if figures else None


def _valid(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def days_of_column(cells: Sequence[str]) -> list[str] | None:
    """The cells with dates in figures as ISO; None where it can't be told which figure is the day.

    A column has one order. It is told by a figure above 12; dots between the figures mean the day first.
    """
    figures = [(cell, found) for cell in cells if (found := _FIGURES.match(cell))]
    if not figures:
        return list(cells)
    first, second = max(int(found[1]) for _, found in figures), max(int(found[3]) for _, found in figures)
    dotted = all(found[2] == "." for _, found in figures)
    if (first > 12) == (second > 12) and not (dotted and second <= 12):
        return None
    day_first = first > 12 or (dotted and second <= 12)
    return [_iso(cell, day_first) for cell in cells]


def _iso(cell: str, day_first: bool) -> str:
    found = _FIGURES.match(cell)
    if found is None:
        return cell
    one, other = int(found[1]), int(found[3])
    made = _valid(int(found[4]), other if day_first else one, one if day_first else other)
    return made.isoformat() if made else cell
