"""Whether something is signed, and how: by hand, in type, in a script font."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.datamodel.records import SignatureKind
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.printed_line import glyph_likeness, printed_probability
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.text_layer import REAL_SHARE, form_share
from pipeline.registration.matching import FittedPage

SCRIPT_FONTS = re.compile(
    r"(?i)script|hand|brush|cursiv|callig|signature|dancing|vibes|pacifico|segoe ?sc|bradley|mistral|zapfino|chancery"
    r"|caveat|sacramento|allura|kunstler|vivaldi|edwardian|snell|savoye|noteworthy|chalk|marker|kalam|satisfy|cookie"
    r"|kaufmann|palace|freestyle|rage|jokerman|comic|aurore|homemade|reenie|gloria|indie|patrick|amatic|tangerine"
    r"|pinyon|parisienne|italianno|yellowtail|courgette|damion|handlee|schoolbell|daughter|zeyada|qwigley|norican"
    r"|marck|kristi|bilbo|arizonia|monsieur|alex ?brush|rouge|shadows ?into|over ?the ?rainbow|rock ?salt"
)
"""Names of fonts that look written."""
SEEN = 0.998
"""Probability that what the line finder takes for a line of writing at the signature's place is a signature. All of 170
real ones were, which shows no more than that fewer than one in fifty is not."""
CLUSTERED = 0.9
"""Probability that ink at the signature's place which only clusters is one: dirt clusters, too."""
SURE_INK_PT2 = 12.0
"""Ink from which a mark is surely more than dirt, square points: two short strokes of a pen."""
SAME_GLYPH = 0.945
"""Correlation of two pictures of one letter from which they are one glyph of a font, on a page that is no scan: no hand
repeats itself so. Of the real signatures on such pages all below 0.93 were written, all above this were set."""
PRINTED = 0.4
"""Probability of plain type, 0..1, from which a mark on a scan was not made by hand. A little under a half: a hand that
is asked about costs a look, a typed name that passes for a signature is never seen."""


def is_born_digital(page: FittedPage) -> bool:
    """Whether a page is no scan: its text layer has the form's own words in their places."""
    return form_share(page.image.words, page.fit.page) >= REAL_SHARE


def signature_kind(
    lines: Sequence[RecognizedLine], set_by_computer: bool, beside: Sequence[RecognizedLine] = ()
) -> SignatureKind:
    """How the marks at the signature's place were made.

    `set_by_computer`: the page itself is no scan, so that what looks written may be a font's. On a scan only
    plain print is told, by itself or by the same font in what stands `beside` it in the return's other fields: a script
    font that was printed and scanned passes for handwriting.
    """
    if not lines:
        return "none"
    written = [line for line in lines if line.region.typed is None]
    if written and set_by_computer:
        return "script_font" if any(_repetition(line) >= SAME_GLYPH for line in written) else "handwritten"
    if written:
        return "typed" if all(printed_probability(line, beside) >= PRINTED for line in written) else "handwritten"
    fonts = {font for line in lines if line.region.typed for font in line.region.typed.fonts}
    return "script_font" if any(SCRIPT_FONTS.search(font) for font in fonts) else "typed"


def _repetition(line: RecognizedLine) -> float:
    """How much alike two occurrences of a letter of the mark are, 0..1."""
    crop = line.region.crop
    return glyph_likeness(crop, line.views[0]) if crop is not None and line.views else 0.0


def signed_probability(regions: Sequence[InkRegion]) -> float:
    """0..1, that the regions are a signature and not dirt."""
    if not regions:
        return 0.02
    if any(region.typed for region in regions):
        return SEEN
    ink = sum(region.ink_pt2 for region in regions)
    seen = SEEN if any(region.found for region in regions) else CLUSTERED
    return seen * min(1.0, 0.5 + 0.5 * ink / SURE_INK_PT2)
