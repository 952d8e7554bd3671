"""How often a line is looked at, and which lines are parted or joined in search of a date: the reader is scripted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognize import (
    TYPED_DATE_ODDS,
    VIEWS,
    read_block,
    read_date,
    read_fields,
    read_lines,
    stretched,
)
from pipeline.extraction.recognized_lines import DATE_ODDS, SURE_DATE_ODDS, RecognizedLine
from pipeline.extraction.text_layer import TypedLine
from pipeline.registration.warp import INK_DPI
from tests.material.emissions import BlobReader, blobs, emissions, unsure

SPAN = (date(2018, 1, 1), date(2021, 12, 31))


def typed(text: str) -> InkRegion:
    box = (10.0, 10.0, 90.0, 20.0)
    return InkRegion(box, typed=TypedLine(text, box, "text_layer", frozenset()))


def written(*gaps_px: int, x: float = 10.0) -> InkRegion:
    crop = blobs(*gaps_px)
    return InkRegion((x, 10.0, x + crop.shape[1] * 72 / INK_DPI, 20.0), crop=crop, ink_pt2=40.0)


def texts(lines: tuple[RecognizedLine, ...]) -> list[str]:
    return [line.text for line in lines]


def test_a_signature_and_the_date_that_it_touches_are_two_rows() -> None:
    above, below, both = written(90), written(90, 90), written(5)
    reader = BlobReader({2: emissions("Ann Author"), 3: emissions("3 May 2019"), 1: emissions("Anmayuthor")})
    asked: list[InkRegion] = []

    def rows_of(region: InkRegion) -> tuple[InkRegion, ...]:
        asked.append(region)
        return (above, below)

    assert texts(read_block([both], reader, SPAN, rows_of=rows_of)) == ["Ann Author", "3 May 2019"]
    asked.clear()
    read_block([above, below], reader, SPAN, rows_of=rows_of)
    assert asked == []  # A block with a date is looked at once.


@pytest.mark.parametrize(("width", "factor"), [(240, 1.0), (300, 1.3), (430, 1.3), (470, 1.6)])
def test_long_lines_are_stretched(width: int, factor: float) -> None:
    assert stretched(np.full((48, width), 255, np.uint8)).shape == (48, round(width * factor))


def test_only_ink_is_given_to_the_reader() -> None:
    reader = BlobReader({1: emissions("Ann"), 2: emissions("Bo")})
    lines = read_lines([written(5), typed("Typed Title"), written()], reader)
    assert texts(lines) == ["Bo", "Typed Title", "Ann"] and reader.seen == [2, 1]
    assert [len(line.views) for line in lines] == [1, 0, 1]


def test_a_line_of_which_the_reader_is_sure_is_looked_at_once() -> None:
    reader = BlobReader({3: emissions("Ann Author")})
    (line,) = read_fields([written(5, 5)], reader)
    assert len(line.views) == 1 and reader.seen == [3]


def test_a_doubtful_line_is_looked_at_again_and_the_first_view_gives_its_text() -> None:
    region = written(5, 5)
    neighbour = InkRegion(region.box, crop=region.crop, unpainted=blobs(5, 5, 5), ink_pt2=40.0)
    reader = BlobReader({3: unsure("Ann"), 4: emissions("Ann")})
    (line,) = read_fields([neighbour], reader)
    assert line.text == "Ann" and reader.seen == [3, 3, 4] and len(line.views) == 3


def test_a_long_doubtful_line_is_looked_at_once() -> None:
    reader = BlobReader({9: unsure("A long title")})
    (line,) = read_fields([written(*[6] * 8)], reader)
    assert len(line.views) == 1


def pale(*darkened_gaps_px: int, gaps_px: tuple[int, ...] = (5, 5)) -> InkRegion:
    return InkRegion((10.0, 10.0, 90.0, 20.0), crop=blobs(*gaps_px), pale=blobs(*darkened_gaps_px), ink_pt2=40.0)


def test_a_pale_line_of_which_the_reader_is_not_sure_is_read_darkened() -> None:
    reader = BlobReader({3: unsure("Am"), 4: emissions("Anna")})
    (line,) = read_fields([pale(5, 5, 5)], reader)
    assert line.text == "Anna" and [view.text for view in line.views] == ["Anna", "Am", "Am"]


def test_a_pale_line_that_is_no_surer_darkened_keeps_its_text() -> None:
    (line,) = read_fields([pale(5, 5, 5)], BlobReader({3: unsure("Anna"), 4: unsure("Am")}))
    assert line.text == "Anna" and len(line.views) == 3
    (line,) = read_fields([pale(5, 5, 5)], BlobReader({3: emissions("Anna")}))
    assert line.text == "Anna" and len(line.views) == 1


def test_a_long_pale_line_is_looked_at_darkened_too() -> None:
    reader = BlobReader({9: unsure("A long litle"), 10: emissions("A long title")})
    (line,) = read_fields([pale(*[6] * 9, gaps_px=(6,) * 8)], reader)
    assert line.text == "A long title" and reader.seen == [9, 10]


def test_a_pale_date_is_looked_at_darkened() -> None:
    (line,) = read_date([pale(5, 5, 5)], BlobReader({3: emissions("3 7 2"), 4: emissions("3 May 2019")}), SPAN)
    assert line.date_odds >= SURE_DATE_ODDS and "3 May 2019" in [view.text for view in line.views]


def test_typing_is_a_date_where_it_reads_as_one() -> None:
    lines = read_block([typed("3 May 2019"), typed("Ann Author")], BlobReader({}), SPAN)
    assert [line.date_odds for line in lines] == [TYPED_DATE_ODDS, -TYPED_DATE_ODDS]


def test_a_signature_over_a_date_is_not_parted() -> None:
    reader = BlobReader({3: emissions("Ann Author"), 4: emissions("3 May 2019")})
    signature, day = read_block([written(90, 90), written(90, 90, 90)], reader, SPAN)
    assert signature.date_odds < DATE_ODDS and day.date_odds >= SURE_DATE_ODDS
    assert reader.seen == [3, 4]


def test_a_signature_beside_a_date_is_parted_from_it() -> None:
    """Five letters on one line, a wide gap after the second, and nothing else in the block."""
    reader = BlobReader({5: emissions("Ann 3 May 2019"), 2: emissions("Ann"), 3: emissions("3 May 2019")})
    signature, day = read_block([written(40, 120, 10, 10)], reader, SPAN)
    assert (signature.text, day.text) == ("Ann", "3 May 2019")
    assert signature.date_odds < DATE_ODDS and day.date_odds >= SURE_DATE_ODDS
    assert signature.region.box[2] == day.region.box[0]


def test_no_date_is_looked_for_in_a_signature_where_it_stands_elsewhere() -> None:
    known = {3: emissions("Ann Author"), 2: emissions("Ann"), 1: emissions("Author")}
    alone, beside = BlobReader(known), BlobReader(known)
    assert texts(read_block([written(90, 90)], alone, SPAN)) == ["Ann Author"]
    assert texts(read_block([written(90, 90)], beside, SPAN, dated_elsewhere=True)) == ["Ann Author"]
    assert len(alone.seen) > 1 and beside.seen == [3]


def test_a_date_is_not_parted_from_its_month() -> None:
    """The same where the date is more of one without it, but what would be left beside it is a piece of a date."""
    reader = BlobReader({5: emissions("Sept 3/5/2019"), 2: emissions("Sept"), 3: emissions("3/5/2019")})
    (line,) = read_block([written(40, 120, 10, 10)], reader, SPAN)
    assert line.text == "Sept 3/5/2019" and line.date_odds >= SURE_DATE_ODDS


def test_a_date_is_not_parted_from_its_day_though_that_is_misread() -> None:
    """ "qth" is a 9th: "May 2019" wants a day, and is less of a date alone."""
    reader = BlobReader({5: emissions("qth May 2019"), 2: emissions("qth"), 3: emissions("May 2019")})
    (line,) = read_block([written(40, 120, 10, 10)], reader, SPAN)
    assert line.text == "qth May 2019" and line.date_odds >= SURE_DATE_ODDS


def test_a_month_and_its_day_are_one_date() -> None:
    """ "Sep." and "25, 2019", a gap apart: each alone is none, or less of one."""
    first, second = written(), written(5, x=10.0 + 30.0)
    reader = BlobReader({1: emissions("Sep."), 2: emissions("25, 2019"), 3: emissions("Sep. 25, 2019")})
    (line,) = read_date([first, second], reader, SPAN)
    assert line.text == "Sep. 25, 2019" and line.date_odds >= SURE_DATE_ODDS
    assert line.region.box == (first.box[0], 10.0, second.box[2], 20.0)


def test_of_a_doubtful_date_the_best_views_are_kept() -> None:
    """The neighbour's stroke was painted out, and a digit with it: with it left in, the line is a date."""
    region = InkRegion((10, 10, 90, 20), crop=blobs(5, 5), unpainted=blobs(5, 5, 5), ink_pt2=40.0)
    reader = BlobReader({3: emissions("3 May 20 9"), 4: emissions("3 May 2019")})
    (line,) = read_date([region], reader, SPAN)
    assert line.text == "3 May 2019" and 2 <= len(line.views) <= 2 * VIEWS


def test_the_head_for_dates_is_heard_on_dates_alone() -> None:
    reader = BlobReader({3: emissions("Ann Author"), 4: emissions("3 May 2019")}, {4: emissions("3 May 2018")})
    signature, day = read_block([written(90, 90), written(90, 90, 90)], reader, SPAN)
    assert [view.text for view in signature.views] == ["Ann Author"]
    assert [view.text for view in day.views] == ["3 May 2019", "3 May 2018"] and day.text == "3 May 2019"


def test_a_day_that_only_another_view_shows_is_not_lost() -> None:
    """The signature's tail touches the day: painted out, both are gone."""
    region = InkRegion((10, 10, 90, 20), crop=blobs(5, 5), unpainted=blobs(5, 5, 5), ink_pt2=40.0)
    month_alone = {n: emissions("October, 2018") for n in (3, 4)}
    (line,) = read_date([region], BlobReader(month_alone, {4: emissions("October 1, 2018")}), SPAN)
    assert line.text == "October 1, 2018"
    (line,) = read_date([region], BlobReader(month_alone), SPAN)
    assert line.text == "October, 2018"
