"""Many returns at once: worker processes under limits, each return given one observation whatever happens.

A hang, a crash of a native library or a kill costs at most the file it happened on, and that file gets an observation
that says so. A worker that was killed from outside (by the system, short of memory) is replaced and its file tried
again, since the file need not be the reason.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.execution.last_words import LastWords
from pipeline.execution.worker import KEPT_MEMORY, LOG_LEVEL, ONE_THREAD, READY, receive, send
from pipeline.results.private_files import work_folder

WORK_PREFIX = "countersign-run-"
"""What the folder of a run in the system's temporary one begins with; each run removes those of killed ones."""
END_S = 5.0
"""How long a thread that feeds a worker is waited for when its worker has been ended."""
_log = logging.getLogger(__name__)
READ_RETURN = "pipeline.execution.reading:read_return"
START_SECONDS = 180
"""Longest time for a worker to load its models; a cold disk on a busy machine takes a good part of it."""
KILL_TRIES = 4
"""A file is given up after this many workers were killed over it."""
CRASH_TRIES = 2
"""A file is given up after so many workers crashed over it, which nobody had killed."""
KILL_SIGNALS = frozenset(getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals by which a user or the system ends a worker: not the file's fault."""


class WorkersFail(CountersignError):
    """No worker can be started, so that reading anything is hopeless."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    seconds: int = 120
    address_space: int = 6 << 30
    """Bytes of address space of one worker. Reserved, not used: libraries map far more than they touch."""
    files_a_worker: int = 1000
    """A worker is replaced after this many files, so that what a native library leaks stays small."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One return and what was read from it."""

    source: Source
    observation: Observation


Readings = Iterator[Reading]
Q = TypeVar("Q")
A = TypeVar("A")
_Done = tuple[A] | BaseException | None
"""What a lane hands over: a result, why it broke off, or that it is done."""


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_all(
    sources: Sequence[Source],
    jobs: int = 0,
    limits: Limits | None = None,
    call: str = READ_RETURN,
    forms: tuple[str, ...] = (),
) -> Generator[Reading, None, None]:
    """Each source with its observation, as they come; the largest files first, so that none ends last.

    `jobs` worker processes, 0: one a core. `forms`: folders of forms beside the packaged ones. Closing the iterator
    stops the workers. Raises WorkersFail where a worker can't be started.
    """
    limits = limits or Limits()
    todo = sorted(sources, key=lambda s: (-s.size, s.name))
    slots = [WorkerSlot(limits, call, forms) for _ in range(_count(jobs, len(todo)))]
    return _spread(todo, slots, lambda slot, source: Reading(source, slot.observation(source)))


def ask_all(
    call: str, questions: Sequence[Q], message: Callable[[Q], object], jobs: int = 0, limits: Limits | None = None
) -> Generator[tuple[Q, Any], None, None]:
    """Each question with what the function `call` (MODULE:FUNCTION) answers in a worker process, as they come.

    `message` makes what is sent from a question, in a thread and only when its turn comes, so that never all are in
    memory. Raises WorkersFail where no worker can be started, or answers.
    """
    slots = [WorkerSlot(limits or Limits(), call) for _ in range(_count(jobs, len(questions)))]
    return _spread(questions, slots, lambda slot, question: (question, slot.answer(message(question))))


def _count(jobs: int, tasks: int) -> int:
    return min(jobs or usable_cores(), max(1, tasks))


def _spread(
    tasks: Sequence[Q], slots: Sequence[WorkerSlot], do: Callable[[WorkerSlot, Q], A]
) -> Generator[A, None, None]:
    """What `do` gives for each task with one of the seats, as they come. Closing the iterator stops the workers."""
    with work_folder(Path(tempfile.gettempdir()), WORK_PREFIX) as folder:
        for slot in slots:
            slot.folder = str(folder)
        yield from _lanes(tasks, slots, do)


def _lanes(tasks: Sequence[Q], slots: Sequence[WorkerSlot], do: Callable[[WorkerSlot, Q], A]) -> Iterator[A]:
    todo = deque(tasks)
    done: queue.Queue[_Done[A]] = queue.Queue(maxsize=2 * len(slots))
    lanes = [Lane(todo, done, slot, do) for slot in slots]
    threads = [threading.Thread(target=lane.run, daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    try:
        running = len(lanes)
        while running:
            item = done.get()
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item[0]
    finally:
        todo.clear()
        for lane in lanes:
            lane.slot.stop()
        for thread in threads:
            thread.join(END_S)  # They close what they have open; nothing is left in the folder of the run.


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended."""

    timed_out: bool
    code: int | None
    """As `Popen.returncode`: a negative number is the signal."""
    last_words: str = ""
    """The end of what it said on stderr: a traceback, or the stack that a crash left."""

    @property
    def by_signal(self) -> str:
        """Name of the signal that ended it, or its exit code in words."""
        with suppress(ValueError, TypeError):
            return signal.Signals(-(self.code or 0)).name
        return f"exit code {self.code}"


@dataclass
class WorkerSlot:
    """One worker after the other: each is replaced when it dies or has read its share."""

    limits: Limits
    call: str = READ_RETURN
    forms: tuple[str, ...] = ()
    folder: str = ""
    """Where the workers put what they need for a moment: pages for Tesseract, documents for LibreOffice."""
    worker: Worker | None = None
    stopped: bool = False

    def observation(self, source: Source) -> Observation:
        """What a worker reads from the file, or what it did to its workers. Raises WorkersFail."""
        if source.refused is not None:
            return Observation(problem=source.refused)
        started = time.perf_counter()
        kills = crashes = 0
        while True:
            outcome = self._fresh_worker().read(source)
            if isinstance(outcome, Observation):
                return outcome
            self.end_worker()
            seconds = time.perf_counter() - started
            _log.info("%s: its worker ended (%s)", source.name, "too slow" if outcome.timed_out else outcome.by_signal)
            if outcome.timed_out or self.stopped:
                return Observation(problem=_took_too_long(self.limits, outcome), seconds=seconds)
            killed = -(outcome.code or 0) in KILL_SIGNALS
            kills, crashes = kills + killed, crashes + (not killed)
            if kills >= KILL_TRIES or crashes >= CRASH_TRIES:
                return Observation(problem=_crashed(outcome), seconds=seconds)

    def answer(self, message: object) -> object:
        """What a worker's function gives for `message`. Raises WorkersFail where none lives to say it."""
        outcome: object = None
        for _ in range(KILL_TRIES):
            outcome = self._fresh_worker().ask(message)
            if self.stopped or not isinstance(outcome, Death):
                return outcome
            _log.info("a worker ended before it answered (%s)\n%s", outcome.by_signal, outcome.last_words)
            self.end_worker()
        how = outcome.by_signal if isinstance(outcome, Death) else ""
        raise WorkersFail(f"Worker processes end before they answer ({how}). Run the same command with --jobs 1.")

    def answer_once(self, message: object) -> object:
        """As `answer`, but what ends its worker is given up: the Death then. Once more after a kill from outside."""
        outcome: object = None
        for _ in range(2):
            outcome = self._fresh_worker().ask(message)
            if not isinstance(outcome, Death):
                return outcome
            _log.info("a worker ended before it answered (%s)\n%s", outcome.by_signal, outcome.last_words)
            self.end_worker()
            if outcome.timed_out or -(outcome.code or 0) not in KILL_SIGNALS:
                return outcome
        return outcome

    def _fresh_worker(self) -> Worker:
        if self.worker is not None and self.worker.files >= self.limits.files_a_worker:
            self.end_worker()
        if self.worker is None:
            self.worker = Worker.start(self.call, self.limits, self.forms, self.folder)
        return self.worker

    def end_worker(self) -> None:
        """End the worker, if there is one; the next question starts another."""
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.kill()
            worker.close()

    def stop(self) -> None:
        """From another thread: end the worker and what it is doing."""
        self.stopped = True
        if (worker := self.worker) is not None:
            worker.kill()


@dataclass
class Lane(Generic[Q, A]):
    """The thread that feeds one seat."""

    todo: deque[Q]
    done: queue.Queue[_Done[A]]
    slot: WorkerSlot
    do: Callable[[WorkerSlot, Q], A]

    def run(self) -> None:
        """Do one task after another until none is left or the slot is stopped; hands over what breaks it off."""
        try:
            while not self.slot.stopped:
                try:
                    task = self.todo.popleft()
                except IndexError:
                    break
                self._put((self.do(self.slot, task),))
        except Exception as error:
            self._put(error)
        finally:
            self.slot.end_worker()
            self._put(None)

    def _put(self, item: _Done[A]) -> None:
        """Wait for room, but not for ever: after a stop nobody takes anything out."""
        while not self.slot.stopped:
            with suppress(queue.Full):
                return self.done.put(item, timeout=0.2)


def _took_too_long(limits: Limits, death: Death) -> Problem:
    sentence = (
        f"Reading this file took longer than {limits.seconds} seconds and was stopped. "
        "Open it; if it looks right, print it to a new PDF and read that."
    )
    return Problem("unreadable_file", sentence, death.last_words)


def _crashed(death: Death) -> Problem:
    sentence = (
        f"Reading this file ended the worker every time ({death.by_signal}): it is damaged, or needs too much memory. "
        "Open it; if it looks right, print it to a new PDF and read that."
    )
    return Problem("unreadable_file", sentence, death.last_words)


@dataclass
class Worker:
    """A worker process, from the parent's side."""

    process: subprocess.Popen[bytes]
    limits: Limits
    said: LastWords
    files: int = 0

    @classmethod
    def start(cls, call: str, limits: Limits, forms: tuple[str, ...] = (), folder: str = "") -> Worker:
        """Raises WorkersFail where none comes up, three times over."""
        code: int | None = None
        for _ in range(3):
            process = _process(call, limits, forms, folder)
            worker = cls(process, limits, LastWords.of(process.stderr, live=_log.isEnabledFor(logging.INFO)))
            answer = worker._within(START_SECONDS, lambda process: receive(process.stdout))  # type: ignore[arg-type]
            if answer == READY:
                return worker
            code = worker.process.returncode
            worker.kill()
            _log.info("a worker did not start (%s)\n%s", code, worker.said.text())
            worker.close()
        sentence = "Run `countersign doctor` to see what is missing."
        raise WorkersFail(f"No worker process could be started (it ended with {code}). {sentence}")

    def read(self, source: Source) -> Observation | Death:
        """The worker's observation of a source, or how the worker ended."""
        self.files += 1
        answer = self.ask(source)
        return (
            answer
            if isinstance(answer, Observation | Death)
            else Death(False, self.process.returncode, self.said.text())
        )

    def ask(self, question: object) -> object:
        """What the worker's function gives for `question`, or the Death of a worker that did not answer in time."""

        def exchange(process: subprocess.Popen[bytes]) -> object:
            send(process.stdin, question)  # type: ignore[arg-type]
            answer: object = receive(process.stdout)  # type: ignore[arg-type]
            return answer

        return self._within(self.limits.seconds, exchange)

    def _within(self, seconds: float, exchange: Callable[[subprocess.Popen[bytes]], object]) -> object:
        """What `exchange` gives, or the Death of a worker that did not answer in time."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return exchange(self.process)
        except (EOFError, OSError, ValueError):  # ValueError: the pipe was closed while it was read
            self.process.wait()
            return Death(late.is_set(), self.process.returncode, self.said.text())
        finally:
            timer.cancel()

    def kill(self) -> None:
        """The worker and what it started (Tesseract, poppler)."""
        if self.process.poll() is None:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Give the pipes back; for the thread that reads them."""
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _process(call: str, limits: Limits, forms: tuple[str, ...], folder: str) -> subprocess.Popen[bytes]:
    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(p for p in (home, *sys.path) if p)
    level = str(_log.getEffectiveLevel())
    environment = {**os.environ, **ONE_THREAD, **KEPT_MEMORY, "PYTHONPATH": path, LOG_LEVEL: level}
    if folder:
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    command = [
        sys.executable,
        "-m",
        "pipeline.execution.worker",
        call,
        str(limits.seconds),
        str(limits.address_space),
        *forms,
    ]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the workers ourselves.
    )
