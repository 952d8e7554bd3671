"""Ink among the clauses that the form has not: a person's addition, or dirt, set-off from another page, bad print.

Everything happens in the form's frame at INK_DPI. Places with foreign ink are measured, and a small fitted model says
how likely each is an addition (card: `models/marks.md`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from models.choice import Floats as Features
from models.choice import binary_probability
from models.fitted import fitted
from pipeline.extraction.alterations.clause_view import SCALE, Bools, Clauses, Floats, PixelBox, print_rim
from pipeline.forms.form import Zone

MODEL: Final = "added_ink"
FEATURES: Final = (
    *("one", "ink", "density", "dark", "darkest", "unevenness", "pieces", "largest", "piece_length", "length"),
    *("thickness", "halo", "beside_print", "height", "lined", "sizes"),
)
"""What is measured of a place with foreign ink, in the order of `measured`."""
NEAR_PT = (72.0, 8.0)
"""Points beside the clauses' words, and above and below them, within which writing still is among them: a note in the
margin is. On 371 pages of real returns nothing stands there."""
WINDOW_PX = (60, 30)
"""Width and height, in pixels at INK_DPI, in which foreign ink is summed: a short word."""
LEAST_PX = 36
"""Pixels of foreign ink in a window of WINDOW_PX from which a place is looked at; fewer are specks."""
SPECK_PX = 6
"""Least pixels, at INK_DPI, of a piece of foreign ink that is looked at."""
BLOB_PX = 7.0
"""Half thickness, pixels, from which ink is a stain, a punch hole or a scanner's border, not writing."""
LINE_WIDTH_PX = 10
"""Pixels of ink for each of its length below which a tall piece of ink is a line drawn across, not a stamp."""
UPRIGHT = 15
"""Height of a piece of ink, in parts of its width, from which it is an upright line: the sheet's edge, a fold, a
scanner's streak. Nobody strikes words out along the page."""
WRITING_PT = 34.0
"""Height, points, of the tallest word written between the lines."""
JOIN_PX = 9
"""Gap, pixels, that print or a poor scan leaves in a stroke."""
LETTER_PX = 6
"""Height, pixels, of a small letter between the lines."""
HALO_PX = 7
"""Twice the distance, pixels, around ink in which a smudge or set-off leaves grey."""


@dataclass(frozen=True, slots=True)
class AddedInk:
    """A place among the clauses with foreign ink."""

    box: PixelBox
    """x, y, width, height."""
    features: Features
    """Shape (features,): FEATURES."""

    @property
    def probability(self) -> float:
        """That somebody added it to the agreement, 0..1."""
        return binary_probability(self.features, fitted(MODEL, FEATURES))

    @property
    def across(self) -> bool:
        """Whether it is taller than writing between the lines."""
        return self.box[3] > WRITING_PT * SCALE


def added_ink(view: Clauses, foreign: Bools, fields: Bools) -> list[AddedInk]:
    """Places among the clauses with foreign ink, (H, W), that no field's ink reaches."""
    if float(_density(foreign & ~fields).max()) < LEAST_PX:
        return []
    writing = np.zeros(view.seen.shape, np.bool_)
    for ink, (x, y, w, h) in _marks(foreign):
        if _may_be_writing(fields, ink, (x, y, w, h)):
            writing[y : y + h, x : x + w] |= ink
    density = _density(writing)
    return [AddedInk(box, measured(view, density, ink, box)) for ink, box in _places(view, writing, density)]


def _marks(foreign: Bools) -> Iterator[tuple[Bools, PixelBox]]:
    """Pieces of foreign ink that belong together, each in its box (x, y, width, height), pixels.

    Print cuts a pen's stroke into pieces a letter apart, so pieces this near count as one.
    """
    joined = cv2.morphologyEx(foreign.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 15), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for number in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= SPECK_PX):
        x, y, w, h = (int(v) for v in stats[number, :4])
        cut = np.s_[y : y + h, x : x + w]
        yield foreign[cut] & (labels[cut] == number), (x, y, w, h)


def _may_be_writing(fields: Bools, ink: Bools, box: PixelBox) -> bool:
    """Whether a mark, `ink` in its box, may stand among the clauses at all: no stain, hole, border or stamp."""
    x, y, w, h = box
    height, width = fields.shape
    if x == 0 or y == 0 or x + w == width or y + h == height:
        return False  # comes in from the margin or the page's edge
    if (fields[y : y + h, x : x + w] & ink).any():
        return False  # comes in from a field
    if float(_thickness(ink).max()) > BLOB_PX:
        return False
    if h >= UPRIGHT * w:
        return False
    return h <= WRITING_PT * SCALE or int(ink.sum()) <= LINE_WIDTH_PX * float(np.hypot(w, h))


def _thickness(ink: Bools) -> Floats:
    """Distance of each inked pixel from paper, pixels, with a frame of one pixel."""
    padded = cv2.copyMakeBorder(ink.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3), np.float32)


def _density(ink: Bools) -> Floats:
    """Inked pixels in the window around each pixel, (H, W)."""
    inked = ink.view(np.uint8)
    dense = cv2.boxFilter(inked, cv2.CV_32F, WINDOW_PX, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(dense, np.float32)


def _places(view: Clauses, writing: Bools, density: Floats) -> Iterator[tuple[Bools, PixelBox]]:
    """Ink of each place among the clauses with more than specks of it, in its box (x, y, width, height), pixels."""
    window = np.ones(WINDOW_PX[::-1], np.uint8)
    written = writing & (cv2.dilate((density >= LEAST_PX).astype(np.uint8), window) > 0)
    count, labels = cv2.connectedComponents(cv2.dilate(written.astype(np.uint8), window), connectivity=8)
    (across, down), zone = NEAR_PT, _clauses_zone(view)
    x0, y0, x1, y1 = view.px((zone[0] - across, zone[1] - down, zone[2] + across, zone[3] + down))
    for number in range(1, count):
        ink = written & (labels == number)
        ys, xs = np.nonzero(ink)
        if len(xs) and x0 <= xs.mean() <= x1 and y0 <= ys.mean() <= y1:
            left, top = int(xs.min()), int(ys.min())
            box = (left, top, int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
            yield ink[top : top + box[3], left : left + box[2]], box


def _clauses_zone(view: Clauses) -> Zone:
    boxes = np.array([word.box for word in view.page.clause_words()])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(x0), float(y0), float(x1), float(y1)


def measured(view: Clauses, density: Floats, ink: Bools, box: PixelBox) -> Features:
    """FEATURES of a place: `ink` in its box; `density` of the whole area. Darkness is in parts of the print's."""
    x, y, w, h = box
    cut = np.s_[y : y + h, x : x + w]
    print_dark = float(np.median(view.seen[view.printed > 0.5]))
    dark = view.seen[cut][ink] / print_dark
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    areas, sides = stats[1:, cv2.CC_STAT_AREA], stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    closed = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((JOIN_PX, JOIN_PX), np.uint8))
    joined = cv2.connectedComponentsWithStats(closed, connectivity=8)[2][1:]
    lengths = np.hypot(joined[:, cv2.CC_STAT_WIDTH], joined[:, cv2.CC_STAT_HEIGHT])
    thickness = _thickness(np.asarray(ink, np.bool_))
    ridge = (thickness > 0) & (thickness >= cv2.dilate(thickness, np.ones((3, 3), np.uint8)) - 1e-6)
    rim = print_rim(view.page, view.area)[cut]
    around = (cv2.dilate(ink.astype(np.uint8), np.ones((HALO_PX, HALO_PX), np.uint8)) > 0) & ~ink & ~rim
    near_print = cv2.dilate(rim.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    values = (
        *(1.0, np.log(ink.sum()), np.log(max(1.0, float(density[cut].max())))),
        *(np.median(dark), np.percentile(dark, 90), dark.std(), np.log(len(areas))),
        *(np.sort(areas)[-3:].sum() / areas.sum(), np.log(np.average(sides, weights=areas) / SCALE)),
        *(np.log(np.average(lengths, weights=joined[:, cv2.CC_STAT_AREA]) / SCALE), thickness[ridge].mean()),
        np.median(view.seen[cut][around]) / print_dark if around.any() else 0.0,
        (ink & near_print).sum() / ink.sum(),
        *_in_a_row(joined, h),
    )
    return np.array(values, np.float64)


def _in_a_row(pieces: npt.NDArray[Any], height: int) -> tuple[float, float, float]:
    """How far pieces of ink stand in one row, as letters of a line do: the logarithm of the row's height in points; the
    share of ink in pieces whose middle is within a letter's half of the middle one's; how much their heights differ."""
    areas = pieces[:, cv2.CC_STAT_AREA]
    middles = pieces[:, cv2.CC_STAT_TOP] + pieces[:, cv2.CC_STAT_HEIGHT] / 2
    near = np.abs(middles - np.median(middles)) <= LETTER_PX / 2
    heights = pieces[:, cv2.CC_STAT_HEIGHT]
    return float(np.log(height / SCALE)), float(areas[near].sum() / areas.sum()), float(heights.std() / heights.mean())
