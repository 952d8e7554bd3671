"""Short texts in encodings that nothing names: files' names in archives, raw bytes in the headers of mails.

UTF-8 is told by itself. Of the others the likeliest is taken: each has characters that are common in it, and bytes read
in the wrong one give characters that are not (half-width kana, rare ideographs, line drawings, accents in a row).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

COMMON = 0.93
"""Probability that a character outside ASCII is one of its encoding's common ones. All shares here are set by eye:
names of files decide between encodings by tens of nats."""
RARE = 0.001
"""Probability that a character outside ASCII is one that hardly any name has: a sign, a line, half-width kana."""
OTHER = 0.03
"""Probability that a character outside ASCII is a letter or ideograph neither common nor rare."""
ACCENT = 0.01 / 40
"""Probability of an accented letter that is none of the language's that the others are of."""
_CYRILLIC_FREQUENT = "оеаинтсрвлкмдпу"
_WESTERN = ("äöüßé", "éèêàçëîôû", "áéíóúñ", "ãõáéíóúâêôç", "åäöæøé")
_CENTRAL = ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "čćžšđ", "ăâîșşțţ", "äöüßé")
_TURKISH = ("çğıöşü",)
"""The accented letters of a language each; Turkish has a dotted capital I, too."""
_GREEK_FREQUENT = "αοιετσνηυρπκλμ"
_HEBREW_FREQUENT = "יוהלאמרבתנש"
_THAI_FREQUENT = "านรอกเงมยลวดทสตะปบัหิ่้"
_ARABIC_FREQUENT = "اليمنرتوبدع"
_LATIN_LETTERS = re.compile(r"[À-ÖØ-öø-ſẞ]")
_LETTER = re.compile(r"[^\W\d_]")
_BESIDE_PLAIN = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
BESIDE_PLAIN: Mapping[str, float] = {"latin": 0.0, "cyrillic": math.log(0.001), "ideographs": math.log(0.03)}
"""What it is worth (nats) that a letter stands beside a plain Latin one: usual for accents, a mixed word for others."""
PLAIN = math.log(1 / 60)
"""What a plain Latin letter, figure or sign is worth (nats): two bytes that are an ideograph are none."""
_LETTERS_IN_A_ROW = re.compile(r"[^\W\d_]{2,}")
_WITHOUT_VOWEL = re.compile(
    r"(?<![^\W\d_])(?:[\u0431-\u0434\u0436\u0437\u0439-\u043d\u043f-\u0442\u0444-\u044a\u044c]{3,}"
    r"|[βγδζθκλμνξπρςστφχψ]{3,})(?![^\W\d_])",
    re.IGNORECASE,
)
NO_VOWEL = math.log(0.05)
"""What it is worth (nats) that a Cyrillic or Greek word has no vowel: it is Hebrew, which writes none."""
CAPITAL_INSIDE = math.log(0.01)
"""What it is worth (nats) that an accented or foreign capital stands behind a small letter."""


@dataclass(frozen=True, slots=True)
class _Encoding:
    """An encoding with the natural log of what a character of it is worth."""

    name: str
    log_probability: Callable[[str, bytes], float]
    """Of a character outside ASCII, by itself and its bytes."""
    log_prior: float = 0.0
    script: str = "ideographs"
    languages: Sequence[str] = ()
    """Accented letters of each language that is written with it; where there are several, one of them is meant."""

    def beside_plain(self) -> float:
        """What it is worth (nats) that a letter stands beside a plain Latin one."""
        return BESIDE_PLAIN.get(self.script, BESIDE_PLAIN["cyrillic"])


def _ideographs(leads: Sequence[tuple[int, int, float, int]], rare: int) -> Callable[[str, bytes], float]:
    """`leads`: (first and last byte of two, share, how many characters) of each class of common characters."""

    def log_probability(character: str, code: bytes) -> float:
        for first, last, share, count in leads:
            if len(code) == 2 and first <= code[0] <= last:
                return math.log(share / count)
        return math.log((OTHER if _LETTER.match(character) and len(code) == 2 else RARE) / rare)

    return log_probability


def _alphabet(frequent: str, first: str, last: str) -> Callable[[str, bytes], float]:
    """`frequent`: small letters that make up most of a text; `first` and `last`: of all small letters."""

    def log_probability(character: str, _: bytes) -> float:
        small = character.lower()
        if small in frequent:
            return math.log((0.7 if character == small else 0.05) / len(frequent))
        return math.log((0.2 if first <= small <= last else RARE) / 40)

    return log_probability


_cyrillic = _alphabet(_CYRILLIC_FREQUENT, "\u0430", "\u044f")


def _latin(character: str, _: bytes) -> float:
    """A Latin letter beyond ASCII, whatever the language; those of one language are worth more (`_of_a_language`)."""
    return math.log(ACCENT if _LATIN_LETTERS.match(character) else RARE / 40)


def _of_a_language(foreign: str, languages: Sequence[str]) -> float:
    """What it is worth (nats) that accented letters, which stand singly among plain ones, are those of one language."""
    small = [character.lower().rstrip("\u0307") for character in foreign]
    gains = [(alphabet, math.log(0.06 / len(alphabet)) - math.log(ACCENT)) for alphabet in languages]
    return max((sum(gain for c in small if c in alphabet or c == "i") for alphabet, gain in gains), default=0.0)


_ENCODINGS = (
    _Encoding("gb18030", _ideographs([(0xB0, 0xD7, COMMON, 3755), (0xA3, 0xA3, 0.02, 94)], 6000)),
    _Encoding(
        "cp932", _ideographs([(0x82, 0x83, 0.45, 180), (0x88, 0x97, 0.5, 2965), (0x81, 0x81, 0.04, 100)], 4000), -0.7
    ),
    _Encoding("cp949", _ideographs([(0xB0, 0xC8, COMMON, 2350)], 8000), -0.7),
    _Encoding("cp950", _ideographs([(0xA4, 0xC6, COMMON, 5401), (0xA1, 0xA1, 0.02, 94)], 7000), -0.7),
    _Encoding(
        "euc_jp", _ideographs([(0xA4, 0xA5, 0.45, 170), (0xB0, 0xCF, 0.5, 2965), (0xA1, 0xA1, 0.04, 94)], 4000), -2.0
    ),
    _Encoding("cp437", _latin, -0.5, "latin", _WESTERN),
    _Encoding("cp850", _latin, -0.4, "latin", _WESTERN),
    _Encoding("cp1252", _latin, 0.0, "latin", _WESTERN),
    _Encoding("cp1250", _latin, -0.5, "latin", _CENTRAL),
    _Encoding("cp852", _latin, -0.7, "latin", _CENTRAL),
    _Encoding("cp1254", _latin, -1.0, "latin", _TURKISH),
    _Encoding("cp857", _latin, -1.0, "latin", _TURKISH),
    _Encoding("cp866", _cyrillic, -0.5, "cyrillic"),
    _Encoding("cp1251", _cyrillic, -0.5, "cyrillic"),
    _Encoding("koi8-u", _cyrillic, -2.0, "cyrillic"),
    _Encoding("mac_roman", _latin, -1.0, "latin", _WESTERN),
    _Encoding("cp737", _alphabet(_GREEK_FREQUENT, "\u03ac", "\u03ce"), -2.0, "greek"),
    _Encoding("cp862", _alphabet(_HEBREW_FREQUENT, "\u05d0", "\u05ea"), -2.0, "hebrew"),
    _Encoding("cp720", _alphabet(_ARABIC_FREQUENT, "\u0621", "\u064a"), -3.0, "arabic"),
    _Encoding("cp874", _alphabet(_THAI_FREQUENT, "\u0e01", "\u0e4e"), -2.0, "thai"),
    _Encoding("cp1253", _alphabet(_GREEK_FREQUENT, "\u03ac", "\u03ce"), -2.0, "greek"),
    _Encoding("cp1255", _alphabet(_HEBREW_FREQUENT, "\u05d0", "\u05ea"), -1.0, "hebrew"),
    _Encoding("cp1256", _alphabet(_ARABIC_FREQUENT, "\u0621", "\u064a"), -2.0, "arabic"),
)


def encoding_of(raw: bytes) -> str:
    """The encoding in which bytes are most likely written; `cp437`, in which any bytes can be read, where none fits."""
    if _in(raw, "utf-8") is not None:
        return "utf-8"
    scored = [(_log_likelihood(raw, one), -rank, one.name) for rank, one in enumerate(_ENCODINGS)]
    return max(scored)[2]


def decoded_name(raw: bytes) -> str:
    """Bytes as the text that they most likely are. Never raises."""
    return raw.decode(encoding_of(raw), errors="replace")


def _in(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _log_likelihood(raw: bytes, encoding: _Encoding) -> float:
    text = _in(raw, encoding.name)
    if text is None:
        return -math.inf
    foreign = [character for character in text if ord(character) > 127]
    try:
        codes = [character.encode(encoding.name) for character in foreign]
    except UnicodeEncodeError:
        return -math.inf
    worth = sum(encoding.log_probability(c, code) for c, code in zip(foreign, codes, strict=True))
    beside = len(_BESIDE_PLAIN.findall(text)) * encoding.beside_plain()
    plain = (len(text) - len(foreign)) * PLAIN
    worth += NO_VOWEL * len(_WITHOUT_VOWEL.findall(text))
    worth += _of_a_language("".join(foreign), encoding.languages)
    return encoding.log_prior + worth + beside + plain + _capitals_inside(text) * CAPITAL_INSIDE


def _capitals_inside(text: str) -> int:
    """Accented or foreign capitals behind a small letter of the same word: what a wrong encoding makes of letters."""
    words = _LETTERS_IN_A_ROW.findall(text)
    return sum(a.islower() and b.isupper() and ord(b) > 127 for word in words for a, b in pairwise(word))
