"""How sure readings must be that something rests on."""

from __future__ import annotations

from dataclasses import dataclass

RISK = 0.001
"""Share of wrong ones accepted among the cleared returns where an editor sets none; raised, more returns are clear."""
LEAST_DOUBT = 0.2
"""Doubt, 0..1, that a reading of a clear return may leave at a risk of RISK; raised, more returns are clear. On 170
real returns every reading above 0.65 was right; the thresholds stand well above that because few readings lie
between."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least confidence of each reading that a clear return may rest on. All 0..1."""

    article: float = 0.8
    author: float = 0.8
    date: float = 0.8
    signature: float = 0.8
    signer: float = 0.7
    """From here on a signature counts as another author's; below, it names nobody."""


DEFAULT_THRESHOLDS = Thresholds()
"""Those of the default share."""


def thresholds(risk: float) -> Thresholds:
    """Thresholds for an accepted share of wrong ones among the cleared (`Settings.risk`)."""
    least = 1.0 - min(0.5, LEAST_DOUBT * (risk / RISK) ** 0.5)
    return Thresholds(article=least, author=least, date=least, signature=least)
