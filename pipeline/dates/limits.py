"""The days on which an agreement can have been signed, as roster and settings tell."""

from __future__ import annotations

from datetime import date

from pipeline.datamodel.records import Article, Settings, Volume

OLDEST_YEARS = 2
"""Years before publication beyond which no article of the volume existed yet."""


def years_later(day: date, years: int) -> date:
    """The same day of another year; 1 March for a 29 February that is not there. `years` may be negative."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def publication(article: Article | None, settings: Settings) -> date | None:
    """Day of publication: the roster's; while the volume is being collected, its start; else the editor's."""
    volume = article.volume if article else Volume()
    return volume.published or volume.start or settings.published


def first_day(article: Article | None, settings: Settings) -> tuple[date, str] | None:
    """First day on which the agreement can have been signed, and what that day is. None: not known."""
    days = []
    if article and article.submitted:
        days.append((article.submitted, "the article was submitted"))
    elif article and article.accepted:
        days.append((article.accepted, "the article was accepted"))
    if settings.opened:
        days.append((settings.opened, "agreements could be signed"))
    return max(days, default=None)


def date_fault(
    day: date,
    article: Article | None,
    settings: Settings,
    batch_day: date | None = None,
    term_years: int | None = None,
) -> str | None:
    """Code of the date flag that a return signed on `day` would get, the gravest only; None: no objection.

    `batch_day`, the middle of the batch's dates, stands in for publication where that is not known: then only
    days that are far too early can be told. `term_years`: as the form has it.
    """
    published = publication(article, settings)
    known = published or batch_day
    first = first_day(article, settings)
    if first and day < first[0]:
        return "date_precedes_article"
    if known and not first and years_later(day, OLDEST_YEARS) < known:
        return "date_precedes_article"
    if known and term_years and years_later(day, term_years) < known:
        return "date_lapsed"
    if published and day > published:
        return "date_after_publication"
    return "date_in_future" if day > settings.today else None
