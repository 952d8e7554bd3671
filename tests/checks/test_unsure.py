"""Which readings are too weak to rest a verdict on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pipeline.checks.check import unsure_columns
from pipeline.checks.check_context import CheckContext
from pipeline.datamodel.records import Settings
from pipeline.resolution.thresholds import thresholds
from tests.material.review_batch import make, roster


def test_unsure_asks_about_each_reading_that_is_weak() -> None:
    article = roster(1).articles[0]
    made = make(0, article, "")
    weak = replace(
        made.resolution, article_confidence=0.5, author_confidence=0.5, date_confidence=0.5, date_candidates=()
    )
    faint = replace(made.observation, signature=replace(made.observation.signature, confidence=0.6))
    context = CheckContext(faint, weak, article, Settings(today=date(2026, 6, 20)), thresholds(0.001))
    assert unsure_columns(context) == ("article", "author", "signature", "date")
