"""Where the returns lie now, where the folder that was read was moved or handed to another machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.datamodel.records import FilePart, Inside, Source

RETURNS_AT = "returns at"
"""Name of the note that holds a `Relocation`."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """The folder that was read, and where it is now; both absolute."""

    old: str
    new: str

    def source(self, source: Source) -> Source:
        """A return with its paths below the new folder; as it is where it did not lie below the old one."""
        rest = tuple(self._part(part) for part in source.rest)
        return replace(source, path=self.path(source.path), inside=self._inside(source.inside), rest=rest)

    def path(self, path: str) -> str:
        if path != self.old and not path.startswith(self.old.rstrip("/\\") + ("/" if "/" in self.old else "\\")):
            return path
        way = path[len(self.old) :].strip("/\\").replace("\\", "/")
        return str(Path(self.new, *way.split("/"))) if way else self.new

    def _part(self, part: FilePart) -> FilePart:
        return replace(part, path=self.path(part.path), inside=self._inside(part.inside))

    def _inside(self, inside: Inside | None) -> Inside | None:
        return replace(inside, file=self.path(inside.file)) if inside else None


def relocation_to(new: Path, roots: list[str]) -> Relocation:
    """`roots`: the folders and files that the last run was given; of several, `new` stands for what holds them all."""
    whole = roots[0] if len(roots) == 1 else os.path.commonpath(roots)
    return Relocation(whole, os.path.abspath(new))


def as_note(found: Relocation) -> str:
    return json.dumps([found.old, found.new])


def from_note(text: str) -> Relocation | None:
    return Relocation(*json.loads(text)) if text else None
