"""Speed and accuracy, beside two plain scripts: `python -m benchmarks.bench FOLDER [--every N] [--plain-every N]`.

One run, one machine, one thread a process. The files are copied under neutral names first: names are no evidence.
Prints: accuracy by measure; CPU seconds a return, by stage and by kind, and which of them are over their budget, then
by volume and by form;
returns a minute with one and two workers; memory; time to the first row; start-up time; and the ratios to the plain
scripts and to rasterizing alone.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import cv2

from benchmarks import date_ladder
from benchmarks import score as scoring
from benchmarks.truth import Truth, TruthMissing, load_truth
from pipeline.datamodel.records import Problem, Source
from pipeline.documents.opening import open_document
from pipeline.execution.worker import ONE_THREAD
from pipeline.execution.worker_pool import Limits, read_all
from pipeline.intake.sources import find_sources
from pipeline.results.store import open_store
from pipeline.roster.reader import load_roster

REGISTER_BUDGET_S = 0.1
"""A page, at most."""
BUDGET_S = {
    "intake": 0.01, "rasterize": 0.1, "isolate": 0.045, "locate": 0.1, "recognize": 0.4, "alterations": 0.06,
    "by labels": 0.1, "crops": 0.02, "certificates": 0.02,
}  # fmt: skip
"""CPU seconds a return, at most: the mean of a kind, on one core of a machine of 2023 that does nothing else."""
TEXT_LAYER_BUDGET_S = {**BUDGET_S, "rasterize": 0.07, "locate": 0.06, "recognize": 0.15, "by labels": 0.01}
"""The same where the print need not be read."""
MOST_S = 2.0
"""CPU seconds that no return may take."""
FLOOR_DPI = 150
PLAIN = {"pytesseract, whole pages at 300 dpi": "plain_tesseract", "RapidOCR, whole pages at 150 dpi": "plain_rapidocr"}
TARGET_RATIO = {"plain_tesseract": 10, "plain_rapidocr": 15}


@dataclass(frozen=True, slots=True)
class Case:
    """One return to measure on."""

    name: str
    """As the truth has it."""
    path: Path
    """Its copy, under a neutral name."""
    roster: Path
    kind: str
    """`text layer`, `scan`, `photo` or `unreadable`."""


def cases_in(folder: Path, copies: Path, every: int) -> list[Case]:
    """Every n-th return below `folder`, copied; a volume's roster stands beside its returns or in a folder above."""
    rosters = sorted(folder.resolve().rglob("roster.bib"))
    if not rosters:
        raise TruthMissing(f"{folder} holds no roster.bib. Put one beside the returns of each volume.")
    kinds = {s.path: kind_of(Path(s.path)) for s in find_sources([folder.resolve()]) if s.refused is None}
    found = []
    for name, kind in [item for item in kinds.items() if item[1]][::every]:
        path = Path(name)
        roster = next((r for parent in path.parents if (r := parent / "roster.bib") in rosters), None)
        if roster is None:
            continue
        copy = copies / roster.parent.name / (hashlib.sha256(name.encode()).hexdigest()[:12] + path.suffix)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        found.append(Case(path.relative_to(folder.resolve()).as_posix(), copy, roster, kind))
    return found


def kind_of(path: Path) -> str:
    """`scan`, `text layer`, `photo` or `unreadable`; empty for what is no document."""
    document = open_document(path.read_bytes())
    if isinstance(document, Problem):
        return "unreadable" if document.code != "not_a_document" else ""
    if document.kind == "image":
        return "photo"
    words = sum(len(document.words(index)) for index in range(min(2, len(document))))
    return "text layer" if words > 150 else "scan"


# --- accuracy -----------------------------------------------------------------------------------------------------


def read_ours(cases: Sequence[Case], folder: Path, jobs: int) -> list[scoring.Row]:
    """The table of the whole pipeline, volume by volume, under the names of the truth."""
    rows: list[scoring.Row] = []
    for roster in sorted({case.roster for case in cases}):
        own = {case.path.name: case.name for case in cases if case.roster == roster}
        returns = next(case.path.parent for case in cases if case.roster == roster)
        out = folder / f"out-{returns.name}"
        command = [sys.executable, "-m", "pipeline", "read", str(returns), "--roster", str(roster), "--out", str(out)]
        done = subprocess.run([*command, "--jobs", str(jobs), "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stderr)
        for row in scoring.load_rows(out / "returns.csv"):
            name, number = row["file"].partition("#")[::2]
            rows.append({**row, "file": own[name] + (f"#{number}" if number else "")})
    return rows


def dates_step_by_step(cases: Sequence[Case], folder: Path) -> dict[str, list[date | None]]:
    """For each return what each step gives for its handwritten date, from what `read_ours` left."""
    found: dict[str, list[date | None]] = {}
    for roster in sorted({case.roster for case in cases}):
        own = {case.path.name: case.name for case in cases if case.roster == roster}
        returns = next(case.path.parent for case in cases if case.roster == roster)
        with open_store(folder / f"out-{returns.name}", writing=False) as store:
            verdicts = store.verdicts()
        for name, days in date_ladder.first_readings(verdicts, load_roster(roster), date.today()):
            file, number = name.partition("#")[::2]
            found[own[file] + (f"#{number}" if number else "")] = days
    return found


def read_plain(module: str, cases: Sequence[Case], folder: Path) -> list[scoring.Row]:
    """The rows of a plain script (its module below `benchmarks`) for these returns, in a process of its own."""
    listed, out = folder / f"{module}.txt", folder / f"{module}.csv"
    listed.write_text("".join(f"{c.name}\t{c.path}\t{c.roster}\n" for c in cases), encoding="utf-8")
    command = [sys.executable, "-m", f"benchmarks.{module}", str(listed), str(out)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD})
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truths_of(cases: Sequence[Case], truths: Sequence[Truth]) -> list[Truth]:
    """Those of the cases, under the cases' names (which may start with the folder of the returns)."""
    by_name = {case.name: case for case in cases}
    by_end = {case.name.rpartition("/")[2]: case.name for case in cases}
    found = []
    for truth in truths:
        name, number = truth.file.partition("#")[::2]
        name = name if name in by_name else by_end.get(name, "")
        if name:
            found.append(replace(truth, file=name + (f"#{number}" if number else "")))
    return found


@dataclass(frozen=True, slots=True)
class Timed:
    """What one return cost."""

    case: Case
    form: str
    """The form that it was found to be on, with its version; `none` where it is on none."""
    seconds: float
    """Of CPU."""


# --- speed --------------------------------------------------------------------------------------------------------


def stages(cases: Sequence[Case]) -> tuple[dict[str, dict[str, float]], list[Timed], int]:
    """(kind -> stage -> CPU seconds a return, what each return cost, pages registered), in this process."""
    from pipeline.datamodel.stopwatch import watch
    from pipeline.execution.reading import read_return, warm_up

    warm_up()
    by_kind: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    timed: list[Timed] = []
    pages = 0
    for case in cases:
        data = case.path.read_bytes()
        source = Source(case.path.name, str(case.path), hashlib.sha256(data).hexdigest(), len(data))
        before = cpu()
        with watch() as spent:
            seen = read_return(source, data=data)
        if seen.problem and case.kind != "unreadable":
            print(f"NOT READ, so its time says little: {case.name}: {seen.problem.sentence}", file=sys.stderr)
        timed.append(Timed(case, seen.form or "none", cpu() - before))
        pages += len(seen.fits)
        for name, value in spent.items():
            by_kind[case.kind][name] += value
    counts = Counter(one.case.kind for one in timed)
    shares = {k: {name: v / counts[k] for name, v in spent.items()} for k, spent in by_kind.items()}
    return shares, timed, pages


def grouped(timed: Sequence[Timed], by: Callable[[Timed], str]) -> dict[str, list[float]]:
    """Group -> CPU seconds of each of its returns, in the order of the groups' names."""
    found: dict[str, list[float]] = defaultdict(list)
    for one in timed:
        found[by(one)].append(one.seconds)
    return dict(sorted(found.items()))


def cpu() -> float:
    """CPU seconds used by this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def rasterizing(cases: Sequence[Case]) -> float:
    """CPU seconds a return for opening it and drawing its pages, and nothing else."""
    before = cpu()
    for case in cases:
        document = open_document(case.path.read_bytes())
        if not isinstance(document, Problem):
            for index in range(min(2, len(document))):
                document.render(index, FLOOR_DPI)
    return (cpu() - before) / max(1, len(cases))


def a_minute(cases: Sequence[Case], jobs: int) -> tuple[float, float, float]:
    """(returns a minute, seconds to the first row, peak memory of a worker in MB)."""
    sources = [s for folder in sorted({c.path.parent for c in cases}) for s in find_sources([folder])]
    started = time.perf_counter()
    first = 0.0
    peak = 0.0
    for _ in read_all(sources, jobs, Limits(seconds=600)):
        first = first or time.perf_counter() - started
        peak = max(peak, *(memory_of(pid) for pid in children()), 0.0)
    return 60 * len(sources) / (time.perf_counter() - started), first, peak


def children() -> list[int]:
    """Process ids of this process's children."""
    import psutil

    return [child.pid for child in psutil.Process().children()]


def memory_of(pid: int) -> float:
    """Peak resident memory in MB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def start_up() -> float:
    """CPU seconds of `countersign --help`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for _ in range(3):
        subprocess.run([sys.executable, "-m", "pipeline", "--help"], check=True, capture_output=True)
    return (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) / 3


# --- the report ---------------------------------------------------------------------------------------------------


def stage_lines(shares: Mapping[str, Mapping[str, float]], seconds: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Lines of the table of CPU seconds by kind of return and stage, and one for each stage over its budget."""
    names = sorted(
        {name for spent in shares.values() for name in spent}, key=lambda n: -max(s.get(n, 0) for s in shares.values())
    )
    yield "  " + "".join(f"{head:>13}" for head in ("kind", "returns", "all", *names))
    for kind, spent in seconds.items():
        cells = [f"{sum(spent) / len(spent):.3f}", *(f"{shares.get(kind, {}).get(name, 0):.3f}" for name in names)]
        yield "  " + "".join(f"{cell:>13}" for cell in (kind, len(spent), *cells))
    for kind, spent_on in shares.items():
        for name, at_most in _budget(kind).items():
            if spent_on.get(name, 0) > at_most:
                yield f"  OVER: {name}, {kind}: {spent_on[name]:.3f} s, {at_most} budgeted"


def cost_lines(head: str, groups: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Lines of a table of CPU seconds a return, a line a group."""
    yield "  " + f"{head:<28}" + "".join(f"{name:>10}" for name in ("returns", "mean", "most", f"over {MOST_S:g} s"))
    for name, spent in groups.items():
        cells = (
            str(len(spent)),
            f"{sum(spent) / len(spent):.3f}",
            f"{max(spent):.3f}",
            str(sum(s > MOST_S for s in spent)),
        )
        yield "  " + f"{name:<28}" + "".join(f"{cell:>10}" for cell in cells)


def _budget(kind: str) -> Mapping[str, float]:
    return TEXT_LAYER_BUDGET_S if kind == "text layer" else BUDGET_S


def on_one_thread() -> None:
    """Start again with every library held to one thread, as the workers are: idle threads that spin count as work."""
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        command = [sys.executable, "-m", "benchmarks.bench", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **ONE_THREAD})


def main() -> None:
    """Command line."""
    on_one_thread()
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="measure on every n-th return")
    parser.add_argument("--plain-every", type=int, default=8, help="plain scripts on every n-th of those; 0: not")
    options = parser.parse_args()
    truths = load_truth(options.folder)
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as scratch:
        cases = cases_in(options.folder, Path(scratch, "in"), options.every)
        if not cases:
            raise SystemExit(f"{options.folder} holds no returns to measure on.")
        rows = read_ours(cases, Path(scratch), 2)
        print("\n".join(scoring.lines("countersign", scoring.score(rows, truths_of(cases, truths)))), flush=True)
        print(
            "\n".join(date_ladder.lines(dates_step_by_step(cases, Path(scratch)), truths_of(cases, truths))), flush=True
        )
        few = cases[:: options.plain_every] if options.plain_every else []
        report_speed(cases, few, truths, Path(scratch))


def report_speed(cases: Sequence[Case], few: Sequence[Case], truths: Sequence[Truth], scratch: Path) -> None:
    """Print CPU seconds by stage, beside the plain scripts on `few` returns, and returns a minute."""
    shares, timed, pages = stages(cases)
    seconds = grouped(timed, lambda one: one.case.kind)
    mean = sum(one.seconds for one in timed) / len(timed)
    print(f"CPU seconds a return, one process: {mean:.3f}")
    print("\n".join(stage_lines(shares, seconds)))
    print("\n".join(cost_lines("volume", grouped(timed, lambda one: one.case.roster.parent.name))))
    print("\n".join(cost_lines("form", grouped(timed, lambda one: one.form))), flush=True)
    spent = sum(share.get("register", 0) * len(seconds[kind]) for kind, share in shares.items()) / max(1, pages)
    verdict = "within" if spent <= REGISTER_BUDGET_S else "OVER"
    print(f"  register: {spent:.3f} s a page, {verdict} the budget of {REGISTER_BUDGET_S}")
    floor = rasterizing(cases)
    print(f"rasterizing alone: {floor:.3f} s a return; all of it takes {mean / floor:.1f} times that")
    for label, module in PLAIN.items() if few else ():
        plain = read_plain(module, few, scratch)
        theirs = sum(float(row["seconds"]) for row in plain) / len(plain)
        _, ours, _ = stages(few)
        same = sum(one.seconds for one in ours) / len(few)
        print("\n".join(scoring.lines(label, scoring.score(plain, truths_of(few, truths)))))
        print(f"  {theirs:.2f} s a return where countersign takes {same:.3f}: {theirs / same:.1f} times, "
              f"to reach {TARGET_RATIO[module]}", flush=True)  # fmt: skip
    one, first, peak = a_minute(cases, 1)
    two, _, _ = a_minute(cases, 2)
    print(f"returns a minute: {one:.0f} with one worker, {two:.0f} with two ({two / one:.2f} times)")
    print(f"first row after {first:.1f} s; a worker's peak memory {peak:.0f} MB; --help {start_up():.2f} CPU s")


if __name__ == "__main__":
    main()
