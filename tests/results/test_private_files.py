"""Folders to work in: private, gone afterwards, and swept after a kill while live ones stay."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.results.private_files import private_files, sweep, work_folder

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, sys
from pathlib import Path
from pipeline.results.private_files import work_folder
with work_folder(Path(sys.argv[1]), ".writing-") as folder:
    (folder / "half.xlsx").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def working(parent: Path) -> subprocess.Popen[bytes]:
    """A process at work in a folder below `parent`."""
    command = [sys.executable, "-c", KILLED, str(parent)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with work_folder(tmp_path, ".writing-") as folder:
        assert mode(folder) == 0o700 and list(tmp_path.iterdir()) == [folder]
    with pytest.raises(ZeroDivisionError), work_folder(tmp_path, ".writing-"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_leaves_goes_with_the_next_and_what_is_at_work_stays(tmp_path: Path) -> None:
    dead, alive = working(tmp_path), working(tmp_path)
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()
    assert len(list(tmp_path.glob(".writing-*"))) == 2
    with work_folder(tmp_path, ".writing-"):
        assert len(list(tmp_path.glob(".writing-*"))) == 2, "the live one and ours"
    assert len(list(tmp_path.glob(".writing-*/half.xlsx"))) == 1
    alive.communicate()
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.pdf").touch()
    (tmp_path / ".writing-x").symlink_to(tmp_path / "mine")
    sweep(tmp_path, ".writing-")
    assert (tmp_path / "mine" / "kept.pdf").exists()


@pytest.mark.parametrize(("share", "file", "folder"), [(False, 0o600, 0o700), (True, 0o644, 0o755)])
def test_files_are_private_unless_shared(tmp_path: Path, share: bool, file: int, folder: int) -> None:
    before = os.umask(0o022)
    try:
        with private_files(share):
            (tmp_path / "a").mkdir()
            (tmp_path / "a" / "b").touch()
        (tmp_path / "c").touch()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "a" / "b"), mode(tmp_path / "a"), mode(tmp_path / "c")) == (file, folder, 0o644)
