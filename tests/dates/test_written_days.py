"""What options, rosters and people mean by a day that they write down."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.datamodel.errors import SettingsError
from pipeline.dates.readings import Order
from pipeline.dates.written_days import day_of, written_day

DAY = date(2025, 7, 13)


@pytest.mark.parametrize(
    "text", ["2025-07-13", "2025/7/13", "2025.7.13", "2025年7月13日", "13 July 2025", "Jul 13, 2025", "13. Juli 2025",
             "13th of July 2025", "13-Jul-2025", "2025-Jul-13", "13 июля 2025", " 13 July 2025. "]
)  # fmt: skip
def test_a_day_beyond_doubt(text: str) -> None:
    assert written_day(text) == written_day(text, around=True) == DAY


@pytest.mark.parametrize(
    "text", ["7/10/2025", "13/7/2025", "July 2025", "13 July", "13 July 25", "20250713", "13 Jully 2025",
             "13-19 July 2025", "31 June 2025", "2025-13-40", "2025-07-13-01", "soon", "tomorrow", ""]
)  # fmt: skip
def test_what_leaves_a_doubt_is_no_day(text: str) -> None:
    assert written_day(text) is None and written_day(text, around=True) is None


@pytest.mark.parametrize(
    "text", ["Sunday, 13 July 2025", "Sun 13 Jul 2025 09:00:00 GMT", "2025-07-13T09:00:00", "13 July 2025 (anywhere)"]
)
def test_a_weekday_and_a_time_stand_around_a_day_where_that_is_allowed(text: str) -> None:
    assert written_day(text, around=True) == DAY and written_day(text) is None


@pytest.mark.parametrize(
    ("text", "figures", "day"),
    [
        ("7/10/2025", "dmy", date(2025, 10, 7)),
        ("7/10/2025", "mdy", date(2025, 7, 10)),
        ("7/7/2025", "mdy", date(2025, 7, 7)),
        ("7/7/2025", "dmy", date(2025, 7, 7)),
        ("7/13/2025", "dmy", None),
        ("2025-07-13", "dmy", DAY),
    ],
)
def test_figures_in_the_order_that_is_asked_for(text: str, figures: Order, day: date | None) -> None:
    assert written_day(text, figures) == day


def test_of_two_days_in_a_cell_none_is_meant() -> None:
    assert written_day("13 July 2025 / 15 July 2025", around=True) is None
    assert written_day("13 July 2025 (13/7/2025)", around=True) == DAY


def test_options_are_written_in_figures() -> None:
    assert day_of("today", "2025-07-13") == day_of("today", DAY) == DAY
    for wrong in ("13 July 2025", "7/10/2025", "soon", 7):
        with pytest.raises(SettingsError, match="`today` must be a day written as 2024-05-31"):
            day_of("today", wrong)
