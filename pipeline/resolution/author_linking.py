"""Whose agreement it is: article, author and signer of one return, beside the roster alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz

from pipeline.datamodel.encoding import decode, encode
from pipeline.datamodel.faults import fault_problem
from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Article, Candidate, FieldReading, LineReading, Observation, Resolution, Roster
from pipeline.names.evidence import (
    Named,
    NameEvidence,
    name_evidence,
    named_authors,
    odds,
    signature_losses,
    signer_evidence,
)
from pipeline.names.fields import match_authors
from pipeline.names.romanize import normalize_latin, script_of
from pipeline.names.similarity import similarity
from pipeline.resolution.articles import ArticleScore, Titles, number_odds, score_articles, shortlist
from pipeline.resolution.certificate_holders import with_holder
from pipeline.resolution.titles import title_difference

CANDIDATES: Final = 9
"""Candidates kept a field: one for each key of the review page."""
DECIDED: Final = 0.5
"""Probability from which an article is taken."""
LIST_LETTERS: Final = 1.4
"""A name field with this many times the letters of the longest author's name may hold more than one name."""


@dataclass(frozen=True, slots=True)
class LinkingTask:
    """Readings for a worker to resolve, as the results file keeps them."""

    roster: Roster
    readings: tuple[tuple[str, bytes], ...]
    """`encode`'s text and binary part of each observation."""


def link_task(question: LinkingTask) -> list[str]:
    """What `link_authors` gives for each reading of the question, encoded."""
    titles = Titles.of(question.roster.articles)
    return [encode(_linked(text, arrays, titles))[0] for text, arrays in question.readings]


def _linked(text: str, arrays: bytes, titles: Titles) -> Resolution:
    """One reading's `link_authors`; a fault of ours is in it, and costs no other return."""
    try:
        return link_authors(decode(Observation, text, arrays), titles)
    except Exception as error:
        return Resolution(problem=fault_problem(error, "Matching this return with the roster"))


def link_authors(seen: Observation, titles: Titles) -> Resolution:
    """Article, author and signer of one return; nothing of a file that could not be read."""
    if seen.problem is not None:
        return Resolution()
    likenesses = titles.likenesses(seen.title)
    by_number = number_odds(titles, seen)
    by_title = score_articles(titles, likenesses, {}, by_number)
    near = [s.article for s in by_title if s.probability > 1e-6] or shortlist(titles, likenesses)
    evidence = {a.key: name_evidence(seen.name.lines, a.authors) for a in near} if seen.name.lines else {}
    scores = score_articles(titles, likenesses, {key: odds(found) for key, found in evidence.items()}, by_number)
    best = _decided(scores, by_title)
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
    return _with_named_signer(with_holder(_with_signer(found, seen, article), seen, article), seen)


def _decided(scores: Sequence[ArticleScore], by_title: Sequence[ArticleScore]) -> ArticleScore | None:
    """The article, if any is likelier than not; also by its title alone, against a name that is nobody's of it: it is
    the name then that is wrong. The probability stays that of both."""
    named = next((s for s in by_title[:1] if s.probability >= DECIDED), None)
    wanted = scores[0] if scores and scores[0].probability >= DECIDED else named
    return next((s for s in scores if wanted and s.article.key == wanted.article.key), None)


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
    unrecognized = unrecognized_signer(lines, losses, article.authors, seen.name.text)
    if unrecognized:
        return replace(found, unrecognized_signer=unrecognized)
    each = [
        signer_evidence(line, loss, article.authors, found.authors, _excluded(line, loss, found.authors, article, seen))
        for line, loss in zip(lines, losses, strict=True)
    ]
    named = [
        named_authors(evidence, _holds_several(line.text, article.authors))
        for line, evidence in zip(lines, each, strict=True)
    ]
    best = max(named, key=lambda n: n.confidence)
    if best.authors:
        sure = tuple(dict.fromkeys(a for n in named if n.confidence >= SIGNER_SURE for a in n.authors))
        return replace(found, signers=sure or best.authors, signer_confidence=best.confidence)
    return found


def _with_named_signer(found: Resolution, seen: Observation) -> Resolution:
    """Where the form asks for the name of whoever signs, that author signed, unless the signature shows another."""
    shown = found.signers or found.unrecognized_signer
    if not seen.name_signs or seen.signature.kind == "none" or shown or len(found.authors) != 1:
        return found
    return replace(found, signers=found.authors, signer_confidence=found.author_confidence)


LEGIBLE_SCORES: Final = ((2, 5, 0.76), (1, 9, 0.85), (1, 5, 0.9))
"""(words, letters, score): the recognizer's certainty from which a signature of at least so many words of two letters,
and so many letters in them, is legible enough to be told from the authors' names: a flourish reads as one short word.
Of 170 real blocks the best flourish that fits no author has two words and 0.71, one word of six letters and 0.83."""
LETTER_SHARE: Final = 0.8
"""Share of letters in what stands there, stops and hyphens aside."""
UNRECOGNIZED_LOSS: Final = -2.2
"""Loss, nats a letter, below which a legible signature is nobody's of the article, if its best string is also less like
every author's name, and less like what the name field reads, than UNRECOGNIZED_LIKENESS. Lowered, fewer are told."""
UNRECOGNIZED_LIKENESS: Final = 0.65
"""Likeness, 0..1, of a signature's best string to a name from which it may be that name badly read."""
SURE_SCORE: Final = 0.88
"""The recognizer's certainty, 0..1, from which a signature's letters are held against a name that they are nearly
like."""
SURE_LOSS: Final = -1.8
"""Loss, nats a letter, below which a signature read with SURE_SCORE is nobody's of the article, whatever its
likeness."""
AUTHOR_LOSS: Final = -1.8
"""Loss, nats a letter, above which a line read with AUTHOR_SCORE may be an author's hand: then nobody in the block is
unrecognized."""
AUTHOR_SCORE: Final = 0.6
"""The recognizer's certainty, 0..1, from which a line's losses speak for an author. With these numbers none of 170 real
signatures is unrecognized beside its own article, and 94 % of 348 that the recognizer reads nearly right (70 % of the
letters of the transcript) are beside another return's."""


BEGINS: Final = 80.0
"""Likeness, 0..100, from which a word begins a name's part."""


def _is_short_for(text: str, author: str) -> bool:
    """Whether every word of a signature begins some word of the author's name: `Lusine Ter-M`, `C. Delahoussaye`."""
    words = re.findall(r"[^\W\d_]+", normalize_latin(text))
    parts = re.findall(r"[^\W\d_]+", normalize_latin(author))
    return all(max(fuzz.ratio(word, part[: len(word)]) for part in parts) >= BEGINS for word in words)


def unrecognized_signer(
    lines: Sequence[LineReading], losses: Sequence[Sequence[float]], authors: Sequence[str], name_read: str
) -> str:
    """What a signature says that is legibly a name and nobody's of the article; else empty.

    `losses`: for each line those of the authors, in their order. `name_read`: what the name field reads.
    """
    least = [max(loss, default=0.0) for loss in losses]
    if any(loss > AUTHOR_LOSS and line.score >= AUTHOR_SCORE for line, loss in zip(lines, least, strict=True)):
        return ""
    for line, loss in zip(lines, least, strict=True):
        alike = max((similarity(line.text, author) for author in authors), default=1.0)
        alike = max(alike, fuzz.ratio(normalize_token(line.text), normalize_token(name_read)) / 100)
        unlike = loss < UNRECOGNIZED_LOSS and alike < UNRECOGNIZED_LIKENESS
        strange = unlike or (loss < SURE_LOSS and line.score >= SURE_SCORE)
        if strange and _legible(line) and not any(_is_short_for(line.text, author) for author in authors):
            return line.text.strip(" .,:;")
    return ""


def _excluded(
    line: LineReading, losses: Sequence[float], named: Sequence[str], article: Article, seen: Observation
) -> bool:
    """Whether a legible signature is none of those whom the form names."""
    theirs = [loss for author, loss in zip(article.authors, losses, strict=True) if author in named]
    alike = fuzz.ratio(normalize_token(line.text), normalize_token(seen.name.text)) / 100
    return bool(theirs) and max(theirs) < UNRECOGNIZED_LOSS and alike < UNRECOGNIZED_LIKENESS and _legible(line)


def _legible(line: LineReading) -> bool:
    """Whether a line is surely a name. Latin letters only: a flourish is easily read as some Chinese character."""
    words = [word for word in re.findall(r"[^\W\d_]+", line.text) if len(word) > 1]
    letters = sum(map(len, words))
    shown = sum(not c.isspace() and c not in ".,-'()" for c in line.text)
    if script_of(line.text) != "latin" or letters < LETTER_SHARE * shown:
        return False
    return any(len(words) >= w and letters >= n and line.score >= score for w, n, score in LEGIBLE_SCORES)
