"""Recognize: what each mark says, with the recognizer's character probabilities kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.ppocr import LineReader
from pipeline.dates import readings
from pipeline.locate import Mark, ReadMark
from pipeline.records import Box, InkKind, Line, LineProbs

DIGITS_OF_DATE = 4
"""A text with this many digits, and hardly anything else, is a date that could not be read."""
MONTHS = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sept)[a-z]*\b|[年月日]")


STRETCH = ((9.0, 1.6), (5.0, 1.3))
"""(width by height, factor): lines longer than this are stretched. The recognizer answers once every 8 pixels of a
line 48 high, and small joined handwriting has more letters than that: on long lines it then drops whole words. Measured
on 85 titles, 121 names and 128 dates: letters right 87.5 % unstretched, 93.2 % stretched by 1.6 on titles; names and
dates, which are short, lose by it."""


def stretched(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A line crop (H, W) as wide as the recognizer needs it for its length."""
    height, width = crop.shape[:2]
    factor = next((f for aspect, f in STRETCH if width > aspect * height), 1.0)
    if factor == 1.0:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=factor, fy=1.0, interpolation=cv2.INTER_LINEAR), np.uint8)


def read_marks(marks: Sequence[Mark], reader: LineReader) -> tuple[tuple[ReadMark, LineProbs | None], ...]:
    """Every mark with its text and how much that is a date; typed ones as they stand, others by the recognizer."""
    crops = [m.crop for m in marks if m.crop is not None]
    looks = iter(reader.read([stretched(crop) for crop in crops]))
    read = []
    for mark in marks:
        look = next(looks) if mark.crop is not None else None
        text = mark.typed.text if mark.typed else (look.text if look else "")
        read.append((ReadMark(mark, text, date_likeness(text)), look))
    return tuple(read)


def date_likeness(text: str) -> float:
    """0..1, how much a text looks like a date: 1 where it can be read as one."""
    if readings(text):
        return 1.0
    compact = re.sub(r"\s", "", text)
    digits = sum(c.isdigit() for c in compact)
    if not compact or digits == 0:
        return 0.0
    share = (digits + sum(c in "/.,-'|\\lIOo" for c in compact)) / len(compact)
    if MONTHS.search(text) and digits >= 2:
        return 0.9
    return 0.7 * share if digits >= DIGITS_OF_DATE and share > 0.6 else 0.3 * share


def certainty(look: LineProbs) -> float:
    """Mean probability of the best path's characters, 0..1; 0 where nothing was read."""
    best = look.logp.argmax(axis=1)
    inked = np.flatnonzero(best > 0)
    return float(np.exp(look.logp[inked, best[inked]]).mean()) if len(inked) else 0.0


def line_of(read: ReadMark, look: LineProbs | None, page: int, box: Box) -> Line:
    """The record of a read mark that stands at `box` of page `page`."""
    kind: InkKind = "typed" if read.mark.typed else "handwritten"
    if look is None:
        return Line(read.text, 1.0, read.mark.typed.source if read.mark.typed else "text_layer", kind, page, box)
    return Line(read.text, certainty(look), "ppocr", kind, page, box, (look,))
