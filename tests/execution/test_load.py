"""A batch of the largest size: memory does not grow, and what is known is not done again."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.batch_load import Known, known_readings
from benchmarks.batch_load import measure as whole_batch
from pipeline.datamodel.records import Article, Box, FieldReading, LineReading, Observation, SignatureReading, Volume
from pipeline.execution.worker_pool import Reading
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.roster.reader import load_roster
from pipeline.run import read_batch
from pipeline.settings import RunOptions
from tests.material import stand_ins

MOST_MB = 1100
"""Most memory that ten thousand returns may take of the process that judges them."""
SAMPLES = Path(__file__).resolve().parents[2] / "sample_scans"


@pytest.mark.soak
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


@pytest.mark.soak
def test_a_worker_does_not_grow_and_does_not_slow_down() -> None:
    from benchmarks.load import measure, readable

    parts = list(measure(readable(SAMPLES / "returns"), 600))
    middle, last = parts[len(parts) // 2], parts[-1]
    assert last.memory_mb < 1.05 * middle.memory_mb
    assert last.memory_mb < 700
    assert last.cpu_s < 1.1 * parts[0].cpu_s


BOX = Box(0.1, 0.1, 0.5, 0.2)


def typed(text: str, page: int) -> FieldReading:
    return FieldReading((LineReading(text, 1.0, "text_layer", "typed", page, BOX),), "typed", page, BOX)


def known(number: int) -> Known:
    """A made-up reading; pages of one look differ in their ink."""
    mask = np.random.default_rng(number).random((600, 500)) < 0.01
    volume = Volume("V1", "Made-up Proceedings", "1", 2026, date(2026, 12, 1), date(2026, 12, 3))
    signature = SignatureReading("handwritten", 0.99, True, typed("Ann Author", 2).lines, 2, BOX)
    title, name, day = typed("any", 1), typed("Ann Author", 1), typed("3 November 2026", 2)
    seen = Observation(2, "pmlr", (), (), title, name, signature, day, page_fingerprint=page_fingerprint(mask))
    return Known(seen, Article("any", "any", ("Ann Author", "Bo Writer"), volume))


def test_a_batch_of_stored_readings(tmp_path: Path) -> None:
    """The load test's own way, short; it fails by itself where returns are lost."""
    runs = [(run.name, run.rows) for run in whole_batch([known(n) for n in range(3)], 30, tmp_path)]
    assert runs == [("first", 30), ("nothing new", 30), ("10 returns more", 40), ("another roster", 40)]


@pytest.mark.soak
def test_a_batch_of_ten_thousand_stored_readings(tmp_path: Path) -> None:
    readings = known_readings(SAMPLES / "returns", load_roster(SAMPLES / "roster.bib"))
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    few, *_ = whole_batch(readings, 1000, tmp_path / "few")
    many, unchanged, more, _ = whole_batch(readings, 10_000, tmp_path / "many")
    assert (many.rows, unchanged.rows, more.rows) == (10_000, 10_000, 10_010)
    # Each title is compared with ten times as many, and each page's ink too: that may cost something.
    assert many.cpu_s / 10_000 < 1.5 * few.cpu_s / 1000
    # The database's indices grow; nothing else may.
    assert many.tenths_cpu_s[-1] < 2 * many.tenths_cpu_s[0]
    *while_reading, at_the_end = many.memory_mb
    assert max(while_reading) < 1.05 * while_reading[0], "readings are kept on disk, not in memory"
    # Resolved and checked all together, without their probabilities and crops: 50 kB a return.
    assert at_the_end < MOST_MB and more.memory_mb[-1] < MOST_MB
    assert unchanged.cpu_s < 0.1 * many.cpu_s and more.cpu_s < 0.5 * many.cpu_s
