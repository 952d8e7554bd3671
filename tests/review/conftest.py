"""One made batch and one set of drawn pages for all tests of the review page in a process; a browser a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.review.pages import Gallery
from tests.material.review_batch import made_batch
from tests.material.review_server import Server, serving_here

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the module: while it is open an event loop runs in this thread, and signing PDFs needs its own."""
    from tests.material.review_browser import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a context of its own, in which no script may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield made
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty made-up returns, thirty of them flagged; not to be written to."""
    return made_batch(tmp_path_factory.mktemp("batch"), 60, 30)


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    """The pages that any server of this process has drawn: copies of a batch show the same ones."""
    made = Gallery()
    yield made
    made.close()


@pytest.fixture
def thirty(batch: Path, gallery: Gallery, tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh copy of the batch."""
    with serving_here(Path(shutil.copytree(batch, tmp_path / "results")), gallery) as server:
        yield server


@pytest.fixture(scope="session")
def shared(batch: Path, gallery: Gallery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for tests to which it makes no difference what others decided."""
    with serving_here(Path(shutil.copytree(batch, tmp_path_factory.mktemp("shared") / "results")), gallery) as server:
        yield server
