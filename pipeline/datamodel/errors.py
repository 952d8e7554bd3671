"""Failures that end a run, each with its exit code.

The message is one sentence that says what is wrong and what to do. Library code raises; the command line
prints the sentence and exits with the code.
"""

from __future__ import annotations

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
        raise InputError(f"{path} can't be read ({error.strerror or error}). Check the path.") from error
