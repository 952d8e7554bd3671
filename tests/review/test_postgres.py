"""The review page on PostgreSQL, where several editors work from several machines."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from pipeline.decisions.answers import Answer
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.review_session import ReviewSession
from pipeline.exports.workbook import write_workbook
from pipeline.results.results_file import StaleDecision
from pipeline.results.store import open_store
from pipeline.review.access_control import LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app
from tests.material.review_batch import made_batch

WRONG = ["", "unsigned", "two", "title", "name", "undated", "date", "slip", "", "typed"]


def test_the_page_shows_writes_and_undoes(tmp_path: Path, postgres: str) -> None:
    folder = made_batch(tmp_path, len(WRONG), 8, WRONG, postgres)
    assert not (folder / "countersign.db").exists()
    with open_store(folder, postgres, writing=False) as first, open_store(folder, postgres, writing=False) as second:
        session, other = ReviewSession.of(first), ReviewSession.of(second)
        page = TestClient(
            create_app(session, AccessPolicy(LOOPBACK_NAMES, "", 8765), folder, "Ann", postgres),
            base_url="http://127.0.0.1:8765",
        )
        for path in ("/queue", "/seats", "/strip", "/table", "/log", "/end", "/crop/1/signature", "/page/1/1/small"):
            assert page.get(path).status_code == 200, path
        head = {"x-csrf": page.get("/api/session").json()["csrf"], "origin": str(page.base_url)}
        number = next(n for n in session.order if any(f.code == "undated" for f in session.rows[n].flags))
        step = {"number": number, "version": 0, "step": "step-0001", "key": "undated", "action": "confirm"}
        step |= {"reason": "the date is in the mail"}
        assert page.post("/api/answer", json=step, headers=head).status_code == 200
        with pytest.raises(StaleDecision):
            other.answer(number, 0, Answer("undated", "confirm", reason="the date is in the mail"), "Ben", "step-0002")
        (entry,) = other.store.decisions()
        other.undo(number, 1, entry.id, "Ben", "step-0003")
        assert [decision.who for decision in first.decisions()] == ["Ann", "Ben"]
    with open_results(folder, postgres) as results:
        assert len(results.table) == len(WRONG) and len(results.coverage()) == len(WRONG) + 3
        write_workbook(results, folder / "returns.xlsx")
    assert openpyxl.load_workbook(folder / "returns.xlsx")["Returns"].max_row == len(WRONG) + 1
