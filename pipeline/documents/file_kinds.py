"""What a file is: its content says so, not its name."""

from __future__ import annotations

import re
from typing import Literal

FileKind = Literal["pdf", "image", "empty", "foreign"]


IMAGE_MAGIC = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|II\+\0|MM\0\+|BM|RIFF....WEBP"
    rb"|....ftyp(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1|avif|avis)",
    re.DOTALL,
)


def file_kind(data: bytes) -> FileKind:
    """What the first bytes of a file (a few thousand will do) say that it is."""
    if not data.strip(b"\0 \t\r\n"):
        return "empty"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return "image" if IMAGE_MAGIC.match(data) else "foreign"
