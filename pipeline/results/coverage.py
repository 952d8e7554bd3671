"""The roster's articles beside the returns: which article has a valid return, which is open, which is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from pipeline.datamodel.records import Article, Roster
from pipeline.results.table import SEPARATOR

VALID = frozenset({"clear", "confirmed", "corrected"})
"""Statuses of a return that is in order."""

ArticleState = Literal["valid", "open", "ask again", "missing", "withdrawn", "excused"]
STATES: dict[ArticleState, str] = {
    "valid": "a return in order is there",
    "open": "a return is there, but a person must look at it",
    "ask again": "a return is there, and its author must sign again",
    "missing": "no return is there",
    "withdrawn": "the article was withdrawn, nothing is needed",
    "excused": "the article needs no agreement",
}
"""What an article can be, with what that means."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One article of the roster with its returns."""

    article: Article
    state: ArticleState
    row: int | None
    """Row of the table, from 0, of the return that counts."""
    others: tuple[int, ...] = ()
    """Rows of its other returns."""


def coverage(table: pd.DataFrame, roster: Roster) -> list[Coverage]:
    """Every article with its state and the return that counts for it, in the roster's order."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = ("article", "file", "status", "flags", "date")
    for number, values in enumerate(zip(*(table[name] for name in columns), strict=True)):
        if values[0]:
            rows[values[0]].append({**dict(zip(columns, values, strict=True)), "row": number})
    return [_covered(article, rows.get(article.key, [])) for article in roster.articles]


def _covered(article: Article, found: Sequence[dict[str, Any]]) -> Coverage:
    ordered = sorted(found, key=_rank, reverse=True)
    numbers = [int(values["row"]) for values in ordered]
    best, others = (numbers[0] if numbers else None), tuple(numbers[1:])
    if article.state != "expected":
        return Coverage(article, article.state, best, others)
    if not ordered:
        return Coverage(article, "missing", None)
    status = ordered[0]["status"]
    state: ArticleState = "valid" if status in VALID else "ask again" if status == "ask again" else "open"
    return Coverage(article, state, best, others)


def _rank(values: dict[str, Any]) -> tuple[bool, bool, pd.Timestamp, str]:
    """The design's better of two: in order first, then not superseded, then the later day, then the later file."""
    superseded = "duplicate_return" in values["flags"].split(SEPARATOR)
    day = pd.Timestamp.min if pd.isna(values["date"]) else values["date"]
    return values["status"] in VALID, not superseded, day, values["file"]
