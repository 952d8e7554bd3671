from dataclasses import replace

import cv2
import numpy as np

from pipeline.datamodel.records import Box
from pipeline.documents.document import Word
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.alterations.find import find_alterations
from pipeline.forms.form import FormPage
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration
from tests.material.documents import drawn

FORM = load_forms()[0]


def page_image(page: FormPage, with_text: bool) -> PageImage:
    gray = page.print_image().copy()
    size = (page.width, page.height) * 2
    words = [Word(w.text, Box(*(v / s for v, s in zip(w.box, size, strict=True)))) for w in page.words]
    color = np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)
    return drawn(page.number - 1, color, 150.0, tuple(words) if with_text else ())


def fit(page: FormPage) -> Registration:
    return Registration(page, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, np.zeros((0, 5), np.float32))


def test_the_blank_form_is_unaltered() -> None:
    for with_text in (True, False):
        assert find_alterations([(page_image(p, with_text), fit(p)) for p in FORM.pages], FORM) == ()


def test_a_change_in_text_and_ink_is_told_once() -> None:
    page = FORM.pages[1]
    image = page_image(page, True)
    at = next(i for i, w in enumerate(image.words) if w.text == "unencumbered")
    box = page.words[at].box
    gray = image.gray.copy()
    x0, y0, x1, y1 = (round(v * 150 / 72) for v in box)
    gray[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = 255
    cv2.putText(gray, "limited", (x0, y1 - 4), cv2.FONT_HERSHEY_COMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    words = (*image.words[:at], replace(image.words[at], text="limited"), *image.words[at + 1 :])
    first = page_image(FORM.pages[0], True)
    altered = drawn(image.index, np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8), image.dpi, words)
    (only,) = find_alterations([(first, fit(FORM.pages[0])), (altered, fit(page))], FORM)
    assert (only.kind, only.form_text, only.page_text) == ("changed", "unencumbered", "limited")


def _with_dirt(page: FormPage, at_pt: tuple[float, float]) -> PageImage:
    """A page with a hook of ink, as of a hair on the scanner's glass, at a place in points."""
    gray = page.print_image().copy()
    x, y = (round(v * 150 / 72) for v in at_pt)
    for radius in (10, 16):
        cv2.ellipse(gray, (x, y), (radius, radius), 0, 20, 200, 0, 3, cv2.LINE_AA)
    return drawn(page.number - 1, np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8), 150.0)


def test_dirt_on_the_scanner_s_glass_is_no_alteration() -> None:
    place = (300.0, 386.0)  # among the clauses of both pages
    both = [(_with_dirt(page, place), fit(page)) for page in FORM.pages]
    clean = [(page_image(page, False), fit(page)) for page in FORM.pages]
    alone = [find_alterations([both[0], clean[1]], FORM), find_alterations([clean[0], both[1]], FORM)]
    assert all(alone), "ink at that place of one page is told"
    assert find_alterations(both, FORM) == ()
