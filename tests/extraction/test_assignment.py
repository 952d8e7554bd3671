"""Which field each line is, with places typed by hand."""

from __future__ import annotations

import pytest

from pipeline.extraction.areas import ReadArea
from pipeline.extraction.assignment import (
    FieldLines,
    assign_block,
    assign_fields,
    assign_text_fields,
)
from pipeline.extraction.field_cells import CellReading
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognized_lines import RecognizedLine, in_reading_order
from pipeline.extraction.signing_place import at_name_label
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import FormField
from pipeline.forms.reader import load_forms
from tests.material.fitted_pages import fitted_page

FITTED = fitted_page()
PAGE = load_forms()[0].pages[1]
LABELS = {name: next(f.zone for f in PAGE.fields if f.name == name) for name in ("block_name", "signature")}


def written(top: float, bottom: float) -> RecognizedLine:
    return RecognizedLine(InkRegion((260.0, top, 350.0, bottom)), "Haoli Bai", -50.0)


@pytest.mark.parametrize(
    ("lines", "at_name"),
    [
        ([written(404, 424)], True),
        ([written(404, LABELS["signature"][3])], True),  # a letter's tail reaches down over the next line
        ([written(398, LABELS["signature"][3] + 8)], False),  # a signature across both lines
        ([written(LABELS["signature"][1] - 4, LABELS["signature"][3])], False),
        ([written(404, 424), written(425, 440)], False),
        ([], False),
    ],
)
def test_a_name_at_its_own_label_is_told_from_a_signature(lines: list[RecognizedLine], at_name: bool) -> None:
    assert at_name_label(PAGE.fields, [line.region for line in lines]) is at_name


TEXTS = (
    FormField("title", "text", 1, "Title", (100, 100, 500, 130), rule=(100, 120, 400, 121)),
    FormField("name", "text", 1, "Name", (100, 130, 500, 160), rule=(100, 150, 400, 151)),
)
BLOCK = (
    FormField("block_name", "text", 2, "Name", (100, 400, 400, 420)),
    FormField("signature", "signature", 2, "Signed", (100, 420, 400, 440)),
    FormField("date", "date", 2, "Date", (100, 440, 400, 460)),
)
SURE_DATE, MAYBE_DATE, NO_DATE = 20.0, 0.0, -20.0


def line(text: str, middle: float, odds: float = NO_DATE, x: float = 150.0, typed: bool = False) -> RecognizedLine:
    """A line ten points high about a height of the form."""
    box = (x, middle - 5, x + 100, middle + 5)
    return RecognizedLine(
        InkRegion(box, typed=TypedLine(text, box, "text_layer", frozenset()) if typed else None), text, odds
    )


def stroke(middle: float, ink_pt2: float = 0.0) -> RecognizedLine:
    """What reaches far out of another line about a height of the form."""
    box = (200.0, middle - 8, 260.0, middle + 8)
    return RecognizedLine(InkRegion(box, overhang=True, ink_pt2=ink_pt2), "~", NO_DATE)


def texts_of(assigned: FieldLines) -> dict[str, list[str]]:
    return {name: [one.text for one in lines] for name, lines in assigned.items()}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ([], [], [])),
        ([line("Ann", 430), line("3 May", 450, SURE_DATE)], (["Ann"], ["3 May"], [])),
        # Written one line too low, and the date over it: what it says decides.
        ([line("Ann", 450), line("3 May", 430, SURE_DATE)], (["Ann"], ["3 May"], [])),
        # Of two dates the sure one, though the other stands at the label; the other is not the signature either.
        ([line("7.3", 450, MAYBE_DATE), line("3 May", 480, SURE_DATE)], ([], ["3 May"], [])),
        # Of two sure dates the nearer one.
        ([line("4 May", 500, SURE_DATE), line("3 May", 455, SURE_DATE)], ([], ["3 May"], [])),
        # A name written at its own label is the name beside the signature.
        ([line("Ann Author", 411), line("A.", 432)], (["A."], [], ["Ann Author"])),
        # Alone it may be the signature.
        ([line("Ann Author", 411)], (["Ann Author"], [], [])),
        # Of two in that row the one apart from the label signs.
        ([line("A.", 410, x=300), line("Ann Author", 411)], (["A."], [], ["Ann Author"])),
        # A stroke that reaches far out of another line signs where nothing else does: across the date, under the name.
        ([stroke(440), line("3 May", 450, SURE_DATE)], (["~"], ["3 May"], [])),
        ([stroke(425), line("Ann Author", 411)], (["~"], [], ["Ann Author"])),
        ([stroke(440), line("A.", 432), line("3 May", 450, SURE_DATE)], (["A."], ["3 May"], [])),
        # It signs together with less ink than its own: a piece of it that joins no other line.
        ([stroke(440, 90.0), line("A.", 432), line("3 May", 450, SURE_DATE)], (["A.", "~"], ["3 May"], [])),
        # So may two lines there, where nothing stands at the signature's.
        ([line("Ann", 404), line("Author", 416)], (["Ann", "Author"], [], [])),
        # Two lines, neither at the name's label: a signature that was found as two.
        ([line("Ann", 428), line("Author", 440)], (["Ann", "Author"], [], [])),
        # Typing at the date that is no day stands there all the same, and signs nothing.
        ([line("Ann", 430), line("TBD", 450, typed=True)], (["Ann"], ["TBD"], [])),
        ([line("October 2026", 451, typed=True)], ([], ["October 2026"], [])),
        # So does ink, where other ink is left for the signature.
        ([line("Ann", 428), line("next week", 452)], (["Ann"], ["next week"], [])),
        ([line("Ann", 452)], (["Ann"], [], [])),
        # Typing beside ink is a name; typing alone signs where it stands nearest to the label.
        ([line("ANN", 430, typed=True), line("Ann", 436)], (["Ann"], [], ["ANN"])),
        (
            [line("Ann Author", 410, typed=True), line("ANN", 431, typed=True)],
            (["ANN"], [], ["Ann Author"]),
        ),
    ],
)
def test_a_signature_block_is_parted(
    lines: list[RecognizedLine], expected: tuple[list[str], list[str], list[str]]
) -> None:
    found = assign_block(BLOCK, lines)
    assert texts_of(found.by_field()) == dict(zip(("signature", "date", "block_name"), expected, strict=True))


@pytest.mark.parametrize(
    ("lines", "title", "name"),
    [
        ([line("A Title", 115), line("Ann", 140)], ["A Title"], ["Ann"]),
        ([line("Above All", 60), line("Below All", 300)], ["Above All"], ["Below All"]),
        # Right of the name's rule: a long title that runs down the margin.
        ([line("A Title", 115), line("goes on", 140, x=420)], ["A Title", "goes on"], []),
        # Left of it there is no room for a title: what begins there is the name.
        ([line("A Title", 115), line("Ann", 140, x=20)], ["A Title"], ["Ann"]),
        ([line("second", 115, x=300), line("first", 113, x=150)], ["first", "second"], []),
    ],
)
def test_lines_of_text_go_to_the_field_that_they_stand_in(
    lines: list[RecognizedLine], title: list[str], name: list[str]
) -> None:
    assert texts_of(assign_text_fields(TEXTS, lines)) == {"title": title, "name": name}


def test_an_area_without_text_fields_has_no_text() -> None:
    assert assign_text_fields(BLOCK[1:], [line("Ann", 430)]) == {}


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([(10, 100, 20), (200, 100, 20), (10, 130, 20)], [0, 1, 2]),
        ([(200, 96, 20), (10, 104, 20)], [1, 0]),  # eight points apart, lines of twenty: one row
        ([(200, 96, 20), (10, 107, 20)], [0, 1]),  # eleven: two rows
        ([(200, 96, 10), (10, 104, 20)], [0, 1]),  # the lower line of the two counts
    ],
)
def test_reading_order(places: list[tuple[float, float, float]], order: list[int]) -> None:
    lines = [
        RecognizedLine(InkRegion((x, middle - height / 2, x + 50, middle + height / 2)), "", NO_DATE)
        for x, middle, height in places
    ]
    assert [lines.index(one) for one in in_reading_order(lines)] == order


def test_fields_with_places_of_their_own_keep_their_lines() -> None:
    cells = (
        CellReading(BLOCK[1], (line("Ann", 430), line("ANN", 435, typed=True))),
        CellReading(BLOCK[2], (line("4 May", 450, MAYBE_DATE), line("3 May", 455, SURE_DATE))),
        CellReading(TEXTS[0]),
    )
    area = ReadArea(FITTED, (), None, (*BLOCK, *TEXTS), cells)
    assert texts_of(assign_fields(area)) == {"signature": ["Ann"], "date": ["3 May"], "title": []}


def test_the_fields_of_an_area_say_how_its_lines_are_assigned() -> None:
    lines = (line("Ann", 430), line("3 May", 450, SURE_DATE))
    assert set(assign_fields(ReadArea(FITTED, lines, None, BLOCK))) == {"signature", "date", "block_name"}
    assert set(assign_fields(ReadArea(FITTED, lines, None, TEXTS))) == {"title", "name"}
