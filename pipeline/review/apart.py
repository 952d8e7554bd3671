"""A worker process that answers questions about files, one at a time and under limits: a file may be hostile."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from pipeline.datamodel.records import Problem
from pipeline.execution.worker_pool import Limits, Worker, WorkersFail

LIMITS = Limits(seconds=20, address_space=4 << 30)


@dataclass
class Apart:
    """Asks the function `call` (MODULE:FUNCTION); the worker is started with the first question."""

    call: str
    fails: Problem
    """What is said of a file over which the worker ended."""
    worker: Worker | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: object) -> bytes | Problem:
        """The answer, or why there is none."""
        with self.lock:
            try:
                if self.worker is None:
                    self.worker = Worker.start(self.call, LIMITS)
                answer = self.worker.ask(question)
            except WorkersFail as error:
                return Problem("unreadable_file", str(error))
            if isinstance(answer, bytes | Problem):
                return answer
            self._end()
            return self.fails

    def _end(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.close()
            self.worker = None

    def close(self) -> None:
        """Ends the worker; what is being answered is given up."""
        if self.worker is not None:
            self.worker.kill()
