"""Mails as they are kept in files, `.eml` and `.mbox`: their attachments, who sent them, when they came.

Taken for attachments are all parts of a mail but its text, its signatures and invitations, and pictures too small
to be a page (the logo under a name). A mail that was forwarded as an attachment is looked into; its sender is the inner
one's, its day of arrival the outer one's.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.datamodel.records import Problem
from pipeline.documents.file_kinds import file_kind
from pipeline.intake.file_names import is_side_name, part_of, printable, told_apart

if TYPE_CHECKING:
    from pipeline.intake.members import At, Found

CHUNK = 8 << 20
LONGEST_POSTMARK = 1000
MOZILLA_EXPUNGED = 0x0008
LEAST_PAGE_PX = 600
"""A picture in a mail whose long side has fewer pixels is decoration: a page of that size could not be read."""
NO_ATTACHMENTS = frozenset({
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/ics",
    "text/calendar", "text/vcard", "text/x-vcard", "image/svg+xml", "message/delivery-status",
    "message/disposition-notification",
})  # fmt: skip
NO_ATTACHMENT_SUFFIXES = (".ics", ".vcf", ".asc", ".sig", ".p7s")
"""What comes with mails and is no return."""
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t\r\n]")
_HEADERS = frozenset({
    b"return-path", b"received", b"delivered-to", b"from", b"to", b"date", b"subject", b"mime-version", b"message-id",
    b"content-type", b"x-gmail-labels", b"x-received", b"received-spf", b"authentication-results", b"dkim-signature",
})  # fmt: skip
_SERVERS = (b"arc-", b"x-ms-", b"x-microsoft-", b"x-forefront-", b"x-google-", b"x-gm-", b"x-mozilla-")
"""Headers of which every mail has some; those of servers may fill pages before the sender's own come."""
_POSTMARK = re.compile(rb"From \S.*\d\d:\d\d")
UNREADABLE = Problem("unreadable_file", "This mail is damaged and could not be taken apart. Save its attachment here.")


# --- what it is ---------------------------------------------------------------------------------------------------


def is_mail(head: bytes) -> bool:
    """Whether a file begins with the headers of a mail: the first lines are headers, two of them a mail's own."""
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").splitlines()[:60]
    first = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    names = [found[1].lower() for line in lines[:first] if (found := _HEADER.match(line + b"\n"))]
    folded = sum(line[:1] in (b" ", b"\t") for line in lines[:first])
    known = {name for name in names if name in _HEADERS or name.startswith(_SERVERS)}
    return len(known) >= 2 and len(names) + folded >= first - 1


def is_mailbox(head: bytes) -> bool:
    first, _, rest = head.partition(b"\n")
    return _POSTMARK.match(first) is not None and is_mail(rest)


# --- one mail -----------------------------------------------------------------------------------------------------


def mail_contents(data: bytes, at: At) -> tuple[At, Iterator[Found]]:
    """(the mail's place with sender and day of arrival, its attachments)."""
    try:
        message = message_from_bytes(data)
        arrived = arrival(message)
        here = replace(at, sender=sender(message) or at.sender, received=at.received or (arrived and arrived.date()))
        return here, iter(list(_attachments(message, here)))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):  # what the parser raises on damage
        return at, iter([(at, UNREADABLE)])


def _attachments(message: Message, at: At) -> Iterator[Found]:
    for number, (part, who) in enumerate(_parts(message, at.sender)):
        data = _content(part)
        if data and _may_be_return(part, data):
            yield replace(at.below(f"part {number}", _name(part)), sender=who), data


def _parts(message: Message, who: str) -> Iterator[tuple[Message, str]]:
    """Every part in the order of `Message.walk`, with who sent the mail that it is of."""
    who = sender(message) or who
    yield message, who
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part, who)


def message_part(data: bytes, number: int) -> bytes:
    """Content of one part, by its number in `Message.walk`; empty where there is none."""
    try:
        parts = list(message_from_bytes(data).walk())
        return _content(parts[number]) if number < len(parts) else b""
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return b""


def _content(part: Message) -> bytes:
    """The part's bytes; of a mail that was packed again in base64 (some servers do), that mail's."""
    if part.get_content_type() == "message/rfc822" and "base64" in str(part.get("Content-Transfer-Encoding", "")):
        inner = part.get_payload(0) if part.is_multipart() else part
        try:
            return base64.b64decode(str(inner.get_payload()) if isinstance(inner, Message) else "", validate=False)
        except (binascii.Error, ValueError):
            return b""
    if part.is_multipart():
        return b""
    held: Any = part.get_payload(decode=True)
    return held if isinstance(held, bytes) else b""


def _may_be_return(part: Message, data: bytes) -> bool:
    kind = part.get_content_type()
    if kind in NO_ATTACHMENTS or _name(part).lower().endswith(NO_ATTACHMENT_SUFFIXES):
        return False
    if kind.startswith("text/") or is_side_name(_name(part)):
        return file_kind(data) in ("pdf", "image")
    return not (kind.startswith("image/") or file_kind(data) == "image") or not _is_decoration(data)


def _is_decoration(data: bytes) -> bool:
    from PIL import Image

    from pipeline.documents.picture_pages import allow_heif

    allow_heif()
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return max(picture.size) < LEAST_PAGE_PX
    except Exception:  # Pillow raises whatever comes; a damaged picture gets its own row
        return False


def _name(part: Message) -> str:
    given = part_of(_decoded(part.get_filename()))
    kind = part.get_content_type()
    return given or ("message.eml" if kind == "message/rfc822" else f"attachment.{kind.partition('/')[2][:20]}")


def _decoded(value: object) -> str:
    """A header's value as people read it."""
    try:
        return str(make_header(decode_header(str(value or ""))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return str(value or "")


def sender(message: Message) -> str:
    """`Ada Example <ada@example.org>`; empty where the mail does not say."""
    name, address = parseaddr(" ".join(str(message.get("From") or "").split()))
    return shown_sender(_decoded(name), address)


def shown_sender(name: str, address: str) -> str:
    shown = printable(" ".join(name.split()))
    return f"{shown} <{printable(address)}>" if shown and address else printable(address or shown)


def arrival(message: Message) -> datetime | None:
    """When the last server took it, else when it was sent; UTC. None where nothing tells."""
    last = str((message.get_all("Received") or [""])[0]).rpartition(";")[2]
    for written in (last, str(message.get("Date") or "")):
        try:
            when = parsedate_to_datetime(" ".join(written.split()))
            return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


# --- mailboxes ----------------------------------------------------------------------------------------------------


def mailbox_messages(stream: BinaryIO, at: At) -> Iterator[Found]:
    """The messages of a mailbox, one at a time, under a name of its own: when it came and from whom.

    The name does not tell the place in the mailbox, which changes whenever a message before it is deleted.
    """
    from pipeline.intake.members import MAX_INNER, TOO_LARGE

    heads = [(span, _headers(stream, span[0])) for span in message_spans(stream)]
    there = [(span, headers) for span, headers in heads if not _is_deleted(headers)]
    names = told_apart([_message_name(headers) for _, headers in there], suffixes=False)
    for ((start, length), _), name in zip(there, names, strict=True):
        stream.seek(start)
        data = TOO_LARGE if length > MAX_INNER else stream.read(length)
        yield at.below(f"mbox {start} {length}", name), data


def message_spans(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """(first byte, how many) of each message, without the line that parts it from the one before."""
    starts: list[tuple[int, int]] = []
    for offset, line in _postmarks(stream):
        starts.append((offset, offset + len(line) + 1))
    stream.seek(0, io.SEEK_END)
    ends = [offset for offset, _ in starts[1:]] + [stream.tell()]
    for (_, begins), end in zip(starts, ends, strict=True):
        yield begins, max(0, end - begins)


def _postmarks(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(offset, line without its end) of the lines that begin a message, read in pieces: a mailbox may be huge."""
    stream.seek(0)
    held, base = b"\n\n", -2  # as if a blank line stood before the file
    piece = b"\n"
    while piece:
        piece = stream.read(CHUNK)
        held += piece
        at = held.find(b"\nFrom ")
        while at >= 0:
            end = held.find(b"\n", at + 1, at + LONGEST_POSTMARK)
            if end < 0 and piece and len(held) < at + LONGEST_POSTMARK:
                break
            line = held[at + 1 : end if end >= 0 else at + 1]
            if held[max(0, at - 2) : at].endswith((b"\n", b"\n\r")) and _POSTMARK.match(line):
                yield base + at + 1, line
            at = held.find(b"\nFrom ", at + 1)
        # The line that goes on in the next piece stays, or what may be the beginning of one; and the two bytes before.
        keep = min(len(held), len(held) - at + 2 if at >= 0 else len(b"\n\r\nFrom"))
        base += len(held) - keep
        held = held[-keep:]


def _headers(stream: BinaryIO, start: int) -> Message:
    stream.seek(start)
    return message_from_bytes(re.split(rb"\r?\n\r?\n", stream.read(1 << 16), maxsplit=1)[0])


def _is_deleted(headers: Message) -> bool:
    """Whether Thunderbird has deleted the message; it stays in the file until that is compacted."""
    try:
        return bool(int(str(headers.get("X-Mozilla-Status") or "0"), 16) & MOZILLA_EXPUNGED)
    except ValueError:
        return False


def _message_name(headers: Message) -> str:
    when = arrival(headers)
    address = parseaddr(str(headers.get("From") or ""))[1]
    return part_of(f"{when:%Y-%m-%d %H.%M} {address}" if when else f"undated {address}")
