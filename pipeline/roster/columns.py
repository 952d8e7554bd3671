"""Which column of a table holds what: found by its name, in the languages of many, and checked by what stands in it.

A column is taken only where its whole name is one of those known for a field and its content fits. Where two fit, or
one that may hold more is beside it, or none is known, the caller is asked (`ColumnsUnclear`): never is the likelier one
taken. A column that only resembles a name ("Corresponding author", "Title (EN)") is never taken by itself.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, get_args

from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.normalizing import EMAIL
from pipeline.names.vocabulary import TITLES_AND_DEGREES
from pipeline.roster.author_cells import AND, CJK, people
from pipeline.roster.days import may_be_day

Field = Literal[
    "key", "title", "author", "coauthors", "given", "family", "submitted", "accepted", "emails", "volume", "decision"
]
FIELDS: tuple[Field, ...] = get_args(Field)
ASKED: Mapping[str, Field] = {
    "key": "key", "title": "title", "authors": "author", "emails": "emails", "submitted": "submitted",
    "accepted": "accepted", "volume": "volume", "decision": "decision",
}  # fmt: skip
"""What the user may name a column for."""
NEEDED: tuple[Field, ...] = ("key", "title", "author")
OTHER_TITLES = re.compile(
    r"\b(?:short|running|session|track|book|series|job|academic|conference|journal|event|file|kurz|sitzung|court)\b"
    r"|kurztitel|buchtitel"
)
"""Titles that are not the article's, beside which the article's is sure."""
_EAST = re.compile(rf"[{CJK}]")
FEW = 5
"""With fewer rows than this what stands in a column tells nothing."""
ENOUGH = 300
"""Cells of a column that tell whether it holds names, or days."""
MOST_SHARED = 0.1
"""Share of keys that may stand for several articles; a key given twice by mistake is named and left out."""
LEAST_DAYS = 0.3
"""Share of a column's cells that are days where it is one of dates: many may still say "pending". Those that are none
are named one by one."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    place: int
    """From 0."""
    head: str
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        """Its cells that are not empty."""
        return [cell for cell in self.cells if cell]


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """A field of which can't be told which column holds it."""

    field: str
    """As `--column` names it."""
    choices: tuple[Column, ...]
    sentence: str
    """What is unclear, and by which option to tell it."""


class ColumnsUnclear(RosterError):
    """Which columns hold some fields can't be told; the message says by which options to tell it, a line each."""

    def __init__(self, questions: Sequence[ColumnQuestion]) -> None:
        super().__init__("\n".join(dict.fromkeys(question.sentence for question in questions)))
        self.questions = tuple(questions)


def normalize_header(head: str) -> str:
    """A column's name for comparing: small letters and figures, words apart, accents kept."""
    text = unicodedata.normalize("NFKC", head.replace("№", "nr")).strip()
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", text).casefold()
    return " ".join(re.sub(r"[^\w#]|_", " ", text).split()) or text


@cache
def _all_names() -> dict[str, list[list[str]]]:
    """What `columns.toml` holds: field -> names of its columns, in ranks."""
    held = (resources.files("pipeline.roster") / "columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(held)


@cache
def names_of(field: Field) -> Mapping[str, int]:
    """Name -> its rank among those of a field: one of an earlier rank is taken before one of a later."""
    return {normalize_header(name): rank for rank, names in enumerate(_all_names()[field]) for name in names}


def known_words() -> list[str]:
    """Names of columns that have letters beyond ASCII, for telling encodings apart."""
    return sorted({name for field in FIELDS for name in names_of(field) if not name.isascii()})


def fields_named(heads: Sequence[str]) -> set[Field]:
    """The fields for which a row of heads has a column by name."""
    plain = {normalize_header(head) for head in heads} | {_numbered(head) for head in heads}
    return {field for field in FIELDS if plain & names_of(field).keys()}


def _numbered(head: str) -> str:
    """The name without its number: `Author 2` is `author`; empty where it has none."""
    found = re.fullmatch(r"(.*?\D)\s*\d{1,2}(?: name)?", normalize_header(head))
    return found[1].strip() if found else ""


# --- choosing -----------------------------------------------------------------------------------------------------


def choose(columns: Sequence[Column], told: Mapping[Field, Sequence[str]], name: str) -> dict[Field, list[Column]]:
    """Field -> its columns, in order. `told`: the columns that the user named.

    Raises ColumnsUnclear with all that is unclear at once, RosterError.
    """
    chosen = {field: _told(columns, field, heads, name) for field, heads in told.items()}
    taken = {column.place for some in chosen.values() for column in some}
    free = [column for column in columns if column.place not in taken]
    open_: dict[Field, ColumnQuestion] = {}
    for field in FIELDS:
        found = [] if field in chosen else _chosen(field, free, name)
        if isinstance(found, ColumnQuestion):
            open_[field] = found
        elif found:
            chosen[field] = found
    if "author" not in chosen and {"given", "family"} <= chosen.keys():
        chosen["author"] = []
    doubts = {"author": _one_author(chosen, columns, name), "key": _shared_key(chosen, name)}
    for field in NEEDED:
        if field not in told and (doubt := doubts.get(field)):
            open_[field] = doubt
        elif field not in chosen and field not in open_:
            open_[field] = _missing(field, columns, name)
    if open_:
        raise ColumnsUnclear([open_[field] for field in FIELDS if field in open_])
    return chosen


def _told(columns: Sequence[Column], field: Field, heads: Sequence[str], name: str) -> list[Column]:
    found = []
    for head in heads:
        same = [c for c in columns if c.head == head] or [
            c for c in columns if normalize_header(c.head) == normalize_header(head)
        ]
        if len(same) != 1:
            has = "has no column" if not same else "has several columns"
            mend = ", rename all but one" if same else ""
            raise RosterError(f"{name} {has} '{head}' for {shown(field)}{mend}: it has {_listed(columns)}.")
        found += same
    return found


def _chosen(field: Field, columns: Sequence[Column], name: str) -> list[Column] | ColumnQuestion:
    """The columns that surely hold a field, none where there are none; a question where two may."""
    ranks = names_of(field)
    named = [column for column in columns if normalize_header(column.head) in ranks and column.filled]
    fitting = [column for column in named if fits(field, column.filled)]
    if not fitting and field == "author":
        return [c for c in columns if _numbered(c.head) in ranks and c.filled]
    best = min((ranks[normalize_header(column.head)] for column in fitting), default=0)
    fitting = [column for column in fitting if ranks[normalize_header(column.head)] == best]
    if len(fitting) > 1 and not _alike(field, fitting):
        if field in NEEDED:
            return _unclear(field, fitting, "has several columns that could be", name)
        return []
    if field == "title" and fitting:
        rivals = [column for column in columns if column not in named and _is_rival(column, fitting[0])]
        if rivals:
            return _unclear(field, [fitting[0], *rivals], "has several columns that could be", name)
    return fitting[:1]


def _alike(field: Field, columns: Sequence[Column]) -> bool:
    """Whether columns say the same: equal cells, or cells with the same words in whatever order (names)."""
    if field in ("emails", "decision", "submitted", "accepted", "volume"):
        return len({column.cells for column in columns}) == 1
    words = {tuple(frozenset(re.findall(r"[^\W\d_]+", _bare(cell).casefold())) for cell in c.cells) for c in columns}
    return len(words) == 1


def _bare(cell: str) -> str:
    return re.sub(r"[(\[\uff08][^()\[\]\uff08\uff09]*[)\]\uff09]", " ", EMAIL.sub(" ", cell))


def _is_rival(column: Column, title: Column) -> bool:
    """Whether another column may be the title as well: named like one, filled like one, and saying something else."""
    head = normalize_header(column.head)
    words = set(head.split())
    named = bool(words & {"title", "titel", "titre", "título", "titolo", "titulo"}) or any(
        name in head for name in names_of("title") if _EAST.search(name)
    )
    if not named or OTHER_TITLES.search(head) or not fits("title", column.filled):
        return False
    if len(set(column.filled)) < 0.5 * len(set(title.filled)):
        return False
    pairs = [(a, b) for a, b in zip(column.cells, title.cells, strict=True) if a and b]
    return any(a.casefold() != b.casefold() for a, b in pairs)


def _one_author(
    chosen: Mapping[Field, Sequence[Column]], columns: Sequence[Column], name: str
) -> ColumnQuestion | None:
    """The question where a column of authors may hold one of several only."""
    authors = chosen.get("author", [])
    if len(authors) != 1 or chosen.get("coauthors"):
        return None
    column = authors[0]
    lone = all(AND not in cell for cell in people(column.filled).cells)
    head = normalize_header(column.head)
    plural = head.endswith(("s", "en", "innen", "es")) or head in ("autori", "authors", "авторы") or "list" in head
    keys = chosen.get("key", [])
    repeats = bool(keys) and len(set(keys[0].filled)) < len(column.filled)
    if lone and not plural and not repeats and len(column.filled) > 1:
        others = [c for c in columns if c is not column and c.filled and fits("author", c.filled)]
        return _unclear("author", [column, *others], "names one person a row in what could be", name)
    return None


def _shared_key(chosen: Mapping[Field, Sequence[Column]], name: str) -> ColumnQuestion | None:
    """The question where many keys stand for several articles each: the column holds something else."""
    if not {"key", "title"} <= chosen.keys():
        return None
    titles: dict[str, set[str]] = {}
    for key, title in zip(chosen["key"][0].cells, chosen["title"][0].cells, strict=True):
        titles.setdefault(key, set()).add(title)
    shared = sum(len(some) > 1 for key, some in titles.items() if key)
    if shared <= MOST_SHARED * len(titles):
        return None
    return _unclear("key", chosen["key"], "has the same value for several articles in what could be", name)


def _missing(field: Field, columns: Sequence[Column], name: str) -> ColumnQuestion:
    message = (
        f"{name} has no column {shown(field)} that is known by its name and holds what it should (it has "
        f"{_listed(columns)}): {_how(field)}."
    )
    return ColumnQuestion(shown(field), tuple(column for column in columns if column.filled), message)


def _unclear(field: Field, choices: Sequence[Column], why: str, name: str) -> ColumnQuestion:
    """The question where any of `choices` may hold a field."""
    heads = " and ".join(f"'{column.head}'" for column in choices)
    alike = len({column.head for column in choices}) < len(choices)
    how = "rename all but one of them" if alike else _how(field, choices[0].head)
    message = f"{name} {why} the {shown(field)}, {heads}: {how}."
    return ColumnQuestion(shown(field), tuple(choices), message)


def _how(field: Field, head: str = "NAME") -> str:
    told = f"{shown(field)}={head}"
    return f"say which is meant by --column \"{told}\", or in countersign.toml by column = ['{told}']"


def shown(field: Field) -> str:
    """A field as the user names it."""
    return next(name for name, one in ASKED.items() if one == field)


def _listed(columns: Sequence[Column], limit: int = 30) -> str:
    heads = [f"'{column.head}'" for column in columns if column.head]
    return ", ".join(heads[:limit]) + (", ..." if len(heads) > limit else "") or "none with a name"


# --- content ------------------------------------------------------------------------------------------------------


def fits(field: Field, cells: Sequence[str]) -> bool:
    """Whether what stands in a column, without its empty cells, can be a field."""
    if field in ("title", "author") and _share(cells, lambda c: TITLES_AND_DEGREES.fullmatch(c) is not None) > 0.3:
        return False
    if field == "emails":
        return _share(cells, lambda c: "@" in c) > 0.5
    if field in ("submitted", "accepted"):
        return _share(cells[:ENOUGH], may_be_day) >= LEAST_DAYS
    if field == "decision":
        return any(verdict(cell) is not None for cell in cells)
    if field == "key":
        return _share(cells, lambda c: len(c) <= 60 and len(c.split()) <= 2 and "://" not in c) > 0.9
    if len(cells) < FEW or field not in ("title", "author"):
        return True
    odd = _share(cells, lambda c: bool(EMAIL.fullmatch(c)) or "://" in c or not re.search(r"[^\W\d_]{2}", c))
    if odd > 0.3:
        return False
    return _like_titles(cells) if field == "title" else _like_names(cells)


def _like_titles(cells: Sequence[str]) -> bool:
    """Most titles have several words, and they differ, if not from row to row where each author has one."""
    long = _share(cells, lambda c: len(c.split()) > 1 or len(_EAST.findall(c)) > 3)
    return len(set(cells)) > 0.1 * len(cells) and long > 0.5


def _like_names(cells: Sequence[str]) -> bool:
    """Lists of names consist of short pieces, of two words and more each."""
    pieces = [
        piece for cell in people(cells[:ENOUGH]).cells for part in cell.split(AND) for piece in part.split(",") if piece
    ]
    if not pieces:
        return False
    short = sum(len(piece.split()) <= 5 and len(piece) <= 60 for piece in pieces) / len(pieces)
    several = _share(cells, lambda c: len(c.split()) > 1 or bool(_EAST.search(c)))
    return short > 0.9 and several > 0.5


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(holds(cell) for cell in cells) / len(cells) if cells else 0.0


_ACCEPTED = re.compile(
    r"accept|angenommen|akzeptiert|aceptad|aceit|accettat|camera.?ready|published|录用|录取|接收|接受|採択|採録|採用|受理"
    r"|게재|принят",
    re.IGNORECASE,
)
_REJECTED = re.compile(
    r"reject|withdr|declin|abgelehnt|zurückgezogen|refus|rejet|retir|rechazad|rifiutat|recusad|退稿|拒|撤|不录用|不採|却下"
    r"|取下|거절|отклон|отозван|\bnot accepted|nicht angenommen|non accept|no aceptad",
    re.IGNORECASE,
)


_YES = re.compile(r"yes|y|ja|oui|s[ií]|sim|true|是|はい|예", re.IGNORECASE)
_NO = re.compile(r"no|n|nein|non|n[ãa]o|false|否|不|いいえ|아니오", re.IGNORECASE)


def verdict(cell: str) -> bool | None:
    """What a decision says: accepted or not; None where it says neither."""
    if _REJECTED.search(cell) or _NO.fullmatch(cell):
        return False
    return True if _ACCEPTED.search(cell) or _YES.fullmatch(cell) else None
