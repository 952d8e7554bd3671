"""Outlook's messages, `.msg`: compound files whose streams are named after MAPI's properties ([MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

import olefile

from pipeline.intake.file_names import part_of
from pipeline.intake.legacy_text import decoded_name
from pipeline.intake.mails import arrival, sender, shown_sender
from pipeline.intake.members import NO_ATTACHMENT
from pipeline.intake.mime import parsed_headers

if TYPE_CHECKING:
    from pipeline.intake.members import At, Found

PROPERTIES = "__properties_version1.0"
DATA = "__substg1.0_37010102"
LONG_NAME, SHORT_NAME = "3707", "3704"
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP, HEADERS = "0C1A", "0C1F", "5D01", "007D"
SUBJECT, BODY = "0037", "1000"
DELIVERED = 0x0E060040
"""PidTagMessageDeliveryTime, a FILETIME: 100 ns since 1601."""
HEAD_OF_PROPERTIES = 32
"""Bytes before the properties of a top-level message."""


def is_outlook_mail(stream: BinaryIO) -> bool:
    """Whether a compound file holds an Outlook message."""
    ole = opened(stream)
    return ole is not None and bool(ole.exists(PROPERTIES))


def opened(stream: BinaryIO) -> olefile.OleFileIO | None:
    """The compound file; None where it is damaged."""
    stream.seek(0)
    try:
        return olefile.OleFileIO(stream)
    except Exception:  # olefile raises whatever comes on damaged input
        return None


def outlook_contents(stream: BinaryIO, at: At) -> tuple[At, Iterator[Found]]:
    """(the message's place with sender and day of arrival, its attachments)"""
    ole = opened(stream)
    if ole is None:
        return at, iter([(at, NO_ATTACHMENT)])
    headers = parsed_headers(_text(ole, HEADERS).encode("utf-8", "replace"))
    address = _text(ole, SENDER_SMTP) or _text(ole, SENDER_ADDRESS)
    who = sender(headers) or shown_sender(_text(ole, SENDER_NAME), address)
    arrived = arrival(headers)
    came = arrived.date() if arrived else _delivered(ole)
    here = replace(at, sender=who or at.sender, received=at.received or came)
    held = ((here.below(f"msg {n}", name), data) for n, (name, data) in enumerate(_attachments(ole)) if data)
    return here, held


def message_text(stream: BinaryIO) -> tuple[str, str]:
    """(subject, text) of a message, each as it stands there; empty where it has none."""
    ole = opened(stream)
    return (_text(ole, SUBJECT), _text(ole, BODY)) if ole else ("", "")


def attachment(stream: BinaryIO, number: int) -> bytes:
    """One attachment, by its number in the message; empty where there is none."""
    ole = opened(stream)
    paths = _data_streams(ole) if ole else []
    return _stream(ole, "/".join(paths[number])) if ole and number < len(paths) else b""


def _data_streams(ole: olefile.OleFileIO) -> list[list[str]]:
    """The ways to the attachments' bytes, those of messages inside the message too."""
    return [path for path in sorted(ole.listdir(streams=True, storages=False)) if path[-1] == DATA]


def _attachments(ole: olefile.OleFileIO) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each."""
    for path in _data_streams(ole):
        folder = "/".join(path[:-1]) + "/"
        name = _text(ole, LONG_NAME, folder) or _text(ole, SHORT_NAME, folder)
        yield part_of(name) or "attachment", _stream(ole, "/".join(path))


def _stream(ole: olefile.OleFileIO, path: str) -> bytes:
    try:
        with ole.openstream(path) as held:
            return bytes(held.read())
    except Exception:  # as when opening
        return b""


def _text(ole: olefile.OleFileIO, tag: str, folder: str = "") -> str:
    """A property that is text: in UTF-16, or in the old eight-bit letters."""
    if ole.exists(f"{folder}__substg1.0_{tag}001F"):
        return _stream(ole, f"{folder}__substg1.0_{tag}001F").decode("utf-16-le", "replace").rstrip("\0")
    if ole.exists(f"{folder}__substg1.0_{tag}001E"):
        return decoded_name(_stream(ole, f"{folder}__substg1.0_{tag}001E").rstrip(b"\0"))
    return ""


def _delivered(ole: olefile.OleFileIO) -> date | None:
    properties = _stream(ole, PROPERTIES)[HEAD_OF_PROPERTIES:]
    for start in range(0, len(properties) - 15, 16):
        tag, _, ticks = struct.unpack_from("<IIQ", properties, start)
        if tag == DELIVERED:
            try:
                return (datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)).date()
            except OverflowError:
                return None
    return None
