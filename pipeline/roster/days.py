"""A column of days in a roster, which tells as a whole what 7/10/2025 means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dates.readings import Order
from pipeline.dates.written_days import written_day

_FIGURES = re.compile(r"\s*(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?:[T ,].*)?\s*$")


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
    order: Order = "dmy" if first > 12 or (dotted and second <= 12) else "mdy"
    return [_iso(cell, order) if _FIGURES.match(cell) else cell for cell in cells]


def _iso(cell: str, order: Order) -> str:
    made = written_day(cell, order, names=False, around=True)
    return made.isoformat() if made else cell
