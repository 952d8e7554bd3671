"""A scanned page set upright: by quarter turns, then by the slope of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.line_finder import FoundLine, crop_quad
from models.ppocr import LineReader
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.areas import Recognizers
from pipeline.extraction.locate import FIND_SCALE
from pipeline.extraction.recognized_lines import line_confidence

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

SAMPLE = 4
"""Lines of a page, the most line-like ones, that are read to tell up from down."""
UPRIGHT_CONFIDENCE = 0.9
"""Mean confidence from which print is upright; upside down it stays below 0.8."""
LEAST_SKEW_DEG = 0.2
"""Degrees of skew below which a page is left as it is."""
LONG_SHAPE = 5.0
"""Width by height from which a line tells the page's skew."""


@dataclass(frozen=True, slots=True)
class FlatPage:
    """A page set upright."""

    paper: Gray
    to_paper: Matrix
    """Pixels of the image -> pixels of `paper`."""


def flat_page(image: PageImage, models: Recognizers) -> FlatPage:
    """The page set upright, by quarter turns and then by its lines' slope."""
    paper, turn = image.gray, np.eye(3)
    lines = models.finder.find(paper, FIND_SCALE)
    if _on_its_side(lines):
        paper, turn = _turned(paper, turn)
        lines = models.finder.find(paper, FIND_SCALE)
    if _upside_down(paper, lines, models.reader):
        half = np.array([[-1, 0, paper.shape[1] - 1], [0, -1, paper.shape[0] - 1], [0, 0, 1]], np.float64)
        paper, turn = np.ascontiguousarray(paper[::-1, ::-1]), half @ turn
        lines = [FoundLine(_moved(line, half)[[2, 3, 0, 1]], line.score) for line in lines]
    skew = _skew_deg(lines)
    if abs(skew) >= LEAST_SKEW_DEG:
        h, w = paper.shape
        straight = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), skew, 1.0), [0, 0, 1]])
        paper = np.asarray(cv2.warpPerspective(paper, straight, (w, h), borderValue=(255,)), np.uint8)
        turn = straight @ turn
        lines = [FoundLine(_moved(line, straight), line.score) for line in lines]
    return FlatPage(paper, turn)


def _moved(line: FoundLine, matrix: Matrix) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.perspectiveTransform(line.quad[None].astype(np.float64), matrix)[0], np.float32)


def _turned(paper: Gray, turn: Matrix) -> tuple[Gray, Matrix]:
    """A quarter turn clockwise, and the way from the image's pixels to the turned page's."""
    quarter = np.array([[0, -1, paper.shape[0] - 1], [1, 0, 0], [0, 0, 1]], np.float64)
    return np.ascontiguousarray(np.rot90(paper, -1)), quarter @ turn


def _on_its_side(lines: Sequence[FoundLine]) -> bool:
    sizes = [(x1 - x0, y1 - y0) for x0, y0, x1, y1 in (line.box for line in lines)]
    return sum(h for w, h in sizes if h > w) > sum(w for w, h in sizes if w >= h)


def _upside_down(paper: Gray, lines: Sequence[FoundLine], reader: LineReader) -> bool:
    """Whether the most line-like lines read better the other way round."""
    sample = [crop_quad(paper, line.quad) for line in sorted(lines, key=lambda line: -line.score)[:SAMPLE]]
    upright = [line_confidence(view) for view in reader.read(sample)]
    if not sample or np.mean(upright) >= UPRIGHT_CONFIDENCE:
        return False
    turned = [
        line_confidence(view) for view in reader.read([np.ascontiguousarray(crop[::-1, ::-1]) for crop in sample])
    ]
    return bool(np.mean(turned) > np.mean(upright))


def _skew_deg(lines: Sequence[FoundLine]) -> float:
    """Median slope of the longer lines, degrees, positive where they fall to the right."""
    long = [line for line in lines if line.box[2] - line.box[0] > LONG_SHAPE * (line.box[3] - line.box[1])]
    edges = [line.quad[1] - line.quad[0] for line in long]
    return float(np.median([np.degrees(np.arctan2(y, x)) for x, y in edges])) if edges else 0.0
