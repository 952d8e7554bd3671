"""What people decided so far, as a suggestion for what is still open. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import Candidate

LEAST_DATES = 3
"""Decided dates that are needed before they speak for others."""
NEAR_DAYS = 10
ELSEWHERE = 0.02
"""Weight of a day that no decided one lies near."""
SAME_SLIP = 92.0
"""Similarity, 0..100, from which two readings are the same slip."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another value for a column, and why, in a sentence."""

    value: str
    why: str


def likelier_date(current: str, candidates: Sequence[Candidate], decided: Sequence[date]) -> Suggestion | None:
    """Another candidate than the current one, where the dates that people settled make it the likelier one."""
    if len(decided) < LEAST_DATES or len(candidates) < 2:
        return None

    def near(day: date) -> int:
        return sum(abs((day - other).days) <= NEAR_DAYS for other in decided)

    days = [(c.value, date.fromisoformat(c.value), c.probability) for c in candidates]
    best = max(days, key=lambda d: d[2] * (ELSEWHERE + near(d[1]) / len(decided)))
    if best[0] == current or not near(best[1]):
        return None
    why = (
        f"{near(best[1])} of the {len(decided)} dates settled so far lie within {NEAR_DAYS} days of {spoken(best[1])}."
    )
    return Suggestion(best[0], why)


def same_slip(read: str, current: str, corrected: Mapping[str, str]) -> Suggestion | None:
    """The value that the same reading was corrected to elsewhere. `corrected`: reading -> value."""
    if not read:
        return None
    for earlier, value in corrected.items():
        if value != current and fuzz.ratio(read.casefold(), earlier.casefold()) >= SAME_SLIP:
            return Suggestion(value, f"“{earlier}” was corrected to this on another return.")
    return None
