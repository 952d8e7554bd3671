"""`countersign read --watch`: what arrives is read while the command runs, and told in a line each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.summary import changed, need_you
from pipeline.datamodel.errors import InputError, RosterError, StoreBusy
from pipeline.intake.arrivals import FolderState, folder_state, wait_for_change

if TYPE_CHECKING:
    from pipeline.run import Outcome
    from pipeline.settings import RunOptions

PASSING = (InputError, RosterError, StoreBusy)
"""What may be over soon: a drive that is unplugged, a roster that is being saved, another run."""


def watched_state(paths: Sequence[Path], options: RunOptions) -> FolderState:
    """What a run depends on: the returns, the roster, the configuration."""
    sides = [path for path in (options.roster, options.config) if path is not None]
    returns = folder_state(paths, options.no_returns())
    return {**returns, **folder_state(sides)} if returns else {}


def watch(
    known: FolderState,
    look: Callable[[], FolderState],
    read: Callable[[], Outcome],
    say: Callable[[Sequence[str]], None],
    wait_for: Callable[[Callable[[], FolderState], FolderState], FolderState] = wait_for_change,
) -> Outcome | None:
    """Read again whenever something has arrived or changed, until Ctrl-C; the last run's outcome, None without any.

    `known`: the state that was read already.
    """
    last: Outcome | None = None
    told, reading = "", False
    try:
        say(["watching for what arrives; Ctrl-C ends it"])
        while True:
            now = wait_for(look, known)
            reading = True
            try:
                last = read()
                known, told, lines = now, "", arrived(last)
            except PASSING as error:  # What failed does not become known, so that it is tried again.
                lines = [f"waiting  {error}"] if str(error) != told else []
                told = str(error)
            reading = False
            say(lines)
    except KeyboardInterrupt:
        if reading:
            raise  # The tables are not written yet: the run ends as any that is interrupted.
        return last


def arrived(outcome: Outcome) -> list[str]:
    """A line for each return that is new or replaced, one for each other change, and how it stands now."""
    found = outcome.changes
    if found is None:
        return []
    rows = {row["file"]: row for row in outcome.table.to_dict("records")}
    came = [("arrived", found.new), ("replaced", found.replaced)]
    lines = [_line(what, rows[file]) for what, files in came for file in files if file in rows]
    lines += changed(found, ("renamed", "gone", "answered"))
    return [*lines, f"now      {need_you(outcome)}"]


def _line(what: str, row: Mapping[Hashable, Any]) -> str:
    about = [str(row[name]) for name in ("status", "article", "flags") if row[name]]
    return f"{what:8} {row['file']}: {', '.join(about)}"
