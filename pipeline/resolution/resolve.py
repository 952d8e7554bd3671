"""Resolve: what the readings of a batch mean, with the roster, the calendar and each other at hand.

Article, author and signer are decided return by return (`author_linking`). Dates take two passes: what the ink and the
volume's dates say, then again with the other dates of the volume as prior, because returns cluster before a deadline. A
prior only leans: a clearly written 2015 stays 2015. Between the passes only each return's likeliest days are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import (
    Article,
    Candidate,
    DateOrder,
    Observation,
    Resolution,
    Roster,
    Settings,
    Source,
    Volume,
)
from pipeline.dates.evidence import ORDERS, ink_evidence, restored
from pipeline.dates.grammar import DayScores, default_span
from pipeline.dates.limits import date_fault
from pipeline.dates.prior import batch_priors, posterior, volume_prior
from pipeline.dates.readings import Order, readings
from pipeline.forms.form import Form, form_called
from pipeline.resolution.articles import Titles
from pipeline.resolution.author_linking import CANDIDATES, link_authors

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
    for volume, places in volumes.items():
        some = [dated[place] for place in places]
        for place, resolution in zip(
            places, _with_dates([found[p] for p in places], some, volume, settings), strict=True
        ):
            found[place] = resolution
    return found


# --- dates --------------------------------------------------------------------------------------------------------


def _only_volume(roster: Roster) -> Volume:
    volumes = {a.volume for a in roster.articles}
    return volumes.pop() if len(volumes) == 1 else Volume()


def _with_dates(
    found: Sequence[Resolution], dated: Sequence[Dated], volume: Volume, settings: Settings
) -> Iterator[Resolution]:
    """The resolutions of one volume's returns, with their dates."""
    first, last = (day.toordinal() for day in default_span(settings.today))
    days = np.arange(first, last + 1)
    usual = volume_prior(days, volume)
    likely = [posterior(_scores(one, settings), usual).likely() for one in dated]
    for one, meant, prior in zip(dated, found, batch_priors(days, likely, usual), strict=True):
        yield _with_date(meant, one, _scores(one, settings), prior, settings)


def _scores(one: Dated, settings: Settings) -> DayScores:
    scores = date_scores(one.observation, settings)
    assert scores is not None, "something stands in the date field"
    return scores


def date_scores(seen: Observation, settings: Settings) -> DayScores | None:
    """How well each day explains what stands in the date field; None where nothing stands there."""
    span = default_span(settings.today)
    evidence = seen.date_evidence or ink_evidence(seen.date, span)
    if evidence is not None:
        return restored(evidence, span)
    return _typed_scores(seen.date.text, settings) if seen.date.lines else None


TYPED_LOSS: Final = 18.0
"""Log-likelihood that a typed date means none of its readings: typing is not misread."""


def _typed_scores(text: str, settings: Settings) -> DayScores:
    first, last = default_span(settings.today)
    days = np.arange(first.toordinal(), last.toordinal() + 1)
    log = np.full(len(days), -TYPED_LOSS * 2)
    orders: dict[Order, npt.NDArray[np.float64]] = {order: log.copy() for order in ORDERS}
    for reading in readings(text):
        at = reading.day.toordinal() - int(days[0])
        if 0 <= at < len(days):
            log[at] = orders[reading.order][at] = float(np.log(max(reading.weight, 1e-3)))
    return DayScores(days, log, orders, -TYPED_LOSS)


def _with_date(
    found: Resolution, one: Dated, scores: DayScores, prior: npt.NDArray[np.float64], settings: Settings
) -> Resolution:
    seen = posterior(scores, prior)
    ranked = seen.top(CANDIDATES)
    candidates = tuple(Candidate(day.isoformat(), spoken(day), p) for day, p in ranked if p > 1e-4)
    if seen.none > max(p for _, p in ranked):
        return replace(found, date_candidates=candidates, date_confidence=0.0)
    day, sure, order = decide_day(ranked, one, scores, settings)
    return replace(found, date_candidates=candidates, day=day, date_confidence=sure, date_order=order)


def decide_day(
    ranked: Sequence[tuple[date, float]], one: Dated, scores: DayScores, settings: Settings
) -> tuple[date, float, DateOrder]:
    """The day that a return was signed, its probability, 0..1, and what settled day and month.

    `ranked`: the likeliest days with their probabilities, best first; not empty.
    """
    day, probability = ranked[0]
    swapped = _swapped(day)
    if swapped is None or not _two_way(scores, day, swapped):
        return day, min(1.0, probability), "as written"
    term = one.form.term_years if one.form else None
    faults = {d: date_fault(d, one.article, settings, term_years=term) for d in (day, swapped)}
    weight = dict(ranked)
    total = probability + weight.get(swapped, 0.0)
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
