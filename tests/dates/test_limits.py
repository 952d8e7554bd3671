"""On which days an agreement can have been signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline.datamodel.records import Article, Settings, Volume
from pipeline.dates.limits import signing_limits

TODAY = date(2026, 3, 1)
SETTINGS = Settings(today=TODAY)
VOLUME = Volume("ICML-2025", "International Conference on Machine Learning", "267", 2025, published=date(2025, 10, 6))
ARTICLE = Article("sun25l", "Flat Quantization", ("Yuxuan Sun", "Haoli Bai"), VOLUME)

EARLY, LATE, PRECEDES = date(2025, 2, 1), date(2025, 5, 1), "date_precedes_article"
START = replace(ARTICLE, volume=Volume(start=date(2025, 7, 1)))
BARE = replace(ARTICLE, volume=Volume())
DAYS = [
    ("the volume's publication", ARTICLE, SETTINGS, date(2025, 10, 6), None),
    ("a day too late", ARTICLE, SETTINGS, date(2025, 10, 7), "date_after_publication"),
    ("a year before", ARTICLE, SETTINGS, date(2024, 10, 6), None),
    ("a year and a day before", ARTICLE, SETTINGS, date(2024, 10, 5), "date_lapsed"),
    ("two years before", ARTICLE, SETTINGS, date(2023, 10, 6), "date_lapsed"),
    ("more than two years", ARTICLE, SETTINGS, date(2023, 10, 5), PRECEDES),
    ("before submission", replace(ARTICLE, submitted=EARLY), SETTINGS, date(2025, 1, 31), PRECEDES),
    ("before acceptance only", replace(ARTICLE, accepted=EARLY), SETTINGS, date(2025, 1, 31), PRECEDES),
    (
        "between the two",
        replace(ARTICLE, submitted=EARLY, accepted=LATE),
        SETTINGS,
        date(2025, 3, 1),
        None,
    ),
    ("before the editor opened", ARTICLE, replace(SETTINGS, opened=LATE), date(2025, 4, 30), PRECEDES),
    ("the start stands in", START, SETTINGS, date(2025, 7, 2), "date_after_publication"),
    ("the editor's day", BARE, replace(SETTINGS, published=LATE), date(2025, 7, 2), "date_after_publication"),
    ("nothing known", BARE, SETTINGS, date(1999, 1, 1), None),
    ("nothing known but today", BARE, SETTINGS, TODAY + timedelta(1), "date_in_future"),
    ("today", BARE, SETTINGS, TODAY, None),
    ("no article", None, SETTINGS, TODAY + timedelta(1), "date_in_future"),
    ("leap day", ARTICLE, SETTINGS, date(2024, 2, 29), "date_lapsed"),
]


@pytest.mark.parametrize(("article", "settings", "day", "code"), [d[1:] for d in DAYS], ids=[d[0] for d in DAYS])
def test_date_fault(article: Article | None, settings: Settings, day: date, code: str | None) -> None:
    assert signing_limits(article, settings, 1, None).fault(day) == code


def test_a_form_without_a_term_does_not_lapse() -> None:
    assert signing_limits(ARTICLE, SETTINGS, None, None).fault(date(2024, 2, 29)) is None
