"""Fit the model of `label_meanings` on made-up label texts: `python -m models.label_training`.

Labels are put together from the phrases of `label_words.toml` in the ways in which forms set them: numbered, with a
colon, with a hint in brackets, two things on one line, the end of a sentence. One phrase in ten is kept back; how many
of the labels made of those are understood is printed. Then all are used and the weights written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from models.label_meanings import BUCKETS, WEIGHTS_FILE, feature_row, features, normalize_label

WORDS_FILE = Path(__file__).parent / "label_words.toml"
JOINED = ("name", "address", "affiliation", "email", "phone", "date", "signature", "place", "position", "authors")
"""Tags that share a line with others: "Place, date", "Author's Signature & Date"."""
PAIRS = (("signature", "date"), ("signature", "name"), ("place", "date"), ("name", "address"), ("name", "affiliation"))
"""Those that often share one."""
ENDING = ("title", "authors", "name", "event", "date")
"""Tags that the end of a sentence asks for: "... the manuscript currently entitled"."""
SIGNERS = ("government", "employer", "publisher", "witness", "coauthor", "author")
"""Tags that say whose a signing place is."""
COPIES = 6
"""Labels made of each phrase. More: steadier weights, a longer run."""
EPOCHS = 20
BATCH = 256
RATE = 0.05
DECAY = 2e-5
"""Pull of the weights to zero at each step. More of it: bolder words count less, unseen ones as much as before."""
HELD_BACK = 0.1


@dataclass(frozen=True, slots=True)
class MadeLabel:
    """A label and what it asks for."""

    text: str
    tags: frozenset[str]


def made_labels(words: Mapping[str, Any], rng: Random) -> Iterator[MadeLabel]:
    """Labels of all languages."""
    for language in words.values():
        phrases = [(tag, phrase) for tag, some in language["tags"].items() for phrase in some]
        for tag, phrase in phrases:
            open_places = max(1, len(language["work"]) // 3) if "{" in phrase else 1
            for _ in range(COPIES * open_places):
                yield _single(tag, phrase, language, rng)
        for _ in range(COPIES * len(JOINED) * 8):
            yield _joined(language, rng)
        for text in language["prose"]:
            for _ in range(COPIES * 2):
                yield MadeLabel(_piece(text, rng), frozenset())


def _single(tag: str, phrase: str, language: Mapping[str, Any], rng: Random) -> MadeLabel:
    text, tags = _filled(tag, phrase, language, rng)
    draw = rng.random()
    if tag in ENDING and draw < 0.15 and len(text) > 3:
        start = rng.choice(language["prose"]).split()[: rng.randint(1, 4)]
        text = " ".join([*start, text])
    elif draw < 0.35:
        text = f"{text} ({rng.choice(language['hints'])})"
    elif draw < 0.45:
        text = f"({rng.randint(1, 9)}) {text}"
    return MadeLabel(text, tags)


def _filled(tag: str, phrase: str, language: Mapping[str, Any], rng: Random) -> tuple[str, frozenset[str]]:
    """A phrase with a word for the work or the person set in, and all tags that it then has."""
    tags = {tag}
    text = phrase.replace("{work}", rng.choice(language["work"])).replace("{person}", rng.choice(language["person"]))
    padded = f" {normalize_label(text)} "
    if tag in ("signature", "name", "initials") and any(
        f" {normalize_label(who)} " in padded for who in language["person"]
    ):
        tags.add("author")
    if tag in SIGNERS:
        said = set(normalize_label(text).split())
        for other in ("signature", "name", "date"):
            if said & {normalize_label(word) for word in language["tags"].get(other, []) if len(word.split()) == 1}:
                tags.add(other)
    return text, frozenset(tags)


def _joined(language: Mapping[str, Any], rng: Random) -> MadeLabel:
    """Two to four things asked for on one line."""
    known = [tag for tag in JOINED if tag in language["tags"]]
    usual = [pair for pair in PAIRS if set(pair) <= set(known)]
    tags = list(rng.choice(usual)) if rng.random() < 0.5 else rng.sample(known, rng.choice([2, 2, 2, 3, 4]))
    rng.shuffle(tags)
    parts = [_filled(tag, rng.choice(language["tags"][tag]), language, rng) for tag in tags]
    ties = [rng.choice(language["with"]) for _ in parts]
    text = "".join(f"{part} {tie} " for (part, _), tie in zip(parts, ties, strict=True))[: -len(ties[-1]) - 2]
    return MadeLabel(text, frozenset().union(*(found for _, found in parts)))


def _piece(text: str, rng: Random) -> str:
    """Running text, or a line of it."""
    words = text.split()
    if len(words) < 6 or rng.random() < 0.4:
        return text
    start = rng.randrange(len(words) - 4)
    return " ".join(words[start : start + rng.randint(5, 12)])


def fit(labels: Sequence[MadeLabel], tags: Sequence[str], rng: Random) -> tuple[npt.NDArray[np.float32], ...]:
    """Weights (buckets, tags) and bias (tags,) by Adam on the logistic loss of each tag."""
    found = [np.array(features(label.text), np.intp) for label in labels]
    wanted = np.array([[tag in label.tags for tag in tags] for label in labels], np.float32)
    weights = np.zeros((BUCKETS + 1, len(tags)), np.float32)
    mean, square, step = np.zeros_like(weights), np.zeros_like(weights), 0
    order = list(range(len(labels)))
    for _ in range(EPOCHS):
        rng.shuffle(order)
        for start in range(0, len(order), BATCH):
            some, step = order[start : start + BATCH], step + 1
            block = np.zeros((len(some), BUCKETS + 1), np.float32)
            block[:, BUCKETS] = 1
            for row, place in enumerate(some):
                block[row, found[place]] = 1 / max(1, len(found[place])) ** 0.5
            error = 1 / (1 + np.exp(-block @ weights)) - wanted[some]
            slope = block.T @ error / len(some) + DECAY * weights
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-6)
    return weights[:-1], weights[-1]


def right(
    labels: Sequence[MadeLabel], tags: Sequence[str], weights: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> float:
    """Share of the labels for which exactly the right fields are found; whose they are is not counted."""
    asked = [place for place, tag in enumerate(tags) if tag not in SIGNERS]
    hits = [
        set(np.flatnonzero((feature_row(label.text) @ weights + bias)[asked] > 0).tolist())
        == {n for n, place in enumerate(asked) if tags[place] in label.tags}
        for label in labels
    ]
    return float(np.mean(hits))


def split(words: Mapping[str, Any], rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """The words without, and with only, some phrases that are held back."""
    kept: dict[str, Any] = {}
    back: dict[str, Any] = {}
    for code, language in words.items():
        held = {
            tag: [p for p in some if len(some) > 4 and rng.random() < HELD_BACK]
            for tag, some in language["tags"].items()
        }
        kept[code] = {
            **language,
            "tags": {t: [p for p in some if p not in held[t]] for t, some in language["tags"].items()},
        }
        back[code] = {**language, "tags": {t: some for t, some in held.items() if some}}
    return kept, back


def main() -> None:
    words = tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))
    tags = sorted({tag for language in words.values() for tag in language["tags"]})
    kept, back = split(words, Random(5))
    first = fit(list(made_labels(kept, Random(1))), tags, Random(2))
    unseen = [
        _single(t, p, lang, Random(3)) for lang in back.values() for t, some in lang["tags"].items() for p in some
    ]
    print(f"{right(unseen, tags, *first):.1%} right of {len(unseen)} labels whose phrases were held back")
    labels = list(made_labels(words, Random(1)))
    weights, bias = fit(labels, tags, Random(2))
    print(f"{right(labels[::7], tags, weights, bias):.1%} right of the {len(labels)} that it was fitted on")
    WEIGHTS_FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(WEIGHTS_FILE, tags=np.array(tags), weights=weights.astype(np.float16), bias=bias)


if __name__ == "__main__":
    main()
