"""Fit the small models that tell how a mark on a page was made, leaving one volume out each time.

usage: python -m models.fit_marks EXAMPLES.npz [--out FILE]

EXAMPLES is what `python -m benchmarks.mark_examples` leaves, for `models/weights/marks.json`, or
`benchmarks.signature_examples`, for `signature.json`: measures and answers, no pictures. Printed are the left-out
figures of each model by kind of example and by volume, and a table of reliability; weights fitted on all are written,
those of models without examples stay. Cards: `marks.md`, `signature.md`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from models.choice import Example, Floats, binary_probability, fit, leave_one_group_out
from models.fit import load_examples

LINE: Final = (*("one", "confidence", "apart", "lean", "upright", "feet", "heads", "repetition", "font", "height"),)
FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "printed_line": LINE,
    "printed_date": LINE,
    "added_ink": (
        *("one", "ink", "density", "dark", "darkest", "unevenness", "pieces", "largest", "piece_length", "length"),
        *("thickness", "halo", "beside_print", "height", "lined", "sizes"),
    ),
    "changed_word": (
        *("one", "drop", "outlying", "intact", "extra", "around", "gain", "size", "short", "ligature"),
        *("neighbours", "differs", "surely_differs", "surely_same", "unread"),
    ),
    "signed": (
        *("one", "found", "overhang", "ink", "height", "length", "winding", "flat", "thickness", "dark", "faint"),
        *("confidence", "letters", "named", "at_name", "at_name_named", "typed", "typed_at_name", "typed_named"),
    ),
}
"""Features of each model, in the order in which the pipeline gives them."""
RIDGE: Final[Mapping[str, float]] = {
    "printed_line": 0.1,
    "printed_date": 0.3,
    "added_ink": 0.1,
    "changed_word": 0.1,
    "signed": 0.3,
}
"""Penalty on the squared weights; of 0.03, 0.1 and 0.3 all give those of `marks.json` the same left-out likelihood
within a hundredth, and 0.3 gives the last the best of 0.03 to 3."""
SHARES: Final[Mapping[str, float]] = {"signed": 0.95}
"""Share of yes, 0..1, that a model takes for real returns; those not here the share of their examples. That where
ink or type stands one return in twenty is not signed is more than was seen, none of 420: a signature is asked about
rather than taken for granted. Lowered, more is asked."""
BINS: Final = (0.0, 0.02, 0.1, 0.4, 0.6, 0.9, 0.98, 1.0001)


def corrected(weights: Floats, model: str, examples: Sequence[Example]) -> Floats:
    """Weights for the share of yes in real returns from those fitted on examples with another share (case-control
    sampling: only the constant of a logit model depends on it)."""
    if model not in SHARES:
        return weights
    found, yes = weights.copy(), sum(e.chosen == 0 for e in examples)
    found[FEATURES[model].index("one")] += _log_odds(SHARES[model]) - _log_odds(yes / len(examples))
    return found


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def left_out(model: str, examples: Sequence[Example]) -> list[tuple[Example, float]]:
    """Each example with its probability under weights fitted without its volume, at the examples' own share of yes."""
    weights = leave_one_group_out(examples, RIDGE[model])
    return [(e, binary_probability(e.features[0], w)) for e, w in zip(examples, weights, strict=True)]


def report(model: str, found: Sequence[tuple[Example, float]]) -> str:
    """Left-out figures by kind and volume, and how often what was called so likely was so."""
    lines = [f"\n{model}: {len(found)} examples", f"{'kind':<28}{'number':>8}{'yes, at 0.5':>13}{'right':>8}"]
    for name in ("kind", "group"):
        for value in dict.fromkeys(getattr(e, name) for e, _ in found):
            some = [(e.chosen == 0, p >= 0.5) for e, p in found if getattr(e, name) == value]
            yes, right = sum(called for _, called in some), sum(real == called for real, called in some)
            lines.append(f"{value:<28}{len(some):>8}{yes:>13}{right:>8}")
    lines.append(f"{'called':<14}{'number':>8}{'yes':>8}{'expected':>10}")
    for low, high in pairwise(BINS):
        band = [(p, e.chosen == 0) for e, p in found if low <= p < high]
        if band:
            expected, yes = sum(p for p, _ in band), sum(real for _, real in band)
            lines.append(f"{low:.2f}-{high:.2f}     {len(band):>8}{yes:>8}{expected:>10.1f}")
    return "\n".join(lines)


def content(
    examples: Mapping[str, Sequence[Example]], name: str, kept: Mapping[str, object] = MappingProxyType({})
) -> dict[str, object]:
    """What the file of weights of this name holds: models fitted on all examples beside the `kept` ones, and where they
    are from."""
    models = dict(kept)
    for model, some in examples.items():
        weights = corrected(fit(some, RIDGE[model]), model, some)
        models[model] = {
            "weights": {f: round(float(w), 4) for f, w in zip(FEATURES[model], weights, strict=True)},
            "examples": dict(Counter(e.kind for e in some)),
            "groups": sorted({e.group for e in some}),
        }
    return {f"{name}_origin": f"python -m models.fit_marks; see {name}.md", "models": models}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("examples", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    examples = load_examples(options.examples, FEATURES)
    for model, some in examples.items():
        print(report(model, left_out(model, some)))
    if options.out:
        kept = json.loads(options.out.read_text(encoding="utf-8"))["models"] if options.out.is_file() else {}
        found = content(examples, options.out.stem, kept)
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
