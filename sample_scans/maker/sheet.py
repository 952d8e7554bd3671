"""What stands on one page, as vectors: typing, ink, rules, pictures.

Places are points of 1/72 inch, origin top left of the page, y down, as in the form's data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
"""Shape (n, 2): x, y."""
Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Typing:
    """Typed text from `x` along the baseline `y`; `xs` places each letter, `hidden` is a text layer only."""

    text: str
    x: float
    y: float
    font: str
    size: float
    colour: Colour = BLACK
    xs: tuple[float, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Blot:
    """One filled letter: closed outlines, with a rim `pen` points wide that thickens the stroke."""

    outlines: tuple[Points, ...]
    colour: Colour
    pen: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One stroke of a pen along `points`; `widths` has one value a piece, len(points) - 1."""

    points: Points
    widths: npt.NDArray[np.float64]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle: a rule, or white-out."""

    box: tuple[float, float, float, float]
    colour: Colour = BLACK


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A pasted picture, uint8 (H, W, 3 or 4), RGB or RGBA."""

    pixels: npt.NDArray[np.uint8]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Note:
    """A FreeText annotation."""

    text: str
    x: float
    y: float
    size: float
    colour: Colour = BLACK


@dataclass(frozen=True, slots=True, eq=False)
class InkNote:
    """An Ink annotation: strokes drawn in a PDF viewer."""

    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A form field of the PDF that someone filled."""

    name: str
    text: str
    box: tuple[float, float, float, float]
    size: float


Item = Typing | Blot | Stroke | Bar | Picture | Note | InkNote | Entry
INK = (Blot, Stroke)
"""Items that a pen made: on paper they get the texture of ink."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page before it is printed, scanned or photographed."""

    width: float
    height: float
    items: tuple[Item, ...] = ()

    def plus(self, *items: Item) -> Sheet:
        """The sheet with further items on top."""
        return replace(self, items=self.items + items)
