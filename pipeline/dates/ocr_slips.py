"""Dates in text that an OCR program misread: letters that stand for digits are put back, each at a price."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from pipeline.dates.readings import DateReading, readings

DIGIT_FOR: Final = str.maketrans("OoQDlI|!iZzSsGbBgq", "000011111225566899")
"""Letters that OCR gives for digits."""
SLIP: Final = 0.3
"""Factor for the weight of a reading for each letter that is taken for a digit."""
PIECE: Final = re.compile(r"[^\s./\\,:;'()\u2019\u2013\u2014-]+")
LOOKALIKES: Final = frozenset("OoQDlI|!iZzSsGbBgq")
MOST_SLIPS: Final = 5


def readings_with_slips(text: str) -> tuple[DateReading, ...]:
    """As `readings`; where the text has none, those that it has with letters taken for the digits they look like.

    The weights of readings with slips sum to less than 1.
    """
    found = readings(text)
    if not any(c.isdigit() for c in text) or (found and not _cuts_a_word(text, found[0].text)):
        return found
    mended = PIECE.sub(lambda piece: _mended(piece[0]), text)
    slips = sum(a != b for a, b in zip(text, mended, strict=True))
    if not 0 < slips <= MOST_SLIPS:
        return found
    return tuple(replace(reading, weight=reading.weight * SLIP**slips) for reading in readings(mended)) or found


def _cuts_a_word(text: str, part: str) -> bool:
    """Whether the part of a text that was read as a date begins or ends inside a word: `21.6.I` of `2O21.6.I4`."""
    start = text.find(part)
    end = start + len(part)
    return start >= 0 and (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _mended(piece: str) -> str:
    """A piece between separators with digits for its letters, where it has digits or only such letters."""
    letters = [c for c in piece if not c.isdigit()]
    if not letters or not all(c in LOOKALIKES for c in letters) or (len(letters) == len(piece) and len(piece) > 2):
        return piece
    return piece.translate(DIGIT_FOR)
