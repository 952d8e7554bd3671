"""`read --watch` in a process of its own: what arrives is read and told, Ctrl-C ends it with the tables written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pandas as pd

from pipeline.cli.watch import watch
from pipeline.datamodel.errors import InputError
from tests.cli.test_main import BIB, batch, run

__all__ = ["batch"]
ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 60
IN_A_PROCESS = """
import sys
from pipeline import run
from pipeline.cli.main import app
from pipeline.execution.worker_pool import Reading
from pipeline.intake import arrivals
from tests.material import stand_ins
real = run.read_batch
def reader(sources, _):
    return (Reading(source, stand_ins.read(source)) for source in sources)
run.read_batch = lambda paths, options, progress: real(paths, options, progress, reader, stand_ins.judge)
arrivals.POLL_S = 0.1
app(sys.argv[1:])
"""
"""The command with stand-ins for what reads, in a hurry."""


class Lines:
    """What a process says on stderr, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.queue: Queue[str] = Queue()
        self.all: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.queue.put(line)

    def until(self, wanted: str) -> str:
        """The next line that has `wanted` in it."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            try:
                line = self.queue.get(timeout=1)
            except Empty:
                continue
            self.all.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"{wanted!r} was not said, but {self.all}")


@contextmanager
def watching(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Lines]]:
    command = [sys.executable, "-c", IN_A_PROCESS, "read", "returns", "--roster", "roster.bib", "--watch", *more]
    # The stand-ins' crops are no pictures.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENCV_LOG_LEVEL": "FATAL"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        yield process, Lines(process)
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)


def table(folder: Path) -> list[str]:
    return sorted(pd.read_csv(folder / "results" / "returns.csv")["file"])


def test_what_arrives_is_read_and_told_and_ctrl_c_ends_it(batch: Path) -> None:
    with watching(batch) as (process, lines):
        lines.until("watching")
        assert table(batch) == ["a.pdf"]
        (batch / "returns" / "deep").mkdir()
        (batch / "returns" / "deep" / "b.pdf").write_text("read two")
        assert "two24" in lines.until("arrived  deep/b.pdf: ")
        assert "of 2 need you" in lines.until("now ")
        (batch / "returns" / "a.pdf").rename(batch / "returns" / "c.pdf")
        lines.until("renamed  1: a.pdf -> c.pdf")
        lines.until("now ")
        assert table(batch) == ["c.pdf", "deep/b.pdf"]
        process.send_signal(signal.SIGINT)
        lines.until("ended    results/returns.xlsx")
        assert process.wait(WAIT_S) == 0
        assert (batch / "results" / "returns.xlsx").is_file()


def test_a_roster_that_is_saved_anew_counts(batch: Path) -> None:
    with watching(batch) as (_, lines):
        lines.until("watching")
        (batch / "roster.bib").write_text("@nothing of use")
        lines.until("waiting ")
        (batch / "roster.bib").write_text(BIB.replace("title = {one}", "title = {other}"))
        lines.until("now ")


def test_quiet_watches_in_silence(batch: Path) -> None:
    with watching(batch, "-q") as (process, lines):
        workbook = batch / "results" / "returns.xlsx"  # The last thing that a run writes.
        wait_until(workbook.is_file)
        first = workbook.stat().st_ino
        (batch / "returns" / "b.pdf").write_text("read two")
        wait_until(lambda: workbook.is_file() and workbook.stat().st_ino != first)
        assert len(table(batch)) == 2
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0 and list(lines.queue.queue) == []


def test_it_goes_with_neither_json_nor_the_page(batch: Path) -> None:
    for more in ("--json", "--open"):
        code, _, err = run("read", "returns", "--roster", "roster.bib", "--watch", more)
        assert code == 2 and "--watch" in err


def test_what_fails_for_now_is_said_once_and_tried_again() -> None:
    states, said, tries = iter([{"b": (1, 1)}] * 3), list[Sequence[str]](), list[int]()

    def wait_for(_: object, known: object) -> dict[str, tuple[int, int]]:
        assert known == {}, "what failed does not count as read"
        try:
            return next(states)
        except StopIteration:
            raise KeyboardInterrupt from None

    def read() -> object:
        tries.append(1)
        raise InputError("The drive is not there.")

    assert watch({}, dict, read, said.append, wait_for) is None  # type: ignore[arg-type]
    assert len(tries) == 3 and sum("drive" in line for lines in said for line in lines) == 1
