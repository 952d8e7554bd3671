"""The conditional logit model on made-up choices."""

from __future__ import annotations

import numpy as np
import pytest

from models.choice import Example, fit, leave_one_group_out, probabilities

WEIGHTS = np.array([1.5, -2.0])


def examples(count: int = 600) -> list[Example]:
    """Choices among three options and none, made with WEIGHTS."""
    rng = np.random.default_rng(3)
    found = []
    for n in range(count):
        rows = np.vstack([rng.normal(size=(3, 2)), np.zeros((1, 2))])
        chosen = int(rng.choice(4, p=probabilities(rows, WEIGHTS)))
        found.append(Example(rows, chosen, "ab"[n % 2]))
    return found


def test_the_weights_that_made_the_choices_are_found() -> None:
    assert fit(examples()) == pytest.approx(WEIGHTS, abs=0.35)


def test_probabilities_sum_to_one_also_for_great_scores() -> None:
    p = probabilities(np.array([[900.0], [0.0]]), np.array([1.0]))
    assert p.sum() == pytest.approx(1) and p[0] == pytest.approx(1)


def test_a_group_has_no_part_in_its_own_weights() -> None:
    some = examples(60)
    odd = [Example(e.features, 3 - e.chosen, "c") for e in examples(30)]
    weights = leave_one_group_out([*some, *odd])
    assert weights[-1] == pytest.approx(fit(some))
    assert weights[0] != pytest.approx(weights[-1])


def test_nothing_to_fit_on() -> None:
    with pytest.raises(ValueError, match="examples"):
        fit([])
