"""Seconds by stage, for the benchmark and the log: stages name themselves, and nothing is kept unless asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)
_watched: ContextVar[dict[str, float] | None] = ContextVar("watched_stages", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the process CPU seconds of this block under `name`; a stage inside another counts for itself alone.

    They are logged, too, at debug: there a stage holds those inside it.
    """
    logged = _log.isEnabledFor(logging.DEBUG)
    seconds = _watched.get()
    if seconds is None and not logged:
        yield
        return
    seconds = {} if seconds is None else seconds
    before, inner = time.process_time(), sum(seconds.values())
    try:
        yield
    finally:
        spent = time.process_time() - before
        seconds[name] = seconds.get(name, 0.0) + spent - (sum(seconds.values()) - inner)
        if logged:
            _log.debug("%s: %.3f s", name, spent)


@contextmanager
def watch() -> Iterator[dict[str, float]]:
    """Process CPU seconds by stage of what runs in this block (child processes are not in it)."""
    seconds: dict[str, float] = {}
    token = _watched.set(seconds)
    try:
        yield seconds
    finally:
        _watched.reset(token)
