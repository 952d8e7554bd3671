"""The words of a page that fits no form: from its text layer, else from one coarse pass of OCR over it, set upright."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.stopwatch import stage
from pipeline.documents.document import Word
from pipeline.documents.rasterize import PageImage, is_blank
from pipeline.forms.form import PRINT_DPI
from pipeline.registration.warp import even_background
from pipeline.registration.word_alignment import PlacedWord, WordPage

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

LEAST_LAYER_WORDS = 60
"""A text layer of so many visible words has the page's words; fewer may be a scanner's stamp on a picture."""
COARSE_DPI = 100
"""Resolution at which OCR reads a page. Of print of 10 points it reads as many words right as at 150, in four fifths of
the time."""
TILT_DPI = 40
"""Resolution at which a page's slope is found: lines of print are two or three pixels high."""
TILTS_DEG = np.arange(-5.0, 5.01, 0.5)
FINE_TILTS_DEG = np.arange(-0.4, 0.41, 0.1)
"""Slopes that are tried, and then around the best one."""
SURE_WORD = 60.0
"""Tesseract's confidence (0..100) of a word that was read."""
LEAST_SURE_WORDS = 25
"""Such words, of three letters or more, from which a page stands upright; with fewer it is looked at the
other way up, too."""
LEAST_LETTERS = 3


def has_own_words(image: PageImage) -> bool:
    """Whether the page's text layer has its words, shown to all."""
    return len(_layer(image)) >= LEAST_LAYER_WORDS


def _layer(image: PageImage) -> list[Word]:
    return [w for w in image.words if w.source == "text_layer" and not w.invisible]


def page_words(image: PageImage) -> WordPage | None:
    """A page with its words in reading order; None: it has none."""
    height, width = (side / image.dpi * 72 for side in image.shape)
    if has_own_words(image):
        words = tuple(
            PlacedWord(w.text, (w.box.x0 * width, w.box.y0 * height, w.box.x1 * width, w.box.y1 * height))
            for w in _layer(image)
        )
        return WordPage(words, _at_print_dpi(image.gray, image.dpi), np.diag([1 / 72, 1 / 72, 1.0]))
    if is_blank(image.gray):
        return None
    with stage("ocr"):
        return _read(image)


def _at_print_dpi(gray: Gray, dpi: float) -> Gray:
    """Evened paper at PRINT_DPI."""
    scale = PRINT_DPI / dpi
    return even_background(
        np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    )


def _read(image: PageImage) -> WordPage | None:
    paper = _at_print_dpi(image.gray, image.dpi)
    found: WordPage | None = None
    most = 0
    for upright, turn in _turns(paper):
        words, sure = _ocr(upright)
        if sure > most:
            to_page = np.diag([1 / PRINT_DPI] * 2 + [1.0]) @ np.linalg.inv(turn) @ np.diag([PRINT_DPI / 72] * 2 + [1.0])
            found, most = WordPage(words, upright, to_page), sure
        if sure >= LEAST_SURE_WORDS:
            break
    return found


def _turns(paper: Gray) -> Iterator[tuple[Gray, Matrix]]:
    """The page with its lines level, one way up and then the other, each with the way from its pixels to the turned."""
    small = cv2.resize(paper, None, fx=TILT_DPI / PRINT_DPI, fy=TILT_DPI / PRINT_DPI, interpolation=cv2.INTER_AREA)
    dark = (255 - small).astype(np.float32)
    sideways = _levelness(dark.T.copy()) > _levelness(dark)
    turns = (90, 270) if sideways else (0, 180)
    for turn in turns:
        turned, matrix = _quarter_turned(paper, turn)
        shrunk = np.ascontiguousarray(np.rot90(dark, -(turn // 90)))
        tilt = _tilt(shrunk)
        if tilt:
            h, w = turned.shape
            level = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), tilt, 1.0), [0, 0, 1]])
            turned = np.asarray(cv2.warpPerspective(turned, level, (w, h), borderValue=(255,)), np.uint8)
            matrix = level @ matrix
        yield turned, matrix


def _quarter_turned(paper: Gray, turn: int) -> tuple[Gray, Matrix]:
    """The page turned clockwise by `turn` degrees, and the way from its pixels to the turned page's."""
    h, w = paper.shape
    match turn:
        case 90:
            matrix = np.array([[0, -1, h - 1], [1, 0, 0], [0, 0, 1]], np.float64)
        case 180:
            matrix = np.array([[-1, 0, w - 1], [0, -1, h - 1], [0, 0, 1]], np.float64)
        case 270:
            matrix = np.array([[0, 1, 0], [-1, 0, w - 1], [0, 0, 1]], np.float64)
        case _:
            matrix = np.eye(3)
    return np.ascontiguousarray(np.rot90(paper, -(turn // 90))), matrix


def _levelness(dark: npt.NDArray[np.float32], tilt: float = 0.0) -> float:
    """How much the rows of a page (H, W), turned by `tilt` degrees, differ: most where they run along its lines."""
    if tilt:
        h, w = dark.shape
        dark = np.asarray(cv2.warpAffine(dark, cv2.getRotationMatrix2D((w / 2, h / 2), tilt, 1.0), (w, h)), np.float32)
    rows = dark.mean(axis=1)
    return float((np.diff(rows) ** 2).sum())


def _tilt(dark: npt.NDArray[np.float32]) -> float:
    """Degrees by which a page must be turned, counter-clockwise, so that its lines are level."""
    best = max(TILTS_DEG, key=lambda tilt: _levelness(dark, tilt))
    return float(max(best + FINE_TILTS_DEG, key=lambda tilt: _levelness(dark, tilt)))


def _ocr(paper: Gray) -> tuple[tuple[PlacedWord, ...], int]:
    """The words that Tesseract reads on an upright page at PRINT_DPI, and how many of them it is sure of."""
    import pytesseract

    scale = COARSE_DPI / PRINT_DPI
    small = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = pytesseract.image_to_data(small, config="--psm 6", output_type=pytesseract.Output.DICT)
    point = 72 / COARSE_DPI
    rows = [
        (text.strip(), float(sure), (x * point, y * point, (x + w) * point, (y + h) * point))
        for text, sure, x, y, w, h in zip(
            *(found[key] for key in ("text", "conf", "left", "top", "width", "height")), strict=True
        )
        if text.strip()
    ]
    sure = sum(c >= SURE_WORD and sum(map(str.isalpha, text)) >= LEAST_LETTERS for text, c, _ in rows)
    return tuple(PlacedWord(text, box, certain) for text, certain, box in rows), sure
