"""An area of a page, read: its foreign writing isolated, parted into lines and recognized."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.datamodel.stopwatch import stage
from pipeline.extraction.dropout import ForeignInk, form_dropout
from pipeline.extraction.field_cells import CellReading, read_field_cells
from pipeline.extraction.locate import find_ink_regions
from pipeline.extraction.recognize import read_block, read_fields
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.text_layer import fill_ins, typed_lines
from pipeline.forms.form import FormArea, FormField
from pipeline.registration.matching import FittedPage


class Recognizers(Protocol):
    """What finds lines and what reads them."""

    @property
    def finder(self) -> LineFinder: ...
    @property
    def reader(self) -> LineReader: ...


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


def read_areas(page: FittedPage, models: Recognizers, span: tuple[date, date]) -> list[ReadArea]:
    """Each area of a page, read. `span`: the days that a date may be."""
    return [_read_area(page, area, models, span) for area in page.fit.page.areas]


def _read_area(page: FittedPage, area: FormArea, models: Recognizers, span: tuple[date, date]) -> ReadArea:
    h, w = page.image.gray.shape
    fields = page.fit.page.fields_of(area)
    with stage("isolate"):
        ink = form_dropout(page.image.gray, page.image.dpi, page.fit, area.zone)
        typed = fill_ins(page.image.words, page.fit, (w / page.image.dpi, h / page.image.dpi), area.zone)
    if area.layout == "boxes":
        with stage("recognize"):
            cells = read_field_cells(ink, typed, fields, models.finder, models.reader, span)
        return ReadArea(page, tuple(line for cell in cells for line in cell.lines), ink, fields, cells)
    with stage("locate"):
        regions = find_ink_regions(ink, typed_lines(typed), models.finder)
    with stage("recognize"):
        dated = any(field.kind == "date" for field in fields)
        lines = read_block(regions, models.reader, span) if dated else read_fields(regions, models.reader)
    return ReadArea(page, lines, ink, fields)
