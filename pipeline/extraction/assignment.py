"""Assignment: which recognized line is title, name, signature, date, or a name beside the signature.

A line goes to a field by where it stands and, for the date, by what it says. People write right of the label, under
the block, across it, one line too low, so the labels' own places only weigh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.extraction.areas import ReadArea
from pipeline.extraction.recognized_lines import DATE_ODDS, SURE_DATE_ODDS, RecognizedLine, in_reading_order
from pipeline.extraction.signing_place import at_name_label
from pipeline.forms.form import FormField, Zone

FieldLines = Mapping[str, Sequence[RecognizedLine]]
"""The lines of each field, by the field's name, in reading order; a field that is not there was not asked for."""

ROW_PT = 9.0
"""Ink whose middle is this near to a label's line, in points, stands beside that label."""
APART_PT = 24.0
"""Gap, points, from which two pieces of writing in one row are not the words of one name. Set by eye."""
OVER_RULE = 0.25
"""Share of its own width, or of the rule's, from which writing stands over a rule rather than beside it."""


@dataclass(frozen=True, slots=True)
class Block:
    """The signature block, parted."""

    signature: tuple[RecognizedLine, ...] = ()
    date: tuple[RecognizedLine, ...] = ()
    names: tuple[RecognizedLine, ...] = ()
    """Names written beside the signature."""

    def by_field(self) -> FieldLines:
        """The same by the names of the form's fields."""
        return {"signature": self.signature, "date": self.date, "block_name": self.names}


def assign_fields(area: ReadArea) -> FieldLines:
    """The lines of each field of an area. A date that is blank is the one that a certificate's stamp states."""
    if area.cells is not None:
        found: FieldLines = {cell.field.name: cell.answer for cell in area.cells}
    elif any(field.kind in ("signature", "date") for field in area.fields):
        found = assign_block(area.fields, area.lines).by_field()
    else:
        found = assign_text_fields(area.fields, area.lines)
    blank = "date" in found and not found["date"]
    return {**found, "date": area.stamp.dates[:1]} if blank else found


def assign_text_fields(asked: Sequence[FormField], lines: Sequence[RecognizedLine]) -> FieldLines:
    """Lines of an area whose fields are lines of text.

    A line belongs to the field in whose zone its middle stands; but one that stands beside the field's rule rather
    than over it is the overflow of the field above (a long title runs down the margin).
    """
    fields = sorted((f for f in asked if f.kind == "text"), key=lambda f: f.zone[1])
    found: dict[str, list[RecognizedLine]] = {f.name: [] for f in fields}
    for line in lines:
        middle = line.region.center[1]
        at = max((i for i, f in enumerate(fields) if middle >= f.zone[1]), default=0)
        while at > 0 and _beside_rule(fields[at].rule, line.region.box):
            at -= 1
        if fields:
            found[fields[at].name].append(line)
    return {name: in_reading_order(own) for name, own in found.items()}


def _beside_rule(rule: Zone | None, box: Zone) -> bool:
    """Whether writing stands right of a rule rather than over it."""
    if rule is None:
        return False
    over = min(box[2], rule[2]) - max(box[0], rule[0])
    return over < OVER_RULE * min(box[2] - box[0], rule[2] - rule[0]) and box[0] > (rule[0] + rule[2]) / 2


def assign_block(fields: Sequence[FormField], lines: Sequence[RecognizedLine]) -> Block:
    """Part the lines of the signature block. Where nothing else signs, strokes that reach far out of a line do; and
    together with what else there is where that is less than they are: its shadow, a piece of it."""
    block = _parted([line for line in lines if not line.region.overhang], fields)
    strokes = tuple(line for line in lines if line.region.overhang)
    written = [line.region for line in block.signature if line.region.typed is None]
    if not strokes:
        return block
    if not written or at_name_label(fields, written):
        return Block(strokes, block.date, (*block.signature, *block.names))
    if sum(region.ink_pt2 for region in written) < sum(line.region.ink_pt2 for line in strokes):
        return Block((*block.signature, *strokes), block.date, block.names)
    return block


def _parted(lines: Sequence[RecognizedLine], fields: Sequence[FormField]) -> Block:
    zones = {f.name: f.zone for f in fields}
    dates = [line for line in lines if line.date_odds >= DATE_ODDS]
    rest = [line for line in lines if line not in dates]
    date = _nearest(dates, zones.get("date")) or _no_day(rest, zones)
    rest = [line for line in rest if line not in date]
    written = [line for line in rest if line.region.typed is None]
    typed = [line for line in rest if line.region.typed is not None]
    if not written:
        signature = _nearest(typed, zones.get("signature"))
        return Block(signature, date, tuple(line for line in typed if line not in signature))
    if len(written) == 1:
        return Block(tuple(written), date, tuple(typed))
    ordered = sorted(written, key=lambda line: line.region.center[1])
    beside_name = [line for line in ordered if _in_row(line, zones.get("block_name"))]
    if len(beside_name) == len(ordered):  # Side by side: the name stands at its label, the signature apart from it.
        first, *others = sorted(beside_name, key=lambda line: line.region.box[0])
        apart = min(line.region.box[0] for line in others) - first.region.box[2] >= APART_PT
        beside_name = [first] if apart else []
    names = tuple(beside_name[:1])
    return Block(tuple(line for line in ordered if line not in names), date, (*names, *typed))


def _no_day(lines: Sequence[RecognizedLine], zones: Mapping[str, Zone]) -> tuple[RecognizedLine, ...]:
    """What stands at the date's label and is no day: typing, or ink beside which another line is left to be signed."""
    if "date" not in zones:
        return ()
    others = [zone for name, zone in zones.items() if name != "date"]
    there = [
        line
        for line in lines
        if _in_row(line, zones["date"]) and not any(_nearer(line, z, zones["date"]) for z in others)
    ]
    written = [line for line in lines if line.region.typed is None]
    if any(line.region.typed is not None for line in there):
        return in_reading_order([line for line in there if line.region.typed is not None])
    return in_reading_order(there) if len(there) < len(written) else ()


def _nearer(line: RecognizedLine, zone: Zone, than: Zone) -> bool:
    """Whether a line's middle is nearer, up and down, to one zone's middle than to another's."""
    middle = line.region.center[1]
    return abs(middle - (zone[1] + zone[3]) / 2) < abs(middle - (than[1] + than[3]) / 2)


def _in_row(line: RecognizedLine, zone: Zone | None) -> bool:
    return zone is not None and abs(line.region.center[1] - (zone[1] + zone[3]) / 2) <= ROW_PT


def _nearest(lines: Sequence[RecognizedLine], zone: Zone | None) -> tuple[RecognizedLine, ...]:
    """The line whose middle is nearest to a zone's; sure dates first."""
    if not lines:
        return ()
    middle = (zone[1] + zone[3]) / 2 if zone else 0.0
    return (min(lines, key=lambda r: (r.date_odds < SURE_DATE_ODDS, abs(r.region.center[1] - middle))),)
