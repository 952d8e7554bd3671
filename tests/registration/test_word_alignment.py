"""A page with the form's words in another layout is laid on a form page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pipeline.forms.form import PRINT_DPI, Zone, form_called
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration
from pipeline.registration.word_alignment import PlacedWord, WordPage, align, clauses_left_out, register_by_words

FORMS = load_forms()
FORM = FORMS[0]
FILLED = {
    "title": ("entitled", ["The", "Number", "of", "Sheep", "at", "Night"]),
    "name": ("are:", ["Ann", "Shepherd"]),
    "date": ("Date:", ["5", "May", "2026"]),
}
"""What is written behind which of the form's words."""


def typed_anew(words: Sequence[str], per_line: int = 9) -> WordPage:
    """Words in lines of nine, as a word processor might break them."""
    placed = []
    for at, word in enumerate(words):
        x, y = 70.0 + 52 * (at % per_line), 60.0 + 14 * (at // per_line)
        placed.append(PlacedWord(word, (x, y, x + 5.0 * len(word), y + 9.0)))
    paper = np.full((round(850 * PRINT_DPI / 72), round(612 * PRINT_DPI / 72)), 255, np.uint8)
    return WordPage(tuple(placed), paper, np.diag([1 / 72, 1 / 72, 1.0]))


def with_writing(number: int) -> list[str]:
    words: list[str] = []
    for word in FORM.pages[number - 1].words:
        words.append(word.text)
        words += next((filled for label, filled in FILLED.values() if label == word.text), [])
    return words


def registered(pages: Sequence[WordPage]) -> list[Registration]:
    return [fit for fit in register_by_words(pages, FORM) if fit]


def test_fields_are_found_behind_the_labels_wherever_the_lines_break() -> None:
    pages = [typed_anew(with_writing(1)), typed_anew(with_writing(2))]
    fits = registered(pages)
    assert [fit.page.number for fit in fits] == [1, 2]
    found = {field.name: field.zone for fit in fits for field in fit.page.fields}
    assert set(found) == {"title", "name", "block_name", "signature", "date"}
    for name, (label, filled) in FILLED.items():
        number = FORM.field(name).page - 1  # type: ignore[union-attr]
        words = pages[number].words
        start = next(
            i for i in range(len(words)) if [w.text for w in words[i : i + len(filled) + 1]] == [label, *filled]
        )
        own = words[start + 1 : start + 1 + len(filled)]
        assert not {word.box for word in fits[number].page.words} & {word.box for word in own}, name
        assert holds(found[name], own[0].box), name


def holds(zone: Zone, box: Zone) -> bool:
    return zone[1] <= (box[1] + box[3]) / 2 <= zone[3]


def test_the_label_says_that_it_is_re_typeset_and_leads_to_the_form() -> None:
    fits = registered([typed_anew(with_writing(1)), typed_anew(with_writing(2))])
    assert fits[0].page.form == "pmlr re-typeset"
    assert form_called(FORMS, fits[0].page.form) is FORM


def test_words_misread_by_ocr_are_still_print() -> None:
    words = [word.replace("ti", "\u019f") for word in with_writing(1)]
    fits = register_by_words([typed_anew(words), typed_anew(with_writing(2))], FORM)
    assert fits[0] is not None and len(fits[0].page.words) >= len(FORM.pages[0].words) - 2


@pytest.mark.parametrize(("text", "high", "is_print"), [("\u2022", 7.0, True), ("@", 9.0, False), ("2", 20.0, False)])
def test_a_flourish_that_ocr_takes_for_a_sign_is_no_print(text: str, high: float, is_print: bool) -> None:
    """Beside a bullet, and beside the page's number, which the form prints as well."""
    words = [word.text for word in FORM.pages[1].words if word.text != "2"]
    page = typed_anew(words)
    box = (500.0, 700.0, 510.0, 700.0 + high)
    paper, (x0, y0, x1, y1) = page.paper.copy(), (round(v * PRINT_DPI / 72) for v in box)
    paper[y0:y1, x0:x1] = 0
    page = replace(page, words=(*page.words, PlacedWord(text, box)), paper=paper)
    found = registered([typed_anew(with_writing(1)), page])[1].page.print_image()
    assert bool((found[y0:y1, x0:x1] == 0).all()) is is_print


def test_a_flourish_read_as_the_page_number_does_not_hide_a_label() -> None:
    """ "Signed:", the flourish, a misread label, a day, and the page's number."""
    words = [word.text for word in FORM.pages[1].words]
    page = [*words[: words.index("Date:")], "2", "bate:", "8/19/25", "2"]
    pairs = align(FORM, page)
    start = len(FORM.pages[0].words)
    assert words[-1] == "2"
    assert pairs[len(page) - 3] == start + words.index("Date:") and pairs[len(page) - 1] == start + len(words) - 1
    assert len(page) - 4 not in pairs


def test_another_text_is_no_form() -> None:
    text = ["We", "count", "the", "sheep", "of", "a", "meadow", "and", "do", "not", "sign", "for", "any", "of", "them"]
    assert register_by_words([typed_anew(text * 12)], FORM) == (None,)


def test_clauses_that_are_not_there_are_told() -> None:
    words = with_writing(2)
    start = next(i for i, word in enumerate(words) if word == "indemnify")
    whole = registered([typed_anew(with_writing(1)), typed_anew(words)])
    without = registered([typed_anew(with_writing(1)), typed_anew(words[:start] + words[start + 9 :])])
    assert clauses_left_out(whole, FORM) == []
    (left_out,) = clauses_left_out(without, FORM)
    assert left_out.split() == words[start : start + 9]


def test_a_dash_far_down_does_not_hide_a_label() -> None:
    """Where the dash before "Signed:" was not read, the form's are not to be sought in what is written below."""
    words = [word.text for word in FORM.pages[1].words]
    at = words.index("Signed:")
    page = [*words[: at - 1], "Signed:", "Ann", "Author", "Date:", "8/19/25", "some", "more", "//", "words"]
    pairs = align(FORM, page)
    start = len(FORM.pages[0].words)
    assert pairs[page.index("Signed:")] == start + at and page.index("//") not in pairs


def test_a_footnote_under_the_signature_is_the_forms() -> None:
    words = [word.text for form_page in FORM.pages for word in form_page.words]
    first, last = words.index("language") - 1, words.index("http://bit.ly/1m9UsNt.")
    moved = [*words[:first], *words[last + 1 :], "Ann", "Author", *words[first : last + 1]]
    pairs = align(FORM, moved)
    assert all(at in pairs for at in range(len(moved) - (last - first), len(moved)))
    assert len(moved) - (last - first) - 3 not in pairs


def test_labels_that_were_not_read_are_looked_for_again() -> None:
    """Ink beside them spoilt them: their lines are read again, those of pages with text of their own are not."""
    words = [word.text for word in FORM.pages[1].words]
    at = words.index("Signed:")
    spoilt, whole = (typed_anew([*words[: at - 1], *some]) for some in (["|]"], words[at - 1 :]))
    scanned = replace(spoilt, words=tuple(replace(word, sure=90.0) for word in spoilt.words))
    asked: list[object] = []

    def read_again(page: WordPage, bands: Sequence[tuple[float, float]]) -> WordPage:
        asked.append(bands)
        return whole

    fits = register_by_words([typed_anew(with_writing(1)), scanned], FORM, read_again)
    assert asked and fits[1] is not None and {"signature", "date"} <= {f.name for f in fits[1].page.fields}
    asked.clear()
    register_by_words([typed_anew(with_writing(1)), spoilt], FORM, read_again)
    assert not asked
