"""Whose name the signature block shows: an author's of the article, another person's, or nobody's that can be told.

One fitted model over all authors, `another person` and `illegible`; features are those of the whole block, taken over
its lines where they speak most clearly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz import fuzz

from models.choice import Floats, probabilities
from models.fitted import fitted
from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import LineReading
from pipeline.names.evidence import AuthorLoss, author_losses
from pipeline.names.fields import match_authors, name_alone
from pipeline.names.legibility import legibility
from pipeline.names.romanize import normalize_latin, script_of
from pipeline.names.similarity import similarity

SIGNER_FEATURES: Final = (
    *("author", "loss", "apart", "similarity", "named", "unnamed_signs", "named_alike", "short_form"),
    *("few_letters", "typed", "contrary", "unclear", "unspeakable"),
    *("other", "clear", "words", "legibility", "foreign_script", "unlike"),
)
"""Features of the model `signer` in their order: first those of an author, then those of another person. `Illegible`
has none: its score is 0. `unclear` and `unspeakable` are the same for all authors: where letters are guessed, any
name explains them nearly as well as another, so that a loss that is small tells little."""
AUTHORS_FEATURES: Final = SIGNER_FEATURES.index("other")
LETTERS: Final = 14
"""From so many letters on a signature counts as a whole name."""
FEW_LETTERS: Final = 3
"""Fewer letters than this fit somebody's initials too easily."""
CLEAR: Final = (0.8, 0.95)
"""The recognizer's certainty, 0..1, from which a line's letters begin to be held against a name, and from which they
are held against it altogether. Set by eye, as its slips lie below."""
CLEAR_LETTERS: Final = 10
"""Letters of a line from which they are held against a name altogether; a short one is easily another's."""
NEAR_LOSS: Final = (1.5, 2.0)
"""Loss, nats a letter, from which a clear line begins to be another name than the author's, and from which it is one.
Set by eye, where clear lines of authors' own names lose under 1."""
BEGINS: Final = 80.0
"""rapidfuzz ratio, 0..100, from which a word begins a part of a name."""


@dataclass(frozen=True, slots=True)
class SignerOdds:
    """Probabilities of who signed; together they sum to 1."""

    authors: Mapping[str, float]
    other: float
    """Legibly a person who is no author of the article."""
    illegible: float
    other_text: str
    """What the most legible line says."""

    @property
    def best(self) -> tuple[str, float]:
        """The likeliest author with his probability; empty without authors."""
        return max(self.authors.items(), key=lambda item: item[1], default=("", 0.0))


def signer_odds(
    lines: Sequence[LineReading], authors: Sequence[str], named: Sequence[str], name_read: str, name_signs: bool = False
) -> SignerOdds:
    """Who signed, from the lines of the signature block. `named`: whom the form names, `name_read`: as read there,
    `name_signs`: whether it asks for the name of whoever signs."""
    features = signer_features(lines, authors, named, name_read, name_signs)
    p = probabilities(features, fitted("signer", SIGNER_FEATURES), _shared_out(authors, named))
    text = name_alone(_most_legible(lines).text).strip(" .,:;") if lines else ""
    return SignerOdds(dict(zip(authors, p.tolist(), strict=False)), float(p[-2]), float(p[-1]), text)


def _shared_out(authors: Sequence[str], named: Sequence[str]) -> Floats:
    """What the log odds of each option lose as one of several whom the form names: one of them signs, not each."""
    count = sum(author in named for author in authors)
    return np.array([-np.log(count) if author in named else 0.0 for author in authors] + [0.0, 0.0])


def signer_features(
    lines: Sequence[LineReading], authors: Sequence[str], named: Sequence[str], name_read: str, name_signs: bool
) -> Floats:
    """Features of each author, of another person and of `illegible`, shape (authors + 2, SIGNER_FEATURES)."""
    rows = np.zeros((len(authors) + 2, len(SIGNER_FEATURES)))
    if not lines:
        return rows
    texts = [name_alone(line.text) for line in lines]
    losses = [author_losses([line], authors, "signature") for line in lines]
    alike = max(fuzz.ratio(normalize_token(text), normalize_token(name_read)) / 100 for text in texts)
    letters = max(_letters(text) for text in texts)
    best = _most_legible(lines)
    best_text = name_alone(best.text)
    denoted = [{match.author for match in match_authors(text, authors)} for text in texts]
    for k, author in enumerate(authors):
        own = [loss[k] for loss in losses]
        by_line = [author in some and _letters(text) >= FEW_LETTERS for some, text in zip(denoted, texts, strict=True)]
        short = any(_is_short_for(text, author) for text in texts)
        held = 0.0 if short or any(by_line) else min(map(_held_against, lines, own))
        rows[k, :AUTHORS_FEATURES] = (
            1.0,
            max(loss.whole for loss in own),
            max(loss.apart for loss in own),
            max(similarity(text, author) for text in texts),
            (1 - held) * (author in named or not named),
            name_signs and bool(named) and author not in named,
            (1 - held) * alike if author in named else 0.0,
            short,
            letters < FEW_LETTERS and bool(named) and author not in named,
            any(shown and not line.views for shown, line in zip(by_line, lines, strict=True)),
            0.0 if any(by_line) else min(_clearness(line) * loss.worst for line, loss in zip(lines, own, strict=True)),
            1.0 - best.score,
            1.0 - legibility(best_text),
        )
    rows[-2, AUTHORS_FEATURES:] = (
        1.0,
        best.score * legibility(best_text) * min(_letters(best_text), LETTERS) / LETTERS,
        len(_words(best_text)) > 1,
        legibility(best_text),
        script_of(best_text) != "latin",
        1.0 - alike,
    )
    return rows


def _most_legible(lines: Sequence[LineReading]) -> LineReading:
    return max(
        lines, key=lambda line: line.score * legibility(name_alone(line.text)) * min(_letters(line.text), LETTERS)
    )


def _held_against(line: LineReading, loss: AuthorLoss) -> float:
    """How far a line, clearly read, is another name than the author's though it may be like it, 0..1.

    Then that the form names him says nothing of who signed: `Zhang Zhongang` is no slip of `Zhaoyang Zhang`.
    """
    beyond = -max(loss.whole, loss.apart) - NEAR_LOSS[0]
    return _clearness(line) * min(1.0, max(0.0, beyond / (NEAR_LOSS[1] - NEAR_LOSS[0])))


def _clearness(line: LineReading) -> float:
    """How far a line's certainty exceeds CLEAR, 0..1: clear letters speak against a name that they are nearly like.
    Those of another script speak against none."""
    if script_of(line.text) != "latin":
        return 0.0
    letters = min(_letters(line.text), CLEAR_LETTERS) / CLEAR_LETTERS
    return min(1.0, max(0.0, line.score - CLEAR[0]) / (CLEAR[1] - CLEAR[0])) * letters


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]


def _is_short_for(text: str, author: str) -> bool:
    """Whether every word of a signature begins some word of the author's name: `Lusine Ter-M`, `C. Delahoussaye`."""
    words = re.findall(r"[^\W\d_]+", normalize_latin(text))
    parts = re.findall(r"[^\W\d_]+", normalize_latin(author))
    return bool(words and parts) and all(
        max(fuzz.ratio(word, part[: len(word)]) for part in parts) >= BEGINS for word in words
    )
