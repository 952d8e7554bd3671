"""What says no day, and what may be one all the same."""

from __future__ import annotations

import pytest

from pipeline.dates.no_day import holds_two_days, is_no_such_day, lacks_day, lacks_month, leaves_day_open


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("October 2026", True),
        ("Wednesday, February 2019", True),
        ("2026-10", True),
        ("10/2026", True),
        ("Date: Oct. 2026", True),
        ("2026110", True),
        ("10l2026", True),
        ("10|2026", True),
        ("102026", True),
        ("202610", True),
        ("131026", False),
        ("20261010", False),
        ("10102026", False),
        ("October 1, 2026", False),
        ("lst October 2026", False),
        ("3th May 2021", False),
        ("2026", False),
        ("TBD", False),
        ("", False),
    ],
)
def test_a_month_alone_is_no_day(text: str, lacks: bool) -> None:
    assert lacks_day(text) is lacks


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        *(("Monday 10th, 2021", True), ("10th, 2021", True), ("the 3rd of 2026", True)),
        *(("May 10th, 2021", False), ("Monady 10th, 2021", False), ("10th 5 2021", False), ("8 18 2017", False)),
        *(("10th", False), ("2021", False), ("10 2021", False)),
    ],
)
def test_a_day_and_a_year_without_a_month_are_no_date(text: str, lacks: bool) -> None:
    assert lacks_month(text) is lacks


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        *(("12 or 13 0ct 2026", True), ("Oct 12-13, 2026", True), ("12/130ct 2026", True), ("R8.10.13", True)),
        *(("115/10/13", True), ("1405/07/21", True), ("13-10-1448", True), ("13.10.2026 / 14.10.2026", True)),
        *(("13 Oct 2026, received 20 Oct 2026", True), ("13.10.2026 (October 13, 2026)", False)),
        *(("12 October 2026", False), ("13/10 2026", False), ("3-4-2026", False), ("10/12/2026", False)),
        *(("13/10/2569", False), ("10-13 2026", False), ("", False)),
    ],
)
def test_two_days_and_other_calendars_leave_the_day_open(text: str, is_open: bool) -> None:
    assert leaves_day_open(text) is is_open


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("March S, 2025 March 5, 2026", True),
        ("213/2026121312026", True),
        ("1010612022", False),
        ("10/06/2022", False),
        ("Date: 2026.10.13 14:33:21 +02'00'", False),
        ("13 Oct 2026", False),
    ],
)
def test_two_dates_side_by_side_are_told(text: str, two: bool) -> None:
    assert holds_two_days(text) is two


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("30/02/2026", True),
        ("02/30/2026", True),
        ("2026-02-30", True),
        ("31.04.2026", True),
        ("31 September 2026", True),
        ("Feb. 30, 2026", True),
        ("29/02/2026", False),  # 2026 may be a misread 2024
        ("30/03/2026", False),
        ("70.05.2027", False),  # a misread 10
        ("31/13/2026", False),
        ("30/02", False),
        ("September 2026", False),
        ("31 September 30 2026", False),
    ],
)
def test_a_day_that_its_month_has_not_is_told(text: str, none: bool) -> None:
    assert is_no_such_day(text) is none
