"""Text made comparable: letters, case, accents and typesetting evened out."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


@lru_cache(maxsize=8192)
def normalize_word(text: str) -> str:
    """Letters and digits only, small, ligatures spelt out: what survives hyphenation and poor layers."""
    spelt = (
        text.lower().replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff").replace("ﬃ", "ffi").replace("ﬄ", "ffl")
    )
    return re.sub(r"[^\w]|_", "", spelt)


@lru_cache(maxsize=8192)
def normalize_token(text: str) -> str:
    """Letters and digits of a word in lower-case ASCII, ligatures resolved."""
    return re.sub("[^a-z0-9]", "", anyascii(unicodedata.normalize("NFKC", text)).casefold())


@lru_cache(maxsize=65536)
def normalize_title(title: str) -> str:
    """Letters and digits only, in ASCII, small: what spelling of LaTeX, hyphens, quotes and spaces can't change."""
    return re.sub(r"[^a-z0-9]", "", anyascii(title).lower())
