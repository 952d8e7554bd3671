"""Outlook's envelopes, `winmail.dat`: attachments in the Transport Neutral Encapsulation Format ([MS-OXTNEF]).

A small reader of its own: the library for it (tnefparse) is under the LGPL, and what is needed of the format is little.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.intake.file_names import part_of
from pipeline.intake.legacy_text import decoded_name

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTACHMENT_LEVEL = 2
BEGINS, TITLE, DATA, PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
"""attAttachRenddata, attAttachTitle, attAttachData, attAttachment: the attributes of an attachment (section 2.1.3)."""
LONG_NAME, SHORT_NAME, DATA_OBJECT = 0x3707, 0x3704, 0x3701
"""PidTagAttachLongFilename, PidTagAttachFilename, PidTagAttachDataObject ([MS-OXPROPS])."""
OBJECT_ID = 16
"""Bytes of the interface identifier before an embedded message, which is an envelope itself."""
FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
"""Property type -> bytes of its value, padded to four."""
STRING8, UNICODE, BINARY, OBJECT = 0x1E, 0x1F, 0x102, 0x0D
NAMED = 0x8000
MULTIPLE = 0x1000


@dataclass(frozen=True, slots=True)
class _Attribute:
    level: int
    name: int
    data: bytes


def attachments(data: bytes) -> list[tuple[str, bytes]]:
    """(name, bytes) of each attachment of an envelope, in their order; those that can be had of a damaged one."""
    of_attachments = [one for one in _attributes(data) if one.level == ATTACHMENT_LEVEL]
    starts = [n for n, one in enumerate(of_attachments) if one.name == BEGINS]
    groups = [of_attachments[a:b] for a, b in pairwise([*starts, len(of_attachments)])]
    return [(name, held) for name, held in map(_attachment, groups) if held]


def _attributes(data: bytes) -> Iterator[_Attribute]:
    at = len(SIGNATURE) + 2  # a key of two bytes
    while at + 9 <= len(data):
        level, name, length = struct.unpack_from("<BII", data, at)
        yield _Attribute(level, name, data[at + 9 : at + 9 + length])
        at += 9 + length + 2  # a checksum of two bytes


def _attachment(attributes: list[_Attribute]) -> tuple[str, bytes]:
    held, title = b"", ""
    named: dict[int, str] = {}
    for one in attributes:
        if one.name == DATA:
            held = one.data
        elif one.name == TITLE:
            title = decoded_name(one.data.rstrip(b"\0"))
        elif one.name == PROPERTIES:
            for tag, value in _properties(one.data):
                if isinstance(value, str):
                    named[tag] = value
                elif tag == DATA_OBJECT and not held:
                    held = value[OBJECT_ID:] if value[OBJECT_ID : OBJECT_ID + 4] == SIGNATURE else value
    return part_of(named.get(LONG_NAME) or title or named.get(SHORT_NAME, "")) or "attachment", held


def _properties(data: bytes) -> Iterator[tuple[int, str | bytes]]:
    """(tag, value) of each property that is text or bytes (section 2.1.3.4); ends where one can't be read."""
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        at = 4
        for _ in range(min(count, len(data) // 4)):
            kind, tag = struct.unpack_from("<HH", data, at)
            at = _behind_name(data, at + 4) if tag >= NAMED else at + 4
            base = kind & ~MULTIPLE
            if base in FIXED:
                values = struct.unpack_from("<I", data, at)[0] if kind & MULTIPLE else 1
                at += 4 * bool(kind & MULTIPLE) + FIXED[base] * values
                continue
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
            for _ in range(min(values, len(data) // 4)):
                (length,) = struct.unpack_from("<I", data, at)
                yield tag, _value(base, data[at + 4 : at + 4 + length])
                at += 4 + length + -length % 4
    except struct.error:
        return


def _behind_name(data: bytes, at: int) -> int:
    """The place behind the name of a named property: an identifier of 16 bytes, then a number or a text."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    length: int = struct.unpack_from("<I", data, at + 20)[0]
    return at + 24 + length + -length % 4


def _value(kind: int, raw: bytes) -> str | bytes:
    if kind == UNICODE:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    return decoded_name(raw.rstrip(b"\0")) if kind == STRING8 else raw
