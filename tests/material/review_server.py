"""The review page, served for tests: by a process of its own, or by a thread of this one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from pipeline.datamodel.decision import Decision
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from pipeline.review.access_control import LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app
from pipeline.review.form_app import create_form_app
from pipeline.review.pages import Gallery
from pipeline.review.serve import server_config


@dataclass
class Server:
    """`countersign review` on a results folder, in a process of its own."""

    results: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    returns: Path | None = None
    """Where the folder that was read is now, if it was moved."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.port = self.port or _free_port()
        command = [sys.executable, "-m", "pipeline", "review", str(self.results)]
        command += ["--port", str(self.port), "--no-browser", "--no-token", "--as", "Chair"]
        command += ["--returns", str(self.returns)] if self.returns else []
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[2]
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert self.address in line, line + self.process.stderr.read()
        wait_for(self.port)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
        self._end()

    def _end(self) -> None:
        if self.process is not None:
            self.process.communicate(timeout=20)
            self.process = None


@contextmanager
def serving(results: Path) -> Iterator[Server]:
    server = Server(results)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def serving_here(results: Path, gallery: Gallery) -> Iterator[Server]:
    """The same page from a thread of this process: nothing is started, and what `gallery` has is not drawn again."""
    with (
        open_store(results, writing=False) as store,
        in_a_thread(lambda p: create_app(ReviewSession.of(store), p, results, "Chair", gallery=gallery)) as port,
    ):
        yield Server(results, port)


@contextmanager
def serving_form(folder: Path) -> Iterator[str]:
    """Address of the page that corrects a form."""
    with in_a_thread(lambda policy: create_form_app(folder, policy)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def in_a_thread(app: Callable[[AccessPolicy], FastAPI]) -> Iterator[int]:
    """The port of an application that a thread serves, without a token."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        server = uvicorn.Server(server_config(app(AccessPolicy(LOOPBACK_NAMES, "", port))))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_for(port)
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join(20)


def log_of(results: Path) -> list[Decision]:
    with open_store(results, writing=False) as store:
        return store.decisions()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the server does not answer")
