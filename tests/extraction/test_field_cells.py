"""Fields with places of their own: which ink and typing goes to which, and what was put into the wrong one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline.datamodel.records import Source
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.field_cells import CellReading, exchanged
from pipeline.extraction.ink_owners import owners
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.observe import observe
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import FormField, FormPage, Zone
from pipeline.forms.reader import load_forms
from pipeline.registration.warp import INK_DPI
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, Look, make_return
from tests.material.made_forms import learned_form

SIGNATURE = FormField("signature", "signature", 1, "Signature", (10, 10, 100, 40))
DATE = FormField("date", "date", 1, "Date", (120, 10, 200, 40))
WITNESS = FormField("witness_signature", "signature", 1, "Witness", (10, 60, 100, 90))
IS_DATE, IS_NONE = 20.0, -20.0


def read(text: str, odds: float, x: float = 20.0) -> RecognizedLine:
    region = InkRegion((x, 15, x + 30, 30), crop=np.full((20, 60), 255, np.uint8), ink_pt2=30.0)
    return RecognizedLine(region, text, odds)


def texts(found: tuple[CellReading, ...]) -> dict[str, list[str]]:
    return {one.field.name: [line.text for line in one.answer] for one in found}


def test_a_date_at_the_signature_goes_to_the_blank_date() -> None:
    block = (CellReading(SIGNATURE, (read("Ann", IS_NONE), read("1 May 2024", IS_DATE, 60))), CellReading(DATE))
    assert texts(exchanged(block)) == {"signature": ["Ann"], "date": ["1 May 2024"]}


def test_a_signature_at_the_date_goes_to_the_blank_signature() -> None:
    block = (CellReading(SIGNATURE), CellReading(DATE, (read("1 May 2024", IS_DATE), read("Ann", IS_NONE, 60))))
    assert texts(exchanged(block)) == {"signature": ["Ann"], "date": ["1 May 2024"]}


def test_what_stands_in_its_place_stays() -> None:
    second = CellReading(WITNESS, (read("Ada", IS_NONE), read("2 May 2024", IS_DATE, 60)))
    block = (CellReading(SIGNATURE, (read("Ann", IS_NONE),)), CellReading(DATE, (read("1 May 2024", IS_DATE),)), second)
    found = texts(exchanged(block))
    assert found["signature"] == ["Ann"] and found["date"] == ["1 May 2024"] and "Ada" in found["witness_signature"]


def test_a_speck_beside_a_witness_date_is_no_signature() -> None:
    speck = RecognizedLine(InkRegion((190, 15, 196, 20), ink_pt2=8.0, crop=np.full((9, 9), 255, np.uint8)), "", IS_NONE)
    witness = FormField("witness_date", "date", 1, "Date", (120, 60, 200, 90))
    block = (
        CellReading(SIGNATURE),
        CellReading(DATE),
        CellReading(WITNESS),
        CellReading(witness, (read("1 May", IS_DATE), speck)),
    )
    assert texts(exchanged(block)) == {"signature": [], "date": [], "witness_signature": [], "witness_date": ["1 May"]}


ROWS = (
    FormField("title", "text", 1, "Title", (10, 10, 300, 40)),
    FormField("authors", "text", 1, "Authors", (10, 50, 300, 70)),
    FormField("name", "text", 1, "Name of Signatory", (10, 80, 300, 100), signs=True),
    FormField("signature", "signature", 1, "Signature", (10, 110, 300, 130)),
    FormField("date", "date", 1, "Date", (10, 140, 300, 160)),
)


def typed(text: str, odds: float = IS_NONE) -> RecognizedLine:
    box = (20.0, 15.0, 90.0, 30.0)
    return RecognizedLine(InkRegion(box, typed=TypedLine(text, box, "text_layer", frozenset())), text, odds)


@pytest.mark.parametrize("by_hand", [False, True])
def test_entries_one_row_too_high_go_down_where_all_else_is_typed(by_hand: bool) -> None:
    """Where the other entries are written, too, the name is a name, and the signature is not there."""
    author = read("Ann Author", IS_NONE) if by_hand else typed("Ann Author")
    entries = (
        (typed("A Title"), author),
        (typed("Ann Author"),),
        (read("Ann", IS_NONE),),
        (),
        (typed("1 May", IS_DATE),),
    )
    found = texts(exchanged([CellReading(field, lines) for field, lines in zip(ROWS, entries, strict=True)]))
    assert (found["signature"], found["name"]) == (([], ["Ann"]) if by_hand else (["Ann"], ["Ann Author"]))


def test_strokes_go_where_most_of_them_stands() -> None:
    zones: list[Zone] = [(10, 10, 100, 40), (120, 10, 200, 40)]
    scale = INK_DPI / 72
    mask = np.zeros((round(100 * scale), round(260 * scale)), bool)

    def stroke(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int]:
        mask[round(y0 * scale) : round(y1 * scale), round(x0 * scale) : round(x1 * scale)] = True
        return round((y0 + y1) / 2 * scale), round((x0 + x1) / 2 * scale)

    across = stroke(60, 20, 130, 22)  # begins in the first, ends in the second
    below = stroke(150, 48, 170, 50)  # just under the second
    far = stroke(220, 90, 240, 95)
    page = FormPage(1, 260, 100, (), (), (), (), None, Path())
    paper = np.full(mask.shape, 255, np.uint8)
    ink = ForeignInk(page, (0, 0, 260, 100), paper, mask, np.zeros_like(mask))
    owner = owners(ink, zones)
    assert (int(owner[across]), int(owner[below]), int(owner[far])) == (0, 1, -1)


def test_ticks_initials_and_dates_of_a_second_signer(tmp_path: Path) -> None:
    """A scan of a table with one of two boxes ticked, typed in the rest, and the date written beside the signature."""
    learned_form("northgate", tmp_path)
    forms = load_forms((tmp_path,))
    case = Case(
        "a.pdf",
        form="northgate",
        pages=(1,),
        title=Writing("Counting Sheep at Night", "type", 10),
        signature=Writing("Ann Author", "hand", 11, dx=-40),
        date=Writing("3 May 2024", "hand", 10, dx=-150),
        extra_fields=(("accept_terms", Writing("x", "hand", 8)), ("email", Writing("ann@example.org", "type", 10))),
        look=Look("scan", quality=60),
    )
    data = make_return(case)
    seen = observe(Source("a.pdf", "a.pdf", "", len(data)), data, forms)
    values = {field.name: field.value for field in seen.extra_fields}
    filled = {"email": "ann@example.org", "read_terms_above": "yes"}
    assert values == {**dict.fromkeys(("number", "affiliation", "work_done_employees"), ""), **filled}
    assert seen.signature.kind == "handwritten" and "uthor" in seen.signature.lines[0].text
    assert seen.date.lines and seen.date_evidence is not None
    days = [date.fromordinal(int(day)) for day in seen.date_evidence.days]
    best = days[int(seen.date_evidence.by_order.max(axis=0).argmax())]
    assert (best.month, best.day) == (5, 3)
    assert "Sheep" in seen.title.text and MADE_FORMS["northgate"].field("title")
