"""The days on which an agreement can have been signed, as roster and settings tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.datamodel.records import Article, RosterDate, Settings, Volume

GRAVEST_FIRST = ("date_precedes_article", "date_lapsed", "date_after_publication", "date_in_future")
"""Codes of the date flags. Of several that a day would get only the first stands."""
OLDEST_YEARS = 2
"""Years before publication beyond which no article of the volume existed yet."""


def years_later(day: date, years: int) -> date:
    """The same day of another year; 1 March for a 29 February that is not there. `years` may be negative."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def publication(article: Article | None, settings: Settings) -> date | None:
    """Day of publication: the roster's; while the volume is being collected, its start; else the editor's.

    None where it is not known, or not trusted.
    """
    volume = article.volume if article else Volume()
    if RosterDate(volume.key, "publication") in settings.distrusted:
        return None
    return volume.published or volume.start or settings.published


def first_day(article: Article | None, settings: Settings) -> tuple[date, str] | None:
    """First day on which the agreement can have been signed, and what that day is. None: not known, or not trusted."""
    if RosterDate(article.volume.key if article else "", "first day") in settings.distrusted:
        return None
    days = []
    if article and article.submitted:
        days.append((article.submitted, "the article was submitted"))
    elif article and article.accepted:
        days.append((article.accepted, "the article was accepted"))
    if settings.opened:
        days.append((settings.opened, "agreements could be signed"))
    return max(days, default=None)


def gravity(fault: str | None) -> int:
    """How grave a date flag is, to compare; 0: no fault."""
    return len(GRAVEST_FIRST) - GRAVEST_FIRST.index(fault) if fault else 0


@dataclass(frozen=True, slots=True)
class SigningLimits:
    """What a day of signing is measured by, for one return. Make it with `signing_limits`."""

    today: date
    first: tuple[date, str] | None
    """As `first_day` gives it."""
    published: date | None
    """As `publication` gives it."""
    batch_day: date | None
    """Middle of the batch's sure dates: it stands in for publication where that is not known."""
    term_years: int | None
    """Years after which the agreement ends if its article is not published; None: it does not end."""

    @property
    def known(self) -> date | None:
        """The day that others are told to be too early by."""
        return self.published or self.batch_day

    def fault(self, day: date) -> str | None:
        """Code of the date flag that a return signed on `day` would get, the gravest only; None: no objection.

        With no more than the middle of the batch's dates only days that are far too early can be told.
        """
        if self.first and day < self.first[0]:
            return "date_precedes_article"
        if self.known and not self.first and years_later(day, OLDEST_YEARS) < self.known:
            return "date_precedes_article"
        if self.known and self.term_years and years_later(day, self.term_years) < self.known:
            return "date_lapsed"
        if self.published and day > self.published:
            return "date_after_publication"
        return "date_in_future" if day > self.today else None


def signing_limits(
    article: Article | None, settings: Settings, term_years: int | None, batch_day: date | None
) -> SigningLimits:
    """The limits for a return of `article` on a form with `term_years`; `batch_day`: middle of the batch's dates."""
    first, published = first_day(article, settings), publication(article, settings)
    return SigningLimits(settings.today, first, published, batch_day, term_years)
