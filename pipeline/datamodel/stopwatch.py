"""Seconds by stage, for the benchmark: stages name themselves, and nothing is kept unless somebody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_watched: ContextVar[dict[str, float] | None] = ContextVar("watched_stages", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the process CPU seconds of this block under `name`; a stage inside another counts for itself alone."""
    seconds = _watched.get()
    if seconds is None:
        yield
        return
    before, inner = time.process_time(), sum(seconds.values())
    try:
        yield
    finally:
        spent_inside = sum(seconds.values()) - inner
        seconds[name] = seconds.get(name, 0.0) + time.process_time() - before - spent_inside


@contextmanager
def watch() -> Iterator[dict[str, float]]:
    """Process CPU seconds by stage of what runs in this block (child processes are not in it)."""
    seconds: dict[str, float] = {}
    token = _watched.set(seconds)
    try:
        yield seconds
    finally:
        _watched.reset(token)
