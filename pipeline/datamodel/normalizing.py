"""Text made comparable: letters, case, accents and typesetting evened out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from html.entities import html5

from anyascii import anyascii

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")


def without_entities(text: str, stand_ins: Mapping[int, str] | None = None) -> str:
    """The text with HTML's entities (`&uuml;`, `&#252;`) as the characters they stand for.

    What is written twice over (`&amp;uuml;`), as web forms do, is undone twice. An entity that there is not stays.
    `stand_ins`: as `str.translate` takes them, what is put in the place of characters that would mean something else.
    """

    def character(found: re.Match[str]) -> str:
        number = int(found[1]) if found[1] else int(found[2], 16) if found[2] else None
        if number is not None:
            meant = chr(number) if 31 < number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]
        else:
            meant = html5.get(f"{found[3]};", found[0])
        return meant.translate(stand_ins) if stand_ins else meant

    if "&" not in text:
        return text
    return _ENTITY.sub(character, _ENTITY.sub(character, text))


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


def printable(text: str) -> str:
    """`text` with control characters, direction overrides and undecodable bytes written as escapes."""

    def shown(char: str) -> str:
        if 0xDC80 <= ord(char) <= 0xDCFF:
            return f"\\x{ord(char) - 0xDC00:02x}"
        if unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp"):
            return char.encode("unicode_escape").decode("ascii")
        return char

    return "".join(shown(char) for char in text)
