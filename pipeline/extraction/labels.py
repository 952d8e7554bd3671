"""Labels on a page that is none of the form's pages: which printed words ask for which field.

The forms' own labels are looked for as they stand in the forms' data; other publishers' by the words that any
agreement uses for its title, name, signature and date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rapidfuzz import fuzz

from pipeline.datamodel.normalizing import normalize_word
from pipeline.forms.form import Form, FormPage

LabelKind = Literal["title", "name", "signature", "date", "block_name"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOCABULARY: dict[LabelKind, frozenset[str]] = {
    "signature": _words(
        "signature signatures signed signatur unterschrift unterzeichnet signé firma firmado assinatura assinado "
        "签名 签字 署名 서명"
    ),
    "date": _words("date dated datum fecha 日期 日付 날짜"),
    "title": _words("title titled entitled titel titre título titolo 题目 标题 題名 제목"),
    "name": _words(
        "name names author authors autor autorin autoren auteur auteurs autore nome nom nombre autores "
        "姓名 作者 氏名 著者 저자 성명"
    ),
}
"""Words by which agreements ask for a field, the more telling kind first: "Signature of the author"."""
LEADING: tuple[LabelKind, ...] = ("name", "date", "title")
"""Kinds that a label is of if it begins with their word: "Date of signature", but not "Author's signature"."""
MOST_WORDS = 8
"""Words of the longest label."""
SMALL_WORD = 3
"""Letters of a word that says nothing. A label without a colon has only such words beside its telling ones."""
LABEL_ALIKE = 85
"""rapidfuzz score from which a form's label is found."""
WORDING_ALIKE = 78
"""rapidfuzz score from which a line is the form's wording; titles and names of people reach 50 to 65."""
SHORT_LETTERS = 8
"""Labels of fewer letters occur in any text: they count only at a line's start. Lines of fewer say nothing."""
COLONS = ":\N{FULLWIDTH COLON}"
"""Colons that end a label, Western and full-width."""
PHRASE = re.compile(f"[^{COLONS}]+")
TITLE_ASKED = re.compile(rf"\b(?:{'|'.join(sorted(VOCABULARY['title']))})\b[^{COLONS}]{{0,40}}[{COLONS}]")
COLON = re.compile(rf"\s*[{COLONS}]")


@dataclass(frozen=True, slots=True)
class Label:
    """A label on one line: characters `start` to `end` of its text; what follows is filled in."""

    kind: LabelKind
    line: int
    start: int
    end: int
    own: bool
    """Whether it is a label of one of our forms, in its words."""


def find_labels(texts: Sequence[str], forms: Sequence[Form]) -> list[Label]:
    """Labels in the lines of a page, given from top to bottom."""
    found: list[Label] = []
    for index, text in enumerate(texts):
        before = texts[index - 1] if index else ""
        own = _form_labels(index, text, before, forms)
        found += own or _general_labels(index, text)
    return found


def own_labels(texts: Sequence[str], forms: Sequence[Form]) -> list[Label]:
    """The labels of the forms alone in the lines of a page, given from top to bottom."""
    before = ["", *texts]
    return [label for n, text in enumerate(texts) for label in _form_labels(n, text, before[n], forms)]


def may_ask(text: str, forms: Sequence[Form]) -> bool:
    """Whether a page with this text layer may be an agreement's: cheap, and rather yes than no."""
    words = frozenset(re.findall(r"\w+", text.lower()))
    if VOCABULARY["signature"] & words or TITLE_ASKED.search(text.lower()):
        return True
    letters = normalize_word(text)
    labels = [normalize_word(field.label) for form in forms for page in form.pages for field in page.fields]
    return any(fuzz.partial_ratio(s, letters) >= LABEL_ALIKE for s in labels if SHORT_LETTERS <= len(s) <= len(letters))


def is_wording(text: str, forms: Sequence[Form]) -> bool:
    """Whether a line says what one of the forms prints."""
    line = normalize_word(text)
    if len(line) < SHORT_LETTERS:
        return False
    return any(fuzz.partial_ratio(line, wording) >= WORDING_ALIKE for wording in _wordings(forms))


def _wordings(forms: Sequence[Form]) -> list[str]:
    return [_letters(page) for form in forms for page in form.pages]


@cache
def _letters(page: FormPage) -> str:
    return "".join(normalize_word(word.text) for word in page.words)


def _form_labels(index: int, text: str, before: str, forms: Sequence[Form]) -> list[Label]:
    for field, wording in ((f, _letters(page)) for form in forms for page in form.pages for f in page.fields):
        if field.kind == "tick" or field.is_extra:
            continue
        end = _end_of(field.label, text, before, wording)
        if end is not None:
            kind: LabelKind = field.kind if field.kind != "text" else _text_kind(field.name)
            return [Label(kind, index, 0, end, True)]
    return []


def _text_kind(name: str) -> LabelKind:
    return "title" if name == "title" else "block_name" if name == "block_name" else "name"


def _end_of(label: str, text: str, before: str, wording: str) -> int | None:
    """Where in `text` a label ends that stands there, or that began at the end of the line before.

    `wording`: the letters of the label's page.
    """
    target, head, line = normalize_word(label), normalize_word(before), normalize_word(text)
    colon = label.rstrip().endswith(":")
    if len(target) < SHORT_LETTERS:
        head, line = "", line[: len(target) + 1]
    found = fuzz.partial_ratio_alignment(target, head + line, score_cutoff=LABEL_ALIKE)
    if found is None or found.dest_end <= len(head) or found.dest_end - found.dest_start < len(target) - 1:
        return None
    end = _unfolded(text, found.dest_end - len(head))
    own = line[: found.dest_end - len(head)]
    if len(own) > len(target) + 2 and fuzz.partial_ratio(own, wording) < LABEL_ALIKE:
        return None  # "Author(s) or corresponding author:" is another's label.
    follows = COLON.match(text, end)
    if colon and not follows and end < len(text.rstrip()):
        return None
    return follows.end() if follows else end


def _unfolded(text: str, letters: int) -> int:
    """Place in `text` after so many letters and digits."""
    place = 0
    while letters > 0 and place < len(text):
        letters -= len(normalize_word(text[place]))
        place += 1
    return place


def _general_labels(index: int, text: str) -> list[Label]:
    found: list[Label] = []
    for phrase in PHRASE.finditer(text):
        colon = COLON.match(text, phrase.end())
        words: Sequence[tuple[str, int]] = [(m.group().lower(), m.start()) for m in re.finditer(r"\w+", phrase.group())]
        if found:
            words = _from_next_label(words, {label.kind for label in found})
        kind = _kind_of([word for word, _ in words])
        bare = not found and phrase.end() == len(text) and _is_bare([word for word, _ in words])
        if kind and len(words) <= MOST_WORDS and (colon or bare):
            start = phrase.start() + words[0][1]
            found.append(Label(kind, index, start, colon.end() if colon else phrase.end(), False))
    return found


def _from_next_label(words: Sequence[tuple[str, int]], had: set[LabelKind]) -> Sequence[tuple[str, int]]:
    """The words from a further label's telling one on; those before fill in the label before it."""
    for kind in (kind for kind in VOCABULARY if kind not in had):
        at = next((i for i, (word, _) in enumerate(words) if word in VOCABULARY[kind]), None)
        if at is not None:
            return words[at:]
    return ()


def _is_bare(words: Sequence[str]) -> bool:
    telling = frozenset[str]().union(*VOCABULARY.values())
    return all(word in telling or len(word) <= SMALL_WORD for word in words)


def _kind_of(words: Sequence[str]) -> LabelKind | None:
    if not words:
        return None
    for kind in LEADING:
        if words[0] in VOCABULARY[kind] and not (kind == "name" and VOCABULARY["signature"] & set(words)):
            return kind
    return next((kind for kind, known in VOCABULARY.items() if known & set(words)), None)
