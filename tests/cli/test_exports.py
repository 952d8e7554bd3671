"""Every command with every manner: JSON on stdout, messages on stderr, exit codes of the one table."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
import typer.main
from typer.testing import CliRunner

from pipeline.cli import main as cli
from pipeline.datamodel.errors import EXIT_CODES, CountersignError
from tests.cli.test_main import run
from tests.material.whole_batch import whole_batch


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_batch(tmp_path_factory.mktemp("a folder") / "with spaces")


SERVING = ("review", "form edit")
"""Commands that serve a page until they are stopped."""


def commands() -> dict[str, click.Command]:
    """All commands, those of a group as `form learn`."""
    found: dict[str, click.Command] = {}
    for name, command in typer.main.get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        found |= {f"{name} {sub}": each for sub, each in below.items()} if below else {name: command}
    return found


def test_every_command_speaks_json_and_shows_an_example() -> None:
    for name, command in commands().items():
        options = {flag for parameter in command.params for flag in parameter.opts}
        assert "--json" in options or name in SERVING, name
        assert "Example" in (command.help or ""), name


@pytest.mark.parametrize("name", ["", *commands()])
def test_help_shows_no_types_of_python_and_no_value_for_a_flag(name: str) -> None:
    shown = CliRunner().invoke(cli.app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
    assert not re.search(r"<\w+(?:\[\w+\])?>|INTEGER|TEXT|bool\b", shown)
    assert re.search(r"--help +(?:-h +)?Show this", shown)


def test_every_option_says_what_it_takes_unless_it_takes_nothing() -> None:
    for name, command in commands().items():
        for option in (p for p in command.params if p.param_type_name == "option"):
            takes = not (option.is_flag or option.count)  # type: ignore[attr-defined]
            assert bool(option.metavar) == takes, f"{name} {option.opts}"


def test_quiet_is_an_option_of_every_command_that_only_does_something() -> None:
    for name, command in commands().items():
        options = {flag for parameter in command.params for flag in parameter.opts}
        assert {"--quiet", "-q"} <= options or name in (*SERVING, "log"), name


def test_every_failure_has_an_exit_code_of_the_table() -> None:
    def below(kind: type[CountersignError]) -> set[type[CountersignError]]:
        return {kind}.union(*(below(k) for k in kind.__subclasses__()))

    assert {kind.exit_code for kind in below(CountersignError)} <= set(EXIT_CODES)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["export", "--to", "jsonl"], "rows"),
        (["export", "--to", "xlsx", "--no-crops"], "rows"),
        (["pack", "--volume", "312"], "files"),
        (["chase"], "letters"),
        (["report"], "articles"),
    ],
)
def test_json_on_stdout(finished: Path, arguments: list[str], key: str) -> None:
    code, out, err = run(arguments[0], finished, *arguments[1:], "--json")
    assert code == 0 and key in json.loads(out) and err == ""
    if arguments[0] != "chase":
        assert run(arguments[0], finished, *arguments[1:], "--quiet") == (0, "", "")


def test_refusal_lists_and_has_its_exit_code(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, ("", "unsigned", "", "", ""))
    code, out, err = run("pack", folder, "--volume", "312")
    assert code == 6 and out == "" and "unsigned" in err and "--partial" in err
    assert run("pack", folder, "--volume", "312", "--partial", "-q")[0] == 0
    assert run("pack", folder, "--volume", "7")[0] == 2
    assert run("forget", folder, "--yes")[0] == 6


def test_round_trip(finished: Path) -> None:
    run("export", finished, "--to", "xlsx", "-q")
    for named in ([finished], [finished, finished / "returns.xlsx"], [finished / "returns.xlsx", finished]):
        code, out, _ = run("import", *named, "--json")
        assert code == 0 and json.loads(out) == {"changes": [], "not_counted": {}, "logged": 0}
    code, _, err = run("import", finished, "nothing.xlsx")
    assert code == 2 and "nothing.xlsx can't be read (it is not there)" in err


def test_nothing_is_forgotten_without_a_yes(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    assert run("forget", folder, stdin=b"n\n")[0] == 1
    code, out, _ = run("forget", folder, "--yes", "--json")
    assert code == 0 and json.loads(out)["rows"] == 5


def test_results_that_are_not_there(tmp_path: Path) -> None:
    for name in ("export", "pack", "chase", "report"):
        assert run(name, tmp_path / "none")[0] == 4


def test_nothing_is_recovered_of_a_sound_file(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    before = (folder / "countersign.db").stat().st_ino
    code, _, err = run("recover", folder)
    assert code == 0 and "is sound" in err and (folder / "countersign.db").stat().st_ino == before
    assert run("recover", tmp_path)[0] == 4


def test_formats_in_any_case_and_forms_without_returns(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    assert run("export", folder, "--to", "JSONL", "-q")[0] == 0 and (folder / "returns.jsonl").is_file()
    (tmp_path / "empty").mkdir()
    code, _, err = run("form", "check", tmp_path / "empty", "--form", "pmlr")
    assert code == 2 and "could be a return" in err


def test_where_nobody_has_to_be_written_to_nothing_is_left(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    code, _, err = run("chase", folder)
    assert code == 0 and "nobody has to be written to" in err and not (folder / "letters").exists()
    assert run("chase", folder, "--sent")[0] == 2


def test_template_to_change(tmp_path: Path) -> None:
    assert run("chase", tmp_path, "--write-template", tmp_path / "t.toml")[0] == 0
    assert "[reasons]" in (tmp_path / "t.toml").read_text()
