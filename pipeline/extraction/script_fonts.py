"""Fonts that look written, by their names."""

from __future__ import annotations

import re

SCRIPT_FONTS = re.compile(
    r"(?i)script|hand|brush|cursiv|callig|signature|dancing|vibes|pacifico|segoe ?sc|bradley|mistral|zapfino|chancery"
    r"|caveat|sacramento|allura|kunstler|vivaldi|edwardian|snell|savoye|noteworthy|chalk|marker|kalam|satisfy|cookie"
    r"|kaufmann|palace|freestyle|rage|jokerman|comic|aurore|homemade|reenie|gloria|indie|patrick|amatic|tangerine"
    r"|pinyon|parisienne|italianno|yellowtail|courgette|damion|handlee|schoolbell|daughter|zeyada|qwigley|norican"
    r"|marck|kristi|bilbo|arizonia|monsieur|alex ?brush|rouge|shadows ?into|over ?the ?rainbow|rock ?salt"
)
"""Names of fonts that look written."""


def is_script_font(name: str) -> bool:
    """Whether a font of this name looks written."""
    return SCRIPT_FONTS.search(name) is not None
