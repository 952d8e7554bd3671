"""Clause words of re-typeset scans that OCR reads otherwise than the form has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pipeline.documents.rasterize import PageImage, with_gray
from pipeline.extraction.alterations.reworded import reworded
from pipeline.forms.form import PRINT_DPI
from pipeline.forms.reader import load_forms
from pipeline.registration.word_alignment import Band, PlacedWord, ReadAgain, WordPage

FORM = load_forms()[0]
SIZE_PT = (612, 1100)
SHAPE = (round(SIZE_PT[1] * PRINT_DPI / 72), round(SIZE_PT[0] * PRINT_DPI / 72))
WHITE = np.full((*SHAPE, 3), 255, np.uint8)


def scanned(number: int, changes: dict[str, str], sure: float = 90.0) -> tuple[PageImage, WordPage]:
    """A page of the form, set anew in lines of nine words, some of its phrases said otherwise."""
    text = " ".join(word.text for word in FORM.pages[number - 1].words)
    for said, instead in changes.items():
        text = text.replace(said, instead)
    placed = []
    for at, word in enumerate(text.split()):
        x, y = 60.0 + 54 * (at % 9), 60.0 + 14 * (at // 9)
        placed.append(PlacedWord(word, (x, y, x + 5.0 * len(word), y + 9.0), sure))
    image = PageImage(number - 1, lambda: with_gray(WHITE), SHAPE, PRINT_DPI, ())
    return image, WordPage(tuple(placed), WHITE[..., 0], np.diag([1 / 72, 1 / 72, 1.0]))


def read_again(truth: WordPage) -> ReadAgain:
    """A reader that sees in the bands it is asked about what stands on `truth`."""

    def read(page: WordPage, bands: Sequence[Band]) -> WordPage:
        def inside(word: PlacedWord) -> bool:
            return any(top <= (word.box[1] + word.box[3]) / 2 < bottom for top, bottom in bands)

        words = tuple(new if inside(new) else old for old, new in zip(page.words, truth.words, strict=True))
        return replace(page, words=words)

    return read


@pytest.mark.parametrize(
    ("said", "instead"),
    [("within one year", "within three years"), ("Massachusetts", "California"), ("laws", "courts")],
)
def test_a_word_that_is_read_twice_alike_was_changed(said: str, instead: str) -> None:
    first, last = scanned(1, {}), scanned(2, {said: instead})
    (found,) = reworded([first, last], FORM, read_again(last[1]))
    assert found.kind == "changed" and found.page == 2 and found.box
    assert found.page_text and found.page_text.rstrip(".") in instead


@pytest.mark.parametrize("sure", [40.0, 90.0])
def test_a_slip_of_ocr_is_right_when_it_is_read_again(sure: float) -> None:
    first, last = scanned(1, {}), scanned(2, {"one year": "mue gum"}, sure)
    assert reworded([first, last], FORM, read_again(scanned(2, {})[1])) == ()


def test_another_slip_at_the_second_reading_proves_nothing() -> None:
    first, last = scanned(1, {}), scanned(2, {"one year": "mue gum"})
    assert reworded([first, last], FORM, read_again(scanned(2, {"one year": "wnc jour"})[1])) == ()


def test_an_unaltered_scan_is_not_read_again() -> None:
    def read(page: WordPage, bands: Sequence[Band]) -> WordPage:
        raise AssertionError(bands)

    assert reworded([scanned(1, {}), scanned(2, {})], FORM, read) == ()


def test_text_that_the_file_itself_has_is_not_judged_here() -> None:
    pages = [scanned(1, {}, 100.0), scanned(2, {"one year": "three years"}, 100.0)]
    assert reworded(pages, FORM, lambda page, _: page) == ()
