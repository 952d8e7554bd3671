"""Words of the sentences that editors read: days, numbers, lists, quotations, volumes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipeline.datamodel.records import Volume

MONTHS = (
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
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spoken(day: date) -> str:
    """A day as one writes it in a letter: 6 June 2015."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def listed(parts: Sequence[str]) -> str:
    """Parts as a sentence lists them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(number: int) -> str:
    """A number in words, up to twelve."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def in_years(number: int) -> str:
    """So many years: one year, two years."""
    return f"{counted(number)} year{'' if number == 1 else 's'}"


def quoted(text: str, longest: int = 80) -> str:
    """Text in quotation marks, on one line, cut to `longest` letters."""
    text = " ".join(text.split())
    return f'"{text if len(text) <= longest else text[: longest - 1].rstrip() + "…"}"'


def volume_label(volume: Volume) -> str:
    """A volume as an editor calls it: ICML 2025."""
    if volume.year and str(volume.year) in volume.key:
        return volume.key.replace("-", " ").replace("_", " ")
    return " ".join(part for part in (volume.name, str(volume.year or "")) if part)
