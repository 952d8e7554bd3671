"""What a line recognizer hands on: the character probabilities of a text line, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

SPACE_PROB: Final = 0.9
"""Probability, 0..1, of a space between two lines of one field; raised, running on without one costs more."""


def joined(parts: Sequence[CtcEmissions]) -> CtcEmissions:
    """Lines of one field, read one by one, as one line with spaces between them."""
    if len(parts) == 1:
        return parts[0]
    labels = "".join(dict.fromkeys(" " + "".join(p.labels for p in parts)))
    column = {character: index + 1 for index, character in enumerate(labels)}
    gap = np.full((1, 1 + len(labels)), FLOOR_LOGP, np.float32)
    gap[0, [0, column[" "]]] = np.log([1 - SPACE_PROB, SPACE_PROB])
    stacked: list[npt.NDArray[np.float32]] = []
    for part in parts:
        steps = np.full((len(part.logp), 1 + len(labels)), FLOOR_LOGP, np.float32)
        steps[:, [0, *(column[c] for c in part.labels)]] = part.logp
        stacked += [gap, steps] if stacked else [steps]
    return CtcEmissions(labels, np.concatenate(stacked), " ".join(p.text.strip() for p in parts))


FLOOR_LOGP = -11.5
"""Natural log of the probability given to a character that a recognizer's step does not list (1e-5)."""


@dataclass(frozen=True, slots=True)
class CtcEmissions:
    """Character probabilities of one text line, step by step, as a CTC recognizer gave them.

    `logp` is float32, shape (steps, 1 + len(labels)), natural logs: column 0 is CTC's blank, column
    i + 1 the character `labels[i]`. Characters that are improbable at every step are left out; for
    them FLOOR_LOGP stands.
    """

    labels: str
    logp: npt.NDArray[np.float32] = field(compare=False, repr=False)
    text: str = ""
    """The best string (greedy path)."""


def joined_views(lines: Sequence[Sequence[CtcEmissions]]) -> list[CtcEmissions]:
    """The lines of one field, each given as its views, as one line a view; a line with fewer views keeps its last."""
    count = max(len(views) for views in lines)
    return [joined([views[min(k, len(views) - 1)] for views in lines]) for k in range(count)]
