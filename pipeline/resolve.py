"""Resolve: what the readings of a batch mean, with the roster, the calendar and each other at hand.

Article, author and signer are decided return by return. Dates take two passes: what the ink and the volume's dates say,
then again with the other dates of the volume as prior, because returns cluster before a deadline. A prior only leans: a
clearly written 2015 stays 2015.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from pipeline.articles import ArticleScore, score_articles, shortlist
from pipeline.checks import date_fault, spoken
from pipeline.clause_text import plain_key
from pipeline.date_grammar import DayScores, default_span
from pipeline.date_prior import DayPosterior, batch_priors, posterior, volume_prior
from pipeline.dates import Order, readings
from pipeline.day_evidence import ORDERS, ink_evidence, restored
from pipeline.form import term_of
from pipeline.name_ink import (
    Named,
    NameEvidence,
    name_evidence,
    named_authors,
    odds,
    signature_losses,
    signer_evidence,
)
from pipeline.names import match_authors, similarity
from pipeline.records import (
    Article,
    Candidate,
    DateOrder,
    FieldReading,
    Line,
    Observation,
    Resolution,
    Roster,
    Settings,
    Source,
    Volume,
)
from pipeline.romanize import fold, script_of
from pipeline.titles import title_difference

CANDIDATES: Final = 9
"""Candidates kept a field: one for each key of the review page."""
DECIDED: Final = 0.5
"""Probability from which an article is taken."""
LIST_LETTERS: Final = 1.4
"""A name field with this many times the letters of the longest author's name may hold more than one name."""
SWAP_SETTLED: Final = 0.9
"""Probability, among the two orders of a two-way date, from which the batch has settled it."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A return's date before the batch has spoken."""

    scores: DayScores | None
    volume: Volume
    article: Article | None
    first: DayPosterior | None
    term_years: int | None = None
    """Of the form that it is on."""


def resolve(items: Sequence[tuple[Source, Observation]], roster: Roster, settings: Settings) -> list[Resolution]:
    """What each return's readings mean; one Resolution an item, in their order."""
    people = [resolve_people(observation, roster) for _, observation in items]
    dated = [
        _date_alone(observation, roster, found, settings) for (_, observation), found in zip(items, people, strict=True)
    ]
    return [
        _with_date(found, one, prior, settings) for found, one, prior in zip(people, dated, _priors(dated), strict=True)
    ]


# --- article, author, signer --------------------------------------------------------------------------------------


def resolve_people(seen: Observation, roster: Roster) -> Resolution:
    """Article, author and signer of one return."""
    by_title = score_articles(seen.title, roster, {})
    near = [s.article for s in by_title if s.probability > 1e-6] or list(shortlist(seen.title, roster))
    evidence = {a.key: name_evidence(seen.name.lines, a.authors) for a in near} if seen.name.lines else {}
    scores = score_articles(seen.title, roster, {key: odds(found) for key, found in evidence.items()})
    best = scores[0] if scores and scores[0].probability >= DECIDED else None
    found = Resolution(article_candidates=tuple(_article_candidate(s) for s in scores[:CANDIDATES]))
    if best is None:
        return replace(found, article_confidence=max((1 - s.probability for s in scores[:1]), default=1.0))
    article = best.article
    named = _name_field(seen.name, article, evidence.get(article.key, ()))
    found = replace(
        found,
        article=article.key,
        article_confidence=best.probability,
        title_difference=title_difference(seen.title.text, article.title, handwritten=seen.title.kind == "handwritten"),
        authors=named.authors,
        author_confidence=named.confidence,
        author_candidates=_author_candidates(named.posteriors),
    )
    return _with_signer(found, seen, article)


def _article_candidate(score: ArticleScore) -> Candidate:
    return Candidate(score.article.key, score.article.title, score.probability)


def _author_candidates(posteriors: Mapping[str, float]) -> tuple[Candidate, ...]:
    ranked = sorted(posteriors.items(), key=lambda item: -item[1])[:CANDIDATES]
    return tuple(Candidate(author, author, probability) for author, probability in ranked)


def _name_field(name: FieldReading, article: Article, evidence: Sequence[NameEvidence]) -> Named:
    if not name.lines:
        return Named((), 0.0, {})
    return named_authors(
        evidence or name_evidence(name.lines, article.authors), _holds_several(name.text, article.authors)
    )


def _holds_several(text: str, authors: Sequence[str]) -> bool:
    matches = match_authors(text, authors)
    if len(matches) > 1:
        return True
    letters = sum(c.isalnum() for c in text)
    longest = max((sum(c.isalnum() for c in a) for a in authors), default=1)
    return letters > LIST_LETTERS * longest


SIGNER_SURE: Final = 0.9


def _with_signer(found: Resolution, seen: Observation, article: Article) -> Resolution:
    """Whose name the block shows: the signature itself, or a name written beside it.

    Who is named on the form mostly signs it, which counts for that author where the signature only hints.
    """
    lines = tuple(line for line in (*seen.signature.lines, *seen.block_name.lines) if line.text.strip())
    if not lines or seen.signature.kind == "none":
        return found
    losses = [signature_losses(line, article.authors) for line in lines]
    stranger = _stranger(lines, losses, article.authors, seen.name.text)
    if stranger:
        return replace(found, stranger=stranger)
    each = [signer_evidence(*both, article.authors, found.authors) for both in zip(lines, losses, strict=True)]
    named = [
        named_authors(evidence, _holds_several(line.text, article.authors))
        for line, evidence in zip(lines, each, strict=True)
    ]
    best = max(named, key=lambda n: n.confidence)
    if best.authors:
        sure = tuple(dict.fromkeys(a for n in named if n.confidence >= SIGNER_SURE for a in n.authors))
        return replace(found, signers=sure or best.authors, signer_confidence=best.confidence)
    return found


LEGIBLE_SCORES: Final = ((2, 5, 0.76), (1, 9, 0.85), (1, 5, 0.9))
"""(words, letters, score): the recognizer's certainty from which a signature of at least so many words of two letters,
and so many letters in them, is legible enough to be told from the authors' names: a flourish reads as one short word.
Of 170 real blocks the best flourish that fits no author has two words and 0.71, one word of six letters and 0.83."""
LETTER_SHARE: Final = 0.8
"""Share of letters in what stands there, stops and hyphens aside."""
STRANGER_LOSS: Final = -2.2
"""Loss, nats a letter, beyond which a legible signature is not an author's..."""
STRANGER_LIKENESS: Final = 0.65
"""...if it is also less like his name, and less like what the name field reads, than this (0..1)."""
AUTHOR_LOSS: Final = -1.8
"""A line that costs an author no more than this, and is read with..."""
AUTHOR_SCORE: Final = 0.6
"""...this certainty, may be that author's hand: then the block has no stranger. With these six numbers none of 170
real signatures is a stranger to its own article, and 94 % of 348 that the recognizer reads nearly right (70 % of the
letters of the transcript) are to another return's."""


BEGINS: Final = 80.0
"""Likeness, 0..100, from which a word begins a name's part."""


def _is_short_for(text: str, author: str) -> bool:
    """Whether every word of a signature begins some word of the author's name: `Lusine Ter-M`, `C. Delahoussaye`."""
    words = re.findall(r"[^\W\d_]+", fold(text))
    parts = re.findall(r"[^\W\d_]+", fold(author))
    return all(max(fuzz.ratio(word, part[: len(word)]) for part in parts) >= BEGINS for word in words)


def _stranger(lines: Sequence[Line], losses: Sequence[Sequence[float]], authors: Sequence[str], name_read: str) -> str:
    """What a signature says that is legibly a name and nobody's of the article; else empty.

    `losses`: for each line those of the authors, in their order. `name_read`: what the name field reads.
    """
    least = [max(loss, default=0.0) for loss in losses]
    if any(loss > AUTHOR_LOSS and line.score >= AUTHOR_SCORE for line, loss in zip(lines, least, strict=True)):
        return ""
    for line, loss in zip(lines, least, strict=True):
        alike = max((similarity(line.text, author) for author in authors), default=1.0)
        alike = max(alike, fuzz.ratio(plain_key(line.text), plain_key(name_read)) / 100)
        strange = loss < STRANGER_LOSS and alike < STRANGER_LIKENESS
        if strange and _legible(line) and not any(_is_short_for(line.text, author) for author in authors):
            return line.text.strip(" .,:;")
    return ""


def _legible(line: Line) -> bool:
    """Whether a line is surely a name. Latin letters only: a flourish is easily read as some Chinese character."""
    words = [word for word in re.findall(r"[^\W\d_]+", line.text) if len(word) > 1]
    letters = sum(map(len, words))
    shown = sum(not c.isspace() and c not in ".,-'()" for c in line.text)
    if script_of(line.text) != "latin" or letters < LETTER_SHARE * shown:
        return False
    return any(len(words) >= w and letters >= n and line.score >= score for w, n, score in LEGIBLE_SCORES)


# --- dates --------------------------------------------------------------------------------------------------------


def _date_alone(seen: Observation, roster: Roster, found: Resolution, settings: Settings) -> Dated:
    article = roster.article(found.article) if found.article else None
    volume = article.volume if article else _only_volume(roster)
    scores = date_scores(seen, settings)
    first = posterior(scores, volume_prior(scores.days, volume)) if scores else None
    return Dated(scores, volume, article, first, term_of(seen.form, settings.forms))


def _only_volume(roster: Roster) -> Volume:
    volumes = {a.volume for a in roster.articles}
    return volumes.pop() if len(volumes) == 1 else Volume()


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


def _priors(dated: Sequence[Dated]) -> list[npt.NDArray[np.float64] | None]:
    """For each return the weight of each day by the other returns of its volume; None where it shows no date."""
    found: list[npt.NDArray[np.float64] | None] = [None] * len(dated)
    volumes = defaultdict(list)
    for at, one in enumerate(dated):
        if one.scores is not None and one.first is not None:
            volumes[one.volume].append(at)
    for volume, places in volumes.items():
        first = dated[places[0]]
        assert first.scores is not None
        days = first.scores.days
        likely = [one.first.likely() for at in places if (one := dated[at]).first is not None]
        for at, prior in zip(places, batch_priors(days, likely, volume_prior(days, volume)), strict=True):
            found[at] = prior
    return found


def _with_date(found: Resolution, one: Dated, prior: npt.NDArray[np.float64] | None, settings: Settings) -> Resolution:
    if one.scores is None or prior is None:
        return found
    seen = posterior(one.scores, prior)
    ranked = seen.top(CANDIDATES)
    candidates = tuple(Candidate(day.isoformat(), spoken(day), p) for day, p in ranked if p > 1e-4)
    if seen.none > max(p for _, p in ranked):
        return replace(found, date_candidates=candidates, date_confidence=0.0)
    day, sure, order = _decide(ranked, one, settings)
    return replace(found, date_candidates=candidates, day=day, date_confidence=sure, date_order=order)


def _decide(ranked: Sequence[tuple[date, float]], one: Dated, settings: Settings) -> tuple[date, float, DateOrder]:
    """The day, how sure, and what settled day and month."""
    day, probability = ranked[0]
    swapped = _swapped(day)
    assert one.scores is not None
    if swapped is None or not _two_way(one.scores, day, swapped):
        return day, min(1.0, probability), "as written"
    faults = {d: date_fault(d, one.article, settings, term_years=one.term_years) for d in (day, swapped)}
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
