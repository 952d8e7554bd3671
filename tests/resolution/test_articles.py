"""Articles of a series, whose titles are much alike."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Article, Box, FieldReading, LineReading
from pipeline.resolution.articles import TITLE_FEATURES, Titles, score_articles, title_features

SERIES = Titles.of(
    [Article(f"k{n}", f"Forms of the Order {n} and Their Sums", (f"Ada Author{n}",)) for n in range(1, 9)]
)


def typed(text: str) -> FieldReading:
    line = LineReading(text, 1.0, "text_layer", "typed", 1, Box(0, 0, 1, 1))
    return FieldReading((line,), "typed", 1, line.box)


@pytest.mark.parametrize("number", [1, 5, 8])
def test_a_title_typed_letter_by_letter_is_that_article_s(number: int) -> None:
    title = typed(f"forms of the order {number} and their sums")
    best = score_articles(SERIES, SERIES.likenesses(title), title, {})[0]
    assert best.article.key == f"k{number}" and best.probability > 0.99


def test_a_title_that_no_article_has_to_the_letter_is_left_open_in_a_series() -> None:
    title = typed("Forms of the Order and Their Sums")
    assert score_articles(SERIES, SERIES.likenesses(title), title, {})[0].probability < 0.9


GROUP = [
    Article("a25", "Pruning of Shallow Meadow Networks on Coastal Ledgers", ("Ada Author",)),
    Article("b25", "Weighted Paths for Tidal Scheduling", ("Bea Burr",)),
]


def test_a_clear_title_that_has_half_of_another_s_words_is_not_surely_that_article_s() -> None:
    """A group's next paper under its own author's name: somebody must look."""
    titles, names = Titles.of(GROUP), {"a25": {"Ada Author": 500.0}, "b25": {"Bea Burr": 0.001}}
    near = typed("Regular Growth of Meadow Networks on Inland Ledgers")
    found = score_articles(titles, titles.likenesses(near), near, names)
    assert not found or found[0].probability < 0.9
    own = typed(GROUP[0].title)
    assert score_articles(titles, titles.likenesses(own), own, names)[0].probability > 0.999


def test_words_count_that_a_reader_ran_together() -> None:
    titles = Titles.of(GROUP)
    title = typed("Weightedpaths forTidal Scheduling")
    rows = title_features(titles, title, titles.likenesses(title), {})
    words = TITLE_FEATURES.index("words")
    assert rows[1, words] > 0.9 > 0.5 > rows[0, words]
