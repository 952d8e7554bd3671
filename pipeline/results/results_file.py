"""The results file as a database: its tables, how it is opened, and what is said where that fails."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError, StoreBusy, StoreError, given_file, system_words
from pipeline.results.decision_journal import JOURNAL_NAME, Journal, add_to_journal, read_journal
from pipeline.results.run_lock import ADVISORY_LOCK, run_lock

RESULTS_NAME = "countersign.db"
IDENTITY = "identity"
"""Name of the note that tells this results file from every other."""
SCHEMA_VERSION = 4
"""Of the tables below; a results file with another one is refused."""
BUSY_SECONDS = 30
"""How long a write waits for another one to end."""
NO_RESULTS = f"{{folder}} holds no {RESULTS_NAME}. Name the folder that `countersign read` wrote."
NO_DAMAGE = ("is locked", "is full", "readonly", "unable to open")
"""What the database says where its file is sound."""
NEWER = "These results were written by a newer version of Countersign. Update the program."
OLDER = (
    "These results were written by an older version of Countersign, which this one can't go on with. "
    "Read the returns into another folder by --out."
)

metadata = sa.MetaData()
meta = sa.Table(
    "meta", metadata, sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)
rosters = sa.Table(
    "rosters",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started", sa.String, nullable=False),
    sa.Column("finished", sa.String),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("paths", sa.Text, nullable=False),
    sa.Column("roster", sa.ForeignKey("rosters.sha256"), nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
)
returns = sa.Table(
    "returns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("pages", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("reading", sa.String, nullable=False),
    sa.Column("refused", sa.Text),
    sa.Column("rest", sa.Text, nullable=False),
    sa.Column("inside", sa.Text, nullable=False, server_default=""),
    sa.Column("sender", sa.Text, nullable=False, server_default=""),
    sa.Column("received", sa.Date),
    sa.Column("there", sa.Boolean, nullable=False),
    sa.Column("first_run", sa.ForeignKey("runs.id"), nullable=False),
    sa.UniqueConstraint("path", "sha256", "pages"),
)
containers = sa.Table(
    "containers",
    metadata,
    sa.Column("path", sa.String, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("listing", sa.Text, nullable=False),
)
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("run", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
    sa.Column("half", sa.String, nullable=False),
    sa.Column("observation", sa.Text, nullable=False),
    sa.Column("arrays", sa.LargeBinary, nullable=False),
)
crops = sa.Table(
    "crops",
    metadata,
    sa.Column("reading", sa.ForeignKey("readings.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("field", sa.String, primary_key=True),
    sa.Column("png", sa.LargeBinary, nullable=False),
    sa.Column("thumbnail", sa.LargeBinary),
)
"""`thumbnail`: JPEG, where the workbook shows the field."""
resolved = sa.Table(
    "resolved",
    metadata,
    sa.Column("reading", sa.ForeignKey("readings.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("basis", sa.String(64), nullable=False),
    sa.Column("resolution", sa.Text, nullable=False),
)
"""What readings mean beside the roster alone, each return by itself; `basis` is the hash of what else it rests on."""
verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("return", sa.ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("run", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("resolution", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
)
flags = sa.Table(
    "flags",
    metadata,
    sa.Column("return", sa.ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
)
"""`fields`: the table's columns that the flag is about, a JSON list."""
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("flag", sa.String, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("undo_of", sa.ForeignKey("decisions.id")),
    sa.Column("group", sa.String, nullable=False),
    sa.Index("decisions_of_row", "file", "sha256"),
)

APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER IF NOT EXISTS decisions_no_{verb.lower()} BEFORE {verb} ON decisions "
        "BEGIN SELECT RAISE(ABORT, 'the log of decisions is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION decisions_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log of decisions is append-only'; END $$",
        "CREATE OR REPLACE TRIGGER decisions_no_change BEFORE UPDATE OR DELETE ON decisions "
        "FOR EACH ROW EXECUTE FUNCTION decisions_append_only()",
    ),
}


class StaleDecision(CountersignError):
    """A decision was taken on a state of the return that is no longer the last one."""


class DamagedResults(StoreError):
    """The results file is not as it was written."""


@contextmanager
def opened_engine(folder: Path, url: str, writing: bool) -> Iterator[sa.Engine]:
    """An engine on the results file, with all tables there. Raises StoreError; its message says what to do.

    `url`: of a database, or `@` and the path of a file that holds it. Where what is done inside fails, in whatever way,
    and the results file turns out to be damaged, DamagedResults is raised.
    """
    url = database_url(url)
    where = shown_url(url) if url else str(folder / RESULTS_NAME)
    try:
        if writing or not url:
            _make_folder(folder, writing)
        engine = _engine(folder, url)
        try:
            with run_lock(engine, folder) if writing else nullcontext():
                _check_schema(engine, folder)
                if not url:
                    _check_soundness(engine, folder, writing)
                yield engine
        finally:
            engine.dispose()
    except CountersignError:
        raise
    except Exception as error:
        message = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else ""
        says_so = "malformed" in message  # of the list of tables, which is read past when losses are counted
        if not url and not any(sign in message for sign in NO_DAMAGE) and (says_so or _is_damaged(folder)):
            raise damaged(folder) from error
        if not message:
            raise
        raise store_error(where, without_password(url, message)) from error


def damaged(folder: Path) -> DamagedResults:
    """What is raised over a damaged results file."""
    return DamagedResults(
        f"{folder / RESULTS_NAME} is damaged. Run `countersign recover {folder}`, or `countersign read` as before: all "
        "decisions are kept, and what can't be recovered of the readings is read again."
    )


def _is_damaged(folder: Path) -> bool:
    from pipeline.results.recovery import losses  # It needs this module's tables.

    return losses(folder) > 0


def database_url(given: str) -> str:
    """The URL of a database, taken from the file where `@PATH` is given. Raises InputError."""
    if not given.startswith("@"):
        return given
    path = Path(given[1:])
    with given_file(path):
        return path.read_text(encoding="utf-8", errors="replace").strip()


def shown_url(url: str) -> str:
    """A database's URL as it may be shown: without its password."""
    return re.sub(r"(?<=://)([^:@/]*):.*@", r"\1:***@", re.sub(r"(?i)(?<=password=)[^&\s]*", "***", url))


def without_password(url: str, message: str) -> str:
    """What a driver says of the database at `url`, without the password, should it repeat it."""
    password = re.search(r"://[^:@/]*:(.*)@", url)
    message = message.replace(url, shown_url(url)) if url else message
    return message.replace(password[1], "***") if password and password[1] else message


def storage_failure(error: Exception) -> StoreError | None:
    """An error of the database as one that says what to do; None where it is another kind of error."""
    return store_error("The results file", str(error.orig)) if isinstance(error, sa.exc.DBAPIError) else None


def store_error(where: str, message: str) -> StoreError:
    """The database's complaint as one sentence that says what to do."""
    for sign, kind, sentence in (
        ("is locked", StoreBusy, "is in use by another program. Close that, then run the same command again"),
        ("is full", StoreError, "can't grow, the disk is full. Free some space, then run the same command to go on"),
        ("disk I/O", StoreError, "can't be written. Check the disk, then run the same command to go on"),
        ("readonly", StoreError, "can't be written, it or its folder is read-only. Allow writing, or give --out"),
        ("unable to open", StoreError, "can't be opened. Check the folder and its permissions, or give --out"),
        ("not a database", StoreError, "is not a results file. Move it away, or give --out"),
        ("malformed", StoreError, "is damaged. Restore it from a backup"),
    ):
        if sign in message:
            return kind(f"{where} {sentence}.")
    return StoreError(f"{where} can't be used: {' '.join(message.split()).rstrip('.')}.")


def _make_folder(folder: Path, writing: bool) -> None:
    if not writing:
        if not (folder / RESULTS_NAME).is_file():
            raise StoreError(NO_RESULTS.format(folder=folder))
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} can't be made ({system_words(error)}). Give another one by --out."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"The folder {folder} can't be written. Allow writing, or give another one by --out.")


def _engine(folder: Path, url: str) -> sa.Engine:
    if url and not url.startswith("sqlite"):
        try:
            # psycopg 3 is what the extra [postgres] installs.
            return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        except (sa.exc.ArgumentError, ModuleNotFoundError, ValueError) as error:
            told = without_password(url, str(error))
            raise StoreError(f"The database {shown_url(url)} can't be used ({told}). Check --store.") from error
    engine = sa.create_engine(url or sa.URL.create("sqlite", database=str(folder / RESULTS_NAME)))

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # Transactions are begun below, not by the driver.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        # What can be had again need not be on the disk before the next: a kill loses nothing, a power cut the last few.
        # The next transaction of another kind brings all before it to the disk.
        synchronous = "NORMAL" if options.get("had_again", False) else "FULL"
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        # Taking the write lock at once: a transaction that reads first and writes then could find itself outdated.
        reading = options.get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _check_schema(engine: sa.Engine, folder: Path) -> None:
    """Make the tables where there are none. Raises StoreError where they are another version's, DamagedResults."""
    with engine.execution_options(reading=True).connect() as connection:
        found = _schema_version(connection, folder)
    if found is None:
        with engine.begin() as connection:
            _one_at_a_time(connection)
            found = _schema_version(connection, folder)
            if found is None:
                return make_tables(connection)
    if found != SCHEMA_VERSION:
        raise StoreError(NEWER if found > SCHEMA_VERSION else OLDER)


def make_tables(connection: sa.Connection) -> None:
    """The tables of an empty database, and its identity."""
    metadata.create_all(connection)
    for statement in APPEND_ONLY.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)
    connection.execute(meta.insert().values(name="schema", value=str(SCHEMA_VERSION)))
    connection.execute(meta.insert().values(name=IDENTITY, value=uuid.uuid4().hex))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _one_at_a_time(connection: sa.Connection) -> None:
    """Wait for another process that makes or changes the tables; SQLite's transaction does it by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK + 1)))


def _schema_version(connection: sa.Connection, folder: Path) -> int | None:
    written = connection.exec_driver_sql("PRAGMA user_version").scalar() if connection.dialect.name == "sqlite" else 0
    found = None
    if sa.inspect(connection).has_table("meta"):
        found = connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema")).scalar()
    if written == SCHEMA_VERSION and found != str(SCHEMA_VERSION):
        raise damaged(folder)  # The file's head and its notes disagree.
    return None if found is None else int(found)


def _check_soundness(engine: sa.Engine, folder: Path, writing: bool) -> None:
    """Raises DamagedResults where the results file and the journal of decisions disagree, or a run can't rest on it.

    Decisions that are not in the journal yet, since a kill came between, are put there by the next run.
    """
    journal = read_journal(folder / JOURNAL_NAME)
    with engine.execution_options(reading=True).connect() as connection:
        identity = identity_of(connection)
        kept = {entry["id"]: Decision(**entry) for entry in connection.execute(sa.select(decisions)).mappings()}
        sound = not writing or connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() == "ok"
    if journal.results not in ("", identity):
        if writing:
            (folder / JOURNAL_NAME).replace(folder / f"decisions-{journal.results[:8]}.log")
        journal = Journal()
    if not sound or any(kept.get(number) != decision for number, decision in journal.decisions.items()):
        raise damaged(folder)
    if writing and (lacking := [decision for number, decision in kept.items() if number not in journal.decisions]):
        add_to_journal(folder / JOURNAL_NAME, identity, lacking)


def identity_of(connection: sa.Connection) -> str:
    """What tells a results file from every other; it is made with its tables."""
    return str(connection.execute(sa.select(meta.c.value).where(meta.c.name == IDENTITY)).scalar() or "")
