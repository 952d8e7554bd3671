"""A batch of the largest size: memory does not grow, and what is known is not done again."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest

from pipeline.batch import Reading
from pipeline.run import read_batch
from pipeline.settings import RunOptions
from tests import stand_ins

pytestmark = pytest.mark.soak
SAMPLES = Path(__file__).resolve().parent.parent / "sample_scans" / "returns"


def test_an_unchanged_folder_of_3300_is_done_in_five_seconds(tmp_path: Path) -> None:
    folder = tmp_path / "returns"
    folder.mkdir()
    for i in range(3300):
        (folder / f"{i}.pdf").write_bytes(b"read title %d\n" % i + os.urandom(50_000))
    entries = (f"@InProceedings{{k{i}, title = {{title {i}}}, author = {{Ann Author}}}}\n" for i in range(3300))
    (tmp_path / "roster.bib").write_text("".join(entries))
    options = RunOptions(roster=tmp_path / "roster.bib", out=tmp_path / "results", today=date(2024, 5, 31))

    def run() -> tuple[int, int, float]:
        started = time.perf_counter()
        outcome = read_batch(
            [folder],
            options,
            reader=lambda sources, _: (Reading(source, stand_ins.read(source)) for source in sources),
            judge=stand_ins.judge,
        )
        return outcome.read, len(outcome.table), time.perf_counter() - started

    assert run()[:2] == (3300, 3300)
    read, rows, seconds = run()
    assert (read, rows) == (0, 3300) and seconds < 5


def test_a_worker_does_not_grow_and_does_not_slow_down() -> None:
    from benchmarks.load import measure, readable

    parts = measure(readable(SAMPLES), 600)
    middle, last = parts[len(parts) // 2], parts[-1]
    assert last.memory_mb < 1.05 * middle.memory_mb
    assert last.memory_mb < 700
    assert last.cpu_s < 1.1 * parts[0].cpu_s
