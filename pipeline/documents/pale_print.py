"""A pale print, copied with hardly any toner or scanned too bright, with its ink as dark as other scans have it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

PALE = (150, 225)
"""Grey values, 0..255 on paper of 255, between which PRINT_SHARE of a pale page's pixels are darker: of one that was
copied with hardly any toner, or scanned too bright. Darker print is read as it is; of lighter one there is none, but
dirt and what shows through from the other side. Set by eye: near the first, pages read alike either way."""
PRINT_SHARE = 0.005
"""Share of a page's pixels that are print at its darkest; a signature block alone has about so much."""
BLACK, BLACK_SHARE = 110, 0.001
"""Grey value, on paper of 255, below which so small a share of the pixels shows that a page with little on it is not
pale. Set by eye."""
INSIDE = 0.05
"""Share of a page, at each edge, where scanners leave black."""
PRINT_GREY = 100
"""Grey value that the darkest print of a pale page is given; that of ordinary scans is about as dark, or darker."""
PAPER_STEP = 4
"""Of so many pixels, across and down, one is looked at for the paper's brightness."""
PAPER_PIXELS = 9
"""Side, in such steps, of the neighbourhood whose brightest pixel is paper: strokes are narrower."""


def darkened(color: Pixels, gray: Pixels) -> tuple[Pixels, Pixels]:
    """A page, (H, W, 3) BGR and its brightness (H, W): the same where it is not pale, else its ink darker, on white."""
    paper = _paper(gray)
    black, darkest = _darkest(np.asarray(cv2.divide(gray[::PAPER_STEP, ::PAPER_STEP], paper, scale=255), np.uint8))
    if black < BLACK or not PALE[0] < darkest < PALE[1]:
        return color, gray
    strength = (255 - PRINT_GREY) / (255 - darkest)
    evened = np.asarray(cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    return _strengthened(color, evened[:, :, None], strength), _strengthened(gray, evened, strength)


def _paper(gray: Pixels) -> Pixels:
    """The paper's brightness around each PAPER_STEP-th pixel, down and across, of a page (H, W)."""
    around = np.ones((PAPER_PIXELS, PAPER_PIXELS), np.uint8)
    return np.asarray(cv2.morphologyEx(gray[::PAPER_STEP, ::PAPER_STEP], cv2.MORPH_CLOSE, around), np.uint8)


def _darkest(light: Pixels) -> tuple[int, int]:
    """Grey values of the darkest BLACK_SHARE and PRINT_SHARE of a page, (H, W) on paper of 255, but for its edges."""
    down, across = (int(INSIDE * size) for size in light.shape)
    inside = light[down : light.shape[0] - down, across : light.shape[1] - across]
    counts = np.cumsum(np.bincount(inside.ravel(), minlength=256))
    black, darkest = np.searchsorted(counts, (BLACK_SHARE * inside.size, PRINT_SHARE * inside.size))
    return int(black), int(darkest)


def _strengthened(values: Pixels, paper: Pixels, strength: float) -> Pixels:
    """Values of ink on paper of that brightness as if the paper were white and the ink so many times as dark."""
    light = values * (255.0 / np.maximum(paper, 1).astype(np.float32))
    return np.clip(255 - (255 - light) * strength, 0, 255).astype(np.uint8)
