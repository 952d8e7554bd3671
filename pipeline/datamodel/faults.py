"""A fault of the program itself, as the problem of the one row that met it: told as such, with its trace kept."""

from __future__ import annotations

import traceback

from pipeline.datamodel.records import Problem

LONGEST_TRACE = 20_000
"""Characters kept of a trace, its last ones: a recursion without end fills megabytes with the same lines."""


def fault_problem(error: BaseException, what: str) -> Problem:
    """The problem of a row whose work met an unforeseen `error`. `what`: what was done, as the sentence's subject."""
    sentence = (
        f"{what} met a fault of the program, not of the file ({type(error).__name__}). "
        "`countersign log` shows its trace: please report it, and go through this return by hand."
    )
    return Problem("unreadable_file", sentence, trace_of(error))


def trace_of(error: BaseException) -> str:
    """The traceback of `error` as text."""
    return "".join(traceback.format_exception(error))[-LONGEST_TRACE:]
