"""Rosters in BibTeX: the entries of a file, mended where that is safe, with those that can't be read named."""

from __future__ import annotations

import logging
import re

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.interpolate import ResolveStringReferencesMiddleware
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ImplicitComment,
    ParsingFailedBlock,
)

from pipeline.roster.entries import ParsedFile, RosterEntry

# What bibtexparser would print about broken entries is named in the problems instead.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

_FIELD_AFTER_VALUE = re.compile(r"^[{\"](?P<value>.*)[}\"]\s+(?P<name>\w+)\s*=\s*(?P<rest>.*)$", re.DOTALL)
_PARENTHESISED = re.compile(r"@(?P<kind>\w+)\s*\(\s*(?P<key>[^\s,]*)")


def parse_bibtex(text: str) -> ParsedFile:
    """The entries of a BibTeX file, with those that can't be read named."""
    entries: list[RosterEntry] = []
    problems: list[str] = []
    for block in parse_string(text, parse_stack=[ResolveStringReferencesMiddleware()]).blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, Entry):
            entries.append(_entry(block, line))
        elif isinstance(block, DuplicateFieldKeyBlock) and isinstance(block.ignore_error_block, Entry):
            entry = _entry(block.ignore_error_block, line)
            entries.append(entry)
            twice = ", ".join(sorted(block.duplicate_keys))
            problems.append(f"Entry '{entry.key}' (line {line}) gives {twice} twice: the first was taken.")
        elif isinstance(block, DuplicateBlockKeyBlock):
            problems.append(f"Two entries have the key '{block.key}': the second (line {line}) was left out.")
        elif isinstance(block, ParsingFailedBlock):
            start = " ".join((block.raw or "").split())[:60]
            problems.append(f"The entry on line {line} ({start}…) can't be read and was left out: check its braces.")
        elif isinstance(block, ImplicitComment) and (found := _PARENTHESISED.search(block.comment)):
            problems.append(
                f"Entry '{found['key']}' (line {line}) is written with parentheses and was left out: "
                f"write @{found['kind']}{{…}}."
            )
    return ParsedFile(tuple(entries), tuple(problems))


def _entry(block: Entry, line: int) -> RosterEntry:
    """An entry as read, with fields that a forgotten comma had joined set apart; the first of two like fields."""
    fields: dict[str, str] = {}
    for item in block.fields:
        name, value = item.key.lower(), str(item.value)
        while joined := _FIELD_AFTER_VALUE.match(value):
            fields.setdefault(name, joined["value"])
            name, value = joined["name"].lower(), joined["rest"]
        fields.setdefault(name, _without_quotes(value))
    return RosterEntry(block.entry_type.lower(), block.key.strip(), fields, line)


def _without_quotes(value: str) -> str:
    """A field's value without the braces or quotes around all of it."""
    enclosed = len(value) > 1 and value[0] + value[-1] in ("{}", '""')
    return value[1:-1] if enclosed and _balanced(value[1:-1]) else value


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0
