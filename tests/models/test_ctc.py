"""CTC likelihoods against the sum over all paths, written out."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ctc import candidates, log_likelihoods, together
from models.emissions import FLOOR_LOGP, CtcEmissions


def look_of(probabilities: np.ndarray, labels: str) -> CtcEmissions:
    return CtcEmissions(labels, np.log(probabilities).astype(np.float32))


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
    found = (
        log_likelihoods(look_of(probabilities, "ab"), candidates([text, "abab"]))[0]
        + np.log(probabilities.max(axis=1)).sum()
    )
    if expected == 0:
        assert found < -1e6
    else:
        assert found == pytest.approx(np.log(expected), abs=1e-3)


def peaked(text: str, labels: str, steps_each: int = 2) -> CtcEmissions:
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
    whole, part = (log_likelihoods(look, candidates(["kazan"], inside))[0] for inside in (False, True))
    assert part > -0.1
    assert whole < -20


def test_an_unlisted_character_costs_its_floor_not_more() -> None:
    look = peaked("kazan", "akzn")
    right, wrong = log_likelihoods(look, candidates(["kazan", "kaZan"]))
    assert right > -0.1
    assert -60 < wrong < -5


def test_nothing_to_compare() -> None:
    assert len(log_likelihoods(peaked("a", "a"), candidates([]))) == 0
    assert log_likelihoods(CtcEmissions("", np.zeros((0, 1), np.float32)), candidates(["abc"]))[0] < -30


def test_scored_together_as_scored_alone() -> None:
    """Also where one string begins with another, and with parts of a line among whole ones."""
    look = peaked("ann author.", "anuthor. ")
    wholes, parts = ["ann", "ann author", "ann author.", "", "author"], ["author", "ann"]
    both = log_likelihoods(look, together([candidates(wholes), candidates(parts, inside=True), candidates(wholes[:2])]))
    alone = [log_likelihoods(look, candidates([whole]))[0] for whole in wholes]
    inner = [log_likelihoods(look, candidates([part], inside=True))[0] for part in parts]
    assert both == pytest.approx([*alone, *inner, *alone[:2]])


def in_logs(look: CtcEmissions, text: str) -> float:
    """The forward recursion in logs, state by state, as it stands in the paper."""
    steps = look.logp.astype(np.float64)
    steps -= steps.max(axis=1, keepdims=True)
    states = [0, *(s for c in text for s in (look.labels.find(c) + 1 or -1, 0))]
    emission = [[FLOOR_LOGP if s < 0 else step[s] for s in states] for step in steps]
    alpha = [*emission[0][:2], *[-np.inf] * (len(states) - 2)]
    for row in emission[1:]:
        before = [-np.inf, -np.inf, *alpha]
        skips = [k > 1 and s != 0 and s != states[k - 2] for k, s in enumerate(states)]
        alpha = [
            np.logaddexp.reduce([before[k + 2], before[k + 1], before[k] if skips[k] else -np.inf]) + row[k]
            for k in range(len(states))
        ]
    return float(np.logaddexp(alpha[-1], alpha[-2]))


@pytest.mark.parametrize("text", ["kazan", "nazak nazak", "zzzz", "KAZAN KAZAN", "a"])
def test_long_lines_and_hopeless_strings(text: str) -> None:
    look = peaked("kazan kazan kazan kazan", "akzn ")
    assert log_likelihoods(look, candidates([text]))[0] == pytest.approx(in_logs(look, text))
