"""Many machines: a real scheduler and real workers on this one, one of them killed."""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipeline.datamodel.records import Observation
from pipeline.execution import cluster as cluster_module
from pipeline.execution import worker_pool
from pipeline.execution.cluster import ClusterError, read_all_on
from pipeline.execution.worker_pool import Limits
from pipeline.intake.sources import find_sources
from tests.material.made_forms import older_version

CALL = "tests.material.stand_ins:read"
LIMITS = Limits(seconds=5)
WORKERS = 2


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """(scheduler's address, its worker processes)"""
    with started(tmp_path_factory.mktemp("dask"), WORKERS) as (address, workers, _):
        yield address, workers


@contextmanager
def started(folder: Path, count: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]], subprocess.Popen[bytes]]]:
    """(address of a scheduler, its worker processes, its own process)"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    options = ["--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": Path(__file__).parents[2]}
    host, port = address.removeprefix("tcp://").split(":")
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", host, "--port", port, *options]
    scheduler = subprocess.Popen(start, **quiet)  # type: ignore[call-overload]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", *options]
    workers = [subprocess.Popen([*worker, "--local-directory", str(folder)], **quiet) for _ in range(count)]  # type: ignore[call-overload]
    try:
        yield address, workers, scheduler
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def contents(folder: Path, count: int) -> Path:
    for i in range(count):
        (folder / f"{i}.pdf").write_text(f"slow title {i}")
    (folder / "bad.pdf").write_text("segfault")
    (folder / "link.pdf").symlink_to("/")
    return folder


def without_time(readings: worker_pool.Readings) -> dict[str, Observation]:
    return {r.source.name: replace(r.observation, seconds=0.0) for r in readings}


def test_files_that_only_this_machine_has_go_as_bytes(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = contents(tmp_path, 6)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("in/7.pdf", "read title 7")
    sources = find_sources([folder])
    monkeypatch.setattr("pipeline.execution.cluster.sees", _blind)
    there = without_time(read_all_on(cluster[0], sources, LIMITS, CALL))
    assert there == without_time(worker_pool.read_all(sources, 1, LIMITS, CALL))
    assert there["more.zip/in/7.pdf"].title.text == "title 7"


def test_forms_that_only_this_machine_has_go_along(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    older_version(tmp_path / "forms" / "older")
    (tmp_path / "a.pdf").write_text("a")
    sources, forms = find_sources([tmp_path / "a.pdf"]), (str(tmp_path / "forms"),)
    (there,) = read_all_on(cluster[0], sources, LIMITS, "tests.material.stand_ins:known_forms", forms)
    (here,) = worker_pool.read_all(sources, 1, LIMITS, "tests.material.stand_ins:known_forms", forms)
    assert here.observation.form == there.observation.form
    assert "pmlr/2017" in here.observation.form


def _blind(_: object) -> bool:
    """In the place of `sees`: no worker has the files."""
    return False


def test_the_same_comes_out_though_a_worker_is_killed(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    sources = find_sources([contents(tmp_path, 60)])
    readings = read_all_on(address, sources, LIMITS, CALL)
    first = [next(readings) for _ in range(10)]
    ours = psutil.Process(workers[0].pid).children()
    workers[0].kill()
    workers[0].wait()
    there = without_time(iter([*first, *readings]))
    assert there == without_time(worker_pool.read_all(sources, 2, LIMITS, CALL))
    assert not psutil.wait_procs(ours, timeout=10)[1], "its worker process went with it"


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.execution.cluster.WAIT_S", 1)
    started = time.monotonic()
    with pytest.raises(ClusterError, match="dask scheduler"):
        list(read_all_on("tcp://127.0.0.1:9", find_sources([contents(tmp_path, 1)]), LIMITS, CALL))
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:1", "tcp://", "tcp://127.0.0.1:port", "tcp://[::1"])
def test_a_malformed_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("pipeline.execution.cluster.WAIT_S", 1)
    with pytest.raises(ClusterError, match="tcp://host:8786"):
        list(read_all_on(address, find_sources([contents(tmp_path, 1)]), LIMITS, CALL))


class Lonely:
    """A client whose cluster has no workers any more."""

    def nthreads(self) -> dict[str, int]:
        return {}


def test_a_cluster_without_workers_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "ALONE_S", 0.05)
    monkeypatch.setattr(cluster_module, "LOOK_S", 0.02)
    started_at = time.monotonic()
    with pytest.raises(ClusterError, match="All workers"):
        cluster_module._next(Lonely(), queue.SimpleQueue())
    assert time.monotonic() - started_at > 0.05


@pytest.mark.soak
@pytest.mark.parametrize(("gone", "says"), [("workers", "All workers"), ("scheduler", "scheduler")])
def test_a_cluster_that_goes_away_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.execution.cluster.ALONE_S", 1)
    (tmp_path / "in").mkdir()
    for i in range(30):
        (tmp_path / "in" / f"{i}.pdf").write_text("slower one")
    with started(tmp_path, 1) as (address, workers, scheduler):
        readings = read_all_on(address, find_sources([tmp_path / "in"]), LIMITS, CALL)
        assert next(readings).observation.problem is None, "what was read is handed over"
        victim = workers[0] if gone == "workers" else scheduler
        victim.kill()
        victim.wait()
        begun = time.monotonic()
        with pytest.raises(ClusterError, match=says) as told:
            list(readings)
    assert "run the same command" in str(told.value) and told.value.exit_code == 3
    assert time.monotonic() - begun < 60
    assert "Traceback" not in capfd.readouterr().err
