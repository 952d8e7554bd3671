"""What a written date can mean: every reading a string has, and none that it hasn't.

`9/10/2019` is 9 October and 10 September; both are kept, and who knows more (the checks, the batch) decides.
A reading needs a day, a month and a year in the text: nothing is ever filled in. Month names come from
dateparser's language data; numbers are parsed here, because dateparser returns one reading only and fills
missing parts from today.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import Final, Literal, NamedTuple

from rapidfuzz.distance import OSA

from pipeline.dates.plain_figures import plain_figures

Order = Literal["ymd", "dmy", "mdy"]

LANGUAGES: Final = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "ru", "uk", "be", "bg", "pl", "cs", "sk", "sl", "hr", "sr", "sr-Latn"),
    *("sv", "da", "nb", "is", "fi", "et", "lv", "lt", "hu", "tr", "ro", "el", "ca", "id", "he", "ar", "fa", "hi"),
    *("th", "bn", "ne", "ta", "ka", "hy", "mk", "kk"),
)
"""Languages whose month names are known, most used first: a word that several share belongs to English if at all."""
MONTH_KEYS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
PIVOT: Final = 50
"""Two-digit years below this are of the 2000s, the others of the 1900s."""

# Plausibility of a way of writing, relative to a date with a four-digit year and separators.
APOSTROPHE_YEAR: Final = 0.9
OTHER_CALENDAR: Final = 0.9
PARTED_YEAR: Final = 0.9
SHORT_YEAR: Final = 0.6
SHORT_YEAR_FIRST: Final = 0.05
JOINED: Final = 0.5
JOINED_SHORT: Final = 0.2
UNEVEN: Final = 0.95
WORDS_KEPT: Final = 4096
"""Words whose months are kept: every word of every date goes through here, and few of them are new."""
MISSPELT: Final = 0.5

DAY_FIRST: Final = {".": 0.75, "/": 0.5, "-": 0.7, " ": 0.6}
"""Share of day-before-month among dates of two small numbers and a last year, by separator (else: one half). Counted on
178 dates of eleven volumes: 15 of 22 with dots, 61 of 128 with slashes, 6 of 8 with dashes."""

_BETWEEN: Final = r"[\s./\\\-,;|_·、()«»\"“”„]"
"""A sign that parts a date's parts."""
_GAP: Final = re.compile(
    rf"{_BETWEEN}{{0,4}}(?:(?:(?:of|in|the|day|month|year|de|del|di|do|du|den|d[ií]as?|m[eê]s|a[nñ]o|th[aá]ng|n[aă]m|m|gada|"
    rf"év|hó|เดือน|ปี)(?![^\W\d_])|d'){_BETWEEN}{{0,3}}){{0,5}}"
)
"""What may stand between two parts: "13th day of the month of October", "13 días del mes de octubre"."""
_UNITS: Final = {"y": "年년", "m": "月월", "d": "日号號일"}
_UNIT: Final = re.compile(r" ?([年년月월日号號일])")
_SUFFIX: Final = re.compile(r"[ .,]?(?:st|nd|rd|th|[snrt](?!\d)|er|re|te|ter|:?e|:?a|[ºª°])(?![^\W\d_])", re.IGNORECASE)
_VOWEL_SIGNS: Final = (
    r"\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd"
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
"""Signs within words that Python takes for no letters: accents, vowels of Devanagari, Bengali, Tamil and Thai."""
_LETTERS: Final = rf"[^\W\d_](?:[^\W\d_]|[{_VOWEL_SIGNS}])*"
WORD: Final = re.compile(_LETTERS)
_WORD_BEFORE: Final = re.compile(rf"({_LETTERS})[\s.,/-]{{0,3}}\Z")
_WORD_BEHIND: Final = re.compile(rf"[\s.,/-]{{0,3}}({_LETTERS})")
OTHER_ERA: Final = re.compile(
    r"(?<![^\W\d_])(?:[RHS](?:\s|\.)?|[rhs]|[令平昭]\.?\s?)\d{1,2}\s?([./-])\s?\d{1,2}\s?\1\s?\d{1,2}(?!\d)"
)
"""A day of a Japanese era, R8.10.13: read as if the letter were noise it would be quite another day."""
_BUDDHIST: Final = range(FIRST_YEAR + 543, LAST_YEAR + 544)
"""Years as Thailand counts them, 2569 for 2026."""
_OTHER_DAY: Final = re.compile(
    r"(?<!\d)(?<!\d[./-])(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s?(?:[/&+-]|(?:or|to|and|und|bis|et)\b)\s?\Z",
    re.IGNORECASE,
)
"""Before a day: another one. Which of 12-13 October is meant is open."""
_REST_OF_YEAR: Final = re.compile(r"[\s.,/-]{1,3}(?:19|20)\d\d(?!\d)")
"""Behind two figures: the year, so that they are none themselves (October 12-13, 2026)."""
_PARTED_YEAR: Final = re.compile(r"(?:19|20)\s\d\d(?![\d.:/h-])")
"""A year with a blank within, 20 26, as on a line that has the century printed."""


@dataclass(frozen=True, slots=True)
class DateReading:
    """One day that a string can mean."""

    day: date
    order: Order
    text: str
    """The part of the string that was read as the date."""
    weight: float
    """0..1; the weights of one string's readings sum to 1."""
    plausibility: float
    """0..1 of this way of writing, whatever else the string can mean: 1 for a year of four digits with separators."""
    by_name: bool
    """Whether the month is given by its name."""


class _Part(NamedTuple):
    """A year, month or day found in the text, from `start` to before `end`."""

    start: int
    end: int
    value: int
    plausibility: float
    is_word: bool = False


class _Match(NamedTuple):
    start: int
    end: int
    day: date
    order: Order
    plausibility: float
    separator: str
    """The first separator's first character, empty where a month's name leaves no doubt of the order."""
    by_name: bool


def readings(text: str) -> tuple[DateReading, ...]:
    """Every day that `text` can mean, likeliest first; empty where day, month or year is missing.

    Noise around the date (a label, a weekday, a place) is passed over. Where a text holds several dates,
    each has its readings. Never raises.
    """
    plain, origin = plain_figures(text)
    plain = OTHER_ERA.sub(lambda found: " " * len(found[0]), plain)
    kept: list[_Match] = []
    for match in sorted(_matches(plain), key=lambda m: (-m.plausibility, m.start, -m.end)):
        if not match.by_name and _has_month_beside(plain, match.start, match.end):
            continue
        if all(_agree(match, other) for other in kept):
            kept.append(match)
    weight = _order_weights(kept)
    total = sum(weight)
    found: dict[tuple[date, str], DateReading] = {}
    for match, w in zip(kept, weight, strict=True):
        written = text[origin[match.start] : origin[match.end - 1] + 1]
        known = found.get((match.day, written))
        before = known.weight if known else 0.0
        first = known or DateReading(match.day, match.order, written, 0.0, match.plausibility, match.by_name)
        found[match.day, written] = replace(first, weight=w / total + before)
    return tuple(sorted(found.values(), key=lambda r: -r.weight))


def _has_month_beside(text: str, start: int, end: int) -> bool:
    """Whether a month's name stands right before or behind figures that were read as a whole date without it.

    What `October 1 3 2026` means is open: that it is no day of January or March is not.
    """
    before, after = _WORD_BEFORE.search(text[:start]), _WORD_BEHIND.match(text[end:])
    words = [found[1] for found in (before, after) if found]
    return any(len(word) >= 3 and any(p == 1.0 for _, p in months_of(word)) for word in words)


def _agree(match: _Match, other: _Match) -> bool:
    """Whether a match can stand beside a likelier one: on the same characters or on none of them."""
    if (match.start, match.end) == (other.start, other.end):
        return match.plausibility > SHORT_YEAR_FIRST or other.plausibility <= SHORT_YEAR_FIRST
    return match.start >= other.end or match.end <= other.start


@cache
def month_names(language: str) -> tuple[tuple[str, ...], ...]:
    """The twelve months' names and abbreviations in a language (ISO code), folded, as dateparser knows them.

    From its tables rather than babel's, which lack names in nearly all of these languages: declined forms (Polish,
    Finnish, Croatian, Hebrew), what people shorten a month to, second spellings (setiembre).
    """
    info = import_module(f"dateparser.data.date_translation_data.{language}").info
    return tuple(
        tuple(
            dict.fromkeys(name for n in info[key] if (name := normalize_month(n)) not in ROMAN and WORD.fullmatch(name))
        )
        for key in MONTH_KEYS
    )


def normalize_month(text: str) -> str:
    """Small letters without accents: the form in which month names are compared."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=WORDS_KEPT)
def months_of(word: str) -> tuple[tuple[int, float], ...]:
    """The months (1-12) that a word can name, with plausibility 0..1; misspelt names count, empty if none."""
    name = normalize_month(word)
    exact = _months_by_name().get(name)
    if exact:
        return tuple((month, 1.0) for month in exact)
    if word.isupper() and name in ROMAN:
        return ((ROMAN.index(name) + 1, 0.8),)
    return _misspelt(name)


def begins_month(word: str) -> bool:
    """Whether a word is the beginning of a month's name."""
    return any(name.startswith(normalize_month(word)) for name in _months_by_name())


def _misspelt(name: str) -> tuple[tuple[int, float], ...]:
    if len(name) < 4:
        return ()
    allowed = 1 if len(name) < 7 else 2
    distance: dict[int, int] = {}
    for known, months in _months_by_name().items():
        if len(known) >= 4 and (known[0] == name[0] or len(name) >= 7):
            d = OSA.distance(name, known, score_cutoff=allowed)
            if d <= allowed:
                for month in months:
                    distance[month] = min(d, distance.get(month, d))
    nearest = [month for month, d in distance.items() if d == min(distance.values())]
    return ((nearest[0], MISSPELT),) if len(nearest) == 1 else ()


@cache
def _months_by_name() -> dict[str, tuple[int, ...]]:
    names: dict[str, tuple[int, ...]] = {}
    for language in LANGUAGES:
        for month, forms in enumerate(month_names(language), start=1):
            for form in forms:
                if form in _english_names() and language != "en":
                    continue
                if month not in names.get(form, ()):
                    names[form] = (*names.get(form, ()), month)
    return names


@cache
def _english_names() -> frozenset[str]:
    return frozenset(form for forms in month_names("en") for form in forms)


_PART_ORDERS: Final[tuple[tuple[str, Order], ...]] = (("ymd", "ymd"), ("dmy", "dmy"), ("mdy", "mdy"), ("ydm", "ymd"))


def _matches(text: str) -> Iterator[_Match]:
    for start in range(len(text)):
        before = text[start - 1] if start else " "
        inside_number = text[start].isdigit() and before.isdigit()
        inside_word = text[start].isalpha() and before.isalpha()
        if inside_number or inside_word or not (text[start].isalnum() or text[start] == "'"):
            continue
        for parts, order in _PART_ORDERS:
            yield from _follow(text, start, parts, order)


def _follow(text: str, start: int, parts: str, order: Order) -> Iterator[_Match]:
    """Every way to read `parts` (letters of y, m, d in order) off the text from `start` on."""
    alone = not text[:start].strip()
    stack: list[tuple[tuple[_Part, ...], int, str]] = [((), start, "")]
    while stack:
        found, at, gaps = stack.pop()
        if len(found) == 3:
            end = found[-1].end
            if end < len(text) and text[end].isdigit() and text[end - 1].isdigit():
                continue
            if _is_open(text, found, parts, gaps):
                continue
            match = _finish(found, parts, order, gaps, alone and not text[end:].strip())
            if match:
                yield match
            continue
        for part in _part(text, at, parts[len(found)]):
            gap = _GAP.match(text, part.end)
            after = gap.end() if gap and len(found) < 2 else part.end
            separator = text[part.end : part.end + 1] if after > part.end else ""
            digits_meet = after == part.end < len(text) and text[after].isdigit() and text[after - 1].isdigit()
            stack.append(((*found, part), after, gaps + ("J" if digits_meet else separator or "W")))


def _is_open(text: str, found: tuple[_Part, ...], parts: str, gaps: str) -> bool:
    """Whether what stands around three parts says that they are no date by themselves: the year, or another day."""
    if any(part.plausibility < PARTED_YEAR for part, kind in zip(found, parts, strict=True) if kind == "y"):
        return bool(_REST_OF_YEAR.match(text, found[-1].end))
    if parts[0] != "d" or not (found[1].is_word or (gaps[0] == gaps[1] and gaps[0] in "./-")):
        return False
    other = _OTHER_DAY.search(text[: found[0].start])
    return other is not None and (found[1].is_word or gaps[0] not in other[0])


def _finish(found: tuple[_Part, ...], parts: str, order: Order, gaps: str, alone: bool) -> _Match | None:
    """The day that three parts make, or None where they make none or one too far-fetched."""
    part = dict(zip(parts, found, strict=True))
    named = part["m"].is_word
    if parts == "ydm" and not named:
        return None
    plausibility = part["y"].plausibility * part["m"].plausibility * part["d"].plausibility
    short = part["y"].plausibility < 1
    if "J" in gaps[:2]:
        if not _can_join(found, parts, gaps[:2], short, alone):
            return None
        plausibility *= JOINED_SHORT if short else JOINED
    elif not named and gaps[0] != gaps[1]:
        plausibility *= UNEVEN
    if parts[0] == "y" and part["y"].plausibility == SHORT_YEAR and gaps[:2] != "JJ":
        plausibility = SHORT_YEAR_FIRST
    try:
        day = date(part["y"].value, part["m"].value, part["d"].value)
    except ValueError:
        return None
    return _Match(found[0].start, found[-1].end, day, order, plausibility, "" if named else gaps[0], named)


def _can_join(found: tuple[_Part, ...], parts: str, gaps: str, short: bool, alone: bool) -> bool:
    """Whether digits with no separator are a date's: six or more, and no `12` split into a day and a month."""
    width = found[-1].end - found[0].start
    if short:
        return alone and gaps == "JJ" and width == 6
    if gaps == "JJ":
        return width >= 7
    first = gaps.index("J")
    return "y" in parts[first : first + 2] or found[first + 1].end - found[first].start == 4


def _part(text: str, at: int, kind: str) -> Iterator[_Part]:
    """Each year, month or day that begins at `at`, with the unit behind it (年, 月, 日) if it has one of its own."""
    find = {"y": _years, "m": _months, "d": _days}[kind]
    for part in find(text, at):
        unit = _UNIT.match(text, part.end)
        if not unit:
            yield part
        elif unit[1] in _UNITS[kind]:
            yield part._replace(end=unit.end())


def _years(text: str, at: int) -> Iterator[_Part]:
    quoted = at < len(text) and text[at] == "'"
    at += quoted
    digits = re.compile(r"\d{2,4}").match(text, at)
    if not digits:
        return
    if len(digits[0]) == 4 and FIRST_YEAR <= int(digits[0]) <= LAST_YEAR and not quoted:
        yield _Part(at, at + 4, int(digits[0]), 1.0)
    alone = not text[at + 4 : at + 5].isdigit() and not text[max(at - 1, 0) : at].isdigit()
    if len(digits[0]) == 4 and int(digits[0]) in _BUDDHIST and alone:
        yield _Part(at, at + 4, int(digits[0]) - 543, OTHER_CALENDAR)
    if parted := _PARTED_YEAR.match(text, at):
        yield _Part(at, parted.end(), int(parted[0][:2] + parted[0][-2:]), PARTED_YEAR)
        return
    short = int(digits[0][:2])
    yield _Part(at, at + 2, short + (2000 if short < PIVOT else 1900), APOSTROPHE_YEAR if quoted else SHORT_YEAR)


def _months(text: str, at: int) -> Iterator[_Part]:
    yield from _numbers(text, at, 12)
    word = WORD.match(text, at)
    if word:
        name = word[0].split("月")[0].split("월")[0]
        for month, plausibility in months_of(name) if name else ():
            yield _Part(at, at + len(name), month, plausibility, is_word=True)


def _days(text: str, at: int) -> Iterator[_Part]:
    for part in _numbers(text, at, 31):
        suffix = _SUFFIX.match(text, part.end)
        yield part._replace(end=suffix.end()) if suffix else part


def _numbers(text: str, at: int, most: int) -> Iterator[_Part]:
    for width in (1, 2):
        digits = text[at : at + width]
        if len(digits) == width and digits.isdecimal() and 1 <= int(digits) <= most:
            yield _Part(at, at + width, int(digits), 1.0)


def _order_weights(kept: list[_Match]) -> list[float]:
    """Plausibilities, shared out between day first and month first where both readings stand."""
    weights: list[float] = []
    for match in kept:
        rivals = {m.order for m in kept if (m.start, m.end) == (match.start, match.end) and m.day != match.day}
        share = 1.0
        if match.separator and rivals & {"dmy", "mdy"} and match.order != "ymd":
            first = DAY_FIRST.get(match.separator, 0.5)
            share = first if match.order == "dmy" else 1 - first
        weights.append(match.plausibility * share)
    return weights
