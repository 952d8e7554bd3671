"""Mailboxes: many mails in one file, `.mbox`, and Apple's one mail with its length above it, `.emlx`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr
from typing import TYPE_CHECKING, BinaryIO

from pipeline.intake.file_names import part_of, told_apart
from pipeline.intake.mails import arrival, begins_with_header, is_mail
from pipeline.intake.mime import parsed_headers

if TYPE_CHECKING:
    from pipeline.intake.members import At, Found

CHUNK = 8 << 20
"""Bytes of a mailbox that are looked through at a time."""
LONGEST_POSTMARK = 1000
"""Bytes of the line that parts two messages."""
LOOKED_BEYOND = 4096
"""Bytes behind such a line that tell whether a message follows."""
MOZILLA_EXPUNGED = 0x0008
_POSTMARK = re.compile(rb"From \S.*\d\d:\d\d")
_DATED = re.compile(
    rb"From \S.*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .*\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
    rb".*\d\d:\d\d"
)
"""A line as `asctime` writes it, which nobody writes into a letter."""
_BARE = re.compile(rb"From(?: -)? ?\r?$")
"""A line that parts two mails as some versions of Thunderbird write it: without sender and day."""
_LENGTH = re.compile(rb"(\d{1,10})[ \t]*\r?\n")


def is_mailbox(head: bytes) -> bool:
    """Whether a file's first bytes are those of a mailbox: a line `From ...`, then a mail."""
    first, _, rest = head.lstrip(b"\r\n").partition(b"\n")
    return (_POSTMARK.match(first) or _BARE.match(first)) is not None and is_mail(rest)


def length_above(head: bytes) -> tuple[int, int] | None:
    """(first byte, how many) of the mail in a file of Apple Mail's; None where it is no such file."""
    found = _LENGTH.match(head)
    return (found.end(), int(found[1])) if found and is_mail(head[found.end() :]) else None


def mail_below(data: bytes, start: int, length: int) -> tuple[int, int]:
    """The same with the length that the mail has: it ends at Apple's list of properties, or with the file."""
    if data[start + length :].lstrip()[:5] in (b"", b"<?xml"):
        return start, min(length, len(data) - start)
    end = data.rfind(b"<?xml version", start)
    return start, (end if end > 0 else len(data)) - start


def mailbox_messages(stream: BinaryIO, at: At) -> Iterator[Found]:
    """The messages of a mailbox, one at a time, under a name of its own: when it came and from whom.

    The name does not tell the place in the mailbox, which changes whenever a message before it is deleted.
    """
    from pipeline.intake.members import MAX_INNER, TOO_LARGE

    heads = [(span, _headers(stream, *span)) for span in message_spans(stream)]
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
            if piece and len(held) < at + LONGEST_POSTMARK + LOOKED_BEYOND:
                break
            end = held.find(b"\n", at + 1, at + LONGEST_POSTMARK)
            line = held[at + 1 : end if end >= 0 else at + 1]
            after = held[end + 1 : end + 1 + LOOKED_BEYOND] if end >= 0 else b""
            if held[max(0, at - 2) : at].endswith((b"\n", b"\n\r")) and _parts_messages(line, after):
                yield base + at + 1, line
            at = held.find(b"\nFrom ", at + 1)
        # The line that goes on in the next piece stays, or what may be the beginning of one; and the two bytes before.
        keep = min(len(held), len(held) - at + 2 if at >= 0 else len(b"\n\r\nFrom"))
        base += len(held) - keep
        held = held[-keep:]


def _parts_messages(line: bytes, after: bytes) -> bool:
    """Whether a line that begins with "From " parts two messages: what follows are the headers of a mail."""
    if not begins_with_header(after):
        return False
    return bool(_DATED.match(line)) or (bool(_POSTMARK.match(line) or _BARE.match(line)) and is_mail(after))


def _headers(stream: BinaryIO, start: int, length: int) -> Message:
    stream.seek(start)
    return parsed_headers(re.split(rb"\r?\n\r?\n", stream.read(min(length, 1 << 16)), maxsplit=1)[0])


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
