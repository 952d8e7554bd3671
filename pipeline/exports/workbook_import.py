"""A workbook that an editor corrected, taken in again: what differs from what was exported becomes decisions.

Compared are three: the cell as it was exported (kept in a hidden sheet), the cell now, and the table now. Only what the
editor changed counts; where the table changed meanwhile too, the difference is shown and nothing is logged for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.statuses import SET_ASIDE, is_valid
from pipeline.decisions.answers import Answer, WrongAnswer, checked_value
from pipeline.decisions.questions import named
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.exports.workbook import BASELINE, EDITABLE, column_of

Outcome = Literal["new", "there already", "conflict", "not taken"]
Key = tuple[str, str]
"""File and hash of a row."""
REASON = "workbook"


class WorkbookError(CountersignError):
    """The file is no workbook that can be taken in."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that the editor changed."""

    file: str
    sha256: str
    field: str
    before: str
    """As exported."""
    now: str
    """In the table now."""
    after: str
    """In the workbook now."""
    outcome: Outcome
    why: str = ""
    """Why it is not taken."""


def read_changes(path: Path) -> list[Change]:
    """The cells of *Returns* that differ from what was exported. Raises WorkbookError."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError as error:
        raise WorkbookError(f"{path} is not there. Check the path.") from error
    except Exception as error:  # openpyxl raises whatever comes on what is no workbook
        raise WorkbookError(f"{path} is no workbook. Give the .xlsx file that was corrected.") from error
    try:
        if not {"Returns", BASELINE} <= set(book.sheetnames):
            raise WorkbookError(
                f"{path} was not written by `countersign export --to xlsx`. Export it, and correct that."
            )
        was = dict(_rows(book[BASELINE], path))
        found = list(_rows(book["Returns"], path))
    finally:
        book.close()
    return [
        Change(*key, field, was[key][field], "", cells[field], "new") if key in was
        else Change(*key, field, "", "", cells[field], "not taken", "This row was not exported.")
        for key, cells in found
        for field in EDITABLE
        if key not in was or cells[field] != was[key][field]
    ]  # fmt: skip


def _rows(sheet: Any, path: Path) -> Iterator[tuple[Key, Mapping[str, str]]]:
    """(key, editable cells as text) of each row that has a file name."""
    rows = sheet.iter_rows(values_only=True)
    heads = [column_of(str(head)) for head in next(rows, ())]
    if lacking := [name for name in ("file", "sha256", *EDITABLE) if name not in heads]:
        raise WorkbookError(f"{path} lacks the column {', '.join(lacking)} in {sheet.title}. Put it back as it was.")
    for values in rows:
        cells = {head: _text(value) for head, value in zip(heads, values, strict=False)}
        if cells["file"]:
            yield (cells["file"], cells["sha256"]), cells


def _text(value: object) -> str:
    """A cell as the log writes it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else " ".join(str(value).split())


# --- beside the table as it is now --------------------------------------------------------------------------------


def judged_changes(changes: Sequence[Change], session: ReviewSession) -> list[Change]:
    """The changes, each with the table's value now and with what becomes of it."""
    return [_judged(change, session) for change in changes]


def _judged(change: Change, session: ReviewSession) -> Change:
    number = session.number_of.get((change.file, change.sha256))
    state = session.state(number) if number is not None else None
    if state is None:
        return replace(change, outcome="not taken", why="There is no such return in the table any more.")
    change = replace(change, now=_now(state, change.field))
    if change.outcome == "not taken":
        return change
    try:
        change = replace(change, after=_allowed(change, session))
    except WrongAnswer as wrong:
        return replace(change, outcome="not taken", why=str(wrong))
    settled = change.field == "status" and change.after == "confirmed" and is_valid(change.now)
    if change.after == change.now or settled:
        return replace(change, outcome="there already")
    if change.now != change.before:
        return replace(
            change, outcome="conflict", why=f"It was {change.before!r}, and has become {change.now!r} since."
        )
    return change


def _now(state: State, field: str) -> str:
    return state.status if field == "status" else state.values[field]


def _allowed(change: Change, session: ReviewSession) -> str:
    """The new value as the log writes it. Raises WrongAnswer where it can't be one."""
    if change.field == "status":
        return _allowed_status(change, session)
    value = checked_value(change.field, change.after)
    if change.field == "article" and value and value not in session.articles:
        raise WrongAnswer(f"The roster has no article {value}. Use one of its keys.")
    return value


SETTABLE = ("confirmed", "ask again", SET_ASIDE)
"""What a status can be set to."""


def _allowed_status(change: Change, session: ReviewSession) -> str:
    """The new status. Raises WrongAnswer where it can't be set, or only on the page."""
    status = change.after.casefold()
    if status not in SETTABLE:
        told = ", ".join(f"`{name}`" for name in SETTABLE)
        raise WrongAnswer(f"A status can be set to {told} only; correct the cell that is wrong.")
    state = session.state(session.number_of[change.file, change.sha256])
    unsettled = [q for q in state.asked if q.settled_by is None] if state else []
    if status == "confirmed" and (findings := [q for q in unsettled if q.kind.enter != "confirm"]):
        told = ", ".join(q.flag.replace("_", " ") or named(q.field) for q in findings)
        raise WrongAnswer(f"That needs a reason, which only the review page asks for: {told}.")
    return status


def log_changes(changes: Sequence[Change], session: ReviewSession, who: str) -> int:
    """Log the new ones as decisions; how many entries that made. Cells first, then statuses."""
    new = [change for change in changes if change.outcome == "new"]
    written = 0
    for change in sorted(new, key=lambda c: c.field == "status"):
        number = session.number_of[change.file, change.sha256]
        for place, answer in enumerate(_answers(change, session, number)):
            state = session.state(number)
            version = state.version if state else 0
            written += len(session.answer(number, version, answer, who, f"{_step(change)}-{place}"))
    return written


def _step(change: Change) -> str:
    parts = (change.file, change.sha256, change.field, change.before, change.after)
    return "import-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _answers(change: Change, session: ReviewSession, number: int) -> list[Answer]:
    """What the editor's cell says about the questions of the return."""
    state = session.state(number)
    unsettled = [q for q in state.asked if q.settled_by is None] if state else []
    if change.field == "status" and change.after == "confirmed":
        keys = [q.key for q in unsettled] or ["field:signature"]
        return [Answer(key, "confirm", reason=REASON) for key in keys]
    if change.field == "status" and change.after == SET_ASIDE:
        return [Answer("", "aside", reason=REASON)]
    if change.field == "status":
        question = unsettled[0] if unsettled else None
        return [Answer(question.key, "ask", reason=question.kind.reason) if question
                else Answer("field:signature", "ask", reason="other")]  # fmt: skip
    keys = [q.key for q in unsettled if q.field == change.field]
    first = Answer(keys[0] if keys else f"field:{change.field}", "correct", change.after, REASON)
    return [first, *(Answer(key, "confirm", reason=REASON) for key in keys[1:])]
