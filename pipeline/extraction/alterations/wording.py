"""Clause words that a transcript has otherwise than the form: slips of OCR are no alterations, other words are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from pipeline.datamodel.records import Alteration, Box
from pipeline.extraction.alterations.clause_text import (
    ANCHOR_WORDS,
    Token,
    differences,
    form_tokens,
    is_same,
    joined_tokens,
    matched,
    stands_elsewhere,
)
from pipeline.forms.form import Form

LEAST_MATCHED: Final = 0.85
"""Share of the form's words below which a text was read too badly to say that a clause was changed."""
SLIP: Final = 40.0
"""rapidfuzz ratio from which a stretch of other letters is what stands in the form, misread. `ten` for `one` has 33."""
SAME: Final = 85.0
"""rapidfuzz ratio from which a stretch is the form's, whatever its words: an address with spaces in it."""
SURE: Final = 0.9
LOST: Final = 0.6
"""Confidence that words were changed, and that words the text has not are not on the page: an engine skips some."""
MOVED_LETTERS: Final = 3
"""Letters of a word that, lacking in one place and standing in another, was put there by the engine."""
LEAST_LETTERS: Final = 3
"""Fewer letters, more or less, are specks and numbers of clauses."""
NOWHERE: Final = Box(0.0, 0.0, 1.0, 1.0)


def wording_alterations(words: Sequence[tuple[str, int]], form: Form) -> tuple[Alteration, ...]:
    """What the clauses say otherwise; `words`: the text's, in order, with their pages (1-based).

    Nothing is said where the form's own words were read from a scan.
    """
    if form.scanned:
        return ()
    found = joined_tokens((text, page, NOWHERE, True) for text, page in words)
    return tuple(alteration(one) for one in rewordings(form_tokens(form), found))


@dataclass(frozen=True, slots=True)
class Rewording:
    """A stretch of the clauses that a text says otherwise."""

    missing: Sequence[Token]
    """The form's words that the text has not."""
    instead: Sequence[Token]
    """The text's words that the form has not."""
    page: int
    """Of the text, 1-based."""


def rewordings(expected: Sequence[Token], found: Sequence[Token]) -> tuple[Rewording, ...]:
    """What the clauses say otherwise; nothing of a text that was badly read. `expected`: the form's words."""
    codes = differences(expected, found)
    if matched(codes) < LEAST_MATCHED * len(expected):
        return ()
    unmatched = [token for tag, _, _, b0, b1 in codes if tag != "equal" for token in found[b0:b1]]
    lacking = [token for tag, a0, a1, _, _ in codes if tag != "equal" for token in expected[a0:a1]]
    moved = {t.key for t in unmatched if len(t.key) >= MOVED_LETTERS} & {t.key for t in lacking}
    findings = []
    for (_, p0, p1, _, _), (tag, a0, a1, b0, b1), (_, n0, n1, _, _) in zip(codes, codes[1:], codes[2:], strict=False):
        if tag == "equal" or min(p1 - p0, n1 - n0) < ANCHOR_WORDS:
            continue
        missing, instead = (_without(some, moved) for some in (expected[a0:a1], found[b0:b1]))
        clause = any(t.clause for t in missing) or (not missing and all(t.clause for t in expected[a0 - 1 : a0 + 1]))
        between_pages = expected[a0 - 1].page != expected[min(a1, len(expected) - 1)].page
        if clause and not between_pages and _is_change(missing, instead) and not stands_elsewhere(missing, unmatched):
            findings.append(Rewording(missing, instead, found[b0 - 1].page))
    return tuple(findings)


def _without(tokens: Sequence[Token], moved: Collection[str]) -> list[Token]:
    """Without the words that the text has elsewhere: engines put a word beside its line."""
    return [token for token in tokens if token.key not in moved]


def _letters(tokens: Sequence[Token]) -> str:
    return "".join(token.key for token in tokens)


def _is_change(missing: Sequence[Token], instead: Sequence[Token]) -> bool:
    """Whether other words stand there, rather than the same ones misread, numbers of clauses, or marks."""
    missing, instead = ([t for t in some if not t.key.isdigit()] for some in (missing, instead))
    a, b = _letters(missing), _letters(instead)
    if (
        is_same(missing, instead)
        or fuzz.ratio(a, b) >= SAME
        or sum(c.isalpha() for c in max(a, b, key=len)) < LEAST_LETTERS
    ):
        return False
    if len(missing) == len(instead):
        return any(_is_other(x.key, y.key) for x, y in zip(missing, instead, strict=True))
    return not (a and b) or fuzz.ratio(a, b) < SLIP


def _is_other(word: str, read: str) -> bool:
    return max(len(word), len(read)) >= LEAST_LETTERS and fuzz.ratio(word, read) < SLIP


def alteration(found: Rewording) -> Alteration:
    """What the editor is told of it: on which page, not where there."""
    return Alteration(
        "changed" if found.missing else "added",
        " ".join(token.text for token in found.missing),
        " ".join(token.text for token in found.instead),
        found.page,
        None,
        SURE if found.instead else LOST,
    )
