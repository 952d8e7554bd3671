"""What fails in a batch is found, and costs itself alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.records import Article, Box, FieldReading, LineReading, Observation, Roster, Settings, Source
from pipeline.execution.isolation import isolated
from pipeline.run import judge_batch

BOX = Box(0.1, 0.1, 0.5, 0.2)


def failing_on(*bad: int) -> tuple[list[int], object]:
    sizes: list[int] = []

    def work(places: Sequence[int]) -> list[int]:
        sizes.append(len(places))
        for place in places:
            if place in bad:
                raise IndexError(place)
        return list(places)

    return sizes, work


@pytest.mark.parametrize("bad", [(), (0,), (99,), (3, 4, 77), tuple(range(100))])
def test_the_others_are_done_without_the_culprits(bad: tuple[int, ...]) -> None:
    sizes, work = failing_on(*bad)
    done, faults = isolated(100, work)  # type: ignore[arg-type, var-annotated]
    assert done == [place for place in range(100) if place not in bad]
    assert faults.keys() == set(bad) and all(isinstance(error, IndexError) for error in faults.values())
    assert len(sizes) <= 2 + 2 * 8 * max(len(bad), 1), "a search by halves"


def test_where_no_single_one_is_to_blame_the_failure_goes_on() -> None:
    def work(places: Sequence[int]) -> None:
        if len(places) > 1:
            raise IndexError

    with pytest.raises(IndexError):
        isolated(4, work)


def test_what_the_user_can_mend_is_no_fault() -> None:
    def work(places: Sequence[int]) -> None:
        raise RosterError("Mend it.")

    with pytest.raises(RosterError):
        isolated(4, work)


def seen(number: int) -> Observation:
    line = LineReading(f"Learning of Things {number}", 1.0, "text_layer", "typed", 1, BOX)
    return Observation(2, "pmlr", title=FieldReading((line,), "typed", 1, BOX))


def test_a_return_that_cant_be_judged_has_a_row_with_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.checks import check
    from pipeline.checks.check_context import CheckContext

    roster = Roster(tuple(Article(f"a{n}", f"Learning of Things {n}", ("Ann Author",)) for n in range(6)))
    items = [(Source(f"{n}.pdf", f"/in/{n}.pdf", f"{n:064}", 1), seen(n)) for n in range(6)]

    def breaks_on_four(context: CheckContext) -> str:
        if context.observation.title.text.endswith("4"):
            raise ZeroDivisionError("no such thing")
        return ""

    whole = judge_batch(items, roster, Settings(today=date(2026, 5, 31)))
    monkeypatch.setattr(check, "RULES", {**check.RULES, "undated": breaks_on_four})
    found = judge_batch(items, roster, Settings(today=date(2026, 5, 31)))
    assert [one.source for one in found] == [source for source, _ in items]
    assert [one.status for one in found] == ["unreadable" if n == 4 else "review" for n in range(6)]
    problem = found[4].resolution.problem
    assert problem is not None and "ZeroDivisionError: no such thing" in problem.trace
    assert "fault of the program" in found[4].flags[0].sentence and "countersign log" in found[4].flags[0].sentence
    assert replace(found[0], flags=()) == replace(whole[0], flags=())
