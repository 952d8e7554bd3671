"""Dates that a form asks for in parts: day, month and year in boxes of their own, the year printed already
("____ 2026", "____ 20__"), strokes or dots printed between them.

What was written is put together with what the form prints between its parts, and read as one line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import cv2
import numpy as np
import numpy.typing as npt

from models.ppocr import LineReader
from pipeline.dates.readings import readings
from pipeline.documents.document import Word
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognize import JOIN_GAIN, read_date
from pipeline.extraction.recognized_lines import SURE_DATE_ODDS, RecognizedLine
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import Zone
from pipeline.registration.warp import INK_DPI

PRINTED_YEAR = re.compile(r"(?:19|20)(?:\d\d)?")
"""A year, or its century with room for the rest."""
PRINTED_PART = re.compile(rf"[,.]?{PRINTED_YEAR.pattern}[,.]?|[/.,-]")
"""What a form prints of a date: the year, or what parts day, month and year."""
SHARED_ROW = 0.3
"""Share of the lower one's height that two parts of one row have in common."""
GAP_PT = 7.0
"""Widest paper, points, that is left between two parts: with more the recognizer takes them for two texts."""
LEAST_BOXES = 3
"""Pieces of writing in a row from which they may be day, month and year; two are joined without this."""
CENTURY = re.compile(r"(?<!\d)(?:19|20)$")
"""What two digits go on to a year."""
STROKES = "/.-,"

Placed = tuple[Word, Zone]


def printed_parts(ink: ForeignInk, zone: Zone) -> list[tuple[str, Zone]]:
    """What the form prints of a date in a zone (form points), with its places."""
    return [
        (word.text, word.box) for word in ink.page.words if PRINTED_PART.fullmatch(word.text) and _is_in(word.box, zone)
    ]


def _is_in(box: Zone, zone: Zone) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return zone[0] <= x <= zone[2] and zone[1] <= y <= zone[3]


def read_date_parts(
    ink: ForeignInk,
    zone: Zone,
    regions: Sequence[InkRegion],
    typed: Sequence[Placed],
    reader: LineReader,
    span: tuple[date, date],
) -> tuple[RecognizedLine, ...]:
    """The lines of a date field, as one where together with the form's print they are more of a date.

    `ink`: the area's; `zone`: the field's, form points; `regions`: what stands there, typed lines among them; `typed`:
    its typed words with their places.
    """
    print_there = printed_parts(ink, zone) if regions else []
    written = [region for region in regions if region.crop is not None]
    if not written and print_there and (line := _typed_date(typed, print_there)):
        return read_date([line], reader, span)
    lines = read_date(regions, reader, span)
    print_there += [(word.text, box) for word, box in typed if written and PRINTED_PART.fullmatch(word.text)]
    whole = _one_row(written, [_printed_region(ink, box) for _, box in print_there])
    if whole is None:
        return lines
    best = max((line.date_odds for line in lines), default=-np.inf)
    together = max(read_date([whole], reader, span), key=lambda line: line.date_odds)
    year = any(PRINTED_YEAR.fullmatch(text.strip(",.")) for text, _ in print_there)
    least = min(SURE_DATE_ODDS, best) if year else best + JOIN_GAIN
    if together.date_odds < least:
        return lines
    rest = [line for line in lines if not _is_in(line.region.box, whole.box)]
    return (*rest, together)


def _typed_date(typed: Sequence[Placed], print_there: Sequence[tuple[str, Zone]]) -> InkRegion | None:
    """Typed words with the print between them as one typed line, where that reads as a day."""
    pieces = sorted([*((word.text, box) for word, box in typed), *print_there], key=lambda piece: piece[1][0])
    text = ""
    for piece, _ in pieces:
        year = CENTURY.search(text) and re.fullmatch(r"\d\d", piece)
        joins = year or piece in STROKES or text[-1:] in STROKES[:3]
        text += piece if joins else f" {piece}"
    if not typed or not readings(text.strip()):
        return None
    corners = np.array([box for _, box in pieces])
    (x0, y0), (x1, y1) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    fonts = frozenset(word.font for word, _ in typed)
    line = TypedLine(text.strip(), (float(x0), float(y0), float(x1), float(y1)), typed[0][0].source, fonts)
    return InkRegion(line.box, typed=line)


def _printed_region(ink: ForeignInk, box: Zone) -> InkRegion:
    """A printed word as a region, as this page shows it."""
    scale = INK_DPI / 72
    x0, y0, x1, y1 = (max(0, round((v - ink.area[i % 2]) * scale)) for i, v in enumerate(box))
    return InkRegion(box, crop=np.ascontiguousarray(ink.paper[y0 : y1 + 1, x0 : x1 + 1]))


def _one_row(written: Sequence[InkRegion], print_there: Sequence[InkRegion]) -> InkRegion | None:
    """The writing of one row, with the print in it, as one region; None where it has no more than one part."""
    if not written or (not print_there and len(written) < LEAST_BOXES):
        return None
    row = max(written, key=lambda region: region.ink_pt2)
    parts = [region for region in (*written, *print_there) if _shares_row(region, row) and region.crop is not None]
    if len(parts) < (2 if print_there else LEAST_BOXES):
        return None
    parts.sort(key=lambda region: region.box[0])
    top, bottom = min(part.box[1] for part in parts), max(part.box[3] for part in parts)
    box = (min(part.box[0] for part in parts), top, max(part.box[2] for part in parts), bottom)
    return InkRegion(box, crop=_side_by_side(parts, top), ink_pt2=sum(part.ink_pt2 for part in parts))


def _shares_row(a: InkRegion, b: InkRegion) -> bool:
    shared = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return shared >= SHARED_ROW * min(a.height, b.height)


def _side_by_side(parts: Sequence[InkRegion], top: float) -> npt.NDArray[np.uint8]:
    """Parts from left to right, each at its height below `top` (form points), (H, W) at INK_DPI; wide gaps closed."""
    scale = INK_DPI / 72
    crops = []
    for before, part in zip([None, *parts], parts, strict=False):
        assert part.crop is not None
        gap = 0 if before is None else min(GAP_PT, max(1.0, part.box[0] - before.box[2]))
        above = max(0, round((part.box[1] - top) * scale))
        crops.append(cv2.copyMakeBorder(part.crop, above, 0, round(gap * scale), 0, cv2.BORDER_CONSTANT, value=255))
    height = max(crop.shape[0] for crop in crops)
    level = [
        cv2.copyMakeBorder(crop, 0, height - crop.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=255) for crop in crops
    ]
    return np.asarray(np.hstack(level), np.uint8)
