"""Which day was likely to be written, before and beside the ink: the volume's dates and the rest of the batch.

A prior only leans. It weighs no day less than PRIOR_FLOOR beside the likeliest, which is less than a digit of clear
ink costs, so that a plainly written 2015 in a batch of 2025 stays 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Volume
from pipeline.dates.grammar import DayScores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

PRIOR_FLOOR: Final = 1e-3
"""The least weight of a day beside the likeliest: the most that a prior can say."""
BEFORE_START_DAYS: Final = 150
"""Days before the conference from which on agreements are signed: all days from there to publication weigh the same."""
FADE_DAYS: Final = 60
"""Days outside of that time in which a day's weight falls by a factor e; raised, early and late dates are likelier."""
KERNEL_DAYS: Final = 4
"""Returns of one batch were signed within days of each other: scale of a two-sided exponential kernel."""
VOLUME_COUNT: Final = 0.5
"""How many returns the volume's dates count for beside the batch's own."""
NONE_SHARE: Final = 0.05
"""Prior probability that the ink is no date."""


def volume_prior(days: Ints, volume: Volume) -> Floats:
    """Weight of each day (ordinals) by the volume's dates alone, 1 for the likeliest, never under PRIOR_FLOOR.

    Without a start and a day of publication all days weigh the same.
    """
    known = [d.toordinal() for d in (volume.start, volume.end, volume.published) if d is not None]
    if not known:
        return np.ones(len(days))
    first = (volume.start.toordinal() if volume.start else min(known)) - BEFORE_START_DAYS
    outside = np.maximum(np.maximum(first - days, days - max(known)), 0)
    return np.asarray(np.maximum(np.exp(-outside / FADE_DAYS), PRIOR_FLOOR), np.float64)


def batch_support(days: Ints, returns: Sequence[Mapping[int, float]]) -> Iterator[Floats]:
    """For each return of a batch how many of the others were signed near each day; takes time in proportion to them."""
    shown = np.zeros(len(days))
    for likely in returns:
        _add_kernels(shown, days, likely, 1.0)
    for likely in returns:
        others = shown.copy()
        _add_kernels(others, days, likely, -1.0)
        yield np.maximum(others, 0.0)


def batch_priors(days: Ints, returns: Sequence[Mapping[int, float]], volume: Floats) -> Iterator[Floats]:
    """For each return of a batch the weight of each day by all the others and the volume's dates."""
    return (batch_prior(support, volume) for support in batch_support(days, returns))


_REACH: Final = np.arange(-8 * KERNEL_DAYS, 8 * KERNEL_DAYS + 1)


def _add_kernels(shown: Floats, days: Ints, likely: Mapping[int, float], sign: float) -> None:
    """Adds to `shown`, in place, a kernel around each likely day, as high as its probability."""
    kernel = sign * np.exp(-np.abs(_REACH) / KERNEL_DAYS)
    for day, probability in likely.items():
        at = day - int(days[0]) + _REACH
        inside = (at >= 0) & (at < len(days))
        shown[at[inside]] += probability * kernel[inside]


def batch_prior(shown: Floats, volume: Floats) -> Floats:
    """Weight of each day by the others' `batch_support` and the `volume_prior`, 1 for the likeliest."""
    weight = shown + VOLUME_COUNT * volume
    return np.asarray(np.maximum(weight / weight.max(), PRIOR_FLOOR), np.float64)


@dataclass(frozen=True, slots=True)
class DayPosterior:
    """Probabilities of the days and of no date; together they sum to 1."""

    days: Ints
    probability: Floats
    none: float

    def top(self, count: int = 5) -> list[tuple[date, float]]:
        """The likeliest days with their probabilities, best first."""
        best = np.argsort(-self.probability, kind="stable")[:count]
        return [(date.fromordinal(int(self.days[i])), float(self.probability[i])) for i in best]

    def likely(self, least: float = 1e-3) -> dict[int, float]:
        """Days of at least that probability, keyed by ordinal, as batch_prior takes them."""
        return {int(self.days[i]): float(self.probability[i]) for i in np.flatnonzero(self.probability >= least)}


def posterior(scores: DayScores, prior: Floats, none_share: float = NONE_SHARE) -> DayPosterior:
    """Probability of each day, and of no date, from the ink and a prior weight (any scale) for each day."""
    log = scores.log_likelihood + np.log((1 - none_share) * prior / prior.sum())
    none = scores.none + float(np.log(none_share))
    most = max(float(log.max()), none)
    weight = np.exp(log - most)
    total = float(weight.sum()) + float(np.exp(none - most))
    return DayPosterior(scores.days, weight / total, float(np.exp(none - most)) / total)
