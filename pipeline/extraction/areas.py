"""An area of a page, read: its foreign writing isolated, parted into lines and recognized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rapidfuzz import fuzz

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.datamodel.normalizing import normalize_title
from pipeline.datamodel.stopwatch import stage
from pipeline.extraction.ciphers import deciphered
from pipeline.extraction.date_row import ABOVE_PT, date_under_tails
from pipeline.extraction.dropout import ForeignInk, form_dropout
from pipeline.extraction.field_cells import CellReading, read_field_cells
from pipeline.extraction.locate import InkRegion, find_ink_regions, rows
from pipeline.extraction.recognize import TYPED_DATE_ODDS, read_block, read_date, read_fields
from pipeline.extraction.recognized_lines import DATE_ODDS, RecognizedLine
from pipeline.extraction.signing_place import at_name_label, at_others_place, off_others_places
from pipeline.extraction.text_layer import Placed, boxes_in_form_frame, fill_ins, in_form_frame, typed_lines
from pipeline.forms.form import FormArea, FormField, Zone
from pipeline.registration.matching import FittedPage

PRINTED_WORDS = 3
"""Words from which a line is compared with what the form prints."""
PRINTED_ALIKE = 85.0
"""rapidfuzz partial ratio, 0..100, of such a line and the form's text from which it is print; set by eye, names and
dates have some 50."""
STAMP_MARGIN_PT = 3.0
"""Points by which a stamp's frame may reach over its field's edge; raised, writing beside it is lost. Set by eye."""


class Recognizers(Protocol):
    """What finds lines and what reads them."""

    @property
    def finder(self) -> LineFinder:
        """Finds the lines of writing in a picture."""

    @property
    def reader(self) -> LineReader:
        """Reads the picture of one line."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What certificate signatures show in an area: drawn by a program, so no writing of the author's."""

    zones: tuple[Zone, ...] = ()
    """Form points."""
    dates: tuple[RecognizedLine, ...] = ()
    """Lines that state a day, as "Date: 2026.10.13 14:33:21 +02'00'" does."""


@dataclass(frozen=True, slots=True)
class ReadArea:
    """An area of a fitted page with its foreign writing read."""

    page: FittedPage
    lines: tuple[RecognizedLine, ...]
    ink: ForeignInk | None = None
    fields: tuple[FormField, ...] = ()
    """The form's fields in the area."""
    cells: tuple[CellReading, ...] | None = None
    """The writing of each field, where each has a place of its own."""
    stamp: Stamp = Stamp()


def read_areas(page: FittedPage, models: Recognizers, span: tuple[date, date]) -> list[ReadArea]:
    """Each area of a page, read. `span`: the days that a date may be."""
    return [_read_area(page, area, models, span) for area in page.fit.page.areas]


def _read_area(page: FittedPage, area: FormArea, models: Recognizers, span: tuple[date, date]) -> ReadArea:
    h, w = page.image.gray.shape
    size_in = (w / page.image.dpi, h / page.image.dpi)
    fields = page.fit.page.fields_of(area)
    stamp = _stamp(page, size_in, area.zone, models.reader, span)
    with stage("isolate"):
        ink = form_dropout(page.image.gray, page.image.dpi, page.fit, area.zone).without(stamp.zones)
        typed = deciphered(fill_ins(page.image.words, page.fit, size_in, area.zone), page.image, models.reader)
        ink, typed = off_others_places(ink, typed, fields, page.fit.page.signing_places)
    if area.layout == "boxes":
        with stage("recognize"):
            cells = read_field_cells(ink, typed, fields, models.finder, models.reader, span)
        return ReadArea(page, tuple(line for cell in cells for line in cell.lines), ink, fields, cells, stamp)
    with stage("locate"):
        regions = find_ink_regions(ink, typed_lines(typed), models.finder)
    with stage("recognize"):
        lines = _read_regions(regions, fields, models, span)
        lines = _with_date_under_tails(lines, ink, typed, fields, models, span)
        lines = tuple(line for line in lines if not _is_printed(line.text, page.fit.page.form_text))
    return ReadArea(page, lines, ink, fields, stamp=stamp)


def _with_date_under_tails(
    lines: tuple[RecognizedLine, ...],
    ink: ForeignInk,
    typed: Sequence[Placed],
    fields: Sequence[FormField],
    models: Recognizers,
    span: tuple[date, date],
) -> tuple[RecognizedLine, ...]:
    """The lines of an area that has a date's place but no date, read once more without the date that a signature's
    tails run into, and with it."""
    zone = next((field.zone for field in fields if field.kind == "date"), None)
    if zone is None or any(line.date_odds >= DATE_ODDS or _stands_in(line.region, zone) for line in lines):
        return lines
    written = typed_lines(typed)
    row = date_under_tails(ink.without([line.box for line in written]), zone, models.reader, span)
    if row is None:
        return lines
    regions = find_ink_regions(ink.without([row.region.box]), written, models.finder)
    return (*_read_regions(regions, fields, models, span), row)


def _is_printed(text: str, form_text: str) -> bool:
    """Whether a line says what the form prints: small print of a re-typeset page that OCR could not read."""
    if len(text.split()) < PRINTED_WORDS or not form_text:
        return False
    return fuzz.partial_ratio(normalize_title(text), normalize_title(form_text)) >= PRINTED_ALIKE


def _read_regions(
    regions: Sequence[InkRegion], fields: Sequence[FormField], models: Recognizers, span: tuple[date, date]
) -> tuple[RecognizedLine, ...]:
    """The regions of an area with their text; strokes that reach out of a line have none."""
    reader = models.reader
    own = [region for region in regions if not region.overhang]
    if not any(field.kind == "date" for field in fields):
        return read_fields(own, reader)
    strokes = (RecognizedLine(region, "", -TYPED_DATE_ODDS) for region in regions if region.overhang)
    lines = read_block(
        own,
        reader,
        span,
        may_sign=lambda region: not at_name_label(fields, [region]),
        rows_of=lambda region: rows(region, models.finder),
    )
    return (*lines, *strokes)


def _stands_in(region: InkRegion, zone: Zone) -> bool:
    """Whether a line begins and has its middle within a field's zone: then it is no part of the line above."""
    return region.box[1] >= zone[1] - ABOVE_PT and region.center[1] <= zone[3]


def _stamp(
    page: FittedPage, size_in: tuple[float, float], area: Zone, reader: LineReader, span: tuple[date, date]
) -> Stamp:
    """The stamps that reach into an area, but for those where others than the author sign."""
    m = STAMP_MARGIN_PT
    stamps = boxes_in_form_frame(page.image.stamps, page.fit, size_in)
    zones = [(x0 - m, y0 - m, x1 + m, y1 + m) for x0, y0, x1, y1 in stamps]
    inside = tuple(
        z for z in zones
        if z[0] < area[2] and z[2] > area[0] and z[1] < area[3] and z[3] > area[1]
        and not at_others_place(z, page.fit.page.fields, page.fit.page.signing_places)
    )  # fmt: skip
    if not inside:
        return Stamp()
    words = [word for word in page.image.words if word.source == "signature_field"]
    regions = [InkRegion(line.box, typed=line) for line in typed_lines(in_form_frame(words, page.fit, size_in))]
    lines = read_date(regions, reader, span) if regions else ()
    return Stamp(inside, tuple(line for line in lines if line.date_odds >= DATE_ODDS))
