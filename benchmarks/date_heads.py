"""Days read by the recognizer, by the head for dates, and by both, on volumes that the head has not seen.

usage: python -m benchmarks.date_heads RETURNS HEAD-101,77.npz HEAD-95,98.npz ...

The heads are those that `models.date_head_training --without` wrote: each is asked about the volumes in its name. Days
are scored without calendar, roster or batch, from 2005 to 2035; where day and month can be exchanged, both are right.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.date_lines import KeepingReader, date_crops, handwritten
from models.date_head import load_date_head
from models.emissions import CtcEmissions
from models.ppocr import date_emissions
from pipeline.dates.grammar import score_days

SPAN = (date(2005, 1, 1), date(2035, 12, 31))
GREATEST_LOSS = 5.0
"""A day's log loss counts no more than this: one line that was cut wrongly would outweigh all others."""


def judged(views: Sequence[CtcEmissions], right: Sequence[date]) -> tuple[bool, float]:
    """Whether the likeliest day is a right one, and the log loss of the right ones."""
    scores = score_days(views, SPAN)
    logp = scores.log_likelihood - np.logaddexp.reduce(scores.log_likelihood)
    places = [day.toordinal() - SPAN[0].toordinal() for day in right]
    return int(logp.argmax()) in places, min(GREATEST_LOSS, -float(np.logaddexp.reduce(logp[places])))


def main() -> None:
    """Print a row a volume."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("returns", type=Path)
    parser.add_argument("heads", nargs="+", type=Path)
    asked = parser.parse_args()
    heads = {volume: load_date_head(p) for p in asked.heads for volume in p.stem.partition("-")[2].split(",")}
    reader = KeepingReader()
    found: dict[str, list[list[tuple[bool, float]]]] = defaultdict(list)
    for volume, truth, data in handwritten(asked.returns):
        crops = date_crops(data, reader) if volume in heads else []
        if crops:
            old = reader.read(crops)
            new = [date_emissions(heads[volume], reader.features(crop)) for crop in crops]
            right = [date.fromisoformat(day) for day in truth["date_readings"]]
            found[volume].append([judged(views, right) for views in (old, new, [*old, *new])])
    print("| volume | dates | recognizer | head | both | loss of each |\n| --- | --- | --- | --- | --- | --- |")
    for volume, some in [*found.items(), ("all", [one for rows in found.values() for one in rows])]:
        right = [sum(hit for hit, _ in column) for column in zip(*some, strict=True)]
        losses = [f"{np.mean([loss for _, loss in column]):.3f}" for column in zip(*some, strict=True)]
        print(f"| {volume} | {len(some)} | {' | '.join(map(str, right))} | {', '.join(losses)} |")


if __name__ == "__main__":
    main()
