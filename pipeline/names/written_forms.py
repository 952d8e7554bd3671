"""The ways in which a person writes a name on a form, each with its prior.

A recognizer's character probabilities are scored against these strings. The priors are shares counted on 344
names of 170 returned agreements (name fields, names beside a signature, legible signatures), Chinese names
apart because only their order is often swapped and they are hardly ever shortened; counts of zero get a small
share all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Literal

from anyascii import anyascii

from pipeline.names.romanize import is_chinese, is_korean, normalize_latin, syllables
from pipeline.names.vocabulary import PARTICLES, SUFFIX

Where = Literal["name", "signature"]
Weighted = tuple[tuple[str, float], ...]

_STRUCTURES: dict[tuple[Where, bool], dict[str, float]] = {
    ("name", True): {"full": 0.90, "family first": 0.08, "initials": 0.01, "family": 0.005, "given": 0.005},
    ("name", False): {"full": 0.95, "family first": 0.02, "initials": 0.02, "family": 0.005, "given": 0.005},
    ("signature", True): {"full": 0.82, "family first": 0.13, "initials": 0.02, "family": 0.015, "given": 0.015},
    ("signature", False): {"full": 0.53, "family first": 0.02, "initials": 0.12, "family": 0.18, "given": 0.15},
}
"""(field, Chinese name) -> share of each structure. Chinese: 79 names, 75 signatures; others: 78 and 53."""
_CASES: dict[Where, dict[str, float]] = {
    "name": {"as is": 0.86, "family capitals": 0.07, "capitals": 0.06, "small": 0.01},
    "signature": {"as is": 0.93, "family capitals": 0.03, "capitals": 0.03, "small": 0.01},
}
_INITIAL_PATTERNS = (
    ("{d} {f}", 0.35),
    ("{p} {f}", 0.2),
    ("{p}{f}", 0.2),
    ("{d}{f}", 0.12),
    ("{f} {d}", 0.08),
    ("{f} {p}", 0.05),
)
"""Initials with dots {d} or plain {p}, beside the family name {f}."""
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa"), ("æ", "ae"))
_MIDDLE_LEFT_OUT = 0.08
_ACCENTS_DROPPED = 0.1
_COMMA = 0.15
"""Share of "Family, Given" among the names with the family name first."""
_LEAST = 2e-4
"""Priors below this are left out."""
_KOREAN_SYLLABLE = (
    r"(?:kk|tt|pp|ss|jj|ch|sh|[bcdghjklmnprst])?[yw]?(?:ae|eo|eu|oo|ee|ou|ui|[aeiou])(?:ng|[klmnpt](?![aeiouyw]))?"
)
_KOREAN_GIVEN = re.compile(rf"({_KOREAN_SYLLABLE})((?![aeiou]){_KOREAN_SYLLABLE})")


@lru_cache(maxsize=8192)
def written_forms(name: str, where: Where = "name") -> Weighted:
    """The ways to write a roster name on a form, likeliest first: (form, prior probability); priors sum to 1.

    `where` is the field: people shorten a name where they sign. A full stop behind a form is not listed.
    """
    total: dict[str, float] = {}
    for spelled, share in _accents(unicodedata.normalize("NFC", name)):
        for form, prior in _forms_of_spelling(spelled, where):
            total[form] = total.get(form, 0.0) + share * prior
    kept = {form: prior for form, prior in total.items() if prior >= _LEAST} or total
    scale = sum(kept.values())
    return tuple(sorted(((form, prior / scale) for form, prior in kept.items()), key=lambda item: (-item[1], item[0])))


def _forms_of_spelling(name: str, where: Where) -> list[tuple[str, float]]:
    """The forms of a name as it is spelled, in all cases; the same form may come twice."""
    words = [w for w in name.split() if not SUFFIX.match(w)] or name.split()
    if len(words) < 2:
        return [cased for word in words for cased in _cases(word, 1.0, where, word)]
    given, family = _given_and_family(words)
    folded = tuple(normalize_latin(name).split())
    chinese = is_chinese(folded)
    shares = _STRUCTURES[where, chinese]
    forms: list[tuple[str, float]] = []
    for spelling, prior in _given_spellings(given, chinese, is_korean(folded)):
        forms += [(f"{spelling} {family}", prior * shares["full"])]
        forms += [(f"{family} {spelling}", prior * shares["family first"] * (1 - _COMMA))]
        forms += [(f"{family}, {spelling}", prior * shares["family first"] * _COMMA)]
        if _stands_alone(spelling, " ".join(given)):
            forms += [(spelling, prior * shares["given"])]
    forms.append((family, shares["family"]))
    forms += [(form, prior * shares["initials"]) for form, prior in _with_initials(given, family)]
    return [cased for form, prior in forms for cased in _cases(form, prior, where, family)]


def _stands_alone(given: str, whole: str) -> bool:
    """Whether a spelling of the given names can stand without the family name: no initials, no lone syllables."""
    words = normalize_latin(given).split()
    if given == whole:
        return any(len(word) > 1 for word in words)
    middle_names = len(words) == 1 or set(words) <= set(normalize_latin(whole).split())
    return middle_names and any(len(word) > 2 and word not in PARTICLES for word in words)


def _given_and_family(words: Sequence[str]) -> tuple[list[str], str]:
    """Given names and family name of a name written given name first; particles belong to the family name."""
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return list(words[:start]), " ".join(words[start:])


def _given_spellings(given: Sequence[str], chinese: bool, korean: bool) -> list[tuple[str, float]]:
    """The given names as they may stand: as in the roster, syllables joined or split, middle names left out."""
    whole = " ".join(given)
    parts = re.split(r"[\s-]+", whole)
    others: list[tuple[str, float]] = []
    if len(given) == 1 and len(parts) == 2:
        others += _joinings(parts[0], parts[1], 0.15)
    elif len(given) == 1 and (split := _two_syllables(whole, chinese, korean)):
        others += _joinings(split[0], split[1], 0.06)
    elif len(given) == 2 and all(len(normalize_latin(word)) > 1 for word in given) and chinese:
        others += _joinings(given[0], given[1], 0.1)
    if len(given) > 1 and not chinese:
        full = [word for word in given if len(word.strip(".")) > 1]
        some = [" ".join(full[i:j]) for i, j in combinations(range(len(full) + 1), 2) if 1 < j - i < len(full)]
        shorter = dict.fromkeys([*full, *some, f"{given[0]} {_dotted(given[1:])}"])
        others += [(form, _MIDDLE_LEFT_OUT / len(shorter)) for form in shorter]
    others = [(form, prior) for form, prior in others if form != whole]
    return [(whole, 1 - sum(prior for _, prior in others)), *others]


def _joinings(first: str, second: str, share: float) -> list[tuple[str, float]]:
    """Two syllables split, hyphenated, joined with and without a capital inside."""
    small, capital = second.lower(), second[:1].upper() + second[1:]
    forms = (f"{first} {capital}", f"{first}{capital}", f"{first}-{capital}", f"{first}{small}", f"{first}-{small}")
    return [(form, share / len(forms)) for form in forms]


def _two_syllables(word: str, chinese: bool, korean: bool) -> tuple[str, str] | None:
    """The two syllables of a Chinese or Korean given name written as one word."""
    if chinese and len(found := syllables(word.lower())) == 2:
        return word[: len(found[0])], word[len(found[0]) :]
    match = _KOREAN_GIVEN.fullmatch(word.lower()) if korean else None
    return (word[: match.end(1)], word[match.end(1) :]) if match else None


def _dotted(words: Iterable[str]) -> str:
    return " ".join(f"{word[0].upper()}." for word in words)


def _with_initials(given: Sequence[str], family: str) -> list[tuple[str, float]]:
    """Initials with the family name: of all given names or of the first; of syllables where a hyphen parts them."""
    letters = [part[0].upper() for word in given for part in word.split("-") if part]
    choices = dict.fromkeys(("".join(letters), letters[0]) if letters else ())
    forms = []
    for initials in choices:
        dotted = ".".join(initials) + "."
        spaced = ". ".join(initials) + "."
        for pattern, share in _INITIAL_PATTERNS:
            prior = share / len(choices)
            forms.append((pattern.format(d=dotted, p=initials, f=family), prior * 0.7))
            forms.append((pattern.format(d=spaced, p=initials, f=family), prior * 0.3))
    return forms


def _cases(form: str, prior: float, where: Where, family: str) -> list[tuple[str, float]]:
    shares = _CASES[where]
    return [
        (form, prior * shares["as is"]),
        (form.replace(family, family.upper()), prior * shares["family capitals"]),
        (form.upper(), prior * shares["capitals"]),
        (form.lower(), prior * shares["small"]),
    ]


def _accents(name: str) -> list[tuple[str, float]]:
    """A name as it is and without its accents, umlauts also as two letters."""
    plain = [_unaccented(name, pairs) for pairs in ((), _UMLAUTS)]
    options = [option for option in dict.fromkeys(plain) if option != name]
    if not options:
        return [(name, 1.0)]
    return [(name, 1 - _ACCENTS_DROPPED), *((option, _ACCENTS_DROPPED / len(options)) for option in options)]


def _unaccented(name: str, expansions: Iterable[tuple[str, str]]) -> str:
    for letter, pair in expansions:
        name = name.replace(letter, pair).replace(letter.upper(), pair.capitalize())
    return anyascii(name)
