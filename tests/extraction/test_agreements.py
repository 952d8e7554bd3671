"""Several agreements in one file: which pages belong to which."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from pipeline.datamodel.page_numbers import pages_as_text
from pipeline.datamodel.records import Observation, PageFit, Source
from pipeline.extraction.agreements import PageWriting, agreements_in, numbered
from pipeline.extraction.observe import observe
from pipeline.extraction.page_fingerprint import page_fingerprint

RETURNS = Path(__file__).resolve().parents[2] / "sample_scans" / "returns"


def parts(
    shown: str,
    whole: tuple[int, ...] = (1, 2),
    first: int = 1,
    more: int = 0,
    written: dict[int, PageWriting] | None = None,
) -> list[str]:
    fits = tuple(
        PageFit(number, None if at == "-" else int(at), 0.9) for number, at in enumerate(shown.split(), start=first)
    )
    pages = tuple(range(first, first + len(fits) + more)) if first > 1 else ()
    seen = Observation(pages=len(fits) + more, fits=numbered(fits, whole, written))
    found = agreements_in(Source("a.pdf", "/a.pdf", "0" * 64, 1, pages), seen)
    return [pages_as_text(some) for some in found]


def ink(seed: int) -> bytes:
    return page_fingerprint(np.random.default_rng(seed).random((60, 80)) < 0.1)


@pytest.mark.parametrize("pages", ["", "1 2", "2 1", "1 - 2 -", "1 2 2", "1 1 2", "- -", "- 1 2"])
def test_one_agreement_is_not_parted(pages: str) -> None:
    assert parts(pages) == []


def test_signature_pages_alone_are_not_agreements() -> None:
    assert parts("2 2 2") == []


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ("1 2 1 2", ["1-2", "3-4"]),
        ("2 1 2 1", ["1-2", "3-4"]),
        ("- 1 2 - 1 2", ["1-4", "5-6"]),
        ("1 2 1 2 2", ["1-2", "3-5"]),
        ("1 2 2 1 2", ["1-3", "4-5"]),
        ("1 2 1 1 2", ["1-3", "4-5"]),
    ],
)
def test_several_are_parted_where_a_form_page_comes_again(pages: str, found: list[str]) -> None:
    assert parts(pages) == found


def test_a_form_of_one_page() -> None:
    assert parts("1 1 1", whole=(1,)) == ["1", "2", "3"]


def test_pages_are_those_of_the_file_and_the_last_part_has_what_was_not_looked_at() -> None:
    assert parts("1 2 1 2", first=61, more=10) == ["61-62", "63-74"]


@pytest.mark.parametrize(
    ("pages", "found"),
    [("1 1 2 2", ["1,3", "2,4"]), ("2 2 2 1 1 1", ["1,4", "2,5", "3,6"]), ("1 - 1 - 2 2 -", ["1,5", "3,6"])],
)
def test_stacks_of_pages_are_paired_in_their_order(pages: str, found: list[str]) -> None:
    assert parts(pages) == found


@pytest.mark.parametrize("pages", ["1 1 2", "1 2 2 1", "1 1 2 2 2"])
def test_pages_that_make_no_even_stacks_stay_together(pages: str) -> None:
    assert parts(pages) == []


def test_names_show_that_a_stack_was_turned_over() -> None:
    names = {1: "Ann Author", 2: "Bob Boulder", 3: "B. Boulder", 4: "Ann Auther"}
    written = {page: PageWriting(names=name, ink=ink(page)) for page, name in names.items()}
    assert parts("1 1 2 2", written=written) == ["1,4", "2-3"]
    straight = {page: PageWriting(names="Ann Author", ink=ink(page)) for page in names}
    assert parts("1 1 2 2", written=straight) == ["1,3", "2,4"]


def test_an_agreement_that_was_scanned_twice_is_one() -> None:
    again = {page: PageWriting(ink=ink(form_page)) for page, form_page in ((1, 1), (2, 2), (3, 1), (4, 2))}
    assert parts("1 2 1 2", written=again) == []
    assert parts("1 1 2 2", written={1: again[1], 2: again[1], 3: again[2], 4: again[2]}) == []
    one_more = {**again, 5: PageWriting(ink=ink(5)), 6: PageWriting(ink=ink(6))}
    assert parts("1 2 1 2 1 2", written=one_more) == ["1-2", "5-6"]


def test_one_signature_page_for_two_articles_makes_two_agreements() -> None:
    written = {page: PageWriting(ink=ink(seed)) for page, seed in ((1, 1), (2, 2), (3, 3), (4, 2))}
    assert parts("1 2 1 2", written=written) == ["1-2", "3-4"]


def test_typed_pages_are_the_same_only_if_their_words_are() -> None:
    def typed(*fields: str) -> PageWriting:
        return PageWriting(fields, ink=ink(1), typed=True)

    signed = PageWriting(ink=ink(2))
    written = {1: typed("Sheep I", "Ann"), 2: signed, 3: typed("Sheep II", "Ann"), 4: signed}
    assert parts("1 2 1 2", written=written) == ["1-2", "3-4"]
    assert parts("1 2 1 2", written={**written, 3: written[1]}) == []


def test_stacks_turned_over_are_read_as_the_agreements_they_are() -> None:
    """Two agreements, first pages on top of each other and then their backs, the last one first."""
    files = [pikepdf.open(RETURNS / name) for name in ("scan-0003.pdf", "scan-0024.pdf")]
    together = pikepdf.new()
    for file, page in ((0, 0), (1, 0), (1, 1), (0, 1)):
        together.pages.append(files[file].pages[page])
    stream = io.BytesIO()
    together.save(stream)
    source = Source("a.pdf", "/a.pdf", "0" * 64, len(stream.getvalue()))
    found = agreements_in(source, observe(source, stream.getvalue()))
    assert found == ((1, 4), (2, 3))
    last = observe(replace(source, pages=found[1]), stream.getvalue())
    assert "Halvorsrud" in last.name.text and last.signature.page == 3 and not last.missing_pages
    assert agreements_in(replace(source, pages=found[1]), last) == ()
    first = observe(replace(source, pages=found[0]), stream.getvalue())
    assert first.pages == 2 and [fit.page for fit in first.fits] == [1, 4] and not first.missing_pages
