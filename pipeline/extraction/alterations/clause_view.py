"""The clauses of a page laid on the form's: its darkness beside the print's, and each printed word looked up there.

Everything happens in the form's frame at INK_DPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.extraction.dropout import form_print
from pipeline.forms.form import FormPage, PrintedWord, Zone
from pipeline.registration.register import Registration
from pipeline.registration.warp import INK_DPI, even_background, map_area

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
PixelBox = tuple[int, int, int, int]

SCALE = INK_DPI / 72
"""Pixels a point in the form's frame."""
DARKNESS = ((255.0 - np.arange(256)) / 255.0).astype(np.float32)
"""Darkness, 0 (paper) to 1, of each grey value, shape (256,)."""
MARGIN_PT = (90.0, 30.0)
"""Points of paper beside the clauses, and above and below them, that are looked at as well: an addition may run into
the margin, and what comes in from elsewhere is told."""
WORD_PT = (6.5, 2.0)
"""Points above and below a word's baseline that are looked up."""
WORD_MARGIN_PX = 2
"""Pixels around that."""
LEAST_GAIN = 0.2
"""Darkness, of 1, that a word's print is taken to have at least."""
SEARCH_PX = 3
"""Pixels from its place, in any direction, within which a word is looked for."""
WIDE_SEARCH_PX = (9, 6)
"""Pixels across and down within which a word is looked for that is not in its place: a scan may be stretched, a photo
bent, by a letter's width. More, and a neighbour's like word is found. Set by eye."""
SHEARS = np.linspace(-0.12, 0.12, 9)
"""Slopes, pixels down for one across, at which a line through a word is tried."""
LEAST_LINE = 0.15
"""Darkness, of 1, that is asked whether it runs along the word; what adds less strikes nothing out."""
WAVE_PX = 2
"""Rows, at INK_DPI, by which a line drawn by hand leaves the straight one."""
LINE_SHARE = 0.7
"""Share of a word's length, where the form has paper, that a line through it inks; of a blot it is half. Set by eye."""
PAPER = 0.3
"""Darkness of the form's print, 0..1, below which there is paper."""
PATH_PT = (5.2, 0.9)
"""Points above a word's baseline between which a stroke through small letters runs; below, it is an underline."""
BARE = 0.35
"""Share of a path's paper that must be inked for the path to gain by it. Set by eye."""
BEND = 0.03
"""Ink, of 1, that a path must gain by leaving its row for the next one."""
LONGEST_PATH_PT = 120.0
"""Length, points, of the longest word whose print is sure to stay in its place all along: a web address is longer."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of one page, form's frame, darkness 0 (paper) to 1, float32 (H, W)."""

    page: FormPage
    area: Zone
    seen: Floats
    printed: Floats
    on_page: Bools
    """False beyond the edge of the page as scanned."""
    whole: bool
    """Whether all of it is on the page."""

    def px(self, zone: Zone, margin: int = 0) -> PixelBox:
        """Points to pixels of the arrays: x0, y0, x1, y1, inside the arrays."""
        return _px(zone, margin, self.area, self.seen.shape)


def _px(zone: Zone, margin: int, area: Zone, shape: tuple[int, ...]) -> PixelBox:
    """The same for arrays of `shape` (H, W) that cover an `area`."""
    left, top = area[:2]
    height, width = shape
    return (
        max(0, round((zone[0] - left) * SCALE) - margin),
        max(0, round((zone[1] - top) * SCALE) - margin),
        min(width, round((zone[2] - left) * SCALE) + margin),
        min(height, round((zone[3] - top) * SCALE) + margin),
    )


@dataclass(frozen=True, slots=True)
class WordFit:
    """How one printed word stands on the page."""

    word: PrintedWord
    place: int
    """0-based among the clauses' words."""
    correlation: float
    seen: Floats
    """The page at the word's best place."""
    printed: Floats


def clause_area(page: FormPage) -> Zone | None:
    """Where the clauses stand, with a margin, form points; None where the page has none."""
    boxes = np.array([word.box for word in page.clause_words()])
    if not len(boxes):
        return None
    (x0, y0), (x1, y1) = boxes[:, :2].min(0) - MARGIN_PT, boxes[:, 2:].max(0) + MARGIN_PT
    return max(0.0, float(x0)), float(y0), min(page.width, float(x1)), float(y1)


@lru_cache(maxsize=8)
def _print_darkness(page: FormPage, area: Zone) -> Floats:
    soft = cv2.GaussianBlur(form_print(page, area), (0, 0), 1.0)
    return np.asarray(cv2.LUT(soft, DARKNESS), np.float32)


@lru_cache(maxsize=8)
def print_rim(page: FormPage, area: Zone) -> Bools:
    """The form's print with its rim. Callers must not write to it."""
    printed = (_print_darkness(page, area) > 0.12).view(np.uint8)
    return np.asarray(cv2.dilate(printed, np.ones((5, 5), np.uint8)).view(np.bool_), np.bool_)


@lru_cache(maxsize=8)
def _word_boxes(page: FormPage, area: Zone) -> tuple[PixelBox, ...]:
    """The box of each of the clauses' words that is looked up, pixels of the area."""
    up, down = WORD_PT
    zones = ((word.box[0], word.baseline - up, word.box[2], word.baseline + down) for word in page.clause_words())
    return tuple(_px(zone, WORD_MARGIN_PX, area, _print_darkness(page, area).shape) for zone in zones)


def view_clauses(gray: Gray, dpi: float, fit: Registration, area: Zone) -> Clauses:
    """The `area` (form points) of a greyscale page (H, W) at `dpi`, warped onto the form."""
    places = map_area(dpi, fit, area, INK_DPI)
    paper = even_background(places.warp(gray))
    inside = ~places.beyond(gray.shape[:2])
    seen = np.asarray(cv2.LUT(cv2.GaussianBlur(paper, (0, 0), 0.7), DARKNESS), np.float32)
    return Clauses(fit.page, area, seen, _print_darkness(fit.page, area), inside, bool(inside.all()))


def fit_word(view: Clauses, word: PrintedWord, place: int) -> WordFit | None:
    """Look one word up near its place; None where that is beyond the page's edge."""
    x0, y0, x1, y1 = _word_boxes(view.page, view.area)[place]
    m = SEARCH_PX
    if y0 < m or x0 < m or y1 + m > view.seen.shape[0] or x1 + m > view.seen.shape[1]:
        return None
    around = np.s_[y0 - m : y1 + m, x0 - m : x1 + m]
    if not view.whole and not view.on_page[around].all():
        return None
    template = view.printed[y0:y1, x0:x1]
    response = cv2.matchTemplate(view.seen[around], template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (dx, dy) = cv2.minMaxLoc(response)
    top, left = y0 - m + dy, x0 - m + dx
    seen = view.seen[top : top + template.shape[0], left : left + template.shape[1]]
    return WordFit(word, place, float(best), seen, template)


def place_beside(view: Clauses, word: PrintedWord, place: int, least: float) -> PixelBox | None:
    """Where a word stands that is not in its place, pixels; None: nowhere near with a correlation of `least`."""
    x0, y0, x1, y1 = _word_boxes(view.page, view.area)[place]
    (across, down), (height, width) = WIDE_SEARCH_PX, view.seen.shape
    left, top = max(0, x0 - across), max(0, y0 - down)
    around = view.seen[top : min(height, y1 + down), left : min(width, x1 + across)]
    response = cv2.matchTemplate(around, view.printed[y0:y1, x0:x1], cv2.TM_CCOEFF_NORMED)
    _, best, _, (dx, dy) = cv2.minMaxLoc(response)
    return (left + dx, top + dy, left + dx + x1 - x0, top + dy + y1 - y0) if best >= least else None


def gain(fit: WordFit) -> float:
    """How dark this page prints, of 1."""
    strong = fit.printed > 0.35
    return float(np.median(fit.seen[strong] / fit.printed[strong])) if strong.any() else 1.0


@lru_cache(maxsize=256)
def _sheared(height: int, width: int) -> npt.NDArray[np.int32]:
    """(n * H, W): the pixels of a word (H, W) along lines of the n slopes that it has room for, row by row.

    Pixels are numbered from 1 in one row; 0 is none.
    """
    numbers = np.arange(1, height * width + 1, dtype=np.float32).reshape(height, width)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    slopes = [shear for shear in SHEARS if abs(shear) * width / 2 <= height // 3]
    slanted = [np.array([[1, 0, 0], [shear, 1, -shear * width / 2]]) for shear in slopes]
    return np.concatenate([cv2.warpAffine(numbers, m, (width, height), flags=flags) for m in slanted]).astype(np.int32)


def line_through(fit: WordFit) -> float:
    """Darkness, of 1, that a straight line through the word adds along its length: the strongest such line's; 0 where
    that one is no line but a blot."""
    rest = fit.seen - np.minimum(gain(fit) * fit.printed, 1)
    pixels = _sheared(*rest.shape)
    along = np.concatenate([np.zeros(1, np.float32), rest.ravel()]).take(pixels)
    profiles = cv2.reduce(along, 1, cv2.REDUCE_AVG).reshape(-1, len(rest))
    pairs = (profiles[:, :-1] + profiles[:, 1:])[:, 2:-2]
    slope, row = np.unravel_index(int(pairs.argmax()), pairs.shape)
    through = float(pairs[slope, row]) / 2
    if through < LEAST_LINE:
        return max(0.0, through)
    around = slice(int(slope) * len(rest) + int(row) + 2 - WAVE_PX, int(slope) * len(rest) + int(row) + 4 + WAVE_PX)
    printed = np.concatenate([np.ones(1, np.float32), fit.printed.ravel()]).take(pixels[around])
    paper = printed.min(axis=0) < PAPER
    inked = along[around].max(axis=0)[paper] > through / 2
    return through if not paper.any() or float(inked.mean()) >= LINE_SHARE else 0.0


def inked_path(fit: WordFit) -> float:
    """Share of the paper between a word's letters that is inked along the path, from its one end to the other, which
    has the most: 0 on clean paper, 1 along a line as dark as the print. A pen's line need not be straight.

    0 for a word that is too long to be in its place all along.
    """
    height, width = fit.printed.shape
    if width > LONGEST_PATH_PT * SCALE:
        return 0.0
    base = WORD_MARGIN_PX + WORD_PT[0] * SCALE
    band = slice(max(0, round(base - PATH_PT[0] * SCALE)), min(height, round(base - PATH_PT[1] * SCALE)))
    dark = max(gain(fit), LEAST_GAIN)
    printed = np.minimum(dark * fit.printed[band], 1)
    paper = np.clip(1 - printed / dark, 0, 1)
    ink = np.clip((fit.seen[band] - printed) / dark, 0, 1)
    columns, rows = np.arange(width), _best_path(ink - BARE * paper)
    return float(ink[rows, columns].sum() / max(1.0, float(paper[rows, columns].sum())))


def _best_path(gains: Floats) -> npt.NDArray[np.intp]:
    """The row at each column of the path, one row up or down a column at most, that gains most; `gains`: (H, W)."""
    height, width = gains.shape
    best, steps = gains[:, 0], np.zeros((width, height), np.intp)
    for column in range(1, width):
        framed = np.pad(best, 1, constant_values=-np.inf)
        tried = np.stack([framed[:-2] - BEND, best, framed[2:] - BEND])
        steps[column] = tried.argmax(axis=0) - 1
        best = tried.max(axis=0) + gains[:, column]
    rows = np.zeros(width, np.intp)
    rows[-1] = int(best.argmax())
    for column in range(width - 1, 0, -1):
        rows[column - 1] = rows[column] + steps[column][rows[column]]
    return rows
