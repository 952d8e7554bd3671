"""The command `recover`: a damaged results file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.console import AsJson, Quiet, Share, failures_told, tell

if TYPE_CHECKING:
    from pipeline.results.recovery import Recovered


def recover_results(
    results: Annotated[Path, typer.Argument(help="Folder that `countersign read` wrote.")] = Path("results"),
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Put what can be read of a damaged results file into a new one, with all decisions; the old one is kept.

    `countersign read` does the same by itself when it meets the damage, and reads again what was lost.

    Example: countersign recover results/
    """
    with failures_told(share):
        from dataclasses import asdict

        from pipeline.datamodel.errors import StoreError
        from pipeline.results.recovery import losses, recover
        from pipeline.results.results_file import NO_RESULTS, RESULTS_NAME

        if not (results / RESULTS_NAME).is_file():
            raise StoreError(NO_RESULTS.format(folder=results))
        if losses(results) == 0:
            sentence = f"{results / RESULTS_NAME} is sound: there is nothing to recover."
            tell({"damaged": None, "lost": 0}, [sentence], as_json, quiet)
            return
        done = recover(results)
        lines = [f"recover  {told(done)}", "next     countersign read, as before: it reads again what was lost"]
        tell(asdict(done), lines, as_json, quiet)


def told(saved: Recovered) -> str:
    """What was saved, as a clause."""
    return (
        f"countersign.db was damaged: {saved.decisions} decisions and {saved.readings} readings are saved, "
        f"{saved.lost} rows lost; the damaged file is {saved.damaged}"
    )
