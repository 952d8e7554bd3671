"""Resolve: what the readings of a batch mean, with the roster, the calendar and each other at hand.

Article, author and signer are decided return by return (`author_linking`). Dates take two passes: what the ink and the
volume's dates say, then again with the other dates of the volume as prior, because returns cluster before a deadline. A
prior only leans: a clearly written 2015 stays 2015. Between the passes only each return's likeliest days are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median_low
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import (
    Article,
    Candidate,
    DateOrder,
    FieldReading,
    Observation,
    Resolution,
    Roster,
    Settings,
    Source,
    Volume,
)
from pipeline.dates.evidence import ORDERS, ink_evidence, restored
from pipeline.dates.grammar import DayScores, default_span
from pipeline.dates.limits import SigningLimits, publication, signing_limits
from pipeline.dates.ocr_slips import readings_with_slips
from pipeline.dates.prior import batch_priors, posterior, volume_prior
from pipeline.dates.readings import Order, readings
from pipeline.forms.form import Form, form_called
from pipeline.resolution.articles import Titles
from pipeline.resolution.author_linking import CANDIDATES, link_authors
from pipeline.resolution.thresholds import thresholds

BATCH_DATES: Final = 5
"""Sure dates of other returns that are needed to judge a date where the day of publication is not known. A matter of
judgement: with fewer, one wrong date moves the middle too easily."""
SWAP_SETTLED: Final = 0.9
"""Probability, among the two orders of a two-way date, from which the batch has settled it."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A return with a date to be settled."""

    observation: Observation
    volume: Volume
    article: Article | None
    form: Form | None


def resolve(
    items: Sequence[tuple[Source, Observation]],
    roster: Roster,
    settings: Settings,
    forms: Sequence[Form],
    people: Sequence[Resolution] | None = None,
) -> list[Resolution]:
    """What each return's readings mean; one Resolution an item, in their order.

    `forms`: those that are known; a form says after how long an agreement ends.
    `people`: what `link_authors` gives for each, where that is known already. Then no line needs its `views`.
    """
    titles = Titles.of(roster.articles)
    found = list(people) if people else [link_authors(observation, titles) for _, observation in items]
    articles = {article.key: article for article in roster.articles}
    only = _only_volume(roster)
    volumes = defaultdict(list)
    dated: dict[int, Dated] = {}
    for place, ((_, observation), one) in enumerate(zip(items, found, strict=True)):
        article = articles.get(one.article)
        volume = article.volume if article else only
        if observation.problem is None and observation.date.lines:
            volumes[volume].append(place)
            dated[place] = Dated(observation, volume, article, form_called(forms, observation.form))
    middles: dict[Volume, date] = {}
    for volume, places in volumes.items():
        some = [dated[place] for place in places]
        settled, middle = _with_dates([found[place] for place in places], some, volume, settings)
        for place, resolution in zip(places, settled, strict=True):
            found[place] = resolution
        if middle:
            middles[volume] = middle
    return [_beside(one, articles.get(one.article), middles) for one in found]


def _beside(found: Resolution, article: Article | None, middles: Mapping[Volume, date]) -> Resolution:
    """The resolution with the middle of its volume's dates, where the checks need that."""
    middle = middles.get(article.volume) if article else None
    return replace(found, batch_day=middle) if middle else found


# --- dates --------------------------------------------------------------------------------------------------------


def _only_volume(roster: Roster) -> Volume:
    volumes = {a.volume for a in roster.articles}
    return volumes.pop() if len(volumes) == 1 else Volume()


def _with_dates(
    found: Sequence[Resolution], dated: Sequence[Dated], volume: Volume, settings: Settings
) -> tuple[list[Resolution], date | None]:
    """The resolutions of one volume's returns with their dates, and the middle of the dates if the checks need it.

    What is needed is found without it first; then it may settle which of two days a two-way date means.
    """
    first, last = (day.toordinal() for day in default_span(settings.today))
    days = np.arange(first, last + 1)
    usual = volume_prior(days, volume)
    likely = [posterior(_scores(one, settings), usual).likely() for one in dated]
    priors = batch_priors(days, likely, usual)
    weighed = [_weighed(_scores(one, settings), prior) for one, prior in zip(dated, priors, strict=True)]

    def settled(batch_day: date | None) -> list[Resolution]:
        return [_with_date(*each, settings, batch_day) for each in zip(found, dated, weighed, strict=True)]

    alone = settled(None)
    middle = _middle(alone, dated, settings)
    return (settled(middle) if middle else alone), middle


def _middle(found: Sequence[Resolution], dated: Sequence[Dated], settings: Settings) -> date | None:
    """Middle of the sure dates of a volume's articles; None where publication is known, or where the dates are few."""
    least = thresholds(settings.risk).date
    days = [
        one.day
        for one, where in zip(found, dated, strict=True)
        if where.article and not publication(where.article, settings) and one.day and one.date_confidence >= least
    ]
    return median_low(days) if len(days) >= BATCH_DATES else None


def _scores(one: Dated, settings: Settings) -> DayScores:
    scores = date_scores(one.observation, settings)
    assert scores is not None, "something stands in the date field"
    return scores


def date_scores(seen: Observation, settings: Settings) -> DayScores | None:
    """How well each day explains what stands in the date field; None where nothing stands there."""
    span = default_span(settings.today)
    evidence = seen.date_evidence or ink_evidence(seen.date, span)
    if evidence is not None:
        return _with_opinion(restored(evidence, span), seen.date_opinion)
    return _typed_scores(seen.date, settings) if seen.date.lines else None


OPINION: Final = 20.0
"""Factor by which a day is likelier that another engine read, too. Engines read such dates rightly in about three of
five; what the ink shows clearly weighs more. Set by eye."""


def _with_opinion(scores: DayScores, text: str) -> DayScores:
    """The scores with another engine's reading of the same ink."""
    gain = np.zeros(len(scores.days))
    for reading in readings_with_slips(text):
        at = reading.day.toordinal() - int(scores.days[0])
        if 0 <= at < len(gain):
            gain[at] = np.log1p(OPINION * reading.weight)
    if not gain.any():
        return scores
    orders = {order: values + gain for order, values in scores.by_order.items()}
    return DayScores(scores.days, scores.log_likelihood + gain, orders, scores.none)


TYPED_LOSS: Final = 18.0
"""Log-likelihood that a typed date means none of its readings: typing is not misread."""


def _typed_scores(field: FieldReading, settings: Settings) -> DayScores:
    """Of typing, and of what another engine read, which may have slips."""
    first, last = default_span(settings.today)
    days = np.arange(first.toordinal(), last.toordinal() + 1)
    log = np.full(len(days), -TYPED_LOSS * 2)
    orders: dict[Order, npt.NDArray[np.float64]] = {order: log.copy() for order in ORDERS}
    by_engine = any(line.source == "engine" for line in field.lines)
    for reading in (readings_with_slips if by_engine else readings)(field.text):
        at = reading.day.toordinal() - int(days[0])
        if 0 <= at < len(days):
            log[at] = orders[reading.order][at] = float(np.log(max(reading.weight, 1e-3)))
    return DayScores(days, log, orders, -TYPED_LOSS)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a date field's ink can mean, beside the volume and the batch."""

    ranked: tuple[tuple[date, float], ...]
    """The likeliest days with their probabilities, the likeliest first."""
    is_day: bool
    """False: that it means no day is likelier than any of them."""
    two_way: bool
    """Whether the ink shows the first day alike well with day and month exchanged."""

    @classmethod
    def of(cls, ranked: Sequence[tuple[date, float]], none: float, scores: DayScores) -> Weighed:
        """`ranked`: the likeliest days with their probabilities, best first; not empty. `none`: that it is no day."""
        day = ranked[0][0]
        swapped = _swapped(day)
        is_day = none <= max(probability for _, probability in ranked)
        return cls(tuple(ranked), is_day, swapped is not None and _two_way(scores, day, swapped))


def _weighed(scores: DayScores, prior: npt.NDArray[np.float64]) -> Weighed:
    seen = posterior(scores, prior)
    return Weighed.of(seen.top(CANDIDATES), seen.none, scores)


def _with_date(
    found: Resolution, one: Dated, weighed: Weighed, settings: Settings, batch_day: date | None
) -> Resolution:
    candidates = tuple(Candidate(day.isoformat(), spoken(day), p) for day, p in weighed.ranked if p > 1e-4)
    if not weighed.is_day:
        return replace(found, date_candidates=candidates, date_confidence=0.0)
    term_years = one.form.term_years if one.form else None
    limits = signing_limits(one.article, settings, term_years, batch_day if one.article else None)
    day, sure, order = decide_day(weighed, limits)
    sure *= min((line.score for line in one.observation.date.lines if line.source == "engine"), default=1.0)
    return replace(found, date_candidates=candidates, day=day, date_confidence=sure, date_order=order)


def decide_day(weighed: Weighed, limits: SigningLimits) -> tuple[date, float, DateOrder]:
    """The day that a return was signed, its probability, 0..1, and what settled day and month."""
    day, probability = weighed.ranked[0]
    swapped = _swapped(day)
    if swapped is None or not weighed.two_way:
        return day, min(1.0, probability), "as written"
    faults = {d: limits.fault(d) for d in (day, swapped)}
    total = probability + dict(weighed.ranked).get(swapped, 0.0)
    order: DateOrder
    if (faults[day] is None) != (faults[swapped] is None):
        order, day, probability = "checks", day if faults[day] is None else swapped, total
    else:
        order = "batch" if probability >= SWAP_SETTLED * total else "ambiguous"
    return day, min(1.0, probability), order


def _swapped(day: date) -> date | None:
    """The day with day and month exchanged, where that is another day of the calendar."""
    if day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month)


TWO_WAY_LOG: Final = 3.0
"""Two orders whose ink evidence differs by less than this are both open."""


def _two_way(scores: DayScores, day: date, swapped: date) -> bool:
    """Whether the ink shows both days alike well: only then is the date open."""
    origin = int(scores.days[0])
    a, b = (float(scores.log_likelihood[d.toordinal() - origin]) for d in (day, swapped))
    return abs(a - b) < TWO_WAY_LOG
