"""The report: one HTML file that needs nothing else, for the screen, for print and for a screen reader.

It holds no crops and of the returns nothing but their files' names; titles and authors are the roster's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline._version import __version__
from pipeline.checks.flags import BLOCKING, FLAGS
from pipeline.datamodel.phrases import spoken, volume_label
from pipeline.datamodel.records import Article
from pipeline.datamodel.statuses import STATUSES, count_valid
from pipeline.dates.limits import publication
from pipeline.decisions.decided_results import Results
from pipeline.decisions.log import as_logged, standing
from pipeline.exports.charts import Seat, seat_plan, timeline
from pipeline.exports.table_files import ExportError, in_place
from pipeline.results.coverage import STATES, Coverage, roster_doubts
from pipeline.results.table import SEPARATOR

SEATS: Mapping[str, tuple[str, str]] = {
    "valid": ("v", "#BFE3BC"), "open": ("o", "#FFE08A"), "ask again": ("a", "#F2A69B"), "missing": ("m", "#F2C2DE"),
    "withdrawn": ("w", "#E2E2E2"), "excused": ("e", "#E2E2E2"),
}  # fmt: skip
"""State of an article -> letter and colour of its seat."""
TEMPLATE = Path(__file__).with_suffix(".html")
"""The page without its numbers."""
BAR = Markup('<span class="bar{}" style="width:{}em"></span>')
"""A bar beside a number: what class it has besides, and its length."""
NEAR_DAYS = 183
"""A date further from the middle one is counted, but not plotted."""
MOST_AUTHORS = 3
"""Authors of an article that are named."""
SLOWEST = 10
"""Returns listed with the time that they took."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""Commands that print a page to PDF, the first one found is taken."""
PRINT_SECONDS = 120
"""Seconds that the browser may take for it."""
CONFIDENCE_BINS = (0.0, 0.9, 0.99, 0.999, 1.0001)
"""Edges of the confidences' classes, 0..1; the last one is over 1 so that it takes 1 in."""
RATED = ("article", "author", "signature", "signer", "date")
"""Columns whose confidences are counted against what people decided."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Readings of one band of confidence that people decided on."""

    low: float
    high: float
    looked_at: int
    wrong: int


def write_report(results: Results, path: Path, deadline: date | None = None) -> None:
    """Write the report in place of `path`. Raises ExportError."""
    page = report(results, deadline)
    in_place(path, lambda part: part.write_text(page, encoding="utf-8"))


def print_report(page: Path, pdf: Path) -> None:
    """Print the page to a PDF by an installed browser. Raises ExportError where there is none or it fails."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise ExportError(f"Printing needs Chromium or Chrome. Install one, or open {page} and print it to a PDF.")
    # The sandbox does not work for root; the page is ours and runs no script.
    flags = ["--headless", "--disable-gpu", "--no-pdf-header-footer"]
    flags += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []

    def write(part: Path) -> None:
        command = [browser, *flags, f"--print-to-pdf={part.resolve()}", page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=PRINT_SECONDS, check=False)
        if done.returncode or not part.is_file():
            raise ExportError(f"{browser} could not print {page}. Open it and print it to a PDF.")

    try:
        in_place(pdf, write)
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"{browser} took too long to print {page}. Open it and print it to a PDF.") from error


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page. Cells are escaped unless they are Markup; columns of numbers alone stand to the right."""

    caption: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[object]]

    @property
    def numeric(self) -> frozenset[int]:
        """Places of the columns, from 0, that hold numbers alone."""
        places = range(len(self.heads)) if self.rows else ()
        return frozenset(i for i in places if all(isinstance(row[i], int | float) for row in self.rows))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many articles and returns there are, by state. Confidences 0..1; None without a clear return."""

    valid: int
    expected: int
    articles: Table
    returns: Table
    median_sure: float | None
    least_sure: float | None


@dataclass(frozen=True, slots=True)
class Dates:
    """When the returns were signed."""

    plot: Markup
    away: int
    """Dates too far from the others to be plotted."""
    doubts: Sequence[str]
    """A sentence for each date of the roster that most returns contradict."""
    deadline: str
    """As a person writes it; empty without one."""
    late: int
    """Returns signed after it."""


@dataclass(frozen=True, slots=True)
class Seats:
    """The seat plan, with (letter, state) for each state that occurs."""

    plot: Markup
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What reading cost."""

    seconds: float
    returns: int
    slowest: Table


def report(results: Results, deadline: date | None = None) -> str:
    """The page. `deadline`: day until which the agreements were wanted, shown beside the dates."""
    covered = results.coverage()
    volumes = dict.fromkeys(volume_label(one.article.volume) for one in covered)
    pages = Environment(loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined)
    return pages.get_template(TEMPLATE.name).render(
        volumes=", ".join(name for name in volumes if name) or "Proceedings",
        by_volume=_by_volume(covered),
        today=spoken(results.settings.today),
        version=__version__,
        numbers=_numbers(results, covered),
        dates=_dates(results, deadline),
        flags=_flags(results),
        seats=_seats(covered),
        lacking=_lacking(results, covered),
        confidence=_confidence(results),
        work=_work(results),
    )


def _numbers(results: Results, covered: Sequence[Coverage]) -> Numbers:
    table = results.table
    states, statuses = Counter(one.state for one in covered), Counter(table["status"].tolist())
    sure = [
        min(values)
        for *values, status in zip(
            table["article_confidence"], table["author_confidence"], table["date_confidence"], table["status"],
            strict=True,
        )
        if status == "clear"
    ]  # fmt: skip
    heads = ("state", "articles", "what it means")
    return Numbers(
        valid=states["valid"],
        expected=sum(count for state, count in states.items() if state not in ("withdrawn", "excused")),
        articles=Table("Articles", heads, [(s, states[s], text) for s, text in STATES.items() if states[s]]),
        returns=Table("Returns", ("status", "returns"), [(s, statuses[s]) for s in STATUSES if statuses[s]]),
        median_sure=median(sure) if sure else None,
        least_sure=min(sure, default=None),
    )


def _by_volume(covered: Sequence[Coverage]) -> Table:
    """How each volume stands; without rows where there is only one."""
    volumes: dict[str, Counter[str]] = {}
    for one in covered:
        volume = one.article.volume
        number = f" (volume {volume.number})" if volume.number else ""
        volumes.setdefault((volume_label(volume) or "no volume") + number, Counter())[one.state] += 1
    shown = [state for state in STATES if any(states[state] for states in volumes.values())]
    rows = [(name, *(states[state] for state in shown)) for name, states in volumes.items()]
    return Table("Articles of each volume", ("volume", *shown), rows if len(rows) > 1 else ())


def _dates(results: Results, deadline: date | None) -> Dates | None:
    days = sorted(day.date() for day in results.table["date"].dropna())
    if not days:
        return None
    middle = days[len(days) // 2]
    near = [day for day in days if abs((day - middle).days) <= NEAR_DAYS]
    marks = [("wanted by", deadline)] if deadline else []
    opened = {publication(a, results.settings) for a in results.roster.articles}
    window = timedelta(days=NEAR_DAYS)
    marks += [("conference or publication", d) for d in sorted(d for d in opened if d) if abs(d - middle) <= window][:1]
    return Dates(
        plot=Markup(timeline("dates", "Dates of the signatures", near, marks)),
        away=len(days) - len(near),
        doubts=roster_doubts(results.table, results.roster, results.settings),
        deadline=spoken(deadline) if deadline else "",
        late=sum(day > deadline for day in days) if deadline else 0,
    )


def _flags(results: Results) -> Table:
    counts = Counter(code for cell in results.table["flags"] for code in cell.split(SEPARATOR) if code)
    most = max(counts.values(), default=1)
    rows = []
    for kind in FLAGS:
        if counts[kind.code]:
            blocks = kind.code in BLOCKING - results.settings.notes
            bar = BAR.format("" if blocks else " note", f"{9 * counts[kind.code] / most:.1f}")
            rows.append((kind.code, "blocking" if blocks else "note", counts[kind.code], bar, kind.when))
    return Table("Worst first", ("flag", "kind", "returns", "", "when"), rows)


def _seats(covered: Sequence[Coverage]) -> Seats:
    seats = [Seat(f"{one.article.key}, {one.article.title}, {_authors(one.article)}: {one.state}", *SEATS[one.state])
             for one in covered]  # fmt: skip
    states = Counter(one.state for one in covered)
    told = ", ".join(f"{count} {state}" for state, count in states.items())
    plan = seat_plan("seats", "A seat for every article", f"{told}. The articles are listed below.", seats)
    return Seats(Markup(plan), tuple((SEATS[state][0], state) for state in STATES if states[state]))


def _authors(article: Article) -> str:
    """Its authors, the first three by name."""
    some, more = article.authors[:MOST_AUTHORS], len(article.authors) - MOST_AUTHORS
    return ", ".join(some) + (f" and {more} more" if more > 0 else "")


def _lacking(results: Results, covered: Sequence[Coverage]) -> Table:
    files, flags = results.table["file"], results.table["flags"]
    many = len({one.article.volume.key for one in covered}) > 1
    rows = []
    for one in covered:
        if one.state != "valid":
            article = one.article
            volume = f" {volume_label(article.volume)}." if many and volume_label(article.volume) else ""
            stop = "" if article.title.endswith(("?", "!", ".")) else "."
            about = f"{article.title}{stop} {_authors(article)}.{volume}"
            why = "" if one.row is None else str(flags.iloc[one.row]).replace("_", " ").replace(SEPARATOR, ", ")
            file = "" if one.row is None else files.iloc[one.row]
            rows.append((article.key, about, one.state, f"{file}: {why}" if why else file))
    return Table("", ("article", "title and authors", "state", "return"), rows)


def rated(results: Results) -> list[Rated]:
    """Readings that a person confirmed or corrected, by the confidence that the machine had in them."""
    rows = {(r["file"], r["sha256"]): r for r in results.machine.to_dict("records")}
    last = {(d.file, d.sha256, d.field): d for d in standing(results.decisions)
            if d.action in ("confirm", "correct") and d.field in RATED}  # fmt: skip
    seen = []
    for (file, sha256, field), decision in last.items():
        row = rows.get((file, sha256))
        if row is not None:
            wrong = decision.action == "correct" and decision.after != as_logged(row[field])
            seen.append((float(row[f"{field}_confidence"]), wrong))
    found = []
    for low, high in pairwise(CONFIDENCE_BINS):
        here = [wrong for sure, wrong in seen if low <= sure < high]
        if here:
            found.append(Rated(low, min(high, 1.0), len(here), sum(here)))
    return found


def _confidence(results: Results) -> Table:
    found = rated(results)
    rows = [(f"{r.low:g} to {r.high:g}", r.looked_at, r.wrong, f"{r.wrong / r.looked_at:.1%}") for r in found]
    return Table("Readings that people decided on", ("confidence", "looked at", "wrong", "share wrong"), rows)


def _work(results: Results) -> Work:
    table = results.table.nlargest(SLOWEST, "seconds")
    rows = [(file, int(pages), f"{seconds:.1f}") for file, pages, seconds in
            zip(table["file"], table["pages"], table["seconds"], strict=True) if seconds > 0]  # fmt: skip
    slowest = Table("", ("file", "pages", "seconds"), rows)
    return Work(float(results.table["seconds"].sum()), len(results.table), slowest)


def summary(results: Results) -> dict[str, object]:
    """The report's numbers, for scripts."""
    covered = results.coverage()
    valid = count_valid(results.table["status"])
    states = Counter(one.state for one in covered)
    return {"returns": len(results.table), "valid_returns": valid, "articles": dict(states)}
