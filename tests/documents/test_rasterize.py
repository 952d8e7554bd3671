"""Pages as pixels: drawn once where there are few, again where keeping all would fill the memory."""

from __future__ import annotations

import io

import numpy as np
import pikepdf

from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import Shelf, rasterize


class Counting:
    """A document that counts how often it draws."""

    def __init__(self, pages: int) -> None:
        pdf = pikepdf.new()
        for number in range(pages):
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Contents = pdf.make_stream(b"0 0 %d 300 re f" % (10 * number + 10))
        stream = io.BytesIO()
        pdf.save(stream)
        self.document = open_document(stream.getvalue())
        self.drawn: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.document, name)

    def render(self, index: int, dpi: float) -> np.ndarray:
        self.drawn.append(index)
        return self.document.render(index, dpi)  # type: ignore[union-attr]


def test_pages_of_an_ordinary_return_are_drawn_once() -> None:
    document, shelf = Counting(3), Shelf()
    pages = [rasterize(document, index, shelf=shelf) for index in range(3)]  # type: ignore[arg-type]
    for page in pages * 2:
        assert page.gray.shape == page.shape == page.color.shape[:2]
    assert document.drawn == [0, 1, 2]


def test_of_many_pages_only_the_last_ones_are_kept_and_others_come_back_the_same() -> None:
    document, shelf = Counting(9), Shelf()
    pages = [rasterize(document, index, shelf=shelf) for index in range(9)]  # type: ignore[arg-type]
    assert len(shelf.kept) == shelf.room
    dark = [int((page.gray < 128).sum()) for page in pages]
    assert dark == sorted(set(dark)), "each page is itself"
    assert len(shelf.kept) == shelf.room and len(document.drawn) > 9
