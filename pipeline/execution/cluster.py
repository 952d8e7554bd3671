"""Many machines: the same function that a worker runs here, given to the workers of a dask.distributed cluster.

Each thread of a dask worker keeps a worker process of ours under the same limits as here, so that a file that hangs or
crashes costs its own row and not the cluster's worker. If a cluster's worker is lost, the scheduler gives its files to
another one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline._version import READING_VERSION
from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.execution.worker_pool import READ_RETURN, Limits, Reading, Readings, WorkerSlot
from pipeline.forms.reader import form_folders, is_form_data
from pipeline.intake.sources import load_bytes
from pipeline.results.private_files import is_ours

WAIT_S = 30
"""How long the scheduler, and then a first worker, is waited for."""
AHEAD = 2
"""Files given to the cluster for each thread of it: one that is read and the next."""
ALONE_S = 60.0
"""How long a cluster whose workers are all gone is waited for: some come back by themselves."""
LOOK_S = 2.0
"""How often a cluster that says nothing is looked at."""
CLOSE_S = 5
"""How long the end of a connection is waited for."""
GO_ON = "What was read is kept: start it again (dask scheduler, dask worker), then run the same command to go on."
NOISY = ("distributed", "tornado", "asyncio")
"""Loggers that print tracebacks where a connection breaks off, of which we tell in one sentence."""
RETRIES = 3
"""How often a file is given out anew after its task failed; workers that are lost are counted by the scheduler."""
_log = logging.getLogger(__name__)
_slots = threading.local()


PackedForms = tuple[tuple[str, bytes], ...]
"""Files of forms' folders: path below the folder of all forms, content."""


@dataclass(frozen=True, slots=True)
class Order:
    """How each return is to be read."""

    limits: Limits
    call: str
    forms: PackedForms = ()


class ClusterError(CountersignError):
    """The cluster can't be used."""

    exit_code = 3


def read_all_on(
    scheduler: str,
    sources: Sequence[Source],
    limits: Limits,
    call: str = READ_RETURN,
    forms: tuple[str, ...] = (),
) -> Readings:
    """As `batch.read_all`, on the cluster whose scheduler listens at `scheduler`. Raises ClusterError.

    Files go by their path where every worker sees the same files, else as bytes; forms always go as bytes.
    """
    refused = [source for source in sources if source.refused is not None]
    yield from (Reading(source, Observation(problem=source.refused)) for source in refused)
    todo = sorted((s for s in sources if s.refused is None), key=lambda s: (-s.size, s.name))
    if not todo:
        return
    order = Order(limits, call, packed(forms))
    with _client(scheduler) as client:
        try:
            by_path = all(client.run(sees, todo[-1]).values())
            yield from _exchange(client, todo, by_path, order)
        except CountersignError:
            raise
        except Exception as error:  # dask raises whatever comes where a connection breaks off
            _log.info("the cluster failed", exc_info=True)
            raise ClusterError(f"The scheduler at {scheduler} does not answer any more. {GO_ON}") from error


def packed(folders: Sequence[str]) -> PackedForms:
    """The forms in these folders, to be sent."""
    found = [folder for top in folders for folder in form_folders(Path(top))]
    return tuple(
        (f"{number}/{file.name}", file.read_bytes())
        for number, folder in enumerate(found)
        for file in sorted(folder.iterdir())
        if is_form_data(file)
    )


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ClusterError('Many machines need dask: pip install "countersign[cluster]".') from error
    for name in () if _log.isEnabledFor(logging.DEBUG) else NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=WAIT_S, set_as_default=False)
    except Exception as error:  # as below; of a malformed address, too
        _log.info("no scheduler", exc_info=True)
        told = f"No scheduler answers at {scheduler}, which is written tcp://host:8786. Start one: dask scheduler."
        raise ClusterError(told) from error
    try:
        client.wait_for_workers(1, timeout=WAIT_S)
        versions = set(client.run(reading_version).values())
    except TimeoutError as error:
        raise ClusterError(f"The scheduler has no workers. Start some: dask worker {scheduler}.") from error
    except ModuleNotFoundError as error:
        raise ClusterError("The cluster's workers lack Countersign. Install the same version on each.") from error
    else:
        if versions != {READING_VERSION}:
            raise ClusterError("The cluster's workers have another version of Countersign. Install the same on each.")
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=CLOSE_S)


def _exchange(client: Any, todo: Sequence[Source], by_path: bool, order: Order) -> Readings:
    """Keep the cluster's threads busy, with few files under way at a time: as bytes they take memory."""
    waiting = iter(todo)
    running: dict[Any, Source] = {}
    finished: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def give_out() -> None:
        room = AHEAD * max(1, sum(client.nthreads().values())) - len(running)
        for source in islice(waiting, max(0, room)):
            data = None if by_path else load_bytes(source)
            future = client.submit(read_there, source, data, order, pure=False, retries=RETRIES)
            running[future] = source
            future.add_done_callback(finished.put)

    give_out()
    while running:
        future = _next(client, finished)
        source = running.pop(future)
        yield Reading(source, _result(future))
        future.release()
        give_out()


def _next(client: Any, finished: queue.SimpleQueue[Any]) -> Any:
    """The next future that is done. Raises ClusterError where no worker is left to do one, or the scheduler is gone."""
    alone_since: float | None = None
    while True:
        try:
            future = finished.get(timeout=LOOK_S)
        except queue.Empty:
            pass
        else:
            if future.status == "cancelled":
                raise ClusterError(f"The scheduler is gone. {GO_ON}")
            return future
        if client.nthreads():
            alone_since = None
        elif alone_since is None:
            alone_since = time.monotonic()
        elif time.monotonic() - alone_since > ALONE_S:
            raise ClusterError(f"All workers of the cluster are gone. {GO_ON}")


def _result(future: Any) -> Observation:
    error = future.exception()
    if error is None:
        observation: Observation = future.result()
        return observation
    sentence = f"Reading this file failed on the cluster ({type(error).__name__}). Read it on one machine."
    return Observation(problem=Problem("unreadable_file", sentence))


# --- on the cluster's workers -------------------------------------------------------------------------------------


def reading_version() -> str:
    """The version of the program there: another one may read otherwise."""
    return READING_VERSION


def sees(source: Source) -> bool:
    """Whether this machine has the file under the same path."""
    return isinstance(load_bytes(source), bytes)


def unpacked(forms: PackedForms) -> Path:
    """The folder where the forms lie on this machine. Written once and then moved to its place, which others read."""
    digest = hashlib.sha256(repr(forms).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"countersign-forms-{os.getuid() if hasattr(os, 'getuid') else 0}-{digest}"
    if folder.is_dir():
        if is_ours(folder):
            return folder
        folder = folder.with_name(f"{folder.name}-{uuid.uuid4().hex}")  # Others may have put there what they like.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="countersign-forms-") as made:
        for name, data in forms:
            file = Path(made, "forms", name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        with suppress(OSError):  # Another worker was quicker.
            Path(made, "forms").rename(folder)
    return folder


def read_there(source: Source, data: bytes | Problem | None, order: Order) -> Observation:
    """Read one return in this thread's worker process; its bytes come along where this machine lacks the file."""
    if isinstance(data, Problem):
        return Observation(problem=data)
    forms = (str(unpacked(order.forms)),) if order.forms else ()
    slot: WorkerSlot | None = getattr(_slots, "slot", None)
    if slot is None or (slot.limits, slot.call, slot.forms) != (order.limits, order.call, forms):
        if slot is not None:
            slot.end_worker()
        slot = _slots.slot = WorkerSlot(order.limits, order.call, forms)
    if data is None:
        return slot.observation(source)
    handle, path = tempfile.mkstemp(prefix="countersign-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        there = replace(source, path=path, sha256=hashlib.sha256(data).hexdigest(), rest=(), inside=None)
        return slot.observation(there)
    finally:
        Path(path).unlink()
