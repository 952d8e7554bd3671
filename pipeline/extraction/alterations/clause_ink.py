"""Clause words that a page's ink shows otherwise than the form: struck out, painted over, changed, written between.

Everything happens in the form's frame at INK_DPI: the clauses of the registered page, print darkness against print
darkness. Each printed word is looked up where it belongs. One that is not there as printed is suspicious; what
stands there instead decides. On 326 pages of real returns, none of them altered, the correlation of a word fell at
most 0.20 below its page's median (74,000 words); a word painted over falls by 0.6 and more, a changed one by 0.25.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Alteration, Box
from pipeline.extraction.alterations.clause_view import (
    SCALE,
    Bools,
    Clauses,
    Floats,
    Gray,
    PixelBox,
    WordFit,
    clause_area,
    fit_word,
    gain,
    line_through,
    print_rim,
    view_clauses,
)
from pipeline.forms.form import PrintedWord, Zone
from pipeline.registration.register import Registration

NEAR_PT = 8.0
"""Points around the clauses' words within which writing still is among them."""
DROP = 0.16
"""Correlation below the page's median from which a word is perhaps not there as printed, and is read."""
LIGATURE_DROP = 0.28
"""Correlation below the page's median from which a word with a ligature is perhaps not there as printed, and is read:
the form's picture sets its letters one by one, so it always correlates less."""
FAR_DROP = 0.34
"""Correlation below the page's median from which a word certainly is not there as printed, however badly the other one
reads."""
LOOK_CLOSER = 0.03
"""Correlation below the page's median from which a word is tested for a line through it; raised, fewer are, and
quicker."""
STRUCK = 0.30
"""Darkness, 0..1, that a line adds along a word's length beyond the print's, from which the word is struck out."""
STRUCK_IN_ROW = 0.15
"""Darkness, 0..1, of such a line from which words are struck out if ROW of them in a row have one."""
ROW = 4
"""Words one after the other through which a faint line must go."""
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
BLANK = 0.15
"""Share of a word's print that has any ink, below which the word was painted over."""
OVERWRITTEN = 0.06
"""Darkness, of 1, beyond the print's that writing across a word adds to its box."""
READS_OTHERWISE = 60.0
"""rapidfuzz ratio of OCR and form below which a word reads otherwise."""
SURE_OCR = 55.0
"""Tesseract's confidence from which its reading of a perhaps changed word counts."""
LEGIBLE_OCR = 15.0
"""Tesseract's confidence, 0..100, from which its reading of a word that certainly is not there as printed counts:
below, it may as well be a fold or a stain."""
WINDOW_PX = (60, 30)
"""Width and height, in pixels at INK_DPI, in which foreign ink is summed: a short word."""
ADDED_PX = 70
"""Pixels of foreign ink in a window of WINDOW_PX from which somebody wrote there; the real returns have at most 41."""
SPECK_PX = 6
"""Least pixels, at INK_DPI, of a piece of foreign ink that is looked at."""
STROKE_PX = (21, 61)
"""Twice the distance, pixels across and down, at which a field's stroke that a printed line hides may go on."""
BLOB_PX = 7.0
"""Half thickness, pixels, from which ink is a stain, a punch hole or a scanner's border, not writing."""
LINE_WIDTH_PX = 10
"""Pixels of ink for each of its length below which a tall piece of ink is a line drawn across, not a stamp."""
WRITING_PT = 34.0
"""Height, points, of the tallest word written between the lines."""
FAINT = 0.4
"""Share of the print's darkness below which ink only shows through from the other side."""


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Places that follow each other."""
    return [[p for _, p in some] for _, some in groupby(enumerate(sorted(places)), lambda pair: pair[1] - pair[0])]


def _zone(words: Sequence[PrintedWord]) -> Zone:
    boxes = np.array([word.box for word in words])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(x0), float(y0), float(x1), float(y1)


def _text(words: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for word in words)


SAMPLED = 10
"""Every so many words of a page are measured for how dark a line through its words usually is."""


def struck_places(fits: Sequence[WordFit], usual: float) -> list[int]:
    """Places of words that have a line through them. `usual`: the page's median correlation."""
    doubtful = [(fit.place, line_through(fit)) for fit in fits if fit.correlation < usual - LOOK_CLOSER]
    if not doubtful:
        return []
    # A bad copy darkens many words a little; a pen darkens few, much. Each stroke is judged against the page's words,
    # not against the doubtful ones alone: those may all be struck.
    typical = float(np.quantile([line_through(fit) for fit in fits[::SAMPLED]], 0.75))
    dark = {place: through for place, through in doubtful if through >= max(STRUCK_IN_ROW, typical + ABOVE_PAGE)}
    in_row = [place for run in _runs(list(dark)) if len(run) >= ROW for place in run]
    return sorted({*in_row, *(place for place, through in dark.items() if through >= STRUCK)})


def _drop(word: PrintedWord) -> float:
    ligature = any(b - a < 0.2 for a, b in zip(word.xs, word.xs[1:], strict=False))
    return LIGATURE_DROP if ligature else DROP


def _is_blank(fit: WordFit) -> bool:
    strong = fit.printed > 0.35
    return bool(strong.any()) and float((fit.seen[strong] > 0.25).mean()) < BLANK


def _read(view: Clauses, words: Sequence[PrintedWord]) -> tuple[str, float]:
    """What Tesseract reads where these words of one line stand, and its confidence, 0..100."""
    import pytesseract

    x0, y0, x1, y1 = _zone(words)
    left, top, right, bottom = view.px((x0 - 1.2, y0 - 2.0, x1 + 1.2, y1 + 2.0))
    crop = np.asarray(255 - np.clip(view.seen[top:bottom, left:right], 0, 1) * 255, np.uint8)
    framed = cv2.copyMakeBorder(cv2.resize(crop, None, fx=2, fy=2), 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255,))
    found = pytesseract.image_to_data(framed, config="--psm 7", output_type=pytesseract.Output.DICT)
    sure = [(t, float(c)) for t, c in zip(found["text"], found["conf"], strict=True) if t.strip() and float(c) >= 0]
    return " ".join(t for t, _ in sure), min((c for _, c in sure), default=0.0)


def _by_line(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    return [list(some) for _, some in groupby(words, lambda word: round(word.baseline))]


def _changed(view: Clauses, fits: Sequence[WordFit], usual: float) -> tuple[str, float] | None:
    """What stands in place of these words and how sure that is; None: they may well be the form's."""
    if all(_is_blank(fit) for fit in fits):
        return "", 0.95
    words = [fit.word for fit in fits]
    readings = [_read(view, line) for line in _by_line(words)]
    text = " ".join(reading for reading, _ in readings).strip()
    expected, read = normalize_token(_text(words)), normalize_token(text)
    certain = min(fit.correlation for fit in fits) < usual - FAR_DROP
    if not read or max(sure for _, sure in readings) < (LEGIBLE_OCR if certain else SURE_OCR):
        return None
    # A few letters at the crop's edge may be the neighbours'.
    alike = max(fuzz.ratio(expected, read), fuzz.partial_ratio(expected, read) if len(expected) > 3 else 0.0)
    return (text, 0.8) if alike < READS_OTHERWISE else None


def _under(view: Clauses, fields: Bools, word: PrintedWord) -> bool:
    x0, y0, x1, y1 = view.px(word.box)
    return bool(fields[y0:y1, x0:x1].any())


def _written_over(view: Clauses, fits: Sequence[WordFit], usual: float) -> bool:
    """Whether doubtful neighbours are darker than print makes them: somebody wrote across them, and OCR can't tell."""
    if len(fits) < 2 and fits[0].correlation > usual - FAR_DROP:
        return False
    rest = [float(np.clip(np.clip(f.seen, 0, 1) - np.clip(gain(f) * f.printed, 0, 1), 0, 1).mean()) for f in fits]
    return float(np.mean(rest)) >= OVERWRITTEN


def word_alterations(view: Clauses, fields: Bools, page: int, to_page: npt.NDArray[np.float64]) -> list[Alteration]:
    """Words struck out, painted over or changed. `to_page`: homography from form points to fractions of the page.

    Where `fields`, (H, W), is True, a field's ink crosses the clauses: the words there are not judged.
    """
    words = view.page.clause_words()
    crossed = bool(fields.any())
    free = [(place, word) for place, word in enumerate(words) if not (crossed and _under(view, fields, word))]
    fits = [fit for place, word in free if (fit := fit_word(view, word, place))]
    if not fits:
        return []
    usual = float(np.median([fit.correlation for fit in fits]))
    struck = struck_places(fits, usual)
    low = [fit for fit in fits if fit.correlation < usual - DROP]
    gone = {fit.place: fit for fit in low if fit.correlation < usual - _drop(fit.word) and fit.place not in struck}
    if len(gone) > MOST_DOUBTFUL * len(fits):
        gone = {place: fit for place, fit in gone.items() if _is_blank(fit)}
    found = []
    for run in _runs(struck):
        some = [words[place] for place in run]
        found.append(Alteration("struck", _text(some), "", page, _page_box(_zone(some), to_page), 0.9))
    for run in _runs(list(gone)):
        some = [words[place] for place in run]
        if change := _changed(view, [gone[place] for place in run], usual):
            box = _page_box(_zone(some), to_page)
            found.append(Alteration("changed", _text(some), change[0], page, box, change[1]))
        elif _written_over(view, [gone[place] for place in run], usual) and not _reads_clean(view, some):
            found.append(Alteration("added", _text(some), "", page, _page_box(_zone(some), to_page), 0.7))
    return found


def _page_box(zone: Zone, to_page: npt.NDArray[np.float64]) -> Box:
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    quad = np.clip(cv2.perspectiveTransform(corners, to_page)[0], 0, 1)
    (left, top), (right, bottom) = quad.min(0), quad.max(0)
    return Box(float(left), float(top), float(right), float(bottom))


def foreign_ink(view: Clauses) -> Bools:
    """Ink of the page that is not the form's print nor its rim, (H, W)."""
    return np.asarray((view.seen > 0.30) & ~print_rim(view.page, view.area) & view.on_page, np.bool_)


def _marks(foreign: Bools) -> Iterator[tuple[Bools, PixelBox]]:
    """Pieces of foreign ink that belong together, each in its box (x, y, width, height), pixels.

    Print cuts a pen's stroke into pieces a letter apart, so pieces this near count as one.
    """
    joined = cv2.morphologyEx(foreign.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 15), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for number in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= SPECK_PX):
        x, y, w, h = (int(v) for v in stats[number, :4])
        cut = np.s_[y : y + h, x : x + w]
        yield foreign[cut] & (labels[cut] == number), (x, y, w, h)


def field_reach(view: Clauses, foreign: Bools) -> Bools:
    """Where foreign ink belongs to a field: in its area, and where a stroke from there goes on behind a line."""
    inside = np.zeros(foreign.shape, np.bool_)
    for area in view.page.areas:
        x0, y0, x1, y1 = view.px(area.zone)
        inside[y0:y1, x0:x1] = foreign[y0:y1, x0:x1]
    if not inside.any():
        return inside
    return np.asarray(cv2.dilate(inside.view(np.uint8), np.ones(STROKE_PX[::-1], np.uint8)) > 0, np.bool_)


def _is_writing(view: Clauses, fields: Bools, ink: Bools, box: PixelBox, faint: float) -> bool:
    """Whether a mark may be a pen's among the clauses: no stain, hole, border, stamp, nor the other side's print.

    `ink`: the mark in its box; `faint`: darkness below which ink shows through.
    """
    x, y, w, h = box
    height, width = view.seen.shape
    if x == 0 or y == 0 or x + w == width or y + h == height:
        return False  # comes in from the margin or the page's edge
    cut = np.s_[y : y + h, x : x + w]
    if (fields[cut] & ink).any():
        return False  # comes in from a field
    padded = cv2.copyMakeBorder(ink.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    if float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max()) > BLOB_PX:
        return False
    if float(np.median(view.seen[cut][ink])) < faint:
        return False
    return h <= WRITING_PT * SCALE or int(ink.sum()) <= LINE_WIDTH_PX * float(np.hypot(w, h))


def _density(ink: Bools) -> Floats:
    """Inked pixels in the window around each pixel, (H, W)."""
    inked = ink.view(np.uint8)
    dense = cv2.boxFilter(inked, cv2.CV_32F, WINDOW_PX, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(dense, np.float32)


def _places(view: Clauses, writing: Bools) -> list[PixelBox]:
    """Boxes (x, y, width, height), in pixels, of places among the clauses with more foreign ink than print leaves."""
    dense = _density(writing) >= ADDED_PX
    written = writing & (cv2.dilate(dense.astype(np.uint8), np.ones(WINDOW_PX[::-1], np.uint8)) > 0)
    joined = cv2.dilate(written.astype(np.uint8), np.ones(WINDOW_PX[::-1], np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    x0, y0, x1, y1 = view.px(_zone(view.page.clause_words()), round(NEAR_PT * SCALE))
    places = []
    for n in range(1, count):
        ys, xs = np.nonzero(written & (labels == n))
        if x0 <= xs.mean() <= x1 and y0 <= ys.mean() <= y1:
            places.append((int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1))
    return places


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
    if float(_density(foreign & ~fields).max()) < ADDED_PX:
        return []
    writing = np.zeros(view.seen.shape, np.bool_)
    faint = FAINT * float(np.median(view.seen[view.printed > 0.5]))
    for ink, (x, y, w, h) in _marks(foreign):
        if _is_writing(view, fields, ink, (x, y, w, h), faint):
            writing[y : y + h, x : x + w] |= ink
    found = []
    for box in _places(view, writing):
        x, y, w, h = box
        zone = (
            view.area[0] + x / SCALE,
            view.area[1] + y / SCALE,
            view.area[0] + (x + w) / SCALE,
            view.area[1] + (y + h) / SCALE,
        )
        across = h > WRITING_PT * SCALE
        near = _near_words(view, box)
        if not across and _is_print_off_place(view, near, zone):
            continue
        text = _text(near)
        found.append(Alteration("struck" if across else "added", text, "", page, _page_box(zone, to_page), 0.8))
    return found


def ink_alterations(gray: Gray, dpi: float, fit: Registration, page: int) -> tuple[Alteration, ...]:
    """What the ink of one registered page, greyscale (H, W) at `dpi`, 1-based `page` of the return, shows altered."""
    area = clause_area(fit.page)
    if area is None:
        return ()
    view = view_clauses(gray, dpi, fit, area)
    height, width = gray.shape
    to_page = np.diag([dpi / width, dpi / height, 1.0]) @ fit.matrix
    foreign = foreign_ink(view)
    fields = field_reach(view, foreign)
    words = word_alterations(view, fields, page, to_page)
    added = added_writing(view, foreign, fields, page, to_page)
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
