"""A signature's tails in the date: the date is read, and what is none does not become one."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Observation, Source
from pipeline.dates.evidence import day_of_ink
from pipeline.dates.no_day import lacks_day
from pipeline.extraction.observe import observe
from sample_scans.maker.hand import BLACK_PEN, Hand
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, Look, make_return

SIGNED = Writing("Elizabeth Kavanagh", height=16, dy=5)
HAND = Hand("la-belle-aurore", BLACK_PEN, pen=0.35, rough=1.3)


def read(date: Writing | None, hand: Hand = HAND) -> Observation:
    case = Case("tails.pdf", signature=SIGNED, date=date, hand=hand, look=Look("scan", dpi=200, grey=True))
    data = make_return(case)
    return observe(Source("tails.pdf", "tails.pdf", "", len(data)), data)


@pytest.mark.parametrize("text", ["3/17/2026", "Mar 17, 2026"])
def test_a_typed_date_under_a_signatures_tails_is_read(text: str) -> None:
    seen = read(Writing(text, "type", 10))
    assert str(day_of_ink(seen.date)) == "2026-03-17"
    assert seen.signature.kind == "handwritten"


def test_tails_alone_are_no_date() -> None:
    assert not read(None).date.lines


def test_a_month_under_tails_is_no_day() -> None:
    assert lacks_day(read(Writing("March 2026", "type", 10)).date.text)
