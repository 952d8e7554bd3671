"""One agreement over several files: the photo of page 1 beside the photo of page 2.

Two files are one return where one holds page 1 of a form and the other page 2, neither holds both, and their names say
that they belong together: neighbours in their folder with names that differ by a count or a few minutes, and nobody
else legibly signs the one than the other names. Where that is not clear both stay as they are, each with a page
missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from rapidfuzz import fuzz

from pipeline.datamodel.records import FilePart, Observation, Source

COUNT_APART = 2
"""Greatest difference of two counters in the names, IMG_2041 and IMG_2042."""
CLOCK_DIGITS = 6
"""Digits of a time of day, hhmmss, in the names that cameras and phones give."""
CLOCK_APART = 1000
"""Greatest difference of two times of day in the names, hhmmss: ten minutes."""
LEGIBLE: Final = 0.8
"""The recognizer's certainty, 0..1, from which a line says whose it is. Set by eye, as its slips lie below."""
WHOLE_NAME: Final = 8
"""Letters from which a line of two words and more is a whole name. Set by eye."""
UNLIKE: Final = 50.0
"""rapidfuzz ratio, 0..100, up to which two names are two people's: a misread name is more like itself."""
DECORATION = re.compile(r"[\s()_.-]+")


@dataclass(frozen=True, slots=True)
class Half:
    """The one page of a form that a file holds."""

    form: str
    page: int
    names: tuple[str, ...] = ()
    """Whole names that are legible in its name field, its signature and beside it."""

    def __str__(self) -> str:
        return "\n".join((f"{self.form}:{self.page}", *self.names))

    @classmethod
    def of_text(cls, text: str) -> Half | None:
        """What `str` gave; None of an empty text."""
        head, *names = text.split("\n")
        form, _, page = head.rpartition(":")
        return cls(form, int(page), tuple(names)) if text else None


def half_of(seen: Observation) -> Half | None:
    """The one form page that a file holds, if it is a file of one page and one other page is missing."""
    held = [fit.form_page for fit in seen.fits if fit.form_page is not None]
    if seen.problem is not None or seen.pages != 1 or len(held) != 1 or len(seen.missing_pages) != 1:
        return None
    lines = (*seen.name.lines, *seen.block_name.lines, *seen.signature.lines)
    names = (" ".join(line.text.split()) for line in lines if line.score >= LEGIBLE)
    return Half(seen.form, held[0], tuple(name for name in names if _is_whole_name(name)))


def _is_whole_name(text: str) -> bool:
    return len(text.split()) > 1 and sum(c.isalpha() for c in text) >= WHOLE_NAME


def joined(sources: Sequence[Source], halves: Mapping[str, str]) -> list[Source]:
    """The sources, each two that are one return as one: the first one's, with the other as its `rest`.

    `halves`: the `Half` that a file holds, as text, by the source's name.
    """
    pairs = {pair[0].name: pair for folder in _by_folder(sources) for pair in _pairs(folder, halves)}
    seconds = {second.name for _, second in pairs.values()}
    return [
        replace(source, rest=(_part(pairs[source.name][1]),)) if source.name in pairs else source
        for source in sources
        if source.name not in seconds
    ]


def _part(source: Source) -> FilePart:
    return FilePart(source.name, source.path, source.sha256)


def _by_folder(sources: Sequence[Source]) -> list[list[Source]]:
    folders: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        folders[str(PurePosixPath(source.name).parent)].append(source)
    return [sorted(some, key=lambda s: _natural(s.name)) for some in folders.values()]


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key that puts IMG_9 before IMG_10."""
    return tuple((0, int(t)) if t.isdecimal() else (1, t) for t in re.split(r"(\d+)", name.lower()) if t)


def _pairs(folder: Sequence[Source], halves: Mapping[str, str]) -> Iterator[tuple[Source, Source]]:
    """Pairs in a folder's files, given in natural order: runs of first and second pages in turn, none left over."""
    runs: list[list[Source]] = []
    for before, source in pairwise((None, *folder)):
        assert source is not None
        if before is None or not _may_go_on(before, source, halves):
            runs.append([])
        runs[-1].append(source)
    for run in runs:
        if len(run) % 2 == 0:
            yield from zip(run[::2], run[1::2], strict=True)


def _may_go_on(a: Source, b: Source, halves: Mapping[str, str]) -> bool:
    first, second = Half.of_text(halves.get(a.name, "")), Half.of_text(halves.get(b.name, ""))
    if first is None or second is None or first.form != second.form or first.page == second.page:
        return False
    return names_belong_together(a.name, b.name) and not _are_others(first.names, second.names)


def _are_others(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two halves both have legible names, and no name of the one is like any of the other."""
    pairs = [(one.lower(), other.lower()) for one in a for other in b]
    likest = max((max(fuzz.token_set_ratio(*pair), fuzz.partial_ratio(*pair)) for pair in pairs), default=100.0)
    return likest <= UNLIKE


def names_belong_together(a: str, b: str) -> bool:
    """Whether two names in one folder differ only by a count, a page number or the time of a few minutes."""
    (stem_a, kind_a), (stem_b, kind_b) = (
        (PurePosixPath(n).stem.lower(), PurePosixPath(n).suffix.lower()) for n in (a, b)
    )
    words = [DECORATION.sub("", re.sub(r"\d+", "", stem)) for stem in (stem_a, stem_b)]
    if kind_a != kind_b or words[0] != words[1]:
        return False
    x, y = (re.findall(r"\d+", stem) for stem in (stem_a, stem_b))
    if len(x) != len(y):
        longer, shorter = (x, y) if len(x) > len(y) else (y, x)
        return longer[:-1] == shorter and int(longer[-1]) <= COUNT_APART
    if not x or x[:-1] != y[:-1]:
        return False
    clock = len(x[-1]) == len(y[-1]) == CLOCK_DIGITS and len(x) > 1
    return abs(int(x[-1]) - int(y[-1])) <= (CLOCK_APART if clock else COUNT_APART)
