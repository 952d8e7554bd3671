"""How well candidate strings explain a line: CTC likelihoods under a recognizer's step probabilities.

The forward recursion is that of Graves et al., Connectionist Temporal Classification (ICML 2006), run for all
candidates at once, in probabilities that are scaled row by row as in its section 4.1. Labels and the blanks between
them are kept apart: all blanks of a step have one probability, and no path skips into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.emissions import FLOOR_LOGP, CtcEmissions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
IMPOSSIBLE = -1e9
"""Log-likelihood that stands for none at all: below any that float64 can reach here, and finite."""
SCALED_EVERY = 8
"""Steps from one scaling of a row to the next. In so many a row loses at most e^(8 * FLOOR_LOGP) = 1e-40."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Strings made ready to be scored against any number of views."""

    codes: npt.NDArray[np.uint32]
    """Code points, shape (longest, rows), 0 behind a string's end."""
    rows: Ints
    """The row that holds each candidate: what another one begins with is run with it."""
    lengths: Ints
    is_part: npt.NDArray[np.bool_]
    """Whether what stands before and behind the candidate costs nothing: is it a part of the line?"""

    def __len__(self) -> int:
        return len(self.rows)


def candidates(strings: Sequence[str], inside: bool = False) -> Candidates:
    """Make strings ready; `inside`: to be looked for as parts of a line."""
    lengths = np.array([len(string) for string in strings], np.intp)
    own, rows = (list(strings), np.arange(len(strings))) if inside else _shared(strings)
    codes = np.zeros((len(own), max(1, *lengths, 1)), np.uint32)
    for row, string in zip(codes, own, strict=True):
        row[: len(string)] = np.frombuffer(string.encode("utf-32-le", "surrogatepass"), np.uint32)
    return Candidates(np.ascontiguousarray(codes.T), rows, lengths, np.full(len(strings), inside))


def _shared(strings: Sequence[str]) -> tuple[list[str], Ints]:
    own: list[str] = []
    rows = np.zeros(len(strings), np.intp)
    for at in sorted(range(len(strings)), key=strings.__getitem__, reverse=True):
        if not own or not own[-1].startswith(strings[at]):
            own.append(strings[at])
        rows[at] = len(own) - 1
    return own, rows


def together(several: Sequence[Candidates]) -> Candidates:
    """All candidates of `several`, in their order, to be scored in one call: it costs little more than one of them."""
    starts = np.cumsum([0, *(some.codes.shape[1] for some in several)])
    codes = np.zeros((max(len(some.codes) for some in several), int(starts[-1])), np.uint32)
    for some, start in zip(several, starts, strict=False):
        codes[: len(some.codes), start : start + some.codes.shape[1]] = some.codes
    return Candidates(
        codes,
        np.concatenate([some.rows + start for some, start in zip(several, starts, strict=False)]),
        np.concatenate([some.lengths for some in several]),
        np.concatenate([some.is_part for some in several]),
    )


def log_likelihoods(view: CtcEmissions, strings: Candidates) -> Floats:
    """Natural log of P(ink | string) less that of the best path, for each candidate, shape (n,); 0 is a perfect match.

    A character that the view does not list has FLOOR_LOGP at every step. An empty candidate means: all blank. What
    is below some -600 may be IMPOSSIBLE.
    """
    if not len(strings):
        return np.zeros(0)
    steps = view.logp.astype(np.float64)
    if len(steps) == 0:
        return FLOOR_LOGP * strings.lengths.astype(np.float64)
    free = np.zeros((len(strings.codes) + 1, strings.codes.shape[1]), bool)
    parts = strings.rows[strings.is_part]
    free[0, parts] = free[strings.lengths[strings.is_part], parts] = True
    steps -= steps.max(axis=1, keepdims=True)
    emissions = np.exp(np.column_stack([steps, np.full(len(steps), FLOOR_LOGP)]))
    return _forward(emissions, _labels(view.labels, strings.codes), free, strings)


def _labels(listed: str, codes: npt.NDArray[np.uint32]) -> Ints:
    """Columns of the characters: 1 and on for listed ones, the one after them for all others."""
    known = np.array([ord(character) for character in listed], np.intp)
    column = np.full(int(codes.max()) + 1, len(listed) + 1, np.intp)
    within = known < len(column)
    column[known[within]] = np.flatnonzero(within) + 1
    return column[codes]


def _forward(emissions: Floats, labels: Ints, free: npt.NDArray[np.bool_], strings: Candidates) -> Floats:
    """`emissions`: probabilities, shape (steps, columns). `free`: blanks that stand for whatever the line says."""
    # A label may follow the one before its blank only if it differs from it. Unlisted characters share a column and
    # so never skip; they cost their floor anyway.
    skip = (labels[1:] != labels[:-1]).astype(np.float64)
    blank = np.where(free, 1.0, emissions[:, 0, None, None]) if free.any() else emissions[:, 0]
    blanks, inked = np.zeros(free.shape), np.zeros(labels.shape)
    blanks[0] = 1.0
    scale = np.zeros(free.shape[1])
    reached, letters, skipped = np.empty_like(inked), np.empty_like(inked), np.empty_like(skip)
    for step, emission in enumerate(emissions):
        np.add(inked, blanks[:-1], out=reached)
        np.multiply(skip, inked[:-1], out=skipped)
        reached[1:] += skipped
        blanks[1:] += inked
        blanks *= blank[step]
        emission.take(labels, out=letters, mode="clip")
        np.multiply(reached, letters, out=inked)
        if step % SCALED_EVERY == SCALED_EVERY - 1:
            most = np.maximum(blanks.max(axis=0), inked.max(axis=0))
            blanks /= most
            inked /= most
            scale += np.log(most)
    rows, lengths = strings.rows, strings.lengths
    ends = blanks[lengths, rows] + np.where(lengths > 0, inked[lengths - 1, rows], 0.0)
    found = np.full(len(rows), IMPOSSIBLE)
    np.log(ends, out=found, where=ends > 0)
    return np.asarray(np.where(ends > 0, found + scale[rows], IMPOSSIBLE), np.float64)
