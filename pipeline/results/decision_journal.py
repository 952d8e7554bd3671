"""The log of decisions once more, as lines of text beside the results file: it outlives damage to that one.

Each line is a checksum and a JSON object; the first names the results file that the others belong to. Lines are only
ever added. The results file is what counts; this one is read where that one is damaged, and to see whether it is.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline.datamodel.decision import Decision

JOURNAL_NAME = "decisions.log"


@dataclass(frozen=True, slots=True)
class Journal:
    """What the lines of a file say; damaged ones are left out."""

    results: str = ""
    """Identity of the results file that it belongs to; empty: unknown."""
    decisions: Mapping[int, Decision] = field(default_factory=dict)
    """Number of an entry -> the entry."""


def read_journal(path: Path) -> Journal:
    """The journal at `path`, an empty one where there is none. Raises OSError."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return Journal()
    entries = [entry for line in lines if (entry := _entry(line)) is not None]
    named = [name for entry in entries if isinstance(name := entry.get("results"), str)]
    found = [decision for entry in entries if "id" in entry and (decision := _decision(entry)) is not None]
    return Journal(named[0] if named else "", {decision.id: decision for decision in found})


def add_to_journal(path: Path, results: str, decisions: Sequence[Decision]) -> None:
    """Add entries to the journal of the results file whose identity is `results`. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        # The end of a line that a kill cut off; empty lines are passed over.
        head = [{"results": results}] if os.fstat(handle).st_size == 0 else []
        entries = [*head, *(asdict(decision) for decision in decisions)]
        os.write(handle, b"\n" + b"".join(_lines(entries)))
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(entries: Iterable[Mapping[str, object]]) -> Iterable[bytes]:
    for entry in entries:
        text = json.dumps(entry, ensure_ascii=True).encode()
        yield b"%08x %s\n" % (zlib.crc32(text), text)


def _entry(line: bytes) -> dict[str, object] | None:
    """The object of one line; None where the line is not as it was written."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text) or not text:
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _decision(entry: Mapping[str, object]) -> Decision | None:
    try:
        return Decision(**entry)  # type: ignore[arg-type]
    except TypeError:  # another version's
        return None
