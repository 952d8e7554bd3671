"""Pages that are no page of our forms: what their labels lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Unpack

import numpy as np
import pytest

from pipeline.datamodel.records import Observation
from pipeline.dates.evidence import SPAN, day_of_ink
from pipeline.documents.rasterize import READ_DPI, PageImage
from pipeline.extraction.key_values import extract_key_values
from pipeline.extraction.labels import find_labels, is_wording, may_ask
from pipeline.extraction.observe import load_models
from pipeline.extraction.page_words import ReturnWords
from pipeline.forms.form import FieldKind, FormField
from pipeline.forms.reader import load_forms
from sample_scans.maker import hand as pen
from sample_scans.maker import hands
from sample_scans.maker.other_blanks import CLAUSES, MADE_BLANKS
from sample_scans.maker.other_forms import framed, harbour_lane, ruled
from sample_scans.maker.page import Writing, fill
from sample_scans.maker.paper import render
from sample_scans.maker.returns import Case, Writings, filled_sheet
from sample_scans.maker.sheet import Bar, Item, Sheet, Typing
from tests.material.documents import drawn

FORMS = [form for form in load_forms() if not form.former]
HARBOUR = harbour_lane()
OTHER = {
    "title": Writing("Tree Ensembles in Constant Memory", height=10, dy=-1),
    "name": Writing("Leopold Ochsenreitner", height=10, dy=-1),
    "signature": Writing("L. Ochsenreitner", height=12, dy=1),
    "date": Writing("14.10.2026", height=10),
}
ARTICLE = (
    ("On the Age of Sheep", 150, 90),
    ("Ann Author, Bob Writer", 150, 110),
    ("Abstract", 72, 150),
    ("We count sheep in meadows and find that their number does not depend on the day.", 72, 170),
    ("Published on this date: the title of the article says nothing of the meadow.", 72, 185),
    ("1. Introduction", 72, 220),
    ("Sheep have been counted for a long time, mostly at night, by authors without sleep.", 72, 240),
)


def page(sheet: Sheet, turn: int = 0) -> PageImage:
    """A sheet as a clean picture, turned clockwise by quarters."""
    color = np.ascontiguousarray(np.rot90(render(sheet, READ_DPI)[:, :, ::-1], -turn))
    return drawn(0, color, READ_DPI)


def filled(**fields: Unpack[Writings]) -> Sheet:
    case = Case("other.pdf", form="harbour lane", hand=hands.CURSIVE_BLACK, pages=(1,), **fields)
    return filled_sheet(case, harbour_lane(), 1)


def read(image: PageImage) -> Observation:
    return extract_key_values([image], FORMS, load_models(), SPAN, ReturnWords(FORMS))


def written(lines: tuple[tuple[str, float, float], ...]) -> PageImage:
    return page(Sheet(612, 792, tuple(Typing(text, x, y, "lmroman10-regular", 10) for text, x, y in lines)))


def test_another_publishers_form_is_read_by_its_labels_though_on_its_side() -> None:
    seen = read(page(filled(**OTHER), turn=1))
    assert seen.title.text.startswith("Tree Ensembles in Constant")
    assert "chsen" in seen.name.text
    assert seen.signature.kind == "handwritten" and "chsen" in seen.signature.lines[0].text
    assert seen.date.text == "14.10.2026"
    down = []
    for reading in (seen.title, seen.name, seen.date, seen.signature):
        assert reading.page == 1 and reading.box and reading.crop.startswith(b"\x89PNG")
        down.append(-reading.box.x0)  # a quarter turn clockwise brings the foot left
    assert down == sorted(down)


def test_a_label_at_the_pages_edge_has_nothing_beside_it() -> None:
    labels = (("Title:", 72, 90), ("Author:", 72, 110), ("Date:", 72, 130), ("Signature:", 572, 150))
    assert read(written(labels)).signature.kind == "none"


def test_a_signature_that_is_no_writing_is_seen() -> None:
    seen = read(page(filled(signature=Writing("x", "flourish", height=18))))
    assert seen.signature.kind == "handwritten"
    assert not seen.title.lines and not seen.name.lines and not seen.date.lines


def test_an_article_and_a_blank_page_have_no_fields() -> None:
    assert read(written(ARTICLE)) == Observation()
    assert read(written(())) == Observation()


def test_a_mail_is_no_agreement() -> None:
    mail = (("From: ann@example.org", 72, 90), ("Date: 5 May 2026", 72, 105), ("Title: our agreement", 72, 120))
    assert read(written(mail)) == Observation()


def test_typing_beside_labels_on_one_line() -> None:
    lines = (
        ("Consent", 72, 60),
        ("Title: Counting Sheep at Night", 72, 100),
        ("Author name: Ann Author", 72, 130),
        ("Signed: Ann Author", 72, 160),
        ("Date: 5 May 2026", 330, 160),
    )
    seen = read(written(lines))
    assert seen.title.text == "Counting Sheep at Night"
    assert seen.name.text == "Ann Author"
    assert seen.signature.lines[0].text == "Ann Author"
    assert seen.date.text.replace(" ", "") == "5May2026"


def test_another_version_of_our_form_with_its_lines_broken_elsewhere() -> None:
    lines = (
        ("This is a publication agreement (this agreement) regarding a written manuscript", 72, 100),
        ("currently entitled", 72, 114),
        ("Counting Sheep at Night", 180, 128),
        ("(the article) to be published in the journal. The parties to this Agreement", 72, 146),
        ("are:", 72, 160),
        ("Ann Shepherd", 110, 162),
    )
    seen = read(written(lines))
    assert (seen.title.text, seen.name.text) == ("Counting Sheep at Night", "Ann Shepherd")


def answered(name: str, skip: tuple[str, ...] = ()) -> list[PageImage]:
    """The pages of a blank agreement of one kind, filled in by hand where its author writes."""
    blank = MADE_BLANKS[name]
    sheets = list(blank.sheets)
    texts = {"title": "Counting Sheep", "name": "Mia Shepherd", "date": "14.10.2026"}
    for field, (number, (x0, _, x1, y1)) in blank.fields.items():
        rule = (x0, y1 - 3.0, x1, y1 - 2.4)
        kind: FieldKind = "signature" if field == "signature" else "text"
        writing = Writing("x", "flourish", 16) if field == "signature" else Writing(texts[field], "hand", 9)
        if field not in skip:
            spot = FormField(field, kind, number, "", rule, rule)
            items = fill(HARBOUR, spot, writing, hands.ROUND_BLUE, np.random.default_rng(3))
            sheets[number - 1] = sheets[number - 1].plus(*items)
    return [replace(page(sheet), index=index) for index, sheet in enumerate(sheets)]


def read_pages(images: list[PageImage]) -> Observation:
    return extract_key_values(images, FORMS, load_models(), SPAN, ReturnWords(FORMS))


@pytest.mark.parametrize("kind", ["three signers", "boxes below", "bare labels", "sentence", "consent"])
def test_signature_and_day_are_read_wherever_a_form_asks_for_them(kind: str) -> None:
    seen = read_pages(answered(kind))
    assert seen.signature.kind == "handwritten"
    assert day_of_ink(seen.date) == date(2026, 10, 14)


@pytest.mark.parametrize("kind", ["three signers", "boxes below", "consent"])
def test_what_stands_elsewhere_is_no_signature(kind: str) -> None:
    seen = read_pages(answered(kind, skip=("signature",)))
    assert seen.signature.kind == "none"
    assert day_of_ink(seen.date) == date(2026, 10, 14)


DECLARATION = (
    ("Declaration", 72, 80), ("I declare that this report is my own work, and that it has not been handed in", 72, 130),
    ("as an exercise at this or at another university before (see the rules of May 2018).", 72, 145),
    ("Mia Shepherd", 72, 420), ("April 15, 2024", 72, 436),
)  # fmt: skip


@pytest.mark.parametrize("signed", [True, False])
def test_a_line_over_a_printed_name_is_the_place_to_sign_where_nothing_asks(signed: bool) -> None:
    typed = tuple(Typing(text, x, y, "lmroman10-regular", 10) for text, x, y in DECLARATION)
    line = (72.0, 405.0, 240.0, 405.6)
    sheet = Sheet(612, 792, (*typed, Bar(line)))
    if signed:
        spot = FormField("signature", "signature", 1, "", line, line)
        ink = fill(HARBOUR, spot, Writing("x", "flourish", 18), hands.ROUND_BLUE, np.random.default_rng(3))
        sheet = sheet.plus(*ink)
    seen = read(page(sheet))
    assert seen.signature.kind == ("handwritten" if signed else "none")
    assert day_of_ink(seen.date) == date(2024, 4, 15)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Signature of the author:", ["signature"]),
        ("Author's signature", ["signature"]),
        ("Date of signature:", ["date"]),
        ("Name of the signer:", ["name"]),
        ("Title of the contribution: Sheep", ["title"]),
        ("Signature: A. Author Date: 5/5/2026", ["signature", "date"]),
        ("Datum, Unterschrift:", ["date"]),
        ("Signature: A. Author Date of signature: 5/5/2026", ["signature", "date"]),
        ("Titles of Nobility in Networks", []),
        ("The author keeps a copy.", []),
        ("In this article we sign the date and the title with the name of the author as follows:", []),
    ],
)
def test_labels_of_other_forms(text: str, kinds: list[str]) -> None:
    assert [label.kind for label in find_labels([text], FORMS)] == kinds


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("We count sheep in meadows. Corresponding thanks go to the shepherds of the data set.", False),
        ("Title of the contribution: Sheep", True),
        ("1. I agree. Signature of the author", True),
        ("a written manuscript currently entitled Counting Sheep", True),
    ],
)
def test_a_text_layer_shows_what_an_article_never_asks(text: str, may: bool) -> None:
    assert may_ask(text, FORMS) is may


def test_labels_and_wording_of_our_form_in_other_line_breaks() -> None:
    for form in FORMS:
        for field in (field for page in form.pages for field in page.fields):
            *head, last = field.label.split()
            texts = ["and some words of a clause " + " ".join(head), last] if head else [last]
            labels = find_labels(texts, [form])
            assert labels and labels[-1].own and texts[labels[-1].line][labels[-1].end :] == ""
        clause = " ".join(word.text for word in form.pages[0].clause_words()[:12])
        assert is_wording(clause, FORMS)
    assert not is_wording("Counting Sheep in Reproducing Kernel Hilbert Spaces", FORMS)


def columns() -> tuple[list[Item], list[Item]]:
    """A table with labels at the heads of its columns, two rows to fill in: print and writing."""
    xs, ys = (72.0, 240.0, 400.0, 530.0), (400.0, 425.0, 465.0, 505.0)
    print_there: list[Item] = [Bar(b) for a, c in pairwise(ys) for x, y in pairwise(xs) for b in framed(x, a, y, c)]
    heads = zip(xs, ("Author name", "Signature", "Date"), strict=False)
    print_there += [Typing(text, x + 6, 417, "lmroman10-bold", 10) for x, text in heads]
    return print_there, [*signed_at(260, 455), *written_at(408, 452, "14.10.2026")]


def two_signers() -> tuple[list[Item], list[Item]]:
    """The author's column and the publisher's, both signed and dated."""
    print_there: list[Item] = []
    for x, head in ((72.0, "AUTHOR"), (320.0, "PUBLISHER")):
        print_there.append(Typing(head, x, 500, "lmroman10-bold", 10))
        for y, label in ((535.0, "Signature:"), (565.0, "Name:"), (595.0, "Date:")):
            print_there += [Typing(label, x, y, "tinos", 10.5), Bar(ruled(x + 60, x + 220, y + 2))]
    ours = [*signed_at(150, 532), *written_at(140, 593, "14.10.2026")]
    return print_there, [*ours, *signed_at(400, 532), *written_at(390, 593, "20.10.2026")]


def over_lines() -> tuple[list[Item], list[Item]]:
    """Labels over their lines, each close below the line of the one before."""
    print_there: list[Item] = []
    for label, y in (("Name of contributor", 430.0), ("Signature of contributor", 480.0), ("Date of signature", 530.0)):
        print_there += [Typing(label, 72, y, "tinos", 10.5), Bar(ruled(72, 400, y + 32))]
    return print_there, [*signed_at(90, 507), *written_at(90, 557, "14.10.2026")]


def signed_at(x: float, y: float) -> list[Item]:
    return [*pen.flourish((x, y), (40, 14), hands.CURSIVE_BLUE.colour, np.random.default_rng(1))]


def written_at(x: float, y: float, text: str) -> list[Item]:
    return [*pen.write(text, (x, y), 9.5, hands.CURSIVE_BLUE, np.random.default_rng(1))]


@pytest.mark.parametrize("kind", [columns, two_signers, over_lines])
def test_the_authors_signature_and_day_are_found(kind: Callable[[], tuple[list[Item], list[Item]]]) -> None:
    print_there, writing = kind()
    head = [Typing("Publishing Agreement", 72, 70, "lmroman10-bold", 15)]
    clauses = [Typing(line, 72, 150 + 14 * i, "tinos", 9.5) for i, line in enumerate(CLAUSES)]
    seen = read(page(Sheet(612, 792, (*head, *clauses, *print_there, *writing))))
    assert seen.signature.kind == "handwritten"
    day = day_of_ink(seen.date)
    assert day is not None and day.isoformat() == "2026-10-14"
    blank = read(page(Sheet(612, 792, (*head, *clauses, *print_there))))
    assert blank.signature.kind == "none" and not blank.date.lines
