"""How likely a return is wrong, and how likely it may be to be cleared.

Each reading's stated confidence is brought to what left-out volumes showed (a logistic curve a field); the return is
right if all its readings are. `--risk`, the accepted share of wrong ones among the cleared, becomes the greatest doubt
that a cleared return may leave by a table of what would have been cleared of the left-out returns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from models.fitted import calibration, risk_table
from pipeline.datamodel.records import Observation, Resolution

LEAST_DOUBT: Final = 1e-4
"""Stated confidences count up to 1 less this: no table of some hundred returns tells more."""
TIMES_RISK: Final = 10.0
"""How many times the accepted share of wrong ones a single cleared return may be in doubt. Set by eye: of the left-out
returns 13 have a doubt from 0.1 to 0.2 and none is wrong, too few to tell how often such ones are."""
FIELDS: Final = ("article", "author", "signature", "signer", "date")
"""Readings that a verdict rests on."""


def calibrated_doubt(field: str, confidence: float) -> float:
    """Probability, 0..1, that a field read with this stated confidence is wrong."""
    bounded = min(max(confidence, LEAST_DOUBT), 1 - LEAST_DOUBT)
    constant, slope = calibration(field)
    return 1 / (1 + math.exp(constant + slope * math.log(bounded / (1 - bounded))))


def stated_confidences(found: Resolution, seen: Observation, date_confidence: float) -> dict[str, float]:
    """The confidence of each reading on which the verdict rests; those that are not there are left out.

    `date_confidence`: that of the day, or of either day where both are harmless.
    """
    stated: dict[str, float] = {}
    if found.article:
        stated["article"] = found.article_confidence
    if found.authors:
        stated["author"] = found.author_confidence
    if seen.signature.kind != "none":
        stated["signature"] = seen.signature.confidence
    if found.authors and seen.signature.kind != "none" and not found.unrecognized_signer:
        stated["signer"] = 1 - found.signer_doubt
    if found.day is not None:
        stated["date"] = date_confidence
    return stated


def field_doubts(found: Resolution, seen: Observation, date_confidence: float) -> dict[str, float]:
    """Probability that each reading is wrong on which the verdict rests."""
    stated = stated_confidences(found, seen, date_confidence)
    return {field: calibrated_doubt(field, confidence) for field, confidence in stated.items()}


def weakest(doubts: Mapping[str, float], accepted: float) -> list[str]:
    """The readings to look at, so that what the others leave is within the accepted doubt; in the order given."""
    left = dict(doubts)
    while left and joined_doubt(left) > accepted:
        del left[max(left, key=lambda field: left[field])]
    return [field for field in doubts if field not in left]


def joined_doubt(doubts: Mapping[str, float]) -> float:
    """Probability that any of the readings is wrong, their mistakes taken for independent."""
    return 1 - math.prod(1 - doubt for doubt in doubts.values())


def greatest_doubt(risk: float) -> float:
    """The doubt that a cleared return may leave if a share `risk` of the cleared may be wrong.

    The many sure ones would make room for a few doubtful ones: none may be so by more than TIMES_RISK.
    """
    doubts, shares = zip(*risk_table(), strict=True)
    return min(float(np.interp(risk, shares, doubts)), TIMES_RISK * risk)
