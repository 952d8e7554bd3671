"""Clause words that a page's ink shows otherwise than the form: struck out, painted over, changed, written between.

Everything happens in the form's frame at INK_DPI: the clauses of the registered page, print darkness against print
darkness. Each printed word is looked up where it belongs. One that falls behind the page's others is suspicious; a
small fitted model says how likely another one stands there. On 326 pages of real returns, none of them altered, the
correlation of a word fell at most 0.20 below its page's median (74,000 words); a word painted over falls by 0.6 and
more, a changed one by 0.24.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Alteration, Box
from pipeline.documents.tesseract import load_pytesseract
from pipeline.extraction.alterations.added_ink import added_ink
from pipeline.extraction.alterations.changed_word import (
    UNLIKE,
    Reading,
    UsualWord,
    changed_probability,
    measured,
    usual_word,
)
from pipeline.extraction.alterations.clause_view import (
    SCALE,
    Bools,
    Clauses,
    Gray,
    PixelBox,
    WordFit,
    clause_area,
    fit_word,
    gain,
    inked_path,
    line_through,
    place_beside,
    print_rim,
    view_clauses,
)
from pipeline.forms.form import PrintedWord, Zone
from pipeline.registration.register import Registration

ReadsLine = Callable[[Gray], str]
"""What a recognizer reads on the picture (H, W) of one line, dark on light."""

DROP = 0.16
"""Correlation below the page's median from which a word is perhaps not there as printed, and is looked at."""
FAR_DROP = 0.34
"""Correlation below the page's median from which a word alone may have been written over."""
LEAST_LETTERS = 3
"""Letters of words that are perhaps not there as printed, below which they prove nothing: of a word of two, a streak of
the printer takes as much as another word would."""
MOST_READ = 8
"""Stretches of words on a page, those that fall farthest behind, of which it is asked whether they were changed:
reading each costs a tenth of a second, and a page with more is another text or no copy to judge by."""
LOOK_CLOSER = 0.03
"""Correlation below the page's median from which a word is tested for a line through it; raised, fewer are, and
quicker."""
STRUCK = 0.30
"""Darkness, 0..1, that a line adds along a word's length beyond the print's, from which the word is struck out."""
PERHAPS_STRUCK = 0.10
"""Darkness, 0..1, of such a line from which a path through the word is sought, which need not be straight; raised,
fewer are, and quicker."""
STRUCK_IN_ROW = 0.15
"""Darkness, 0..1, of such a line from which words are struck out if ROW of them in a row have one."""
ROW = 4
"""Words one after the other through which a faint line must go."""
DRAWN = 0.17
"""Share of the paper along a path through a word that is inked beyond what the worst tenth of the page's words have,
from which a pen went through the word. Of 17,900 words on 84 real returns, web addresses left out, 0.13 is the most; of
a few words struck out by pen on made ones 0.19 is the least. Set by eye between them."""
ABOVE_PAGE = 0.12
"""Darkness, 0..1, of a line through a word beyond what the page's other words show along theirs: another font or a bad
copy darkens all."""
MOST_DOUBTFUL = 0.10
"""Share of words not there as printed beyond which the page is a bad copy or a re-typeset one and proves nothing."""
CLEAN_OCR = 80.0
"""Tesseract's confidence, 0..100, from which words that read as the form has them are clean print: writing across them
costs more than that. Set by eye; raised, more pages whose print is off its place are taken for altered."""
OFF_PLACE_PT = 3.0
"""Points by which print may stand beside its place and still be the form's; raised, writing beside words is lost."""
WRITTEN_OVER = 0.7
"""Confidence, 0..1, that somebody wrote across words that are darkened beyond their print. Set by eye."""
OVERWRITTEN = 0.06
"""Darkness, of 1, beyond the print's that writing across a word adds to its box."""
OUTLYING = 4.0
"""How much more writing across words darkens them than the page's other words are, in parts of what the worst tenth of
those is darker than their median. Of made additions 5 and more, of words in another font at most 3."""
LEAST_DARKENING = 0.004
"""Darkness, of 1, by which the worst tenth of a page's words is taken to be darker than the median at least."""
TOLD = 0.2
"""Probability, 0..1, from which a change of the clauses is kept; below, it is dirt or bad print."""
INKED = 0.30
"""Darkness, 0..1, from which a pixel is ink."""
RIM_PX = 2
"""Pixels around a printed word that its print may darken."""
STROKE_PX = (21, 61)
"""Twice the distance, pixels across and down, at which a field's stroke that a printed line hides may go on."""


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Places that follow each other."""
    return [[p for _, p in some] for _, some in groupby(enumerate(sorted(places)), lambda pair: pair[1] - pair[0])]


def _zone(words: Sequence[PrintedWord]) -> Zone:
    boxes = np.array([word.box for word in words])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(x0), float(y0), float(x1), float(y1)


def _text(words: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for word in words)


Change = tuple[str, float]
"""What stands in place of the form's words, and the probability, 0..1, that they were changed."""
SAMPLED = 10
"""Every so many words of a page are measured for how dark a line through its words usually is."""


def struck_places(fits: Sequence[WordFit], usual: float) -> list[int]:
    """Places of words that have a line through them. `usual`: the page's median correlation."""
    low = [fit for fit in fits if fit.correlation < usual - LOOK_CLOSER]
    lines = [(fit, through) for fit in low if (through := line_through(fit)) >= PERHAPS_STRUCK]
    if not lines:
        return []
    sampled = fits[::SAMPLED]
    # A bad copy darkens many words a little; a pen darkens few, much. Each stroke is judged against the page's words,
    # not against the doubtful ones alone: those may all be struck.
    typical = float(np.quantile([line_through(fit) for fit in sampled], 0.75))
    dark = {fit.place: line for fit, line in lines if line >= max(STRUCK_IN_ROW, typical + ABOVE_PAGE)}
    in_row = [place for run in _runs(list(dark)) if len(run) >= ROW for place in run]
    drawn = _drawn_through([fit for fit, _ in lines], sampled)
    return sorted({*in_row, *drawn, *(place for place, line in dark.items() if line >= STRUCK)})


def _drawn_through(fits: Sequence[WordFit], sampled: Sequence[WordFit]) -> list[int]:
    """Places of those words through which a pen went, straight or not, beside a sample of the page's words."""
    paths = {fit.place: path for fit in fits if (path := inked_path(fit)) >= DRAWN}
    if not paths:  # Mostly: then the page's other words need not be measured.
        return []
    usual = float(np.quantile([inked_path(fit) for fit in sampled], 0.9))
    return [place for place, path in paths.items() if path >= usual + DRAWN]


def _picture(view: Clauses, words: Sequence[PrintedWord]) -> Gray:
    """The page, dark on light, where these words of one line stand."""
    x0, y0, x1, y1 = _zone(words)
    left, top, right, bottom = view.px((x0 - 1.2, y0 - 2.0, x1 + 1.2, y1 + 2.0))
    return np.asarray(255 - np.clip(view.seen[top:bottom, left:right], 0, 1) * 255, np.uint8)


def _read(view: Clauses, words: Sequence[PrintedWord]) -> tuple[str, float]:
    """What Tesseract reads where these words of one line stand, and its confidence, 0..100."""
    pytesseract = load_pytesseract()
    large = cv2.resize(_picture(view, words), None, fx=2, fy=2)
    framed = cv2.copyMakeBorder(large, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255,))
    found = pytesseract.image_to_data(framed, config="--psm 7", output_type=pytesseract.Output.DICT)
    sure = [(t, float(c)) for t, c in zip(found["text"], found["conf"], strict=True) if t.strip() and float(c) >= 0]
    return " ".join(t for t, _ in sure), min((c for _, c in sure), default=0.0)


def _by_line(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    return [list(some) for _, some in groupby(words, lambda word: round(word.baseline))]


def read_words(view: Clauses, words: Sequence[WordFit]) -> Reading:
    """What OCR reads where these words stand."""
    readings = [_read(view, line) for line in _by_line([fit.word for fit in words])]
    text = " ".join(text for text, _ in readings).strip()
    return Reading(text, float(np.mean([confidence for _, confidence in readings])) / 100)


def _changed(view: Clauses, doubtful: DoubtfulWords, usual: UsualWord, reads: ReadsLine) -> Change | None:
    """What stands in place of these words and how likely it is other ones; None: they may well be the form's.

    They are read only where that can tell.
    """
    if changed_probability(measured(doubtful.words, usual, doubtful.beside, UNLIKE)) < TOLD:
        return None
    # Tesseract says how sure it is of each word, but takes ten times as long.
    lines = _by_line([fit.word for fit in doubtful.words])
    if all(normalize_token(reads(_picture(view, line))) == normalize_token(_text(line)) for line in lines):
        return None
    reading = read_words(view, doubtful.words)
    probability = changed_probability(measured(doubtful.words, usual, doubtful.beside, reading))
    return (reading.text, probability) if probability >= TOLD else None


def _under(view: Clauses, fields: Bools, word: PrintedWord) -> bool:
    x0, y0, x1, y1 = view.px(word.box)
    return bool(fields[y0:y1, x0:x1].any())


def _written_over(fits: Sequence[WordFit], seen: ClauseWords) -> bool:
    """Whether doubtful neighbours are darker than print makes them: somebody wrote across them, and OCR can't tell."""
    if len(fits) < 2 and fits[0].correlation > seen.usual - FAR_DROP:
        return False
    dark = float(np.mean([_darkened(fit) for fit in fits]))
    if dark < OVERWRITTEN:
        return False
    # Another font darkens all words beyond the form's print.
    usual, worst = np.quantile([_darkened(fit) for fit in seen.fits[::SAMPLED]], (0.5, 0.9))
    return bool(dark - usual >= OUTLYING * max(worst - usual, LEAST_DARKENING))


def _darkened(fit: WordFit) -> float:
    """Mean darkness of a word's box, 0..1, beyond its print's."""
    return float(np.clip(np.clip(fit.seen, 0, 1) - np.clip(gain(fit) * fit.printed, 0, 1), 0, 1).mean())


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """The printed words of a page's clauses as they stand there."""

    fits: Sequence[WordFit] = ()
    """Those that are judged, each at its place."""
    usual: float = 0.0
    """Median correlation of the page's words."""
    beside: Mapping[int, PixelBox] = field(default_factory=dict)
    """Words that stand as printed but beside their place, by place: where each stands, pixels (x0, y0, x1, y1)."""


def clause_words(view: Clauses, fields: Bools) -> ClauseWords:
    """The clauses' words looked up; those not in their place also beside it: a scan may be stretched, a photo bent.

    Where `fields`, (H, W), is True, a field's ink crosses the clauses: the words there are not judged; nor are dashes.
    """
    words = view.page.clause_words()
    crossed = bool(fields.any())
    legible = [(place, word) for place, word in enumerate(words) if normalize_token(word.text)]
    free = [(place, word) for place, word in legible if not (crossed and _under(view, fields, word))]
    fits = [fit for place, word in free if (fit := fit_word(view, word, place))]
    if not fits:
        return ClauseWords()
    usual = float(np.median([fit.correlation for fit in fits]))
    low = [fit for fit in fits if fit.correlation < usual - DROP]
    beside = {fit.place: box for fit in low if (box := place_beside(view, fit.word, fit.place, usual - DROP))}
    return ClauseWords(fits, usual, beside)


@dataclass(frozen=True, slots=True)
class DoubtfulWords:
    """Words one after the other that fall behind their page's others."""

    words: Sequence[WordFit]
    beside: Sequence[WordFit]
    """The one before and the one after them."""


def struck_words(seen: ClauseWords) -> list[int]:
    """Places of words that have a line through them."""
    return struck_places([fit for fit in seen.fits if fit.place not in seen.beside], seen.usual)


def doubtful_words(seen: ClauseWords, struck: Collection[int]) -> list[DoubtfulWords]:
    """Words that are perhaps not there as printed, those that fall farthest behind first; none that is `struck`."""
    fits = {fit.place: fit for fit in seen.fits}
    low = [place for place, fit in fits.items() if fit.correlation < seen.usual - DROP]
    runs = [
        run
        for run in _runs([place for place in low if place not in struck and place not in seen.beside])
        if sum(len(normalize_token(fits[place].word.text)) for place in run) >= LEAST_LETTERS
    ]
    runs.sort(key=lambda run: min(fits[place].correlation for place in run))
    return [
        DoubtfulWords(
            [fits[place] for place in run], [fits[place] for place in (run[0] - 1, run[-1] + 1) if place in fits]
        )
        for run in runs
    ]


def word_alterations(
    view: Clauses, seen: ClauseWords, page: int, to_page: npt.NDArray[np.float64], reads: ReadsLine
) -> list[Alteration]:
    """Words struck out, painted over or changed. `to_page`: homography from form points to fractions of the page."""
    if not seen.fits:
        return []
    words, struck = view.page.clause_words(), struck_words(seen)
    found = []
    for run in _runs(struck):
        some = [words[place] for place in run]
        found.append(Alteration("struck", _text(some), "", page, _page_box(_zone(some), to_page), 0.9))
    doubtful = doubtful_words(seen, struck)
    if not doubtful:
        return found
    usual = usual_word(seen.fits)
    bad_copy = sum(len(stretch.words) for stretch in doubtful) > MOST_DOUBTFUL * len(seen.fits)
    for stretch in doubtful[:MOST_READ]:
        some = [fit.word for fit in stretch.words]
        box = _page_box(_zone(some), to_page)
        change = _changed(view, stretch, usual, reads)
        may_be_over = not bad_copy and (change is None or change[1] < WRITTEN_OVER)
        if may_be_over and _written_over(stretch.words, seen) and not _reads_clean(view, some):
            found.append(Alteration("added", _text(some), "", page, box, WRITTEN_OVER))
        elif change:
            found.append(Alteration("changed", _text(some), change[0], page, box, change[1]))
    return found


def _page_box(zone: Zone, to_page: npt.NDArray[np.float64]) -> Box:
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    quad = np.clip(cv2.perspectiveTransform(corners, to_page)[0], 0, 1)
    (left, top), (right, bottom) = quad.min(0), quad.max(0)
    return Box(float(left), float(top), float(right), float(bottom))


def foreign_ink(view: Clauses, beside: Collection[PixelBox] = ()) -> Bools:
    """Ink of the page that is not the form's print nor its rim, (H, W). `beside`: where print stands off its place."""
    foreign = np.asarray((view.seen > INKED) & ~print_rim(view.page, view.area) & view.on_page, np.bool_)
    for x0, y0, x1, y1 in beside:
        foreign[max(0, y0 - RIM_PX) : y1 + RIM_PX, max(0, x0 - RIM_PX) : x1 + RIM_PX] = False
    return foreign


def field_reach(view: Clauses, foreign: Bools) -> Bools:
    """Where foreign ink belongs to a field: in its area, and where a stroke from there goes on behind a line."""
    inside = np.zeros(foreign.shape, np.bool_)
    for area in view.page.areas:
        x0, y0, x1, y1 = view.px(area.zone)
        inside[y0:y1, x0:x1] = foreign[y0:y1, x0:x1]
    if not inside.any():
        return inside
    return np.asarray(cv2.dilate(inside.view(np.uint8), np.ones(STROKE_PX[::-1], np.uint8)) > 0, np.bool_)


def _near_words(view: Clauses, box: PixelBox) -> list[PrintedWord]:
    """Words that a mark's box touches; where it touches none, the nearest one."""
    x, y, w, h = box
    x0, y0 = view.area[0] + x / SCALE, view.area[1] + y / SCALE
    x1, y1 = x0 + w / SCALE, y0 + h / SCALE
    words = view.page.clause_words()
    touched = [u for u in words if u.box[0] < x1 and u.box[2] > x0 and u.box[1] < y1 and u.box[3] > y0]
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    return touched or [min(words, key=lambda u: abs((u.box[0] + u.box[2]) / 2 - cx) + 3 * abs(u.baseline - cy))]


def _is_print_off_place(view: Clauses, words: Sequence[PrintedWord], zone: Zone) -> bool:
    """Whether ink found in a zone is the form's own print, which the page has a little off its place.

    It stands on the words' line, within their length, and what stands there reads just as the form has it.
    """
    m, (x0, y0, x1, y1) = OFF_PLACE_PT, _zone(words)
    on_the_line = zone[0] >= x0 - m and zone[1] >= y0 - m and zone[2] <= x1 + m and zone[3] <= y1 + m
    return len(_by_line(words)) == 1 and on_the_line and _reads_clean(view, words)


def _reads_clean(view: Clauses, words: Sequence[PrintedWord]) -> bool:
    """Whether these words of one line read as the form has them, with nothing across them."""
    text, confidence = _read(view, words)
    return confidence >= CLEAN_OCR and normalize_token(text) == normalize_token(_text(words))


def added_writing(
    view: Clauses, foreign: Bools, fields: Bools, page: int, to_page: npt.NDArray[np.float64]
) -> list[Alteration]:
    """Writing between the clauses' lines, and large lines across them."""
    found = []
    for place in added_ink(view, foreign, fields):
        if place.probability < TOLD:
            continue
        x, y, w, h = place.box
        zone = (
            view.area[0] + x / SCALE,
            view.area[1] + y / SCALE,
            view.area[0] + (x + w) / SCALE,
            view.area[1] + (y + h) / SCALE,
        )
        near = _near_words(view, place.box)
        if not place.across and _is_print_off_place(view, near, zone):
            continue
        kind: Literal["struck", "added"] = "struck" if place.across else "added"
        found.append(Alteration(kind, _text(near), "", page, _page_box(zone, to_page), place.probability))
    return found


def ink_alterations(
    gray: Gray,
    dpi: float,
    fit: Registration,
    page: int,
    filled_in: Sequence[Zone] = (),
    reads: ReadsLine = lambda _: "",
) -> tuple[Alteration, ...]:
    """What the ink of one registered page, greyscale (H, W) at `dpi`, 1-based `page` of the return, shows altered.

    `filled_in`: where what stands belongs to a field all the same, form points. `reads`: a look at a doubtful line.
    """
    area = clause_area(fit.page)
    if area is None:
        return ()
    view = view_clauses(gray, dpi, fit, area)
    height, width = gray.shape
    to_page = np.diag([dpi / width, dpi / height, 1.0]) @ fit.matrix
    foreign = foreign_ink(view)
    fields = field_reach(view, foreign)
    for zone in filled_in:
        x0, y0, x1, y1 = view.px(zone, RIM_PX)
        fields[y0:y1, x0:x1] = True
    seen = clause_words(view, fields)
    words = word_alterations(view, seen, page, to_page, reads)
    own = foreign_ink(view, seen.beside.values()) if seen.beside else foreign
    added = added_writing(view, own, fields, page, to_page)
    return (*words, *(a for a in added if not is_covered(a, words)))


def is_covered(found: Alteration, others: Sequence[Alteration]) -> bool:
    """Whether an alteration stands where another one was found, such as the ink by which a word was struck out."""
    a = found.box
    return a is not None and any(
        other.page == found.page
        and (b := other.box) is not None
        and a.x0 < b.x1 + 0.02
        and a.x1 > b.x0 - 0.02
        and a.y0 < b.y1 + 0.01
        and a.y1 > b.y0 - 0.01
        for other in others
    )
