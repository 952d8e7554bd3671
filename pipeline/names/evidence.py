"""Whose name the ink shows: an article's authors scored against a recognizer's character probabilities.

The best string of a handwritten name is wrong as often as not. Scored instead are the ways each author's name is
written (`written_forms`), as the whole line or as a part of it (people list names, add affiliations), and the best
one's log-likelihood below the free reading, a letter, is the evidence. `none of these` is the alternative against which
the odds are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.ctc import Candidates, candidates, log_likelihoods, together
from models.emissions import FLOOR_LOGP, CtcEmissions, joined, joined_views
from pipeline.datamodel.records import LineReading
from pipeline.names.fields import match_authors
from pipeline.names.similarity import FITS, similarity
from pipeline.names.written_forms import written_forms

INK_BIAS: Final = 4.24
INK_SLOPE: Final = 3.13
TEXT_SLOPE: Final = 0.63
"""Log odds that an author is named, from the loss d of his best form (nats a letter, <= 0) and the similarity s of the
best string: bias + slope * d + slope * s. Logistic fit on 105 real handwritten names: authors named against co-authors
and authors of other articles."""
TYPED_SLOPE: Final = 60.0
"""Log odds for typed names: this times the distance of their similarity from FITS."""
MIN_PART_LETTERS: Final = 6
"""A form that is looked for inside a line must be this long: shorter ones occur by chance."""
FINAL_STOP: Final = 0.05
"""Share of names that end in a full stop."""

Where = Literal["name", "signature"]


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """How well the ink shows one author's name."""

    author: str
    log_odds: float
    """Natural log odds against `not this author`."""
    inside: bool = False
    """Whether the name is only a part of what stands there."""


def name_evidence(
    lines: Sequence[LineReading], authors: Sequence[str], where: Where = "name"
) -> tuple[NameEvidence, ...]:
    """Evidence for each author, in their order, from all lines of a field; none where nothing can be compared."""
    text = " ".join(line.text for line in lines)
    typed = _typed_evidence([line for line in lines if not line.views], authors)
    inked = [line for line in lines if line.views and line.views[0].labels]
    if not inked:
        return typed
    views = joined_views([line.views for line in inked])
    whole = [joined([line.views[0]]) for line in inked] if len(inked) > 1 else []
    found = []
    losses = _best_losses(views, whole, authors, where)
    for author, print_evidence, (loss, inside) in zip(authors, typed, losses, strict=True):
        log_odds = INK_BIAS + INK_SLOPE * loss + TEXT_SLOPE * similarity(text, author)
        found.append(max(NameEvidence(author, log_odds, inside), print_evidence, key=lambda e: e.log_odds))
    return tuple(found)


SIGNATURE_BIAS: Final = 1.0
SIGNATURE_SLOPE: Final = 2.2
NAMED_BONUS: Final = 3.0
"""Log odds that an author signed, from the loss of his best form: bias + slope * d, and more for whom the name field
names; AUTHOR_PRIOR comes on top. Set on 149 real signatures with a legible part, against co-authors and authors of
other articles: 98 % of the true ones lose less than 2.6 a letter, 98 % of the others more than 2.1."""
OTHERS_BONUS: Final = 2.0
"""Log odds added for each co-author where the signature is legibly none of those whom the form names."""
MIN_LETTERS: Final = 3
"""Letters from which a signature is compared with all authors: fewer fit somebody's initials too easily."""
COMPARED: Final = 0.85
"""Likeness of the best string from which it decides alone: a signature in another script than the roster's."""


def signature_losses(line: LineReading, authors: Sequence[str]) -> tuple[float, ...]:
    """For each author the loss a letter (nats, <= 0 or nearly) of his best signature; of typed lines by likeness."""
    if not line.views:
        return tuple(FLOOR_LOGP * (1 - similarity(line.text, author)) for author in authors)
    return tuple(loss for loss, _ in _best_losses(line.views, (), authors, "signature"))


def signer_evidence(
    line: LineReading, losses: Sequence[float], authors: Sequence[str], named: Sequence[str], excluded: bool = False
) -> tuple[NameEvidence, ...]:
    """Evidence that each author wrote this line of the signature block; `named` are those whom the form names.

    `losses`: the authors' `signature_losses`, in their order. `excluded`: the line is legibly none of those.
    """
    if not line.views:
        return _typed_evidence([line], authors)
    letters = sum(c.isalpha() for c in line.text)
    found = []
    for author, loss in zip(authors, losses, strict=True):
        if letters < MIN_LETTERS and author not in named:
            loss = FLOOR_LOGP
        bonus = NAMED_BONUS if author in named else OTHERS_BONUS if excluded else 0.0
        log_odds = SIGNATURE_BIAS + SIGNATURE_SLOPE * loss + bonus
        likeness = similarity(line.text, author)
        if likeness >= COMPARED and letters >= MIN_LETTERS:
            log_odds = max(log_odds, TYPED_SLOPE * (likeness - FITS) + SIGNATURE_BIAS + AUTHOR_PRIOR)
        found.append(NameEvidence(author, log_odds))
    return tuple(found)


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


@lru_cache(maxsize=16384)
def _strings(author: str, where: Where) -> _Strings:
    forms = written_forms(author, where)
    whole = [form for form, _ in forms] + [form + "." for form, _ in forms]
    priors = np.array([p * (1 - FINAL_STOP) for _, p in forms] + [p * FINAL_STOP for _, p in forms])
    parts = [form for form, _ in forms if len(form) >= MIN_PART_LETTERS and _is_spelt_out(form)]
    return _Strings(candidates(whole), np.log(np.maximum(priors, 1e-4)), candidates(parts, inside=True))


def _is_spelt_out(form: str) -> bool:
    """Whether a form has given and family name in full: initials and family names alone stand inside other names."""
    words = form.replace(".", " ").split()
    return len(words) > 1 and all(len(word) > 1 for word in words)


def _best_losses(
    views: Sequence[CtcEmissions], single: Sequence[CtcEmissions], authors: Sequence[str], where: Where
) -> list[tuple[float, bool]]:
    """Least loss a letter of each author's forms over all looks, and whether the best is only a part of the line.

    `single`: lines that may each be a full name, beside lines that are something else.
    """
    if not authors:
        return []
    strings = [_strings(author, where) for author in authors]
    on_looks = [_losses(look, strings, parts=True) for look in views]
    alone = [_losses(look, strings, parts=False) for look in single]
    found = []
    for k in range(len(authors)):
        whole = max(losses[k][0] for losses in (*on_looks, *alone))
        inside = max(losses[k][1] for losses in on_looks)
        found.append((inside, True) if inside > whole + 0.2 else (max(whole, inside), False))
    return found


def _losses(look: CtcEmissions, authors: Sequence[_Strings], parts: bool) -> list[tuple[float, float]]:
    """For each author the least loss a letter as the whole line, at least FLOOR_LOGP, and as a part of it."""
    pieces = [piece for author in authors for piece in (author.whole, author.parts)[: 1 + parts]]
    strings = together(pieces)
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    losses = iter(np.split(log_likelihoods(look, strings) / np.maximum(strings.lengths, 1), ends))
    found = []
    for author in authors:
        whole = next(losses) + author.log_priors / author.whole.lengths
        inside = next(losses) if parts else np.zeros(0)
        found.append((max(float(whole.max()), FLOOR_LOGP), float(inside.max(initial=-np.inf))))
    return found


def odds(evidence: Sequence[NameEvidence]) -> Mapping[str, float]:
    """Odds for each author."""
    return {e.author: float(np.exp(min(e.log_odds, 12.0))) for e in evidence}


@dataclass(frozen=True, slots=True)
class Named:
    """The authors a field names, with the posterior of the least sure of them."""

    authors: tuple[str, ...]
    confidence: float
    posteriors: Mapping[str, float]


AUTHOR_PRIOR: Final = 2.0
"""Log odds in favour of some author of the article, whatever the ink: hardly any form names somebody else."""
LISTED: Final = 1.0
"""Log odds from which a further author counts as listed beside the best one."""


def named_authors(evidence: Sequence[NameEvidence], several: bool) -> Named:
    """Decide whom a field names. `several`: whether it holds more than one name."""
    if not evidence:
        return Named((), 0.0, {})
    weights = {e.author: float(np.exp(min(e.log_odds + AUTHOR_PRIOR, 30.0))) for e in evidence}
    if several:
        alone = {author: w / (1 + w) for author, w in weights.items()}
        listed = tuple(e.author for e in evidence if e.log_odds > LISTED)
        if listed:
            return Named(listed, min(alone[a] for a in listed), alone)
    total = 1 + sum(weights.values())
    best = max(weights, key=lambda author: weights[author])
    single = {author: w / total for author, w in weights.items()}
    return Named((best,) if weights[best] > 1 else (), single[best], single)
