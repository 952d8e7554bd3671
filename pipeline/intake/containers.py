"""Files that hold returns: archives, mails and mailboxes. What is in them, and the bytes of one of them.

Nothing is ever unpacked onto the disk: a member is taken out into memory when it is wanted, by the steps that lead to
it from the container's own bytes, each a short text:

    zip 4           the fifth entry of the archive's directory
    mbox 1024 5210  5210 bytes of the mailbox, from byte 1024 on: one message
    part 640 3210   what is in the part of a mail that takes up 3210 bytes from byte 640 on, headers and all
    msg 0           the first attachment of an Outlook message
    tnef 0          the first attachment of an Outlook envelope, winmail.dat
    uu 0            the first uuencoded file in a text
    cms             what was signed, in a signed envelope

A member that can't be had has a row of its own that says why, and so has a container in which there is no return.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, Literal

from pipeline.datamodel.records import Problem
from pipeline.intake.file_names import is_hidden, is_side_name, leads_away, parts_of, told_apart
from pipeline.intake.legacy_text import encoding_of
from pipeline.intake.mails import begins_with_header, message_part
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
from pipeline.intake.mime import uuencoded_files, with_line_feeds
from pipeline.intake.ocr_output.recognize import may_be_return
from pipeline.intake.signed_envelopes import unwrapped
from pipeline.intake.tnef import attachments

ContainerKind = Literal["zip", "mail", "mbox", "emlx", "outlook", "tnef", "cms"]

LISTING_VERSION = 4
"""Raised whenever a container may be listed differently than before."""
UTF_8 = 0x800
"""Bit of an entry's flags that says that its name is in UTF-8."""
UNICODE_PATH = 0x7075
"""Extra field with the name in UTF-8 beside the one in letters of old."""
OFFICE_FOLDERS = ("word/", "xl/", "ppt/")


def container_kind(stream: BinaryIO) -> ContainerKind | None:
    """What kind of container a file is, by its content; None: it is none, or one that can't be opened here."""
    from pipeline.intake.mailboxes import is_mailbox, length_above
    from pipeline.intake.mails import is_mail
    from pipeline.intake.signed_envelopes import is_envelope
    from pipeline.intake.tnef import SIGNATURE

    head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip" if _is_plain_archive(stream, head) else None
    if is_mailbox(with_line_feeds(head)):
        return "mbox"
    if head.startswith(SIGNATURE):
        return "tnef"
    if is_envelope(head):
        return "cms"
    if length_above(head) is not None:
        return "emlx"
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
    if kind not in ("zip", "mbox") and size > MAX_INNER:
        yield At(), TOO_LARGE
        return
    yield from _contents(stream, kind, At(), Room.of(size))


def _contents(stream: BinaryIO, kind: ContainerKind, at: At, room: Room) -> Iterator[Found]:
    """Every member with its bytes, or with why it can't be had; the container itself where nothing is in it."""
    at, held = _opened(stream, kind, at, room)
    empty = True
    for place, data in held:
        empty = False
        yield from _looked_into(place, data, kind, room)
    if empty:
        yield at, NO_RETURN if kind == "zip" else NO_ATTACHMENT


def _opened(stream: BinaryIO, kind: ContainerKind, at: At, room: Room) -> tuple[At, Iterator[Found]]:
    """(the container's place, with sender and day of arrival where it tells them, what it holds)"""
    from pipeline.intake.mailboxes import length_above, mail_below, mailbox_messages
    from pipeline.intake.mails import mail_contents

    if kind == "zip":
        return at, _entries(stream, at, room)
    if kind == "mbox":
        return at, mailbox_messages(_with_line_feeds(stream), at)
    if kind == "outlook":
        from pipeline.intake.outlook import outlook_contents

        return outlook_contents(stream, at)
    data = stream.read()
    if kind == "tnef":
        held = enumerate(attachments(data))
        return at, ((at.below(f"tnef {number}", name), inner) for number, (name, inner) in held)
    if kind == "cms":
        return at, iter(_signed(data, at))
    if kind == "emlx" and (span := length_above(data[:HEAD_BYTES])) is not None:
        start, length = mail_below(data, *span)
        at, data = at.below(f"mbox {start} {length}"), data[start : start + length]
    return mail_contents(data, at)


def _with_line_feeds(mailbox: BinaryIO) -> BinaryIO:
    """The same whose lines end in line feeds; a larger one than is held in memory is left as it is."""
    mailbox.seek(0)
    whole = b"\n" not in mailbox.read(HEAD_BYTES) and mailbox.seek(0, io.SEEK_END) <= MAX_INNER
    mailbox.seek(0)
    return io.BytesIO(with_line_feeds(mailbox.read())) if whole else mailbox


def _signed(data: bytes, at: At) -> list[Found]:
    inner = unwrapped(data)
    return [(at.below("cms"), inner)] if inner else []


def _looked_into(at: At, data: bytes | Problem, outer: ContainerKind, room: Room) -> Iterator[Found]:
    """A member, or what is in it where it is a container itself. Raises TooMany."""
    room.members -= 1
    if room.members < 0:
        raise TooMany
    if isinstance(data, Problem):
        yield at, data
        return
    inner: ContainerKind | None = "mail" if outer == "mbox" else container_kind(io.BytesIO(data))
    if inner is None and outer == "cms" and begins_with_header(data):
        inner = "mail"  # what was signed is a part of a mail, with the headers of a part alone
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
        names = _names(archive.infolist())
        for number, entry in entries:
            name = names[number]
            parts = parts_of(name)
            if any(is_hidden(part) for part in parts):
                continue
            place = at.below(f"zip {number}", *(parts or ["unnamed"]))
            data = LEADS_OUT if leads_away(name) else _entry_bytes(archive, entry)
            name = place.address[-1]
            if not is_side_name(name) or (isinstance(data, bytes) and may_be_return(name, data)):
                yield place, data


def _names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The entries' names. Many programs write UTF-8 without saying so, or the encoding of their own country.

    Which one that is, all names of an archive together tell.
    """
    encoding = encoding_of(b"\n".join(_raw(entry) for entry in entries if _has_old_name(entry)))
    return [
        _unicode_path(entry) or (_raw(entry).decode(encoding, "replace") if _has_old_name(entry) else entry.filename)
        for entry in entries
    ]


def _has_old_name(entry: zipfile.ZipInfo) -> bool:
    """Whether a name has letters in an encoding that the archive does not name."""
    return not entry.flag_bits & UTF_8 and not entry.filename.isascii()


def _raw(entry: zipfile.ZipInfo) -> bytes:
    """A name's bytes, which `zipfile` takes for the first PC's letters."""
    try:
        return entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename.encode("utf-8", "replace")


def _unicode_path(entry: zipfile.ZipInfo) -> str:
    """The name in Info-ZIP's extra field for it, if that is of this name and not of an older one; else empty."""
    extra, at = entry.extra, 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        held = extra[at + 4 : at + 4 + length]
        if kind == UNICODE_PATH and len(held) > 5:
            (check,) = struct.unpack_from("<I", held, 1)
            return held[5:].decode("utf-8", "replace") if check == zlib.crc32(_raw(entry)) else ""
        at += 4 + length
    return ""


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
    except Exception:  # each way of packing has errors of its own: zlib's, LZMA's, those of ways not known here
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
    kind, *numbers = step.split()
    at = [int(number) for number in numbers]
    if kind == "mbox":
        stream.seek(at[0])
        return stream.read(at[1])
    if kind == "part":
        stream.seek(at[0])
        return message_part(stream.read(at[1])) or GONE
    if kind == "cms":
        return unwrapped(stream.read()) or GONE
    if kind == "tnef":
        found = attachments(stream.read())
        return found[at[0]][1] if at[0] < len(found) else GONE
    if kind == "uu":
        files = uuencoded_files(stream.read())
        return files[at[0]][1] if at[0] < len(files) else GONE
    if kind == "msg":
        from pipeline.intake.outlook import attachment

        return attachment(stream, at[0]) or GONE
    try:
        with zipfile.ZipFile(stream) as archive:
            return _entry_bytes(archive, archive.infolist()[at[0]])
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return GONE
