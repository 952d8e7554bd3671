"""Intake, second half: open the bytes of a return. What a file is, its content says, not its name.

The first half, finding the returns and getting their bytes, is `pipeline.sources`.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.records import Box, Problem

Pixels = npt.NDArray[np.uint8]
WordSource = Literal["text_layer", "form_field", "annotation"]

LONGEST_SHAPE = 30.0
"""A page longer than this many times its width holds no form; what has this shape is a strip or damaged."""
MAX_PIXELS = 178_956_970
"""Pixels of one image or rendered page; Pillow's own limit against decompression bombs."""
A4_LONG_PT = 841.89
IMAGE_LONG_SIDE_IN = (5.0, 24.0)
"""An image whose dpi tag makes its long side this many inches is believed; others are taken for an A4 page."""


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
    """Drawn with text rendering mode 3, as the layers of OCR programs are."""
    font: str = ""
    size_pt: float = 0.0


class PageDamaged(Exception):
    """A page that can't be drawn; its message is a sentence for the editor."""


class PageSource(Protocol):
    """What draws pages and knows their words: PDFium, poppler or an image file."""

    def size_pt(self, page_index: int) -> tuple[float, float]: ...
    def render(self, page_index: int, scale: float) -> Pixels: ...
    def words(self, page_index: int) -> tuple[Word, ...]: ...


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
        return self.sizes_pt[page_index]

    def render(self, page_index: int, dpi: float) -> Pixels:
        """The page with form fields and annotations drawn, uint8 (H, W, 3) BGR, a new array.

        A page that would have more than MAX_PIXELS pixels comes smaller than `dpi` asks for. Raises PageDamaged.
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


FileKind = Literal["pdf", "image", "empty", "foreign"]

IMAGE_MAGIC = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|II\+\0|MM\0\+|BM|RIFF....WEBP"
    rb"|....ftyp(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1|avif|avis)",
    re.DOTALL,
)
OFFICE = ("a spreadsheet, slides or another office document", "Ask for a PDF or a scan of the signed page")
FOREIGN = (
    (re.compile(rb"PK\x03\x04.*word/", re.DOTALL), "a Word document", "Ask for a PDF or a scan of the signed page"),
    (re.compile(rb"PK\x03\x04.*(?:xl/|ppt/)|PK\x03\x04.{26}mimetype", re.DOTALL), *OFFICE),
    (re.compile(rb"PK\x03\x04.*\.iwa", re.DOTALL), "a document of Apple's Pages or its kin", "Ask for a PDF of it"),
    (re.compile(rb"PK\x03\x04|PK\x05\x06|Rar!|7z\xbc\xaf|\x1f\x8b"), "an archive", "Unpack it and read what is inside"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old Office document", "Ask for a PDF or a scan of the signed page"),
    (
        re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE),
        "a web page",
        "Download the document itself once more",
    ),
    (re.compile(rb"%!PS"), "a PostScript file", "Ask for a PDF of it"),
    (re.compile(rb"(?:Return-Path|Received|Delivered-To|From|MIME-Version)[ :]"), "a mail", "Save its attachment here"),
    (re.compile(rb"GIF8"), "a GIF picture", "Ask for a PDF, JPEG or PNG"),
    (
        re.compile(rb"\x78\x9f\x3e\x22"),
        "an envelope of Outlook's (winmail.dat)",
        "Ask for the mail once more as plain text or HTML",
    ),
)


def kind_of(data: bytes) -> FileKind:
    """What the first bytes of a file (a few thousand will do) say that it is."""
    if not data.strip(b"\0 \t\r\n"):
        return "empty"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return "image" if IMAGE_MAGIC.match(data) else "foreign"


def open_document(data: bytes) -> Document | Problem:
    """The file's pages, or why they can't be had, in a sentence that says what to ask for."""
    kind = kind_of(data)
    if kind == "empty":
        return Problem("empty_file", "The file is empty. Ask the author to send it once more.")
    if kind == "foreign":
        return _foreign(data)
    return _open_pdf(data) if kind == "pdf" else _open_image(data)


def _foreign(data: bytes) -> Problem:
    what, ask = next(((w, a) for pattern, w, a in FOREIGN if pattern.match(data)), ("neither a PDF nor an image", ""))
    return Problem("not_a_document", f"The file is {what}. {ask or 'Ask for a PDF or a scan of the signed pages'}.")


def _open_pdf(data: bytes) -> Document | Problem:
    """With PDFium; if it refuses, rebuilt by pikepdf and tried again; then with poppler."""
    import pypdfium2

    from pipeline.pdf_pages import PasswordNeeded, PdfiumPages, PopplerPages, rebuilt

    mended: bytes | None = None
    try:
        for opened_with in ("pdfium", "pikepdf"):
            if opened_with == "pikepdf" and (mended := rebuilt(data)) is None:
                break
            try:
                pages = PdfiumPages.open(mended or data)
            except pypdfium2.PdfiumError:
                continue
            if pages.sizes_pt:
                return Document("pdf", "pikepdf" if mended else "pdfium", pages.sizes_pt, pages)
    except PasswordNeeded:
        sentence = "The file opens only with a password. Ask the author for a copy without one."
        return Problem("encrypted_file", sentence)
    poppler = PopplerPages.open(mended or data)
    if poppler is not None:
        return Document("pdf", "poppler", poppler.sizes_pt, poppler)
    sentence = "The PDF is damaged and could not be repaired. Ask the author to send it once more."
    return Problem("unreadable_file", sentence)


def _open_image(data: bytes) -> Document | Problem:
    from PIL import Image

    bomb = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        pages = ImagePages.open(data)
    except bomb:
        sentence = "The picture has more pixels than can be read. Ask for a scan at 300 dpi or less."
        return Problem("unreadable_file", sentence)
    except MemoryError:
        raise
    except Exception:  # Pillow's decoders raise whatever comes on damaged input: OSError, TypeError, SyntaxError, ...
        sentence = "The picture is damaged and could not be opened. Ask the author to send it once more."
        return Problem("unreadable_file", sentence)
    return Document("image", "pillow", pages.sizes_pt, pages)


def is_page(width: float, height: float) -> bool:
    """Whether something of this size can be a page."""
    return min(width, height) > 0 and max(width, height) <= LONGEST_SHAPE * min(width, height)


@dataclass(frozen=True)
class ImagePages:
    """The frames of a picture file, each a page, turned as their EXIF orientation says."""

    data: bytes = field(repr=False)
    sizes_px: tuple[tuple[int, int], ...]
    sizes_pt: tuple[tuple[float, float], ...]

    @classmethod
    def open(cls, data: bytes) -> ImagePages:
        """Raises what Pillow raises on damaged pictures, DecompressionBombError on too large ones."""
        from PIL import Image, ImageOps

        allow_heif()
        sizes_px, sizes_pt = [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                # An MPO's further frames are previews of the first; only TIFF and HEIF hold pages.
                frames = getattr(image, "n_frames", 1) if image.format in ("TIFF", "HEIF") else 1
                for index in range(frames):
                    if frames > 1:
                        image.seek(index)
                    if image.width * image.height > MAX_PIXELS:
                        raise Image.DecompressionBombError
                    if not is_page(*image.size):
                        raise ValueError("a picture without pixels, or a strip")
                    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                    size = image.size[::-1] if turned else image.size
                    sizes_px.append(size)
                    sizes_pt.append(_image_size_pt(size, image.info.get("dpi")))
                if frames == 1:
                    image.draft("RGB", (64, 64))
                ImageOps.exif_transpose(image).load()
        return cls(data, tuple(sizes_px), tuple(sizes_pt))

    def size_pt(self, page_index: int) -> tuple[float, float]:
        return self.sizes_pt[page_index]

    def render(self, page_index: int, scale: float) -> Pixels:
        import cv2
        from PIL import Image, ImageOps

        allow_heif()
        width, height = (max(1, round(side * scale)) for side in self.sizes_pt[page_index])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(self.data)) as image:
                if page_index:
                    image.seek(page_index)
                # A JPEG is decoded at a half, quarter or eighth where that still has the pixels asked for.
                image.draft("RGB", (max(width, height), max(width, height)))
                rgb = np.asarray(on_white(ImageOps.exif_transpose(image)))
        shrinks = width < rgb.shape[1]
        sized = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        return np.ascontiguousarray(sized[:, :, ::-1])

    def words(self, page_index: int) -> tuple[Word, ...]:
        return ()


def _image_size_pt(size_px: tuple[int, int], dpi: object) -> tuple[float, float]:
    long_px = max(size_px)
    tagged = float(dpi[0]) if isinstance(dpi, tuple) and dpi and dpi[0] else 0.0
    low, high = IMAGE_LONG_SIDE_IN
    pt_per_px = 72 / tagged if tagged and low <= long_px / tagged <= high else A4_LONG_PT / long_px
    return size_px[0] * pt_per_px, size_px[1] * pt_per_px


def on_white(image: Any) -> Any:
    """RGB; where the picture is transparent, white paper shows."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), with_alpha).convert("RGB")
    if image.mode.startswith("I;16") or image.mode == "I":
        return Image.fromarray((np.asarray(image).astype(np.float64) / 257).clip(0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    return image.convert("RGB")


def allow_heif() -> None:
    """Let Pillow open HEIC pictures."""
    import pillow_heif

    pillow_heif.register_heif_opener()
