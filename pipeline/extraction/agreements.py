"""Several agreements in one file: which pages belong to which.

A file may hold them one after the other, or first all first pages and then all second ones, as a stack that is scanned
from the front and then from the back. A page that was scanned twice makes no second agreement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from pipeline.datamodel.records import Observation, PageFit, Source
from pipeline.extraction.page_fingerprint import SAME, same_ink

TURNED_GAIN = 15
"""rapidfuzz points, 0..100, by which names must agree better with a stack of pages turned over than with it as it lies
before it is taken as turned."""


@dataclass(frozen=True, slots=True)
class PageWriting:
    """What stands on one page, as far as it tells agreements apart."""

    fields: tuple[str, ...] = ()
    """Text of each field."""
    names: str = ""
    """Who is named: in the name field, by the signature or beside it."""
    ink: bytes = b""
    """As `page_fingerprint` gives it."""
    typed: bool = False
    """Whether all of it is typing that the file holds as text."""


def may_be_several(fits: Sequence[PageFit], form_pages: Collection[int]) -> bool:
    """Whether each form page is there more than once: only then are there several agreements, or one twice."""
    found = [fit.form_page for fit in fits]
    return bool(form_pages) and all(found.count(number) > 1 for number in form_pages)


def numbered(
    fits: Sequence[PageFit],
    form_pages: Collection[int],
    written: Mapping[int, PageWriting] | None = None,
    stacks: bool = True,
) -> tuple[PageFit, ...]:
    """The pages with the number of the agreement that each belongs to, from 1; 0 for a page that belongs to none.

    `form_pages`: the pages that a whole agreement has. `written`: what stands on each page of the file. `stacks`:
    whether the pages may come in stacks, too, all first ones before all second ones.
    """
    written = written or {}
    groups = _runs(fits, set(form_pages))
    if len(groups) < 2 and stacks:
        groups = _stacks(fits, form_pages, written) or groups
    groups = _without_repeats(groups, written)
    numbers = {fit.page: number for number, group in enumerate(groups, start=1) for fit in group}
    return tuple(replace(fit, agreement=numbers.get(fit.page, 0)) for fit in fits)


def by_form(fits: Sequence[PageFit], whole: Sequence[str]) -> tuple[PageFit, ...]:
    """The pages numbered by the form they are on, where the file holds whole agreements on several (labels `whole`).

    A page that fits no form belongs to the one before it.
    """
    first: dict[str, int] = {}
    for fit in fits:
        if fit.form in whole:
            first.setdefault(fit.form, len(first) + 1)
    numbers, last = [], 0
    for fit in fits:
        last = first.get(fit.form, 0) if fit.form else last
        numbers.append(last)
    return tuple(replace(fit, agreement=number) for fit, number in zip(fits, numbers, strict=True))


def agreements_in(source: Source, seen: Observation) -> tuple[tuple[int, ...], ...]:
    """The pages of each agreement, 1-based, in order, where the pages read hold more than one; else nothing.

    In a long file not all pages were looked at: those behind stay with the last agreement, which is read and parted in
    turn.
    """
    pages = {
        number: list(dict.fromkeys(fit.page for fit in seen.fits if fit.agreement == number))
        for number in _numbers(seen.fits)
    }
    if len(pages) < 2:
        return ()
    behind = (source.pages or range(1, seen.pages + 1))[len({fit.page for fit in seen.fits}) :]
    *others, last = pages.values()
    return (*map(tuple, others), (*last, *behind))


def _numbers(fits: Sequence[PageFit]) -> list[int]:
    return sorted({fit.agreement for fit in fits} - {0})


# --- one after the other ------------------------------------------------------------------------------------------


def _runs(fits: Sequence[PageFit], whole: set[int]) -> list[list[PageFit]]:
    """A new agreement begins where the form page that comes first in the file comes again.

    Pages that fit no form page stay with the one before; so does what is no whole agreement.
    """
    leading = next((fit.form_page for fit in fits if fit.form_page is not None), None)
    groups: list[list[PageFit]] = []
    for fit in fits:
        if not groups or (fit.form_page == leading and leading in _pages_of(groups[-1])):
            groups.append([])
        groups[-1].append(fit)
    runs: list[list[PageFit]] = []
    for group in groups:
        if runs and _pages_of(group) != whole:
            runs[-1] = runs[-1] + group
        else:
            runs.append(group)
    return runs if sum(_pages_of(run) == whole for run in runs) > 1 else [list(fits)]


def _pages_of(group: Sequence[PageFit]) -> set[int]:
    return {fit.form_page for fit in group if fit.form_page is not None}


# --- in stacks ----------------------------------------------------------------------------------------------------


def _stacks(
    fits: Sequence[PageFit], form_pages: Collection[int], written: Mapping[int, PageWriting]
) -> list[list[PageFit]]:
    """Agreements of pages in stacks, one stack for each form page; none where the pages don't lie so."""
    stacks = [[fit for fit in fits if fit.form_page == number] for number in form_pages]
    stacks.sort(key=lambda stack: stack[0].page if stack else 0)
    found = [fit.form_page for fit in fits if fit.form_page is not None]
    if found != [fit.form_page for stack in stacks for fit in stack] or len({len(stack) for stack in stacks}) != 1:
        return []
    first, *others = stacks
    if len(first) < 2:
        return []
    turned = [_in_order(first, stack, written) for stack in others]
    return [list(group) for group in zip(first, *turned, strict=True)]


def _in_order(first: Sequence[PageFit], stack: Sequence[PageFit], written: Mapping[int, PageWriting]) -> list[PageFit]:
    """The stack in the order of the first one: as it lies, or turned over if the names say so."""
    straight, turned = (_names_agree(first, order, written) for order in (stack, stack[::-1]))
    return list(stack[::-1] if turned > straight + TURNED_GAIN else stack)


def _names_agree(a: Sequence[PageFit], b: Sequence[PageFit], written: Mapping[int, PageWriting]) -> float:
    nothing = PageWriting()
    pairs = [
        (written.get(x.page, nothing).names, written.get(y.page, nothing).names) for x, y in zip(a, b, strict=True)
    ]
    return sum(fuzz.partial_ratio(x.lower(), y.lower()) if x and y else 50.0 for x, y in pairs) / len(pairs)


# --- scanned twice ------------------------------------------------------------------------------------------------


def _without_repeats(groups: Sequence[list[PageFit]], written: Mapping[int, PageWriting]) -> list[list[PageFit]]:
    """The agreements but for those that show an earlier one once more, page by page."""
    own: list[list[PageFit]] = []
    for group in groups:
        if not any(_repeats(earlier, group, written) for earlier in own):
            own.append(group)
    return own


def _repeats(earlier: Sequence[PageFit], later: Sequence[PageFit], written: Mapping[int, PageWriting]) -> bool:
    pages = [fit for fit in later if fit.form_page is not None]
    return bool(pages) and all(
        any(
            other.form_page == fit.form_page and _is_same(written.get(other.page), written.get(fit.page))
            for other in earlier
        )
        for fit in pages
    )


def _is_same(a: PageWriting | None, b: PageWriting | None) -> bool:
    """Whether two pages show the same writing: the same ink, and where all of it is typed, the same words.

    Two titles that differ in a numeral have nearly the same ink when they are typed, and no agreement may be lost.
    """
    if a is None or b is None:
        return False
    if a.typed and b.typed:
        return a.fields == b.fields
    return same_ink(a.ink, b.ink) >= SAME
