"""What changed in the table's returns from one run to the next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from pipeline.decisions.places import Place, homes


@dataclass(frozen=True, slots=True)
class Changes:
    """Files, as the table names them, in the order of their names."""

    new: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    """Other bytes under the same name."""
    moved: tuple[tuple[str, str], ...] = ()
    """(name before, name now) of the same bytes."""
    gone: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    """Articles that were asked about again and have a new return."""


def changes_of(before: Collection[Place], after: Collection[Place], table: pd.DataFrame) -> Changes:
    """What is new, replaced, moved and gone among the rows (file, hash) of two runs. `table`: after the second one."""
    now = homes(before, after)
    moved = {old: new for old, new in now.items() if old != new}
    came = set(after) - set(before) - set(moved.values())
    left = set(before) - set(now)
    arrived = table["file"].isin([file for file, _ in came])
    asked = set(table.loc[table["status"] == "ask again", "article"])
    answered = asked & set(table.loc[arrived, "article"]) - {""}
    replaced = {file for file, _ in came} & {file for file, _ in left}
    return Changes(
        tuple(sorted({file for file, _ in came} - replaced)),
        tuple(sorted(replaced)),
        tuple(sorted((old[0], new[0]) for old, new in moved.items())),
        tuple(sorted({file for file, _ in left} - replaced)),
        tuple(sorted(answered)),
    )
