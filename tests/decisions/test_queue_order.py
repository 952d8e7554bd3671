"""The order of the queue, and what control samples tell."""

from __future__ import annotations

import pytest

from pipeline.checks.flags import FLAGS
from pipeline.decisions.queue_order import error_interval, group_of


def test_groups_come_worst_first() -> None:
    assert [group_of(codes) for codes in (["unsure", "unsigned"], ["title_not_in_roster"], ["name_missing"])] == [
        0,
        1,
        2,
    ]
    assert [group_of(codes) for codes in (["undated"], ["date_lapsed", "date_ambiguous"], ["unsure"])] == [3, 3, 4]
    assert {group_of([kind.code]) for kind in FLAGS if kind.blocking} == {0, 1, 2, 3, 4}


def test_sixty_of_sixty_puts_the_error_rate_under_five_per_cent() -> None:
    assert error_interval(0, 60) == pytest.approx((0.0, 0.0487), abs=1e-4)
    # Values of Clopper and Pearson's table.
    assert error_interval(1, 20) == pytest.approx((0.00127, 0.24873), abs=1e-4)
    assert error_interval(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert error_interval(0, 0) == (0.0, 1.0)
