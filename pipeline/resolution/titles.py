"""How a title that was read differs from the roster's: words only, not spelling, typesetting or slips of reading."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from anyascii import anyascii
from rapidfuzz import fuzz

from pipeline.datamodel.latex import plain_text

PAPER_NUMBER = re.compile(
    r"(?:\b(?:paper|submission|manuscript)\b[\s#:.]*(?:id|no|nr|number)?|\bid|#)[\s#:.]*\d+\b", re.IGNORECASE
)
"""A submission's number, as authors add it: "(Paper ID 123)", "#45"."""
ALIKE = 68.0
"""rapidfuzz ratio from which two strings are one word badly read."""
LEAST_LETTERS_IN_INK = 6
OTHER_WORD = 35.0
"""rapidfuzz ratio below which two long words are no reading of one another, where READ_SHARE of the title was read."""
READ_SHARE = 0.5
"""Share of the title's words that must be read as the roster has them before a differing one is held against it. Of 120
real handwritten titles none has such a word that the author did not write; of 109 with one word exchanged 75 show
it."""
LEAST_LETTERS = 3
"""A word that only one title has counts from this length; shorter ones come and go as specks and dots."""


def _greek(character: str) -> str:
    """A Greek letter by its name, as authors write it where they can't type it; any other character as it is."""
    found = re.match(r"GREEK (?:SMALL LETTER|CAPITAL LETTER|LUNATE) (\w+)", unicodedata.name(character, ""))
    return found[1].casefold() if found else character


def normalize_words(title: str) -> list[str]:
    """Words of a title in lower-case ASCII, without LaTeX, quotes, hyphens, or a paper's number."""
    text = plain_text(title) if re.search(r"[\\{}$]", title) else title
    text = "".join(_greek(ch) for ch in unicodedata.normalize("NFKC", text))
    text = re.sub(r"[\u00ad\u2010-\u2015-]\s*\n\s*", "", text)
    text = PAPER_NUMBER.sub(" ", text)
    return re.findall(r"[a-z0-9]+", anyascii(text).casefold().replace("'", ""))


def _alike(read: str, expected: str) -> bool:
    """Whether two stretches, without their spaces, are the same but for slips of reading."""
    return fuzz.ratio(read, expected) >= ALIKE


def _block(read: list[str], expected: list[str]) -> tuple[list[str], list[str]] | None:
    """What is left of two differing stretches when words that are alike at their ends are taken off."""
    if read and expected and _alike("".join(read), "".join(expected)):
        return None
    while read and expected and _alike(read[0], expected[0]):
        read, expected = read[1:], expected[1:]
    while read and expected and _alike(read[-1], expected[-1]):
        read, expected = read[:-1], expected[:-1]
    a, b = "".join(read), "".join(expected)
    if max(len(a), len(b)) < LEAST_LETTERS or (a and b and _alike(a, b)):
        return None
    return read, expected


def _clear_in_ink(read: list[str], expected: list[str]) -> bool:
    """Whether a difference outlasts bad reading: a word more or less, or much longer or shorter ones."""
    a, b = sorted((len("".join(read)), len("".join(expected))))
    return b >= LEAST_LETTERS_IN_INK and a <= b / 3


def _another_in_ink(read: list[str], expected: list[str]) -> bool:
    """Whether long words stand there that no bad reading makes of the expected ones."""
    a, b = "".join(read), "".join(expected)
    return min(len(a), len(b)) > LEAST_LETTERS_IN_INK and fuzz.ratio(a, b) < OTHER_WORD


def title_difference(read: str, roster_title: str, handwritten: bool = False) -> str:
    """The words by which a title differs from the roster's, as part of a sentence; empty where they agree.

    A word counts only if it clearly is another one: case, hyphens, quotes, LaTeX, ligatures, a paper's number
    and slips of reading make no difference. Of a `handwritten` title only words more or less count, and long ones
    that are quite others: a recognizer makes another word of one that it can't read.
    """
    a, b = normalize_words(read), normalize_words(roster_title)
    if not a or not b or "".join(a) == "".join(b) or sorted(a) == sorted(b):
        return ""
    changes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    found = [(b1 - b0, None if tag == "equal" else _block(a[a0:a1], b[b0:b1])) for tag, a0, a1, b0, b1 in changes]
    legible = sum(count for count, rest in found if rest is None) >= READ_SHARE * len(b)
    parts = []
    for _, rest in found:
        if rest is None or (handwritten and not (_clear_in_ink(*rest) or (legible and _another_in_ink(*rest)))):
            continue
        match rest:
            case [], missing:
                parts.append(f'without "{" ".join(missing)}"')
            case added, []:
                parts.append(f'with "{" ".join(added)}" added')
            case other, expected:
                parts.append(f'"{" ".join(other)}" for "{" ".join(expected)}"')
    return "; ".join(parts)
