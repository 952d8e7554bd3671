"""What each step towards a handwritten date adds: the best string, candidates, the volume's dates, the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from benchmarks.truth import Truth
from pipeline.datamodel.records import Roster, Settings, Verdict
from pipeline.dates.grammar import DayScores
from pipeline.dates.prior import batch_priors, posterior, volume_prior
from pipeline.dates.readings import readings
from pipeline.resolution.resolve import date_scores

STEPS = ("best string, read as a date", "candidates, no prior", "candidates, volume's dates", "candidates, batch")


def first_readings(verdicts: Sequence[Verdict], roster: Roster, today: date) -> Iterator[tuple[str, list[date | None]]]:
    """For each return with a handwritten date its file name and the day that each step of STEPS gives."""
    articles = {article.key: article for article in roster.articles}
    shown: list[tuple[Verdict, DayScores, np.ndarray]] = []
    for verdict in verdicts:
        scores = date_scores(verdict.observation, Settings(today=today))
        article = articles.get(verdict.resolution.article)
        if scores and article and verdict.observation.date.kind == "handwritten":
            shown.append((verdict, scores, volume_prior(scores.days, article.volume)))
    if not shown:
        return
    likely = [posterior(scores, prior).likely() for _, scores, prior in shown]
    batch = batch_priors(shown[0][1].days, likely, shown[0][2])
    for (verdict, scores, prior), beside in zip(shown, batch, strict=True):
        read = readings(verdict.observation.date.text)
        days = [posterior(scores, weight).top(1)[0][0] for weight in (np.ones_like(prior), prior, beside)]
        yield verdict.source.name, [read[0].day if read else None, *days]


def lines(found: Mapping[str, Sequence[date | None]], truths: Sequence[Truth]) -> Iterator[str]:
    """The share right of each step, among handwritten dates; either reading counts where the truth leaves it open."""
    due = {t.file: t for t in truths if t.date_kind == "handwritten" and t.days}
    yield f"handwritten dates, step by step ({len(due)} in all; a date not found is wrong at every step)"
    for step, name in enumerate(STEPS):
        right = sum(
            1 for file, days in found.items() if file in due and (d := days[step]) and d.isoformat() in due[file].days
        )
        yield f"  {name:<32}{right:>5} of {len(due)}{right / max(1, len(due)):>9.1%}"
