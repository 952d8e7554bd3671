"""A workbook that an editor corrected, taken in again: what differs from what was exported becomes decisions.

Compared are three: the cell as it was exported (kept in a hidden sheet), the cell now, and the table now. Only what the
editor changed counts; where the table changed meanwhile too, the difference is shown and nothing is logged for it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.datamodel.errors import CountersignError, system_words
from pipeline.datamodel.records import EXTRA, Article
from pipeline.datamodel.statuses import SET_ASIDE, is_valid
from pipeline.decisions.answers import Answer, WrongAnswer, checked_value
from pipeline.decisions.questions import named
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.exports.workbook import BASELINE, EDITABLE, SHOWN, column_of, head_of
from pipeline.names.similarity import FITS, similarity
from pipeline.results.table import SEPARATOR, TYPES, extra_columns
from pipeline.roster.days import days_of_column

COUNTED = f"What counts: {', '.join(head_of(name) for name in EDITABLE)}."
"""What is said where other columns were changed."""
Outcome = Literal["new", "there already", "conflict", "not taken"]
Key = tuple[str, str]
"""File and hash of a row."""
REASON = "workbook"
ROW = "row"
"""Stands for a field where a change is the row itself."""


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


@dataclass(frozen=True, slots=True)
class Edits:
    """What differs between a workbook and what was exported."""

    changes: tuple[Change, ...]
    """Cells that count, and rows that were not exported."""
    uncounted: Mapping[str, int]
    """Header of a column that does not count -> how many of its cells differ."""


def read_edits(path: Path) -> Edits:
    """The cells of *Returns* that differ from what was exported. Raises WorkbookError."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise WorkbookError(f"{path} can't be read ({system_words(error)}). Check the path.") from error
    except Exception as error:  # openpyxl raises whatever comes on what is no workbook
        raise WorkbookError(f"{path} is no workbook. Give the .xlsx file that was corrected.") from error
    try:
        if not {"Returns", BASELINE} <= set(book.sheetnames):
            raise WorkbookError(
                f"{path} was not written by `countersign export --to xlsx`. Export it, and correct that."
            )
        was = dict(_rows(book[BASELINE], path))
        extra_fields = extra_columns(next(iter(was.values()), {}))
        found = list(_rows(book["Returns"], path, extra_fields))
    finally:
        book.close()
    return Edits(tuple(_changes(was, found)), _uncounted(was, found))


Rows = Sequence[tuple[Key, Mapping[str, str]]]


def _changes(was: Mapping[Key, Mapping[str, str]], found: Rows) -> Iterator[Change]:
    for key, cells in found:
        if key not in was:
            yield Change(*key, ROW, "", "", "", "not taken", "This row was not exported.")
            continue
        for field in EDITABLE:
            if cells[field] != was[key][field]:
                yield Change(*key, field, was[key][field], "", cells[field], "new")


def _uncounted(was: Mapping[Key, Mapping[str, str]], found: Rows) -> dict[str, int]:
    """Cells that somebody changed, or filled in in a column of their own, where nothing comes of it."""
    counts: Counter[str] = Counter()
    for key, cells in found:
        exported = was.get(key, {})
        for name, cell in cells.items():
            ours = name in TYPES or name in SHOWN
            if name not in EDITABLE and (cell != exported[name] if name in exported else cell and not ours):
                counts[head_of(name) if ours or name.startswith(EXTRA) else name] += 1
    return dict(counts)


def _rows(sheet: Any, path: Path, extra_fields: Sequence[str] = ()) -> Iterator[tuple[Key, Mapping[str, str]]]:
    """(key, cells as text) of each row that has a file name."""
    rows = sheet.iter_rows(values_only=True)
    heads = [column_of(_text(head), extra_fields) for head in next(rows, ())]
    if lacking := [head_of(name) for name in ("file", "sha256", *EDITABLE) if name not in heads]:
        raise WorkbookError(f"{path} lacks the column {', '.join(lacking)} in {sheet.title}. Put it back as it was.")
    for values in rows:
        cells = {head: _text(value) for head, value in zip(heads, values, strict=False) if head}
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
    days = _days([change.after for change in changes if change.field == "date"])
    articles = {_key(c): _roster_key(c.after, session) for c in changes if c.field == "article"}
    found = []
    for change in changes:
        article = session.articles.get(articles.get(_key(change)) or _now_of(change, "article", session))
        found.append(_judged(change, _as_meant(change, days, article, session), session))
    return found


def _key(change: Change) -> Key:
    return change.file, change.sha256


def _now_of(change: Change, field: str, session: ReviewSession) -> str:
    number = session.number_of.get(_key(change))
    state = session.state(number) if number is not None else None
    return _now(state, field) if state else ""


def _days(cells: Sequence[str]) -> Mapping[str, str]:
    """Cell -> ISO, of the cells that are days: 01.11.2026, 1-Nov-26, a spreadsheet's count; not of one with two."""
    days = days_of_column(cells)
    return {cell: iso for cell, iso in zip(cells, days.cells, strict=True) if cell not in days.doubtful}


def _as_meant(change: Change, days: Mapping[str, str], article: Article | None, session: ReviewSession) -> str:
    """The cell as the table would have it: a day as ISO, keys and names as the roster writes them."""
    cell = change.after
    if change.field == "date":
        return days.get(cell, cell)
    if change.field == "article":
        return _roster_key(cell, session)
    if change.field == "signature":
        return cell.casefold().replace(" ", "_")
    if change.field in ("author", "signer") and article:
        return SEPARATOR.join(_roster_name(name, article) for name in re.split(r"\s*;\s*", cell) if name)
    return cell


def _roster_key(cell: str, session: ReviewSession) -> str:
    keys = [key for key in session.articles if key.casefold() == cell.casefold()]
    return keys[0] if len(keys) == 1 else cell


def _roster_name(name: str, article: Article) -> str:
    """The one author whom a name denotes, as the roster has it; the name itself where it denotes none or several."""
    meant = [author for author in article.authors if similarity(name, author) >= FITS]
    return name if name in article.authors or len(meant) != 1 else meant[0]


def _judged(change: Change, meant: str, session: ReviewSession) -> Change:
    number = session.number_of.get(_key(change))
    state = session.state(number) if number is not None else None
    if change.field == ROW:
        return change
    if state is None:
        return replace(change, outcome="not taken", why="There is no such return in the table any more.")
    written, change = change.after, replace(change, now=_now(state, change.field), after=meant)
    try:
        change = replace(change, after=_allowed(change, session))
    except WrongAnswer as wrong:
        return replace(change, after=written, outcome="not taken", why=str(wrong))
    if change.after.casefold() != written.casefold():
        change = replace(change, why=f"Written {written!r}.")
    settled = change.field == "status" and change.after == "confirmed" and is_valid(change.now)
    if change.after == change.now or settled:
        return replace(change, outcome="there already")
    if change.now != change.before:
        return replace(
            change, outcome="conflict", why=f"It was {change.before!r}, and has become {change.now!r} since."
        )
    return change


def _now(state: State, field: str) -> str:
    return state.status if field == "status" else state.values.get(field, "")


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
