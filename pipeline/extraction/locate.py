"""Locate: the foreign writing of an area parted into lines, each with the ink that belongs to it.

What each line says, and which field it is, comes later (`recognize`, `assignment`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from models.line_finder import FoundLine, LineFinder, crop_quad
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import Zone
from pipeline.registration.warp import INK_DPI

FIND_SCALE = 0.67
"""Lines are found at this share of INK_DPI: 100 dpi, enough for print of 8 points. 75 dpi take half the time and lose a
title and a date of 170 returns."""
SMALL_SCALE = 1.34
"""The share at which type of four points is found, where ink is left over that runs on like lines of it: 200 dpi."""
SMALL_TYPE_PT = 30.0
"""Height, points, up to which ink that no line holds and that is wider than any signature may be small type."""
INK_MARGIN_PX = 24
"""Pixels of white kept around the ink that lines are looked for in."""
CLUSTER_PT = 5.0
"""Ink that no line holds is clustered over gaps of this many points."""
CLUSTER_MIN_PT = (9.0, 5.0)
"""Width and height from which such a cluster is writing (a squiggle), not dirt; either side may be the long one."""
CLUSTER_MAX_PT = (320.0, 160.0)
"""Width and height, points, beyond which ink that no line holds is the edge of a sheet, not writing: an edge runs
through the whole area, and large signatures reach 110. Set by eye."""
OVERHANG_PT = 2.0
"""Points beyond a line's frame from which a stroke of it stands outside."""
OVERHANG_MIN_PT = (18.0, 2.0)
"""Longer and shorter side, points, from which what stands outside is more than a letter's tail. Set by eye."""
CLUSTER_MIN_INK_PT = 14.0
"""Least length of stroke, points, of ink that no line holds to be writing; strokes are taken for one point wide."""
TYPED_MARGIN_PT = 1.5
"""Points beyond a typed line's box in which ink is still its own."""
INK_LEVEL = 200
"""Grey value, 0..255, below which a pixel of evened paper is ink."""
PAINTED_SHARE = 0.08
"""Neighbours' ink, in parts of a line's own, from which the line is also looked at with it."""
FAINTEST_INK = 222
"""Grey value, 0..255, up to which a pixel of evened paper may be ink (`dropout.ink_threshold`)."""
PALE_INK = 150
"""Grey value, 0..255, of the median of a line's ink from which the line is also looked at darkened: a thin or pale pen
leaves much that is paler still, and is no ink then. Of labelled returns one line in ten is so; lowered, more are looked
at twice."""
PALE_REACH_PX = 6
"""Pixels around ink, at INK_DPI, in which something paler may belong to its strokes."""
WHITE = 245
"""Grey value, 0..255, of evened paper from which on a darkened line is white."""
TWO_ROWS_PT = 20.0
"""Height, points, from which a line may be two rows taken for one: two of ten points' type, one under the other."""
ROWS_APART = 0.5
"""Least distance of two rows' middles, in parts of the lower one's height: nearer, they are pieces of one row."""
ROW_SCALES = (SMALL_SCALE, 0.8)
"""Shares of INK_DPI at which a region is looked at for rows, one after the other: which of them parts rows that touch
is chance."""
SPLITS = 4
"""Places tried to part a line that may hold two fields."""
MOST_GAP_PT = 60.0
"""Widest gap, points, between two lines of one row that may be one."""
MIN_SPLIT_PT = 22.0
"""Least width, points, of either part of a line that is parted."""
MARGIN_PT = 20.0
"""Width, points, of the page's outer strip: ink there that no line holds is a scan's border or a punch hole."""


@dataclass(frozen=True, slots=True, eq=False)
class InkRegion:
    """One line of foreign writing. Exactly one of `typed` and `crop` is set."""

    box: Zone
    """Form points."""
    typed: TypedLine | None = None
    crop: npt.NDArray[np.uint8] | None = None
    """The line set upright, form print and neighbours' ink painted out, (H, W) at INK_DPI."""
    unpainted: npt.NDArray[np.uint8] | None = None
    """The line with the neighbours' ink left in, where that is much: their stroke may join this line's letters."""
    pale: npt.NDArray[np.uint8] | None = None
    """The line with what stands around its ink, darkened to full contrast, where its ink is pale: of such strokes only
    the darkest bits pass for ink."""
    found: bool = True
    """False: no line of writing to the line finder's eye, only ink that clusters."""
    ink_pt2: float = 0.0
    """Area of its ink, square points."""
    overhang: bool = False
    """Whether it is part of another region's stroke that reaches far out of its line: a signature across a date."""

    @property
    def center(self) -> tuple[float, float]:
        """(x, y) of the box's middle, form points."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> float:
        """Height of the box, points."""
        return self.box[3] - self.box[1]


def find_ink_regions(ink: ForeignInk, typed: Sequence[TypedLine], finder: LineFinder) -> tuple[InkRegion, ...]:
    """The lines of foreign writing in an area: typed ones as given, handwritten ones found in the ink."""
    mask = _without_typed(ink, typed)
    regions = [InkRegion(line.box, typed=line) for line in typed]
    bounds = _bounds(mask)
    if bounds is None:
        return tuple(regions)
    x0, y0, x1, y1 = bounds
    ink, mask = ink.cut(bounds), mask[y0:y1, x0:x1]
    clean = _cleaned(ink, mask)
    lines = finder.find(clean, FIND_SCALE)
    found, left_over = _of_lines(ink, clean, mask, lines)
    small = _small_type(left_over)
    if small.any():
        alone = _cleaned(ink, small)
        more, rest = _of_lines(ink, alone, small, finder.find(alone, SMALL_SCALE))
        found, left_over = [*found, *more], np.asarray(left_over & ~small | rest, np.bool_)
    regions += [*found, *_clusters(ink, clean, left_over)]
    return (*regions, *_overhangs(ink, clean, mask & ~left_over & ~small, lines))


def _cleaned(ink: ForeignInk, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The paper (H, W) with nothing on it but the ink of the mask."""
    return np.where(_soft(mask, ink), ink.paper, np.uint8(255)).astype(np.uint8)


def _of_lines(
    ink: ForeignInk, clean: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], lines: Sequence[FoundLine]
) -> tuple[list[InkRegion], npt.NDArray[np.bool_]]:
    """The regions of some lines, and the ink of the mask, (H, W), that none of them holds."""
    owners, labels, areas = _own_components(mask, lines)
    regions = [
        _also_darkened(_line_region(ink.to_points, clean, line, at, owners, labels, areas), ink, line, labels, others)
        for at, (line, others) in enumerate(zip(lines, _others(owners), strict=True))
    ]
    pixels = np.flatnonzero(mask)
    left_over = np.zeros(mask.shape, np.bool_)
    free = np.asarray(~owners.any(axis=1), np.bool_)
    left_over.ravel()[pixels] = free[labels.ravel()[pixels]]
    return [region for region in regions if region is not None], left_over


def _small_type(left_over: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels of ink that no line holds, (H, W), which run on as lines of type do that is too small to be found."""
    scale = INK_DPI / 72
    small = np.zeros(left_over.shape, np.bool_)
    if not left_over.any():
        return small
    for part, (_, _, width, height), where in _clustered(left_over):
        if width > CLUSTER_MAX_PT[0] * scale and height <= SMALL_TYPE_PT * scale:
            small[where] |= part
    return small


def _clustered(
    ink: npt.NDArray[np.bool_],
) -> Iterator[tuple[npt.NDArray[np.bool_], tuple[int, int, int, int], tuple[slice, slice]]]:
    """Ink that lies together, over gaps of CLUSTER_PT: its pixels, their left, top, width and height, and the part of
    the array (H, W) that they are in."""
    size = 2 * round(CLUSTER_PT * INK_DPI / 72 / 2) + 1
    grown = cv2.dilate(ink.view(np.uint8), np.ones((size, size), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    for label, (left, top, width, height) in enumerate(stats[1:, :4].tolist(), start=1):
        around = np.s_[top : top + height, left : left + width]
        part = np.asarray(ink[around] & (labels[around] == label), np.bool_)
        ys, xs = np.nonzero(part)
        yield part, (left + int(xs.min()), top + int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1), around


def _without_typed(ink: ForeignInk, typed: Sequence[TypedLine]) -> npt.NDArray[np.bool_]:
    mask = ink.mask.copy()
    scale = INK_DPI / 72
    for line in typed:
        x0, y0, x1, y1 = line.box
        left, top = (round((v - m - TYPED_MARGIN_PT) * scale) for v, m in ((x0, ink.area[0]), (y0, ink.area[1])))
        right, bottom = (round((v - m + TYPED_MARGIN_PT) * scale) for v, m in ((x1, ink.area[0]), (y1, ink.area[1])))
        mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
    return mask


def _soft(mask: npt.NDArray[np.bool_], ink: ForeignInk) -> npt.NDArray[np.bool_]:
    """The mask with the strokes' soft rims, but not into the form's print."""
    rim = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    return np.asarray((rim & ~ink.printed) | mask, np.bool_)


def _bounds(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    h, w = mask.shape
    return (
        max(0, int(columns[0]) - INK_MARGIN_PX),
        max(0, int(rows[0]) - INK_MARGIN_PX),
        min(w, int(columns[-1]) + INK_MARGIN_PX),
        min(h, int(rows[-1]) + INK_MARGIN_PX),
    )


def _own_components(
    mask: npt.NDArray[np.bool_], lines: Sequence[FoundLine]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Which line holds which component: (components, lines) booleans, the label image, and the components' areas.

    A component belongs to each line that has a good part of it; what only leans into a line is not its own.
    """
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    # OpenCV's own statistics take as long again: they count the paper's pixels, too.
    areas = np.bincount(labels.ravel()[np.flatnonzero(mask)], minlength=count)
    shares = np.zeros((count, len(lines)))
    for index, line in enumerate(lines):
        corners = np.round(line.quad).astype(np.int32)
        (left, top), (right, bottom) = np.maximum(corners.min(axis=0), 0), corners.max(axis=0) + 1
        near = labels[top:bottom, left:right]
        inside = np.zeros(near.shape, np.uint8)
        cv2.fillPoly(inside, [corners - (left, top)], 1)
        shares[:, index] = np.bincount(near[inside > 0], minlength=count) / np.maximum(areas, 1)
    owners = (shares > 0.3) & (shares >= 0.65 * shares.max(axis=1, keepdims=True, initial=0))
    owners[0] = False
    return owners, np.asarray(labels, np.int32), areas


def _line_region(
    to_points: Callable[[tuple[float, float, float, float]], Zone],
    clean: npt.NDArray[np.uint8],
    line: FoundLine,
    index: int,
    owners: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.int32],
    areas: npt.NDArray[np.int64],
) -> InkRegion | None:
    own = np.flatnonzero(owners[:, index])
    if len(own) == 0:
        return None
    others = _others(owners)[index]
    crop = _crop(clean, line, labels, others)
    unpainted = _crop(clean, line, labels, np.zeros_like(others))
    much = int((unpainted < INK_LEVEL).sum()) > (1 + PAINTED_SHARE) * int((crop < INK_LEVEL).sum())
    ink_pt2 = float(areas[own].sum()) * (72 / INK_DPI) ** 2
    return InkRegion(to_points(line.box), crop=crop, unpainted=unpainted if much else None, ink_pt2=ink_pt2)


def _others(owners: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """For each line which components are other lines' alone: (lines, components)."""
    return np.asarray(owners.any(axis=1) & ~owners.T, np.bool_)


def _also_darkened(
    region: InkRegion | None,
    ink: ForeignInk,
    line: FoundLine,
    labels: npt.NDArray[np.int32],
    others: npt.NDArray[np.bool_],
) -> InkRegion | None:
    """The region, if its ink is pale, with a darkened view."""
    if region is None or region.crop is None or not _is_pale(region.crop):
        return region
    return replace(region, pale=_darkened(ink, line, labels, others))


def _is_pale(crop: npt.NDArray[np.uint8]) -> bool:
    """Whether half of a line's ink is paler than PALE_INK."""
    inked = crop[crop < FAINTEST_INK]
    return len(inked) > 0 and float(np.median(inked)) > PALE_INK


def _darkened(
    ink: ForeignInk, line: FoundLine, labels: npt.NDArray[np.int32], others: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """The line upright with what lies within PALE_REACH_PX of any ink and is no print, from its darkest to white."""
    around = _window(line)
    reach = np.ones((2 * PALE_REACH_PX + 1, 2 * PALE_REACH_PX + 1), np.uint8)
    near = cv2.dilate((labels[around] > 0).view(np.uint8), reach) > 0
    shown = np.where(near & ~ink.printed[around], ink.paper[around], np.uint8(255))
    crop = _upright(shown, line, labels, others)
    darkest = float(np.percentile(crop, 1))
    if darkest >= WHITE:
        return crop
    return np.asarray(np.clip((crop - darkest) * (255 / (WHITE - darkest)), 0, 255), np.uint8)


def _window(line: FoundLine) -> tuple[slice, slice]:
    """Rows and columns of an area that are looked at for a line."""
    x0, y0, x1, y1 = line.box
    pad = round(0.1 * (y1 - y0)) + 2
    left, top = max(0, int(x0) - pad), max(0, int(y0) - pad)
    return slice(top, int(y1) + pad), slice(left, int(x1) + pad)


def _crop(
    clean: npt.NDArray[np.uint8], line: FoundLine, labels: npt.NDArray[np.int32], others: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """The line upright, with what belongs to its neighbours, the components that are True in `others`, painted out."""
    return _upright(clean[_window(line)], line, labels, others)


def _upright(
    part: npt.NDArray[np.uint8], line: FoundLine, labels: npt.NDArray[np.int32], others: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """`_crop` of a line's window that is cut out already."""
    around = _window(line)
    if others.any():
        foreign = cv2.dilate(others[labels[around]].view(np.uint8), np.ones((3, 3), np.uint8))
        part = np.where(foreign > 0, np.uint8(255), part)
    return crop_quad(part, line.quad - np.array([around[1].start, around[0].start], np.float32), margin=0.03)


def _clusters(
    ink: ForeignInk,
    clean: npt.NDArray[np.uint8],
    left_over: npt.NDArray[np.bool_],
    least_pt: tuple[float, float] = CLUSTER_MIN_PT,
) -> list[InkRegion]:
    """Ink that no line holds, where it is enough to be writing: a signature need not look like writing.

    `least_pt`: its longer and shorter side, points.
    """
    if not left_over.any():
        return []
    scale = INK_DPI / 72
    regions = []
    for part, (x0, y0, width, height), _ in _clustered(left_over):
        x1, y1 = x0 + width, y0 + height
        box = ink.to_points((float(x0), float(y0), float(x1), float(y1)))
        sides = sorted((width / scale, height / scale))
        area = float(part.sum()) / scale**2
        outer = box[0] < MARGIN_PT or box[2] > ink.page.width - MARGIN_PT
        # Taller or wider than any signature: the edge of a photographed sheet.
        edge = box[3] - box[1] > CLUSTER_MAX_PT[1] or box[2] - box[0] > CLUSTER_MAX_PT[0]
        if outer or edge or sides[1] < least_pt[0] or sides[0] < least_pt[1] or area < CLUSTER_MIN_INK_PT:
            continue
        crop = np.full((y1 - y0 + 8, x1 - x0 + 8), 255, np.uint8)
        crop[4:-4, 4:-4] = np.where(left_over[y0:y1, x0:x1], clean[y0:y1, x0:x1], 255)
        regions.append(InkRegion(box, crop=crop, found=False, ink_pt2=area))
    return regions


def _overhangs(
    ink: ForeignInk, clean: npt.NDArray[np.uint8], held: npt.NDArray[np.bool_], lines: Sequence[FoundLine]
) -> list[InkRegion]:
    """What of the lines' ink, True in `held`, stands far outside their frames."""
    scale = INK_DPI / 72
    inside = np.zeros(held.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(line.quad).astype(np.int32) for line in lines], (1,))
    size = 2 * round(OVERHANG_PT * scale) + 1
    outside = held & (cv2.dilate(inside, np.ones((size, size), np.uint8)) == 0)
    if float(outside.sum()) < CLUSTER_MIN_INK_PT * scale**2:
        return []
    found = _clusters(ink, clean, np.asarray(outside, np.bool_), OVERHANG_MIN_PT)
    return [replace(region, overhang=True) for region in found]


def splits(region: InkRegion) -> tuple[tuple[InkRegion, InkRegion], ...]:
    """Ways to part a written line in two, left and right, at its widest gaps between components.

    A signature's last stroke may reach over the date beside it, so whole components go left or right.
    """
    if region.crop is None:
        return ()
    inked = (region.crop < INK_LEVEL).astype(np.uint8)
    count, labels, stats, centers = cv2.connectedComponentsWithStats(inked, connectivity=8)
    if count < 3:
        return ()
    order = 1 + np.argsort(centers[1:, 0], kind="stable")
    left, width = stats[order, cv2.CC_STAT_LEFT], stats[order, cv2.CC_STAT_WIDTH]
    gaps = left[1:] - (left + width)[:-1]
    least = MIN_SPLIT_PT * INK_DPI / 72
    middle = (left[1:] + (left + width)[:-1]) / 2
    usable = [i for i in np.argsort(-gaps) if least < middle[i] < region.crop.shape[1] - least]
    return tuple(
        _parted(region, np.asarray(labels, np.int32), order[: i + 1], float(middle[i]) / region.crop.shape[1])
        for i in usable[:SPLITS]
    )


def rows(region: InkRegion, finder: LineFinder) -> tuple[InkRegion, ...]:
    """The rows of a written region that the finder took for one, from the top; empty: it is one row.

    A signature whose tails touch the date under it is one line with it to a coarse look, not to a finer one.
    """
    if region.crop is None or region.height < TWO_ROWS_PT:
        return ()
    (height, width), (x0, y0, x1, y1), edge = region.crop.shape, region.box, INK_MARGIN_PX
    padded = cv2.copyMakeBorder(region.crop, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)
    crop = np.asarray(padded, np.uint8)
    looks = (finder.find(crop, scale) for scale in ROW_SCALES)
    lines = next((seen for seen in looks if _stand_in_rows(seen)), None)
    if lines is None:
        return ()

    def to_points(box: tuple[float, float, float, float]) -> Zone:
        across, down = (x1 - x0) / width, (y1 - y0) / height
        left, top, right, bottom = (v - edge for v in box)
        return x0 + left * across, y0 + top * down, x0 + right * across, y0 + bottom * down

    owners, labels, areas = _own_components(_cut_between(np.asarray(crop < INK_LEVEL, np.bool_), lines), lines)
    found = [_line_region(to_points, crop, line, at, owners, labels, areas) for at, line in enumerate(lines)]
    own = sorted((part for part in found if part is not None), key=lambda part: part.center[1])
    return tuple(own) if len(own) > 1 else ()


def _cut_between(mask: npt.NDArray[np.bool_], lines: Sequence[FoundLine]) -> npt.NDArray[np.bool_]:
    """The mask (H, W) with a line of paper between rows: what touches goes to the row in which most of it stands."""
    cut = mask.copy()
    for a, b in combinations([line.box for line in lines], 2):
        upper, lower = (a, b) if a[1] + a[3] < b[1] + b[3] else (b, a)
        if _is_under(upper, lower):
            left, right = (round(v) for v in (max(a[0], b[0]), min(a[2], b[2])))
            cut[round((upper[3] + lower[1]) / 2), max(0, left) : max(0, right)] = False
    return cut


def _is_under(upper: Zone, lower: Zone) -> bool:
    """Whether a box stands under another one that is not below it."""
    apart = abs(upper[1] + upper[3] - lower[1] - lower[3]) / 2
    under = apart >= ROWS_APART * min(upper[3] - upper[1], lower[3] - lower[1])
    return under and min(upper[2], lower[2]) > max(upper[0], lower[0])


def _stand_in_rows(lines: Sequence[FoundLine]) -> bool:
    """Whether one of the lines stands under another, and not all beside each other."""
    return any(_is_under(a.box, b.box) for a, b in combinations(lines, 2))


def _parted(
    region: InkRegion, labels: npt.NDArray[np.int32], first: npt.NDArray[np.intp], at: float
) -> tuple[InkRegion, InkRegion]:
    assert region.crop is not None
    x0, y0, x1, y1 = region.box
    cut = x0 + at * (x1 - x0)
    in_first = np.isin(labels, first)
    parts = []
    for own, box in ((in_first, (x0, y0, cut, y1)), (~in_first & (labels > 0), (cut, y0, x1, y1))):
        columns, rows = np.flatnonzero(own.any(axis=0)), np.flatnonzero(own.any(axis=1))
        soft = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        crop = np.where(soft, region.crop, 255).astype(np.uint8)
        crop = crop[max(0, rows[0] - 4) : rows[-1] + 5, max(0, columns[0] - 4) : columns[-1] + 5]
        share = float(own.sum()) / max(1, int((labels > 0).sum()))
        parts.append(replace(region, box=box, crop=crop, unpainted=None, pale=None, ink_pt2=region.ink_pt2 * share))
    return parts[0], parts[1]


def beside(left: InkRegion, right: InkRegion) -> InkRegion | None:
    """Two written regions of one row as one, if `right` follows `left`; else None."""
    if left.crop is None or right.crop is None:
        return None
    shared = min(left.box[3], right.box[3]) - max(left.box[1], right.box[1])
    gap = right.box[0] - left.box[2]
    heights = (left.height, right.height)
    if shared < 0.3 * min(heights) or not -0.5 * min(heights) < gap < MOST_GAP_PT:
        return None
    top, bottom = min(left.box[1], right.box[1]), max(left.box[3], right.box[3])
    scale = INK_DPI / 72
    parts = []
    for region in (left, right):
        assert region.crop is not None
        above = max(0, round((region.box[1] - top) * scale))
        below = max(0, round((bottom - top) * scale) - above - region.crop.shape[0])
        parts.append(cv2.copyMakeBorder(region.crop, above, below, 0, 0, cv2.BORDER_CONSTANT, value=255))
    height = max(p.shape[0] for p in parts)
    padded = [cv2.copyMakeBorder(p, 0, height - p.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=255) for p in parts]
    space = np.full((height, max(4, round(gap * scale))), 255, np.uint8)
    crop = np.hstack([padded[0], space, padded[1]]).astype(np.uint8)
    box = (left.box[0], top, right.box[2], bottom)
    return InkRegion(box, crop=crop, ink_pt2=left.ink_pt2 + right.ink_pt2)
