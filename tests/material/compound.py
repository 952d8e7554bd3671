"""Compound files (Microsoft's OLE container) made by hand, as far as tests need them: [MS-CFB], version 3."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR = 512
LEAST = 4096
"""Shorter streams would lie in a file system of their own; these are filled up with zeros instead."""
FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams; `/` in a name parts storages. Each stream is filled up to LEAST bytes."""
    names: dict[str, list[str]] = {"": []}
    for path in streams:
        parts = path.split("/")
        for depth in range(len(parts)):
            parent, child = "/".join(parts[:depth]), "/".join(parts[: depth + 1])
            if child not in names.setdefault(parent, []):
                names[parent].append(child)
    order = [""] + [child for children in names.values() for child in children]
    data = b""
    fat: list[int] = []
    starts: dict[str, int] = {}
    for path, held in streams.items():
        filled = held.ljust(LEAST, b"\0")
        filled += bytes(-len(filled) % SECTOR)
        starts[path] = len(fat)
        count = len(filled) // SECTOR
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        data += filled
    directory = b"".join(_entry(path, names, order, starts, streams) for path in order)
    directory += bytes(-len(directory) % SECTOR)
    first = len(fat)
    fat += [*range(first + 1, first + len(directory) // SECTOR), END]
    sectors = -(-(len(fat) + 1) // 127)
    at = len(fat)
    fat += [FAT] * sectors
    table = b"".join(struct.pack("<I", one) for one in fat).ljust(sectors * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, sectors, first, 0, LEAST, END, 0, END, 0)
    head += b"".join(struct.pack("<I", at + n if n < sectors else FREE) for n in range(109))
    return head + data + directory + table


def _entry(
    path: str,
    names: Mapping[str, list[str]],
    order: list[str],
    starts: Mapping[str, int],
    streams: Mapping[str, bytes],
) -> bytes:
    name = (path.rpartition("/")[2] or "Root Entry").encode("utf-16-le") + b"\0\0"
    kind = ROOT if not path else STREAM if path in streams else STORAGE
    children = names.get(path, [])
    brothers = names.get(path.rpartition("/")[0], []) if path else []
    place = brothers.index(path) if path else 0
    right = order.index(brothers[place + 1]) if path and place + 1 < len(brothers) else NONE
    child = order.index(children[0]) if children else NONE
    size = max(LEAST, len(streams[path])) if path in streams else 0
    entry = name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name), kind, 1, NONE, right, child)
    return entry + bytes(36) + struct.pack("<IQ", starts.get(path, END), size)
