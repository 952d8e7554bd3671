"""What a written date can mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dates.readings import month_names, readings

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
FRENCH = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def _ordinal(n: int) -> str:
    return f"{n}{'th' if 10 <= n % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


FORMATS: dict[str, Callable[[date], str]] = {
    "iso": lambda d: d.isoformat(),
    "ymd/": lambda d: f"{d.year}/{d.month}/{d.day}",
    "ymd. ": lambda d: f"{d.year}. {d.month}. {d.day}",
    "ymd .": lambda d: f"{d.year}.{d.month:02}.{d.day:02}.",
    "ymd joined": lambda d: f"{d.year}{d.month:02}{d.day:02}",
    "ymd, one slash gone": lambda d: f"{d.year}{d.month:02}/{d.day:02}",
    "dmy/": lambda d: f"{d.day}/{d.month}/{d.year}",
    "dmy0/": lambda d: f"{d.day:02}/{d.month:02}/{d.year}",
    "mdy/": lambda d: f"{d.month}/{d.day}/{d.year}",
    "mdy/ ": lambda d: f"{d.month} / {d.day} / {d.year}",
    "m/d y": lambda d: f"{d.month}/{d.day} {d.year}",
    "dmy.": lambda d: f"{d.day}.{d.month}.{d.year}",
    "dmy. ": lambda d: f"{d.day:02}. {d.month:02}. {d.year}",
    "mdy-": lambda d: f"{d.month}-{d.day}-{d.year}",
    "dmy joined": lambda d: f"{d.day:02}{d.month:02}{d.year}",
    "CJK": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "Korean": lambda d: f"{d.year}년 {d.month}월 {d.day}일",
    "Month d, y": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    "Mon. d, y": lambda d: f"{MONTHS[d.month - 1][:3]}. {d.day}, {d.year}",
    "Mon.d,y": lambda d: f"{MONTHS[d.month - 1][:3]}.{d.day},{d.year}",
    "Mon. dth. y": lambda d: f"{MONTHS[d.month - 1][:3]}. {_ordinal(d.day)}. {d.year}",
    "Mon. dth/y": lambda d: f"{MONTHS[d.month - 1][:3]}. {_ordinal(d.day)}/{d.year}",
    "Month d th, y": lambda d: f"{MONTHS[d.month - 1]} {d.day} th, {d.year}",
    "Month d., y": lambda d: f"{MONTHS[d.month - 1]} {d.day}., {d.year}",
    "MON d y": lambda d: f"{MONTHS[d.month - 1][:3].upper()} {d.day} {d.year}",
    "d Month y": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "dMonthy": lambda d: f"{d.day}{MONTHS[d.month - 1]}{d.year}",
    "d/Month/y": lambda d: f"{d.day}/{MONTHS[d.month - 1]}/{d.year}",
    "d, Month, y": lambda d: f"{d.day}, {MONTHS[d.month - 1]}, {d.year}",
    "dth of Month y": lambda d: f"{_ordinal(d.day)} of {MONTHS[d.month - 1]} {d.year}",
    "y-Month-d": lambda d: f"{d.year}-{MONTHS[d.month - 1]}-{d.day}",
    "d mois y": lambda d: f"le {d.day} {FRENCH[d.month - 1]} {d.year}",
    "weekday": lambda d: f"Monday, {d.day} {MONTHS[d.month - 1]} {d.year}",
    "place": lambda d: f"{d.day}/{d.month}/{d.year}, Genève",
    "label": lambda d: f"Date: {d.day} {MONTHS[d.month - 1]} {d.year}",
    "y'": lambda d: f"{d.day}/{d.month}/'{d.year % 100:02}",
    "d Mon yy": lambda d: f"{d.day} {MONTHS[d.month - 1][:3]} {d.year % 100:02}",
}


@pytest.mark.parametrize("style", FORMATS)
@settings(max_examples=15)
@given(day=st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_every_day_is_among_the_readings_of_every_way_to_write_it(style: str, day: date) -> None:
    found = {reading.day for reading in readings(FORMATS[style](day))}
    assert day in found
    if "Mon" in style or style in ("CJK", "Korean", "iso", "ymd. ", "d mois y", "weekday", "label"):
        assert found == {day}
    else:
        assert all(other.year == day.year for other in found)


@settings(max_examples=150)
@given(st.text(st.one_of(st.characters(), st.sampled_from("0123456789/.-, '年月日一十")), max_size=40))
def test_any_text_is_read_without_error_and_no_date_without_its_parts(text: str) -> None:
    found = readings(text)
    assert not found or abs(sum(reading.weight for reading in found) - 1) < 1e-9
    for reading in found:
        assert reading.text in text
        assert len(re.findall(r"[\w]", reading.text)) >= 4


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "12 Sept", "Sept 2019", "2019", "12/2019", "9/10", "2019年9月", "May 2019 5", "31/02/2019"),
        *("0/10/2019", "15/13/2019", "12/9/209", "Monday", "10:22:00", "1234567890123", "Mr. May 2019", "v1.2.3"),
    ],
)
def test_a_part_missing_or_impossible_gives_no_date(text: str) -> None:
    assert readings(text) == ()


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("9/10/2019", {"2019-10-09", "2019-09-10"}),
        ("9/9/2019", {"2019-09-09"}),
        ("9/18/2019", {"2019-09-18"}),
        ("2020. 9. 4", {"2020-09-04"}),
        ("26/9/17", {"2017-09-26"}),
        ("9/10/19", {"2019-10-09", "2019-09-10"}),
        ("99/12/31", {"1999-12-31"}),
        ("Septmber 3, 2019", {"2019-09-03"}),
        ("28.IX.2017", {"2017-09-28"}),
        ("15th day of September, 2019", {"2019-09-15"}),
        ("二〇一九年九月十日", {"2019-09-10"}),
        ("\uff12\uff10\uff11\uff19\uff0f\uff19\uff0f\uff11\uff10", {"2019-09-10"}),
        ("ngày 2 tháng 6 năm 2021", {"2021-06-02", "2021-02-06"}),
        ("4 октября 2019", {"2019-10-04"}),
        ("5 lis 2019", {"2019-10-05", "2019-11-05"}),
        ("2019-09-11T10:22:00+02:00", {"2019-09-11"}),
        ("3.4.2019, 12:30", {"2019-04-03", "2019-03-04"}),
        ("10/10/2019 and 12 Nov 2019", {"2019-10-10", "2019-11-12"}),
        ("1st draft, Sept. 12, 2019", {"2019-09-12"}),
        # A time is no year, and a blank within the year parts it from nothing.
        ("Tue Oct 13 14:33:21 CEST 2026", {"2026-10-13"}),
        ("13 October 2026, 14:33", {"2026-10-13"}),
        ("13 Oct 20 26", {"2026-10-13"}),
        ("13.10.20 14:33", {"2020-10-13"}),
        # As forms of other countries have it.
        ("«13» октября 2026", {"2026-10-13"}),
        ("2026 m. spalio 13 d.", {"2026-10-13"}),
        ("a los 13 días del mes de octubre de 2026", {"2026-10-13"}),
        ("13 अक्टूबर 2026", {"2026-10-13"}),
        # Years of other eras, where the era is named or no other has them.
        ("13 ต.ค. 2569", {"2026-10-13"}),
        ("13/10/2563", {"2020-10-13"}),
        ("令和8年10月13日", {"2026-10-13"}),
        ("令和元年五月一日", {"2019-05-01"}),
        ("平成30年10月13日", {"2018-10-13"}),
        ("Heisei 30 October 13", {"2018-10-13"}),
        ("民國 115 年 10 月 13 日", {"2026-10-13"}),
        ("115年10月13日", {"2026-10-13"}),
    ],
)
def test_readings(text: str, days: set[str]) -> None:
    assert {reading.day.isoformat() for reading in readings(text)} == days


def test_a_dotted_date_is_likelier_day_first() -> None:
    first, second = readings("1.10.2019")
    assert (first.day, first.order) == (date(2019, 10, 1), "dmy")
    assert (second.day, second.order) == (date(2019, 1, 10), "mdy")
    assert first.weight > 2 * second.weight


@pytest.mark.parametrize("text", ["October 1 3 2026", "1 3 2026 October", "Oct. 1.3.2026", "1/3/2026 Octobre"])
def test_figures_beside_a_months_name_are_no_date_without_it(text: str) -> None:
    assert {reading.day.month for reading in readings(text)} <= {10}
    assert readings("October 13, 2026") and readings("signed on 1/3/2026 in May")


@pytest.mark.parametrize("text", ["R8.10.13", "R 8/10/13", "H31.4.30", "signed R8-10-13", "R.8.10.13", "令8.10.13"])
def test_a_year_of_another_era_is_no_year_of_ours(text: str) -> None:
    assert not readings(text)
    assert readings("R13/10/2026") and readings("Dr. R. 13.10.26")


@pytest.mark.parametrize("text", ["September 1s, 2020", "1s September 2020", "Sept. 1t 2020"])
def test_half_an_ordinal_is_one(text: str) -> None:
    assert [reading.day for reading in readings(text)] == [date(2020, 9, 1)]


def test_month_names_cover_the_year_in_each_language() -> None:
    assert all(len(names) == 12 and all(names) for names in (month_names("en"), month_names("ru"), month_names("fi")))


def test_a_sign_that_a_font_gives_no_meaning_parts_figures_where_it_stands_twice() -> None:
    assert [r.day for r in readings("22\ue08812\ue0882025")] == [date(2025, 12, 22)]
    assert readings("22\ue08812\ue0892025") == readings("2\ue0882\ue0882\ue0882025") == ()


@pytest.mark.parametrize(
    "text",
    ["12 or 13 October 2026", "October 12-13, 2026", "12./13. Oct 2026", "12-13/10/2026", "12th to 13th October 2026"],
)
def test_of_two_days_neither_is_the_day(text: str) -> None:
    assert readings(text) == ()
