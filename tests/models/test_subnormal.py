"""Weights below the normal range are zero in the networks as they are opened, and nothing else is changed."""

from __future__ import annotations

import numpy as np
import pytest

from models.line_finder import MODEL_NAME
from models.packaged import model_path, open_session
from models.subnormal import without_subnormals

WEIGHTS = np.array([1e-40, 0.5, -3e-42, -2.0, 0.0], np.float32)


def field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes; contents here are short."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def tensor(data_type: int) -> bytes:
    return bytes([2 << 3, data_type]) + field(9, WEIGHTS.tobytes())


def model(data_type: int = 1) -> bytes:
    initializer = field(5, tensor(data_type))
    constant = field(1, field(5, field(5, tensor(data_type))))
    return bytes([1 << 3, 8]) + field(2, b"maker") + field(7, initializer + constant)


def test_only_weights_below_the_normal_range_become_zero() -> None:
    kept = np.array([0, 0.5, 0, -2.0, 0], np.float32).tobytes()
    assert without_subnormals(model()) == model().replace(WEIGHTS.tobytes(), kept)


def test_numbers_of_another_type_are_left_alone() -> None:
    assert without_subnormals(model(data_type=6)) == model(data_type=6)


@pytest.mark.parametrize("damaged", [model()[:-3], b"\xff" * 20, b"\x0f\x00"])
def test_what_is_no_network_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="ONNX file"):
        without_subnormals(damaged)


def test_the_line_finder_has_such_weights_and_opening_it_leaves_this_threads_arithmetic_alone() -> None:
    path = model_path(MODEL_NAME)
    raw = path.read_bytes()
    assert without_subnormals(raw) != raw
    open_session(path, threads=1)
    assert (np.full(8, 1e-40, np.float32) * np.float32(2) > 0).all()
