"""A form filled in: the printed page, and what someone wrote, typed or pasted on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.forms.form import Form, FormField, FormPage, PrintedWord
from sample_scans.maker import hand as pen
from sample_scans.maker import paper
from sample_scans.maker.fonts import FOLDER, load_font
from sample_scans.maker.hand import Hand
from sample_scans.maker.sheet import BLACK, Bar, Colour, Entry, InkNote, Item, Note, Picture, Sheet, Typing

Means = Literal["hand", "type", "script", "flourish", "pasted", "photo", "note", "ink note", "entry"]
"""How it was put there: by hand; typed; typed in a script font; an illegible signature; a pasted picture of
handwriting, or a photo of it; a FreeText annotation; an Ink annotation; a form field of the PDF."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What stands in one field. Lengths in points; a newline starts a new line."""

    text: str
    by: Means = "hand"
    height: float = 0.0
    """Height of the capitals of handwriting, size of typing; 0: the usual one of `by`."""
    dx: float = 0.0
    dy: float = 0.0
    """From the field's own place, right and down."""
    tilt_deg: float = 0.0
    leading: float = 0.0
    """From line to line; 0: by height."""
    colour: Colour | None = None
    font: str = ""
    """Of typing."""
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """Clause words changed: `words` as printed, struck out by pen, or set anew as `instead` (typed), or both by pen."""

    page: int
    words: str
    instead: str = ""
    typed: bool = False


USUAL_HEIGHT: dict[str, float] = {
    "hand": 9.0, "flourish": 24.0, "pasted": 16.0, "photo": 13.0, "ink note": 24.0,
    "type": 10.0, "script": 15.0, "note": 10.0, "entry": 9.0,
}  # fmt: skip


def printed(page: FormPage) -> Sheet:
    """The blank page."""
    words = tuple(_print_word(word) for word in page.words)
    return Sheet(page.width, page.height, words + tuple(Bar(rule) for rule in page.rules))


def _print_word(word: PrintedWord) -> Typing:
    font = word.font.rpartition("+")[2].lower()
    known = any((FOLDER / f"{font}{end}").exists() for end in (".otf", ".ttf"))
    return Typing(word.text, word.xs[0], word.baseline, font if known else "lmroman10-regular", word.size, xs=word.xs)


def find_words(page: FormPage, text: str) -> tuple[PrintedWord, ...]:
    """The printed words that say `text`. Raises ValueError where the page does not print it."""
    wanted = text.split()
    texts = [word.text for word in page.words]
    for start in range(len(texts) - len(wanted) + 1):
        if texts[start : start + len(wanted)] == wanted:
            return page.words[start : start + len(wanted)]
    raise ValueError(f"page {page.number} does not print {text!r}")


def _width(writing: Writing, hand: Hand, height: float) -> float:
    lines = writing.text.split("\n")
    if writing.by in ("hand", "pasted", "photo"):
        return max(pen.text_width(line, hand, height) for line in lines)
    font = load_font(writing.font or "arimo")
    return max(font.width(line) for line in lines) * height


def place(form: Form, field: FormField, width: float) -> tuple[float, float]:
    """Left end of the baseline where writing `width` points wide is put: on the rule, or right of the label."""
    if field.rule:
        x0, y0, x1, y1 = field.rule
        if field.kind == "tick":
            return x0 + 1.5, y1 - 1.5
        middle = (x0 + x1) / 2
        return max(60.0, middle - width / 2), y0 - 2.5
    label = find_words(form.pages[field.page - 1], field.label)[-1]
    return label.box[2] + 9, label.baseline


def fill(form: Form, field: FormField, writing: Writing, hand: Hand, rng: np.random.Generator) -> tuple[Item, ...]:
    """What `writing` puts on the field's page."""
    if field.kind == "signature" and writing.by in ("hand", "pasted", "photo"):
        hand = hand.signing()
    if writing.colour:
        hand = replace(hand, colour=writing.colour)
    height = writing.height or USUAL_HEIGHT[writing.by]
    x, y = place(form, field, _width(writing, hand, height))
    at = (x + writing.dx, y + writing.dy)
    match writing.by:
        case "hand":
            return _by_hand(writing, at, height, hand, rng)
        case "flourish":
            return pen.flourish(at, (2.6 * height, height), hand.colour, rng)
        case "ink note":
            return (InkNote(pen.flourish(at, (2.6 * height, height), hand.colour, rng)),)
        case "pasted" | "photo":
            return (_pasted(writing, at, height, hand, rng),)
        case "entry":
            return _entry(field, writing, at, height)
        case _:
            return _typed(writing, at, height)


def _by_hand(
    writing: Writing, at: tuple[float, float], height: float, hand: Hand, rng: np.random.Generator
) -> tuple[Item, ...]:
    leading = writing.leading or 1.75 * height
    items: list[Item] = []
    for number, line in enumerate(writing.text.split("\n")):
        start = (at[0] + float(rng.normal(0, 1.5)) * min(number, 1), at[1] + number * leading)
        items += pen.write(line, start, height, hand, rng, writing.tilt_deg)
    if writing.underlined:
        width = pen.text_width(writing.text, hand, height)
        items.append(pen.underline((at[0] - 4, at[1] + 0.45 * height), width + 8, hand.colour, rng))
    return tuple(items)


def _typed(writing: Writing, at: tuple[float, float], size: float) -> tuple[Item, ...]:
    leading = writing.leading or 1.25 * size
    font = writing.font or ("la-belle-aurore" if writing.by == "script" else "arimo")
    colour = writing.colour or BLACK
    lines = [(line, at[0], at[1] + i * leading) for i, line in enumerate(writing.text.split("\n"))]
    if writing.by == "note":
        return tuple(Note(line, x, y, size, colour) for line, x, y in lines)
    return tuple(Typing(line, x, y, font, size, colour) for line, x, y in lines)


def _entry(field: FormField, writing: Writing, at: tuple[float, float], size: float) -> tuple[Item, ...]:
    if field.rule:
        box = (field.rule[0] - 60, at[1] - 1.2 * size, field.rule[2] + 90, at[1] + 0.4 * size)
    else:
        box = (at[0] - 4, at[1] - 1.1 * size, at[0] + 190, at[1] + 0.4 * size)
    return (Entry(field.name, writing.text, box, size),)


def _pasted(writing: Writing, at: tuple[float, float], height: float, hand: Hand, rng: np.random.Generator) -> Picture:
    """Handwriting on a scrap of paper, cut out (transparent) or photographed (its paper shows), pasted as a picture."""
    width = pen.text_width(writing.text, hand, height)
    frame = (width + 1.6 * height, 2.6 * height)
    scrap = Sheet(frame[0], frame[1])
    start = (0.7 * height, 1.75 * height)
    if writing.text:
        scrap = scrap.plus(*pen.write(writing.text, start, height, hand, rng, writing.tilt_deg))
    else:
        frame = (3.4 * height, 2.2 * height)
        scrap = Sheet(*frame, pen.flourish((0.3 * height, 1.5 * height), (2.6 * height, height), hand.colour, rng))
    dpi = 150.0
    if writing.by == "photo":
        pixels = paper.photo(
            paper.on_paper(scrap, dpi, rng), rng, tilt=0.01, margin=0.0, shadow=0.3, warmth=0.35, on_desk=False
        )
    else:
        drawn = paper.render(scrap, dpi)
        alpha = 255 - drawn.min(axis=2, keepdims=True)
        solid = np.broadcast_to(np.array(hand.colour, np.uint8), drawn.shape)
        pixels = np.concatenate([solid, alpha], axis=2)
    left, top = at[0] - 0.7 * height, at[1] - 1.75 * height
    return Picture(np.ascontiguousarray(pixels), (left, top, left + frame[0], top + frame[1]))


def edited(sheet: Sheet, page: FormPage, edit: Edit, hand: Hand, rng: np.random.Generator) -> Sheet:
    """The sheet with clause words changed."""
    words = find_words(page, edit.words)
    if edit.typed:
        gone = {_print_word(word) for word in words}
        first = _print_word(words[0])
        fresh = Typing(edit.instead, first.x, first.y, first.font, first.size)
        return replace(sheet, items=(*(item for item in sheet.items if item not in gone), fresh))
    items: list[Item] = []
    for baseline in sorted({word.baseline for word in words}):
        line = [word for word in words if word.baseline == baseline]
        start, end = (line[0].box[0] - 2, baseline - 2.6), (line[-1].box[2] + 2, baseline - 3.2)
        items.append(pen.strike(start, end, hand.colour, rng))
    if edit.instead:
        at = (words[0].box[0] - 1, words[0].box[1] - 1.5)
        items += pen.write(edit.instead, at, 5.5, replace(hand, pen=0.1), rng)
    return sheet.plus(*items)
