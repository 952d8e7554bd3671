"""Records as JSON and back, for the results file: nothing that is read back can run code, as a pickle could.

Arrays and bytes are put one after the other into a second, binary part; the JSON holds their places.
"""

from __future__ import annotations

import json
import types
import typing
import zlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np

T = TypeVar("T")
Decoder = Callable[[Any, memoryview], Any]


def sealed(text: str) -> str:
    """A line of text with a checksum below it, so that a flipped bit is not taken for what was written."""
    return f"{text}\n{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def unsealed(text: str) -> str:
    """The line that was sealed; one without a checksum, as older versions wrote it, as it is. Raises ValueError."""
    line, end, checksum = text.rpartition("\n")
    if end and f"{zlib.crc32(line.encode('utf-8', 'surrogatepass')):08x}" != checksum:
        raise ValueError("not as it was stored")
    return line if end else text


def encode(value: object) -> tuple[str, bytes]:
    """(JSON and its checksum, a line each; compressed binary part, which has a checksum of its own) of a record.

    Every field is written, those with their default too: a default that changes later must not change what was stored.
    """
    binary = bytearray()
    text = json.dumps(_plain(value, binary), ensure_ascii=False, separators=(",", ":"))
    return sealed(text), zlib.compress(bytes(binary), 1)


def decode(kind: type[T], text: str, binary: bytes = b"", leave_out: str = "") -> T:
    """The record of class `kind` that `encode` was given. Raises ValueError where the text is none, or not its own.

    A field that the text lacks, since it is newer than the text, has its default.

    `leave_out`: a field that has its default wherever a record has it, for those who have no use for it.
    """

    def without(found: dict[str, Any]) -> dict[str, Any]:
        found.pop(leave_out, None)
        return found

    plain = json.loads(unsealed(text), object_hook=without if leave_out else None)
    try:
        value: T = _decoder(cast(Any, kind))(plain, memoryview(zlib.decompress(binary) if binary else b""))
    except (KeyError, TypeError, IndexError, AttributeError, zlib.error) as error:
        raise ValueError(f"not a stored {kind.__name__}") from error
    return value


_AS_IT_IS = (str, int, float, bool, types.NoneType)
"""Types that JSON has too."""


def _plain(value: object, binary: bytearray) -> object:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if is_dataclass(kind):
        return {name: _plain(getattr(value, name), binary) for name in _names(kind)}
    if isinstance(value, np.ndarray):
        start = len(binary)
        binary += np.ascontiguousarray(value).tobytes()
        return [start, str(value.dtype), *value.shape]
    if isinstance(value, bytes):
        start = len(binary)
        binary += value
        return [start, len(value)]
    if isinstance(value, tuple | list):
        return [_plain(item, binary) for item in value]
    if isinstance(value, frozenset):
        return [_plain(item, binary) for item in sorted(value)]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a record's class."""
    return tuple(f.name for f in fields(cast(Any, kind)))


@cache
def _decoder(kind: Any) -> Decoder:
    """What turns plain JSON into a value of the annotated type `kind`."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if origin in (typing.Union, types.UnionType):
        inner = _decoder(next(a for a in args if a is not types.NoneType))
        return lambda plain, binary: None if plain is None else inner(plain, binary)
    if origin in (tuple, frozenset) and (len(args) == 1 or args[1] is Ellipsis):
        item = _decoder(args[0])
        return lambda plain, binary: origin(item(p, binary) for p in plain)
    if origin is tuple:
        items = [_decoder(a) for a in args]
        return lambda plain, binary: tuple(d(p, binary) for d, p in zip(items, plain, strict=True))
    if origin is np.ndarray:
        return _array
    if kind is bytes:
        return lambda plain, binary: bytes(binary[plain[0] : plain[0] + plain[1]])
    if kind is date:
        return lambda plain, binary: date.fromisoformat(plain)
    return lambda plain, binary: plain


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = typing.get_type_hints(kind)
    decoders = {f.name: _decoder(hints[f.name]) for f in fields(kind)}
    return lambda plain, binary: kind(**{name: decoders[name](value, binary) for name, value in plain.items()})


def _array(plain: Any, binary: memoryview) -> Any:
    start, dtype, *shape = plain
    count = int(np.prod(shape))
    # A copy: a view would hold the whole binary part in memory.
    return np.frombuffer(binary, dtype=dtype, count=count, offset=start).reshape(shape).copy()
