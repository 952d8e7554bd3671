"""Articles of a series, whose titles are much alike."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Article, Box, FieldReading, LineReading
from pipeline.resolution.articles import Titles, score_articles

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
