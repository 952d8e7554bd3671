"""A written date with plain figures: those of other scripts, Chinese numerals, years of other eras as years of ours.

A time of day is left out, for its hour is no year.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_APOSTROPHES: Final = "\u2018\u2019\u02bc\u2032\u00b4\u201b`"
"""What people type for the apostrophe before a year's last two figures."""
_ERA_YEAR: Final = re.compile(
    r"(令和|平成|昭和|(?:中[華华])?民[國国]|พ\.?ศ\.?|(?<![^\W\d_])(?:reiwa|heisei|showa|minguo)(?![^\W\d_]))"
    r"\s?(元|\d{1,4})(?!\d)",
    re.IGNORECASE,
)
_ERAS: Final = {"令": 2018, "平": 1988, "昭": 1925, "中": 1911, "民": 1911, "พ": -543}
"""First character of an era's name -> the year before its first one."""
_ERAS_IN_LATIN: Final = {"r": 2018, "h": 1988, "s": 1925, "m": 1911}
_REPUBLICAN_YEAR: Final = re.compile(r"(?<!\d)1\d\d(?=\s?年)")
"""A year as Taiwan counts them, 115年 for 2026."""
_TIME: Final = re.compile(
    r"(?<![\d:./T-])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?![.:/-]?\d)(?:\s?[AaPp]\.?[Mm]\b\.?)?"
    r"(?:\s(?:UTC|GMT|[CEW]ES?T|BST|MSK|[IJK]ST|[ACEMP][SD]T)(?![^\W\d_]))?"
)
"""A time of day with its zone: its hour is no year (Oct 13 14:33:21 2026)."""
_THAI_DOT: Final = re.compile(r"(?<=[ก-ฮ])\.(?=[ก-ฮ])")
"""Within a month's short name, ต.ค. for October."""
_HAN_DIGITS: Final = str.maketrans("\N{IDEOGRAPHIC NUMBER ZERO}○零一二三四五六七八九", "000123456789")
_HAN_NUMBER: Final = re.compile(r"[\N{IDEOGRAPHIC NUMBER ZERO}○零一二三四五六七八九十]+(?=\s?[年月日号號])")
_NAMELESS: Final = re.compile(r"(?<!\S)(\d{1,4})([\ue000-\uf8ff\ufffd])(\d{1,2})\2(\d{1,4})(?!\S)")
"""Three figures parted twice by one sign that a font gives no meaning: it can only be a separator."""


def plain_figures(text: str) -> tuple[str, list[int]]:
    """The text with plain digits, dashes and quotes, and for each character its place in the original."""
    characters: list[str] = []
    origin: list[int] = []
    for index, original in enumerate(_NAMELESS.sub(r"\1-\3-\4", text)):
        for c in unicodedata.normalize("NFKC", original):
            number = unicodedata.decimal(c, None)
            plain = str(number) if number is not None else c
            if unicodedata.category(c) == "Pd" or c == "\N{MINUS SIGN}":
                plain = "-"
            elif c in _APOSTROPHES:
                plain = "'"
            characters.append(plain)
            origin.append(index)
    plain = "".join(characters)
    for pattern, meaning in _REWRITTEN:
        plain, origin = _rewritten(plain, origin, pattern, meaning)
    return plain, origin


def _rewritten(
    text: str, origin: list[int], pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]
) -> tuple[str, list[int]]:
    """The text with what a pattern finds replaced by its meaning, and for each character its place in the original."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        put = meaning(match)
        pieces += [text[at : match.start()], put]
        places += origin[at : match.start()]
        places += [origin[min(match.start() + i, match.end() - 1)] for i in range(len(put) - 1)]
        places += origin[match.end() - 1 : match.end()] if put else ()
        at = match.end()
    return "".join([*pieces, text[at:]]), places + origin[at:]


def _han_figures(match: re.Match[str]) -> str:
    """A Chinese numeral before 年, 月 or 日 in figures (二〇一九年九月十日)."""
    numeral = match[0]
    if "十" not in numeral:
        return numeral.translate(_HAN_DIGITS)
    tens, _, ones = numeral.partition("十")
    return (tens.translate(_HAN_DIGITS) or "1") + (ones.translate(_HAN_DIGITS) or "0")


def _era_year(match: re.Match[str]) -> str:
    """The year of ours that a year of another era is."""
    sign = match[1][0].lower()
    before = _ERAS[sign] if sign in _ERAS else _ERAS_IN_LATIN[sign]
    return str(before + (1 if match[2] == "元" else int(match[2])))


_REWRITTEN: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (_HAN_NUMBER, _han_figures),
    (_ERA_YEAR, _era_year),
    (_REPUBLICAN_YEAR, lambda match: str(1911 + int(match[0]))),
    (_THAI_DOT, lambda _: ""),
    (_TIME, lambda _: ""),
)
