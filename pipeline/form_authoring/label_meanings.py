"""What a printed label asks for, in the languages of agreements that editors meet: English, German, French, Spanish.

Also Italian, Portuguese, Dutch and East Asian words for the four fields that every agreement has: see
`pipeline.extraction.labels`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anyascii import anyascii

from pipeline.extraction.labels import LEADING, VOCABULARY
from pipeline.forms.form import FieldKind

MOST_WORDS = 9
"""Longest label, words: longer phrases are sentences."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a label asks for: the field's name and kind. `known`: by its words, not for the place alone."""

    name: str
    kind: FieldKind
    known: bool = True


WORDING: tuple[tuple[str, FieldKind, str], ...] = (
    ("academic_title", "text", r"\b(dr|prof|mr|mrs|anrede|civilite)\b"),
    ("initials", "signature", r"\b(initials?|initialen|handzeichen|paraphes?|iniciales|rubrica|paraaf)\b"),
    ("email", "text", r"\be ?mails?\b|\b(courriel|mel|correo|mailadresse)\b"),
    ("orcid", "text", r"\borcid\b"),
    (
        "number",
        "text",
        r"\b(paper|article|submission|manuscript|contribution|beitrags?|artikel|manuskript|articulo|ponencia)\b.*"
        r"\b(id|no|nr|number|nummer|numero|identifier)\b|\b(numero|nummer|number) (de l|del|des|of the)\b"
        r"|\b(beitrags|artikel|manuskript)(nummer|nr|id)\b|\bpaperid\b",
    ),
    ("phone", "text", r"\b(tele?phone|phone|telefon|telefono|tel)\b"),
    (
        "affiliation",
        "text",
        r"\b(affiliations?|institutions?|organi[sz]ations?|university|employer|universitat|hochschule|einrichtung"
        r"|zugehorigkeit|etablissement|organisme|universite|afiliacion|institucion|universidad|affiliazione)\b",
    ),
    ("address", "text", r"\b(address|anschrift|adresse|direccion|indirizzo|endereco)\b"),
    (
        "conference",
        "text",
        r"\b(conference|proceedings|tagung|tagungsband|colloque|conferencia|congreso|workshop)\b",
    ),
    ("place", "text", r"^(place|ort|lieu|lugar|luogo|fait a)$"),
)
"""Further fields: name, kind, and the words (folded, spaces between) that ask for them; the more telling first."""
FURTHER = tuple((name, kind, re.compile(pattern)) for name, kind, pattern in WORDING)
TELLING = 5
"""So many of them count before the four fields that every agreement has: "Paper ID", "E-mail of the author"."""
DATED = re.compile(
    r"^(fait|le|den|am|el|il)( a)? ?(le)?$|\bfait (a .*)?le\b|\b(ort|lieu|lugar|place)\b.*\b(datum|date|fecha)\b"
)
"""Ways to ask for a day without the bare word for it at the front."""
TITLED = re.compile(r"\b(name|nom|nombre|title|titel|titre|titulo) (of|der|des|du|de|del|la|le|l)\b.*\b(paper|article|"
                    r"contribution|beitrags?|artikels?|werks|articulo|ponencia|oeuvre|obra|work)\b")  # fmt: skip
SMALL_WORDS = frozenset(
    ("have", "that", "this", "with", "from", "will", "been", "were", "your", "ours", "nicht", "dass", "eine", "haben")
)
"""Words that make no name for a field."""
WITNESS = re.compile(r"\b(witness|zeugen?|zeugin|temoin|testigo|testimone)\b")
SECOND = re.compile(r"\b(co ?author|second author|editor|publisher|herausgeber|verlag|editeur|coauteur|coautor)\b")


def normalize_label(text: str) -> str:
    """Words in small ASCII letters with single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).lower()))


_KNOWN = {kind: {normalize_label(word) for word in words} for kind, words in VOCABULARY.items()}


def asked_by(label: str) -> Asked | None:
    """What a label asks for; None where its words don't say."""
    text = normalize_label(label)
    words = text.split()
    if not words or len(words) > MOST_WORDS:
        return None
    for name, kind, pattern in FURTHER[:TELLING]:
        if pattern.search(text):
            return Asked(name, kind)
    if TITLED.search(text):
        return Asked("title", "text")
    if found := _own_field(label, words):
        return found
    if DATED.search(text):
        return Asked("date", "date")
    return next((Asked(name, kind) for name, kind, pattern in FURTHER[TELLING:] if pattern.search(text)), None)


def _own_field(label: str, words: list[str]) -> Asked | None:
    """One of the fields that every agreement has."""
    native = re.findall(r"\w+", label.lower())
    for kind in LEADING:
        if words[0] in _KNOWN[kind] and not (kind == "name" and _KNOWN["signature"] & set(words)):
            return _as_asked(kind)
    for kind, known in _KNOWN.items():
        if known & set(words) or VOCABULARY[kind] & set(native):
            return _as_asked(kind)
    return None


def _as_asked(kind: str) -> Asked:
    return Asked(kind, "signature" if kind == "signature" else "date" if kind == "date" else "text")


def named_after(label: str) -> Asked:
    """A field for a label whose words say nothing to us: called after its first telling words."""
    said = normalize_label(label).split()
    words = [word for word in said if len(word) > 3 and word not in SMALL_WORDS] or said or ["field"]
    name = "_".join(words[:3])
    return Asked(name if name[0].isalpha() else f"field_{name}", "text", known=False)


# --- language ----------------------------------------------------------------------------------------------------

STOP_WORDS = {
    "en": ["the", "of", "and", "to", "in", "is", "that", "for", "by", "be", "this", "or", "not", "with", "as"],
    "de": ["der", "die", "das", "und", "den", "des", "im", "nicht", "zu", "von", "dem", "oder", "ein", "eine", "mit"],
    "fr": ["le", "la", "les", "de", "des", "du", "et", "en", "un", "une", "est", "pour", "par", "au", "qui"],
    "es": ["el", "los", "las", "de", "del", "y", "en", "un", "una", "es", "para", "por", "que", "al", "se"],
    "it": ["il", "gli", "della", "di", "e", "in", "un", "una", "per", "che", "con", "del", "non", "alla", "sono"],
    "pt": ["o", "os", "as", "da", "do", "dos", "e", "em", "um", "uma", "para", "por", "que", "ao", "nao"],
    "nl": ["het", "een", "van", "en", "in", "op", "te", "dat", "voor", "met", "zijn", "niet", "aan", "door"],
}


def language_of(words: Sequence[str]) -> str:
    """Code of the language whose small words are most frequent; `en` where none are."""
    small = [re.sub(r"\W", "", word.lower()) for word in words]
    return max(STOP_WORDS, key=lambda code: sum(word in STOP_WORDS[code] for word in small))
