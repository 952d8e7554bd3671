"""Whether a line in a scan's picture was set in plain type or made otherwise: by hand, in a script font.

Print is told by how regular it is: the recognizer is sure of it, its letters stand upright, apart and on one line,
those of one height end at one height, one letter looks the same twice, or as in the return's other fields. A small
fitted model joins that (card: `models/marks.md`). What a scanner's blur and threshold change, the pixels at a letter's
edge, is measured to a quarter of a pixel and in parts of the letters' height.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.choice import Floats, binary_probability
from models.emissions import CtcEmissions
from models.fitted import fitted
from pipeline.extraction.recognized_lines import RecognizedLine, line_confidence
from pipeline.registration.warp import INK_DPI

MODEL: Final = "printed_line"
DATE_MODEL: Final = "printed_date"
"""The same for dates: mostly digits, of which few are alike, and no names stand beside them."""
FEATURES: Final = (*("one", "confidence", "apart", "lean", "upright", "feet", "heads", "repetition", "font", "height"),)
"""What is measured of a line, in the order of `measured`."""
SAME_FONT_LETTERS = 3
"""Different letters of a line that must stand in other fields, too, before their fonts are compared."""
SLANTS_DEG = range(-20, 41, 2)
"""Slants, degrees to the right, of which the one that sets a line's stems straightest is its own."""
GLYPH_PART = 0.42
"""Width of a letter's picture, in parts of the line's height."""
THIN_LETTERS = frozenset("iIlLjtfr1")
"""Letters that are hardly more than a stroke: their pictures are alike in any hand and font, so they are not
compared."""
INK = 60
"""Darkness, 0..255, from which a pixel is ink."""
MIN_GLYPH_PX = 30
"""Pixels of ink from which a letter's picture is compared."""
MIN_PIECE_PX = 12
"""Pixels of ink from which a piece is a letter; smaller ones are dots and specks."""
FINE = 4
"""Pixels of a letter's enlarged picture for one of its own, a side."""
HALF_DARK = 0.5
"""Parts of a line's darkness that lie on a letter's edge, whatever the blur."""
DARKEST = 75
"""Percentile of the inked pixels' darkness that is taken for the line's own."""
SMALL = frozenset("acemnorsuvwxz")
"""Letters that end at the height of an x."""
TALL = frozenset("bdfhkl0123456789")
"""Small letters and digits that end at a capital's height, or about."""
BELOW = frozenset("fQJ")
"""Letters whose feet stand below the line in some fonts, among those that are lined up."""
AT_LETTER_PX = 3
"""Pixels beside a piece of ink within which the recognizer's place for its letter lies."""
WIDEST = 1.6
"""Width of a piece of ink, in parts of its height, beyond which it is more than one letter."""
LETTERS_TO_LINE_UP = 3
"""Letters from which it can be told whether they stand on one line."""
UNTOLD_OFF = 0.1
"""Taken for how far letters are off their line where it can't be told: what lines have on the mean."""
OFF_AT_MOST = 0.15
"""Parts of the letters' height off their line beyond which more makes no difference."""
UPRIGHT_DEG = 7
"""Degrees from the upright within which an edge is a stem's."""
TYPE_PT = 6.5
"""Usual height, points, of a letter in type of ten points, small and capital ones together."""
ALIKE, FONT_ALIKE = 0.85, 0.8
"""Correlations up to which two pictures of a letter say nothing: those of a hand are as much alike."""


def printed_probability(line: RecognizedLine, beside: Sequence[RecognizedLine] = (), model: str = MODEL) -> float:
    """That a line of a picture was set in plain type, 0..1. `beside`: the lines of the return's other fields; `model`:
    MODEL, or DATE_MODEL for a date."""
    features = measured(line, beside)
    return 0.0 if features is None else binary_probability(features, fitted(model, FEATURES))


def is_set(line: RecognizedLine) -> bool:
    """Whether a line is typing: as the file's text says, or as it looks."""
    return line.region.typed is not None or printed_probability(line) >= 0.5


def measured(line: RecognizedLine, beside: Sequence[RecognizedLine]) -> Floats | None:
    """FEATURES of a line; None where no picture of it was read."""
    crop = line.region.crop
    if crop is None or not line.views:
        return None
    boxes = _letter_boxes(crop)
    letters = sum(c.isalnum() for c in line.text)
    tall = np.array([h for _, _, _, h in boxes], np.float64)
    font = list(shared_letters(line, crop, beside).values())
    feet, heads = _off_their_lines(_fine_boxes(crop), _letters(line.views[0]), crop.shape[1])
    values = (
        *(1.0, -0.3 * np.log(1.0001 - min(line_confidence(line.views[0]), 1.0))),
        *(min(len(boxes) / max(1, letters), 1.5), min(abs(slant(crop)), 20) / 10, 3 * min(upright_share(crop), 0.5)),
        *(15 * min(off, OFF_AT_MOST) for off in (UNTOLD_OFF if off is None else off for off in (feet, heads))),
        10 * max(0.0, glyph_likeness(crop, line.views[0]) - ALIKE),
        10 * max(0.0, float(np.median(font)) - FONT_ALIKE) if len(font) >= SAME_FONT_LETTERS else 0.0,
        abs(np.log(max(1.0, float(np.median(tall)) * 72 / INK_DPI) / TYPE_PT)) if len(boxes) else 2.0,
    )
    return np.array(values, np.float64)


def _letter_boxes(crop: npt.NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Boxes (x, y, width, height) of the pieces of ink of a line (H, W) that may be letters."""
    stats = cv2.connectedComponentsWithStats((crop < 255 - INK).astype(np.uint8), connectivity=8)[2]
    return [(x, y, w, h) for x, y, w, h, area in stats[1:, :5].tolist() if area >= MIN_PIECE_PX]


def _fine_ink(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """1 where a line (H, W) is inked, enlarged FINE times: cut at half of its own darkness."""
    dark = 255 - cv2.resize(crop, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    inked = dark[dark > INK]
    level = HALF_DARK * float(np.percentile(inked, DARKEST)) if len(inked) else 255.0
    return np.asarray(dark > level, np.uint8)


def _fine_boxes(crop: npt.NDArray[np.uint8]) -> Floats:
    """Boxes (n, 4) of x, y, width, height, pixels to a quarter, of the pieces of ink that may be letters."""
    stats = cv2.connectedComponentsWithStats(_fine_ink(crop), connectivity=8)[2][1:]
    return np.asarray(stats[stats[:, cv2.CC_STAT_AREA] >= MIN_PIECE_PX * FINE * FINE, :4] / FINE, np.float64)


def _off_their_lines(
    boxes: Floats, letters: Sequence[tuple[str, float]], width: int
) -> tuple[float | None, float | None]:
    """How far the letters' feet are off the line that they stand on, and the heads of letters of one height off theirs:
    mean distances in parts of the letters' height; None where too few letters can be told.

    `boxes`: pieces of ink; `letters`: what was read and where, in parts of the line's `width`.
    """
    feet: list[tuple[float, float]] = []
    heads: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    middles = boxes[:, 0] + boxes[:, 2] / 2
    some = letters if len(boxes) >= LETTERS_TO_LINE_UP else ()
    pieces = [int(np.argmin(np.abs(middles - part * width))) for _, part in some]
    for (letter, part), piece in zip(some, pieces, strict=True):
        if pieces.count(piece) > 1:
            continue  # joined letters, as a hand writes them
        small, at = letter in SMALL, part * width
        x, y, w, h = boxes[piece]
        apart = x - AT_LETTER_PX <= at <= x + w + AT_LETTER_PX and w <= WIDEST * h
        if apart and (small or letter in TALL or letter.isupper()):
            heads[small].append((x + w / 2, y))
            feet += [] if letter in BELOW else [(x + w / 2, y + h)]
    if len(feet) < LETTERS_TO_LINE_UP:
        return None, None
    height = float(np.median(boxes[:, 3]))
    slope = _slope(np.array(feet))
    apart_heads = [off for tops in heads.values() if len(tops) > 1 for off in _levels_off(np.array(tops), slope)]
    return (
        float(_levels_off(np.array(feet), slope).mean()) / height,
        float(np.mean(apart_heads)) / height if apart_heads else None,
    )


def _slope(points: Floats) -> float:
    """Of the line through most of some points (n, 2): the median over their pairs (Theil-Sen)."""
    first, second = np.triu_indices(len(points), 1)
    across, down = (points[second] - points[first]).T
    apart = np.abs(across) > INK_DPI / 50
    return float(np.median(down[apart] / across[apart])) if apart.any() else 0.0


def _levels_off(points: Floats, slope: float) -> Floats:
    """Distance of each of some points (n, 2) from the line of that slope through the middle one, pixels."""
    level = points[:, 1] - slope * points[:, 0]
    return np.asarray(np.abs(level - np.median(level)), np.float64)


def upright_share(crop: npt.NDArray[np.uint8]) -> float:
    """Share of the energy of a line's edges (H, W) that stand upright: stems have it, strokes of a hand less."""
    across, down = (cv2.Sobel(crop, cv2.CV_32F, dx, dy) for dx, dy in ((1, 0), (0, 1)))
    energy = across**2 + down**2
    upright = np.abs(down) <= np.tan(np.deg2rad(UPRIGHT_DEG)) * np.abs(across)
    return float(energy[upright].sum() / max(float(energy.sum()), 1.0))


def slant(crop: npt.NDArray[np.uint8]) -> float:
    """Degrees by which the letters of a line (H, W) lean right: the shear that sets their stems straightest."""
    dark = (255 - crop).astype(np.float32)
    height, width = dark.shape

    def sharpness(degrees: int) -> float:
        shear = np.tan(np.deg2rad(degrees))
        straight = cv2.warpAffine(dark, np.array([[1, shear, -shear * height / 2], [0, 1, 0]]), (width, height))
        return float((np.diff(straight.sum(axis=0)) ** 2).sum())

    return max(SLANTS_DEG, key=sharpness)


def shared_letters(
    line: RecognizedLine, crop: npt.NDArray[np.uint8], beside: Sequence[RecognizedLine]
) -> dict[str, float]:
    """Greatest correlation of each telling letter of a mark with the same letter in other lines, 0..1."""
    best: dict[str, float] = {}
    dark, half = _dark(crop), _half_width(crop)
    own = {c: [_glyph(dark, at, half) for at in places] for c, places in _places(crop, line.views[0]).items()}
    for other in beside:
        their_crop = other.region.crop
        if their_crop is None or not other.views:
            continue
        there = _dark(their_crop)
        for letter, places in _places(their_crop, other.views[0]).items():
            if letter in own:
                found = [_likeness(glyph, there, at, half) for glyph in own[letter] for at in places]
                best[letter] = max([*found, best.get(letter, 0.0)])
    return best


def glyph_likeness(crop: npt.NDArray[np.uint8], view: CtcEmissions) -> float:
    """Greatest correlation of two occurrences of one letter in a line (H, W); 0 where none occurs twice.

    Neighbours are left out: the place of either would take in the other.
    """
    dark, half = _dark(crop), _half_width(crop)
    pairs = [(a, b) for xs in _places(crop, view).values() for a, b in combinations(xs, 2) if abs(a - b) > 3 * half]
    return max((_likeness(_glyph(dark, a, half), dark, b, half) for a, b in pairs), default=0.0)


def _dark(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(255 - cv2.GaussianBlur(crop, (3, 3), 0), np.uint8)


def _half_width(crop: npt.NDArray[np.uint8]) -> int:
    """Half the width of a letter's picture, in pixels."""
    return max(3, round(GLYPH_PART * int(crop.shape[0]) / 2))


def _places(crop: npt.NDArray[np.uint8], view: CtcEmissions) -> dict[str, list[int]]:
    """Columns at which each telling letter of a line (H, W) stands."""
    places: dict[str, list[int]] = defaultdict(list)
    for letter, part in _letters(view):
        if letter.isalnum() and letter not in THIN_LETTERS:
            places[letter].append(round(part * crop.shape[1]))
    return places


def _letters(view: CtcEmissions) -> list[tuple[str, float]]:
    """Letters of the best path with their places, in parts of the line's width."""
    best = view.logp.argmax(axis=1)
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(best)) if a != b), len(best)]
    return [
        (view.labels[best[first] - 1], (first + last) / 2 / len(best))
        for first, last in pairwise(starts)
        if last > first and best[first] > 0
    ]


def _glyph(dark: npt.NDArray[np.uint8], at: int, half: int) -> npt.NDArray[np.uint8]:
    """The picture of the letter at a column of a line; without rows where it has too little ink."""
    letter = dark[:, max(0, at - half) : at + half]
    rows = np.flatnonzero((letter > INK).any(axis=1))
    if len(rows) == 0 or int((letter > INK).sum()) < MIN_GLYPH_PX:
        return letter[:0]
    return letter[rows[0] : rows[-1] + 1]


def _likeness(glyph: npt.NDArray[np.uint8], dark: npt.NDArray[np.uint8], at: int, half: int) -> float:
    """Correlation of a letter's picture with what stands around a column of a line, at its best place."""
    window = cv2.copyMakeBorder(dark[:, max(0, at - 2 * half) : at + 2 * half], half, half, 0, 0, cv2.BORDER_CONSTANT)
    if not glyph.size or glyph.shape[0] > window.shape[0] or glyph.shape[1] > window.shape[1]:
        return 0.0
    return float(cv2.matchTemplate(window, glyph, cv2.TM_CCOEFF_NORMED).max())
