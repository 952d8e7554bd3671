"""A day at the review page in a real browser: crashes, moves, several editors, what comes in."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="Playwright's Python package is not installed: pip install -e '.[dev]'")
from playwright.sync_api import Browser, Error, Page

from pipeline.decisions.log import standing
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from pipeline.review.pages import Gallery
from tests.material.review_batch import made_batch
from tests.material.review_browser import open_queue, press_to_next, violations, wait_saved
from tests.material.review_server import Server, log_of, serving, serving_here, wait_for
from tests.material.whole_batch import CLOUD_MAIL, two_returns

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mortal(batch: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh copy of the batch, in a process that can be killed."""
    with serving(Path(shutil.copytree(batch, tmp_path / "results"))) as server:
        yield server


def test_what_was_shown_as_saved_survives_crashes_and_what_was_not_is_sent_later(mortal: Server, page: Page) -> None:
    open_queue(page, mortal)
    for _ in range(4):
        press_to_next(page, "Enter")
    wait_saved(page)
    mortal.kill()
    assert len(log_of(mortal.results)) == 4
    page.keyboard.press("Enter")
    page.wait_for_selector("#saved.failed")
    context = page.context
    page.close()  # the browser goes as well, with a decision that was never shown as saved
    mortal.start()
    again = context.new_page()
    open_queue(again, mortal)
    wait_saved(again)
    log = log_of(mortal.results)
    assert len(log) == 5 and len({(d.file, d.flag) for d in log}) == 5
    assert "25 of 30 need you, 2 control samples" in again.inner_text("#progress")


def race(browser: Browser, results: Path, gallery: Gallery, returns: int) -> None:
    """Two people press Enter as fast as they can, until neither finds anything open."""
    with serving_here(results, gallery) as server:
        pages = [browser.new_context(viewport={"width": 1280, "height": 720}).new_page() for _ in range(2)]
        for name, page in zip(("Ann", "Ben"), pages, strict=True):
            page.goto(f"{server.address}/log")
            page.evaluate("name => localStorage.setItem('countersign-who', name)", name)
            open_queue(page, server)
        ends = time.monotonic() + 30 + returns
        while time.monotonic() < ends and not all(page.url.endswith("/end") for page in pages):
            for page in pages:
                with suppress(Error):  # The page may be on its way to the end.
                    mode = page.evaluate("document.getElementById('main')?.dataset.mode")
                    page.keyboard.press("1" if mode == "clash" else "Enter")
        for page in pages:
            page.wait_for_url("**/end")
            page.context.close()
    log = log_of(results)
    kept = standing(log)
    with open_store(results, writing=False) as store:
        states = ReviewSession.of(store).queue()
    assert all(state.where not in ("open", "later") for state in states), "a decision was lost"
    assert max(Counter((d.file, d.flag) for d in kept).values()) == 1, "a decision was doubled"
    assert {d.who for d in kept} == {"Ann", "Ben"}
    assert len(kept) == returns


def test_two_browsers_race_over_ten(browser: Browser, gallery: Gallery, tmp_path: Path) -> None:
    wrong = ["unsigned", "date", "slip", "undated", "title"] * 2
    race(browser, made_batch(tmp_path, 10, 10, wrong), gallery, 10)


@pytest.mark.soak
def test_two_browsers_race_over_two_hundred(browser: Browser, gallery: Gallery, tmp_path: Path) -> None:
    wrong = ["unsigned", "date", "slip", "undated", "title"] * 40
    race(browser, made_batch(tmp_path, 200, 200, wrong), gallery, 200)


DROP = """files => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name));
    const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
    const fire = kind => document.body.dispatchEvent(new DragEvent(kind, how));
    fire("dragenter");
    const shown = getComputedStyle(document.querySelector(".drop-here")).display !== "none";
    fire("dragover");
    fire("drop");
    return shown;
}"""  # fmt: skip
"""Drop files on the page; whether a place to drop them was shown."""


def test_returns_dropped_on_the_page_are_put_into_the_folder_and_read(
    tmp_path: Path, gallery: Gallery, page: Page
) -> None:
    results = two_returns(tmp_path)
    mail = CLOUD_MAIL.decode()
    with serving_here(results, gallery) as server:
        page.goto(f"{server.address}/seats")
        assert page.evaluate(DROP, [["../a mail.eml", mail], ["copy.eml", mail], ["notes.csv", "a,b"]])
        page.wait_for_selector("#run-show:not([hidden])", timeout=90_000)
        said = page.eval_on_selector_all("#added li", "all => all.map(li => [...li.children].map(c => c.textContent))")
        assert said == [
            ["../a mail.eml", "added as _a mail.eml"], ["copy.eml", "already here, as _a mail.eml"],
            ["notes.csv", "This is a table or a side file, so it was not taken."],
        ]  # fmt: skip
        assert page.inner_text("#run-said") == "1 new return, 1 to look at."
        assert violations(page) == []
        assert {path.name for path in (tmp_path / "returns").iterdir()} == {"own one.pdf", "photo.jpg", "_a mail.eml"}
        page.click("#run-show")
        page.click("nav a[href='/queue']")
        page.wait_for_selector("body[data-ready]")
        assert page.inner_text("#heading") == "_a mail.eml"
        assert "drive.google.com" in page.inner_text(".card.now")
        assert "Ada Example <ada@example.org> · 1 June 2026" in page.inner_text("#mail summary")
        page.keyboard.press("m")
        page.wait_for_function("() => document.getElementById('mail-text').textContent.startsWith('It is here')")
        assert page.inner_text("#mail-subject") == "my agreement" and page.locator("#mail a").count() == 0
        assert violations(page) == []
        page.set_input_files("#add-files", tmp_path / "returns" / "photo.jpg")
        page.wait_for_function("() => document.querySelector('#added .state')?.textContent === 'already here'")


def test_the_address_holds_a_token_and_idle_connections_shut_nobody_out(batch: Path, page: Page) -> None:
    command = [sys.executable, "-m", "pipeline", "review", str(batch), "--port", "0", "--no-browser"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    idle: list[socket.socket] = []
    try:
        assert process.stderr is not None
        address = process.stderr.readline().split()[1]
        origin, _, token = address.partition("/?token=")
        assert len(token) >= 16
        host, port = origin.removeprefix("http://").split(":")
        wait_for(int(port))
        assert page.request.get(f"{origin}/queue").status == 403, "another user of this machine"
        idle = [socket.create_connection((host, int(port))) for _ in range(210)]
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        assert "token" not in page.url
    finally:
        for one in idle:
            one.close()
        process.terminate()
        process.communicate(timeout=20)
