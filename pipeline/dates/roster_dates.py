"""Dates of the roster that most of its returns contradict: the roster is the suspect then, not the authors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pipeline.datamodel.phrases import spoken, volume_label
from pipeline.datamodel.records import Article, Roster, RosterDate, Settings, Volume
from pipeline.dates.limits import first_day, publication, signing_limits

LEAST_RETURNS: Final = 5
"""Dated returns that must contradict a date before it is the suspect; raising it, small volumes accuse authors."""
SHARE: Final = 0.5
"""Share of a volume's dated returns beyond which the date that they contradict is the suspect (design page)."""
LAPSE_YEARS: Final = 1
"""Years before publication from which a day contradicts it, as the publisher's agreement ends then."""
SURE: Final = 0.8
"""Confidence from which a day counts for this, 0..1. A reading in doubt is no witness."""


@dataclass(frozen=True, slots=True)
class SuspectDate:
    """One date that most returns of a volume contradict."""

    date: RosterDate
    label: str
    """What the date is and which, `publication (2 February 2025)`."""
    volume: str
    """The volume as an editor calls it; may be empty."""
    contradicting: int
    dated: int

    @property
    def sentence(self) -> str:
        whose = f" of {self.volume}" if self.volume else ""
        return (
            f"{self.contradicting} of the {self.dated} dated returns{whose} contradict {self.label}. "
            "Look at that date in the roster; no return is flagged by it."
        )


def suspect_dates(dated: Iterable[tuple[Article, date]], settings: Settings) -> tuple[SuspectDate, ...]:
    """The dates that over half of a volume's returns contradict. `dated`: article and sure day of each return."""
    volumes: dict[Volume, list[tuple[Article, date]]] = defaultdict(list)
    for article, day in dated:
        volumes[article.volume].append((article, day))
    return tuple(suspect for some in volumes.values() for suspect in _suspects(some, settings))


def _suspects(some: Sequence[tuple[Article, date]], settings: Settings) -> list[SuspectDate]:
    against: dict[RosterDate, list[Article]] = defaultdict(list)
    for article, day in some:
        if contradicted := _contradicted(article, day, settings):
            against[contradicted].append(article)
    return [
        SuspectDate(
            which, _label(which, articles, settings), volume_label(articles[0].volume), len(articles), len(some)
        )
        for which, articles in against.items()
        if len(articles) >= LEAST_RETURNS and len(articles) > SHARE * len(some)
    ]


def _contradicted(article: Article, day: date, settings: Settings) -> RosterDate | None:
    """The date by which a day is at fault; None: by none of the roster's."""
    fault = signing_limits(article, settings, LAPSE_YEARS, None).fault(day)
    if fault in (None, "date_in_future"):
        return None
    first = first_day(article, settings)
    return RosterDate(article.volume.key, "first day" if first and day < first[0] else "publication")


def _label(which: RosterDate, articles: Sequence[Article], settings: Settings) -> str:
    if which.what == "publication":
        day = publication(articles[0], settings)
        volume = articles[0].volume
        event = "the first day of the conference" if day == volume.start and not volume.published else "publication"
        return f"{event} ({spoken(day)})" if day else event
    first = first_day(articles[0], settings)
    return f"the day on which {first[1]}" if first else "the first day"


def trusted(settings: Settings, dated: Iterable[tuple[Article, date]]) -> Settings:
    """The settings by which to judge: nothing is judged by a date that most returns contradict."""
    return replace(settings, distrusted=frozenset(suspect.date for suspect in suspect_dates(dated, settings)))


def sure_days(found: Iterable[tuple[str, date | None, float]], roster: Roster) -> list[tuple[Article, date]]:
    """Article and day of the returns whose day is sure. `found`: roster key, day and its confidence of each."""
    articles: Mapping[str, Article] = {article.key: article for article in roster.articles}
    return [(articles[key], day) for key, day, sure in found if day is not None and sure >= SURE and key in articles]
