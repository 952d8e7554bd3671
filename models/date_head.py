"""A second reading of dates: a small head on the line recognizer's features, trained on written dates alone.

The recognizer's last layer parts 18,710 characters; this one parts those that dates are made of, and has seen hands.
It looks at five steps at once where that looks at one. Card: `date_head.md`; made by `models.date_head_training`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

FILE: Final = "weights/date_head.npz"
FEATURES: Final = 120
"""Numbers that the recognizer's last layer takes at each step."""
REACH: Final = 2
"""Steps on either side that a step's answer takes into account, in each of two layers."""


@dataclass(frozen=True, slots=True)
class DateHead:
    """The head's weights. Matrices have their inputs in rows; a window's steps follow each other."""

    labels: str
    """Its characters; character i has column i + 1, column 0 is CTC's blank."""
    narrow: Floats
    """Shape (1 + (2 * REACH + 1) * FEATURES, hidden); the first row is the bias, here and below."""
    widen: Floats
    """Shape (1 + (2 * REACH + 1) * hidden, FEATURES): what is added to the features."""
    last: Floats
    """Shape (1 + FEATURES, 1 + len(labels))."""

    def log_probabilities(self, features: Floats) -> Floats:
        """Natural logs, shape (steps, 1 + len(labels)), of a line's features, shape (steps, FEATURES)."""
        hidden = np.maximum(_windows(features) @ self.narrow[1:] + self.narrow[0], 0)
        seen = features + _windows(hidden) @ self.widen[1:] + self.widen[0]
        logits = seen @ self.last[1:] + self.last[0]
        logits -= logits.max(axis=1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), np.float32)

    def save(self, path: Path) -> None:
        """Written with half the precision: it moves no date."""
        half = {name: getattr(self, name).astype(np.float16) for name in ("narrow", "widen", "last")}
        np.savez_compressed(path, labels=np.array(self.labels), **half)


def _windows(steps: Floats) -> Floats:
    """(steps, n) -> (steps, (2 * REACH + 1) * n): each step with its neighbours, zeros beyond the ends."""
    padded = np.pad(steps, ((REACH, REACH), (0, 0)))
    return np.concatenate([padded[at : at + len(steps)] for at in range(2 * REACH + 1)], axis=1)


def load_date_head(path: Path) -> DateHead:
    """The head that `DateHead.save` wrote to `path`."""
    with np.load(path) as kept:
        return DateHead(str(kept["labels"]), *(kept[name].astype(np.float32) for name in ("narrow", "widen", "last")))


_instead: ContextVar[DateHead | None] = ContextVar("head in place of the packaged one", default=None)


@contextmanager
def using_date_head(head: DateHead | None) -> Iterator[None]:
    """Dates are read by this head, by one that has not seen a volume, say; None: by the packaged one."""
    token = _instead.set(head)
    try:
        yield
    finally:
        _instead.reset(token)


def date_head() -> DateHead:
    """The head that reads dates."""
    return _instead.get() or packaged_date_head()


@cache
def packaged_date_head() -> DateHead:
    """The head that comes with the program: a quarter of a megabyte."""
    with as_file(files("models") / FILE) as path:
        return load_date_head(path)
