"""Recognize: what each region says, with the recognizer's character probabilities kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations

import cv2
import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions
from models.ppocr import LineReader, core
from pipeline.dates.grammar import score_days
from pipeline.dates.no_day import lacks_day, lacks_month
from pipeline.dates.readings import begins_month, months_of, readings
from pipeline.extraction.locate import InkRegion, beside, splits
from pipeline.extraction.recognized_lines import DATE_ODDS, SURE_DATE_ODDS, RecognizedLine, line_confidence

TYPED_DATE_ODDS = 50.0
"""Log odds given to typed text that it is a date where it reads as one; minus as much where it does not."""
PART_GAIN = 2.0
"""Log odds of a date by which the better part of a line must exceed the whole before the line is parted: what stands
beside a date costs it."""
PART_LOSS = 6.0
"""Log odds of a date that parting may cost where a line is surely a date but nothing else is signed, or the line is
longer than a date: the signature may stand beside it."""
JOIN_GAIN = 5.0
"""Log odds of a date by which two lines together must exceed the better of them to be one."""
VIEWS = 2
"""Views of a date that are kept, the best ones; their likelihoods are averaged."""
VIEW_LOSS = 8.0
"""Log odds of a date below the best view's from which a view has misread it and is not kept."""
CORES = (0.02, 0.1)
"""Shares of a line's ink, at its top and as much at its bottom, that are left out in its further views, one after the
other."""
SURE_DAY = 0.95
"""Share of the two likeliest days among all (`DayScores.confidence`), 0..1, from which one view of a date is enough."""
SURE_DAYS = 0.97
"""Share of the two likeliest days among all, 0..1, from which the best views of a date are enough together."""
DIGIT_PROB = 0.05
"""Probability of any digit from which a step of the recognizer may show one."""
LEAST_DIGITS = 2
"""Steps that may show a digit below which a line is no date, and is not scored as one."""
SURE_TEXT = 0.93
"""Mean probability of a line's letters, 0..1, from which one view is enough."""
HOPELESS_ODDS = -8.0
"""Log odds of a date of its first view below which a line is no date in any other."""
MOST_DIGITS = 10
"""Digits of the longest date, 10/06/2022 with its two slashes read as 1."""
FINALISTS = 2
"""Ways to part a line of which all views are looked at; the others are judged by their first."""
MOST_LEFT = 4
"""Letters and figures of what is at most a day or a month's name, misread: "28th"."""
MIN_REST_PT2 = 12.0
"""Ink, square points, that must be left beside a date for its line to be parted."""

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


def read_lines(regions: Sequence[InkRegion], reader: LineReader) -> tuple[RecognizedLine, ...]:
    """Every region with its text; typed ones as they stand, others by the recognizer."""
    views = iter(reader.read_twice([stretched(m.crop) for m in regions if m.crop is not None]))
    lines = []
    for region in regions:
        seen = [next(views)] if region.crop is not None else []
        text = region.typed.text if region.typed else seen[0][0].text
        lines.append(RecognizedLine(region, text, -TYPED_DATE_ODDS, *_in_rows(seen)))
    return tuple(lines)


def _in_rows(
    seen: Sequence[tuple[CtcEmissions, CtcEmissions]],
) -> tuple[tuple[CtcEmissions, ...], tuple[CtcEmissions, ...]]:
    """Views in a row, and in another those that the head for dates has."""
    return tuple(view for view, _ in seen), tuple(as_date for _, as_date in seen)


def read_fields(regions: Sequence[InkRegion], reader: LineReader) -> tuple[RecognizedLine, ...]:
    """The regions of fields that hold text, with further views where one is not enough."""
    return view_again(read_lines(regions, reader), reader)


def view_again(lines: Sequence[RecognizedLine], reader: LineReader) -> tuple[RecognizedLine, ...]:
    """Handwritten lines of which the recognizer is not sure get further views; the first one gives the text."""
    return tuple(line if _is_sure(line) else _with_other_views(line, reader) for line in lines)


def _is_sure(line: RecognizedLine) -> bool:
    return not line.views or line_confidence(line.views[0]) >= SURE_TEXT


def _further_crops(region: InkRegion) -> list[npt.NDArray[np.uint8]]:
    """Crops that show a line otherwise than its own: darkened, if it is pale, and, if it is short, without tails."""
    pale = [region.pale] if region.pale is not None else []
    crops = [crop for crop in (region.crop, region.unpainted) if crop is not None]
    long = region.crop is not None and region.crop.shape[1] > STRETCH[-1][0] * region.crop.shape[0]
    return [*pale, *([] if long else [core(crop, CORES[0]) for crop in crops])]


def _with_other_views(line: RecognizedLine, reader: LineReader) -> RecognizedLine:
    crops = _further_crops(line.region)
    if not crops:
        return line
    views, as_date = _in_rows(reader.read_twice([stretched(crop) for crop in crops]))
    seen = (*line.views, *views, *(as_date if line.date_odds >= DATE_ODDS else ()))
    darkened = views[0] if line.region.pale is not None else None
    if darkened is None or line.date_odds >= DATE_ODDS or line_confidence(darkened) <= line_confidence(line.views[0]):
        return replace(line, views=seen)
    return replace(line, text=darkened.text, views=(darkened, *(view for view in seen if view is not darkened)))


def read_block(
    regions: Sequence[InkRegion],
    reader: LineReader,
    span: tuple[date, date],
    may_sign: Callable[[InkRegion], bool] = lambda _: True,
    dated_elsewhere: bool = False,
    rows_of: Callable[[InkRegion], Sequence[InkRegion]] = lambda _: (),
) -> tuple[RecognizedLine, ...]:
    """The regions of a signature block with their text and how much each is a date.

    A line that holds signature and date, side by side or one under the other, is parted: tried where otherwise one of
    the two were missing. `may_sign`: whether a region stands where it may be the signature. `dated_elsewhere`: whether
    the date stands in a place of its own. `rows_of`: the rows that a region may be on a closer look (`locate.rows`).
    """
    lines = [_dated(line, reader, span) for line in read_lines(regions, reader)]
    if not dated_elsewhere and not any(r.date_odds >= SURE_DATE_ODDS for r in lines):
        lines = _with_dated_row(lines, reader, span, rows_of)
    if not dated_elsewhere and not any(r.date_odds >= SURE_DATE_ODDS for r in lines):
        lines = _with_joined_date(lines, reader, span)
    dated = dated_elsewhere or any(r.date_odds >= SURE_DATE_ODDS for r in lines)
    signed = any(r.views and r.date_odds < DATE_ODDS and may_sign(r.region) for r in lines)
    company = [r for r in lines if r.date_odds >= SURE_DATE_ODDS and _has_company(r.text)]
    if dated and signed and not company:
        return view_again(lines, reader)
    # A date that is sure as it stands may still have the signature beside it.
    gain = -PART_LOSS if dated else PART_GAIN
    for at, line in sorted(enumerate(lines), key=lambda item: -item[1].date_odds):
        if dated and signed and line not in company:
            continue
        parts = _part(line, reader, span, gain)
        if parts:
            return view_again((*lines[:at], *parts, *lines[at + 1 :]), reader)
    return view_again(lines, reader)


def read_date(regions: Sequence[InkRegion], reader: LineReader, span: tuple[date, date]) -> tuple[RecognizedLine, ...]:
    """The regions of a place that is for a date alone: not parted if together they are one. "17, 2026" beside "October"
    is a date by itself, too."""
    lines = _with_joined_date([_dated(line, reader, span) for line in read_lines(regions, reader)], reader, span)
    if any(r.date_odds >= SURE_DATE_ODDS for r in lines):
        return view_again(lines, reader)
    return read_block(regions, reader, span)


def _has_company(text: str) -> bool:
    """Whether a date's line holds a word that is no part of a date, or more digits than a date has."""
    if sum(c.isdigit() for c in text) > MOST_DIGITS:
        return True
    words = re.findall(r"[^\W\d_]{3,}", text)
    return any(not any(months_of(word[at:]) for at in range(len(word) - 2)) for word in words)


def _with_dated_row(
    lines: Sequence[RecognizedLine],
    reader: LineReader,
    span: tuple[date, date],
    rows_of: Callable[[InkRegion], Sequence[InkRegion]],
) -> list[RecognizedLine]:
    """The lines; the first of several rows one of which is a date, or a month without a day, as these rows."""
    for at, line in enumerate(lines):
        rows = [_dated(row, reader, span) for row in read_lines(rows_of(line.region), reader)] if line.views else []
        least = max(SURE_DATE_ODDS, line.date_odds + PART_GAIN)
        if any(row.date_odds >= least or lacks_day(row.text) for row in rows):
            return [*lines[:at], *rows, *lines[at + 1 :]]
    return list(lines)


def _with_joined_date(
    lines: Sequence[RecognizedLine], reader: LineReader, span: tuple[date, date]
) -> list[RecognizedLine]:
    """Two lines of one row taken as one where together they are more of a date than either: "Sep." and "25, 2019"."""
    best: tuple[float, RecognizedLine, RecognizedLine, RecognizedLine] | None = None
    for first, second in permutations([r for r in lines if r.views], 2):
        region = beside(first.region, second.region)
        if region is None:
            continue
        both = _dated(read_lines([region], reader)[0], reader, span)
        gain = both.date_odds - max(first.date_odds, second.date_odds)
        if gain > JOIN_GAIN and (best is None or gain > best[0]):
            best = (gain, both, first, second)
    if best is None:
        return list(lines)
    return [r for r in lines if r is not best[2] and r is not best[3]] + [best[1]]


def _dated(line: RecognizedLine, reader: LineReader, span: tuple[date, date]) -> RecognizedLine:
    """`line` with how much it is a date. Where its first view leaves doubt, others are taken and the best two kept."""
    if not line.views:
        typed = TYPED_DATE_ODDS * (1 if readings(line.text) else -1)
        return replace(line, date_odds=typed)
    if not _may_be_date(line.views[0]):
        return line
    first = score_days(line.views, span)
    region = line.region
    # Where a neighbour's stroke was painted out, a digit may have gone with it, and the rest be a date all the same.
    enough = region.unpainted is None and first.confidence >= SURE_DAY
    if enough or first.date_odds < HOPELESS_ODDS:
        own = line.as_date if first.date_odds >= DATE_ODDS else ()
        seen_twice = (*line.views, *own)
        return replace(line, text=_date_text(seen_twice), date_odds=first.date_odds, views=seen_twice)
    seen, odds = list(zip(line.views, line.as_date, strict=True)), [first.date_odds]
    for crop in _other_crops(region):
        seen += reader.read_twice([stretched(crop)])
        odds.append(score_days([seen[-1][0]], span).date_odds)
        best = [seen[at] for at in _best_views(odds)]
        views, as_date = _in_rows(best)
        if max(odds) >= SURE_DATE_ODDS and score_days(views, span).confidence >= SURE_DAYS:
            break
    if max(odds) < DATE_ODDS:
        return replace(line, date_odds=max(odds))
    both = (*views, *as_date)
    return replace(line, text=_date_text(both), date_odds=max(odds), views=both, as_date=as_date)


def _date_text(views: Sequence[CtcEmissions]) -> str:
    """What a line says by its first view; where that plainly lacks a day or a month, by the first that reads a date: a
    figure that a neighbour's stroke touches goes with it where that one is painted out."""
    first = views[0].text
    if not (lacks_day(first) or lacks_month(first)):
        return first
    return next((view.text for view in views if readings(view.text)), first)


def _other_crops(region: InkRegion) -> Iterator[npt.NDArray[np.uint8]]:
    """Further views of a line that may be a date: with its neighbours' ink; darkened, if it is pale; without tails;
    with neither."""
    crops = [crop for crop in (region.crop, region.unpainted) if crop is not None]
    yield from crops[1:]
    if region.pale is not None:
        yield region.pale
    yield from (core(crop, share) for share in CORES for crop in crops)


def _best_views(odds: Sequence[float]) -> list[int]:
    """Which views show a date best, the best one first; misread ones are left out. `odds`: each one's of a date."""
    ranked = sorted(range(len(odds)), key=lambda i: -odds[i])
    return [i for i in ranked[:VIEWS] if odds[i] > odds[ranked[0]] - VIEW_LOSS]


def _may_be_date(view: CtcEmissions) -> bool:
    """Whether a line has digits enough for a date, counting every step that may show one."""
    digits = [i + 1 for i, label in enumerate(view.labels) if label.isdigit()]
    return bool(digits) and int((np.exp(view.logp[:, digits]).sum(axis=1) > DIGIT_PROB).sum()) >= LEAST_DIGITS


def _part(
    line: RecognizedLine, reader: LineReader, span: tuple[date, date], gain: float
) -> tuple[RecognizedLine, RecognizedLine] | None:
    """The line parted in a date and the rest, where one of the parts is as much a date as the whole."""
    pairs = [read_lines(pair, reader) for pair in splits(line.region)]
    likely = sorted(pairs, key=lambda pair: -max(first_odds(r, span) for r in pair))[:FINALISTS]
    tried = [
        (max(first.date_odds, second.date_odds), (first, second))
        for first, second in ((_dated(first, reader, span), _dated(second, reader, span)) for first, second in likely)
    ]
    if not tried:
        return None
    best, parts = max(tried, key=lambda t: t[0])
    rest, dated = sorted(parts, key=lambda r: r.date_odds)
    enough = best >= max(SURE_DATE_ODDS, line.date_odds + gain)
    piece = _of_a_date(rest.text, dated.text, costs=best < line.date_odds)
    if not enough or piece or rest.date_odds >= DATE_ODDS or rest.region.ink_pt2 <= MIN_REST_PT2:
        return None
    return parts


def first_odds(line: RecognizedLine, span: tuple[date, date]) -> float:
    """How much a line's first view is a date."""
    return (
        score_days(line.views[:1], span).date_odds if line.views and _may_be_date(line.views[0]) else -TYPED_DATE_ODDS
    )


def _of_a_date(text: str, date_text: str, *, costs: bool) -> bool:
    """Whether what is left beside a date is a piece of it: "15" beside "October 2026", "Sept." beside "8th, 2020".

    `costs`: the date is less of a date without it; then the beginning of a month's name will do, "Se" beside "p. 30",
    and a few signs where day or month is wanting: "qth", a misread 9th, beside "May 2023".
    """
    words = re.findall(r"[^\W\d_]+", text)
    if costs and sum(c.isalnum() for c in text) <= MOST_LEFT and (lacks_day(date_text) or lacks_month(date_text)):
        return True
    return all(months_of(word) or (costs and begins_month(word)) for word in words)
