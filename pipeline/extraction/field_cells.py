"""Fields that have places of their own: a table's cells, rules side by side, boxes to tick.

Here the ink is parted first, stroke by stroke, and then each field is read by itself. What was written into the wrong
one of signature and date changes place afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.documents.document import Word
from pipeline.extraction.date_parts import read_date_parts
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.ink_owners import nearest_zone, owners
from pipeline.extraction.locate import InkRegion, find_ink_regions
from pipeline.extraction.printed_line import is_set
from pipeline.extraction.recognize import read_block, read_fields
from pipeline.extraction.recognized_lines import DATE_ODDS, SURE_DATE_ODDS, RecognizedLine, in_reading_order
from pipeline.extraction.text_layer import typed_lines
from pipeline.forms.form import FormField, Zone
from pipeline.registration.warp import INK_DPI

TICK_PT2 = 5.0
"""Least ink of a tick, square points: a stroke of the height of small print."""
SIGNED_PT2 = 25.0
"""Least ink of a signature that is taken from the date's place, square points."""
TICKED = "x"
"""What a ticked box reads."""


@dataclass(frozen=True, slots=True)
class CellReading:
    """A field with the lines that stand in it, in reading order."""

    field: FormField
    lines: tuple[RecognizedLine, ...] = ()

    @property
    def answer(self) -> tuple[RecognizedLine, ...]:
        """Those that are what the field asks for: the likeliest date, what is written where a signature belongs."""
        if self.field.kind == "date" and (dates := _dates(self)):
            return (max(dates, key=lambda line: line.date_odds),)
        if self.field.kind == "signature":
            return tuple(line for line in self.lines if line.region.typed is None) or self.lines
        return self.lines


def read_field_cells(
    ink: ForeignInk,
    typed: Sequence[tuple[Word, Zone]],
    fields: Sequence[FormField],
    finder: LineFinder,
    reader: LineReader,
    span: tuple[date, date],
) -> tuple[CellReading, ...]:
    """What stands in each field of an area.

    `typed`: the typed words of the area with their places, form points; `span`: the days that a date may be.
    """
    zones = [field.zone for field in fields]
    owner = owners(ink, zones)
    words: list[list[tuple[Word, Zone]]] = [[] for _ in fields]
    for word, box in typed:
        place = nearest_zone(box, zones)
        if place is not None:
            words[place].append((word, box))
    found: dict[int, CellReading] = {}
    # Dates first: a signature is parted in search of one only where none stands in a place of its own.
    for place, field in sorted(enumerate(fields), key=lambda item: item[1].kind != "date"):
        own = replace(ink, mask=ink.mask & (owner == place))
        if field.kind == "tick":
            found[place] = CellReading(field, _tick(own, words[place]))
            continue
        regions = [r for r in find_ink_regions(own, typed_lines(words[place]), finder) if not r.overhang]
        if field.kind == "date":
            lines = read_date_parts(ink, field.zone, regions, words[place], reader, span)
        elif field.kind == "signature":
            dated = any(one.field.kind == "date" and _is_sure(one) for one in found.values())
            lines = read_block(regions, reader, span, dated_elsewhere=dated)
        else:
            lines = read_fields(regions, reader)
        found[place] = CellReading(field, in_reading_order(lines))
    return exchanged([found[place] for place in range(len(fields))])


def _is_sure(one: CellReading) -> bool:
    """Whether what stands in a date's place is surely a date."""
    return any(line.date_odds >= SURE_DATE_ODDS for line in one.lines)


def _tick(ink: ForeignInk, words: Sequence[tuple[Word, Zone]]) -> tuple[RecognizedLine, ...]:
    """A mark in a box to tick, whatever its shape; typing in it as well."""
    if words:
        return tuple(
            RecognizedLine(InkRegion(line.box, typed=line), TICKED, DATE_ODDS - 1) for line in typed_lines(words)
        )
    area = float(ink.mask.sum()) * (72 / INK_DPI) ** 2
    if area < TICK_PT2:
        return ()
    rows, columns = np.flatnonzero(ink.mask.any(axis=1)), np.flatnonzero(ink.mask.any(axis=0))
    x0, y0, x1, y1 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    region = InkRegion(
        ink.to_points((float(x0), float(y0), float(x1), float(y1))), crop=ink.clean()[y0:y1, x0:x1], ink_pt2=area
    )
    return (RecognizedLine(region, TICKED, DATE_ODDS - 1),)


# --- the wrong one of two -----------------------------------------------------------------------------------------


def exchanged(found: Sequence[CellReading]) -> tuple[CellReading, ...]:
    """The same with dates that stand at a signature, and signatures at a date, where they belong if that is blank."""
    kept = list(found)
    for place, one in enumerate(found):
        if one.field.kind == "signature" and (dates := _dates(one)):
            kept = _moved(kept, place, dates, _blank(found, "date", one.field))
        elif one.field.kind == "date" and _dates(one) and (rest := _rest(one)):
            kept = _moved(kept, place, rest, _blank(found, "signature", one.field))
    return _a_row_down(kept)


def _a_row_down(found: Sequence[CellReading]) -> tuple[CellReading, ...]:
    """The same where the entries stand one row too high: what is left blank at the signature stands at the name of
    whoever signs, the only handwriting among typing, and the name in the row above."""
    rows = sorted((one for one in found if one.field.kind in ("text", "signature")), key=lambda one: one.field.zone[1])
    at = next((i for i, one in enumerate(rows) if one.field.kind == "signature" and not one.lines), 0)
    if at < 2 or not rows[at - 1].field.signs or not rows[at - 2].lines:
        return tuple(found)
    name, above = rows[at - 1], rows[at - 2]
    others = [line for one in rows[: at - 1] for line in one.lines]
    if not name.lines or any(is_set(line) for line in name.lines) or not all(is_set(line) for line in others):
        return tuple(found)
    shifted = {rows[at].field.name: name.lines, name.field.name: above.lines[-1:], above.field.name: above.lines[:-1]}
    return tuple(replace(one, lines=shifted.get(one.field.name, one.lines)) for one in found)


def _dates(one: CellReading) -> tuple[RecognizedLine, ...]:
    return tuple(line for line in one.lines if line.date_odds >= DATE_ODDS)


def _rest(one: CellReading) -> tuple[RecognizedLine, ...]:
    """What stands beside a date and is enough for a signature."""
    others = [line for line in one.lines if line.date_odds < DATE_ODDS]
    return tuple(line for line in others if line.region.ink_pt2 >= SIGNED_PT2 or line.region.typed)


def _blank(found: Sequence[CellReading], kind: str, near: FormField) -> FormField | None:
    """The nearest field of a kind, if nothing of that kind stands in it."""
    some = [one for one in found if one.field.kind == kind]
    nearest = min(some, key=lambda one: _apart(one.field.zone, near.zone), default=None)
    return None if nearest is None or (_dates(nearest) if kind == "date" else nearest.lines) else nearest.field


def _apart(a: Zone, b: Zone) -> float:
    return abs(a[0] + a[2] - b[0] - b[2]) / 2 + abs(a[1] + a[3] - b[1] - b[3]) / 2


def _moved(
    found: list[CellReading], place: int, lines: tuple[RecognizedLine, ...], to: FormField | None
) -> list[CellReading]:
    """`lines` of the field at `place` put into the field `to`, where there is one."""
    if to is None:
        return found
    moved = [
        replace(one, lines=in_reading_order((*one.lines, *lines))) if one.field.name == to.name else one
        for one in found
    ]
    moved[place] = replace(moved[place], lines=tuple(line for line in moved[place].lines if line not in lines))
    return moved
