"""Common short forms of given names, from the hand-curated list of the `nicknames` package (English names)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from nicknames import NickNamer

LEAST_LETTERS: Final = 3
"""Shorter words are left alone: as many are other people's names (`Bo`, `Al`) or syllables."""


def is_short_form(a: str, b: str) -> bool:
    """Whether one of two given names (folded) is a common short form of the other: `bob` and `robert`."""
    if min(len(a), len(b)) < LEAST_LETTERS or a == b:
        return False
    return b in _short_forms(a) or a in _short_forms(b)


@lru_cache(maxsize=4096)
def _short_forms(name: str) -> frozenset[str]:
    return frozenset(_list().nicknames_of(name))


@cache
def _list() -> NickNamer:
    return NickNamer()
