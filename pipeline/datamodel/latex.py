"""LaTeX as a reader sees it: plain text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

FOOTNOTE = re.compile(r"\\(?:thanks|footnote|footnotemark|inst|textsuperscript|orcid\w*)\s*(?:\{[^{}]*\}|\[[^]]*\])")


RAISED = re.compile(r"\$\s*\^\s*(?:\{[^{}]*\}|[^{}$])\s*\$")


_BARE_SPECIAL = re.compile(r"(?<!\\)([%&#])")


_TYPEWRITER = re.compile(r"\\texttt(?![a-zA-Z])")


_MATH_LETTERS = re.compile(r"[\U0001D400-\U0001D7FF]")


@lru_cache(maxsize=1)
def _converter() -> LatexNodes2Text:
    return LatexNodes2Text(math_mode="text", keep_comments=False)


def _decode(latex: str) -> str:
    """LaTeX decoded; where braces are nested deeper than the parser can go, without LaTeX's own characters."""
    try:
        return str(_converter().latex_to_text(latex, tolerant_parsing=True))
    except RecursionError:
        return re.sub(r"[\\{}$]", "", latex)


def plain_text(latex: str) -> str:
    """LaTeX as readable text, NFC, with single spaces: accents composed, braces and commands gone, `$k$` as `k`.

    A bare %, & or # stands for itself: titles are exported from places that don't know LaTeX.
    """
    escaped = _TYPEWRITER.sub(r"\\textrm", _BARE_SPECIAL.sub(r"\\\1", latex))
    text = _decode(escaped) if re.search(r"[\\{}$~`'-]", escaped) else escaped
    text = _MATH_LETTERS.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), text)
    return " ".join(unicodedata.normalize("NFC", text).split())
