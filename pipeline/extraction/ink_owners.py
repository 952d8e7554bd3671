"""Which of several places on a page the ink and the words belong to."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.extraction.dropout import ForeignInk
from pipeline.forms.form import Zone
from pipeline.registration.warp import INK_DPI

REACH_PT = 24.0
"""Points from a place within which ink and typing that stand in none are its."""


def owners(ink: ForeignInk, zones: Sequence[Zone]) -> npt.NDArray[np.int32]:
    """(H, W): which zone the ink of each pixel belongs to, by its whole stroke; -1 none.

    A stroke goes where most of it stands; one that stands in no zone goes to the nearest.
    """
    count, labels, _, centers = cv2.connectedComponentsWithStats(ink.mask.astype(np.uint8), connectivity=8)
    scale = INK_DPI / 72
    shares = np.zeros((count, len(zones)))
    for place, zone in enumerate(zones):
        x0, y0, x1, y1 = (round((v - ink.area[i % 2]) * scale) for i, v in enumerate(zone))
        inside = labels[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        shares[:, place] = np.bincount(inside.ravel(), minlength=count)
    owner = shares.argmax(axis=1) if zones else np.full(count, -1)
    for label in np.flatnonzero(shares.max(axis=1, initial=0) == 0):
        x, y = ink.area[0] + centers[label][0] / scale, ink.area[1] + centers[label][1] / scale
        nearest = nearest_zone((x, y, x, y), zones)
        owner[label] = -1 if nearest is None else nearest
    owner[0] = -1
    return np.asarray(owner[labels], np.int32)


def nearest_zone(box: Zone, zones: Sequence[Zone]) -> int | None:
    """The zone that a box's middle stands in or is nearest to; None where all are out of reach."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    ranked = [
        (float(np.hypot(max(z[0] - x, 0.0, x - z[2]), max(z[1] - y, 0.0, y - z[3]))), place)
        for place, z in enumerate(zones)
    ]
    distance, place = min(ranked, default=(np.inf, 0))
    return place if distance <= REACH_PT else None
