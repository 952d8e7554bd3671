"""Rosters in BibTeX: the entries of a file as biber reads them, with those that can't be read named.

Read by hand, since the libraries for it (bibtexparser, pybtex) know no comments within entries and no blanks before an
entry's brace, and lose what stands behind a slip. As biber has it: `%` outside a value begins a comment, `#` joins
values, an entry may stand in parentheses, what stands between entries is nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.roster.entries import ParsedFile, RosterEntry

_NAME = r"[^\s@{}()\",#%='~\\\[\]<>]+"
_START = re.compile(rf"@\s*(?P<kind>{_NAME})\s*(?P<open>[{{(])")
_NEXT = re.compile(r"^[ \t]*@\s*[A-Za-z][\w-]*\s*[{(]", re.MULTILINE)
_NEXT_WITH_KEY = re.compile(r"\n[ \t]*@[ \t]*[A-Za-z][\w-]*\s*[{(][^\s,{}()=\"]+\s*,")
_BLANK = re.compile(r"(?:\s+|%[^\n]*)*")
_KEY = re.compile(r"[^,{}()\n=%\"]*")
_WORD = re.compile(_NAME)
_BRACE = re.compile(r"[{}]")
_BRACE_OR_QUOTE = re.compile(r"[{}\"]")
_UNKNOWN = re.compile(r"^[ \t]*@[ \t]*(?P<word>[^\W\d_][^\s{}(]*)", re.MULTILINE)
LOOKED_BEYOND = 4_000
"""Characters behind the beginning of a next entry in which a value that goes on there must end; a longer one was never
closed."""
LONGEST_VALUE = 1 << 20
"""Characters of a value whose macros are replaced; macros of macros could make it as long as anybody likes."""
MONTHS = frozenset(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
"""Macros that every style of BibTeX defines."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One of the pieces that `#` joins to a value."""

    text: str
    is_macro: bool = False


Value = tuple[_Piece, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """One entry, or `@string` or `@preamble`, as written."""

    kind: str
    key: str
    fields: tuple[tuple[str, Value], ...]
    start: int
    end: int
    """Place behind it in the file."""
    is_closed: bool = True


class _Unreadable(Exception):
    """What stands at a place is no entry."""


def parse_bibtex(text: str) -> ParsedFile:
    """The entries of a BibTeX file, with those that can't be read named."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    entries: list[RosterEntry] = []
    problems: list[str] = []
    unknown: Counter[str] = Counter()
    blocks = list(_blocks(text))
    macros = _macros(block for block in blocks if isinstance(block, _Block) and block.kind == "string")
    for block in blocks:
        if isinstance(block, _Block) and block.kind in ("string", "preamble"):
            continue
        start = block.start if isinstance(block, _Block) else block
        line = bisect_right(lines, start)
        if not isinstance(block, _Block):
            problems.append(_unreadable(text, start, line))
            continue
        entry, doubts, lacking = _entry(block, line, macros)
        entries.append(entry)
        problems += doubts
        unknown.update(lacking)
    return ParsedFile(tuple(entries), (*problems, *map(_no_macro, unknown.items())))


def _unreadable(text: str, start: int, line: int) -> str:
    shown = " ".join(text[start : start + 200].split())[:60]
    return f"The entry on line {line} ({shown}…) can't be read and was left out: check its braces and commas."


def _no_macro(used: tuple[str, int]) -> str:
    name, count = used
    where = "in one field" if count == 1 else f"in {count} fields"
    return f"'{name}', which no @string defines, was left out {where}: write {{{name}}} if it is a word, not a macro."


def _blocks(text: str) -> Iterator[_Block | int]:
    """The entries of a file in order; for what looks like one and can't be read, the place where it begins."""
    at = 0
    while (begins := _next_start(text, at)) is not None:
        try:
            block = _block(text, begins)
        except _Unreadable:
            yield begins
            following = _NEXT.search(text, begins + 1)
            at = following.start() if following else len(text)
            continue
        if block is not None and block.kind != "comment":
            yield block
        at = block.end if block is not None else begins + 1


def _next_start(text: str, at: int) -> int | None:
    """Where the next entry, or what a line begins with as if it were one, stands outside comments."""
    for found in re.compile("[@%]").finditer(text, at):
        if found.start() < at:
            continue
        if found[0] == "%":
            end = text.find("\n", found.start())
            if end < 0:
                return None
            at = end
        elif _START.match(text, found.start()) or _UNKNOWN.match(text, text.rfind("\n", 0, found.start()) + 1):
            return found.start()
    return None


def _block(text: str, start: int) -> _Block | None:
    """The entry that begins at a place; None: a word that is none (a bare `@comment`). Raises _Unreadable."""
    head = _START.match(text, start)
    if head is None:
        if text[start + 1 :].lstrip()[:7].lower() == "comment":
            return None
        raise _Unreadable
    kind, close = head["kind"].lower(), "}" if head["open"] == "{" else ")"
    if kind == "comment":
        if head["open"] == "(":
            return None
        return _Block(kind, "", (), start, _braced_end(text, head.end() - 1))
    if kind == "preamble":
        value, at = _value(text, head.end())
        return _Block(kind, "", (("", value),), start, _closed(text, at, close))
    key, at = ("", head.end()) if kind == "string" else _key(text, head.end())
    fields: list[tuple[str, Value]] = []
    while True:
        at = _skipped(text, at)
        while text[at : at + 1] == ",":
            at = _skipped(text, at + 1)
        if text[at : at + 1] == close:
            return _Block(kind, key, tuple(fields), start, at + 1)
        if fields and _NEXT.match(text, text.rfind("\n", 0, at) + 1) and text[at : at + 1] == "@":
            return _Block(kind, key, tuple(fields), start, at, is_closed=False)
        name = _WORD.match(text, at)
        at = _skipped(text, name.end()) if name else at
        if name is None or text[at : at + 1] != "=":
            raise _Unreadable
        value, at = _value(text, at + 1)
        fields.append((name[0].lower(), value))


def _key(text: str, at: int) -> tuple[str, int]:
    """(key of an entry, place behind it); empty, where its first field stands in its place."""
    at = _skipped(text, at)
    found = _KEY.match(text, at)
    assert found is not None
    end = _skipped(text, found.end())
    if text[end : end + 1] == "=":
        return "", at
    return found[0].strip(), end


def _skipped(text: str, at: int) -> int:
    """The place behind blanks and comments."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _closed(text: str, at: int, close: str) -> int:
    at = _skipped(text, at)
    if text[at : at + 1] != close:
        raise _Unreadable
    return at + 1


def _value(text: str, at: int) -> tuple[Value, int]:
    """(value that begins at a place, the place behind it). Raises _Unreadable."""
    pieces: list[_Piece] = []
    while True:
        at = _skipped(text, at)
        opening = text[at : at + 1]
        if opening == "{":
            end = _braced_end(text, at)
            pieces.append(_Piece(text[at + 1 : end - 1]))
        elif opening == '"':
            end = _quoted_end(text, at)
            pieces.append(_Piece(text[at + 1 : end - 1]))
        elif word := _WORD.match(text, at):
            end = word.end()
            pieces.append(_Piece(word[0], is_macro=not word[0][0].isdecimal()))
        elif opening in (",", "}", ")") and not pieces:
            return (), at
        else:
            raise _Unreadable
        at = _skipped(text, end)
        if text[at : at + 1] != "#":
            return tuple(pieces), at
        at += 1


def _braced_end(text: str, at: int) -> int:
    """The place behind the brace that closes the one at `at`. Raises _Unreadable where none does."""
    depth = 0
    for found in _BRACE.finditer(text, at, _farthest(text, at)):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.end()
    raise _Unreadable


def _quoted_end(text: str, at: int) -> int:
    """The place behind the quotes that close those at `at`, outside braces. Raises _Unreadable where none do."""
    depth = 0
    for found in _BRACE_OR_QUOTE.finditer(text, at + 1, _farthest(text, at)):
        if found[0] == '"' and depth <= 0:
            return found.end()
        depth += {"{": 1, "}": -1}.get(found[0], 0)
    raise _Unreadable


def _farthest(text: str, at: int) -> int:
    """The place up to which a value is looked through: not far beyond the beginning of another entry."""
    following = _NEXT_WITH_KEY.search(text, at)
    return min(len(text), following.end() + LOOKED_BEYOND) if following else len(text)


# --- meaning ------------------------------------------------------------------------------------------------------


def _macros(blocks: Iterable[_Block]) -> Mapping[str, str]:
    """Name in lower case -> what stands for it; of two with one name the first."""
    macros: dict[str, str] = {}
    for block in blocks:
        for name, value in block.fields:
            macros.setdefault(name, _joined(value, macros)[0])
    return macros


def _joined(value: Value, macros: Mapping[str, str]) -> tuple[str, list[str]]:
    """(the value with its macros replaced, names of those that nothing defines)"""
    texts: list[str] = []
    unknown: list[str] = []
    for piece in value:
        held = macros.get(piece.text.lower()) if piece.is_macro else piece.text
        if held is None and piece.text.lower() in MONTHS:
            held = piece.text
        elif held is None:
            unknown.append(piece.text)
        texts.append(held or "")
    return "".join(texts) if sum(map(len, texts)) <= LONGEST_VALUE else "", unknown


def _entry(block: _Block, line: int, macros: Mapping[str, str]) -> tuple[RosterEntry, list[str], list[str]]:
    """(the entry with the first of two like fields, what is wrong with it, macros that nothing defines)"""
    fields: dict[str, str] = {}
    twice: list[str] = []
    unknown: list[str] = []
    for name, value in block.fields:
        text, lacking = _joined(value, macros)
        if name in fields:
            twice.append(name)
        else:
            fields[name] = _without_quotes(text)
            unknown += lacking
    problems = []
    if twice:
        names = ", ".join(sorted(set(twice)))
        problems.append(f"Entry '{block.key}' (line {line}) gives {names} twice: the first was taken.")
    if not block.is_closed:
        problems.append(f"Entry '{block.key}' (line {line}) is not closed: read up to the next one. Add its brace.")
    return RosterEntry(block.kind, block.key, fields, line), problems, unknown


def _without_quotes(value: str) -> str:
    """A field's value without the braces or quotes around all of it."""
    enclosed = len(value) > 1 and value[0] + value[-1] in ("{}", '""')
    return value[1:-1] if enclosed and _balanced(value[1:-1]) else value


def _balanced(text: str) -> bool:
    depth = 0
    for brace in _BRACE.finditer(text):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            return False
    return depth == 0
