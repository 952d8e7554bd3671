"""How well candidate strings explain a line: CTC likelihoods under a recognizer's step probabilities.

The forward recursion is that of Graves et al., Connectionist Temporal Classification (ICML 2006), run for all
candidates at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.records import FLOOR_LOGP, LineProbs

Floats = npt.NDArray[np.float64]
IMPOSSIBLE = -1e9


def log_likelihoods(look: LineProbs, candidates: Sequence[str], inside: bool = False) -> Floats:
    """Natural log of P(ink | string) less that of the best path, for each candidate, shape (n,); 0 is a perfect match.

    With `inside`, whatever stands before and behind the string costs nothing: is it part of the line?
    A character that the look does not list has FLOOR_LOGP at every step. An empty candidate means: all blank.
    """
    if not candidates:
        return np.zeros(0)
    steps = look.logp.astype(np.float64)
    if len(steps) == 0:
        return np.array([FLOOR_LOGP * len(c) for c in candidates])
    steps -= steps.max(axis=1, keepdims=True)
    emissions, labels = _with_floor(steps, look.labels, candidates)
    return _forward(emissions, labels, np.array([2 * len(c) + 1 for c in candidates]), inside)


def _with_floor(steps: Floats, listed: str, candidates: Sequence[str]) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Step log probabilities with a column for unlisted characters and one of zeros, and the candidates' label rows.

    Rows are blank-interleaved (blank, c1, blank, c2, ...), padded with blanks to the longest.
    """
    emissions = np.column_stack([steps, np.full(len(steps), FLOOR_LOGP), np.zeros(len(steps))])
    column = {character: index + 1 for index, character in enumerate(listed)}
    labels = np.zeros((len(candidates), 2 * max(map(len, candidates)) + 1), np.intp)
    for row, candidate in zip(labels, candidates, strict=True):
        row[1 : 2 * len(candidate) : 2] = [column.get(c, emissions.shape[1] - 2) for c in candidate]
    return emissions, labels


def _forward(emissions: Floats, labels: npt.NDArray[np.intp], lengths: npt.NDArray[np.intp], inside: bool) -> Floats:
    n, width = labels.shape
    if inside:
        # The first and last blank become whatever the line says there, at no cost: the last column of emissions.
        labels[:, 0] = labels[np.arange(n), lengths - 1] = emissions.shape[1] - 1
    # A label may follow the one before its blank only if it differs from it. Unlisted characters share a column and
    # so never skip; they cost their floor anyway.
    skip = np.zeros((n, width), bool)
    skip[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    alpha = np.full((n, width), IMPOSSIBLE)
    alpha[:, 0] = emissions[0, labels[:, 0]]
    if width > 1:
        alpha[:, 1] = emissions[0, labels[:, 1]]
    padded = np.full((n, width + 2), IMPOSSIBLE)
    blocked = np.where(skip, 0.0, IMPOSSIBLE)
    for step in emissions[1:]:
        padded[:, 2:] = alpha
        one, two = padded[:, 1:-1], padded[:, :-2] + blocked
        most = np.maximum(np.maximum(alpha, one), two)
        total = np.exp(alpha - most) + np.exp(one - most) + np.exp(two - most)
        alpha = most + np.log(total) + step[labels]
    rows = np.arange(n)
    last = alpha[rows, lengths - 1]
    before = np.where(lengths > 1, alpha[rows, np.maximum(lengths - 2, 0)], IMPOSSIBLE)
    return np.asarray(np.logaddexp(last, before), np.float64)
