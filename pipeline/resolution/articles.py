"""Which article of the roster a return is for: the title as read against every title, the name against the authors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from pipeline.datamodel.normalizing import normalize_title
from pipeline.datamodel.records import Article, FieldReading, Observation

Floats = npt.NDArray[np.float64]

TITLE_BIAS: Final = -27.2
TITLE_SLOPE: Final = 39.5
"""Log odds that a title is meant, from its likeness r (0..1) to the text read: bias + slope * r. Logistic fit on 169
real titles against all titles of their volumes; leaving one volume out moves them by less than 5 %."""
STRANGER_SHARE: Final = 0.03
"""Share of returns whose name field names no author of their article, or can't be read at all."""
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
"""Articles whose authors are compared with the name field."""
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

    @classmethod
    def of(cls, articles: Sequence[Article]) -> Titles:
        """The articles in their order, with their titles made ready."""
        folded = tuple(normalize_title(article.title) for article in articles)
        return cls(tuple(articles), folded, {article.key: place for place, article in enumerate(articles)})

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
    gain = NUMBER_GAIN if seen.title.lines else alone - TITLE_BIAS
    return {a.key: gain for a in titles.articles if normalize_title(a.key) == number}


def score_articles(
    titles: Titles,
    likenesses: Floats,
    author_odds: Mapping[str, Mapping[str, float]],
    by_number: Mapping[str, float] = MappingProxyType({}),
) -> tuple[ArticleScore, ...]:
    """Articles by falling probability. `author_odds`: for shortlisted keys, the odds that the name is each author's;
    `by_number`: as `number_odds` gives it.

    The alternative that none is meant has weight 1; probabilities therefore sum to less than 1.
    """
    logs = TITLE_BIAS + TITLE_SLOPE * likenesses
    for key, gain in by_number.items():
        logs[titles.places[key]] += gain
    if author_odds:
        from_names = np.full(len(logs), np.log(STRANGER_SHARE))
        for key, odds in author_odds.items():
            named = sum(odds.values()) / max(1, len(odds))
            from_names[titles.places[key]] = np.log((1 - STRANGER_SHARE) * named + STRANGER_SHARE)
        logs += from_names
    weights = np.exp(np.minimum(logs, 60.0))
    probabilities = weights / (1 + weights.sum())
    best = _greatest(probabilities, SHORTLIST)
    return tuple(
        ArticleScore(titles.articles[i], float(likenesses[i]), float(probabilities[i]))
        for i in best
        if likenesses[i] >= HINT or probabilities[i] > 0.01
    )


def shortlist(titles: Titles, likenesses: Floats) -> list[Article]:
    """The articles worth a look at their authors: those whose titles are most like what was read."""
    return [titles.articles[i] for i in _greatest(likenesses, SHORTLIST)]


def _greatest(values: Floats, count: int) -> npt.NDArray[np.intp]:
    """Places of the greatest values, greatest first, the earlier of equals; without sorting all of a long roster."""
    if len(values) > count:
        places = np.flatnonzero(values >= np.partition(values, -count)[-count])
    else:
        places = np.arange(len(values))
    return places[np.argsort(-values[places], kind="stable")][:count]
