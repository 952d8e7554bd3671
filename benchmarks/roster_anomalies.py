"""The roster changed under the readings of real returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from benchmarks.judged import SHARES, Change, Finding, Random, Return, by_volume, day_of, judge_all, judge_changes
from pipeline.datamodel.records import Article, Roster, Settings, Volume

RosterChange = Callable[[Return, Article, Roster, Random], tuple[Article | None, str] | None]
"""What becomes of a return's article, and the flag that is due; None: not possible for this return."""


def removed(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """The article is not in the roster."""
    return None, "title_not_in_roster"


def _strangers(article: Article, roster: Roster, rng: Random) -> tuple[str, ...]:
    """Authors of another article, none of whom shares a part of the name with an author of this one."""
    parts = {part.casefold() for author in article.authors for part in author.split()}
    others = [
        a.authors
        for a in roster.articles
        if a.authors and not parts & {part.casefold() for author in a.authors for part in author.split()}
    ]
    return others[int(rng.integers(len(others)))]


def authors_exchanged(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """Other people wrote the article."""
    return replace(article, authors=_strangers(article, roster, rng)), "name_not_an_author"


def author_removed(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """The one who signs is not among the authors; others are left."""
    left = tuple(a for a in article.authors if a not in one.truth.authors)
    return (replace(article, authors=left), "name_not_an_author") if left and one.truth.authors else None


def _published(article: Article, day: date) -> Article:
    return replace(article, volume=replace(article.volume, published=day, key=f"{article.volume.key}-moved"))


def published_two_years_later(
    one: Return, article: Article, roster: Roster, rng: Random
) -> tuple[Article | None, str] | None:
    """Published one to two years after the signature: the agreement had ended."""
    day = day_of(one)
    return (_published(article, day + timedelta(int(rng.integers(380, 700)))), "date_lapsed") if day else None


def published_years_later(
    one: Return, article: Article, roster: Roster, rng: Random
) -> tuple[Article | None, str] | None:
    """Published two to eleven years after the signature."""
    day = day_of(one)
    return (
        (_published(article, day + timedelta(int(rng.integers(800, 4000)))), "date_precedes_article") if day else None
    )


def published_before(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """Published up to three months before the signature."""
    day = day_of(one)
    return (_published(article, day - timedelta(int(rng.integers(2, 90)))), "date_after_publication") if day else None


def submitted_after(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """Submitted up to two months after the signature."""
    day = day_of(one)
    return (
        (replace(article, submitted=day + timedelta(int(rng.integers(2, 60)))), "date_precedes_article")
        if day
        else None
    )


def title_edited(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    """One long word of the title is another one."""
    words = article.title.split()
    at = [i for i, word in enumerate(words) if len(word) >= 6]
    if not at or len(words) < 5:
        return None
    words[at[int(rng.integers(len(at)))]] = "Photosynthesis"
    return replace(article, title=" ".join(words)), "title_differs"


ROSTER_KINDS: Mapping[str, RosterChange] = {
    f.__name__: f
    for f in (
        removed, authors_exchanged, author_removed, published_two_years_later, published_years_later,
        published_before, submitted_after, title_edited,
    )
}  # fmt: skip


def roster_changes(returns: Sequence[Return], kind: str, rng: Random) -> Iterator[Finding]:
    """Judge every return once with its roster entry changed, a share of each volume at a time."""
    for some, roster in by_volume(returns):
        places = list(rng.permutation(len(some)))
        for share in range(SHARES):
            changes = []
            for place in places[share::SHARES]:
                one = some[place]
                article = roster.article(one.truth.article or "")
                made = ROSTER_KINDS[kind](one, article, roster, rng) if article and not one.truth.flags else None
                if made:
                    changes.append(Change(int(place), one.seen, made[0], frozenset({made[1]})))
            yield from judge_changes(kind, some, roster, changes)


def read_too_early(returns: Sequence[Return]) -> Iterator[Finding]:
    """Every volume read on a day before its returns were signed."""
    for some, roster in by_volume(returns):
        days = [day for one in some if (day := day_of(one))]
        later = Volume("later", published=max(days) + timedelta(30))
        articles = tuple(replace(a, volume=later) for a in roster.articles)
        settings = Settings(today=min(days) - timedelta(1))
        for one, verdict in zip(some, judge_all(some, Roster(articles), settings), strict=True):
            if day_of(one) and roster.article(one.truth.article or ""):
                codes = tuple(flag.code for flag in verdict.flags)
                yield Finding("read_too_early", one.truth.file, frozenset({"date_in_future"}), codes, verdict.status)
