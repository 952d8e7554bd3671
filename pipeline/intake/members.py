"""The way down into a container: its records, how much may lie in it, and what is said of the rest."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from datetime import date

from pipeline.datamodel.records import Problem

MAX_BYTES = 1 << 30
"""A larger file is refused: it would not fit into a worker's memory beside its pages."""


MAX_UNPACKED = 8 << 30
"""Bytes that all archives in one file may unpack to."""


MAX_INNER = 256 << 20
"""Bytes of an archive or mail that lies in another one: it is held in memory for each of its members."""


MAX_MEMBERS = 20_000
"""Members of one file, those of archives in it counted."""


MEMBER_BYTES = 100
"""Bytes of a file that a member in it takes at the least: an archive needs as many to name one. What has more of them
was packed several times over."""


FEW_MEMBERS = 100
"""Members that any file may have."""


MAX_DEPTH = 4
"""Containers within containers."""


BOMB_BYTES = 64 << 20
"""Bytes up to which an entry may unpack to any multiple of its size."""


BOMB_RATIO = 500
"""An entry that unpacks to more than so many bytes, and so many times its size, is no scan."""


HEAD_BYTES = 4096
"""First bytes of a file by which its kind is told."""


OLE = b"\xd0\xcf\x11\xe0"
"""First bytes of Microsoft's compound files: Outlook messages and old Office documents."""


TOO_LARGE = Problem(
    "unreadable_file", "This file is larger than 1 GiB. Split it, or scan it again at a lower resolution."
)


LEADS_OUT = Problem(
    "unreadable_file",
    "The name of this file leads out of its archive, so it was not opened. Ask where the archive comes from.",
)


LOCKED = Problem(
    "encrypted_file", "This file in the archive opens only with a password. Ask for it without one, or unpack it here."
)


BOMB = Problem(
    "unreadable_file",
    "This archive unpacks to more than a batch of scans can have, so it was not opened. Ask where it comes from.",
)


TOO_DEEP = Problem(
    "unreadable_file", "Archives and mails lie in one another too deep here. Unpack this one, and read what is inside."
)


TOO_MANY = Problem(
    "unreadable_file",
    "There are more files in this one than a batch of agreements can have; the rest was left. Split it, or ask where "
    "it comes from.",
)


NO_RETURN = Problem("empty_file", "This archive holds no document. Ask for the signed agreement once more.")


NO_ATTACHMENT = Problem(
    "not_a_document",
    "This mail has no attachment that could be an agreement. Ask for the signed pages as a PDF or a scan.",
)


DAMAGED = Problem(
    "unreadable_file", "This archive is damaged and could not be opened. Ask for it, or for the files in it, once more."
)


ENTRY_DAMAGED = Problem(
    "unreadable_file", "This file is damaged in its archive, or packed in a way that can't be read. Unpack it here."
)


GONE = Problem("unreadable_file", "This file changed while the batch was read. Read the folder once more, by --again.")


@dataclass(frozen=True, slots=True)
class Member:
    """One return in a container."""

    address: str
    """Where it lies, `/` between folders and containers on the way, unique in its file; empty: the file itself."""
    steps: tuple[str, ...]
    sha256: str
    size: int
    refused: Problem | None = None
    sender: str = ""
    received: date | None = None


@dataclass(frozen=True, slots=True)
class At:
    """A place in a container, on the way down."""

    address: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    sender: str = ""
    received: date | None = None
    depth: int = 0

    def below(self, step: str, *address: str) -> At:
        """The place one `step` further down; `address`: what that adds to the name of what lies there."""
        return replace(self, address=(*self.address, *address), steps=(*self.steps, step))


@dataclass
class Room:
    """What a container may still unpack to."""

    bytes: int = MAX_UNPACKED
    members: int = MAX_MEMBERS

    @staticmethod
    def of(size: int) -> Room:
        """What a file of `size` bytes may unpack to: no more members than it could list by their names."""
        return Room(members=min(MAX_MEMBERS, FEW_MEMBERS + size // MEMBER_BYTES))


Found = tuple[At, bytes | Problem]


class TooMany(Exception):
    """A container holds more than may be looked at."""


def is_bomb(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry unpacks to so much that it can't be a scan."""
    return entry.file_size > max(BOMB_BYTES, BOMB_RATIO * entry.compress_size)
