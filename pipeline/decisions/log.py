"""What people decided, and what becomes of the table when their log is replayed over it.

The log is append-only; an undo is an entry too, and undoing an undo brings the first decision back.

Status after people: `set aside` where anybody said that the return does not count. Else, while a blocking flag is
open, the return stays as it was, or is `ask again` if anything was asked. With all of them settled it is `ask again` if
anything was asked, else `corrected` if any field was, else `confirmed`.
(Asking comes before correcting: a return that somebody has to send once more must never pass for a valid one.)
A `later` on a field is a question put aside: until that field is decided on again the return is not settled, and a
clear one is back in `review`. A `later` on the whole return changes nothing but its place in the queue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.records import EXTRA
from pipeline.datamodel.statuses import SET_ASIDE
from pipeline.decisions.places import followed
from pipeline.results.table import CATEGORIES, SEPARATOR, TYPES, checked


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that no undo took back, oldest first, without the undos themselves."""
    undone: set[int] = set()
    kept = []
    for decision in sorted(decisions, key=lambda d: d.id, reverse=True):
        if decision.id in undone:
            continue
        if decision.action == "undo":
            if decision.undo_of is not None:
                undone.add(decision.undo_of)
        else:
            kept.append(decision)
    return kept[::-1]


def apply_decisions(
    table: pd.DataFrame, decisions: Sequence[Decision], notes: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """A new table: the machine's, with the standing decisions replayed. `notes`: blocking flags made notes.

    The decisions on a return that was renamed or moved count for the row where it lies now.
    """
    if not decisions:
        return table
    decisions = followed(decisions, list(zip(table["file"], table["sha256"], strict=True)))
    by_row: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision in standing(decisions):
        by_row[decision.file, decision.sha256].append(decision)
    result = table.copy()
    for index, file, sha256, status, flags in zip(
        table.index, table["file"], table["sha256"], table["status"], table["flags"], strict=True
    ):
        after = row_after(status, flags, by_row.get((file, sha256), []), notes)
        for column, text in after.corrected.items():
            if column in result.columns:  # A form may have lost a field since.
                result.at[index, column] = cell(column, text)
        result.at[index, "status"] = after.status
    return checked(result)


@dataclass(frozen=True, slots=True)
class RowAfter:
    """What people made of one row of the table."""

    status: str
    corrected: Mapping[str, str]
    """Column -> its value, as the log writes it, of the columns that were corrected."""

    def value(self, row: Mapping[str, Any], column: str) -> str:
        """What the row has in a column by now, as the log writes it. `row`: the machine's."""
        return self.corrected[column] if column in self.corrected else str(row.get(column) or "")


def row_after(status: str, flags: str, decided: Sequence[Decision], notes: frozenset[str] = frozenset()) -> RowAfter:
    """A row after people: table, page, exports and report have it from here.

    `status` and `flags`: the machine's cells. `decided`: the row's standing decisions, oldest first.
    """
    corrected = {decision.field: decision.after for decision in decided if decision.action == "correct"}
    return RowAfter(_status_after(status, flags, decided, notes), corrected)


def _status_after(status: str, flags: str, decided: Sequence[Decision], notes: frozenset[str]) -> str:
    """The status of a row with these standing decisions."""
    actions = {decision.action for decision in decided} - {"later", "seen"}
    unsettled = "review" if status == "clear" and put_aside(decided) else status
    if not actions:
        return unsettled
    if "aside" in actions:
        return SET_ASIDE
    if "ask" in actions:
        return "ask again"
    settled = {decision.flag for decision in decided if decision.action in ("confirm", "correct")}
    open_flags = (set(flags.split(SEPARATOR)) & (BLOCKING - notes)) - settled
    if open_flags or put_aside(decided):
        return unsettled
    return "corrected" if "correct" in actions else "confirmed"


def put_aside(decided: Sequence[Decision]) -> list[Decision]:
    """The standing `later` on single fields that nothing decided on the same field has followed yet."""
    answered = {d.field: d.id for d in decided if d.action in ("confirm", "correct", "ask")}
    return [d for d in decided if d.action == "later" and d.field and answered.get(d.field, 0) < d.id]


def cell(column: str, text: str) -> Any:
    """A value of the table's column from its text in the log. Raises ValueError where it can't be one."""
    kind = "string" if column.startswith(EXTRA) else TYPES.get(column)
    if kind is None or column in ("file", "sha256"):
        raise ValueError(f"{column!r} is no column that can be corrected")
    if column in CATEGORIES and text not in CATEGORIES[column]:
        raise ValueError(f"{column} can't be {text!r}: use one of {', '.join(CATEGORIES[column])}")
    if column == "date":
        return pd.Timestamp(text) if text else pd.NaT
    if kind == "Int64":
        return int(text) if text else pd.NA
    return float(text) if kind == "float64" else text


def conflicts(table: pd.DataFrame, decisions: Sequence[Decision]) -> list[Decision]:
    """Standing corrections whose `before` is no longer what the machine reads: it was read or resolved anew since."""
    rows = {(r["file"], r["sha256"]): r for r in table.to_dict("records")}
    found = []
    for decision in standing(decisions):
        row = rows.get((decision.file, decision.sha256))
        if (
            row
            and decision.action == "correct"
            and decision.field in row
            and as_logged(row[decision.field]) != decision.before
        ):
            found.append(decision)
    return found


def as_logged(value: object) -> str:
    """A cell as the log writes it."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
