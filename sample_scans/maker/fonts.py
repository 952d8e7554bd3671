"""The fonts of the samples, all of them open ones kept in `sample_scans/fonts/`: outlines, widths, bytes to embed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from sample_scans.maker.sheet import Points

FOLDER = Path(__file__).resolve().parent.parent / "fonts"
CURVE_PIECES = 5
"""Straight pieces that stand for one curve of an outline: at writing size they are under 0.3 points long."""


class OutlinePen(BasePen):
    """Collects a glyph's closed outlines as points, curves cut into straight pieces."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.outlines: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.outlines.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.outlines[-1].append(pt)

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:
        p0, p1, p2, p3 = (np.array(p) for p in (self.outlines[-1][-1], pt1, pt2, pt3))
        for t in np.linspace(0, 1, CURVE_PIECES + 1)[1:]:
            point = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
            self.outlines[-1].append((float(point[0]), float(point[1])))


@dataclass(frozen=True)
class Font:
    """One font file. Lengths are fractions of the em, outlines have y down."""

    name: str
    data: bytes
    table: TTFont

    @property
    def is_cff(self) -> bool:
        """Whether its outlines are PostScript's: they are embedded otherwise than TrueType's."""
        return "CFF " in self.table

    @property
    def em(self) -> float:
        """Units of the file for one em."""
        return float(self.table["head"].unitsPerEm)

    def glyph(self, letter: str) -> str:
        """Name of the glyph. Raises ValueError where the font lacks the letter."""
        try:
            return str(self.table.getBestCmap()[ord(letter)])
        except KeyError:
            raise ValueError(f"font {self.name} has no letter {letter!r}: choose another hand for it") from None

    def glyph_id(self, letter: str) -> int:
        """Number of the glyph. Raises ValueError where the font lacks the letter."""
        return int(self.table.getGlyphID(self.glyph(letter)))

    def advance(self, letter: str) -> float:
        """From this letter's origin to the next one's. Raises ValueError where the font lacks the letter."""
        return float(self.table["hmtx"][self.glyph(letter)][0]) / self.em

    def width(self, text: str) -> float:
        """Width of one line of text, without kerning. Raises ValueError where the font lacks a letter."""
        return sum(self.advance(letter) for letter in text)


@cache
def load_font(name: str) -> Font:
    """The font kept as `fonts/NAME.ttf` or `.otf`. Raises FileNotFoundError."""
    path = next((p for p in (FOLDER / f"{name}.ttf", FOLDER / f"{name}.otf") if p.exists()), None)
    if path is None:
        raise FileNotFoundError(f"font {name} is not in {FOLDER}")
    data = path.read_bytes()
    return Font(name, data, TTFont(io.BytesIO(data), lazy=False))


@cache
def outlines(name: str, letter: str) -> tuple[Points, ...]:
    """Closed outlines of one letter in fractions of the em, y down."""
    font = load_font(name)
    glyphs = font.table.getGlyphSet()
    pen = OutlinePen(glyphs)
    glyphs[font.glyph(letter)].draw(pen)
    return tuple(np.array(o, float) / font.em * (1, -1) for o in pen.outlines if len(o) > 2)


@cache
def cap_height(name: str) -> float:
    """Height of the capital H, or of the tallest digit where the font lacks it, in ems."""
    return max(float(-o[:, 1].min()) for o in outlines(name, "H"))
