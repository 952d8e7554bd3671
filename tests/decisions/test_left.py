"""How many returns need an editor is one number, on the page and in the terminal."""

from __future__ import annotations

from pathlib import Path

from pipeline.datamodel.statuses import count_open
from pipeline.decisions.answers import Answer
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from pipeline.review.lists import end_page
from tests.material.review_batch import made_batch


def numbers(folder: Path) -> tuple[int, int]:
    """(the terminal's, the page's)"""
    with open_results(folder) as results, open_store(folder, writing=False) as store:
        return count_open(results.table["status"]), int(end_page(ReviewSession.of(store), {})["left"])


def test_page_and_terminal_count_the_same(tmp_path: Path) -> None:
    folder = made_batch(tmp_path, 60, 30)
    assert numbers(folder) == (30, 30), "control samples need nobody"
    with open_store(folder, writing=False) as store:
        session = ReviewSession.of(store)
        flagged = [state for state in session.queue() if not state.control]
        session.answer(flagged[0].judged.number, 0, Answer("", "later"), "chair", "step-0001")
        session.answer(flagged[1].judged.number, 0, Answer("", "aside"), "chair", "step-0002")
    assert numbers(folder) == (29, 29), "what was put off still needs somebody"
