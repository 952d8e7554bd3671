"""The review page in a real browser: the measures that it was promised to reach."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

pytest.importorskip("playwright", reason="Playwright's Python package is not installed: pip install -e '.[dev]'")
from playwright.sync_api import Page

from pipeline.checks.flags import ORDER
from pipeline.datamodel.statuses import count_open, is_valid
from pipeline.decisions.answers import Answer
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.log import apply_decisions, standing
from pipeline.decisions.review_session import ReviewSession
from pipeline.exports.table_files import read_csv
from pipeline.results.store import open_store
from pipeline.results.table import frame
from pipeline.review.pages import Gallery
from tests.material.review_batch import made_batch, own_form
from tests.material.review_browser import open_queue, press_on, press_to_next, violations, wait_saved
from tests.material.review_server import Server, log_of, serving_here

# --- clearing a batch


def answer(page: Page, session: ReviewSession) -> None:
    """Answer what is asked about the return on show, with keys only, each kind in its own way."""
    shown = page.evaluate("({...document.getElementById('main').dataset})")
    state = session.state(int(shown["number"]))
    assert state is not None
    if page.inner_text("#heading") == "Control sample":
        column = shown["key"].removeprefix("field:")
        truth = str(state.judged.row[column])
        if column == "date":
            page.keyboard.type(truth)
            return press_to_next(page, "Enter")
        label = session.articles[truth].title if column == "article" else truth
        labels = page.eval_on_selector_all(".choices .label", "all => all.map(one => one.textContent)")
        return press_to_next(page, str(labels.index(label) + 1))
    keys = {"undated": "e", "name_not_an_author": "1", "unsure:date": "2", "signature_typed": "a"}
    key = keys.get(shown["key"], "Enter")
    if key == "e":
        page.keyboard.press("e")
        page.keyboard.type("14 May 2026")
        return press_to_next(page, "Enter")
    if key == "a":
        page.keyboard.press("a")
        return press_to_next(page, "1")
    if len(state.asked) == 1:
        return press_to_next(page, key)
    page.keyboard.press(key)
    page.wait_for_function("key => document.getElementById('main')?.dataset.key !== key", arg=shown["key"])
    return None


def test_thirty_returns_cleared_by_keys_and_the_log_gives_the_exported_sheet(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    with open_store(thirty.results, writing=False) as store:
        session = ReviewSession.of(store)
    for _ in range(80):
        if not page.url.endswith("/end"):
            answer(page, session)
            page.wait_for_timeout(10)
    page.wait_for_url("**/end")
    assert page.inner_text("h1") == "Everything that was flagged is settled"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.export") == "csv":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#export-said a")
    with open_store(thirty.results, writing=False) as store:
        machine, log = frame(store.rows()), store.decisions()
    sheet = read_csv(thirty.results / "returns.csv")
    pd.testing.assert_frame_equal(sheet, apply_decisions(machine, log))
    page.click("[data-export=xlsx]")
    page.wait_for_function("() => document.getElementById('export-said').textContent.includes('returns.xlsx')")
    assert len(pd.read_excel(thirty.results / "returns.xlsx", "Returns")) == 60
    assert Counter(sheet["status"]) == {
        "clear": 28, "confirmed": 5, "corrected": 12, "ask again": 12, "set aside": 3
    }  # fmt: skip
    control = [d for d in log if d.reason == "control sample"]
    assert len(control) == 2 and all(d.action == "confirm" for d in control)


def test_by_enter_alone_nothing_without_signature_or_date_becomes_valid(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    for _ in range(40):
        if page.url.endswith("/end"):
            break
        if page.inner_text("#heading") == "Control sample":
            page.keyboard.press("Escape")
            press_on(page, "l")
        else:
            press_on(page, "Enter")
    page.wait_for_url("**/end")
    with open_results(thirty.results) as results:
        valid = results.table[results.table["status"].map(is_valid)]
        assert len(valid) > 28 and not any(d.reason for d in results.decisions if d.action == "confirm")
        assert count_open(results.table["status"]) == 0
    assert not (valid["signature"] == "none").any() and not valid["date"].isna().any()
    assert not valid["flags"].str.contains("unsigned|undated|page_missing|signature_typed").any()


def test_accepting_against_a_finding_is_another_key_and_asks_why(thirty: Server, page: Page) -> None:
    open_queue(page, thirty, f"?flag={ORDER['unsigned']}")
    assert page.inner_text(".card.now .btn.main").endswith("Ask the author again")
    page.keyboard.press("c")
    page.keyboard.press("Enter")  # says nothing
    page.keyboard.press("4")
    page.keyboard.type("the original lies in the office")
    press_to_next(page, "Enter")
    wait_saved(page)
    (only,) = log_of(thirty.results)
    assert (only.action, only.flag, only.reason) == ("confirm", "unsigned", "the original lies in the office")
    page.keyboard.press("a")
    page.keyboard.press("0")
    page.keyboard.type("page 2 is upside down")
    press_to_next(page, "Enter")
    wait_saved(page)
    assert log_of(thirty.results)[-1].reason == "other: page 2 is upside down"


def test_one_flag_takes_one_stroke_which_can_be_undone_and_redone(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    first = page.evaluate("document.getElementById('main').dataset.number")
    press_to_next(page, "Enter")
    wait_saved(page)
    (only,) = log_of(thirty.results)
    assert (only.flag, only.action, only.reason) == ("unsigned", "ask", "signature")
    press_to_next(page, "u")
    assert page.evaluate("document.getElementById('main').dataset.number") == first
    assert standing(log_of(thirty.results)) == []
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert "30 of 30 need you, 2 control samples" in page.inner_text("#progress")
    page.keyboard.press("Enter")
    wait_saved(page)
    page.keyboard.press("u")
    page.wait_for_function("() => !document.getElementById('redo').disabled")
    page.keyboard.press("Shift+U")
    page.wait_for_function("() => document.getElementById('progress').textContent.startsWith('29 of 30')")
    assert [d.flag for d in standing(log_of(thirty.results))] == ["unsigned"]


def test_keys_mean_nothing_in_a_field_and_a_button_in_focus_is_pressed_alone(shared: Server, page: Page) -> None:
    before = log_of(shared.results)
    open_queue(page, shared, f"?flag={ORDER['signature_typed']}")
    press_to_next(page, "j")  # a return that comes takes the focus
    page.focus("#fade")
    page.keyboard.press("Enter")
    assert page.get_attribute("#fade", "aria-pressed") == "true"
    page.focus("#zoom-in")
    page.keyboard.press("/")
    page.wait_for_selector("#find[open]")
    page.keyboard.type("jlau1")
    assert page.input_value("#find-text") == "jlau1"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.click("#help-close")
    number = page.evaluate("document.getElementById('main').dataset.number")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.getElementById('main').dataset.number") == number
    assert log_of(shared.results) == before


def test_on_a_clash_nothing_is_overwritten_and_three_ways_are_offered(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    for key in ("1", "2", "3"):
        number = int(page.evaluate("document.getElementById('main').dataset.number"))
        with open_store(thirty.results, writing=False) as store:
            (question,) = ReviewSession.of(store).state(number).asked  # type: ignore[union-attr]
            ours = question.kind.enter
            theirs: Literal["confirm", "ask"] = "ask" if ours != "ask" else "confirm"
            ReviewSession.of(store).answer(
                number, 0, Answer(question.key, theirs, reason="other"), "Ben", f"bens-step-{key}"
            )
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.getElementById('main').dataset.mode === 'clash'")
        assert log_of(thirty.results)[-1].who == "Ben", "nothing was overwritten"
        assert page.inner_text("#saved").startswith("Not saved"), "it does not look saved"
        assert int(page.evaluate("document.getElementById('main').dataset.number")) == number
        assert "Ben decided on this field at the same time" in page.inner_text("#clash")
        page.keyboard.press(key)
        page.wait_for_function("() => document.getElementById('main').dataset.mode !== 'clash'")
        page.wait_for_timeout(200)
        wait_saved(page)
        with open_store(thirty.results, writing=False) as store:
            session = ReviewSession.of(store)
            state = session.state(number)
            untouched = [s for s in session.queue() if not s.log and len(s.asked) == 1]
        stands = {"1": [ours], "2": [theirs], "3": []}[key]
        assert state is not None and [d.action for d in state.decided][-1:] == stands
        open_queue(page, thirty, f"?open={untouched[0].judged.number}")


def test_two_returns_for_one_article_are_shown_side_by_side(thirty: Server, page: Page) -> None:
    with open_store(thirty.results, writing=False) as store:
        session = ReviewSession.of(store)
    other = next(s for s in session.all_states() if s.status == "clear" and s.judged.number not in session.queued)
    open_queue(page, thirty, f"?flag={ORDER['title_not_in_roster']}")
    assert page.is_hidden("#swap") and page.is_hidden("#other-leaf")
    own = page.evaluate("document.getElementById('main').dataset.number")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type(other.values["article"])
    page.wait_for_selector("#edit-hits button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#other-leaf:not([hidden])")
    assert page.inner_text("#own-name").endswith(page.inner_text("#sub").split(" · ")[0])
    assert other.judged.source.name in page.inner_text("#other-name")
    both = "[...document.querySelectorAll('.leaf .stage')].map(one => one.getBoundingClientRect().width)"
    page.wait_for_function("() => [...document.querySelectorAll('.leaf .stage img')].every(i => i.naturalWidth > 0)")
    page.wait_for_timeout(150)
    before = page.evaluate(both)
    page.keyboard.press("+")
    page.wait_for_timeout(150)
    assert len(before) == 2 and all(b > a for a, b in zip(before, page.evaluate(both), strict=True))
    page.keyboard.press("x")
    assert page.is_hidden("#other-leaf") and page.get_attribute("#swap", "aria-pressed") == "false"
    page.keyboard.press("x")
    assert violations(page) == []
    page.click("#open-other")
    page.wait_for_function("own => document.getElementById('main').dataset.number !== own", arg=own)
    assert other.judged.source.name in page.inner_text("#sub")


def test_a_blank_further_field_is_shown_and_filled_in(tmp_path: Path, gallery: Gallery, page: Page) -> None:
    forms = [str(own_form(tmp_path))]
    with serving_here(made_batch(tmp_path, 2, 2, ["blank field", "blank fields"], forms=forms), gallery) as server:
        open_queue(page, server)
        assert page.inner_text("#field").split() == ["●", "Email", "field", "missing"]
        page.wait_for_function("() => document.querySelector('.crop.empty img')?.naturalWidth > 0")
        page.wait_for_selector(".box.now")
        for _ in range(2):
            page.keyboard.press("e")
            page.keyboard.type("ada@example.org")
            page.keyboard.press("Enter")
            page.wait_for_function("() => document.getElementById('main').dataset.mode === 'decide'")
            wait_saved(page)
            if page.inner_text("#field").split()[1] == "Agreed":
                page.keyboard.press("1")
        page.wait_for_url("**/end")
        log = log_of(server.results)
    assert sorted((d.field, d.after) for d in log) == [
        ("field_agreed", "yes"),
        ("field_email", "ada@example.org"),
        ("field_email", "ada@example.org"),
    ]


def test_the_tenth_reason_is_on_the_key_that_its_button_names(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    page.keyboard.press("a")
    *_, last = page.locator(".choices.two .btn").all()
    assert last.locator("kbd").inner_text() == "0"
    page.keyboard.press("0")
    page.keyboard.type("a page is upside down")
    press_to_next(page, "Enter")
    wait_saved(page)
    (only,) = log_of(thirty.results)
    assert (only.action, only.reason) == ("ask", "other: a page is upside down")


# --- the strip


def test_a_sheet_of_signatures_is_one_step(thirty: Server, page: Page) -> None:
    page.goto(f"{thirty.address}/strip")
    page.evaluate("window.scrollTo(0, 400)")
    page.wait_for_function("() => !document.getElementById('settle').disabled")
    with open_store(thirty.results, writing=False) as store:
        before = ReviewSession.of(store)
    shown = page.eval_on_selector_all("button.cell", "all => all.map(cell => Number(cell.dataset.number))")
    page.click(f'[data-number="{next(n for n in shown if n not in before.order)}"]')
    page.click("#settle")
    page.wait_for_function("() => document.getElementById('strip-said').textContent.startsWith('Saved')")
    log = log_of(thirty.results)
    sure = [d for d in log if d.action == "seen"]
    assert {d.field for d in log} == {"signature"} and len({d.group for d in sure}) == 1
    odd = next(d for d in log if d.action == "later")
    page.goto(f"{thirty.address}/queue")
    page.wait_for_selector("body[data-ready]")
    assert "31 of 31 need you, 2 control samples" in page.inner_text("#progress")
    page.goto(f"{thirty.address}/log?q=later")
    assert "odd on the signature strip" in page.inner_text("main")
    with open_store(thirty.results, writing=False) as store:
        session = ReviewSession.of(store)
        state = session.state(session.number_of[odd.file, odd.sha256])
        assert state is not None and state.status == "review"
        number = session.number_of[sure[0].file, sure[0].sha256]
        session.undo(number, 1, sure[0].id, "Chair", "undo-the-sheet")
        assert [d.action for d in standing(store.decisions())] == ["later"]


# --- the seat plan


def test_an_empty_seat_takes_a_return_by_one_key(thirty: Server, page: Page) -> None:
    page.goto(f"{thirty.address}/seats?show=none")
    seats = page.locator("#plan .seat")
    before = seats.count()
    page.click("[data-article]")
    page.wait_for_selector("#seat[open] .offer")
    key = page.inner_text("#seat-title").split()[-1].rstrip("?")
    assert page.inner_text("#seat-about").startswith("Spectral") and "(" in page.inner_text("#seat-about")
    first = page.locator(".offer").first
    assert f'The file is called "{key}".' in first.inner_text() and first.locator("img").count() == 3
    assert violations(page) == []
    page.keyboard.press("1")
    page.wait_for_selector("#seat-said button")
    page.wait_for_function("before => document.querySelectorAll('#plan .seat').length === before - 1", arg=before)
    assert page.inner_text("#seat-said").startswith(f"{key}.pdf is for {key}.")
    first_entry = log_of(thirty.results)[0]
    assert (first_entry.action, first_entry.field, first_entry.after) == ("correct", "article", key)
    page.click("#seat-said button")
    page.wait_for_function("before => document.querySelectorAll('#plan .seat').length === before", arg=before)
    assert standing(log_of(thirty.results)) == []


def test_the_page_and_the_table_count_what_is_left_alike(thirty: Server, page: Page) -> None:
    open_queue(page, thirty)
    page.keyboard.press("l")
    press_to_next(page, "j")
    press_to_next(page, "Enter")
    wait_saved(page)
    with open_results(thirty.results) as results:
        left = count_open(results.table["status"])
    assert page.inner_text("#progress").startswith(f"{left} of 30 need you, 2 control samples")
    page.goto(f"{thirty.address}/end")
    assert page.locator("section", has_text="Need you").locator(".big").first.inner_text() == str(left)
    assert "2 control samples wait, too." in page.inner_text("main")
