"""Whose agreement it is: article, author and signer of one return, beside the roster alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from rapidfuzz import fuzz

from models.choice import Floats
from pipeline.datamodel.encoding import decode, encode
from pipeline.datamodel.faults import fault_problem
from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Article, Candidate, FieldReading, LineReading, Observation, Resolution, Roster
from pipeline.names.evidence import Named, NameEvidence, name_evidence, named_authors, odds
from pipeline.names.fields import count_names, is_label, match_authors, name_alone
from pipeline.names.signers import signer_odds
from pipeline.names.similarity import FITS, similarity
from pipeline.resolution.articles import (
    ArticleScore,
    Titles,
    number_odds,
    places_by_name,
    score_articles,
    shortlist,
)
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
    seen, likenesses = _in_their_fields(seen, titles)
    by_number = number_odds(titles, seen)
    if not seen.title.lines and not by_number:
        return Resolution(article_candidates=_suggested(seen, titles), article_confidence=1.0)
    near = shortlist(titles, likenesses, seen.name.text)
    near += [titles.articles[titles.places[key]] for key in by_number]
    evidence = {a.key: name_evidence(seen.name.lines, a.authors) for a in near} if seen.name.lines else {}
    names = {key: odds(found) for key, found in evidence.items()}
    by_title = score_articles(titles, likenesses, seen.title, {}, by_number)
    scores = score_articles(titles, likenesses, seen.title, names, by_number)
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


EXCHANGED: Final = (0.5, 0.8)
"""A title that is less like any of the roster's than the first, and a name more like one than the second (0..1), have
changed places. Set by eye: of the labelled titles none lies below 0.4, of the names none above 0.5."""


def _in_their_fields(seen: Observation, titles: Titles) -> tuple[Observation, Floats]:
    """The return with title and name exchanged where its author did so, and the likenesses of its title."""
    likenesses = titles.likenesses(seen.title)
    if not seen.title.lines or not seen.name.lines or not len(likenesses):
        return seen, likenesses
    turned = titles.likenesses(seen.name)
    if likenesses.max() < EXCHANGED[0] and turned.max() > EXCHANGED[1]:
        return replace(seen, title=seen.name, name=seen.title), turned
    return seen, likenesses


SUGGESTED: Final = 0.5
"""Probability from which a name suggests an author's article."""


def _suggested(seen: Observation, titles: Titles) -> tuple[Candidate, ...]:
    """The articles of those whom name, block and signature show, where the title is blank; likeliest first."""
    lines = [line for line in (*seen.name.lines, *seen.block_name.lines, *seen.signature.lines) if line.text.strip()]
    found: dict[str, ArticleScore] = {}
    for line in lines:
        for place in places_by_name(titles, name_alone(line.text)):
            article = titles.articles[place]
            shown = signer_odds([line], article.authors, (), "").best[1]
            if shown >= SUGGESTED and shown > (found[article.key].probability if article.key in found else 0.0):
                found[article.key] = ArticleScore(article, 0.0, shown)
    ranked = sorted(found.values(), key=lambda s: -s.probability)
    total = max(1.0, sum(s.probability for s in ranked))
    return tuple(_article_candidate(replace(s, probability=s.probability / total)) for s in ranked[:CANDIDATES])


def _article_candidate(score: ArticleScore) -> Candidate:
    return Candidate(score.article.key, score.article.title, score.probability)


def _author_candidates(posteriors: Mapping[str, float]) -> tuple[Candidate, ...]:
    ranked = sorted(posteriors.items(), key=lambda item: -item[1])[:CANDIDATES]
    return tuple(Candidate(author, author, probability) for author, probability in ranked)


def _name_field(name: FieldReading, article: Article, evidence: Sequence[NameEvidence]) -> Named:
    if not name.lines:
        return Named((), 0.0, {})
    named = named_authors(
        evidence or name_evidence(name.lines, article.authors), _holds_several(name.text, article.authors)
    )
    if named.authors:
        return named
    read = tuple(match.author for match in match_authors(name.text, article.authors))
    return replace(named, authors=read, confidence=min((named.posteriors[a] for a in read), default=named.confidence))


def has_unread_names(name: FieldReading, authors: Sequence[str]) -> bool:
    """Whether a name field lists more names by hand than the `authors` made out: who signs may be one of the rest."""
    return name.kind == "handwritten" and count_names(name.text) > max(1, len(authors))


def _holds_several(text: str, authors: Sequence[str]) -> bool:
    """Whether a name field, as read, lists more than one: two authors are found in it, or it is too long for one."""
    matches = match_authors(text, authors)
    if len(matches) > 1:
        return True
    letters = sum(c.isalnum() for c in text)
    longest = max((sum(c.isalnum() for c in a) for a in authors), default=1)
    return letters > LIST_LETTERS * longest


SIGNER_SURE: Final = 0.9
"""Probability from which a further line of the block shows a further signer."""
TAKEN: Final = 0.5
"""Probability from which the likeliest signer, an author or another person, is taken."""


def signing_lines(seen: Observation) -> list[LineReading]:
    """The lines of a signature block that may show who signed: the signature, and names beside it."""
    lines = (*seen.signature.lines, *seen.block_name.lines)
    return [line for line in lines if line.text.strip() and not is_label(line.text)]


def _with_signer(found: Resolution, seen: Observation, article: Article) -> Resolution:
    """Whose name the block shows: the signature itself, or a name written beside it."""
    lines = signing_lines(seen)
    if not lines or seen.signature.kind == "none":
        return found
    odds_of = partial(
        signer_odds,
        authors=article.authors, named=found.authors, name_read=seen.name.text, name_signs=seen.name_signs,
    )  # fmt: skip
    block = odds_of(lines)
    author, probability = block.best
    others = [a for a in article.authors if a not in found.authors] if found.authors else []
    unnamed = sum(block.authors[other] for other in others)
    found = replace(found, signer_doubt=block.other + unnamed)
    if block.other >= TAKEN:
        by_hand = seen.signature.kind == "handwritten"
        if _signs_as_named(block.other_text, seen.name, found.authors, by_hand):
            return replace(found, signers=found.authors, signer_confidence=found.author_confidence, signer_doubt=0.0)
        return replace(found, unrecognized_signer=block.other_text)
    if probability < TAKEN:
        return found
    # That the form names somebody makes a scrawl his; it makes nobody sign beside others.
    each = [signer_odds([line], article.authors, (), "").best for line in lines] if len(lines) > 1 else []
    sure = {name for name, p in each if p >= SIGNER_SURE}.union(*(_side_by_side(line, article) for line in lines))
    signers = tuple(a for a in article.authors if a in sure or a == author)
    return replace(
        found,
        signers=signers,
        signer_confidence=probability,
        signer_doubt=block.other if set(signers) & set(found.authors) else found.signer_doubt,
    )


AS_NAMED: Final = 90.0
"""rapidfuzz ratio, 0..100, from which a signature says the same as the name field: a letter or so of a whole name is
read otherwise. Set by eye, far above what relatives' names reach."""
WHOLE_NAME: Final = 8
"""Letters from which a signature may be held against the name field: short ones are alike too easily. Set by eye."""


def _signs_as_named(signed: str, name: FieldReading, authors: Sequence[str], by_hand: bool) -> bool:
    """Whether a signature is the name by which the form names its one author, though the roster has it otherwise: whom
    `Robin (Wei) Zhang` denotes signs as `Robin Zhang`. `by_hand`: so that a letter may be misread."""
    if len(authors) != 1 or sum(c.isalpha() for c in signed) < WHOLE_NAME or len(signed.split()) < 2:
        return False
    named = name_alone(name.text)
    alike = by_hand and fuzz.ratio(normalize_token(signed), normalize_token(named)) >= AS_NAMED
    return alike or similarity(signed, named) >= FITS


def _side_by_side(line: LineReading, article: Article) -> set[str]:
    """The authors whose names surely stand in one line of the block, where it is too long for one."""
    if not _holds_several(name_alone(line.text), article.authors):
        return set()
    posteriors = named_authors(name_evidence([line], article.authors, "signature"), True).posteriors
    return {author for author, p in posteriors.items() if p >= SIGNER_SURE}


def _with_named_signer(found: Resolution, seen: Observation) -> Resolution:
    """Where the form asks for the name of whoever signs, that author signed, unless the signature shows another."""
    shown = found.signers or found.unrecognized_signer
    if not seen.name_signs or seen.signature.kind == "none" or shown or len(found.authors) != 1:
        return found
    return replace(found, signers=found.authors, signer_confidence=found.author_confidence)
