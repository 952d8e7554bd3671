"""The words of a page that fits no form: from its text layer, else from one coarse pass of OCR over it, set upright."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from pipeline.datamodel.normalizing import normalize_word
from pipeline.datamodel.stopwatch import stage
from pipeline.documents.document import Word
from pipeline.documents.rasterize import LEAST_LAYER_WORDS, PageImage, has_own_words, is_blank, visible_layer
from pipeline.documents.tesseract import load_pytesseract
from pipeline.extraction.page_lines import PageLines, page_lines
from pipeline.extraction.prose_lines import prose_lines, without
from pipeline.forms.form import PRINT_DPI, Form, FormPage
from pipeline.forms.label_meanings import STOP_WORDS
from pipeline.registration.warp import even_background
from pipeline.registration.word_alignment import PlacedWord, WordPage

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

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
FINE_DPI = 225
"""Resolution at which is read again what was not surely read: type of six points, as labels above boxes have it."""
BAND_MARGIN_PT = 12.0
"""Paper above and below such words that is read with them."""
TELLING_LETTERS = 5
"""Letters of a word from which it tells one agreement from another."""
LEAST_TELLING = 15
"""Such words from which a few lines say so."""
OTHER_SHARE = 0.4
"""Share of a page's telling words, those that a form's page has, below which they are another text. Of other
publishers' agreements it is 0.29 at most, of a form's own page 0.9 and more."""
GLANCE_PT = 110.0
"""Height of the strip of a scan that is read to tell whether it is another text: some eight lines. Less is too little
of a page in large type."""
DARK = 170
"""Brightness of evened paper below which a pixel is print."""
SHEET_SHARE = (0.35, 0.96)
"""Share of a picture that a photographed sheet takes; more is the page itself."""
SHADOWS = (1.0, 0.9, 0.8, 0.7)
"""Parts of the brightness that parts sheet and table at which the sheet's outline is looked for."""
PAPER_SHAPE = (1.2, 1.6)
"""Long side by short side of a sheet of paper, somewhat foreshortened."""
CLOSE_PT = 12.0
"""Size of what is closed of print and lines on a sheet, to find its outline."""
CORNER_SHARE = 0.03
"""Deviation, in parts of the outline's length, up to which it has four corners."""
INSET_PT = 4.0
"""Outermost strip of a sheet cut out, in which its edge shows."""
QUAD_SIDES = (((0, 1), (3, 2)), ((0, 3), (1, 2)))
"""Corners, counted clockwise from top left, between which a sheet's width and its height lie."""
SPARSE = 250
"""Words of a page up to which what was not surely read is read again: labels stand on sparse pages."""
LINE_WORDS = 12
"""Words of a line of running text, about."""
SMALL_WORDS = 0.15
"""Share of a language's most frequent words from which words are text: running text has a third, noise next to none."""


Upright = tuple[Gray, Matrix]
"""A page (H, W) at PRINT_DPI with its lines level, and the way to it from the page's pixels at PRINT_DPI."""


@dataclass(frozen=True)
class ReturnWords:
    """The words of the pages of one return, each page's found once, and no more of them than is asked for."""

    forms: Sequence[Form]
    _words: dict[int, WordPage | None] = field(default_factory=dict)
    _telling: dict[int, frozenset[str]] = field(default_factory=dict)
    _lines: dict[int, tuple[Gray, PageLines]] = field(default_factory=dict)
    _upright: dict[int, Upright] = field(default_factory=dict)
    """Pages set upright, where a few of their words have shown which way up they stand."""

    def of(self, image: PageImage) -> WordPage | None:
        """A page's words; None: it has none.

        What a scanner's OCR drew over a page serves where that is plainly none of the forms' text: of those our own
        OCR says more.
        """
        if image.index not in self._words:
            other = self.is_other(image)
            scanned = scanned_words(image) if other else None
            self._words[image.index] = scanned or page_words(
                image, self.lines if other else None, self._upright.get(image.index)
            )
        return self._words[image.index]

    def lines(self, paper: Gray) -> PageLines:
        """The lines of a page set upright (H, W), found once for as long as the return is read."""
        if id(paper) not in self._lines:
            self._lines[id(paper)] = paper, page_lines(paper)  # With the paper, so that no other gets its id.
        return self._lines[id(paper)][1]

    def is_other(self, image: PageImage) -> bool:
        """Whether a page's words are running text, and plainly not that of a page of one of the forms.

        Of a scan a few lines are read for it.
        """
        return not self.like(image, [page for form in self.forms for page in form.pages])

    def like(self, image: PageImage, pages: Sequence[FormPage]) -> tuple[FormPage, ...]:
        """Those form pages of which a page may be one by its words: all of them where it has too few to tell."""
        if image.index not in self._telling:
            words = _layer_words(image)
            if not words and (glance := _glance(image)):
                words, self._upright[image.index] = glance
            normal = (normalize_word(word) for word in words)
            self._telling[image.index] = frozenset(word for word in normal if len(word) >= TELLING_LETTERS)
        telling = self._telling[image.index]
        if len(telling) < LEAST_TELLING:
            return tuple(pages)
        return tuple(page for page in pages if len(telling & _telling_words(page)) >= OTHER_SHARE * len(telling))


def _layer_words(image: PageImage) -> list[str]:
    """The words of a page's text layer, or of what a scanner's OCR drew over it, if it is text."""
    layer = visible_layer(image) if has_own_words(image) else [w for w in image.words if w.invisible]
    texts = [w.text for w in layer]
    return texts if len(texts) >= LEAST_LAYER_WORDS and reads_as_text(texts) else []


def _glance(image: PageImage) -> tuple[list[str], Upright] | None:
    """The words of the few lines of a scan that have most print, and the page as it stands for them; None: they can't
    be read."""
    if is_blank(image.gray):
        return None
    for upright, way in _ways_up(image):
        high = round(GLANCE_PT * PRINT_DPI / 72)
        inked = np.convolve((upright < DARK).mean(axis=1), np.ones(high), "valid")
        top = int(inked.argmax()) if len(inked) else 0
        with stage("ocr"):
            words, sure = _ocr(upright[top : top + high])
        if sure >= LEAST_SURE_WORDS:
            return [word.text for word in words if word.sure >= SURE_WORD], (upright, way)
    return None


@cache
def _telling_words(page: FormPage) -> frozenset[str]:
    """The longer words of a form page."""
    return frozenset(word for word in (normalize_word(w.text) for w in page.words) if len(word) >= TELLING_LETTERS)


def scanned_words(image: PageImage) -> WordPage | None:
    """The same from the layer that a scanner's OCR drew invisibly over the picture; None where that is no text.

    It costs nothing, but holds other words than ours: for pages only that are no form's.
    """
    layer = [w for w in image.words if w.invisible]
    if len(layer) < LEAST_LAYER_WORDS or not reads_as_text([w.text for w in layer]):
        return None
    height, width = image.shape
    size = np.array([width, height, width, height])
    boxes = np.array([(w.box.x0, w.box.y0, w.box.x1, w.box.y1) for w in layer]) * size
    turn = _turn_of(boxes)
    upright, matrix = _quarter_turned(image.gray, turn)
    corners = cv2.perspectiveTransform(boxes.reshape(1, -1, 2), matrix).reshape(-1, 2, 2) * 72 / image.dpi
    edges = np.hstack([corners.min(axis=1), corners.max(axis=1)]).tolist()
    placed = tuple(PlacedWord(w.text, (x0, y0, x1, y1)) for w, (x0, y0, x1, y1) in zip(layer, edges, strict=True))
    to_page = np.diag([1 / image.dpi] * 2 + [1.0]) @ np.linalg.inv(matrix) @ np.diag([image.dpi / 72] * 2 + [1.0])
    return WordPage(placed, _at_print_dpi(upright, image.dpi), to_page)


def reads_as_text(words: Sequence[str]) -> bool:
    """Whether words are a language's, as its small words show, and not what OCR makes of a picture."""
    small = [w for w in (re.sub(r"\W", "", word.lower()) for word in words) if len(w) > 1]
    share = max(sum(word in some for word in small) for some in STOP_WORDS.values()) / max(1, len(words))
    return share >= SMALL_WORDS


def _turn_of(boxes: npt.NDArray[np.float64]) -> int:
    """By how many degrees clockwise a page must be turned for its words (n, 4), in reading order, to stand upright."""
    wide, high = np.median(boxes[:, 2] - boxes[:, 0]), np.median(boxes[:, 3] - boxes[:, 1])
    middles = np.column_stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)])
    # From word to word a line goes on; from its end to the next one's beginning is the rarer step.
    across, down = np.median(np.diff(middles, axis=0), axis=0)
    if wide >= high:
        return 0 if across >= 0 else 180
    return 90 if down < 0 else 270


def finer_words(page: WordPage) -> WordPage:
    """The page with what its coarse pass was not sure of read again, larger: small labels above boxes."""
    count = len(page.words) + LINE_WORDS * len(page.unread)
    return read_bands_again(page, _unsure_bands(page)) if count <= SPARSE else page


def read_bands_again(page: WordPage, bands: Sequence[tuple[float, float]]) -> WordPage:
    """The page with what stands in some bands read again, larger. `bands`: from where to where, points."""
    words = list(page.words)
    for top, bottom in _apart(bands):
        x = FINE_DPI / PRINT_DPI
        rows = slice(round(top * PRINT_DPI / 72), round(bottom * PRINT_DPI / 72))
        large = cv2.resize(page.paper[rows], None, fx=x, fy=x, interpolation=cv2.INTER_CUBIC)
        with stage("ocr"):
            found, _ = _tesseract(np.asarray(large, np.uint8), FINE_DPI)
        words = [w for w in words if not top <= (w.box[1] + w.box[3]) / 2 < bottom]
        words += [replace(w, box=(w.box[0], w.box[1] + top, w.box[2], w.box[3] + top)) for w in found]
    return replace(page, words=tuple(words))


def _apart(bands: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The bands, those that overlap as one, cut off at the page's top."""
    found: list[tuple[float, float]] = []
    for top, bottom in sorted((max(0.0, top), bottom) for top, bottom in bands):
        if found and top <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], bottom)
        else:
            found.append((top, bottom))
    return found


def _unsure_bands(page: WordPage) -> list[tuple[float, float]]:
    """From where to where, down the page in points, words stand that were not surely read."""
    unsure = sorted(w.box for w in page.words if w.sure < SURE_WORD)
    bands: list[list[float]] = []
    for _, y0, _, y1 in sorted(unsure, key=lambda box: box[1]):
        if bands and y0 - BAND_MARGIN_PT <= bands[-1][1]:
            bands[-1][1] = max(bands[-1][1], y1 + BAND_MARGIN_PT)
        else:
            bands.append([max(0.0, y0 - BAND_MARGIN_PT), y1 + BAND_MARGIN_PT])
    return [(top, bottom) for top, bottom in bands]


def typed_in(image: PageImage) -> tuple[PlacedWord, ...]:
    """What was typed into form fields or notes of a page that has its own words, upright as it is."""
    if not has_own_words(image):
        return ()
    height, width = (side / image.dpi * 72 for side in image.shape)
    return tuple(_placed(w, width, height) for w in image.words if w.source in ("form_field", "annotation"))


def _placed(word: Word, width: float, height: float) -> PlacedWord:
    box = word.box
    return PlacedWord(word.text, (box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height))


LinesOf = Callable[[Gray], PageLines]
"""What finds the lines of a page."""


def page_words(image: PageImage, lines_of: LinesOf | None = None, upright: Upright | None = None) -> WordPage | None:
    """A page with its words in reading order; None: it has none. `lines_of`: given where it is read for its labels;
    `upright`: the page set upright, where it is known which way up that is."""
    height, width = (side / image.dpi * 72 for side in image.shape)
    if has_own_words(image):
        words = tuple(_placed(w, width, height) for w in visible_layer(image))
        return WordPage(words, _at_print_dpi(image.gray, image.dpi), np.diag([1 / 72, 1 / 72, 1.0]))
    if is_blank(image.gray):
        return None
    with stage("ocr"):
        return _read(image, lines_of, upright)


def _at_print_dpi(gray: Gray, dpi: float) -> Gray:
    """Evened paper at PRINT_DPI."""
    scale = PRINT_DPI / dpi
    return even_background(
        np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    )


def _read(image: PageImage, lines_of: LinesOf | None, known: Upright | None) -> WordPage | None:
    """The page's words by OCR; for its labels without its lines, which spoil the words before and above them, and
    without the inner lines of its clauses, where it is known which way up it stands."""
    found: WordPage | None = None
    most = 0
    for upright, way in [known] if known else _ways_up(image):
        lines = lines_of(upright).mask if lines_of else None
        prose = prose_lines(upright, lines) if lines is not None and known else ()
        shown = upright if lines is None else np.where(lines, np.uint8(255), upright)
        words, sure = _ocr(without(shown, prose))
        if sure > most or known:
            to_page = np.diag([1 / PRINT_DPI] * 2 + [1.0]) @ np.linalg.inv(way) @ np.diag([PRINT_DPI / 72] * 2 + [1.0])
            found, most = WordPage(words, upright, to_page, prose), sure
        if sure >= LEAST_SURE_WORDS:
            break
    return found


def _ways_up(image: PageImage) -> Iterator[Upright]:
    """The page set upright one way, then the other."""
    paper, flat = _sheet(_at_print_dpi(image.gray, image.dpi), image)
    for upright, turned in _turns(paper):
        yield upright, turned @ flat


def _sheet(paper: Gray, image: PageImage) -> tuple[Gray, Matrix]:
    """A photographed sheet cut out of what lies around it, and the way there from the page's pixels."""
    quad = _outline(image)
    if quad is None:
        return paper, np.eye(3)
    width, height = _sides(quad)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(quad, target), np.float64)
    flat = cv2.warpPerspective(paper, matrix, (round(width), round(height)), borderValue=(255,))
    inset = round(INSET_PT * PRINT_DPI / 72)
    flat[:inset], flat[-inset:], flat[:, :inset], flat[:, -inset:] = (255,) * 4
    return np.asarray(flat, np.uint8), matrix


def _outline(image: PageImage) -> npt.NDArray[np.float32] | None:
    """Corners of a sheet that is photographed on something darker, clockwise from top left, pixels at PRINT_DPI."""
    scale = TILT_DPI / image.dpi
    small = cv2.GaussianBlur(cv2.resize(image.gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (5, 5), 0)
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    # One side of the sheet may lie in a shadow.
    for share in SHADOWS:
        corners = _corners((small > share * level).astype(np.uint8))
        if corners is None:
            continue
        quad = _clockwise(np.asarray(corners * PRINT_DPI / TILT_DPI, np.float32))
        width, height = _sides(quad)
        if PAPER_SHAPE[0] < max(width, height) / min(width, height) < PAPER_SHAPE[1]:
            return quad
    return None


def _corners(bright: Gray) -> npt.NDArray[np.float32] | None:
    """The four corners (4, 2) of the largest bright area, if it has four and is neither small nor all."""
    size = round(CLOSE_PT * TILT_DPI / 72)
    bright = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)), np.uint8)
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    corners = cv2.approxPolyDP(hull, CORNER_SHARE * cv2.arcLength(hull, True), True)
    share = cv2.contourArea(hull) / bright.size
    if len(corners) != 4 or not SHEET_SHARE[0] < share < SHEET_SHARE[1]:
        return None
    return corners.reshape(4, 2).astype(np.float32)


def _sides(quad: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Mean width and height of a quadrilateral."""
    width, height = (float(np.mean([np.linalg.norm(quad[a] - quad[b]) for a, b in sides])) for sides in QUAD_SIDES)
    return width, height


def _clockwise(corners: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Four corners from top left clockwise."""
    sums, differences = corners.sum(axis=1), corners[:, 0] - corners[:, 1]
    places = [sums.argmin(), differences.argmax(), sums.argmax(), differences.argmin()]
    return np.asarray(corners[places], np.float32)


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
    scale = COARSE_DPI / PRINT_DPI
    small = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _tesseract(np.asarray(small, np.uint8), COARSE_DPI)


def _tesseract(picture: Gray, dpi: float) -> tuple[tuple[PlacedWord, ...], int]:
    """The words that Tesseract reads on a picture at `dpi`, and how many of them it is sure of."""
    pytesseract = load_pytesseract()
    # Without a format it would be packed as PNG and unpacked again, which takes a fifth as long as reading it.
    image = PillowImage.fromarray(picture)
    image.format = "PPM"
    found = pytesseract.image_to_data(
        image, config="--psm 6 -c tessedit_do_invert=0", output_type=pytesseract.Output.DICT
    )
    point = 72 / dpi
    rows = [
        (text.strip(), float(sure), (x * point, y * point, (x + w) * point, (y + h) * point))
        for text, sure, x, y, w, h in zip(
            *(found[key] for key in ("text", "conf", "left", "top", "width", "height")), strict=True
        )
        if text.strip()
    ]
    sure = sum(c >= SURE_WORD and sum(map(str.isalpha, text)) >= LEAST_LETTERS for text, c, _ in rows)
    return tuple(PlacedWord(text, box, certain) for text, certain, box in rows), sure
