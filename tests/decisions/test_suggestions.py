"""What was decided speaks for what is open, and changes nothing."""

from __future__ import annotations

from datetime import date

from pipeline.datamodel.records import Candidate
from pipeline.decisions.suggestions import likelier_date, same_slip


def test_settled_dates_speak_for_an_open_one_and_change_nothing() -> None:
    two = (Candidate("2026-06-10", "", 0.55), Candidate("2026-10-06", "", 0.45))
    near = [date(2026, 10, d) for d in (1, 3, 5, 8)]
    found = likelier_date("2026-06-10", two, near)
    assert found is not None and found.value == "2026-10-06" and "4 of the 4" in found.why
    assert likelier_date("2026-06-10", two, near[:2]) is None, "too few speak"
    assert likelier_date("2026-10-06", two, near) is None, "it is the value already"


def test_the_same_slip_is_suggested_elsewhere() -> None:
    found = same_slip("Petra Sa1cedo", "", {"Petra Salcedo": "x", "Petra Sa1ced0": "Petra Salcedo"})
    assert found is not None
    assert same_slip("Somebody Else", "", {"Petra Sa1cedo": "Petra Salcedo"}) is None
