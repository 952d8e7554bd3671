"""How the commands speak: data on stdout, messages on stderr, one sentence and an exit code for a failure.

Nothing that a file, a roster or a name holds reaches the terminal raw: control characters are shown as escapes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from pipeline.datamodel.errors import EXIT_FAULT, EXIT_INTERRUPTED, CountersignError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="What was done as JSON on stdout, for scripts.")]
SHARE_VARIABLE = "COUNTERSIGN_SHARE"
STORE_VARIABLE = "COUNTERSIGN_STORE"
"""Environment variables that stand for --share and --store: a password is not to be seen among the processes."""
Share = Annotated[
    bool, typer.Option("--share", envvar=SHARE_VARIABLE, help="Others on this machine may read what is written.")
]
Editor = Annotated[str, typer.Option("--as", metavar="NAME", help="Your name in the log; else your user name.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def messages() -> Console:
    """What is said to the user, on stderr: stdout is for the table."""
    from rich.console import Console

    return Console(stderr=True)


def plain(text: object) -> str:
    """Text of a document, with nothing in it that rich would take for markup, or a terminal for a command."""
    from rich.markup import escape

    from pipeline.datamodel.normalizing import printable

    return escape(printable(str(text)))


def plural(number: int, one: str, more: str = "") -> str:
    """So many things, in figures: 1 letter, 3,300 letters. `more`: of several, where that is not `one` with an s."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def say(lines: Sequence[str]) -> None:
    """Messages, a line each, as they are."""
    console = messages()
    for line in lines:
        console.print(plain(line), highlight=False, soft_wrap=True)


def tell(done: Mapping[str, Any], lines: Sequence[str], as_json: bool, quiet: bool = False) -> None:
    """What a command did: as one JSON object on stdout, or as lines on stderr."""
    if as_json:
        print(_escaped(json.dumps(done, ensure_ascii=False, indent=2, default=str)))
    elif not quiet:
        say(lines)


def _escaped(text: str) -> str:
    """JSON with those characters escaped that a terminal or a line-reader would act on, beyond what JSON asks for."""

    def shown(char: str) -> str:
        acts = char != "\n" and unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp")
        return json.dumps(char)[1:-1] if acts and char != "\x7f" else "\\u007f" if acts else char

    return "".join(map(shown, text))


@contextmanager
def logged(verbosity: int) -> Iterator[None]:
    """Show on stderr, inside, what the program logs: oddities that it got over (1), and each stage's time (2)."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    # Without the option nothing: what matters to the user is said in sentences, and has no traceback.
    handler = logging.StreamHandler() if verbosity else logging.NullHandler()
    handler.setFormatter(_PrintableFormatter("%(name)s: %(message)s"))
    loggers = [logging.getLogger(package) for package in ("pipeline", "models")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(level)
    logging.getLogger().addHandler(handler)  # Else Python prints the warnings of libraries as they are.
    for logger in loggers:
        logger.propagate = False
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True


class _PrintableFormatter(logging.Formatter):
    """Lines that no terminal takes for a command."""

    def format(self, record: logging.LogRecord) -> str:
        from pipeline.datamodel.normalizing import printable

        return "\n".join(map(printable, super().format(record).split("\n")))


@contextmanager
def failures_told(share: bool = False) -> Iterator[None]:
    """One sentence and an exit code for what a user can mend; Ctrl-C and SIGTERM end cleanly.

    A fault of the program is told as such, with the file that its trace was put in. What is written inside only the
    user can read. `share`: others, too, as the umask says.
    """
    from pipeline.results.private_files import private_files

    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        with private_files(share):
            yield
    except CountersignError as error:
        _failed(str(error))
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        message = "Stopped. What was read is kept; run the same command to go on."
        messages().print(f"countersign: {message}", highlight=False)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        _failed(
            f"This is a fault of the program ({type(error).__name__}), and what was read before is kept. "
            f"Please report it with its trace, {_kept_trace(error)}."
        )
        raise SystemExit(EXIT_FAULT) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def page_needed() -> Iterator[None]:
    """Import, inside, what serves pages. Raises SettingsError where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        from pipeline.datamodel.errors import SettingsError

        raise SettingsError(f"The page needs {error.name}: pip install 'countersign[review]'.") from error


def tell_address(name: str, address: str, browser: bool) -> None:
    """Say where a page is, and open it in the browser if that is wanted."""
    messages().print(f"{name.ljust(8)} {plain(address)}   (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    if browser:
        import webbrowser

        webbrowser.open(address)


def has_screen() -> bool:
    """Whether somebody sits at a terminal of a machine that can show a browser's window."""
    shows = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    return shows and sys.stdin.isatty() and messages().is_terminal


def _failed(message: str) -> None:
    """Print a failure's message, whose lines are its own and not those of a name in it."""
    text = "\n".join(map(plain, message.split("\n")))
    messages().print(f"[red]countersign:[/] {text}", highlight=False, soft_wrap=True)


def _kept_trace(error: BaseException) -> Path:
    """A new file with the trace, which only this user can read."""
    from pipeline.datamodel.faults import trace_of
    from pipeline.results.private_files import keep_trace

    return keep_trace(trace_of(error))


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
