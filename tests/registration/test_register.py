"""Pages laid on the form: turned, shrunk, bent, shadowed, cut, or of another kind."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from pipeline.extraction.dropout import form_dropout
from pipeline.forms.form import PRINT_DPI, FormPage
from pipeline.forms.reader import load_forms
from pipeline.registration import register as registering
from pipeline.registration.register import Features, is_sane, register, word_features
from pipeline.registration.warp import INK_DPI, warp_area

FORM = load_forms()[0]
PAGES = FORM.pages


def printed(number: int) -> np.ndarray:
    return PAGES[number - 1].print_image().copy()


def corner_error_pt(found: np.ndarray, to_page: np.ndarray, page: object) -> float:
    """Largest distance, in points on the page, between where the fit and the truth put the form's text."""
    points = np.array([[[130.0, 160.0], [480.0, 160.0], [480.0, 700.0], [130.0, 700.0]]])
    got = cv2.perspectiveTransform(points, found)[0] * 72
    want = cv2.perspectiveTransform(points * PRINT_DPI / 72, to_page)[0] * 72 / PRINT_DPI
    return float(np.linalg.norm(got - want, axis=1).max())


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_right_angles(number: int, turn: int) -> None:
    image = np.rot90(printed(number), -turn // 90).copy()
    fit = register(image, PRINT_DPI, PAGES)
    assert fit is not None
    assert (fit.page.number, fit.rotation_deg) == (number, (360 - turn) % 360 if turn % 180 else turn)
    assert fit.score > 0.95


@pytest.mark.parametrize(
    ("scale", "angle_deg", "shift"), [(0.8, 2.0, (40, 60)), (1.15, -1.5, (-60, -120)), (0.95, 7.0, (10, 90))]
)
def test_scaled_skewed_and_cut(scale: float, angle_deg: float, shift: tuple[int, int]) -> None:
    image = printed(2)
    h, w = image.shape
    matrix = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle_deg, scale), [0, 0, 1]])
    matrix[:2, 2] += shift
    moved = np.asarray(cv2.warpPerspective(image, matrix, (w, h), borderValue=255), np.uint8)
    fit = register(moved, PRINT_DPI, PAGES)
    assert fit is not None and fit.page.number == 2
    assert corner_error_pt(fit.matrix, matrix, fit.page) < 1.0


def test_photo_with_perspective_and_shadow() -> None:
    image = printed(1)
    h, w = image.shape
    quad = np.array([[60, 40], [w - 90, 10], [w - 20, h - 50], [20, h - 110]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), quad)
    bent = cv2.warpPerspective(image, matrix, (w, h), borderValue=90).astype(np.float32)
    photo = cv2.GaussianBlur(bent * np.linspace(0.45, 1.0, w)[None, :], (3, 3), 0).astype(np.uint8)
    fit = register(photo, PRINT_DPI, PAGES)
    assert fit is not None and fit.page.number == 1
    assert corner_error_pt(fit.matrix, matrix, fit.page) < 1.5


def test_another_page_fits_nothing() -> None:
    rng = np.random.default_rng(5)
    other = np.full((1650, 1275), 255, np.uint8)
    for line in range(50):
        words = " ".join("".join(rng.choice(list("abcdefghiklmnoprstuv"), rng.integers(2, 9))) for _ in range(9))
        cv2.putText(other, words, (120, 120 + 28 * line), cv2.FONT_HERSHEY_COMPLEX, 0.55, 0, 1, cv2.LINE_AA)
    fit = register(other, PRINT_DPI, PAGES)
    assert fit is None or fit.score < 0.5


@pytest.mark.parametrize("image", [np.full((1100, 850), 255, np.uint8), np.zeros((40, 30), np.uint8)])
def test_blank_and_tiny_pages_fit_nothing(image: np.ndarray) -> None:
    assert register(image, 100, PAGES) is None


def test_degenerate_matrices_are_refused() -> None:
    inch = 1 / 72
    assert is_sane(np.diag([inch, inch, 1.0]), 612, 792)
    assert not is_sane(np.diag([inch, -inch, 1.0]), 612, 792), "a mirror image"
    assert not is_sane(np.diag([inch, inch / 3, 1.0]), 612, 792), "squeezed"
    assert not is_sane(np.zeros((3, 3)), 612, 792)


def test_form_print_goes_and_handwriting_that_crosses_it_stays() -> None:
    page = printed(2)
    stroke = np.full_like(page, 255)
    # From beside "Signed:" right through the words of the line above.
    cv2.line(stroke, (430, 910), (760, 780), 0, 4, cv2.LINE_AA)
    fit = register(page, PRINT_DPI, PAGES[1:])
    assert fit is not None
    area = (0.0, 340.0, 612.0, 640.0)
    assert form_dropout(page, PRINT_DPI, fit, area).mask.sum() < 40, "a blank form has no foreign ink"
    ink = form_dropout(np.minimum(page, stroke), PRINT_DPI, fit, area)
    drawn = warp_area(stroke, PRINT_DPI, fit, area, INK_DPI) < 128
    assert (ink.mask & drawn).sum() > 0.75 * drawn.sum()
    assert (ink.mask & ~cv2.dilate(drawn.astype(np.uint8), np.ones((7, 7))).astype(bool)).sum() < 60


def test_dear_features_are_tried_on_the_pages_that_the_words_allow_alone() -> None:
    rng = np.random.default_rng(0)
    noise = np.asarray(rng.integers(150, 255, (1650, 1275)), np.uint8)
    asked: list[int] = []

    def narrowed(pages: Sequence[FormPage]) -> Sequence[FormPage]:
        asked.append(len(pages))
        return ()

    assert register(noise, PRINT_DPI, PAGES, narrowed=narrowed) is None
    assert asked == [len(PAGES)]
    assert register(printed(1), PRINT_DPI, PAGES, narrowed=narrowed) is not None
    assert len(asked) == 1, "where the cheap ones find a page, its words are not asked for"


def layer(number: int, to_page: np.ndarray, every: int = 1) -> Features:
    """The words of a form page as a file holds them, laid on a page by `to_page` (pixels at PRINT_DPI)."""
    words = PAGES[number - 1].words[::every]
    middles = [((w.box[0] + w.box[2]) / 2, (w.box[1] + w.box[3]) / 2) for w in words]
    moved = cv2.perspectiveTransform(np.array([middles]) * PRINT_DPI / 72, to_page)[0] / PRINT_DPI
    return word_features((word.text, x, y) for word, (x, y) in zip(words, moved.tolist(), strict=True))


@pytest.mark.parametrize(
    ("scale", "angle_deg", "shift"), [(1.0, 0.0, (0, 0)), (0.8, 2.0, (40, 60)), (0.9, 180.0, (0, 0))]
)
def test_words_that_the_file_holds_serve_instead_of_the_picture_s_features(
    scale: float, angle_deg: float, shift: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = printed(2)
    h, w = image.shape
    matrix = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle_deg, scale), [0, 0, 1]])
    matrix[:2, 2] += shift
    moved = np.asarray(cv2.warpPerspective(image, matrix, (w, h), borderValue=255), np.uint8)
    asked: list[str] = []
    monkeypatch.setattr(registering, "features", lambda image, dpi, method: asked.append(method))
    fit = register(moved, PRINT_DPI, PAGES, words=layer(2, matrix))
    assert fit is not None and fit.page.number == 2 and fit.score > 0.95
    assert corner_error_pt(fit.matrix, matrix, fit.page) < 0.5
    assert asked == []


def test_where_too_few_words_are_the_form_s_the_picture_is_looked_at() -> None:
    few = layer(2, np.eye(3), every=25)
    strange = word_features([("word" * n, n / 9, n / 7) for n in range(1, 60)])
    for words in (few, strange, word_features([])):
        fit = register(printed(2), PRINT_DPI, PAGES, words=words)
        assert fit is not None and fit.page.number == 2 and fit.score > 0.95


def test_words_of_another_page_than_the_picture_shows_lead_nowhere() -> None:
    fit = register(printed(1), PRINT_DPI, PAGES, words=layer(2, np.eye(3)))
    assert fit is not None and fit.page.number == 1 and fit.score > 0.95


def test_only_words_that_stand_on_a_page_once_say_where_they_are() -> None:
    found = word_features([("Signed:", 1, 2), ("the", 3, 4), ("The", 5, 6), ("—", 7, 8), ("date", 9, 10)])
    assert found.words == ("signed", "date")
    assert found.points.tolist() == [[1, 2], [9, 10]]
