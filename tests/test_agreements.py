"""Several agreements in one file: which pages belong to which."""

from __future__ import annotations

import pytest

from pipeline.agreements import agreements_in
from pipeline.records import Observation, PageFit, Source


def parts(pages: str, missing: tuple[int, ...] = (), first: int = 1, more: int = 0) -> list[tuple[int, int]]:
    fits = tuple(
        PageFit(number, None if at == "-" else int(at), 0.9) for number, at in enumerate(pages.split(), start=first)
    )
    page_range = (first, first + len(fits) + more - 1) if first > 1 else None
    seen = Observation(pages=len(fits) + more, fits=fits, missing_pages=missing)
    return list(agreements_in(Source("a.pdf", "/a.pdf", "0" * 64, 1, page_range), seen))


@pytest.mark.parametrize("pages", ["", "1 2", "2 1", "1 - 2 -", "1 2 2", "1 1 2", "- -", "- 1 2"])
def test_one_agreement_is_not_parted(pages: str) -> None:
    assert parts(pages) == []


def test_signature_pages_alone_are_not_agreements() -> None:
    assert parts("2 2 2", missing=(1,)) == []


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ("1 2 1 2", [(1, 2), (3, 4)]),
        ("2 1 2 1", [(1, 2), (3, 4)]),
        ("- 1 2 - 1 2", [(1, 4), (5, 6)]),
        ("1 2 1 2 2", [(1, 2), (3, 5)]),
        ("1 2 2 1 2", [(1, 3), (4, 5)]),
        ("1 2 1 1 2", [(1, 3), (4, 5)]),
    ],
)
def test_several_are_parted_where_a_form_page_comes_again(pages: str, found: list[tuple[int, int]]) -> None:
    assert parts(pages) == found


def test_a_form_of_one_page() -> None:
    assert parts("1 1 1") == [(1, 1), (2, 2), (3, 3)]


def test_pages_are_those_of_the_file_and_the_last_part_has_what_was_not_looked_at() -> None:
    assert parts("1 2 1 2", first=61, more=10) == [(61, 62), (63, 74)]
