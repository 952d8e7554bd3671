"""A results file as it stands after what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from pipeline.coverage import Coverage, coverage
from pipeline.decision import Decision
from pipeline.decisions import apply_decisions
from pipeline.errors import CountersignError
from pipeline.records import Roster, Settings
from pipeline.results_file import crops
from pipeline.store import Judged, Store, open_store
from pipeline.stored_sources import reading_key
from pipeline.tabulate import frame

THUMBNAILS_AT_ONCE = 100
"""Returns whose thumbnails are in memory at once."""


class NothingRead(CountersignError):
    """The results file holds no run."""

    exit_code = 4


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
