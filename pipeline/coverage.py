"""The roster's articles beside the returns: which article has a valid return, which is open, which is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa

from pipeline.decisions import Decision, apply_decisions
from pipeline.errors import CountersignError
from pipeline.records import Article, Roster, Settings
from pipeline.results_file import crops
from pipeline.store import Judged, Store, open_store
from pipeline.stored_sources import reading_key
from pipeline.tabulate import SEPARATOR, frame

THUMBNAILS_AT_ONCE = 100
"""Returns whose thumbnails are in memory at once."""
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


class NothingRead(CountersignError):
    """The results file holds no run."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Coverage:
    """One article of the roster with its returns."""

    article: Article
    state: ArticleState
    row: int | None
    """Row of the table, from 0, of the return that counts."""
    others: tuple[int, ...] = ()
    """Rows of its other returns."""


@dataclass(frozen=True)
class Results:
    """A results file as it stands: the table with what people decided, and what it rests on."""

    store: Store
    table: pd.DataFrame
    machine: pd.DataFrame
    """The table before people, with the same rows."""
    judged: tuple[Judged, ...]
    """What each row rests on, in the table's order."""
    roster: Roster
    settings: Settings
    decisions: tuple[Decision, ...]

    def coverage(self, roster: Roster | None = None) -> list[Coverage]:
        """Every article of the roster, or of a part of it."""
        return coverage(self.table, roster or self.roster)

    def crop(self, row: int, field: str) -> bytes:
        """PNG of one field of a row's return; empty where there is none."""
        query = sa.select(crops.c.png).where(
            crops.c.reading == reading_key(self.judged[row].source), crops.c.field == field
        )
        with self.store.engine.execution_options(reading=True).connect() as connection:
            return bytes(connection.execute(query).scalar() or b"")

    def thumbnails(self) -> Iterator[Mapping[str, bytes]]:
        """For each row, in the table's order, field -> JPEG, of the fields that have one."""
        keys = [reading_key(one.source) for one in self.judged]
        for start in range(0, len(keys), THUMBNAILS_AT_ONCE):
            some = keys[start : start + THUMBNAILS_AT_ONCE]
            found = self._thumbnails(some)
            yield from (found[key] for key in some)

    def _thumbnails(self, keys: Sequence[str]) -> Mapping[str, dict[str, bytes]]:
        """Reading's key -> field -> JPEG."""
        query = sa.select(crops.c.reading, crops.c.field, crops.c.thumbnail).where(
            crops.c.reading.in_(keys), crops.c.thumbnail.is_not(None)
        )
        found: dict[str, dict[str, bytes]] = {key: {} for key in keys}
        with self.store.engine.execution_options(reading=True).connect() as connection:
            for key, field, jpeg in connection.execute(query):
                found[key][field] = bytes(jpeg)
        return found


@contextmanager
def open_results(folder: Path, url: str = "") -> Iterator[Results]:
    """The results in a folder, or in the database at `url`. Raises StoreError, NothingRead."""
    with open_store(folder, url, writing=False) as store:
        last = store.last_run()
        if last is None:
            raise NothingRead(f"{folder} holds no readings yet. Run `countersign read` first.")
        roster, settings = last
        machine, decided = frame(store.rows()), tuple(store.decisions())
        table = apply_decisions(machine, decided, settings.notes)
        yield Results(store, table, machine, tuple(store.judged_rows()), roster, settings, decided)


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
