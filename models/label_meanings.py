"""What a printed label asks for: a linear model over its words and letters. See `label_meanings.md`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from anyascii import anyascii

WEIGHTS_FILE = Path(__file__).parent / "weights" / "label_meanings.npz"
BUCKETS = 8192
"""Places that features are hashed to. More of them: fewer features share one, and a larger file."""
LETTERS = 4
"""Letters of a run of letters that is a feature. Longer ones say more and are met more rarely."""
MOST_WORDS = 14
"""Words of a label that are looked at, the last ones; a longer text is cut."""


def normalize_label(text: str) -> str:
    """Words in small ASCII letters with single spaces, numbering and possessive endings left out."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"[\u2019']s?\b", " ", anyascii(text.replace("(s)", "s")).lower()))
    return " ".join(
        word for word in words if not (word.isdigit() or (len(word) == 1 and word != "i")) or len(words) == 1
    )


def features(text: str) -> list[int]:
    """Buckets of a label's words, of its neighbouring words, of its first and last one, and of its runs of letters."""
    words = normalize_label(text).split()[-MOST_WORDS:]
    names = [f"w {word}" for word in words]
    names += [f"b {a} {b}" for a, b in pairwise(words)]
    names += [f"t {a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]
    if words:
        names += [f"f {words[0]}", f"l {words[-1]}", f"n {min(len(words), 8)}"]
    for word in words:
        padded = f"^{word}$"
        names += [f"c {padded[i : i + LETTERS]}" for i in range(max(1, len(padded) - LETTERS + 1))]
    return sorted({zlib.crc32(name.encode()) % BUCKETS for name in names})


def feature_row(text: str) -> npt.NDArray[np.float32]:
    """(BUCKETS,): the features of a label, of length one."""
    row = np.zeros(BUCKETS, np.float32)
    found = features(text)
    row[found] = 1 / max(1.0, len(found)) ** 0.5
    return row


def tag_odds(text: str) -> Mapping[str, float]:
    """Tag -> probability (0..1) that the label asks for it, or, of a signer's tag, speaks of that signer."""
    tags, weights, bias = _weights()
    found = features(text)
    if not found:
        return dict.fromkeys(tags, 0.0)
    scores = weights[found].sum(axis=0) / len(found) ** 0.5 + bias
    return dict(zip(tags, (1 / (1 + np.exp(-scores))).tolist(), strict=True))


@cache
def _weights() -> tuple[tuple[str, ...], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    with np.load(WEIGHTS_FILE) as kept:
        return tuple(kept["tags"].tolist()), kept["weights"].astype(np.float32), kept["bias"].astype(np.float32)
