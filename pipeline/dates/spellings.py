"""How people write dates, as data: orders of the parts, separators, spellings with their shares, and lookalikes.

Shares are rough frequencies, those of figures, names and what stands between them counted on 420 dates of eleven
volumes; none of them decides anything alone. Adding a way of writing means adding a line here.
The tries that `date_grammar` walks are built from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.dates.readings import MONTH_KEYS, Order, month_names

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

# fmt: off
INK_LANGUAGES: Final = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "cs", "sk", "hr", "fi", "hu", "tr", "ro", "id", "ca",
)
"""Languages whose month names are looked for in ink: those in Latin letters, which the recognizer knows."""

SAME_SHAPE: Final[Mapping[str, str]] = {
    "0": "OoDQUC\u3007\u25cb\u00b0", "1": "lI|i/!][\u4e28J)(\\tj", "2": "ZzaL", "3": "}\u0292", "4": "YyuqALhH",
    "5": "SsJ$", "6": "bGC", "7": "?T>/FfZ", "8": "BS&g", "9": "gqyapP",
    "/": "1lI|7()!][\\,Jfi\u4e3f", ".": ",\u00b7'\u2019:;`-\u2022\u3002\u3001", "-": "\u2013\u2014_~\u4e00.=",
    ",": ".';\u3001\uff0c/", "'": "\u2018\u2019\u00b4`,\"",
    "o": "0", "s": "5", "l": "1", "g": "9", "b": "6", "i": "1l", "a": "4", "e": "2c", "p": "g", "t": "1+",
    "\u5e74": "\u8f66", "\u65e5": "8B\u53e3\u66f0",
}
"""For a character that was meant, those of another kind that look like it."""
# fmt: on

BROKEN_ORDINAL: Final = 0.02
"""Share of days beside a month's name whose ordinal breaks off, "September 1s": raised, a 15 with a soft 5 is asked
about. One of 3,800 returns; set by eye so that "1s" and 15 are about as likely where an s is read."""
ENGLISH_SHARE: Final = 0.9
SHORTEST_NAME: Final = 3
"""Letters a month's name has at least; shorter ones are too easily found in any scribble."""

_DAY_FIRST: Final = {"/": 0.62, ".": 0.22, "-": 0.08, "": 0.03, ",": 0.01, "./": 0.002, "'": 0.002}
_MONTH_FIRST: Final = {"/": 0.76, ".": 0.10, "-": 0.05, "": 0.05, ",": 0.03}
_AFTER_YEAR: Final = {".": 0.45, "/": 0.27, "-": 0.17, "": 0.07, ",": 0.02, "年": 0.02}
_AFTER_MONTH: Final = {".": 0.45, "/": 0.27, "-": 0.17, "": 0.07, ",": 0.02, "月": 0.02}
_WORDED: Final = {".,": 0.02, "of": 0.02, "de": 0.01, "dayof": 0.002, "the": 0.002}
_NAME_FIRST: Final = _WORDED | {"": 0.67, ".": 0.25, ",": 0.03, "-": 0.01, "/": 0.01}
_BEFORE_NAME: Final = _WORDED | {"": 0.78, ",": 0.05, "-": 0.05, "/": 0.05, ".": 0.03}
_AFTER_NAME: Final = _WORDED | {"": 0.58, ",": 0.17, ".": 0.10, "-": 0.05, "/": 0.05}
_AFTER_DAY: Final = _WORDED | {",": 0.80, "": 0.09, ".": 0.05, "-": 0.01, "/": 0.02}
TAIL: Final = {"": 0.93, ".": 0.05, "日": 0.01, ",": 0.01}
"""What stands right behind a date."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One order of the parts. Blanks and spaces are free everywhere."""

    parts: str
    """Roles: y year, Y year in front (hardly ever short), m month's number, n month's name, d day beside a number, o
    day beside a name, where it may be an ordinal."""
    order: Order
    share: float
    first: Mapping[str, float]
    second: Mapping[str, float]
    """Shares of what stands between the parts."""


LAYOUTS: Final = (
    Layout("Ymd", "ymd", 0.22, _AFTER_YEAR, _AFTER_MONTH),
    Layout("dmy", "dmy", 0.21, _DAY_FIRST, _DAY_FIRST),
    Layout("mdy", "mdy", 0.19, _MONTH_FIRST, _MONTH_FIRST),
    Layout("noy", "mdy", 0.21, _NAME_FIRST, _AFTER_DAY),
    Layout("ony", "dmy", 0.15, _BEFORE_NAME, _AFTER_NAME),
    Layout("Yno", "ymd", 0.02, _NAME_FIRST, _NAME_FIRST),
)

ROLES: Final = "yYmndos"
"""What a spelling may be: a part of a layout, or `s`, a separator."""
FIGURE_ROLES: Final = ROLES.replace("n", "")
"""Those that are, or hold, figures or signs: all but the names of months."""

SEPARATORS: Final = tuple(sorted({s for layout in LAYOUTS for s in (*layout.first, *layout.second, *TAIL)} - {""}))


def year_spellings(year: int, in_front: bool) -> dict[str, float]:
    """How people write a year, with the share of each; `in_front`: before month and day, where few shorten it."""
    short = f"{year % 100:02}"
    return {str(year): 0.998, short: 0.002} if in_front else {str(year): 0.9, short: 0.08, f"'{short}": 0.02}


def month_number_spellings(month: int) -> dict[str, float]:
    """`month` from 1."""
    return {str(month): 0.6, f"0{month}": 0.4} if month < 10 else {str(month): 1.0}


def day_spellings(day: int) -> dict[str, float]:
    """`day` from 1, beside a month's number."""
    return {str(day): 0.6, f"0{day}": 0.4} if day < 10 else {str(day): 1.0}


def named_day_spellings(day: int) -> dict[str, float]:
    """`day` from 1, beside a month's name; ordinals as people get them wrong, too (3th, 1s)."""
    suffix = "th" if 10 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    plain = {str(day): 0.65, f"0{day}": 0.1} if day < 10 else {str(day): 0.75}
    return {f"{day}th": 0.02, f"{day}{suffix[0]}": BROKEN_ORDINAL} | {**plain, f"{day}{suffix}": 0.23}


@cache
def month_name_spellings(month: int) -> Mapping[str, float]:
    """Names and abbreviations of a month (from 1) in INK_LANGUAGES, folded; their shares sum to 1."""
    shares: dict[str, float] = {}
    for language in INK_LANGUAGES:
        share = ENGLISH_SHARE if language == "en" else (1 - ENGLISH_SHARE) / (len(INK_LANGUAGES) - 1)
        names = month_names(language)[month - 1]
        written = [name for name in names if name.isascii() and len(name) >= SHORTEST_NAME]
        for name in written:
            shares[name] = shares.get(name, 0.0) + share / len(written)
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """The spellings of all parts and separators with shared beginnings. Node 0 is the root. Equal only to itself.

    Arrays of shape (nodes,): index into `symbols` (-1 for the root) and indices of parent and grandparent.
    """

    symbols: str
    symbol: Ints
    parent: Ints
    grandparent: Ints
    repeats: npt.NDArray[np.bool_]
    """Whether a node's character is its parent's: CTC then wants a blank between."""
    ends: Mapping[str, tuple[Ints, Ints, Floats]]
    """For each role the nodes that end a spelling, the value spelled (from 0, rising) and the spelling's share."""


@cache
def trie(first_year: int, last_year: int, roles: str = ROLES) -> Trie:
    """The trie of these roles; year values count from `first_year`."""
    builder = _TrieBuilder()
    years, months, days = range(first_year, last_year + 1), range(1, len(MONTH_KEYS) + 1), range(1, 32)
    spellings: dict[str, list[Mapping[str, float]]] = {
        "y": [year_spellings(year, in_front=False) for year in years],
        "Y": [year_spellings(year, in_front=True) for year in years],
        "m": [month_number_spellings(month) for month in months],
        "n": [month_name_spellings(month) for month in months],
        "d": [day_spellings(day) for day in days],
        "o": [named_day_spellings(day) for day in days],
        "s": [{separator: 1.0} for separator in SEPARATORS],
    }
    for role in roles:
        for value, written in enumerate(spellings[role]):
            builder.add(role, value, written)
    return builder.build()


class _TrieBuilder:
    """Grows a trie spelling by spelling; values of a role are added in rising order."""

    def __init__(self) -> None:
        self._children: dict[tuple[int, str], int] = {}
        self._letters: list[str] = [""]
        self._parents: list[int] = [0]
        self._ends: dict[str, list[tuple[int, int, float]]] = {}

    def add(self, role: str, value: int, spellings: Mapping[str, float]) -> None:
        for spelling, share in spellings.items():
            node = 0
            for c in spelling:
                node = self._child(node, c)
            self._ends.setdefault(role, []).append((node, value, share))

    def _child(self, node: int, c: str) -> int:
        if (node, c) not in self._children:
            self._children[node, c] = len(self._letters)
            self._letters.append(c)
            self._parents.append(node)
        return self._children[node, c]

    def build(self) -> Trie:
        symbols = "".join(sorted(set(self._letters) - {""}))
        parent = np.array(self._parents)
        symbol = np.array([symbols.index(c) if c else -1 for c in self._letters])
        ends = {}
        for role, marks in self._ends.items():
            node, value, share = zip(*marks, strict=True)
            ends[role] = (np.array(node), np.array(value), np.array(share))
        return Trie(symbols, symbol, parent, parent[parent], (symbol == symbol[parent]) & (parent > 0), ends)
