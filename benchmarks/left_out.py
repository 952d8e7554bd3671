"""What the program is worth on a volume that its fitted models have not seen, and how sure it may be of it.

usage: python -m benchmarks.left_out RETURNS... --examples FILE [--cache FOLDER] [--heads HEAD-101,77.npz...] [--write]

Each volume is judged with models fitted on all others (`models.fit`). From the shares taken and the joined doubts
come the calibration of each reading and the table of `--risk`; `--write` keeps both beside the weights. Heads are those
that `models.date_head_training --without` wrote: each reads the dates of the volumes in its name, readings that want a
cache of their own; the dates' curve is fitted on them and printed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.judged import Return, by_volume, judge_all, read_returns
from models.choice import binary_example, fit
from models.date_head import load_date_head
from models.fit import SHARES, content, load_examples
from models.fit_marks import SHARES as MARK_SHARES
from models.fitted import using
from pipeline.checks.date_rules import date_confidence
from pipeline.checks.flags import FAULTS
from pipeline.datamodel.records import Resolution, Verdict
from pipeline.names.evidence import AUTHOR_PRIOR
from pipeline.resolution.risk import LEAST_DOUBT, stated_confidences

WEIGHTS: Final = Path("models/weights/linking.json")
SHARES_TAKEN: Final[Mapping[str, float]] = {"article": 0.03, "author": 0.02, "signature": 0.02, "signer": 0.05}
"""Share of returns taken, when one is cleared, to be for no article of the roster, to name no author of theirs, to have
no signature where something stands for one, to be signed by a stranger or by a co-author whom the form does not name.
Of 420 there were 5, 2, 0 and 3; in a further volume 2.9, 1.1 and 1.6 % are to be expected of the first, second and
last, and nine volumes in ten stay below 6.6, 1.9, 2.9 % (`benchmarks.fault_shares`); up to 4 unsigned ones of 420 are
compatible with none (95 %). Of signatures and signers more are taken, as what nobody signed, or one who should not,
must not be cleared: with 3 % of signers four of 802 made ones were, with 5 % two."""
SHARES_FITTED: Final[Mapping[str, float]] = {
    "article": SHARES["article"][0].share,
    "author": float(1 / (1 + np.exp(AUTHOR_PRIOR))),
    "signature": 1 - MARK_SHARES["signed"],
    "signer": sum(one.share for one in SHARES["signer"]),
}
"""The same shares as the models have them, which flag a return rather than clear it. So few real returns are wrong in
these that no curve can be fitted; the models' own probabilities are reliable (`models.fit`, `models.fit_marks`) but for
the shares."""
DATE_CURVE: Final = (1.74, 0.84)
"""Of a date's stated log odds: constant and slope of the curve, fitted on 832 returns, as they are and scanned anew,
whose dates were read by heads that had not seen the volume (`--heads`; four of them are wrong). The packaged head has
seen the dates of all volumes: fitted with it, the curve is too bold, (2.9, 0.6)."""
STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Doubts at which the table of `--risk` has a row."""


@dataclass(frozen=True, slots=True)
class Rated:
    """One return judged by models that have not seen its volume."""

    volume: str
    confidences: Mapping[str, float]
    wrong: Mapping[str, bool]
    """For each reading with a confidence whether it is wrong."""
    faultless: bool
    """Whether no other flag keeps it from being clear."""


def rated(one: Return, verdict: Verdict, volume: str) -> Rated:
    found, seen, truth = verdict.resolution, verdict.observation, one.truth
    stated = stated_confidences(found, seen, date_confidence(found))
    wrong = {
        "article": found.article != (truth.article or ""),
        "author": bool(truth.article) and not set(found.authors) <= set(truth.authors),
        "signature": truth.signature == "none",
        "signer": bool({"signer_differs", "signer_not_an_author"} & truth.flags)
        and not {"signer_differs", "signer_not_an_author"} & {flag.code for flag in verdict.flags},
        "date": not _days(found) & set(truth.days),
    }
    faultless = not {flag.code for flag in verdict.flags if flag.code != "unsure"} & FAULTS
    return Rated(volume, stated, {field: wrong[field] for field in stated}, faultless)


def _days(found: Resolution) -> set[str]:
    """The day that was found, and of one left open the other one: the confidence is that of either."""
    days = {found.day} if found.day else set()
    if found.day and found.date_order == "ambiguous":
        days.add(date(found.day.year, found.day.day, found.day.month))
    return {day.isoformat() for day in days}


def calibrations() -> dict[str, list[float]]:
    """Constant and slope of each reading's logistic curve, from stated log odds to right."""
    found = {
        field: [round(_log_odds(share) - _log_odds(SHARES_TAKEN[field]), 3), 1.0]
        for field, share in SHARES_FITTED.items()
    }
    return {**found, "date": list(DATE_CURVE)}


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def doubt(one: Rated, curves: Mapping[str, Sequence[float]]) -> float:
    right = 1.0
    for field, confidence in one.confidences.items():
        bounded = min(max(confidence, LEAST_DOUBT), 1 - LEAST_DOUBT)
        constant, slope = curves[field]
        right /= 1 + np.exp(-constant - slope * np.log(bounded / (1 - bounded)))
    return 1 - right


def risk_rows(some: Sequence[Rated], curves: Mapping[str, Sequence[float]]) -> list[list[float]]:
    """For each accepted doubt the share of wrong ones expected among the faultless returns below it."""
    doubts = np.array([doubt(r, curves) for r in some if r.faultless])
    rows = [[0.0, 0.0]]
    for step in STEPS:
        below = doubts[doubts <= step]
        share = float(below.mean()) if len(below) else 0.0
        if share > rows[-1][1]:
            rows.append([step, round(share, 6)])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path, nargs="+")
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--heads", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    examples = load_examples(options.examples)
    heads = {f"v{v}": load_date_head(p) for p in options.heads for v in p.stem.partition("-")[2].split(",")}
    everything: list[Rated] = []
    for folder in options.returns:
        cache = options.cache / f"{folder.name}.pkl" if options.cache else None
        for some, roster in by_volume(read_returns(folder, cache, heads)):
            volume = Path(some[0].volume).name
            others = {model: [e for e in few if e.group != volume] for model, few in examples.items()}
            with using(content(others)):
                verdicts = judge_all(some, roster)
            both = zip(some, verdicts, strict=True)
            everything += [rated(one, v, volume) for one, v in both if not v.observation.problem]
    curves = calibrations()
    rows = risk_rows(everything, curves)
    print_figures(everything)
    print(curves, rows)
    if heads:
        print("dates' curve", date_curve(everything), "wrong days", sum(r.wrong.get("date", False) for r in everything))
    if options.write:
        kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        WEIGHTS.write_text(json.dumps({**kept, "calibration": curves, "risk": rows}, indent=1) + "\n", encoding="utf-8")


def date_curve(everything: Sequence[Rated]) -> list[float]:
    """Constant and slope of the logistic curve from a date's stated log odds to right."""
    stated = [(r, r.confidences["date"]) for r in everything if "date" in r.confidences]
    examples = [
        binary_example(
            np.array([1.0, _log_odds(min(max(c, LEAST_DOUBT), 1 - LEAST_DOUBT))]), not r.wrong["date"], r.volume
        )
        for r, c in stated
    ]
    return [round(float(weight), 3) for weight in fit(examples)]


def print_figures(everything: Sequence[Rated]) -> None:
    """Expected and found wrong, by volume, at several accepted doubts."""
    curves = calibrations()
    print(f"{'volume':<8}" + "".join(f"{f'doubt under {d:g}':>30}" for d in (0.05, 0.1, 0.2)))
    for volume in dict.fromkeys(r.volume for r in everything):
        own = [(doubt(r, curves), any(r.wrong.values())) for r in everything if r.volume == volume and r.faultless]
        cells = []
        for step in (0.05, 0.1, 0.2):
            below = [(d, w) for d, w in own if d <= step]
            expected, wrong = sum(d for d, _ in below), sum(w for _, w in below)
            cells.append(f"{len(below)} clear, {expected:.2f} exp., {wrong} wrong")
        print(f"{volume:<8}" + "".join(f"{cell:>30}" for cell in cells))


if __name__ == "__main__":
    main()
