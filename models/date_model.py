"""When a return was likely to be signed, beside the others: a dozen numbers, fitted by `benchmarks.date_fit`.

Card: `dates.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

FILE: Final = "weights/dates.json"


@dataclass(frozen=True, slots=True)
class DateModel:
    """Where in time a return of a batch was signed, as a mixture. The ink counts as it is: a factor of its
    log-likelihoods was fitted to 1.0."""

    near_days: float
    middle_days: float
    wide_days: float
    """Scales of the three two-sided exponential kernels around the days of the other returns."""
    crowd: float
    """Other returns at which the near kernel counts as much as the middle one: with few, days lie further apart."""
    wide: float
    """Share of returns under the wide kernel: reminded ones, early ones."""
    batch: float
    """Other returns that count as much as the volume's dates."""
    other_year: float
    """Share of returns that are dated in another year than they might be: a slip, or a scan of an older one."""
    years_past: float
    """Share, among those, of years before."""
    year_fade: float
    """Factor for each further year."""
    any_day: float
    """Share of returns dated on any day whatever."""
    lead_days: float
    """Days before the conference from which agreements are signed."""
    fade_days: float
    """Days before that, or after publication, in which days become rarer by a factor e."""
    fault: float
    """Share of returns whose day fails a check: decides between two days of which one does."""


_instead: ContextVar[DateModel | None] = ContextVar("date model in place of the packaged one", default=None)


@contextmanager
def using(model: DateModel) -> Iterator[None]:
    """Another model than the packaged one: one that was fitted without a volume."""
    token = _instead.set(model)
    try:
        yield
    finally:
        _instead.reset(token)


@cache
def _packaged() -> DateModel:
    content = json.loads((files("models") / FILE).read_text(encoding="utf-8"))
    return DateModel(**content["model"])


def date_model() -> DateModel:
    """The model in force."""
    return _instead.get() or _packaged()
