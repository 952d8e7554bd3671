"""Pictures of made-up handwritten lines for training: dates as people write them, and words of titles.

Dates are drawn from the tables of `pipeline.dates.spellings`. Some are written in script fonts, letter by letter with
slips of the hand; numeric ones also in strokes, whose shapes of each figure are below. Then they are bent, thinned,
shrunk to the size of ink on a page, blurred, and cut close as the program cuts its lines.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from pipeline.dates import spellings
from pipeline.dates.readings import month_names

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Stroke = Sequence[tuple[float, float]]

FONT_SIZE: Final = 90
"""Pixels, before a line is shrunk to the size that ink has."""
FIGURE_HEIGHT: Final = 90
"""The same for figures drawn in strokes."""
MAX_ASPECT: Final = 14
"""Width by height of the longest line that is kept: a date is shorter."""
TITLE_SHARE: Final = 0.2
"""Share of lines that are words of a title; raised, the head reads letters better and figures have less of it."""
CHINESE_SHARE: Final = 0.03
"""Share of dates with the signs of year, month and day; the recognizer itself reads them well."""
STROKE_SHARE: Final = 0.55
"""Share of numeric dates drawn in strokes."""

# fmt: off
FIGURES: Final[Mapping[str, Sequence[Sequence[Stroke]]]] = {
    "0": (
        (((0.5, 0.02), (0.15, 0.3), (0.15, 0.75), (0.5, 1), (0.85, 0.7), (0.82, 0.25), (0.45, 0.03)),),
        (((0.7, 0.08), (0.3, 0.1), (0.08, 0.55), (0.35, 1), (0.8, 0.8), (0.8, 0.3), (0.5, 0.05)),),
        (((0.45, 0.2), (0.15, 0.4), (0.2, 0.85), (0.55, 1), (0.85, 0.75), (0.75, 0.3), (0.4, 0.22)),),
    ),
    "1": (
        (((0.5, 0), (0.5, 1)),),
        (((0.2, 0.25), (0.55, 0), (0.5, 1)),),
        (((0.6, 0), (0.4, 1)),),
        (((0.15, 0.3), (0.5, 0.02), (0.48, 1)), ((0.2, 1), (0.8, 0.99))),
        (((0.5, 0), (0.48, 0.5), (0.55, 1)),),
        (((0, 0.6), (0.45, 0), (0.5, 1)),),
        (((0.05, 0.45), (0.5, 0), (0.45, 1)),),
        (((0, 0.85), (0.5, 0.02), (0.6, 1)),),
        (((0, 0.35), (0.5, 0.05), (0.5, 1)),),
    ),
    "2": (
        (((0.1, 0.25), (0.4, 0), (0.8, 0.2), (0.6, 0.6), (0.1, 0.98), (0.5, 0.95), (0.95, 0.98)),),
        (((0.1, 0.2), (0.5, 0), (0.8, 0.25), (0.45, 0.75), (0.15, 0.95), (0.2, 0.75), (0.5, 0.9), (0.95, 0.95)),),
        (((0.05, 0.15), (0.5, 0.02), (0.75, 0.25), (0.1, 1), (0.9, 1)),),
    ),
    "3": (
        (((0.1, 0.12), (0.55, 0), (0.75, 0.22), (0.4, 0.45), (0.8, 0.65), (0.6, 0.98), (0.1, 0.9)),),
        (((0.1, 0.02), (0.8, 0.03), (0.4, 0.4), (0.85, 0.65), (0.55, 1), (0.08, 0.88)),),
    ),
    "4": (
        (((0.55, 0), (0.1, 0.65), (0.9, 0.63)), ((0.65, 0.35), (0.6, 1.05))),
        (((0.2, 0.05), (0.15, 0.5), (0.8, 0.5)), ((0.8, 0), (0.75, 1))),
        (((0.25, 0), (0.1, 0.45), (0.45, 0.55), (0.85, 0.45)), ((0.85, 0.05), (0.7, 1.05))),
        (((0.7, 0), (0.1, 0.7), (0.9, 0.68)), ((0.7, 0), (0.68, 1))),
    ),
    "5": (
        (((0.25, 0.02), (0.2, 0.4), (0.6, 0.4), (0.85, 0.7), (0.5, 1), (0.1, 0.9)), ((0.25, 0.03), (0.9, 0))),
        (((0.85, 0.02), (0.3, 0.03), (0.2, 0.45), (0.7, 0.45), (0.75, 0.85), (0.15, 0.98)),),
        (((0.3, 0.05), (0.25, 0.4), (0.7, 0.5), (0.7, 0.9), (0.1, 0.95)), ((0.3, 0.06), (0.8, 0.02))),
    ),
    "6": (
        (((0.7, 0), (0.2, 0.5), (0.25, 0.95), (0.7, 0.95), (0.8, 0.65), (0.4, 0.55), (0.2, 0.75)),),
        (((0.5, 0), (0.12, 0.6), (0.4, 1), (0.75, 0.8), (0.55, 0.55), (0.2, 0.7)),),
    ),
    "7": (
        (((0.08, 0.05), (0.85, 0.02), (0.4, 1)),),
        (((0.08, 0.05), (0.85, 0.02), (0.45, 1)), ((0.25, 0.5), (0.8, 0.48))),
        (((0.1, 0.15), (0.12, 0.03), (0.8, 0.05), (0.55, 0.5), (0.45, 1)),),
        (((0.1, 0.05), (0.5, 0.1), (0.85, 0), (0.5, 0.6), (0.3, 1.05)),),
        (((0.05, 0.1), (0.85, 0.03), (0.5, 0.6), (0.4, 1)), ((0.2, 0.55), (0.8, 0.5))),
    ),
    "8": (
        (((0.75, 0.12), (0.4, 0), (0.2, 0.2), (0.7, 0.65), (0.55, 1), (0.15, 0.8), (0.4, 0.5), (0.8, 0.15)),),
        (((0.5, 0.4), (0.2, 0.2), (0.5, 0), (0.8, 0.2), (0.5, 0.4), (0.1, 0.7), (0.5, 1), (0.9, 0.7), (0.5, 0.4)),),
        (((0.85, 0.05), (0.4, 0), (0.2, 0.25), (0.75, 0.7), (0.5, 1), (0.2, 0.75), (0.8, 0.2)),),
    ),
    "9": (
        (((0.8, 0.2), (0.4, 0), (0.1, 0.25), (0.4, 0.5), (0.8, 0.2), (0.7, 1)),),
        (((0.75, 0.15), (0.3, 0.05), (0.15, 0.4), (0.55, 0.45), (0.8, 0.1), (0.75, 0.6), (0.4, 1.05)),),
        (((0.75, 0.1), (0.25, 0.15), (0.25, 0.5), (0.7, 0.4), (0.78, 0.1), (0.65, 1.1)),),
        (((0.8, 0.1), (0.3, 0.1), (0.2, 0.4), (0.7, 0.4), (0.8, 0.1), (0.85, 0.6), (0.5, 1.05), (0.2, 0.95)),),
    ),
    "/": (
        (((0.75, -0.1), (0.2, 1.1)),),
        (((0.6, -0.2), (0.35, 1.2)),),
        (((0.5, -0.15), (0.4, 1.15)),),
        (((0.9, 0), (0.1, 1.05)),),
    ),
    "-": (
        (((0.1, 0.55), (0.9, 0.52)),),
    ),
    ".": (
        (((0.45, 0.96), (0.5, 1)),),
        (((0.5, 0.95), (0.48, 0.97)),),
    ),
    ",": (
        (((0.5, 0.92), (0.4, 1.15)),),
    ),
}
"""Ways to draw a figure: each some strokes through points; x from 0 to 1, y from 0, the top, to 1, the baseline."""
# fmt: on


def made_line(seed: int, fonts: Sequence[Path], titles: Sequence[str]) -> tuple[Pixels, str] | None:
    """A line crop (H, W), dark on white, and what it says; None where the seed gives none that is legible."""
    r, rng = Random(seed), np.random.default_rng(seed)
    if titles and r.random() < TITLE_SHARE:
        words, count = r.choice(titles).split(), r.randrange(1, 6)
        first = r.randrange(max(1, len(words) - count + 1))
        text = " ".join(words[first : first + count])[:45]
    else:
        text = date_text(r)
    numeric = all(c in FIGURES or c == " " for c in text)
    drawn = drawn_line(text, r, rng) if numeric and r.random() < STROKE_SHARE else font_line(text, fonts, r, rng)
    inked = None if drawn is None else _as_on_paper(drawn, r, rng)
    if inked is None or min(inked.shape) < 8 or inked.shape[1] >= MAX_ASPECT * inked.shape[0]:
        return None
    return inked, " ".join(text.split())


# --- what is written ----------------------------------------------------------------------------------------------


def date_text(r: Random) -> str:
    """A day in one of the ways people write days, some with a bit of label before or a place behind."""
    year = r.choice(range(2008, 2036)) if r.random() < 0.8 else r.randrange(1990, 2060)
    if r.random() < 0.15:
        year = r.choice([2010, 2011, 2012, 2017, 2019, 2020, 2021, 2022, 2027])
    month = r.randrange(1, 13)
    day = r.randrange(1, calendar.monthrange(year, month)[1] + 1)
    if r.random() < CHINESE_SHARE:
        return f"{year}年{month}月{day}日"
    layout = r.choices(spellings.LAYOUTS, [one.share for one in spellings.LAYOUTS])[0]
    numeric = "n" not in layout.parts
    text = ""
    for role, behind in zip(layout.parts, (layout.first, layout.second, None), strict=True):
        text += _part(role, year, month, day, r) + (_separator(behind, numeric, r) if behind else "")
    text += _pick(spellings.TAIL, r)
    text = text.replace("年", ".").replace("月", ".").replace("日", "")
    if r.random() < 0.04:
        text = r.choice(["Date: ", "e: ", ": ", "Date ", "- "]) + text
    return text + (r.choice([" Berlin", " Paris", "  .", " -", ", Tokyo"]) if r.random() < 0.03 else "")


def _pick(shares: Mapping[str, float], r: Random) -> str:
    return r.choices(list(shares), list(shares.values()))[0]


def _part(role: str, year: int, month: int, day: int, r: Random) -> str:
    match role:
        case "y" | "Y":
            return _pick(spellings.year_spellings(year, role == "Y"), r)
        case "m":
            return _pick(spellings.month_number_spellings(month), r)
        case "n":
            return _month_name(month, r)
        case _:
            text = _pick(spellings.day_spellings(day), r)
            return text.upper() if r.random() < 0.05 else text


def _month_name(month: int, r: Random) -> str:
    language = "en" if r.random() < 0.85 else r.choice(spellings.INK_LANGUAGES)
    name = r.choice([n for n in month_names(language)[month - 1] if len(n) >= spellings.SHORTEST_NAME])
    case = r.random()
    if language != "en" and case < 0.5:
        return name
    return name.capitalize() if case < 0.85 else name.upper() if case < 0.95 else name


def _separator(shares: Mapping[str, float], numeric: bool, r: Random) -> str:
    sign = _pick(shares, r)
    if numeric:
        return r.choice([sign, sign, sign, f"{sign} ", f" {sign} "]) if sign else " "
    if sign.isalpha():
        return f" {'day of' if sign == 'dayof' else sign} "
    return sign + " " if not sign or r.random() < 0.9 or sign not in (".", ",", ".,") else sign


# --- by which hand ------------------------------------------------------------------------------------------------


def drawn_line(text: str, r: Random, rng: np.random.Generator) -> Pixels:
    """Figures and signs in strokes, with one writer's shapes, slant, gaps and pen; ink 0 on 255."""
    shapes = {c: r.randrange(len(ways)) for c, ways in FIGURES.items()}
    widths = {c: rng.uniform(0.45, 0.75) for c in FIGURES}
    shake, slant = rng.uniform(0.015, 0.06), rng.normal(0.08, 0.15)
    for signs, low, high in (("1", 0.15, 0.7), ("/", 0.3, 0.7), ("-", 0.3, 0.6), (".,", 0.15, 0.3)):
        widths |= dict.fromkeys(signs, rng.uniform(low, high))
    gap, tall = rng.uniform(-0.08, 0.25), rng.uniform(0.9, 1.5)
    x, drift, lines = 0.4, 0.0, []
    for c in text:
        if c == " ":
            x += rng.uniform(0.25, 0.6)
            continue
        way = shapes[c] if rng.random() < 0.85 else r.randrange(len(FIGURES[c]))
        width, height = widths[c] * rng.uniform(0.85, 1.15), rng.uniform(0.88, 1.1) * (tall if c == "/" else 1.0)
        drift = 0.8 * drift + rng.normal(0, 0.02)
        angle = rng.normal(0, 0.05)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for stroke in FIGURES[c][way]:
            points = _smooth(np.array(stroke) + rng.normal(0, shake, (len(stroke), 2)))
            placed = ((points - (0, 1)) * (width, height)) @ turn
            lines.append(np.column_stack([placed[:, 0] - slant * placed[:, 1] + x, placed[:, 1] + drift]))
        x += width + gap * rng.uniform(0.6, 1.4)
    return _inked(lines, x, rng)


def _smooth(points: Floats, pieces: int = 10) -> Floats:
    """A Catmull-Rom curve through `points`."""
    if len(points) < 3:
        return points
    p = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.vstack([*spans, points[-1:]])


def _inked(lines: Sequence[Floats], width: float, rng: np.random.Generator) -> Pixels:
    """Lines in parts of FIGURE_HEIGHT, baseline at 0, drawn with one pen."""
    image = np.full((int(FIGURE_HEIGHT * 2.2), int((width + 0.6) * FIGURE_HEIGHT) + 20), 255, np.uint8)
    pen = round(rng.uniform(3, 13))
    for line in lines:
        eighths = np.round((line * FIGURE_HEIGHT + (10, FIGURE_HEIGHT * 1.55)) * 8).astype(np.int32)
        if len(eighths) == 2 and int(np.abs(eighths[0] - eighths[1]).sum()) < 60:  # a dot
            x, y = (eighths[0] // 8).tolist()
            cv2.circle(image, (x, y), max(2, int(pen * rng.uniform(0.5, 0.9))), 0, -1, cv2.LINE_AA)
        else:
            cv2.polylines(image, [eighths], False, 0, pen, cv2.LINE_AA, 3)
    return image


def font_line(text: str, fonts: Sequence[Path], r: Random, rng: np.random.Generator) -> Pixels | None:
    """Text in a script font that has all its letters, each letter turned, sized and set a little differently."""
    able = (font for font in (r.choice(fonts) for _ in range(20)) if set(text) - {" "} <= _letters(font))
    path = next(able, None)
    if path is None:
        return None
    font = _loaded(path)
    rough, spread = rng.uniform(0.3, 1.6), rng.uniform(-4, 10)
    x, drift, figure_spread = 30.0, 0.0, rng.uniform(0, 8)
    letters = []
    for c in text:
        x0, y0, x1, y1 = font.getbbox(c, anchor="ls")
        if c == " " or x1 - x0 < 1 or y1 - y0 < 1:
            x += font.getlength(" ") * rng.uniform(0.8, 1.8) + 6
            continue
        drift = 0.8 * drift + rng.normal(0, 1.2 * rough)
        letters.append((_letter(font, c, rough, rng), round(x + x0 - 12), round(y0 - 12 + drift)))
        x += font.getlength(c) * rng.normal(1, 0.03 * rough) + spread + (figure_spread if c.isdigit() else 0)
    return _set_together(letters, r) if letters else None


@cache
def _letters(path: Path) -> frozenset[str]:
    return frozenset(chr(code) for code in TTFont(path, lazy=True).getBestCmap())


@cache
def _loaded(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, FONT_SIZE)


def _letter(font: ImageFont.FreeTypeFont, c: str, rough: float, rng: np.random.Generator) -> Pixels:
    """One letter, ink 255 on 0, with 12 pixels around it."""
    x0, y0, x1, y1 = font.getbbox(c, anchor="ls")
    size = (int(x1 - x0 + 24), int(y1 - y0 + 24))
    image = Image.new("L", size, 0)
    ImageDraw.Draw(image).text((12 - x0, 12 - y0), c, 255, font=font, anchor="ls")
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), rng.normal(0, 2.5 * rough), rng.normal(1, 0.05 * rough))
    turn[0, 1] += rng.normal(0, 0.04 * rough)
    return np.asarray(cv2.warpAffine(np.asarray(image), turn, size), np.uint8)


def _set_together(letters: Sequence[tuple[Pixels, int, int]], r: Random) -> Pixels:
    """Letters at their places (left, top from the baseline) as one line, with a thicker or thinner pen."""
    top = min(y for _, _, y in letters)
    width = max(x + letter.shape[1] for letter, x, _ in letters) + 30
    image = np.zeros((max(y - top + letter.shape[0] for letter, _, y in letters) + 2, width), np.uint8)
    for letter, x, y in letters:
        part = image[y - top : y - top + letter.shape[0], max(0, x) : max(0, x) + letter.shape[1]]
        np.maximum(part, letter[: part.shape[0], : part.shape[1]], out=part)
    thicker = r.choice([0, 0, 1, 2, 3, 4])
    if thicker:
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thicker * 2 + 1, thicker * 2 + 1))
        image = np.asarray(cv2.dilate(image, pen), np.uint8)
    if r.random() < 0.15:
        image = np.asarray(cv2.erode(image, np.ones((3, 3), np.uint8)), np.uint8)
    return np.asarray(255 - image, np.uint8)


# --- as it is found on a page -------------------------------------------------------------------------------------


def _as_on_paper(line: Pixels, r: Random, rng: np.random.Generator) -> Pixels | None:
    """The line bent, shrunk and cut as one is that was found on a scan; None where the ink is gone."""
    bent = _bent(line, rng)
    rows, columns = np.flatnonzero((bent < 128).any(axis=1)), np.flatnonzero((bent < 128).any(axis=0))
    if len(rows) < 5:
        return None
    inked = bent[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height = rng.uniform(16, 60)
    size = (max(8, int(inked.shape[1] * height / inked.shape[0])), int(height))
    small = _scanned(np.asarray(cv2.resize(inked, size, interpolation=cv2.INTER_AREA), np.float64), r, rng)
    return _cut(small, r, rng)


def _bent(line: Pixels, rng: np.random.Generator) -> Pixels:
    """Sheared, stretched, and moved by slow waves."""
    h, w = line.shape
    shear = rng.normal(0, 0.12)
    matrix = np.array([[rng.uniform(0.8, 1.25), shear, max(0.0, -shear * h)], [rng.normal(0, 0.02), 1, 30]], np.float32)
    size = (int(w * matrix[0, 0] + abs(shear) * h) + 20, h + 60)
    sheared = cv2.warpAffine(line, matrix, size, borderValue=(255,))
    yy, xx = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    amount = rng.uniform(0, 3.5)

    def waves() -> npt.NDArray[np.float32]:
        found = np.zeros(xx.shape)
        for _ in range(2):
            steep = amount * rng.normal()
            found += steep * np.sin(xx * rng.normal(0, 0.03) + yy * rng.normal(0, 0.05) + rng.uniform(0, 6.3))
        return found.astype(np.float32)

    return np.asarray(cv2.remap(sheared, xx + waves(), yy + waves(), cv2.INTER_LINEAR, borderValue=(255,)), np.uint8)


def _scanned(ink: Floats, r: Random, rng: np.random.Generator) -> Pixels:
    """Paler or darker, blurred, with noise on the ink alone: the paper around it was taken away."""
    paper = rng.uniform(0, 150) if r.random() < 0.5 else rng.uniform(0, 40)
    ink = 255 - (255 - ink) * (255 - paper) / 255
    if r.random() < 0.4:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 1.1)), np.float64)
    if r.random() < 0.15:
        ink = np.where(ink < rng.uniform(150, 210), ink.min(), 255)
    near = cv2.dilate((ink < 225).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = ink + rng.normal(0, rng.uniform(0, 12), ink.shape) * (ink < 250) - near * rng.uniform(0, 20)
    found = np.where(near, ink, 255).clip(0, 255).astype(np.uint8)
    if r.random() < 0.3:  # A rule went with the form's print, and bits of the letters with it.
        top = r.randrange(found.shape[0])
        found[top : top + r.choice([1, 1, 2])] = 255
    if r.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, r.randrange(30, 90)]
        found = np.asarray(cv2.imdecode(cv2.imencode(".jpg", found, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return found


def _cut(ink: Pixels, r: Random, rng: np.random.Generator) -> Pixels:
    """Cut a little too wide or too close, in some with a neighbour's stroke."""
    h = ink.shape[0]
    sides = [round(rng.normal(0.04, 0.05) * h) for _ in range(4)]
    top, bottom, left, right = (max(0, -side) for side in sides)
    wider = np.pad(
        ink, ((max(0, sides[0]), max(0, sides[1])), (max(0, sides[2]), max(0, sides[3]))), constant_values=255
    )
    cut = np.ascontiguousarray(wider[top : wider.shape[0] - bottom, left : wider.shape[1] - right], np.uint8)
    if cut.size and r.random() < 0.2:
        x, length = r.randrange(cut.shape[1]), int(cut.shape[0] * rng.uniform(0.1, 0.45))
        start, end = (0, length) if r.random() < 0.6 else (cut.shape[0], cut.shape[0] - length)
        cv2.line(cut, (x, start), (int(x + rng.normal(0, 10)), end), 60, r.choice([1, 2, 3]), cv2.LINE_AA)
    return cut
