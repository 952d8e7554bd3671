"""Which article of the roster a return is for: the title as read against every title, the name against the authors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from anyascii import anyascii
from rapidfuzz import fuzz, process

from pipeline.records import Article, FieldReading, Roster

Floats = npt.NDArray[np.float64]

TITLE_BIAS: Final = -27.2
TITLE_SLOPE: Final = 39.5
"""Log odds that a title is meant, from its likeness r (0..1) to the text read: bias + slope * r. Logistic fit on 169
real titles against all titles of their volumes; leaving one volume out moves them by less than 5 %."""
STRANGER_SHARE: Final = 0.03
"""Share of returns whose name field names no author of their article, or can't be read at all."""
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


@lru_cache(maxsize=65536)
def folded_title(title: str) -> str:
    """Letters and digits only, in ASCII, small: what spelling of LaTeX, hyphens, quotes and spaces can't change."""
    return re.sub(r"[^a-z0-9]", "", anyascii(title).lower())


def title_likenesses(title: FieldReading, articles: Sequence[Article]) -> Floats:
    """0..1 for each article: how like its title is to what was read, whichever order the lines are in."""
    texts = {" ".join(order) for order in _line_orders([line.text for line in title.lines])}
    queries = [q for q in map(folded_title, texts) if q]
    if not queries or not articles:
        return np.zeros(len(articles))
    choices = [folded_title(a.title) for a in articles]
    return np.asarray(process.cdist(queries, choices, scorer=fuzz.ratio).max(axis=0) / 100, np.float64)


def _line_orders(lines: Sequence[str]) -> list[Sequence[str]]:
    """As read; and with each line moved to the end, since overflow stands where there is room."""
    if len(lines) < 3:
        return [lines, lines[::-1]]
    return [lines, *([*lines[:i], *lines[i + 1 :], lines[i]] for i in range(len(lines) - 1))]


def score_articles(
    title: FieldReading, roster: Roster, author_odds: Mapping[str, Mapping[str, float]]
) -> tuple[ArticleScore, ...]:
    """Articles by falling probability. `author_odds`: for shortlisted keys, the odds that the name is each author's.

    The alternative that none is meant has weight 1; probabilities therefore sum to less than 1.
    """
    likenesses = title_likenesses(title, roster.articles)
    logs = TITLE_BIAS + TITLE_SLOPE * likenesses
    for i, article in enumerate(roster.articles):
        odds = author_odds.get(article.key)
        if odds is not None:
            logs[i] += np.log((1 - STRANGER_SHARE) * sum(odds.values()) / max(1, len(odds)) + STRANGER_SHARE)
        elif author_odds:
            logs[i] += np.log(STRANGER_SHARE)
    weights = np.exp(np.minimum(logs, 60.0))
    probabilities = weights / (1 + weights.sum())
    best = np.argsort(-probabilities, kind="stable")[:SHORTLIST]
    return tuple(
        ArticleScore(roster.articles[i], float(likenesses[i]), float(probabilities[i]))
        for i in best
        if likenesses[i] >= HINT or probabilities[i] > 0.01
    )


def shortlist(title: FieldReading, roster: Roster) -> tuple[Article, ...]:
    """The articles worth a look at their authors: those whose titles are most like what was read."""
    likenesses = title_likenesses(title, roster.articles)
    return tuple(roster.articles[i] for i in np.argsort(-likenesses, kind="stable")[:SHORTLIST])
