"""The order of the files, made batches that several rooms use, and a PostgreSQL server for tests that need one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from tests.material.review_batch import made_batch, own_form

FIRST = (
    "review/test_browser_deciding.py",
    "review/test_browser_looks.py",
    "review/test_browser_day.py",
    "execution/test_cluster.py",
    "extraction/test_key_values.py",
    "execution/test_kills.py",
    "execution/test_worker_pool.py",
    "end_to_end/test_golden.py",
    "form_authoring/test_form_induction.py",
    "execution/test_damaged.py",
)
"""Files that take longest. They come first, so that at the end no process is left alone with one of them."""
START_S = 120
"""Longest time for the server to start, on a machine that does much else."""


def pytest_configure(config: pytest.Config) -> None:
    """xdist hands files out in our order, not those with many tests first."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first; the rest as it comes."""
    tests = Path(__file__).parent
    place = {tests / name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of ten made-up returns, a kind of fault each; not to be written to."""
    wrong = ["", "unsigned", "two", "title", "name", "undated", "date", "slip", "", "typed"]
    return made_batch(tmp_path_factory.mktemp("made"), 10, 8, wrong)


@pytest.fixture
def session(made: Path, tmp_path: Path) -> Iterator[ReviewSession]:
    """A session on a fresh copy of `made`."""
    with open_store(Path(shutil.copytree(made, tmp_path / "results")), writing=False) as store:
        yield ReviewSession.of(store)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ReviewSession]:
    """Two returns on a form that asks for an e-mail address and a tick: the address is blank, or both are."""
    made_ = made_batch(tmp_path, 2, 2, ["blank field", "blank fields"], forms=[str(own_form(tmp_path))])
    with open_store(made_, writing=False) as store:
        yield ReviewSession.of(store)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own on a socket in a temporary folder."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql, or brew install postgresql")
    folder = tmp_path_factory.mktemp("pg")
    bins = Path(initdb).resolve().parent
    user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        import pwd

        account = "postgres" if any(u.pw_name == "postgres" for u in pwd.getpwall()) else "nobody"
        shutil.chown(folder, account)
        top = Path(tempfile.gettempdir()).resolve()
        for parent in takewhile(lambda p: p.resolve() != top and p != p.parent, [folder, *folder.parents]):
            parent.chmod(0o755)
        user = ["setpriv", f"--reuid={account}", "--clear-groups", "--regid=" + str(pwd.getpwnam(account).pw_gid)]
        user += ["--pdeathsig=KILL"]  # tests that are killed leave no server behind
    data = str(folder / "data")
    make = [*user, str(bins / "initdb"), "-D", data, "-U", "chair", "-A", "trust", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, cwd=folder)
    serve = [*user, str(bins / "postgres"), "-D", data, "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log, subprocess.Popen(serve, cwd=folder, stdout=log, stderr=log) as server:
        try:
            _wait_for(bins, folder, server)
            yield f"postgresql://chair@/{{}}?host={folder}"
        finally:
            server.send_signal(signal.SIGQUIT)  # stops at once


def _wait_for(bins: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while subprocess.run([bins / "pg_isready", "-h", folder], capture_output=True, check=False).returncode:
        assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.1)


@pytest.fixture
def postgres(postgres_server: str, request: pytest.FixtureRequest) -> str:
    """URL of an empty database of the test's own."""
    name = f"db{abs(hash(request.node.nodeid))}"
    server = sa.create_engine(postgres_server.format("postgres").replace("postgresql://", "postgresql+psycopg://"))
    with server.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    server.dispose()
    return postgres_server.format(name)
