"""Texts that plainly say no day, though what was read of ink may be near one: no day, no month, two days, or none that
there is. Who scores the ink of a date against the calendar finds a likeliest day for these, too.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from typing import Final

from pipeline.dates.plain_figures import plain_figures
from pipeline.dates.readings import JOINED, OTHER_ERA, WORD, DateReading, months_of, readings

_FILLERS: Final = frozenset(
    (
        *("date", "dated", "signed", "on", "of", "the", "in", "de", "del", "di", "du", "den", "this"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("year", "month", "day", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"),
    )
)
"""Words that may stand beside a month and a year and name no day of the month."""
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_AND_MONTH: Final = re.compile(
    r"(?:19|20)\d\d\s*[-/.|]\s*(?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])\s*[-/.|]\s*(?:19|20)\d\d"
)
_YEAR_AND_MONTH_RUN: Final = re.compile(
    r"(?:19|20)\d\d[1lI]?(?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])[1lI]?(?:19|20)\d\d|(?:19|20)\d\d[1lI][1-9]|[1-9][1lI](?:19|20)\d\d"
)
"""A year and a month in one run of figures, as in the cells of a comb, or with the slash between them read as a stroke;
a date that lost both separators looks alike, and is rare."""


def lacks_day(text: str) -> bool:
    """Whether a text plainly names month and year and no day: "October 2026", "Wednesday, February 2019", "2026-10".

    Also a run of figures that is as well a year and a month: "102026", and "2026110" with the slash read as 1.

    Any further digit or word might be the day, badly written: then it is not plain.
    """
    plain, _ = plain_figures(text)
    bare = plain.strip(" .,;:")
    if _YEAR_AND_MONTH.fullmatch(bare) or _YEAR_AND_MONTH_RUN.fullmatch(bare):
        return True
    if len(_YEAR.findall(bare)) != 1:
        return False
    rest = _YEAR.sub(" ", bare)
    words = [word.casefold() for word in WORD.findall(rest)]
    months = [word for word in words if any(p == 1.0 for _, p in months_of(word))]
    return len(months) == 1 and not re.search(r"\d", rest) and all(w in _FILLERS for w in words if w != months[0])


MOST_DIGITS: Final = 12
"""Figures of the longest written date, 10/06/2022 with its two separators read as 1, and two specks more."""


def holds_two_days(text: str) -> bool:
    """Whether what was read of ink are two dates, one struck out and the other written beside it: two years, or more
    figures than one date has. A time of day, with its colons, is none."""
    plain, _ = plain_figures(text)
    return len(_YEAR.findall(plain)) > 1 or (sum(c.isdigit() for c in plain) > MOST_DIGITS and ":" not in plain)


_DAY_AND_MONTH: Final = re.compile(
    r"(?:(?:19|20)\d\d\s?[./-]\s?)?(\d{1,2})\s?[./-]\s?(\d{1,2})(?:\s?[./-]\s?(?:19|20)\d\d)?"
)
LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in a leap year."""


def is_no_such_day(text: str) -> bool:
    """Whether a text plainly says a day that its month has not: "30/02/2026", "31 September 2026".

    A figure above 31 is not plain: it is a misread one. Of 691 real dates by hand none reads like this.
    """
    plain, _ = plain_figures(text)
    if len(_YEAR.findall(plain)) != 1 or readings(text):
        return False
    if figures := _DAY_AND_MONTH.fullmatch(plain.strip(" .,;:")):
        first, second = int(figures[1]), int(figures[2])
        return _is_beyond(first, second) or _is_beyond(second, first)
    rest = _YEAR.sub(" ", plain)
    months = [month for word in WORD.findall(rest) for month, p in months_of(word) if p == 1.0]
    numbers = [int(number) for number in re.findall(r"\d+", rest)]
    return len(months) == len(numbers) == 1 and _is_beyond(numbers[0], months[0])


def _is_beyond(day: int, month: int) -> bool:
    """Whether a month of the year is over before this day of a month."""
    return 1 <= month <= 12 and LONGEST_MONTHS[month - 1] < day <= 31


_ORDINAL: Final = re.compile(r"(?<!\d)\d{1,2} ?(?:st|nd|rd|th)(?![^\W\d_])", re.IGNORECASE)


def lacks_month(text: str) -> bool:
    """Whether a text plainly names a day of the month and a year and no month: "Monday 10th, 2021"."""
    plain, _ = plain_figures(text)
    if len(_YEAR.findall(plain)) != 1 or len(_ORDINAL.findall(plain)) != 1:
        return False
    rest = _ORDINAL.sub(" ", _YEAR.sub(" ", plain))
    return not re.search(r"\d", rest) and all(word.casefold() in _FILLERS for word in WORD.findall(rest))


_OTHER_CALENDAR: Final = re.compile(
    r"\D{0,2}(?:(?:1[0-4]\d|1[34]\d\d|24[4-9]\d|2[56]\d\d)\s?([./-])\s?\d{1,2}\s?\1\s?\d{1,2}"
    r"|\d{1,2}\s?([./-])\s?\d{1,2}\s?\2\s?(?:1[34]\d\d|24[4-9]\d|2[56]\d\d))\D{0,2}"
)
"""A day with a year of the Republic (115/10/13), of the Hijra or of Buddha: one figure misread, it is one of ours."""
_TWO_DAYS: Final = re.compile(
    r"(?<!\d)(?<!\d[./-])\d{1,2}(?:st|nd|rd|th|\.)?\s?(?:[/&+-]|(?:or|to|and)\b)\s?\d{1,2}(?:st|nd|rd|th|\.)?"
    r"(?:\s?[^\W\d_]{3,}|,?)[\s.,]{1,2}(?:19|20)\d\d(?!\d)",
    re.IGNORECASE,
)
_NOUGHT_IN_WORD: Final = re.compile(r"0(?=[^\W\d_]{2})")


def leaves_day_open(text: str) -> bool:
    """Whether a text plainly says two days (12 or 13 October 2026), or one by a calendar that is not read (R8.10.13).

    Its figures could be misread ones of a day of ours: they are none.
    """
    found = readings(text)
    if found:
        return _says_two_days(found)
    plain = _NOUGHT_IN_WORD.sub("O", plain_figures(text)[0])
    two = _TWO_DAYS.search(plain)
    named = two is not None and any(p == 1.0 for word in WORD.findall(plain) for _, p in months_of(word))
    other = OTHER_ERA.search(plain) or _OTHER_CALENDAR.fullmatch(plain.strip())
    return named or other is not None


def _says_two_days(found: tuple[DateReading, ...]) -> bool:
    """Whether two parts of a text are dates by themselves, and no day is among the readings of both."""
    days: dict[str, set[date]] = {}
    for reading in found:
        if reading.plausibility >= JOINED:
            days.setdefault(reading.text, set()).add(reading.day)
    return any(one.isdisjoint(other) for one, other in combinations(days.values(), 2))
