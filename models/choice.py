"""One of several options, or none: a conditional logit model (McFadden 1974), fitted and applied.

Each option has a row of features, shape (options, features); its score is their weighted sum, and the probabilities
are the softmax of the scores. `None of these` is an option like the others, with features of its own. The model is
fitted by Newton's method on the penalized likelihood; some dozen weights need a few dozen steps of a small system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RIDGE: Final = 0.02
"""Penalty on the squared weights (features are of the size of 1): raising it makes the model less sure. Of 0.01 to 1
it gives the best left-out likelihood, which hardly changes in between."""
STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Example:
    """A choice whose answer is known."""

    features: Floats
    """Shape (options, features)."""
    chosen: int
    group: str
    """What is left out together: the volume."""
    kind: str = ""
    """What sort of example it is: each sort has its share of real returns."""


def probabilities(features: Floats, weights: Floats, shift: Floats | float = 0.0) -> Floats:
    """Probability of each option, shape (options,); `shift` is added to the scores."""
    scores = features @ weights + shift
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float64)


def binary_probability(features: Floats, weights: Floats) -> float:
    """Probability of yes, 0..1, of a logistic model: the first of two options, the second of which has no features."""
    return float(1.0 / (1.0 + np.exp(-np.clip(features @ weights, -60.0, 60.0))))


def binary_example(features: Floats, answer: bool, group: str, kind: str = "") -> Example:
    """An example of a yes-or-no question as a choice between two options."""
    return Example(np.vstack([features, np.zeros_like(features)]), 0 if answer else 1, group, kind)


def fit(examples: Sequence[Example], ridge: float = RIDGE) -> Floats:
    """The weights under which the known answers are likeliest, shape (features,). Raises ValueError without any."""
    if not examples:
        raise ValueError("A model is fitted on examples.")
    features, there, chosen = _padded(examples)
    weights = np.zeros(features.shape[2])
    for _ in range(STEPS):
        scores = np.where(there, features @ weights, -np.inf)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        mean = np.einsum("eo,eof->ef", p, features)
        gradient = (chosen - mean).sum(axis=0) - ridge * weights
        flat = features.reshape(-1, features.shape[2])
        curvature = (flat * p.reshape(-1, 1)).T @ flat - mean.T @ mean + ridge * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-9))
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def _padded(examples: Sequence[Example]) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """All examples at once: features, shape (examples, most options, features), which options are there, shape
    (examples, most options), and the features of the chosen ones, shape (examples, features)."""
    most = max(len(e.features) for e in examples)
    features = np.zeros((len(examples), most, examples[0].features.shape[1]))
    there = np.zeros((len(examples), most), bool)
    for row, known, example in zip(features, there, examples, strict=True):
        row[: len(example.features)] = example.features
        known[: len(example.features)] = True
    return features, there, np.array([e.features[e.chosen] for e in examples])


def leave_one_group_out(examples: Sequence[Example], ridge: float = RIDGE) -> list[Floats]:
    """For each example the weights fitted on all other groups."""
    by_group = {group: fit([e for e in examples if e.group != group], ridge) for group in {e.group for e in examples}}
    return [by_group[e.group] for e in examples]
