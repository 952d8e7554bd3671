"""Every flag proven: make labelled returns wrong on purpose, and count what is found, missed and wrongly accused.

usage: python -m benchmarks.anomalies RETURNS [--out FILE] [--cache FILE] [--pages N] [--seed N] [--only KIND,...]

RETURNS is a labelled folder (see `benchmarks.truth`). Three sorts of anomalies are made: the roster is changed under
the readings of the real return; one return's signature block is put under another's first page; pages are changed and
read again. Returns left alone that have no flag are the innocent ones. A page that is read again stands for itself:
the fields of the return's other pages are taken from its own reading, so that nothing unchanged is read twice.
"""

from __future__ import annotations

import argparse
import csv
import pickle
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from benchmarks.page_anomalies import PAGE_KINDS, page_anomalies, signature_page_again
from benchmarks.truth import Truth, load_truth
from pipeline.flags import BLOCKING
from pipeline.observe import observe
from pipeline.records import Article, Observation, Roster, Settings, Source, Verdict, Volume
from pipeline.roster import load_roster
from pipeline.run import judge_batch

Random = np.random.Generator
SHARES = 2
"""A change of the roster is made under one return in so many at a time, so that the batch stays a batch."""


@dataclass(frozen=True, slots=True)
class Return:
    """One labelled return with its reading."""

    source: Source
    truth: Truth
    seen: Observation
    volume: str
    """Folder of its volume."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one made anomaly, or of an innocent return."""

    kind: str
    file: str
    expected: frozenset[str]
    """Flags of which any one is right; empty: none is."""
    found: tuple[str, ...]
    status: str

    @property
    def hit(self) -> bool:
        return bool(self.expected & set(self.found))


@dataclass(frozen=True, slots=True)
class Change:
    """One return made wrong, as it is judged: in place of `place`, with these settings and this roster."""

    place: int
    seen: Observation
    article: Article | None
    """The roster's entry for the return in place of its own; None: removed."""
    expected: frozenset[str]


# ---------------------------------------------------------------------------------------------------- reading


def read_returns(folder: Path, cache: Path | None) -> list[Return]:
    """All labelled returns with their readings; readings are kept in `cache`, if given, by the file's name."""
    kept: dict[str, Observation] = pickle.loads(cache.read_bytes()) if cache and cache.is_file() else {}
    returns = []
    for number, truth in enumerate(load_truth(folder)):
        path = folder / truth.file
        source = Source(f"{number:04}.pdf", str(path), f"{number:064x}", path.stat().st_size)
        if truth.file not in kept:
            kept[truth.file] = observe(source, path.read_bytes())
            print(f"\rread {len(kept)}", end="", file=sys.stderr, flush=True)
        returns.append(Return(source, truth, kept[truth.file], str(path.parent)))
    if cache:
        cache.write_bytes(pickle.dumps(kept))
    return returns


def roster_of(volume: str) -> Roster:
    folder = Path(volume)
    return load_roster(folder / "roster.bib" if (folder / "roster.bib").is_file() else folder.parent / "roster.bib")


# ---------------------------------------------------------------------------------------- changes of the roster

RosterChange = Callable[[Return, Article, Roster, Random], tuple[Article | None, str] | None]
"""What becomes of a return's article, and the flag that is due; None: not possible for this return."""


def removed(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
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
    return replace(article, authors=_strangers(article, roster, rng)), "name_not_an_author"


def author_removed(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    left = tuple(a for a in article.authors if a not in one.truth.authors)
    return (replace(article, authors=left), "name_not_an_author") if left and one.truth.authors else None


def _published(article: Article, day: date) -> Article:
    return replace(article, volume=replace(article.volume, published=day, key=f"{article.volume.key}-moved"))


def _day(one: Return) -> date | None:
    """The day that the return is dated; None where the writing can mean two days."""
    return date.fromisoformat(one.truth.days[0]) if len(one.truth.days) == 1 and not one.truth.two_way else None


def published_two_years_later(
    one: Return, article: Article, roster: Roster, rng: Random
) -> tuple[Article | None, str] | None:
    day = _day(one)
    return (_published(article, day + timedelta(int(rng.integers(380, 700)))), "date_lapsed") if day else None


def published_years_later(
    one: Return, article: Article, roster: Roster, rng: Random
) -> tuple[Article | None, str] | None:
    day = _day(one)
    return (
        (_published(article, day + timedelta(int(rng.integers(800, 4000)))), "date_precedes_article") if day else None
    )


def published_before(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    day = _day(one)
    return (_published(article, day - timedelta(int(rng.integers(2, 90)))), "date_after_publication") if day else None


def submitted_after(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
    day = _day(one)
    return (
        (replace(article, submitted=day + timedelta(int(rng.integers(2, 60)))), "date_precedes_article")
        if day
        else None
    )


def title_edited(one: Return, article: Article, roster: Roster, rng: Random) -> tuple[Article | None, str] | None:
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


# ------------------------------------------------------------------------------------------- exchanged blocks


def with_block_of(one: Observation, other: Observation) -> Observation:
    """The return with another's signature page in place of its own."""
    return replace(
        one,
        signature=other.signature,
        date=other.date,
        date_evidence=other.date_evidence,
        block_name=other.block_name,
        ink_print=other.ink_print,
        certificates=(),
    )


LEGIBLE = 70.0
"""rapidfuzz ratio of a signature, or the name beside it, as read and as a person read it: a scrawl shows nobody that a
stranger made it."""


def _is_legible(one: Return) -> bool:
    lines = (*one.seen.signature.lines, *one.seen.block_name.lines)
    wanted = (one.truth.signature_text, *one.truth.signer)
    return any(fuzz.ratio(a.text.lower(), b.lower()) >= LEGIBLE for a in lines for b in wanted if b)


def block_exchanged(returns: Sequence[Return], rng: Random, as_co_author: bool) -> Iterator[Finding]:
    """Another author's legible signature under a return; `as_co_author`: the roster has that one as co-author."""
    kind, flag = ("co_author_signs", "signer_differs") if as_co_author else ("stranger_signs", "signer_not_an_author")
    for some, roster in by_volume(returns):
        legible = [r for r in some if r.truth.signer and roster.article(r.truth.article or "") and _is_legible(r)]
        for share in range(SHARES):
            changes = []
            for place in range(share, len(some), SHARES):
                one, article = some[place], roster.article(some[place].truth.article or "")
                others = [r for r in legible if article and not set(r.truth.signer) & set(article.authors)]
                if not article or not others or not one.truth.authors:
                    continue
                other = others[int(rng.integers(len(others)))]
                entry = replace(article, authors=(*article.authors, *other.truth.signer)) if as_co_author else article
                seen = replace(with_block_of(one.seen, other.seen), ink_print=b"")
                changes.append(Change(place, seen, entry, frozenset({flag})))
            yield from judge_changes(kind, some, roster, changes)


def page_used_twice(returns: Sequence[Return], rng: Random) -> Iterator[Finding]:
    """One return's signature page under another article's first page, both in the batch."""
    for some, roster in by_volume(returns):
        for share in range(SHARES):
            changes = []
            for place in range(share, len(some), SHARES):
                other = some[place + 1 if place + 1 < len(some) else place - 1]
                if other.truth.article != some[place].truth.article and other.seen.ink_print:
                    seen = with_block_of(some[place].seen, other.seen)
                    article = roster.article(some[place].truth.article or "")
                    changes.append(Change(place, seen, article, frozenset({"same_scan"})))
            yield from judge_changes("page_used_twice", some, roster, changes)


def page_scanned_and_used_twice(returns: Sequence[Return], count: int, rng: Random) -> Iterator[Finding]:
    """As `page_used_twice`, but the sheet went through another scanner."""

    def make(one: Return, others: Sequence[Return]) -> tuple[Observation, frozenset[str]] | None:
        other = others[int(rng.integers(len(others)))]
        if other.truth.article == one.truth.article or not other.seen.ink_print:
            return None
        again = signature_page_again(Path(other.source.path).read_bytes(), other.seen, other.truth, rng)
        return (with_block_of(one.seen, again), frozenset({"same_scan"})) if again else None

    yield from read_again_and_judge(returns, "scanned_and_used_twice", count, rng, make)


def sent_twice(returns: Sequence[Return]) -> Iterator[Finding]:
    """Every return twice: one of the two is set aside, the other one kept."""
    for some, roster in by_volume(returns):
        articles = Counter(r.truth.article for r in some)
        copies = [replace(r, source=replace(r.source, name=f"again/{r.source.name}")) for r in some]
        verdicts = judge_all([*some, *copies], roster)
        for one, first, second in zip(some, verdicts[: len(some)], verdicts[len(some) :], strict=True):
            flags = [{f.code for f in v.flags} for v in (first, second)]
            if articles[one.truth.article] > 1 or not roster.article(one.truth.article or ""):
                continue
            right = sum("duplicate_return" in f for f in flags) == 1 == sum("duplicate_kept" in f for f in flags)
            found = tuple(sorted(flags[0] | flags[1]))
            expected = frozenset({"duplicate_return"})
            worse = first if "duplicate_return" in flags[0] else second
            yield Finding("sent_twice", one.truth.file, expected, found if right else (), worse.status)


# ---------------------------------------------------------------------------------------------------- judging


def by_volume(returns: Sequence[Return]) -> Iterator[tuple[list[Return], Roster]]:
    volumes: dict[str, list[Return]] = defaultdict(list)
    for one in returns:
        volumes[one.volume].append(one)
    for volume, some in volumes.items():
        yield some, roster_of(volume)


def _settings(roster: Roster) -> Settings:
    """Read on the day after the last of the volumes was published."""
    days = [a.volume.published or a.volume.end or date.today() for a in roster.articles]
    return Settings(today=max(days, default=date.today()) + timedelta(365))


def judge_all(returns: Sequence[Return], roster: Roster, settings: Settings | None = None) -> list[Verdict]:
    return judge_batch([(one.source, one.seen) for one in returns], roster, settings or _settings(roster))


def judge_changes(kind: str, some: Sequence[Return], roster: Roster, changes: Sequence[Change]) -> Iterator[Finding]:
    """Judge a volume with some of its returns or their articles changed; one Finding a change."""
    if not changes:
        return
    entries: dict[str, Article | None] = {
        some[c.place].truth.article or "": c.article for c in changes if some[c.place].truth.article
    }
    articles = tuple(e for a in roster.articles if (e := entries.get(a.key, a)) is not None)
    batch = list(some)
    for change in changes:
        batch[change.place] = replace(some[change.place], seen=change.seen)
    settings = _settings(Roster(articles))
    verdicts = judge_all(batch, Roster(articles), replace(settings, today=max(settings.today, _settings(roster).today)))
    for change in changes:
        verdict = verdicts[change.place]
        codes = tuple(flag.code for flag in verdict.flags)
        yield Finding(kind, some[change.place].truth.file, change.expected, codes, verdict.status)


def read_too_early(returns: Sequence[Return]) -> Iterator[Finding]:
    """Every volume read on a day before its returns were signed."""
    for some, roster in by_volume(returns):
        days = [day for one in some if (day := _day(one))]
        later = Volume("later", published=max(days) + timedelta(30))
        articles = tuple(replace(a, volume=later) for a in roster.articles)
        settings = Settings(today=min(days) - timedelta(1))
        for one, verdict in zip(some, judge_all(some, Roster(articles), settings), strict=True):
            if _day(one) and roster.article(one.truth.article or ""):
                codes = tuple(flag.code for flag in verdict.flags)
                yield Finding("read_too_early", one.truth.file, frozenset({"date_in_future"}), codes, verdict.status)


def left_alone(returns: Sequence[Return]) -> Iterator[Finding]:
    for some, roster in by_volume(returns):
        for one, verdict in zip(some, judge_all(some, roster), strict=True):
            codes = tuple(flag.code for flag in verdict.flags)
            yield Finding("left alone", one.truth.file, one.truth.flags & BLOCKING, codes, verdict.status)


def pages_changed(returns: Sequence[Return], kind: str, count: int, rng: Random) -> Iterator[Finding]:
    """Change a page of `count` returns, read it again, and judge it among the others of its volume."""

    def make(one: Return, others: Sequence[Return]) -> tuple[Observation, frozenset[str]] | None:
        made = page_anomalies(kind, Path(one.source.path).read_bytes(), one.seen, one.truth, rng)
        return (made.seen, made.expected) if made else None

    yield from read_again_and_judge(returns, kind, count, rng, make)


def read_again_and_judge(
    returns: Sequence[Return],
    kind: str,
    count: int,
    rng: Random,
    make: Callable[[Return, Sequence[Return]], tuple[Observation, frozenset[str]] | None],
) -> Iterator[Finding]:
    """Make up to `count` returns wrong, in all volumes alike, and judge a share of each volume at a time."""
    chosen = {returns[int(place)].truth.file for place in rng.permutation(len(returns))[:count]}
    for some, roster in by_volume(returns):
        places = [place for place, one in enumerate(some) if one.truth.file in chosen]
        for share in range(SHARES):
            changes = []
            for place in places[share::SHARES]:
                one, others = some[place], [r for i, r in enumerate(some) if i not in places[share::SHARES]]
                if made := make(one, others):
                    article = roster.article(one.truth.article or "")
                    changes.append(Change(place, made[0], article, made[1]))
            yield from judge_changes(kind, some, roster, changes)


# -------------------------------------------------------------------------------------------------- the report


def report(findings: Sequence[Finding]) -> None:
    """Print hits and misses by kind, false alarms by flag, and false clears."""
    print(f"\n{'anomaly':<28}{'made':>6}{'hit':>6}{'missed':>8}{'recall':>9}{'clear':>7}")
    kinds = list(dict.fromkeys(f.kind for f in findings if f.expected and f.kind != "left alone"))
    for kind in kinds:
        some = [f for f in findings if f.kind == kind and f.expected]
        hits, clear = sum(f.hit for f in some), sum(f.status == "clear" for f in some if f.expected & BLOCKING)
        print(f"{kind:<28}{len(some):>6}{hits:>6}{len(some) - hits:>8}{hits / len(some):>9.2%}{clear:>7}")
    blocking = [f for f in findings if f.kind in kinds and f.expected & BLOCKING]
    wrongly = sum(f.status == "clear" for f in blocking)
    print(f"\nfalse clear: {wrongly} of {len(blocking)} ({wrongly / max(1, len(blocking)):.2%})")
    innocent = [f for f in findings if not f.expected]
    for name, some in (
        ("left alone", [f for f in innocent if f.kind == "left alone"]),
        ("changed, but in order", [f for f in innocent if f.kind != "left alone"]),
    ):
        accused = Counter(code for f in some for code in f.found if code in BLOCKING)
        least = sum(any(code in BLOCKING and code != "unsure" for code in f.found) for f in some)
        share = least / max(1, len(some))
        print(f"innocent, {name}: {len(some)}, accused (but unsure) {least} ({share:.2%}) {dict(accused)}")


def write(findings: Sequence[Finding], path: Path) -> None:
    """One row a finding, for whoever looks for the reasons."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["kind", "file", "expected", "found", "status", "hit"])
        for f in findings:
            rows.writerow([f.kind, f.file, "; ".join(sorted(f.expected)), "; ".join(f.found), f.status, f.hit])


def all_findings(returns: Sequence[Return], only: frozenset[str], pages: int, seed: int) -> Iterator[Finding]:
    whole: dict[str, Callable[[Random], Iterator[Finding]]] = {
        "left alone": lambda rng: left_alone(returns),
        **{kind: lambda rng, k=kind: roster_changes(returns, k, rng) for kind in ROSTER_KINDS},  # type: ignore[misc]
        "read_too_early": lambda rng: read_too_early(returns),
        "stranger_signs": lambda rng: block_exchanged(returns, rng, as_co_author=False),
        "co_author_signs": lambda rng: block_exchanged(returns, rng, as_co_author=True),
        "page_used_twice": lambda rng: page_used_twice(returns, rng),
        "sent_twice": lambda rng: sent_twice(returns),
        "scanned_and_used_twice": lambda rng: page_scanned_and_used_twice(returns, pages, rng),
        **{kind: lambda rng, k=kind: pages_changed(returns, k, pages, rng) for kind in PAGE_KINDS},  # type: ignore[misc]
    }
    for kind, make in whole.items():
        if not only or kind in only:
            print(f"\r{kind:<30}", end="", file=sys.stderr, flush=True)
            yield from make(np.random.default_rng([seed, *kind.encode()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path)
    parser.add_argument("--out", type=Path, help="CSV with one row a finding")
    parser.add_argument("--cache", type=Path, help="file that keeps the readings of the unchanged returns")
    parser.add_argument("--pages", type=int, default=120, help="returns whose pages are changed, for each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds to make, separated by commas")
    options = parser.parse_args()
    only = frozenset(filter(None, options.only.split(",")))
    findings: list[Finding] = []
    try:
        findings.extend(all_findings(read_returns(options.returns, options.cache), only, options.pages, options.seed))
    finally:  # hours of work: what was found until then is told in any case
        report(findings)
        if options.out:
            write(findings, options.out)


if __name__ == "__main__":
    main()
