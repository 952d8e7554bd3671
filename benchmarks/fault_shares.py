"""How often a return of a volume that was not seen has a rare fault: what `benchmarks.left_out` takes (SHARES_TAKEN).

usage: python -m benchmarks.fault_shares RETURNS

Volumes differ: the share of a fault in one is drawn from a beta distribution, the number of its returns that have it is
binomial (Gelman et al., Bayesian Data Analysis, 5.3). Printed are, beside the counts, the share to be expected in a
further volume, and the one that nine further volumes in ten stay below.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.truth import Truth, load_truth

Floats = npt.NDArray[np.float64]

FAULTS: Final[Mapping[str, frozenset[str]]] = {
    "article": frozenset({"title_not_in_roster"}),
    "author": frozenset({"name_not_an_author"}),
    "signer": frozenset({"signer_differs", "signer_not_an_author"}),
}
"""Flags of a return whose article, author or signer is none that it could be."""
MEANS: Final = np.geomspace(0.0005, 0.3, 120)
"""Mean shares that are weighed, with the square root of each as prior (Jeffreys' for a small share)."""
SIZES: Final = np.geomspace(1.0, 2000.0, 100)
"""How alike volumes are: a beta distribution is as narrow as one of so many returns. All powers of ten alike."""
DRAWS: Final = 40_000
STAYS_BELOW: Final = 0.9

_log_gamma = np.vectorize(math.lgamma, otypes=[float])


def new_volume_shares(faults: Sequence[int], returns: Sequence[int]) -> Floats:
    """Shares, 0..1, drawn for a further volume; `faults` of `returns` were seen in each of some volumes."""
    mean, size = (grid.ravel() for grid in np.meshgrid(MEANS, SIZES, indexing="ij"))
    a, b = mean * size, (1 - mean) * size
    log = 0.5 * np.log(mean) - len(returns) * _log_beta(a, b)
    for bad, count in zip(faults, returns, strict=True):
        log = log + _log_beta(a + bad, b + count - bad)
    weight = np.exp(log - log.max())
    rng = np.random.default_rng(1)
    drawn = rng.choice(len(weight), DRAWS, p=weight / weight.sum())
    return np.asarray(rng.beta(a[drawn], b[drawn]), np.float64)


def _log_beta(a: Floats, b: Floats) -> Floats:
    return np.asarray(_log_gamma(a) + _log_gamma(b) - _log_gamma(a + b), np.float64)


def counted(truths: Sequence[Truth], codes: frozenset[str]) -> tuple[list[int], list[int]]:
    """For each volume its returns with one of the flags, and all of them."""
    volumes = Counter(truth.file.split("/")[0] for truth in truths)
    bad = Counter(truth.file.split("/")[0] for truth in truths if truth.flags & codes)
    return [bad[volume] for volume in volumes], list(volumes.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path)
    truths = load_truth(parser.parse_args().returns)
    for field, codes in FAULTS.items():
        faults, returns = counted(truths, codes)
        shares = new_volume_shares(faults, returns)
        below = float(np.quantile(shares, STAYS_BELOW))
        print(f"{field:<8} {sum(faults)} of {sum(returns)}: {shares.mean():.2%} expected, {below:.2%} not exceeded")


if __name__ == "__main__":
    main()
