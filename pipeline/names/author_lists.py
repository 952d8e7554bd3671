"""What the fields of a bibliography mean: LaTeX as plain text, a list of authors as names.

Lists of authors are untidy in real rosters: both name orders, authors joined by commas where BibTeX wants
"and", slips in the separators, footnote marks, e-mail addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.datamodel.latex import FOOTNOTE, RAISED, plain_text
from pipeline.datamodel.normalizing import EMAIL, without_entities
from pipeline.names.vocabulary import SUFFIX

_INITIALS = re.compile(r"(?:[^\W\d_](?:[.\s-]+|$))+$")
_SEPARATORS = re.compile(r"\s*(?:;|(?<!\\)&|\\&|\\(?:and|And|AND)(?![a-zA-Z]))\s*|\s+(?:adn|nad|nd|amd)\s+|\n\s*\n")
_AND_OR_BRACE = re.compile(r"[{}]|\sand(?=\s)", re.IGNORECASE)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
"""No name has a percent sign: what follows one is for LaTeX's eyes."""
_OTHERS = re.compile(r"(?:\{\s*)?(?:(?:and\s+)?(?:many\s+)?others|et\.?\s*al\.?)(?:\s*\})?[.…]*", re.IGNORECASE)
"""What stands for authors who are not named."""
_ET_AL = re.compile(r",?\s+et\.?\s*al\.?$", re.IGNORECASE)
_STRAY_AND = re.compile(r"^(?:and\s+)+|(?:\s+and)+$", re.IGNORECASE)


_NAME_PART = re.compile(
    r"(?P<part>given|family|prefix|suffix|\w+-i|id|useprefix|sortingnamekey\w*)\s*=\s*(?P<value>.*)", re.DOTALL
)
"""A part of a name as biber's long form has it: `family=Berg, given=Jan, prefix=van der`."""
_UNNAMED = "it ends in 'and others': authors are missing"


@dataclass(frozen=True, slots=True)
class AuthorList:
    """The authors of one field."""

    names: tuple[str, ...]
    """Given name first, LaTeX decoded, NFC."""
    emails: tuple[str, ...] = ()
    doubt: str = ""
    """What was mended or couldn't be settled, as a clause; empty where the field is tidy."""


def comma_parts(piece: str) -> list[str]:
    """The parts of a piece between commas outside braces, none of them empty."""
    parts, depth = [""], 0
    for character in piece:
        depth += (character == "{") - (character == "}")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _at_and(field: str) -> list[str]:
    """The field cut at each "and" outside braces."""
    cut, depth, start = [], 0, 0
    for found in _AND_OR_BRACE.finditer(field):
        if found[0] in "{}":
            depth = max(0, depth + (1 if found[0] == "{" else -1))
        elif depth == 0:
            cut.append(field[start : found.start()])
            start = found.end()
    return [*cut, field[start:]]


def pieces(field: str) -> list[str]:
    """An author field cut at "and", outside braces, and at what is written in its place (`;`, `&`, slips)."""
    uncommented = _COMMENT.sub("", without_entities(field))
    cleaned = re.sub(r"(?<!\\)~", " ", RAISED.sub("", FOOTNOTE.sub("", uncommented)))
    found = _at_and(_SEPARATORS.sub(" and ", cleaned))
    trimmed = (_STRAY_AND.sub("", " ".join(piece.split())).strip(" ,") for piece in found)
    return [piece for piece in trimmed if piece and piece.lower() != "and"]


def family_comes_first(fields: list[str]) -> bool:
    """Whether a roster's habit is "Family, Given": what a lone "A B, C D" means is told by its neighbours."""
    counts = [len(comma_parts(piece)) for field in fields for piece in pieces(field)]
    return counts.count(2) > counts.count(1)


def _is_one_person(family: str, given: str) -> bool:
    """Whether "family, given" can only be one person: a lone word, initials, a suffix or a particle says so."""
    words = (family.split(), given.split())
    if min(len(words[0]), len(words[1])) < 2 or _INITIALS.match(" ".join(words[1])):
        return True
    return words[0][0].islower() or words[1][-1].islower() or SUFFIX.match(given) is not None


def _long_form(parts: list[str]) -> str:
    """The name that biber's long form spells out, given name first; empty where it isn't that."""
    found = [_NAME_PART.fullmatch(part) for part in parts]
    held = {one["part"]: _clean(one["value"].strip('"')) for one in found if one is not None}
    if None in found or not held.keys() & {"given", "family"}:
        return ""
    return " ".join(filter(None, (held.get(part, "") for part in ("given", "prefix", "family", "suffix"))))


def _given_first(parts: list[str]) -> str:
    """One person's name from its parts: "Given", "Family, Given", "Family, Jr, Given" or "Family, Given, Jr"."""
    suffixes = [part for part in parts[1:] if SUFFIX.match(part)]
    rest = [part for part in parts if part not in suffixes]
    return " ".join([*rest[1:], *rest[:1], *suffixes])


def _persons(parts: list[str], among_full_names: bool, family_first: bool) -> tuple[list[str], str]:
    """The persons in one piece between two "and"s, each given name first, and the doubt about them."""
    without_suffix = [part for part in parts if not SUFFIX.match(part)]
    if len(without_suffix) < 2 or (len(without_suffix) == 2 and _is_one_person(*without_suffix)):
        return [_given_first(parts)], ""
    joined = "authors are joined by commas"
    if len(without_suffix) == 2:
        if family_first and not among_full_names:
            return [_given_first(parts)], ""
        return without_suffix, joined
    if all(len(part.split()) > 1 for part in without_suffix):
        return without_suffix, joined
    if len(without_suffix) % 2 == 0:
        pairs = zip(without_suffix[::2], without_suffix[1::2], strict=True)
        return [f"{given} {family}" for family, given in pairs], joined
    return without_suffix, "the commas between authors can't be told from those inside names"


def author_list(field: str, family_first: bool = True) -> AuthorList:
    """The authors of an author field.

    `family_first` is the roster's habit (see `family_comes_first`): it settles a lone "A B, C D", which is one
    person in BibTeX's rules and two persons where names are written given name first.
    """
    emails = tuple(dict.fromkeys(EMAIL.findall(field)))
    raw = [comma_parts(piece) for piece in pieces(EMAIL.sub("", field))]
    raw = [[name] if (name := _long_form(parts)) else parts for parts in raw]
    split = [cleaned for parts in raw if (cleaned := [text for part in parts if (text := _clean(part))])]
    full_names = sum(len(parts) == 1 and len(parts[0].split()) > 1 for parts in split)
    names: list[str] = []
    doubts: list[str] = []
    for parts in split:
        if _ET_AL.search(parts[-1]):
            doubts.append(_UNNAMED)
            parts = [*parts[:-1], _ET_AL.sub("", parts[-1])]
        elif _OTHERS.fullmatch(parts[-1]):
            doubts.append(_UNNAMED)
            parts = parts[:-1]
        if not parts:
            continue
        found, doubt = _persons(parts, full_names > 0, family_first)
        names += found
        doubts += [doubt] if doubt else []
    unique = tuple(dict.fromkeys(names))
    if len(unique) < len(names):
        doubts.append("an author is listed twice")
    return AuthorList(unique, emails, "; ".join(dict.fromkeys(doubts)))


def _clean(part: str) -> str:
    """A part of a name as readable text, without footnote marks, stray marks, or the brackets of an address."""
    text = re.sub(r"[<(\[]\s*[>)\]]|[\d*†‡§¶_^]+", "", plain_text(part))
    text = " ".join(text.split()).strip(" ,;:")
    return text if any(character.isalpha() for character in text) else ""
