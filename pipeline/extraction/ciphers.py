"""Typing whose font says other characters than it draws: what a reader sees counts, so it is read from the pixels.

Where text is a cipher of what is drawn, tall letters stand where the text has low ones, and low ones for tall. That is
looked at first, for it costs next to nothing; only a font that looks odd is read from the page, one line of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from models.ppocr import LineReader
from pipeline.documents.document import Word
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.recognize import stretched
from pipeline.extraction.recognized_lines import line_confidence
from pipeline.extraction.text_layer import Placed, group_lines

LOW = frozenset("acemnorsuvwxz")
DEEP = frozenset("gpqy")
HIGH = frozenset("bdhklABCDEFGHIKLMNOPRSTUVWXYZ")
DIGITS = frozenset("023456789")
NARROW = 0.7
"""Share of the digits' usual width below which one is drawn that must be a 1. Set by eye."""
LEAST_IN_ORDER = 0.8
"""Share of pairs of a high and a low letter of which the high one must be drawn higher, and so for the others; set by
eye: of 26 fonts in real returns none is below 0.99, of a cipher half of the pairs are in order."""
SURE = 0.85
"""Mean probability of the characters read from the page from which they may count for more than the text."""
LEAST_ALIKE = 60.0
"""Likeness, 0..100, of what was read from the page and the text below which the text is another. Set by eye."""
MARGIN = 0.25
"""Share of a line's height that is read with it, on each side."""

Glyph = tuple[str, float, float, float]
"""Character, its height above the baseline, its depth below it, its width; in heights of the line."""


def deciphered(typed: Sequence[Placed], page: PageImage, reader: LineReader) -> list[Placed]:
    """The typed words; of fonts that draw something else each line as one word that says what is drawn."""
    lines = group_lines([item for item in typed if len(item[0].glyphs) == len(item[0].text)])
    odd = {font for font, glyphs in _glyphs(lines).items() if _is_odd(glyphs)} if lines else set()
    ciphers = {font for font in odd if _draws_other(_longest(lines, font), page, reader)}
    if not ciphers:
        return list(typed)
    plain = [item for item in typed if item[0].font not in ciphers or not item[0].glyphs]
    own = [[item for item in line if item[0].font in ciphers] for line in lines]
    return plain + [_read_anew(line, page, reader) for line in own if line]


def _read_anew(line: Sequence[Placed], page: PageImage, reader: LineReader) -> Placed:
    """The words of a line as one that says what is drawn."""
    text = reader.read([stretched(_cut([word for word, _ in line], page))])[0].text
    zones = np.array([zone for _, zone in line])
    (x0, y0), (x1, y1) = zones[:, :2].min(axis=0), zones[:, 2:].max(axis=0)
    return replace(line[0][0], text=text, glyphs=()), (float(x0), float(y0), float(x1), float(y1))


def _glyphs(lines: Sequence[Sequence[Placed]]) -> dict[str, list[Glyph]]:
    """Font -> its glyphs, measured by the lines they stand in."""
    found: dict[str, list[Glyph]] = defaultdict(list)
    for line in lines:
        boxes = np.array([box for word, _ in line for box in word.glyphs])
        base = float(np.median(boxes[:, 1]))
        height = max(float(boxes[:, 3].max()) - base, 1e-3)
        for word, _ in line:
            for character, (left, bottom, right, top) in zip(word.text, word.glyphs, strict=True):
                shape = ((top - base) / height, (base - bottom) / height, (right - left) / height)
                found[word.font].append((character, *shape))
    return found


def _is_odd(glyphs: Sequence[Glyph]) -> bool:
    """Whether a font's glyphs are not shaped as their characters are."""
    digits = _of(glyphs, DIGITS, 3)
    return (
        _in_order(_of(glyphs, HIGH, 1), _of(glyphs, LOW | DEEP, 1)) < LEAST_IN_ORDER
        or _in_order(_of(glyphs, DEEP, 2), _of(glyphs, LOW | HIGH, 2)) < LEAST_IN_ORDER
        or _in_order(digits, _of(glyphs, frozenset("1"), 3)) < LEAST_IN_ORDER
        or bool(len(digits) and digits.min() < NARROW * np.median(digits))
    )


def _of(glyphs: Sequence[Glyph], characters: frozenset[str], measure: int) -> npt.NDArray[np.float64]:
    return np.array([glyph[measure] for glyph in glyphs if glyph[0] in characters], np.float64)


def _in_order(more: npt.NDArray[np.float64], less: npt.NDArray[np.float64]) -> float:
    """Share of pairs in which the first is larger, 0..1; 1 where there are none."""
    return float(np.mean(more[:, None] > less[None, :])) if len(more) and len(less) else 1.0


def _longest(lines: Sequence[Sequence[Placed]], font: str) -> list[Word]:
    """The words in a font of the line that has most of it."""
    own = [[word for word, _ in line if word.font == font] for line in lines]
    return max(own, key=lambda words: sum(len(word.text) for word in words))


def _draws_other(words: Sequence[Word], page: PageImage, reader: LineReader) -> bool:
    """Whether what is drawn of a line reads surely as something else than its text."""
    seen = reader.read([stretched(_cut(words, page))])[0]
    drawn, said = _letters(seen.text), _letters(" ".join(word.text for word in words))
    if line_confidence(seen) < SURE or not drawn:
        return False
    numbers = ["".join(c for c in text if c.isdigit()) for text in (drawn, said)]
    other_number = numbers[0] != numbers[1] and len(numbers[0]) == len(numbers[1])
    return other_number or fuzz.ratio(drawn, said) < LEAST_ALIKE


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _cut(words: Sequence[Word], page: PageImage) -> npt.NDArray[np.uint8]:
    """The pixels (H, W) of a line."""
    height, width = page.shape
    boxes = np.array([[w.box.x0 * width, w.box.y0 * height, w.box.x1 * width, w.box.y1 * height] for w in words])
    (x0, y0), (x1, y1) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    m = MARGIN * (y1 - y0)
    rows = slice(max(0, int(y0 - m)), min(height, int(np.ceil(y1 + m))))
    columns = slice(max(0, int(x0 - m)), min(width, int(np.ceil(x1 + m))))
    return np.ascontiguousarray(page.gray[rows, columns])
