"""Examples for `models.fit`: what title, name and signature of labelled returns showed, and whose they are.

usage: python -m benchmarks.linking_examples RETURNS [--cache FILE] [--seed N] OUT.npz

RETURNS is a labelled folder (see `benchmarks.truth`). Beside each return as it is there are made ones: its article
taken out of the roster, its name field held against another article's authors, another return's block under it, as a
stranger's and as a co-author's. OUT holds features and answers only: no name, no title, no picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.judged import Random, Return, by_volume, read_returns
from models.choice import Example, Floats
from models.fit import save_examples
from pipeline.datamodel.records import Article, LineReading, Observation
from pipeline.names.evidence import name_evidence, name_features, odds
from pipeline.names.signers import signer_features
from pipeline.resolution.articles import Titles, shortlist, title_features

STRANGERS = 2
"""Other articles, or other returns' blocks, that each return is held against."""
LEGIBLE_LETTERS = 4
"""Letters from which a signature, as a person read it, names somebody."""


def article_examples(some: Sequence[Return], titles: Titles) -> Iterator[Example]:
    """Which article a return is for, and none once its own is taken out of the roster."""
    for one in some:
        seen = one.seen
        if not seen.title.lines or seen.problem or not (one.truth.article or "title_not_in_roster" in one.truth.flags):
            continue
        likenesses = titles.likenesses(seen.title)
        near = [titles.places[a.key] for a in shortlist(titles, likenesses, seen.name.text)]
        own = titles.places.get(one.truth.article or "", -1)
        if own >= 0:
            yield Example(
                _rows(seen, titles, likenesses, [own, *(p for p in near if p != own)]), 0, _volume(one), "as it is"
            )
        others = [p for p in near if p != own]
        yield Example(_rows(seen, titles, likenesses, others), len(others), _volume(one), "none")


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
    legible = [one for one in some if _is_legible(one) and one.truth.signer and _block(one.seen)]
    for one in some:
        article = _article(one, titles)
        if article is None or one.seen.signature.kind == "none":
            continue
        authors, named, name = article.authors, one.truth.authors, one.seen.name.text
        signer = one.truth.signer
        if _block(one.seen) and (not signer or (len(signer) == 1 and signer[0] in authors)):
            chosen = authors.index(signer[0]) if signer else len(authors) + 1
            yield Example(signer_features(_block(one.seen), authors, named, name), chosen, _volume(one), "as it is")
        others = [o for o in legible if not set(o.truth.signer) & set(authors)]
        for place in rng.permutation(len(others))[:STRANGERS]:
            other = others[int(place)]
            lines, whole = _block(other.seen), (*authors, other.truth.signer[0])
            yield Example(signer_features(lines, authors, named, name), len(authors), _volume(one), "stranger")
            yield Example(signer_features(lines, whole, named, name), len(authors), _volume(one), "co-author")


def _block(seen: Observation) -> list[LineReading]:
    return [line for line in (*seen.signature.lines, *seen.block_name.lines) if line.text.strip()]


def _is_legible(one: Return) -> bool:
    text = one.truth.signature_text
    return "?" not in text and sum(c.isalpha() for c in text) >= LEGIBLE_LETTERS


def all_examples(returns: Sequence[Return], seed: int) -> dict[str, list[Example]]:
    """Examples of each model."""
    found: dict[str, list[Example]] = {"article": [], "name": [], "signer": []}
    for some, roster in by_volume(returns):
        titles, rng = Titles.of(roster.articles), np.random.default_rng([seed, len(some)])
        found["article"] += article_examples(some, titles)
        found["name"] += name_examples(some, titles, rng)
        found["signer"] += signer_examples(some, titles, rng)
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
