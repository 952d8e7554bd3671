"""Nothing is lost: whatever ends a run, the same command goes on, and the table is that of an undisturbed run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from pipeline.datamodel.errors import StoreBusy, StoreError
from pipeline.exports.table_files import read_csv
from pipeline.results.store import open_store

ROOT = Path(__file__).resolve().parents[2]
BIB = "".join(f"@InProceedings{{k{i}, title = {{title {i}}}, author = {{Ann Author}}}}\n" for i in range(40))
WAIT_S = 60


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A folder with `returns` and `roster.bib`; the files take 20 ms each, one crashes its worker."""
    (tmp_path / "returns" / "deep").mkdir(parents=True)
    for i in range(40):
        folder = tmp_path / "returns" / ("deep" if i % 3 else "")
        (folder / f"{i}.pdf").write_text(f"slow title {i}" + "\n" * i)
    (tmp_path / "returns" / "bad.pdf").write_text("segfault")
    (tmp_path / "roster.bib").write_text(BIB)
    return tmp_path


def command(batch: Path, out: str, jobs: int = 2) -> list[str]:
    paths = [str(batch / "returns"), str(batch / "roster.bib"), str(batch / out)]
    return [sys.executable, "-m", "tests.material.stand_ins", *paths, str(jobs)]


def start(batch: Path, out: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(batch, out), cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    )


def _heed_interrupts() -> None:
    """What a shell starts in the background ignores interrupts, and so would all that the tests start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(batch: Path, out: str) -> pd.DataFrame:
    done = subprocess.run(command(batch, out), cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return read_csv(batch / out / "returns.csv").drop(columns="seconds")


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children()
    except psutil.NoSuchProcess:
        return []


def kill(process: subprocess.Popen[str], whom: str, rng: random.Random) -> None:
    """SIGKILL to the run, to one of its workers, or to the run and all of them, in random order."""
    workers = workers_of(process)
    victims = {"worker": rng.sample(workers, min(1, len(workers))), "both": workers}.get(whom, [])
    pids = [w.pid for w in victims] + ([process.pid] if whom != "worker" else [])
    rng.shuffle(pids)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def killed_often(batch: Path, out: str, kills: int, seed: int) -> int:
    """Run until it ends by itself, with `kills` kills at random moments on the way; how many struck a live run."""
    rng = random.Random(seed)
    struck = 0
    while struck < kills:
        process = start(batch, out)
        time.sleep(rng.uniform(0.0, 2.5))
        while process.poll() is None and struck < kills:
            whom = rng.choice(["run", "worker", "both"])
            kill(process, whom, rng)
            struck += 1
            if whom != "worker":
                process.wait(WAIT_S)
            time.sleep(rng.uniform(0.2, 1.0))
        left = workers_of(process)
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=WAIT_S)
        if process.returncode == 0:
            shutil.rmtree(batch / out)  # it was done before all kills were dealt: begin anew
        psutil.wait_procs(left, timeout=WAIT_S)
    return struck


def readable_by_others(batch: Path) -> list[Path]:
    """What the runs in `killed` left that another user of the machine could read."""
    return [path for path in (batch / "killed").rglob("*") if path.stat().st_mode & 0o077]


def assert_kills_cost_nothing(batch: Path, kills: int, seed: int) -> None:
    undisturbed = finish(batch, "calm")
    assert len(undisturbed) == 41 and (undisturbed["status"] == "unreadable").sum() == 1
    assert killed_often(batch, "killed", kills, seed) == kills
    assert not readable_by_others(batch)
    pd.testing.assert_frame_equal(finish(batch, "killed"), undisturbed)
    assert (batch / "killed" / "returns.csv").is_file() and not readable_by_others(batch)
    assert not list((batch / "killed").glob(".writing-*"))


def test_two_kills_cost_nothing(batch: Path) -> None:
    assert_kills_cost_nothing(batch, kills=2, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_kills_cost_nothing(batch: Path, seed: int) -> None:
    assert_kills_cost_nothing(batch, kills=10, seed=seed)


@pytest.mark.soak
def test_kills_while_resolving_cost_nothing(batch: Path) -> None:
    """What returns mean beside the roster is found in worker processes of its own, once all are read."""
    for i in range(40, 300):
        (batch / "returns" / f"{i}.pdf").write_text(f"read title {i} {'of a made-up thing ' * 5}")
    real, rng = [*command(batch, "killed"), "real"], random.Random(1)
    subprocess.run([*command(batch, "calm"), "real"], cwd=ROOT, check=True, capture_output=True, timeout=4 * WAIT_S)
    for round_ in range(8):
        process = subprocess.Popen(real, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        until(lambda out=process: out.poll() is not None or resolving(batch / "killed"), 4 * WAIT_S)
        time.sleep(rng.uniform(0.0, 2.0))
        kill(process, ("run", "worker", "both")[round_ % 3], rng)
        left = workers_of(process)
        process.kill()
        process.communicate(timeout=WAIT_S)
        assert not psutil.wait_procs(left, timeout=10)[1], "no worker outlives the run"
    subprocess.run(real, cwd=ROOT, check=True, capture_output=True, timeout=4 * WAIT_S)
    calm, killed = (read_csv(batch / out / "returns.csv").drop(columns="seconds") for out in ("calm", "killed"))
    pd.testing.assert_frame_equal(calm, killed)


def resolving(out: Path) -> bool:
    """Whether all that there is has been read."""
    try:
        with sqlite3.connect(f"file:{out / 'countersign.db'}?mode=ro", uri=True) as connection:
            return bool(connection.execute("SELECT count(*) FROM readings").fetchone()[0] == 301)
    except sqlite3.OperationalError:
        return False


def until(condition: object, seconds: float = WAIT_S) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_no_worker_outlives_a_killed_run(batch: Path) -> None:
    process = start(batch, "out")
    until(lambda: len(workers_of(process)) == 2)
    workers = workers_of(process)
    process.kill()
    process.communicate(timeout=WAIT_S)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak)])
def test_stopping_is_clean_and_says_how_to_go_on(batch: Path, number: signal.Signals) -> None:
    for i in range(8):  # so that it is not done before the signal comes
        (batch / "returns" / f"slower{i}.pdf").write_text(f"slower title {i}" + " " * 1000)
    process = start(batch, "out")
    until(lambda: len(workers_of(process)) == 2)
    workers = workers_of(process)
    process.send_signal(number)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert "run the same command to go on" in said and "Traceback" not in said
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert len(finish(batch, "out")) == 49


def test_a_second_run_on_the_same_results_is_told_to_wait(batch: Path) -> None:
    with open_store(batch / "out"):
        second = subprocess.run(command(batch, "out"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == StoreBusy.exit_code and "Another run" in second.stderr


def in_own_mounts(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A shell script that may mount file systems nobody else sees; skips where the system does not allow it."""
    unshare = ["unshare", "-m" if os.geteuid() == 0 else "-rm"]
    allowed = shutil.which("unshare") and subprocess.run(
        [*unshare, "sh", "-c", f"mount -t tmpfs none {cwd}"], capture_output=True, check=False
    )
    if not allowed or allowed.returncode:
        pytest.skip("this system lets no test mount a file system (needs Linux and unshare)")
    done = subprocess.run([*unshare, "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.soak
def test_a_full_disk_stops_the_run_and_it_goes_on_when_there_is_room(batch: Path) -> None:
    for i in range(12):
        (batch / "returns" / f"big{i}.pdf").write_text(f"big title {i}")
    run = " ".join(command(batch, "out"))
    out = batch / "out"
    out.mkdir()
    done = in_own_mounts(
        f"mount -t tmpfs -o size=1m none {out} && {run}; echo code $?; "
        f"mount -o remount,size=64m {out} && {run}; echo code $?; cp {out}/returns.csv {batch}",
        out,
    )
    assert done.stdout.split("\n")[:2] == [f"code {StoreError.exit_code}", "code 0"], done.stderr
    assert "Free some space" in done.stderr
    again = read_csv(batch / "returns.csv").drop(columns="seconds")
    pd.testing.assert_frame_equal(again, finish(batch, "calm"))


def test_a_read_only_folder_is_told(batch: Path) -> None:
    out = batch / "out"
    out.mkdir()
    done = in_own_mounts(f"mount -t tmpfs -o ro none {out} && {' '.join(command(batch, 'out'))}; echo code $?", out)
    assert done.stdout == f"code {StoreError.exit_code}\n" and "--out" in done.stderr
