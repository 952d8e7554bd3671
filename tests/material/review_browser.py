"""A real browser and a real server for tests of the review page."""

from __future__ import annotations

import io
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.material.review_server import Server, serving, serving_form

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str:
    """The system's Chromium or Chrome; empty where there is none. Nothing is ever downloaded."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), "")
    if not found and platform.system() == "Darwin":
        found = next((path for path in MAC if Path(path).exists()), "")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips where there is no Chromium, and fails for that on a build server."""
    path = find_chromium()
    if not path:
        reason = "No Chromium was found: apt-get install chromium, or brew install --cask chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def open_queue(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.address}/queue{query}")
    page.wait_for_selector("body[data-ready]")


def press_to_next(page: Page, key: str) -> None:
    """Press a key and wait until another return is shown, or the end."""
    before = page.evaluate("document.getElementById('main').dataset.number")
    page.keyboard.press(key)
    page.wait_for_function(
        "before => location.pathname !== '/queue' || document.getElementById('main')?.dataset.number !== before",
        arg=before,
    )


def shown(page: Page) -> dict[str, str]:
    """Number, key and mode of what is asked."""
    found: dict[str, str] = page.evaluate("({...document.getElementById('main').dataset})")
    return found


def press_on(page: Page, key: str) -> None:
    """Press a key and wait until something else is asked, of this return or another, or the end is reached."""
    before = shown(page)
    page.keyboard.press(key)
    page.wait_for_function(
        """before => location.pathname !== '/queue' || (now => now.number !== before.number || now.key !== before.key
        || now.mode !== before.mode)(document.getElementById('main')?.dataset || {})""",
        arg=before,
    )


def wait_saved(page: Page) -> None:
    page.wait_for_function("() => document.getElementById('saved').textContent === 'All saved'")


def shoot(browser: Browser, results: Path, folder: Path) -> None:
    """Pictures of the queue and of the seat plan for the docs, in few colours so that they stay small."""
    with serving(results) as server:
        page = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light").new_page()
        number = page.request.get(f"{server.address}/api/find?q=scan-0022").json()[0]["number"]
        open_queue(page, server, f"?open={number}")
        page.keyboard.press("f")
        for name in ("queue", "seats"):
            if name == "seats":
                page.goto(f"{server.address}/seats")
            _shoot(page, folder / f"review-{name}.png")
        page.context.close()


def shoot_form(browser: Browser, form: Path, folder: Path) -> None:
    """A picture of the page that corrects a form, one of its fields chosen."""
    with serving_form(form) as address:
        page = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light").new_page()
        page.goto(f"{address}/form")
        page.wait_for_selector("body[data-ready]")
        page.evaluate("file => { document.getElementById('where').textContent = file }", f"forms/{form.name}/form.toml")
        page.click(".field-line:has-text('E-mail')")
        _shoot(page, folder / "form-page.png")
        page.context.close()


def _shoot(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA in light, and against its contrasts in dark, as text."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme, options in (("light", {"runOnly": RULES}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += page.evaluate(
            """options => axe.run(document, options).then(r => r.violations.map(v => v.id + ': ' + v.help + ' '
            + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary).join(' | ')))""",
            options,
        )
    return found
