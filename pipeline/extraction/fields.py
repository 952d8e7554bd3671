"""The records of a return's fields: what was read on its pages, with boxes on the page as scanned and the crops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Box, ExtraField, FieldReading, InkKind, Observation, SignatureReading
from pipeline.datamodel.stopwatch import stage
from pipeline.dates.evidence import day_of_ink
from pipeline.dates.readings import readings
from pipeline.extraction.agreements import PageWriting
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.field_cells import CellReading
from pipeline.extraction.locate import Block, RecognizedRegion, assign_block, assign_text_fields, at_name_label
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.extraction.recognize import Read, line_of
from pipeline.extraction.signature import signature_kind, signed_probability
from pipeline.extraction.text_layer import REAL_SHARE, form_share
from pipeline.forms.form import Form, FormField, Zone
from pipeline.registration.matching import FittedPage
from pipeline.registration.warp import INK_DPI, warp_area

CROP_MARGIN_PT = 6.0


@dataclass(frozen=True, slots=True)
class ReadArea:
    """An area of a fitted page with its foreign writing read."""

    page: FittedPage
    reads: tuple[Read, ...]
    ink: ForeignInk | None = None
    fields: tuple[FormField, ...] = ()
    """The form's fields in the area."""
    boxes: tuple[CellReading, ...] | None = None
    """The writing of each field, where each has a place of its own."""


def form_fields(areas: Sequence[ReadArea], form: Form | None = None) -> Observation:
    """What stands in the form's fields in these areas; the blank further fields of `form` are listed, too."""
    found = Observation()
    everything = [one for read in areas for one in read.reads]
    for read in areas:
        if read.boxes is not None:
            found = _with_boxes(found, read, read.boxes, everything)
            continue
        kinds = {field.kind for field in read.fields}
        marks = [r.mark for r in read.reads]
        if "signature" in kinds or "date" in kinds:
            found = with_block(found, read, assign_block(read.fields, marks), everything)
        else:
            found = _with_text(found, read, assign_text_fields(read.fields, marks))
    blank = [] if form is None else [f for page in form.pages for f in page.fields if f.is_extra]
    there = {one.name for one in found.extra_fields}
    return replace(
        found, extra_fields=(*found.extra_fields, *(extra_field(f, ()) for f in blank if f.name not in there))
    )


def _with_text(found: Observation, read: ReadArea, texts: Mapping[str, Sequence[RecognizedRegion]]) -> Observation:
    """`found` with the fields of text."""
    title, name, block_name = (
        field_reading(read, texts[name]) if name in texts else kept
        for name, kept in (("title", found.title), ("name", found.name), ("block_name", found.block_name))
    )
    extra_fields = [
        extra_field(field, texts[field.name], field_reading(read, texts[field.name]))
        for field in read.fields
        if field.is_extra and field.name in texts
    ]
    return replace(
        found, title=title, name=name, block_name=block_name, extra_fields=(*found.extra_fields, *extra_fields)
    )


def _with_boxes(
    found: Observation, read: ReadArea, boxes: Sequence[CellReading], everything: Sequence[Read]
) -> Observation:
    """`found` with the fields of an area in which each has a place of its own."""
    marks = {one.field.name: one.marks for one in boxes}
    block = with_block(found, read, Block(marks.get("signature", ()), marks.get("date", ())), everything)
    if "signature" in marks:
        found = replace(found, signature=block.signature, page_fingerprint=block.page_fingerprint)
    if "date" in marks:
        found = replace(found, date=block.date)
    return _with_text(found, read, marks)


def extra_field(field: FormField, marks: Sequence[RecognizedRegion], reading: FieldReading | None = None) -> ExtraField:
    """The record of a further field, as the table will show it."""
    seen = reading or FieldReading()
    match field.kind:
        case "tick":
            value = "yes" if marks else ""
        case "signature":
            value = "signed" if marks else ""
        case "date":
            value = _day(seen)
        case "text":
            value = seen.text
    return ExtraField(field.name, field.kind, field.label, field.required, field.page, value, seen)


def _day(reading: FieldReading) -> str:
    """A day as ISO where typing or ink show one, else the text."""
    typed = readings(reading.text) if reading.kind == "typed" else ()
    day = typed[0].day if typed else day_of_ink(reading)
    return day.isoformat() if day else reading.text


def page_writing(areas: Sequence[ReadArea]) -> PageWriting:
    """What tells the agreement of the page with these areas from others in the file."""
    found = form_fields(areas)
    own = (found.title, found.name, found.signature, found.date, found.block_name)
    lines = [tuple(line.text for line in reading.lines) for reading in own]
    return PageWriting(
        (*(" ".join(texts) for texts in lines), *(field.value for field in found.extra_fields)),
        " ".join((*lines[1], *lines[2], *lines[4])),
        b"".join(page_fingerprint(_at_point_scale(read.ink)) for read in areas[-1:] if read.ink),
        all(r.mark.mark.typed is not None for read in areas for r in read.reads),
    )


def with_blanks_filled(found: Observation, other: Observation) -> Observation:
    """`found` with the fields of `other` where nothing stands in its own."""
    return replace(
        found,
        title=found.title if found.title.lines else other.title,
        name=found.name if found.name.lines else other.name,
        signature=found.signature if found.signature.lines else other.signature,
        date=found.date if found.date.lines else other.date,
        block_name=found.block_name if found.block_name.lines else other.block_name,
        page_fingerprint=found.page_fingerprint or other.page_fingerprint,
    )


def with_block(found: Observation, read: ReadArea, block: Block, everything: Sequence[Read]) -> Observation:
    """`found` with the signature block's readings. `everything`: all that was read on the return."""
    signature = field_reading(read, block.signature)
    marks = [r.mark for r in block.signature]
    whole = {id(r.mark): r for r in read.reads}
    born_digital = form_share(read.page.image.words, read.page.fit.page) >= REAL_SHARE
    signed = [whole[id(r)] for r in block.signature]
    kind = signature_kind(signed, born_digital, [one for one in everything if one not in signed])
    return replace(
        found,
        signature=SignatureReading(
            kind,
            signed_probability(marks),
            not at_name_label(read.fields, block),
            signature.lines,
            signature.page,
            signature.box,
            signature.crop,
        ),
        date=field_reading(read, block.date),
        block_name=field_reading(read, block.names),
        page_fingerprint=page_fingerprint(_at_point_scale(read.ink)) if read.ink else b"",
    )


def _at_point_scale(ink: ForeignInk) -> npt.NDArray[np.bool_]:
    """The mask at one pixel a point: a pixel is inked where any of the finer ones is."""
    x0, y0, x1, y1 = ink.area
    small = cv2.resize(ink.mask.astype(np.float32), (round(x1 - x0), round(y1 - y0)), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.2, np.bool_)


def field_reading(read: ReadArea, reads: Sequence[RecognizedRegion]) -> FieldReading:
    """The record of a field that consists of these marks, which are `read`'s."""
    if not reads:
        return FieldReading()
    whole = {id(r.mark): r for r in read.reads}
    number = read.page.image.index + 1
    lines = tuple(line_of(whole[id(r)], number, page_box(read.page, r.mark.box)) for r in reads)
    zone = _around([r.mark.box for r in reads])
    kind: InkKind = "typed" if all(r.mark.typed for r in reads) else "handwritten"
    with stage("crops"):
        crop = _evidence(read.page, zone)
    return FieldReading(lines, kind, number, page_box(read.page, zone), crop)


def _around(boxes: Sequence[Zone]) -> Zone:
    array = np.array(boxes)
    low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def page_box(page: FittedPage, zone: Zone) -> Box:
    """A zone of the form as a box on the page as a viewer shows it."""
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    h, w = page.image.gray.shape
    quad = cv2.perspectiveTransform(corners, page.fit.to_pixels(page.image.dpi))[0] / (w, h)
    (left, top), (right, bottom) = np.clip(quad.min(axis=0), 0, 1), np.clip(quad.max(axis=0), 0, 1)
    return Box(float(left), float(top), float(right), float(bottom))


def _evidence(page: FittedPage, zone: Zone) -> bytes:
    """PNG of a zone of the page, upright, with a margin."""
    m = CROP_MARGIN_PT
    x0, y0, x1, y1 = zone
    area = (x0 - m, y0 - m, x1 + m, y1 + m)
    crop = warp_area(page.image.color, page.image.dpi, page.fit, area, INK_DPI)
    return bytes(cv2.imencode(".png", crop)[1].tobytes())
