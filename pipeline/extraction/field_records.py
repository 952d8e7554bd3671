"""The records of a return's fields, made of the lines that each was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.datamodel.records import ExtraField, FieldReading, InkKind, LineReading, Observation, SignatureReading
from pipeline.datamodel.stopwatch import stage
from pipeline.dates.evidence import day_of_ink
from pipeline.dates.readings import readings
from pipeline.extraction.areas import ReadArea
from pipeline.extraction.assignment import FieldLines, assign_fields
from pipeline.extraction.page_crops import around, page_box, page_crop
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.extraction.printed_line import DATE_MODEL, printed_probability
from pipeline.extraction.recognized_lines import RecognizedLine, line_confidence
from pipeline.extraction.signature import is_born_digital, signature_kind
from pipeline.extraction.signed_mark import signed_probability
from pipeline.extraction.signing_place import at_name_label
from pipeline.forms.form import Form, FormField, Zone
from pipeline.registration.matching import FittedPage

SIGNED = 0.5
"""Probability, 0..1, from which what stands where a return is signed is taken for a signature."""


def form_fields(areas: Sequence[ReadArea], form: Form | None = None) -> Observation:
    """What stands in the form's fields in these areas; the blank further fields of `form` are listed, too."""
    everything = [line for area in areas for line in area.lines]
    found = Observation()
    for area in areas:
        found = with_fields(found, area, assign_fields(area), everything)
    blank = [] if form is None else [f for page in form.pages for f in page.fields if f.is_extra]
    there = {one.name for one in found.extra_fields}
    return replace(
        found, extra_fields=(*found.extra_fields, *(extra_field(f, ()) for f in blank if f.name not in there))
    )


def with_fields(
    found: Observation, area: ReadArea, assigned: FieldLines, everything: Sequence[RecognizedLine]
) -> Observation:
    """`found` with the records of an area's assigned fields. `everything`: all lines that were read on the return."""
    page = area.page
    title, name, date, block_name = (
        field_reading(page, assigned[field]) if field in assigned else kept
        for field, kept in (
            ("title", found.title),
            ("name", found.name),
            ("date", found.date),
            ("block_name", found.block_name),
        )
    )
    extra_fields = [
        extra_field(field, assigned[field.name], field_reading(page, assigned[field.name]))
        for field in area.fields
        if field.is_extra and field.name in assigned
    ]
    dated = assigned.get("date", ())
    found = replace(
        found,
        title=title,
        name=name,
        date=with_print(date, dated, [line for line in everything if line not in dated]) if dated else date,
        block_name=block_name,
        extra_fields=(*found.extra_fields, *extra_fields),
    )
    if "signature" not in assigned:
        return found
    signature = signature_reading(area, assigned["signature"], everything)
    fingerprint = page_fingerprint(area.ink.at_point_scale()) if area.ink else b""
    found = replace(found, signature=signature, page_fingerprint=fingerprint)
    if signature.kind == "none" and not found.block_name.lines:
        # A name that is typed at its own label, where nothing is signed, is just that name.
        names = [line for line in assigned["signature"] if at_name_label(area.fields, [line.region])]
        found = replace(found, block_name=field_reading(page, names))
    return found


def signature_reading(
    area: ReadArea, signed: Sequence[RecognizedLine], everything: Sequence[RecognizedLine]
) -> SignatureReading:
    """The record of a signature that consists of these lines; of none, where they are rather dirt, a stamp, a name.
    `everything`: all that was read on the return."""
    reading = field_reading(area.page, signed)
    if not signed and area.stamp.zones:
        reading = _place(area.page, around(area.stamp.zones))
    others = [line for line in everything if line not in signed]
    probability = signed_probability(signed, area.fields, others)
    at_label = not at_name_label(area.fields, [line.region for line in signed])
    # What is written beside the label that asks for the name may sign all the same: whose name it is decides.
    is_signed = probability >= SIGNED or (not at_label and any(line.region.typed is None for line in signed))
    return SignatureReading(
        signature_kind(signed, is_born_digital(area.page), others) if is_signed else "none",
        probability,
        at_label or not is_signed,
        reading.lines if is_signed else (),
        reading.page,
        reading.box,
        reading.crop,
    )


def field_reading(page: FittedPage, lines: Sequence[RecognizedLine]) -> FieldReading:
    """The record of a field that consists of these lines of a page."""
    if not lines:
        return FieldReading()
    zone = around([line.region.box for line in lines])
    kind: InkKind = "typed" if all(line.region.typed for line in lines) else "handwritten"
    with stage("crops"):
        crop = page_crop(page, zone)
    number = page.image.index + 1
    return FieldReading(tuple(line_reading(page, line) for line in lines), kind, number, page_box(page, zone), crop)


def with_print(
    reading: FieldReading, lines: Sequence[RecognizedLine], beside: Sequence[RecognizedLine]
) -> FieldReading:
    """A date's record with how likely each of its lines was set in type. `beside`: the lines of the other fields."""
    printed = [printed_probability(line, beside, DATE_MODEL) for line in lines]
    return replace(reading, lines=tuple(replace(r, printed=p) for r, p in zip(reading.lines, printed, strict=True)))


def _place(page: FittedPage, zone: Zone) -> FieldReading:
    """A place of a page, with its picture, where nothing was written."""
    return FieldReading((), "none", page.image.index + 1, page_box(page, zone), page_crop(page, zone))


def line_reading(page: FittedPage, line: RecognizedLine) -> LineReading:
    """The record of a line of a page."""
    number, box = page.image.index + 1, page_box(page, line.region.box)
    typed = line.region.typed
    if typed:
        return LineReading(line.text, 1.0, typed.source, "typed", number, box)
    confidence = line_confidence(line.views[0]) if line.views else 1.0
    return LineReading(line.text, confidence, "ppocr", "handwritten", number, box, line.views)


def extra_field(field: FormField, lines: Sequence[RecognizedLine], reading: FieldReading | None = None) -> ExtraField:
    """The record of a further field, as the table will show it."""
    seen = reading or FieldReading()
    match field.kind:
        case "tick":
            value = "yes" if lines else ""
        case "signature":
            value = "signed" if lines else ""
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
