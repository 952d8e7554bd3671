"""The review page without a browser: what is asked, what an answer writes, who may come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from pipeline.datamodel.records import Box, PageFit, Problem, Roster, Source
from pipeline.decisions.answers import Answer, WrongAnswer
from pipeline.decisions.log import apply_decisions
from pipeline.decisions.review_session import ReviewSession
from pipeline.forms.reader import load_forms
from pipeline.results.coverage import coverage
from pipeline.results.store import open_store
from pipeline.results.table import frame
from pipeline.review import pages
from pipeline.review.access_control import LARGEST_BODY, LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app
from pipeline.review.claims import CLAIM_SECONDS, Claims
from pipeline.review.keys import KEYS
from pipeline.review.lists import SEAT_OF, end_page, log_page, seat_of, seats
from pipeline.review.record import record
from pipeline.review.serve import ReviewError, Served, is_loopback, serve
from pipeline.review.strip import Strip
from tests.material.review_batch import made_batch, number_with

# --- claims and seats ---------------------------------------------------------------------------------------------


def test_claims_lapse_and_one_session_has_one() -> None:
    now = [0.0]
    claims = Claims(clock=lambda: now[0])
    assert claims.claim(1, "a", "Ann") == ""
    assert claims.claim(1, "b", "Ben") == "Ann" and claims.others("b") == {1: "Ann"}
    claims.claim(2, "a", "Ann")
    assert claims.others("b") == {2: "Ann"} and claims.claim(1, "b", "Ben") == ""
    now[0] = CLAIM_SECONDS + 1
    assert claims.others("x") == {}


def test_keys_are_not_given_twice() -> None:
    given = [name for key in KEYS for name in key.keys]
    assert len(given) == len(set(given))
    once_a_return = {key.action for key in KEYS} - {"undo", "redo", "rotate-left"}
    assert all("+" not in key.keys[0].strip("+") for key in KEYS if key.action in once_a_return)


# --- the desk -----------------------------------------------------------------------------------------------------


def test_the_other_return_is_shown_for_one_article_and_for_one_page(session: ReviewSession, tmp_path: Path) -> None:
    number = number_with(session, "title_not_in_roster")
    before = record(session, number)
    assert before is not None and before["rival"] is None
    first = session.roster.articles[0].key
    session.answer(number, 0, Answer("title_not_in_roster", "correct", first), "chair", "step-0001")
    shown = record(session, number)
    assert shown is not None and shown["rival"]["file"] == f"{first}.pdf"
    assert shown["rival"]["said"] == "signed 1 May 2026, clear"
    assert [card["both"] for card in shown["cards"] if card["key"] == "doubt:article"] == [True]
    with open_store(made_batch(tmp_path / "twins", 3, 2, ["one page", "", "one page"]), writing=False) as store:
        pages_ = ReviewSession.of(store)
        shown = record(pages_, number_with(pages_, "same_scan"))
    assert shown is not None and [card["flag"] for card in shown["cards"]] == ["same_scan"]
    assert shown["cards"][0]["both"] and shown["cards"][0]["look"] == "signature"
    assert {shown["file"], shown["rival"]["file"]} == {f"{pages_.roster.articles[n].key}.pdf" for n in (0, 2)}


def test_the_log_and_a_returns_history_tell_an_entry_in_the_same_words(session: ReviewSession) -> None:
    number = number_with(session, "date_precedes_article")
    (entry,) = session.answer(number, 0, Answer("date_precedes_article", "correct", "2026-05-02"), "chair", "step-0001")
    (undo,) = session.undo(number, 1, entry.id, "chair", "step-0002")
    session.undo(number, 2, undo.id, "chair", "step-0003")
    shown = record(session, number)
    assert shown is not None
    said = [(one["did"], one["change"]) for one in shown["history"]]
    assert said[0][0] == "Date corrected" and said[0][1].endswith(" → 2 May 2026")
    assert [did for did, _ in said] == ["Date corrected", "Date undone", "Date brought back"]
    assert [(row["did"], row["change"]) for row in reversed(log_page(session, "", 1)["rows"])] == said
    number = number_with(session, "unsigned")
    session.answer(number, 0, Answer("", "later"), "chair", "step-0004")
    assert [(row["did"], row["change"]) for row in log_page(session, "", 1)["rows"][:1]] == [("Return put off", "")]


def test_each_blank_field_has_a_card_and_the_last_answer_settles_the_flag(own: ReviewSession) -> None:
    both = next(s for s in own.all_states() if len(s.asked) == 2)
    number = both.judged.number
    assert [(q.key, q.kind.accept) for q in both.asked] == [
        ("field_missing:field_email", "Accept it anyway: it stays blank"),
        ("field_missing:field_agreed", "Accept it anyway: it stays blank"),
    ]
    shown = record(own, number)
    assert shown is not None
    email, agreed = shown["cards"]
    assert (email["name"], email["typed"], email["choices"]) == ("Email", True, [])
    assert agreed["typed"] is False and [c["value"] for c in agreed["choices"]] == ["yes", ""]
    assert all(card["proof"]["empty"] for card in (email, agreed))
    with pytest.raises(WrongAnswer, match="'yes'"):
        own.answer(number, 0, Answer(agreed["key"], "correct", "perhaps"), "chair", "step-0001")
    (first,) = own.answer(number, 0, Answer(email["key"], "correct", "a@example.org"), "chair", "step-0002")
    assert (first.flag, first.field, first.after) == ("", "field_email", "a@example.org")
    (last,) = own.answer(number, 1, Answer(agreed["key"], "confirm", reason="by mail"), "chair", "step-0003")
    assert last.flag == "field_missing"
    state = own.state(number)
    assert state is not None and (state.where, state.status) == ("corrected", "corrected")
    table = apply_decisions(frame(own.store.rows()), own.store.decisions())
    assert set(table["field_email"]) == {"a@example.org", ""}
    own.undo(number, 2, first.id, "chair", "step-0004")
    state = own.state(number)
    assert state is not None and state.where == "open" and not any(q.settled_by for q in state.asked)


def test_one_blank_field_takes_one_answer_and_any_further_field_can_be_corrected(own: ReviewSession) -> None:
    state = next(s for s in own.all_states() if len(s.asked) == 1)
    number = state.judged.number
    shown = record(own, number)
    assert shown is not None and [line["key"] for line in shown["lines"]][-1] == "field:field_agreed"
    (entry,) = own.answer(
        number, 0, Answer("field_missing:field_email", "confirm", reason="by mail"), "chair", "step-0001"
    )
    assert entry.flag == "field_missing"
    own.answer(number, 1, Answer("field:field_agreed", "correct", ""), "chair", "step-0002")
    table = apply_decisions(frame(own.store.rows()), own.store.decisions())
    assert list(table["field_agreed"]) == ["", ""]
    with pytest.raises(WrongAnswer):
        own.answer(number, 2, Answer("field:field_unknown", "correct", "x"), "chair", "step-0003")


def test_the_strip_keeps_the_ink_of_what_it_shows_alone(session: ReviewSession) -> None:
    strip = Strip(session)
    first, *_ = strip.order()
    assert len(strip.ink) == strip.sheet(1)["left"]
    left = len(strip.ink)
    session.answer(first.judged.number, 0, Answer("field:signature", "confirm", reason="x"), "chair", "step-0001")
    assert len(strip.order()) == len(strip.ink) == left - 1


def test_a_glance_at_a_signature_confirms_nothing(session: ReviewSession) -> None:
    state = next(s for s in session.all_states() if s.status == "clear")
    strip = Strip(session)
    left = len(strip.order())
    strip.settle({state.judged.number: 0}, {}, "chair", "step-0001")
    seen = session.state(state.judged.number)
    assert seen is not None and seen.status == "clear" and len(strip.order()) == left - 1
    table = apply_decisions(frame(session.store.rows()), session.store.decisions())
    assert "confirmed" not in set(table["status"])


def test_a_seat_is_two_until_one_return_is_set_aside(session: ReviewSession) -> None:
    one, two = (session.state(n) for n in session.order[:2])
    assert one is not None and two is not None
    article = session.roster.articles[0]
    assert seat_of(article, []) == "none" and seat_of(replace(article, state="withdrawn"), []) == "excused"
    assert seat_of(article, [one, two]) == "two" and seat_of(article, [one]) == "open"


def test_what_is_withdrawn_is_not_missing_and_what_is_missing_is_named_in_full(session: ReviewSession) -> None:
    *others, last = session.roster.articles
    before = end_page(session, {})
    assert last.key in [cell["key"] for cell in before["missing"]]
    session.roster = Roster((*others, replace(last, state="withdrawn")))
    after = end_page(session, {})
    assert after["missing"] == [cell for cell in before["missing"] if cell["key"] != last.key]
    assert after["expected"] == before["expected"] - 1
    (cell,) = seats(session, "excused")["cells"]
    assert (cell["key"], cell["title"], cell["authors"]) == (last.key, last.title, ", ".join(last.authors))
    page = client(session)
    assert f'data-article="{last.key}"' not in page.get("/seats").text, "it takes no return"
    shown = page.get("/end").text
    assert all(cell["title"] in shown and cell["authors"] in shown for cell in after["missing"])


def test_the_seat_plan_says_of_an_article_what_the_coverage_says(session: ReviewSession) -> None:
    taken = session.roster.articles[0].key
    number = number_with(session, "title_not_in_roster")
    session.answer(number, 0, Answer("title_not_in_roster", "correct", taken), "chair", "step-0001")
    asked = number_with(session, "unsigned")
    session.answer(asked, 0, Answer("unsigned", "ask", reason="signature"), "chair", "step-0002")
    table = apply_decisions(frame(session.store.rows()), session.store.decisions())
    states = {one.article.key: one.state for one in coverage(table, session.roster)}
    shown = {cell["key"]: cell["state"] for cell in seats(session, "")["cells"]}
    assert shown.pop(taken) == "two" and states.pop(taken) == "valid"
    assert shown == {key: SEAT_OF[state] for key, state in states.items()}
    assert {"valid", "open", "asked", "none"} <= set(shown.values())


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("turn", "turned"), [(0, (0.1, 0.2, 0.3, 0.4)), (90, (0.6, 0.1, 0.8, 0.3)),
                                              (180, (0.7, 0.6, 0.9, 0.8)), (270, (0.2, 0.7, 0.4, 0.9))])  # fmt: skip
def test_boxes_turn_with_the_page(turn: int, turned: tuple[float, ...]) -> None:
    import numpy as np

    box = pages.upright_box(Box(0.1, 0.2, 0.3, 0.4), turn)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(turned)
    page = np.zeros((100, 200, 3), np.uint8)
    page[20:40, 20:60] = 255
    seen = pages.upright(page, turn)
    ys, xs = np.nonzero(seen[..., 0])
    h, w = seen.shape[:2]
    assert (xs.min() / w, ys.min() / h, (xs.max() + 1) / w, (ys.max() + 1) / h) == pytest.approx(turned)


def test_fading_leaves_ink_and_takes_print() -> None:
    import cv2

    page = load_forms()[0].pages[0]
    fit = PageFit(1, 1, 1.0, (1 / page.width, 0, 0, 0, 1 / page.height, 0, 0, 0, 1))
    pixels = cv2.cvtColor(page.print_image(), cv2.COLOR_GRAY2BGR)
    print_before = (pixels < 120).sum()
    pixels[900:1300, 20:26] = 0
    after = pages.faded(pixels, fit, load_forms())  # type: ignore[arg-type]
    assert (after[900:1300, 20:26] == 0).all()
    after[900:1300, 20:26] = 255
    assert (after < 120).sum() < 0.01 * print_before


def test_a_file_that_kills_its_worker_costs_one_picture(tmp_path: Path) -> None:
    drawer = pages.Gallery().asked
    gone = Source("a.pdf", str(tmp_path / "a.pdf"), "0" * 64, 1)
    assert isinstance(drawer.ask(pages.PageWanted(gone, 1, None, "small", False)), Problem)
    broken = pages.PageWanted(gone, 1, None, "no such size", False)
    assert drawer.worker is not None
    drawer.worker.kill()
    assert isinstance(drawer.ask(broken), Problem)
    assert isinstance(drawer.ask(pages.PageWanted(gone, 1, None, "small", False)), Problem)
    drawer.close()


# --- who may come in ----------------------------------------------------------------------------------------------


def client(session: ReviewSession, token: str = "", host: str = "127.0.0.1") -> TestClient:
    names = LOOPBACK_NAMES if not token else frozenset({host})
    app = create_app(session, AccessPolicy(names, token, 8765), Path("nowhere"), "chair")
    return TestClient(app, base_url=f"http://{host}:8765", follow_redirects=False)


def csrf(page: TestClient) -> dict[str, str]:
    return {"x-csrf": page.get("/api/session").json()["csrf"], "origin": str(page.base_url)}


def body(session: ReviewSession, **more: object) -> dict[str, object]:
    number = number_with(session, "undated")
    return {
        "number": number,
        "version": 0,
        "step": "step-0001",
        "key": "undated",
        "action": "ask",
        "reason": "date",
        **more,
    }


def test_a_write_needs_the_pages_own_token_and_origin(session: ReviewSession) -> None:
    page = client(session)
    head = csrf(page)
    assert page.post("/api/answer", json=body(session)).status_code == 403
    assert page.post("/api/answer", json=body(session), headers={**head, "x-csrf": "0" * 64}).status_code == 403
    assert (
        page.post("/api/answer", json=body(session), headers={**head, "origin": "http://evil.example"}).status_code
        == 403
    )
    assert (
        page.post("/api/answer", json=body(session), headers={**head, "sec-fetch-site": "cross-site"}).status_code
        == 403
    )
    assert page.post("/api/answer", data="x=1", headers=head).status_code == 415  # type: ignore[arg-type]
    assert session.store.decisions() == []
    assert page.post("/api/answer", json=body(session), headers=head).status_code == 200
    assert len(session.store.decisions()) == 1


def test_another_name_for_the_address_is_refused(session: ReviewSession) -> None:
    page = client(session)
    assert page.get("/queue", headers={"host": "rebound.example:8765"}).status_code == 421
    assert page.get("/queue", headers={"host": "localhost:8765"}).status_code == 200


def test_on_another_address_nothing_is_served_without_the_token(session: ReviewSession) -> None:
    page = client(session, "secret", "192.0.2.7")
    for path in ("/queue", "/static/style.css", "/api/queue", "/page/1/1/full", "/?token=wrong"):
        assert page.get(path).status_code == 403, path
    came = page.get("/?token=secret")
    assert came.status_code == 303 and "HttpOnly" in came.headers["set-cookie"]
    assert "SameSite=Strict" in came.headers["set-cookie"] and "secret" not in came.headers["set-cookie"]
    assert page.get("/queue").status_code == 200
    forged = TestClient(page.app, base_url="http://192.0.2.7:8765", cookies={"countersign-8765": "me.0123"})
    assert forged.get("/queue").status_code == 403


def test_every_reply_has_a_strict_policy_and_no_page_has_inline_script(session: ReviewSession) -> None:
    page = client(session)
    for path in ("/queue", "/seats", "/strip", "/table", "/log", "/end", "/static/queue.js", "/api/queue", "/nowhere"):
        reply = page.get(path)
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        for tag in reply.text.split("<script")[1:] if path[1:].isalpha() else []:
            assert 'src="/static/' in tag[:80] or 'type="application/json"' in tag[:40]
        assert "style=" not in reply.text or not path[1:].isalpha()


@pytest.mark.parametrize(
    "headers",
    [{"host": "[::1"}, {"host": "127.0.0.1:port"}, {"origin": "http://[::1"}, {"cookie": "countersign-8765=é.ü"}],
)
def test_headers_that_cannot_be_understood_are_refused(session: ReviewSession, headers: dict[str, str]) -> None:
    page = client(session)
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    reply = page.post("/api/answer", content=b"{}", headers=sent)  # type: ignore[arg-type]
    assert reply.status_code == 400 and "content-security-policy" in reply.headers


@pytest.mark.parametrize("text", ['{"number": NaN}', '{"number": 1e999}', '{"who": "\\ud800"}', "{", "[1]", '"x"'])
def test_bodies_that_no_json_can_hold_are_refused(session: ReviewSession, text: str) -> None:
    page = client(session)
    reply = page.post("/api/answer", content=text, headers={**csrf(page), "content-type": "application/json"})
    assert reply.status_code == (422 if text in ("[1]", '"x"') else 400) and "content-security-policy" in reply.headers


def test_a_fault_and_a_full_disk_are_told_and_marked(session: ReviewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    page = client(session)
    head = csrf(page)

    def fails(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(session, "answer", fails)
    reply = page.post("/api/answer", json=body(session), headers=head)
    assert reply.status_code == 503 and "disk is full" in reply.json()["sentence"]
    assert "content-security-policy" in reply.headers
    monkeypatch.setattr(session, "answer", lambda *_: 1 / 0)
    reply = page.post("/api/answer", json=body(session), headers=head)
    assert reply.status_code == 500 and "content-security-policy" in reply.headers and "Zero" not in reply.text


def test_behind_a_proxy_the_public_address_is_ours(session: ReviewSession) -> None:
    policy = AccessPolicy(LOOPBACK_NAMES, "a-long-enough-token", 8765, "https://sign.example.org")
    page = TestClient(create_app(session, policy, Path("nowhere"), "chair"), base_url="https://sign.example.org")
    came = page.get("/?token=a-long-enough-token", follow_redirects=False)
    assert came.status_code == 303 and "Secure" in came.headers["set-cookie"]
    head = {**csrf(page), "origin": "https://sign.example.org"}
    assert page.post("/api/answer", json=body(session), headers=head).status_code == 200
    assert page.get("/queue", headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("where", "says"),
    [(Served(token="short"), "guessed"), (Served(host="0.0.0.0", open=True), "this machine"),
     (Served(public_url="ftp://x"), "--public-url"), (Served(public_url="https://x", open=True), "this machine")],
)  # fmt: skip
def test_what_would_let_anybody_in_is_refused(made: Path, where: Served, says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        serve(made, "", where, "", lambda _: None)


def test_sizes_are_bounded(session: ReviewSession) -> None:
    page = client(session)
    head = csrf(page)
    too_much = b'{"x": "' + b"x" * LARGEST_BODY + b'"}'
    head_json = {**head, "content-type": "application/json"}
    assert page.post("/api/answer", content=too_much, headers=head_json).status_code == 413
    assert page.post("/api/answer", json=body(session, value="x" * 501), headers=head).status_code == 422
    assert page.post("/api/answer", json=body(session, who="x" * 81), headers=head).status_code == 422
    assert page.post("/api/answer", json=body(session, path="/etc/passwd"), headers=head).status_code == 422
    many = {str(n): 0 for n in range(25)}
    assert (
        page.post("/api/sheet", json={"step": "step-0001", "present": many, "odd": {}}, headers=head).status_code == 422
    )
    assert page.get("/api/returns", params={"n": list(range(13))}).status_code == 422


def test_no_route_takes_a_path(session: ReviewSession) -> None:
    page = client(session)
    for path in (
        "/file/../countersign.db", "/file/db", "/file/..%2f..%2fetc%2fpasswd", "/static/..%2f..%2fcli.py",
        "/crop/1/..%2f..", "/page/1/1/huge", "/page/1/999999999/full", "/place/99999/title",
    ):  # fmt: skip
        assert page.get(path).status_code in (404, 422), path


def test_hostile_text_stays_text(session: ReviewSession) -> None:
    page = client(session)
    head = csrf(page)
    evil = "</script><img src=x onerror=alert(1)>"
    reply = page.post("/api/answer", json=body(session, key="field:author", action="correct", value=evil), headers=head)
    assert reply.status_code == 200
    for path in ("/log", "/table", "/end"):
        assert "<img src=x" not in page.get(path).text


def test_a_control_sample_hides_the_reading_until_it_is_answered(session: ReviewSession) -> None:
    page = client(session)
    head = csrf(page)
    (number,) = session.control
    (shown,) = page.get("/api/returns", params={"n": number}).json()
    row, key = session.rows[number].row, shown["cards"][0]["key"]
    assert shown["control"] and row["date"] not in str(shown) and shown["file"] == "" and not shown["lines"]
    answer = {"number": number, "version": 0, "step": "step-0001", "key": key, "action": "correct"}
    column = key.removeprefix("field:")
    wrong = {"date": "2026-01-02", "article": "other26", "author": "Nobody"}[column]
    first = page.post("/api/answer", json={**answer, "value": wrong}, headers=head).json()
    assert first["differs"]["yours"] == wrong and session.store.decisions() == []
    page.post("/api/answer", json={**answer, "value": wrong, "reason": "mine"}, headers=head)
    assert session.store.decisions()[0].action == "correct"
    assert '1 <span class="lede">wrong of 1' in page.get("/end").text


# --- serving ------------------------------------------------------------------------------------------------------


def test_loopback_is_told_from_other_addresses() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.8.0.1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.0.2.7", "example.org"))


def test_a_taken_port_says_what_to_do(made: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ReviewError, match="--port"):
            serve(made, "", Served(port=taken.getsockname()[1]), "", lambda _: None)


def test_an_agreement_of_a_stack_shows_its_own_pages(tmp_path: Path) -> None:
    """Pages 2 and 4 of the file are pages 1 and 2 of the return."""
    results = made_batch(tmp_path, 2, 0)
    with open_store(results, writing=False) as store:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE returns SET pages = '2,4' WHERE id = 1")
        shown = record(ReviewSession.of(store), 1)
    assert shown is not None and [page["page"] for page in shown["pages"]] == [2, 4]


# --- without a roster, on forms that nobody taught ----------------------------------------------------------------


def test_what_is_on_no_known_form_is_shown_as_it_was_read(tmp_path: Path) -> None:
    results = made_batch(tmp_path, 3, 0, ["no form", "no form", "unsigned"], has_roster=False)
    with open_store(results, writing=False) as store:
        session = ReviewSession.of(store)
        number = session.order[0] if session.order else next(iter(session.rows))
        client = TestClient(
            create_app(session, AccessPolicy(LOOPBACK_NAMES, "", 8765), results, "chair"), "http://127.0.0.1:8765"
        )
        strip = client.get("/strip").text
        assert strip.count('src="/crop/') == 2 and strip.count('src="/place/') == 1 and "/blank/signature" in strip
        crops = [part.partition('"')[0] for part in strip.split('src="')[1:] if part.startswith(("/crop", "/place"))]
        assert all(client.get(crop.replace("&amp;", "&")).status_code == 200 for crop in crops)
        assert "without a roster" in client.get("/seats").text
        end = client.get("/end").text
        assert "of 3 returns are in order" in end and "Articles without an agreement" not in end
        assert "countersign pack" not in end and "countersign report" in end
        table = client.get("/table?q=Side+Information").text
        assert "3 of 3 returns" in table and "(as read)</span>" in table
        shown = record(session, number)
        assert shown is not None
        short = {one["field"]: one["short"] for one in shown["lines"]}
        assert "Side Information" in short["article"] and short["article"].endswith("(as read)")


def test_the_strip_shows_no_blank_where_no_return_is_on_a_form(tmp_path: Path) -> None:
    results = made_batch(tmp_path, 1, 0, ["no form"], has_roster=False)
    with open_store(results, writing=False) as store:
        sheet = Strip(ReviewSession.of(store)).sheet(1)
    assert not sheet["blank"] and sheet["cells"][0]["picture"].startswith("/crop/")
