"""The roster: the articles that agreements are expected for, from the editor's BibTeX or CSV file.

Rosters are untidy. What can be mended is mended, what can't is skipped, and each of both is named in
`Roster.problems`; only a file that is no roster at all stops a run.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.interpolate import ResolveStringReferencesMiddleware
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ImplicitComment,
    ParsingFailedBlock,
)

from pipeline.bibtex import EMAIL, author_list, family_comes_first, plain_text
from pipeline.errors import RosterError
from pipeline.records import Article, Roster, Volume

# What bibtexparser would print about broken entries is named in Roster.problems instead.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

_PREFACE = re.compile(r"^(?:preface|foreword)\s*(?:$|:|to\b)|[:.\u2013\u2014-]\s*(?:preface|foreword)$", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?\s*$")
_FIELD_AFTER_VALUE = re.compile(r"^[{\"](?P<value>.*)[}\"]\s+(?P<name>\w+)\s*=\s*(?P<rest>.*)$", re.DOTALL)
_PARENTHESISED = re.compile(r"@(?P<kind>\w+)\s*\(\s*(?P<key>[^\s,]*)")
_LOOKED_AT = 8192
"""Bytes at the start of a file that are searched for a NUL, which no text file holds."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "key": ("key", "id", "article", "paper id", "paper"),
    "title": ("title", "paper title"),
    "author": ("authors", "author", "author names"),
    "submitted": ("submitted", "submitted on", "submission date"),
    "accepted": ("accepted", "accepted on", "acceptance date"),
    "emails": ("emails", "email", "e-mail", "author emails"),
    "volume": ("volume",),
}
"""Field of an entry -> names that a CSV's column may have, in any case."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One entry as its file has it: LaTeX and dates not yet read."""

    kind: str
    """BibTeX entry type in lower case; `article` for a row of a table."""
    key: str
    fields: Mapping[str, str]
    """Field names in lower case."""
    line: int
    """1-based line on which it starts."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The entries of one roster file and what was wrong with it."""

    entries: tuple[RosterEntry, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Volumes:
    """The volumes of a roster, and those of its articles' crossrefs that name none of them."""

    by_key: Mapping[str, Volume] = field(default_factory=dict)
    """Key in lower case -> volume."""

    @property
    def only(self) -> Volume | None:
        return next(iter(self.by_key.values())) if len(self.by_key) == 1 else None


def load_roster(path: Path, volume: str | None = None) -> Roster:
    """The roster in a `.bib` or `.csv` file.

    `volume` restricts it to the articles of one volume, named by its number (`129`, `v129`) or its
    `@Proceedings` key. Raises RosterError where the file can't be read or holds no article.
    """
    roster = parse_roster(_read_text(path), path.name, is_table=path.suffix.lower() in {".csv", ".tsv"})
    return restrict(roster, volume) if volume else roster


def parse_roster(text: str, name: str, is_table: bool = False) -> Roster:
    """The roster in a file's text; `name` is what messages call the file. Raises RosterError."""
    parsed = parse_table(text, name) if is_table else parse_bibtex(text)
    roster = assemble(parsed)
    if not roster.articles:
        why = f" {roster.problems[0]}" if roster.problems else ""
        raise RosterError(
            f"{name} holds no article.{why} Give the proceedings' BibTeX file, or a CSV file with the columns "
            "key, title and authors."
        )
    return roster


def restrict(roster: Roster, volume: str) -> Roster:
    """The roster's articles of one volume. Raises RosterError where it has none."""
    wanted = volume.strip().lower()
    names = {wanted, wanted.removeprefix("v")}
    articles = tuple(a for a in roster.articles if {a.volume.number.lower(), a.volume.key.lower()} & names)
    if not articles:
        known = sorted({a.volume.number or a.volume.key for a in roster.articles} - {""})
        has = f"it has {', '.join(known)}" if known else "its entries name no volume"
        raise RosterError(f"The roster has no article of volume {volume}: {has}. Name one of these, or none for all.")
    return replace(roster, articles=articles)


def mark_states(roster: Roster, config: Mapping[str, object]) -> Roster:
    """The roster with articles marked as a parsed `countersign.toml` says.

    `[articles]` may hold `withdrawn` and `excused`, lists of keys in any case. A key that no article has is
    named in `problems`. Raises RosterError where the table has another shape.
    """
    section = config.get("articles", {})
    if not isinstance(section, Mapping):
        raise RosterError('countersign.toml: write [articles] as a table with lists of keys: withdrawn = ["key"].')
    states: dict[str, Literal["withdrawn", "excused"]] = {}
    for state in ("excused", "withdrawn"):
        keys = section.get(state, [])
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise RosterError(f'countersign.toml: write {state} under [articles] as a list of keys: {state} = ["key"].')
        states |= dict.fromkeys((key.lower() for key in keys), state)
    known = {article.key.lower() for article in roster.articles}
    unknown = tuple(
        f"countersign.toml calls '{key}' {state}, but no article has that key: correct the key."
        for key, state in states.items()
        if key not in known
    )
    articles = tuple(replace(a, state=states.get(a.key.lower(), a.state)) for a in roster.articles)
    return replace(roster, articles=articles, problems=roster.problems + unknown)


def _read_text(path: Path) -> str:
    """A roster file's text: UTF-8, UTF-16 with its mark, else Windows' Latin letters. Raises RosterError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RosterError(f"There is no file {path}: give the path of the proceedings' BibTeX or CSV file.") from None
    except OSError as error:
        raise RosterError(f"{path} can't be read ({error.strerror}): give a file that you may read.") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:_LOOKED_AT]:
        raise RosterError(f"{path.name} is no text file: give the proceedings' BibTeX or CSV file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


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


def parse_table(text: str, name: str) -> ParsedFile:
    """The rows of a CSV file (comma, semicolon or tab). Raises RosterError where it lacks a needed column."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        table = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise RosterError(f"{name} is no CSV file ({error}): export the list of articles again as CSV.") from None
    titles = [cell.strip().lower() for cell in table[0][1]] if table else []
    place = {
        column: next((titles.index(alias) for alias in aliases if alias in titles), None)
        for column, aliases in COLUMNS.items()
    }
    missing = [COLUMNS[column][0] for column in ("key", "title", "author") if place[column] is None]
    if missing:
        raise RosterError(
            f"{name} has no column {' and no column '.join(missing)}: name its columns key, title, authors "
            f"(it has {', '.join(titles) or 'none'})."
        )
    entries = []
    for line, row in table[1:]:
        fields = {c: row[i].strip() for c, i in place.items() if i is not None and i < len(row)}
        entries.append(RosterEntry("article", fields.pop("key", ""), fields, line))
    return ParsedFile(tuple(entries))


def assemble(parsed: ParsedFile) -> Roster:
    """The roster that a file's entries make."""
    volumes, problems = _volumes(parsed.entries)
    problems = [*parsed.problems, *problems]
    candidates = [e for e in parsed.entries if e.kind != "proceedings"]
    kept, left_out = _usable(candidates)
    problems += left_out
    problems += _volume_problems(kept, volumes)
    family_first = family_comes_first([e.fields.get("author", "") for e in kept])
    articles: list[Article] = []
    for entry in kept:
        article, doubts = _article(entry, volumes, family_first)
        articles.append(article)
        problems += doubts
    return Roster(tuple(articles), tuple(problems))


def _usable(entries: Iterable[RosterEntry]) -> tuple[list[RosterEntry], list[str]]:
    """The entries that agreements are expected for, and why the others are left out."""
    kept: list[RosterEntry] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for entry in entries:
        where = f"'{entry.key}' (line {entry.line})" if entry.key else f"on line {entry.line}"
        title = plain_text(entry.fields.get("title", ""))
        if _is_preface(entry, title):
            problems.append(f"Entry {where} is a preface, which has no agreement: left out.")
        elif not entry.key or not title:
            lacks = "key" if not entry.key else "title"
            problems.append(f"Entry {where} has no {lacks} and was left out: add it.")
        elif seen.get(entry.key.lower()) == entry.key:
            problems.append(f"Two entries have the key '{entry.key}': the second (line {entry.line}) was left out.")
        else:
            if entry.key.lower() in seen:
                other = seen[entry.key.lower()]
                problems.append(f"The keys '{other}' and '{entry.key}' differ by case alone: rename one of them.")
            seen[entry.key.lower()] = entry.key
            kept.append(entry)
    return kept, problems


def _is_preface(entry: RosterEntry, title: str) -> bool:
    section = entry.fields.get("section", "").strip().lower()
    return section in {"preface", "foreword"} or bool(_PREFACE.search(title or entry.key))


def _volumes(entries: Iterable[RosterEntry]) -> tuple[_Volumes, list[str]]:
    """The `@Proceedings` of a file, and what is wrong with their dates."""
    by_key: dict[str, Volume] = {}
    problems: list[str] = []
    for entry in entries:
        if entry.kind != "proceedings":
            continue
        (start, end, published), doubts = zip(*(_date(entry, n) for n in ("start", "end", "published")), strict=True)
        problems += [sentence for doubt in doubts for sentence in doubt]
        dated = replace(_volume_of(entry), key=entry.key, start=start, end=end, published=published)
        by_key.setdefault(entry.key.lower(), dated)
    return _Volumes(by_key), problems


def _volume_of(entry: RosterEntry) -> Volume:
    """The volume that an entry's own fields tell, without dates."""
    fields = entry.fields
    year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", fields.get("year", ""))
    return Volume(
        name=plain_text(fields.get("name") or fields.get("booktitle") or fields.get("title", "")),
        number=plain_text(fields.get("volume", "")),
        year=int(year[0]) if year else None,
    )


def _find_volume(entry: RosterEntry, volumes: _Volumes) -> Volume | None:
    """An article's volume: its crossref's, the one of its own number, or the only one; None where nothing tells."""
    named = volumes.by_key.get(entry.fields.get("crossref", "").strip().lower())
    if named:
        return named
    number = plain_text(entry.fields.get("volume", ""))
    numbered = [v for v in volumes.by_key.values() if number and v.number == number]
    if len(numbered) == 1:
        return numbered[0]
    return volumes.only


def _volume_problems(entries: Sequence[RosterEntry], volumes: _Volumes) -> list[str]:
    """One sentence for each crossref that names no entry, and one for the articles that are left without volume."""
    strays = Counter(
        crossref
        for entry in entries
        if (crossref := entry.fields.get("crossref", "").strip()) and crossref.lower() not in volumes.by_key
    )
    only = volumes.only
    taken = f"taken as '{only.key}', the only proceedings there" if only else "name the right @Proceedings entry"
    problems = [
        f"{count} {'articles cite' if count > 1 else 'article cites'} the proceedings '{crossref}', which "
        f"{'are' if count > 1 else 'is'} not in the roster: {taken}."
        for crossref, count in strays.items()
    ]
    lost = [e.key for e in entries if volumes.by_key and _find_volume(e, volumes) is None]
    if lost:
        problems.append(f"No volume is known for {_some(lost)}: add a crossref to one of the @Proceedings entries.")
    return problems


def _some(keys: Sequence[str], limit: int = 5) -> str:
    """A list of keys for a sentence, cut after `limit`."""
    shown = ", ".join(keys[:limit])
    return shown if len(keys) <= limit else f"{shown} and {len(keys) - limit} more"


def _article(entry: RosterEntry, volumes: _Volumes, family_first: bool) -> tuple[Article, list[str]]:
    """One article, and what was mended or missing in its entry."""
    fields = entry.fields
    authors = author_list(fields.get("author", ""), family_first)
    problems = []
    if authors.doubt:
        read = "; ".join(authors.names)
        problems.append(f"Authors of '{entry.key}': {authors.doubt}. Read as: {read}.")
    if not authors.names:
        problems.append(f"Entry '{entry.key}' (line {entry.line}) has no authors: no name can be checked for it.")
    submitted, doubt = _date(entry, "submitted")
    accepted, second_doubt = _date(entry, "accepted")
    if submitted is None and "date" in fields:
        submitted, doubt = _date(entry, "date")
    given = " ".join(fields.get(name, "") for name in ("emails", "email", "author_emails"))
    article = Article(
        key=entry.key,
        title=plain_text(fields["title"]),
        authors=authors.names,
        volume=_find_volume(entry, volumes) or _volume_of_article(entry),
        submitted=submitted,
        accepted=accepted,
        emails=tuple(dict.fromkeys([*EMAIL.findall(plain_text(given)), *authors.emails])),
    )
    return article, [*problems, *doubt, *second_doubt]


def _volume_of_article(entry: RosterEntry) -> Volume:
    """The volume that an article's own fields tell where no `@Proceedings` does; its title is not the volume's."""
    return _volume_of(replace(entry, fields={k: v for k, v in entry.fields.items() if k not in {"title", "name"}}))


def _date(entry: RosterEntry, name: str) -> tuple[date | None, list[str]]:
    """An entry's field as a day, and a sentence where it holds something that is none."""
    written = plain_text(entry.fields.get(name, ""))
    if not written:
        return None, []
    if day := _day(written):
        return day, []
    return None, [f"'{name}' of '{entry.key}' is no date ({written}): write it as 2025-07-13."]


def _day(written: str) -> date | None:
    """A date of a roster: ISO, or with the month in letters. 7/10/2025, which has two meanings, is None."""
    if numeric := _NUMERIC_DATE.match(written):
        try:
            return date(int(numeric[1]), int(numeric[2]), int(numeric[3]))
        except ValueError:
            return None
    if not re.search(r"[^\W\d_]{3}", written) or not re.search(r"\d{4}", written):
        return None
    import dateparser  # its locale data take longer to load than most rosters to read

    found = dateparser.parse(written, settings={"STRICT_PARSING": True})
    return found.date() if found else None
