"""A fingerprint of the foreign ink on a signature page, to find one scanned page that serves two articles.

The mask is given in the form's frame, one pixel a point (1/72 inch). Two scans of one sheet agree to within that
point; the same hand writing the same words twice never does. Of 14,000 pairs of real pages none overlapped by more
than 0.56 (typed names and dates in the same place), a sheet scanned twice by at least 0.61, mostly over 0.75. But two
bold signatures over dates in one place may overlap by more: then they do so as well where one is moved aside.
A signature picture pasted beside another date can't be told from the same page here: the dates as read tell.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

BoolImage = npt.NDArray[np.bool_]

SAME = 0.6
"""`same_ink` from which two pages count as one."""
MOST_CHANCE = 0.7
"""Share of the ink that is not common anyhow, with one page moved aside, which may still differ on one sheet: that is
0.27 to 0.55 on real sheets warped by a scan, and from 0.84 where the pages are different ones."""
ASIDE_PX = ((-9, 0), (-7, 0), (-5, 0), (5, 0), (7, 0), (9, 0), (0, -5), (0, 5))
"""Right and down, pixels, by which one page is moved aside: further than strokes are wide, less than letters are."""
MOST_SHIFT_PX = 3
"""Pixels, in any direction, by which two registrations of one sheet may differ; all such offsets are tried."""
LEAST_INK_PX = 60
"""Pixels of ink below which a page has no fingerprint: a dash or a few specks are alike anywhere."""
COARSE_PX = 6
"""Side, pixels, of a cell of the coarse picture by which unlike pages are told apart quickly."""
BLOCK = 512
"""Pages whose coarse pictures are multiplied at once."""
COARSE_ALIKE = 0.8
"""Least cosine of two coarse pictures that may be one page: 10 of 14,000 pairs of real pages reach it."""


def page_fingerprint(mask: BoolImage) -> bytes:
    """Fingerprint of a mask (H, W), True where the page has ink that the form has not. Empty: too little ink."""
    if int(mask.sum()) < LEAST_INK_PX:
        return b""
    height, width = mask.shape
    return struct.pack("<HH", height, width) + zlib.compress(np.packbits(mask).tobytes(), 9)


def ink_mask(print_: bytes) -> BoolImage:
    """The mask (H, W) that a fingerprint, not an empty one, was made of."""
    height, width = struct.unpack("<HH", print_[:4])
    bits = np.unpackbits(np.frombuffer(zlib.decompress(print_[4:]), np.uint8), count=height * width)
    return bits.reshape(height, width).astype(np.bool_)


def same_ink(a: bytes, b: bytes) -> float:
    """0..1, share of the ink that two signature pages have in common; 0 where either has no fingerprint, or where they
    have as good as much in common beside their best place as in it."""
    if not a or not b or a[:4] != b[:4]:
        return 0.0
    if a == b:
        return 1.0
    first, second = ink_mask(a), ink_mask(b)
    reach = range(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1)
    common, (dx, dy) = max((_overlap(first, second, dx, dy), (dx, dy)) for dx in reach for dy in reach)
    ink = max(int(first.sum()), int(second.sum()))
    chance = max(_overlap(first, second, dx + right, dy + down) for right, down in ASIDE_PX)
    return common / ink if ink - common <= MOST_CHANCE * (ink - chance) else 0.0


def _overlap(a: BoolImage, b: BoolImage, dx: int, dy: int) -> int:
    """Pixels that both have when `b` is moved by (dx, dy)."""
    height, width = a.shape
    there = a[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
    moved = b[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
    return int(np.count_nonzero(there & moved))


def _coarse(print_: bytes) -> npt.NDArray[np.float32]:
    mask = ink_mask(print_).astype(np.float32)
    size = (mask.shape[1] // COARSE_PX, mask.shape[0] // COARSE_PX)
    picture = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).ravel()
    return np.asarray(picture / (np.linalg.norm(picture) or 1.0), np.float32)


def same_ink_pairs(prints: Sequence[bytes], least: float = SAME) -> list[tuple[int, int]]:
    """Pairs of places in `prints`, smaller first, whose ink is the same."""
    pairs: list[tuple[int, int]] = []
    for head in sorted({p[:4] for p in prints if p}):
        places = [i for i, p in enumerate(prints) if p[:4] == head]
        alike = _alike([prints[i] for i in places])
        pairs += [(places[a], places[b]) for a, b in alike if same_ink(prints[places[a]], prints[places[b]]) >= least]
    return sorted(pairs)


def _alike(prints: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs that may be the same by their coarse pictures; block by block, for memory."""
    coarse = np.stack([_coarse(one) for one in prints])
    for top in range(0, len(coarse), BLOCK):
        for left in range(top, len(coarse), BLOCK):
            cosines = coarse[top : top + BLOCK] @ coarse[left : left + BLOCK].T
            for a, b in np.argwhere(cosines >= COARSE_ALIKE):
                if top + a < left + b:
                    yield int(top + a), int(left + b)
