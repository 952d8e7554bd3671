"""Pages that are one large JPEG: drawn as PDFium draws them, from fewer pixels; all others are left to PDFium."""

from __future__ import annotations

import io
from collections.abc import Mapping

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.pdf_pages import PdfiumPages, _drawn, _size_px, _to_view
from pipeline.documents.scanned_pdf import scanned_picture
from tests.material.documents import image_bytes

PAGE = (595.0, 842.0)
DPI = 60
"""Less than pages are read at, which is quicker here and changes nothing."""


def scan(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Paper with lines of blocks as large as print, and one corner darker, so that its turn shows."""
    rng = np.random.default_rng(3)
    small = np.full((height // 12, width // 12), 245, np.uint8)
    small[2::3, 4:-4] = np.where(rng.random(small[2::3, 4:-4].shape) < 0.5, 20, 245)
    small[: len(small) // 4, : small.shape[1] // 4] //= 2
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def page(
    picture: Image.Image,
    content: str = "595 0 0 842 0 0 cm /Im Do",
    rotate: int = 0,
    end: int | None = None,
    more: Mapping[str, list[int]] | None = None,
) -> bytes:
    """A PDF of one page that shows a JPEG, cut off at `end`; `more`: entries of the picture's dictionary."""
    pdf = pikepdf.new()
    jpeg = image_bytes("JPEG", picture, quality=92)[:end]
    space = pikepdf.Name.DeviceGray if picture.mode == "L" else pikepdf.Name.DeviceRGB
    drawn = pikepdf.Stream(pdf, jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=picture.width)
    drawn.Height, drawn.ColorSpace, drawn.BitsPerComponent = picture.height, space, 8
    drawn.Filter = pikepdf.Name.DCTDecode
    for name, value in (more or {}).items():
        drawn[f"/{name}"] = pikepdf.Array(value)
    sheet = pdf.add_blank_page(page_size=PAGE)
    sheet.Rotate = rotate
    sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(drawn)))
    sheet.Contents = pdf.make_stream(f"q {content} Q".encode())
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def both_ways(data: bytes) -> tuple[np.ndarray, np.ndarray, bool]:
    """The page as it is drawn and as PDFium draws it; and whether PDFium was left out."""
    document = open_document(data)
    assert isinstance(document, Document) and isinstance(document.pages, PdfiumPages)
    pages = document.pages
    sheet = pages.pdf[0]
    size = _size_px(sheet, DPI / 72, 1.0)
    by_pdfium = _drawn(sheet, pages.pdf, size)
    decoded = scanned_picture(sheet, data, _to_view(sheet), size) is not None
    return pages.render(0, DPI / 72), by_pdfium, decoded


def assert_alike(one: np.ndarray, other: np.ndarray) -> None:
    """Two pages show the same, but for a pixel of displacement: PDFium's own is half of one."""
    assert max(abs(a - b) for a, b in zip(one.shape, other.shape, strict=True)) <= 0.03 * max(other.shape)
    one = cv2.resize(one, other.shape[1::-1], interpolation=cv2.INTER_AREA)
    soft = [
        cv2.GaussianBlur(cv2.cvtColor(some, cv2.COLOR_BGR2GRAY), (0, 0), 2).astype(np.float32) for some in (one, other)
    ]
    (across, down), _ = cv2.phaseCorrelate(*soft)
    assert max(abs(across), abs(down)) < 1.2
    moved = cv2.warpAffine(soft[0], np.array([[1, 0, -across], [0, 1, -down]]), one.shape[1::-1], borderValue=255)
    assert np.corrcoef(moved.ravel(), soft[1].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("dpi", [120, 150, 240])
def test_a_large_scan_is_drawn_as_pdfium_draws_it(dpi: int, mode: str) -> None:
    picture = scan(round(PAGE[0] / 72 * dpi), round(PAGE[1] / 72 * dpi), mode)
    ours, pdfium, decoded = both_ways(page(picture))
    assert decoded
    assert_alike(ours, pdfium)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("turned", "content"),
    [
        (False, "595 0 0 842 0 0 cm /Im Do"),
        (False, "400 0 0 600 90 120 cm /Im Do"),
        (True, "0 -842 595 0 0 842 cm /Im Do"),
        (True, "0 842 -595 0 595 0 cm /Im Do"),
        (False, "-595 0 0 -842 595 842 cm /Im Do"),
    ],
)
def test_it_stands_where_and_as_the_page_shows_it(turned: bool, content: str, rotate: int) -> None:
    ours, pdfium, decoded = both_ways(page(scan(1404, 992) if turned else scan(992, 1404), content, rotate))
    assert decoded
    assert_alike(ours, pdfium)


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("595 0 0 842 0 0 cm /Im Do Q q 20 20 100 100 re f", {}),
        ("595 60 -60 842 30 0 cm /Im Do", {}),
        ("-595 0 0 842 595 0 cm /Im Do", {}),
        ("650 0 0 900 -20 -20 cm /Im Do", {}),
        ("100 100 300 300 re W n 595 0 0 842 0 0 cm /Im Do", {}),
        ("595 0 0 842 0 0 cm /Im Do", {"Decode": [1, 0, 1, 0, 1, 0]}),
        ("595 0 0 842 0 0 cm /Im Do", {"Mask": [0, 40, 0, 40, 0, 40]}),
    ],
    ids=["with a drawing", "askew", "mirrored", "over the edge", "cut out", "inverted", "masked"],
)
def test_whatever_else_a_page_is_pdfium_draws(content: str, more: dict[str, list[int]]) -> None:
    ours, pdfium, decoded = both_ways(page(scan(992, 1404), content, more=more))
    assert not decoded
    assert (ours == pdfium).all()


def test_a_scan_with_fewer_than_two_pixels_for_each_of_the_page_s_is_pdfium_s() -> None:
    for picture in (scan(661, 935), scan(975, 1380)):
        ours, pdfium, decoded = both_ways(page(picture))
        assert not decoded
        assert (ours == pdfium).all()


def test_of_one_that_breaks_off_pdfium_shows_what_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    ours, pdfium, _ = both_ways(page(scan(992, 1404), end=-400))
    assert (ours == pdfium).all()
    assert capfd.readouterr().err == ""
