"""The report: its numbers are the table's, it needs nothing from elsewhere, and a screen reader can follow it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.datamodel.decision import Decision
from pipeline.decisions.decided_results import open_results
from pipeline.exports.charts import bins, timeline
from pipeline.exports.report import Rated, print_report, rated, report
from pipeline.exports.table_files import ExportError
from tests.material.whole_batch import article, whole_batch

WRONG = ("", "unsigned", "date", "two", "")
VOID = {"meta", "br", "rect", "line"}


class Outline(HTMLParser):
    """Tags in order, and whether they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID or tag == "rect":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_batch(tmp_path_factory.mktemp("report"), WRONG, missing=2)


def test_page_is_whole_and_needs_nothing_else(folder: Path) -> None:
    with open_results(folder) as results:
        page = report(results, date(2026, 5, 20))
    outline = Outline()
    outline.feed(page)
    assert outline.open == [] and outline.seen.count("h1") == 1 and outline.seen.count("h2") >= 6
    assert not re.search(r"(src|href)=|@import|url\(", page), "self-contained"
    assert page.count('role="img"') == page.count("<desc ") == 2 and "scope=" in page and '<html lang="en">' in page
    assert "<strong>2 of 7</strong>" in page and "@media print" in page
    for n in range(7):
        assert article(n).key in page
    lacking = page.partition("Articles without an agreement in order")[2]
    for n in (1, 5, 6):
        assert article(n).title in lacking and article(n).authors[0] in lacking, "a key alone says nothing to a reader"
    assert f"{article(0).key}, {article(0).title}, {article(0).authors[0]}" in page, "over its seat"
    assert "Articles of each volume" not in page
    assert "unsigned" in page and "1 more dates are over half a year away" in page


def test_several_volumes_are_told_apart(folder: Path) -> None:
    with open_results(folder) as results:
        first, *others = results.roster.articles
        other = replace(first.volume, key="other-2027", name="Other Conference", number="313", year=2027)
        roster = replace(results.roster, articles=(replace(first, volume=other), *others))
        page = report(replace(results, roster=roster))
    table = page.partition("Articles of each volume")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    counts = {name: [int(cell) for cell in re.findall(r">(\d+)</td>", cells)] for name, cells in rows}
    assert {name: sum(cells) for name, cells in counts.items()} == {
        "other 2027 (volume 313)": 1, "demo 2026 (volume 312)": 6
    }  # fmt: skip


def test_markup_in_names_is_text(folder: Path) -> None:
    with open_results(folder) as results:
        odd = results.table.copy()
        odd["file"] = odd["file"] + "<script>"
        page = report(replace(results, table=odd))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_confidence_against_share_wrong(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, WRONG)
    with open_results(folder) as results:
        for number, action in ((0, "confirm"), (1, "correct"), (2, "confirm")):
            source = results.judged[number].source
            made = Decision(0, "", "x", source.name, source.sha256, action, "date", before="", after="2026-05-02")  # type: ignore[arg-type]
            results.store.decide(made)
    with open_results(folder) as results:
        found = rated(results)
    assert sum(r.looked_at for r in found) == 3 and sum(r.wrong for r in found) == 1
    assert all(isinstance(r, Rated) and r.low < r.high <= 1 for r in found)


def test_printed_by_an_installed_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "a report.html"
    page.write_text("<p>x</p>")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ExportError, match="Install one"):
        print_report(page, tmp_path / "r.pdf")
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text('#!/bin/sh\nfor a; do case $a in --print-to-pdf=*) echo "$a" > "${a#*=}";; esac; done\n')
    browser.chmod(0o755)
    print_report(page, tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").is_file()
    browser.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(ExportError, match="could not print"):
        print_report(page, tmp_path / "other.pdf")
    assert not (tmp_path / "other.pdf").exists()


def test_bins_hold_every_day() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n * n) for n in range(18)]
    assert sum(count for _, count in bins(days)) == len(days) and len(bins(days)) <= 45
    assert bins([]) == [] and timeline("t", "t", [], []) == ""
    assert "wanted by 2026-03-01" in timeline("t", "t", days[:1], [("wanted by", date(2026, 3, 1))])
