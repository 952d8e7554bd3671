"""Soft claims: who has which return open. They steer the queue past it and forbid nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

CLAIM_SECONDS = 120


@dataclass
class Claims:
    """Claims of one server, in memory: losing them costs nothing, every write checks the version."""

    clock: Callable[[], float] = time.monotonic
    held: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    """Row's number -> session, editor, end."""

    def claim(self, number: int, session: str, who: str) -> str:
        """Claim a row, giving up the session's other ones; who else has it, empty where it is ours now."""
        now = self.clock()
        self.held = {n: c for n, c in self.held.items() if c[2] > now and (c[0] != session or n == number)}
        other = self.held.get(number)
        if other and other[0] != session:
            return other[1] or "somebody"
        self.held[number] = (session, who, now + CLAIM_SECONDS)
        return ""

    def others(self, session: str) -> dict[int, str]:
        """Rows that other sessions have open, with their editors."""
        now = self.clock()
        return {
            n: who or "somebody" for n, (owner, who, end) in list(self.held.items()) if end > now and owner != session
        }
