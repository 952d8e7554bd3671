"""Forgetting a finished volume: crops and readings go, the verdicts and the log of decisions stay."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from pipeline.datamodel.encoding import decode, encode, sealed, unsealed
from pipeline.datamodel.errors import EXIT_INCOMPLETE, CountersignError, StoreError
from pipeline.datamodel.records import Resolution
from pipeline.decisions.decided_results import open_results
from pipeline.exports.sent_letters import LETTERS_SENT
from pipeline.exports.table_files import write_csv
from pipeline.exports.workbook import write_workbook
from pipeline.results.results_file import containers, crops, readings, returns, verdicts
from pipeline.results.store import Store, open_store

FORGOTTEN = "forgotten"
"""Name of the note that says when."""
READ_COLUMNS = ("title_read", "name_read", "signer_read", "date_read", "sender")
"""Columns that hold what stands on the page, and who sent it."""
TEXT = dict.fromkeys(READ_COLUMNS, "string")


class NotFinished(CountersignError):
    """Articles are missing or open; their readings are still needed."""

    exit_code = EXIT_INCOMPLETE


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was removed."""

    crops: int
    readings: int
    rows: int
    """Rows that stay, with their verdict."""


def check_finished(folder: Path, url: str = "") -> None:
    """Raises NotFinished while articles are missing or open; StoreError, NothingRead."""
    with open_results(folder, url) as results:
        lacking = sum(one.state in ("missing", "open", "ask again") for one in results.coverage())
    if lacking:
        raise NotFinished(
            f"{lacking} articles have no return in order yet, and their readings are needed to settle them. "
            "Finish them, or forget anyway by --partial."
        )


def purge(folder: Path, url: str = "", partial: bool = False) -> Purged:
    """Remove crops and readings for good, and write the tables anew without them.

    The tables come first: should one not be written, nothing was removed, and no old one with its crops outlives them.
    Raises NotFinished while articles are missing or open, unless `partial`; StoreError, NothingRead, ExportError.
    """
    if not partial:
        check_finished(folder, url)
    with open_store(folder, url) as store:
        with open_results(folder, url) as results:
            bare = replace(results, table=results.table.assign(**dict.fromkeys(READ_COLUMNS, "")).astype(TEXT))
            write_csv(bare.table, folder / "returns.csv")
            write_workbook(bare, folder / "returns.xlsx", crops=False)
        with store.engine.begin() as connection:
            pictures = connection.execute(crops.delete()).rowcount
            read = connection.execute(readings.delete()).rowcount
            connection.execute(containers.delete())
            connection.execute(returns.update().values(sender=""))
            rows = _bare_verdicts(connection)
        store.note(LETTERS_SENT, "")  # It holds names and addresses.
        store.note(FORGOTTEN, datetime.now(UTC).isoformat(timespec="seconds"))
        _shrink(store.engine)
    for path in folder.glob("countersign-damaged-*.db*"):  # what was kept of one that had to be recovered
        path.unlink()
    return Purged(pictures, read, rows)


def check_not_purged(store: Store) -> None:
    """Raises StoreError where the readings were removed: a run would judge anew, from nothing."""
    if day := store.noted(FORGOTTEN)[:10]:
        raise StoreError(
            f"These results were finished and their readings forgotten on {day}. Give another folder by --out."
        )


def _bare_verdicts(connection: sa.Connection) -> int:
    """Leave of each verdict what was decided, not what was read; how many there are."""
    kept = connection.execute(sa.select(verdicts.c["return"], verdicts.c.row, verdicts.c.resolution)).all()
    for number, row, resolution in kept:
        bare = json.loads(unsealed(row)) | dict.fromkeys(READ_COLUMNS, "")
        means = replace(
            decode(Resolution, resolution), unrecognized_signer="", title_difference="",
            article_candidates=(), author_candidates=(), date_candidates=(), problem=None,
        )  # fmt: skip
        values = {"row": sealed(json.dumps(bare, ensure_ascii=False)), "resolution": encode(means)[0]}
        connection.execute(verdicts.update().where(verdicts.c["return"] == number).values(values))
    return len(kept)


def _shrink(engine: sa.Engine) -> None:
    """Write the file anew, so that what was deleted is not left in it."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
