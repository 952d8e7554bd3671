"""A PostgreSQL server for the tests that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import sqlalchemy as sa


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
    start = [*user, str(bins / "initdb"), "-D", str(folder / "data"), "-U", "chair", "-A", "trust", "--no-sync"]
    subprocess.run(start, check=True, capture_output=True, cwd=folder)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = [*user, str(bins / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log")]
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql://chair@/{{}}?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)


@pytest.fixture
def postgres(postgres_server: str, request: pytest.FixtureRequest) -> str:
    """URL of an empty database of the test's own."""
    name = f"db{abs(hash(request.node.nodeid))}"
    server = sa.create_engine(postgres_server.format("postgres").replace("postgresql://", "postgresql+psycopg://"))
    with server.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    server.dispose()
    return postgres_server.format(name)
