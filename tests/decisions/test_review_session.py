"""The batch and its log as one running server holds them."""

from __future__ import annotations

import pytest

from pipeline.decisions.answers import Answer
from pipeline.decisions.log import apply_decisions, as_logged
from pipeline.decisions.questions import FIELDS
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.results_file import StaleDecision
from pipeline.results.table import frame
from tests.material.review_batch import number_with


def test_an_article_picked_by_hand_asks_for_the_author(session: ReviewSession) -> None:
    number = number_with(session, "title_not_in_roster")
    session.answer(
        number, 0, Answer("title_not_in_roster", "correct", session.roster.articles[10].key), "chair", "step-0001"
    )
    state = session.state(number)
    assert state is not None and state.where == "open" and state.status == "review"
    assert [q.key for q in state.asked if not q.settled_by] == ["doubt:author"]
    session.answer(
        number, 2, Answer("doubt:author", "correct", session.roster.articles[10].authors[0]), "chair", "step-0002"
    )
    assert (state := session.state(number)) is not None and state.where == "corrected"


def test_a_second_return_for_an_article_is_a_doubt(session: ReviewSession) -> None:
    number = number_with(session, "title_not_in_roster")
    taken = session.roster.articles[0].key
    assert ("article", f"{taken}.pdf is for {taken} as well.") in session.doubts(number, "article", taken)


@pytest.mark.parametrize("batch", ["own", "session"])
def test_what_is_asked_does_not_hang_on_the_words_of_a_sentence(batch: str, request: pytest.FixtureRequest) -> None:
    def asked(one: ReviewSession) -> dict[int, list[str]]:
        return {state.judged.number: [q.key for q in state.asked] for state in one.all_states()}

    session = request.getfixturevalue(batch)
    before = asked(session)
    with session.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE flags SET sentence = 'Put in other words.'")
    assert asked(ReviewSession.of(session.store)) == before
    assert any(":" in key for keys in before.values() for key in keys), "a flag asks about single columns"


def test_the_same_step_sent_twice_is_written_once(session: ReviewSession) -> None:
    number = number_with(session, "undated")
    for _ in range(2):
        (entry,) = session.answer(number, 0, Answer("undated", "confirm", reason="by mail"), "chair", "step-0001")
    assert entry.id == 1 and len(session.store.decisions()) == 1
    with pytest.raises(StaleDecision):
        session.answer(number, 0, Answer("undated", "confirm", reason="by mail"), "chair", "step-0002")


def test_two_servers_see_each_other(session: ReviewSession) -> None:
    other = ReviewSession.of(session.store)
    number = number_with(session, "undated")
    session.answer(number, 0, Answer("undated", "confirm", reason="by mail"), "Ann", "step-0001")
    with pytest.raises(StaleDecision):
        other.answer(number, 0, Answer("undated", "confirm", reason="by mail"), "Ben", "step-0002")
    state = other.state(number)
    assert state is not None and state.version == 1 and state.where == "confirmed"


def test_the_order_stays_and_newcomers_join_the_end(session: ReviewSession) -> None:
    before = list(session.order)
    for number in before[:3]:
        state = session.state(number)
        assert state is not None
        key = state.asked[0].key if state.asked else ""
        session.answer(
            number, 0, Answer(key, "later" if not key else "ask", reason="other"), "chair", f"step-{number:04}"
        )
    clear = next(n for n, row in session.rows.items() if row.row["status"] == "clear" and n not in before)
    session.answer(clear, 0, Answer("field:signature", "later", reason="odd"), "chair", "step-9999")
    assert [s.judged.number for s in session.queue()] == [*before, clear]


def test_what_the_desk_shows_is_what_the_table_says(session: ReviewSession) -> None:
    for count, number in enumerate(session.order):
        state = session.state(number)
        assert state is not None
        for question in state.asked:
            action = "aside" if not question.kind.accept else ("confirm", "ask")[count % 2]
            version = session.state(number).version  # type: ignore[union-attr]
            answer = Answer(question.key, action, reason="other")  # type: ignore[arg-type]
            session.answer(number, version, answer, "chair", f"step-{number:04}-{question.key.replace(':', '-')}")
    slip = next(s for s in session.all_states() if s.judged.row["date"])
    fixed = Answer("field:date", "correct", "2026-05-03")
    session.answer(slip.judged.number, slip.version, fixed, "chair", "step-date")
    table = apply_decisions(frame(session.store.rows()), session.store.decisions()).set_index("file")
    states = session.all_states()
    assert {s.judged.source.name: s.status for s in states} == dict(table["status"])
    for column in FIELDS:
        assert {s.judged.source.name: s.values[column] for s in states} == dict(table[column].map(as_logged))


def test_either_of_two_returns_can_be_kept_and_the_step_undone(session: ReviewSession) -> None:
    first = session.state(number_with(session, "title_not_in_roster"))
    assert first is not None
    taken = session.roster.articles[0].key
    session.answer(first.judged.number, 0, Answer("title_not_in_roster", "correct", taken), "chair", "step-0001")

    def statuses() -> dict[str, str]:
        return {s.judged.source.name: s.status for s in session.by_article()[taken]}

    before = statuses()
    this = session.state(first.judged.number)
    assert this is not None and len(before) == 2
    other = next(s for s in session.by_article()[taken] if s is not this)
    session.keep(other.judged.number, other.version, "chair", "step-0002")
    assert statuses()[this.judged.source.name] == "set aside" and statuses()[other.judged.source.name] == "clear"
    state = session.state(this.judged.number)
    assert state is not None and state.where == "set aside"
    session.keep(this.judged.number, state.version, "chair", "step-0003")
    assert statuses()[other.judged.source.name] == "set aside" and statuses()[this.judged.source.name] != "set aside"
    step = next(d for d in session.store.decisions() if d.group == "step-0003")
    number = session.number_of[step.file, step.sha256]
    session.undo(number, session.state(number).version, step.id, "chair", "step-0004")  # type: ignore[union-attr]
    assert statuses()[this.judged.source.name] == "set aside" and statuses()[other.judged.source.name] == "clear"
    table = apply_decisions(frame(session.store.rows()), session.store.decisions()).set_index("file")["status"]
    assert {name: table[name] for name in statuses()} == statuses()


def test_what_is_asked_again_waits_though_another_flag_is_open(session: ReviewSession) -> None:
    number = number_with(session, "unsigned")
    session.answer(number, 0, Answer("field:date", "ask", reason="date"), "chair", "step-0001")
    state = session.state(number)
    assert state is not None and state.where == state.status == "ask again"
