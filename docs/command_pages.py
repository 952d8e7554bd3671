"""The docs' pages of the commands, from the command line itself: `python -m docs.command_pages docs/commands`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer.main

from pipeline.cli.main import app
from pipeline.datamodel.errors import EXIT_CODES

ORDER = (
    "read",
    "review",
    "export",
    "import",
    "pack",
    "chase",
    "report",
    "forget",
    "log",
    "recover",
    "form learn",
    "form edit",
    "form show",
    "form check",
    "doctor",
)
INDEX = """# Commands

| command | |
| --- | --- |
{commands}

Every command tells its options by `--help`. Tables and JSON go to stdout, all else to stderr; colours are used on a
terminal only. `--json` gives what was done as one JSON object, for scripts.

`countersign --install-completion` sets up completion for your shell (bash, zsh, fish, PowerShell);
`countersign --show-completion` prints it.

What you give again and again can stand in `countersign.toml`, in the current folder or beside the roster: each long
option of `read` by its name (`roster`, `out`, `volume`, `today`, `notes`, ...).

## Exit codes

| code | meaning |
| --- | --- |
{codes}
"""


def pages() -> dict[str, str]:
    """File name -> page as Markdown: `index.md` and one a command."""
    commands = _commands(typer.main.get_command(app))
    named = {name: commands[name] for name in (*ORDER, *sorted(set(commands) - set(ORDER)))}
    listed = "\n".join(f"| [`countersign {n}`]({_file(n)}) | {_first(c.help)} |" for n, c in named.items())
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    made = {_file(name): _page(name, command) for name, command in named.items()}
    return {"index.md": INDEX.format(commands=listed, codes=codes), **made}


def _commands(group: Any) -> Mapping[str, Any]:
    """Name -> command, those of a group inside by both names."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = _commands(command) if hasattr(command, "commands") else None
        found |= {name: command} if inner is None else {f"{name} {part}": c for part, c in inner.items()}
    return found


def _file(name: str) -> str:
    return f"{name.replace(' ', '-')}.md"


def _first(text: str) -> str:
    return _flowing(text).partition("\n")[0]


def _flowing(text: str) -> str:
    """A docstring with each paragraph on one line."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))


def _page(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
    usage = " ".join(["countersign", name, *(_argument(p) for p in arguments), "[OPTIONS]"])
    text = _flowing(command.help)
    example = re.search(r"\n\nExamples?: (.*)", text)
    body = text.replace(example[0], "") if example else text
    lines = [f"# countersign {name}", "", body, "", "```sh", usage, "```", ""]
    if example:
        lines += ["For example:", "", "```sh", *example[1].split("; "), "```", ""]
    for title, params in (("Arguments", arguments), ("Options", options)):
        if params:
            lines += [f"## {title}", "", "| | |", "| --- | --- |", *(_row(p) for p in params), ""]
    return "\n".join([*lines, "[All commands and the exit codes](index.md)", ""])


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = _argument(parameter)
    else:
        names = ", ".join((*parameter.opts, *parameter.secondary_opts))
        names += "" if parameter.is_flag or parameter.count else f" {parameter.metavar}"
    default = parameter.default
    shown = (
        f" Default: `{default}`." if isinstance(default, str | int | Path) and default not in ("", False, True) else ""
    )
    help_text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    return f"| `{names}` | {help_text}{shown} |"


def _argument(parameter: Any) -> str:
    name = str(parameter.name).upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def write_pages(folder: Path) -> None:
    """Write all pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
