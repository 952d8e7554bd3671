"""Whether what stands where a return is signed is a signature: or dirt, a line, set-off, a stamp, only the name.

It is measured how much ink there is, in what strokes, how dark, where it stands, what it reads as, and whether the
return has that name elsewhere, too. A small fitted model joins that (card: `models/signature.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from models.choice import Floats, binary_probability
from models.fitted import fitted
from pipeline.extraction.locate import INK_LEVEL
from pipeline.extraction.recognized_lines import RecognizedLine, line_confidence
from pipeline.extraction.signing_place import at_name_label
from pipeline.forms.form import FormField
from pipeline.registration.warp import INK_DPI

MODEL: Final = "signed"
WRITTEN: Final = (
    *("found", "overhang", "ink", "height", "length", "winding", "flat", "thickness", "dark", "faint", "confidence"),
    *("letters", "named", "at_name", "at_name_named"),
)
TYPED: Final = ("typed", "typed_at_name", "typed_named")
FEATURES: Final = ("one", *WRITTEN, *TYPED)
"""What is measured of the lines that are taken for a signature, in the order of `measured`."""
BLANK: Final = 0.02
"""Probability that something is signed though nothing was found, as on one of 420 real returns; more of those that are
thin or lie over label or date are not found. Set by eye: nothing rests on it."""
USUAL_INK_PT2: Final = 40.0
USUAL_HEIGHT_PT: Final = 20.0
USUAL_LENGTH_PT: Final = 40.0
"""What signatures have about: ink, square points; the height of a line, and the diagonal of the largest piece."""
INK_PT2: Final = (0.5, 800.0)
THICKEST_PX: Final = 3.0
"""Square points of ink, and half width of strokes, pixels at INK_DPI, beyond which they count no further: of 414 real
signatures one in a hundred has as much, and the ground of a picture that was pasted in says nothing by its size."""
NAME_LETTERS: Final = 4
"""Letters from which it can be told whether a text is a name that stands elsewhere, too."""
UNLIKE: Final = 50.0
"""rapidfuzz ratio up to which two texts have nothing to do with each other."""


def signed_probability(
    lines: Sequence[RecognizedLine], fields: Sequence[FormField] = (), others: Sequence[RecognizedLine] = ()
) -> float:
    """That something is signed, 0..1, by the lines that are taken for the signature.

    `fields`: those of the form in the area; `others`: all other lines of the return.
    """
    return binary_probability(measured(lines, fields, others), fitted(MODEL, FEATURES)) if lines else BLANK


def measured(lines: Sequence[RecognizedLine], fields: Sequence[FormField], others: Sequence[RecognizedLine]) -> Floats:
    """FEATURES of one or more lines, shape (features,). Arguments as those of `signed_probability`."""
    written = [line for line in lines if line.region.typed is None]
    at_name = at_name_label(fields, [line.region for line in lines])
    named = _named(" ".join(line.text for line in written or lines), others)
    of_written = _of_written(written, others, at_name, named) if written else (0.0,) * len(WRITTEN)
    of_typed = (0.0,) * len(TYPED) if written else (1.0, float(at_name), named)
    return np.array((1.0, *of_written, *of_typed), np.float64)


def _of_written(
    lines: Sequence[RecognizedLine], others: Sequence[RecognizedLine], at_name: bool, named: float
) -> tuple[float, ...]:
    regions = [line.region for line in lines]
    strokes = _strokes([region.crop for region in regions if region.crop is not None])
    their_dark = _strokes([line.region.crop for line in others if line.region.crop is not None]).dark
    return (
        *(float(any(region.found for region in regions)), float(all(region.overhang for region in regions))),
        np.log(np.clip(sum(region.ink_pt2 for region in regions), *INK_PT2) / USUAL_INK_PT2),
        np.log(max(1.0, max(region.height for region in regions)) / USUAL_HEIGHT_PT),
        *(np.log(max(1.0, strokes.length_pt) / USUAL_LENGTH_PT), strokes.winding, strokes.flat),
        min(THICKEST_PX, strokes.thickness),
        *(strokes.dark, min(1.2, strokes.dark / their_dark) if their_dark else 1.0),
        *(max(map(_sureness, lines)), np.log1p(sum(c.isalpha() for line in lines for c in line.text)), named),
        *(float(at_name), at_name * named),
    )


def _sureness(line: RecognizedLine) -> float:
    """How sure the recognizer is of a line, 0 to 2.8."""
    return -0.3 * float(np.log(1.0001 - min(line_confidence(line.views[0]), 1.0))) if line.views else 0.0


def _named(text: str, others: Sequence[RecognizedLine]) -> float:
    """How much another line of the return says the same, 0..1; 0 for a text too short to tell."""
    if sum(c.isalpha() for c in text) < NAME_LETTERS:
        return 0.0
    best = max((fuzz.token_sort_ratio(text.lower(), other.text.lower()) for other in others), default=0.0)
    return max(0.0, best - UNLIKE) / (100.0 - UNLIKE)


@dataclass(frozen=True, slots=True)
class Strokes:
    """The ink of some line pictures."""

    length_pt: float = 0.0
    """Diagonal of the largest piece, points."""
    winding: float = 0.0
    """Length of that piece's strokes in parts of its diagonal, at most 5, by its ink and thickness: 1 is a straight
    line."""
    flat: float = 0.0
    """How long and narrow the largest piece is: the smaller of its spreads in parts of the larger one, 0..1."""
    thickness: float = 0.0
    """Half width of the strokes, pixels at INK_DPI."""
    dark: float = 0.0
    """Median darkness of the ink, 0..1."""


def _strokes(crops: Sequence[npt.NDArray[np.uint8]]) -> Strokes:
    """What the ink of line pictures, (H, W) at INK_DPI each, is like."""
    inks = [np.asarray(crop < INK_LEVEL, np.bool_) for crop in crops]
    pieces = [piece for ink in inks for piece in _largest(ink)]
    if not pieces:
        return Strokes()
    largest = max(pieces, key=lambda piece: int(piece.sum()))
    ys, xs = np.nonzero(largest)
    diagonal = float(np.hypot(np.ptp(xs) + 1, np.ptp(ys) + 1))
    thickness = _thickness(largest)
    spreads = np.linalg.eigvalsh(np.cov(np.stack([xs, ys]).astype(np.float64))) if len(xs) > 1 else np.ones(2)
    darkness = np.concatenate([255.0 - crop[ink] for crop, ink in zip(crops, inks, strict=True)]) / 255
    return Strokes(
        diagonal * 72 / INK_DPI,
        min(5.0, len(xs) / (2 * thickness) / diagonal),
        float(np.sqrt(max(0.0, spreads[0]) / max(spreads[1], 1e-6))),
        thickness,
        float(np.median(darkness)),
    )


def _largest(ink: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    """The largest piece of ink; none where there is no ink."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    if count < 2:
        return []
    return [np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), np.bool_)]


def _thickness(ink: npt.NDArray[np.bool_]) -> float:
    """Mean half width of the strokes, pixels."""
    framed = cv2.copyMakeBorder(ink.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 3)
    ridge = (distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)) - 1e-6)
    return float(distance[ridge].mean())
