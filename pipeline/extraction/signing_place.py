"""Where the author's signature belongs, and where it does not: what stands at the label for the name signs nothing
yet, and what stands where an employer or the publisher signs is not the author's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.documents.document import Word
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.ink_owners import nearest_zone, owners
from pipeline.extraction.locate import InkRegion
from pipeline.forms.form import FormField, SigningPlace, Zone

FOOT_PT = 2.0
"""How far, in points, a name beside its label may reach down beyond the line to sign on: a letter's tail does, a
signature that stands on both lines reaches farther."""


def at_name_label(fields: Sequence[FormField], regions: Sequence[InkRegion]) -> bool:
    """Whether all of these regions stand beside the label that asks for the name: nearer to it than to the line to
    sign on, and not reaching down over that line. False where nothing stands at all."""
    zones = {f.name: f.zone for f in fields}
    if not regions or "block_name" not in zones or "signature" not in zones:
        return False
    name, sign = zones["block_name"], zones["signature"]
    border = (name[1] + name[3] + sign[1] + sign[3]) / 4
    return all(region.center[1] < border and region.box[3] < sign[3] + FOOT_PT for region in regions)


def at_others_place(box: Zone, fields: Sequence[FormField], places: Sequence[SigningPlace]) -> bool:
    """Whether a box stands where somebody else than the author signs, nearer to it than to the author's `fields`."""
    found = nearest_zone(box, [*(field.zone for field in fields), *(place.zone for place in places)])
    return found is not None and found >= len(fields)


def off_others_places(
    ink: ForeignInk,
    typed: Sequence[tuple[Word, Zone]],
    fields: Sequence[FormField],
    places: Sequence[SigningPlace],
) -> tuple[ForeignInk, list[tuple[Word, Zone]]]:
    """The ink and the typed words of an area without what stands where somebody else than the author signs.

    A stroke or a word goes where it stands or to the nearest place, of the author's `fields` as of the others'
    `places`: the author's signature may reach into the place beside it. Without `places` both come back as they are.
    """
    if not places:
        return ink, list(typed)
    zones = [*(field.zone for field in fields), *(place.zone for place in places)]
    others = owners(ink, zones) >= len(fields)
    kept = [(word, box) for word, box in typed if not at_others_place(box, fields, places)]
    return replace(ink, mask=ink.mask & ~others), kept
