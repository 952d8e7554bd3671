"""From a clean page to a scan, a phone photo or a fax: pixels in, pixels out.

Pictures are uint8 (H, W, 3), RGB. All that is random comes from the generator that the caller gives.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium

from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.sheet import INK, Sheet

Image = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float32]
"""Shape (H, W), 0..1."""
Light = npt.NDArray[np.float32]
"""Shape (H, W, 3), 0..1, RGB."""


def render(sheet: Sheet, dpi: float) -> Image:
    """The sheet as pixels."""
    document = pdfium.PdfDocument(write_pdf([sheet]))
    document.init_forms()
    bitmap = document[0].render(scale=dpi / 72)
    image = np.ascontiguousarray(bitmap.to_numpy()[..., :3][..., ::-1])
    document.close()
    return image


def _unit(image: Image) -> npt.NDArray[np.float32]:
    """0..255 as 0..1, same shape."""
    return np.asarray(image.astype(np.float32) / 255, np.float32)


def _blurred(light: npt.NDArray[np.float32], sigma_px: float) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma_px), np.float32)


def clouds(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> Grey:
    """Smooth noise, mean 0, standard deviation about 1, in lumps of `cell` pixels."""
    rows, columns = (max(2, round(n / cell) + 2) for n in shape)
    coarse = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def on_paper(sheet: Sheet, dpi: float, rng: np.random.Generator) -> Image:
    """The sheet printed and written on with a pen: ink is uneven, print a little soft."""
    printed = render(Sheet(sheet.width, sheet.height, tuple(i for i in sheet.items if not isinstance(i, INK))), dpi)
    inked = render(Sheet(sheet.width, sheet.height, tuple(i for i in sheet.items if isinstance(i, INK))), dpi)
    grain = clouds(inked.shape[:2], 1.6, rng) * 0.10 + clouds(inked.shape[:2], 14, rng) * 0.10
    strength = np.clip(0.92 + grain, 0.45, 1.0)[..., None]
    ink = 1 - (1 - inked.astype(np.float32) / 255) * strength
    return np.asarray(np.round(printed.astype(np.float32) * ink), np.uint8)


def turned(image: Image, angle_deg: float, paper: float = 255.0, shift: tuple[float, float] = (0, 0)) -> Image:
    """Turned by a small angle about its middle, as a sheet lies in a scanner; corners are filled with `paper`."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0)
    matrix[:, 2] = matrix[:, 2] + shift
    fill = (paper, paper, paper)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=fill), np.uint8)


def _specks(shape: tuple[int, int], count: int, rng: np.random.Generator) -> Grey:
    mask = np.zeros(shape, np.uint8)
    for _ in range(count):
        at = (int(rng.integers(shape[1])), int(rng.integers(shape[0])))
        cv2.circle(mask, at, int(rng.integers(1, 3)), int(rng.integers(60, 200)), -1, cv2.LINE_AA)
    return _unit(mask)


def scan(
    image: Image,
    rng: np.random.Generator,
    *,
    skew_deg: float = 0.4,
    paper: float = 0.985,
    ink: float = 0.08,
    noise: float = 0.012,
    grey: bool = False,
    edge: bool = False,
    behind: Image | None = None,
    specks: int = 12,
) -> Image:
    """A flatbed scan: turned by `skew_deg`, paper and ink at these brightnesses (0..1), noise, dust.

    `edge` leaves the scanner's dark lid along a side; `behind` is the other side of the sheet, shining through.
    """
    height, width = image.shape[:2]
    shift = (float(rng.normal(0, 0.004)) * width, float(rng.normal(0, 0.004)) * height)
    light = _unit(turned(image, skew_deg, 255, shift))
    if behind is not None:
        back = _unit(np.asarray(cv2.GaussianBlur(np.ascontiguousarray(behind[:, ::-1]), (0, 0), 1.6), np.uint8))
        light *= 1 - 0.07 * (1 - back)
    light = _blurred(light, 0.55)
    light *= 1 - 0.75 * _specks((height, width), specks, rng)[..., None]
    light = ink + light * (paper - ink)
    light += 0.006 * clouds((height, width), width / 5, rng)[..., None]
    if edge:
        ramp = np.clip((np.arange(width) - width * 0.988) / (width * 0.012), 0, 1) ** 0.6
        light *= (1 - 0.72 * ramp)[None, :, None].astype(np.float32)
    light += rng.normal(0, noise, (height, width, 1 if grey else 3)).astype(np.float32)
    if grey:
        light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
    return np.asarray(np.round(light.clip(0, 1) * 255), np.uint8)


def _desk(shape: tuple[int, int], rng: np.random.Generator) -> Light:
    """A wooden table."""
    grain = (
        clouds((shape[0], shape[1]), 90, rng) * 0.4
        + clouds((shape[0] // 24 + 2, shape[1]), 5, rng).repeat(24, axis=0)[: shape[0]] * 0.5
    )
    base = np.array([0.46, 0.33, 0.22], np.float32) + rng.normal(0, 0.03, 3).astype(np.float32)
    return np.asarray(base * (1 + 0.10 * grain[..., None]), np.float32)


def photo(
    image: Image,
    rng: np.random.Generator,
    *,
    tilt: float = 0.05,
    margin: float = 0.06,
    shadow: float = 0.45,
    warmth: float = 0.06,
    blur: float = 0.8,
    noise: float = 0.018,
    on_desk: bool = True,
) -> Image:
    """A phone's photo of the page on a table: perspective, a bent sheet, uneven light, a hand's shadow, noise."""
    height, width = image.shape[:2]
    out_h, out_w = round(height * (1 + 2 * margin)), round(width * (1 + 2 * margin))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    place = corners + np.array([margin * width, margin * height], np.float32)
    place += rng.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * (width, width)
    matrix = cv2.getPerspectiveTransform(corners, place.astype(np.float32))
    sheet = _unit(np.asarray(cv2.warpPerspective(image, matrix, (out_w, out_h), flags=cv2.INTER_CUBIC), np.uint8))
    whole = np.full((height, width), 255, np.uint8)
    cover = _unit(np.asarray(cv2.warpPerspective(whole, matrix, (out_w, out_h)), np.uint8))[..., None]
    background = _desk((out_h, out_w), rng) if on_desk else np.full((out_h, out_w, 3), 0.93, np.float32)
    scene = (0.10 + 0.84 * sheet) * cover + background * (1 - cover)
    scene *= _light((out_h, out_w), shadow, rng)[..., None]
    scene *= np.array([1 + warmth / 2, 1.0, 1 - warmth], np.float32)
    scene = _bent(scene, rng)
    scene = _blurred(scene, blur)
    scene += rng.normal(0, noise, scene.shape).astype(np.float32)
    return np.asarray(np.round(scene.clip(0, 1) * 255), np.uint8)


def _light(shape: tuple[int, int], shadow: float, rng: np.random.Generator) -> Grey:
    """Brightness over the picture: a lamp to one side, and the soft edge of a shadow from another."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x, y = x / shape[1] - 0.5, y / shape[0] - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * x + np.sin(angle) * y
    lamp = 0.90 + 0.22 * slope
    turn = angle + rng.uniform(-0.7, 0.7)
    distance = np.cos(turn) * x + np.sin(turn) * y + 0.12 + 0.05 * np.sin(5 * (y - x) + angle)
    dark = 1 / (1 + np.exp(distance / 0.035))
    return np.asarray((lamp * (1 - shadow * dark)).clip(0.15, 1.05), np.float32)


def _bent(scene: Light, rng: np.random.Generator) -> Light:
    """The sheet does not lie flat: rows are moved by up to half a percent of its width."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wave = 0.0035 * width * np.sin(np.pi * x / width * 1.3 + rng.uniform(0, 3)) * (y / height - 0.3)
    return np.asarray(
        cv2.remap(scene, x, y + wave.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def fax(image: Image, rng: np.random.Generator, skew_deg: float = -0.5) -> npt.NDArray[np.bool_]:
    """A fax: black (True) or white, ragged edges, specks, a few lines that the line lost. Shape (H, W)."""
    height, width = image.shape[:2]
    light = turned(image, skew_deg).mean(axis=2).astype(np.float32) / 255
    light = _blurred(light, 0.8)
    light += 0.09 * clouds((height, width), 1.5, rng) + 0.03 * clouds((height, width), 40, rng)
    black: npt.NDArray[np.bool_] = light < 0.62
    black |= _specks((height, width), 90, rng) > 0.4
    for row in rng.integers(0, height, 5):
        start, length = int(rng.integers(0, width // 2)), int(rng.integers(width // 6, width // 2))
        black[row, start : start + length] = False
    return black


def crumpled(image: Image, rng: np.random.Generator) -> Image:
    """Folded twice and flattened: two creases, softly lit."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = np.ones((height, width), np.float32)
    for distance in (y - height * float(rng.uniform(0.32, 0.36)), y - height * float(rng.uniform(0.64, 0.68))):
        bent = distance + 0.004 * x
        light -= 0.10 * np.exp(-np.abs(bent) / 2.5) * np.sign(bent) + 0.04 * np.exp(-np.abs(bent) / 40) * (bent > 0)
    return np.asarray(np.round((image * light[..., None]).clip(0, 255)), np.uint8)
