"""One entry of the log of what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["confirm", "correct", "ask", "aside", "seen", "later", "undo"]
"""`aside`: the return does not count. `seen`: a glance at one of many thumbnails, which settles nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the log."""

    id: int
    at: str
    """UTC, ISO 8601."""
    who: str
    file: str
    """The return's `file`; with `sha256` it names the row."""
    sha256: str
    """Of the scan that the person saw."""
    action: Action
    field: str = ""
    """Column of the table that was decided on; empty: the return as a whole."""
    flag: str = ""
    """Code that this settles; empty: none."""
    before: str = ""
    after: str = ""
    """The column's value before and after, in full, as the CSV would have it."""
    reason: str = ""
    version: int = 0
    """How many entries the row had when the person saw it."""
    undo_of: int | None = None
    group: str = ""
    """Shared by decisions that were taken in one step and are undone in one."""
