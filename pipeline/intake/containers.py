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
from dataclasses import replace
from typing import BinaryIO, Literal

from pipeline.datamodel.records import Problem
from pipeline.documents.file_kinds import file_kind
from pipeline.intake.file_names import is_hidden, is_side_name, leads_away, parts_of, told_apart
from pipeline.intake.members import (
    BOMB,
    DAMAGED,
    ENTRY_DAMAGED,
    GONE,
    HEAD_BYTES,
    LEADS_OUT,
    LOCKED,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INNER,
    NO_ATTACHMENT,
    NO_RETURN,
    OLE,
    TOO_DEEP,
    TOO_LARGE,
    TOO_MANY,
    At,
    Found,
    Member,
    Room,
    TooMany,
    is_bomb,
)

ContainerKind = Literal["zip", "mail", "mbox", "outlook"]

LISTING_VERSION = 1
"""Raised whenever a container may be listed differently than before."""
OFFICE_FOLDERS = ("word/", "xl/", "ppt/")


def container_kind(stream: BinaryIO) -> ContainerKind | None:
    """What kind of container a file is, by its content; None: it is none, or one that can't be opened here."""
    from pipeline.intake.mails import is_mail, is_mailbox

    head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip" if _is_plain_archive(stream, head) else None
    if is_mailbox(head):
        return "mbox"
    if head.startswith(OLE):
        from pipeline.intake.outlook import is_outlook_mail

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
    from pipeline.intake.mails import mail_contents, mailbox_messages

    if kind == "zip":
        held = _entries(stream, at, room)
    elif kind == "mbox":
        held = mailbox_messages(stream, at)
    elif kind == "mail":
        at, held = mail_contents(stream.read(), at)
    else:
        from pipeline.intake.outlook import outlook_contents

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
            if not is_side_name(place.address[-1]) or (isinstance(data, bytes) and file_kind(data) in ("pdf", "image")):
                yield place, data


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
    from pipeline.intake.mails import message_part

    kind, *numbers = step.split()
    at = [int(number) for number in numbers]
    if kind == "mbox":
        stream.seek(at[0])
        return stream.read(at[1])
    if kind == "part":
        return message_part(stream.read(), at[0]) or GONE
    if kind == "msg":
        from pipeline.intake.outlook import attachment

        return attachment(stream, at[0]) or GONE
    try:
        with zipfile.ZipFile(stream) as archive:
            return _entry_bytes(archive, archive.infolist()[at[0]])
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return GONE
