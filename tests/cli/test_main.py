"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer.main
from typer.testing import CliRunner

from pipeline import settings
from pipeline.cli import main as cli
from pipeline.datamodel.errors import EXIT_UNREADABLE, SettingsError
from pipeline.datamodel.records import Observation
from pipeline.run import read_batch
from pipeline.settings import RunOptions, help_of, read_config, run_options
from tests.material import stand_ins

ROOT = Path(__file__).resolve().parents[2]
BIB = (
    "@Proceedings{v1, start = {2024-06-01}, volume = {7}}\n"
    "@InProceedings{one24, title = {one}, author = {Ann Author}, crossref = {v1}}\n"
    "@InProceedings{two24, title = {two}, author = {Bo Writer}, crossref = {v1}}\n"
)


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `returns` and `roster.bib`; what the command reads, stand-ins read, in this process."""
    (tmp_path / "returns").mkdir()
    (tmp_path / "returns" / "a.pdf").write_text("read one")
    (tmp_path / "roster.bib").write_text(BIB)

    def with_stand_ins(paths: list[Path], options: RunOptions, progress: object = lambda *_: None) -> object:
        from pipeline.execution.worker_pool import Reading

        def reader(sources: list, _: RunOptions) -> object:  # type: ignore[type-arg]
            return (Reading(s, stand_ins.read(s) if not s.refused else Observation(problem=s.refused)) for s in sources)

        return read_batch(paths, options, progress, reader, stand_ins.judge)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.run.read_batch", with_stand_ins)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object, stdin: bytes | None = None) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)"""
    done = CliRunner().invoke(cli.app, [str(a) for a in arguments], input=stdin)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def test_the_version_is_told() -> None:
    told = CliRunner().invoke(cli.app, ["--version"])
    assert told.exit_code == 0 and told.output.startswith("countersign ")


def test_a_table_on_stdout_and_the_rest_on_stderr(batch: Path) -> None:
    code, out, err = run("read", "returns", "--roster", "roster.bib", "--out", "o")
    assert code == 0
    assert "a.pdf" in out and "one24" in out and "status" in out.splitlines()[0]
    assert "1 of 2 articles have no return: two24" in err
    assert "status" in err and "a.pdf" not in err
    assert {p.name for p in (batch / "o").iterdir()} >= {"countersign.db", "returns.csv", "returns.xlsx"}


def test_without_a_roster_what_needs_none_is_checked(batch: Path) -> None:
    code, out, err = run("read", "returns", "--out", "o")
    assert code == 0 and "a.pdf" in out and "one24" not in out and "title_not_in_roster" not in out
    assert "titles, names and signers are not checked" in err and "articles have no return" not in err
    assert "countersign pack" not in err
    code, _, err = run("pack", "o")
    assert code == 2 and "no roster was given" in err and not (batch / "o" / "permissions.zip").exists()
    assert run("read", "returns", "--roster", "roster.bib", "--out", "o", "-q")[0] == 0
    code, _, err = run("read", "returns", "--out", "o", "-q")
    assert code == 2 and "checked against a roster before: name it with --roster" in err


def test_quiet_prints_nothing_but_errors(batch: Path) -> None:
    assert run("read", "returns", "--roster", "roster.bib", "-q") == (0, "", "")
    assert "is not there" in run("read", "nowhere", "--roster", "roster.bib", "-q")[2]


def test_tables_are_written_again_only_if_something_changed(batch: Path) -> None:
    arguments = ("read", "returns", "--roster", "roster.bib", "--out", "o", "-q")
    run(*arguments)
    workbook = batch / "o" / "returns.xlsx"
    first = workbook.stat().st_ino
    run(*arguments)
    assert workbook.stat().st_ino == first, "an editor's corrections in it are not lost"
    (batch / "returns" / "b.pdf").write_text("read two")
    run(*arguments)
    assert workbook.stat().st_ino != first
    workbook.unlink()
    run(*arguments)
    assert workbook.is_file()


def test_verbose_tells_of_each_return(batch: Path) -> None:
    (batch / "returns" / "b.pdf").symlink_to("/nowhere")
    _, _, err = run("read", "returns", "--roster", "roster.bib", "-q", "--verbose")
    assert re.search(r"^ +\d+\.\d s  a\.pdf$", err, re.MULTILINE) and re.search(r" s  b\.pdf  \S", err)


def test_unreadable_files_have_an_exit_code_of_their_own(batch: Path) -> None:
    (batch / "returns" / "b.pdf").symlink_to("/nowhere")
    code, out, err = run("read", "returns", "--roster", "roster.bib")
    assert code == EXIT_UNREADABLE and "unreadable" in out and "unreadable_file 1" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--roster", "roster.bib"], "Name the folders"),
        (["nothing-there", "--roster", "roster.bib"], "nothing-there is not there"),
        (["returns", "--roster", "no.bib"], "no.bib"),
        (["returns", "--roster", "roster.bib", "--volume", "9"], "9"),
        (["returns", "--roster", "roster.bib", "--today", "tomorrow"], "YYYY"),
        (["returns", "--roster", "roster.bib", "--jobs", "-1"], "between 0 and 1024"),
        (["returns", "--roster", "roster.bib", "--risk", "0.9"], "between 0.0 and 0.5"),
        (["returns", "--roster", "roster.bib", "--note", "nonsense"], "nonsense"),
        (["returns", "--roster", "roster.bib", "--config", "no.toml"], "no.toml"),
    ],
)
def test_wrong_use_is_exit_code_2_and_one_sentence(batch: Path, arguments: list[str], says: str) -> None:
    code, out, err = run("read", *arguments)
    assert code == 2 and out == ""
    assert says.replace("YYYY", "2024-05-31") in err and "Traceback" not in err
    assert not (batch / "results").exists(), "nothing is begun"


def test_an_empty_folder_is_told(batch: Path) -> None:
    (batch / "nothing").mkdir()
    code, _, err = run("read", "nothing", "--roster", "roster.bib")
    assert code == 0 and "nothing is there that could be one" in err and "put the returns into the folder" in err


@pytest.mark.parametrize("text", [None, " \n"])
def test_a_token_file_without_a_token_is_told(batch: Path, text: str | None) -> None:
    if text is not None:
        (batch / "token").write_text(text)
    code, _, err = run("review", "results", "--token-file", "token")
    assert code == 2 and ("holds no token" in err or "it is not there" in err)


def test_a_form_that_nothing_uses_may_be_broken(batch: Path) -> None:
    (batch / "forms" / "broken").mkdir(parents=True)
    (batch / "forms" / "broken" / "form.toml").write_text("name = ")
    code, _, err = run("read", "returns", "--roster", "roster.bib", "--forms", "forms", "--out", "o")
    assert code == 0 and "forms/broken/form.toml can't be read" in err and "This form is left out." in err
    assert run("export", "o", "-q")[0] == 0
    code, _, err = run("form", "check", "returns", "--form", "mine", "--forms", "forms")
    assert code == 2 and "no form 'mine'" in err and "This form is left out." in err


def test_markup_in_names_is_text(batch: Path) -> None:
    (batch / "returns" / "[red]x.pdf").write_text("read two")
    assert "[red]x.pdf" in run("read", "returns", "--roster", "roster.bib")[1]


def test_paths_from_stdin(batch: Path) -> None:
    (batch / "returns" / "odd\nname.pdf").write_text("read two")
    listed = b"returns/a.pdf\0returns/odd\nname.pdf\0"
    code, out, _ = run("read", "--from0", "-", "--roster", "roster.bib", stdin=listed)
    assert code == 0 and "a.pdf" in out and "odd\\nname.pdf" in out


def test_export_writes_what_read_wrote(batch: Path) -> None:
    run("read", "returns", "--roster", "roster.bib", "--out", "o")
    written = (batch / "o" / "returns.csv").read_bytes()
    code, _, err = run("export", "o", "--to", "csv", "--output", "again.csv")
    assert code == 0 and "again.csv" in err
    assert (batch / "again.csv").read_bytes() == written
    assert run("export", "o", "--to", "paper")[0] == 2
    assert run("export", "elsewhere")[0] == 4


def test_a_configuration_beside_the_roster_counts_and_the_command_line_wins(batch: Path) -> None:
    (batch / "deep").mkdir()
    (batch / "deep" / "roster.bib").write_text(BIB)
    (batch / "deep" / "countersign.toml").write_text(
        'out = "there"\ntoday = 2024-05-31\noff = ["undated"]\n[articles]\nwithdrawn = ["two24"]\n'
    )
    _, _, err = run("read", "returns", "--roster", "deep/roster.bib")
    assert "0 of 2 articles have no return" in err
    assert (batch / "deep" / "there" / "returns.csv").exists(), "paths in it are relative to it"
    run("read", "returns", "--roster", "deep/roster.bib", "--out", "here")
    assert (batch / "here" / "returns.csv").exists()


@pytest.mark.parametrize(
    "text", ["jobs = -1", "jobs = true", 'jobs = "two"', "nonsense = 1", "notes = 3", "= 1", "a = " + "[" * 2000]
)
def test_a_configuration_that_cant_be_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "countersign.toml"
    path.write_text(text)
    with pytest.raises(SettingsError):
        run_options({}, read_config(path))


def test_a_table_of_the_configuration_that_means_nothing_is_named(batch: Path) -> None:
    (batch / "countersign.toml").write_text('[articels]\nwithdrawn = ["two24"]\n')
    code, _, err = run("read", "returns", "--roster", "roster.bib", "--out", "o")
    assert code == 2 and "[articels]" in err and "[articles]" in err


def test_a_configuration_as_other_editors_save_it(tmp_path: Path) -> None:
    path = tmp_path / "countersign.toml"
    path.write_text('off = "undated"\n', encoding="utf-8-sig")
    assert run_options({}, read_config(path)).off == ("undated",)
    path.write_text("jobs = 1", encoding="utf-16")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_config(path)


def test_results_may_lie_among_the_returns(batch: Path) -> None:
    read = ("read", "returns", "--roster", "roster.bib", "--out", "returns")
    assert run(*read)[0] == 0
    for command in (("pack", "--partial"), ("report",), ("chase",)):
        assert run(command[0], "returns", *command[1:])[0] == 0
    code, out, err = run(*read)
    assert code == 0 and "1 return," in err
    assert [line.split()[0] for line in out.splitlines()] == ["file", "a.pdf"]


def test_a_folder_of_results_whose_name_is_no_utf_8(batch: Path) -> None:
    out = batch / "o\udcff"
    assert run("read", "returns", "--roster", "roster.bib", "--out", out)[0] == 0
    for kind in ("csv", "xlsx", "parquet"):
        code, _, err = run("export", out, "--to", kind)
        assert code == 0 and "o\\xff" in err


def test_every_option_is_on_the_command_line_with_its_own_help() -> None:
    command = typer.main.get_group(cli.app).commands["read"]
    read = {p.name: getattr(p, "help", "") for p in command.params}
    for option in fields(RunOptions):
        assert read[option.name].startswith(help_of(option.name)), option.name
    assert read["risk"].endswith("Default: 0.01.") and read["out"].endswith("Default: results.")
    assert set(get_type_hints(RunOptions)) == {f.name for f in fields(RunOptions)}


def test_every_command_has_an_example_or_says_what_it_does() -> None:
    for name in ("read", "export", "doctor"):
        code, out, _ = run(name, "--help")
        assert code == 0 and len(out) > 100


def test_the_doctor_finds_what_the_tests_need() -> None:
    code, _, err = run("doctor")
    assert code == 0, err
    for name in ("tesseract", "poppler", "line recognizer", "forms"):
        assert f"ok      {name}" in err


def test_the_doctor_says_how_to_mend_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code, _, err = run("doctor")
    assert code == 1 and "apt-get install tesseract-ocr" in err and "brew install tesseract" in err


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.cli import main; main.app(['--help'], standalone_mode=False);"
        "print([m for m in ('numpy', 'cv2', 'pandas', 'sqlalchemy', 'onnxruntime', 'pypdfium2') if m in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.8, "twice what it takes"


def test_the_table_in_python(batch: Path) -> None:
    import pipeline

    table = pipeline.read_returns(batch / "returns", batch / "roster.bib", today="2024-05-31")
    assert list(table["article"]) == ["one24"]
    assert not (batch / "results").exists(), "nothing is kept"
    with pytest.raises(SettingsError):
        pipeline.read_returns(batch / "returns", batch / "roster.bib", nonsense=1)


def test_settings_come_from_the_options() -> None:
    made = RunOptions(risk=0.01, notes=("signature_typed",)).settings()
    assert made.risk == 0.01 and made.notes == frozenset({"signature_typed", "from_text", "signature_script_font"})
    assert RunOptions(blocking=("from_text",)).settings().notes == frozenset({"signature_script_font"})
    assert RunOptions(blocking=("from_text", "signature_script_font")).settings().notes == frozenset()
    assert settings.RunOptions(memory=2.0, seconds=7).limits().address_space == 2 << 30
    assert os.environ.get("COUNTERSIGN") is None


def test_what_is_written_only_the_user_can_read_unless_it_is_shared(batch: Path) -> None:
    before = os.umask(0)
    try:
        run("read", "returns", "--roster", "roster.bib", "--out", "o", "-q")
        run("export", "o", "--to", "md")
        run("read", "returns", "--roster", "roster.bib", "--out", "shared", "-q", "--share")
    finally:
        os.umask(before)
    assert (batch / "o").stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (batch / "o").iterdir()}
    assert set(modes.values()) == {0o600} and modes.keys() >= {"countersign.db", "returns.xlsx", "returns.md"}
    assert (batch / "shared" / "returns.csv").stat().st_mode & 0o444 == 0o444


def test_a_file_with_other_bytes_of_the_same_size_and_time_is_read_by_again(batch: Path) -> None:
    path = batch / "returns" / "a.pdf"
    arguments = ("read", "returns", "--roster", "roster.bib", "--out", "o")
    run(*arguments)
    state = path.stat()
    path.write_text("read two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert "one24" in run(*arguments)[1], "taken for the same file"
    out = run(*arguments, "--again")[1]
    assert "two24" in out and "one24" not in out


def test_a_folder_that_may_not_be_entered_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.intake import sources

    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "b.pdf").touch()
    (tmp_path / "a.pdf").write_text("read one")
    real = os.stat

    def refused(path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        if isinstance(path, str | Path) and Path(path).parent.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **more)

    monkeypatch.setattr(os, "stat", refused)  # as for all but root
    monkeypatch.setattr(os, "lstat", refused)
    found = {source.name: source.refused for source in sources.find_sources([tmp_path])}
    assert found["a.pdf"] is None and "Check its permissions" in found["locked/b.pdf"].sentence  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("read", "x", "--jobs", "many"), "'--jobs' / '-j': give a whole number, not many."),
        (("read", "x", "--risk", "some"), "'--risk': give a number, not some."),
        (("review", "--port", "99999"), "'--port': give 65535 or less, not 99999."),
        (("form", "check", "x", "--form", "y", "--most", "0"), "'--most': give 1 or more, not 0."),
    ],
)
def test_a_value_that_can_not_be_is_told_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2 and said in " ".join(re.sub(r"[^\w'./,:-]+", " ", err).split())
    assert "Input should be" not in err
