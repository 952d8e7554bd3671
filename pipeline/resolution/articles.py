"""Which article of the roster a return is for: the title as read against every title, the name against the authors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from models.choice import Floats
from models.fitted import fitted
from pipeline.datamodel.normalizing import normalize_title, normalize_token
from pipeline.datamodel.records import Article, FieldReading, Observation
from pipeline.resolution.titles import normalize_words

TITLE_FEATURES: Final = ("article", "likeness", "words", "shared", "legible", "exact", "name", "none_name")
"""Features of the model `article` in their order. `None of these` has one alone: what the name says for the article for
which it says most. Authors of several articles are many, so a name alone does not tell that one of them is meant."""
STRANGER_SHARE: Final = 0.03
"""Share of returns whose name field names no author of their article, or can't be read at all."""
NAME_LOG: Final = (-3.5, 6.5)
"""Least and most that a name counts for beside a title, log odds."""
NUMBER_FIELD: Final = "number"
"""Name of the field that asks for the article's number: the roster's key."""
LEAST_NUMBER: Final = 2
NUMBER_GAIN: Final = 9.0
"""Log odds that a number gives to its article beside a title: it settles a title half read, and overrules none."""
NUMBER_ALONE_TYPED: Final = 6.0
NUMBER_ALONE: Final = 0.9
"""Log odds of the article whose number stands there without a title. A digit is easily misread in ink: a person
looks at that."""
SHORTLIST: Final = 12
"""Articles whose authors are compared with the name field, for their titles."""
BY_NAME: Final = 6
"""Further ones, for their authors."""
NAME_LIKE: Final = 80.0
"""rapidfuzz ratio, 0..100, of a name field and an author from which his articles are looked at."""
UNTITLED: Final = -20.0
"""Log odds of each article where no title stands: a number alone may raise one from there."""
SAME_WORD: Final = 68.0
"""rapidfuzz ratio, 0..100, from which two strings are one word badly read."""
SAME_INSIDE: Final = 85.0
"""The same for a word that is looked for in a whole title run together, where more is alike by chance. Set by eye."""
LONG_WORD: Final = 4
"""Letters from which a title's words count when they are compared one by one."""
HINT: Final = 0.35
"""Likeness below which a title is no hint at all."""


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """One article with the posterior probability that the return is for it."""

    article: Article
    likeness: float
    probability: float


@dataclass(frozen=True, slots=True)
class Titles:
    """The roster's articles with what their titles are compared by. Make one with `Titles.of`."""

    articles: tuple[Article, ...]
    folded: tuple[str, ...]
    places: Mapping[str, int]
    """Where each key's article stands in `articles`."""
    authors: tuple[str, ...]
    """All authors' names, normalized..."""
    author_places: tuple[int, ...]
    """...and the place of the article of each."""

    @classmethod
    def of(cls, articles: Sequence[Article]) -> Titles:
        """The articles in their order, with their titles made ready."""
        folded = tuple(normalize_title(article.title) for article in articles)
        people = [(normalize_token(name), place) for place, a in enumerate(articles) for name in a.authors]
        places = {article.key: place for place, article in enumerate(articles)}
        return cls(tuple(articles), folded, places, tuple(n for n, _ in people), tuple(p for _, p in people))

    def likenesses(self, title: FieldReading) -> Floats:
        """0..1 for each article: how like its title is to what was read, whichever order the lines are in."""
        texts = {" ".join(order) for order in _line_orders([line.text for line in title.lines])}
        queries = [q for q in map(normalize_title, texts) if q]
        if not queries or not self.articles:
            return np.zeros(len(self.articles))
        return np.asarray(process.cdist(queries, self.folded, scorer=fuzz.ratio).max(axis=0) / 100, np.float64)


def _line_orders(lines: Sequence[str]) -> list[Sequence[str]]:
    """As read; and with each line moved to the end, since overflow stands where there is room."""
    if len(lines) < 3:
        return [lines, lines[::-1]]
    return [lines, *([*lines[:i], *lines[i + 1 :], lines[i]] for i in range(len(lines) - 1))]


def number_odds(titles: Titles, seen: Observation) -> dict[str, float]:
    """Log odds that the article's number on the form, where it asks for one, gives to the article of that key."""
    field = next((f for f in seen.extra_fields if f.name == NUMBER_FIELD), None)
    number = normalize_title(field.value) if field else ""
    if field is None or len(number) < LEAST_NUMBER:
        return {}
    typed = field.reading.kind == "typed"
    alone = NUMBER_ALONE_TYPED if typed else NUMBER_ALONE
    gain = (
        NUMBER_GAIN
        if seen.title.lines
        else alone - float(title_scores(titles, seen.title, np.zeros(len(titles.articles)), {})[0])
    )
    return {a.key: gain for a in titles.articles if normalize_title(a.key) == number}


def title_features(
    titles: Titles, title: FieldReading, likenesses: Floats, names: Mapping[str, Mapping[str, float]]
) -> Floats:
    """Features of each article and, last, of none, shape (articles + 1, TITLE_FEATURES).

    `names`: for the keys that were compared the odds that the name field names each author; empty: no name is read.
    """
    count = len(likenesses)
    by_name = np.full(count, NAME_LOG[0] if names else 0.0)
    for key, odds in names.items():
        by_name[titles.places[key]] = name_log_odds(odds)
    words, shared = np.zeros(count), np.zeros(count)
    for place in _greatest(likenesses, SHORTLIST):
        both = _shared_words(title.text, titles.articles[place].title)
        words[place], shared[place] = min(both), max(both)
    legible = title_legibility(title)
    rows = np.zeros((count + 1, len(TITLE_FEATURES)))
    exact = _typed_exactly(title, likenesses)
    rows[:-1, :-1] = np.column_stack(
        [np.ones(count), likenesses, words, shared, np.full(count, legible), exact, by_name]
    )
    rows[-1, -1] = by_name.max(initial=NAME_LOG[0] if names else 0.0)
    return rows


def _typed_exactly(title: FieldReading, likenesses: Floats) -> npt.NDArray[np.bool_]:
    """Which article's title was typed letter by letter, where no other one has it: titles of a series are much alike,
    and letters of a text are certain. Those of ink are not."""
    exact = likenesses >= 1.0
    return exact if exact.sum() == 1 and not any(line.views for line in title.lines) else np.zeros(len(exact), bool)


def title_legibility(title: FieldReading) -> float:
    """The recognizer's confidence in a title, 0..1, by its letters: a clear title contradicts another's."""
    letters = [len(line.text) for line in title.lines]
    return sum(line.score * n for line, n in zip(title.lines, letters, strict=True)) / max(1, sum(letters))


@lru_cache(maxsize=16384)
def _shared_words(read: str, expected: str) -> tuple[float, float]:
    """Shares, 0..1, by letters, of the expected title's words that were read, and of the words read that it has."""
    a, b = (tuple(w for w in normalize_words(title) if len(w) >= LONG_WORD) for title in (read, expected))
    return _found_share(b, a, normalize_title(read)), _found_share(a, b, normalize_title(expected))


def _found_share(words: Sequence[str], among: Sequence[str], whole: str) -> float:
    """Share, by letters, of the words that stand among others, but for slips of reading, or in the `whole` run
    together: a reader parts words, and joins them, where the writer did not."""
    if not words or not among:
        return 0.0
    best = process.cdist(words, among, scorer=fuzz.ratio).max(axis=1) >= SAME_WORD
    best |= process.cdist(words, [whole], scorer=fuzz.partial_ratio)[:, 0] >= SAME_INSIDE
    letters = np.array([len(word) for word in words])
    return float(letters[best].sum() / letters.sum())


def title_scores(
    titles: Titles, title: FieldReading, likenesses: Floats, names: Mapping[str, Mapping[str, float]]
) -> Floats:
    """Log odds of each article against none, shape (articles,)."""
    if not title.lines:
        return np.full(len(likenesses), UNTITLED)
    scores = title_features(titles, title, likenesses, names) @ fitted("article", TITLE_FEATURES)
    return np.asarray(scores[:-1] - scores[-1], np.float64)


def name_log_odds(odds: Mapping[str, float]) -> float:
    """What the name field says for an article: the log odds that it names one of the authors, strangers allowed for."""
    named = sum(odds.values()) / max(1, len(odds))
    return float(np.clip(np.log((1 - STRANGER_SHARE) * named + STRANGER_SHARE), *NAME_LOG))


def score_articles(
    titles: Titles,
    likenesses: Floats,
    title: FieldReading,
    author_odds: Mapping[str, Mapping[str, float]],
    by_number: Mapping[str, float] = MappingProxyType({}),
) -> tuple[ArticleScore, ...]:
    """Articles by falling probability. `author_odds`: for shortlisted keys, the odds that the name is each author's;
    `by_number`: as `number_odds` gives it.

    The alternative that none is meant has weight 1; probabilities therefore sum to less than 1.
    """
    logs = title_scores(titles, title, likenesses, author_odds)
    for key, gain in by_number.items():
        logs[titles.places[key]] += gain
    weights = np.exp(np.minimum(logs, 60.0))
    probabilities = weights / (1 + weights.sum())
    best = _greatest(probabilities, SHORTLIST)
    return tuple(
        ArticleScore(titles.articles[i], float(likenesses[i]), float(probabilities[i]))
        for i in best
        if likenesses[i] >= HINT or probabilities[i] > 0.01
    )


def shortlist(titles: Titles, likenesses: Floats, name: str) -> list[Article]:
    """The articles worth a look at their authors: those whose titles, or authors, are most like what was read."""
    places = dict.fromkeys(int(i) for i in _greatest(likenesses, SHORTLIST))
    return [titles.articles[i] for i in {**places, **dict.fromkeys(places_by_name(titles, name))}]


def places_by_name(titles: Titles, name: str) -> list[int]:
    """Places of the articles of which a name, as read, is like an author's; most like first."""
    token = normalize_token(name)
    found = (
        process.extract(token, titles.authors, scorer=fuzz.ratio, score_cutoff=NAME_LIKE, limit=BY_NAME)
        if token
        else []
    )
    return list(dict.fromkeys(titles.author_places[at] for _, _, at in found))


def _greatest(values: Floats, count: int) -> npt.NDArray[np.intp]:
    """Places of the greatest values, greatest first, the earlier of equals; without sorting all of a long roster."""
    if len(values) > count:
        places = np.flatnonzero(values >= np.partition(values, -count)[-count])
    else:
        places = np.arange(len(values))
    return places[np.argsort(-values[places], kind="stable")][:count]
