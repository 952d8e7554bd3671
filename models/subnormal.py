"""Weights that have decayed below float32's normal range, set to zero in a network's file.

A processor multiplies a hundred times slower with such numbers, and they add nothing. onnxruntime can have them count
as zero, but only by changing how the whole calling thread counts: here the network is changed instead. The fields of an
ONNX file that are read are those of onnx.proto3 (github.com/onnx/onnx): model.graph = 7, graph.node = 1,
graph.initializer = 5, node.attribute = 5, attribute.t = 5, tensor.data_type = 2, tensor.raw_data = 9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

FLOAT: Final = 1
TENSORS: Final = ((7, 5), (7, 1, 5, 5))
"""Ways from a model to its tensors: the graph's initializers, and its nodes' constants."""
DATA_TYPE, RAW_DATA = 2, 9
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def without_subnormals(model: bytes) -> bytes:
    """The ONNX `model` with every float32 weight below the normal range as zero.

    Raises ValueError where it is no such file.
    """
    changed = bytearray(model)
    for way in TENSORS:
        for start, end in _parts(changed, 0, len(changed), way):
            for low, high in _float_data(changed, start, end):
                weights = np.frombuffer(changed, np.float32, (high - low) // 4, low)
                weights[np.abs(weights) < np.finfo(np.float32).smallest_normal] = 0
    return bytes(changed)


def _parts(model: bytearray, start: int, end: int, way: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Where the messages stand that are reached by following the fields `way`."""
    if not way:
        yield start, end
        return
    for field, _, low, high in _fields(model, start, end):
        if field == way[0]:
            yield from _parts(model, low, high, way[1:])


def _float_data(model: bytearray, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where a tensor's numbers stand, if they are float32 kept as raw bytes."""
    fields = {field: (value, low, high) for field, value, low, high in _fields(model, start, end)}
    if fields.get(DATA_TYPE, (0, 0, 0))[0] == FLOAT and RAW_DATA in fields:
        yield fields[RAW_DATA][1:]


def _fields(model: bytearray, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, value (of a varint, else 0), first byte and end of each field of a protobuf message."""
    place = start
    while place < end:
        tag, place = _varint(model, place)
        value, low = 0, place
        if tag & 7 == VARINT:
            value, place = _varint(model, place)
        elif tag & 7 == BYTES:
            size, low = _varint(model, place)
            place = low + size
        elif tag & 7 in (FIXED32, FIXED64):
            place += 4 if tag & 7 == FIXED32 else 8
        else:
            raise ValueError("This is no ONNX file.")
        if place > end:
            raise ValueError("The ONNX file is cut off.")
        yield tag >> 3, value, low, place


def _varint(model: bytearray, place: int) -> tuple[int, int]:
    """The number that starts at `place`, seven bits a byte, and where it ends."""
    value, shift = 0, 0
    while True:
        if place >= len(model) or shift > 63:
            raise ValueError("The ONNX file is cut off.")
        byte = model[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
