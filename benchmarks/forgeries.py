"""Make a return wrong on purpose: pages with words struck out, fields painted out, another's block pasted in.

Pages are uint8 BGR arrays (H, W, 3) as a viewer shows them, at `dpi`, laid on the form by a `Registration`; each
function returns a new array. Whatever is painted over takes the page's own background.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from pipeline.extraction.dropout import form_dropout
from pipeline.forms.form import FormPage, PrintedWord, Zone
from pipeline.registration.register import Registration
from pipeline.registration.warp import INK_DPI

Page = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Random = np.random.Generator


FINE = 6
"""Pixels a point in which type is set."""
PAPER_PX = 41
"""Wider than any stroke of a pen, at the resolutions that pages are rendered in."""


def points_to_pixels(fit: Registration, dpi: float, points: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
    """(n, 2) pixels of the page for points of the form."""
    return np.asarray(cv2.perspectiveTransform(np.array([points], np.float64), fit.to_pixels(dpi))[0], np.float64)


def _corners(zone: Zone) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = zone
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _scale(fit: Registration, dpi: float) -> float:
    """Pixels of the page a point of the form."""
    return float(np.hypot(*fit.to_pixels(dpi)[:2, 0]))


def zone_mask(image: Page, dpi: float, fit: Registration, zone: Zone) -> Bools:
    """True inside a zone of the form, (H, W)."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [points_to_pixels(fit, dpi, _corners(zone)).round().astype(np.int32)], (1,))
    return mask.astype(np.bool_)


def ink_mask(image: Page, dpi: float, fit: Registration, zone: Zone, rim_pt: float = 1.1) -> Bools:
    """True on the foreign ink of a zone of the form, with a rim around it, in the page's frame (H, W)."""
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    ink = form_dropout(gray, dpi, fit, zone)
    shift = np.array([[72 / INK_DPI, 0, zone[0]], [0, 72 / INK_DPI, zone[1]], [0, 0, 1.0]])
    to_page = fit.to_pixels(dpi) @ shift
    soft = cv2.warpPerspective(ink.mask.astype(np.float32), to_page, gray.shape[::-1], flags=cv2.INTER_LINEAR)
    rim = max(1, round(2 * rim_pt * _scale(fit, dpi)))
    return np.asarray(cv2.dilate((soft > 0.1).astype(np.uint8), np.ones((rim, rim), np.uint8)) > 0, np.bool_)


def paint_out(image: Page, mask: Bools) -> Page:
    """The page with its own paper where `mask` is True: the brightest nearby, which no dark print bleeds into."""
    paper = cv2.medianBlur(cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((PAPER_PX, PAPER_PX), np.uint8)), 11)
    return np.where(mask[:, :, None], paper, image).astype(np.uint8)


def erase_zone(image: Page, dpi: float, fit: Registration, zone: Zone) -> Page:
    """The page without the foreign ink of a zone of the form; the form's print stays."""
    return paint_out(image, ink_mask(image, dpi, fit, zone))


def type_text(
    image: Page,
    dpi: float,
    fit: Registration,
    text: str,
    start: tuple[float, float],
    size_pt: float,
    font_file: Path | None = None,
) -> Page:
    """A line of type, its baseline starting at a point of the form, as if typed before the page was printed.

    Without a font's file it is plain type.
    """
    scale = _scale(fit, dpi)
    size = size_pt * FINE
    font = ImageFont.truetype(str(font_file), size) if font_file else ImageFont.load_default(size)
    length, height = round(font.getlength(text)) + 4 * FINE, round(2 * size_pt * FINE)
    line = Image.new("L", (length, height), 255)
    ImageDraw.Draw(line).text((2 * FINE, 1.4 * size_pt * FINE), text, fill=25, font=font, anchor="ls")
    x, y = start
    corners = np.array(_corners((x - 2, y - 1.4 * size_pt, x - 2 + length / FINE, y + 0.6 * size_pt)), np.float32)
    frame = np.array([[0, 0], [length, 0], [length, height], [0, height]], np.float32)
    to_page = cv2.getPerspectiveTransform(frame, points_to_pixels(fit, dpi, corners.tolist()).astype(np.float32))
    soft = cv2.GaussianBlur(np.array(line), (0, 0), max(0.1, 0.4 * FINE / scale))
    typed = cv2.warpPerspective(soft, to_page, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderValue=255)
    return np.minimum(image, typed[:, :, None]).astype(np.uint8)


def pen_stroke(
    image: Page, dpi: float, fit: Registration, path: Sequence[tuple[float, float]], width_pt: float
) -> Page:
    """A dark line along a path of form points."""
    out = image.copy()
    thickness = max(1, round(width_pt * _scale(fit, dpi)))
    pixels = points_to_pixels(fit, dpi, path).round().astype(np.int32)
    cv2.polylines(out, [pixels], False, (90, 40, 30), thickness, cv2.LINE_AA)
    return np.asarray(out, np.uint8)


def strike_words(image: Page, dpi: float, fit: Registration, words: Sequence[PrintedWord], rng: Random) -> Page:
    """The words of one line struck out by a pen or a ruler."""
    x0, x1 = words[0].box[0] - rng.uniform(0, 4), words[-1].box[2] + rng.uniform(0, 4)
    y = words[0].baseline - rng.uniform(1.8, 3.5)
    tilt, wobble = rng.uniform(-0.8, 0.8), rng.uniform(0, 0.5)
    t = np.linspace(0, 1, 24)
    path = [(x0 + (x1 - x0) * s, y + tilt * (s - 0.5) + wobble * np.sin(9 * s)) for s in t]
    return pen_stroke(image, dpi, fit, path, rng.uniform(0.9, 2.2))


def cross_out(image: Page, dpi: float, fit: Registration, words: Sequence[PrintedWord], rng: Random) -> Page:
    """Several lines crossed out by two diagonals."""
    boxes = np.array([word.box for word in words])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    width = rng.uniform(1.2, 2.2)
    once = pen_stroke(image, dpi, fit, [(x0, y0), (x1, y1)], width)
    return pen_stroke(once, dpi, fit, [(x0, y1), (x1, y0)], width)


def blank_word(image: Page, dpi: float, fit: Registration, word: PrintedWord) -> Page:
    """A printed word painted over."""
    x0, y0, x1, y1 = word.box
    return paint_out(image, zone_mask(image, dpi, fit, (x0 - 0.8, y0 - 0.8, x1 + 0.8, y1 + 0.8)))


def replace_word(image: Page, dpi: float, fit: Registration, word: PrintedWord, other: PrintedWord) -> Page:
    """A printed word replaced by another one of the page, in the page's own print."""
    scale = _scale(fit, dpi)
    source = (other.box[0] - 0.6, other.baseline - 7.6, other.box[2] + 0.6, other.baseline + 2.4)
    size = (round((source[2] - source[0]) * scale), round((source[3] - source[1]) * scale))
    frame = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float64)
    lift = _homography(points_to_pixels(fit, dpi, _corners(source)), frame)
    patch = np.asarray(
        cv2.warpPerspective(image, lift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    blank = blank_word(image, dpi, fit, word)
    left, top = word.box[0] - 0.6, word.baseline - 7.6
    target = (left, top, left + source[2] - source[0], top + source[3] - source[1])
    drop = _homography(frame, points_to_pixels(fit, dpi, _corners(target)))
    return darker(blank, patch, drop)


def _homography(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Takes four corners, shape (4, 2), to four others; shape (3, 3)."""
    return np.asarray(cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32)), np.float64)


def darker(image: Page, patch: Page, to_page: npt.NDArray[np.float64]) -> Page:
    """The page with a patch laid on it by a homography, as ink on paper: the darker one shows.

    The patch's paper is evened out first, so that its edges don't show.
    """
    paper = np.median(patch.reshape(-1, 3), axis=0)
    ink = np.clip(patch.astype(np.float32) / np.maximum(paper, 1), 0, 1)
    laid = cv2.warpPerspective(
        ink, to_page, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(1, 1, 1)
    )
    return np.asarray(np.clip(image * laid, 0, 255), np.uint8)


def writing_patch(image: Page, dpi: float, fit: Registration, zone: Zone) -> Page | None:
    """The foreign ink of a zone on white, cut to its bounds; None where there is none."""
    mask = ink_mask(image, dpi, fit, zone)
    ys, xs = np.nonzero(mask)
    if len(ys) < 50:
        return None
    cut = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    return np.asarray(np.where(mask[cut][..., None], image[cut], 255), np.uint8)


def write_between(image: Page, dpi: float, fit: Registration, patch: Page, at: PrintedWord, size: float) -> Page:
    """A patch of handwriting, cut from a page at `dpi`, laid above a printed word at `size` times its own size."""
    patch = np.asarray(patch[:, : round(90 / size * _scale(fit, dpi))], np.uint8)
    return lay_patch(image, dpi, fit, patch, (at.box[0], at.box[1] + 2.0), size)


def lay_patch(
    image: Page, dpi: float, fit: Registration, patch: Page, foot: tuple[float, float], size: float = 1.0
) -> Page:
    """A patch, cut from a page at `dpi`, laid at `size` times its own size with its lower left corner at a point of the
    form."""
    h, w = patch.shape[:2]
    width_pt, height_pt = (size * v / _scale(fit, dpi) for v in (w, h))
    x0, y1 = foot
    target = (x0, y1 - height_pt, x0 + width_pt, y1)
    frame = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64)
    drop = _homography(frame, points_to_pixels(fit, dpi, _corners(target)))
    return darker(image, patch, drop)


def set_off(image: Page, dpi: float, fit: Registration, area: Zone, rng: Random) -> Page:
    """The page with its own writing in an area once more, mirrored, pale and patchy, as wet ink leaves it on a sheet
    that lies on it."""
    height, width = image.shape[:2]
    ink = ink_mask(image, dpi, fit, area, rim_pt=0.5)
    mirrored = cv2.flip(np.where(ink[..., None], image, 255).astype(np.uint8), 1)
    down = rng.uniform(-0.45, 0.1) if area[1] > fit.page.height / 2 else rng.uniform(0, 0.5)
    shift = np.array([[1, 0, rng.uniform(-0.1, 0.1) * width], [0, 1, down * height]])
    moved = cv2.warpAffine(mirrored, shift, (width, height), borderValue=(255, 255, 255))
    patches = cv2.resize(rng.random((height // 6, width // 6)).astype(np.float32), (width, height))[..., None]
    strength = np.clip(rng.uniform(0.2, 0.5) * (0.4 + 1.2 * patches), 0, 1)
    return np.asarray(image * (1 - strength * (1 - cv2.GaussianBlur(moved, (0, 0), 0.8) / 255)), np.uint8)


def smudged(image: Page, dpi: float, fit: Registration, word: PrintedWord, rng: Random) -> Page:
    """Crumbs of toner, or a finger's dirt, around a word."""
    place = ((word.box[0] + word.box[2]) / 2 + rng.uniform(-30, 30), word.baseline + rng.uniform(-8, 8))
    middle, scale = points_to_pixels(fit, dpi, [place])[0], _scale(fit, dpi)
    spread = np.array([rng.uniform(6, 22), rng.uniform(2, 8)]) * scale
    dirt = np.zeros(image.shape[:2], np.float32)
    for _ in range(int(rng.integers(15, 70))):
        x, y = middle + rng.normal(0, 1, 2) * spread
        radius = rng.uniform(0.25, 0.9) * scale
        sides = (max(1, int(radius * rng.uniform(1, 2.5))), max(1, int(radius)))
        tilt, dark = float(rng.uniform(-30, 30)), float(rng.uniform(0.3, 0.9))
        cv2.ellipse(dirt, (int(x), int(y)), sides, tilt, 0, 360, (dark,), -1, cv2.LINE_AA)
    return np.asarray(image * (1 - cv2.GaussianBlur(dirt, (0, 0), 0.6)[..., None]), np.uint8)


def stretched(image: Page, dpi: float, rng: Random) -> Page:
    """The page drawn out or pressed together towards one side, by up to a letter's width, as a feeder that slips
    does it."""
    height, width = image.shape[:2]
    start, most = rng.uniform(0.2, 0.75) * width, rng.uniform(1.0, 4.5) * dpi / 72 * rng.choice([-1, 1])
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    drawn = most * np.clip((xs - start) / (width - start), 0, 1) ** rng.uniform(1, 2.5)
    paper = (255, 255, 255)
    return np.asarray(
        cv2.remap(image, (xs + drawn).astype(np.float32), ys, cv2.INTER_LINEAR, borderValue=paper), np.uint8
    )


def random_words(page: FormPage, rng: Random, most: int = 4) -> list[PrintedWord]:
    """One to `most` neighbouring clause words of one line, at least four letters in all."""
    words = page.clause_words()
    while True:
        start, count = int(rng.integers(0, len(words))), int(rng.integers(1, most + 1))
        some = [w for w in words[start : start + count] if abs(w.baseline - words[start].baseline) < 1]
        if sum(c.isalpha() for w in some for c in w.text) >= 4:
            return some


def scanned_again(image: Page, rng: Random) -> Page:
    """The same sheet on another scanner: turned, resized, softer, grainier, with another paper tone."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-1.0, 1.0), rng.uniform(0.97, 1.0))
    turn[:, 2] += rng.uniform(-0.01, 0.01, 2) * width
    moved = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=(250, 250, 250))
    soft = cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.4, 0.9)).astype(np.float32)
    grain = rng.normal(0, rng.uniform(1, 5), soft.shape[:2])[..., None]
    toned = soft * rng.uniform(0.9, 1.0) + rng.uniform(-8, 4) + grain
    return recompressed(np.asarray(np.clip(toned, 0, 255), np.uint8), int(rng.integers(40, 90)))


def recompressed(image: Page, quality: int) -> Page:
    """The page after JPEG."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def as_pdf(pages: Sequence[Page], dpi: float, quality: int = 85) -> bytes:
    """The pages as a PDF of JPEG pictures, as scanners write it."""
    pictures = [Image.fromarray(cv2.cvtColor(page, cv2.COLOR_BGR2RGB)) for page in pages]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi, quality=quality)
    return out.getvalue()
