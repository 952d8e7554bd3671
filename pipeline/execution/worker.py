"""A worker: reads one return after the other, in a process that may hang, crash or be killed.

Started as `python -m pipeline.execution.worker MODULE:FUNCTION SECONDS BYTES [FOLDER ...]`; the function takes a
`Source` and the folders of forms beside the packaged ones, and gives an `Observation`. Sources come in on stdin and
observations go out on stdout, each a pickle after its length in 8 bytes; the first message out says that the models
are loaded. A pipe for each worker, and no lock that workers share: a kill at any moment leaves nothing behind that
another process waits for. What the process says on stderr, a traceback or a crash's stack, is kept for the row.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import logging
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

READY = "ready"
"""What a worker sends first."""
HEADER = struct.Struct(">Q")
"""What stands before each message: its length in bytes."""
GRACE_S = 15
"""The worker's own alarm rings this long after the parent should have stopped it; it matters if the parent is gone."""
THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ONE_THREAD = {**dict.fromkeys(THREAD_COUNTS, "1"), "OMP_THREAD_LIMIT": "1", "OPENCV_FOR_THREADS_NUM": "1"}
"""Environment that keeps NumPy, OpenCV, onnxruntime and Tesseract to one thread; it has to stand before they load."""
KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
    "MALLOC_TOP_PAD_": str(16 << 20),
}
"""Environment that has glibc keep a page's memory for the next page, bytes: given back and asked for again each time,
it costs a fortieth of a return. Other C libraries pass over it."""
LOG_LEVEL = "COUNTERSIGN_LOG_LEVEL"
"""Environment variable: number of the level from which a worker logs on its stderr."""
LOG_FORMAT = "%(process)d %(name)s: %(message)s"


def send(stream: BinaryIO, value: object) -> None:
    """Raises BrokenPipeError where nobody reads."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(HEADER.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Raises EOFError where the other side is gone, also in the middle of a message."""
    header = _exactly(stream, HEADER.size)
    return pickle.loads(_exactly(stream, HEADER.unpack(header)[0]))


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def main() -> None:
    """Answer one message after another until the parent closes its end or is gone.

    Arguments: the function that answers (MODULE:FUNCTION), seconds for one answer, bytes of address space, folders of
    forms.
    """
    call, seconds, address_space, folders = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    os.umask(0o077)  # A page on its way to Tesseract is nobody else's, on a cluster's machine either.
    inbox, outbox = _private_pipes()
    faulthandler.enable()
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    for package in ("pipeline", "models"):
        logging.getLogger(package).setLevel(int(os.environ.get(LOG_LEVEL, logging.WARNING)))
    _confine(address_space)
    function = _loaded(call)
    send(outbox, READY)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            source = receive(inbox)
            _alarm(seconds + GRACE_S)
            observation = function(source, *folders)
            _alarm(0)
            send(outbox, observation)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our two pipes, under other numbers: a native library that prints must not write into the messages."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return inbox, outbox


def _confine(address_space: int) -> None:
    """Limits that hold even while a native library keeps the interpreter from running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        _die_with_parent()
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
            score.write("500")  # Short of memory, the kernel ends a worker and not the run.


def _die_with_parent() -> None:
    import ctypes

    parent = os.getppid()
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _alarm(seconds: int) -> None:
    if sys.platform != "win32":
        signal.alarm(seconds)


def _loaded(call: str) -> Callable[..., Any]:
    module, _, name = call.partition(":")
    loaded = importlib.import_module(module)
    function: Callable[..., Any] = getattr(loaded, name)
    getattr(loaded, "warm_up", lambda: None)()
    return function


if __name__ == "__main__":
    main()
