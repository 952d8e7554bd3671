"""How something is signed: by hand, in type, in a script font."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datamodel.records import SignatureKind
from pipeline.extraction.printed_line import glyph_likeness, printed_probability
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.script_fonts import is_script_font
from pipeline.extraction.text_layer import REAL_SHARE, form_share
from pipeline.registration.matching import FittedPage

SAME_GLYPH = 0.945
"""Correlation of two pictures of one letter from which they are one glyph of a font, on a page that is no scan: no hand
repeats itself so. Of the real signatures on such pages all below 0.93 were written, all above this were set."""
PRINTED = 0.3
"""Probability of plain type, 0..1, from which a mark on a scan was not made by hand. Under a half: a hand that is asked
about costs a look, a typed name that passes for a signature is never seen. With the volume left out, 1 of 55 names
typed for a signature lies below, and 2 of 330 signatures by hand above."""


def is_born_digital(page: FittedPage) -> bool:
    """Whether a page is no scan: its text layer has the form's own words in their places."""
    return form_share(page.image.words, page.fit.page) >= REAL_SHARE


def signature_kind(
    lines: Sequence[RecognizedLine], set_by_computer: bool, beside: Sequence[RecognizedLine] = ()
) -> SignatureKind:
    """How the marks at the signature's place were made.

    Plain print is told by itself or by the same font in what stands `beside` it in the return's other fields, also
    where a picture of it was pasted in. `set_by_computer`: the page itself is no scan, so that what looks written may
    be a font's; a script font that was printed and scanned passes for handwriting.
    """
    if not lines:
        return "none"
    written = [line for line in lines if line.region.typed is None]
    if written and set_by_computer and any(_repetition(line) >= SAME_GLYPH for line in written):
        return "script_font"
    if written:
        return "typed" if all(printed_probability(line, beside) >= PRINTED for line in written) else "handwritten"
    fonts = {font for line in lines if line.region.typed for font in line.region.typed.fonts}
    return "script_font" if any(is_script_font(font) for font in fonts) else "typed"


def _repetition(line: RecognizedLine) -> float:
    """How much alike two occurrences of a letter of the mark are, 0..1."""
    crop = line.region.crop
    return glyph_likeness(crop, line.views[0]) if crop is not None and line.views else 0.0
