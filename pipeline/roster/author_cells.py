"""Lists of authors as the cells of a table write them, as lists that `bibtex.author_list` reads: joined by "and".

What parts the persons is told by the column as a whole: where one cell has semicolons, commas stand inside names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.datamodel.normalizing import EMAIL
from pipeline.names.vocabulary import AFFILIATION, DEGREE, TITLES, alternatives

AND = " and "
CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK_CELL = re.compile(rf"[{CJK}]")
_NOTE = re.compile(r"\s*[(\[\uff08【<][^()\[\]\uff08\uff09【】<>]*[)\]\uff09】>]")
_MARKS = re.compile(r"[\u00b9\u00b2\u00b3\u2070-\u2079*†‡§¶]+(?:\s*,\s*[\d*†‡§¶\u00b9\u00b2\u00b3\u2070-\u2079]+)*")
_NUMBERS = re.compile(r"(?<=[^\W\d_.])\s?\d{1,2}(?:\s*,\s*\d{1,2})*(?=\s*(?:[,;|&\n、\uff0c\uff1b]|and\b|$))")
_LEADING = re.compile(r"(^|[;|\n,、\uff0c\uff1b])\s*\d{1,3}[.)]\s*(?=[^\W\d_])")
_STRONG = re.compile(r"\s*[;|\n\u2028\uff1b]\s*")
_EASTERN = re.compile(r"\s*[,、\uff0c;\uff1b/\uff0f|\n]\s*|\s+[和与與及と]\s+")
_WORD_AND = re.compile(r",?\s+(?:(?<!von )und(?! zu\b)|et|&|\uff06|y)\s+", re.IGNORECASE)
_SURNAME_Y = re.compile(r"\s+y\s+", re.IGNORECASE)
_ADDRESS = re.compile(rf"^(?:(?:{alternatives(TITLES)})\.?(?:[ -](?:dr|ing|habil)\.?)*\s+)+(?=\S)", re.IGNORECASE)
"""What stands before a name and is none."""
_ACRONYM = re.compile(r"[A-Z]{3,}")
AFFILIATED = 0.3
"""Share of names with an employer behind their comma from which on what stands there is one in the whole column."""


@dataclass(frozen=True, slots=True)
class People:
    """The cells of a column, rewritten, and what was settled about them by more than their punctuation."""

    cells: tuple[str, ...]
    problems: tuple[str, ...] = ()


def people(cells: Sequence[str]) -> People:
    """The column with its persons joined by " and ", without marks, numbers, brackets and employers."""
    bare = [_without_notes(cell) for cell in cells]
    strong = any(_STRONG.search(cell) for cell in bare)
    persons = [_parted(cell, strong) for cell in bare]
    if not strong and _commas_part([person for some in persons for person in some]):
        persons = [[part for person in some for part in _comma_parts(person)] for some in persons]
    else:
        persons, dropped = _without_employers(persons)
        if dropped:
            problem = f"What stands behind a name's comma was taken for an employer {dropped} times and left out."
            return People(tuple(AND.join(some) for some in persons), (problem, *_doubts(cells)))
    return People(tuple(AND.join(some) for some in persons), _doubts(cells))


def has_two_meanings(cells: Sequence[str]) -> bool:
    """Whether "A B, C D" in every cell may be two persons or one, with nothing else in the column that tells."""
    bare = [cell for cell in map(_without_notes, cells) if cell]
    if any(_STRONG.search(cell) or _CJK_CELL.search(cell) for cell in bare):
        return False
    parts = [_comma_parts(person) for cell in bare for person in _parted(cell, False)]
    if any(len(some) > 2 or (len(some) == 1 and len(some[0].split()) > 1) for some in parts):
        return False
    whole = [
        len(some) == 2 and all(len(part.split()) > 1 and not _is_employer(part) for part in some) for some in parts
    ]
    return sum(whole) > len(parts) / 2


def _without_notes(cell: str) -> str:
    """A cell without e-mail addresses, brackets, footnote marks and numbers."""
    text = EMAIL.sub("", cell)
    while (shorter := _NOTE.sub("", text)) != text:
        text = shorter
    return _LEADING.sub(r"\1 ", _NUMBERS.sub("", _MARKS.sub("", text))).strip()


def _parted(cell: str, strong: bool) -> list[str]:
    """The pieces of a cell between what surely parts persons."""
    if _CJK_CELL.search(cell):
        return _cleaned(_EASTERN.split(cell))
    pieces = _STRONG.split(cell) if strong else [cell]
    return _cleaned(part for piece in pieces for half in piece.split(AND) for part in _at_word_and(half))


def _cleaned(pieces: Iterable[str]) -> list[str]:
    """The pieces without stray punctuation, and only those with letters."""
    trimmed = (_ADDRESS.sub("", piece.strip(" ,;\t\u3000").lstrip(". ")) for piece in pieces)
    return [piece for piece in trimmed if re.search(r"[^\W\d_]", piece)]


def _at_word_and(piece: str) -> list[str]:
    """Cut at "und", "et", "y" and "&", if a whole name stands on either side: Ortega y Gasset is one."""
    parts = _WORD_AND.split(piece)
    long_enough = all(len(part.replace(",", " ").split()) > 1 or _CJK_CELL.search(part) for part in parts)
    return parts if long_enough else [piece]


def _doubts(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells in which "y" was taken for "and", which may be within a name."""
    cut = [c for c in cells if _SURNAME_Y.search(c) and len(_at_word_and(_without_notes(c))) > 1 and "," not in c]
    return tuple(
        f'In "{cell[:80]}" the "y" was taken for "and": write a semicolon where that is wrong.' for cell in cut
    )


def _comma_parts(person: str) -> list[str]:
    return _cleaned(person.split(","))


def _commas_part(persons: Sequence[str]) -> bool:
    """Whether commas part persons: nearly every part is a whole name."""
    parts = [part for person in persons if "," in person for part in _comma_parts(person)]
    whole = [part for part in parts if len(part.split()) > 1 and not _is_employer(part)]
    return bool(parts) and len(whole) >= 0.95 * len(parts)


def _without_employers(persons: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """(the persons without employers behind their comma, how many had one)"""
    behind = [person for some in persons for person in some if "," in person]
    found = sum(map(_has_employer, behind))
    everywhere = found > AFFILIATED * len(behind)

    def bare(person: str) -> str:
        name, comma, _ = person.partition(",")
        drop = comma and (_has_employer(person) or (everywhere and len(name.split()) > 1))
        return name.strip() if drop else person

    kept = [[bare(person) for person in some] for some in persons]
    changed = sum(a != b for some, now in zip(persons, kept, strict=True) for a, b in zip(some, now, strict=True))
    return kept, changed


def _has_employer(person: str) -> bool:
    """Whether an employer or a degree stands behind the comma: `Jane Doe, MIT`, but not `DOE, JANE`."""
    name, _, rest = person.partition(",")
    acronym = _ACRONYM.fullmatch(rest.strip()) is not None and len(name.split()) > 1 and not name.isupper()
    return acronym or _is_employer(rest.strip())


def _is_employer(part: str) -> bool:
    """Whether a part between commas is an employer, or a degree, and no given name."""
    return AFFILIATION.search(part) is not None or DEGREE.match(part) is not None
