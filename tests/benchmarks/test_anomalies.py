"""The anomalies that the flags are proven on: what is made wrong is wrong, and nothing else is."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.anomalies import all_findings
from benchmarks.judged import Return, read_returns
from benchmarks.page_anomalies import page_anomalies
from pipeline.datamodel.records import FieldReading

SAMPLES = Path(__file__).parents[2] / "sample_scans"
NAMES = ("scan-0001.pdf", "scan-0003.pdf")
"""Scans in order, by hand, each with its fields apart."""


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> list[Return]:
    """The samples as a labelled folder."""
    folder = tmp_path_factory.mktemp("labelled")
    with (SAMPLES / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] in NAMES]
    with (folder / "expected.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    for name in NAMES:
        (folder / name).write_bytes((SAMPLES / "returns" / name).read_bytes())
    (folder / "roster.bib").write_bytes((SAMPLES / "roster.bib").read_bytes())
    return read_returns(folder, None)


@pytest.mark.parametrize(
    ("kind", "field"), [("signature_erased", "signature"), ("date_erased", "date"), ("name_erased", "name")]
)
def test_one_field_is_erased_and_the_others_stay(returns: list[Return], kind: str, field: str) -> None:
    one = returns[0]
    made = page_anomalies(kind, Path(one.source.path).read_bytes(), one.seen, one.truth, np.random.default_rng(1))
    assert made is not None
    assert not getattr(made.seen, field).lines and getattr(made.seen, field).kind == "none"
    for other in {"title", "name", "signature", "date"} - {field}:
        before, after = getattr(one.seen, other), getattr(made.seen, other)
        assert (after.kind, after.page) == (before.kind, before.page), other
        assert abs(after.box.y0 - before.box.y0) < 0.02, "in the frame of the return's own pages"


def test_a_change_of_the_roster_accuses_and_a_return_left_alone_is_innocent(returns: list[Return]) -> None:
    kinds = frozenset({"left alone", "removed", "authors_exchanged", "published_years_later"})
    found = list(all_findings(returns, kinds, pages=0, seed=1))
    alone = [f for f in found if f.kind == "left alone"]
    assert len(alone) == len(NAMES) and not any(f.found for f in alone)
    made = [f for f in found if f.kind != "left alone"]
    assert {f.kind for f in made} == kinds - {"left alone"}
    assert all(f.hit and f.status == "review" for f in made)


def test_a_miss_is_counted_as_one(returns: list[Return]) -> None:
    blind = [replace(one, seen=replace(one.seen, title=FieldReading())) for one in returns]
    found = list(all_findings(blind, frozenset({"removed"}), pages=0, seed=1))
    assert found and not any(f.hit for f in found)
