"""What a return is, in one word: the table's status, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable

SET_ASIDE = "set aside"
"""Of a return that does not count: another one does, or it is for no article of the roster."""
STATUSES = ("clear", "review", "unreadable", "confirmed", "corrected", "ask again", SET_ASIDE)
"""All of them: the machine's three, then those that people give."""


def is_valid(status: str) -> bool:
    """Whether a return is in order."""
    return status in ("clear", "confirmed", "corrected")


def needs_person(status: str) -> bool:
    """Whether somebody must still look at a return. One asked again waits for its author."""
    return status in ("review", "unreadable")


def count_valid(statuses: Iterable[str]) -> int:
    """How many returns are in order."""
    return sum(map(is_valid, statuses))


def count_open(statuses: Iterable[str]) -> int:
    """How many returns somebody must still look at."""
    return sum(map(needs_person, statuses))
