"""Printed words looked up on a page, on a form of three words."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipeline.extraction.alterations.clause_view import (
    MARGIN_PT,
    SEARCH_PX,
    Clauses,
    WordFit,
    clause_area,
    fit_word,
    gain,
    line_through,
    view_clauses,
)
from pipeline.forms.form import PRINT_DPI, FormPage, PrintedWord
from tests.material.fitted_pages import registration

SCALE = PRINT_DPI / 72
WORDS = ("grants", "the", "licence")
WORD = PrintedWord("licence", (40, 40, 90, 50), "Times", 10.0, 50.0, tuple(np.linspace(40, 83, 7)))


@pytest.fixture(name="page")
def form_page(tmp_path: Path) -> FormPage:
    """A page of 300 by 120 points with three words on one line, picture and all."""
    picture = np.full((round(120 * SCALE), round(300 * SCALE)), 255, np.uint8)
    words = []
    for place, text in enumerate(WORDS):
        x, y = 50.0 + 70 * place, 60.0
        at = (round(x * SCALE), round(y * SCALE))
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_COMPLEX, 0.7, 0, 1, cv2.LINE_AA)
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_COMPLEX, 0.7, 1)[0][0] / SCALE
        words.append(PrintedWord(text, (x, y - 8, x + width, y + 2), "Times", 10.0, y, (x, x + width)))
    cv2.imwrite(str(tmp_path / "page-1.png"), picture)
    return FormPage(1, 300.0, 120.0, tuple(words), (), (), (), (0, 2), tmp_path)


def seen(page: FormPage, gray: npt.NDArray[np.uint8], shift_pt: tuple[float, float] = (0, 0)) -> Clauses:
    area = clause_area(page)
    assert area is not None
    return view_clauses(gray, PRINT_DPI, registration(page, shift_pt), area)


def correlations(view: Clauses) -> list[float | None]:
    fits = [fit_word(view, word, place) for place, word in enumerate(view.page.clause_words())]
    return [None if fit is None else round(fit.correlation, 1) for fit in fits]


def test_the_clauses_area_is_around_their_words(page: FormPage) -> None:
    area = clause_area(page)
    first, last = page.words[0].box, page.words[-1].box
    across, down = MARGIN_PT
    sides = (max(0.0, first[0] - across), min(page.width, last[2] + across))
    assert area == (sides[0], first[1] - down, sides[1], last[3] + down)
    assert clause_area(FormPage(1, 300.0, 120.0, page.words, (), (), (), None, page.folder)) is None


def test_points_to_pixels_stay_inside(page: FormPage) -> None:
    view = seen(page, page.print_image())
    left, top = view.area[:2]
    assert view.px((left + 10, top + 5, left + 20, top + 15)) == tuple(round(v * SCALE) for v in (10, 5, 20, 15))
    height, width = view.seen.shape
    assert view.px((-999, -999, 999, 999), margin=4) == (0, 0, width, height)


def test_words_printed_as_in_the_form_are_found(page: FormPage) -> None:
    view = seen(page, page.print_image())
    assert correlations(view) == [1.0, 1.0, 1.0] and view.whole


@pytest.mark.parametrize(("shift_px", "found"), [(SEARCH_PX, True), (4 * SEARCH_PX, False)])
def test_a_word_is_looked_for_near_its_place(page: FormPage, shift_px: int, found: bool) -> None:
    gray = page.print_image()
    moved = np.full_like(gray, 255)
    moved[:, shift_px:] = gray[:, :-shift_px]
    assert all((one or 0) > 0.9 for one in correlations(seen(page, moved))) is found


def test_a_word_painted_over_is_not_found(page: FormPage) -> None:
    gray = page.print_image().copy()
    x0, y0, x1, y1 = (round(v * SCALE) for v in page.words[1].box)
    gray[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = 255
    first, second, third = correlations(seen(page, gray))
    assert (first, third) == (1.0, 1.0) and (second or 0) < 0.5


def test_words_beyond_the_page_s_edge_are_not_judged(page: FormPage) -> None:
    """The page lies so that its left edge runs through the first word."""
    gray = page.print_image()[:, round(60 * SCALE) :]
    view = seen(page, np.ascontiguousarray(gray), (-60, 0))
    assert correlations(view) == [None, 1.0, 1.0] and not view.whole


def word_fit(seen: npt.NDArray[np.float32], printed: npt.NDArray[np.float32]) -> WordFit:
    return WordFit(WORD, 0, 0.9, seen, printed)


PRINTED = np.zeros((20, 60), np.float32)
PRINTED[6:14, 5:55:6] = 0.8  # stems


@pytest.mark.parametrize("dark", [0.5, 1.0])
def test_how_dark_a_page_prints(dark: float) -> None:
    assert gain(word_fit(PRINTED * np.float32(dark), PRINTED)) == pytest.approx(dark)


def test_a_word_without_print_has_the_usual_darkness() -> None:
    assert gain(word_fit(PRINTED, np.zeros_like(PRINTED))) == 1.0


@pytest.mark.parametrize(
    ("ends", "thickness", "least"),
    [
        (None, 0, 0.0),
        (((0, 10), (59, 10)), 2, 0.6),  # level
        (((0, 7), (59, 12)), 2, 0.5),  # slanting
        (((25, 0), (25, 19)), 2, 0.0),  # down through one letter: no line through the word
    ],
)
def test_a_line_through_a_word_darkens_it_along_its_length(
    ends: tuple[tuple[int, int], tuple[int, int]] | None, thickness: int, least: float
) -> None:
    page = PRINTED.copy()
    if ends:
        cv2.line(page, *ends, color=(0.9,), thickness=thickness)
    through = line_through(word_fit(page, PRINTED))
    assert through >= least if least else through < 0.1


@pytest.mark.parametrize("center", [(12, 12), (30, 10), (48, 8)])
def test_a_blot_on_a_word_is_no_line_through_it(center: tuple[int, int]) -> None:
    page = PRINTED.copy()
    cv2.ellipse(page, center, (14, 5), 0, 0, 360, color=(1.0,), thickness=-1)
    assert line_through(word_fit(page, PRINTED)) == 0.0


def test_a_line_that_wavers_goes_through_a_word_all_the_same() -> None:
    page = PRINTED.copy()
    points = np.array([(x, 10 + round(2 * np.sin(x / 7))) for x in range(60)], np.int32)
    cv2.polylines(page, [points], False, color=(0.9,), thickness=2)
    assert line_through(word_fit(page, PRINTED)) > 0.4
