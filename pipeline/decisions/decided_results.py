"""A results file as it stands after what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import Roster, Settings
from pipeline.decisions.log import apply_decisions
from pipeline.decisions.places import followed
from pipeline.results.coverage import Coverage, coverage
from pipeline.results.store import Judged, Store, open_store
from pipeline.results.table import frame


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
    """The log, each entry at the place where its return lies now."""

    def coverage(self, roster: Roster | None = None) -> list[Coverage]:
        """Every article of the roster, or of a part of it."""
        return coverage(self.table, roster or self.roster)

    def crop(self, row: int, field: str) -> bytes:
        """PNG of one field of a row's return; empty where there is none."""
        return self.store.crop(self.judged[row].source, field)

    def thumbnails(self) -> Iterator[Mapping[str, bytes]]:
        """For each row, in the table's order, field -> JPEG, of the fields that have one."""
        return self.store.thumbnails([one.source for one in self.judged])


@contextmanager
def open_results(folder: Path, url: str = "", returns: Path | None = None) -> Iterator[Results]:
    """The results in a folder, or in the database at `url`. Raises StoreError, NothingRead.

    `returns`: where the folder that was read is now, if it was moved; that is remembered.
    """
    with open_store(folder, url, writing=False) as store:
        if returns is not None:
            store.relocate(returns)
        last = store.last_run()
        if last is None:
            raise NothingRead(f"{folder} holds no readings yet. Run `countersign read` first.")
        roster, settings = last
        machine = frame(store.rows())
        places = list(zip(machine["file"], machine["sha256"], strict=True))
        decided = tuple(followed(store.decisions(), places))
        table = apply_decisions(machine, decided, settings.notes)
        yield Results(store, table, machine, tuple(store.judged_rows()), roster, settings, decided)
