"""Which of several returns for one article counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from pipeline.datamodel.statuses import SET_ASIDE, is_valid

DUPLICATE = "duplicate_return"
"""Code of the flag of a return for whose article a better one is there."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A return for an article that may have others."""

    number: int
    """By which the caller knows it."""
    status: str
    codes: Collection[str]
    """Of its flags."""
    day: date | None
    file: str
    sha256: str

    @property
    def is_superseded(self) -> bool:
        """Whether the checks found a better one."""
        return DUPLICATE in self.codes

    @property
    def is_set_aside(self) -> bool:
        """Whether a person said that it does not count."""
        return self.status == SET_ASIDE


def best_first(contenders: Collection[Contender]) -> list[Contender]:
    """The returns for one article, the one that counts first.

    In order comes before not in order, set aside comes last, then one that no other supersedes, then the later signing
    date, then the later file.
    """
    return sorted(contenders, key=_rank, reverse=True)


def _rank(one: Contender) -> tuple[bool, bool, bool, date, str, str]:
    counts = not one.is_set_aside
    return is_valid(one.status), counts, not one.is_superseded, one.day or date.min, one.file, one.sha256
