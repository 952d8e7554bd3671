"""The roster: the articles that agreements are expected for, from whatever the editor has them in.

BibTeX, tables (CSV, XLSX and others, as CMT and EasyChair export them), OpenReview's notes, PMLR's posts. Rosters are
untidy. What can be mended is mended, what can't is skipped, and each of both is named in `Roster.problems`; a file that
is no roster at all stops a run, and so does a table of which it isn't sure what its columns hold.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from pipeline.datamodel.errors import RosterError, system_words
from pipeline.datamodel.latex import plain_text
from pipeline.datamodel.normalizing import EMAIL
from pipeline.datamodel.records import Article, Roster, Volume
from pipeline.dates.written_days import written_day
from pipeline.names.author_lists import author_list, family_comes_first
from pipeline.roster.bibtex import parse_bibtex
from pipeline.roster.columns import Field, fields_named, known_words
from pipeline.roster.entries import ParsedFile, RosterEntry
from pipeline.roster.openreview import parse_openreview
from pipeline.roster.pmlr_posts import parse_post, parse_posts
from pipeline.roster.spreadsheets import decoded, json_sheet, text_sheet
from pipeline.roster.tables import parse_sheets, told_columns
from pipeline.roster.workbooks import is_workbook, workbook_sheets

_log = logging.getLogger(__name__)
_PREFACE = re.compile(r"^(?:preface|foreword)\s*(?:$|:|to\b)|[:.\u2013\u2014-]\s*(?:preface|foreword)$", re.IGNORECASE)
_BIBTEX = re.compile(r"^\s*@\s*[A-Za-z][\w-]*\s*[{(]", re.MULTILINE)
_NO_ARTICLES = ("xdata", "set")
"""Entries that biber has for its own bookkeeping."""
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})/[\d.-]*")
"""A period as biber writes it: first and last day."""
_LOOKED_AT = 8192
"""Characters from the file's beginning in which a BibTeX entry must begin."""
MAX_BYTES = 256 << 20
"""Bytes of a roster's file; thousands of articles with their abstracts take some twenty million."""
MAX_ARTICLES = 30_000
"""Articles of a roster. All that PMLR has published are fewer; each costs about a millisecond before the first return
is read."""
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab", ".xls"})
"""Names that promise a table, whatever stands in it."""


@dataclass(frozen=True, slots=True)
class _Volumes:
    """The volumes of a roster, and those of its articles' crossrefs that name none of them."""

    by_key: Mapping[str, Volume] = field(default_factory=dict)
    """Key in lower case -> volume."""

    @property
    def only(self) -> Volume | None:
        return next(iter(self.by_key.values())) if len(self.by_key) == 1 else None


def load_roster(path: Path, volume: str | None = None, columns: Sequence[str] = (), sheet: str = "") -> Roster:
    """The roster in a file, or in a folder of posts.

    `volume` restricts it to the articles of one volume, named by its number (`129`, `v129`) or its `@Proceedings` key.
    `columns` (`title=Name of the column`) and `sheet` tell of a table what its names don't. Raises RosterError where
    the file can't be read or holds no article, ColumnsUnclear where a table's columns can be taken for several things.
    """
    told = told_columns(columns)
    if path.is_dir():
        parsed = parse_posts(path)
    else:
        data = _read(path)
        if is_workbook(data):
            parsed = parse_sheets(workbook_sheets(data, path.name), path.name, told, sheet)
        elif path.suffix.lower() in (".md", ".markdown"):
            parsed = parse_post(path)
        else:
            text = decoded(data, path.name, known_words())
            parsed = _parsed_text(text, path.name, path.suffix.lower() in TABLE_SUFFIXES, told)
    roster = _assembled(parsed, path.name)
    return restrict(roster, volume) if volume else roster


def _parsed_text(text: str, name: str, is_table: bool, told: Mapping[Field, Sequence[str]]) -> ParsedFile:
    if text.lstrip()[:1] in ("[", "{") and not _BIBTEX.search(text):
        objects = json_sheet(text, name)
        return parse_sheets([objects], name, told) if objects else parse_openreview(text, name)
    if text.lstrip()[:1] == "<":
        raise RosterError(f"{name} is a web page: open it in a spreadsheet program and save it as XLSX.")
    if is_table and not _BIBTEX.search(text[:_LOOKED_AT]):
        table = text_sheet(text, name, lambda row: len(fields_named(row)))
        return parse_sheets([table], name, told)
    return parse_bibtex(text)


def _assembled(parsed: ParsedFile, name: str) -> Roster:
    roster = assemble(parsed)
    if not roster.articles:
        why = f" {roster.problems[0]}" if roster.problems else ""
        raise RosterError(
            f"{name} holds no article.{why} Give the proceedings' BibTeX file, or a table with the columns key, title "
            "and authors."
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


def _read(path: Path) -> bytes:
    try:
        # O_NONBLOCK: a pipe that nobody writes to is not waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise RosterError(f"{path} is a pipe or a device, not a file: save the list of articles and give that.")
            if state.st_size > MAX_BYTES:
                raise RosterError(f"{path.name} is too large for a list of articles: give the volume's own.")
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise RosterError(f"There is no file {path}: give the path of the proceedings' BibTeX file or table.") from None
    except OSError as error:
        raise RosterError(f"{path} can't be read ({system_words(error)}): give a file that you may read.") from None


def assemble(parsed: ParsedFile) -> Roster:
    """The roster that a file's entries make."""
    volumes, problems = _volumes(parsed.entries)
    problems = [*parsed.problems, *problems]
    candidates = [e for e in parsed.entries if e.kind not in ("proceedings", *_NO_ARTICLES)]
    if len(candidates) > MAX_ARTICLES:
        raise RosterError(
            f"The roster has {len(candidates)} articles, more than can be checked: give the volume's own."
        )
    kept, left_out = _usable(candidates)
    problems += left_out
    problems += _volume_problems(kept, volumes)
    family_first = family_comes_first([e.fields.get("author", "") for e in kept])
    articles: list[Article] = []
    for entry in kept:
        try:
            article, doubts = _article(entry, volumes, family_first)
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except Exception:  # an entry that trips the program up costs itself, never the run
            _log.info("entry '%s' on line %d", entry.key, entry.line, exc_info=True)
            problems.append(
                f"Entry '{entry.key}' (line {entry.line}) could not be read and was left out: write it anew."
            )
            continue
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
        title=_title(fields),
        authors=authors.names,
        volume=_find_volume(entry, volumes) or _volume_of_article(entry),
        submitted=submitted,
        accepted=accepted,
        emails=tuple(dict.fromkeys([*EMAIL.findall(plain_text(given)), *authors.emails])),
        ids=tuple({fields.get("openreview", "").strip()} - {"", entry.key}),
    )
    return article, [*problems, *doubt, *second_doubt]


def _title(fields: Mapping[str, str]) -> str:
    """A title with the subtitle that biber's entries have by itself."""
    title, subtitle = plain_text(fields["title"]), plain_text(fields.get("subtitle", ""))
    return f"{title.rstrip(':')}: {subtitle}" if subtitle else title


def _volume_of_article(entry: RosterEntry) -> Volume:
    """The volume that an article's own fields tell where no `@Proceedings` does; its title is not the volume's."""
    return _volume_of(replace(entry, fields={k: v for k, v in entry.fields.items() if k not in {"title", "name"}}))


def _date(entry: RosterEntry, name: str) -> tuple[date | None, list[str]]:
    """An entry's field as a day, and a sentence where it holds something that is none."""
    given = entry.fields.get(name, "")
    written = plain_text(given)
    if not written:
        return None, []
    period = _PERIOD.fullmatch(written)
    if found := written_day(period[1] if period else written, around=True):
        return found, []
    return None, [f"'{name}' of '{entry.key}' is no date ({written}): write it as 2025-07-13."]
