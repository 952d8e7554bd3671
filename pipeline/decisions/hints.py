"""What speaks for an article without proving it: who sent the mail, what the file is called, what name was read.

Hints are shown with where they come from. Nothing is decided by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from pipeline.datamodel.normalizing import normalize_title, normalize_token
from pipeline.datamodel.records import Article, Source
from pipeline.names.fields import match_authors

SHORTEST_KEY = 4
"""Letters of a roster key from which on it is looked for within a word of a file's name."""
_NUMBER = re.compile(r"(?:paper|submission|sub|no|nr|id|article)?0*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hint:
    """One article that something points to."""

    article: str
    why: str


def hints(source: Source, articles: Iterable[Article]) -> list[Hint]:
    """Articles that the mail's sender or the file's name points to, the sender's first."""
    known = list(articles)
    return [*_by_sender(source.sender, known), *_by_file_name(source.name, known)]


def _by_sender(sender: str, articles: Iterable[Article]) -> list[Hint]:
    name, address = parseaddr(sender)
    plain = normalize_title(name)
    found = []
    for article in articles:
        if address and address.casefold() in (email.casefold() for email in article.emails):
            found.append(Hint(article.key, f"The mail came from {address}, an address that the roster has for it."))
        elif plain and plain in (normalize_title(author) for author in article.authors):
            found.append(Hint(article.key, f"The mail came from {name}, one of its authors."))
    return found


def _by_file_name(file: str, articles: Iterable[Article]) -> list[Hint]:
    last = file.partition("#")[0].rpartition("/")[2]
    name = last.rpartition(".")[0] or last
    words = [word for word in re.split(r"[^\w-]+|_", name.casefold()) if word]
    numbers = {found.group(1) for word in words if (found := _NUMBER.fullmatch(word))}
    return [
        Hint(article.key, f'The file is called "{name}".')
        for article in articles
        if any(_names(key.casefold(), name.casefold(), words, numbers) for key in (article.key, *article.ids))
    ]


def _names(key: str, name: str, words: list[str], numbers: set[str]) -> bool:
    if found := _NUMBER.fullmatch(key):
        return found.group(1) in numbers
    return key in words or (len(key) >= SHORTEST_KEY and key in name)


def people_of(row: Mapping[str, Any], article: Article) -> dict[str, str]:
    """Column -> the article's author whom the name or the signature that was read denotes, where it does."""
    found = {}
    for column, read in (("author", "name_read"), ("signer", "signer_read")):
        matched = match_authors(str(row.get(read) or ""), article.authors)
        if matched:
            found[column] = "; ".join(match.author for match in matched)
    return found


def may_be_for(source: Source, row: Mapping[str, Any], candidates: Iterable[str], article: Article) -> bool:
    """Whether a return of no article may be this article's: by a hint, by its candidates, or by a name on it."""
    if article.key in candidates or hints(source, [article]):
        return True
    read = set(_words(f"{row.get('name_read') or ''} {row.get('signer_read') or ''}"))
    return any(_words(author)[-1:] and _words(author)[-1] in read for author in article.authors)


def _words(text: str) -> list[str]:
    """Words without accents or case."""
    return [word for part in text.split() if (word := normalize_token(part))]
