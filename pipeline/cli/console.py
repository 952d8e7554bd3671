"""How the commands speak: data on stdout, messages on stderr, one sentence and an exit code for a failure."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from pipeline.datamodel.errors import EXIT_INTERRUPTED, CountersignError

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="What was done as JSON on stdout, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def messages() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def plain(text: object) -> str:
    """Text of a document, with nothing in it that rich would take for markup."""
    from rich.markup import escape

    return escape(str(text))


def say(lines: Sequence[str]) -> None:
    """Messages, a line each, as they are."""
    console = messages()
    for line in lines:
        console.print(plain(line), highlight=False, soft_wrap=True)


def tell(done: Mapping[str, Any], lines: Sequence[str], as_json: bool, quiet: bool = False) -> None:
    """What a command did: as one JSON object on stdout, or as lines on stderr."""
    if as_json:
        print(json.dumps(done, ensure_ascii=False, indent=2, default=str))
    elif not quiet:
        say(lines)


@contextmanager
def failures_told() -> Iterator[None]:
    """One sentence and an exit code for what a user can mend; Ctrl-C and SIGTERM end cleanly."""
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        yield
    except (CountersignError, FileNotFoundError) as error:
        messages().print(f"[red]countersign:[/] {plain(error)}", highlight=False, soft_wrap=True)
        raise SystemExit(getattr(error, "exit_code", 2)) from None
    except KeyboardInterrupt:
        message = "Stopped. What was read is kept; run the same command to go on."
        messages().print(f"countersign: {message}", highlight=False)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
