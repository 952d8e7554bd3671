"""A run that reads what is new while the page is served: a process of its own, one at a time, whose progress is told.

The run takes the results' lock as any other run does; where another one holds it, that is said and nothing is read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.faults import trace_of
from pipeline.datamodel.statuses import needs_person
from pipeline.results.private_files import keep_trace

NICENESS = 5
"""The page that somebody works on goes first."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the last run has come."""

    running: bool = False
    done: int = 0
    total: int = 0
    said: str = ""
    """At its end: what it found, or why it could not read."""
    failed: bool = False


@dataclass
class BackgroundRun:
    """The runs of one server. `folder`, `store`: where the results are."""

    folder: Path
    store: str
    progress: Progress = Progress()
    again: bool = False
    """Whether something came while it ran, so that it runs once more."""
    command: Sequence[str] = (sys.executable, "-m", __name__)
    process: subprocess.Popen[bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> Progress:
        """Start a run, or one more after the one that is on its way."""
        with self.lock:
            if self.progress.running:
                self.again = True
            else:
                self.progress = Progress(running=True)
                threading.Thread(target=self._follow, name="background-run", daemon=True).start()
            return self.progress

    def _follow(self) -> None:
        """Run, and once more as long as something came meanwhile."""
        once_more = True
        while once_more:
            ended = self._run()
            with self.lock:
                once_more, self.again = self.again and not ended.failed, False
                self.progress = Progress(running=True) if once_more else ended

    def _run(self) -> Progress:
        """Start the process and keep what it says until it has ended."""
        asked = json.dumps({"folder": str(self.folder), "store": self.store}).encode()
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            return Progress(said=f"No run could be started ({error.strerror}).", failed=True)
        last: Mapping[str, Any] = {}
        with self.process as process, suppress(BrokenPipeError):
            if process.stdin and process.stdout:
                process.stdin.write(asked)  # By the pipe: the store's address may hold a password.
                process.stdin.close()
                last = self._heard(process.stdout)
        return Progress(said=str(last.get("said") or CUT_OFF), failed=bool(last.get("failed", True)))

    def _heard(self, lines: IO[bytes]) -> Mapping[str, Any]:
        """The last thing that the process says, with its progress noted on the way; empty where it was cut off."""
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:  # a library's own words
                continue
            if "said" in said:
                return dict(said)
            self.progress = replace(self.progress, done=said["done"], total=said["total"])
        return {}

    def close(self) -> None:
        """End it; what was read is kept."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()


CUT_OFF = "The run ended before it was done. What was read is kept; read again."


def main() -> None:
    """Read what is new, as the last run did; progress and end go to stdout, a line of JSON each."""
    asked = json.loads(sys.stdin.buffer.readline())
    with suppress(OSError):
        os.nice(NICENESS)
    try:
        _say({"said": _read(Path(asked["folder"]), asked["store"]), "failed": False})
    except CountersignError as error:
        _say({"said": str(error), "failed": True})
    except Exception as error:
        kept = keep_trace(trace_of(error))
        _say({"said": f"This is a fault of the program. Please report it with its trace, {kept}.", "failed": True})


def _read(folder: Path, store: str) -> str:
    """Read; what was found, in a sentence."""
    from pipeline.run import read_again

    done = read_again(folder, store, lambda done, total, _: _say({"done": done, "total": total}))
    changes = done.changes
    new = {*changes.new, *changes.replaced} if changes else set(done.table["file"])
    if not new:
        return "Nothing new was found."
    rows = done.table[done.table["file"].isin(new)]
    need = int(rows["status"].map(needs_person).sum())
    answered = f" Answered: {', '.join(changes.answered)}." if changes and changes.answered else ""
    return f"{len(rows)} new {'return' if len(rows) == 1 else 'returns'}, {need} to look at.{answered}"


def _say(what: Mapping[str, Any]) -> None:
    with suppress(OSError):  # The server may be gone; the run goes on to its end.
        print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
