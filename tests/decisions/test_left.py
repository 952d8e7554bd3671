"""How many returns are left to look at is one number, on the page and in the terminal."""

from __future__ import annotations

from pathlib import Path

from pipeline.decisions.answers import Answer
from pipeline.decisions.review_session import Left, ReviewSession
from pipeline.results.store import open_store
from pipeline.review.lists import end_page
from tests.material.review_batch import made_batch


def test_page_and_terminal_count_the_same(tmp_path: Path) -> None:
    with open_store(made_batch(tmp_path, 60, 30), writing=False) as store:
        session = ReviewSession.of(store)
        first = session.left()
        assert first.control == 2 and first.open == len(session.queue()) and first.later == 0
        assert end_page(session, {})["left"] == first.open
        flagged = [state for state in session.queue() if not state.control]
        session.answer(flagged[0].judged.number, 0, Answer("", "later"), "chair", "step-0001")
        session.answer(flagged[1].judged.number, 0, Answer("", "aside"), "chair", "step-0002")
        assert session.left() == Left(first.open - 2, 2, 1)
        shown = end_page(session, {})
        assert (shown["left"], len(shown["later"])) == (first.open - 2, 1)
        assert ReviewSession.of(store).left() == session.left(), "also in another process"
