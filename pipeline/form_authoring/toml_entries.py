"""A TOML file as its lines, entry by entry: what is changed is rewritten, comments and all other lines stay.

Holds for files as `form.toml`: values at the top, then lists of tables, `[[field]]`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile

from pipeline.datamodel.errors import FormError

HEADER = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]\s*(#.*)?")
BEHIND = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its key, on one line or more; a comment, an empty line or a header has no key."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a list, or what stands before the first one."""

    number: int
    """By which entries are told apart: its place in the file as it was read; new ones have negative numbers."""
    kind: str
    """Of `[[field]]` it is `field`; empty: the values at the top."""
    before: tuple[str, ...]
    """Lines above its header that are its own or speak of all that follow."""
    items: tuple[Item, ...]
    """From the header to the last value."""

    def with_value(self, key: str, literal: str | None) -> Entry:
        """The entry with this value, as TOML writes it, behind the others if it is new; None: without it."""
        if literal is None:
            return replace(self, items=tuple(item for item in self.items if item.key != key))
        if not any(item.key == key for item in self.items):
            return replace(self, items=(*self.items, Item(key, f"{key} = {literal}")))
        return replace(self, items=tuple(_renewed(item, literal) if item.key == key else item for item in self.items))

    def without_line(self, line: str) -> Entry:
        """The entry without a comment."""
        return replace(self, items=tuple(item for item in self.items if item.key or item.text.strip() != line))

    def has_line(self, line: str) -> bool:
        """Whether it has a comment."""
        return any(not item.key and item.text.strip() == line for item in self.items)


def parse_entries(text: str) -> tuple[list[Entry], tuple[str, ...]]:
    """The entries of a TOML text, and the lines behind the last one. Raises FormError."""
    found, kind, before, items = list[Entry](), "", list[str](), list[Item]()
    loose: list[str] = []
    for item in _items(text):
        header = HEADER.fullmatch(item.text) if not item.key else None
        if header:
            found.append(Entry(len(found), kind, tuple(before), tuple(items)))
            kind, before, items, loose = header[1], loose, [item], []
        elif item.key:
            items += [*(Item("", line) for line in loose), item]
            loose = []
        else:
            loose.append(item.text)
    return [*found, Entry(len(found), kind, tuple(before), tuple(items))], tuple(loose)


def added(entries: Sequence[Entry], text: str, comment: str) -> list[Entry]:
    """The entries with a new one, whose `text` is given: behind the last of its kind.

    If it is the first of its kind it has the `comment` above it, and stands behind the last field.
    """
    (_, entry), _ = parse_entries(text)
    kinds = [one.kind for one in entries]
    above = ("",) if entry.kind in kinds else ("", *comment.splitlines())
    behind = next((kind for kind in (entry.kind, "field") if kind in kinds), kinds[-1])
    at = max(place for place, kind in enumerate(kinds) if kind == behind) + 1
    number = min(-1, *(one.number - 1 for one in entries))
    return [*entries[:at], replace(entry, number=number, before=above), *entries[at:]]


def removed(entries: Sequence[Entry], number: int) -> list[Entry]:
    """The entries without one: its own comment goes with it, what is said above all of its kind stays."""
    at = next(place for place, entry in enumerate(entries) if entry.number == number)
    gone, rest = entries[at], [*entries[:at], *entries[at + 1 :]]
    first = next(entry for entry in entries if entry.kind == gone.kind) is gone
    own = 0 if first else len(list(takewhile(str.strip, reversed(gone.before))))
    kept = gone.before[: len(gone.before) - own]
    if at < len(rest) and any(map(str.strip, kept)):
        rest[at] = replace(rest[at], before=(*kept, *dropwhile(lambda line: not line.strip(), rest[at].before)))
    return rest


def written(entries: Sequence[Entry], behind: Sequence[str]) -> str:
    """The text of a file."""
    lines = [line for entry in entries for line in (*entry.before, *(item.text for item in entry.items))]
    return "\n".join([*lines, *behind]).rstrip("\n") + "\n"


def _items(text: str) -> Iterator[Item]:
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith(("#", "[")):
            yield Item("", lines[at])
            at += 1
            continue
        # A value goes on until what was read so far is TOML.
        end = next((end for end in range(at + 1, len(lines) + 1) if _key("\n".join(lines[at:end]))), None)
        if end is None:
            raise FormError(f"line {at + 1} can't be read: {lines[at].strip()[:60]}. Mend that line.")
        value = "\n".join(lines[at:end])
        yield Item(_key(value), value)
        at = end


def _key(text: str) -> str:
    """The key of a line or lines that are one value; empty: they aren't."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    return next(iter(found), "") if len(found) == 1 else ""


def _renewed(item: Item, literal: str) -> Item:
    """The value in place of another, the comment behind it kept."""
    before = tomllib.loads(item.text)
    behind = next(
        (
            item.text[place.start() :]
            for place in BEHIND.finditer(item.text)
            if "\n" not in item.text and _is(item.text[: place.start()], before)
        ),
        "",
    )
    return Item(item.key, f"{item.key} = {literal}{behind}")


def _is(text: str, value: dict[str, object]) -> bool:
    try:
        return tomllib.loads(text) == value
    except tomllib.TOMLDecodeError:
        return False
