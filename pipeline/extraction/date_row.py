"""A date that a signature's tails run into: the two are one piece of ink, and the line finder takes them for one line.

Where no line is a date, the row of the date's label is cut out of the ink straight, tails and all, and read by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.ppocr import LineReader
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognize import first_odds, read_date, read_lines
from pipeline.extraction.recognized_lines import SURE_DATE_ODDS, RecognizedLine
from pipeline.forms.form import Zone
from pipeline.registration.warp import INK_DPI

ROWS_PT: Final = (13.0, 18.0)
"""Heights, points, of the rows that are cut out: a line of the form's own type, and one of tall figures."""
STEP_PT: Final = 3.0
"""Points from one row that is tried to the next; raised, a row cuts through the figures."""
ABOVE_PT: Final = 2.0
"""Points above the label's line at which the first row begins."""
LEAST_PIECES: Final = 2
"""Pieces of ink that begin in a row and hardly leave it, from which figures may stand there; tails cross its top."""
BELOW_PT: Final = 3.0
"""Points that a figure's foot may reach below its row."""
NEAR_PT: Final = 30.0
"""Points behind the label within which a date begins that is all one piece with the signature. Set by eye."""
GAP_PT: Final = 4.0
"""Gap, points, over which ink beside those pieces is a part of the date, too: a figure that a tail touches."""
FINALISTS: Final = 2
"""Rows of which all views are looked at; the others are judged by their first."""
MARGIN_PX: Final = 4
"""White kept around a row's writing, pixels."""


def date_under_tails(ink: ForeignInk, zone: Zone, reader: LineReader, span: tuple[date, date]) -> RecognizedLine | None:
    """The row of a date's zone (form points) that is most surely a date; None where none surely is."""
    rows = read_lines(list(_rows(ink, zone)), reader)
    likely = sorted(rows, key=lambda line: -first_odds(line, span))[:FINALISTS]
    lines = [line for row in likely for line in read_date([row.region], reader, span)]
    best = max(lines, key=lambda line: line.date_odds, default=None)
    return best if best is not None and best.date_odds >= SURE_DATE_ODDS else None


def _rows(ink: ForeignInk, zone: Zone) -> Iterator[InkRegion]:
    """The rows that are tried, each from the ink nearest to the label, or from the pieces of ink that stand in it, as
    far as ink goes on."""
    clean, scale = ink.clean(), INK_DPI / 72
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.mask.view(np.uint8), connectivity=8)
    tops, bottoms = stats[1:, 1], stats[1:, 1] + stats[1:, 3]
    label_end = max((round((x1 - ink.area[0]) * scale) for x1 in _label_ends(ink, zone)), default=0)
    for height_pt in ROWS_PT:
        for top_pt in np.arange(zone[1] - ABOVE_PT, zone[3] - height_pt + STEP_PT, STEP_PT):
            top, bottom = (round((v - ink.area[1]) * scale) for v in (top_pt, top_pt + height_pt))
            own = stats[1:][(tops >= top) & (bottoms <= bottom + BELOW_PT * scale) & (tops < bottom)]
            inked = np.asarray(ink.mask[max(0, top) : bottom].any(axis=0), np.bool_)
            beside = label_end + np.flatnonzero(inked[label_end : label_end + round(NEAR_PT * scale)])
            has_tails = bool(np.any((tops < top) & (bottoms > top)))
            starts = [(int(x), int(x + w)) for x, w in own[:, [0, 2]]] if len(own) >= LEAST_PIECES else []
            starts += [(int(beside[0]), int(beside[0]) + 1)] if len(beside) else []
            if top < 0 or bottom > len(clean) or not starts or not has_tails:
                continue
            left, right = _wider(inked, min(x0 for x0, _ in starts), max(x1 for _, x1 in starts))
            crop = clean[top:bottom, max(0, left - MARGIN_PX) : right + MARGIN_PX]
            area = float(ink.mask[top:bottom, left:right].sum()) / scale**2
            box = ink.to_points((float(left), float(top), float(right), float(bottom)))
            yield InkRegion(box, crop=np.ascontiguousarray(crop), ink_pt2=area)


def _label_ends(ink: ForeignInk, zone: Zone) -> list[float]:
    """Right ends, form points, of what is printed in a zone."""
    return [
        word.box[2]
        for word in ink.page.words
        if zone[0] <= word.box[0] <= zone[2] and zone[1] <= (word.box[1] + word.box[3]) / 2 <= zone[3]
    ]


def _wider(inked: npt.NDArray[np.bool_], left: int, right: int) -> tuple[int, int]:
    """A stretch of columns, (W,) True where there is ink, with the ink that goes on beside it without a wide gap."""
    gap = round(GAP_PT * INK_DPI / 72)
    while (before := np.flatnonzero(inked[max(0, left - gap) : left])).size:
        left = max(0, left - gap) + int(before[0])
    while (after := np.flatnonzero(inked[right : right + gap])).size:
        right += int(after[-1]) + 1
    return left, right
