"""What may be in doubt, and how doubts of one return join."""

from __future__ import annotations

import pytest

from pipeline.resolution.risk import FIELDS, calibrated_doubt, greatest_doubt, joined_doubt, weakest


@pytest.mark.parametrize("field", FIELDS)
def test_more_confidence_is_less_doubt(field: str) -> None:
    doubts = [calibrated_doubt(field, confidence) for confidence in (0.0, 0.3, 0.6, 0.9, 0.99, 1.0)]
    assert doubts == sorted(doubts, reverse=True) and 0 < doubts[-1] < 0.02


def test_doubts_join_as_a_product() -> None:
    assert joined_doubt({"article": 0.1, "date": 0.2}) == pytest.approx(1 - 0.9 * 0.8)
    assert joined_doubt({}) == 0


def test_a_greater_risk_accepts_more_doubt() -> None:
    accepted = [greatest_doubt(risk) for risk in (0.0, 0.002, 0.005, 0.01, 0.5)]
    assert accepted == sorted(accepted) and accepted[0] == 0 and accepted[-1] <= 0.5


@pytest.mark.parametrize(
    ("doubts", "accepted", "expected"),
    [
        ({"article": 0.01, "author": 0.02}, 0.05, []),
        ({"article": 0.01, "author": 0.3, "date": 0.02}, 0.05, ["author"]),
        ({"article": 0.2, "author": 0.3}, 0.05, ["article", "author"]),
        # None is bad alone, together they are too much: the worst is to be looked at.
        ({"article": 0.03, "author": 0.04, "date": 0.03}, 0.07, ["author"]),
    ],
)
def test_the_readings_to_look_at(doubts: dict[str, float], accepted: float, expected: list[str]) -> None:
    assert weakest(doubts, accepted) == expected
