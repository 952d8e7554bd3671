"""Returns as they stand in the results file: a `Source` as values of a row and back, and what is known of its file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import sqlalchemy as sa

from pipeline.datamodel.encoding import decode, encode
from pipeline.datamodel.page_numbers import pages_as_text, pages_from_text
from pipeline.datamodel.records import FilePart, Inside, Problem, Source
from pipeline.intake.containers import LISTING_VERSION
from pipeline.intake.sources import FileStamp, Known, Listing, listings
from pipeline.results.results_file import containers, returns

TEXT = "text"
"""Marks, among the further files of a return, another engine's output beside the scan."""


def reading_key(source: Source) -> str:
    """What a reading is kept by: the hash of the bytes, with the pages where it is a part of the file."""
    if source.refused is not None:
        return "refused:" + hashlib.sha256(source.refused.sentence.encode()).hexdigest()
    if source.text:
        return f"{reading_key(replace(source, text=None))}~{source.text.sha256}"
    if source.rest:
        return "+".join((source.sha256, *(part.sha256 for part in source.rest)))
    return f"{source.sha256}:{pages_as_text(source.pages)}" if source.pages else source.sha256


def values_of(source: Source, run: int) -> dict[str, Any]:
    """The row of a return that was first found by `run`."""
    texts = [source.text] if source.text else []
    return {
        "file": source.name,
        "path": quoted(source.path),
        "sha256": source.sha256,
        "pages": pages_as_text(source.pages),
        "size": source.size,
        "mtime_ns": source.mtime_ns,
        "reading": reading_key(source),
        "refused": encode(source.refused)[0] if source.refused else None,
        "rest": json.dumps([_part_values(part) for part in source.rest] + [[*_part_values(t), TEXT] for t in texts]),
        "inside": _inside_text(source.inside),
        "sender": source.sender,
        "received": source.received,
        "there": True,
        "first_run": run,
    }


def source_of(found: Any) -> Source:
    """The return of a row of `returns`."""
    pages = pages_from_text(found.pages)
    refused = decode(Problem, found.refused) if found.refused else None
    parts = [_part(*values) for values in json.loads(found.rest)]
    rest = tuple(part for part, role in parts if not role)
    beside = next((part for part, role in parts if role), None)
    more = (_inside(found.inside), found.sender, found.received, beside)
    return Source(
        found.file, unquoted(found.path), found.sha256, found.size, pages, found.mtime_ns, refused, rest, *more
    )


def _part_values(part: FilePart) -> list[str]:
    return [part.name, quoted(part.path), part.sha256, _inside_text(part.inside)]


def _part(name: str, path: str, sha256: str, inside: str, role: str = "") -> tuple[FilePart, str]:
    return FilePart(name, unquoted(path), sha256, _inside(inside)), role


def _inside_text(inside: Inside | None) -> str:
    return json.dumps([quoted(inside.file), inside.size, inside.mtime_ns, *inside.steps]) if inside else ""


def _inside(text: str) -> Inside | None:
    if not text:
        return None
    file, size, mtime_ns, *steps = json.loads(text)
    return Inside(unquoted(file), tuple(steps), size, mtime_ns)


def quoted(path: str) -> str:
    """A path as text that any database takes, whatever bytes it holds."""
    return quote_from_bytes(os.fsencode(path), safe="/ :\\()[]{},;@&=+$!'~#")


def unquoted(quoted: str) -> str:
    """The path that `quoted` was given."""
    return os.fsdecode(unquote_to_bytes(quoted))


# --- what is known of files ---------------------------------------------------------------------------------------


def known_files(connection: sa.Connection) -> Known:
    """Absolute path -> the stamp of a file that was read before, or what the container held."""
    query = sa.select(returns.c.path, returns.c.size, returns.c.mtime_ns, returns.c.sha256)
    files = connection.execute(query.where(returns.c.there, returns.c.inside == ""))
    known: dict[str, FileStamp | Listing] = {unquoted(path): FileStamp(*stamp) for path, *stamp in files}
    listed = sa.select(containers.c.path, containers.c.listing).where(containers.c.version == LISTING_VERSION)
    return known | {unquoted(path): decode(Listing, text) for path, text in connection.execute(listed)}


def keep_listings(connection: sa.Connection, sources: Sequence[Source]) -> None:
    """Keep what the containers hold that `sources` lie in, so that an unchanged one need not be opened to know it."""
    listed = sa.select(containers.c.path, containers.c.size, containers.c.mtime_ns)
    current = connection.execute(listed.where(containers.c.version == LISTING_VERSION))
    kept = {path: tuple(stamp) for path, *stamp in current}
    for path, listing in listings(sources).items():
        stamp = {"size": listing.size, "mtime_ns": listing.mtime_ns}
        if kept.get(quoted(path)) != tuple(stamp.values()):
            connection.execute(containers.delete().where(containers.c.path == quoted(path)))
            values = {**stamp, "version": LISTING_VERSION, "listing": encode(listing)[0]}
            connection.execute(containers.insert().values(path=quoted(path), **values))
