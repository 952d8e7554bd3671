"""Which of several returns for one article counts."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from pipeline.checks.better_return import Contender, best_first
from pipeline.datamodel.statuses import STATUSES, count_open, count_valid

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)


def contender(number: int, status: str, day: date | None, file: str, *codes: str) -> Contender:
    return Contender(number, status, codes, day, file, f"{number:064}")


def test_in_order_comes_before_unsuperseded_before_the_later_day_before_the_later_file() -> None:
    ordered = [
        contender(0, "corrected", MAY, "a.pdf"),
        contender(1, "confirmed", JUNE, "z.pdf", "duplicate_return"),
        contender(2, "review", MAY, "c.pdf", "undated"),
        contender(3, "review", MAY, "b.pdf", "undated"),
        contender(4, "review", None, "d.pdf", "undated"),
        contender(5, "ask again", JUNE, "e.pdf", "duplicate_return"),
    ]
    for shuffled in list(permutations(ordered))[::37]:
        assert best_first(shuffled) == ordered


def test_a_return_is_set_aside_once_somebody_said_so_and_ranks_last() -> None:
    assert contender(0, "set aside", MAY, "a.pdf", "duplicate_return").is_set_aside
    aside, worse = contender(0, "set aside", JUNE, "z.pdf"), contender(1, "review", MAY, "a.pdf", "duplicate_return")
    assert best_first([aside, worse]) == [worse, aside]
    assert not contender(0, "review", MAY, "a.pdf", "duplicate_return").is_set_aside
    assert not contender(0, "clear", MAY, "a.pdf", "duplicate_kept").is_set_aside


def test_every_status_is_in_order_or_open_or_waits_for_its_author() -> None:
    assert (count_valid(STATUSES), count_open(STATUSES)) == (3, 2)
    assert count_valid(["ask again"]) == count_open(["ask again"]) == 0
