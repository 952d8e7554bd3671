"""A picture file as a PDF with a page for each of its pictures.

A JPEG goes in as it is, its turn in the page's /Rotate; other lossy pictures (HEIC) are written as JPEG of high
quality, all else without loss.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Sequence
from typing import Any

from pipeline.documents.picture_pages import ImagePages, allow_heif, on_white

TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
"""EXIF orientation -> clockwise turn in degrees; the mirrored ones are drawn anew."""
QUALITY = 92
"""Of the JPEG, 1..95, that a picture becomes which has to be drawn anew. Set by eye."""


def pictures_as_pdf(data: bytes, pages: Sequence[int] = ()) -> bytes:
    """The PDF's bytes, the same every time. `pages`: 1-based, the pictures; none: all. Raises what Pillow raises."""
    import pikepdf
    from PIL import Image

    allow_heif()
    sizes = ImagePages.open(data).sizes_pt
    out = io.BytesIO()
    with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image, pikepdf.new() as pdf:
        warnings.simplefilter("ignore")
        for index in [page - 1 for page in pages] or range(len(sizes)):
            if index:
                image.seek(index)
            stream, turn = _picture(pdf, image, data)
            width, height = sizes[index] if turn in (0, 180) else sizes[index][::-1]
            page = pdf.add_blank_page(page_size=(width, height))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=stream))
            page.Contents = pdf.make_stream(f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q".encode())
            if turn:
                page.Rotate = turn
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _picture(pdf: Any, image: Any, data: bytes) -> tuple[Any, int]:
    """(image stream of the picture at hand, clockwise turn that puts it upright)"""
    import pikepdf
    from PIL import ImageOps

    turn = TURNS.get(image.getexif().get(0x0112, 1))
    if image.format == "JPEG" and image.mode in ("L", "RGB") and turn is not None:
        return _stream(pdf, data, image.size, image.mode, pikepdf.Name.DCTDecode), turn
    upright = ImageOps.exif_transpose(image)
    drawn = upright if upright.mode in ("1", "L") and "transparency" not in upright.info else on_white(upright)
    if image.format in ("HEIF", "MPO", "JPEG", "WEBP", "AVIF"):
        buffer = io.BytesIO()
        drawn.save(buffer, "JPEG", quality=QUALITY)
        return _stream(pdf, buffer.getvalue(), drawn.size, drawn.mode, pikepdf.Name.DCTDecode), 0
    return _stream(pdf, zlib.compress(drawn.tobytes(), 6), drawn.size, drawn.mode, pikepdf.Name.FlateDecode), 0


def _stream(pdf: Any, data: bytes, size: tuple[int, int], mode: str, packed: Any) -> Any:
    import pikepdf

    colours = pikepdf.Name.DeviceRGB if mode == "RGB" else pikepdf.Name.DeviceGray
    return pdf.make_indirect(
        pdf.make_stream(
            data,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=size[0],
            Height=size[1],
            ColorSpace=colours,
            BitsPerComponent=1 if mode == "1" else 8,
            Filter=packed,
        )
    )


def as_one_pdf(files: Sequence[bytes]) -> bytes:
    """The pages of several PDFs and pictures, in their order, as one PDF; the same bytes every time.

    Raises what pikepdf and Pillow raise on damaged files.
    """
    import pikepdf

    from pipeline.documents.file_kinds import file_kind
    from pipeline.documents.picture_pdf import pictures_as_pdf

    out = io.BytesIO()
    pdfs = [pictures_as_pdf(data) if file_kind(data) == "image" else data for data in files]
    with pikepdf.new() as together:
        opened = [pikepdf.open(io.BytesIO(data)) for data in pdfs]
        for pdf in opened:
            together.pages.extend(pdf.pages)
        together.save(out, deterministic_id=True)
    return out.getvalue()
