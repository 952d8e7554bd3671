"""Which day was likely to be written, before and beside the ink: the volume's dates and the rest of the batch.

A mixture of few kinds of days, whose shares and scales are fitted (`models.date_model`): near the days of the other
returns, somewhere between the volume's dates, the same in another year, any day whatever. The last two are what keeps a
plainly written 2015 in a batch of 2025 a 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from models.date_model import DateModel, date_model
from pipeline.datamodel.records import Volume
from pipeline.dates.grammar import DayScores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

NONE_SHARE: Final = 0.05
"""Prior probability that the ink is no date."""
YEARS_OFF: Final = 10
"""Years before and after that a date may be off by; further off it is any day."""
YEAR: Final = 365.25
REACH: Final = 8
"""Scales to which a kernel reaches."""


def volume_prior(days: Ints, volume: Volume) -> Floats:
    """Probability of each day (ordinals) by the volume's dates alone. Without any of them all days are alike."""
    known = [d.toordinal() for d in (volume.start, volume.end, volume.published) if d is not None]
    if not known:
        return np.full(len(days), 1 / len(days))
    model = date_model()
    first = (volume.start.toordinal() if volume.start else min(known)) - model.lead_days
    outside = np.maximum(np.maximum(first - days, days - max(known)), 0)
    return _mixed(np.exp(-outside / model.fade_days), model)


@dataclass(frozen=True, slots=True)
class Support:
    """What the other returns of a batch say for one of them."""

    count: float
    """How many they are: the sum of their days' probabilities."""
    near: Floats
    middle: Floats
    wide: Floats
    """Their days under the three kernels, one value a day; each sums to about `count`."""


def batch_supports(days: Ints, returns: Sequence[Mapping[int, float]]) -> Iterator[Support]:
    """For each return of a batch what the others say; takes time in proportion to them.

    `returns`: the likely days of each with their probabilities, keyed by ordinal.
    """
    model = date_model()
    scales = (model.near_days, model.middle_days, model.wide_days)
    points = np.zeros(len(days))
    own = [_points(days, likely) for likely in returns]
    for at, shares in own:
        np.add.at(points, at, shares)
    total, count = [_spread(points, scale) for scale in scales], float(points.sum())
    for at, shares in own:
        left = max(count - float(shares.sum()), 0.0)
        near, middle, wide = (
            np.maximum(all_ - _spread_few(at, shares, scale, len(days)), 0.0)
            for all_, scale in zip(total, scales, strict=True)
        )
        yield Support(left if left > LEAST_COUNT else 0.0, near, middle, wide)


LEAST_COUNT: Final = 1e-6
"""Returns below which there are none: what is left when all is taken off again."""


def _points(days: Ints, likely: Mapping[int, float]) -> tuple[Ints, Floats]:
    at = np.array([day - int(days[0]) for day in likely], np.intp)
    shares = np.array(list(likely.values()), np.float64)
    inside = (at >= 0) & (at < len(days))
    return at[inside], shares[inside]


def _kernel(scale: float) -> Floats:
    reach = np.arange(-round(REACH * scale), round(REACH * scale) + 1)
    kernel = np.exp(-np.abs(reach) / scale)
    return np.asarray(kernel / kernel.sum(), np.float64)


def _spread(points: Floats, scale: float) -> Floats:
    """The points under a two-sided exponential kernel."""
    at = np.flatnonzero(points)
    return _spread_few(at, points[at], scale, len(points))


def _spread_few(at: Ints, shares: Floats, scale: float, count: int) -> Floats:
    kernel = _kernel(scale)
    half = len(kernel) // 2
    wide = np.zeros(count + 2 * half)
    for place, share in zip(at, shares, strict=True):
        wide[place : place + len(kernel)] += share * kernel
    return wide[half : half + count]


def batch_priors(days: Ints, returns: Sequence[Mapping[int, float]], volume: Floats) -> Iterator[Floats]:
    """For each return of a batch the probability of each day by all the others and the volume's dates."""
    return (batch_prior(support, volume) for support in batch_supports(days, returns))


def batch_prior(support: Support, volume: Floats) -> Floats:
    """Probability of each day by the other returns' `Support` and the `volume_prior`."""
    if not support.count:
        return volume
    around, trust = _around(support, date_model())
    return _mixed(trust * around + (1 - trust) * volume, date_model())


def beside(support: Support) -> Floats:
    """Weight of each day by the other returns alone, for one of two days of a year: far from all others it is a day of
    that year like any."""
    around, trust = _around(support, date_model())
    return trust * around + (1 - trust) / YEAR


def _around(support: Support, model: DateModel) -> tuple[Floats, float]:
    """Probability of each day around the other returns, and what that counts beside other knowledge, 0..1."""
    near = support.count / (support.count + model.crowd)
    around = (1 - model.wide) * (near * support.near + (1 - near) * support.middle) + model.wide * support.wide
    return around / max(support.count, LEAST_COUNT), support.count / (support.count + model.batch)


def _mixed(usual: Floats, model: DateModel) -> Floats:
    """With days of other years, and any day whatever, in their shares; sums to 1."""
    usual = usual / usual.sum()
    fading = model.year_fade ** np.arange(YEARS_OFF)
    fading /= fading.sum()
    off = np.zeros(len(usual))
    for years, share in enumerate(fading, start=1):
        shift = round(years * YEAR)
        off[:-shift] += model.years_past * share * usual[shift:]
        off[shift:] += (1 - model.years_past) * share * usual[:-shift]
    ordinary = 1 - model.other_year - model.any_day
    mixed = ordinary * usual + model.other_year * off + model.any_day / len(usual)
    return np.asarray(mixed / mixed.sum(), np.float64)


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
        """Days of at least that probability, keyed by ordinal, as batch_supports takes them."""
        return {int(self.days[i]): float(self.probability[i]) for i in np.flatnonzero(self.probability >= least)}


def posterior(scores: DayScores, prior: Floats, none: float | None = None) -> DayPosterior:
    """Probability of each day, and of no date, from the ink and a prior weight (any scale) for each day.

    `none`: probability that it is no date, where that is settled; None: by NONE_SHARE and the ink.
    """
    log = scores.log_likelihood + np.log(np.maximum(prior, TINY) / prior.sum())
    most = float(log.max())
    weight = np.exp(log - most)
    total = float(weight.sum())
    if none is None:
        odds = np.log((1 - NONE_SHARE) / NONE_SHARE) + most + np.log(total) - scores.none
        none = float(1 / (1 + np.exp(np.clip(odds, -500, 500))))
    return DayPosterior(scores.days, (1 - none) * weight / total, none)


TINY: Final = 1e-300
