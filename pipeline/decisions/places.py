"""Where a decision's return lies now: decisions belong to the content (hash and part), rows of the table to the place.

A file that was renamed or moved takes its decisions along. Of two identical files each has its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.datamodel.decision import Decision

Place = tuple[str, str]
"""File, as the table names it, and hash."""
PART = re.compile(r"#\d+$")
"""What tells one of several agreements in a file from the others, at the end of its name."""


def homes(logged: Collection[Place], rows: Collection[Place]) -> dict[Place, Place]:
    """Place of the log -> the row that its decisions are for now; left out where the return is gone.

    A place that is still there keeps its own. One that is gone has moved to a row with the same content that has no
    decisions of its own.
    """
    there = set(rows)
    found = {place: place for place in logged if place in there}
    free: dict[Place, list[Place]] = defaultdict(list)
    for row in sorted(there - set(found)):
        free[_content(row)].append(row)
    for place in sorted(set(logged) - there):
        if waiting := free[_content(place)]:
            found[place] = waiting[0]
    return found


def _content(place: Place) -> Place:
    part = PART.search(place[0])
    return part.group() if part else "", place[1]


def followed(decisions: Sequence[Decision], rows: Collection[Place]) -> list[Decision]:
    """The log with each entry at the place where its return lies now; those that are gone stay."""
    now: Mapping[Place, Place] = homes({(d.file, d.sha256) for d in decisions}, rows)
    return [replace(d, file=now.get((d.file, d.sha256), (d.file, ""))[0]) for d in decisions]
