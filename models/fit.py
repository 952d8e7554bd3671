"""Fit the small models that link a return to article, author and signer, leaving one volume out each time.

usage: python -m models.fit EXAMPLES.npz [--out models/weights/linking.json]

EXAMPLES is what `python -m benchmarks.linking_examples` leaves: features and answers, no names or pictures. Printed
are the left-out figures of each model by volume and a table of reliability; weights fitted on all are written.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from models.choice import Example, Floats, fit, leave_one_group_out, probabilities

FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "article": ("article", "likeness", "words", "shared", "legible", "exact", "name", "none_name"),
    "name": ("author", "loss", "worst", "similarity", "denotes", "inside", "legible", "legible_letters"),
    "signer": (
        *("author", "loss", "apart", "similarity", "named", "unnamed_signs", "named_alike", "short_form"),
        *("few_letters", "typed", "contrary", "unclear", "unspeakable"),
        *("other", "clear", "words", "legibility", "foreign_script", "unlike"),
    ),
}
"""Features of each model, in the order in which the pipeline gives them."""


@dataclass(frozen=True, slots=True)
class Share:
    """How often made sorts of examples happen among real returns, and the weights that make up for their number."""

    kinds: tuple[str, ...]
    share: float
    """Of real returns, 0..1: raising it makes the program suspect more. A few of a hundred at most were seen; taken is
    more than that, to be careful."""
    gains: Mapping[str, float]
    """Feature -> how often the log of the correction is added to its weight."""


SHARES: Final[Mapping[str, tuple[Share, ...]]] = {
    "article": (Share(("none", "near"), 0.02, {"article": -1.0}),),
    "name": (
        Share(("none", "near"), 0.5, {"author": -1.0}),
    ),  # the evidence is without prior: AUTHOR_PRIOR comes on top
    "signer": (
        Share(("stranger", "near"), 0.1, {"other": 1.0}),
        Share(("co-author",), 0.1, {"author": 1.0, "named": -1.0}),
    ),
}
BINS: Final = (0.0, 0.5, 0.8, 0.9, 0.99, 0.999, 1.0001)


def corrected(weights: Floats, model: str, counts: Mapping[str, int]) -> Floats:
    """Weights for real returns from those fitted on examples of which some sorts are more frequent than in life
    (case-control sampling: only the constants of a logit model depend on the shares)."""
    found = weights.copy()
    real = counts["as it is"]
    for one in SHARES[model]:
        shift = np.log(one.share / (1 - one.share) * real / max(1, sum(counts[kind] for kind in one.kinds)))
        for feature, gain in one.gains.items():
            found[FEATURES[model].index(feature)] += gain * shift
    return found


def save_examples(examples: Mapping[str, Sequence[Example]], path: Path) -> None:
    """Write the examples of several models to one file."""
    arrays: dict[str, np.ndarray] = {}
    for model, some in examples.items():
        arrays[f"{model}_rows"] = np.vstack([e.features for e in some])
        arrays[f"{model}_options"] = np.array([len(e.features) for e in some])
        arrays[f"{model}_chosen"] = np.array([e.chosen for e in some])
        arrays[f"{model}_group"] = np.array([e.group for e in some])
        arrays[f"{model}_kind"] = np.array([e.kind for e in some])
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def load_examples(path: Path, models: Iterable[str] = FEATURES) -> dict[str, list[Example]]:
    """The examples of each of the models that the file has some of, as `save_examples` left them."""
    found = {}
    with np.load(path, allow_pickle=False) as file:
        for model in (model for model in models if f"{model}_rows" in file):
            parts = np.split(file[f"{model}_rows"], np.cumsum(file[f"{model}_options"])[:-1])
            labels = zip(file[f"{model}_chosen"], file[f"{model}_group"], file[f"{model}_kind"], strict=True)
            found[model] = [
                Example(rows, int(chosen), str(group), str(kind))
                for rows, (chosen, group, kind) in zip(parts, labels, strict=True)
            ]
    return found


def left_out(model: str, examples: Sequence[Example]) -> list[tuple[Example, Floats]]:
    """Each example with its probabilities under weights fitted without its group."""
    counts = Counter(e.kind for e in examples)
    weights = leave_one_group_out(examples)
    return [(e, probabilities(e.features, corrected(w, model, counts))) for e, w in zip(examples, weights, strict=True)]


def report(model: str, found: Sequence[tuple[Example, Floats]]) -> str:
    """Left-out figures: right by group and kind, and how often what was called so likely was right."""
    kinds = list(dict.fromkeys(e.kind for e, _ in found))
    lines = [f"\n{model}: {len(found)} examples", f"{'left out':<10}" + "".join(f"{kind:>14}" for kind in kinds)]
    for group in dict.fromkeys(e.group for e, _ in found):
        cells = []
        for kind in kinds:
            some = [e.chosen == int(p.argmax()) for e, p in found if (e.group, e.kind) == (group, kind)]
            cells.append(f"{sum(some)} of {len(some)}")
        lines.append(f"{group:<10}" + "".join(f"{cell:>14}" for cell in cells))
    lines.append(f"{'called':<14}{'number':>8}{'right':>8}{'expected':>10}")
    real = [(e, p) for e, p in found if e.kind == "as it is"]
    for low, high in pairwise(BINS):
        band = [(float(p.max()), e.chosen == int(p.argmax())) for e, p in real if low <= p.max() < high]
        if band:
            expected = sum(p for p, _ in band)
            lines.append(f"{low:.3f}-{high:.3f}  {len(band):>7}{sum(r for _, r in band):>8}{expected:>10.1f}")
    return "\n".join(lines)


def content(examples: Mapping[str, Sequence[Example]]) -> dict[str, object]:
    """What the file of weights holds: those fitted on all examples, and where they are from."""
    models = {}
    for model, some in examples.items():
        counts = Counter(e.kind for e in some)
        weights = corrected(fit(some), model, counts)
        models[model] = {
            "weights": {f: round(float(w), 4) for f, w in zip(FEATURES[model], weights, strict=True)},
            "examples": dict(counts),
            "groups": sorted({e.group for e in some}),
        }
    origin = "python -m models.fit, on the examples of python -m benchmarks.linking_examples; see linking.md"
    return {"origin": origin, "models": models}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("examples", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    examples = load_examples(options.examples)
    for model, some in examples.items():
        print(report(model, left_out(model, some)))
    if options.out:
        kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
        options.out.write_text(json.dumps({**kept, **content(examples)}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
