"""How returns fit a form: which fields are never filled in, which ink belongs to none, what to change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.other_forms import ROSTER, blank, made_return
from pipeline.form_authoring.fit_report import FormCheck, check_form, doubts, told
from pipeline.form_authoring.form_draft import read_draft, save_draft
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import FormField
from pipeline.forms.reader import read_form
from pipeline.roster.reader import load_roster
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.returns import make_return

TITLE = FormField("title", "text", 1, "Paper title", (60, 100, 500, 120))
FAX = FormField("fax", "text", 1, "Fax", (60, 130, 500, 150), required=False)


def test_what_looks_wrong_says_what_to_change() -> None:
    stray = (2, (276.0, 144.0, 492.0, 156.0), 6, "E-mail")
    check = FormCheck(7, ("old.pdf",), ((1, 6, 0.98), (2, 5, 0.97)), ((TITLE, 2, 6), (FAX, 0, 6)), (stray,))
    assert doubts(check) == [
        "No page fits on 1 of 7 returns (old.pdf): another form, or version.",
        "Page 2 is not there on 1 more: see whether authors leave it out.",
        "title is required, but filled in on 2 of 6 only: see whether its box lies where people write, or let it "
        "be left blank (required = false).",
        "fax is never filled in: see whether its box lies where people write, or delete the field.",
        'Page 2 has writing beside "E-mail" at [276, 144, 492, 156] on 6 returns, and no field there: add one.',
    ]
    assert "fax     text, filled in on 0 of 6" in told(check)


def test_of_few_returns_nothing_is_said_to_be_usual() -> None:
    check = FormCheck(2, (), ((1, 2, 0.98),), ((TITLE, 0, 2), (FAX, 0, 2)), ())
    assert doubts(check) == []


@pytest.mark.soak
def test_a_field_that_was_missed_is_told_by_its_ink(tmp_path: Path) -> None:
    made, folder = MADE_FORMS["northgate"], tmp_path / "northgate"
    learn_form(blank(made), "northgate", folder)
    draft = read_draft(folder)
    boxes = [box for box in draft.boxes if box.name != "email"]
    low = (100.0, 600.0, 400.0, 630.0)
    boxes = [replace(box, zone=low) if box.name == "affiliation" else box for box in boxes]
    save_draft(folder, draft.version, boxes)
    roster = load_roster(ROSTER)
    returns = [(f"{n}.pdf", make_return(made_return(made, n, roster).case)) for n in (0, 1, 2, 3, 6)]
    said = doubts(check_form(read_form(folder), returns))
    assert any(sentence.startswith("affiliation is never filled in") for sentence in said)
    assert any('writing beside "E-mail"' in sentence for sentence in said)
