"""Recognize: what each mark says, with the recognizer's character probabilities kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import permutations

import cv2
import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions
from models.ppocr import LineReader, core
from pipeline.datamodel.records import Box, LineReading
from pipeline.dates.grammar import score_days
from pipeline.dates.readings import begins_month, months_of, readings
from pipeline.extraction.locate import DATE_ODDS, SURE_DATE_ODDS, InkRegion, RecognizedRegion, beside, splits

TYPED_DATE_ODDS = 50.0
"""Log odds that typed text is a date where it reads as one; less where it doesn't."""
PART_GAIN = 2.0
"""A part of a line is the date if that raises the log odds by so much: what stands beside a date costs it."""
PART_LOSS = 6.0
"""...or, where nothing else is signed or the line is longer than a date, does not lower them by more than this."""
JOIN_GAIN = 5.0
"""Two marks are one date if that raises the log odds by so much."""
VIEWS = 2
"""Looks at a date that are kept; their likelihoods are averaged."""
VIEW_LOSS = 8.0
"""A look whose log odds of a date are so much below the best one's has misread it."""
CORES = (0.02, 0.1)
"""Shares of a line's ink, above and below, without which it is looked at again."""
SURE_DAY = 0.95
"""Sureness of the day (`DayScores.sureness`) from which one look is enough."""
SURE_DAYS = 0.97
"""The same of two looks together."""
DIGIT_PROB = 0.05
LEAST_DIGITS = 2
"""Steps that show a digit with at least that probability; a line with fewer is no date, and is not scored as one."""
SURE_TEXT = 0.93
"""Mean certainty of a line's letters from which one look is enough."""
HOPELESS_ODDS = -8.0
"""Log odds of a date below which no other look makes it one."""
MOST_DIGITS = 10
"""Digits of a date, with two slashes read as 1."""
FINALISTS = 2
"""Ways to part a line that are looked at closely."""
MIN_REST_PT2 = 12.0
"""Ink that must be left beside the date."""

STRETCH = ((9.0, 1.6), (5.0, 1.3))
"""(width by height, factor): lines longer than this are stretched. The recognizer answers once every 8 pixels of a
line 48 high, and small joined handwriting has more letters than that: on long lines it then drops whole words. Measured
on 85 titles, 121 names and 128 dates: letters right 87.5 % unstretched, 93.2 % stretched by 1.6 on titles; names and
dates, which are short, lose by it."""


def stretched(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A line crop (H, W) as wide as the recognizer needs it for its length."""
    height, width = crop.shape[:2]
    factor = next((f for aspect, f in STRETCH if width > aspect * height), 1.0)
    if factor == 1.0:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=factor, fy=1.0, interpolation=cv2.INTER_LINEAR), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A mark with its text and the looks that it rests on."""

    mark: RecognizedRegion
    views: tuple[CtcEmissions, ...]


def read_marks(marks: Sequence[InkRegion], reader: LineReader) -> tuple[Read, ...]:
    """Every mark with its text; typed ones as they stand, others by the recognizer."""
    views = iter(reader.read([stretched(m.crop) for m in marks if m.crop is not None]))
    read = []
    for mark in marks:
        seen: tuple[CtcEmissions, ...] = (next(views),) if mark.crop is not None else ()
        text = mark.typed.text if mark.typed else seen[0].text
        read.append(Read(RecognizedRegion(mark, text, -TYPED_DATE_ODDS), seen))
    return tuple(read)


def read_fields(marks: Sequence[InkRegion], reader: LineReader) -> tuple[Read, ...]:
    """The marks of fields that hold text, with further looks where one is not enough."""
    return view_again(read_marks(marks, reader), reader)


def view_again(read: Sequence[Read], reader: LineReader) -> tuple[Read, ...]:
    """Short handwritten lines of which the recognizer is not sure get further looks; the first one gives the text."""
    return tuple(one if _is_sure(one) else replace(one, views=(*one.views, *_other_views(one, reader))) for one in read)


def _is_sure(one: Read) -> bool:
    crop = one.mark.mark.crop
    long = crop is not None and crop.shape[1] > STRETCH[-1][0] * crop.shape[0]
    return not one.views or long or line_confidence(one.views[0]) >= SURE_TEXT


def _other_views(one: Read, reader: LineReader) -> list[CtcEmissions]:
    mark = one.mark.mark
    crops = [*(core(c, CORES[0]) for c in (mark.crop, mark.unpainted) if c is not None)]
    return reader.read([stretched(crop) for crop in crops])


def read_block(marks: Sequence[InkRegion], reader: LineReader, span: tuple[date, date]) -> tuple[Read, ...]:
    """The marks of a signature block with their text and how much each is a date.

    A line that holds signature and date side by side is parted: tried where otherwise one of the two were missing.
    """
    read = [_dated(one, reader, span) for one in read_marks(marks, reader)]
    if not any(r.mark.date_odds >= SURE_DATE_ODDS for r in read):
        read = _with_joined_date(read, reader, span)
    dated = any(r.mark.date_odds >= SURE_DATE_ODDS for r in read)
    signed = any(r.views and r.mark.date_odds < DATE_ODDS for r in read)
    company = [r for r in read if r.mark.date_odds >= SURE_DATE_ODDS and _has_company(r.mark.text)]
    if dated and signed and not company:
        return view_again(read, reader)
    # A date that is sure as it stands may still have the signature beside it.
    gain = -PART_LOSS if dated else PART_GAIN
    for at, one in sorted(enumerate(read), key=lambda item: -item[1].mark.date_odds):
        if dated and signed and one not in company:
            continue
        parts = _part(one, reader, span, gain)
        if parts:
            return view_again((*read[:at], *parts, *read[at + 1 :]), reader)
    return view_again(read, reader)


def read_date(marks: Sequence[InkRegion], reader: LineReader, span: tuple[date, date]) -> tuple[Read, ...]:
    """The marks of a place that is for a date alone: not parted if together they are one. "17, 2026" beside "October"
    is a date by itself, too."""
    read = _with_joined_date([_dated(one, reader, span) for one in read_marks(marks, reader)], reader, span)
    if any(r.mark.date_odds >= SURE_DATE_ODDS for r in read):
        return view_again(read, reader)
    return read_block(marks, reader, span)


def _has_company(text: str) -> bool:
    """Whether a date's line holds a word that is no part of a date, or more digits than a date has."""
    if sum(c.isdigit() for c in text) > MOST_DIGITS:
        return True
    words = re.findall(r"[^\W\d_]{3,}", text)
    return any(not any(months_of(word[at:]) for at in range(len(word) - 2)) for word in words)


def _with_joined_date(read: Sequence[Read], reader: LineReader, span: tuple[date, date]) -> list[Read]:
    """Two marks of one row taken as one where together they are more of a date than either: "Sep." and "25, 2019"."""
    best: tuple[float, Read, Read, Read] | None = None
    for first, second in permutations([r for r in read if r.views], 2):
        mark = beside(first.mark.mark, second.mark.mark)
        if mark is None:
            continue
        both = _dated(read_marks([mark], reader)[0], reader, span)
        gain = both.mark.date_odds - max(first.mark.date_odds, second.mark.date_odds)
        if gain > JOIN_GAIN and (best is None or gain > best[0]):
            best = (gain, both, first, second)
    if best is None:
        return list(read)
    return [r for r in read if r is not best[2] and r is not best[3]] + [best[1]]


def _dated(one: Read, reader: LineReader, span: tuple[date, date]) -> Read:
    """How much a read mark is a date. Where its first look leaves doubt, others are taken and the best two kept."""
    if not one.views:
        typed = TYPED_DATE_ODDS * (1 if readings(one.mark.text) else -1)
        return replace(one, mark=replace(one.mark, date_odds=typed))
    if not _may_be_date(one.views[0]):
        return one
    first = score_days(one.views, span)
    mark = one.mark.mark
    # Where a neighbour's stroke was painted out, a digit may have gone with it, and the rest be a date all the same.
    enough = mark.unpainted is None and first.sureness >= SURE_DAY
    if enough or first.date_odds < HOPELESS_ODDS:
        return replace(one, mark=replace(one.mark, date_odds=first.date_odds))
    views, odds = [*one.views], [first.date_odds]
    for crop in _other_crops(mark):
        views += reader.read([stretched(crop)])
        odds.append(score_days(views[-1:], span).date_odds)
        best = _best_views(views, odds)
        if max(odds) >= SURE_DATE_ODDS and score_days(best, span).sureness >= SURE_DAYS:
            break
    if max(odds) < DATE_ODDS:
        return replace(one, mark=replace(one.mark, date_odds=max(odds)))
    return Read(replace(one.mark, text=best[0].text, date_odds=max(odds)), best)


def _other_crops(mark: InkRegion) -> Iterator[npt.NDArray[np.uint8]]:
    """Further views of a line that may be a date: with its neighbours' ink, without tails, with neither."""
    crops = [crop for crop in (mark.crop, mark.unpainted) if crop is not None]
    yield from crops[1:]
    yield from (core(crop, share) for share in CORES for crop in crops)


def _best_views(views: Sequence[CtcEmissions], odds: Sequence[float]) -> tuple[CtcEmissions, ...]:
    """Those that show a date best, the best one first; misread ones are left out. `odds`: each one's of a date."""
    ranked = sorted(range(len(views)), key=lambda i: -odds[i])
    return tuple(views[i] for i in ranked[:VIEWS] if odds[i] > odds[ranked[0]] - VIEW_LOSS)


def _may_be_date(look: CtcEmissions) -> bool:
    """Whether a line has digits enough for a date, counting every step that may show one."""
    digits = [i + 1 for i, label in enumerate(look.labels) if label.isdigit()]
    return bool(digits) and int((np.exp(look.logp[:, digits]).sum(axis=1) > DIGIT_PROB).sum()) >= LEAST_DIGITS


def _part(one: Read, reader: LineReader, span: tuple[date, date], gain: float) -> tuple[Read, Read] | None:
    """The mark parted in a date and the rest, where one of the parts is as much a date as the whole."""
    pairs = [read_marks(pair, reader) for pair in splits(one.mark.mark)]
    likely = sorted(pairs, key=lambda pair: -max(_first_odds(r, span) for r in pair))[:FINALISTS]
    tried = [
        (max(first.mark.date_odds, second.mark.date_odds), (first, second))
        for first, second in ((_dated(first, reader, span), _dated(second, reader, span)) for first, second in likely)
    ]
    if not tried:
        return None
    best, parts = max(tried, key=lambda t: t[0])
    rest = min(parts, key=lambda r: r.mark.date_odds)
    enough = best >= max(SURE_DATE_ODDS, one.mark.date_odds + gain)
    piece = _of_a_date(rest.mark.text, best < one.mark.date_odds)
    if not enough or piece or rest.mark.date_odds >= DATE_ODDS or rest.mark.mark.ink_pt2 <= MIN_REST_PT2:
        return None
    return parts


def _first_odds(one: Read, span: tuple[date, date]) -> float:
    """How much a mark's first look is a date."""
    return score_days(one.views[:1], span).date_odds if one.views and _may_be_date(one.views[0]) else -TYPED_DATE_ODDS


def _of_a_date(text: str, costs: bool) -> bool:
    """Whether what is left beside a date is a piece of it: "15" beside "October 2026", "Sept." beside "8th, 2020".

    `costs`: the date is less of a date without it; then the beginning of a month's name will do, "Se" beside "p. 30".
    """
    words = re.findall(r"[^\W\d_]+", text)
    return all(months_of(word) or (costs and begins_month(word)) for word in words)


def line_confidence(look: CtcEmissions) -> float:
    """Mean probability of the best path's characters, 0..1; 0 where nothing was read."""
    best = look.logp.argmax(axis=1)
    inked = np.flatnonzero(best > 0)
    return float(np.exp(look.logp[inked, best[inked]]).mean()) if len(inked) else 0.0


def line_of(read: Read, page: int, box: Box) -> LineReading:
    """The record of a read mark that stands at `box` of page `page`."""
    typed = read.mark.mark.typed
    if typed:
        return LineReading(read.mark.text, 1.0, typed.source, "typed", page, box)
    return LineReading(
        read.mark.text,
        line_confidence(read.views[0]) if read.views else 1.0,
        "ppocr",
        "handwritten",
        page,
        box,
        read.views,
    )
