"""A roster's entries as its file has them, whatever kind of file it is: what the readers of files give to `roster`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One entry as its file has it: LaTeX and dates not yet read."""

    kind: str
    """BibTeX entry type in lower case; `article` for a row of a table."""
    key: str
    fields: Mapping[str, str]
    """Field names in lower case."""
    line: int
    """1-based line on which it starts."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The entries of one roster file and what was wrong with it."""

    entries: tuple[RosterEntry, ...] = ()
    problems: tuple[str, ...] = ()
