"""Page numbers as text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datamodel.page_numbers import pages_as_text, pages_from_text


@pytest.mark.parametrize(
    ("pages", "text"), [((), ""), ((3,), "3"), ((1, 2, 3, 7), "1-3,7"), ((5, 1), "5,1"), (range(61, 3000), "61-2999")]
)
def test_runs_of_neighbours(pages: tuple[int, ...], text: str) -> None:
    assert pages_as_text(pages) == text
    assert pages_from_text(text) == tuple(pages)


@given(st.lists(st.integers(1, 30)))
def test_there_and_back(pages: list[int]) -> None:
    assert list(pages_from_text(pages_as_text(pages))) == pages
