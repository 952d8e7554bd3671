"""What a line recognizer would give for a line whose text is known, and a reader that gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions
from models.ppocr import LineReader

LABELS = "0123456789/.,-' abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLOB_PX = (8, 12)
"""Width and height of a blob of `blobs`, pixels: a letter's."""


def emissions(text: str, doubt: Mapping[int, str] | None = None, share: float = 0.3) -> CtcEmissions:
    """A line that reads as `text`; `doubt` names at a place the character that gets `share` of the probability."""
    rows = []
    for place, letter in enumerate(text):
        row = np.full(1 + len(LABELS), 1e-5)
        other = (doubt or {}).get(place)
        row[LABELS.index(letter) + 1] = 1 - share if other else 1.0
        if other:
            row[LABELS.index(other) + 1] = share
        blank = np.full(1 + len(LABELS), 1e-5)
        blank[0] = 1.0
        rows += [row, blank]
    array = np.array(rows)
    return CtcEmissions(LABELS, np.log(array / array.sum(axis=1, keepdims=True)).astype(np.float32), text)


def unsure(text: str) -> CtcEmissions:
    """A line that reads as `text`, each letter with a probability of 0.6 only."""
    return emissions(text, dict.fromkeys(range(len(text)), "q"), share=0.4)


def blobs(*gaps_px: int) -> npt.NDArray[np.uint8]:
    """A line crop (H, W) of separate blobs of ink with these gaps between them: one blob more than gaps."""
    width, height = BLOB_PX
    starts = np.cumsum([4, *(width + gap for gap in gaps_px)])
    crop = np.full((height + 8, int(starts[-1]) + width + 4), 255, np.uint8)
    for start in starts:
        crop[4:-4, start : start + width] = 40
    return crop


class BlobReader(LineReader):
    """Reads a crop by the number of its blobs; `seen` are the numbers that it was asked for, in order.

    `as_dates`: what the head for dates makes of some of them; of the others the same.
    """

    def __init__(self, answers: Mapping[int, CtcEmissions], as_dates: Mapping[int, CtcEmissions] | None = None) -> None:
        self.answers = answers
        self.as_dates = {**answers, **(as_dates or {})}
        self.seen: list[int] = []

    def read(self, crops: Sequence[npt.NDArray[np.uint8]]) -> list[CtcEmissions]:
        return [view for view, _ in self.read_twice(crops)]

    def read_twice(self, crops: Sequence[npt.NDArray[np.uint8]]) -> list[tuple[CtcEmissions, CtcEmissions]]:
        counts = [cv2.connectedComponents((crop < 200).astype(np.uint8))[0] - 1 for crop in crops]
        self.seen += counts
        return [(self.answers[count], self.as_dates[count]) for count in counts]
