"""Is it a name at all? What a read string looks like, without a roster."""

from __future__ import annotations

import re

from pipeline.names.romanize import normalized_spellings, script_of
from pipeline.names.vocabulary import HONORIFICS

_SPEAKABLE = re.compile(r"[^aeiouy]{0,4}[aeiouy]{1,6}(?:[^aeiouy]{1,5}[aeiouy]{1,6})*[^aeiouy]{0,4}$")


def words_of_name(text: str) -> list[str]:
    """The words of a name, folded and without titles; its letters where the script has no words."""
    script = script_of(text)
    if script in ("han", "kana", "hangul"):
        return [c for c in text if c.isalpha()]
    return [w for w in normalized_spellings(text)[0].split() if w.isalpha() and w not in HONORIFICS]


def legibility(text: str) -> float:
    """How much a read string looks like a person's name, 0..1: letters in speakable words of a name's length.

    A scribble reads as a few letters without vowels among strokes and digits. This judges the string alone; how
    sure the reader was of its letters is for the caller to add.
    """
    marks = [c for c in text if not c.isspace() and c not in ".,-'"]
    if not marks:
        return 0.0
    lettered = sum(c.isalpha() for c in marks) / len(marks)
    if script_of(text) in ("han", "kana", "hangul"):
        count = sum(c.isalpha() for c in text)
        return lettered * (1.0 if 2 <= count <= 8 else 0.3)
    words = words_of_name(text)
    letters = sum(len(w) for w in words)
    if not letters:
        return 0.0
    speakable = sum(len(w) for w in words if len(w) > 1 and _SPEAKABLE.match(w)) / letters
    long_enough = min(1.0, max((len(w) for w in words), default=0) / 4) * min(1.0, letters / 6)
    several = 1.0 if 2 <= len(words) <= 5 else 0.7
    return lettered**2 * speakable * long_enough * several
