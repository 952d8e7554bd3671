"""Stored verdicts are judged anew when the rules change, and only then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from pipeline._version import JUDGING_VERSION
from pipeline.datamodel.records import Observation, Roster, Settings, Source, Verdict
from pipeline.execution.resolution_cache import people_of
from pipeline.results.store import Store, open_store
from pipeline.run import judge_batch
from tests.material.judging_rules import RECORD, digest, fault, rules

ROOMS = ("resolution", "checks", "dates", "names", "forms/pmlr")
SETTINGS = Settings(today=date(2024, 5, 31))


def test_rules_do_not_change_without_the_version() -> None:
    told = fault(json.loads(RECORD.read_text(encoding="utf-8")), rules(), JUDGING_VERSION)
    assert not told, told
    assert {name.rpartition("/")[0] for name in rules()} >= {f"pipeline/{room}" for room in ROOMS}


def test_a_changed_rule_is_seen_and_a_changed_comment_is_not() -> None:
    code = b'"""What it is."""\nLEAST = 0.8\n"""How much."""\n\ndef rule(day):  # why\n    return day > LEAST\n'
    again = b"import os\nLEAST = 0.8\ndef rule(\n    day,\n):\n    'Words.'\n    return day > LEAST\n"
    assert digest("a.py", code) == digest("a.py", again)
    assert digest("a.py", code) != digest("a.py", code.replace(b"0.8", b"0.9"))
    assert digest("a.py", code) != digest("a.py", code.replace(b">", b">="))
    assert digest("a.toml", b"a = 1") != digest("a.toml", b"a = 2")


def test_the_record_says_what_to_do() -> None:
    record = {"version": "4", "rules": {"pipeline/checks/a.py": "1", "pipeline/checks/b.py": "2"}}
    assert fault(record, record["rules"], "4") == ""  # type: ignore[arg-type]
    told = fault(record, {"pipeline/checks/a.py": "1", "pipeline/checks/c.py": "2"}, "4")
    assert "b.py, pipeline/checks/c.py" in told and "raise JUDGING_VERSION" in told
    assert "run `python" in fault(record, record["rules"], "5")  # type: ignore[arg-type]


def judged(store: Store) -> int:
    """How many returns a run judges."""
    asked = 0

    def judge(items: Sequence[tuple[Source, Observation]]) -> Sequence[Verdict]:
        nonlocal asked
        asked += len(items)
        return judge_batch(items, Roster(), SETTINGS, people_of(store, [source for source, _ in items], Roster()))

    source = Source("a.pdf", "/a.pdf", "ab" * 32, 1)
    run, _ = store.begin_run([Path("/a.pdf")], [source], Roster(), SETTINGS)
    if store.unread(run, [source]):
        store.keep(run, source, Observation(pages=2))
    store.judged(run, judge)
    return asked


def test_verdicts_are_judged_again_by_another_judging_version_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        assert judged(store) == 1
        monkeypatch.setattr("pipeline.results.store.__version__", "another release")
        assert judged(store) == 0
        known = store.noted("judged")
        for module in ("pipeline.results.store", "pipeline.execution.resolution_cache"):
            monkeypatch.setattr(f"{module}.JUDGING_VERSION", "next")
        assert judged(store) == 1 and store.noted("judged") != known
