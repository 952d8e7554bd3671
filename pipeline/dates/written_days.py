"""The one day that an option, a roster or a person writes down: beyond doubt, or none.

What ink or a form's field can mean, with all its doubts, is for `readings`; this takes from there what leaves none.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from pipeline.datamodel.errors import SettingsError
from pipeline.dates.no_day import leaves_day_open
from pipeline.dates.readings import UNEVEN, DateReading, Order, readings

WEEKDAY = re.compile(r"(?:[^\W\d_]+\.?,?\s*)?")
"""What may stand before a day with others around it: a word, such as the name of its weekday."""
TIME = re.compile(r"(?:[T ,(].*)?", re.DOTALL)
"""What may stand behind it: a time, a zone."""


def written_day(text: str, figures: Order = "ymd", names: bool = True, around: bool = False) -> date | None:
    """The day that `text` says, or None where it says none, or more than one.

    The year has four digits. Figures alone are taken with the year first, or in the order `figures` if they come in
    that one. `names`: the month may be given by its name, in any order. `around`: a weekday before the day and a time
    behind it are passed over.
    """
    text = text.strip().rstrip(".,")
    days = {reading.day for reading in readings(text) if _holds(reading, text, figures, names, around)}
    return days.pop() if len(days) == 1 else None


def _holds(reading: DateReading, text: str, figures: Order, names: bool, around: bool) -> bool:
    """Whether the reading is of the whole text, and in one of the ways that are allowed."""
    before, _, behind = text.partition(reading.text)
    whole = not before and not behind
    if around:
        whole = bool(WEEKDAY.fullmatch(before) and TIME.fullmatch(behind)) and not leaves_day_open(text)
    if not whole or reading.plausibility < UNEVEN or not re.search(r"\d{4}", reading.text):
        return False
    if reading.by_name:
        return names
    same_either_way = reading.day.day == reading.day.month and figures != "ymd"
    return reading.order in ("ymd", figures) or same_either_way


def day_of(name: str, value: Any) -> date | None:
    """The day that an option or setting gives. Raises SettingsError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = written_day(str(value), names=False)
    if found is None:
        raise SettingsError(f"`{name}` must be a day written as 2024-05-31, not {value!r}.")
    return found
