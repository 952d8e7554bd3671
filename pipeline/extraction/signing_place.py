"""Where a signature belongs in a block that also asks for the name: what stands at the name's label signs nothing
yet."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extraction.locate import InkRegion
from pipeline.forms.form import FormField

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
