"""Many returns: does memory grow, does a return take longer? `python -m benchmarks.load FOLDER [--count N] [--jobs N]`.

The returns of FOLDER are read over and over, each time under another name and changed by a byte, by workers that are
never replaced. Prints, for each tenth of the way, the larger worker's memory and the CPU seconds a return.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.datamodel.records import Problem, Source
from pipeline.documents.opening import open_document
from pipeline.execution.worker_pool import Limits, read_all
from pipeline.intake.sources import find_sources, load_bytes

PARTS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One tenth of the way."""

    returns: int
    memory_mb: float
    """Resident memory at its end, of the worker that has more."""
    cpu_s: float
    """CPU seconds a return."""


def readable(folder: Path) -> list[bytes]:
    """The bytes of every return in the folder that can be opened."""
    found = [data for source in find_sources([folder]) if isinstance(data := load_bytes(source), bytes)]
    return [data for data in found if not isinstance(open_document(data), Problem)]


def measure(documents: Sequence[bytes], count: int, jobs: int = 1) -> Iterator[Part]:
    """Memory and time of `jobs` workers over `count` returns, in whole rounds of the documents: so parts compare."""
    rounds = max(PARTS, -(-count // len(documents)))
    each = rounds // PARTS * len(documents)
    with tempfile.TemporaryDirectory(prefix="countersign-load-") as scratch:
        folder = Path(scratch)
        sources = list(_variants(documents, each * PARTS, folder))
        readings = read_all(sources, jobs, Limits(seconds=600, files_a_worker=each * PARTS + 1))
        spent = memory = cpu = 0.0
        for number, reading in enumerate(readings, start=1):
            Path(reading.source.path).unlink()
            memory, cpu = _workers(jobs) or (memory, cpu)
            if number % each == 0:
                yield Part(number, memory, (cpu - spent) / each)
                spent = cpu


def _variants(documents: Sequence[bytes], count: int, folder: Path) -> Iterator[Source]:
    """`count` files made from the documents in turn, each with some bytes more behind its end."""
    for number in range(count):
        data = documents[number % len(documents)] + b"\n%%%d" % number
        path = folder / f"{number:06}.bin"
        path.write_bytes(data)
        yield Source(path.name, str(path), hashlib.sha256(data).hexdigest(), 0)


def _workers(jobs: int) -> tuple[float, float] | None:
    """(most resident memory of one in MB, CPU seconds of all); None where some have ended."""
    workers = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    if len(workers) < jobs:
        return None
    times = [worker.cpu_times() for worker in workers]
    spent = sum(t.user + t.system + t.children_user + t.children_system for t in times)
    return max(worker.memory_info().rss for worker in workers) / 1e6, spent


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    for part in measure(readable(options.folder), options.count, options.jobs):
        print(f"{part.returns:>7} returns  {part.memory_mb:>6.0f} MB  {part.cpu_s:.3f} CPU s a return", flush=True)


if __name__ == "__main__":
    main()
