"""Isolate the ink that the page has and the form has not (form dropout).

Everything here happens in the form's frame: the page's area of interest, warped onto the form at INK_DPI. The warp
follows the registration's homography plus the small displacements its anchor words still show (a photographed page is
no plane), so that print can be taken away to within a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.form import PRINT_DPI, FormPage, Zone
from pipeline.register import WORD_FOUND, Registration

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]
Pixels = npt.NDArray[np.intp]

INK_DPI = 150
"""Resolution of the isolated ink; the form's picture has the same."""
FIELD_SIGMA_PT = 30.0
"""Reach of one anchor word in the smooth displacement field, points."""
MESH_PX = 32
"""Mesh width, pixels of the output, at which a page's places are computed; between them they are interpolated. What
that misses of a strong perspective is a few hundredths of a pixel."""
BACKGROUND_PT = 24.0
"""Size of the structuring element that finds the paper under ink, points; wider than any stroke."""
ROUNDING_PX = 0.01
"""By so much, at most, a place interpolated may lie beyond the nodes around it."""
SPECK_PT2 = 0.55
"""Ink components smaller than this many square points are specks."""
DOTTED = 0.8
"""Share of a rule's length that has print, below which it is a row of dots."""
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

    def cut(self, box: tuple[int, int, int, int]) -> Ink:
        """The part of it in a pixel box (x0, y0, x1, y1) of the arrays."""
        x0, y0, x1, y1 = box
        part = np.s_[y0:y1, x0:x1]
        return Ink(self.page, self.to_points(box), self.paper[part], self.mask[part], self.printed[part])

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


@dataclass(frozen=True, slots=True)
class AreaMap:
    """Where on a page each pixel of a form's area lies."""

    places: npt.NDArray[np.float32]
    """(H, W, 2): x, y in pixels of the page image."""
    nodes: npt.NDArray[np.float32]
    """(n, m, 2): the same at the mesh's nodes, every MESH_PX; between them `places` are interpolated."""
    shrink: float
    """Pixels of the page a pixel of the area."""

    def warp(self, image: npt.NDArray[np.uint8]) -> Gray:
        """The area of the page image (h, w) or (h, w, 3), (H, W) or (H, W, 3); white beyond the page's edge."""
        # Where the page is finer than the output, a plain lookup would drop thin strokes: average first.
        if self.shrink > 1.4:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 * self.shrink), np.uint8)
        no_second_map = np.empty(0, np.float32)
        white = (255, 255, 255)
        return np.asarray(cv2.remap(image, self.places, no_second_map, cv2.INTER_CUBIC, borderValue=white), np.uint8)

    def beyond(self, page_shape: tuple[int, int], inset: int = 0) -> Bools:
        """True, (H, W), where the area lies outside the page image or within `inset` pixels of its edge."""
        height, width = page_shape
        low = inset - 0.5
        high = (width - 1 - low, height - 1 - low)
        outside = np.zeros(self.places.shape[:2], np.bool_)
        for part in self._doubtful(low, high):
            if outside[:, part].size:
                outside[:, part] = cv2.inRange(self.places[:, part], (low, low), high) == 0
        return outside

    def _doubtful(self, low: float, high: tuple[float, float]) -> tuple[slice, ...]:
        """Stretches of columns of which not all lies between `low` and `high`: those without a node outside do."""
        least, most = np.float32(low + ROUNDING_PX), np.asarray(high, np.float32) - np.float32(ROUNDING_PX)
        sure = np.flatnonzero(((self.nodes > least) & (self.nodes < most)).all(axis=(0, 2)))
        if not len(sure) or np.ptp(sure) >= len(sure):
            return (slice(None),)
        # The first node stands half a mesh width before the first column.
        first, end = (int(node) * MESH_PX - MESH_PX // 2 for node in (sure[0], sure[-1]))
        return slice(0, max(0, first)), slice(max(0, end), None)


def displacements(anchors: npt.NDArray[np.float32], xs: Floats, ys: Floats) -> Floats:
    """Smooth displacement (len(ys), len(xs), 2), points, at form places (points), from the anchor words' own."""
    good = anchors[anchors[:, 4] > WORD_FOUND].astype(np.float64)
    if len(good) == 0:
        return np.zeros((len(ys), len(xs), 2))
    # The Gauss curve of a distance is that of its x times that of its y.
    across, down = (_nearness(at[:, None] - good[:, axis]) for axis, at in ((0, xs), (1, ys)))
    weight = down[:, None] * (across * good[:, 4])
    return np.asarray((weight @ good[:, 2:4]) / weight.sum(-1, keepdims=True), np.float64)


def _nearness(distance: Floats) -> Floats:
    """Weights (n, m) by `distance` in points, those of a row in proportion: far from every anchor the nearest count."""
    squared = distance**2
    return np.asarray(np.exp((squared.min(-1, keepdims=True) - squared) / (2 * FIELD_SIGMA_PT**2)), np.float64)


def map_area(dpi: float, fit: Registration, area: Zone, out_dpi: float) -> AreaMap:
    """Where the `area` (form points), seen at `out_dpi`, lies on a page image at `dpi`."""
    scale = out_dpi / 72
    height, width = round((area[3] - area[1]) * scale), round((area[2] - area[0]) * scale)
    # One mesh width more at every side: `resize` does not go beyond the middles of the outermost nodes.
    xs, ys = (
        np.asarray(start + (np.arange(-(-size // MESH_PX) + 2) - 0.5) * MESH_PX / scale, np.float64)
        for start, size in ((area[0], width), (area[1], height))
    )
    points = np.stack(np.meshgrid(xs, ys), -1) + displacements(fit.anchors, xs, ys)
    nodes = cv2.perspectiveTransform(points.reshape(1, -1, 2), fit.to_pixels(dpi)).reshape(*points.shape) - 0.5
    size = (len(xs) * MESH_PX, len(ys) * MESH_PX)
    nodes = nodes.astype(np.float32)
    fine = np.asarray(cv2.resize(nodes, size, interpolation=cv2.INTER_LINEAR), np.float32)
    places = fine[MESH_PX : MESH_PX + height, MESH_PX : MESH_PX + width]
    return AreaMap(places, nodes, float(np.hypot(*(fit.to_pixels(dpi)[:2, 0])) / scale))


def warp_area(image: npt.NDArray[np.uint8], dpi: float, fit: Registration, area: Zone, out_dpi: float) -> Gray:
    """The `area` (form points) of a page image at `dpi`, (H, W) or (H, W, 3), warped onto the form at `out_dpi`.

    Beyond the page's edge stands white.
    """
    return map_area(dpi, fit, area, out_dpi).warp(image)


def even_background(gray: Gray) -> Gray:
    """Divide by the paper's own brightness, so that paper is 255 under shadow, tint and show-through."""
    size = max(3, round(BACKGROUND_PT * INK_DPI / 72 / 4))
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size)))
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, 5), (0, 0), size / 3)
    paper = cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, cv2.max(paper, np.full_like(paper, 40)), scale=255), np.uint8)


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


def _components(mask: Bools) -> tuple[Pixels, Pixels]:
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


def isolate(image: Gray, dpi: float, fit: Registration, area: Zone) -> Ink:
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
    return Ink(fit.page, area, paper, mask, printed & ~mask)


def _grown(mask: Bools, kernel: cv2.typing.MatLike) -> Bools:
    return np.asarray(cv2.dilate(mask.view(np.uint8), kernel).view(np.bool_), np.bool_)


def _on_rules(page: FormPage, area: Zone, ink: Bools, blank: Bools, foreign: Bools, radius: int) -> Bools:
    """Ink on the form's rules with ink straight above and below: strokes that cross the rule.

    What only stands on the rule loses its foot; left in, the dashes would look like an underline to a recognizer. On a
    row of dots it keeps its foot between the dots: they are few pixels, and the paper around them is the writing's.
    """
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
    crossing = band.astype(bool) & ink & (above > 0) & (below > 0)
    if not dotted.any():
        return np.asarray(crossing, np.bool_)
    dots = cv2.dilate(blank.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.asarray(crossing | (dotted & ink & (above > 0) & ~dots), np.bool_)


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
