"""What returns mean beside the roster alone is found once, and again only where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.datamodel.records import (
    Article,
    Box,
    FieldReading,
    LineReading,
    Observation,
    Problem,
    Roster,
    Settings,
    Source,
)
from pipeline.execution import resolution_cache
from pipeline.execution.resolution_cache import FEW, people_of
from pipeline.resolution.articles import Titles
from pipeline.resolution.author_linking import LinkingTask, link_authors, link_task
from pipeline.results.store import Store, open_store
from pipeline.run import keep_reading

BOX = Box(0.1, 0.1, 0.5, 0.2)


def title(number: int) -> str:
    """Unlike any other's."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:30]


ROSTER = Roster(tuple(Article(f"a{n}", title(n), (f"Ann Author{n}",)) for n in range(200)))


def seen(number: int) -> Observation:
    def typed(text: str) -> FieldReading:
        return FieldReading((LineReading(text, 1.0, "text_layer", "typed", 1, BOX),), "typed", 1, BOX)

    return Observation(2, "pmlr", title=typed(title(number)), name=typed(f"Ann Author{number}"))


def keep(store: Store, numbers: Sequence[int]) -> list[Source]:
    sources = [Source(f"{n}.pdf", f"/in/{n}.pdf", f"{n:064}", 1) for n in numbers]
    run, named = store.begin_run([Path("/in")], sources, ROSTER, Settings(today=date(2024, 5, 31)))
    for source in store.unread(run, named):
        keep_reading(store, run, source, seen(int(source.sha256)))
    return named


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many readings were resolved in each question."""
    counts: list[int] = []

    def counted(question: LinkingTask) -> list[str]:
        counts.append(len(question.readings))
        return link_task(question)

    monkeypatch.setattr(resolution_cache, "link_task", counted)
    return counts


def test_only_new_returns_cost_something(tmp_path: Path, asked: list[int]) -> None:
    with open_store(tmp_path) as store:
        first = people_of(store, keep(store, range(20)), ROSTER)
        assert [found.article for found in first] == [f"a{n}" for n in range(20)] and sum(asked) == 20
        assert people_of(store, keep(store, range(22)), ROSTER)[:20] == first and sum(asked) == 22


def test_a_changed_roster_or_reading_is_looked_at_again(tmp_path: Path, asked: list[int]) -> None:
    with open_store(tmp_path) as store:
        sources = keep(store, range(5))
        people_of(store, sources, ROSTER)
        renamed = (replace(ROSTER.articles[0], key="other"), *ROSTER.articles[1:])
        assert people_of(store, sources, Roster(renamed))[0].article == "other" and sum(asked) == 10
        run, _ = store.begin_run([Path("/in")], sources, Roster(renamed), Settings(today=date(2024, 5, 31)))
        keep_reading(store, run, sources[0], seen(3))
        assert people_of(store, sources, Roster(renamed))[0].article == "a3" and sum(asked) == 11


def test_workers_find_the_same(tmp_path: Path, asked: list[int]) -> None:
    numbers = range(FEW + 10)
    with open_store(tmp_path) as store:
        found = people_of(store, keep(store, numbers), ROSTER, jobs=2)
    titles = Titles.of(ROSTER.articles)
    assert found == [link_authors(seen(n), titles) for n in numbers]
    assert not asked, "the workers did it"


def test_the_same_on_postgresql(tmp_path: Path, postgres: str) -> None:
    with open_store(tmp_path, postgres) as store:
        sources = keep(store, range(FEW + 10))
        found = people_of(store, sources, ROSTER, jobs=2)
        assert [one.article for one in found] == [f"a{n}" for n in range(FEW + 10)]
        assert people_of(store, sources, ROSTER) == found


def test_a_file_that_could_not_be_read_is_nobodys() -> None:
    broken = replace(seen(1), problem=Problem("empty_file", "It is empty."))
    assert link_authors(broken, Titles.of(ROSTER.articles)).article == ""
