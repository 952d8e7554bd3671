"""Small documents for tests, made here so that what they hold is known."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
from PIL import Image

from pipeline.documents.document import Word
from pipeline.documents.rasterize import PageImage, with_gray

LETTER = (612, 792)


def pdf_page(
    pdf: pikepdf.Pdf, text: str, rotate: int = 0, box: tuple[float, float, float, float] = (0, 0, 612, 792)
) -> pikepdf.Page:
    """A page with `text` in 20 pt Helvetica, its baseline starting at (100, 600) of the page's own space."""
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    content = f"BT /F1 20 Tf 100 600 Td ({shown}) Tj ET" if text else ""
    return pikepdf.Page(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=list(box),
            Rotate=rotate,
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font)),
            Contents=pdf.make_stream(content.encode("latin-1")),
        )
    )


def pdf_bytes(*texts: str, rotate: int = 0, encryption: pikepdf.Encryption | None = None) -> bytes:
    """A PDF, one page a text."""
    pdf = pikepdf.new()
    for text in texts:
        pdf.pages.append(pdf_page(pdf, text, rotate))
    out = io.BytesIO()
    pdf.save(out, encryption=encryption or False, static_id=encryption is None)
    return out.getvalue()


def picture(size: tuple[int, int] = (60, 80), mode: str = "RGB") -> Image.Image:
    """White paper with a black block in its top left quarter."""
    width, height = size
    pixels = np.full((height, width), 255, np.uint8)
    pixels[: height // 2, : width // 2] = 0
    return Image.fromarray(pixels).convert(mode)


def image_bytes(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    """A picture file of Pillow's format `kind`."""
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def drawn(index: int, color: np.ndarray, dpi: float, words: tuple[Word, ...] = ()) -> PageImage:
    """A page whose pixels, (H, W, 3) BGR, are there."""
    pixels = with_gray(color)
    return PageImage(index, lambda: pixels, pixels.gray.shape, dpi, words)
