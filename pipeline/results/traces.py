"""What the program left behind where it failed itself: the traces that are kept with the rows."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.datamodel.records import Problem
from pipeline.results.store import Judged, Store


@dataclass(frozen=True, slots=True)
class Trace:
    """One row that could not be read or judged, with what is known of why."""

    file: str
    """As the table names it."""
    sentence: str
    trace: str
    """A traceback, or the last words of the worker that read the file."""


def kept_traces(store: Store, file: str = "") -> list[Trace]:
    """The traces in a results file, in the table's order; of `file` alone, where it is named."""
    return [
        Trace(one.source.name, problem.sentence, problem.trace)
        for one in store.judged_rows()
        if one.row["status"] == "unreadable" and file in ("", one.source.name)
        for problem in _problems(store, one)
        if problem.trace
    ]


def _problems(store: Store, judged: Judged) -> list[Problem]:
    """What went wrong with one row, when it was read and when it was judged."""
    observation = store.observation(judged.number)
    found = (observation.problem if observation else None, judged.resolution.problem)
    return [problem for problem in found if problem is not None]
