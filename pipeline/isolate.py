"""Isolate the ink that the page has and the form has not (form dropout).

Everything here happens in the form's frame: the page's area of interest, warped onto the form at INK_DPI. The warp
follows the registration's homography plus the small displacements its anchor words still show (a photographed page is
no plane), so that print can be taken away to within a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.form import PRINT_DPI, FormPage, Zone
from pipeline.register import WORD_FOUND, Registration

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

INK_DPI = 150
"""Resolution of the isolated ink; the form's picture has the same."""
FIELD_SIGMA_PT = 30.0
"""Reach of one anchor word in the smooth displacement field, points."""
GRID_PT = 18.0
"""Mesh width of that field."""
BACKGROUND_PT = 24.0
"""Size of the structuring element that finds the paper under ink, points; wider than any stroke."""
SPECK_PT2 = 0.55
"""Ink components smaller than this many square points are specks."""
MAX_BOLDNESS = 5
EDGE_REACH_PX = 7
EDGE_TALL_PT = 45.0
EDGE_WIDE_PT = 200.0
"""Ink at the page's edge that is taller or wider than this is no writing."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The foreign ink of one area of a page, in the form's frame."""

    page: FormPage
    area: Zone
    """Points (x0, y0, x1, y1) of the form that the arrays cover."""
    paper: Gray
    """The area as warped, background evened to 255, uint8 (H, W)."""
    mask: Bools
    """True where the page has ink that the form has not, (H, W)."""
    printed: Bools
    """True where the form's own print stands, as wide as this page prints it, (H, W)."""

    def clean(self) -> Gray:
        """The area with the form's print painted out: what a recognizer should see."""
        soft = cv2.dilate(self.mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        keep = (soft & ~self.printed) | self.mask
        return np.where(keep, self.paper, 255).astype(np.uint8)

    def to_points(self, box: tuple[float, float, float, float]) -> Zone:
        """Pixel box of the arrays -> form points."""
        scale = 72 / INK_DPI
        x0, y0, x1, y1 = box
        return (
            self.area[0] + x0 * scale,
            self.area[1] + y0 * scale,
            self.area[0] + x1 * scale,
            self.area[1] + y1 * scale,
        )


def displacement_field(anchors: npt.NDArray[np.float32], area: Zone, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Smooth displacement (H, W, 2), points, over an area of the form, from the anchor words' own."""
    good = anchors[anchors[:, 4] > WORD_FOUND]
    nx, ny = (max(2, int((area[i + 2] - area[i]) / GRID_PT)) for i in (0, 1))
    gx, gy = np.meshgrid(np.linspace(area[0], area[2], nx), np.linspace(area[1], area[3], ny))
    if len(good) == 0:
        return np.zeros((*shape, 2), np.float32)
    distance2 = (gx[..., None] - good[:, 0]) ** 2 + (gy[..., None] - good[:, 1]) ** 2
    # Far from every anchor the nearest ones still count: the smallest distance is taken off before weighing.
    weight = np.exp(-(distance2 - distance2.min(-1, keepdims=True)) / (2 * FIELD_SIGMA_PT**2)) * good[:, 4]
    field = (weight @ good[:, 2:4]) / weight.sum(-1, keepdims=True)
    return np.asarray(cv2.resize(field.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def warp_area(image: npt.NDArray[np.uint8], dpi: float, fit: Registration, area: Zone, out_dpi: float) -> Gray:
    """The `area` (form points) of a page image at `dpi`, (H, W) or (H, W, 3), warped onto the form at `out_dpi`.

    Beyond the page's edge stands white.
    """
    scale = out_dpi / 72
    shape = (round((area[3] - area[1]) * scale), round((area[2] - area[0]) * scale))
    xs = area[0] + (np.arange(shape[1], dtype=np.float32) + 0.5) / scale
    ys = area[1] + (np.arange(shape[0], dtype=np.float32) + 0.5) / scale
    points = np.stack(np.meshgrid(xs, ys), -1) + displacement_field(fit.anchors, area, shape)
    pixels = cv2.perspectiveTransform(points.reshape(1, -1, 2), fit.to_pixels(dpi)).reshape(*shape, 2) - 0.5
    # Where the page is finer than the output, a plain lookup would drop thin strokes: average first.
    shrink = np.hypot(*(fit.to_pixels(dpi)[:2, 0])) / scale
    if shrink > 1.4:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 * shrink), np.uint8)
    xs_px, ys_px = (np.ascontiguousarray(pixels[..., i], np.float32) for i in (0, 1))
    return np.asarray(cv2.remap(image, xs_px, ys_px, cv2.INTER_CUBIC, borderValue=(255, 255, 255)), np.uint8)


def even_background(gray: Gray) -> Gray:
    """Divide by the paper's own brightness, so that paper is 255 under shadow, tint and show-through."""
    size = max(3, round(BACKGROUND_PT * INK_DPI / 72 / 4))
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size)))
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, 5), (0, 0), size / 3)
    paper = cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(paper, 40), scale=255), np.uint8)


def ink_threshold(paper: Gray) -> int:
    """Brightness below which a pixel is ink, on evened paper: below the paper's noise, above faint pencil."""
    noise = float(np.median(np.abs(paper.astype(np.int16) - np.median(paper))))
    return int(np.clip(255 - 25 - 6 * noise, 150, 222))


def form_print(page: FormPage, area: Zone) -> Gray:
    """The blank form's picture over an area (form points) at INK_DPI, white where the area leaves the page."""
    scale = PRINT_DPI / 72
    x0, y0 = (round(v * scale) for v in area[:2])
    h, w = round((area[3] - area[1]) * scale), round((area[2] - area[0]) * scale)
    blank = page.print_image()
    out = np.full((h, w), 255, np.uint8)
    sx, sy = max(0, -x0), max(0, -y0)
    part = blank[max(0, y0) : max(0, y0 + h), max(0, x0) : max(0, x0 + w)]
    out[sy : sy + part.shape[0], sx : sx + part.shape[1]] = part
    return out


def boldness(ink: Bools, blank: Bools) -> int:
    """How many pixels wider than the form's picture this page prints: the radius that covers print's own rim.

    Ink within MAX_BOLDNESS pixels of print is looked at; handwriting is little of it, so the radius that holds
    most of it is the print's.
    """
    distance = cv2.distanceTransform((~blank).astype(np.uint8), cv2.DIST_L2, 3)
    near = ink & (distance <= MAX_BOLDNESS + 2)
    if not near.any():
        return 2
    return int(np.clip(np.ceil(np.percentile(distance[near], 93)), 2, MAX_BOLDNESS))


def _despeckle(mask: Bools) -> Bools:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = SPECK_PT2 * (INK_DPI / 72) ** 2
    keep = stats[:, cv2.CC_STAT_AREA] >= least
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def _without_edges(mask: Bools, off_page: Bools) -> Bools:
    """The mask without what runs along the page's edge: its shadow, the table beside it.

    Writing may run off the page as well, but not along the edge for long.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    touching = np.zeros(count, bool)
    rim = cv2.dilate(off_page.astype(np.uint8), np.ones((EDGE_REACH_PX, EDGE_REACH_PX), np.uint8)).astype(bool)
    # The edge of the array is an edge, too: the area ends where the page does.
    rim[:, :EDGE_REACH_PX] = rim[:, -EDGE_REACH_PX:] = True
    touching[np.unique(labels[rim & mask])] = True
    scale = INK_DPI / 72
    long = (stats[:, cv2.CC_STAT_HEIGHT] > EDGE_TALL_PT * scale) | (stats[:, cv2.CC_STAT_WIDTH] > EDGE_WIDE_PT * scale)
    keep = ~(touching & long)
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def _off_page(fit: Registration, shape_px: tuple[int, int], dpi: float, area: Zone, shape: tuple[int, int]) -> Bools:
    """True where the area lies beyond the page's edge or within a millimetre of it (scan borders, torn edges)."""
    h, w = shape_px
    inset = dpi / 25.4
    inside = np.zeros((h, w), np.uint8)
    inside[round(inset) : h - round(inset), round(inset) : w - round(inset)] = 255
    return warp_area(inside, dpi, fit, area, INK_DPI)[: shape[0], : shape[1]] < 128


def isolate(image: Gray, dpi: float, fit: Registration, area: Zone) -> Ink:
    """The foreign ink in an `area` (form points) of a greyscale page image (H, W) at `dpi`."""
    paper = even_background(warp_area(image, dpi, fit, area, INK_DPI))
    ink = paper < ink_threshold(paper)
    blank = form_print(fit.page, area) < 160
    radius = boldness(ink, blank)
    size = 2 * radius + 1
    printed = cv2.dilate(blank.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))).astype(
        bool
    )
    off_page = _off_page(fit, image.shape[:2], dpi, area, paper.shape)
    foreign = _without_edges(_despeckle(ink & ~printed & ~off_page), off_page)
    reach = cv2.dilate(foreign.astype(np.uint8), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)).astype(bool)
    crossing = ink & printed & reach & ~_inner_print(blank, paper)
    mask = foreign | _joined(foreign, crossing) | _on_rules(fit.page, area, ink, foreign, radius)
    return Ink(fit.page, area, paper, mask, printed & ~mask)


def _on_rules(page: FormPage, area: Zone, ink: Bools, foreign: Bools, radius: int) -> Bools:
    """Ink on the form's rules with ink straight above and below: strokes that cross the rule.

    What only stands on the rule loses its foot; left in, the dashes would look like an underline to a recognizer.
    """
    band = np.zeros(ink.shape, np.uint8)
    scale = INK_DPI / 72
    for x0, y0, x1, y1 in page.rules:
        left, right = round((x0 - area[0]) * scale) - radius - 1, round((x1 - area[0]) * scale) + radius + 1
        top, bottom = round((y0 - area[1]) * scale) - radius, round((y1 - area[1]) * scale) + radius
        if top >= 0 and bottom <= ink.shape[0]:
            band[top : bottom + 1, max(0, left) : right + 1] = 1
    reach = np.ones((2 * radius + 4, 1), np.uint8)
    inked = foreign.astype(np.uint8)
    above = cv2.dilate(inked, reach, anchor=(0, len(reach) - 1))
    below = cv2.dilate(inked, reach, anchor=(0, 0))
    return np.asarray(band.astype(bool) & ink & (above > 0) & (below > 0), np.bool_)


def _inner_print(blank: Bools, paper: Gray) -> Bools:
    """Where print itself stands: ink there is the form's, whatever crosses it."""
    return blank & (paper < 128)


def _joined(foreign: Bools, crossing: Bools) -> Bools:
    """Those crossing pieces that touch foreign ink on two sides: strokes cut by print, not print's rim."""
    count, labels = cv2.connectedComponents(crossing.astype(np.uint8), connectivity=8)
    if count < 2:
        return np.zeros_like(foreign)
    _, near_labels = cv2.connectedComponents(foreign.astype(np.uint8), connectivity=8)
    grown = cv2.dilate(near_labels.astype(np.uint16), np.ones((3, 3), np.uint8)).astype(np.int64)
    touching = crossing & (grown > 0)
    pairs = np.unique(np.stack([labels[touching], grown[touching]]), axis=1)
    sides = np.bincount(pairs[0], minlength=count)
    keep = sides >= 2
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)
