"""A page of a PDF that is one large JPEG picture and nothing else, as scanners write them: decoded at a half or less.

A JPEG's blocks can be decoded to fewer pixels. PDFium decodes all of them and averages them afterwards, which takes
three times as long on a scan of 300 dots an inch, and a fifth of a second a page on one of 600.
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipeline.documents.document import MAX_PIXELS, BgrImage

Matrix = npt.NDArray[np.float64]

LARGE = 1.99
"""Pixels of a picture for one of the page as drawn from which it is decoded at half its size: a scan of 300 dots an
inch has two, or a hair less. Lower, fewer pixels are left than were asked for, and a scrawl reads otherwise."""
NEAR = 1.1
"""A decoded picture up to so many times as large as the page, and no smaller than `LARGE` allows, is the page as it is:
made to fit by a hundredth, every other stroke would be blurred."""
MASKED = (b"/SMask", b"/Mask", b"/Decode [", b"/Decode[")
"""What a file holds that has pictures which are not drawn as they are decoded. Dictionaries of pictures are never
compressed."""
COLOR_SPACES = {
    8: (raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_CALGRAY, raw.FPDF_COLORSPACE_ICCBASED),
    24: (raw.FPDF_COLORSPACE_DEVICERGB, raw.FPDF_COLORSPACE_CALRGB, raw.FPDF_COLORSPACE_ICCBASED),
}
"""Colour spaces, by bits a pixel, that a JPEG's own colours are taken for."""
TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 1, (-1, 0, 0, -1): 2, (0, -1, 1, 0): 3}
"""Quarters clockwise by which a picture is turned, by where its right and its foot point on the page (x, y each)."""
ALIGNED_PX = 0.5
"""Pixels by which a picture's edge may rise from end to end and still be drawn level."""
ROUNDING_PX = 0.01
"""Pixels by which an edge may miss a pixel's border and still be meant there."""


@dataclass(frozen=True, slots=True)
class ScannedPicture:
    """The picture that a page consists of."""

    jpeg: bytes
    shape: tuple[int, int]
    """(H, W) of the whole picture, pixels."""
    box_px: tuple[int, int, int, int]
    """Left, top, right, bottom on the page as drawn."""
    turns: int
    """Quarters clockwise by which the page shows it turned."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height at which the page shows it, before it is turned."""
        left, top, right, bottom = self.box_px
        return (right - left, bottom - top) if self.turns % 2 == 0 else (bottom - top, right - left)

    @property
    def by(self) -> float:
        """Its pixels for one of the page."""
        return min(self.shape[0] / self.size_px[1], self.shape[1] / self.size_px[0])

    def draw(self, page_px: tuple[int, int]) -> BgrImage | None:
        """The page of `page_px` (width, height) or about that, (H, W, 3) BGR; None where the JPEG is damaged."""
        import cv2
        from PIL import Image

        times = 4 if self.by >= 2 * LARGE else 2
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(io.BytesIO(self.jpeg)) as image:
                    image.draft("RGB", (image.width // times, image.height // times))
                    decoded = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):  # PDFium shows what is left of it
            return None
        (left, top, right, bottom), (width, height) = self.box_px, page_px
        if self.box_px == (0, 0, width, height) and decoded.shape[1] <= NEAR * self.size_px[0]:
            return np.ascontiguousarray(np.rot90(cv2.cvtColor(decoded, cv2.COLOR_RGB2BGR), -self.turns))
        page = np.full((height, width, 3), 255, np.uint8)
        picture = cv2.resize(decoded, self.size_px, interpolation=cv2.INTER_AREA)
        page[top:bottom, left:right] = np.rot90(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), -self.turns)
        return page


def scanned_picture(
    page: pdfium.PdfPage, data: bytes, to_view: Matrix, page_px: tuple[int, int]
) -> ScannedPicture | None:
    """The large picture that a page drawn at `page_px` (width, height) consists of; None where it holds anything else.

    `data`: the file. `to_view`: (2, 3), page space to fractions of the page as shown.
    """
    if raw.FPDFPage_CountObjects(page) != 1 or raw.FPDFPage_GetAnnotCount(page):
        return None
    (only,) = page.get_objects(max_depth=1)
    if only.type != raw.FPDF_PAGEOBJ_IMAGE or only.get_filters() != ["DCTDecode"] or _is_seen_through(only):
        return None
    (width, height), kind = only.get_px_size(), only.get_metadata()
    placed = _placed(only.get_matrix(), to_view, page_px)
    known = kind.colorspace in COLOR_SPACES.get(kind.bits_per_pixel, ())
    if placed is None or not known or width * height > MAX_PIXELS or any(word in data for word in MASKED):
        return None
    found = ScannedPicture(bytes(only.get_data(decode_simple=True)), (height, width), *placed)
    return found if found.by >= LARGE else None


def _is_seen_through(picture: pdfium.PdfObject) -> bool:
    """Whether a picture is cut, drawn faintly or on a layer."""
    clipped = raw.FPDFClipPath_CountPaths(raw.FPDFPageObj_GetClipPath(picture)) > 0
    return bool(clipped or raw.FPDFPageObj_HasTransparency(picture) or raw.FPDFPageObj_CountMarks(picture))


def _placed(
    picture: pdfium.PdfMatrix, to_view: Matrix, page_px: tuple[int, int]
) -> tuple[tuple[int, int, int, int], int] | None:
    """Where a picture stands on the page, left, top, right and bottom in pixels, and its quarters clockwise.

    None where it does not stand straight, is mirrored or reaches over the page's edge.
    """
    a, b, c, d, e, f = picture.get()
    corners = np.array([(e + c, f + d, 1), (e + a + c, f + b + d, 1), (e, f, 1)])
    origin, right_end, foot_end = corners @ to_view.T * page_px
    right, foot = right_end - origin, foot_end - origin
    ways = [0 if abs(v) < ALIGNED_PX else int(np.sign(v)) for v in (*right, *foot)]
    turns = TURNS.get((ways[0], ways[1], ways[2], ways[3]))
    ends = np.stack([origin, origin + right + foot])
    left, top = (math.floor(v + ROUNDING_PX) for v in ends.min(axis=0))
    right_px, bottom = (math.ceil(v - ROUNDING_PX) for v in ends.max(axis=0))
    inside = left >= 0 and top >= 0 and right_px <= page_px[0] and bottom <= page_px[1]
    return ((left, top, right_px, bottom), turns) if turns is not None and inside else None
