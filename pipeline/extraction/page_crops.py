"""Where a zone of the form stands on the page as scanned, and the picture of it that proves a reading."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.datamodel.records import Box
from pipeline.forms.form import Zone
from pipeline.registration.matching import FittedPage
from pipeline.registration.warp import INK_DPI, warp_area

CROP_MARGIN_PT = 6.0
"""Paper shown around a field's writing in its crop, points; more of it shows more of the neighbours."""


def around(boxes: Sequence[Zone]) -> Zone:
    """The least zone that holds all of these, which are not none."""
    array = np.array(boxes)
    low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def page_box(page: FittedPage, zone: Zone) -> Box:
    """A zone of the form as a box on the page as a viewer shows it."""
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    h, w = page.image.gray.shape
    quad = cv2.perspectiveTransform(corners, page.fit.to_pixels(page.image.dpi))[0] / (w, h)
    (left, top), (right, bottom) = np.clip(quad.min(axis=0), 0, 1), np.clip(quad.max(axis=0), 0, 1)
    return Box(float(left), float(top), float(right), float(bottom))


def page_crop(page: FittedPage, zone: Zone) -> bytes:
    """PNG of a zone of the form on the page, upright, at INK_DPI, with a margin."""
    m = CROP_MARGIN_PT
    x0, y0, x1, y1 = zone
    area = (x0 - m, y0 - m, x1 + m, y1 + m)
    crop = warp_area(page.image.color, page.image.dpi, page.fit, area, INK_DPI)
    return bytes(cv2.imencode(".png", crop)[1].tobytes())
