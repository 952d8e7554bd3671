"""Fit when returns of a batch are signed (`models.date_model`), and show what their dates' confidence is worth.

usage: python -m benchmarks.date_fit RETURNS... [--cache FOLDER] [--write]

The numbers are fitted on the labelled days alone, without any reading: how likely each return's day is beside the days
of others, of all or of a few, and with the volume's dates only. Printed are the numbers, and the likelihood of each
volume's days under numbers that were fitted without it. With `--cache` (readings, as `benchmarks.judged` keeps them)
the readings are weighed by those: a table of reliability, and what becomes of the dates in a batch of another year.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.judged import Return, by_volume, read_returns, roster_of
from benchmarks.truth import Truth, load_truth
from models.date_model import FILE, DateModel, using
from pipeline.datamodel.records import Settings, Volume
from pipeline.dates.grammar import DayScores
from pipeline.dates.prior import YEAR, batch_prior, batch_priors, batch_supports, posterior, volume_prior
from pipeline.resolution.resolve import date_scores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

AROUND: Final = 1200
"""Days before and after the middle of a volume's dates that its likelihoods look at."""
COMPANY: Final = (0, 1, 3, 10, 10_000)
"""Other returns beside which a day is weighed: volumes are small and large, and begin with the first return."""
GRIDS: Final[Mapping[str, tuple[float, ...]]] = {
    "near_days": (0.5, 0.7, 1.0, 1.5),
    "middle_days": (4.0, 6.0, 9.0),
    "wide_days": (10.0, 15.0, 20.0, 30.0),
    "crowd": (2.0, 4.0, 8.0, 16.0),
    "wide": (0.04, 0.08, 0.12, 0.16),
    "batch": (0.03, 0.1, 0.3),
    "lead_days": (120.0, 150.0, 180.0),
    "fade_days": (30.0, 60.0),
}
"""Values that are tried for each number. Still shorter times around the conference would fit these volumes better; what
rosters of others say of their dates is worse."""
YEAR_FADE: Final = 0.85
"""Set by eye: dates of another year are too few to tell how far off they are. Raised, years far off are believed."""
HALF_YEAR: Final = 183
YEARS_APART: Final = (-6, -4, -2, -1, 1, 2, 4, 6, 8)
BINS: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)
START: Final = DateModel(1.0, 6.0, 20.0, 4.0, 0.08, 0.1, 0.015, 0.67, YEAR_FADE, 0.003, 150.0, 60.0, 0.01)


@dataclass(frozen=True, slots=True)
class Days:
    """The labelled days of one volume."""

    name: str
    volume: Volume
    days: tuple[int, ...]
    """Ordinals."""
    faults: int
    """Dates that fail a check."""


def labelled(folder: Path) -> list[Days]:
    """The days of each volume of a folder; of a date that can be read two ways the one nearer to the others."""
    volumes: dict[str, list[Truth]] = {}
    for truth in load_truth(folder):
        volumes.setdefault(truth.file.split("/")[0], []).append(truth)
    return [_labelled(name, roster_of(str(folder / name)).articles[0].volume, some) for name, some in volumes.items()]


def _labelled(name: str, volume: Volume, some: Sequence[Truth]) -> Days:
    read = [[date.fromisoformat(day).toordinal() for day in truth.days] for truth in some if truth.days]
    middle = median(days[0] for days in read if len(days) == 1)
    faults = sum(any(flag.startswith("date_") and flag != "date_ambiguous" for flag in t.flags) for t in some)
    return Days(name, volume, tuple(min(days, key=lambda day: abs(day - middle)) for days in read), faults)


@dataclass
class Likelihoods:
    """Mean log-likelihood of each volume's days, kept for every model that was tried."""

    volumes: Sequence[Days]
    known: dict[DateModel, dict[str, float]] = field(default_factory=dict)

    def of(self, model: DateModel) -> dict[str, float]:
        if model not in self.known:
            with using(model):
                self.known[model] = {one.name: _likelihood(one) for one in self.volumes}
        return self.known[model]

    def without(self, model: DateModel, left_out: str) -> float:
        """Of all volumes alike but one."""
        found = self.of(model)
        return float(np.mean([value for name, value in found.items() if name != left_out]))


def _likelihood(one: Days) -> float:
    rng = np.random.default_rng(len(one.days))
    middle = int(median(one.days))
    days = np.arange(middle - AROUND, middle + AROUND)
    usual = volume_prior(days, one.volume)
    found = []
    for company in COMPANY:
        order = rng.permutation(np.array(one.days))
        size = min(company + 1, len(order))
        for group in np.array_split(order, len(order) // size):
            priors = batch_priors(days, [{int(day): 1.0} for day in group], usual)
            found += [np.log(prior[day - days[0]]) for prior, day in zip(priors, group, strict=True)]
    return float(np.mean(found))


def fitted(likelihoods: Likelihoods, left_out: str = "") -> DateModel:
    """The numbers under which the days of all volumes but one are likeliest: one number after the other, twice over."""
    model = START
    for _ in range(2):
        for name, values in GRIDS.items():
            tried = [replace(model, **{name: value}) for value in values]
            model = max(tried, key=lambda one: likelihoods.without(one, left_out))
    return replace(model, **_shares([one for one in likelihoods.volumes if one.name != left_out]))


def _shares(volumes: Sequence[Days]) -> dict[str, float]:
    """Shares of what is rare, by counting; two more than were seen, for it to be believed elsewhere, too."""
    off = [day - median(one.days) for one in volumes for day in one.days]
    other = [days for days in off if abs(days) > HALF_YEAR]
    count = len(off) + 2
    return {
        "other_year": round((len(other) + 2) / count, 4),
        "years_past": round((sum(days < 0 for days in other) + 1) / (len(other) + 2), 2),
        "any_day": round(1 / count, 4),
        "fault": round((sum(one.faults for one in volumes) + 2) / count, 4),
    }


# ------------------------------------------------------------------------------------------- with readings


@dataclass(frozen=True, slots=True)
class Shown:
    """A date that was read, and the days that are right."""

    scores: DayScores
    right: frozenset[int]
    handwritten: bool


def shown(some: Sequence[Return], settings: Settings) -> Iterator[Shown]:
    for one in some:
        scores = date_scores(one.seen, settings)
        if scores is not None and one.truth.days:
            right = frozenset(date.fromisoformat(day).toordinal() for day in one.truth.days)
            yield Shown(scores, right, one.seen.date.kind == "handwritten")


def weighed(some: Sequence[Shown], volume: Volume, years: int = 0) -> list[tuple[float, float, bool]]:
    """For each date written by hand the probability of its likeliest day and of the right ones, and whether it is one.

    `years`: how much later than the batch's the dates are, each in its turn.
    """
    days = some[0].scores.days
    usual = volume_prior(days, volume)
    likely = [posterior(one.scores, usual).likely() for one in some]
    for _ in range(2):
        supports = list(batch_supports(days, likely))
        likely = [posterior(one.scores, batch_prior(s, usual)).likely() for one, s in zip(some, supports, strict=True)]
    found = []
    for one, support in zip(some, supports, strict=True):
        prior = np.roll(batch_prior(support, usual), -round(years * YEAR))
        after = posterior(one.scores, prior)
        best = int(after.probability.argmax())
        right = sum(float(after.probability[day - days[0]]) for day in one.right)
        if one.handwritten:
            found.append((float(after.probability[best]), right, int(days[best]) in one.right))
    return found


def reliability(found: Sequence[tuple[float, float, bool]]) -> Iterator[str]:
    """How often the day that was called so likely was the right one."""
    yield f"{'called':<14}{'number':>8}{'right':>8}{'expected':>10}"
    for low, high in pairwise(BINS):
        band = [(called, right) for called, _, right in found if low <= called < high]
        if band:
            expected = sum(called for called, _ in band)
            yield f"{low:.2f}-{min(high, 1):.2f}     {len(band):>8}{sum(r for _, r in band):>8}{expected:>10.1f}"


def report_readings(volumes: Mapping[str, tuple[list[Shown], Volume]], models: Mapping[str, DateModel]) -> None:
    """Reliability of every volume's dates under the numbers fitted without it, and the same in another year's batch."""
    everything: list[tuple[float, float, bool]] = []
    for name, (some, volume) in volumes.items():
        with using(models[name]):
            found = weighed(some, volume)
        loss = -sum(np.log(max(right, 1e-6)) for _, right, _ in found)
        print(f"{name:<8}{sum(right for *_, right in found):>5} of {len(found):<5} log loss {loss:6.2f}")
        everything += found
    print(
        f"log loss {-sum(np.log(max(right, 1e-6)) for _, right, _ in everything):.2f}",
        *reliability(everything),
        sep="\n",
    )
    print("years after the batch: found, found with 0.9, another day with 0.9")
    for years in YEARS_APART:
        off: list[tuple[float, float, bool]] = []
        for name, (some, volume) in volumes.items():
            with using(models[name]):
                off += weighed(some, volume, years)
        sure = [right for called, _, right in off if called >= 0.9]
        print(f"{years:>4}{sum(right for *_, right in off):>6}{sum(sure):>6}{len(sure) - sum(sure):>6} of {len(off)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path, nargs="+")
    parser.add_argument("--cache", type=Path, help="folder with a file of readings for each of RETURNS")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    likelihoods = Likelihoods(labelled(options.returns[0]))
    models = {one.name: fitted(likelihoods, one.name) for one in likelihoods.volumes}
    for name, model in models.items():
        print(f"{name:<8}{likelihoods.of(model)[name]:8.3f}  {_changed(model)}")
    model = fitted(likelihoods)
    print(f"{'all':<8}{np.mean(list(likelihoods.of(model).values())):8.3f}  {asdict(model)}")
    for folder in options.returns if options.cache else ():
        volumes = {}
        for some, roster in by_volume(read_returns(folder, options.cache / f"{folder.name}.pkl")):
            dates = list(shown(some, Settings(today=date.today())))
            volumes[Path(some[0].volume).name] = dates, roster.articles[0].volume
        print(f"\n{folder.name}")
        report_readings(volumes, models)
    if options.write:
        content = {"origin": "python -m benchmarks.date_fit; see dates.md", "model": asdict(model)}
        (Path("models") / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _changed(model: DateModel) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in asdict(model).items() if name in GRIDS)


if __name__ == "__main__":
    main()
