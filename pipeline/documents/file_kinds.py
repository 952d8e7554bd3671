"""What a file is: its content says so, not its name."""

from __future__ import annotations

import re
from typing import Literal

FileKind = Literal["pdf", "image", "empty", "foreign"]


IMAGE_MAGIC = re.compile(
    rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"
    rb"|\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|II\+\0|MM\0\+|BM|RIFF....WEBP"
    rb"|....ftyp(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1|avif|avis)",
    re.DOTALL,
)


ARCHIVE_MAGIC = re.compile(
    rb"PK\x03\x04|PK\x05\x06|Rar!|7z\xbc\xaf|\x1f[\x8b\x9d\xa0]|BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|LZIP|MSCF|\x60\xea"
    rb"|StuffIt|SIT!|..-l[hz].-|.{257}ustar",
    re.DOTALL,
)
"""Archives and packed files: ZIP, RAR, 7-Zip, gzip, bzip2, xz, Zstandard, lzip, CAB, ARJ, StuffIt, LHA, tar."""


def file_kind(data: bytes) -> FileKind:
    """What the first bytes of a file (a few thousand will do) say that it is."""
    if not data.strip(b"\0 \t\r\n"):
        return "empty"
    if ARCHIVE_MAGIC.match(data):
        return "foreign"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return "image" if IMAGE_MAGIC.match(data) else "foreign"
