"""The order in which returns come: groups by what is wrong, within a group the weakest evidence first.

One return in twenty is a control sample: a clear one, drawn by its hash, whose reading is hidden.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.statuses import needs_person
from pipeline.results.store import Judged

CONTROL_EVERY = 20
GROUPS: tuple[str, ...] = (
    "Agreement in doubt",
    "Article in doubt",
    "Name or signer in doubt",
    "Date in doubt",
    "Only hard to read",
    "Control sample",
)
"""What the groups are called, in their order."""
CONTROL_GROUP = len(GROUPS) - 1
CONTROL_COLUMNS: tuple[Literal["date", "article", "author"], ...] = ("date", "article", "author")

_GROUP_OF: dict[str, int] = {
    **dict.fromkeys(
        (
            "unreadable_file", "encrypted_file", "empty_file", "not_a_document", "wrong_form", "page_missing",
            "form_altered", "unsigned", "signature_typed", "signature_script_font",
            "signature_invalid", "same_scan",
        ),
        0,
    ),
    **dict.fromkeys(("title_missing", "title_not_in_roster", "duplicate_return"), 1),
    **dict.fromkeys(
        ("name_missing", "field_missing", "name_not_an_author", "signer_not_an_author", "signer_differs"), 2
    ),
    **dict.fromkeys(("from_text", "unsure"), 4),
}  # fmt: skip
"""Flag -> place of its group; those about the date are what is left."""
_DATE_GROUP = 3


def group_of(codes: Iterable[str]) -> int:
    """The worst group that any of the blocking flags belongs to."""
    return min((_GROUP_OF.get(code, _DATE_GROUP) for code in codes if code in BLOCKING), default=CONTROL_GROUP)


def weakest(judged: Judged) -> float:
    """The least confidence among the readings of a row, 0..1."""
    names = ("article_confidence", "author_confidence", "signature_confidence", "date_confidence")
    return min(float(judged.row[name]) for name in names)


def in_order(rows: Sequence[Judged], notes: frozenset[str] = frozenset()) -> tuple[list[int], list[int]]:
    """(numbers of the flagged rows with the control samples among them, numbers of the control samples)."""

    def place(judged: Judged) -> tuple[int, float, str]:
        return group_of(f.code for f in judged.flags if f.code not in notes), weakest(judged), judged.source.name

    flagged = sorted((r for r in rows if needs_person(r.row["status"])), key=place)
    clear = sorted((r for r in rows if r.row["status"] == "clear" and control_columns(r)), key=_drawn)
    control = [r.number for r in clear[: -(-len(flagged) // CONTROL_EVERY)]]
    numbers: list[int] = []
    waiting = iter(control)
    for count, judged in enumerate(flagged, start=1):
        numbers.append(judged.number)
        if count % CONTROL_EVERY == 0 or count == len(flagged):
            numbers += [n for n in [next(waiting, None)] if n is not None]
    return numbers, control


def control_columns(judged: Judged) -> list[str]:
    """Columns of a clear return that a control sample can ask for."""
    return [column for column in CONTROL_COLUMNS if judged.row[column]]


def control_column(judged: Judged) -> str:
    """The one that it does ask for."""
    columns = control_columns(judged)
    return columns[int(_drawn(judged)[:8], 16) % len(columns)]


def _drawn(judged: Judged) -> str:
    """A lot that is the same on every start."""
    return hashlib.sha256(f"{judged.source.sha256}{judged.source.name}".encode()).hexdigest()


def upper_share(errors: int, views: int, chance: float) -> float:
    """The share of errors above which `errors` or fewer among `views` would have at most this `chance`."""
    if errors >= views:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(errors, views, middle) > chance else (low, middle)
    return high


def error_interval(errors: int, views: int) -> tuple[float, float]:
    """95 % interval of the error rate by Clopper and Pearson (1934); with no error all of the 5 % is above it."""
    if views == 0:
        return 0.0, 1.0
    if errors == 0:
        return 0.0, upper_share(0, views, 0.05)
    return 1.0 - upper_share(views - errors, views, 0.025), upper_share(errors, views, 0.025)


def _at_most(errors: int, views: int, share: float) -> float:
    """Chance of `errors` or fewer among `views` where each has the given share."""
    term = (1.0 - share) ** views
    total = term
    for k in range(errors):
        term = term * (views - k) / (k + 1) * share / max(1.0 - share, 1e-300)
        total += term
    return total
