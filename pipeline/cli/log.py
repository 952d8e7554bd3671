"""The command `log`: what the program left behind where it failed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import STORE_VARIABLE, AsJson, failures_told, tell
from pipeline.settings import help_of, value_of


def log(
    results: Annotated[Path, typer.Argument(help="Folder that `countersign read` wrote.")] = Path("results"),
    file: Annotated[str, typer.Argument(help="The return, as the table names it; else all that have a trace.")] = "",
    store: Annotated[
        str, typer.Option(metavar=value_of("store"), help=help_of("store"), show_default=False, envvar=STORE_VARIABLE)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show the traces of returns that met a fault of the program, or ended the process that read them.

    Send them with a report of the fault: they name places in the program, and may name the file.

    Example: countersign log results/ smith24.pdf
    """
    with failures_told():
        from dataclasses import asdict

        from pipeline.datamodel.errors import InputError
        from pipeline.results.store import open_store
        from pipeline.results.traces import kept_traces

        with open_store(results, store, writing=False) as opened:
            found = kept_traces(opened, file)
            if file and not found and file not in {name for name, _ in opened.places()}:
                raise InputError(f"{results} has no return {file}. Name it as the table does.")
        lines = [line for one in found for line in (one.file, f"  {one.sentence}", *_indented(one.trace), "")]
        nothing = f"{file or results} has no trace: nothing went wrong in the program there."
        tell({"traces": [asdict(one) for one in found]}, lines or [nothing], as_json)


def _indented(trace: str) -> list[str]:
    return [f"    {line}" for line in trace.splitlines()]
