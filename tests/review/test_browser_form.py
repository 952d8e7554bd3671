"""The page that corrects a form, in a real browser: by mouse, by keys, with a finger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="Playwright's Python package is not installed: pip install -e '.[dev]'")
from playwright.sync_api import Browser, Page

from docs.own_form_example import FOLDER, PAGE
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import Form, Zone
from pipeline.forms.reader import read_form
from tests.material.form_folders import PAGE as SIZE
from tests.material.form_folders import form_folder
from tests.material.review_browser import shoot_form, violations
from tests.material.review_server import serving_form


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return form_folder(tmp_path / "northgate")


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with serving_form(folder) as found:
        yield found


def open_form(page: Page, address: str) -> None:
    page.goto(f"{address}/form")
    page.wait_for_selector("body[data-ready]")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With the mouse, from place to place of the page that is shown, points."""
    (x0, y0), (x1, y1) = (on_screen(page, point) for point in (start, end))
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def on_screen(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    page.evaluate("([x, y, w]) => document.getElementById('desk').scrollTo(0, 0)", [*point, SIZE[0]])
    paper = page.locator("#paper").bounding_box()
    assert paper is not None
    scale = paper["width"] / SIZE[0]
    return paper["x"] + point[0] * scale, paper["y"] + point[1] * scale


def save(page: Page, folder: Path) -> Form:
    page.click("#save")
    page.wait_for_function("() => document.getElementById('saved').textContent === 'All saved'")
    return read_form(folder)


def near(zone: Zone, wanted: Zone) -> bool:
    return all(abs(a - b) < 1.5 for a, b in zip(zone, wanted, strict=True))


def test_a_box_is_drawn_named_and_saved(page: Page, address: str, folder: Path) -> None:
    open_form(page, address)
    assert page.inner_text("#lacks") == (
        "No field is the author's name. If the form asks for it, add it.\n"
        "No field is the date of the signature. If the form asks for it, add it."
    )
    drag(page, (160, 160), (540, 180))
    page.wait_for_function("() => document.getElementById('label').value === 'E-mail address:'")
    assert page.input_value("#name") == "email" and page.inner_text("#saved") == "Not saved yet"
    page.fill("#name", "e_mail")
    page.check("#required")
    field = save(page, folder).field("e_mail")
    assert field is not None and near(field.zone, (160, 160, 540, 180))
    assert (field.label, field.kind, field.required) == ("E-mail address:", "text", True)
    page.select_option("#what", "name")
    page.check("#signs")
    field = save(page, folder).field("name")
    assert field is not None and field.signs and field.required
    assert page.inner_text("#lacks").startswith("No field is the date")


def test_a_box_is_moved_resized_deleted_and_all_of_it_undone(page: Page, address: str, folder: Path) -> None:
    open_form(page, address)
    drag(page, (300, 110), (290, 250))
    drag(page, (530, 260), (430, 300))  # from its edge's corner: the right lower one
    page.keyboard.press("s")
    page.wait_for_function("() => document.getElementById('saved').textContent === 'All saved'")
    field = read_form(folder).field("title")
    assert field is not None and near(field.zone, (150, 240, 430, 300))
    page.click(".field-line:has-text('contact_us')")
    page.keyboard.press("Delete")
    assert page.locator(".zone").count() == 3
    for _ in range(3):
        page.keyboard.press("u")
    assert page.is_disabled("#undo") and page.locator(".zone").count() == 4
    form = save(page, folder)
    title, contact = form.field("title"), form.field("contact_us")
    assert title is not None and title.zone == (160, 100, 540, 120) and contact is not None


def test_all_of_it_goes_by_keys(page: Page, address: str, folder: Path) -> None:
    open_form(page, address)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.dataset.key") == page.get_attribute(".zone.now", "data-key")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("n")
    page.wait_for_function("() => document.activeElement.id === 'props-title'")
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.type("the date")  # a list's option is found by its first letters
    page.keyboard.press("Escape")
    page.fill("#label", "Day")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => document.getElementById('saved').textContent === 'All saved'")
    form = read_form(folder)
    title, date = form.field("title"), form.field("date")
    assert title is not None and title.zone == (164, 102, 546, 120)
    assert date is not None and date.label == "Day"


def test_what_is_refused_is_said_and_shown(page: Page, address: str, folder: Path) -> None:
    open_form(page, address)
    page.click(".field-line:has-text('contact_us')")
    page.select_option("#what", "signature")
    page.click("#save")
    page.wait_for_selector("#last.wrong")
    assert page.inner_text("#last").startswith("Two boxes are for the author's signature")
    assert page.inner_text("#props-title") == "signature, page 1" and page.inner_text("#saved") == "Not saved yet"
    page.select_option("#whose", "optional")
    form = save(page, folder)
    assert [(p.role, p.label) for p in form.pages[0].signing_places][-1] == ("optional", "Contact # us")
    page.click(".field-line:has-text('title')")
    page.fill("#x1", "900")
    page.keyboard.press("Tab")
    page.click("#save")
    page.wait_for_selector("#last.wrong")
    assert "leaves the page" in page.inner_text("#last")


def test_it_is_for_everyone(page: Page, address: str) -> None:
    open_form(page, address)
    page.click(".field-line:has-text('title')")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []


def test_a_finger_selects_first_and_then_moves(browser: Browser, address: str, folder: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_form(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap(".zone >> nth=0")
    assert page.inner_text("#props-title") == "title, page 1"
    page.tap("#add-field")
    page.wait_for_selector(".zone >> nth=4")
    page.select_option("#what", "date")
    page.fill("#label", "Date:")
    assert save(page, folder).field("date") is not None
    context.close()


@pytest.mark.soak
def test_the_docs_picture_is_of_the_example(browser: Browser, tmp_path: Path) -> None:
    """Learns the example's blank and takes the picture of docs/own-form.md; COUNTERSIGN_PICTURES=docs/img keeps it."""
    folder = Path(os.environ.get("COUNTERSIGN_PICTURES", tmp_path))
    learn_form((FOLDER / "blank.pdf").read_bytes(), "northgate", tmp_path / "northgate")
    shoot_form(browser, tmp_path / "northgate", folder)
    assert (folder / "form-page.png").stat().st_size < 200_000
    assert (PAGE.parent / "img" / "form-page.png").stat().st_size < 200_000
