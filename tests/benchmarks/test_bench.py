"""The bench's report."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Case, Timed, cost_lines, grouped, stage_lines


def test_a_stage_over_its_budget_is_named_with_its_kind() -> None:
    shares = {"scan": {"recognize": 0.39, "isolate": 0.2}, "text layer": {"recognize": 0.39, "isolate": 0.01}}
    lines = list(stage_lines(shares, {"scan": [0.6], "text layer": [0.4]}))
    over = [line.strip() for line in lines if "OVER" in line]
    assert [line.partition(":")[2].partition(":")[0].strip() for line in over] == [
        "isolate, scan",
        "recognize, text layer",
    ]


def test_cost_is_told_by_volume_and_by_form() -> None:
    def timed(volume: str, form: str, seconds: float) -> Timed:
        return Timed(Case("a", Path("a"), Path(volume, "roster.bib"), "scan"), form, seconds)

    spent = [timed("v7", "pmlr", 0.4), timed("v8", "none", 2.5), timed("v8", "pmlr", 0.5)]
    by_volume = [line.split() for line in cost_lines("volume", grouped(spent, lambda one: one.case.roster.parent.name))]
    assert by_volume[1:] == [["v7", "1", "0.400", "0.400", "0"], ["v8", "2", "1.500", "2.500", "1"]]
    by_form = [line.split() for line in cost_lines("form", grouped(spent, lambda one: one.form))]
    assert by_form[1:] == [["none", "1", "2.500", "2.500", "1"], ["pmlr", "2", "0.450", "0.500", "0"]]
