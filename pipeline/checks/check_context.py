"""One return with all that its flags depend on."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.records import Article, FieldReading, Observation, Resolution, Settings
from pipeline.dates.limits import SigningLimits, signing_limits
from pipeline.forms.form import Form
from pipeline.resolution.thresholds import DEFAULT_THRESHOLDS, Thresholds


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One return with all that its flags depend on."""

    observation: Observation
    resolution: Resolution
    article: Article | None
    settings: Settings
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    form: Form | None = None
    """The form that the return is on; None: none, or one that is not known any more."""
    form_expected: bool = True
    """Whether the returns are to be on a known form: one was given, or others of the batch are on one."""
    has_roster: bool = True
    """Whether there are articles that a return could be for."""

    @property
    def limits(self) -> SigningLimits:
        """What the return's date is measured by."""
        term_years = self.form.term_years if self.form else None
        return signing_limits(self.article, self.settings, term_years, self.resolution.batch_day)

    def blocks(self, code: str) -> bool:
        """Whether the flag would keep this return from being clear."""
        return code in BLOCKING and code not in self.settings.notes and code not in self.settings.off


def stands(reading: FieldReading) -> bool:
    """Whether anything stands in a field."""
    return reading.kind != "none" or bool(reading.lines)
