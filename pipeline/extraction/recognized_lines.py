"""A line of foreign writing with what it says: what recognizing hands to those who ask which field it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emissions import CtcEmissions
from pipeline.extraction.locate import InkRegion

DATE_ODDS = -1.5
"""Log odds from which a line is a date. Of 170 real returns no date lies below -0.5 once its ink is apart from its
neighbours', and no signature above -3."""
SURE_DATE_ODDS = 12.0
"""Log odds from which a line surely is a date: only where none is, lines are joined in search of one."""


@dataclass(frozen=True, slots=True, eq=False)
class RecognizedLine:
    """A line of foreign writing with its text and the views that it rests on. Equal only to itself."""

    region: InkRegion
    text: str
    date_odds: float
    """Log odds that it is a date."""
    views: tuple[CtcEmissions, ...] = ()
    """The recognizer's views of it, the one that gives the text first; none for typing that the file holds as text. A
    date's are followed by those of the head for dates."""
    as_date: tuple[CtcEmissions, ...] = ()
    """Views that the head for dates has of it, one for each of the first ones: they count if it is a date."""


def line_confidence(view: CtcEmissions) -> float:
    """Mean probability of the best path's characters, 0..1; 0 where nothing was read."""
    best = view.logp.argmax(axis=1)
    inked = np.flatnonzero(best > 0)
    return float(np.exp(view.logp[inked, best[inked]]).mean()) if len(inked) else 0.0


def in_reading_order(lines: Sequence[RecognizedLine]) -> tuple[RecognizedLine, ...]:
    """From top to bottom; lines whose middles lie within half a line of each other from left to right."""
    rows: list[list[RecognizedLine]] = []
    for line in sorted(lines, key=lambda r: r.region.center[1]):
        first = rows[-1][0].region if rows else None
        if first and line.region.center[1] - first.center[1] < 0.5 * min(line.region.height, first.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda r: r.region.box[0]))
