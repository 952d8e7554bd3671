"""What a worker process says on stderr: its last words are kept, for the trace of the file that ended it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from typing import IO

from pipeline.datamodel.normalizing import printable

KEPT_BYTES = 16_384
"""Of what one process says, its end: a crash's stack is some 2,000 bytes. More costs memory for each worker."""
LONGEST_LINE = 65_536
"""Bytes taken at once: a native library may print without ever ending a line."""
WAIT_S = 2.0
"""How long the end of stderr is waited for once the process has ended; what it had started may still hold it open."""


@dataclass
class LastWords:
    """Reads a process's stderr to its end, so that it never blocks, in a thread of its own."""

    stream: IO[bytes]
    live: bool
    """Whether each line is shown on our own stderr, too."""
    kept: bytes = b""
    thread: threading.Thread = field(default_factory=threading.Thread)

    @classmethod
    def of(cls, stream: IO[bytes] | None, live: bool = False) -> LastWords:
        """Begin to read. The stream is closed at its end."""
        assert stream is not None, "the process was started with a pipe"
        words = cls(stream, live)
        words.thread = threading.Thread(target=words._read, daemon=True)
        words.thread.start()
        return words

    def text(self) -> str:
        """The end of what was said; to be asked when the process has ended."""
        self.thread.join(WAIT_S)
        return self.kept.decode("utf-8", "replace").strip()

    def _read(self) -> None:
        with self.stream:
            while line := self.stream.readline(LONGEST_LINE):
                self.kept = (self.kept + line)[-KEPT_BYTES:]
                if self.live:
                    print(printable(line.decode("utf-8", "replace").rstrip()), file=sys.stderr, flush=True)
