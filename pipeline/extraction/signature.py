"""Whether something is signed, and how: by hand, in type, in a script font."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytesseract

from models.emissions import CtcEmissions
from pipeline.datamodel.records import SignatureKind
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognized_lines import RecognizedLine, line_confidence
from pipeline.extraction.text_layer import REAL_SHARE, form_share
from pipeline.registration.matching import FittedPage

SCRIPT_FONTS = re.compile(
    r"(?i)script|hand|brush|cursiv|callig|signature|dancing|vibes|pacifico|segoe ?sc|bradley|mistral|zapfino|chancery"
    r"|caveat|sacramento|allura|kunstler|vivaldi|edwardian|snell|savoye|noteworthy|chalk|marker|kalam|satisfy|cookie"
    r"|kaufmann|palace|freestyle|rage|jokerman|comic|aurore|homemade|reenie|gloria|indie|patrick|amatic|tangerine"
    r"|pinyon|parisienne|italianno|yellowtail|courgette|damion|handlee|schoolbell|daughter|zeyada|qwigley|norican"
    r"|marck|kristi|bilbo|arizonia|monsieur|alex ?brush|rouge|shadows ?into|over ?the ?rainbow|rock ?salt"
)
"""Names of fonts that look written."""
SEEN = 0.998
"""Probability that what the line finder takes for a line of writing at the signature's place is a signature. All of 170
real ones were, which shows no more than that fewer than one in fifty is not."""
CLUSTERED = 0.9
"""Probability that ink at the signature's place which only clusters is one: dirt clusters, too."""
SURE_INK_PT2 = 12.0
"""Ink from which a mark is surely more than dirt, square points: two short strokes of a pen."""


SAME_GLYPH = 0.945
"""Correlation of two pictures of one letter from which they are one glyph of a font, on a page that is no scan: no hand
repeats itself so. Of the real signatures on such pages all below 0.93 were written, all above this were set."""
SAME_PRINT = 0.955
"""Correlation of two pictures of one letter from which they are one glyph of a font, on a scan. Of 70 written lines
with a letter twice none reaches this, of 37 printed ones 28 do."""
SAME_FONT = 0.93
"""Median, over a mark's letters, of each one's correlation with the same letter in another field, from which both are
of one font. Of 110 written signatures on scans one reaches 0.909, a neat hand beside the same name, the next 0.86;
three names printed in the font of the page's other fields have 0.95 or more."""
SAME_FONT_LETTERS = 3
"""Different letters of a line that must stand in other fields, too, before their fonts are compared."""
OCR_SURE = 90.7
"""Tesseract's confidence, 0..100, of the least sure word of a printed name; of 130 written names and dates with letters
apart none reaches 90.5, of 41 names typed on 41 pages, as a scanner sends them, 36 do."""
OCR_FRAME_PX = 20
"""Pixels of white around a line that Tesseract reads: without them it misses letters at the edge."""
PRINT_SURE = 0.93
"""Mean probability, 0..1, of the line recognizer's letters below which a line is not tested for print."""
LETTERS_APART = 0.85
"""Pieces of ink for each letter from which a line's letters stand apart."""
UPRIGHT_DEG = 6
"""Slant, degrees, below which letters stand upright: a script font leans."""
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


def is_born_digital(page: FittedPage) -> bool:
    """Whether a page is no scan: its text layer has the form's own words in their places."""
    return form_share(page.image.words, page.fit.page) >= REAL_SHARE


def signature_kind(
    lines: Sequence[RecognizedLine], set_by_computer: bool, beside: Sequence[RecognizedLine] = ()
) -> SignatureKind:
    """How the marks at the signature's place were made.

    `set_by_computer`: the page itself is no scan, so that what looks written may be a font's. On a scan only
    plain print is told, by itself or by the same font in what stands `beside` it in the return's other fields: a script
    font that was printed and scanned passes for handwriting.
    """
    if not lines:
        return "none"
    written = [line for line in lines if line.region.typed is None]
    if written and set_by_computer:
        return "script_font" if any(_repetition(line) >= SAME_GLYPH for line in written) else "handwritten"
    if written:
        printed = all(_looks_printed(line) or _has_font_of(line, beside) for line in written)
        return "typed" if printed else "handwritten"
    fonts = {font for line in lines if line.region.typed for font in line.region.typed.fonts}
    return "script_font" if any(SCRIPT_FONTS.search(font) for font in fonts) else "typed"


def _repetition(line: RecognizedLine) -> float:
    """How much alike two occurrences of a letter of the mark are, 0..1."""
    crop = line.region.crop
    return glyph_likeness(crop, line.views[0]) if crop is not None and line.views else 0.0


def _looks_printed(line: RecognizedLine) -> bool:
    """Whether a mark on a scan was printed: upright letters, one of them twice in the same shape, or each by itself
    and so regular that an OCR for print is sure of them."""
    crop = line.region.crop
    if crop is None or not line.views:
        return False
    repeats = _repetition(line) >= SAME_PRINT
    if not (repeats or _letters_apart(line, crop)) or abs(_slant(crop)) >= UPRIGHT_DEG:
        return False
    return repeats or _ocr_is_sure(crop, line.text)


def _letters_apart(line: RecognizedLine, crop: npt.NDArray[np.uint8]) -> bool:
    """Whether the recognizer is sure of a line (H, W), and its letters are not joined."""
    pieces = cv2.connectedComponentsWithStats((crop < 255 - INK).astype(np.uint8), connectivity=8)[2]
    apart = int((pieces[1:, cv2.CC_STAT_AREA] >= MIN_PIECE_PX).sum())
    return apart >= LETTERS_APART * sum(c.isalpha() for c in line.text) and line_confidence(line.views[0]) >= PRINT_SURE


def _ocr_is_sure(crop: npt.NDArray[np.uint8], text: str) -> bool:
    """Whether Tesseract, which was made for print, reads the same in a line (H, W), sure of every word."""
    framed = cv2.copyMakeBorder(crop, *(OCR_FRAME_PX,) * 4, cv2.BORDER_CONSTANT, value=(255,))
    found = pytesseract.image_to_data(framed, config="--psm 7", output_type=pytesseract.Output.DICT)
    words = [(word, float(sure)) for word, sure in zip(found["text"], found["conf"], strict=True) if word.strip()]
    return " ".join(word for word, _ in words) == text.strip() and min((s for _, s in words), default=0) >= OCR_SURE


def _slant(crop: npt.NDArray[np.uint8]) -> float:
    """Degrees by which the letters of a line (H, W) lean right: the shear that sets their stems straightest."""
    dark = (255 - crop).astype(np.float32)
    height, width = dark.shape

    def sharpness(degrees: int) -> float:
        shear = np.tan(np.deg2rad(degrees))
        straight = cv2.warpAffine(dark, np.array([[1, shear, -shear * height / 2], [0, 1, 0]]), (width, height))
        return float((np.diff(straight.sum(axis=0)) ** 2).sum())

    return max(SLANTS_DEG, key=sharpness)


def _has_font_of(line: RecognizedLine, beside: Sequence[RecognizedLine]) -> bool:
    """Whether upright letters of a mark on a scan stand in the same shape in other lines: those are typed, too."""
    crop = line.region.crop
    if (
        crop is None
        or not line.views
        or line_confidence(line.views[0]) < PRINT_SURE
        or abs(_slant(crop)) >= UPRIGHT_DEG
    ):
        return False
    likeness = list(_shared_letters(line, crop, beside).values())
    return len(likeness) >= SAME_FONT_LETTERS and float(np.median(likeness)) >= SAME_FONT


def _shared_letters(
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
        if letter.isalpha() and letter not in THIN_LETTERS:
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


def signed_probability(regions: Sequence[InkRegion]) -> float:
    """0..1, that the regions are a signature and not dirt."""
    if not regions:
        return 0.02
    if any(region.typed for region in regions):
        return SEEN
    ink = sum(region.ink_pt2 for region in regions)
    seen = SEEN if any(region.found for region in regions) else CLUSTERED
    return seen * min(1.0, 0.5 + 0.5 * ink / SURE_INK_PT2)
