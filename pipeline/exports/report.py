"""The report: one HTML file that needs nothing else, for the screen, for print and for a screen reader.

It holds no crops and no names but the article's keys and the files' names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from pathlib import Path
from statistics import median

from pipeline._version import __version__
from pipeline.checks.flags import BLOCKING, FLAGS
from pipeline.datamodel.phrases import spoken, volume_label
from pipeline.datamodel.statuses import STATUSES, count_valid
from pipeline.dates.limits import publication
from pipeline.decisions.decided_results import Results
from pipeline.decisions.log import as_logged, standing
from pipeline.exports.charts import Seat, seat_plan, timeline
from pipeline.exports.table_files import ExportError, in_place
from pipeline.results.coverage import STATES, Coverage
from pipeline.results.table import SEPARATOR

SEATS: Mapping[str, tuple[str, str]] = {
    "valid": ("v", "#BFE3BC"), "open": ("o", "#FFE08A"), "ask again": ("a", "#F2A69B"), "missing": ("m", "#F2C2DE"),
    "withdrawn": ("w", "#E2E2E2"), "excused": ("e", "#E2E2E2"),
}  # fmt: skip
"""State of an article -> letter and colour of its seat."""
NEAR_DAYS = 183
"""A date further from the middle one is counted, but not plotted."""
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
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 54rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .6rem 0; } caption { text-align: left; color: #444; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #ccc; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; height: .8em; background: #2F6DB5; } .bar.note { background: #C79A1B; }
svg { width: 100%; height: auto; } .lead { color: #444; } .file { overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } section, tr, svg { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { size: A4; margin: 16mm; } }
"""


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


def report(results: Results, deadline: date | None = None) -> str:
    """The page. `deadline`: day until which the agreements were wanted, shown beside the dates."""
    covered = results.coverage()
    volumes = dict.fromkeys(volume_label(one.article.volume) for one in covered)
    names = ", ".join(name for name in volumes if name) or "Proceedings"
    sections = (
        _numbers(results, covered), _dates(results, deadline), _flags(results), _seats(covered),
        _lacking(results, covered), _confidence(results), _slowest(results),
    )  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Agreements: {escape(names)}</title><style>{STYLE}</style></head><body><main>\n"
        f"<h1>Publication agreements</h1>\n<p class='lead'>{escape(names)}. As of "
        f"{spoken(results.settings.today)}, Countersign {escape(__version__)}.</p>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main></body></html>\n"
    )


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]], raw: Sequence[int] = ()) -> str:
    """An HTML table; the columns in `raw` hold markup. Numbers stand to the right."""
    numeric = {i for i in range(len(heads)) if rows and all(isinstance(row[i], int | float) for row in rows)}
    head = "".join(f'<th scope="col"{" class=n" if i in numeric else ""}>{escape(h)}</th>' for i, h in enumerate(heads))
    lines = []
    for row in rows:
        cells = [str(v) if i in raw else escape(str(v)) for i, v in enumerate(row)]
        first = f'<th scope="row">{cells[0]}</th>'
        rest = "".join(f"<td{' class=n' if i in numeric else ''}>{c}</td>" for i, c in enumerate(cells) if i)
        lines.append(f"<tr>{first}{rest}</tr>")
    body = "\n".join(lines)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _numbers(results: Results, covered: Sequence[Coverage]) -> str:
    table = results.table
    states, statuses = Counter(one.state for one in covered), Counter(table["status"].tolist())
    expected = sum(count for state, count in states.items() if state not in ("withdrawn", "excused"))
    sure = [
        min(values)
        for *values, status in zip(
            table["article_confidence"], table["author_confidence"], table["date_confidence"], table["status"],
            strict=True,
        )
        if status == "clear"
    ]  # fmt: skip
    said = [f"<p><strong>{states['valid']} of {expected}</strong> articles have an agreement in order.</p>"]
    said.append(_table("Articles", ("state", "articles", "what it means"),
                       [(s, states[s], text) for s, text in STATES.items() if states[s]]))  # fmt: skip
    said.append(_table("Returns", ("status", "returns"), [(s, statuses[s]) for s in STATUSES if statuses[s]]))
    if sure:
        said.append(
            f"<p>How sure: of the clear returns, half are at least {median(sure):.1%} sure in the least sure of "
            f"article, name and date; the least sure one {min(sure):.1%}.</p>"
        )
    return _section("How many", *said)


def _dates(results: Results, deadline: date | None) -> str:
    days = sorted(day.date() for day in results.table["date"].dropna())
    if not days:
        return ""
    middle = days[len(days) // 2]
    near = [day for day in days if abs((day - middle).days) <= NEAR_DAYS]
    marks = [("wanted by", deadline)] if deadline else []
    opened = {publication(a, results.settings) for a in results.roster.articles}
    window = timedelta(days=NEAR_DAYS)
    marks += [("conference or publication", d) for d in sorted(d for d in opened if d) if abs(d - middle) <= window][:1]
    away = len(days) - len(near)
    text = f"<p>{away} more dates are over half a year away and not plotted.</p>" if away else ""
    late = sum(day > deadline for day in days) if deadline else 0
    text += f"<p>{late} were signed after {spoken(deadline)}.</p>" if deadline else ""
    return _section("When they were signed", timeline("dates", "Dates of the signatures", near, marks), text)


def _flags(results: Results) -> str:
    counts = Counter(code for cell in results.table["flags"] for code in cell.split(SEPARATOR) if code)
    most = max(counts.values(), default=1)
    rows = []
    for kind in FLAGS:
        if counts[kind.code]:
            blocks = kind.code in BLOCKING - results.settings.notes
            width = f"{9 * counts[kind.code] / most:.1f}em"
            bar = f'<span class="bar{"" if blocks else " note"}" style="width:{width}"></span>'
            rows.append((kind.code, "blocking" if blocks else "note", counts[kind.code], bar, kind.when))
    if not rows:
        return _section("Flags", "<p>No return was flagged.</p>")
    return _section("Flags", _table("Worst first", ("flag", "kind", "returns", "", "when"), rows, raw=(3,)))


def _seats(covered: Sequence[Coverage]) -> str:
    seats = [Seat(f"{one.article.key}: {one.state}", *SEATS[one.state]) for one in covered]
    states = Counter(one.state for one in covered)
    told = ", ".join(f"{count} {state}" for state, count in states.items())
    legend = ", ".join(f"<b>{SEATS[state][0]}</b> {state}" for state in STATES if states[state])
    plan = seat_plan("seats", "A seat for every article", f"{told}. The articles are listed below.", seats)
    return _section("Seat plan", f"<p>A square for every article of the roster, in its order: {legend}.</p>", plan)


def _lacking(results: Results, covered: Sequence[Coverage]) -> str:
    rows = []
    for one in covered:
        if one.state != "valid":
            files = results.table["file"]
            file = "" if one.row is None else files.iloc[one.row]
            rows.append(
                (one.article.key, one.state, file, "" if one.row is None else results.table["flags"].iloc[one.row])
            )
    if not rows:
        return ""
    return _section("Articles without an agreement in order", _table("", ("article", "state", "return", "flags"), rows))


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


def _confidence(results: Results) -> str:
    found = rated(results)
    if not found:
        return ""
    rows = [(f"{r.low:g} to {r.high:g}", r.looked_at, r.wrong, f"{r.wrong / r.looked_at:.1%}") for r in found]
    note = "<p>People look at what was flagged first: the shares are those of doubtful readings, not of all.</p>"
    heads = ("confidence", "looked at", "wrong", "share wrong")
    return _section("Confidence against share wrong", _table("Readings that people decided on", heads, rows), note)


def _slowest(results: Results) -> str:
    table = results.table.nlargest(SLOWEST, "seconds")
    rows = [(file, int(pages), f"{seconds:.1f}") for file, pages, seconds in
            zip(table["file"], table["pages"], table["seconds"], strict=True) if seconds > 0]  # fmt: skip
    total = float(results.table["seconds"].sum())
    count = len(results.table)
    text = f"<p>{total:.0f} s of work for {count} returns, {total / max(count, 1):.2f} s each.</p>"
    return _section("Slowest files", text, _table("", ("file", "pages", "seconds"), rows)) if rows else ""


def summary(results: Results) -> dict[str, object]:
    """The report's numbers, for scripts."""
    covered = results.coverage()
    valid = count_valid(results.table["status"])
    states = Counter(one.state for one in covered)
    return {"returns": len(results.table), "valid_returns": valid, "articles": dict(states)}
