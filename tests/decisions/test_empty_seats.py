"""Which return of no article an empty seat is offered."""

from __future__ import annotations

from dataclasses import replace

from pipeline.decisions.answers import Answer
from pipeline.decisions.empty_seats import unassigned
from pipeline.decisions.review_session import ReviewSession
from tests.material.review_batch import number_with


def test_those_that_something_speaks_for_come_first_and_one_answer_assigns(session: ReviewSession) -> None:
    number = number_with(session, "title_not_in_roster")
    article = session.articles[session.rows[number].source.name.removesuffix(".pdf")]
    other = number_with(session, "unsigned")
    version = session.state(other).version  # type: ignore[union-attr]
    session.answer(other, version, Answer("field:article", "correct", ""), "chair", "step-0001")
    session.answer(number_with(session, "undated"), 0, Answer("", "aside"), "chair", "step-0002")
    offered = unassigned(session, article)
    assert [one.state.judged.number for one in offered] == [number, other], "neither assigned nor set aside"
    first, second = offered
    assert first.question == "title_not_in_roster" and second.question == "doubt:article"
    author = article.authors[0]
    assert first.why == (
        f'The file is called "{article.key}".', "Its title is among the nearest ones.",
        f"{author} stands on it as its name.",
    )  # fmt: skip
    assert second.why == ()
    session.answer(number, 0, Answer(first.question, "correct", article.key), "chair", "step-0003")
    assert [one.state.judged.number for one in unassigned(session, article)] == [other]
    assert session.by_article()[article.key][0].judged.number == number


def test_what_is_said_is_of_the_article_alone(session: ReviewSession) -> None:
    (stranger,) = (a for a in session.articles.values() if a.key == session.roster.articles[11].key)
    offered = unassigned(session, replace(stranger, authors=("Somebody Else",)))
    assert [one.why for one in offered] == [()]
