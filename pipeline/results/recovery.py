"""A damaged results file: what can be read of it, row by row, in a new one, with all decisions.

Damage is a flipped bit or a lost block, by a disk or a copy. A row is taken over if it can be reached and says what a
row of its table can say; what a lost reading said is read again by the next run. Decisions come from the journal beside
the file, and from the file where the journal lacks them. The damaged file is kept under another name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import sqlalchemy as sa

from pipeline.checks.flags import ORDER
from pipeline.datamodel.decision import Action
from pipeline.datamodel.encoding import decode, unsealed
from pipeline.datamodel.errors import StoreError, system_words
from pipeline.datamodel.records import Observation, Resolution, Roster, Settings
from pipeline.intake.sources import Listing
from pipeline.results.decision_journal import JOURNAL_NAME, Journal, read_journal
from pipeline.results.private_files import work_folder
from pipeline.results.results_file import (
    IDENTITY,
    NO_RESULTS,
    RESULTS_NAME,
    SCHEMA_VERSION,
    decisions,
    make_tables,
    meta,
    metadata,
    runs,
)
from pipeline.results.run_lock import folder_lock
from pipeline.results.stored_sources import source_of
from pipeline.results.table import DAYS, TYPES

_log = logging.getLogger(__name__)
JUDGED_AGAIN = ("judged", "tables")
"""Notes that are left behind, so that the next run judges all rows anew and writes the tables."""
MOST_FAILED = 2_000
"""Row numbers tried in vain, one after the other, where a table breaks off: a lost block may have held so many."""
PNG = b"\x89PNG"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was saved of a damaged results file."""

    damaged: Path
    """Where it is now."""
    decisions: int
    readings: int
    lost: int
    """Rows, of whatever table, that are known to be lost."""


@dataclass
class _Tally:
    """What was taken over so far."""

    lost: int = 0
    keys: dict[str, set[Any]] = field(default_factory=dict)
    """Table -> primary keys of its rows."""


def recover(folder: Path) -> Recovered:
    """Put a new results file in the place of the one in `folder`. Raises StoreError, StoreBusy while a run writes."""
    path = folder / RESULTS_NAME
    if not path.is_file():
        raise StoreError(NO_RESULTS.format(folder=folder))
    try:
        with folder_lock(folder), work_folder(folder, ".writing-") as work:
            tally = _copied(path, work / RESULTS_NAME, read_journal(folder / JOURNAL_NAME))
            number = 1 + sum(1 for _ in folder.glob("countersign-damaged-*.db"))
            kept = folder / f"countersign-damaged-{number}.db"
            for suffix in ("-wal", "-shm", ""):
                with suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").replace(f"{kept}{suffix}")
            (work / RESULTS_NAME).replace(path)
    except OSError as error:
        raise StoreError(
            f"{folder} can't be written ({system_words(error)}). Free some space, or allow writing."
        ) from error
    return Recovered(kept, len(tally.keys["decisions"]), len(tally.keys["readings"]), tally.lost)


def losses(folder: Path) -> int:
    """How much of the results file in `folder` is known to be lost; 0: it is sound."""
    path = folder / RESULTS_NAME
    if not path.is_file():
        return 0
    with closing(_opened(path)) as old:
        try:
            sound = old.execute("PRAGMA integrity_check(1)").fetchone()[0] == b"ok"
        except sqlite3.Error:
            sound = False
        tally = _Tally(lost=0 if sound else 1)
        if sound:
            for table in metadata.sorted_tables:
                for _ in _rows(old, table, tally):
                    pass
        return tally.lost


def _opened(path: Path) -> sqlite3.Connection:
    """The file, to be read as far as it can be: text comes as bytes, and a damaged list of tables stops nothing."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = bytes
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA writable_schema = ON")
    return connection


def _copied(path: Path, new_path: Path, journal: Journal) -> _Tally:
    """Write what is sound in the file at `path`, and the journal's decisions, to a new results file."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(new_path)))
    tally = _Tally()
    with closing(_opened(path)) as old, engine.begin() as new:
        make_tables(new)
        for table in metadata.sorted_tables:
            rows = _rows(old, table, tally)
            if table is meta:
                rows = _notes(list(rows), journal)
                new.execute(meta.delete())
            if table is decisions:
                rows = _decisions(rows, journal)
            _insert(new, table, _fitting(table, rows, tally))
    engine.dispose()
    return tally


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[Row]) -> None:
    """One by one: a row may hold megabytes. As plain SQL: the values are as the file holds them."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    for row in rows:
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(row.values()))


def _notes(rows: Sequence[Row], journal: Journal) -> Iterator[Row]:
    """The notes of the new file: who it is stays, and what is to be done again is left out."""
    kept = {row["name"]: row["value"] for row in rows if row["name"] not in JUDGED_AGAIN}
    if journal.results:
        kept[IDENTITY] = journal.results
    kept.setdefault(IDENTITY, hashlib.sha256(repr(kept).encode()).hexdigest()[:32])
    return ({"name": name, "value": value} for name, value in {**kept, "schema": str(SCHEMA_VERSION)}.items())


def _decisions(rows: Iterator[Row], journal: Journal) -> Iterator[Row]:
    """All decisions, oldest first: the journal's, whose lines prove themselves, and those that only the file has.

    Behind the journal's last one these are numbered on without a gap: what else stands there is a damaged number.
    """
    found = {row["id"]: row for row in rows}
    names = [column.name for column in decisions.columns]
    last = max(journal.decisions, default=None)
    for number, decision in journal.decisions.items():
        values = asdict(decision)
        found[number] = {name: values[name] for name in names}
    for number in sorted(found):
        if last is None or number <= last + 1:
            last = None if last is None else max(last, number)
            yield found[number]


def _fitting(table: sa.Table, rows: Iterator[Row], tally: _Tally) -> Iterator[Row]:
    """The rows whose key is new and that refer to rows which are there. A lost run is stood in for by the last one."""
    keys = tally.keys.setdefault(table.name, set())
    own = [column.name for column in table.primary_key.columns]
    for row in rows:
        key = row[own[0]] if len(own) == 1 else tuple(row[name] for name in own)
        for reference in table.foreign_keys:
            name, known = reference.parent.name, tally.keys.get(reference.column.table.name, set())
            if row[name] is not None and row[name] not in known and reference.column.table is runs and known:
                row[name] = max(known)
        refers = all(
            row[reference.parent.name] is None or row[reference.parent.name] in tally.keys[reference.column.table.name]
            for reference in table.foreign_keys
        )
        if key in keys or not refers:
            tally.lost += 1
            continue
        keys.add(key)
        yield row


# --- rows of a damaged table --------------------------------------------------------------------------------------


def _rows(old: sqlite3.Connection, table: sa.Table, tally: _Tally) -> Iterator[Row]:
    """The rows that can be reached and are sound, in the order of their numbers."""
    for values in _reached(old, table.name, tally):
        try:
            row = _row(table, values)
            CHECKS.get(table.name, dict)(row)
        except Exception as error:  # What is left of a row may be anything.
            _log.info("a row of %s is damaged (%s)", table.name, error)
            tally.lost += 1
        else:
            yield row


def _reached(old: sqlite3.Connection, table: str, tally: _Tally) -> Iterator[tuple[Any, ...]]:
    """The values of each row that can be reached: from the first on, from the last back, and one by one between."""
    low = 0
    try:
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:  # It is no database any more.
        tally.lost += 1
        return
    try:
        for number, *values in old.execute(f'SELECT rowid, * FROM "{table}" ORDER BY rowid'):
            low = number
            yield tuple(values)
        return
    except sqlite3.Error as error:
        _log.info("%s breaks off after row %d (%s)", table, low, error)
    back: list[tuple[int, tuple[Any, ...]]] = []
    with suppress(sqlite3.Error):
        for number, *values in old.execute(f'SELECT rowid, * FROM "{table}" WHERE rowid > {low} ORDER BY rowid DESC'):
            back.append((number, tuple(values)))
    tally.lost += 1  # At least: nobody knows how many there were.
    number, high, failed = low + 1, back[-1][0] if back else None, 0
    while failed < MOST_FAILED and number != high:
        try:
            found = old.execute(f'SELECT * FROM "{table}" WHERE rowid = {number}').fetchone()
        except sqlite3.Error:
            found = None
        failed = failed + 1 if found is None else 0
        number += 1
        if found is not None:
            yield tuple(found)
    yield from (values for _, values in reversed(back))


def _row(table: sa.Table, values: Sequence[Any]) -> Row:
    """A row by its columns' names, text decoded. Raises ValueError where a value is not of its column's type."""
    return {c.name: _value(c, value) for c, value in zip(table.columns, values, strict=True)}


def _value(column: sa.Column[Any], value: Any) -> Any:
    if value is None and column.nullable:
        return None
    if isinstance(column.type, sa.LargeBinary) and isinstance(value, bytes):
        return value
    if isinstance(column.type, sa.Integer | sa.Boolean) and isinstance(value, int):
        return value
    if isinstance(column.type, sa.String | sa.Date) and isinstance(value, bytes):
        return value.decode()
    raise ValueError(f"{column.name} holds {value!r:.40}")


# --- what rows must be --------------------------------------------------------------------------------------------


def _check_roster(row: Row) -> None:
    decode(Roster, row["content"])
    _expect(hashlib.sha256(row["content"].encode()).hexdigest() == row["sha256"])


def _check_run(row: Row) -> None:
    decode(Settings, row["settings"])
    json.loads(row["paths"])


def _check_return(row: Row) -> None:
    _expect(len(bytes.fromhex(row["sha256"])) in (0, 32) and row["there"] in (0, 1) and row["file"] != "")
    if row["received"] is not None:
        date.fromisoformat(row["received"])
    source_of(SimpleNamespace(**row))


def _check_reading(row: Row) -> None:
    decode(Observation, row["observation"], row["arrays"])
    json.loads(row["parts"])


def _check_verdict(row: Row) -> None:
    decode(Resolution, row["resolution"])
    shown = json.loads(unsealed(row["row"]))
    _expect(shown.keys() >= TYPES.keys() and shown["status"] == row["status"])
    for name in DAYS:
        if shown[name]:
            date.fromisoformat(shown[name])


def _check_flag(row: Row) -> None:
    _expect(row["code"] in ORDER)
    json.loads(row["fields"])


def _check_decision(row: Row) -> None:
    datetime.fromisoformat(row["at"])
    _expect(row["action"] in get_args(Action) and len(bytes.fromhex(row["sha256"])) in (0, 32))


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("the row is not what it was")


CHECKS: Mapping[str, Callable[[Row], object]] = {
    "rosters": _check_roster,
    "runs": _check_run,
    "returns": _check_return,
    "containers": lambda row: decode(Listing, row["listing"]),
    "readings": _check_reading,
    "crops": lambda row: _expect(row["png"].startswith(PNG)),
    "resolved": lambda row: decode(Resolution, row["resolution"]),
    "verdicts": _check_verdict,
    "flags": _check_flag,
    "decisions": _check_decision,
}
"""Table -> what raises where a row's content can't be what was written."""
