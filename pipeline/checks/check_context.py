"""A case: one return with all that its flags depend on, and how sure its readings must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.records import Article, FieldReading, Observation, Resolution, Settings
from pipeline.dates.limits import date_fault
from pipeline.forms.form import Form

RISK = 0.001
"""Share of wrong ones accepted among the cleared returns where an editor sets none; raised, more returns are clear."""
LEAST_DOUBT = 0.2
"""Doubt, 0..1, that a reading of a clear return may leave at a risk of RISK; raised, more returns are clear. On 170
real returns every reading above 0.65 was right; the thresholds stand well above that because few readings lie
between."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least confidence of each reading that a clear return may rest on. All 0..1."""

    article: float = 0.8
    author: float = 0.8
    date: float = 0.8
    signature: float = 0.8
    signer: float = 0.7
    """From here on a signature counts as another author's; below, it names nobody."""


def thresholds(risk: float) -> Thresholds:
    """Thresholds for an accepted share of wrong ones among the cleared (`Settings.risk`)."""
    least = 1.0 - min(0.5, LEAST_DOUBT * (risk / RISK) ** 0.5)
    return Thresholds(article=least, author=least, date=least, signature=least)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One return with all that its flags depend on."""

    observation: Observation
    resolution: Resolution
    article: Article | None
    settings: Settings
    thresholds: Thresholds = Thresholds()
    form: Form | None = None
    """The form that the return is on; None: none, or one that is not known any more."""
    batch_day: date | None = None
    """Middle of the batch's sure dates, where nothing tells the day of publication."""

    @property
    def term_years(self) -> int | None:
        """Years after which the agreement ends if its article is not published; None: it does not end."""
        return self.form.term_years if self.form else None

    def date_fault(self, day: date) -> str | None:
        return date_fault(day, self.article, self.settings, self.batch_day, self.term_years)

    def blocks(self, code: str) -> bool:
        """Whether the flag would keep this return from being clear."""
        return code in BLOCKING and code not in self.settings.notes and code not in self.settings.off


def stands(reading: FieldReading) -> bool:
    """Whether anything stands in a field."""
    return reading.kind != "none" or bool(reading.lines)
