"""Records made of lines: where they stand on the page, the crop that proves them, what the table shows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.datamodel.records import Box, FieldReading, LineReading, Observation, SignatureReading
from pipeline.documents.document import Word, WordSource
from pipeline.extraction.areas import ReadArea
from pipeline.extraction.field_records import (
    extra_field,
    field_reading,
    form_fields,
    line_reading,
    signature_reading,
    with_blanks_filled,
)
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.page_crops import CROP_MARGIN_PT, around, page_box, page_crop
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.signature import is_born_digital
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import FormField, PrintedWord, Zone
from pipeline.registration.warp import INK_DPI
from tests.material.emissions import emissions, unsure
from tests.material.fitted_pages import SIZE_PT, fitted_page

ZONE: Zone = (120.0, 400.0, 180.0, 420.0)
PAGE = fitted_page(index=1)
SIGNATURE = FormField("signature", "signature", 2, "Signed", (100, 420, 400, 440))
NAME = FormField("block_name", "text", 2, "Name", (100, 390, 400, 410))


def written(text: str, box: Zone = ZONE, sure: bool = True) -> RecognizedLine:
    """A line with a stroke that goes up and down."""
    view, crop = emissions(text) if sure else unsure(text), np.full((40, 120), 255, np.uint8)
    path = np.array([(x, 6 + 26 * (x // 10 % 2)) for x in range(5, 116, 10)], np.int32)
    cv2.polylines(crop, [path], False, (40,), 2)
    return RecognizedLine(InkRegion(box, crop=crop, ink_pt2=40.0), text, -20.0, (view,))


def typed(text: str, box: Zone = ZONE) -> RecognizedLine:
    return RecognizedLine(InkRegion(box, typed=TypedLine(text, box, "form_field", frozenset({"Arial"}))), text, -50.0)


def record(text: str, kind: str = "typed") -> FieldReading:
    line = LineReading(text, 1.0, "text_layer", "typed", 1, Box(0, 0, 1, 1))
    return FieldReading((line,), "typed" if kind == "typed" else "handwritten", 1, Box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("zones", "expected"),
    [([ZONE], ZONE), ([(10, 20, 30, 40), (25, 5, 60, 30)], (10, 5, 60, 40))],
)
def test_the_zone_around_several(zones: list[Zone], expected: Zone) -> None:
    assert around(zones) == expected


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ((0, 0), (0.2, 0.5, 0.3, 0.525)),
        ((60, 0), (0.3, 0.5, 0.4, 0.525)),
        ((450, 400), (0.95, 1.0, 1.0, 1.0)),  # partly beyond the page's edge
    ],
)
def test_a_zone_s_box_on_the_page(shift: tuple[float, float], expected: tuple[float, ...]) -> None:
    box = page_box(fitted_page(shift_pt=shift), ZONE)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(expected)


def test_a_crop_shows_the_zone_as_it_stands_on_the_page() -> None:
    """Red ink in the zone of a page that lies 60 points further right."""
    width, height = (round(v) for v in SIZE_PT)
    paper = np.full((height, width, 3), 255, np.uint8)
    paper[400:420, 180:240] = (0, 0, 255)
    png = page_crop(fitted_page(shift_pt=(60, 0), color=paper), ZONE)
    crop = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert crop is not None
    scale, margin = INK_DPI / 72, round(CROP_MARGIN_PT * INK_DPI / 72)
    assert crop.shape[:2] == pytest.approx(((20 * scale + 2 * margin), (60 * scale + 2 * margin)), abs=2)
    assert crop[crop.shape[0] // 2, crop.shape[1] // 2].tolist() == [0, 0, 255]
    assert crop[2, 2].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("line", "score", "source", "kind"),
    [
        (written("Ann"), 1.0, "ppocr", "handwritten"),
        (written("Ann", sure=False), 0.6, "ppocr", "handwritten"),
        (typed("Ann"), 1.0, "form_field", "typed"),
    ],
)
def test_the_record_of_a_line(line: RecognizedLine, score: float, source: str, kind: str) -> None:
    found = line_reading(PAGE, line)
    assert (found.text, found.source, found.kind, found.page) == ("Ann", source, kind, 2)
    assert found.score == pytest.approx(score, abs=0.01) and found.views == line.views
    assert (found.box.x0, found.box.y1) == pytest.approx((0.2, 0.525))


def test_the_record_of_a_field() -> None:
    below = (130.0, 425.0, 240.0, 440.0)
    found = field_reading(PAGE, [typed("Ann"), written("Author", below)])
    assert found.text == "Ann Author" and found.kind == "handwritten" and found.page == 2
    assert found.box is not None and found.crop.startswith(b"\x89PNG")
    assert (found.box.x0, found.box.y0, found.box.x1, found.box.y1) == pytest.approx((0.2, 0.5, 0.4, 0.55))
    assert field_reading(PAGE, [typed("Ann")]).kind == "typed"
    assert field_reading(PAGE, []) == FieldReading()


@pytest.mark.parametrize(
    ("kind", "reading", "value"),
    [
        ("text", record("ann@example.org"), "ann@example.org"),
        ("tick", record("x"), "yes"),
        ("signature", record("Ann"), "signed"),
        ("date", record("3 May 2024"), "2024-05-03"),
        ("date", record("soon"), "soon"),
        ("date", record("3 May 2024", "handwritten"), "3 May 2024"),  # nothing of its ink was kept
    ],
)
def test_what_the_table_shows_of_a_further_field(kind: str, reading: FieldReading, value: str) -> None:
    field = FormField("more", kind, 1, "More", ZONE)  # type: ignore[arg-type]
    assert extra_field(field, [typed("x")], reading).value == value
    blank = extra_field(field, ())
    assert blank.value == "" and blank.reading == FieldReading() and blank.form_page == 1


def test_blank_fields_are_filled_from_another_reading() -> None:
    own = Observation(title=record("Own"), page_fingerprint=b"own")
    other = Observation(title=record("Other"), name=record("Ann"), page_fingerprint=b"other")
    found = with_blanks_filled(own, other)
    assert (found.title.text, found.name.text, found.page_fingerprint) == ("Own", "Ann", b"own")
    assert with_blanks_filled(Observation(), other) == other


@pytest.mark.parametrize(
    ("signed", "kind", "at_label"),
    [
        ([], "none", True),
        ([typed("Ann", (120, 425, 180, 438))], "typed", True),
        ([written("Ann", (120, 425, 180, 438))], "handwritten", True),
    ],
)
def test_the_record_of_a_signature(signed: list[RecognizedLine], kind: str, at_label: bool) -> None:
    found = signature_reading(ReadArea(PAGE, tuple(signed), None, (NAME, SIGNATURE)), signed, signed)
    assert (found.kind, found.at_label) == (kind, at_label)
    assert (found.confidence > 0.5) is bool(signed) and len(found.lines) == len(signed)


def test_what_is_written_at_the_name_s_label_may_sign_and_what_is_typed_there_does_not() -> None:
    by_hand, in_type = written("Ann Quill", (120, 394, 180, 408)), typed("Ann Quill", (120, 394, 180, 408))
    name = typed("Ann Quill", (200, 100, 260, 112))  # on the first page
    found = form_fields([ReadArea(PAGE, (by_hand,), None, (NAME, SIGNATURE)), ReadArea(PAGE, (name,), None, ())])
    assert (found.signature.kind, found.signature.at_label) == ("handwritten", False)
    found = form_fields([ReadArea(PAGE, (in_type,), None, (NAME, SIGNATURE)), ReadArea(PAGE, (name,), None, ())])
    assert (found.signature.kind, found.signature.lines, found.block_name.text) == ("none", (), "Ann Quill")


def test_specks_sign_nothing_and_their_place_is_shown() -> None:
    crop = np.full((20, 60), 255, np.uint8)
    for x in range(6, 56, 11):
        crop[4 + x % 9 : 7 + x % 9, x : x + 4] = 150
    specks = RecognizedLine(InkRegion((120, 425, 149, 434), crop=crop, found=False, ink_pt2=5.0), "", -50.0)
    areas = [ReadArea(PAGE, (specks,), None, (NAME, SIGNATURE)), ReadArea(PAGE, (written("A Title"),), None, ())]
    found = form_fields(areas).signature
    assert (found.kind, found.lines) == ("none", ()) and found.box is not None and found.confidence < 0.5


def test_each_area_adds_its_fields() -> None:
    title, phone = FormField("title", "text", 1, "Title", ZONE), FormField("phone", "text", 1, "Phone", ZONE)
    first = ReadArea(fitted_page(), (typed("A Title"),), None, (title,))
    second = ReadArea(PAGE, (written("Ann", (120, 425, 180, 438)),), None, (NAME, SIGNATURE))
    third = ReadArea(PAGE, (typed("555"),), None, (phone,))
    found = form_fields([first, second, third])
    assert found.title.text == "A Title" and found.title.page == 1
    assert [line.text for line in found.signature.lines] == ["Ann"] and found.signature.page == 2
    assert found.name == FieldReading() and found.date == FieldReading() and found.page_fingerprint == b""
    assert [(one.name, one.value) for one in found.extra_fields] == [("phone", "555")]


def test_nothing_read_is_nothing_found() -> None:
    assert form_fields([]) == Observation()
    area = ReadArea(PAGE, (), None, (NAME, SIGNATURE))
    assert form_fields([area]).signature == SignatureReading("none", 0.02, True)


@pytest.mark.parametrize(
    ("words", "source", "born_digital"),
    [
        ("The authors grant the publisher a licence", "text_layer", True),
        ("The authors grant the publisher Ann Author a licence", "text_layer", True),  # filled in
        ("The authors", "text_layer", False),  # a scanner's stamp, or bad OCR
        ("", "text_layer", False),
        ("The authors grant the publisher a licence", "form_field", False),
    ],
)
def test_a_page_whose_text_is_the_form_s_own_is_no_scan(words: str, source: WordSource, born_digital: bool) -> None:
    printed = [
        PrintedWord(text, (50.0 * place, 100.0, 50.0 * place + 40, 110.0), "Times", 10.0, 108.0, ())
        for place, text in enumerate(["The", "authors", "grant", "the", "publisher", "a", "licence"])
    ]
    on_page = [Word(text, Box(0.08 * i, 0.12, 0.08 * i + 0.07, 0.14), source) for i, text in enumerate(words.split())]
    assert is_born_digital(fitted_page(words=on_page, printed=printed)) is born_digital
