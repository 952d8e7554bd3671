"""Files that nobody else on the machine reads, and folders to work in that are gone afterwards, also after a kill."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

PRIVATE_UMASK = 0o077
"""What is made under it is the user's alone: folders 0700, files 0600."""
LOCK_NAME = ".lock"
"""File in a folder to work in that its process keeps locked: the system lets go of it when the process ends."""
UNLOCKED = ".new"
"""Suffix of such a folder's name until it is locked."""
LONGEST_START_S = 60.0
"""From this age on a folder that was never locked belongs to nobody. Locking takes a millisecond."""


@contextmanager
def private_files(share: bool = False) -> Iterator[None]:
    """What this process and its children make, inside, only its user can read. `share`: as the user's umask says."""
    before = os.umask(PRIVATE_UMASK)
    if share:
        os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent`, mode 0700, removed at the end. First goes what killed processes left there.

    `prefix`: of the folders' names. Raises OSError where the folder can't be made.
    """
    sweep(parent, prefix)
    made = Path(tempfile.mkdtemp(dir=parent, prefix=prefix, suffix=UNLOCKED))
    folder = made.with_suffix("")
    try:
        with _lock(made):
            made.rename(folder)
            yield folder
    finally:
        for path in (made, folder):
            shutil.rmtree(path, ignore_errors=True)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders to work in that processes of this user left in `parent` when they were killed."""
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # Timeout, which is one: its process is at work. Else it is gone already.
            if is_ours(folder) and (folder.suffix != UNLOCKED or _age_s(folder) > LONGEST_START_S):
                with _lock(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def keep_trace(text: str) -> Path:
    """A new file in the system's temporary folder with a trace, to be sent with a report of the fault."""
    handle, path = tempfile.mkstemp(prefix="countersign-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)


def _lock(folder: Path) -> FileLock:
    # Without the fallback to a mark that outlives a killed process, for file systems that have no locks.
    return FileLock(folder / LOCK_NAME, mode=0o600, blocking=False, thread_local=False, fallback_to_soft=False)


def is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, and no link that somebody put there."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == getattr(os, "getuid", lambda: found.st_uid)()


def _age_s(folder: Path) -> float:
    return time.time() - folder.lstat().st_mtime
