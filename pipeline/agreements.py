"""Several agreements in one file: which pages belong to which."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Observation, PageFit, Source

Pages = tuple[int, int]
"""1-based first and last page inside the file."""


def agreements_in(source: Source, seen: Observation) -> tuple[Pages, ...]:
    """The pages of each agreement, in order, where the pages read show more than one; else nothing.

    A new agreement begins where the form page that comes first in the file comes again; pages that fit no form page
    stay with the one before. It takes two whole agreements: a signature page that was scanned twice makes none.
    In a long file not all pages were looked at: those behind stay with the last part, which is read and parted in turn.
    """
    first = source.page_range[0] if source.page_range else 1
    last = first + seen.pages - 1
    whole = set(seen.missing_pages) | {fit.form_page for fit in seen.fits if fit.form_page is not None}
    groups = _merged(_grouped(seen.fits), whole)
    if sum(_pages_of(group) == whole for group in groups) < 2:
        return ()
    starts = [first, *(group[0].page for group in groups[1:])]
    return tuple(zip(starts, [start - 1 for start in starts[1:]] + [last], strict=True))


def _grouped(fits: Sequence[PageFit]) -> list[list[PageFit]]:
    """Pages from one that fits the form page which comes first in this file to the next such page."""
    leading = next((fit.form_page for fit in fits if fit.form_page is not None), None)
    groups: list[list[PageFit]] = []
    for fit in fits:
        if not groups or (fit.form_page == leading and leading in _pages_of(groups[-1])):
            groups.append([])
        groups[-1].append(fit)
    return groups


def _merged(groups: Sequence[list[PageFit]], whole: set[int]) -> list[list[PageFit]]:
    """A group that is no whole agreement joins the one before it."""
    merged: list[list[PageFit]] = []
    for group in groups:
        if merged and _pages_of(group) != whole:
            merged[-1] = merged[-1] + group
        else:
            merged.append(list(group))
    return merged


def _pages_of(group: Sequence[PageFit]) -> set[int]:
    return {fit.form_page for fit in group if fit.form_page is not None}
