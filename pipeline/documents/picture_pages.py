"""Pages of a picture file: the frames of a TIFF or HEIF, a JPEG, a PNG."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Box
from pipeline.documents.document import MAX_PIXELS, BgrImage, Word, is_page

A4_LONG_PT = 841.89
"""Long side of A4, points: what a picture without a believable resolution is taken for."""
IMAGE_LONG_SIDE_IN = (5.0, 24.0)
"""An image whose dpi tag makes its long side this many inches is believed; others are taken for an A4 page."""
UNEVEN_DPI = (1 / 3, 3.0)
"""Resolution across by resolution down that is believed: fax machines scan 204 by 98 dots an inch, some 204 by 391."""
FAX_WIDTHS = (1728, 2048, 2432)
"""Dots of a fax machine's line (ITU-T T.4) on A4, B4 and A3."""
FAX_DPI = (204.0, 98.0)
"""Dots an inch, across and down, of its usual resolution."""
FLAT = 0.85
"""Height by width of a fax below which its lines stand twice as far apart as its dots: 0.66 on A4, 0.62 on Letter."""
FULL_SCALES = (1.0, 255.0, 4095.0, 65535.0)
"""What may stand for white in grey values in more than eight bits: fractions, or numbers of 8, 12 or 16 bits."""
TURNED = (5, 6, 7, 8)
"""Values of the orientation tag (TIFF 6.0, page 36) by which rows of the file are columns of the picture."""


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
                    size, dpi = _as_shown(image)
                    sizes_px.append(size)
                    sizes_pt.append(_image_size_pt(size, dpi))
                if frames == 1:
                    image.draft("RGB", (64, 64))
                ImageOps.exif_transpose(image).load()
        return cls(data, tuple(sizes_px), tuple(sizes_pt))

    def size_pt(self, page_index: int) -> tuple[float, float]:
        """See PageSource; from the resolution that the file states, if that can be."""
        return self.sizes_pt[page_index]

    def render(self, page_index: int, scale: float) -> BgrImage:
        """See PageSource. Upright as the picture's own tag says, what is transparent on white."""
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
        """None: a picture holds no text."""
        return ()

    def stamps(self, page_index: int) -> tuple[Box, ...]:
        """None: a picture holds no certificate."""
        return ()


def _as_shown(image: Any) -> tuple[tuple[int, int], tuple[float, float] | None]:
    """Width and height in pixels, and dots an inch across and down, of a picture turned as its tag says."""
    size, dpi = image.size, _resolution(_unstated(image) or image.info.get("dpi"))
    if image.getexif().get(0x0112, 1) not in TURNED:
        return size, dpi
    # Pillow states a TIFF's size as it is shown, other files' sizes as they are stored.
    return size if image.format == "TIFF" else size[::-1], dpi[::-1] if dpi else None


def _unstated(image: Any) -> tuple[float, float] | None:
    """Dots an inch of a TIFF that states numbers without a unit, or of a fax that states nothing; else None."""
    if image.format != "TIFF" or (image.tag_v2.get(296, 2) != 1 and 282 in image.tag_v2):
        return None
    across, down = (image.tag_v2.get(tag) for tag in (282, 283))
    if across and down and across != down:
        return float(across), float(down)
    width, height = image.size
    return FAX_DPI if image.mode == "1" and width in FAX_WIDTHS and height < FLAT * width else None


def _resolution(dpi: object) -> tuple[float, float] | None:
    """Dots an inch across and down, where a picture states them and they can be true of one scanner."""
    if not (isinstance(dpi, tuple) and len(dpi) >= 2 and all(float(d) > 0 for d in dpi[:2])):
        return None
    across, down = float(dpi[0]), float(dpi[1])
    low, high = UNEVEN_DPI
    return (across, down) if low <= across / down <= high else (across, across)


def _image_size_pt(size_px: tuple[int, int], dpi: tuple[float, float] | None) -> tuple[float, float]:
    """Width and height in points; where the stated resolution makes no page of it, its long side is A4's."""
    across, down = dpi or (1.0, 1.0)
    width, height = size_px[0] / across, size_px[1] / down
    low, high = IMAGE_LONG_SIDE_IN
    pt = 72 if dpi and low <= max(width, height) <= high else A4_LONG_PT / max(width, height)
    return width * pt, height * pt


def on_white(image: Any) -> Any:
    """RGB; where the picture is transparent, white paper shows."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), with_alpha).convert("RGB")
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return Image.fromarray(_in_bytes(np.asarray(image))).convert("RGB")
    return image.convert("RGB")


def _in_bytes(gray: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Grey values (H, W) in more than eight bits, whole numbers or not, as 0..255.

    What stands for white the file does not say: the least of FULL_SCALES that none exceeds. What is no number is white.
    """
    values = np.nan_to_num(gray.astype(np.float64), nan=np.inf, posinf=np.inf, neginf=0.0)
    finite = values[np.isfinite(values)]
    greatest = float(finite.max()) if finite.size else 0.0
    white = next((scale for scale in FULL_SCALES if greatest <= scale), greatest)
    return np.asarray((values * (255 / white)).clip(0, 255), np.uint8)


def allow_heif() -> None:
    """Let Pillow open HEIC pictures."""
    import pillow_heif

    pillow_heif.register_heif_opener()
