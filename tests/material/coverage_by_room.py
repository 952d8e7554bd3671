"""Share of lines that the tests ran, room by room: `python -m tests.material.coverage_by_room [--lines]`.

Reads what `make coverage` measured; what only worker processes run counts as not run. `--lines` adds each file that is
not run whole, with the lines that are not.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class FileRun:
    """How many statements of a file there are and were run; `missing`: lines of the others, as `4-7, 12`."""

    path: Path
    statements: int
    run: int
    missing: str


def room_of(path: Path) -> str:
    """`pipeline/dates` for a file in a room, `models` for a recognizer, the file itself for one that stands loose."""
    if path.parts[0] != "pipeline":
        return path.parts[0]
    return "/".join(path.parts[:2])


def measured(coverage: Coverage) -> list[FileRun]:
    """Every file of the program, also those that no test loads."""
    found = []
    for file in sorted([*ROOT.glob("pipeline/**/*.py"), *ROOT.glob("models/**/*.py")]):
        _, statements, _, missing, lines = coverage.analysis2(str(file))
        found.append(FileRun(file.relative_to(ROOT), len(statements), len(statements) - len(missing), lines))
    return found


def lines_by_room(files: list[FileRun], whole: bool = False) -> list[str]:
    """One line a room, the one with the least run first, and one for all; `whole`: with the files below."""
    rooms: dict[str, list[FileRun]] = defaultdict(list)
    for file in files:
        rooms[room_of(file.path)].append(file)
    lines = []
    for room, some in sorted(rooms.items(), key=lambda item: _share(item[1])):
        if sum(file.statements for file in some):
            lines.append(_line(room, some))
            lines += [f"    {file.path}: {file.missing}" for file in some if whole and file.run < file.statements]
    return [*lines, _line("all", files)]


def _share(files: list[FileRun]) -> float:
    return sum(file.run for file in files) / max(1, sum(file.statements for file in files))


def _line(name: str, files: list[FileRun]) -> str:
    return f"{name:<28}{sum(file.statements for file in files):>7} statements{_share(files):>8.1%}"


if __name__ == "__main__":
    kept = Coverage()
    kept.load()
    print("\n".join(lines_by_room(measured(kept), "--lines" in sys.argv)))
