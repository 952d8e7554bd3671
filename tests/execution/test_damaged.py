"""Damaged and hostile documents: a row each, no crash, no hang, nothing written, nothing executed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.execution import worker_pool
from pipeline.execution.worker_pool import Limits
from pipeline.intake.sources import find_sources
from tests.material.damage import damaged

ROOT = Path(__file__).resolve().parents[2]
TOO_SLOW = frozenset({"hostile-content_bomb.pdf"})
"""What only the time limit ends: drawing a gigabyte of lines."""
GIVEN_UP = ("ended the worker", "took longer", "failed (")
"""What rows say of files that our own code, or a library, did not get through."""


def read_all(folder: Path, documents: list[tuple[str, bytes]], seconds: int, jobs: int) -> dict[str, str]:
    """What the problem of each file is; empty where it was read."""
    folder.mkdir()
    for name, data in documents:
        (folder / f"{name}.pdf").write_bytes(data)
    readings = worker_pool.read_all(find_sources([folder]), jobs, Limits(seconds=seconds))
    return {r.source.name: r.observation.problem.sentence if r.observation.problem else "" for r in readings}


def assert_all_have_rows(tmp_path: Path, documents: list[tuple[str, bytes]], seconds: int, jobs: int) -> None:
    names = {f"{name}.pdf" for name, _ in documents}
    found = read_all(tmp_path / "in", documents, seconds, jobs)
    assert set(found) == names
    bad = {n: s for n, s in found.items() if any(sign in s for sign in GIVEN_UP) and n not in TOO_SLOW}
    assert not bad
    assert {p.name for p in (tmp_path / "in").iterdir()} == names, "nothing was written beside the files"
    assert [p.name for p in (tmp_path / "tmp").iterdir()] == [], "nothing was left in the temporary folder"


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))


def test_loading_the_models_writes_nothing_anywhere(tmp_path: Path) -> None:
    """onnxruntime would leave an identifier in the home folder and a session file in the temporary one."""
    home = tmp_path / "tmp"
    code = "import numpy, models.ppocr as m; m.LineReader().read([numpy.zeros((48, 99, 3), numpy.uint8)])"
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)
    assert list(home.rglob("*")) == []


def test_hostile_documents_and_a_few_damaged_ones(tmp_path: Path) -> None:
    assert_all_have_rows(tmp_path, damaged(24, light=True), seconds=30, jobs=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_two_thousand_damaged_documents(tmp_path: Path, seed: int) -> None:
    assert_all_have_rows(tmp_path, damaged(225, seed), seconds=60, jobs=2)
