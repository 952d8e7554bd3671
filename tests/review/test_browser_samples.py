"""The sample returns gone through in a real browser: by Enter alone, and a whole day of an editor's."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="Playwright's Python package is not installed: pip install -e '.[dev]'")
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.datamodel.statuses import count_open, is_valid
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.log import standing
from tests.material.review_browser import open_queue, press_on, shown, wait_saved
from tests.material.review_server import Server, log_of, serving

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_scans"
LATER = ("scan-0031.pdf", "Spectral agreement signed again.pdf")
"""Samples that come by mail in the course of the day: the only one of its article, and a better one."""
TODAY = "2026-11-02"
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `returns` and `results`: the samples read, but for those that come later."""
    folder = tmp_path_factory.mktemp("morning")
    shutil.copytree(SAMPLES / "returns", folder / "returns", ignore=shutil.ignore_patterns(*LATER))
    read(folder / "returns", folder / "results")
    return folder


def read(returns: Path, results: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "read", str(returns), "-r", str(SAMPLES / "roster.bib")]
    command += ["--out", str(results), "--today", TODAY, "-q"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode in (0, 1)


def put_off_sample(page: Page) -> None:
    """Leave a control sample for later; it may have a field to type into, where a letter is a letter."""
    page.keyboard.press("Escape")
    press_on(page, "l")


def test_by_enter_alone_no_sample_without_signature_date_or_page_becomes_valid(
    morning: Path, page: Page, tmp_path: Path
) -> None:
    results = Path(shutil.copytree(morning / "results", tmp_path / "results"))
    with serving(results) as server:
        open_queue(page, server)
        for _ in range(200):
            if page.url.endswith("/end"):
                break
            put_off_sample(page) if page.inner_text("#heading") == "Control sample" else press_on(page, "Enter")
        page.wait_for_url("**/end")
        page.wait_for_load_state()
    with open_results(results) as found:
        table, decisions = found.table, found.decisions
    assert count_open(table["status"]) == 0, "all of it was gone through"
    valid = table[table["status"].map(is_valid)]
    assert not (valid["signature"] == "none").any() and not valid["date"].isna().any()
    lacking = "unsigned|undated|page_missing|title_missing|name_missing|form_altered|signature_typed|wrong_form"
    assert not valid["flags"].str.contains(lacking).any(), valid[["file", "flags"]]
    assert not any(d.reason for d in decisions if d.action == "confirm"), "nothing was accepted against a finding"
    assert not any(line["accepted"] for line in run("pack", str(results), "--partial")["files"])


# --- a whole day


Content = tuple[str, str]
"""Hash of a file and number of the agreement in it: what stays when a file is renamed."""


def decided(results: Path) -> dict[Content, list[tuple[str, ...]]]:
    """What stands of each return, by its content."""
    found: dict[Content, list[tuple[str, ...]]] = {}
    for d in standing(log_of(results)):
        content = (d.sha256, d.file.partition("#")[2])
        found.setdefault(content, []).append((d.who, d.action, d.field, d.flag, d.before, d.after, d.reason))
    return found


def decide(page: Page) -> None:
    """One decision by keys, each kind of question in its own way."""
    if page.inner_text("#heading") == "Control sample":
        return put_off_sample(page)
    key = shown(page)["key"]
    if key == "unsigned":
        page.keyboard.press("c")
        return press_on(page, "1")
    if key == "page_missing":
        page.keyboard.press("a")
        page.keyboard.press("0")
        page.keyboard.type("the second page did not come")
        return press_on(page, "Enter")
    if key == "signature_typed":
        page.keyboard.press("a")
        return press_on(page, "1")
    return press_on(page, "Enter")


def as_editor(browser: Browser, server: Server, name: str) -> Page:
    """A browser of another person's."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(f"{server.address}/log")
    page.evaluate("name => localStorage.setItem('countersign-who', name)", name)
    return page


def in_the_table(results: Path) -> dict[Content, str]:
    """Status after people of each return, by its content."""
    with open_results(results) as found:
        rows = found.table[["sha256", "file", "status"]].itertuples(index=False)
        return {(sha256, file.partition("#")[2]): status for sha256, file, status in rows}


def mail_with(*files: Path) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Lin Denau <lin@example.org>", "the agreements you asked for"
    message["Date"] = "Mon, 2 Nov 2026 09:00:00 +0100"
    message.set_content("Here they are.")
    for path in files:
        message.add_attachment(path.read_bytes(), maintype="application", subtype="pdf", filename=path.name)
    return message.as_bytes()


def run(*words: str) -> Any:
    """A command's JSON."""
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def written_to(results: Path) -> dict[str, str]:
    """Article -> body of the letter about it."""
    with (results / "letters" / "letters.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: " ".join(row["body"].split()) for row in rows for key in row["articles"].split("; ")}


def wanting(results: Path) -> set[str]:
    """Articles that somebody has to be written to about."""
    with open_results(results) as found:
        return {one.article.key for one in found.coverage() if one.state in ("missing", "ask again")}


def test_a_whole_day_ends_with_the_same_decisions_and_the_right_letters(
    morning: Path, browser: Browser, page: Page, tmp_path: Path
) -> None:
    results, returns = Path(shutil.copytree(morning / "results", tmp_path / "results")), morning / "returns"
    with serving(results) as server:
        # Fifteen decisions.
        open_queue(page, server)
        for _ in range(15):
            decide(page)
        wait_saved(page)
        assert len(log_of(results)) >= 15
        # Two editors: the second one is led past what the first one has open, and both decide.
        other = as_editor(browser, server, "Ben")
        open_queue(other, server)
        assert shown(other)["number"] != shown(page)["number"]
        decide(other)
        decide(page)
        wait_saved(other)
        wait_saved(page)
        assert {d.who for d in log_of(results)} == {"Chair", "Ben"}
        other.context.close()
        # A kill while a decision is on its way.
        open_queue(page, server)
        page.keyboard.press("Escape")
        page.keyboard.press("l" if page.inner_text("#heading") == "Control sample" else "Enter")
        server.kill()
        server.start()
        page.wait_for_function("() => document.getElementById('saved').textContent === 'All saved'", timeout=30_000)
        before, log, states = decided(results), log_of(results), in_the_table(results)
        assert len({d.group for d in log if d.who == "Chair"}) == 17, "each was written, and once"
        # Ten files are renamed, and the folder is read again.
        names = sorted({d.file.partition("#")[0] for d in log if (returns / d.file.partition("#")[0]).is_file()})[:10]
        assert len(names) == 10
        for number, name in enumerate(names):
            (returns / name).rename(returns / f"renamed {number}{Path(name).suffix}")
        read(returns, results)
        assert decided(results) == before and in_the_table(results) == states
        page.goto(f"{server.address}/log")
        assert page.locator(".badge", has_text="now renamed").count() >= 10
    # The folder is moved.
    moved = Path(shutil.move(returns, tmp_path / "elsewhere"))
    server = Server(results, returns=moved)
    server.start()
    try:
        assert decided(results) == before and in_the_table(results) == states
        open_queue(page, server)
        (one, *_) = page.request.get(f"{server.address}/api/find?q=khourihaddad26a").json()
        drawn = page.request.get(f"{server.address}/page/{one['number']}/1/small")
        assert drawn.status == 200, "its pages are found there"
        # New returns come by mail: one for an article that had none, a better one for another.
        mail = tmp_path / "two agreements.eml"
        mail.write_bytes(mail_with(*(SAMPLES / "returns" / name for name in LATER)))
        page.set_input_files("#add-files", mail)
        page.wait_for_selector("#run-show:not([hidden])", timeout=240_000)
        assert page.inner_text("#run-said").startswith("2 new returns")
        after = in_the_table(results)
        assert decided(results) == before and all(after[content] == states[content] for content in before)
        page.goto(f"{server.address}/end")
        page.click("[data-make=pack]")
        page.click("text=Pack what is in order")
        page.wait_for_function("() => document.getElementById('made-said').textContent.includes('permissions')")
    finally:
        server.stop()
    # Packed and written to.
    packed = run("pack", str(results), "--partial")
    with open_results(results) as found:
        valid = {one.article.key for one in found.coverage() if one.state == "valid"}
    assert {line["article"] for line in packed["files"] if line["file"]} == valid >= {"lindenau26", "eversholt26"}
    accepted = [line["accepted"] for line in packed["files"] if line["accepted"]]
    assert accepted and all(one.startswith("unsigned: the author confirmed") for one in accepted)
    chased = run("chase", str(results), "--by", "2027-12-01")
    first = written_to(results)
    assert set(first) == wanting(results) - set(chased["held_back"])
    assert not {"lindenau26", "eversholt26"} & set(first), "what has come is not asked for"
    assert not any("we wrote to you" in body for body in first.values())
    run("chase", str(results), "--sent")
    # The second day: nothing is new, three more decisions, and the second letters are reminders.
    read(moved, results)
    assert decided(results) == before
    server.start()
    try:
        open_queue(page, server)
        for _ in range(3):
            decide(page)
        wait_saved(page)
    finally:
        server.stop()
    assert before.items() <= decided(results).items() and len(decided(results)) > len(before)
    run("chase", str(results), "--by", "2027-12-20")
    second = written_to(results)
    assert set(second) <= wanting(results) and set(first) <= set(second)
    for key, body in second.items():
        assert ("we wrote to you" in body) == (key in first), key
