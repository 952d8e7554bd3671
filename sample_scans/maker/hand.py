"""Handwriting from open script fonts, made uneven, and signatures drawn as strokes.

No two letters come out the same: every letter is bent, turned, sized and set a little differently, the line drifts,
and the pen has a colour and a width. All of it follows from the random generator that the caller gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sample_scans.maker.fonts import cap_height, load_font, outlines
from sample_scans.maker.sheet import Blot, Colour, Points, Stroke

BALLPOINT_BLUE: Colour = (38, 58, 150)
GEL_BLUE: Colour = (16, 24, 104)
BLACK_PEN: Colour = (22, 22, 26)
STYLUS: Colour = (0, 0, 0)
PENCIL: Colour = (92, 92, 96)
GREEN_PEN: Colour = (20, 92, 70)


DIGIT_SPREAD = 0.06
"""Space added beside a digit, in ems: people keep figures apart where they join letters."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How one person writes. Lengths are fractions of the em, angles degrees."""

    font: str
    colour: Colour = BLACK_PEN
    pen: float = 0.15
    """Points added around each letter: the width of the pen."""
    slant: float = 0.0
    spread: float = 0.0
    """Space added between letters."""
    rough: float = 1.0
    """How uneven: 0 is the font itself, 1 a steady writer, 2 a hasty one."""
    signs_with: str = ""
    """Font of the signature, where it differs."""

    def signing(self) -> Hand:
        """The same person's hand when it signs: hastier, more slanted."""
        return replace(self, font=self.signs_with or self.font, slant=self.slant + 6, rough=self.rough * 1.2)


def _bend(points: Points, rng: np.random.Generator, amount: float) -> Points:
    """Points moved by two slow waves, so that equal letters differ in shape."""
    moves = np.zeros_like(points)
    for _ in range(2):
        frequency = rng.normal(0, 4.5, 2)
        phase = rng.uniform(0, 2 * np.pi, 2)
        size = rng.normal(0, amount, 2)
        moves += size * np.sin(points @ frequency[:, None] + phase)
    return points + moves


def _turn(points: Points, angle_deg: float, slant_deg: float, size: float) -> Points:
    angle, shear = np.radians(angle_deg), np.tan(np.radians(slant_deg))
    sheared = np.column_stack([points[:, 0] - shear * points[:, 1], points[:, 1]])
    matrix = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(sheared @ matrix, np.float64)


def text_width(text: str, hand: Hand, height: float) -> float:
    """Width in points that `write` will take, but for its jitter."""
    font = load_font(hand.font)
    return (font.width(text) + hand.spread * len(text)) * height / cap_height(hand.font)


def write(
    text: str, at: tuple[float, float], height: float, hand: Hand, rng: np.random.Generator, tilt_deg: float = 0.0
) -> tuple[Blot, ...]:
    """`text` written from `at` (left end of the baseline) with capitals `height` points high, rising by `tilt_deg`.

    Raises ValueError where the hand's font lacks a letter.
    """
    size = height / cap_height(hand.font)
    font = load_font(hand.font)
    rough = hand.rough
    x, drift = 0.0, 0.0
    blots = []
    for letter, after in zip(text, text[1:] + " ", strict=True):
        drift = 0.8 * drift + rng.normal(0, 0.008 * rough)
        angle, scale = rng.normal(0, 1.6 * rough), rng.normal(1, 0.035 * rough)
        dy = drift + rng.normal(0, 0.008 * rough)
        seed = rng.integers(2**32)
        shapes = []
        for outline in outlines(hand.font, letter):
            bent = _bend(outline, np.random.default_rng(seed), 0.011 * rough)
            turned = _turn(bent, angle, hand.slant, scale) + np.array([x, dy])
            shapes.append(_turn(turned, tilt_deg, 0, size) + np.array(at))
        if shapes:
            blots.append(Blot(tuple(shapes), hand.colour, hand.pen * float(rng.uniform(0.8, 1.25))))
        x += font.advance(letter) * (1 + rng.normal(0, 0.025 * rough)) + hand.spread
        x += DIGIT_SPREAD if letter.isdigit() or after.isdigit() else 0.0
    return tuple(blots)


def smooth(points: Points, pieces: int = 12) -> Points:
    """A Catmull-Rom curve through `points`, `pieces` points for each span."""
    p = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.vstack([*spans, points[-1:]])


def _pressed(points: Points, colour: Colour, width: float, rng: np.random.Generator) -> Stroke:
    """A stroke that is thinner where the pen is quick and towards its end."""
    speed = np.linalg.norm(np.diff(points, axis=0), axis=1)
    slow = 1 / (0.6 + speed / max(float(np.median(speed)), 1e-6))
    ends = np.minimum(np.linspace(0.5, 6, len(speed)), np.linspace(6, 0.35, len(speed))).clip(0, 1)
    return Stroke(points, width * slow.clip(0.45, 1.3) * ends * float(rng.uniform(0.9, 1.15)), colour)


def flourish(
    at: tuple[float, float], size: tuple[float, float], colour: Colour, rng: np.random.Generator, width: float = 1.1
) -> tuple[Stroke, ...]:
    """A signature that nobody can read: a great initial loop, a shrinking scrawl, a stroke beneath.

    `at` is the left end of its baseline, `size` its width and height in points.
    """
    wide, high = size
    loop = np.array([(0.10, -0.15), (0.02, -0.75), (0.16, -1.0), (0.22, -0.45), (0.06, 0.12), (-0.03, -0.2)])
    beats = int(rng.integers(5, 9))
    xs = np.linspace(0.16, 0.9, 2 * beats) + rng.normal(0, 0.012, 2 * beats)
    heights = np.linspace(0.55, 0.1, 2 * beats) * rng.uniform(0.45, 1.2, 2 * beats)
    ys = np.where(np.arange(2 * beats) % 2 == 0, -heights, rng.normal(0.0, 0.05, 2 * beats))
    scrawl = np.vstack([loop + rng.normal(0, 0.02, loop.shape), np.column_stack([xs, ys]), [(1.05, -0.12)]])
    under = np.array([(0.95, 0.16), (0.55, 0.2), (0.12, 0.33), (0.5, 0.24), (0.85, 0.3)])
    under = under + rng.normal(0, 0.03, under.shape)
    place = np.array(at)
    lines = [smooth(scrawl), smooth(under)] if rng.random() < 0.7 else [smooth(scrawl)]
    return tuple(_pressed(line * (wide, high) + place, colour, width, rng) for line in lines)


def underline(
    at: tuple[float, float], width: float, colour: Colour, rng: np.random.Generator, pen: float = 0.9
) -> Stroke:
    """A quick stroke beneath a signature, from `at` to the right."""
    wave = np.array([(0.0, 0.0), (0.35, -0.02), (0.7, 0.01), (1.0, -0.06)]) * (width, width)
    wave += rng.normal(0, 0.8, wave.shape)
    return _pressed(smooth(wave) + np.array(at), colour, pen, rng)


def strike(start: tuple[float, float], end: tuple[float, float], colour: Colour, rng: np.random.Generator) -> Stroke:
    """A pen stroke through words."""
    line = np.linspace(start, end, 6) + rng.normal(0, 0.5, (6, 2))
    return _pressed(smooth(line), colour, 1.1, rng)
