"""The lock that the one run which writes holds; the system drops it when the process ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout

from pipeline.datamodel.errors import StoreBusy, StoreError, system_words

LOCK_NAME = ".countersign.lock"
ADVISORY_LOCK = 0x636F756E
"""Key of PostgreSQL's advisory lock that a run holds; the key after it is held while tables are made."""
BUSY = "Another run is writing these results. Wait for it to end, or give another folder by --out."
LOST = (
    "The database dropped this run's lock: the connection that held it was cut. What was read is kept; run the same "
    "command to go on."
)


@contextmanager
def run_lock(engine: sa.Engine, folder: Path) -> Iterator[None]:
    """Hold the lock of the results in `folder`, or in the engine's database. Raises StoreBusy, StoreError."""
    with _advisory_lock(engine) if engine.dialect.name == "postgresql" else folder_lock(folder):
        yield


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the results file in `folder`. Raises StoreBusy, StoreError."""
    # Without filelock's fallback to a mark that outlives a killed process, for file systems that have no locks.
    lock = FileLock(folder / LOCK_NAME, blocking=False, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreBusy(BUSY) from error
    except OSError as error:
        raise StoreError(f"{folder} can't be written ({system_words(error)}). Allow writing, or give --out.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(engine: sa.Engine) -> Iterator[None]:
    """PostgreSQL's lock belongs to a connection. Every transaction that writes looks first whether it still holds."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as holder:
        if not holder.execute(sa.select(sa.func.pg_try_advisory_lock(ADVISORY_LOCK))).scalar_one():
            raise StoreBusy(BUSY)
        process = holder.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
        held = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid AND objid = :key "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).bindparams(pid=process, key=ADVISORY_LOCK)

        def check(connection: sa.Connection) -> None:
            if not connection.get_execution_options().get("reading") and not connection.execute(held).scalar_one():
                raise StoreError(LOST)

        sa.event.listen(engine, "begin", check)
        try:
            yield
        finally:
            sa.event.remove(engine, "begin", check)
