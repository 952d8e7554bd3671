"""Warp an area of a page onto the form's frame, its paper evened to white."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.forms.form import Zone
from pipeline.registration.register import WORD_FOUND, Registration

Gray = npt.NDArray[np.uint8]


Bools = npt.NDArray[np.bool_]


Floats = npt.NDArray[np.float64]


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
"""Pixels by which an interpolated place may lie beyond the nodes around it, at most."""


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
