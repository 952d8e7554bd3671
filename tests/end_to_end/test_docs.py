"""The docs say what is true: commands run, links resolve, generated pages are current."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup

from docs.command_pages import pages
from pipeline.cli import main as cli
from pipeline.datamodel.errors import EXIT_CODES
from pipeline.datamodel.records import Observation
from pipeline.results.table import TYPES
from pipeline.run import read_batch
from pipeline.settings import RunOptions
from tests.cli.test_main import run
from tests.material import stand_ins

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "sample_scans").glob("*.md")])
BIB = """@Proceedings{v, volume = {VOLUME}, start = {2024-06-01}}
@InProceedings{one24, title = {one}, author = {Ann Author}, crossref = {v}}
@InProceedings{two24, title = {two}, author = {Bo Writer}, crossref = {v}}
"""


def commands(page: Path) -> list[str]:
    """Lines of code blocks, indented or fenced, that call the program."""
    return [line.strip() for line in page.read_text().splitlines() if re.match(r"(    |)countersign \S", line)]


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.fixture
def small_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all files that the docs' commands name, read by stand-ins; the review page is not opened."""
    for folder in ("returns", "sample_scans/returns"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.pdf").write_text("read one")
        (tmp_path / folder / "b.pdf").write_text("read three")
    for roster, volume in (("roster.bib", "157"), ("sample_scans/roster.bib", "931")):
        (tmp_path / roster).write_text(BIB.replace("VOLUME", volume))
    (tmp_path / "contacts.csv").write_text("name,email,article\nBo Writer,bo@example.org,two24\n")

    def with_stand_ins(paths: list[Path], options: RunOptions, progress: object = lambda *_: None) -> object:
        from pipeline.execution.worker_pool import Reading

        def reader(sources: list, _: RunOptions) -> object:  # type: ignore[type-arg]
            return (Reading(s, stand_ins.read(s) if not s.refused else Observation(problem=s.refused)) for s in sources)

        return read_batch(paths, options, progress, reader, stand_ins.judge)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.run.read_batch", with_stand_ins)
    monkeypatch.setattr("pipeline.review.serve.serve", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "tutorial.md"], ids=lambda p: p.name)
def test_every_command_runs(small_batch: Path, page: Path) -> None:
    found = commands(page)
    assert found, "the page shows commands"
    for line in found:
        code, _, err = run(*shlex.split(line, comments=True)[1:])
        refuses = " pack " in line and "--partial" not in line
        assert code == (6 if refuses else 0), f"{line}: {code} {err}"


@pytest.mark.soak
def test_the_tutorial_for_real(tmp_path: Path) -> None:
    """Every command on the samples, as a process of its own, as one would type it."""
    shutil.copytree(ROOT / "sample_scans", tmp_path / "sample_scans")
    (tmp_path / "contacts.csv").write_text("name,email,article\nSehoon Kim,kim@example.org,\n")
    for line in commands(DOCS / "tutorial.md"):
        if line.startswith("countersign review"):
            continue  # serves until it is stopped; tests of its own
        command = [sys.executable, "-m", "pipeline", *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=_environment())
        refuses = " pack " in line and "--partial" not in line
        assert done.returncode == (6 if refuses else 1 if " read " in line else 0), f"{line}: {done.stderr}"
    with zipfile.ZipFile(tmp_path / "results" / "v931permissions.zip") as archive:
        assert len(archive.namelist()) > 20 and all(name.endswith("Permission.pdf") for name in archive.namelist())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_every_command_of_the_other_pages_exists() -> None:
    known = {page.removesuffix(".md").partition("-")[0] for page in pages()}
    for page in PAGES:
        for name in re.findall(r"countersign ([a-z]+)", " ".join(commands(page))):
            assert name in known, f"{page.name}: countersign {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / unquote(path)).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{page.name} links to {target}"


def test_command_pages_are_current() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "commands").glob("*.md")}
    assert kept == pages(), "run: python -m docs.command_pages docs/commands"
    top = typer.main.get_group(cli.app).commands
    groups = {name: command.commands for name, command in top.items() if isinstance(command, TyperGroup)}
    inside = {f"{name}-{command}.md" for name, commands in groups.items() for command in commands}
    assert {"index.md"} | {f"{name}.md" for name in top.keys() - groups} | inside == set(kept)


def test_pages_name_every_column_and_exit_code() -> None:
    table = (DOCS / "results-table.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| (?:text|one of|whole|number|day)", table, re.MULTILINE) == list(TYPES)
    assert all(f"| {code} |" in pages()["index.md"] for code in EXIT_CODES)


def test_what_a_cluster_brings_follows_from_the_cost_of_a_return() -> None:
    """Change the cost on the page, and this says what else there is to change."""
    page = " ".join((DOCS / "many-machines.md").read_text().split())
    (cost_s,) = map(float, re.findall(r"Cost of one return: \*\*([\d.]+) seconds of CPU", page))
    (scheduler_ms,) = map(float, re.findall(r"and ([\d.]+) ms in the scheduler", page))
    (served, cores) = map(int, *re.findall(r"about (\d+) returns a second, the work of some (\d+) cores", page))
    assert served == pytest.approx(1000 / scheduler_ms, rel=0.05) and cores == pytest.approx(served * cost_s, rel=0.05)
    assert f"some {cores} workers the scheduler limits it" in page
    rows = re.findall(r"\| (\d+) \| (\d+) (minutes|seconds) \|", page)
    assert [workers for workers, _, _ in rows] == ["1", "10", "100"]
    for workers, time, unit in rows:
        seconds = 8 + 3300 * cost_s / int(workers)
        assert int(time) == round(seconds / 60 if unit == "minutes" else seconds), f"{workers} workers: {seconds:.0f} s"
