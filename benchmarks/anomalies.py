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
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.batch_anomalies import (
    block_exchanged,
    page_scanned_and_used_twice,
    page_used_twice,
    sent_twice,
    two_in_one_file,
)
from benchmarks.file_anomalies import FILE_KINDS
from benchmarks.judged import Finding, Random, Return, by_volume, judge_all, read_again_and_judge, read_returns
from benchmarks.page_anomalies import PAGE_KINDS, page_anomalies
from benchmarks.roster_anomalies import ROSTER_KINDS, read_too_early, roster_changes
from pipeline.checks.flags import FAULTS
from pipeline.datamodel.records import Observation


def left_alone(returns: Sequence[Return]) -> Iterator[Finding]:
    """Every return as it is, judged in its volume: what an innocent one is accused of."""
    for some, roster in by_volume(returns):
        for one, verdict in zip(some, judge_all(some, roster), strict=True):
            codes = tuple(flag.code for flag in verdict.flags)
            yield Finding("left alone", one.truth.file, one.truth.flags & FAULTS, codes, verdict.status)


def files_changed(returns: Sequence[Return], kind: str, count: int, rng: Random) -> Iterator[Finding]:
    """Change the file of `count` returns as a whole, and judge it among the others of its volume."""

    def make(one: Return, others: Sequence[Return]) -> tuple[Observation, frozenset[str]] | None:
        data = Path(one.source.path).read_bytes()
        made = FILE_KINDS[kind](data, one.seen) if data.startswith(b"%PDF") and not one.truth.flags else None
        return (made.seen, made.expected) if made else None

    yield from read_again_and_judge(returns, kind, count, rng, make)


def pages_changed(returns: Sequence[Return], kind: str, count: int, rng: Random) -> Iterator[Finding]:
    """Change a page of `count` returns, read it again, and judge it among the others of its volume."""

    def make(one: Return, others: Sequence[Return]) -> tuple[Observation, frozenset[str]] | None:
        made = page_anomalies(kind, Path(one.source.path).read_bytes(), one.seen, one.truth, rng)
        return (made.seen, made.expected) if made else None

    yield from read_again_and_judge(returns, kind, count, rng, make)


# -------------------------------------------------------------------------------------------------- the report


def report(findings: Sequence[Finding]) -> None:
    """Print hits and misses by kind and by flag, false alarms, and false clears."""
    made = [f for f in findings if f.expected and f.kind != "left alone"]
    kinds = list(dict.fromkeys(f.kind for f in made))
    _table("anomaly", {kind: [f for f in made if f.kind == kind] for kind in kinds})
    flags = list(dict.fromkeys(f.expected for f in made))
    _table("flag", {" or ".join(sorted(flag)): [f for f in made if f.expected == flag] for flag in flags})
    blocking = [f for f in findings if f.kind in kinds and f.expected & FAULTS]
    wrongly = sum(f.status == "clear" for f in blocking)
    print(f"\nfalse clear: {wrongly} of {len(blocking)} ({wrongly / max(1, len(blocking)):.2%})")
    innocent = [f for f in findings if not f.expected]
    for name, some in (
        ("left alone", [f for f in innocent if f.kind == "left alone"]),
        ("changed, but in order", [f for f in innocent if f.kind != "left alone"]),
    ):
        accused = Counter(code for f in some for code in f.found if code in FAULTS)
        least = sum(any(code in FAULTS and code != "unsure" for code in f.found) for f in some)
        share = least / max(1, len(some))
        print(f"innocent, {name}: {len(some)}, accused (but unsure) {least} ({share:.2%}) {dict(accused)}")


def _table(head: str, groups: Mapping[str, Sequence[Finding]]) -> None:
    print(f"\n{head:<34}{'made':>6}{'hit':>6}{'missed':>8}{'recall':>9}{'clear':>7}")
    for name, some in groups.items():
        hits, clear = sum(f.hit for f in some), sum(f.status == "clear" for f in some if f.expected & FAULTS)
        print(f"{name:<34}{len(some):>6}{hits:>6}{len(some) - hits:>8}{hits / len(some):>9.2%}{clear:>7}")


def write(findings: Sequence[Finding], path: Path) -> None:
    """One row a finding, for whoever looks for the reasons."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["kind", "file", "expected", "found", "status", "hit"])
        for f in findings:
            rows.writerow([f.kind, f.file, "; ".join(sorted(f.expected)), "; ".join(f.found), f.status, f.hit])


def all_findings(returns: Sequence[Return], only: frozenset[str], pages: int, seed: int) -> Iterator[Finding]:
    """Every anomaly, or those of the kinds in `only`; `pages`: returns changed for each kind that reads again."""
    whole: dict[str, Callable[[Random], Iterator[Finding]]] = {
        "left alone": lambda rng: left_alone(returns),
        **{kind: lambda rng, k=kind: roster_changes(returns, k, rng) for kind in ROSTER_KINDS},  # type: ignore[misc]
        "read_too_early": lambda rng: read_too_early(returns),
        "stranger_signs": lambda rng: block_exchanged(returns, rng, as_co_author=False),
        "co_author_signs": lambda rng: block_exchanged(returns, rng, as_co_author=True),
        "page_used_twice": lambda rng: page_used_twice(returns, rng),
        "sent_twice": lambda rng: sent_twice(returns),
        "two_in_one_file": lambda rng: two_in_one_file(returns, pages, rng),
        "scanned_and_used_twice": lambda rng: page_scanned_and_used_twice(returns, pages, rng),
        **{kind: lambda rng, k=kind: files_changed(returns, k, pages, rng) for kind in FILE_KINDS},  # type: ignore[misc]
        **{kind: lambda rng, k=kind: pages_changed(returns, k, pages, rng) for kind in PAGE_KINDS},  # type: ignore[misc]
    }
    for kind, make in whole.items():
        if not only or kind in only:
            print(f"\r{kind:<30}", end="", file=sys.stderr, flush=True)
            yield from make(np.random.default_rng([seed, *kind.encode()]))


def main() -> None:
    """Command line: `usage` above."""
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
