"""Words that stand in and around names: titles, suffixes, particles, employers. One list each, in `vocabulary.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources


@cache
def _held() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((resources.files("pipeline.names") / "vocabulary.toml").read_text(encoding="utf-8"))


def words(section: str, *lists: str) -> tuple[str, ...]:
    """The words of some lists of a section, in their order."""
    return tuple(word for name in lists for word in _held()[section][name])


def alternatives(held: Iterable[str]) -> str:
    """A pattern that matches one of the words, the longest that fits; a blank in it may also be a dot, or nothing."""
    longest_first = sorted(held, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"[. ]*") for word in longest_first)


TITLES = words("honorifics", "titles")
"""What stands before a name and can't be one."""
SUFFIXES = frozenset(words("names", "suffixes"))
"""What follows a family name: jr, iii."""
HONORIFICS = frozenset(
    part for word in words("honorifics", "titles", "ranks", "degrees") for part in word.split()
) | frozenset(SUFFIXES)
"""Titles, degrees and suffixes, word by word: ignored in a written name unless the author's name has them too."""
PARTICLES = frozenset(words("names", "particles"))
"""Small words that belong to the family name behind them."""
SMALL_WORDS = PARTICLES | frozenset(words("names", "small_words"))
"""Words of names that are no evidence of anybody alone."""
SUFFIX = re.compile(rf"(?:{alternatives(SUFFIXES)})\.?$", re.IGNORECASE)
"""A part of a name that is a suffix and nothing else; matched from its beginning."""
_IN_COLUMNS = words("honorifics", "titles", "ranks", "degrees", "columns", "east_asian")
TITLES_AND_DEGREES = re.compile(rf"(?:(?:{alternatives(_IN_COLUMNS)})[\s.\-,/]*)+", re.IGNORECASE)
"""What a column of titles of address holds."""
AFFILIATION = re.compile(
    rf"\b(?:{alternatives(words('affiliations', 'words'))})\b|\b(?:{alternatives(words('affiliations', 'beginnings'))})"
    rf"|{alternatives(words('affiliations', 'inside'))}",
    re.IGNORECASE,
)
"""What stands in the name or the address of an employer, and in no person's name."""
DEGREE = re.compile(rf"(?:{alternatives(words('honorifics', 'titles', 'degrees'))})\.?$", re.IGNORECASE)
"""A part between commas that is a degree or a title and nothing else; matched from its beginning."""
