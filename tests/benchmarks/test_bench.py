"""The bench's report."""

from __future__ import annotations

from benchmarks.bench import stage_lines


def test_a_stage_over_its_budget_is_named_with_its_kind() -> None:
    shares = {"scan": {"recognize": 0.39, "isolate": 0.2}, "text layer": {"recognize": 0.39, "isolate": 0.01}}
    lines = list(stage_lines(shares, {"scan": [0.6], "text layer": [0.4]}))
    over = [line.strip() for line in lines if "OVER" in line]
    assert [line.partition(":")[2].partition(":")[0].strip() for line in over] == [
        "isolate, scan",
        "recognize, text layer",
    ]
