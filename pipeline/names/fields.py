"""Whose names a field holds: it may list several, beside publishers, affiliations and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from pipeline.datamodel.normalizing import EMAIL
from pipeline.names.similarity import FITS, similarity
from pipeline.names.vocabulary import AFFILIATION

PUBLISHERS = ("PMLR", "JMLR", "Proceedings of Machine Learning Research", "Journal of Machine Learning Research")
"""Parties that name fields hold beside the authors, unless the form says otherwise."""

_SEPARATOR = re.compile(r"[,;\n/|+&\u2022\u00b7\u3001\uff0c\uff1b]|\b(?:and|und|with)\b", re.IGNORECASE)
_ROLES = re.compile(
    r"\b(?:(?:corresponding|first|senior|contact)\s+authors?|authors?|publishers?|names?|signed|signature)\s*[:\uff1a]?"
    r"|\bon behalf of\b(?:\s+(?:all|any)\s+(?:the\s+)?(?:other\s+)?(?:co-?)?authors)?|\bet al\b\.?",
    re.IGNORECASE,
)
_SERVICES = (
    r"pdffiller|docusign(?:ed)?|adobe\s+(?:acrobat(?:\s+(?:sign|reader|pro))?|sign)|signnow|hellosign|eversign"
    r"|(?:dropbox|zoho)\s+sign|dochub|pandadoc|seamlessdocs(?:\.com)?|rightsignature|signrequest|signwell|yousign|skribble"
)
_STAMPS = re.compile(
    r"\b(?:(?:digitally|electronically|e-?)?\s*signed|docusigned|verified|certified|approved)\s+(?:by|via|using)\b\s*:?"
    rf"|\b(?:(?:signed|verified)\s+with\s+)?(?:{_SERVICES})\b"
    r"|\b(?:document|envelope|signer|signature|transaction)\s+(?:id|ref|key)\b\.?\s*:?\s*\S*"
    r"|\b(?=\w*\d)[0-9A-F]{8,}(?:-?[0-9A-F]{4,})*\b(?:\.{3})?"
    r"|\b(?:reason|location)\s*:[^,;\n|]*"
    r"|\bdate\s*:?\s*\d[\d.\-/:'+\sZ]*"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)
"""What e-signing services print around a name, and a day of the week that belongs to the date."""
_LABEL = re.compile(r"\W*(?:(?:corresponding\s+)?authors?|signed|signatures?|date|names?)\W*", re.IGNORECASE)
_ON_BEHALF = re.compile(r"(?<=\w)[\s,;(]+(?:signing\s+)?(?:on|in) behalf of\b.*$", re.IGNORECASE | re.DOTALL)
"""For whom a person signs stands behind the name and is no name of his."""
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_GROUP = re.compile(r"\(([^()]*)\)")
_WORD = re.compile(r"[^\s,;]+")
_WINDOW_AT_MOST = 5
_WINDOWS_OVER = 60
"""Words of a stretch that are looked through for names that nothing parts."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """An author whom a name field denotes."""

    author: str
    score: float
    """Similarity of the writing to the author's name, FITS..1."""
    text: str
    """The part of the field that names the author."""
    start: int
    end: int
    """Where that part stands in the field: `field[start:end]`."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A stretch of a name field between separators."""

    start: int
    end: int
    text: str
    after_comma: bool = False


def match_authors(text: str, authors: Sequence[str], publishers: Sequence[str] = PUBLISHERS) -> tuple[NameMatch, ...]:
    """The authors whom a name field denotes, in the order in which it names them.

    The field may list several names, and name a publisher, affiliations or addresses beside them. Each stretch
    of it denotes one author at most, the one it fits best.
    """
    cleaned = _without_noise(text, publishers)
    chunks = _chunks(cleaned)
    taken: list[NameMatch] = []
    for candidates in (_pairs_and_chunks(cleaned, chunks), _windows(chunks)):
        taken = _assign(text, candidates, [a for a in authors if a not in {m.author for m in taken}], taken)
    return tuple(sorted(taken, key=lambda match: match.start))


def count_names(text: str) -> int:
    """How many stretches of a name field, parted by commas and the like, may each be a name."""
    return len(_chunks(_without_noise(text, PUBLISHERS)))


def name_alone(text: str) -> str:
    """A signature's text without what services print around it and for whom it was given; all of it if that is all.

    A name that a text layer holds twice, letter by letter or whole, is taken once.
    """
    cleaned = " ".join(_without_noise(text, ()).split()).strip(" ,;:|-")
    return _once(cleaned) if any(c.isalpha() for c in cleaned) else text


def is_label(text: str) -> bool:
    """Whether a line of a signature block is one of its printed labels, or what a service prints beside a signature,
    and nothing else: it names nobody."""
    without_stamps = _STAMPS.sub("", text)
    stamp_alone = without_stamps != text and not any(c.isalpha() for c in without_stamps)
    return stamp_alone or _LABEL.fullmatch(text) is not None


def _once(text: str) -> str:
    words = text.split()
    if len(text) > 3 and all(word[::2] == word[1::2] for word in words):
        return " ".join(word[::2] for word in words)
    bare = text.replace(" ", "")
    half = len(bare) // 2
    if len(bare) > 5 and len(bare) % 2 == 0 and bare[:half].casefold() == bare[half:].casefold():
        ends = [i for i in range(len(text) + 1) if len(text[:i].replace(" ", "")) == half]
        return text[: ends[0]].strip()
    return text


def _assign(
    text: str, candidates: Sequence[_Chunk], authors: Sequence[str], taken: Sequence[NameMatch]
) -> list[NameMatch]:
    """The matches taken, with those of further candidates: best first, no author and no letter used twice."""
    scored = [(similarity(c.text, author), c, author) for c in candidates for author in authors]
    fitting = [entry for entry in scored if entry[0] >= FITS]
    matches = list(taken)
    for score, chunk, author in sorted(fitting, key=lambda e: (-round(e[0], 2), e[1].start - e[1].end, -e[0])):
        clash = any(m.author == author or (m.start < chunk.end and chunk.start < m.end) for m in matches)
        if not clash:
            matches.append(NameMatch(author, score, text[chunk.start : chunk.end], chunk.start, chunk.end))
    return matches


def _without_noise(text: str, publishers: Sequence[str]) -> str:
    """The field with addresses, publishers, roles and bracketed affiliations blanked, places kept."""
    names = sorted(publishers, key=len, reverse=True)
    publisher = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names) or r"(?!)", re.IGNORECASE)
    for pattern in (EMAIL, _URL, _STAMPS, _ON_BEHALF, publisher, _ROLES):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return _GROUP.sub(_blank_affiliation, text)


def _blank_affiliation(group: re.Match[str]) -> str:
    inside = group[1]
    is_noise = not inside.strip() or "," in inside or AFFILIATION.search(inside)
    return " " * len(group[0]) if is_noise else group[0]


def _chunks(cleaned: str) -> list[_Chunk]:
    """The stretches between separators that hold a letter, without affiliations and what follows them by commas."""
    chunks: list[_Chunk] = []
    start, separator, in_affiliation = 0, "", False
    for end, following in [*((m.span(), m[0]) for m in _SEPARATOR.finditer(cleaned)), ((len(cleaned),) * 2, "")]:
        body = cleaned[start : end[0]]
        left = len(body) - len(body.lstrip())
        stripped = body.strip()
        is_affiliation = bool(AFFILIATION.search(stripped))
        in_affiliation = is_affiliation or (in_affiliation and separator == ",")
        if any(c.isalpha() for c in stripped) and (not in_affiliation or len(stripped.split()) > 2):
            at = start + left
            chunks.append(_Chunk(at, at + len(stripped), stripped, separator == ","))
        start, separator = end[1], following
    return chunks


def _pairs_and_chunks(cleaned: str, chunks: Sequence[_Chunk]) -> list[_Chunk]:
    """Each stretch, and each two parted by a comma of which one is a lone word or initials: "Lee, Jaeho"."""
    pairs = [
        _Chunk(a.start, b.end, cleaned[a.start : b.end])
        for a, b in pairwise(chunks)
        if b.after_comma and "," in cleaned[a.end : b.start] and min(len(a.text.split()), len(b.text.split())) == 1
    ]
    return [*chunks, *pairs]


def _windows(chunks: Sequence[_Chunk]) -> list[_Chunk]:
    """Runs of two to five words inside longer stretches, for names that nothing parts."""
    windows = []
    for chunk in chunks:
        words = list(_WORD.finditer(chunk.text))[:_WINDOWS_OVER]
        if len(words) > 2:
            windows += [
                _Chunk(chunk.start + a.start(), chunk.start + b.end(), chunk.text[a.start() : b.end()])
                for (i, a), (j, b) in combinations(enumerate(words), 2)
                if j - i < _WINDOW_AT_MOST and j - i + 1 < len(words)
            ]
    return windows
