"""The form's frame: where its places lie on a page, and what counts as ink there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.extraction.dropout import ForeignInk, form_dropout, ink_threshold
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration
from pipeline.registration.warp import map_area

PAGE = load_forms()[0].pages[0]
NO_ANCHORS = np.zeros((0, 5), np.float32)
DPI = 150.0


def test_places_between_the_nodes_of_the_mesh_follow_a_photograph_in_perspective() -> None:
    corners = np.array([[0, 0], [612, 0], [612, 792], [0, 792]], np.float32)
    photo = np.array([[0.4, 0.3], [8.1, 0.6], [7.4, 10.4], [0.9, 10.9]], np.float32)
    fit = Registration(PAGE, np.asarray(cv2.getPerspectiveTransform(corners, photo), np.float64), 1.0, NO_ANCHORS)
    area = (0.0, 236.0, 612.0, 368.0)
    found = map_area(DPI, fit, area, DPI).places
    scale = DPI / 72
    xs, ys = np.meshgrid((np.arange(found.shape[1]) + 0.5) / scale, 236 + (np.arange(found.shape[0]) + 0.5) / scale)
    exact = cv2.perspectiveTransform(np.stack([xs, ys], -1).reshape(1, -1, 2), fit.to_pixels(DPI)) - 0.5
    assert np.abs(found - exact.reshape(found.shape)).max() < 0.1


def test_beyond_is_what_lies_outside_the_page_or_near_its_edge() -> None:
    shifted = np.array([[1 / 72, 0, -10 / DPI], [0, 1 / 72, 0], [0, 0, 1.0]])
    places = map_area(DPI, Registration(PAGE, shifted, 1.0, NO_ANCHORS), (0.0, 0.0, 612.0, 792.0), DPI)
    outside = places.beyond((1650, 1275))
    assert outside[:, :10].all() and not outside[:, 10:].any()
    assert places.beyond((1650, 1275), inset=5)[:, :15].all()


def test_letters_that_stand_on_a_rule_keep_their_feet() -> None:
    """A bold print makes the form's print wide; the rule itself is two pixels high all the same."""
    page = next(form for form in load_forms() if form.name == "jmlr-wcp").pages[0]
    bold = cv2.erode(page.print_image(), np.ones((5, 5), np.uint8))
    scale = DPI / 72
    x0, y0, x1, y1 = (round(v * scale) for v in page.rules[0])
    bold[y0 - 12 : y1 + 12, x0 - 2 : x1 + 8] = 255
    bold[y0 : y1 + 1, x0:x1] = 0
    for at in range(x0 + 40, x1 - 40, 24):  # As of letters: a stem, and a foot beside it.
        bold[y0 - 16 : y0, at : at + 3] = bold[y0 - 4 : y0, at : at + 10] = 0
    fit = Registration(page, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, NO_ANCHORS)
    area = page.areas[0].zone
    ink = form_dropout(np.asarray(bold, np.uint8), DPI, fit, area)
    foot = round((page.rules[0][1] - area[1]) * scale) - 3
    assert ink.mask[foot, x0 + 40 : x1 - 40].mean() > 0.3
    assert not ink.mask[foot + 4, x0:x1].mean() > 0.3


@pytest.mark.parametrize("size", [(40, 50), (41, 51)])
def test_threshold_rests_on_the_median_of_the_paper(size: tuple[int, int]) -> None:
    paper = np.random.default_rng(3).integers(200, 256, size).astype(np.uint8)
    noise = float(np.median(np.abs(paper - np.median(paper))))
    assert ink_threshold(paper) == int(np.clip(255 - 25 - 6 * noise, 150, 222))


def test_a_cut_of_the_ink_keeps_its_places() -> None:
    blank = np.zeros((275, 1275), bool)
    ink = ForeignInk(PAGE, (0.0, 236.0, 612.0, 368.0), np.full(blank.shape, 255, np.uint8), blank, blank)
    assert ink.cut((100, 50, 400, 200)).to_points((10, 20, 30, 40)) == pytest.approx(ink.to_points((110, 70, 130, 90)))
