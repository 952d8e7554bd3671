"""Examples for `models.fit`: what title, name and signature of labelled returns showed, and whose they are.

usage: python -m benchmarks.linking_examples RETURNS... [--cache FOLDER] [--seed N] OUT.npz

Each RETURNS is a labelled folder (see `benchmarks.truth`). Beside each return as it is there are made ones: its article
taken out of the roster, its title there half another one, or one of a series; its name field held against another
article's authors, and against its own without the one it names; another return's block under it, as a stranger's, as
that of the stranger whose name is most like, and as a co-author's; its own block once who signed it is no author. OUT
holds features and answers only: no name, no title, no picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from benchmarks.judged import Random, Return, by_volume, read_returns
from models.choice import Example, Floats
from models.fit import content, save_examples
from models.fitted import using
from pipeline.datamodel.records import Article, Observation
from pipeline.names.evidence import name_evidence, name_features, odds
from pipeline.names.signers import signer_features
from pipeline.resolution.articles import HINT, LONG_WORD, Titles, shortlist, title_features
from pipeline.resolution.author_linking import signing_lines

STRANGERS = 2
"""Other articles, or other returns' blocks, that each return is held against."""
NEAR_TITLES = 0.15
"""Share of returns that are held against a title half another one, and against a series: of 420 one was on another
paper of the same group. Raised, more of those whose authors changed their title are asked about."""
SERIES = ("I", "II", "III", "IV", "V", "2", "3", "4")
"""What further parts of a title are called."""
LEAST_WORDS = 4
"""Long words that a title needs for half of them to be exchanged."""
LEGIBLE_LETTERS = 4
"""Letters from which a signature, as a person read it, names somebody."""


def article_examples(some: Sequence[Return], titles: Titles, rng: Random) -> Iterator[Example]:
    """Which article a return is for, also where its title is one of a series; and none once its own is taken out of the
    roster, or is half another one."""
    for one in some:
        seen = one.seen
        if not seen.title.lines or seen.problem or not (one.truth.article or "title_not_in_roster" in one.truth.flags):
            continue
        likenesses = titles.likenesses(seen.title)
        near = [titles.places[a.key] for a in shortlist(titles, likenesses, seen.name.text)]
        own = titles.places.get(one.truth.article or "", -1)
        if own >= 0 and likenesses[own] < HINT:
            continue  # what was read is no title
        near = [p for p in near if p == own or titles.folded[p] != titles.folded[own]]  # a roster may list one twice
        if own >= 0:
            yield Example(
                _rows(seen, titles, likenesses, [own, *(p for p in near if p != own)]), 0, _volume(one), "as it is"
            )
        others = [p for p in near if p != own]
        yield Example(_rows(seen, titles, likenesses, others), len(others), _volume(one), "none")
        if own >= 0 and likenesses[own] >= 1.0 and rng.random() < NEAR_TITLES:
            parts = _in_a_series(titles, own)
            places = [own, *range(len(titles.articles), len(parts.articles))]
            yield Example(_rows(seen, parts, parts.likenesses(seen.title), places), 0, _volume(one), "series")
        if own >= 0 and rng.random() < NEAR_TITLES and (changed := _half_another(titles, own, rng)):
            yield Example(
                _rows(seen, changed, changed.likenesses(seen.title), [own, *others]),
                1 + len(others),
                _volume(one),
                "near",
            )


def _in_a_series(titles: Titles, own: int) -> Titles:
    """The roster with more parts of one title, each by the same authors."""
    article = titles.articles[own]
    parts = [replace(article, key=f"{article.key}-{part}", title=f"{article.title} {part}") for part in SERIES]
    return Titles.of([*titles.articles, *parts])


def _half_another(titles: Titles, own: int, rng: Random) -> Titles | None:
    """The roster with half of one title's long words exchanged for those of another title, as a group's next article
    may have it."""
    words = titles.articles[own].title.split()
    at = [i for i, word in enumerate(words) if len(word) >= LONG_WORD]
    others = [
        word for word in titles.articles[(own + 1) % len(titles.articles)].title.split() if len(word) >= LONG_WORD
    ]
    if len(at) < LEAST_WORDS or len(others) < len(at) // 2:
        return None
    for i, word in zip(rng.permutation(at)[: len(at) // 2], rng.permutation(others), strict=False):
        words[int(i)] = str(word)
    changed = replace(titles.articles[own], title=" ".join(words))
    return Titles.of([*titles.articles[:own], changed, *titles.articles[own + 1 :]])


def _rows(seen: Observation, titles: Titles, likenesses: Floats, places: Sequence[int]) -> Floats:
    """Features of the articles at `places`, and of none, as if the roster had no others."""
    articles = [titles.articles[place] for place in places]
    names = {a.key: odds(name_evidence(seen.name.lines, a.authors)) for a in articles} if seen.name.lines else {}
    return title_features(Titles.of(articles), seen.title, likenesses[list(places)], names)


def _volume(one: Return) -> str:
    return one.truth.file.split("/")[0]


def name_examples(some: Sequence[Return], titles: Titles, rng: Random) -> Iterator[Example]:
    """Whom of an article's authors a handwritten name field names, and none of another article's."""
    for one in some:
        lines, article = one.seen.name.lines, _article(one, titles)
        if article is None or not any(line.views for line in lines):
            continue
        if len(one.truth.authors) == 1 and one.truth.authors[0] in article.authors:
            rows = name_features(lines, article.authors)
            yield Example(rows, article.authors.index(one.truth.authors[0]), _volume(one), "as it is")
        for other in _other_articles(article, titles, rng):
            rows = name_features(lines, other.authors)
            yield Example(rows, len(other.authors), _volume(one), "none")
        named = one.truth.authors
        rest = tuple(a for a in article.authors if a not in named)
        for authors in (rest, _most_like(named, article, titles)):
            if named and authors:
                yield Example(name_features(lines, authors), len(authors), _volume(one), "near")


def _most_like(named: Sequence[str], article: Article, titles: Titles) -> tuple[str, ...]:
    """The authors of the article, among those without an author of this one, that has the name most like one named."""
    others = [a.authors for a in titles.articles if a.authors and not set(a.authors) & set(article.authors)]
    return max(others, key=lambda authors: _likeness(named, authors), default=())


def _likeness(some: Sequence[str], others: Sequence[str]) -> float:
    """rapidfuzz ratio, 0..100, of the two names most alike; words in any order."""
    return max((fuzz.token_sort_ratio(a, b) for a in some for b in others), default=0.0)


def _article(one: Return, titles: Titles) -> Article | None:
    place = titles.places.get(one.truth.article or "")
    return None if place is None or one.seen.problem else titles.articles[place]


def _other_articles(article: Article, titles: Titles, rng: Random) -> list[Article]:
    """Some articles without an author of this one."""
    others = [a for a in titles.articles if a.authors and not set(a.authors) & set(article.authors)]
    chosen = rng.permutation(len(others))[:STRANGERS]
    return [others[int(place)] for place in chosen]


def signer_examples(some: Sequence[Return], titles: Titles, rng: Random) -> Iterator[Example]:
    """Who signed: each block as it is, under another article as a stranger's, and as a co-author's."""
    legible = [one for one in some if _is_legible(one) and one.truth.signer and signing_lines(one.seen)]
    for one in some:
        article = _article(one, titles)
        if article is None or one.seen.signature.kind == "none":
            continue
        authors, named, name = article.authors, one.truth.authors, one.seen.name.text
        signs = one.seen.name_signs
        signer = one.truth.signer if _is_legible(one) or not signs else ()  # told by the name alone
        if signing_lines(one.seen) and (not signer or (len(signer) == 1 and signer[0] in authors)):
            chosen = authors.index(signer[0]) if signer else len(authors) + 1
            yield Example(
                signer_features(signing_lines(one.seen), authors, named, name, signs), chosen, _volume(one), "as it is"
            )
        others = [o for o in legible if not set(o.truth.signer) & set(authors)]
        for place in rng.permutation(len(others))[:STRANGERS]:
            other = others[int(place)]
            lines, whole = signing_lines(other.seen), (*authors, other.truth.signer[0])
            yield Example(signer_features(lines, authors, named, name, signs), len(authors), _volume(one), "stranger")
            yield Example(signer_features(lines, whole, named, name, signs), len(authors), _volume(one), "co-author")
        yield from _near_strangers(one, article, others)


def _near_strangers(one: Return, article: Article, others: Sequence[Return]) -> Iterator[Example]:
    """The block of the stranger whose name is most like one on the form; and the return's own block once its signer is
    no author, and the name field is taken for the author's whose name is most like his."""
    named, name, signs = one.truth.authors, one.seen.name.text, one.seen.name_signs
    if named and others:
        other = max(others, key=lambda o: _likeness(o.truth.signer, named))
        rows = signer_features(signing_lines(other.seen), article.authors, named, name, signs)
        yield Example(rows, len(article.authors), _volume(one), "near")
    rest = tuple(a for a in article.authors if a not in one.truth.signer)
    if one.truth.signer and _is_legible(one) and rest and signing_lines(one.seen):
        namesake = max(rest, key=lambda a: _likeness([a], one.truth.signer))
        rows = signer_features(signing_lines(one.seen), rest, [namesake], name, signs)
        yield Example(rows, len(rest), _volume(one), "near")


def _is_legible(one: Return) -> bool:
    text = one.truth.signature_text
    return "?" not in text and sum(c.isalpha() for c in text) >= LEGIBLE_LETTERS


def all_examples(returns: Sequence[Return], seed: int) -> dict[str, list[Example]]:
    """Examples of each model. What a name says beside a title is taken from a model of names that has not seen the
    volume."""
    found: dict[str, list[Example]] = {"article": [], "name": [], "signer": []}
    volumes = [(some, Titles.of(roster.articles)) for some, roster in by_volume(returns)]
    for some, titles in volumes:
        rng = np.random.default_rng([seed, len(some)])
        found["name"] += name_examples(some, titles, rng)
        found["signer"] += signer_examples(some, titles, rng)
    for some, titles in volumes:
        others = [e for e in found["name"] if e.group != _volume(some[0])]
        with using(content({"name": others})):
            found["article"] += article_examples(some, titles, np.random.default_rng([seed, len(some)]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, help="folder of files that keep the readings")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    examples: dict[str, list[Example]] = {}
    for folder in options.returns:
        cache = options.cache / f"{folder.name}.pkl" if options.cache else None
        for model, some in all_examples(read_returns(folder, cache), options.seed).items():
            examples.setdefault(model, []).extend(some)
    save_examples(examples, options.out)


if __name__ == "__main__":
    main()
