"""A whole batch of stored readings: `python -m benchmarks.batch_load FOLDER --roster FILE [--count 3300]`.

Every return of FOLDER is read once. COUNT returns are made from those readings, each with a title of its own, of a made
roster of as many articles, and with its ink moved. They go the whole way but for the reading: found, kept, resolved,
judged, exported. Prints rows, seconds and memory of a first run, of one where nothing changed, of one with ten returns
more, and of one with another roster.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from pipeline.datamodel.records import Article, Observation, Roster, Source, Volume
from pipeline.execution import worker_pool
from pipeline.execution.worker_pool import Reading
from pipeline.extraction.page_fingerprint import ink_mask, page_fingerprint
from pipeline.intake.sources import find_sources
from pipeline.resolution.articles import Titles
from pipeline.resolution.author_linking import link_authors
from pipeline.roster.reader import load_roster
from pipeline.run import read_batch
from pipeline.settings import RunOptions

PARTS = 10
MORE = 10
"""Returns that come later."""
SLIP = 0.02
"""Share of a title's letters that are read as another."""
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "an", "e", "er", "i", "in", "o", "or", "u")]
TODAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Known:
    """A reading and the article that it is for."""

    observation: Observation
    article: Article


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the whole batch took."""

    name: str
    rows: int
    """Of the table."""
    reading_s: float
    """Finding, and keeping what was read; reading itself takes nothing here."""
    judging_s: float
    """Resolving, checking, writing the tables."""
    cpu_s: float
    """CPU seconds of all of it, worker processes too."""
    memory_mb: tuple[float, ...]
    """Resident memory of this process: at each tenth of the reading, and at the end."""
    tenths_cpu_s: tuple[float, ...]
    """CPU seconds of this process for each tenth of the reading."""


def known_readings(folder: Path, roster: Roster) -> list[Known]:
    """What each return of the folder says, where it is for an article of the roster."""
    titles = Titles.of(roster.articles)
    readings = [reading.observation for reading in worker_pool.read_all(find_sources([folder]))]
    return [
        Known(seen, article)
        for seen in readings
        if seen.title.lines and (article := roster.article(link_authors(seen, titles).article)) is not None
    ]


def made_title(number: int) -> str:
    """The title of made-up article `number`, different for every number."""
    rng = random.Random(number)
    words = ("".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(rng.randint(5, 11)))
    return " ".join(words).capitalize()


def made_roster(known: Sequence[Known], count: int) -> Roster:
    """As many articles, with the authors and the volume of the known ones."""
    return Roster(
        tuple(replace(known[n % len(known)].article, key=f"made{n}", title=made_title(n)) for n in range(count))
    )


def made_observation(known: Sequence[Known], number: int) -> Observation:
    """A reading for made-up article `number`, in the way of one of the known ones."""
    seen = known[number % len(known)].observation
    rng = random.Random(number)
    letters = (rng.choice("aeinrst") if rng.random() < SLIP else c for c in made_title(number))
    line = replace(seen.title.lines[0], text="".join(letters))
    return replace(
        seen, title=replace(seen.title, lines=(line,)), page_fingerprint=_moved(seen.page_fingerprint, number)
    )


def _moved(print_: bytes, number: int) -> bytes:
    """Another page's ink: the same, turned round the page's edges, so far that it fits no other."""
    if not print_:
        return print_
    mask = ink_mask(print_)
    return page_fingerprint(np.roll(mask, (17 * number, 29 * number), axis=(0, 1)))


def as_bibtex(roster: Roster) -> str:
    """The roster as the BibTeX file that the program reads."""
    volumes = dict.fromkeys(article.volume for article in roster.articles)
    return "\n".join([*map(_proceedings, volumes), *map(_entry, roster.articles)])


def _proceedings(volume: Volume) -> str:
    days = {"start": volume.start, "end": volume.end, "published": volume.published}
    shown = {"title": volume.name, "name": volume.name, "volume": volume.number, "year": volume.year, **days}
    fields = ", ".join(f"{name} = {{{value}}}" for name, value in shown.items() if value)
    return f"@Proceedings{{{volume.key}, {fields}}}"


def _entry(article: Article) -> str:
    authors = " and ".join(article.authors)
    fields = f"title = {{{article.title}}}, author = {{{authors}}}, crossref = {{{article.volume.key}}}"
    return f"@InProceedings{{{article.key}, {fields}}}"


# --- runs ---------------------------------------------------------------------------------------------------------


def measure(known: Sequence[Known], count: int, folder: Path, jobs: int = 0) -> Iterator[Run]:
    """The four runs, in `folder`, which has to be empty."""
    returns, roster = folder / "returns", folder / "roster.bib"
    returns.mkdir()
    roster.write_text(as_bibtex(made_roster(known, count + MORE)), encoding="utf-8")
    options = RunOptions(roster=roster, out=folder / "results", today=TODAY, jobs=jobs)
    _add_files(returns, range(count))
    yield _run("first", known, returns, options)
    yield _run("nothing new", known, returns, options)
    _add_files(returns, range(count, count + MORE))
    yield _run(f"{MORE} returns more", known, returns, options)
    roster.write_text(as_bibtex(made_roster(known, count + MORE + 1)), encoding="utf-8")
    yield _run("another roster", known, returns, options)


def _add_files(folder: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        (folder / f"{number:06}.pdf").write_text(f"{number}\n" + "-" * 1000)


def _run(name: str, known: Sequence[Known], returns: Path, options: RunOptions) -> Run:
    """One run. Raises AssertionError where a return is not a row or most are not taken for their own article."""
    started = last = time.perf_counter()
    cpu = _cpu_s()
    memory: list[float] = []
    spent: list[float] = [cpu]

    def progress(done: int, total: int, _: Reading | None) -> None:
        nonlocal last
        last = time.perf_counter()
        if done * PARTS // total > len(memory):
            memory.append(_memory_mb())
            spent.append(_cpu_s())
        elif not done:
            spent[0] = _cpu_s()

    def stored(sources: Sequence[Source], _: RunOptions) -> Iterator[Reading]:
        return (Reading(source, made_observation(known, int(Path(source.path).stem))) for source in sources)

    table = read_batch([returns], options, progress, stored).table
    own = table["article"] == "made" + table["file"].str[:6].astype(int).astype("string")
    assert len(table) == len(list(returns.iterdir())) and own.mean() > 0.9, "returns are lost, or others' articles'"
    memory.append(_memory_mb())
    tenths = tuple(after - before for before, after in pairwise(spent))
    return Run(name, len(table), last - started, time.perf_counter() - last, _cpu_s() - cpu, tuple(memory), tenths)


def _cpu_s() -> float:
    return sum(os.times()[:4])


def _memory_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--roster", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3300)
    parser.add_argument("--jobs", type=int, default=0)
    options = parser.parse_args()
    known = known_readings(options.folder, load_roster(options.roster))
    print(f"{len(known)} readings, {options.count} returns made of them")
    with tempfile.TemporaryDirectory(prefix="countersign-load-") as scratch:
        for run in measure(known, options.count, Path(scratch), options.jobs):
            memory = " ".join(f"{m:.0f}" for m in run.memory_mb)
            took = f"{run.reading_s:6.1f} s {run.judging_s:6.1f} s {run.cpu_s:7.1f} CPU s"
            print(f"{run.name:16} {run.rows:6} rows {took}  {memory} MB", flush=True)


if __name__ == "__main__":
    main()
