"""A date of the roster that most returns contradict. Volumes and articles are made up."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.datamodel.records import Article, RosterDate, Settings, Volume
from pipeline.dates.limits import first_day, publication
from pipeline.dates.roster_dates import suspect_dates, trusted

SETTINGS = Settings(today=date(2026, 11, 1))
VOLUME = Volume("V", "Conference on Made-up Things", "9", 2026, published=date(2026, 2, 1))


def dated(days: list[date], volume: Volume = VOLUME, submitted: date | None = None) -> list[tuple[Article, date]]:
    return [(Article(f"a{n}", "Title", ("A B",), volume, submitted), day) for n, day in enumerate(days)]


def days(start: date, count: int) -> list[date]:
    return [start + timedelta(n) for n in range(count)]


def test_a_publication_that_most_returns_contradict_is_the_suspect() -> None:
    returns = dated([*days(date(2026, 8, 1), 6), *days(date(2026, 1, 10), 3)])
    (suspect,) = suspect_dates(returns, SETTINGS)
    assert suspect.date == RosterDate("V", "publication")
    assert suspect.sentence.startswith("6 of the 9 dated returns of")
    assert "publication (1 February 2026)" in suspect.sentence
    by = trusted(SETTINGS, returns)
    assert publication(returns[0][0], by) is None and publication(returns[0][0], SETTINGS) == date(2026, 2, 1)


def test_some_late_returns_are_late() -> None:
    assert not suspect_dates(dated([*days(date(2026, 8, 1), 5), *days(date(2026, 1, 1), 5)]), SETTINGS)


def test_a_few_returns_accuse_no_roster() -> None:
    assert not suspect_dates(dated(days(date(2026, 8, 1), 4)), SETTINGS)


def test_a_publication_years_too_late_is_the_suspect_too() -> None:
    later = Volume("V", published=date(2029, 2, 1))
    assert suspect_dates(dated(days(date(2026, 8, 1), 5), later), SETTINGS)[0].date.what == "publication"


def test_a_column_of_submission_days_after_the_signatures() -> None:
    volume = Volume("V", published=date(2026, 12, 1))
    returns = dated(days(date(2026, 8, 1), 5), volume, submitted=date(2026, 9, 30))
    (suspect,) = suspect_dates(returns, SETTINGS)
    assert suspect.date.what == "first day"
    assert first_day(returns[0][0], trusted(SETTINGS, returns)) is None


def test_each_volume_speaks_for_itself() -> None:
    other = Volume("W", published=date(2026, 12, 1))
    returns = dated(days(date(2026, 8, 1), 6)) + dated(days(date(2026, 8, 1), 6), other)
    assert [s.date.volume for s in suspect_dates(returns, SETTINGS)] == ["V"]
