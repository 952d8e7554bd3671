"""Rosters, containers and other engines' output, taken apart in a worker process: what hangs there, or ends it, costs
one sentence.

Their readers are native in part (spreadsheets), or follow what a file says of itself (archives, mails). A small roster
in plain text is read in this process, for a worker takes half a second to start.
"""

from __future__ import annotations

import logging
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.datamodel.encoding import decode, encode, unsealed
from pipeline.datamodel.errors import CountersignError, InputError, RosterError, system_words
from pipeline.datamodel.faults import fault_problem, trace_of
from pipeline.datamodel.records import Problem, Roster
from pipeline.execution.worker_pool import WORK_PREFIX, Death, Limits, WorkerSlot
from pipeline.intake.containers import ContainerKind, list_members
from pipeline.intake.members import Member
from pipeline.intake.ocr_output.beside_scans import is_engine_output
from pipeline.intake.ocr_output.recognize import may_be_return
from pipeline.intake.sources import Examiner
from pipeline.results.private_files import keep_trace, work_folder
from pipeline.roster import reader
from pipeline.roster.columns import ColumnQuestion, ColumnsUnclear
from pipeline.roster.workbooks import is_workbook

_log = logging.getLogger(__name__)
SMALL_BYTES = 64 << 10
"""A roster in plain text up to this size is read here; the readers' slowest steps take a second for so much."""
ROSTER_CALL = "pipeline.execution.parsing:parsed_roster"
CONTAINER_CALL = "pipeline.execution.parsing:looked_into"


@dataclass(frozen=True, slots=True)
class RosterTask:
    """What `roster.reader.load_roster` is given."""

    path: Path
    volume: str | None = None
    columns: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RosterAnswer:
    """A roster, or why there is none."""

    roster: Roster = field(default_factory=Roster)
    error: str = ""
    """Sentence for the user; empty: there is a roster."""
    unclear: tuple[ColumnQuestion, ...] = ()
    """Of ColumnsUnclear: what the user has to say of the columns."""
    trace: str = ""
    """Where the program failed over it."""


# --- rosters ------------------------------------------------------------------------------------------------------


def load_roster(task: RosterTask, limits: Limits) -> Roster:
    """The roster in a file or a folder of posts. Raises RosterError, ColumnsUnclear, InputError."""
    answer = parsed_roster(task) if _is_small_text(task.path) else _roster_apart(task, limits)
    if answer.trace:
        path = keep_trace(answer.trace)
        raise RosterError(
            f"{answer.error} Please report it with its trace, {path}; export the roster in another format."
        )
    if answer.unclear:
        raise ColumnsUnclear(answer.unclear)
    if answer.error:
        raise RosterError(answer.error)
    return answer.roster


def parsed_roster(task: RosterTask) -> RosterAnswer:
    """The roster, or why there is none; a fault of the program is in the answer, too."""
    try:
        return RosterAnswer(_storable(reader.load_roster(task.path, task.volume, task.columns, task.sheet)))
    except ColumnsUnclear as error:
        return RosterAnswer(unclear=error.questions)
    except CountersignError as error:
        return RosterAnswer(error=str(error))
    except Exception as error:
        told = f"{task.path.name} made the program fail ({type(error).__name__})."
        return RosterAnswer(error=told, trace=trace_of(error))


def _is_small_text(path: Path) -> bool:
    """Whether a roster is plain text of a few pages. Raises InputError where it is a pipe or device."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            if not stat.S_ISDIR(found.st_mode):
                raise InputError(f"{path} is no file, but a pipe or device. Save the roster, and give that file.")
            return False
        data = path.read_bytes() if found.st_size <= SMALL_BYTES else b""
    except InputError:
        raise
    except OSError:
        return True  # The reader has a sentence for it.
    return found.st_size <= SMALL_BYTES and not is_workbook(data)


def _roster_apart(task: RosterTask, limits: Limits) -> RosterAnswer:
    with _slot(ROSTER_CALL, limits) as slot:
        answer = slot.answer_once(task)
    if isinstance(answer, RosterAnswer):
        return answer
    how = f"took longer than {limits.seconds} seconds" if _was_slow(answer) else "ended the process that read it"
    sentence = f"Reading {task.path.name} {how}: it is damaged, or not a list of articles."
    return RosterAnswer(error=f"{sentence} Save it once more as CSV in UTF-8, and give that.")


def _storable(roster: Roster) -> Roster:
    """The roster without halves of characters, which no database and no file takes."""
    text = unsealed(encode(roster)[0])
    return decode(Roster, text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


# --- containers and outputs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListTask:
    """Of a container: what is in it."""

    path: str
    kind: ContainerKind


@dataclass(frozen=True, slots=True)
class TextTask:
    """Of a text: whether it is what another engine read of an agreement."""

    asked: Literal["is_return", "is_output"]
    name: str
    data: bytes = field(repr=False)


@contextmanager
def looking_apart(limits: Limits) -> Iterator[Examiner]:
    """Who looks into files for `find_sources`, in one worker process for all of them, which starts with the first.

    A text that is a few pages long is looked at in this process. One that can't be looked at is a return by itself,
    whose row will say why.
    """
    with _slot(CONTAINER_CALL, limits) as slot:
        yield Examiner(
            lambda path, kind: _listed(slot, ListTask(path, kind), limits),
            lambda name, data: _told(slot, TextTask("is_return", name, data)),
            lambda name, data: _told(slot, TextTask("is_output", name, data)),
        )


def _told(slot: WorkerSlot, task: TextTask) -> bool:
    answer = told_of_text(task) if len(task.data) <= SMALL_BYTES else slot.answer_once(task)
    return answer if isinstance(answer, bool) else task.asked == "is_return"


def _listed(slot: WorkerSlot, task: ListTask, limits: Limits) -> Sequence[Member] | Problem:
    """The members of a container; itself as the only one, refused, where looking into it ended the worker.

    As a member that is kept: the next run does not wait for it again, unless it is asked to read again.
    """
    answer = slot.answer_once(task)
    if isinstance(answer, tuple | Problem):
        return answer
    how = f"took longer than {limits.seconds} seconds" if _was_slow(answer) else "ended the process that did it"
    sentence = f"Looking into this file {how}. Take out what is in it, and read that."
    words = answer.last_words if isinstance(answer, Death) else ""
    return (Member("", (), "", 0, Problem("unreadable_file", sentence, words)),)


def looked_into(task: ListTask | TextTask) -> tuple[Member, ...] | Problem | bool:
    """The answer to either question."""
    return told_of_text(task) if isinstance(task, TextTask) else listed_container(task)


def told_of_text(task: TextTask) -> bool:
    """Whether a text is what it is asked about; a fault of the program over it leaves it a return by itself."""
    ask = {"is_return": may_be_return, "is_output": is_engine_output}[task.asked]
    try:
        return ask(task.name, task.data)
    except Exception:
        _log.info("%s can't be looked at", task.name, exc_info=True)
        return task.asked == "is_return"


def listed_container(task: ListTask) -> tuple[Member, ...] | Problem:
    """The members of a container, or why they can't be had; a fault of the program is in that, too."""
    try:
        with Path(task.path).open("rb") as stream:
            return tuple(list_members(stream, task.kind))
    except OSError as error:
        return Problem(
            "unreadable_file", f"This file could not be read ({system_words(error)}). Check its permissions."
        )
    except MemoryError as error:
        sentence = "Looking into this file needs more memory than a worker may use. Take out what is in it."
        return Problem("unreadable_file", sentence, trace_of(error))
    except Exception as error:
        return fault_problem(error, "Looking into this file")


# --- the worker ---------------------------------------------------------------------------------------------------


@contextmanager
def _slot(call: str, limits: Limits) -> Iterator[WorkerSlot]:
    with work_folder(Path(tempfile.gettempdir()), WORK_PREFIX) as folder:
        slot = WorkerSlot(limits, call, folder=str(folder))
        try:
            yield slot
        finally:
            slot.end_worker()


def _was_slow(answer: object) -> bool:
    return isinstance(answer, Death) and answer.timed_out
