"""Many returns: does memory grow, does a return take longer? `python -m benchmarks.load FOLDER [--count 10000]`.

The returns of FOLDER are read over and over, each time under another name and changed by a byte, by one worker that is
never replaced. Prints, for each tenth of the way, the worker's memory and its CPU seconds a return.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.batch import Limits, read_all
from pipeline.intake import open_document
from pipeline.records import Problem, Source
from pipeline.sources import find_sources, load_bytes

PARTS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One tenth of the way."""

    returns: int
    memory_mb: float
    """Resident memory of the worker at its end."""
    cpu_s: float
    """CPU seconds a return."""


def readable(folder: Path) -> list[bytes]:
    """The bytes of every return in the folder that can be opened."""
    found = [data for source in find_sources([folder]) if isinstance(data := load_bytes(source), bytes)]
    return [data for data in found if not isinstance(open_document(data), Problem)]


def measure(documents: Sequence[bytes], count: int) -> list[Part]:
    """Memory and time of one worker over `count` returns; in whole rounds of the documents, so that parts compare."""
    rounds = max(PARTS, -(-count // len(documents)))
    each = rounds // PARTS * len(documents)
    parts = []
    with tempfile.TemporaryDirectory(prefix="countersign-load-") as scratch:
        folder = Path(scratch)
        sources = list(_variants(documents, each * PARTS, folder))
        readings = read_all(sources, 1, Limits(seconds=600, files_a_worker=each * PARTS + 1))
        spent = memory = cpu = 0.0
        for number, reading in enumerate(readings, start=1):
            Path(reading.source.path).unlink()
            memory, cpu = _worker() or (memory, cpu)
            if number % each == 0:
                parts.append(Part(number, memory, (cpu - spent) / each))
                spent = cpu
    return parts


def _variants(documents: Sequence[bytes], count: int, folder: Path) -> Iterator[Source]:
    """`count` files made from the documents in turn, each with some bytes more behind its end."""
    for number in range(count):
        data = documents[number % len(documents)] + b"\n%%%d" % number
        path = folder / f"{number:06}.bin"
        path.write_bytes(data)
        yield Source(path.name, str(path), hashlib.sha256(data).hexdigest(), 0)


def _worker() -> tuple[float, float] | None:
    """(resident memory in MB, CPU seconds) of the one worker; None where it has ended."""
    worker = next(iter(psutil.Process().children()), None)
    if worker is None or worker.status() == psutil.STATUS_ZOMBIE:
        return None
    times = worker.cpu_times()
    return worker.memory_info().rss / 1e6, times.user + times.system + times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    for part in measure(readable(options.folder), options.count):
        print(f"{part.returns:>7} returns  {part.memory_mb:>6.0f} MB  {part.cpu_s:.3f} CPU s a return", flush=True)


if __name__ == "__main__":
    main()
