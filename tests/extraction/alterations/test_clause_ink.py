"""Clauses altered by hand: on whole pages of the packaged form, and word by word with values typed by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipeline.datamodel.records import Alteration, Box
from pipeline.extraction.alterations.clause_ink import (
    STROKE_PX,
    clause_words,
    field_reach,
    ink_alterations,
    is_covered,
    struck_places,
)
from pipeline.extraction.alterations.clause_view import Clauses, WordFit
from pipeline.forms.form import FormArea, FormPage, PrintedWord
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration

DPI = 150
SCALE = DPI / 72
FORM = load_forms()[0]
Gray = npt.NDArray[np.uint8]


def scan(page: FormPage, seed: int = 0, paper: int = 238) -> Gray:
    """The blank form as a grey scanner sees it: tinted paper with a shadow, soft print, noise."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(page.print_image(), (0, 0), 0.9).astype(np.float32)
    shadow = np.linspace(1.0, 0.85, soft.shape[1], dtype=np.float32)
    grey = (30 + soft * (paper - 30) / 255) * shadow + rng.normal(0, 3, soft.shape)
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def found(page: FormPage, gray: Gray) -> list[Alteration]:
    fit = Registration(page, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, np.zeros((0, 5), np.float32))
    return list(ink_alterations(gray, DPI, fit, page.number))


def phrase(page: FormPage, text: str) -> list[PrintedWord]:
    words, sought = page.clause_words(), text.split()
    start = next(i for i in range(len(words)) if [w.text for w in words[i : i + len(sought)]] == sought)
    return list(words[start : start + len(sought)])


def px(value: float) -> int:
    return round(value * SCALE)


def strike(gray: Gray, words: list[PrintedWord], thickness: int = 3, slope: float = 0.0) -> None:
    """A pen's line through words of one line."""
    y = words[0].baseline - 2.5
    x0, x1 = words[0].box[0] - 2, words[-1].box[2] + 2
    cv2.line(gray, (px(x0), px(y - slope)), (px(x1), px(y + slope)), 40, thickness, cv2.LINE_AA)


def paint_over(gray: Gray, word: PrintedWord) -> None:
    x0, y0, x1, y1 = (px(v) for v in word.box)
    gray[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3] = int(np.median(gray[y0 - 12 : y1 + 12, x0 - 12 : x1 + 12]))


PAGES = pytest.mark.parametrize("page", FORM.pages, ids=lambda page: f"page {page.number}")


@PAGES
@pytest.mark.parametrize("paper", [250, 200])
def test_an_unaltered_page_is_innocent(page: FormPage, paper: int) -> None:
    assert found(page, scan(page, 1, paper)) == []


@pytest.mark.parametrize("words", ["within one year", "unencumbered", "all right, title, and interest"])
@pytest.mark.parametrize(("thickness", "slope"), [(2, 0.0), (3, 0.8), (5, 0.3)])
def test_words_struck_out(words: str, thickness: int, slope: float) -> None:
    page = FORM.pages[0 if "title" in words else 1]
    gray = scan(page)
    struck = phrase(page, words)
    strike(gray, struck, thickness, slope)
    alterations = found(page, gray)
    assert {a.kind for a in alterations} == {"struck"}
    assert set(words.split()) & set(" ".join(a.form_text for a in alterations).split())


@pytest.mark.parametrize("word", ["Massachusetts.", "unencumbered", "signature."])
@pytest.mark.parametrize("thickness", [1, 2])
def test_a_single_word_struck_by_a_line_that_wavers(word: str, thickness: int) -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (struck,) = phrase(page, word)
    xs = np.linspace(struck.box[0] - 2, struck.box[2] + 2, 40)
    ys = struck.baseline - 2.7 + 1.1 * np.sin(np.linspace(0, 7, 40))
    path = np.stack([xs, ys], axis=1) * SCALE
    cv2.polylines(gray, [path.round().astype(np.int32)], False, 40, thickness, cv2.LINE_AA)
    assert [(a.kind, a.form_text) for a in found(page, gray)] == [("struck", word)]


def test_an_underlined_word_is_not_struck() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,) = phrase(page, "Massachusetts.")
    cv2.line(gray, (px(word.box[0]), px(word.baseline + 2.6)), (px(word.box[2]), px(word.baseline + 2.9)), 70, 2)
    assert "struck" not in {a.kind for a in found(page, gray)}


def test_the_place_of_a_struck_word_is_shown() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,) = phrase(page, "unencumbered")
    strike(gray, [word])
    (only,) = found(page, gray)
    assert only.box and only.page == 2
    assert only.box.x0 == pytest.approx(word.box[0] / page.width, abs=0.005)
    assert only.box.y1 == pytest.approx(word.box[3] / page.height, abs=0.005)


def test_a_word_painted_over() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,) = phrase(page, "Massachusetts.")
    paint_over(gray, word)
    assert [(a.kind, a.form_text, a.page_text) for a in found(page, gray)] == [("changed", "Massachusetts.", "")]


def test_a_word_replaced() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,), (other,) = phrase(page, "governed"), phrase(page, "publisher,")
    x0, x1 = px(other.box[0]) - 1, px(other.box[2]) + 1
    top, bottom = px(other.baseline) - 16, px(other.baseline) + 6
    patch = gray[top:bottom, x0:x1].copy()
    paint_over(gray, word)
    at, line = px(word.box[0]) - 1, px(word.baseline) - 16
    gray[line : line + patch.shape[0], at : at + patch.shape[1]] = patch
    (only,) = found(page, gray)
    assert (only.kind, only.form_text) == ("changed", "governed") and "publisher" in only.page_text


def test_a_doubtful_word_that_a_recognizer_reads_as_the_form_has_it_is_not_changed() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,), (other,) = phrase(page, "governed"), phrase(page, "publisher,")
    x0, x1 = px(other.box[0]) - 1, px(other.box[2]) + 1
    patch = gray[px(other.baseline) - 16 : px(other.baseline) + 6, x0:x1].copy()
    paint_over(gray, word)
    at, line = px(word.box[0]) - 1, px(word.baseline) - 16
    gray[line : line + patch.shape[0], at : at + patch.shape[1]] = patch
    fit = Registration(page, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, np.zeros((0, 5), np.float32))
    for text, kinds in (("Governed", set()), ("publisher", {"changed"})):
        seen: list[tuple[int, ...]] = []

        def reads(picture: Gray, text: str = text, seen: list[tuple[int, ...]] = seen) -> str:
            seen.append(picture.shape)
            return text

        kept = ink_alterations(gray, DPI, fit, page.number, reads=reads)
        assert {a.kind for a in kept} & {"changed"} == kinds
        assert len(seen) == 1 and seen[0][1] > seen[0][0], "one line is shown"


def test_a_word_written_between_the_lines() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    (word,) = phrase(page, "indemnify")
    cv2.putText(gray, "not", (px(word.box[0]), px(word.box[1]) + 2), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.7, 50, 2)
    assert {a.kind for a in found(page, gray)} <= {"added", "struck"} and found(page, gray)


def test_a_clause_crossed_out() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    words = phrase(page, "It will be governed") + phrase(page, "year of the date")[:1]
    cv2.line(gray, (px(150), px(words[0].box[1])), (px(450), px(words[-1].box[3])), 50, 4, cv2.LINE_AA)
    assert "struck" in {a.kind for a in found(page, gray)}


@PAGES
def test_stains_holes_and_borders_are_innocent(page: FormPage) -> None:
    gray = scan(page)
    for y in (0.3, 0.7):
        cv2.circle(gray, (px(25), int(y * gray.shape[0])), 18, 20, -1)
    gray[:, -8:] = 10
    cv2.circle(gray, (px(300), px(380)), 60, 215, -1)
    reverse = cv2.flip(FORM.pages[0].print_image(), 1).astype(np.float32)
    gray = np.asarray(np.minimum(gray, gray * (1 - 0.08 * (255 - reverse) / 255)), np.uint8)
    assert [a for a in found(page, gray) if a.kind != "changed"] == []


def test_writing_from_the_fields_is_innocent() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    t = np.linspace(0, 1, 80)
    curve = np.stack([px(230) + 320 * t, px(420) + 70 * np.sin(12 * t)], 1).astype(np.int32)
    cv2.polylines(gray, [curve], False, 40, 4)
    assert found(page, gray) == []


def test_a_page_cut_at_its_edge_is_innocent() -> None:
    page = FORM.pages[1]
    gray = scan(page)[:, px(150) :]
    matrix = np.diag([1 / 72, 1 / 72, 1.0])
    matrix[0, 2] = -px(150) / DPI
    fit = Registration(page, matrix, 1.0, np.zeros((0, 5), np.float32))
    assert ink_alterations(gray, DPI, fit, 2) == ()


# --- words judged by how they fit ---------------------------------------------------------------------------------

USUAL = 0.9
BLANK_PRINT = np.zeros((20, 60), np.float32)


def fits(through: dict[int, float], correlation: float = 0.8, count: int = 40) -> list[WordFit]:
    """Words of which those named have a level line of that darkness through them, and correlate as given."""
    word = PrintedWord("word", (0, 0, 29, 10), "Times", 10.0, 8.0, (0.0, 29.0))
    made = []
    for place in range(count):
        seen = BLANK_PRINT.copy()
        seen[9:11] = through.get(place, 0.0)
        made.append(WordFit(word, place, correlation if place in through else USUAL, seen, BLANK_PRINT))
    return made


@pytest.mark.parametrize(
    ("through", "struck"),
    [
        ({}, []),
        ({3: 0.5}, [3]),
        ({3: 0.16}, []),  # too faint for a word alone
        ({3: 0.16, 4: 0.16, 5: 0.16}, []),
        ({3: 0.16, 4: 0.16, 5: 0.16, 6: 0.16}, [3, 4, 5, 6]),  # a faint line through four in a row
        ({3: 0.16, 4: 0.16, 6: 0.16, 7: 0.16}, []),
        ({3: 0.1, 4: 0.1, 5: 0.1, 6: 0.1}, []),
        ({3: 0.5, 8: 0.16}, [3]),
    ],
)
def test_words_with_a_line_through_them(through: dict[int, float], struck: list[int]) -> None:
    assert struck_places(fits(through), USUAL) == struck


def test_a_line_that_costs_a_word_no_likeness_is_not_looked_for() -> None:
    assert struck_places(fits({3: 0.5}, correlation=0.89), USUAL) == []


def test_a_page_whose_words_are_all_dark_strikes_none() -> None:
    """A bad copy: every word has as much darkness along its length."""
    assert struck_places(fits(dict.fromkeys(range(40), 0.25)), USUAL) == []


@pytest.mark.parametrize(
    ("page", "box", "covered"),
    [
        (1, Box(0.32, 0.41, 0.38, 0.43), True),
        (1, Box(0.415, 0.40, 0.5, 0.44), True),  # just right of it
        (1, Box(0.43, 0.40, 0.5, 0.44), False),
        (1, Box(0.32, 0.46, 0.38, 0.48), False),  # the next line
        (2, Box(0.32, 0.41, 0.38, 0.43), False),
        (1, None, False),
    ],
)
def test_ink_of_a_word_already_found(page: int, box: Box | None, covered: bool) -> None:
    struck = Alteration("struck", "word", "", 1, Box(0.3, 0.4, 0.4, 0.44), 0.9)
    assert is_covered(Alteration("added", "word", "", page, box, 0.8), [struck]) is covered


def test_a_field_s_ink_reaches_behind_a_printed_line() -> None:
    """Ink in the field's area belongs to it, and what goes on within a stroke's reach; what is farther does not."""
    page = FormPage(1, 100.0, 100.0, (), (), (), (FormArea((0, 50, 100, 100)),), None, Path())
    nothing = np.zeros((round(100 * SCALE), round(100 * SCALE)), np.float32)
    view = Clauses(page, (0, 0, 100, 100), nothing, nothing, nothing == 0, True)
    foreign = np.zeros(nothing.shape, np.bool_)
    assert not field_reach(view, foreign).any()
    foreign[px(55), px(50)] = True
    reach = field_reach(view, foreign)
    assert reach[px(55) - STROKE_PX[1] // 2, px(50)] and reach[px(55), px(50) + STROKE_PX[0] // 2]
    assert not reach[px(55) - STROKE_PX[1], px(50)] and not reach[px(55), px(50) + STROKE_PX[0]]


def stretched(gray: Gray, most_px: float) -> Gray:
    """The page with its right half drawn out, as a feeder that slips does it."""
    height, width = gray.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    right = np.clip((xs - width / 2) / (width / 2), 0, 1)
    return np.asarray(cv2.remap(gray, xs - most_px * right, ys, cv2.INTER_LINEAR, borderValue=(238,)), np.uint8)


@PAGES
def test_a_stretched_scan_is_innocent(page: FormPage) -> None:
    assert found(page, stretched(scan(page), 9.0)) == []


def test_a_word_is_missed_on_a_stretched_scan_too() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    paint_over(gray, phrase(page, "unencumbered")[0])
    assert [a.form_text for a in found(page, stretched(gray, 9.0))] == ["unencumbered"]


def smudged(gray: Gray, at: PrintedWord, grains: int) -> None:
    """Crumbs of toner around a word."""
    rng = np.random.default_rng(grains)
    for _ in range(grains):
        x, y = px(at.box[0]) + rng.normal(0, 22), px(at.baseline) + rng.normal(0, 8)
        cv2.circle(gray, (round(x), round(y)), int(rng.integers(1, 3)), int(rng.integers(60, 150)), -1, cv2.LINE_AA)


def test_a_smudge_is_no_addition_and_writing_is() -> None:
    page = FORM.pages[0]
    word = phrase(page, "attribution statement")[0]
    dirty, written = scan(page), scan(page)
    smudged(dirty, word, 25)
    place = (px(word.box[0]), px(word.box[1]) + 2)
    cv2.putText(written, "not", place, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    sure = [[a.kind for a in found(page, gray) if a.confidence >= 0.5] for gray in (dirty, written)]
    assert sure == [[], ["added"]]


def test_what_belongs_to_a_field_all_the_same_alters_nothing() -> None:
    page = FORM.pages[0]
    words = phrase(page, "attribution statement")
    gray = scan(page)
    x0, y0, _, _ = words[0].box
    cv2.putText(gray, "Hana Banana", (px(x0), px(y0) + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 30, 2, cv2.LINE_AA)
    fit = Registration(page, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, np.zeros((0, 5), np.float32))
    assert ink_alterations(gray, DPI, fit, 1)
    assert ink_alterations(gray, DPI, fit, 1, [(x0 - 2, y0 - 12, x0 + 80, y0 + 4)]) == ()


def test_an_addition_at_a_line_s_end_runs_into_the_margin() -> None:
    page = FORM.pages[0]
    last = max(page.clause_words(), key=lambda word: (word.box[2], word.baseline))
    gray = scan(page)
    place = (px(last.box[2]) + 12, px(last.baseline))
    cv2.putText(gray, "(see note)", place, cv2.FONT_HERSHEY_COMPLEX, 0.6, 40, 1, cv2.LINE_AA)
    assert [a.kind for a in found(page, gray) if a.confidence >= 0.5] == ["added"]


WORDS_AT = (("\u2013", 60.0), ("right", 100.0))


def test_a_scanner_s_streak_down_the_page_strikes_nothing() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    beside = max(word.box[2] for word in page.clause_words()) + 14
    cv2.line(gray, (px(beside), px(130)), (px(beside) + 3, px(330)), 60, 2, cv2.LINE_AA)
    assert found(page, gray) == []


def test_a_dash_is_no_word_that_is_struck_out() -> None:
    print_of_two = [PrintedWord(text, (x, 40, x + 20, 50), "Times", 10.0, 48.0, (x, x + 20.0)) for text, x in WORDS_AT]
    picture = np.full((px(100), px(200)), 255, np.uint8)
    page = FormPage(1, 200.0, 100.0, tuple(print_of_two), (), (), (), (0, 1), Path(), picture=picture)
    paper = np.full((px(100), px(200)), 0.5, np.float32)
    view = Clauses(page, (0, 0, 200, 100), paper, paper, paper > 0, True)
    seen = clause_words(view, np.zeros(paper.shape, np.bool_))
    assert [fit.word.text for fit in seen.fits] == ["right"]


def test_half_a_short_word_in_a_printer_s_streak_is_innocent() -> None:
    page = FORM.pages[1]
    gray = scan(page)
    short = next(word for word in page.clause_words() if word.text == "to")
    middle = px((short.box[0] + short.box[2]) / 2)
    gray[px(short.box[1]) - 4 : px(short.box[3]) + 4, middle : px(short.box[2]) + 2] = 238
    assert found(page, gray) == []


def test_a_faded_word_stands_there_all_the_same() -> None:
    """Toner ran out: the letters are pale, but all there."""
    page = FORM.pages[1]
    gray = scan(page)
    (word,) = phrase(page, "unencumbered")
    x0, y0, x1, y1 = (px(value) for value in word.box)
    cut = np.s_[y0 - 3 : y1 + 3, x0 - 2 : x1 + 2]
    gray[cut] = (238 - 0.45 * (238 - gray[cut].astype(np.float32))).astype(np.uint8)
    assert found(page, gray) == []
