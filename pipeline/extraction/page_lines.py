"""The lines of a page that nobody taught: rules, rows of dots, the sides of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.forms.form import PRINT_DPI, Zone

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

DARK = 170
"""Brightness of evened paper below which a pixel is a line's; thin rules come out pale."""
LEAST_RULE_PT = 34.0
LEAST_UPRIGHT_PT = 26.0
"""Shortest lines across and down; letters' stems are shorter."""
THICK_PT = 3.0
"""Bars thicker than this are no lines."""
SLOPED_PT = 6.0
"""What a line may rise from end to end."""
DOT_PT = (6.0, 2.4)
"""Largest width and height of a dot or dash."""
DOT_GAP_PT = 9.0
"""Greatest gap from one dot to the next."""
LEAST_DOTS = 10
"""Dots from which a row of them is a line."""
UNEVEN = 0.3
"""Greatest spread of the steps from dot to dot, in parts of the step: the dots of letters stand unevenly."""
BESIDE_PX = (2, 5)
BESIDE_INK = 0.12
"""Share of ink in the strip between so many pixels beside a rule, above or below, from which it is part of a line of
print: a rule has paper on one side."""
CORNER_PT = 4.0
"""How near to an end of an upright a rule passes with which it makes a box: a signature's stroke has none."""
LEAST_BOX_PT = 12.0
MOST_BOX_PT = 160.0
"""Heights of a box to write in."""
MARGIN_PX = 1
"""Pixels around a line that are painted out with it."""


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page's lines, points of the page set upright."""

    rules: tuple[Zone, ...]
    """Across: what one writes on, and the borders of boxes."""
    uprights: tuple[Zone, ...]
    mask: Bools
    """Where they are printed, (H, W) at PRINT_DPI."""

    @property
    def boxes(self) -> tuple[Zone, ...]:
        """The closed boxes, the paper inside their borders."""
        return tuple(
            (top[0], top[3], top[2], foot[1])
            for top in self.rules
            for foot in self.rules
            if LEAST_BOX_PT < foot[1] - top[3] < MOST_BOX_PT
            and all(abs(top[k] - foot[k]) <= CORNER_PT and self._side(top[k], top[1], foot[3]) for k in (0, 2))
        )

    def cell(self, x: float, y: float) -> Zone | None:
        """The closed box around a place, the nearest lines on all four sides; None where one is missing."""
        across = [r for r in self.rules if r[0] - CORNER_PT <= x <= r[2] + CORNER_PT]
        top = max((r[3] for r in across if r[1] <= y), default=None)
        foot = min((r[1] for r in across if r[1] > y), default=None)
        beside = [(u[0] + u[2]) / 2 for u in self.uprights if u[1] - CORNER_PT <= y <= u[3] + CORNER_PT]
        left, right = max((u for u in beside if u <= x), default=None), min((u for u in beside if u > x), default=None)
        if top is None or foot is None or left is None or right is None:
            return None
        closed = all(self._side(u, top, foot) for u in (left, right))
        return (left, top, right, foot) if closed and LEAST_BOX_PT < foot - top < MOST_BOX_PT else None

    def _side(self, x: float, top: float, foot: float) -> bool:
        """Whether an upright stands at `x` from `top` to `foot`."""
        return any(
            abs((u[0] + u[2]) / 2 - x) <= CORNER_PT and u[1] <= top + CORNER_PT and u[3] >= foot - CORNER_PT
            for u in self.uprights
        )


def page_lines(paper: Gray) -> PageLines:
    """The lines of an evened page (H, W) at PRINT_DPI."""
    dark = (paper < DARK).view(np.uint8)
    labels, found = _long(dark, (round(LEAST_RULE_PT * PRINT_DPI / 72), 1))
    across = {number: rule for number, rule in found.items() if _stands_alone(dark, rule)}
    mask = np.isin(labels, list(across))
    labels, found = _long(dark, (1, round(LEAST_UPRIGHT_PT * PRINT_DPI / 72)))
    down = {number: side for number, side in found.items() if _of_a_box(side, list(across.values()))}
    mask |= np.isin(labels, list(down))
    dotted, dots = _dotted(dark)
    size = 2 * MARGIN_PX + 1
    mask = cv2.dilate((mask | dots).view(np.uint8), np.ones((size, size), np.uint8)) > 0
    return PageLines((*across.values(), *dotted), tuple(down.values()), np.asarray(mask, np.bool_))


def _stands_alone(dark: npt.NDArray[np.uint8], rule: Zone) -> bool:
    """Whether there is paper above or below a rule: a line of small print has letters on both sides."""
    x0, y0, x1, y1 = (round(v * PRINT_DPI / 72) for v in rule)
    near, far = BESIDE_PX
    sides = (dark[max(0, y0 - far) : max(0, y0 - near), x0:x1], dark[y1 + near : y1 + far, x0:x1])
    return min(float(side.mean()) if side.size else 0.0 for side in sides) < BESIDE_INK


def _of_a_box(side: Zone, rules: Sequence[Zone]) -> bool:
    """Whether an upright ends at a rule."""
    x, ends = (side[0] + side[2]) / 2, (side[1], side[3])
    return any(
        r[0] - CORNER_PT <= x <= r[2] + CORNER_PT and min(abs(end - r[1]) for end in ends) <= CORNER_PT for r in rules
    )


def _long(dark: npt.NDArray[np.uint8], size: tuple[int, int]) -> tuple[npt.NDArray[np.int32], dict[int, Zone]]:
    """Thin lines of at least a `size` (width, height), pixels: by the number of their pixels (H, W)."""
    width, height = size
    # A scan breaks a line here and there.
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3 if height > 1 else 1, 3 if width > 1 else 1), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((height, width), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    scale = PRINT_DPI / 72
    found: dict[int, Zone] = {}
    for number in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[number])
        if min(w, h) <= SLOPED_PT * scale and area / max(w, h) <= THICK_PT * scale:
            found[number] = (x / scale, y / scale, (x + w) / scale, (y + h) / scale)
    return np.asarray(labels, np.int32), found


def _dotted(dark: npt.NDArray[np.uint8]) -> tuple[list[Zone], Bools]:
    """Rows of dots or dashes, close and even enough to be one line."""
    scale = PRINT_DPI / 72
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    small = np.flatnonzero(
        (stats[:, cv2.CC_STAT_WIDTH] <= DOT_PT[0] * scale) & (stats[:, cv2.CC_STAT_HEIGHT] <= DOT_PT[1] * scale)
    )
    runs: list[list[int]] = []
    boxes = {int(n): tuple(v / scale for v in stats[n, :4]) for n in small if n}
    for number in sorted(boxes, key=lambda n: (round((boxes[n][1] + boxes[n][3]) / 2.5), boxes[n][0])):
        x, y, _, h = boxes[number]
        last = boxes[runs[-1][-1]] if runs else None
        if last and abs(last[1] + last[3] - y - h) < 2 and 0 < x - last[0] - last[2] < DOT_GAP_PT:
            runs[-1].append(number)
        else:
            runs.append([number])
    keep = np.zeros(count, np.bool_)
    found = []
    for run in runs:
        if len(run) >= LEAST_DOTS and _even([boxes[n][0] for n in run]):
            keep[run] = True
            feet = [boxes[n][1] + boxes[n][3] for n in run]
            found.append((boxes[run[0]][0], min(feet) - 0.8, boxes[run[-1]][0] + boxes[run[-1]][2], max(feet)))
    return found, np.asarray(keep[labels], np.bool_)


def _even(starts: Sequence[float]) -> bool:
    steps = np.diff(starts)
    step = float(np.median(steps))
    return float(np.median(np.abs(steps - step))) < UNEVEN * step
