"""What lies in the folders that are read, told without opening a file: by this it is noticed that something arrives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.intake.file_names import is_hidden
from pipeline.intake.sources import is_left_out

FolderState = Mapping[str, tuple[int, int]]
"""Absolute path -> size and time of change, nanoseconds, of each file."""
POLL_S = 2.0
"""Seconds between two looks. A file has settled when it is the same in two of them; network drives report no events."""
SHARE_OF_TIME = 0.2
"""Of the time that may be spent looking: a large folder on a slow drive is looked at less often."""
LONGEST_WAIT_S = 60.0
"""Seconds that a change waits for everything to settle: a file that never does must not hold up the others."""


def folder_state(paths: Sequence[Path], leave_out: Iterable[Path] = ()) -> FolderState:
    """The files in `paths` as they are now, without what is not walked either (`find_sources`).

    What can't be looked at is left out.
    """
    skip = {os.path.realpath(path) for path in leave_out}
    found: dict[str, tuple[int, int]] = {}
    for root in paths:
        if not root.is_dir():
            _note(Path(os.path.abspath(root)), found)
            continue
        for folder, subfolders, files in os.walk(os.path.abspath(root)):
            subfolders[:] = [name for name in subfolders if not is_left_out(Path(folder, name), skip)]
            for name in files:
                path = Path(folder, name)
                if not is_hidden(name) and os.path.realpath(path) not in skip:
                    _note(path, found)
    return found


def _note(path: Path, found: dict[str, tuple[int, int]]) -> None:
    try:
        state = path.stat()
    except OSError:
        return
    found[str(path)] = (state.st_size, state.st_mtime_ns)


def wait_for_change(
    look: Callable[[], FolderState],
    known: FolderState,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> FolderState:
    """Come back with the state that differs from `known`, as soon as it has settled.

    A folder that has become empty is waited for: a drive that was unplugged looks like that.
    """
    last, since, pause = known, clock(), POLL_S
    while True:
        wait(pause)
        began = clock()
        now = look()
        pause = max(POLL_S, (clock() - began) / SHARE_OF_TIME)
        if now == known or not now:
            since = clock()
        elif now == last or clock() - since > LONGEST_WAIT_S:
            return now
        last = now
