"""Whether other words stand where the form has these ones: what is measured of them, and what the model makes of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.extraction.alterations.changed_word import (
    FEATURES,
    UNLIKE,
    Ink,
    Reading,
    UsualWord,
    changed_probability,
    ink_on_print,
    measured,
)
from pipeline.extraction.alterations.clause_view import Floats, WordFit
from pipeline.forms.form import PrintedWord

USUAL = UsualWord(0.93, 0.04, Ink(0.0, 0.0, 0.02, 0.01, 0.8))
PAPER = np.random.default_rng(1).uniform(0, 0.02, (26, 130)).astype(np.float32)
FONT = cv2.FONT_HERSHEY_COMPLEX_SMALL


def drawn(text: str) -> Floats:
    """A word in print, darkness 0 (paper) to 1."""
    picture = np.zeros((26, 130), np.uint8)
    cv2.putText(picture, text, (3, 18), FONT, 0.9, 255, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8) / 255, np.float32)


def fit(text: str, seen: Floats) -> WordFit:
    """The form's word `text` where a page shows `seen`."""
    printed = drawn(text)
    xs = tuple(float(6 * place) for place in range(len(text) + 1))
    word = PrintedWord(text, (0, 0, 60, 10), "Times", 10.0, 8.0, xs)
    return WordFit(word, 7, float(np.corrcoef(printed.ravel(), seen.ravel())[0, 1]), seen, printed)


def probability(words: list[WordFit], reading: Reading) -> float:
    return changed_probability(measured(words, USUAL, [], reading))


def crumbs(seen: Floats) -> Floats:
    """Dirt on a word."""
    dirty, rng = seen.copy(), np.random.default_rng(4)
    for _ in range(22):
        at = (int(rng.integers(8, 90)), int(rng.integers(3, 23)))
        cv2.circle(dirty, at, int(rng.integers(1, 3)), 0.8, -1, cv2.LINE_AA)
    return dirty


@pytest.mark.parametrize(
    ("seen", "reading", "changed"),
    [
        (drawn("publisher") * 0.8, Reading("publisher", 0.95), False),
        (drawn("publisher") * 0.4, Reading("publisher", 0.6), False),  # pale
        (crumbs(drawn("publisher") * 0.8), Reading("pulisber", 0.1), False),
        (drawn("employer") * 0.8, Reading("employer", 0.95), True),
        (drawn("co-author") * 0.8, Reading("co-author", 0.0), True),  # OCR is unsure of what is plainly another word
        (PAPER, Reading("", 0.0), True),  # painted over
    ],
)
def test_another_word_is_told_from_a_bad_copy(seen: Floats, reading: Reading, changed: bool) -> None:
    assert (probability([fit("publisher", seen)], reading) >= 0.5) is changed


def test_a_copy_that_is_bad_all_over_proves_nothing() -> None:
    """The word falls behind the page's median no farther than the worst tenth of the page does."""
    poor = UsualWord(0.93, 0.5, USUAL.ink)
    words = [fit("publisher", drawn("employer") * 0.8)]
    sure, unsure = (measured(words, usual, [], Reading("employer", 0.9)) for usual in (USUAL, poor))
    assert changed_probability(unsure) < changed_probability(sure)


def test_no_reading_speaks_more_for_a_change_than_something_else_surely_read() -> None:
    """Words that even then are the form's need not be read."""
    words = [fit("publisher", drawn("employer") * 0.8)]
    readings = [Reading(text, sure) for text in ("", "publisher", "employer", "pub") for sure in (0.0, 0.5, 1.0)]
    assert all(probability(words, UNLIKE) >= probability(words, reading) for reading in readings)


def test_measures_of_a_word_as_printed_are_the_usual_ones() -> None:
    ink = ink_on_print(fit("publisher", drawn("publisher") * 0.8), 0.8)
    assert (ink.lost, ink.missing) == (0.0, 0.0) and ink.gain == pytest.approx(0.8, abs=0.01)
    features = dict(
        zip(FEATURES, measured([fit("publisher", drawn("publisher") * 0.8)], USUAL, [], UNLIKE), strict=True)
    )
    assert features["intact"] == pytest.approx(3.0) and features["ligature"] == 0.0
