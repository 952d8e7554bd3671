"""Clause words that a page's text layer has otherwise than the form: changed, added or left out.

Works on the words alone, so a re-typeset copy with the same wording is innocent, whatever its fonts, line breaks or
page breaks. A text layer made by OCR proves nothing: where one is found, the page's ink has to speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Alteration, Box
from pipeline.documents.document import Word
from pipeline.forms.form import Form, FormPage

ANCHOR_WORDS = 3
"""Words of the form that have to stand, in order, on each side of a change."""
LEAST_MATCHED = 0.4
"""Share of the clauses' words below which the text is another form's, or no clean text at all."""
MOST_SLIPS = 4
"""Words of a page that are almost the form's: more of them show that an OCR program read the text, which then proves
nothing."""
SLIP = 50.0
"""rapidfuzz ratio from which a differing word is almost right."""
MOVED = 85.0
"""rapidfuzz ratio from which missing words count as standing elsewhere (a footnote, a column, another order)."""
MAC_LIGATURES = str.maketrans({"Þ": "fi", "ß": "fl"})
"""What the ligatures fi and fl of Mac OS Roman (0xDE, 0xDF) come out as where a layer is taken for Latin-1. The form's
own words are compared in the same way, so that a German ß is no difference."""
LIGATURE_LETTERS = str.maketrans("", "", "fil")
"""Some text layers lose the ligatures ff, fi, fl and their kin altogether."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word in lower-case ASCII letters and digits, hyphenation undone, and where it stands."""

    key: str
    text: str
    page: int
    box: Box
    clause: bool = True
    """False for the form's words outside the clauses: headings, labels, page numbers."""


def joined_tokens(words: Iterable[tuple[str, int, Box, bool]]) -> list[Token]:
    """Words that a hyphen cuts at the end of a line are joined; a hyphen inside a line joins its words as well."""
    tokens: list[Token] = []
    head: Token | None = None
    for text, page, box, clause in words:
        key = normalize_token(text.translate(MAC_LIGATURES))
        if head and head.page == page:
            key, text, box = head.key + key, head.text.rstrip("-\u00ad\u2010") + text, head.box
        head = None
        if key and re.search(r"[^\W\d_][-\u00ad\u2010]$", text):
            head = Token(key, text, page, box, clause)
        elif key:
            tokens.append(Token(key, text, page, box, clause))
    return [*tokens, head] if head else tokens


@lru_cache(maxsize=64)
def form_tokens(form: Form) -> tuple[Token, ...]:
    """The form's printed words in order; pages and boxes (fractions) are the form's."""
    return tuple(
        joined_tokens(
            (word.text, page.number, _fraction(word.box, page.width, page.height), _in_clauses(page, place))
            for page in form.pages
            for place, word in enumerate(page.words)
        )
    )


def _in_clauses(page: FormPage, place: int) -> bool:
    return page.clauses is not None and page.clauses[0] <= place <= page.clauses[1]


def _fraction(box: tuple[float, float, float, float], width: float, height: float) -> Box:
    return Box(box[0] / width, box[1] / height, box[2] / width, box[3] / height)


def is_same(a: Sequence[Token], b: Sequence[Token]) -> bool:
    """Whether two stretches are the same letters, spaces and lost ligatures aside."""
    x, y = ("".join(token.key for token in some) for some in (a, b))
    return x == y or x.translate(LIGATURE_LETTERS) == y.translate(LIGATURE_LETTERS)


Opcode = tuple[str, int, int, int, int]


def differences(form: Sequence[Token], page: Sequence[Token]) -> list[Opcode]:
    """Alignment of the two, as SequenceMatcher's opcodes; stretches that are the same count as equal."""
    codes = SequenceMatcher(None, [t.key for t in form], [t.key for t in page], autojunk=False).get_opcodes()
    merged: list[Opcode] = []
    for tag, a0, a1, b0, b1 in codes:
        kind = "equal" if tag == "replace" and is_same(form[a0:a1], page[b0:b1]) else tag
        if merged and merged[-1][0] == kind == "equal":
            merged[-1] = ("equal", merged[-1][1], a1, merged[-1][3], b1)
        else:
            merged.append((kind, a0, a1, b0, b1))
    return merged


def _is_slip(form: Sequence[Token], page: Sequence[Token]) -> bool:
    return SLIP <= fuzz.ratio("".join(t.key for t in form), "".join(t.key for t in page)) < 100


def stands_elsewhere(missing: Sequence[Token], unmatched: Sequence[Token]) -> bool:
    """Whether the words are among those of the page that fit nowhere. Few words stand anywhere."""
    sought, text = "".join(t.key for t in missing), "".join(t.key for t in unmatched)
    return len(missing) > 2 and len(text) >= len(sought) and fuzz.partial_ratio(sought, text) >= MOVED


def _hull(tokens: Sequence[Token]) -> Box:
    return Box(
        min(t.box.x0 for t in tokens),
        min(t.box.y0 for t in tokens),
        max(t.box.x1 for t in tokens),
        max(t.box.y1 for t in tokens),
    )


def _in_the_flow(added: Sequence[Token], before: Token, after: Token) -> bool:
    """Whether added words stand between their neighbours on the page, as typeset words do."""
    height = max(before.box.y1 - before.box.y0, after.box.y1 - after.box.y0)
    top, bottom = before.box.y0 - height, after.box.y1 + height
    return all(t.page == before.page and top <= (t.box.y0 + t.box.y1) / 2 <= bottom for t in added)


def _in_the_gap(unmatched: Sequence[Token], before: Token, after: Token) -> list[Token]:
    """Words that stand between two neighbours on the page although the file has them elsewhere, as editors add them."""

    def on_line(token: Token, other: Token) -> bool:
        return token.page == other.page and other.box.y0 < (token.box.y0 + token.box.y1) / 2 < other.box.y1

    return [
        t
        for t in unmatched
        if (on_line(t, before) or on_line(t, after))
        and (not on_line(t, before) or t.box.x0 > before.box.x0)
        and (not on_line(t, after) or t.box.x1 < after.box.x1)
    ]


def _is_ornament(tokens: Sequence[Token]) -> bool:
    """Whether all that differs is one character: a bullet, section sign or footnote mark that another font encodes."""
    return len(tokens) == 1 and len(tokens[0].key) == 1


def _alteration(form: Sequence[Token], page: Sequence[Token], before: Token, after: Token) -> Alteration | None:
    """The finding for one difference between `before` and `after`, which the page has as the form has them."""
    one_page = before.page == after.page
    if one_page and page and not _in_the_flow(page, before, after):
        page = ()
    if not one_page:
        page = ()  # feet, heads and footnotes stand between two pages
    if (not form and not page) or _is_ornament([*form, *page]):
        return None
    place = _hull(page) if page else _hull((before, after)) if one_page else before.box
    return Alteration(
        "changed" if form else "added",
        " ".join(t.text for t in form),
        " ".join(t.text for t in page),
        before.page,
        place,
        0.6 if form and page and _is_slip(form, page) else 0.95,
    )


def _by_place(words: Sequence[Word]) -> list[Word]:
    """Words line by line, for text layers that give them in another order."""
    tall = sorted(word.box.y1 - word.box.y0 for word in words)[len(words) // 2]
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.box.y1):
        if lines and word.box.y1 - lines[-1][-1].box.y1 < 0.5 * tall:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [word for line in lines for word in sorted(line, key=lambda w: w.box.x0)]


def matched(codes: Sequence[Opcode]) -> int:
    return sum(a1 - a0 for tag, a0, a1, _, _ in codes if tag == "equal")


def _page_tokens(pages: Mapping[int, Sequence[Word]], form: Sequence[Token]) -> list[Token]:
    """The pages' words in the order, the file's or by place, that fits the form better; page by page."""
    tokens: list[Token] = []
    for number, words in sorted(pages.items()):
        seen = [word for word in words if word.source == "text_layer" and not word.invisible]
        if not seen:
            continue
        own, by_place = (
            joined_tokens((w.text, number, w.box, True) for w in order) for order in (seen, _by_place(seen))
        )
        if [t.key for t in own] != [t.key for t in by_place]:
            own = max((own, by_place), key=lambda some: matched(differences(form, some)))
        tokens += own
    return tokens


def text_alterations(pages: Mapping[int, Sequence[Word]], form: Form) -> tuple[Alteration, ...]:
    """Clause words that the text layer of a return's pages (1-based number -> words) has otherwise than the form.

    Nothing is said of invisible layers, of layers with the slips of an OCR program, and of words whose
    neighbours the page has not: another form, a page without text. Nor is anything where the form's own words were
    read from a scan.
    """
    if form.scanned:
        return ()
    expected = form_tokens(form)
    found = _page_tokens(pages, expected)
    codes = differences(expected, found)
    replaced = [(expected[a0:a1], found[b0:b1]) for _, a0, a1, b0, b1 in codes if a1 > a0 and b1 > b0]
    slips = sum(_is_slip(*pair) for pair in replaced if not is_same(*pair))
    if matched(codes) < LEAST_MATCHED * len(expected) or slips > MOST_SLIPS:
        return ()
    unmatched = [token for tag, _, _, b0, b1 in codes if tag != "equal" for token in found[b0:b1]]
    findings = []
    for (_, p0, p1, _, _), (tag, a0, a1, b0, b1), (_, n0, n1, _, _) in zip(codes, codes[1:], codes[2:], strict=False):
        anchored = tag != "equal" and min(p1 - p0, n1 - n0) >= ANCHOR_WORDS
        missing = expected[a0:a1]
        clause = any(t.clause for t in missing) or (not missing and all(t.clause for t in expected[a0 - 1 : a0 + 1]))
        if anchored and clause and not stands_elsewhere(missing, unmatched):
            instead = found[b0:b1] or (_in_the_gap(unmatched, found[b0 - 1], found[b1]) if missing else [])
            findings.append(_alteration(missing, instead, found[b0 - 1], found[b1]))
    return tuple(finding for finding in findings if finding)
