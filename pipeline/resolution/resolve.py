"""Resolve: what the readings of a batch mean, with the roster, the calendar and each other at hand.

Article, author and signer are decided return by return (`author_linking`). Dates take some passes: what the ink and the
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

from models.date_model import date_model
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
from pipeline.dates.limits import SigningLimits, gravity, publication, signing_limits
from pipeline.dates.no_day import holds_two_days, is_no_such_day, lacks_day, lacks_month, leaves_day_open
from pipeline.dates.ocr_slips import readings_with_slips
from pipeline.dates.prior import TINY, YEAR, DayPosterior, batch_prior, batch_supports, beside, posterior, volume_prior
from pipeline.dates.readings import Order
from pipeline.forms.form import Form, form_called
from pipeline.resolution.articles import Titles
from pipeline.resolution.author_linking import CANDIDATES, link_authors
from pipeline.resolution.thresholds import thresholds

BATCH_DATES: Final = 5
"""Sure dates of other returns that are needed to judge a date where the day of publication is not known. A matter of
judgement: with fewer, one wrong date moves the middle too easily."""
SWAP_SETTLED: Final = 0.9
"""Probability, among the two orders of a two-way date, from which the batch has settled it."""
PASSES: Final = 2
"""Times that each return's day is weighed beside what the others showed the time before: first their two-way dates
stand for both days. A third time changes hardly any and makes a batch believe itself."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dated:
    """A return with a date to be settled."""

    observation: Observation
    volume: Volume
    article: Article | None
    form: Form | None


def link_all(items: Sequence[tuple[Source, Observation]], roster: Roster) -> list[Resolution]:
    """Article, author and signer of each return, in their order."""
    titles = Titles.of(roster.articles)
    return [link_authors(observation, titles) for _, observation in items]


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
    found = list(people) if people else link_all(items, roster)
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
    scores = [_scores(one, settings) for one in dated]
    alone = [posterior(each, usual) for each in scores]
    weighed = _weighed(dated, scores, alone, usual)

    def settled(batch_day: date | None) -> list[Resolution]:
        return [_with_date(*each, settings, batch_day) for each in zip(found, dated, weighed, strict=True)]

    without = settled(None)
    middle = _middle(without, dated, settings)
    return (settled(middle) if middle else without), middle


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
    """Of typing, and of what another engine read. Either may have slips: an O for a nought in a scan's text layer."""
    first, last = default_span(settings.today)
    days = np.arange(first.toordinal(), last.toordinal() + 1)
    log = np.full(len(days), -TYPED_LOSS * 2)
    orders: dict[Order, npt.NDArray[np.float64]] = {order: log.copy() for order in ORDERS}
    for reading in readings_with_slips(field.text):
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
    """False: that it means no day is likelier than any of them, or plainly no day or no month stands there."""
    two_way: bool
    """Whether the ink shows the first day alike well with day and month exchanged."""
    batch_share: float = 0.5
    """Probability, 0..1, of the first day beside the one with day and month exchanged, by the ink and the batch's other
    returns alone; meant where `two_way`."""
    crowded: tuple[float, float] = (1.0, 1.0)
    """How likely the batch makes the first day, and the other, as a multiple of a day far from all others."""
    in_order: tuple[float, float] = (0.5, 0.5)
    """Share, 0..1, of who writes day and month in the order that makes it the first day, and the other."""

    @classmethod
    def of(
        cls,
        ranked: Sequence[tuple[date, float]],
        none: float,
        scores: DayScores,
        others: Floats | None = None,
        day_first: float = 0.5,
    ) -> Weighed:
        """`ranked`: the likeliest days with their probabilities, best first; not empty. `none`: that it is no day.
        `others`: weight of each day of the scores by the other returns alone; None: there are none. `day_first`: share
        of the batch's writers who put the day before the month."""
        day = ranked[0][0]
        swapped = _swapped(day)
        is_day = none <= max(probability for _, probability in ranked)
        if swapped is None or not _two_way(scores, day, swapped):
            return cls(tuple(ranked), is_day, False)
        at = [d.toordinal() - int(scores.days[0]) for d in (day, swapped)]
        crowded = np.ones(2) if others is None else others[at] * YEAR
        log = scores.log_likelihood[at] + np.log(crowded)
        share = float(1 / (1 + np.exp(log[1] - log[0])))
        is_first = scores.by_order["dmy"][at[0]] >= scores.by_order["mdy"][at[0]]
        in_order = (day_first, 1 - day_first) if is_first else (1 - day_first, day_first)
        return cls(tuple(ranked), is_day, True, share, (float(crowded[0]), float(crowded[1])), in_order)


def _weighed(
    dated: Sequence[Dated], scores: Sequence[DayScores], alone: Sequence[DayPosterior], usual: Floats
) -> list[Weighed]:
    """What each date can mean beside the others; `alone`: without them, by the `volume_prior` `usual`.

    Whether ink is a date at all is for itself to say: a batch makes no scribble a day.
    """
    days, found = scores[0].days, list(alone)
    for _ in range(PASSES):
        supports = list(batch_supports(days, [one.likely() for one in found]))
        found = [
            posterior(each, batch_prior(support, usual), one.none)
            for each, support, one in zip(scores, supports, alone, strict=True)
        ]
    day_first = _day_first(dated, scores, found)
    weighed = [
        Weighed.of(one.top(CANDIDATES), one.none, each, beside(support), day_first)
        for one, each, support in zip(found, scores, supports, strict=True)
    ]
    plain = [_is_plain(one.observation.date) for one in dated]
    return [replace(one, is_day=one.is_day and whole) for one, whole in zip(weighed, plain, strict=True)]


def _day_first(dated: Sequence[Dated], scores: Sequence[DayScores], found: Sequence[DayPosterior]) -> float:
    """Share of writers who put the day before the month in figures: of the batch's dates of which that is plain, with
    one more of either, as if one of each had been seen before (Laplace's rule of succession)."""
    firsts = [
        order == "dmy"
        for one, each, posterior_ in zip(dated, scores, found, strict=True)
        if not any(c.isalpha() for c in one.observation.date.text)
        and (order := _plain_order(each, posterior_.top(1)[0][0])) is not None
    ]
    return (sum(firsts) + 1) / (len(firsts) + 2)


def _plain_order(scores: DayScores, day: date) -> Order | None:
    """The order in which a day is written that can't be another one with day and month exchanged; None: of no such."""
    if _swapped(day) is not None or day.day == day.month:
        return None
    at = day.toordinal() - int(scores.days[0])
    order = max(ORDERS, key=lambda order: scores.by_order[order][at])
    return order if order != "ymd" else None


def _is_plain(field: FieldReading) -> bool:
    """Whether what was read of a date does not plainly lack a day or a month, nor is a day that there is not, nor by
    hand two dates, one of them perhaps struck out."""
    text, by_hand = field.text, any(line.views for line in field.lines)
    if lacks_day(text) or lacks_month(text) or leaves_day_open(text) or is_no_such_day(text):
        return False
    return not (by_hand and holds_two_days(text))


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
    """The day that a return was signed, its probability, 0..1, and what settled day and month.

    The batch comes first, also where its day then fails a check: the flag is the finding. Where the batch says nothing,
    a day that passes is the date before one that fails, and of two that fail the one with the milder fault. Few days
    fail a check, so one that passes is the surer for it, unless it lies far from the others': faults lie anywhere.
    """
    day, probability = weighed.ranked[0]
    swapped = _swapped(day)
    if swapped is None or not weighed.two_way:
        return day, min(1.0, probability), "as written"
    probabilities = probability, dict(weighed.ranked).get(swapped, 0.0)
    shares = weighed.batch_share, 1 - weighed.batch_share
    graveness = [gravity(limits.fault(d)) for d in (day, swapped)]
    one, other = map(_Way, (day, swapped), probabilities, shares, weighed.crowded, weighed.in_order, graveness)
    likelier, rarer = sorted((one, other), key=lambda way: -way.share)
    if likelier.share >= SWAP_SETTLED:
        return likelier.day, _confidence(likelier, rarer), "batch"
    if one.gravity != other.gravity:
        milder, graver = sorted((one, other), key=lambda way: way.gravity)
        return milder.day, _confidence(milder, graver), "checks"
    return day, min(1.0, probability), "ambiguous"


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the two days that a two-way date can mean; the numbers are those of `Weighed`."""

    day: date
    probability: float
    share: float
    crowded: float
    in_order: float
    gravity: int
    """How grave the flag is that the day would get."""


def _confidence(chosen: _Way, other: _Way) -> float:
    """Probability of the chosen one of two days. If the other's fault is the graver, the two share what they have
    together: a day in order by what the batch makes of it, one at fault, wherever it lies, by how few are, and how many
    more of the batch write day and month in its order."""
    if other.gravity <= chosen.gravity:
        return min(1.0, chosen.probability)
    at_fault = date_model().fault * other.share / max(other.crowded, TINY) * other.in_order / chosen.in_order
    return min(1.0, chosen.probability + other.probability) * chosen.share / (chosen.share + at_fault)


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
