"""The neutral record of what an OCR engine gave: words in lines and pages, pairs of key and value, marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.datamodel.records import Box

Writing = Literal["", "hand", "print"]
"""How a word is written, where the engine says so; empty: it doesn't."""
MarkKind = Literal["signature", "picture"]


@dataclass(frozen=True, slots=True)
class EngineWord:
    """One word as the engine read it."""

    text: str
    box: Box | None = None
    confidence: float | None = None
    """0..1 as the engine gives it; None: it gives none."""
    writing: Writing = ""


@dataclass(frozen=True, slots=True)
class EngineLine:
    """Words that the engine put on one line, in its order."""

    words: tuple[EngineWord, ...]


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A pair that the engine found: a printed label and what it takes for filled in."""

    key: str
    value: tuple[EngineWord, ...]
    page: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a page that is no text: a signature that the engine found, or a picture of it knows not what."""

    kind: MarkKind
    page: int
    box: Box | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class EnginePage:
    """One page, or all the text where the engine tells no pages."""

    lines: tuple[EngineLine, ...]
    words_have_boxes: bool = False


@dataclass(frozen=True, slots=True)
class EngineOutput:
    """All that an engine said of one file."""

    engine: str
    """The format, as an editor calls it: `hOCR`, `Amazon Textract`, `plain text`."""
    pages: tuple[EnginePage, ...]
    pairs: tuple[KeyValue, ...] = ()
    marks: tuple[Mark, ...] = ()
    images: tuple[str, ...] = ()
    """Names of the pictures that were read, where the file names them."""


def lines_of_text(text: str) -> tuple[EngineLine, ...]:
    """The lines of a text without boxes."""
    return tuple(EngineLine(tuple(EngineWord(word) for word in line.split())) for line in text.splitlines())


def page_of(lines: Iterable[Sequence[EngineWord]]) -> EnginePage:
    """A page of these lines; lines without a word are left out."""
    kept = tuple(EngineLine(tuple(words)) for words in lines if words)
    boxed = [word.box is not None for line in kept for word in line.words]
    return EnginePage(kept, bool(boxed) and all(boxed))


def fraction_box(x0: float, y0: float, x1: float, y1: float, width: float, height: float) -> Box | None:
    """A box in fractions of a page of this size (any unit); None where the numbers make none."""
    if not (width > 0 and height > 0 and x1 >= x0 and y1 >= y0):
        return None
    sides = (x0 / width, y0 / height, x1 / width, y1 / height)
    return Box(*(min(max(side, 0.0), 1.0) for side in sides))


def points_box(points: Sequence[tuple[float, float]], width: float, height: float) -> Box | None:
    """The box around some points of a page of this size."""
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return fraction_box(min(xs), min(ys), max(xs), max(ys), width, height)
