"""Labelled returns with their readings, judged in their volume with some of them changed."""

from __future__ import annotations

import pickle
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np

from benchmarks.truth import Truth, load_truth
from models.date_head import DateHead, using_date_head
from pipeline.datamodel.records import Article, Observation, Roster, Settings, Source, Verdict
from pipeline.extraction.observe import observe
from pipeline.roster.reader import load_roster
from pipeline.run import judge_batch

Random = np.random.Generator
SHARES = 2
"""A change is made under one return in so many at a time, so that the batch stays a batch."""


@dataclass(frozen=True, slots=True)
class Return:
    """One labelled return with its reading."""

    source: Source
    truth: Truth
    seen: Observation
    volume: str
    """Folder of its volume."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one made anomaly, or of an innocent return."""

    kind: str
    file: str
    expected: frozenset[str]
    """Flags of which any one is right; empty: none is."""
    found: tuple[str, ...]
    status: str

    @property
    def hit(self) -> bool:
        """Whether a flag that is due was raised."""
        return bool(self.expected & set(self.found))


@dataclass(frozen=True, slots=True)
class Change:
    """One return made wrong, as it is judged: in place of `place`, with these settings and this roster."""

    place: int
    seen: Observation
    article: Article | None
    """The roster's entry for the return in place of its own; None: removed."""
    expected: frozenset[str]


def read_returns(
    folder: Path, cache: Path | None, heads: Mapping[str, DateHead] = MappingProxyType({})
) -> list[Return]:
    """All labelled returns with their readings; readings are kept in `cache`, if given, by the file's name. `heads`: by
    the name of a volume's folder, that which reads its dates."""
    kept: dict[str, Observation] = pickle.loads(cache.read_bytes()) if cache and cache.is_file() else {}
    returns = []
    for number, truth in enumerate(load_truth(folder)):
        path = folder / truth.file
        source = Source(f"{number:04}.pdf", str(path), f"{number:064x}", path.stat().st_size)
        if truth.file not in kept:
            with using_date_head(heads.get(path.parent.name)):
                kept[truth.file] = observe(source, path.read_bytes())
            print(f"\rread {len(kept)}", end="", file=sys.stderr, flush=True)
        returns.append(Return(source, truth, kept[truth.file], str(path.parent)))
    if cache:
        cache.write_bytes(pickle.dumps(kept))
    return returns


def roster_of(volume: str) -> Roster:
    """The roster in a volume's folder, or in the folder above it."""
    folder = Path(volume)
    return load_roster(folder / "roster.bib" if (folder / "roster.bib").is_file() else folder.parent / "roster.bib")


def day_of(one: Return) -> date | None:
    """The day that the return is dated; None where the writing can mean two days."""
    return date.fromisoformat(one.truth.days[0]) if len(one.truth.days) == 1 and not one.truth.two_way else None


def by_volume(returns: Sequence[Return]) -> Iterator[tuple[list[Return], Roster]]:
    """The returns of each volume with its roster."""
    volumes: dict[str, list[Return]] = defaultdict(list)
    for one in returns:
        volumes[one.volume].append(one)
    for volume, some in volumes.items():
        yield some, roster_of(volume)


def _settings(roster: Roster) -> Settings:
    """Read on the day after the last of the volumes was published."""
    days = [a.volume.published or a.volume.end or date.today() for a in roster.articles]
    return Settings(today=max(days, default=date.today()) + timedelta(365))


def judge_all(returns: Sequence[Return], roster: Roster, settings: Settings | None = None) -> list[Verdict]:
    """One verdict a return, in their order. Without `settings`: read a year after publication."""
    return judge_batch([(one.source, one.seen) for one in returns], roster, settings or _settings(roster))


def judge_changes(kind: str, some: Sequence[Return], roster: Roster, changes: Sequence[Change]) -> Iterator[Finding]:
    """Judge a volume with some of its returns or their articles changed; one Finding a change."""
    if not changes:
        return
    entries: dict[str, Article | None] = {
        some[c.place].truth.article or "": c.article for c in changes if some[c.place].truth.article
    }
    articles = tuple(e for a in roster.articles if (e := entries.get(a.key, a)) is not None)
    batch = list(some)
    for change in changes:
        batch[change.place] = replace(some[change.place], seen=change.seen)
    settings = _settings(Roster(articles))
    verdicts = judge_all(batch, Roster(articles), replace(settings, today=max(settings.today, _settings(roster).today)))
    for change in changes:
        verdict = verdicts[change.place]
        codes = tuple(flag.code for flag in verdict.flags)
        yield Finding(kind, some[change.place].truth.file, change.expected, codes, verdict.status)


def read_again_and_judge(
    returns: Sequence[Return],
    kind: str,
    count: int,
    rng: Random,
    make: Callable[[Return, Sequence[Return]], tuple[Observation, frozenset[str]] | None],
) -> Iterator[Finding]:
    """Make up to `count` returns wrong, in all volumes alike, and judge a share of each volume at a time."""
    chosen = {returns[int(place)].truth.file for place in rng.permutation(len(returns))[:count]}
    for some, roster in by_volume(returns):
        places = [place for place, one in enumerate(some) if one.truth.file in chosen]
        for share in range(SHARES):
            changes = []
            for place in places[share::SHARES]:
                one, others = some[place], [r for i, r in enumerate(some) if i not in places[share::SHARES]]
                if made := make(one, others):
                    article = roster.article(one.truth.article or "")
                    changes.append(Change(place, made[0], article, made[1]))
            yield from judge_changes(kind, some, roster, changes)
