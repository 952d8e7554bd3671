"""What an answer of a person adds to the log.

Four verbs: confirm (read right; the value stays), correct (another value), ask (the document is at fault), aside (it
does not count). `later` puts the return off. Taking a return against a finding, or without a signature or a date, needs
a reason. Nothing here writes; `ReviewSession` does, in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import EXTRA
from pipeline.dates.written_days import written_day
from pipeline.decisions.extra_fields import MARKED, ExtraFields
from pipeline.decisions.log import standing
from pipeline.decisions.questions import FIELDS, PARTED, REASONS, Question, is_reason
from pipeline.forms.form import FormField
from pipeline.results.table import SIGNATURES

CONTROL_SAMPLE = "control sample"
"""Reason of the decisions that a control sample leaves; with `: slip` where the person's first answer was wrong."""
LONGEST = 500
"""Characters of a value or reason that a person types."""


class WrongAnswer(CountersignError):
    """An answer that can't be taken; the message says what to enter instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered."""

    key: str
    """Of the question; `field:date` for a column that nothing asks about; empty: the return as a whole."""
    action: Literal["confirm", "correct", "ask", "aside", "later"]
    value: str = ""
    reason: str = ""


Doubts = Callable[[str, str], list[tuple[str, str]]]
"""(column, new value) -> (column, sentence) for each doubt that the value raises."""


def entries(
    answer: Answer,
    asked: Sequence[Question],
    before: str,
    basis: Decision,
    doubts: Doubts = lambda *_: [],
    extra_fields: ExtraFields = MappingProxyType({}),
) -> list[Decision]:
    """The log's entries for one answer. `basis` has who, row, version and step; `before` is the column's value now.

    `extra_fields`: the further fields of the return's form.

    Raises WrongAnswer where the answer does not fit a question of the return.
    """
    if answer.action in ("later", "aside") and not answer.key:
        return [replace(basis, action=answer.action, reason=answer.reason)]
    question = next((q for q in asked if q.key == answer.key), None)
    column = question.field if question else answer.key.removeprefix("field:")
    if question is None and not (answer.key.startswith("field:") and (column in FIELDS or column in extra_fields)):
        raise WrongAnswer("Nothing asks about that any more. Load the return again.")
    if answer.action == "ask" and not is_reason(answer.reason):
        raise WrongAnswer(f"Name a reason for asking again: {', '.join(REASONS)}.")
    if answer.action == "correct" and not column:
        raise WrongAnswer("There is no value to correct here. Accept it, set it aside, or ask again.")
    after = checked_value(column, answer.value, extra_fields.get(column)) if answer.action == "correct" else before
    flag = _flag(question, asked)
    action = "confirm" if answer.action == "correct" and after == before else answer.action
    if action == "confirm":
        _check_acceptance(question, column, after, answer.reason)
    first = replace(basis, action=action, field=column, flag=flag, before=before, after=after, reason=answer.reason)
    log = [first]
    for where, sentence in doubts(column, after) if action == "correct" else []:
        log.append(replace(basis, action="later", field=where, reason=sentence, version=basis.version + len(log)))
    return log


def _check_acceptance(question: Question | None, column: str, value: str, reason: str) -> None:
    """Raises WrongAnswer where a return can't be taken as it is, or not without saying why."""
    if question is not None and not question.kind.accept:
        raise WrongAnswer("This can't be accepted as it is. Ask the author again, or set it aside.")
    lacking = (column == "signature" and value == "none") or (column == "date" and not value)
    if (lacking or (question is not None and question.kind.is_finding)) and not reason.strip():
        raise WrongAnswer("Say why it is accepted; the reason goes into the log and the manifest.")


def _flag(question: Question | None, asked: Sequence[Question]) -> str:
    """The flag that the decision settles: of the parts of one, the last one answered carries it."""
    if question is None or question.flag not in PARTED:
        return question.flag if question else ""
    others = [q for q in asked if q.flag == question.flag and q.key != question.key]
    return question.flag if all(q.settled_by for q in others) else ""


def undo_entries(log: Sequence[Decision], undone: int, basis: Decision) -> list[Decision]:
    """Entries that take back the decision `undone` of one row, with all that was decided in the same step.

    Taking back an undo brings its decisions back. Raises WrongAnswer where it was taken back already.
    """
    target = next((d for d in log if d.id == undone), None)
    if target is None:
        raise WrongAnswer("That decision is not in the log of this return.")
    kept = {d.id for d in _effective(log)}
    if target.id not in kept:
        raise WrongAnswer("That was taken back already.")
    step = [d for d in log if d.id in kept and (d.id == undone or (target.group and d.group == target.group))]
    carrier = "field_missing" if target.field.startswith(EXTRA) else "unsure"
    if target.action not in ("undo", "later") and target.flag in (carrier, ""):
        step += [d for d in standing(log) if d.flag == carrier and d not in step]  # It carries the other parts.
    return [
        replace(basis, action="undo", field=d.field, before=d.after, after=d.before, undo_of=d.id,
                version=basis.version + place)
        for place, d in enumerate(sorted(step, key=lambda d: -d.id))
    ]  # fmt: skip


def _effective(log: Sequence[Decision]) -> list[Decision]:
    """Entries, undos among them, that no later undo took back."""
    undone: set[int] = set()
    kept = []
    for decision in sorted(log, key=lambda d: -d.id):
        if decision.id in undone:
            continue
        if decision.action == "undo" and decision.undo_of is not None:
            undone.add(decision.undo_of)
        kept.append(decision)
    return kept


# --- values -------------------------------------------------------------------------------------------------------


def checked_value(column: str, value: str, field: FormField | None = None) -> str:
    """The value as the log writes it. `field`: of the form, where the column is a further one.

    Raises WrongAnswer with what to enter.
    """
    text = " ".join(value.split())
    if len(text) > LONGEST or any(ord(c) < 32 for c in text):
        raise WrongAnswer(f"That is too long: enter {LONGEST} characters at most.")
    if field is not None and field.kind in MARKED and text not in ("", MARKED[field.kind][0]):
        raise WrongAnswer(f"That field is either empty or {MARKED[field.kind][0]!r}.")
    if column == "date" or (field is not None and field.kind == "date"):
        return typed_day(text).isoformat() if text else ""
    if column == "signature" and text not in SIGNATURES:
        raise WrongAnswer(f"A signature is one of: {', '.join(SIGNATURES)}.")
    return text


def typed_day(text: str) -> date:
    """The day that a person typed: 2024-06-05, 5 June 2024 or June 5, 2024. Raises WrongAnswer.

    Figures alone are taken with the year first only: a person who settles 5/6 must not be misread in turn.
    """
    found = written_day(text)
    if found is None:
        raise WrongAnswer("Enter a day as 2024-06-05 or 5 June 2024.")
    return found
