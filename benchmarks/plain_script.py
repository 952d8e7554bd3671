"""What a capable user writes in an afternoon: OCR of whole pages, regexes around the form's printed phrases, a date
parser, a fuzzy match against the roster. The two scripts to beat differ in the OCR alone.

For a fair comparison on one core the environment must keep the libraries to one thread: `bench` does, as for our own
workers (`pipeline.execution.worker.ONE_THREAD`).
"""

from __future__ import annotations

import argparse
import csv
import re
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import dateparser
from anyascii import anyascii
from rapidfuzz import fuzz

from pipeline.datamodel.records import Article
from pipeline.roster.reader import load_roster

ReadPages = Callable[[Path], list[list[str]]]
"""A file's pages, each a list of text lines from top to bottom."""

COLUMNS = ("file", "status", "flags", "article", "author", "signature", "signer", "date", "seconds")
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
BETWEEN = r"\s*[./,\-\s]\s*"
DATE = re.compile(
    rf"\d{{4}}\s*[./,年\-\s]\s*\d{{1,2}}\s*[./,月\-\s]\s*\d{{1,2}}"
    rf"|\d{{1,2}}{BETWEEN}\d{{1,2}}{BETWEEN}\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[\s.,/-]*{MONTH}[\s.,/-]*\d{{2,4}}"
    rf"|{MONTH}[\s.,/-]*\d{{1,2}}(?:st|nd|rd|th)?[\s.,/-]*\d{{2,4}}",
    re.IGNORECASE,
)
TITLE_FITS, NAME_FITS = 60, 75
"""rapidfuzz ratios, 0..100."""


def plain(text: str) -> str:
    """Lower case, ASCII, letters and digits with single spaces between."""
    return re.sub(r"[^a-z0-9]+", " ", anyascii(text).lower()).strip()


def between(lines: Sequence[str], first: str, last: str) -> str:
    """Lines after one that has `first`, up to one that has `last`."""
    found: list[str] = []
    inside = False
    for line in lines:
        if inside and re.search(last, line, re.IGNORECASE):
            break
        if inside:
            found.append(line)
        inside = inside or bool(re.search(first, line, re.IGNORECASE))
    return " ".join(found)


def signature_block(lines: Sequence[str]) -> list[str]:
    """The lines from the one that begins the block on, without the form's own words; empty where none does."""
    start = next((i for i, t in enumerate(lines) if re.search("have read|corresponding author|signed", t, re.I)), None)
    return [] if start is None else [t for t in lines[start:] if not re.search(r"have read|^ment\b|^\d$", t, re.I)]


def find_date(lines: Sequence[str]) -> tuple[str, str]:
    """(as written, ISO date) of the first date in the lines, or in all of them joined; empty where none parses."""
    for text in [*lines, " ".join(lines)]:
        if found := DATE.search(text):
            written = re.sub(r"\s+", " ", found[0])
            order = "YMD" if re.match(r"\d{4}", written) else "DMY"
            day = dateparser.parse(written, settings={"DATE_ORDER": order})
            return written, day.date().isoformat() if day else ""
    return "", ""


def read(pages: Sequence[Sequence[str]], articles: Sequence[Article]) -> dict[str, str]:
    """The columns that the scripts can fill."""
    first, last = pages[0], pages[-1]
    title = plain(between(first, "currently entitled|manuscript curr", "the article"))
    name = plain(between(first, "agreement are", "name of corresponding"))
    best = max(articles, key=lambda a: fuzz.ratio(title, plain(a.title)))
    fits = fuzz.ratio(title, plain(best.title)) >= TITLE_FITS
    authors = best.authors if fits else ()
    author = max(authors, key=lambda a: fuzz.token_sort_ratio(name, plain(a)), default="")
    author = author if author and fuzz.token_set_ratio(name, plain(author)) >= NAME_FITS else ""
    block = signature_block(last)
    written, day = find_date(block)
    printed = r"corresponding author|signed|date|[-\u2013\u2022:.\s]|" + re.escape(written)
    signed = any(re.sub(printed, "", line, flags=re.IGNORECASE) for line in block)
    checks = {"undated": day, "unsigned": signed, "title_not_in_roster": fits, "name_not_an_author": author}
    flags = "; ".join(code for code, well in checks.items() if not well)
    return {
        "status": "review" if flags else "clear", "flags": flags, "article": best.key if fits else "",
        "author": author, "signature": "handwritten" if signed else "none", "signer": "", "date": day,
    }  # fmt: skip


def cpu_seconds() -> float:
    """Of this process and its ended children (Tesseract, poppler)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def main(read_pages: ReadPages) -> None:
    """`python -m benchmarks.plain_... LIST OUT.csv`: LIST has a line `name<TAB>file<TAB>roster` a return."""
    parser = argparse.ArgumentParser()
    parser.add_argument("list", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    rosters: dict[str, tuple[Article, ...]] = {}
    with options.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for line in options.list.read_text(encoding="utf-8").splitlines():
            name, path, roster = line.split("\t")
            articles = rosters.setdefault(roster, load_roster(Path(roster)).articles if roster not in rosters else ())
            before = cpu_seconds()
            try:
                pages = read_pages(Path(path)) or [[]]
            except Exception as error:  # whatever the libraries raise: the plain script leaves the row empty
                print(f"{name}: {error}", file=sys.stderr)
                pages = [[]]
            row = read(pages, articles)
            writer.writerow({"file": name, **row, "seconds": f"{cpu_seconds() - before:.3f}"})
