"""The line finder: PP-OCR's text detector (DB, Liao et al. 2020), as the rapidocr wheel carries it.

Gives the lines of writing in a picture as rotated rectangles. Written lines that lean, join or overlap are told apart
by shape learned from many hands, which plain grouping of components cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.packaged import model_path, open_session

MODEL_NAME: Final = "PP-OCRv6_det_small.onnx"
"""File of the network, as the rapidocr wheel holds it."""
STEP: Final = 32
"""The network halves its input five times."""
TEXT_PROB: Final = 0.3
"""Probability from which a pixel is text, as in rapidocr's configuration."""
BOX_PROB: Final = 0.4
"""Mean probability from which a region is a line."""
UNCLIP: Final = 1.6
"""The network answers with shrunken regions; they grow back by area / perimeter times this (DB's own constant)."""
MIN_SIDE: Final = 4
"""Pixels; a region with a shorter side is no line. As in rapidocr."""

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line of writing: `quad` (4, 2) corners from top left clockwise, pixels of the picture; `score` 0..1."""

    quad: Points
    score: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what the corners span, pixels of the picture."""
        x0, y0 = self.quad.min(axis=0)
        x1, y1 = self.quad.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


def _ordered(corners: Points) -> Points:
    """Corners from top left clockwise, for a line that runs from left to right."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


class LineFinder:
    """One instance a process; holds some 30 MB, loads in about 0.1 s."""

    def __init__(self, path: Path | None = None, threads: int = 1) -> None:
        self._path = path if path is not None else model_path(MODEL_NAME)
        self._threads = threads

    @cached_property
    def _session(self) -> ort.InferenceSession:
        return open_session(self._path, self._threads)

    def load(self) -> None:
        """Load the network now, and not when the first picture is looked at."""
        _ = self._session

    def find(self, image: npt.NDArray[np.uint8], scale: float = 1.0) -> list[FoundLine]:
        """Lines of a grey (H, W) or BGR (H, W, 3) picture, looked at `scale` times its size, in its own pixels."""
        probability = self._probability(image, scale)
        found = []
        contours, _ = cv2.findContours(
            (probability > TEXT_PROB).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
        )
        for contour in contours:
            (cx, cy), (w, h), angle = cv2.minAreaRect(contour)
            if min(w, h) < MIN_SIDE:
                continue
            score = _mean_inside(probability, np.asarray(contour, np.int32))
            if score < BOX_PROB:
                continue
            grow = UNCLIP * w * h / (2 * (w + h)) * 2
            corners = cv2.boxPoints(((cx, cy), (w + grow, h + grow), angle)).astype(np.float32) / scale
            found.append(FoundLine(_ordered(corners), score))
        return sorted(found, key=lambda line: (line.box[1], line.box[0]))

    def _probability(self, image: npt.NDArray[np.uint8], scale: float) -> npt.NDArray[np.float32]:
        bgr = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        bgr = np.asarray(cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        h, w = bgr.shape[:2]
        padded = np.full((-(-h // STEP) * STEP, -(-w // STEP) * STEP, 3), 255, np.uint8)
        padded[:h, :w] = bgr
        tensor = (padded.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        output = self._session.run(None, {self._session.get_inputs()[0].name: tensor})[0]
        return np.asarray(output[0, 0, :h, :w], np.float32)


def _mean_inside(probability: npt.NDArray[np.float32], contour: npt.NDArray[np.int32]) -> float:
    x, y, w, h = cv2.boundingRect(contour)
    mask = np.zeros((h, w), np.uint8)
    cv2.fillPoly(mask, [contour - (x, y)], 1)
    return float(cv2.mean(probability[y : y + h, x : x + w], mask)[0])


def crop_quad(image: npt.NDArray[np.uint8], quad: Points, margin: float = 0.0) -> npt.NDArray[np.uint8]:
    """The quadrilateral of `image` set upright, (H, W) or (H, W, 3); `margin` in parts of its height, all round."""
    w = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    h = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    m = margin * h
    target = np.array([[m, m], [m + w, m], [m + w, m + h], [m, m + h]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    size = (max(1, round(w + 2 * m)), max(1, round(h + 2 * m)))
    return np.asarray(
        cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255)), np.uint8
    )
