"""Which of several returns for one article counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from pipeline.datamodel.statuses import is_valid

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
        """Whether it is in order and nevertheless only spare: the flag that a better one is there was accepted."""
        return self.is_superseded and is_valid(self.status)


def best_first(contenders: Collection[Contender]) -> list[Contender]:
    """The returns for one article, the one that counts first.

    In order comes before not in order, then one that no other supersedes, then the later signing date, then the later
    file.
    """
    return sorted(contenders, key=_rank, reverse=True)


def _rank(one: Contender) -> tuple[bool, bool, date, str, str]:
    return is_valid(one.status), not one.is_superseded, one.day or date.min, one.file, one.sha256
