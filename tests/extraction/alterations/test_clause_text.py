from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.datamodel.records import Box
from pipeline.documents.document import Word
from pipeline.extraction.alterations.clause_text import text_alterations
from pipeline.forms.form import FormPage
from pipeline.forms.reader import load_forms

FORM = load_forms()[0]
Pages = dict[int, list[Word]]


def layer(page: FormPage) -> list[Word]:
    """The text layer of the blank form's page, with typing in the fields at its end, as editors append it."""
    boxes = [(w.text, w.box) for w in page.words]
    typed = [("Deep", (220.0, 275.0, 240.0, 284.0)), ("Forests", (245.0, 275.0, 280.0, 284.0))]
    return [
        Word(text, Box(b[0] / page.width, b[1] / page.height, b[2] / page.width, b[3] / page.height))
        for text, b in boxes + (typed if page.number == 1 else [])
    ]


@pytest.fixture
def pages() -> Pages:
    return {page.number: layer(page) for page in FORM.pages}


def place(pages: Pages, number: int, phrase: str) -> int:
    """Where a phrase begins among the words of a page."""
    words, sought = [w.text for w in pages[number]], phrase.split()
    return next(i for i in range(len(words)) if words[i : i + len(sought)] == sought)


def said(pages: Pages) -> list[tuple[str, str, str, int]]:
    return [(a.kind, a.form_text, a.page_text, a.page) for a in text_alterations(pages, FORM)]


def test_the_form_itself_is_unaltered(pages: Pages) -> None:
    assert said(pages) == []


def test_a_changed_word(pages: Pages) -> None:
    at = place(pages, 2, "one year")
    pages[2][at] = replace(pages[2][at], text="five")
    (found,) = text_alterations(pages, FORM)
    assert (found.kind, found.form_text, found.page_text, found.page) == ("changed", "one", "five", 2)
    assert found.box == pages[2][at].box


def test_a_changed_word_that_the_file_has_at_its_end(pages: Pages) -> None:
    at = place(pages, 2, "one year")
    pages[2].append(replace(pages[2].pop(at), text="five"))
    assert said(pages) == [("changed", "one", "five", 2)]


def test_an_added_word(pages: Pages) -> None:
    at = place(pages, 1, "You hereby grant")
    pages[1].insert(at + 1, replace(pages[1][at + 1], text="never"))
    assert said(pages) == [("added", "", "never", 1)]


@pytest.mark.parametrize("phrase", ["unencumbered right", "the authority to act", "edits."])
def test_words_left_out(pages: Pages, phrase: str) -> None:
    number = 1 if "unen" not in phrase else 2
    at = place(pages, number, phrase)
    del pages[number][at : at + len(phrase.split())]
    (found,) = text_alterations(pages, FORM)
    assert (found.kind, found.form_text, found.page_text) == ("changed", phrase, "")


def test_a_whole_clause_left_out(pages: Pages) -> None:
    start, end = place(pages, 2, "It will terminate"), place(pages, 2, "I HAVE READ")
    del pages[2][start:end]
    assert [kind for kind, *_ in said(pages)] == ["changed"]


def test_lost_ligatures_and_hyphens_are_innocent(pages: Pages) -> None:
    for number, words in pages.items():
        pages[number] = [replace(w, text=w.text.replace("ffi", "").replace("ff", "").replace("fi", "ﬁ")) for w in words]
    assert said(pages) == []


def test_ligatures_under_another_encoding_are_innocent(pages: Pages) -> None:
    for number, words in pages.items():
        pages[number] = [replace(w, text=w.text.replace("fi", "Þ").replace("fl", "ß")) for w in words]
    assert said(pages) == []


def test_other_line_breaks_and_pages_are_innocent(pages: Pages) -> None:
    tail = place(pages, 1, "5. To the extent")
    foot = place(pages, 1, "The language of")
    moved = [replace(w, box=Box(w.box.x0, 0.05, w.box.x1, 0.06)) for w in pages[1][tail:foot]]
    pages[2] = moved + pages[2]
    del pages[1][tail:foot]
    assert said(pages) == []


def test_heads_feet_and_watermarks_are_innocent(pages: Pages) -> None:
    head = [Word(t, Box(0.1, 0.01, 0.2, 0.02)) for t in ["11/20/2019", "agreement.html"]]
    foot = [Word(t, Box(0.7, 0.97, 0.9, 0.99)) for t in ["Scanned", "with", "CamScanner"]]
    for number in pages:
        pages[number] = head + pages[number] + foot
    assert said(pages) == []


def test_lines_in_another_order_are_innocent(pages: Pages) -> None:
    pages[2] = sorted(pages[2], key=lambda w: (-round(w.box.y1, 2), w.box.x0))
    assert said(pages) == []


def test_ocr_layers_prove_nothing(pages: Pages) -> None:
    poor = [replace(w, text=w.text.replace("h", "li").replace("m", "rn")) for w in pages[2]]
    assert said({1: pages[1], 2: poor}) == []
    hidden = [replace(w, text="x" if i == 40 else w.text, invisible=True) for i, w in enumerate(pages[2])]
    assert said({1: pages[1], 2: hidden}) == []


def test_a_page_without_text_is_not_missing_text(pages: Pages) -> None:
    assert said({1: pages[1]}) == []
    assert said({1: pages[1], 2: []}) == []
    assert said({}) == []


def test_another_text_is_not_an_altered_form() -> None:
    other = [
        Word(t, Box(0.1, i / 300, 0.2, i / 300 + 0.01)) for i, t in enumerate(Path(__file__).read_text().split()[:280])
    ]
    assert said({1: other}) == []
