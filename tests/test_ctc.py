"""CTC likelihoods against the sum over all paths, written out."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ctc import log_likelihoods
from pipeline.records import LineProbs


def look_of(probabilities: np.ndarray, labels: str) -> LineProbs:
    return LineProbs(labels, np.log(probabilities).astype(np.float32))


def by_all_paths(probabilities: np.ndarray, labels: str, text: str) -> float:
    """Probability of `text`, each path spelt out: blanks and repeats fall away."""
    total = 0.0
    for path in product(range(probabilities.shape[1]), repeat=len(probabilities)):
        spelt = "".join(labels[c - 1] for c, _ in groupby(path) if c)
        if spelt == text:
            total += float(np.prod([probabilities[t, c] for t, c in enumerate(path)]))
    return total


@given(st.integers(0, 10_000), st.text("ab", max_size=4))
def test_equals_the_sum_over_all_paths(seed: int, text: str) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), 5)
    expected = by_all_paths(probabilities, "ab", text)
    # A second candidate of another length must not disturb the first one.
    found = log_likelihoods(look_of(probabilities, "ab"), [text, "abab"])[0] + np.log(probabilities.max(axis=1)).sum()
    if expected == 0:
        assert found < -1e6
    else:
        assert found == pytest.approx(np.log(expected), abs=1e-3)


def peaked(text: str, labels: str, steps_each: int = 2) -> LineProbs:
    """A line on which `text` is read all but surely."""
    rows = []
    for letter in text:
        row = np.full(1 + len(labels), 1e-4)
        row[labels.index(letter) + 1] = 1.0
        blank = np.full(1 + len(labels), 1e-4)
        blank[0] = 1.0
        rows += [row] * steps_each + [blank]
    return look_of(np.array(rows) / np.array(rows).sum(axis=1, keepdims=True), labels)


def test_a_part_of_the_line_costs_nothing_beside_it() -> None:
    look = peaked("xxkazanxx", "akxzn")
    whole, part = (log_likelihoods(look, ["kazan"], inside=inside)[0] for inside in (False, True))
    assert part > -0.1
    assert whole < -20


def test_an_unlisted_character_costs_its_floor_not_more() -> None:
    look = peaked("kazan", "akzn")
    right, wrong = log_likelihoods(look, ["kazan", "kaZan"])
    assert right > -0.1
    assert -60 < wrong < -5


def test_nothing_to_compare() -> None:
    assert len(log_likelihoods(peaked("a", "a"), [])) == 0
    assert log_likelihoods(LineProbs("", np.zeros((0, 1), np.float32)), ["abc"])[0] < -30
