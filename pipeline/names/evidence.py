"""Whose name the ink shows: an article's authors scored against a recognizer's character probabilities.

The best string of a handwritten name is wrong as often as not. Scored instead are the ways each author's name is
written (`written_forms`), as the whole line, as a part of it (people list names, add affiliations), or first and last
name apart (people write a middle name that the roster has not). The best one's log-likelihood below the free reading, a
letter, is the evidence; with what the best string says it goes into a fitted model, in which `none of these` is the
alternative against which the odds are given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.choice import Floats
from models.ctc import Candidates, candidates, log_likelihoods, together
from models.emissions import FLOOR_LOGP, CtcEmissions, joined, joined_views
from models.fitted import fitted
from pipeline.datamodel.records import LineReading
from pipeline.names.fields import match_authors, name_alone
from pipeline.names.romanize import runs
from pipeline.names.similarity import FITS, similarity
from pipeline.names.written_forms import written_forms

NAME_FEATURES: Final = ("author", "loss", "worst", "similarity", "denotes", "inside", "legible", "legible_letters")
"""Features of the model `name` in their order; the last two are those of `none of these`."""
INSIDE_AT: Final = NAME_FEATURES.index("inside")
NONE_AT: Final = NAME_FEATURES.index("legible")
TYPED_SLOPE: Final = 60.0
"""Log odds for typed names: this times the distance of their similarity from FITS. Typing is not misread, so the step
is steep; set by eye."""
TRANSCRIBED_ODDS: Final = 5.0
"""Log odds for an author whom ink in another script denotes by its romanisation, set by eye: the ways to write him are
in Latin letters, and explain such ink no better than anybody's; but that two or three characters, or a line of
Cyrillic, should by chance or a slip of reading sound as his name does is rare."""
MIN_PART_LETTERS: Final = 6
"""A form that is looked for inside a line must be this long: shorter ones occur by chance."""
MIN_WORD_LETTERS: Final = 3
"""First and last name are looked for apart where both are this long."""
FINAL_STOP: Final = 0.05
"""Share of names that end in a full stop."""
WORST_LOSS: Final = -6.0
"""Losses count down to this, nats a letter: what is worse is no better evidence."""
LETTERS: Final = 12
"""From so many letters on a text counts as a whole name."""

NOT_ANOTHER: Final = ("latin", "none", "other")
"""Scripts of `romanize.runs` that are not romanised."""

Where = Literal["name", "signature"]


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """How well the ink shows one author's name."""

    author: str
    log_odds: float
    """Natural log odds against `not this author`, all alike beforehand."""
    inside: bool = False
    """Whether the name is only a part of what stands there."""


@dataclass(frozen=True, slots=True)
class AuthorLoss:
    """How much worse than the free reading an author's name explains the ink, nats a letter, WORST_LOSS..0."""

    whole: float
    """His best form, as the whole line or as a part of it."""
    apart: float
    """First and last name, each anywhere in the line."""
    worst: float
    """The worse of these two: a relative's or a namesake's name differs in one of them only."""
    inside: bool
    """Whether the best form is a part only."""


def name_evidence(
    lines: Sequence[LineReading], authors: Sequence[str], where: Where = "name"
) -> tuple[NameEvidence, ...]:
    """Evidence for each author, in their order, from all lines of a field; none where nothing can be compared."""
    typed = _typed_evidence([line for line in lines if not line.views], authors)
    if not any(_is_inked(line) for line in lines) or not authors:
        return typed
    features = name_features(lines, authors, where)
    scores = features @ fitted("name", NAME_FEATURES)
    transcribed = _transcribed_evidence([line for line in lines if _is_inked(line)], authors)
    return tuple(
        max(
            NameEvidence(author, float(score - scores[-1]), bool(row[INSIDE_AT])),
            *others,
            key=lambda e: e.log_odds,
        )
        for author, score, row, *others in zip(authors, scores, features, typed, transcribed, strict=False)
    )


def _transcribed_evidence(lines: Sequence[LineReading], authors: Sequence[str]) -> tuple[NameEvidence, ...]:
    """What ink in another script than the Latin one says of each author, in their order."""
    texts = [" ".join(run for script, run in runs(line.text) if script not in NOT_ANOTHER) for line in lines]
    found = {match.author for text in texts if text for match in match_authors(text, authors)}
    return tuple(NameEvidence(author, TRANSCRIBED_ODDS if author in found else -9.0) for author in authors)


def _is_inked(line: LineReading) -> bool:
    return bool(line.views and line.views[0].labels)


def name_features(lines: Sequence[LineReading], authors: Sequence[str], where: Where = "name") -> Floats:
    """Features of each author and, last, of `none of these`, shape (authors + 1, NAME_FEATURES)."""
    inked = [line for line in lines if _is_inked(line)]
    text = " ".join(line.text for line in inked)
    denoted = {match.author: match.score for match in match_authors(text, authors)}
    rows = np.zeros((len(authors) + 1, len(NAME_FEATURES)))
    for row, author, loss in zip(rows, authors, author_losses(inked, authors, where), strict=False):
        likeness = max(similarity(text, author), denoted.get(author, 0.0))
        row[:NONE_AT] = 1.0, loss.whole, loss.worst, likeness, author in denoted, loss.inside
    legible = _legible_share(inked)
    rows[-1, NONE_AT:] = legible, legible * min(_letters(text), LETTERS) / LETTERS
    return rows


def _legible_share(lines: Sequence[LineReading]) -> float:
    """The recognizer's confidence in the lines, 0..1, by their letters."""
    letters = [_letters(line.text) for line in lines]
    return sum(line.score * n for line, n in zip(lines, letters, strict=True)) / max(1, sum(letters))


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def author_losses(lines: Sequence[LineReading], authors: Sequence[str], where: Where) -> list[AuthorLoss]:
    """For each author the losses of his name against all of the lines together; of typed lines by likeness."""
    inked = [line for line in lines if _is_inked(line)]
    if not authors:
        return []
    if not inked:
        text = name_alone(" ".join(line.text for line in lines))
        # Letters of a text are certain: at a signature, what is less like a name than FITS is another one.
        other = 1 - FITS if where == "signature" else 1.0
        losses = [WORST_LOSS * min(1.0, (1 - similarity(text, author)) / other) for author in authors]
        return [AuthorLoss(loss, loss, loss, False) for loss in losses]
    views = joined_views([line.views for line in inked])
    whole = [joined([line.views[0]]) for line in inked] if len(inked) > 1 else []
    return _best_losses(views, whole, authors, where)


def _typed_evidence(lines: Sequence[LineReading], authors: Sequence[str]) -> tuple[NameEvidence, ...]:
    if not lines:
        return tuple(NameEvidence(author, -9.0) for author in authors)
    text = ", ".join(line.text for line in lines)
    scores = {match.author: match.score for match in match_authors(text, authors)}
    return tuple(
        NameEvidence(
            author,
            min(9.0, 3.0 + TYPED_SLOPE * (scores[author] - FITS)) if author in scores else -9.0,
            len(scores) > 1,
        )
        for author in authors
    )


@dataclass(frozen=True, slots=True)
class _Strings:
    """What is scored against the ink for one author."""

    whole: Candidates
    """His forms, without and with a full stop behind."""
    log_priors: npt.NDArray[np.float64]
    parts: Candidates
    """Those that are looked for inside a line."""
    ends: Candidates
    """First name and last name, as in the roster and in capitals, looked for inside a line: two and two."""


@lru_cache(maxsize=16384)
def _strings(author: str, where: Where) -> _Strings:
    forms = written_forms(author, where)
    whole = [form for form, _ in forms] + [form + "." for form, _ in forms]
    priors = np.array([p * (1 - FINAL_STOP) for _, p in forms] + [p * FINAL_STOP for _, p in forms])
    parts = [form for form, _ in forms if len(form) >= MIN_PART_LETTERS and _is_spelt_out(form)]
    words = author.split()
    both = [words[0], words[-1]] if len(words) > 1 else []
    ends = [*both, *(word.upper() for word in both)] if both and min(map(len, both)) >= MIN_WORD_LETTERS else []
    return _Strings(
        candidates(whole),
        np.log(np.maximum(priors, 1e-4)),
        candidates(parts, inside=True),
        candidates(ends, inside=True),
    )


def _is_spelt_out(form: str) -> bool:
    """Whether a form has given and family name in full: initials and family names alone stand inside other names."""
    words = form.replace(".", " ").split()
    return len(words) > 1 and all(len(word) > 1 for word in words)


@dataclass(frozen=True, slots=True)
class _ViewLoss:
    """Losses of one author in one view, nats a letter."""

    whole: float
    inside: float = -math.inf
    apart: float = -math.inf
    worst: float = -math.inf


def _best_losses(
    views: Sequence[CtcEmissions], single: Sequence[CtcEmissions], authors: Sequence[str], where: Where
) -> list[AuthorLoss]:
    """Least losses of each author's name over all views.

    `single`: lines that may each be a full name, beside lines that are something else.
    """
    strings = [_strings(author, where) for author in authors]
    by_view = [_losses(view, strings, parts=True) for view in views]
    by_view += [_losses(view, strings, parts=False) for view in single]
    return [_least([losses[k] for losses in by_view]) for k in range(len(authors))]


def _least(losses: Sequence[_ViewLoss]) -> AuthorLoss:
    """The least losses of one author over all views."""
    whole, inside = max(loss.whole for loss in losses), max(loss.inside for loss in losses)
    apart, worst = max(loss.apart for loss in losses), max(loss.worst for loss in losses)
    is_part, best = inside > whole + 0.2, max(whole, inside)
    lone = best if worst == -math.inf else worst
    return AuthorLoss(_clipped(best), _clipped(apart), _clipped(lone), is_part)


def _clipped(loss: float) -> float:
    return min(0.0, max(WORST_LOSS, loss))


def _losses(view: CtcEmissions, authors: Sequence[_Strings], parts: bool) -> list[_ViewLoss]:
    """For each author the losses as the whole line, at least FLOOR_LOGP a letter; `parts`: and as a part of it, and of
    first and last name apart."""
    pieces = [piece for author in authors for piece in (author.whole, author.parts, author.ends)[: 1 + 2 * parts]]
    strings = together(pieces)
    borders = np.cumsum([len(piece) for piece in pieces])[:-1]
    totals = iter(np.split(log_likelihoods(view, strings), borders))
    found = []
    for author in authors:
        whole = (next(totals) + author.log_priors) / np.maximum(author.whole.lengths, 1)
        least = max(float(whole.max()), FLOOR_LOGP)
        found.append(_ViewLoss(least, *_part_losses(author, next(totals), next(totals))) if parts else _ViewLoss(least))
    return found


def _part_losses(author: _Strings, inside: Floats, ends: Floats) -> tuple[float, float, float]:
    """Loss of the best part, of first and last name together, and of the worse of them; -inf where there are none."""
    both, lengths = ends.reshape(-1, 2), author.ends.lengths.reshape(-1, 2)
    return (
        float((inside / np.maximum(author.parts.lengths, 1)).max(initial=-math.inf)),
        float((both.sum(axis=1) / lengths.sum(axis=1)).max(initial=-math.inf)),
        float((both / lengths).min(axis=1, initial=0.0).max(initial=-math.inf)),
    )


def odds(evidence: Sequence[NameEvidence]) -> Mapping[str, float]:
    """Odds for each author."""
    return {e.author: float(np.exp(min(e.log_odds, 12.0))) for e in evidence}


@dataclass(frozen=True, slots=True)
class Named:
    """The authors a field names, with the posterior of the least sure of them."""

    authors: tuple[str, ...]
    confidence: float
    posteriors: Mapping[str, float]


AUTHOR_PRIOR: Final = 3.3
"""Log odds in favour of some author of the article, whatever the ink: 2 of 420 labelled forms name none, 1 of 28 is
taken, to be careful. Raised, fewer strangers in the name field are told."""
LISTED: Final = -3.0
"""Log odds from which a further author counts as listed beside the best one: below 0, as who lists several mostly lists
co-authors. Of 134 whom 36 handwritten lists show at more than this, all stand there. Raised, fewer of a list are found,
lowered, more than stand there."""
LIST_PRIOR: Final = 2.0
"""Log odds more for each author of a list. None of those 134 was wrong; so much is taken, set by eye."""


def named_authors(evidence: Sequence[NameEvidence], several: bool) -> Named:
    """Decide whom a field names. `several`: whether it holds more than one name."""
    if not evidence:
        return Named((), 0.0, {})
    weights = {e.author: float(np.exp(min(e.log_odds + AUTHOR_PRIOR, 30.0))) for e in evidence}
    if several:
        lists = {author: w * math.exp(LIST_PRIOR) for author, w in weights.items()}
        alone = {author: w / (1 + w) for author, w in lists.items()}
        listed = tuple(e.author for e in evidence if e.log_odds > LISTED)
        if listed:
            return Named(listed, min(alone[a] for a in listed), alone)
    total = 1 + sum(weights.values())
    best = max(weights, key=lambda author: weights[author])
    single = {author: w / total for author, w in weights.items()}
    return Named((best,) if weights[best] > 1 else (), single[best], single)
