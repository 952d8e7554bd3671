"""The rows of the results file, one a return: kept by path and hash, under names that stay."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.page_numbers import pages_as_text, pages_from_text
from pipeline.datamodel.records import Source
from pipeline.intake.joining import joined
from pipeline.intake.sources import file_of
from pipeline.results.results_file import readings, returns
from pipeline.results.stored_sources import quoted, reading_key, source_of, unquoted, values_of

CHANGING = ("mtime_ns", "reading", "rest", "inside", "sender", "received")
"""Columns of a return's row that may change while path and bytes stay."""
PIECE = 500
"""Rows asked for in one query."""


def update_rows(connection: sa.Connection, run: int, paths: Sequence[Path], sources: Sequence[Source]) -> list[Source]:
    """Make the table of returns agree with what is there now; the sources under the names that their rows have."""
    roots = [os.path.abspath(path) for path in paths]
    _follow_moves(connection, roots, sources)
    known = {(r.path, r.sha256, r.pages): r for r in connection.execute(sa.select(returns))}
    names = {r.path: _file_name(r) for r in known.values()}
    here = {quoted(source.path) for source in sources}
    stay = {r.path for r in known.values() if r.path in here or (r.there and not _below(r.path, roots))}
    taken = {name: path for path, name in names.items() if path in stay}
    parted = sa.select(readings.c.key, readings.c.parts).where(readings.c.parts != "[]")
    parts = {key: json.loads(text) for key, text in connection.execute(parted)}
    named: list[Source] = []
    new, present = [], set()
    for source in sources:
        path = quoted(source.path)
        before = names.get(path, "")
        name = before if before and taken.get(before, path) == path else _free_name(source, path, taken)
        taken[name] = path
        named += _parts(replace(source, name=name), parts)
    halved = sa.select(readings.c.key, readings.c.half).where(readings.c.half != "")
    held = {found.key: found.half for found in connection.execute(halved)}
    named = joined(named, {source.name: held.get(reading_key(source), "") for source in named})
    for source in named:
        path = quoted(source.path)
        key = (path, source.sha256, pages_as_text(source.pages))
        present.add(key)
        if key not in known:
            new.append(values_of(source, run))
            continue
        values = {name: value for name, value in values_of(source, run).items() if name in CHANGING}
        row = known[key]
        if not row.there or any(getattr(row, name) != value for name, value in values.items()):
            connection.execute(returns.update().where(returns.c.id == row.id).values(there=True, **values))
    seen = {key[0] for key in present}
    gone = [
        r.id for key, r in known.items() if r.there and key not in present and (key[0] in seen or _below(key[0], roots))
    ]
    for start in range(0, len(gone), PIECE):
        some = returns.c.id.in_(gone[start : start + PIECE])
        connection.execute(returns.update().where(some).values(there=False))
    if new:
        connection.execute(returns.insert(), new)
    return named


def _follow_moves(connection: sa.Connection, roots: Sequence[str], sources: Sequence[Source]) -> None:
    """Give the rows of files that were renamed or moved their new paths: the same bytes, where the old file is gone.

    A row keeps its number, its verdict and its time of arrival.
    """
    by_path: dict[str, list[Any]] = defaultdict(list)
    for found in connection.execute(sa.select(returns).where(returns.c.refused.is_(None)).order_by(returns.c.id)):
        by_path[found.path].append(found)
    here = {quoted(source.path) for source in sources}
    by_hash: dict[str, list[str]] = defaultdict(list)
    for path, rows in by_path.items():
        if path not in here:
            by_hash[rows[-1].sha256].append(path)
    for source in sources:
        path = quoted(source.path)
        left = [] if path in by_path else by_hash[source.sha256]
        gone = [old for old in left if _is_gone(by_path[old][-1], roots)]
        if source.refused is not None or not gone:
            continue
        old = max(gone, key=lambda one: (by_path[one][-1].there, _last(one) == _last(path)))
        left.remove(old)
        for row in by_path[old]:
            part = f"#{row.file.rpartition('#')[2]}" if row.pages else ""
            moved = returns.update().where(returns.c.id == row.id)
            connection.execute(moved.values(path=path, file=source.name + part))


def _is_gone(found: Any, roots: Sequence[str]) -> bool:
    return not found.there or _below(found.path, roots) or not os.path.lexists(file_of(source_of(found)))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _file_name(found: Any) -> str:
    """The name of the file that a row is of, which may be one of several in it."""
    return str(found.file if not found.pages else found.file.rpartition("#")[0])


def _parts(source: Source, parts: Mapping[str, Sequence[str]]) -> list[Source]:
    """The agreements in a file, as far as is known: the file itself, or `name#1`, `name#2`, ... for its parts."""
    whole, ends = [source], []
    while whole:
        part = whole.pop(0)
        inner = [replace(part, pages=pages_from_text(text)) for text in parts.get(reading_key(part), ())]
        whole = inner + whole
        ends += [] if inner else [part]
    if len(ends) == 1:
        return ends
    return [replace(part, name=f"{source.name}#{number}") for number, part in enumerate(ends, start=1)]


def _below(path: str, roots: Sequence[str]) -> bool:
    return any(unquoted(path) == root or unquoted(path).startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def _free_name(source: Source, path: str, taken: Mapping[str, str]) -> str:
    """The source's name, with folders before it where another file has that name already."""
    name, parents = source.name, list(Path(source.path).parent.parts)
    while taken.get(name, path) != path:
        name = f"{printable(parents.pop())}/{name}" if parents else f"{name} (again)"
    return name
