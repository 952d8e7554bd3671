"""What is asked about a return, and what an answer writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.checks.flags import BLOCKING, flag_kind
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.records import Flag, Settings, Volume
from pipeline.decisions.answers import Answer, WrongAnswer, entries, typed_day, undo_entries
from pipeline.decisions.log import standing
from pipeline.decisions.questions import KINDS, Verb, differing, objections, questions, reason_words
from pipeline.forms.reader import load_forms
from tests.material.review_batch import roster

BASIS = Decision(0, "", "chair", "a.pdf", "ab" * 32, "confirm", group="step-one")


def test_every_blocking_flag_has_a_card() -> None:
    assert set(KINDS) == BLOCKING - {"unsure"}
    never_valid = {code for code, kind in KINDS.items() if not kind.accept}
    assert never_valid == {
        "unreadable_file", "encrypted_file", "empty_file", "not_a_document", "title_not_in_roster",
    }  # fmt: skip


ENTER: dict[str, Verb] = {
    "unreadable_file": "ask", "encrypted_file": "ask", "empty_file": "ask", "not_a_document": "ask",
    "wrong_form": "ask", "page_missing": "ask", "form_altered": "ask", "unsigned": "ask", "undated": "ask",
    "title_missing": "ask", "name_missing": "ask", "field_missing": "ask", "title_not_in_roster": "aside",
    "name_not_an_author": "ask", "signer_not_an_author": "ask", "signer_differs": "ask",
    "signature_typed": "ask", "signature_script_font": "ask",
    "signature_invalid": "ask", "date_unreadable": "ask", "date_precedes_article": "ask",
    "date_lapsed": "ask", "date_after_publication": "ask", "date_in_future": "ask", "duplicate_return": "aside",
    "same_scan": "ask", "from_text": "confirm",
}  # fmt: skip
"""What Enter does for each kind: it asks again where only the author can mend it."""


@pytest.mark.parametrize("code", sorted(ENTER))
def test_enter_does_what_the_sentence_says_and_accepting_a_finding_needs_a_reason(code: str) -> None:
    kind = KINDS[code]
    assert kind.enter == ENTER[code]
    remedy = flag_kind(code).remedy
    assert kind.enter != "ask" or "sk " in remedy or "send the author" in remedy, "the remedy names the author"
    asked = questions([Flag(code, "Any sentence.")], [])
    confirm = Answer(code, "confirm")
    if not kind.accept:
        with pytest.raises(WrongAnswer, match="can't be accepted"):
            entries(replace(confirm, reason="because"), asked, "x", BASIS)
    elif kind.enter == "ask":
        with pytest.raises(WrongAnswer, match="why"):
            entries(replace(confirm, reason=" "), asked, "x", BASIS)
        (entry,) = entries(replace(confirm, reason="I saw it"), asked, "x", BASIS)
        assert (entry.action, entry.flag, entry.reason) == ("confirm", code, "I saw it")
    else:
        assert entries(confirm, asked, "x", BASIS)[0].action == "confirm"


@pytest.mark.parametrize(("column", "blank"), [("date", ""), ("signature", "none")])
@pytest.mark.parametrize("key", ["field:{}", "unsure:{}"])
def test_what_has_no_date_or_no_signature_is_never_confirmed_without_a_reason(
    column: str, blank: str, key: str
) -> None:
    asked = questions([Flag("unsure", "Any sentence.", (column,))], [])
    for action in ("confirm", "correct"):
        answer = Answer(key.format(column), action, blank)
        with pytest.raises(WrongAnswer, match="why"):
            entries(answer, asked, blank, BASIS)
        assert entries(replace(answer, reason="seen"), asked, blank, BASIS)


def test_a_value_that_a_doubt_speaks_of_is_kept_with_a_reason_only() -> None:
    log = [
        replace(BASIS, id=1, action="correct", field="signature", before="handwritten", after="none"),
        replace(BASIS, id=2, action="later", field="signature", reason="Nothing is signed then."),
    ]
    asked = questions([], log)
    assert asked[0].kind.enter == "ask"
    with pytest.raises(WrongAnswer, match="why"):
        entries(Answer("doubt:signature", "confirm"), asked, "none", BASIS)


def test_words_of_the_editors_own_ask_again() -> None:
    asked = questions([Flag("wrong_form", "Any sentence.")], [])
    (entry,) = entries(Answer("wrong_form", "ask", reason="other: page 2 is upside down"), asked, "", BASIS)
    assert reason_words(entry.reason) == "page 2 is upside down"
    with pytest.raises(WrongAnswer):
        entries(Answer("wrong_form", "ask", reason="whatever"), asked, "", BASIS)


def test_the_last_part_of_unsure_carries_its_flag_and_undoing_a_part_opens_all() -> None:
    flags = [Flag("unsure", "Any sentence.", ("article", "date"))]
    asked = questions(flags, [])
    assert [q.key for q in asked] == ["unsure:article", "unsure:date"]
    (first,) = entries(Answer("unsure:article", "confirm"), asked, "x26", BASIS)
    first = replace(first, id=1)
    asked = questions(flags, [first])
    assert [bool(q.settled_by) for q in asked] == [True, False] and first.flag == ""
    (second,) = entries(Answer("unsure:date", "confirm"), asked, "2026-05-01", replace(BASIS, version=1, group="two"))
    second = replace(second, id=2)
    assert second.flag == "unsure" and all(q.settled_by for q in questions(flags, [first, second]))
    undone = undo_entries([first, second], 1, replace(BASIS, version=2, group="three"))
    log = [first, second, *(replace(u, id=3 + n) for n, u in enumerate(undone))]
    assert [u.undo_of for u in undone] == [2, 1] and standing(log) == []
    with pytest.raises(WrongAnswer, match="already"):
        undo_entries(log, 1, BASIS)


def test_a_correction_that_fails_a_check_asks_again() -> None:
    asked = questions([Flag("unsure", "Any sentence.", ("date",))], [])
    doubts = {"date": [("date", "Dated 1 May 2016, ten years before the volume.")]}
    log = entries(Answer("unsure:date", "correct", "2016-05-01"), asked, "2026-05-01", BASIS, lambda c, _: doubts[c])
    assert [(d.action, d.field, d.version) for d in log] == [("correct", "date", 0), ("later", "date", 1)]
    numbered = [replace(d, id=n) for n, d in enumerate(log, start=1)]
    asked = questions([], numbered)
    assert [(q.key, q.sentence, q.settled_by) for q in asked] == [("doubt:date", doubts["date"][0][1], None)]
    (kept,) = entries(
        Answer("doubt:date", "confirm", reason="the author wrote"), asked, "2016-05-01", replace(BASIS, version=2)
    )
    assert questions([], [*numbered, replace(kept, id=3)])[0].settled_by is not None


def test_taking_the_value_that_stands_is_confirming() -> None:
    asked = questions([Flag("unsure", "Hard to read.", ("date",))], [])
    (entry,) = entries(Answer("unsure:date", "correct", "1 May 2025"), asked, "2025-05-01", BASIS)
    assert (entry.action, entry.flag) == ("confirm", "unsure")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-06-05", date(2024, 6, 5)),
        ("5 June 2024", date(2024, 6, 5)),
        ("Jun 5, 2024", date(2024, 6, 5)),
        ("05.jun.2024", date(2024, 6, 5)),
    ],
)
def test_days_that_a_person_types(text: str, day: date) -> None:
    assert typed_day(text) == day


@pytest.mark.parametrize(
    "text", ["5/6/2024", "5 6 2024", "June 2024", "31 June 2024", "ju 5 2024", "", "2024-06-05-01"]
)
def test_figures_that_could_be_misread_are_not_taken(text: str) -> None:
    with pytest.raises(WrongAnswer, match="2024-06-05"):
        typed_day(text)


def test_letters_that_differ_are_marked_and_case_is_no_difference() -> None:
    assert differing("vvith Care", "with care") == (
        [("vv", True), ("ith Care", False)],
        [("w", True), ("ith care", False)],
    )
    assert differing("", "x") == ([], [("x", False)])
    assert differing("Learning to Defer", "Kernel Sums") == ([("Learning to Defer", True)], [("Kernel Sums", True)])


def test_a_day_that_a_person_enters_is_measured_as_the_checks_measure_it() -> None:
    article = replace(roster(1).articles[0], volume=Volume("new"))
    values = {"article": article.key, "date": "2015-06-06"}
    settings_ = Settings(today=date(2026, 6, 20))
    form = load_forms()[0]

    def doubts(batch_day: date | None) -> list[tuple[str, str]]:
        return objections("date", values, {article.key: article}, settings_, {}, form, batch_day)

    assert doubts(None) == [], "nothing tells the day of publication"
    ((column, sentence),) = doubts(date(2026, 6, 15))
    assert column == "date" and "most other returns of this batch" in sentence
