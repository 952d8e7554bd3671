"""A page with the form's words in another layout, registered by its words: re-typeset, or sent out so by a conference.

The words of the pages are aligned with the form's, in order. What of the page is the form's print is then known word
by word, so the page becomes a form page of its own: the print in the page's own places, and each field between the
words that surround it in the form. All that reads a form page reads it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from pipeline.datamodel.normalizing import normalize_word
from pipeline.forms.form import PRINT_DPI, Form, FormArea, FormField, FormPage, PrintedWord, Zone, retypeset_label
from pipeline.registration.register import Registration

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

LEAST_COVERED = 0.6
"""Share of a form's words that must stand in the pages, in order, for them to be that form. Pages of 420 returns on the
form have 0.9 and more by their text layer, another publisher's agreement at most 0.35: articles share small words."""
SURELY_READ = 0.85
"""Share of a form's words found from which the rest is not there, rather than not read."""
LEFT_OUT_WORDS = 5
"""Words of the clauses in a row that are not there, from which they were left out or struck out."""
LEAST_PAGE_WORDS = 12
"""Words of the form from which a page has a part of it."""
GAP_ALIKE = 70.0
"""rapidfuzz ratio from which what stands between two matched words is the form's, misread or parted otherwise."""
MOST_GAP_WORDS = 4
"""Words in such a gap, at most."""
MOVED_WORDS = 5
"""Words in a row, the same as in the form, that are the form's though they stand elsewhere."""
LABEL_NEAR_WORDS = 8
"""Words of the form before a label among which one must be found for the place of the label to be known."""
LABEL_BAND_PT = 90.0
"""Paper under such a word in which the label is looked for: three lines, set wide."""
BAND_ABOVE_PT = 4.0
"""Paper above that word that is read with it."""
LEAST_LETTERS = 4
"""Letters of a word that is found misread by itself."""
PRINT_MARGIN_PT = 1.0
"""How far print reaches over its word's box."""
MOST_SIGN_PT = 7.0
"""Height, points, of a sign that the form has no word for up to which it is print: a dash, a bullet. What OCR takes for
a taller one, "@", is a pen's flourish. Set by eye."""
SIGN_LETTERS = 2
MOST_SHORT = 1.5
"""Height of a word of up to SIGN_LETTERS letters, in parts of the usual word's, up to which it may be the form's, as
the page's number is. Set by eye."""
RULE_PT = 40.0
"""Shortest rule that is taken for print."""
RULE_HIGH_PT = 2.5
"""Highest one."""
DARK = 170
"""Brightness below which a pixel is print, on paper of 255."""
LAST_MARGIN_PT = 20.0
"""Paper at the page's foot that belongs to no field."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of the page; `box` in points of the page set upright, origin top left."""

    text: str
    box: Zone
    sure: float = 100.0
    """How sure the OCR program is of it, 0..100; 100 where the file itself has it as text."""


@dataclass(frozen=True, slots=True)
class WordPage:
    """An upright page with its words in reading order."""

    words: tuple[PlacedWord, ...]
    paper: Gray
    """(H, W) at PRINT_DPI, white paper."""
    to_page: Matrix
    """Points of the upright page -> inches of the page as a viewer shows it."""
    unread: tuple[Zone, ...] = ()
    """Lines of running text that were not read, points."""


@dataclass(frozen=True, slots=True)
class _FormWord:
    page: FormPage
    place: int

    @property
    def word(self) -> PrintedWord:
        return self.page.words[self.place]


Band = tuple[float, float]
"""From where to where, down a page, in points."""
ReadAgain = Callable[[WordPage, Sequence[Band]], WordPage]
"""Reads some bands of a page again, larger, and gives the page with what stands there."""

OpCode = tuple[str, int, int, int, int]
"""What became of a stretch of the form's words, as `SequenceMatcher.get_opcodes` tells it."""

Pairs = Mapping[int, int]
"""Places of words of the form, over all its pages, by places of words of the return, over all of its."""


def align(form: Form, words: Sequence[str]) -> dict[int, int]:
    """Which of these words, in reading order, is which of the form's: place of the word -> place in the form."""
    own = [normalize_word(item.word.text) for item in _form_words(form)]
    seen = [normalize_word(word) for word in words]
    pairs: dict[int, int] = {}
    matcher = SequenceMatcher(None, _told_apart(own), _told_apart(seen), autojunk=False)
    codes = _without_chance(matcher.get_opcodes(), own, seen)
    for tag, a0, a1, b0, b1 in codes:
        if tag == "equal":
            pairs.update(zip(range(b0, b1), range(a0, a1), strict=True))
        elif tag == "replace":
            pairs.update(_misread(own, range(a0, a1), seen, range(b0, b1)))
    return _behind_filled(form, _with_moved(pairs, own, seen), own, seen)


def _told_apart(words: Sequence[str]) -> list[str]:
    """The words; a sign without letters with the word before it, as it is like any other: a dash far down would take
    the place of the one before a label."""
    return [word or f"{before} -" for before, word in zip(["", *words], words, strict=False)]


def _with_moved(pairs: Pairs, own: Sequence[str], seen: Sequence[str]) -> dict[int, int]:
    """The same with what stands in another order: a footnote that came to the end of the text, under the signature."""
    left = [place for place in range(len(own)) if place not in set(pairs.values())]
    free = [at for at in range(len(seen)) if at not in pairs]
    found = dict(pairs)
    left_words, free_words = ([words[at] for at in some] for words, some in ((own, left), (seen, free)))
    matcher = SequenceMatcher(None, _told_apart(left_words), _told_apart(free_words), autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.size >= MOVED_WORDS:
            places, spots = left[block.a : block.a + block.size], free[block.b : block.b + block.size]
            found.update(zip(spots, places, strict=True))
            found.update(_rest_of_moved(places[-1], spots[-1], 1, found, own, seen))
            found.update(_rest_of_moved(places[0], spots[0], -1, found, own, seen))
    return found


def _rest_of_moved(
    place: int, at: int, step: int, known: Pairs, own: Sequence[str], seen: Sequence[str]
) -> dict[int, int]:
    """What stands behind (`step` 1) or before (-1) a moved stretch as it does in the form, but for slips of OCR."""
    taken, found = set(known.values()), dict[int, int]()
    place, at = place + step, at + step
    while 0 <= place < len(own) and 0 <= at < len(seen) and place not in taken and at not in known:
        if fuzz.ratio(own[place], seen[at]) < GAP_ALIKE:
            break
        found[at] = place
        place, at = place + step, at + step
    return found


def _without_chance(codes: Sequence[OpCode], own: Sequence[str], seen: Sequence[str]) -> list[OpCode]:
    """The same where a sign was found too early by chance: a flourish read "2" as the page's number, so that all of the
    form's words before it seem to lack, and all of the page's up to the number itself to be added."""
    found: list[OpCode] = []
    for code in codes:
        if [c[0] for c in (*found[-2:], code)] == ["delete", "equal", "insert"] and code[4] > code[3]:
            (_, a0, a1, b0, _), (_, _, _, _, b1) = found[-2], code
            last = max(at for at in range(b0, b1) if seen[at] == own[a1])
            if found[-1][2] - a1 == 1 and len(own[a1]) <= SIGN_LETTERS and last > b0:
                found[-2:] = [("replace", a0, a1, b0, last), ("equal", a1, a1 + 1, last, last + 1)]
                code = ("insert", a1 + 1, a1 + 1, last + 1, b1)
        found.append(code)
    return found


def _behind_filled(form: Form, pairs: Pairs, own: Sequence[str], seen: Sequence[str]) -> dict[int, int]:
    """The same where what was filled in behind a label begins with the word that the form prints next: "The"."""
    moved = dict(pairs)
    places = {place: at for at, place in pairs.items()}
    for place in _behind_labels(form):
        at, following = places.get(place), places.get(place + 1)
        if at is None or following is None or following - at < 2 or following - 1 in moved:
            continue
        if seen[following - 1] == own[place]:
            del moved[at]
            moved[following - 1] = place
    return moved


def _behind_labels(form: Form) -> list[int]:
    """Places, over all pages, of the words that the form prints after its labels."""
    starts = np.cumsum([0, *(len(page.words) for page in form.pages)])
    return [
        int(start) + _label(page, f).stop for page, start in zip(form.pages, starts, strict=False) for f in page.fields
    ]


def _misread(own: Sequence[str], form: range, seen: Sequence[str], page: range) -> dict[int, int]:
    """The same for a stretch in which no word is equal: words misread, or parted and joined otherwise.

    What was filled in may stand among them.
    """
    together = ("".join(some[i] for i in part) for some, part in ((own, form), (seen, page)))
    if max(len(form), len(page)) <= MOST_GAP_WORDS and fuzz.ratio(*together) >= GAP_ALIKE:
        return {at: min(form.start + i, form.stop - 1) for i, at in enumerate(page)}
    pairs: dict[int, int] = {}
    at = page.start
    for place in form:
        alike = (i for i in range(at, page.stop) if fuzz.ratio(own[place], seen[i]) >= GAP_ALIKE)
        if len(own[place]) >= LEAST_LETTERS and (found := next(alike, None)) is not None:
            back = next((n for n in range(found - at + 1) if n and own[place - n] != seen[found - n]), found - at + 1)
            pairs.update((found - n, place - n) for n in range(min(back, place - form.start + 1)))
            at = found + 1
    return pairs


def coverage(form: Form, pairs: Pairs) -> float:
    """Share of the form's words that were found."""
    return len(set(pairs.values())) / max(1, sum(len(page.words) for page in form.pages))


def register_by_words(
    pages: Sequence[WordPage | None], form: Form, read_again: ReadAgain = lambda page, _: page
) -> tuple[Registration | None, ...]:
    """Each page laid on a form page of its own, where the pages together have the form's words; None elsewhere.

    `read_again`: for where labels should stand that were not read: ink beside a label may spoil it.
    """
    pages, spread, pairs = _aligned(pages, form)
    if coverage(form, pairs) < LEAST_COVERED:
        return (None,) * len(pages)
    bands = _bands_without_labels(form, pairs, spread)
    if bands:
        again = [page and (read_again(page, bands[n]) if n in bands else page) for n, page in enumerate(pages)]
        more = _aligned(again, form)
        if len(more[2]) > len(pairs):
            pages, spread, pairs = more
    starts = {number: next(i for i, (n, _) in enumerate(spread) if n == number) for number, _ in spread}
    return tuple(
        _registered(
            page, form, {place - starts[number]: at for place, at in pairs.items() if spread[place][0] == number}
        )
        if page and number in starts
        else None
        for number, page in enumerate(pages)
    )


Spread = list[tuple[int, PlacedWord]]
"""The words of all pages, each with its page's place."""


def _aligned(pages: Sequence[WordPage | None], form: Form) -> tuple[Sequence[WordPage | None], Spread, dict[int, int]]:
    """The pages with their words in the order in which they say more of the form, all of them, and which is which."""
    orders = ([page and replace(page, words=by_place(page.words)) for page in pages], list(pages))
    tried = [(some, _spread(some)) for some in orders]
    found = [(some, spread, align(form, [word.text for _, word in spread])) for some, spread in tried]
    return max(found, key=lambda t: len(t[2]))


def _bands_without_labels(form: Form, pairs: Pairs, spread: Spread) -> dict[int, list[Band]]:
    """By the page's place where labels of the form should stand on scans, of which no word was read."""
    found = {place: spread[at] for at, place in pairs.items()}
    bands: dict[int, list[Band]] = {}
    starts = np.cumsum([0, *(len(page.words) for page in form.pages)])
    for start, page in zip(starts.tolist(), form.pages, strict=False):
        for label in (_label(page, field) for field in page.fields):
            if not label or any(start + place in found for place in label):
                continue
            before = range(start + label.start - 1, start + label.start - 1 - LABEL_NEAR_WORDS, -1)
            number, word = next((found[place] for place in before if place in found), (0, None))
            if word is not None and word.sure < 100:
                bands.setdefault(number, []).append((word.box[1] - BAND_ABOVE_PT, word.box[3] + LABEL_BAND_PT))
    return bands


def _spread(pages: Sequence[WordPage | None]) -> Spread:
    return [(number, word) for number, page in enumerate(pages) if page for word in page.words]


def by_place(words: Sequence[PlacedWord]) -> tuple[PlacedWord, ...]:
    """Words line by line: an editor's text layer has those that it moved at its end."""
    high = float(np.median([_high(word.box) for word in words])) if words else 0.0
    lines: list[list[PlacedWord]] = []
    for word in sorted(words, key=lambda w: w.box[3]):
        if lines and word.box[3] - lines[-1][-1].box[3] < 0.5 * high:
            lines[-1].append(word)
        else:
            lines.append([word])
    return tuple(word for line in lines for word in sorted(line, key=lambda w: w.box[0]))


def form_pages_found(fits: Sequence[Registration], form: Form) -> frozenset[int]:
    """The form's pages of which most words stand on these pages, 1-based."""
    stands = [place for fit in fits for place in fit.page.origin]
    found = set(stands)
    starts = np.cumsum([0, *(len(page.words) for page in form.pages)])
    return frozenset(
        page.number
        for page, start in zip(form.pages, starts, strict=False)
        if len(found & set(range(start, start + len(page.words)))) >= LEAST_COVERED * len(page.words)
    )


def clauses_left_out(fits: Sequence[Registration], form: Form) -> list[str]:
    """Stretches of the clauses that no word of these pages says: left out, struck out or said otherwise.

    Nothing where the pages were badly read.
    """
    found = {place for fit in fits for place in fit.page.origin}
    everything = _form_words(form)
    if len(found) < SURELY_READ * len(everything):
        return []
    missing = [
        place for place, item in enumerate(everything) if place not in found and _is_clause(item.page, item.place)
    ]
    runs: list[list[int]] = []
    for place in missing:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [" ".join(everything[place].word.text for place in run) for run in runs if len(run) >= LEFT_OUT_WORDS]


def _is_clause(page: FormPage, place: int) -> bool:
    return page.clauses is not None and page.clauses[0] <= place <= page.clauses[1]


def _form_words(form: Form) -> list[_FormWord]:
    return [_FormWord(page, place) for page in form.pages for place in range(len(page.words))]


def _registered(page: WordPage, form: Form, pairs: Pairs) -> Registration | None:
    """One page of the return. `pairs`: its words by place on the page."""
    if len(pairs) < LEAST_PAGE_WORDS:
        return None
    own = _own_page(page, form, pairs)
    middles = [((w.box[0] + w.box[2]) / 2, (w.box[1] + w.box[3]) / 2, 0.0, 0.0, 1.0) for w in own.words]
    return Registration(own, page.to_page, 1.0, np.array(middles, np.float32))


# --- a form page of its own ---------------------------------------------------------------------------------------


def _own_page(page: WordPage, form: Form, pairs: Pairs) -> FormPage:
    """The page as a form page: its print, and the form's fields where its words put them."""
    height, width = (side * 72 / PRINT_DPI for side in page.paper.shape)
    everything = _form_words(form)
    places: dict[int, Zone] = {}
    texts: dict[int, str] = {}
    for at, place in sorted(pairs.items()):
        word = page.words[at]
        places[place] = _hull(places[place], word.box) if place in places else word.box
        texts[place] = texts.get(place, "") + word.text
    order = sorted(places)
    printed = tuple(
        PrintedWord(texts[place], places[place], "", _high(places[place]), places[place][3], (places[place][0],))
        for place in order
    )
    counts: dict[int, int] = {}
    for place in order:
        counts[everything[place].page.number] = counts.get(everything[place].page.number, 0) + 1
    number = max(counts, key=lambda n: counts[n])
    fields, areas = _fields(form, places, (width, height))
    usual = float(np.median([_high(page.words[at].box) for at in pairs]))
    boxes = [w.box for at, w in enumerate(page.words) if _is_print(w, at in pairs, usual)]
    return FormPage(
        number,
        width,
        height,
        printed,
        (),
        fields,
        areas,
        None,
        Path(),
        retypeset_label(form.label),
        _print(page.paper, boxes),
        tuple(order),
        " ".join(item.word.text for item in everything),
    )


def _is_print(word: PlacedWord, matched: bool, usual: float) -> bool:
    """Whether a word is the form's: it was `matched` with one of its words, or is a sign without letters; and no higher
    than that allows. `usual`: height of the page's words, points."""
    letters = len(normalize_word(word.text))
    if not matched:
        return letters == 0 and _high(word.box) <= MOST_SIGN_PT
    return letters > SIGN_LETTERS or _high(word.box) <= MOST_SHORT * usual


def _hull(a: Zone, b: Zone) -> Zone:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _high(box: Zone) -> float:
    return box[3] - box[1]


def _print(paper: Gray, boxes: Sequence[Zone]) -> Gray:
    """The page with nothing on it but the words in `boxes`, points, and its rules."""
    scale = PRINT_DPI / 72
    kept = np.zeros(paper.shape, np.bool_)
    for box in boxes:
        x0, y0, x1, y1 = (
            max(0, round((v + m) * scale))
            for v, m in zip(box, (-PRINT_MARGIN_PT,) * 2 + (PRINT_MARGIN_PT,) * 2, strict=True)
        )
        kept[y0:y1, x0:x1] = True
    dark = (paper < DARK).view(np.uint8)
    long = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, round(RULE_PT * scale)), np.uint8))
    thick = cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((round(RULE_HIGH_PT * scale), 1), np.uint8))
    return np.where(kept | ((long > 0) & (thick == 0)), paper, np.uint8(255)).astype(np.uint8)


def _fields(
    form: Form, places: Mapping[int, Zone], size: tuple[float, float]
) -> tuple[tuple[FormField, ...], tuple[FormArea, ...]]:
    """The fields whose labels stand on the page, in its places, and the areas that hold them."""
    fields: list[FormField] = []
    areas: list[FormArea] = []
    start = 0
    for page in form.pages:
        for area in page.areas:
            asked = sorted(page.fields_of(area), key=lambda f: f.zone[1])
            labels = {f.name: _label(page, f) for f in asked}
            there = [f for f in asked if any(start + place in places for place in labels[f.name])]
            if there:
                own = _area_fields(page, start, area, there, labels, places, size)
                fields += own
                low = min(f.zone[1] for f in own) - (there[0].zone[1] - area.zone[1])
                areas.append(
                    FormArea(
                        (0.0, max(0.0, low), size[0], max(f.zone[3] for f in own)),
                        "rows" if area.layout == "rows" else "boxes",
                    )
                )
        start += len(page.words)
    return tuple(fields), tuple(areas)


def _area_fields(
    page: FormPage,
    start: int,
    area: FormArea,
    there: Sequence[FormField],
    labels: Mapping[str, range],
    places: Mapping[int, Zone],
    size: tuple[float, float],
) -> list[FormField]:
    """The fields of an area, each from its label's line down to the next one's, the last to the print below."""
    tops = []
    for field in there:
        on_page = [(place, places[start + place]) for place in labels[field.name] if start + place in places]
        place, box = on_page[-1]
        tops.append(box[1] + (field.zone[1] - page.words[place].box[1]))
    last = there[-1]
    foot = min(
        [
            tops[-1] + area.zone[3] - last.zone[1],
            size[1] - LAST_MARGIN_PT,
            *(y for y in _printed_below(page, start, labels[last.name], places) if y > tops[-1] + _high(last.zone) / 2),
        ]
    )
    ends = [*tops[1:], foot]
    return [
        replace(field, zone=(0.0, max(0.0, top), size[0], max(end, top + 4.0)), rule=None)
        for field, top, end in zip(there, tops, ends, strict=True)
    ]


def _printed_below(page: FormPage, start: int, label: range, places: Mapping[int, Zone]) -> list[float]:
    """Tops, on the return's page, of the words that the form prints after a label."""
    return [places[start + place][1] for place in range(label.stop, len(page.words)) if start + place in places]


def _label(page: FormPage, field: FormField) -> range:
    """Places of a field's label among the words of its page: of several alike the one nearest to the zone's top."""
    sought = [normalize_word(word) for word in field.label.split()]
    sought = [word for word in sought if word]
    words = [normalize_word(word.text) for word in page.words]
    at = [i for i in range(len(words) - len(sought) + 1) if words[i : i + len(sought)] == sought]
    middle = (field.zone[1] + field.zone[3]) / 2
    best = min(at, key=lambda i: abs(page.words[i + len(sought) - 1].baseline - middle), default=None)
    return range(best, best + len(sought)) if best is not None else range(0)
