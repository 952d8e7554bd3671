"""What a row is after the decisions on it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.datamodel.decision import Decision
from pipeline.decisions.log import apply_decisions, conflicts, standing
from pipeline.results.table import frame


def decision(number: int = 0, **values: object) -> Decision:
    basis = Decision(number, "2024-06-01T00:00:00+00:00", "chair", "a.pdf", "ab" * 32, "confirm")
    return replace(basis, **values)  # type: ignore[arg-type]


def decided(flags: str, *log: Decision, status: str = "review") -> dict[str, object]:
    row = {**frame_row(), "flags": flags, "status": status}
    return dict(apply_decisions(frame([row]), log).iloc[0])


def frame_row() -> dict[str, object]:
    from pipeline.results.table import row
    from tests.results.test_table import verdict

    return row(replace(verdict(), flags=()))


def test_a_return_is_confirmed_once_every_blocking_flag_is_settled() -> None:
    one = decision(1, flag="undated")
    two = decision(2, flag="name_not_an_author")
    flags = "undated; title_differs; name_not_an_author"
    assert decided(flags, one)["status"] == "review"
    assert decided(flags, one, two)["status"] == "confirmed"
    assert decided("", decision(1), status="clear")["status"] == "confirmed"
    assert decided(flags, decision(1, action="later"))["status"] == "review"


def test_a_correction_changes_the_value_and_the_status() -> None:
    fixed = decision(1, action="correct", field="date", before="2024-02-29", after="2024-03-01", flag="unsure")
    row = decided("unsure", fixed)
    assert (row["status"], str(row["date"])[:10]) == ("corrected", "2024-03-01")
    assert decided("undated; unsure", fixed)["status"] == "review", "another flag is open"
    asked = decision(2, action="ask", flag="undated", reason="no date")
    assert decided("undated; unsure", fixed, asked)["status"] == "ask again"


def test_a_question_put_aside_keeps_a_return_from_being_settled() -> None:
    doubt = decision(1, action="later", field="signature")
    assert decided("", doubt, status="clear")["status"] == "review"
    assert decided("", doubt, decision(2, field="date"), status="clear")["status"] == "review"
    assert decided("", doubt, decision(2, field="signature"), status="clear")["status"] == "confirmed"
    assert decided("", decision(1, action="later"), status="clear")["status"] == "clear"


def test_undo_takes_back_and_undoing_it_brings_back() -> None:
    fixed = decision(1, action="correct", field="article", after="other24", flag="unsure")
    undone = decision(2, action="undo", undo_of=1)
    redone = decision(3, action="undo", undo_of=2)
    assert decided("unsure", fixed, undone)["article"] == "celik24"
    assert decided("unsure", fixed, undone)["status"] == "review"
    assert decided("unsure", fixed, undone, redone)["article"] == "other24"
    assert standing([redone, undone, fixed]) == [fixed]


def test_decisions_on_other_bytes_do_not_count() -> None:
    assert decided("undated", decision(1, flag="undated", sha256="cd" * 32))["status"] == "review"


def test_a_correction_whose_ground_moved_is_shown() -> None:
    table = frame([frame_row()])
    kept = decision(1, action="correct", field="date", before="2024-02-29", after="2024-03-01")
    moved = decision(2, action="correct", field="article", before="before24", after="x")
    assert conflicts(table, [kept, moved]) == [moved]
