"""The batch: whatever a file does to its worker costs that file alone."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.datamodel.records import Observation
from pipeline.execution.worker_pool import Limits, WorkersFail, ask_all, read_all
from pipeline.intake.sources import find_sources

CALL = "tests.material.stand_ins:read"
QUICK = Limits(seconds=1, address_space=4 << 30)


def outcomes(folder: Path, contents: dict[str, str], jobs: int = 2, limits: Limits = QUICK) -> dict[str, Observation]:
    for name, text in contents.items():
        (folder / name).write_text(text)
    readings = list(read_all(find_sources([folder]), jobs, limits, CALL))
    assert len(readings) == len(contents), "one outcome a file"
    return {r.source.name: r.observation for r in readings}


def children() -> set[int]:
    return {p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


def test_each_file_has_its_own_observation(tmp_path: Path) -> None:
    found = outcomes(tmp_path, {f"{i}.pdf": f"read title {i}" for i in range(30)})
    assert all(found[f"{i}.pdf"].title.text == f"title {i}" for i in range(30))


DEATHS = {
    "segfault": "SIGSEGV",
    "abort": "SIGABRT",
    "exit": "exit code 0",
    "raise": "exit code 1",
    "hang": "longer than 1 seconds",
    "hang-in-c": "longer than 1 seconds",
    "spawn-and-hang": "longer than 1 seconds",
    "killed": "SIGKILL",
}


def test_what_one_file_does_costs_that_file_alone(tmp_path: Path) -> None:
    deaths = DEATHS | ({"hog": "exit code 1"} if sys.platform == "linux" else {})  # only Linux limits address space
    before = children()
    bad = {f"{verb}.pdf": f"{verb} one" for verb in deaths}
    good = {f"{i}.pdf": "read one" for i in range(len(deaths))}
    found = outcomes(tmp_path, bad | good)
    assert all(found[name].problem is None for name in good)
    for verb, says in deaths.items():
        problem = found[f"{verb}.pdf"].problem
        assert problem is not None and problem.code == "unreadable_file" and says in problem.sentence, verb
    assert children() <= before, "no process is left"


def test_a_worker_killed_from_outside_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_MARK", str(tmp_path / ".mark"))
    found = outcomes(tmp_path, {"a.pdf": "killed-once one"}, jobs=1)
    assert found["a.pdf"].problem is None


def test_what_a_library_prints_does_not_get_into_the_messages(tmp_path: Path) -> None:
    assert outcomes(tmp_path, {"a.pdf": "print one"})["a.pdf"].title.text == "one"


def test_the_largest_files_come_first(tmp_path: Path) -> None:
    for size in (10, 1000, 100):
        (tmp_path / f"{size}.pdf").write_text("read " + "x" * size)
    names = [r.source.name for r in read_all(find_sources([tmp_path]), 1, QUICK, CALL)]
    assert names == ["1000.pdf", "100.pdf", "10.pdf"]


def test_refused_files_need_no_worker(tmp_path: Path) -> None:
    (tmp_path / "link.pdf").symlink_to("/")
    (reading,) = read_all(find_sources([tmp_path]), 1, QUICK, "tests.material.stand_ins:nothing_by_that_name")
    assert reading.observation.problem is not None


def test_workers_that_cant_start_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("read one")
    with pytest.raises(WorkersFail, match="doctor"):
        list(read_all(find_sources([tmp_path]), 1, QUICK, "tests.material.stand_ins:nothing_by_that_name"))


def test_stopping_early_leaves_no_worker(tmp_path: Path) -> None:
    before = children()
    for i in range(8):
        (tmp_path / f"{i}.pdf").write_text("slower one" if i else "read " + "x" * 100)
    readings = read_all(find_sources([tmp_path]), 2, QUICK, CALL)
    next(readings)
    readings.close()
    deadline = time.monotonic() + 10
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children() <= before


def test_stopping_questions_early_leaves_no_worker() -> None:
    before = children()
    answers = ask_all("tests.material.stand_ins:does", ["read", *["slower"] * 8], lambda verb: verb, 2, QUICK)
    next(answers)
    answers.close()
    deadline = time.monotonic() + 10
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children() <= before


def test_workers_run_one_thread_each(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("slower one")
    readings = read_all(find_sources([tmp_path]), 1, QUICK, "tests.material.stand_ins:environment")
    seen = next(readings).observation.title.text.split()
    assert seen == ["1", "1", "1"]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in their own ways")
def test_workers_keep_a_page_s_memory_for_the_next_page(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("slower one")
    readings = read_all(find_sources([tmp_path]), 1, QUICK, "tests.material.stand_ins:memory_asked_for")
    assert int(next(readings).observation.title.text) <= 2


def test_a_worker_is_replaced_after_its_files(tmp_path: Path) -> None:
    for i in range(5):
        (tmp_path / f"{i}.pdf").write_text("read one")
    limits = Limits(seconds=10, files_a_worker=2)
    pids = [
        r.observation.title.text
        for r in read_all(find_sources([tmp_path]), 1, limits, "tests.material.stand_ins:process_id")
    ]
    assert len(set(pids)) == 3 and str(os.getpid()) not in pids


def test_questions_are_answered_by_workers_even_if_some_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_MARK", str(tmp_path / ".mark"))
    found = dict(ask_all("tests.material.stand_ins:does", ["read", "killed-once", "slow"], lambda verb: verb, 2, QUICK))
    assert found == {verb: f"did {verb}" for verb in ("read", "killed-once", "slow")}


def test_what_workers_put_down_is_private_and_goes_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (found,) = (answer for _, answer in ask_all("tests.material.stand_ins:puts_down", ["x"], lambda x: x, 1, QUICK))
    path, mode, folder_mode = found
    assert Path(path).parent.parent == tmp_path and (mode, folder_mode) == (0o600, 0o700)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "countersign-run-x"
    left.mkdir()
    (left / "page.png").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert len(list(ask_all("tests.material.stand_ins:does", ["read"], lambda verb: verb, 1, QUICK))) == 1
    assert not left.exists()


def test_a_crash_leaves_its_last_words_with_the_row(tmp_path: Path) -> None:
    found = outcomes(tmp_path, {"a.pdf": "raise one", "b.pdf": "segfault", "c.pdf": "hang"})
    problems = {name: seen.problem for name, seen in found.items()}
    assert "ValueError: no such page" in problems["a.pdf"].trace  # type: ignore[union-attr]
    assert "Segmentation fault" in problems["b.pdf"].trace and "in act" in problems["b.pdf"].trace  # type: ignore[union-attr]


def test_workers_that_never_answer_end_the_run() -> None:
    with pytest.raises(WorkersFail, match="--jobs 1"):
        list(ask_all("tests.material.stand_ins:does", ["segfault"], lambda verb: verb, 1, QUICK))
