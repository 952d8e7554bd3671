"""Files that hold returns: archives, mails and mailboxes. What is in them, and the bytes of one of them.

Nothing is ever unpacked onto the disk: a member is taken out into memory when it is wanted, by the steps that lead to
it from the container's own bytes, each a short text:

    zip 4           the fifth entry of the archive's directory
    mbox 1024 5210  5210 bytes of the mailbox, from byte 1024 on: one message
    part 3          the fourth part of the message, as `email.message.Message.walk` counts
    msg 0           the first attachment of an Outlook message

A member that can't be had has a row of its own that says why, and so has a container in which there is no return.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO, Literal

from pipeline.file_names import is_hidden, is_side_name, leads_away, parts_of, told_apart
from pipeline.intake import kind_of
from pipeline.records import Problem

ContainerKind = Literal["zip", "mail", "mbox", "outlook"]

LISTING_VERSION = 1
"""Raised whenever a container may be listed differently than before."""
MAX_BYTES = 1 << 30
"""A larger file is refused: it would not fit into a worker's memory beside its pages."""
MAX_UNPACKED = 8 << 30
"""Bytes that all archives in one file may unpack to."""
MAX_INNER = 256 << 20
"""Bytes of an archive or mail that lies in another one: it is held in memory for each of its members."""
MAX_MEMBERS = 20_000
MAX_DEPTH = 4
"""Containers within containers."""
BOMB_BYTES = 64 << 20
BOMB_RATIO = 500
"""An entry that unpacks to more than so many bytes, and so many times its size, is no scan."""
HEAD_BYTES = 4096
OLE = b"\xd0\xcf\x11\xe0"
"""First bytes of Microsoft's compound files: Outlook messages and old Office documents."""
OFFICE_FOLDERS = ("word/", "xl/", "ppt/")

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
    "unreadable_file", f"There are more than {MAX_MEMBERS} files in this one; the rest was left. Split it."
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
GONE = Problem("unreadable_file", "This file changed while the batch was read. Read the folder once more.")


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
        return replace(self, address=(*self.address, *address), steps=(*self.steps, step))


@dataclass
class Room:
    """What a container may still unpack to."""

    bytes: int = MAX_UNPACKED
    members: int = MAX_MEMBERS


Found = tuple[At, bytes | Problem]


class TooMany(Exception):
    """A container holds more than may be looked at."""


def container_kind(stream: BinaryIO) -> ContainerKind | None:
    """What kind of container a file is, by its content; None: it is none, or one that can't be opened here."""
    from pipeline.mails import is_mail, is_mailbox

    head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip" if _is_plain_archive(stream, head) else None
    if is_mailbox(head):
        return "mbox"
    if head.startswith(OLE):
        from pipeline.outlook import is_outlook_mail

        return "outlook" if is_outlook_mail(stream) else None
    return "mail" if is_mail(head) else None


def _is_plain_archive(stream: BinaryIO, head: bytes) -> bool:
    """Whether a ZIP file is an archive, and no document that is stored as one."""
    if head[30:38] == b"mimetype":
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
        return not any(folder.encode() in head for folder in OFFICE_FOLDERS)
    if any(name.endswith(".iwa") for name in names):  # Pages and its kin
        return False
    return "[Content_Types].xml" not in names or not any(name.startswith(OFFICE_FOLDERS) for name in names)


# --- listing ------------------------------------------------------------------------------------------------------


def list_members(stream: BinaryIO, kind: ContainerKind) -> Iterator[Member]:
    """The returns in a container, in their order. Raises OSError where the file can't be read."""
    found: list[tuple[At, str, int, Problem | None]] = []
    try:
        for at, held in _whole(stream, kind):
            refused = held if isinstance(held, Problem) else None
            digest = hashlib.sha256(held).hexdigest() if isinstance(held, bytes) else ""
            found.append((at, digest, len(held) if isinstance(held, bytes) else 0, refused))
    except TooMany:
        found.append((At(), "", 0, TOO_MANY))
    addresses = told_apart(["/".join(at.address) for at, *_ in found])
    for address, (at, digest, size, refused) in zip(addresses, found, strict=True):
        yield Member(address, at.steps, digest, size, refused, at.sender, at.received)


def _whole(stream: BinaryIO, kind: ContainerKind) -> Iterator[Found]:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if kind in ("mail", "outlook") and size > MAX_INNER:
        yield At(), TOO_LARGE
        return
    yield from _contents(stream, kind, At(), Room())


def _contents(stream: BinaryIO, kind: ContainerKind, at: At, room: Room) -> Iterator[Found]:
    """Every member with its bytes, or with why it can't be had; the container itself where nothing is in it."""
    from pipeline.mails import mail_contents, mailbox_messages

    if kind == "zip":
        held = _entries(stream, at, room)
    elif kind == "mbox":
        held = mailbox_messages(stream, at)
    elif kind == "mail":
        at, held = mail_contents(stream.read(), at)
    else:
        from pipeline.outlook import outlook_contents

        at, held = outlook_contents(stream, at)
    empty = True
    for place, data in held:
        empty = False
        yield from _looked_into(place, data, kind, room)
    if empty:
        yield at, NO_RETURN if kind == "zip" else NO_ATTACHMENT


def _looked_into(at: At, data: bytes | Problem, outer: ContainerKind, room: Room) -> Iterator[Found]:
    """A member, or what is in it where it is a container itself. Raises TooMany."""
    room.members -= 1
    if room.members < 0:
        raise TooMany
    if isinstance(data, Problem):
        yield at, data
        return
    inner: ContainerKind | None = "mail" if outer == "mbox" else container_kind(io.BytesIO(data))
    if inner is None:
        yield at, data
    elif at.depth >= MAX_DEPTH:
        yield at, TOO_DEEP
    elif len(data) > MAX_INNER:
        yield at, TOO_LARGE
    else:
        yield from _contents(io.BytesIO(data), inner, replace(at, depth=at.depth + 1), room)


# --- archives -----------------------------------------------------------------------------------------------------


def _entries(stream: BinaryIO, at: At, room: Room) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        yield at, DAMAGED
        return
    with archive:
        entries = [(number, entry) for number, entry in enumerate(archive.infolist()) if not entry.is_dir()]
        whole = sum(entry.file_size for _, entry in entries)
        if whole > room.bytes or len(entries) > room.members or any(is_bomb(entry) for _, entry in entries):
            yield at, BOMB
            return
        room.bytes -= whole
        for number, entry in entries:
            name = _name(entry)
            parts = parts_of(name)
            if any(is_hidden(part) for part in parts):
                continue
            place = at.below(f"zip {number}", *(parts or ["unnamed"]))
            data = LEADS_OUT if leads_away(name) else _entry_bytes(archive, entry)
            if not is_side_name(place.address[-1]) or (isinstance(data, bytes) and kind_of(data) in ("pdf", "image")):
                yield place, data


def is_bomb(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry unpacks to so much that it can't be a scan."""
    return entry.file_size > max(BOMB_BYTES, BOMB_RATIO * entry.compress_size)


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; many programs write UTF-8 without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _entry_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | Problem:
    if entry.flag_bits & 1:
        return LOCKED
    if entry.file_size > MAX_BYTES:
        return TOO_LARGE
    if is_bomb(entry):
        return BOMB
    try:
        with archive.open(entry) as packed:
            return packed.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError):
        return ENTRY_DAMAGED


# --- one member ---------------------------------------------------------------------------------------------------


def member_bytes(stream: BinaryIO, steps: tuple[str, ...]) -> bytes | Problem:
    """The bytes of one member; a `Problem` where the steps lead nowhere any more. Raises OSError."""
    held: bytes | Problem = GONE
    for step in steps:
        held = _taken(stream, step)
        if isinstance(held, Problem):
            return held
        stream = io.BytesIO(held)
    return held


def _taken(stream: BinaryIO, step: str) -> bytes | Problem:
    from pipeline.mails import message_part

    kind, *numbers = step.split()
    at = [int(number) for number in numbers]
    if kind == "mbox":
        stream.seek(at[0])
        return stream.read(at[1])
    if kind == "part":
        return message_part(stream.read(), at[0]) or GONE
    if kind == "msg":
        from pipeline.outlook import attachment

        return attachment(stream, at[0]) or GONE
    try:
        with zipfile.ZipFile(stream) as archive:
            return _entry_bytes(archive, archive.infolist()[at[0]])
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return GONE
