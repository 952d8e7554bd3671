"""Rasterize: pixels of each page at the least resolution that serves, and its text layer where it is a real one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Box
from pipeline.documents.document import Document, Word
from pipeline.documents.pale_print import darkened

READ_DPI = 150
"""Resolution at which pages are read, for a page of ordinary size."""
ORDINARY_LONG_SIDE_IN = (8.0, 15.0)
"""Pages whose long side is outside take A4's: scanner and phone software writes pixels as points."""
A4_LONG_SIDE_IN = 11.69
"""Long side of A4, inches."""
BLANK_CONTRAST = 60
"""Grey values, 0..255, by which ink is darker than the page's brightest pixel. Set by eye."""
BLANK_SHARE = 2e-4
"""A page with less ink than this share of its pixels is blank."""
LEAST_CONTRAST = 20
"""Grey levels between the darkest and the lightest pixel at a word that is drawn; pale grey print has some sixty."""
DARK_GREY = 64
"""Grey value, 0..255, below which a pixel is dark. Set by eye."""
NEGATIVE_SHARE = 0.75
"""A page of which more than this share of pixels is darker than DARK_GREY is a negative, white on black: paper is most
of every page, and no photo of a sheet is so dark without its print being unreadable. Set by eye."""

LEAST_LAYER_WORDS = 60
"""A text layer of so many visible words has the page's words; fewer may be a scanner's stamp on a picture."""


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
    stamps: tuple[Box, ...] = ()
    """Where certificate signatures show themselves."""

    @property
    def color(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) BGR."""
        return self.pixels().color

    @property
    def gray(self) -> npt.NDArray[np.uint8]:
        """(H, W)."""
        return self.pixels().gray


def with_gray(color: npt.NDArray[np.uint8]) -> PageRaster:
    """A page (H, W, 3) BGR with its brightness; a negative, as some microfilm and fax software writes it, is
    put right, and a pale print darkened."""
    gray = np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), np.uint8)
    if np.count_nonzero(gray < DARK_GREY) > NEGATIVE_SHARE * gray.size:
        color, gray = 255 - color, 255 - gray
    return PageRaster(*darkened(color, gray))


@dataclass
class Shelf:
    """The pixels of the pages that were looked at last: 8 MB a page, and a file may have a thousand."""

    room: int = 6
    """Pages; most returns have two, and are drawn once."""
    kept: OrderedDict[int, PageRaster] = field(default_factory=OrderedDict)

    def pixels(self, index: int, draw: Callable[[], PageRaster]) -> PageRaster:
        """The pixels of page `index` (0-based), from `draw` unless they are kept. Callers must not write to them."""
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
    words = tuple(word for word in document.words(page_index) if word.invisible or _is_drawn(word.box, pixels().gray))
    stamps = document.stamps(page_index)
    return PageImage(page_index, pixels, (height, width), max(height, width) / inches, words, stamps)


def _is_drawn(box: Box, gray: npt.NDArray[np.uint8]) -> bool:
    """Whether anything shows at a word's place: words of a layer that is off, or in the paper's colour, do not."""
    height, width = gray.shape
    x0, x1 = (min(max(int(v * width), 0), width - 1) for v in (box.x0, box.x1))
    y0, y1 = (min(max(int(v * height), 0), height - 1) for v in (box.y0, box.y1))
    part = gray[max(0, y0 - 1) : y1 + 2, max(0, x0 - 1) : x1 + 2]
    return int(part.max()) - int(part.min()) >= LEAST_CONTRAST


def visible_layer(image: PageImage) -> list[Word]:
    """The words of the page's text layer that a viewer shows."""
    return [w for w in image.words if w.source == "text_layer" and not w.invisible]


def has_own_words(image: PageImage) -> bool:
    """Whether the page's text layer has its words, shown to all."""
    return len(visible_layer(image)) >= LEAST_LAYER_WORDS


def is_blank(gray: npt.NDArray[np.uint8]) -> bool:
    """Whether a page (H, W) holds next to nothing: what is left of an upload that broke off."""
    return bool(np.count_nonzero(gray < gray.max() - BLANK_CONTRAST) < BLANK_SHARE * gray.size)
