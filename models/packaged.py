"""The networks that come inside the rapidocr wheel: where they are, and how they are opened."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import onnxruntime as ort

from models.subnormal import without_subnormals


class ModelMissing(RuntimeError):
    """A model file is not where the rapidocr package keeps it."""


def model_path(name: str) -> Path:
    """Where the installed rapidocr package keeps the model file `name`. Raises ModelMissing."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelMissing("The package rapidocr is not installed: run `pip install rapidocr`.")
    path = Path(spec.origin).parent / "models" / name
    if not path.is_file():
        raise ModelMissing(f"{path} is missing: install rapidocr again with `pip install --force-reinstall rapidocr`.")
    return path


def open_session(path: Path, threads: int, keep_memory: bool = False, inner: str = "") -> ort.InferenceSession:
    """The model on this processor, with that many threads.

    `keep_memory`: what a run needed is kept for the next one; asking the system for it each time takes up to a tenth of
    the time of a small network.

    Trained weights that no longer matter have decayed below float32's normal range, where a processor multiplies a
    hundred times slower: they are zero here.

    `inner`: name of a value inside the network that is given out as well, behind its outputs.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = keep_memory
    # Pictures come in many sizes: a plan of memory for each of them costs more than it saves.
    options.enable_mem_pattern = False
    model = without_subnormals(path.read_bytes()) + (_output(inner) if inner else b"")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _output(name: str) -> bytes:
    """A model that has one more output and nothing else: put behind another model, protobuf reads both as one.

    By onnx.proto3 (github.com/onnx/onnx): model.graph = 7, graph.output = 12, value_info.name = 1.
    """
    message = name.encode()
    for field in (1, 12, 7):
        message = bytes([field << 3 | 2, len(message)]) + message
    return message
