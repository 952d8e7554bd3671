"""Files that an editor hands to the page: where they go, what is refused, and that they are read."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.decisions.review_session import ReviewSession
from pipeline.results.run_lock import folder_lock
from pipeline.results.store import open_store
from pipeline.review import access_control, arrivals, background_run
from pipeline.review.access_control import LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app
from pipeline.review.arrivals import Arriving, safe_name
from pipeline.review.background_run import BackgroundRun, Progress
from pipeline.run import read_again, read_batch
from pipeline.settings import RunOptions
from tests.material.review_batch import roster
from tests.material.whole_batch import CLOUD_MAIL, two_returns

BYTES = {"content-type": "application/octet-stream"}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results of two returns, in files of their own."""
    return two_returns(tmp_path)


@pytest.fixture
def session(results: Path) -> Iterator[ReviewSession]:
    with open_store(results, writing=False) as store:
        yield ReviewSession.of(store)


@pytest.fixture
def page(session: ReviewSession, results: Path) -> Iterator[TestClient]:
    """A browser that may write."""
    app = create_app(session, AccessPolicy(LOOPBACK_NAMES, "", 8765), results, "chair")
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        client.headers.update({"x-csrf": client.get("/api/session").json()["csrf"], "origin": str(client.base_url)})
        yield client


def add(page: TestClient, name: str, data: bytes, **headers: str) -> tuple[int, str]:
    """(status, what is said) of one file."""
    reply = page.post("/api/add", params={"name": name}, content=data, headers={**BYTES, **headers})
    found = reply.json()
    return reply.status_code, found.get("said") or found["sentence"]


def names(results: Path) -> set[str]:
    """All that lies in the folder of the returns, hidden files too."""
    return {path.name for path in (results.parent / "returns").iterdir()}


FIRST = {"own one.pdf", "photo.jpg"}


def pdf(text: str) -> bytes:
    return b"%PDF-1.4\n" + text.encode()


def test_a_file_goes_into_the_folder_that_was_read_and_never_over_another(page: TestClient, results: Path) -> None:
    assert add(page, "new.pdf", pdf("one")) == (200, "added")
    assert add(page, "new.pdf", pdf("two")) == (200, "added as new (2).pdf")
    assert add(page, "new.pdf", pdf("three")) == (200, "added as new (3).pdf")
    folder = results.parent / "returns"
    assert [(folder / name).read_bytes() for name in ("new.pdf", "new (2).pdf")] == [pdf("one"), pdf("two")]
    assert names(results) == FIRST | {"new.pdf", "new (2).pdf", "new (3).pdf"}


def test_what_is_there_already_is_said_and_not_kept_twice(page: TestClient, results: Path) -> None:
    data = (results.parent / "returns" / "photo.jpg").read_bytes()
    assert add(page, "photo.jpg", data) == (200, "already here")
    assert add(page, "IMG_1.jpg", data) == (200, "already here, as photo.jpg")
    assert add(page, "new.pdf", pdf("one"))[1] == "added"
    assert add(page, "again.pdf", pdf("one")) == (200, "already here, as new.pdf"), "not read yet, but there"
    assert names(results) == FIRST | {"new.pdf"}


NAMES = {
    "../../etc/passwd.pdf": "_.._etc_passwd.pdf", "/etc/passwd": "_etc_passwd", "..": "return", " ": "return (2)",
    "C:\\x\\y.pdf": "C:_x_y.pdf", ".hidden.pdf": "hidden.pdf", "a\x00b\u202efdp.pdf": "abfdp.pdf", "a\nb.pdf": "ab.pdf",
}  # fmt: skip
"""Given -> what the file is called."""


def test_a_name_leads_nowhere(page: TestClient, results: Path) -> None:
    for number, given in enumerate(NAMES):
        assert add(page, given, pdf(str(number)))[0] == 200, given
    assert names(results) == FIRST | set(NAMES.values())
    assert not any(path.is_dir() for path in (results.parent / "returns").iterdir())


def test_a_long_name_fits_and_keeps_its_suffix() -> None:
    name = safe_name("論" * 300 + ".pdf")
    assert len(name.encode()) <= 200 and name.endswith("論.pdf")


def test_a_link_that_waits_under_the_name_is_not_followed(page: TestClient, results: Path, tmp_path: Path) -> None:
    (results.parent / "returns" / "new.pdf").symlink_to(tmp_path / "elsewhere")
    assert add(page, "new.pdf", pdf("one")) == (200, "added as new (2).pdf")
    assert not (tmp_path / "elsewhere").exists()


def archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, pdf("x"))
    return out.getvalue()


def test_what_is_no_document_is_not_taken(page: TestClient, results: Path) -> None:
    taken = {"a.zip": archive("x.pdf"), "a.eml": CLOUD_MAIL, "note.rtf": b"{\\rtf1 x}"}
    for name, data in taken.items():
        assert add(page, name, data) == (200, "added"), name
    for name, data, says in (
        ("roster.csv", b"key,title\n1,2\n", "a table or a side file"), ("a.exe", b"MZ\x90\x00\x03\x00", "no PDF"),
        ("empty.pdf", b"", "is empty"), ("thumbs.db", b"\xd0\xcf\x11\xe0abc", "of the system's"),
    ):  # fmt: skip
        status, said = add(page, name, data)
        assert status == 422 and says in said, name
    assert names(results) == FIRST | set(taken)


def test_a_write_from_elsewhere_puts_nothing_there(page: TestClient, results: Path) -> None:
    for headers in ({"x-csrf": "0" * 64}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"},
                    {"host": "rebound.example"}):  # fmt: skip
        assert add(page, "new.pdf", pdf("one"), **headers)[0] in (403, 421), headers
    assert page.post("/api/add?name=new.pdf", json={"x": 1}).status_code == 415
    assert page.post("/api/answer", content=pdf("one"), headers=BYTES).status_code == 415, "bytes go nowhere else"
    assert page.post("/api/add?name=new.pdf", headers={"content-type": "multipart/form-data"}).status_code == 415
    assert page.post("/api/run", json={}, headers={"x-csrf": "0" * 64}).status_code == 403
    assert names(results) == FIRST


def test_a_file_of_any_size_is_not_taken(page: TestClient, results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, _ = access_control.UPLOADS["/api/add"]
    monkeypatch.setitem(access_control.UPLOADS, "/api/add", (kind, 1000))
    assert add(page, "new.pdf", pdf("x" * 2000))[0] == 413
    whole = page.post("/api/add?name=new.pdf", content=iter([pdf("x" * 900), b"x" * 900]), headers=BYTES)
    assert whole.status_code == 422 and "did not come whole" in whole.json()["sentence"], "its length was not told"
    monkeypatch.setitem(access_control.UPLOADS, "/api/add", (kind, 10_000))
    monkeypatch.setattr(arrivals, "LARGEST_FILE", 1000)
    assert add(page, "new.pdf", pdf("x" * 2000))[0] == 422
    assert names(results) == FIRST, "nothing of it stays"


def test_a_full_disk_and_a_folder_that_is_gone_are_told(
    page: TestClient, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Arriving, chunk: bytes) -> None:
        raise arrivals.not_writable(self.folder, OSError(errno.ENOSPC, "No space left on device"))

    with monkeypatch.context() as patched:
        patched.setattr(Arriving, "write", full)
        status, said = add(page, "new.pdf", pdf("one"))
    assert status == 422 and "is full" in said and names(results) == FIRST
    (results.parent / "returns").rename(results.parent / "moved")
    status, said = add(page, "new.pdf", pdf("one"))
    assert status == 422 and "--returns" in said


def test_what_a_killed_server_left_goes_with_the_next_file(page: TestClient, results: Path) -> None:
    folder = results.parent / "returns"
    old, new = folder / f"{arrivals.ARRIVING}old", folder / f"{arrivals.ARRIVING}new"
    for path in (old, new):
        path.write_bytes(b"half of")
    os.utime(old, (0, 0))
    assert add(page, "a.pdf", pdf("one"))[1] == "added"
    assert names(results) == FIRST | {"a.pdf", new.name}, "another file may be on its way"


SAYS = """import json, sys, time
asked = json.loads(sys.stdin.readline())
print("a library's own words", flush=True)
print(json.dumps({"done": 1, "total": 2}), flush=True)
time.sleep(0.3)
"""
SAID = 'print(json.dumps({"said": asked["folder"], "failed": False}))'


def test_a_run_tells_its_progress_and_runs_once_more_for_what_came_meanwhile(tmp_path: Path) -> None:
    run = BackgroundRun(tmp_path, "", command=(sys.executable, "-c", f"open('ran', 'a').write('x')\n{SAYS}{SAID}"))
    with contextlib.chdir(tmp_path):
        assert run.start().running
        until(lambda: run.progress.total == 2)
        run.start()
        run.start()
        until(lambda: not run.progress.running)
    assert run.progress == Progress(said=str(tmp_path)) and (tmp_path / "ran").read_text() == "xx"


@pytest.mark.parametrize(("command", "says"), [((sys.executable, "-c", SAYS), "before it was done"),
                                               (("/no such program",), "No run could be started")])  # fmt: skip
def test_a_run_that_is_cut_off_says_so(tmp_path: Path, command: tuple[str, ...], says: str) -> None:
    run = BackgroundRun(tmp_path, "", command=command)
    run.start()
    until(lambda: not run.progress.running)
    assert run.progress.failed and says in run.progress.said


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_waits_for_no_other_and_says_so(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = json.dumps({"folder": str(results), "store": ""}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(asked)))
    monkeypatch.setattr(os, "nice", lambda _: 0)
    with folder_lock(results):
        background_run.main()
    said = json.loads(capsys.readouterr().out)
    assert said["failed"] and "Another run is writing" in said["said"]


def test_what_the_last_run_was_told_holds_for_the_next(tmp_path: Path) -> None:
    returns = tmp_path / "returns"
    returns.mkdir()
    (returns / "a mail.eml").write_bytes(CLOUD_MAIL)
    (returns / "roster.xlsx").write_bytes(b"a table that is no return")
    (returns / "roster.csv").write_text("key,title,authors\none26,A Title,Ada Example\n", encoding="utf-8")
    told = RunOptions(roster=returns / "roster.xlsx", out=tmp_path / "results", today=date(2026, 6, 20), jobs=1)
    by_hand = (roster(2), replace(told.settings(), notes=frozenset({"undated"})))
    read_batch([returns], told, beside=by_hand)
    (returns / "another.eml").write_bytes(CLOUD_MAIL.replace(b"Ada", b"Bob"))
    again = read_again(tmp_path / "results", "")
    assert list(again.table["file"]) == ["a mail.eml", "another.eml"], "the roster is no return"
    assert again.changes is not None and again.changes.new == ("another.eml",)
    with open_store(tmp_path / "results", writing=False) as store:
        assert store.last_run() == by_hand
