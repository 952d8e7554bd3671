"""What the ink says of each day, small enough to be kept with a reading: the best days, all others at their worst."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from models.emissions import joined_views
from pipeline.datamodel.records import DayEvidence, FieldReading
from pipeline.dates.grammar import FIRST_DAY, DayScores, score_days
from pipeline.dates.readings import Order

SPAN: Final = (FIRST_DAY, date(2059, 12, 31))
"""Days that ink may show: wider than any check needs, and the same whenever a return is read."""
KEPT_DAYS: Final = 400
"""Days kept: a day in every year of the span, both ways round, and its neighbours."""
ORDERS: Final[tuple[Order, ...]] = ("ymd", "dmy", "mdy")


def ink_evidence(field: FieldReading, span: tuple[date, date]) -> DayEvidence | None:
    """What the ink of a date field says of each day of `span`; None where nothing in it is written by hand."""
    inked = [line for line in field.lines if line.views]
    if not inked:
        return None
    views = joined_views([line.views for line in inked])
    return kept(score_days(views, span))


def day_of_ink(field: FieldReading) -> date | None:
    """The day that a date field's ink shows by itself; None where it shows none, or nothing is written by hand."""
    evidence = ink_evidence(field, SPAN)
    if evidence is None or not len(evidence.days):
        return None
    scores = evidence.by_order.max(axis=0)
    best = int(scores.argmax())
    return date.fromordinal(int(evidence.days[best])) if float(scores[best]) > evidence.none else None


def kept(scores: DayScores) -> DayEvidence:
    """The best KEPT_DAYS days of `scores`."""
    unlikely = -scores.log_likelihood
    best = np.sort(
        np.argpartition(unlikely, KEPT_DAYS)[:KEPT_DAYS] if len(unlikely) > KEPT_DAYS else np.arange(len(unlikely))
    )
    orders = np.array([scores.by_order[order][best] for order in ORDERS], np.float32)
    return DayEvidence(scores.days[best].astype(np.int32), orders, float(scores.none))


def restored(evidence: DayEvidence, span: tuple[date, date]) -> DayScores:
    """Scores for every day of `span`, first and last: days that were not kept count as the worst that was."""
    first, last = (day.toordinal() for day in span)
    days = np.arange(first, last + 1)
    inside = (evidence.days >= first) & (evidence.days <= last)
    at = evidence.days[inside].astype(np.intp) - first
    stored = evidence.by_order.astype(np.float64)
    worst = stored.min(axis=1)
    orders = {
        order: _dense(len(days), at, *both) for order, *both in zip(ORDERS, stored[:, inside], worst, strict=True)
    }
    total = _dense(len(days), at, np.logaddexp.reduce(stored[:, inside]), np.logaddexp.reduce(worst))
    return DayScores(days, total, orders, evidence.none)


def _dense(
    count: int, at: npt.NDArray[np.intp], values: npt.NDArray[np.float64], elsewhere: np.float64
) -> npt.NDArray[np.float64]:
    dense = np.full(count, elsewhere)
    dense[at] = values
    return dense
