"""How sure readings must be that something rests on."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.resolution.risk import greatest_doubt


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure readings must be. All 0..1."""

    doubt: float = 0.1
    """Probability of being wrong that a clear return may have, its readings joined; raised, more returns are clear."""
    date: float = 0.8
    """Confidence from which a day speaks for its batch, and contradicts another return's."""
    signer: float = 0.7
    """Confidence from which a signature counts as another author's; below, it names nobody."""


DEFAULT_THRESHOLDS = Thresholds()
"""Where no risk is set."""


def thresholds(risk: float) -> Thresholds:
    """Thresholds for an accepted share of wrong ones among the cleared (`Settings.risk`)."""
    return Thresholds(doubt=greatest_doubt(risk))
