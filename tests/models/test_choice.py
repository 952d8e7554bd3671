"""The conditional logit model on made-up choices."""

from __future__ import annotations

import numpy as np
import pytest

from models.choice import Example, binary_example, binary_probability, fit, leave_one_group_out, probabilities
from models.fit_marks import FEATURES
from models.fitted import fitted
from pipeline.extraction import printed_line, signed_mark
from pipeline.extraction.alterations import added_ink

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


def test_a_yes_or_no_question_is_a_choice_between_two() -> None:
    rng = np.random.default_rng(5)
    rows = np.column_stack([np.ones(400), rng.normal(size=400)])
    answers = rng.random(400) < 1 / (1 + np.exp(-(0.5 + 2 * rows[:, 1])))
    weights = fit([binary_example(row, bool(yes), "") for row, yes in zip(rows, answers, strict=True)])
    assert weights == pytest.approx([0.5, 2.0], abs=0.5)
    assert binary_probability(np.array([1.0, 3.0]), weights) > 0.95
    assert binary_probability(np.array([1.0, -3.0]), weights) < 0.05


@pytest.mark.parametrize(
    ("model", "features"),
    [
        (printed_line.MODEL, printed_line.FEATURES),
        (printed_line.DATE_MODEL, printed_line.FEATURES),
        (added_ink.MODEL, added_ink.FEATURES),
        (signed_mark.MODEL, signed_mark.FEATURES),
    ],
)
def test_every_feature_that_is_measured_has_a_fitted_weight(model: str, features: tuple[str, ...]) -> None:
    assert FEATURES[model] == features
    assert fitted(model, features).shape == (len(features),)
