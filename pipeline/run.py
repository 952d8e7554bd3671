"""The whole flow on one screen: from a folder of returns and a roster to the checked table."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.datamodel.errors import SettingsError
from pipeline.datamodel.faults import fault_problem
from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.records import Observation, Resolution, Roster, Settings, Source, Verdict
from pipeline.datamodel.stopwatch import stage
from pipeline.decisions.changes import Changes, changes_of
from pipeline.decisions.decided_results import NothingRead, open_results
from pipeline.decisions.log import apply_decisions
from pipeline.execution import worker_pool
from pipeline.execution.isolation import isolated
from pipeline.execution.parsing import RosterTask, looking_apart
from pipeline.execution.parsing import load_roster as load_roster_of
from pipeline.exports import table_files
from pipeline.exports.purge import check_not_purged
from pipeline.exports.workbook import write_workbook
from pipeline.extraction.agreements import agreements_in
from pipeline.extraction.crops import crops_of, without_crops
from pipeline.forms.reader import forms_stamp, known_forms, left_out
from pipeline.intake.sources import check_paths, find_sources
from pipeline.results.coverage import roster_doubts
from pipeline.results.private_files import private_files, work_folder
from pipeline.results.recovery import Recovered, recover
from pipeline.results.results_file import DamagedResults
from pipeline.results.store import Store, open_store
from pipeline.results.table import frame
from pipeline.roster import reader
from pipeline.settings import RunOptions, config_content, find_config, read_config, run_options

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a run leaves."""

    table: pd.DataFrame
    roster: Roster
    read: int
    """Returns that were read in this run; the others were in the results file already."""
    outdated: int
    """Returns whose reading is another version's."""
    recovered: Recovered | None = None
    """What was saved of the results file, where it was found damaged."""
    unusable_forms: tuple[str, ...] = ()
    """A sentence for each form that can't be used and is left out."""
    changes: Changes | None = None
    """What is different from the run before; None: there was none."""
    doubts: tuple[str, ...] = ()
    """Dates of the roster that most returns contradict, a sentence each."""


TOLD = "told"
"""Name of the note of what the last run was told, as far as roster and settings do not say it."""
TABLES = "tables"
"""Name of the note of what the tables in the output folder were written from."""
Progress = Callable[[int, int, worker_pool.Reading | None], None]
"""Called with (done, of how many, what was just read)."""
Reader = Callable[[Sequence[Source], RunOptions], worker_pool.Readings]
Judge = Callable[[Sequence[tuple[Source, Observation]], Roster, Settings], Sequence[Verdict]]


def read_batch(
    paths: Sequence[Path],
    options: RunOptions,
    progress: Progress = lambda *_: None,
    reader: Reader | None = None,
    judge: Judge | None = None,
    beside: tuple[Roster, Settings] | None = None,
) -> Outcome:
    """Read what is new in `paths`, judge the whole batch, and leave results file and tables in `options.out`.

    `reader` and `judge` stand for `read_all` and `judge_stored`, `beside` for roster and settings that the options
    name. A results file that turns out to be damaged is recovered, and what is lost of it read again.
    """
    try:
        return _read_batch(paths, options, progress, reader, judge, beside)
    except DamagedResults as damage:
        _log.info("%s", damage)
        saved = recover(options.out)
    return replace(_read_batch(paths, options, progress, reader, judge, beside), recovered=saved)


def read_again(folder: Path, url: str, progress: Progress = lambda *_: None) -> Outcome:
    """Read what is new where the last run read, beside the same roster and by the same settings; see `read_batch`.

    Today is this machine's day, unless the last run was told another one. Raises NothingRead where there was none.
    """
    with open_store(folder, url, writing=False) as store:
        paths, last, told = store.read_paths(), store.last_run(), json.loads(store.noted(TOLD) or "{}")
    if last is None:
        raise NothingRead(f"{folder} holds no readings yet. Run `countersign read` first.")
    roster, settings = last
    known = {"out": folder, "store": url, "forms": list(settings.forms)}
    options = run_options({**known, **told}, {})
    same = (roster, replace(settings, today=options.settings().today))
    return read_batch([path for path in paths if path.exists()], options, progress, beside=same)


def _told(options: RunOptions) -> str:
    """What `read_again` needs to know of a run besides what the results hold anyhow."""
    told = {"roster": options.roster, "config": options.config, "today": options.today}
    return json.dumps({name: os.path.abspath(value) if isinstance(value, Path) else str(value)
                       for name, value in told.items() if value is not None})  # fmt: skip


def _read_batch(
    paths: Sequence[Path], options: RunOptions, progress: Progress, reader: Reader | None, judge: Judge | None,
    beside: tuple[Roster, Settings] | None,
) -> Outcome:  # fmt: skip
    read = reader or read_all
    check_paths(paths)
    roster, settings = beside or (load_roster(options), options.settings())
    stamp = forms_stamp(options.forms)
    unusable = left_out(options.forms)
    with open_store(options.out, options.store, forms=stamp) as store:
        check_not_purged(store)
        if not roster.articles:
            _check_had_no_roster(store)
        # Asked to read again, a run does not take a file of the same size and time for the same file.
        known = {} if options.again else store.stamps()
        with looking_apart(options.limits()) as examiner:
            found = find_sources(paths, options.no_returns(), known, examiner)
        before = store.places()
        run, sources = store.begin_run(paths, found, roster, settings)
        store.note(TOLD, _told(options))
        _log.info("%d returns found", len(sources))
        done = 0
        while unread := store.unread(run, sources, options.again):
            total = done + len(unread)
            progress(done, total, None)
            for reading in read(unread, options):
                keep_reading(store, run, reading.source, reading.observation)
                done += 1
                progress(done, total, reading)
            sources = store.found(run, paths, found)  # a file may have turned out to hold several agreements
        decide = judge or partial(judge_stored, store, options.jobs)
        with stage("resolve and check"):
            rows = store.judged(run, lambda items: decide(items, roster, settings))
        table = apply_decisions(frame(rows), store.decisions(), settings.notes)
        store.finish_run(run)
        outdated, changed = store.outdated(), changes_of(before, store.places(), table)
    with stage("tables"):
        leave_tables(options)
    doubts = tuple(roster_doubts(table, roster, settings))
    since = changed if before else None
    return Outcome(table, roster, done, outdated, unusable_forms=unusable, changes=since, doubts=doubts)


def _check_had_no_roster(store: Store) -> None:
    """Raises SettingsError where the returns were judged beside a roster before: all articles would be taken back."""
    last = store.last_run()
    if last is not None and last[0].articles:
        raise SettingsError("These returns were checked against a roster before: name it with --roster.")


def keep_reading(store: Store, run: int, source: Source, seen: Observation) -> None:
    """What was read from one return into the results file: its crops apart, and the agreements that its file holds."""
    store.keep(run, source, without_crops(seen), crops_of(seen), agreements_in(source, seen))


def leave_tables(options: RunOptions) -> None:
    """Write `returns.csv` and `returns.xlsx`, unless they are there and nothing changed since they were written."""
    csv, xlsx = options.out / "returns.csv", options.out / "returns.xlsx"
    with open_store(options.out, options.store, writing=False) as store:
        last = max((decision.id for decision in store.decisions()), default=0)
        state = f"{store.judged_stamp()} {last} {printable(os.path.abspath(options.out))}"
        if store.noted(TABLES) == state and csv.is_file() and xlsx.is_file():
            return
    with open_results(options.out, options.store) as results:
        table_files.write_csv(results.table, csv)
        write_workbook(results, xlsx)
        results.store.note(TABLES, state)


def read_all(sources: Sequence[Source], options: RunOptions) -> worker_pool.Readings:
    """The sources with their observations, as they come: from this machine's workers or from a cluster's."""
    forms = options.settings().forms
    if options.scheduler:
        from pipeline.execution.cluster import read_all_on

        return read_all_on(options.scheduler, sources, options.limits(), forms=forms)
    return worker_pool.read_all(sources, options.jobs, options.limits(), forms=forms)


def judge_stored(
    store: Store, jobs: int, items: Sequence[tuple[Source, Observation]], roster: Roster, settings: Settings
) -> list[Verdict]:
    """`judge_batch`, but what a return means beside the roster alone comes from the results file, or goes there."""
    from pipeline.execution.resolution_cache import people_of

    return judge_batch(items, roster, settings, people_of(store, [source for source, _ in items], roster, jobs))


def judge_batch(
    items: Sequence[tuple[Source, Observation]],
    roster: Roster,
    settings: Settings,
    people: Sequence[Resolution] | None = None,
) -> list[Verdict]:
    """What the readings mean beside the roster and each other, and what a person must look at.

    `people`: article, author and signer of each return, where they are known already. A return that the program can't
    judge, by a fault of its own, gets a verdict that says so, and the others are judged without it.
    """
    from pipeline.checks.check import check_batch
    from pipeline.dates.roster_dates import sure_days, trusted
    from pipeline.resolution.resolve import link_all, resolve

    forms = known_forms(settings.forms)

    def judged(places: Sequence[int]) -> list[Verdict]:
        some = [items[place] for place in places]
        linked = [people[place] for place in places] if people else link_all(some, roster)
        found = resolve(some, roster, settings, forms, linked)
        by = trusted(settings, sure_days(((f.article, f.day, f.date_confidence) for f in found), roster))
        if by != settings:
            found = resolve(some, roster, by, forms, linked)
        return check_batch([(*item, one) for item, one in zip(some, found, strict=True)], roster, by, forms)

    verdicts, faults = isolated(len(items), judged)
    if not faults:
        return verdicts
    problems = {place: fault_problem(error, "Judging this return") for place, error in faults.items()}
    unjudged = [(*items[place], Resolution(problem=problem)) for place, problem in problems.items()]
    by_place = dict(zip(problems, check_batch(unjudged, roster, settings, forms), strict=True))
    sound = iter(verdicts)
    return [by_place[place] if place in by_place else next(sound) for place in range(len(items))]


def load_roster(options: RunOptions) -> Roster:
    """The roster, with the articles marked that `countersign.toml` calls withdrawn or excused."""
    if options.roster is None:
        return Roster()
    task = RosterTask(options.roster, options.volume or None, options.column, options.sheet)
    roster = load_roster_of(task, options.limits())
    config = find_config(options.config, options.roster)
    return reader.mark_states(roster, config_content(config)) if config else roster


def read_table(
    paths: Sequence[str | os.PathLike[str]], roster: str | os.PathLike[str] | None, given: Mapping[str, Any]
) -> pd.DataFrame:
    """`read_batch` for `pipeline.read_returns`: the table alone, and nothing kept unless `out` is given."""
    file = Path(roster) if roster is not None else None
    config = find_config(given.get("config"), file)
    options = run_options({**given, "roster": file}, read_config(config) if config else {})
    with private_files(options.share):
        if "out" in given or options.store:
            return read_batch([Path(path) for path in paths], options).table
        with work_folder(Path(tempfile.gettempdir()), worker_pool.WORK_PREFIX) as folder:
            return read_batch([Path(path) for path in paths], replace(options, out=folder)).table
