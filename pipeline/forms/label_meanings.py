"""What a printed label asks for, and whose signing place it belongs to: a fitted model over its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.label_meanings import normalize_label, tag_odds
from pipeline.forms.form import FieldKind

SURE = 0.5
"""Probability from which a label asks for something. Lower: running text asks as well; higher: rare wordings don't."""
LONGEST_HEAD = 18
"""Words of a phrase of which the part before the first comma may be the label; longer ones are sentences."""
TAIL_WORDS = (2, 3, 4, 6)
"""Words at the end of running text that may ask for what is written behind them."""
OWN = ("title", "name", "authors", "signature", "date")
FURTHER = (
    "initials", "email", "orcid", "number", "phone", "affiliation", "address", "place", "event", "editors", "position",
    "academic_title", "other",
)  # fmt: skip
ASKING = (*OWN, *FURTHER)
"""Tags of the model that ask for a field."""
OTHER_SIGNERS = ("government", "employer", "publisher", "witness", "coauthor")
FURTHER_NAMES: Mapping[str, str] = {"event": "conference"}
"""Tags whose field is called otherwise."""
AS_WELL = 0.4
"""The same for what it asks for beside that. Higher: of "Signature and date" one is lost; lower:
a label asks for more than it says."""
ONLY_WHO = 0.9
"""What "Author" alone counts beside a label that says what is asked for."""
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>")
HEAD_END = re.compile(r"[,;\u2013\u2014]| - ")
SENTENCE_END = re.compile(r"[.;:?!](?=\s)")
SMALL_WORDS = frozenset(
    ("have", "that", "this", "with", "from", "will", "been", "were", "your", "ours", "nicht", "dass", "eine", "haben")
)
"""Words that make no name for a field."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a label asks for: the field's name and kind. `known`: by its words, not for the place alone."""

    name: str
    kind: FieldKind
    known: bool = True


Odds = Mapping[str, float]


@lru_cache(maxsize=4096)
def asked_odds(text: str) -> Odds:
    """Tag -> probability that a label asks for it: as a whole, without its brackets, or with its beginning."""
    whole = _highest([tag_odds(text)])
    return whole if sureness(whole) >= SURE else _highest([tag_odds(variant) for variant in _variants(text)])


def _variants(text: str) -> list[str]:
    bare = BRACKETS.sub(" ", text)
    found = [text] if normalize_label(text) else []
    if bare != text and normalize_label(bare):
        found.append(bare)
    head = HEAD_END.split(bare)[0]
    if head != bare and normalize_label(head) and len(bare.split()) <= LONGEST_HEAD and len(head.split()) > 1:
        found.append(head)
    return found


def tail_odds(text: str) -> Odds:
    """The same of running text that goes on as a place to write: "... the manuscript currently entitled"."""
    words = SENTENCE_END.split(text)[-1].split()
    return _highest([tag_odds(" ".join(words[-count:])) for count in TAIL_WORDS if words])


def _highest(found: Sequence[Odds]) -> Odds:
    return {tag: max((odds[tag] for odds in found), default=0.0) for tag in (*ASKING, *OTHER_SIGNERS, "author")}


def sureness(odds: Odds) -> float:
    """How surely something is asked for; a label that only says who asks for a name or a signature."""
    return max(max(odds[tag] for tag in ASKING), ONLY_WHO * odds["author"])


def tags_asked(odds: Odds) -> tuple[str, ...]:
    """What is asked for, the surest first; of a person alone, the name."""
    found = sorted((tag for tag in ASKING if odds[tag] >= AS_WELL), key=lambda tag: -odds[tag])
    if found and odds[found[0]] < SURE:
        found = []
    return tuple(found) or (("name",) if odds["author"] >= SURE else ())


def asked_by(label: str) -> Asked | None:
    """What a label asks for in the first place; None where its words don't say."""
    tags = [tag for tag in tags_asked(asked_odds(label)) if tag != "other"]
    return as_asked(tags[0]) if tags else None


def as_asked(tag: str) -> Asked:
    """A tag as a field."""
    kind: FieldKind = "signature" if tag in ("signature", "initials") else "date" if tag == "date" else "text"
    return Asked(FURTHER_NAMES.get(tag, tag), kind)


def named_after(label: str) -> Asked:
    """A field for a label whose words say nothing to us: called after its first telling words."""
    said = normalize_label(label).split()
    words = [word for word in said if len(word) > 3 and word not in SMALL_WORDS] or said or ["field"]
    name = "_".join(words[:3])
    return Asked(name if name[0].isalpha() else f"field_{name}", "text", known=False)


def signer_of(texts: Sequence[str]) -> str:
    """Whose signing place the words beside it are, the nearest first: one of OTHER_SIGNERS, or the author."""
    for text in texts:
        odds = tag_odds(text)
        best = max(OTHER_SIGNERS, key=lambda tag: odds[tag])
        if odds[best] >= SURE:
            return best
        if odds["author"] >= SURE:
            break
    return "author"


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
