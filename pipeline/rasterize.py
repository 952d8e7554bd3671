"""Rasterize: pixels of each page at the least resolution that serves, and its text layer where it is a real one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.intake import Document, Word

READ_DPI = 150
"""Resolution at which pages are read, for a page of ordinary size."""
ORDINARY_LONG_SIDE_IN = (8.0, 15.0)
"""Pages whose long side is outside take A4's: scanner and phone software writes pixels as points."""
A4_LONG_SIDE_IN = 11.69


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page, as a viewer shows it."""

    index: int
    """0-based."""
    color: npt.NDArray[np.uint8]
    """(H, W, 3) BGR."""
    gray: npt.NDArray[np.uint8]
    """(H, W)."""
    dpi: float
    """Pixels an inch, on a page of ordinary size."""
    words: tuple[Word, ...]


def long_side_in(size_pt: tuple[float, float]) -> float:
    """The page's long side in inches, A4's where what the file says is no paper size."""
    inches = max(size_pt) / 72
    low, high = ORDINARY_LONG_SIDE_IN
    return inches if low <= inches <= high else A4_LONG_SIDE_IN


def rasterize(document: Document, page_index: int, dpi: float = READ_DPI) -> PageImage:
    """One page of `document` (0-based) at `dpi`. Raises what the renderer raises on a page it can't draw."""
    size = document.size_pt(page_index)
    inches = long_side_in(size)
    color = document.render(page_index, dpi * inches / (max(size) / 72))
    gray = np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), np.uint8)
    return PageImage(page_index, color, gray, max(gray.shape) / inches, document.words(page_index))
