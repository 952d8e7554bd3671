"""Failures that end a run, each with its exit code.

The message is one sentence that says what is wrong and what to do. Library code raises; the command line
prints the sentence and exits with the code.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

EXIT_UNREADABLE = 1
EXIT_LEFT = 1
EXIT_INCOMPLETE = 6
EXIT_FAULT = 70
EXIT_INTERRUPTED = 130

EXIT_CODES: Mapping[int, str] = {
    0: "done",
    EXIT_UNREADABLE: "done, but something is left: `read` met unreadable files (their rows say why), `import` did not "
    "take every change, `doctor` misses something that is needed",
    2: "wrong use: an option, roster, form, template or configuration that can't be used",
    3: "no worker could be started",
    4: "the results can't be read or written",
    5: "another run is writing the results",
    EXIT_INCOMPLETE: "not done, because articles are missing or open; they are listed",
    EXIT_FAULT: "a fault of the program; the message names the file with its trace",
    EXIT_INTERRUPTED: "stopped by Ctrl-C; what was read is kept",
}
"""Exit code -> what it means, for every command."""


SYSTEM_WORDS: Mapping[int, str] = {
    errno.ENOENT: "it is not there",
    errno.EACCES: "you may not use it",
    errno.EPERM: "you may not use it",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EROFS: "the disk can only be read",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file of that name is there already",
    errno.ENOTEMPTY: "the folder is not empty",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.EIO: "the disk reports an error",
    errno.ESTALE: "the network drive does not answer",
    errno.ETIMEDOUT: "the network drive does not answer",
    errno.EHOSTDOWN: "the network drive does not answer",
    errno.EBUSY: "another program is using it",
    errno.EADDRINUSE: "another program is using it",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}
"""Number of an error of the system -> what we say of it, as a clause."""


def system_words(error: OSError) -> str:
    """Why the system refused, as a clause of our own; its own words where it is an error that we don't know."""
    return SYSTEM_WORDS.get(error.errno or 0) or error.strerror or str(error)


def remedy_for(error: OSError) -> str:
    """What helps where a file can't be written, as a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space, or name another place."
    if error.errno == errno.EISDIR:
        return "Name a file in it."
    return "Close it in other programs, or name another place."


class CountersignError(Exception):
    """A failure that the user can mend."""

    exit_code = 1


class InputError(CountersignError, FileNotFoundError):
    """A file or folder that the user named is not there, or can't be read: wrong use of the command."""

    exit_code = 2


class RosterError(CountersignError):
    """The roster, or what `countersign.toml` says about its articles, can't be used: wrong use of the command."""

    exit_code = 2


class FormError(CountersignError, ValueError):
    """A form's folder can't be used: wrong use of the command."""

    exit_code = 2


class SettingsError(CountersignError):
    """An option has a value that it can't have: wrong use of the command."""

    exit_code = 2


class StoreError(CountersignError):
    """The results file can't be opened or written."""

    exit_code = 4


class StoreBusy(StoreError):
    """Another run writes this results file."""

    exit_code = 5


@contextmanager
def given_file(path: Path) -> Iterator[None]:
    """Read, inside, a file that the user named. Raises InputError where the system refuses it."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} can't be read ({system_words(error)}). Check the path.") from error
