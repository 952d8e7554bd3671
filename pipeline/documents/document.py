"""An open file: its pages as pixels and its words as text, whatever kind of file it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Box

BgrImage = npt.NDArray[np.uint8]


WordSource = Literal["text_layer", "form_field", "annotation", "signature_field"]
"""Where a file has a word: in its pages, in a field that was filled in, in a note, or in a certificate signature's
stamp."""


LONGEST_SHAPE = 30.0
"""A page longer than this many times its width holds no form; what has this shape is a strip or damaged."""


MAX_PIXELS = 178_956_970
"""Pixels of one image or rendered page; Pillow's own limit against decompression bombs."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word that the file holds as text, where a viewer shows it.

    The box is tight around the word's glyphs (`text_layer`), or an even share of the field's rectangle
    where a form field or note draws no text of its own.
    """

    text: str
    box: Box
    source: WordSource = "text_layer"
    invisible: bool = False
    """A guess of an OCR program: drawn with text rendering mode 3, or in a font that was traced from a scan."""
    font: str = ""
    size_pt: float = 0.0
    glyphs: tuple[tuple[float, float, float, float], ...] = ()
    """Left, bottom, right and top of each character's ink, points, y up; none where the text does not run to the
    right, or where a character has no ink."""


class PageDamaged(Exception):
    """A page that can't be drawn; its message is a sentence for the editor."""


class PageSource(Protocol):
    """What draws pages and knows their words: PDFium, poppler or an image file."""

    def size_pt(self, page_index: int) -> tuple[float, float]:
        """(width, height) in points of page `page_index` (0-based), as a viewer shows it."""

    def render(self, page_index: int, scale: float) -> BgrImage:
        """The page, uint8 (H, W, 3) BGR, `scale` pixels a point. Raises the renderer's own error."""

    def words(self, page_index: int) -> tuple[Word, ...]:
        """The page's text with boxes in fractions of the page; empty where it holds none."""

    def stamps(self, page_index: int) -> tuple[Box, ...]:
        """Where certificate signatures are drawn, boxes in fractions of the page."""


@dataclass(frozen=True)
class Document:
    """An open file. Pages count from 0 here. Frame: the page as a viewer shows it, after /Rotate, origin top left."""

    kind: Literal["pdf", "image"]
    opened_with: Literal["pdfium", "pikepdf", "poppler", "pillow"]
    sizes_pt: tuple[tuple[float, float], ...]
    """(width, height) of each page in points, as a viewer shows it."""
    pages: PageSource = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.sizes_pt)

    def size_pt(self, page_index: int) -> tuple[float, float]:
        """(width, height) in points of page `page_index`, as a viewer shows it."""
        return self.sizes_pt[page_index]

    def render(self, page_index: int, dpi: float) -> BgrImage:
        """The page with form fields and annotations drawn, uint8 (H, W, 3) BGR, a new array.

        A page that would have more than MAX_PIXELS pixels comes smaller than `dpi` asks for, and one that is a large
        scan in the scan's own pixels, two or four made one, where that is about as many. Raises PageDamaged.
        """
        width, height = self.sizes_pt[page_index]
        scale = min(dpi / 72, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
        try:
            return self.pages.render(page_index, scale)
        except MemoryError:
            raise
        except Exception as error:  # as when opening: a decoder raises whatever comes
            ask = "Ask the author to send the file once more."
            raise PageDamaged(f"Page {page_index + 1} is damaged and could not be drawn. {ask}") from error

    def words(self, page_index: int) -> tuple[Word, ...]:
        """Words of the text layer in the file's order, then those of form fields and annotations."""
        return self.pages.words(page_index)

    def stamps(self, page_index: int) -> tuple[Box, ...]:
        """Where certificate signatures show themselves on the page."""
        return self.pages.stamps(page_index)


def is_page(width: float, height: float) -> bool:
    """Whether something of this size can be a page."""
    return min(width, height) > 0 and max(width, height) <= LONGEST_SHAPE * min(width, height)
