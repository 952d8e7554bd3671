"""How the review page looks and reads in a real browser: for everyone, at once, without a fault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright", reason="Playwright's Python package is not installed: pip install -e '.[dev]'")
from playwright.sync_api import Browser, Page, Route

from pipeline.checks.flags import ORDER
from pipeline.review.keys import KEYS
from tests.material.review_batch import made_batch
from tests.material.review_browser import open_queue, press_to_next, shoot, violations
from tests.material.review_server import Server, serving

ROOT = Path(__file__).parents[2]
VIEWS = ("seats", "seats?show=two", "strip", "table", "table?status=clear&sort=date", "log", "end")


LOOK_MS = 100
"""Between a return that is painted and the next key: faster than anybody reads."""


def key_to_painted(page: Page, server: Server, presses: int) -> tuple[float, list[float]]:
    """(milliseconds to the first return, milliseconds from key to next return painted for each press)."""
    page.goto(server.address + "/log")
    open_queue(page, server)
    first = page.evaluate("performance.getEntriesByName('first-return')[0].startTime")
    page.wait_for_load_state("networkidle")  # The first return is looked at for longer than that.
    for _ in range(presses):
        if page.inner_text("#heading") == "Control sample":
            page.keyboard.press("Escape")
            press_to_next(page, "j")
        else:
            press_to_next(page, "Enter")
        page.wait_for_timeout(LOOK_MS)
    page.wait_for_timeout(200)
    times = page.evaluate("performance.getEntriesByName('painted').map(entry => entry.duration)")
    assert len(times) >= presses * 0.9
    return float(first), [float(t) for t in times]


def check_speed(page: Page, results: Path, presses: int) -> None:
    """Three tries: on a machine that is busy with something else, the best one counts."""
    tries: list[tuple[float, float]] = []
    for _ in range(3):
        with serving(Path(shutil.copytree(results, results.with_name(f"try-{len(tries)}")))) as server:
            first, times = key_to_painted(page, server, presses)
        tries.append((float(np.percentile(times, 95)), first))
        shown = f"p95 {tries[-1][0]:.0f} ms of {len(times)} presses, median {np.median(times):.0f} ms"
        print(f"first return {first:.0f} ms; key to next return painted: {shown}")
        if tries[-1][0] < 100 and first < 1000:
            return
    raise AssertionError(f"(p95, first return) in ms: {tries}")


@pytest.mark.soak
def test_the_next_return_is_there_at_once(page: Page, tmp_path: Path) -> None:
    check_speed(page, made_batch(tmp_path, 300, 250, ["", "unsigned", "date", "slip", "undated", "title"] * 50), 30)


@pytest.mark.soak
def test_the_next_return_is_there_at_once_among_three_thousand(page: Page, tmp_path: Path) -> None:
    check_speed(page, made_batch(tmp_path, 3000, 2500, ["", "unsigned", "date", "slip", "undated", "title"] * 500), 200)


def test_axe_finds_nothing_on_any_view(shared: Server, page: Page) -> None:
    open_queue(page, shared)
    assert violations(page) == []
    page.keyboard.press("a")
    assert violations(page) == []
    page.keyboard.press("1")
    page.keyboard.press("?")
    assert violations(page) == []
    open_queue(page, shared, "?field=date")
    page.keyboard.press("e")
    page.click("#facets summary")
    assert violations(page) == []
    for view in ("seats", "strip", "table", "log", "end"):
        page.goto(f"{shared.address}/{view}")
        assert violations(page) == [], view


def test_every_text_is_words_in_all_views_dialogs_and_modes(shared: Server, page: Page) -> None:
    def check(where: str) -> None:
        text = page.inner_text("body")
        assert "[object" not in text and "undefined" not in text and "NaN" not in text, (where, text)

    open_queue(page, shared)
    page.keyboard.press("?")
    check("keys")
    rows = page.eval_on_selector_all("#keylist li", "all => all.map(li => li.querySelectorAll('kbd').length)")
    assert len(rows) == len(KEYS) and min(rows) >= 1
    assert page.locator("#keylist li", has_text="Put the return off").locator("kbd").inner_text() == "L"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("bandits")
    page.wait_for_selector("#find-hits li")
    check("find")
    page.keyboard.press("Escape")
    page.click("#facets summary")
    check("filter")
    page.click("#facets summary")
    for _ in range(12):
        for mode in ("", "a", "e"):
            if mode and page.inner_text("#heading") != "Control sample":
                page.keyboard.press(mode)
            check(f"{page.inner_text('#heading')} {mode}")
            page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
    for view in VIEWS:
        page.goto(f"{shared.address}/{view}")
        check(view)


def test_the_page_shows_the_column_of_text_whole_beside_the_field(shared: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_queue(page, shared, f"?flag={ORDER['name_not_an_author']}")
    page.wait_for_function("() => [...document.querySelectorAll('#stage img')].every(i => i.complete)")
    page.wait_for_timeout(200)
    left, right = page.evaluate(
        """() => { const view = document.getElementById('viewport').getBoundingClientRect();
        const paper = document.getElementById('stage').getBoundingClientRect();
        return [(view.left - paper.left) / paper.width, (view.right - paper.left) / paper.width] }"""
    )
    assert left < 0.23 and right > 0.77
    seen = page.evaluate("document.querySelector('.box.now').getBoundingClientRect().toJSON()")
    view = page.evaluate("document.getElementById('viewport').getBoundingClientRect().toJSON()")
    assert view["top"] < seen["top"] and seen["bottom"] < view["bottom"] and view["left"] < seen["left"]
    assert page.locator("#previous").inner_text().split() == ["K", "Previous"]
    assert page.locator("#next").inner_text().split() == ["J", "Next"]


def test_a_page_that_did_not_come_is_asked_for_again(shared: Server, page: Page) -> None:
    refused: list[str] = []

    def once(route: Route) -> None:
        refused.append(route.request.url)
        route.abort() if refused.count(route.request.url) == 1 else route.continue_()

    page.route("**/page/*/*/full*", once)
    open_queue(page, shared, f"?flag={ORDER['name_not_an_author']}")
    page.wait_for_function(
        "() => { const i = document.querySelectorAll('#stage img')[1]; return i && i.complete && i.naturalWidth > 0 }"
    )
    assert refused and page.is_hidden("#nopage") and page.is_visible("#stage")


def test_fits_without_scrolling_and_at_320_pixels(shared: Server, page: Page) -> None:
    open_queue(page, shared)
    for _ in range(32):
        page.keyboard.press("a")
        for _ in ("asking", "deciding"):
            spare = page.evaluate(
                """() => [[document.documentElement, 720], [document.querySelector('.left')]].map(
                ([part, height]) => (height || part.clientHeight) - part.scrollHeight)"""
            )
            assert min(spare) >= 0, (page.inner_text("#sub"), spare)
            page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.wait_for_timeout(20)
    page.set_viewport_size({"width": 320, "height": 640})
    for view in ("queue", "queue?open=13", *VIEWS):
        page.goto(f"{shared.address}/{view}")
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, view
    small = page.eval_on_selector_all(
        "button, a, summary, select, input",
        "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)",
    )
    assert small == []


def test_nothing_comes_from_another_host(shared: Server, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_queue(page, shared)
    for view in VIEWS:
        page.goto(f"{shared.address}/{view}")
    assert asked and all(url.startswith(shared.address) for url in asked)


@pytest.mark.soak
def test_the_docs_pictures_are_of_the_sample_batch(browser: Browser, tmp_path: Path) -> None:
    """Reads the sample returns and takes the pictures of docs/review.md; COUNTERSIGN_PICTURES=docs/img keeps them."""
    folder = Path(os.environ.get("COUNTERSIGN_PICTURES", tmp_path))
    samples = ROOT / "sample_scans"
    command = [sys.executable, "-m", "pipeline", "read", str(samples / "returns"), "-r", str(samples / "roster.bib")]
    done = subprocess.run([*command, "--out", str(tmp_path / "results"), "-q"], cwd=ROOT, check=False)
    assert done.returncode in (0, 1)
    shoot(browser, tmp_path / "results", folder)
    for name in ("review-queue.png", "review-seats.png"):
        assert (ROOT / "docs" / "img" / name).stat().st_size < 200_000
        assert (folder / name).stat().st_size < 200_000
