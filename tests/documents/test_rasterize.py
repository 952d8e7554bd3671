"""Pages as pixels: drawn once where there are few, again where keeping all would fill the memory."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pytest

from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import Shelf, rasterize, with_gray


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


def _page(content: bytes, **root: object) -> bytes:
    """A PDF of one page in Helvetica, with further entries of its catalogue."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    if layer := root.get("layer"):
        group = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Draft"))
        page.Resources.Properties = pikepdf.Dictionary(Draft=group)
        off = pikepdf.Dictionary(Order=[group], OFF=[group] if layer == "off" else [])
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[group], D=off)
    page.Contents = pdf.make_stream(content)
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


LAYERS = (
    b"BT /F1 12 Tf 100 700 Td (Kept) Tj ET /OC /Draft BDC BT /F1 12 Tf 100 600 Td (Draft) Tj ET EMC "
    b"1 g BT /F1 12 Tf 100 500 Td (Ghost) Tj ET"
)


@pytest.mark.parametrize(("layer", "words"), [("off", ["Kept"]), ("on", ["Kept", "Draft"])])
def test_words_that_do_not_show_are_not_there(layer: str, words: list[str]) -> None:
    document = open_document(_page(LAYERS, layer=layer))
    assert isinstance(document, Document)
    assert [word.text for word in rasterize(document, 0).words] == words


def test_a_negative_is_put_right() -> None:
    document = open_document(_page(b"0 0 595 842 re f 1 g BT /F1 24 Tf 100 700 Td (White on black) Tj ET"))
    assert isinstance(document, Document)
    page = rasterize(document, 0)
    assert np.median(page.gray) == 255 and page.gray.min() < 60 and (page.color.max(axis=2) == 255).mean() > 0.9
    assert [word.text for word in page.words] == ["White", "on", "black"]


def page_of_print(ink: int, paper: int = 255, lines: int = 40) -> npt.NDArray[np.uint8]:
    """A page (H, W, 3) with lines of print of that grey on paper of that."""
    page = np.full((1754, 1240, 3), paper, np.uint8)
    for at in range(lines):
        cv2.putText(page, "The parties to this agreement", (150, 150 + 36 * at), 0, 1.0, (ink, ink, ink), 2)
    return page


def darkest(page: npt.NDArray[np.uint8]) -> float:
    return float(np.quantile(page, 0.005))


@pytest.mark.parametrize(("ink", "paper"), [(170, 255), (200, 250), (150, 215)])
def test_pale_print_is_darkened(ink: int, paper: int) -> None:
    seen = with_gray(page_of_print(ink, paper))
    assert darkest(seen.gray) < 120 and darkest(seen.color) < 120
    assert np.median(seen.gray) > 245


def test_pale_print_is_darkened_under_a_shadow_and_beside_black_edges() -> None:
    page = page_of_print(180)
    page = np.asarray(page * np.linspace(1, 0.5, page.shape[1])[None, :, None], np.uint8)
    page[:, -30:] = 0
    seen = with_gray(page).gray
    assert darkest(seen[:, 150:300]) < 120 and darkest(seen[:, 450:600]) < 120
    assert np.median(seen[:, :1100]) > 245


@pytest.mark.parametrize(
    "page",
    [
        page_of_print(0),
        page_of_print(120),
        page_of_print(60, lines=2),  # little stands there, but clearly
        page_of_print(240),  # shows through from the other side
        np.full((1754, 1240, 3), 255, np.uint8),
        np.full((3, 2, 3), 200, np.uint8),
    ],
)
def test_other_pages_stay_as_they_are(page: npt.NDArray[np.uint8]) -> None:
    assert np.array_equal(with_gray(page).color, page)
