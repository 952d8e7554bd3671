"""Rasterize: pixels of each page at the least resolution that serves, and its text layer where it is a real one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.documents.document import Document, Word

READ_DPI = 150
"""Resolution at which pages are read, for a page of ordinary size."""
ORDINARY_LONG_SIDE_IN = (8.0, 15.0)
"""Pages whose long side is outside take A4's: scanner and phone software writes pixels as points."""
A4_LONG_SIDE_IN = 11.69
BLANK_CONTRAST = 60
BLANK_SHARE = 2e-4
"""A page with less ink than this share of its pixels is blank."""


@dataclass(frozen=True, slots=True)
class PageRaster:
    """What a page looks like."""

    color: npt.NDArray[np.uint8]
    """(H, W, 3) BGR."""
    gray: npt.NDArray[np.uint8]
    """(H, W)."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page, as a viewer shows it. Its pixels may be drawn anew when they are asked for."""

    index: int
    """0-based."""
    pixels: Callable[[], PageRaster] = field(repr=False)
    shape: tuple[int, int]
    """(H, W) in pixels."""
    dpi: float
    """Pixels an inch, on a page of ordinary size."""
    words: tuple[Word, ...]

    @property
    def color(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) BGR."""
        return self.pixels().color

    @property
    def gray(self) -> npt.NDArray[np.uint8]:
        """(H, W)."""
        return self.pixels().gray


def with_gray(color: npt.NDArray[np.uint8]) -> PageRaster:
    return PageRaster(color, np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), np.uint8))


@dataclass
class Shelf:
    """The pixels of the pages that were looked at last: 8 MB a page, and a file may have a thousand."""

    room: int = 6
    """Pages; most returns have two, and are drawn once."""
    kept: OrderedDict[int, PageRaster] = field(default_factory=OrderedDict)

    def pixels(self, index: int, draw: Callable[[], PageRaster]) -> PageRaster:
        if index not in self.kept:
            self.kept[index] = draw()
        self.kept.move_to_end(index)
        while len(self.kept) > self.room:
            self.kept.popitem(last=False)
        return self.kept[index]


def long_side_in(size_pt: tuple[float, float]) -> float:
    """The page's long side in inches, A4's where what the file says is no paper size."""
    inches = max(size_pt) / 72
    low, high = ORDINARY_LONG_SIDE_IN
    return inches if low <= inches <= high else A4_LONG_SIDE_IN


def rasterize(document: Document, page_index: int, dpi: float = READ_DPI, shelf: Shelf | None = None) -> PageImage:
    """One page of `document` (0-based) at `dpi`. Raises what the renderer raises on a page it can't draw.

    `shelf`: where the pixels are kept, for all pages of the document; without one, all this page's life.
    """
    size = document.size_pt(page_index)
    inches = long_side_in(size)

    def draw() -> PageRaster:
        return with_gray(document.render(page_index, dpi * inches / (max(size) / 72)))

    pixels = partial((shelf or Shelf(1)).pixels, page_index, draw)
    height, width = pixels().gray.shape
    return PageImage(page_index, pixels, (height, width), max(height, width) / inches, document.words(page_index))


def is_blank(gray: npt.NDArray[np.uint8]) -> bool:
    """Whether a page (H, W) holds next to nothing: what is left of an upload that broke off."""
    return float((gray < gray.max() - BLANK_CONTRAST).mean()) < BLANK_SHARE
