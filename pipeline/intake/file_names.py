"""Names of files as people may see them: printable, and never a way to anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from pipeline.datamodel.normalizing import printable

SIDE_SUFFIXES = frozenset(
    (
        ".bib",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".toml",
        ".yaml",
        ".yml",
        ".md",
        ".rst",
        ".py",
        ".sh",
        ".log",
        ".db",
        ".db-wal",
        ".db-shm",
        ".db-journal",
        ".msf",
    )
)
SIDE_NAMES = ("readme", "license", "changelog", "makefile")
LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx", "icon\r", "__pycache__", "table_of_contents"})
LONGEST_PART = 200
"""Characters kept of one part of a member's name; mail allows any length."""
_LEADS_AWAY = re.compile(r"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)")


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or litter of an operating system."""
    return name.startswith(".") or name.lower() in LITTER


def is_side_name(name: str) -> bool:
    """Whether an editor's side file is named so; its content may still be a return."""
    return PurePosixPath(name).suffix.lower() in SIDE_SUFFIXES or name.lower().startswith(SIDE_NAMES)


def leads_away(name: str) -> bool:
    """Whether a member's name, taken for a path, would lead out of the folder it is unpacked in."""
    return _LEADS_AWAY.search(name) is not None


def parts_of(name: str) -> list[str]:
    """The parts of a path inside an archive, made on whatever system; harmless ones, fit to be shown."""
    parts = (part_of(part) for part in re.split(r"[/\\]", name))
    return [part for part in parts if part]


def part_of(name: str) -> str:
    """A name as one part of a path: printable, without separators, not too long; empty for `.` and `..`."""
    shown = re.sub(r"[/\\]", "_", printable(" ".join(name.split())))
    if len(shown) > LONGEST_PART:
        suffix = PurePosixPath(shown).suffix[-8:]
        shown = shown[: LONGEST_PART - len(suffix)] + suffix
    return "" if set(shown) <= {"."} else shown


def told_apart(names: Sequence[str], suffixes: bool = True) -> Iterator[str]:
    """The names in their order, each once: the second `a.pdf` is `a (2).pdf`, where names have suffixes."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    for name in names:
        unique, number = name, last.get(name, 1)
        while unique in taken:
            number += 1
            suffix = PurePosixPath(name).suffix if suffixes else ""
            unique = f"{name.removesuffix(suffix)} ({number}){suffix}"
        last[name] = number
        taken.add(unique)
        yield unique
