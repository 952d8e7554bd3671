"""A fingerprint of the foreign ink on a signature page, to find one scanned page that serves two articles.

The mask is given in the form's frame, one pixel a point (1/72 inch). Two scans of one sheet agree to within that
point; the same hand writing the same words twice never does. Two dense lines in one place have half their ink in
common by chance, whoever wrote them; what counts is how much more they have than that (`same_ink`). Of the 326 pairs of
real pages most alike from afar, of 87,000, none that are two sheets reach 0.3; made ones with the frame of one service
to sign, or one typed date, under two thick names reach 0.45; of 19 real sheets scanned anew twice none lies below 0.72.
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
"""`same_ink` from which two pages count as one: midway between two sheets alike and one scanned twice."""
LINE_PX = (17, 9)
"""Width and height, pixels, of the gaps between letters and between lines that are closed to get the place in which
writing stands: the paper far from it would make any two pages alike. Set by eye."""
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
    """-1..1, correlation of two signature pages' ink in the place where either is written on, at the offset at which
    they agree best: 1 is the same ink, about 0 what two writings have in common by chance. 0 without a fingerprint."""
    if not a or not b or a[:4] != b[:4]:
        return 0.0
    if a == b:
        return 1.0
    first, second = ink_mask(a), ink_mask(b)
    reach = range(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1)
    common = max(_overlap(first, second, dx, dy) for dx in reach for dy in reach)
    place = cv2.morphologyEx((first | second).view(np.uint8), cv2.MORPH_CLOSE, np.ones(LINE_PX[::-1], np.uint8))
    return _correlation(common, int(first.sum()), int(second.sum()), int(place.sum()))


def _correlation(common: int, first: int, second: int, place: int) -> float:
    """Pearson's of two masks over `place` pixels, of which `first` and `second` are True, `common` in both."""
    spread = float(first * (place - first)) * float(second * (place - second))
    return (place * common - first * second) / spread**0.5 if spread > 0 else 0.0


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
