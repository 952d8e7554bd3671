"""The roster's articles beside the returns: which article has a valid return, which is open, which is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipeline.checks.better_return import Contender, best_first
from pipeline.datamodel.records import Article, Roster, Settings
from pipeline.datamodel.statuses import is_valid
from pipeline.dates.roster_dates import sure_days, suspect_dates
from pipeline.results.table import SEPARATOR

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
    """Rows of its other returns, the better ones first."""


def coverage(table: pd.DataFrame, roster: Roster) -> list[Coverage]:
    """Every article with its state and the return that counts for it, in the roster's order."""
    contenders: dict[str, list[Contender]] = defaultdict(list)
    columns = ("article", "status", "flags", "date", "file", "sha256")
    for number, values in enumerate(zip(*(table[name] for name in columns), strict=True)):
        article, status, flags, day, file, sha256 = values
        if article:
            signed = None if pd.isna(day) else day.date()
            contenders[article].append(Contender(number, status, flags.split(SEPARATOR), signed, file, sha256))
    return [covered(article, contenders.get(article.key, [])) for article in roster.articles]


def covered(article: Article, contenders: Sequence[Contender]) -> Coverage:
    """The article with its state. `contenders`: all returns for it; rows are called by their numbers."""
    ordered = best_first(contenders)
    there = bool(ordered) and not ordered[0].is_set_aside
    best = ordered[0].number if there else None
    others = tuple(other.number for other in ordered[there:])
    if article.state != "expected":
        return Coverage(article, article.state, best, others)
    if not there:
        return Coverage(article, "missing", None, others)
    status = ordered[0].status
    state: ArticleState = "valid" if is_valid(status) else "ask again" if status == "ask again" else "open"
    return Coverage(article, state, best, others)


def roster_doubts(table: pd.DataFrame, roster: Roster, settings: Settings) -> list[str]:
    """A sentence for each date of the roster that most returns of the table contradict."""
    dated = table[table["date"].notna()]
    rows = zip(dated["article"], dated["date"], dated["date_confidence"], strict=True)
    days = sure_days(((str(key), day.date(), float(sure)) for key, day, sure in rows), roster)
    return [suspect.sentence for suspect in suspect_dates(days, settings)]
