"""An engine's output as one text, with the letters that survive OCR and the way back to its words."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import NamedTuple

import numpy as np

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineLine, EnginePage, EngineWord, Writing

PAGE_END = "\f"
ALNUM = re.compile(r"[^\W_]+")
_ASCII_OR_NOT = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")
_IS_LETTER = np.array([chr(code).isalnum() for code in range(128)])
"""By ASCII code."""
ROW_SHARE = 0.4
"""Words that overlap by this share of the lower one's height stand in one row: `Sept` and `7` by half. Lines of print
don't overlap."""
TALL = 1.6
"""Words this many times as high as the median one are no print of the page's own size."""
LONGEST_TEXT = 60_000
"""Characters of one agreement that are looked at; the longest forms have a third of it."""


class PlacedWord(NamedTuple):
    """A word at characters `start` to `end` of the text, on a page (1-based)."""

    start: int
    end: int
    page: int
    word: EngineWord


@dataclass(frozen=True)
class FlatText:
    """The text of some pages: lines end with a newline, pages with a form feed."""

    text: str
    words: tuple[PlacedWord, ...]
    letters: str
    """Letters and digits of the text in lower-case ASCII."""
    offsets: tuple[int, ...]
    """For each letter the character of the text that it comes from."""

    def words_in(self, start: int, end: int) -> list[PlacedWord]:
        """The words that have a character from `start` to before `end`."""
        first = bisect_right(self.words, start, key=lambda word: word.end)
        last = bisect_left(self.words, end, key=lambda word: word.start)
        return list(self.words[first:last])

    def page_at(self, place: int) -> int:
        """The page, 1-based, that a character is on."""
        at = bisect_right(self.words, place, key=lambda word: word.start) - 1
        return self.words[max(at, 0)].page if self.words else 1


def flat_text(pages: Sequence[tuple[int, EnginePage]]) -> FlatText:
    """The text of pages given with their numbers, lines in the pages' order; cut off after LONGEST_TEXT characters."""
    pieces: list[str] = []
    words: list[PlacedWord] = []
    at = 0
    for number, page in pages:
        for line in page.lines:
            for word in line.words:
                if at > LONGEST_TEXT:
                    break
                end = at + len(word.text)
                words.append(PlacedWord(at, end, number, word))
                pieces += (word.text, " ")
                at = end + 1
            pieces.append("\n")
            at += 1
        pieces.append(PAGE_END)
        at += 1
    text = "".join(pieces)[:LONGEST_TEXT]
    letters, offsets = _letters(text)
    return FlatText(text, tuple(word for word in words if word.end <= len(text)), letters, offsets)


@lru_cache(maxsize=4096)
def letters_of(character: str) -> str:
    """A character's letters and digits, lower-case ASCII: none, one, or several."""
    return normalize_token(character)


def _letters(text: str) -> tuple[str, tuple[int, ...]]:
    """The letters of `FlatText` and their places: of ASCII at once, of other characters one by one."""
    letters: list[str] = []
    offsets: list[int] = []
    for run in _ASCII_OR_NOT.finditer(text):
        if run[0].isascii():
            codes = np.frombuffer(run[0].encode("ascii"), np.uint8)
            places = np.flatnonzero(_IS_LETTER[codes])
            letters.append(codes[places].tobytes().decode("ascii").lower())
            offsets += (places + run.start()).tolist()
            continue
        for place, character in enumerate(run[0], start=run.start()):
            own = letters_of(character) if ALNUM.match(character) else ""
            letters.append(own)
            offsets += [place] * len(own)
    return "".join(letters), tuple(offsets)


# --- rows ---------------------------------------------------------------------------------------------------------


def by_rows(page: EnginePage) -> EnginePage:
    """The page's words row by row, as they stand, where each has a box: engines put handwriting into blocks of its own.

    Print makes the rows; words taller than it, as handwriting is, join the row that their middle is nearest to.
    """
    if not page.words_have_boxes:
        return page
    words = [(word, word.box) for line in page.lines for word in line.words if word.box is not None]
    tall = TALL * median(box.y1 - box.y0 for _, box in words)
    rows: list[_Row] = []
    for word, box in sorted(words, key=lambda one: (one[1].y1 - one[1].y0 > tall, one[1].y0 + one[1].y1)):
        of_print = box.y1 - box.y0 <= tall
        near = min(rows, key=lambda row: abs(row.middle - (box.y0 + box.y1) / 2), default=None)
        if near is not None and (near.overlap(box) >= ROW_SHARE if of_print else near.y0 < box.y1 and near.y1 > box.y0):
            near.words.append((word, box))
        else:
            rows.append(_Row(box.y0, box.y1, [(word, box)]))
    lines = (
        EngineLine(tuple(word for word, _ in sorted(row.words, key=lambda one: one[1].x0)))
        for row in sorted(rows, key=lambda row: row.middle)
    )
    return EnginePage(tuple(lines), True)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of words; its height is that of its first one."""

    y0: float
    y1: float
    words: list[tuple[EngineWord, Box]]

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    def overlap(self, box: Box) -> float:
        """How much of the lower one of row and box stands beside the other, 0..1."""
        lower = min(self.y1 - self.y0, box.y1 - box.y0)
        return (min(self.y1, box.y1) - max(self.y0, box.y0)) / lower if lower > 0 else 1.0


def hull(words: Iterable[EngineWord]) -> Box | None:
    """The box around words; None where any of them has none."""
    boxes = [word.box for word in words]
    known = [box for box in boxes if box is not None]
    if not known or len(known) < len(boxes):
        return None
    return Box(min(b.x0 for b in known), min(b.y0 for b in known), max(b.x1 for b in known), max(b.y1 for b in known))


def writing_of(words: Sequence[EngineWord]) -> Writing:
    """How most of these words are written, as the engine says."""
    said = [word.writing for word in words if word.writing]
    if len(said) * 2 <= len(words):
        return ""
    return "hand" if said.count("hand") * 2 >= len(said) else "print"


def confidence_of(words: Sequence[EngineWord]) -> float | None:
    """The mean confidence of words, each counted by its letters; None where the engine gives none."""
    known = [(word.confidence, len(re.sub(r"\W", "", word.text)) + 1) for word in words if word.confidence is not None]
    return sum(c * n for c, n in known) / sum(n for _, n in known) if known else None
