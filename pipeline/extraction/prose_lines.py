"""Lines of running text on a page that is looked at for its labels: known by their shape, they need not be read.

OCR takes as long as a page has words, and most of an agreement's are clauses. A clause's inner lines run from margin to
margin, one below the other, with no gap, no line to write on and no writing between.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.forms.form import PRINT_DPI, Zone

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

DARK = 170
"""Brightness of evened paper below which a pixel is print."""
WORD_GAP_PT = 9.0
"""Widest gap between words of running text, points: justified lines are spaced out up to this."""
LEAST_RUN_PT = 40.0
"""Length of ink along a row of pixels from which it is the body of a line of print: ascenders and tails stand apart."""
LEAST_WIDTH = 0.55
"""Share of the page's width that such a line takes; labels and their answers are shorter or have gaps."""
BODY_PT = (2.6, 9.0)
"""Height of small letters. Lower: dots and dashes; higher: handwriting."""
RULED_SHARE = 0.2
"""Share of its width, taken by a line to write on, from which print asks for something. Print that was taken for a line
has up to 0.16."""
MOST_PITCH = 2.75
"""Distance from line to line, in heights of small letters, up to which lines are of one clause. Set solid it is 2.2;
rows of labels with dots to write on, which look like running text, stand 3.2 and more apart."""
LEAST_LINES = 3
"""Lines of one clause from which its inner ones are left out."""
INDENT_PT = 24.0
"""Points by which the beginnings of two lines of one clause may differ."""
ASCENDER = 0.7
"""What stands above and below small letters, in parts of their height."""

Line = tuple[int, int, int, int]
"""Left, top, right, bottom of the body of a line, pixels at PRINT_DPI."""


def prose_lines(paper: Gray, ruled: Bools) -> tuple[Zone, ...]:
    """Boxes (points) of the lines of running text that need not be read, from top to bottom.

    `paper`: the page set upright, (H, W) at PRINT_DPI, evened; `ruled`: where it has lines, the same shape. A clause's
    last line is left to be read: it says how the clause ends.
    """
    lines = _bodies(paper, ruled)
    pitch = MOST_PITCH * median([y1 - y0 for _, y0, _, y1 in lines]) if lines else 0.0
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _follows(groups[-1][-1], line, pitch):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(box for group in groups if len(group) >= LEAST_LINES for box in _boxes(group))


def _bodies(paper: Gray, ruled: Bools) -> list[Line]:
    """The wide lines of print, from top to bottom."""
    scale = PRINT_DPI / 72
    ink = ((paper < DARK) & ~ruled).astype(np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, round(WORD_GAP_PT * scale)), np.uint8))
    body = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, round(LEAST_RUN_PT * scale)), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=8)
    least, most = (round(v * scale) for v in BODY_PT)
    found = [
        (x, y, x + w, y + h)
        for x, y, w, h, _ in stats[1:count].tolist()
        if w >= LEAST_WIDTH * paper.shape[1]
        and least <= h <= most
        and ruled[max(0, y - h) : y + 2 * h, x : x + w].any(axis=0).mean() < RULED_SHARE
    ]
    return sorted(found, key=lambda line: line[1])


def _follows(above: Line, line: Line, pitch: float) -> bool:
    """Whether a line goes on the one above it, at most `pitch` pixels below."""
    return 0 < line[3] - above[3] <= pitch and abs(line[0] - above[0]) <= INDENT_PT * PRINT_DPI / 72


def _boxes(group: Sequence[Line]) -> list[Zone]:
    """The lines of a clause but for its last one, each with its ascenders and tails, short of the lines around."""
    scale = 72 / PRINT_DPI
    tops = [group[0][1] - ASCENDER * (group[0][3] - group[0][1])]
    tops += [(above[3] + below[1]) / 2 for above, below in pairwise(group)]
    return [
        (line[0] * scale, top * scale, line[2] * scale, bottom * scale)
        for line, (top, bottom) in zip(group, pairwise(tops), strict=False)
    ]


def without(paper: Gray, boxes: Sequence[Zone]) -> Gray:
    """The page (H, W) at PRINT_DPI with white in these boxes (points), from margin to margin."""
    found, scale = paper.copy(), PRINT_DPI / 72
    for _, y0, _, y1 in boxes:
        found[round(y0 * scale) : round(y1 * scale)] = 255
    return found
