"""Train the head for dates on lines' features, and once more for each group of volumes without it.

usage: python -m models.date_head_training RECOGNIZER.onnx LINES.npz... [--without 101,77 ...]
           [--out models/weights/date_head.npz]

LINES are what `python -m benchmarks.date_lines` leaves: features and texts, no pictures. RECOGNIZER is the file that
`models.ppocr` names. Needs torch and onnx, which the program does not: in an environment of its own. Some two minutes
of one core each. Heads trained without some volumes are written beside the other, for `benchmarks.date_heads`.
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.date_head import FEATURES, REACH, DateHead, Floats

LABELS: Final = string.digits + string.ascii_letters + "/-.,:;'()|&+?!\" 年月日"
HIDDEN: Final = 96
"""Numbers between the head's two layers."""
REAL_WEIGHT: Final = 3.0
"""How much a real line counts, beside a made-up one. Set by eye."""
EPOCHS: Final = 4
BATCH: Final = 32
RATE: Final = 1e-3
"""Greatest step of the new layers; the last one, which begins as the recognizer's own, moves a fifth of it."""
DROPPED: Final = 0.2
"""Share of the numbers left out at each step, so that the head leans on none."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line's features, shape (steps, FEATURES), and what it says; `volume` is empty for a made-up one."""

    features: npt.NDArray[np.float16]
    text: str
    volume: str = ""


def save_lines(path: Path, lines: Sequence[Line]) -> None:
    """All lines' features in one row, with their lengths."""
    np.savez_compressed(
        path,
        features=np.concatenate([line.features.astype(np.float16) for line in lines]),
        steps=np.array([len(line.features) for line in lines]),
        texts=np.array([line.text for line in lines]),
        volumes=np.array([line.volume for line in lines]),
    )


def load_lines(path: Path) -> list[Line]:
    """What `save_lines` wrote."""
    with np.load(path) as kept:
        parts = np.split(kept["features"], np.cumsum(kept["steps"])[:-1])
        texts, volumes = kept["texts"].tolist(), kept["volumes"].tolist()
        return [Line(part, text, volume) for part, text, volume in zip(parts, texts, volumes, strict=True)]


def last_layer(recognizer: Path) -> Floats:
    """The recognizer's own last layer for LABELS, bias in the first row: what training begins with."""
    import onnx

    model = onnx.load(str(recognizer))
    (listed,) = [entry.value for entry in model.metadata_props if entry.key == "character"]
    characters = [*listed.splitlines(), " "]
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    last = [weights[name] for node in model.graph.node[-4:] for name in node.input if name in weights]
    product, bias = (onnx.numpy_helper.to_array(tensor) for tensor in last)
    columns = [0, *(characters.index(label) + 1 for label in LABELS)]
    return np.concatenate([bias[None, columns], product[:, columns]])


def train(lines: Sequence[Line], last: Floats) -> DateHead:
    """`last`: as `last_layer` gives it."""
    import torch

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = _network(torch, last)
    known = {c: place + 1 for place, c in enumerate(LABELS)}
    targets = [[known[c] for c in line.text if c in known] for line in lines]
    usable = [place for place, line in enumerate(lines) if 0 < len(targets[place]) <= len(line.features) - 2]
    slow = list(network["last"].parameters())
    quick = [*network["narrow"].parameters(), *network["widen"].parameters()]
    optimizer = torch.optim.AdamW([{"params": quick, "lr": RATE}, {"params": slow, "lr": RATE / 5}], weight_decay=0.01)
    steps = EPOCHS * -(-len(usable) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, RATE / 5], total_steps=steps)
    for _ in range(EPOCHS):
        for batch in _batches([lines[at].features for at in usable], rng):
            chosen = [usable[at] for at in batch]
            loss = _loss(torch, network, [lines[at] for at in chosen], [targets[at] for at in chosen])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*quick, *slow], 5)
            optimizer.step()
            schedule.step()
    return DateHead(LABELS, _rows(network["narrow"]), _rows(network["widen"]), _rows(network["last"]))


def _network(torch: Any, last: Floats) -> Any:
    window = 2 * REACH + 1
    narrow = torch.nn.Conv1d(FEATURES, HIDDEN, window, padding=REACH)
    widen = torch.nn.Conv1d(HIDDEN, FEATURES, window, padding=REACH)
    out = torch.nn.Conv1d(FEATURES, last.shape[1], 1)
    # At first the head is the recognizer's own last layer: what the two others add is zero.
    torch.nn.init.zeros_(widen.weight)
    torch.nn.init.zeros_(widen.bias)
    with torch.no_grad():
        out.weight.copy_(torch.tensor(last[1:].T[:, :, None].copy()))
        out.bias.copy_(torch.tensor(last[0].copy()))
    return torch.nn.ModuleDict({"narrow": narrow, "widen": widen, "last": out})


def _rows(layer: Any) -> Floats:
    """A convolution's weights as DateHead has them: the bias, then a row for each number of the window."""
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    return np.concatenate([bias[None], weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])])


def _batches(features: Sequence[npt.NDArray[np.float16]], rng: np.random.Generator) -> Iterator[list[int]]:
    """Lines of about the same length together, in a new order each time."""
    lengths = np.array([len(some) for some in features]) + rng.normal(0, 6, len(features))
    order = np.argsort(lengths)
    starts = np.arange(0, len(order), BATCH)
    rng.shuffle(starts)
    for start in starts:
        yield order[start : start + BATCH].tolist()


def _loss(torch: Any, network: Any, lines: Sequence[Line], targets: Sequence[Sequence[int]]) -> Any:
    """CTC's (Graves et al. 2006), real lines counting more."""
    drop = torch.nn.functional.dropout
    x = torch.zeros(len(lines), FEATURES, max(len(line.features) for line in lines))
    for at, line in enumerate(lines):
        x[at, :, : len(line.features)] = torch.tensor(line.features.T.astype(np.float32))
    seen = x + network["widen"](drop(torch.relu(network["narrow"](drop(x, DROPPED))), DROPPED))
    logp = network["last"](seen).log_softmax(1).permute(2, 0, 1)
    flat = torch.tensor([label for target in targets for label in target])
    lengths = torch.tensor([len(line.features) for line in lines]), torch.tensor([len(target) for target in targets])
    loss = torch.nn.functional.ctc_loss(logp, flat, *lengths, reduction="none", zero_infinity=True)
    weights = torch.tensor([REAL_WEIGHT if line.volume else 1.0 for line in lines])
    return (loss * weights).sum() / weights.sum()


def main() -> None:
    """Train on all lines, then without each group of volumes that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recognizer", type=Path)
    parser.add_argument("lines", nargs="+", type=Path)
    parser.add_argument("--without", nargs="*", default=[], help="volumes to leave out together: 101,77")
    parser.add_argument("--out", type=Path, default=Path("models/weights/date_head.npz"))
    asked = parser.parse_args()
    lines = [line for path in asked.lines for line in load_lines(path)]
    last = last_layer(asked.recognizer)
    for group in ["", *asked.without]:
        kept = [line for line in lines if not line.volume or line.volume not in group.split(",")]
        out = asked.out.with_stem(f"{asked.out.stem}-{group}") if group else asked.out
        train(kept, last).save(out)
        print(f"{out}: {len(kept)} lines, {sum(bool(line.volume) for line in kept)} of them real", flush=True)


if __name__ == "__main__":
    main()
