"""A fingerprint of the foreign ink on a signature page, to find one scanned page that serves two articles.

The mask is given in the form's frame, one pixel a point (1/72 inch), so two scans of one sheet agree to about a
point, while the same hand writing the same words twice never does. Every part of the ink has to agree: the same
pasted signature beside another date, or in another place, is another page.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

BoolImage = npt.NDArray[np.bool_]

SAME = 0.8
"""`same_ink` from which two pages count as one."""
SLACK_PX = 2
"""Ink within this distance agrees: registration and thresholding move it by about one point each."""
MOST_SHIFT_PX = 3
"""Offset between two registrations of one sheet that is searched."""
LEAST_INK_PX = 60
"""Less ink than this says nothing: a dash or a few specks."""
TILE_PX = 24
"""The ink is compared tile by tile, so that a differing date weighs as much as a large signature."""
COARSE_PX = 12
"""Cell of the coarse picture by which unlike pages are told apart quickly."""
COARSE_ALIKE = 0.7
"""Least cosine of two coarse pictures that may be one page."""


def ink_print(mask: BoolImage) -> bytes:
    """Fingerprint of a mask (H, W), True where the page has ink that the form has not. Empty: too little ink."""
    if int(mask.sum()) < LEAST_INK_PX:
        return b""
    height, width = mask.shape
    return struct.pack("<HH", height, width) + zlib.compress(np.packbits(mask).tobytes(), 9)


def _mask(print_: bytes) -> BoolImage:
    height, width = struct.unpack("<HH", print_[:4])
    bits = np.unpackbits(np.frombuffer(zlib.decompress(print_[4:]), np.uint8), count=height * width)
    return bits.reshape(height, width).astype(np.bool_)


def _shifted(mask: BoolImage, dx: int, dy: int) -> BoolImage:
    height, width = mask.shape
    moved = np.zeros_like(mask)
    moved[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = mask[
        max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
    ]
    return moved


def _near(mask: BoolImage) -> BoolImage:
    size = 2 * SLACK_PX + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.view(np.uint8), kernel).astype(np.bool_)


def _best_shift(a: BoolImage, b: BoolImage) -> tuple[int, int]:
    """Offset (dx, dy) in pixels of `b` at which most of its ink meets that of `a`."""
    reach = range(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1)
    return max(
        ((dx, dy) for dx in reach for dy in reach),
        key=lambda move: (int((a & _shifted(b, *move)).sum()), -abs(move[0]) - abs(move[1])),
    )


def _agreement(ink: BoolImage, near: BoolImage) -> float:
    """Share of `ink` that agrees, in the worst tenth of its tiles."""
    height, width = (-(-side // TILE_PX) * TILE_PX for side in ink.shape)
    pad = ((0, height - ink.shape[0]), (0, width - ink.shape[1]))
    tiles = [
        np.pad(m, pad).reshape(height // TILE_PX, TILE_PX, width // TILE_PX, TILE_PX).sum((1, 3)).ravel()
        for m in (ink, ink & near)
    ]
    enough = tiles[0] >= LEAST_INK_PX // 4
    if not enough.any():
        return 0.0
    return float(np.quantile(tiles[1][enough] / tiles[0][enough], 0.1))


def same_ink(a: bytes, b: bytes) -> float:
    """0..1, how well the ink of two signature pages agrees; 0 where either has no fingerprint."""
    if not a or not b or a[:4] != b[:4]:
        return 0.0
    if a == b:
        return 1.0
    first, second = _mask(a), _mask(b)
    second = _shifted(second, *_best_shift(first, second))
    return min(_agreement(first, _near(second)), _agreement(second, _near(first)))


def _coarse(print_: bytes) -> npt.NDArray[np.float32]:
    mask = _mask(print_).astype(np.float32)
    size = (mask.shape[1] // COARSE_PX, mask.shape[0] // COARSE_PX)
    picture = cv2.GaussianBlur(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), (3, 3), 0).ravel()
    return np.asarray(picture / (np.linalg.norm(picture) or 1.0), np.float32)


def same_ink_pairs(prints: Sequence[bytes], least: float = SAME) -> list[tuple[int, int]]:
    """Pairs of places in `prints`, smaller first, whose ink is the same."""
    pairs: list[tuple[int, int]] = []
    for head in sorted({p[:4] for p in prints if p}):
        places = [i for i, p in enumerate(prints) if p[:4] == head]
        coarse = np.stack([_coarse(prints[i]) for i in places])
        for row, place in enumerate(places):
            alike = np.flatnonzero(coarse[row + 1 :] @ coarse[row] >= COARSE_ALIKE) + row + 1
            pairs += [
                (place, places[other]) for other in alike if same_ink(prints[place], prints[places[other]]) >= least
            ]
    return sorted(pairs)
