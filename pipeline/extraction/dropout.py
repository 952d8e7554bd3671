"""Isolate the ink that the page has and the form has not (form dropout).

Everything here happens in the form's frame: the page's area of interest, warped onto the form at INK_DPI. The warp
follows the registration's homography plus the small displacements its anchor words still show (a photographed page is
no plane), so that print can be taken away to within a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.forms.form import PRINT_DPI, FormPage, Zone
from pipeline.registration.register import Registration
from pipeline.registration.warp import INK_DPI, even_background, map_area

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]
PixelIndices = npt.NDArray[np.intp]

SPECK_PT2 = 0.55
"""Ink components smaller than this many square points are specks."""
POINT_SHARE = 0.2
"""Share of a pixel of one point that must be inked to count as ink at that scale; raised, thin strokes are lost."""
DOTTED = 0.8
"""Share of a rule's length that has print, below which it is a row of dots."""
MAX_BOLDNESS = 5
"""Most pixels, at INK_DPI, by which a page's print is taken to be wider than the form's: raised, strokes that touch
print are lost with it."""
RULE_WINDOW_PX = 181
"""Length, in pixels at INK_DPI, over which ink that runs along makes a rule: longer than a word."""
RULE_SHARE = 0.4
"""Inked share, 0..1, of a row of RULE_WINDOW_PX from which it is a rule. A line of print has a third at most."""
RULE_PEAK = 0.8
"""Inked share, in parts of the most inked row's, from which a row is the rule: small type on a rule inks less."""
EDGE_REACH_PX = 7
"""Pixels from the page's edge within which ink comes in from outside if it is larger than writing."""
EDGE_TALL_PT = 45.0
"""Height, points, from which ink at the page's edge is a shadow or the sheet's border, no writing."""
EDGE_WIDE_PT = 200.0
"""Width, points, from which ink at the page's edge is a shadow or the sheet's border, no writing."""


@dataclass(frozen=True, slots=True)
class ForeignInk:
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

    def without(self, zones: Sequence[Zone]) -> ForeignInk:
        """The same with the ink in some zones (form points) taken away."""
        if not zones:
            return self
        mask, scale = self.mask.copy(), INK_DPI / 72
        for zone in zones:
            x0, y0, x1, y1 = (round((v - self.area[i % 2]) * scale) for i, v in enumerate(zone))
            mask[max(0, y0) : max(0, y1 + 1), max(0, x0) : max(0, x1 + 1)] = False
        return replace(self, mask=mask)

    def cut(self, box: tuple[int, int, int, int]) -> ForeignInk:
        """The part of it in a pixel box (x0, y0, x1, y1) of the arrays."""
        x0, y0, x1, y1 = box
        part = np.s_[y0:y1, x0:x1]
        return ForeignInk(self.page, self.to_points(box), self.paper[part], self.mask[part], self.printed[part])

    def at_point_scale(self) -> Bools:
        """The mask at one pixel a point (1/72 inch): a pixel is inked where a fifth of its area is."""
        x0, y0, x1, y1 = self.area
        size = (round(x1 - x0), round(y1 - y0))
        small = cv2.resize(self.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return np.asarray(small > POINT_SHARE, np.bool_)

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


def ink_threshold(paper: Gray) -> int:
    """Brightness below which a pixel is ink, on evened paper: below the paper's noise, above faint pencil."""
    counts = cv2.calcHist([paper], [0], None, [256], [0, 256]).ravel().astype(np.intp)
    middle = _median(counts, np.arange(256))
    noise = _median(counts, np.abs(np.arange(256) - middle))
    return int(np.clip(255 - 25 - 6 * noise, 150, 222))


def _median(counts: npt.NDArray[np.intp], values: npt.NDArray[np.intp] | Floats) -> float:
    """Median of `values`, each as often as `counts` says."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(counts[order])
    low, high = np.searchsorted(upto, ((upto[-1] + 1) // 2, upto[-1] // 2 + 1))
    return float(values[order[low]] + values[order[high]]) / 2


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


@lru_cache(maxsize=8)
def _blank(page: FormPage, area: Zone) -> tuple[Bools, npt.NDArray[np.float32]]:
    """Where the form prints in an area, and how far from print each pixel is. Callers must not write to them."""
    blank = form_print(page, area) < 160
    return blank, np.asarray(cv2.distanceTransform((~blank).astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def boldness(ink: Bools, distance: npt.NDArray[np.float32]) -> int:
    """How many pixels wider than the form's picture this page prints: the radius that covers print's own rim.

    Ink within MAX_BOLDNESS pixels of print (`distance`) is looked at; handwriting is little of it, so the radius
    that holds most of it is the print's.
    """
    near = distance.ravel()[np.flatnonzero(ink)]
    near = near[near <= MAX_BOLDNESS + 2]
    if not len(near):
        return 2
    return int(np.clip(np.ceil(np.percentile(near, 93)), 2, MAX_BOLDNESS))


def _components(mask: Bools) -> tuple[PixelIndices, PixelIndices]:
    """The mask's pixels, their places in one row, and the number of each one's component, from 1.

    Ink is a hundredth of a page: what is done with its pixels alone costs next to nothing.
    """
    pixels, width = np.flatnonzero(mask), mask.shape[1]
    if not len(pixels):
        return pixels, pixels
    # From an even row: OpenCV numbers components by blocks of two rows, and a pixel between two counts for the later.
    top, bottom = pixels[0] // width // 2 * 2, pixels[-1] // width + 1
    _, labels = cv2.connectedComponents(mask[top:bottom].view(np.uint8), connectivity=8)
    return pixels, labels.ravel()[pixels - top * width].astype(np.intp)


def _writing(mask: Bools, off_page: Bools) -> Labels:
    """The mask's components, numbered from 1 (0: none), without specks and without what runs along the page's edge.

    That is its shadow, the table beside it; writing may run off the page as well, but not along the edge for long.
    """
    pixels, numbers = _components(mask)
    scale = INK_DPI / 72
    keep = np.bincount(numbers) >= SPECK_PT2 * scale**2
    rim = cv2.dilate(off_page.view(np.uint8), np.ones((EDGE_REACH_PX, EDGE_REACH_PX), np.uint8)).view(np.bool_)
    # The edge of the array is an edge, too: the area ends where the page does.
    rim[:, :EDGE_REACH_PX] = rim[:, -EDGE_REACH_PX:] = True
    for number in np.unique(numbers[rim.ravel()[pixels]]):
        if keep[number]:
            ys, xs = np.divmod(pixels[numbers == number], mask.shape[1])
            keep[number] = np.ptp(ys) + 1 <= EDGE_TALL_PT * scale and np.ptp(xs) + 1 <= EDGE_WIDE_PT * scale
    writing = np.zeros(mask.shape, np.int32)
    writing.ravel()[pixels] = np.where(keep[numbers], numbers, 0)
    return writing


def form_dropout(image: Gray, dpi: float, fit: Registration, area: Zone) -> ForeignInk:
    """The foreign ink in an `area` (form points) of a greyscale page image (H, W) at `dpi`."""
    places = map_area(dpi, fit, area, INK_DPI)
    paper = even_background(places.warp(image))
    ink = paper < ink_threshold(paper)
    blank, distance = _blank(fit.page, area)
    radius = boldness(ink, distance)
    size = 2 * radius + 1
    printed = _grown(blank, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    # Within a millimetre of the edge stand scan borders and torn edges.
    off_page = places.beyond(image.shape[:2], round(dpi / 25.4))
    writing = _writing(ink & ~printed & ~off_page, off_page)
    foreign = writing > 0
    crossing = ink & printed & _grown(foreign, np.ones((size, size), np.uint8)) & ~_inner_print(blank, paper)
    mask = foreign | _joined(writing, crossing) | _on_rules(fit.page, area, ink, blank, foreign, radius)
    return ForeignInk(fit.page, area, paper, mask, printed & ~mask)


def _grown(mask: Bools, kernel: cv2.typing.MatLike) -> Bools:
    return np.asarray(cv2.dilate(mask.view(np.uint8), kernel).view(np.bool_), np.bool_)


def _on_rules(page: FormPage, area: Zone, ink: Bools, blank: Bools, foreign: Bools, radius: int) -> Bools:
    """Ink on the form's rules with ink straight above and below: strokes that cross the rule.

    What only stands on the rule loses as much of its foot as the rule itself covers on this page; left in, the dashes
    would look like an underline to a recognizer. On a row of dots it keeps its foot between the dots: they are few
    pixels, and the paper around them is the writing's.
    """
    foreign = foreign | _beside_rules(page, area, ink, foreign, radius)
    band = np.zeros(ink.shape, np.uint8)
    dotted = np.zeros(ink.shape, bool)
    scale = INK_DPI / 72
    for x0, y0, x1, y1 in page.rules:
        left, right = round((x0 - area[0]) * scale) - radius - 1, round((x1 - area[0]) * scale) + radius + 1
        top, bottom = round((y0 - area[1]) * scale) - radius, round((y1 - area[1]) * scale) + radius
        if top >= 0 and bottom <= ink.shape[0]:
            place = np.s_[top : bottom + 1, max(0, left) : right + 1]
            band[place] = 1
            dotted[place] = blank[place].any(axis=0).mean() < DOTTED
    reach = np.ones((2 * radius + 4, 1), np.uint8)
    inked = foreign.astype(np.uint8)
    above = cv2.dilate(inked, reach, anchor=(0, len(reach) - 1))
    below = cv2.dilate(inked, reach, anchor=(0, 0))
    crossing = band.astype(bool) & ink & ((above > 0) & (below > 0) | foreign)
    if not dotted.any():
        return np.asarray(crossing, np.bool_)
    dots = cv2.dilate(blank.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.asarray(crossing | (dotted & ink & (above > 0) & ~dots), np.bool_)


def _beside_rules(page: FormPage, area: Zone, ink: Bools, foreign: Bools, radius: int) -> Bools:
    """Ink that is painted out with a rule though this page's own rule does not reach there: feet of what stands on it.

    The rule is where ink runs along for long; what joins `foreign` beside it is writing.
    """
    scale = INK_DPI / 72
    found = np.zeros(ink.shape, np.bool_)
    for x0, y0, x1, y1 in page.rules:
        left, right = max(0, round((x0 - area[0]) * scale) - radius), round((x1 - area[0]) * scale) + radius
        reach = radius + 2  # Some of the writing that is not painted out, too.
        top, bottom = round((y0 - area[1]) * scale) - reach, round((y1 - area[1]) * scale) + reach + 1
        if top < 0 or bottom > ink.shape[0] or right - left < RULE_WINDOW_PX:
            continue
        place = np.s_[top:bottom, left:right]
        dashes = cv2.morphologyEx(ink[place].astype(np.float32), cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
        along = cv2.blur(dashes, (RULE_WINDOW_PX, 1))
        core = along > np.maximum(RULE_SHARE, RULE_PEAK * along.max(axis=0))
        rule = cv2.dilate(core.view(np.uint8), np.ones((3, 1), np.uint8)) > 0
        writing = ink[place] & ~rule | foreign[place]
        count, labels = cv2.connectedComponents(writing.view(np.uint8), connectivity=8)
        own = np.zeros(count, np.bool_)
        own[labels[foreign[place]]] = True
        own[0] = False
        found[place] |= own[labels]
    return found


def _inner_print(blank: Bools, paper: Gray) -> Bools:
    """Where print itself stands: ink there is the form's, whatever crosses it."""
    return blank & (paper < 128)


def _joined(writing: Labels, crossing: Bools) -> Bools:
    """Those crossing pieces that touch two components of `writing`: strokes cut by print, not print's rim."""
    pixels, pieces = _components(crossing)
    if not len(pixels):
        return np.zeros_like(crossing)
    framed = cv2.copyMakeBorder(writing, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    width = framed.shape[1]
    ys, xs = np.divmod(pixels, crossing.shape[1])
    around = ((ys + dy) * width + xs + dx for dy in range(3) for dx in range(3))
    grown = np.stack([framed.ravel()[place] for place in around]).max(axis=0)
    touching = grown > 0
    pairs = np.unique(np.stack([pieces[touching], grown[touching]]), axis=1)
    keep = np.bincount(pairs[0], minlength=pieces.max() + 1) >= 2
    joined = np.zeros_like(crossing)
    joined.ravel()[pixels[keep[pieces]]] = True
    return joined
