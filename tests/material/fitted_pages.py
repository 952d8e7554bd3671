"""A page laid on a small form of its own, without a picture of the form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.documents.document import Word
from pipeline.documents.rasterize import PageImage, with_gray
from pipeline.forms.form import FormPage, PrintedWord
from pipeline.registration.matching import FittedPage
from pipeline.registration.register import Registration

DPI = 72.0
SIZE_PT = (600.0, 800.0)
"""Width and height of the form's page."""


def registration(page: FormPage, shift_pt: tuple[float, float] = (0.0, 0.0)) -> Registration:
    """A page that lies on its form but for a shift to the right and down."""
    matrix = np.array([[1 / 72, 0, shift_pt[0] / 72], [0, 1 / 72, shift_pt[1] / 72], [0, 0, 1]])
    return Registration(page, matrix, 1.0, np.zeros((0, 5), np.float32))


def fitted_page(
    index: int = 0,
    shift_pt: tuple[float, float] = (0.0, 0.0),
    color: npt.NDArray[np.uint8] | None = None,
    words: Sequence[Word] = (),
    printed: Sequence[PrintedWord] = (),
) -> FittedPage:
    """A page of 600 by 800 points at one pixel a point, `color` (H, W, 3) on it; blank paper where none is given.

    `words`: those that the file holds as text; `printed`: the form's.
    """
    width, height = (round(v) for v in SIZE_PT)
    paper = np.full((height, width, 3), 255, np.uint8) if color is None else color
    image = PageImage(index, lambda: with_gray(paper), (height, width), DPI, tuple(words))
    page = FormPage(index + 1, *SIZE_PT, tuple(printed), (), (), (), None, Path())
    return FittedPage(image, registration(page, shift_pt))
