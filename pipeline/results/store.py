"""The results file: what was read, what it meant, and what people decided. SQLite, or PostgreSQL by URL.

Readings are kept by the hash of the file's bytes, so that the same bytes are read once. Rows are kept by path and hash.
One run writes at a time; the review page may add decisions meanwhile. Every reading is committed when it comes, so a
run that was stopped, by whatever, goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline._version import JUDGING_VERSION, READING_VERSION, __version__
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.encoding import decode, encode, sealed, unsealed
from pipeline.datamodel.errors import StoreError, system_words
from pipeline.datamodel.page_numbers import pages_as_text
from pipeline.datamodel.records import Flag, Observation, Resolution, Roster, Settings, Source, Verdict
from pipeline.extraction.crops import Crop
from pipeline.intake.joining import half_of
from pipeline.intake.sources import Known, file_of
from pipeline.results.decision_journal import JOURNAL_NAME, add_to_journal
from pipeline.results.relocation import RETURNS_AT, Relocation, as_note, from_note, relocation_to
from pipeline.results.results_file import (
    StaleDecision,
    crops,
    decisions,
    flags,
    identity_of,
    meta,
    opened_engine,
    readings,
    resolved,
    returns,
    rosters,
    runs,
    verdicts,
)
from pipeline.results.return_rows import PIECE, update_rows
from pipeline.results.stored_sources import keep_listings, known_files, quoted, reading_key, source_of, unquoted
from pipeline.results.table import DAYS, row

_log = logging.getLogger(__name__)
THUMBNAILS_AT_ONCE = 100
"""Returns whose thumbnails are in memory at once."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row with what it rests on, without the observation: enough to list and order a batch."""

    number: int
    """Of the row; stays while the results file lives."""
    source: Source
    row: Mapping[str, Any]
    """As `table.row` gives it, days as ISO text or None."""
    resolution: Resolution
    flags: tuple[Flag, ...]


Item = tuple[Source, Observation]
Judge = Callable[[Sequence[Item]], Sequence[Verdict]]


@dataclass(frozen=True)
class Store:
    """An open results file. Make one with `open_store`."""

    engine: sa.Engine
    folder: Path | None = None
    """Where the results file lies; None: the results are in a database elsewhere."""
    forms: str = ""
    """Stamp of the forms beside the packaged ones that this run reads with, as `form.forms_stamp` gives it."""

    # --- reading -----------------------------------------------------------------------------------------------

    def stamps(self) -> Known:
        """Absolute path -> size, time and hash of each file that was read before, or what the container held."""
        with self.engine.execution_options(reading=True).connect() as connection:
            return known_files(connection)

    def begin_run(
        self, paths: Sequence[Path], sources: Sequence[Source], roster: Roster, settings: Settings
    ) -> tuple[int, list[Source]]:
        """Start a run: (its number, the sources as `found` gives them)."""
        with self.engine.begin() as connection:
            text = encode(roster)[0]
            key = hashlib.sha256(text.encode()).hexdigest()
            if not connection.execute(sa.select(rosters.c.sha256).where(rosters.c.sha256 == key)).first():
                connection.execute(rosters.insert().values(sha256=key, content=text))
            started = {"started": _now(), "version": __version__, "roster": key, "settings": encode(settings)[0]}
            shown = json.dumps([quoted(os.path.abspath(path)) for path in paths])
            inserted = connection.execute(runs.insert().values(**started, paths=shown)).inserted_primary_key
            run = int(inserted[0]) if inserted else 0
            keep_listings(connection, sources)
            return run, update_rows(connection, run, paths, sources)

    def found(self, run: int, paths: Sequence[Path], sources: Sequence[Source]) -> list[Source]:
        """Make the rows agree with what is there now: the sources under the names that their rows have.

        A file with several agreements has a row and a source for each, once it was read; files that are pages of one
        agreement have one row and one source together. Rows of files that were below
        one of `paths` and are not there any more, or are not the same bytes any more, leave the table; their readings
        and the decisions on them stay.
        """
        with self.engine.begin() as connection:
            return update_rows(connection, run, paths, sources)

    def places(self) -> list[tuple[str, str]]:
        """(file, hash) of every row whose return is there."""
        query = sa.select(returns.c.file, returns.c.sha256).where(returns.c.there)
        with self.engine.execution_options(reading=True).connect() as connection:
            return [(file, sha256) for file, sha256 in connection.execute(query)]

    def unread(self, run: int, sources: Sequence[Source], again: bool = False) -> list[Source]:
        """Those that no reading by these forms is kept for, the same bytes once.

        `again`: those too that were read before this run by another version, or without success.
        """
        wanted: dict[str, Source] = {}
        for source in sources:
            wanted.setdefault(reading_key(source), source)
        kept = sa.select(readings.c.key).where(self._by_these_forms())
        if again:
            well = sa.and_(readings.c.version == self._version(), ~readings.c.failed)
            kept = kept.where(sa.or_(readings.c.run == run, well))
        with self.engine.execution_options(reading=True).connect() as connection:
            keys = {key for (key,) in connection.execute(kept)}
        return [source for key, source in wanted.items() if key not in keys]

    def outdated(self) -> int:
        """How many readings in use were made by another version of the program."""
        query = (
            sa.select(sa.func.count(sa.distinct(readings.c.key)))
            .join(returns, returns.c.reading == readings.c.key)
            .where(returns.c.there, readings.c.version != self._version())
        )
        with self.engine.execution_options(reading=True).connect() as connection:
            return int(connection.execute(query).scalar_one())

    def keep(
        self,
        run: int,
        source: Source,
        observation: Observation,
        crops_found: Sequence[Crop] = (),
        parts: Sequence[Sequence[int]] = (),
    ) -> None:
        """Keep what was read from one return, without its crops; a kill of the program does not lose it again.

        `crops_found`: the crops of its fields. `parts`: the pages of each agreement in the file, where it holds
        several.
        """
        key = reading_key(source)
        text, arrays = encode(observation)
        shown = json.dumps([pages_as_text(pages) for pages in parts])
        values = {"version": self._version(), "run": run, "failed": observation.problem is not None, "parts": shown}
        values["half"] = str(half_of(observation) or "") if not source.rest else ""
        with self.engine.execution_options(had_again=True).begin() as connection:
            connection.execute(crops.delete().where(crops.c.reading == key))
            connection.execute(readings.delete().where(readings.c.key == key))
            connection.execute(readings.insert().values(key=key, observation=text, arrays=arrays, **values))
            rows = [{"reading": key, "field": c.field, "png": c.png, "thumbnail": c.thumbnail} for c in crops_found]
            if rows:
                connection.execute(crops.insert(), rows)

    def _version(self) -> str:
        """What a reading depends on beside the file: the program's version and the forms that were given."""
        return f"{READING_VERSION} {self.forms}".rstrip()

    def _by_these_forms(self) -> sa.ColumnElement[bool]:
        if self.forms:
            return readings.c.version.endswith(f" {self.forms}")
        return ~readings.c.version.contains(" ")

    # --- judging -----------------------------------------------------------------------------------------------

    def judged(self, run: int, judge: Judge) -> list[dict[str, Any]]:
        """The table's rows before people, for all returns there are, in the order of their names.

        `judge` is called only if a reading, the roster, a setting or the rules changed since the last time.
        """
        with self.engine.execution_options(reading=True).connect() as connection:
            now = _fingerprint(connection, run)
            before = connection.execute(sa.select(meta.c.value).where(meta.c.name == "judged")).scalar()
        if now != before:
            items = self.observations()
            judged = judge([(source, seen) for _, source, seen in items])
            with self.engine.begin() as connection:
                _write_verdicts(connection, run, [number for number, _, _ in items], judged)
                connection.execute(meta.delete().where(meta.c.name == "judged"))
                connection.execute(meta.insert().values(name="judged", value=now))
        return self.rows()

    def resolved(self, basis: str) -> dict[str, str]:
        """Reading's key -> what it means beside the roster alone, encoded, as far as that was found on this `basis`."""
        query = sa.select(resolved.c.reading, resolved.c.resolution).where(resolved.c.basis == basis)
        with self.engine.execution_options(reading=True).connect() as connection:
            return {found.reading: found.resolution for found in connection.execute(query)}

    def keep_resolved(self, basis: str, found: Mapping[str, str]) -> None:
        """Keep what readings mean beside the roster alone; see `resolved`."""
        rows = [{"reading": key, "basis": basis, "resolution": text} for key, text in found.items()]
        with self.engine.begin() as connection:
            connection.execute(resolved.delete().where(resolved.c.reading.in_(list(found))))
            connection.execute(resolved.insert(), rows)

    def stored_readings(self, keys: Sequence[str]) -> list[tuple[str, bytes]]:
        """`encode`'s text and binary part of some observations, in the order of their keys; `PIECE` of them at most."""
        query = sa.select(readings.c.key, readings.c.observation, readings.c.arrays).where(readings.c.key.in_(keys))
        with self.engine.execution_options(reading=True).connect() as connection:
            found = {key: (text, arrays) for key, text, arrays in connection.execute(query)}
        return [found[key] for key in keys]

    def observations(self) -> list[tuple[int, Source, Observation]]:
        """(row's number, source, observation without crops and probabilities) of every return that was read."""
        query = (
            sa.select(returns, readings.c.observation, readings.c.arrays)
            .join(readings, returns.c.reading == readings.c.key)
            .where(returns.c.there)
            .order_by(returns.c.file, returns.c.sha256)
        )
        with self.engine.execution_options(reading=True).connect() as connection:
            found = connection.execution_options(yield_per=PIECE).execute(query)
            return [(r.id, self._source(r), decode(Observation, r.observation, r.arrays, "views")) for r in found]

    def finish_run(self, run: int) -> None:
        """Note that the run is over: one without that was cut off."""
        with self.engine.begin() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(finished=_now()))

    # --- afterwards --------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """The machine's rows of the table, as of the last judging, in the order of their names."""
        query = (
            sa.select(verdicts.c.row)
            .join(returns, returns.c.id == verdicts.c["return"])
            .where(returns.c.there)
            .order_by(returns.c.file, returns.c.sha256)
        )
        with self.engine.execution_options(reading=True).connect() as connection:
            found = [json.loads(unsealed(text)) for (text,) in connection.execute(query)]
        return [{**r, **{name: date.fromisoformat(r[name]) if r[name] else None for name in DAYS}} for r in found]

    def verdicts(self) -> list[Verdict]:
        """Everything known of every return, without crops, in the order of the rows."""
        kept = sa.select(verdicts.c["return"], verdicts.c.status, verdicts.c.resolution)
        with self.engine.execution_options(reading=True).connect() as connection:
            judged = {number: (status, text) for number, status, text in connection.execute(kept)}
            raised = _raised(connection)
        return [
            Verdict(source, seen, decode(Resolution, judged[number][1]), raised.get(number, ()), judged[number][0])
            for number, source, seen in self.observations()
            if number in judged
        ]

    def judged_rows(self) -> list[Judged]:
        """Every row of the last judging without its observation, in the order of the names."""
        query = (
            sa.select(returns, verdicts.c.row, verdicts.c.resolution)
            .join(verdicts, returns.c.id == verdicts.c["return"])
            .where(returns.c.there)
            .order_by(returns.c.file, returns.c.sha256)
        )
        with self.engine.execution_options(reading=True).connect() as connection:
            raised = _raised(connection)
            return [
                Judged(
                    r.id,
                    self._source(r),
                    json.loads(unsealed(r.row)),
                    decode(Resolution, r.resolution),
                    raised.get(r.id, ()),
                )
                for r in connection.execute(query)
            ]

    def _source(self, found: Any) -> Source:
        """The return of a row, where it lies now."""
        source = source_of(found)
        return self._relocation.source(source) if self._relocation else source

    @cached_property
    def _relocation(self) -> Relocation | None:
        return from_note(self.noted(RETURNS_AT))

    def relocate(self, new: Path) -> None:
        """Look for the returns below `new` from now on. Raises StoreError where none of them is there."""
        query = sa.select(runs.c.paths).order_by(runs.c.id.desc())
        with self.engine.execution_options(reading=True).connect() as connection:
            roots = [unquoted(path) for path in json.loads(connection.execute(query).scalar() or "[]")]
            rows = [source_of(r) for r in connection.execute(sa.select(returns).where(returns.c.there))]
        found = relocation_to(new, roots) if roots else None
        if found is None or not any(Path(file_of(found.source(source))).exists() for source in rows):
            raise StoreError(f"None of the returns is below {new}. Name the folder that was read, where it is now.")
        self.note(RETURNS_AT, as_note(found))
        self.__dict__.pop("_relocation", None)

    def read_paths(self) -> list[Path]:
        """The folders and files that the last run was given, where they are now."""
        query = sa.select(runs.c.paths).order_by(runs.c.id.desc())
        with self.engine.execution_options(reading=True).connect() as connection:
            given = [unquoted(path) for path in json.loads(connection.execute(query).scalar() or "[]")]
        return [Path(self._relocation.path(path) if self._relocation else path) for path in given]

    def judged_stamp(self) -> str:
        """Changes whenever the rows were judged anew."""
        return self.noted("judged")

    def observation(self, number: int) -> Observation | None:
        """What was read from one row's return, without crops; None where there is no such row."""
        query = (
            sa.select(readings.c.observation, readings.c.arrays)
            .join(returns, returns.c.reading == readings.c.key)
            .where(returns.c.id == number)
        )
        with self.engine.execution_options(reading=True).connect() as connection:
            found = connection.execute(query).first()
        return decode(Observation, found[0], found[1]) if found else None

    def noted(self, name: str) -> str:
        """A note kept beside the rows; empty where there is none."""
        with self.engine.execution_options(reading=True).connect() as connection:
            return str(connection.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar() or "")

    def note(self, name: str, value: str) -> None:
        """Keep a note beside the rows, in place of the one of this name."""
        with self.engine.begin() as connection:
            connection.execute(meta.delete().where(meta.c.name == name))
            connection.execute(meta.insert().values(name=name, value=value))

    def crop(self, source: Source, field: str) -> bytes:
        """PNG of one field of a return; empty where there is none."""
        query = sa.select(crops.c.png).where(crops.c.reading == reading_key(source), crops.c.field == field)
        with self.engine.execution_options(reading=True).connect() as connection:
            return bytes(connection.execute(query).scalar() or b"")

    def thumbnails(self, sources: Sequence[Source]) -> Iterator[Mapping[str, bytes]]:
        """For each source, in their order, field -> JPEG, of the fields that have one."""
        keys = [reading_key(source) for source in sources]
        for start in range(0, len(keys), THUMBNAILS_AT_ONCE):
            some = keys[start : start + THUMBNAILS_AT_ONCE]
            query = sa.select(crops.c.reading, crops.c.field, crops.c.thumbnail).where(
                crops.c.reading.in_(some), crops.c.thumbnail.is_not(None)
            )
            found: dict[str, dict[str, bytes]] = {key: {} for key in some}
            with self.engine.execution_options(reading=True).connect() as connection:
                for key, field, jpeg in connection.execute(query):
                    found[key][field] = bytes(jpeg)
            yield from (found[key] for key in some)

    def last_run(self) -> tuple[Roster, Settings] | None:
        """Roster and settings that the rows were judged by; None before the first run."""
        query = sa.select(rosters.c.content, runs.c.settings).join(runs, runs.c.roster == rosters.c.sha256)
        with self.engine.execution_options(reading=True).connect() as connection:
            found = connection.execute(query.order_by(runs.c.id.desc())).first()
        return (decode(Roster, found[0]), decode(Settings, found[1])) if found else None

    # --- decisions ---------------------------------------------------------------------------------------------

    def decisions(self, after: int = 0) -> list[Decision]:
        """The log, oldest first; only the entries numbered above `after`."""
        query = sa.select(decisions).where(decisions.c.id > after).order_by(decisions.c.id)
        with self.engine.execution_options(reading=True).connect() as connection:
            return [Decision(**entry) for entry in connection.execute(query).mappings()]

    def decide(self, decision: Decision) -> Decision:
        """Append to the log; `id` and `at` are given here. On disk when this comes back.

        `decision.version` is the number of entries that the row had when the person saw it; raises StaleDecision,
        with nothing written, if it has more by now.
        """
        return self.decide_together([decision])[0]

    def decide_together(
        self, step: Sequence[Decision], known_as: Callable[[tuple[str, str]], Sequence[str]] = lambda place: place[:1]
    ) -> list[Decision]:
        """Append all of `step`, or nothing; see `decide`. The second entry of a row counts the first one too.

        `known_as`: a row's file and hash -> the names under which the log has its return.
        """
        with self.engine.begin() as connection:
            if connection.dialect.name != "sqlite":
                connection.execute(sa.text("LOCK TABLE decisions IN EXCLUSIVE MODE"))
            added = [_append(connection, d, known_as((d.file, d.sha256))) for d in step]
            identity = identity_of(connection)
        self._journal(identity, added)
        return added

    def _journal(self, identity: str, added: Sequence[Decision]) -> None:
        """Put decisions beside the results file. They are on disk already: the next run adds what is lacking."""
        if self.folder is not None:
            try:
                add_to_journal(self.folder / JOURNAL_NAME, identity, added)
            except OSError as error:
                _log.warning("%s can't be written (%s)", self.folder / JOURNAL_NAME, system_words(error))


@contextmanager
def open_store(folder: Path, url: str = "", writing: bool = True, forms: str = "") -> Iterator[Store]:
    """The results file of an output folder, or the database at `url`.

    `writing`: for a run, of which there is one at a time. Raises StoreError, StoreBusy where another run writes it.
    """
    with opened_engine(folder, url, writing) as engine:
        yield Store(engine, None if url else folder, forms)


def _append(connection: sa.Connection, decision: Decision, names: Sequence[str]) -> Decision:
    values = {name: value for name, value in asdict(decision).items() if name not in ("id", "at")}
    same_row = (decisions.c.file.in_(names), decisions.c.sha256 == decision.sha256)
    if connection.execute(sa.select(sa.func.count()).where(*same_row)).scalar_one() != decision.version:
        raise StaleDecision("Somebody else has decided on this return meanwhile. Look at it again.")
    at = _now()
    inserted = connection.execute(decisions.insert().values(at=at, **values)).inserted_primary_key
    return replace(decision, id=int(inserted[0]) if inserted else 0, at=at)


def _raised(connection: sa.Connection) -> dict[int, tuple[Flag, ...]]:
    """Number of a row -> its flags, in their order."""
    raised: dict[int, list[Flag]] = {}
    for said in connection.execute(sa.select(flags).order_by(flags.c.place)).mappings():
        flag = Flag(said["code"], said["sentence"], tuple(json.loads(said["fields"])))
        raised.setdefault(said["return"], []).append(flag)
    return {number: tuple(some) for number, some in raised.items()}


def _fingerprint(connection: sa.Connection, run: int) -> str:
    """Of all that the verdicts follow from."""
    digest = hashlib.sha256(JUDGING_VERSION.encode())
    by = sa.select(runs.c.roster, runs.c.settings).where(runs.c.id == run)
    used = (
        sa.select(returns.c.file, returns.c.path, returns.c.sender, returns.c.received, readings.c.key, readings.c.run)
        .join(readings, returns.c.reading == readings.c.key)
        .where(returns.c.there)
        .order_by(returns.c.id)
    )
    for query in (by, used):
        for found in connection.execute(query):
            digest.update(repr(tuple(found)).encode())
    return digest.hexdigest()


def _write_verdicts(connection: sa.Connection, run: int, numbers: Sequence[int], judged: Sequence[Verdict]) -> None:
    connection.execute(flags.delete())
    connection.execute(verdicts.delete())
    rows, raised = [], []
    for number, verdict in zip(numbers, judged, strict=True):
        shown = row(verdict)
        shown |= {name: shown[name].isoformat() if shown[name] else None for name in DAYS}
        text = sealed(json.dumps(shown, ensure_ascii=False))
        resolution = encode(verdict.resolution)[0]
        rows.append({"return": number, "run": run, "status": verdict.status, "resolution": resolution, "row": text})
        raised += [
            {
                "return": number,
                "place": place,
                "code": flag.code,
                "sentence": flag.sentence,
                "fields": json.dumps(flag.fields),
            }
            for place, flag in enumerate(verdict.flags)
        ]
    if rows:
        connection.execute(verdicts.insert(), rows)
    if raised:
        connection.execute(flags.insert(), raised)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
