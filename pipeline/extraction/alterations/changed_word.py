"""Whether other words stand on a page where the form has these ones, or none: a small fitted model.

A word that is blurred, smudged or written over has ink wherever its letters have some, it is intact; another word is
not, however much alike the two look from afar. That, how far the word falls behind the page's others, and what is read
there are measured, and the model joins them (card: `models/marks.md`). Pictures are in the form's frame at INK_DPI,
darkness 0 (paper) to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from rapidfuzz import fuzz

from models.choice import Floats as Features
from models.choice import binary_probability
from models.fitted import fitted
from pipeline.datamodel.normalizing import normalize_token
from pipeline.extraction.alterations.clause_view import Floats, WordFit, gain

MODEL: Final = "changed_word"
FEATURES: Final = (
    *("one", "drop", "outlying", "intact", "extra", "around", "gain", "size", "short", "ligature"),
    *("neighbours", "differs", "surely_differs", "surely_same", "unread"),
)
"""What is measured of neighbouring words, in the order of `measured`."""
SAMPLED = 10
"""Every so many words of a page are measured for what is usual there."""
WORST = 0.9
"""Quantile of the page's words whose fall behind its median is called its spread."""
LEAST_SPREAD = 0.02
"""Spread, correlation, that a page is given at least: the cleanest scans have about this one."""
STRONG = 0.5
"""Darkness of the form's print, 0..1, that a page shows in any copy."""
FAINT = 0.3
"""Parts of the print's darkness from which there is ink: of the word's own, as a word may be faded as a whole, but at
least of as much of the page's."""
OFF_PX = 3
"""Side, pixels, of the square within which ink may stand off its place."""
RIM_PX = 5
"""Side, pixels, of the square around print that its blur may darken."""
TRACE = 0.03
"""Share of a word's print that lacks, on which `intact` falls by a factor of e."""
PAPER = 0.12
"""Darkness of the form's print, 0..1, below which there is paper."""
LONG = 2.0
"""Logarithm of a stretch's pixels, less 6, above which more print makes no difference: a web address."""
SHORT = 3
"""Letters up to which a word found inside what was read proves nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What OCR reads where some words stand."""

    text: str
    confidence: float
    """0..1."""


UNLIKE: Final = Reading("?", 1.0)
"""The reading that speaks most for a change: something else, surely."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How a word's ink lies on its print."""

    lost: float
    """Share of its strong print without ink."""
    missing: float
    """Darkness that lacks even next to its place, in parts of the print's."""
    extra: float
    """Darkness beyond the print's, in parts of it."""
    around: float
    """Mean darkness where neither print nor its rim is, 0..1."""
    gain: float
    """How dark the word is printed, of 1."""


@dataclass(frozen=True, slots=True)
class UsualWord:
    """What a page's words are like in general."""

    correlation: float
    """Median."""
    spread: float
    """How far the worst tenth falls behind it, at least LEAST_SPREAD."""
    ink: Ink
    """Medians."""


def usual_word(fits: Sequence[WordFit]) -> UsualWord:
    """Of a page with at least one word."""
    correlations = np.array([fit.correlation for fit in fits])
    middle = float(np.median(correlations))
    spread = float(np.quantile(middle - correlations, WORST))
    sampled = fits[::SAMPLED]
    dark = float(np.median([gain(fit) for fit in sampled]))
    inks = np.median([_values(ink_on_print(fit, dark)) for fit in sampled], axis=0)
    return UsualWord(
        middle, max(LEAST_SPREAD, spread), Ink(float(inks[0]), float(inks[1]), float(inks[2]), float(inks[3]), dark)
    )


def ink_on_print(fit: WordFit, page_gain: float) -> Ink:
    """Measures of one word; `page_gain`: how dark the page prints, of 1."""
    seen = np.clip(fit.seen, 0, 1)
    own = gain(fit)
    dark = max(own, FAINT * page_gain)
    printed = np.minimum(dark * fit.printed, 1)
    strong = fit.printed > STRONG
    nearby = cv2.dilate(seen, np.ones((OFF_PX, OFF_PX), np.uint8))
    broad = np.minimum(dark * cv2.dilate(fit.printed, np.ones((OFF_PX, OFF_PX), np.uint8)), 1)
    clear = cv2.dilate(fit.printed, np.ones((RIM_PX, RIM_PX), np.uint8)) < PAPER
    whole = max(float(page_gain * fit.printed.sum()), 1.0)
    return Ink(
        float((seen[strong] < FAINT * dark).mean()) if strong.any() else 0.0,
        _sum(printed - nearby) / whole,
        _sum(seen - broad) / whole,
        float(seen[clear].mean()) if clear.any() else 0.0,
        own,
    )


def _sum(rest: Floats) -> float:
    return float(np.clip(rest, 0, None).sum())


def _values(ink: Ink) -> tuple[float, ...]:
    return ink.lost, ink.missing, ink.extra, ink.around, ink.gain


def measured(words: Sequence[WordFit], usual: UsualWord, beside: Sequence[WordFit], reading: Reading) -> Features:
    """FEATURES of words that follow each other on a page. `beside`: the words before and after them."""
    drop = usual.correlation - float(np.mean([fit.correlation for fit in words]))
    lost, missing, extra, around, dark = (
        np.mean([_values(ink_on_print(fit, usual.ink.gain)) for fit in words], axis=0) - _values(usual.ink)
    ).tolist()
    expected = normalize_token(" ".join(fit.word.text for fit in words))
    read = normalize_token(reading.text)
    # A few letters at the crop's edge may be the neighbours'.
    part = fuzz.partial_ratio(expected, read) if len(expected) > SHORT else 0.0
    alike = max(fuzz.ratio(expected, read), part) / 100 if read else 0.0
    fall = max((usual.correlation - fit.correlation for fit in beside), default=0.0)
    values = (
        *(1.0, 5 * drop, np.log(max(drop, 0.01) / usual.spread)),
        *(3 * np.exp(-(max(lost, 0) + max(missing, 0)) / TRACE), min(extra, 1.5), 10 * around),
        *(dark, min(np.log(sum(fit.printed.size for fit in words)) - 6, LONG), max(0, 4 - len(expected)) / 2),
        *(
            float(any(map(has_ligature, words))),
            5 * max(0.0, fall),
            1 - alike,
            (1 - alike) * reading.confidence,
            alike * reading.confidence,
        ),
        float(not read),
    )
    return np.array(values, np.float64)


def has_ligature(fit: WordFit) -> bool:
    """Whether the form's picture sets two letters in one place: the word then always correlates less."""
    return any(b - a < 0.2 for a, b in zip(fit.word.xs, fit.word.xs[1:], strict=False))


def changed_probability(features: Features) -> float:
    """That other words stand there than the form's, or none, 0..1."""
    return binary_probability(features, fitted(MODEL, FEATURES))
