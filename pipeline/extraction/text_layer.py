"""Typing that the file itself holds as text, apart from the form's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.normalizing import normalize_word
from pipeline.datamodel.records import Box, LineSource
from pipeline.documents.document import Word
from pipeline.extraction.script_fonts import is_script_font
from pipeline.forms.form import FormPage, PrintedWord, Zone
from pipeline.registration.register import Registration

REAL_SHARE = 0.7
"""A layer with this share of the form's words is the form's own text, not OCR or a scanner's stamp."""
SHORT_WORD = 2
"""Letters of a word that may occur anywhere: it is the form's only near to where the form prints it."""
SHORT_WORD_PT = 30.0
"""Points, across and down, within which so short a word is the form's."""
SAME_LINE = 0.5
"""Words whose heights overlap by this share stand on one line."""
WORD_GAP = 2.5
"""Words further apart than this many times their height belong to different lines."""
SIGNS = frozenset("/.,-:;&\u2013\u2014")
"""Signs that people set with blanks around them."""
LEAST_SPACED = 4
"""Single characters in a row, evenly apart, from which they are one word that was set letter by letter. Set by eye."""
LEAST_BESIDE = 2
"""The same where another word of the row was set so, with the same distances."""
UNEVEN_STEP = 0.35
"""By so much of their mean the distances of such characters' middles may differ: a full stop is narrower than a digit.
Set by eye."""


Placed = tuple[Word, Zone]
"""A word with its place in form points."""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line of typed fill-in; `box` in form points."""

    text: str
    box: Zone
    source: LineSource
    fonts: frozenset[str]


def _matched(form_words: Sequence[str], page_words: Sequence[str]) -> dict[int, int]:
    """Page words that belong to the form's text, in its order: index of each -> index of the form's word."""
    blocks = SequenceMatcher(None, form_words, page_words, autojunk=False).get_matching_blocks()
    return {block.b + k: block.a + k for block in blocks for k in range(block.size)}


def form_share(words: Sequence[Word], page: FormPage) -> float:
    """Share of the form's words that the visible text layer has, in order."""
    layer = [word for word in words if _is_visible_layer(word)]
    return len(_matched(*_in_order(layer, page))) / max(1, len(page.words))


def _is_visible_layer(word: Word) -> bool:
    return word.source == "text_layer" and not word.invisible


def _in_order(layer: Sequence[Word], page: FormPage) -> tuple[list[str], list[str]]:
    """The form's words and the layer's, as they are compared."""
    return [normalize_word(w.text) for w in page.words], [normalize_word(w.text) for w in layer]


def in_form_frame(words: Sequence[Word], fit: Registration, size_in: tuple[float, float]) -> list[Placed]:
    """Each word's box in form points; `size_in` is the page's width and height in inches as a viewer shows it."""
    return list(zip(words, boxes_in_form_frame([w.box for w in words], fit, size_in), strict=True))


def boxes_in_form_frame(boxes: Sequence[Box], fit: Registration, size_in: tuple[float, float]) -> list[Zone]:
    """Boxes on the page as zones in form points; `size_in` is the page's width and height in inches."""
    if not boxes:
        return []
    corners = np.array([[(box.x0, box.y0), (box.x1, box.y1)] for box in boxes], np.float64)
    flat = cv2.perspectiveTransform((corners * np.array(size_in)).reshape(1, -1, 2), np.linalg.inv(fit.matrix))
    flat = flat.reshape(-1, 2, 2)
    low, high = flat.min(axis=1), flat.max(axis=1)
    return [(float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])) for lo, hi in zip(low, high, strict=True)]


def _may_be(word: Word, box: Zone, printed: PrintedWord) -> bool:
    """Whether a word that fits the form's text in order is the form's: a short one must also stand where it should.

    A lone "2" may be the page's number or the day of a date.
    """
    if len(normalize_word(word.text)) > SHORT_WORD:
        return True
    return abs(box[0] - printed.box[0]) < SHORT_WORD_PT and abs(box[1] - printed.box[1]) < SHORT_WORD_PT


def _overlap(a: Zone, b: Zone) -> float:
    """Share of `a` that `b` covers."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    area = max((a[2] - a[0]) * (a[3] - a[1]), 1e-6)
    return max(0.0, w) * max(0.0, h) / area


def _stands_as_print(word: Word, box: Zone, page: FormPage) -> bool:
    """Whether a word stands where the form prints the same, or a piece of the same."""
    text = normalize_word(word.text)
    alike = (w for w in page.words if text in normalize_word(w.text) or normalize_word(w.text) in text)
    return any(max(_overlap(box, printed.box), _overlap(printed.box, box)) > 0.3 for printed in alike)


def fill_ins(words: Sequence[Word], fit: Registration, size_in: tuple[float, float], area: Zone) -> list[Placed]:
    """Typed words inside `area` (form points) that are not the form's, with their places: layer, fields, annotations.

    A layer drawn invisibly is some program's OCR of the picture and counts for nothing; so does a visible one that
    lacks most of the form's words, because it may be a scanner's stamp. What a certificate signature shows is left out,
    too: see `areas.Stamp`.
    """
    layer = [i for i, w in enumerate(words) if _is_visible_layer(w)]
    own = _matched(*_in_order([words[i] for i in layer], fit.page))
    real = len(own) >= REAL_SHARE * len(fit.page.words)
    usable = [
        i
        for i, w in enumerate(words)
        if not w.invisible and ((w.source == "text_layer" and real) or w.source in ("form_field", "annotation"))
    ]
    printed = {layer[i]: fit.page.words[k] for i, k in own.items()}
    placed = in_form_frame([words[i] for i in usable], fit, size_in)
    filled = [
        bool(normalize_word(w.text))
        and not (i in printed and _may_be(w, box, printed[i]))
        and area[0] <= (box[0] + box[2]) / 2 <= area[2]
        and area[1] <= (box[1] + box[3]) / 2 <= area[3]
        and not _stands_as_print(w, box, fit.page)
        for i, (w, box) in zip(usable, placed, strict=True)
    ]
    return [item for n, item in enumerate(placed) if filled[n] or _is_sign_between(placed, filled, n)]


def _is_sign_between(placed: Sequence[Placed], filled: Sequence[bool], at: int) -> bool:
    """Whether a word is a lone sign between two fill-ins close by, as in `13 / 10 / 2026`: alone it says nothing."""
    word, box = placed[at]
    if word.text not in SIGNS or not 0 < at < len(placed) - 1 or not (filled[at - 1] and filled[at + 1]):
        return False
    before, after = placed[at - 1][1], placed[at + 1][1]
    near = WORD_GAP * max(before[3] - before[1], 6.0)
    return -near < box[0] - before[2] < near and -near < after[0] - box[2] < near


def typed_lines(placed: Sequence[Placed]) -> tuple[TypedLine, ...]:
    """Words with their places as lines."""
    return tuple(_line(group) for group in group_lines(placed))


def group_lines(placed: Sequence[Placed]) -> list[list[Placed]]:
    """The words of each line, from left to right. What is set in a script font is a line of its own: a signature whose
    tail hangs over the date."""
    rows: list[list[Placed]] = []
    for item in sorted(placed, key=lambda p: (p[1][1] + p[1][3]) / 2):
        row = next((r for r in rows if _same_row(r[-1][1], item[1]) and _same_hand(r[-1][0], item[0])), None)
        if row is None:
            rows.append([item])
        else:
            row.append(item)
    return [part for row in rows for part in _split_gaps(_spaced_joined(sorted(row, key=lambda p: p[1][0])))]


def _spaced_joined(row: list[Placed]) -> list[Placed]:
    """A row with characters that stand one by one, evenly, as in the comb of a form's field, put together to words."""
    runs: list[list[Placed]] = []
    for item in row:
        if runs and _in_step([*runs[-1], item]):
            runs[-1].append(item)
        else:
            runs.append([item])
    spaced = [_steps(run).mean() for run in runs if len(run) >= LEAST_SPACED]
    joined: list[Placed] = []
    for run in runs:
        beside = len(run) >= LEAST_BESIDE and any(abs(_steps(run).mean() - s) <= UNEVEN_STEP * s for s in spaced)
        joined += [_together(run)] if len(run) >= LEAST_SPACED or beside else run
    return joined


def _in_step(some: Sequence[Placed]) -> bool:
    """Whether these are single characters whose middles stand at even distances."""
    if any(len(word.text) > 1 for word, _ in some):
        return False
    steps = _steps(some)
    return bool(len(steps) == 0 or np.ptp(steps) <= UNEVEN_STEP * steps.mean())


def _steps(some: Sequence[Placed]) -> npt.NDArray[np.float64]:
    """Distances between the middles of neighbours, in points."""
    return np.diff(np.array([(box[0] + box[2]) / 2 for _, box in some], np.float64))


def _together(some: Sequence[Placed]) -> Placed:
    """Words as one without spaces."""
    boxes = np.array([box for _, box in some])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    glyphs = tuple(glyph for word, _ in some for glyph in word.glyphs) if all(word.glyphs for word, _ in some) else ()
    word = replace(some[0][0], text="".join(word.text for word, _ in some), glyphs=glyphs)
    return word, (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _same_hand(a: Word, b: Word) -> bool:
    """Whether both words look written, or neither."""
    return is_script_font(a.font) == is_script_font(b.font)


def _same_row(a: Zone, b: Zone) -> bool:
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared > SAME_LINE * min(a[3] - a[1], b[3] - b[1])


def _split_gaps(row: list[Placed]) -> list[list[Placed]]:
    parts = [[row[0]]]
    for (_, before), item in pairwise(row):
        height = max(before[3] - before[1], item[1][3] - item[1][1], 6.0)
        if item[1][0] - before[2] > WORD_GAP * height:
            parts.append([])
        parts[-1].append(item)
    return parts


def _line(group: Sequence[Placed]) -> TypedLine:
    boxes = np.array([box for _, box in group])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return TypedLine(
        " ".join(w.text for w, _ in group),
        (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        group[0][0].source,
        frozenset(w.font for w, _ in group),
    )
