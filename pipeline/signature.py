"""Whether something is signed, and how: by hand, in type, in a script font."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.locate import Mark
from pipeline.records import SignatureKind

SCRIPT_FONTS = re.compile(
    r"(?i)script|hand|brush|cursiv|callig|signature|dancing|vibes|pacifico|segoe ?sc|bradley|mistral|zapfino|chancery"
    r"|caveat|sacramento|allura|kunstler|vivaldi|edwardian|snell|savoye|noteworthy|chalk|marker|kalam|satisfy|cookie"
    r"|kaufmann|palace|freestyle|rage|jokerman|comic"
)
"""Names of fonts that look written."""
SURE_INK_PT2 = 12.0
"""Ink from which a mark is surely more than dirt, square points: two short strokes of a pen."""


def signature_kind(marks: Sequence[Mark]) -> SignatureKind:
    """How the marks at the signature's place were made."""
    if not marks:
        return "none"
    if any(mark.typed is None for mark in marks):
        return "handwritten"
    fonts = {font for mark in marks if mark.typed for font in mark.typed.fonts}
    return "script_font" if any(SCRIPT_FONTS.search(font) for font in fonts) else "typed"


def signed_probability(marks: Sequence[Mark]) -> float:
    """0..1, that the marks are a signature and not dirt."""
    if not marks:
        return 0.02
    if any(mark.typed for mark in marks):
        return 0.98
    ink = sum(mark.ink_pt2 for mark in marks)
    seen = 0.99 if any(mark.found for mark in marks) else 0.9
    return seen * min(1.0, 0.5 + 0.5 * ink / SURE_INK_PT2)
