"""The line recognizer: PP-OCR's, as the rapidocr wheel carries it, run with onnxruntime.

It reads one line of print or handwriting, Latin or CJK, and gives a probability for every character at
every step, which `CtcEmissions` keeps. rapidocr itself returns only the best string, so its model is run
directly here; preprocessing follows `rapidocr.ch_ppocr_rec.TextRecognizer.resize_norm_img`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.date_head import DateHead, date_head
from models.emissions import FLOOR_LOGP, CtcEmissions
from models.packaged import model_path, open_session

MODEL_NAME: Final = "PP-OCRv6_rec_small.onnx"
"""File of the network, as the rapidocr wheel holds it."""
FEATURES: Final = "p2o.pd_op.transpose.8.0"
"""Value inside the network that its last layer takes."""
LINE_HEIGHT: Final = 48
"""Height in pixels that the model was trained for."""
MIN_WIDTH: Final = 160
"""Narrower lines are padded to this width: half of the training's, with the same errors on real lines and less work."""
MAX_WIDTH: Final = 3200
"""Longer lines are squeezed to this width; no line of a form comes near it."""
WIDTH_STEP: Final = 64
"""Widths are padded to a multiple of this. Multiples of 16 cost a twentieth less and lose one date of 170."""
CORE_MARGIN: Final = 3
"""Columns in pixels left at either end of a line's core."""
KEEP_PROB: Final = 1e-4
"""Probability, 0..1: a character that never exceeds it on a line is left out. Raised, less is kept of every line."""
KEEP_PROB_DATE: Final = 1e-6
"""As KEEP_PROB, for the characters that dates are made of: days are told apart by what is improbable, too."""
DATE_CHARACTERS: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/-.,:;'|\\ 年月日")
"""The characters that dates are made of, in Latin script and in Chinese and Japanese."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
NOTHING: Final = CtcEmissions("", np.zeros((0, 1), np.float32))
"""What a crop without area says."""


class LineReader:
    """Reads cropped text lines. One instance a process: it holds some 40 MB and loads in about 0.2 s."""

    def __init__(self, path: Path | None = None, threads: int = 1) -> None:
        self._path = path if path is not None else model_path(MODEL_NAME)
        self._threads = threads

    @cached_property
    def _session(self) -> ort.InferenceSession:
        return open_session(self._path, self._threads, keep_memory=True, inner=FEATURES)

    def load(self) -> None:
        """Load the network now, and not when the first line is read."""
        _ = self._session

    @cached_property
    def _characters(self) -> str:
        """The model's characters; character i has column i + 1, column 0 is CTC's blank, the last is the space."""
        listed = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        return "".join(listed) + " "

    def read(self, crops: Sequence[Pixels]) -> list[CtcEmissions]:
        """Character probabilities of each crop, in order.

        A crop is upright, dark ink on light ground, one line of text cut close to its ink, uint8 of shape
        (H, W) grey or (H, W, 3) BGR, any size. A crop without area gives emissions of no steps.
        """
        # Line by line: on one thread a batch is no quicker, and it holds the memory of all its lines.
        return [self._prune(self._run(crop)[0]) if crop.size else NOTHING for crop in crops]

    def read_twice(self, crops: Sequence[Pixels]) -> list[tuple[CtcEmissions, CtcEmissions]]:
        """As `read`, and beside it what the head for dates makes of the line."""
        return [self._both(*self._run(crop)) if crop.size else (NOTHING, NOTHING) for crop in crops]

    def features(self, crop: Pixels) -> Floats:
        """What the network's last layer takes, shape (steps, features): for training a layer in its place."""
        return self._run(crop)[1]

    def _run(self, crop: Pixels) -> tuple[Floats, Floats]:
        """Probabilities (steps, 1 + characters) and features (steps, features), without the padding's steps."""
        scaled = _scale(crop)
        width = max(MIN_WIDTH, -(-scaled.shape[1] // WIDTH_STEP) * WIDTH_STEP)
        found = self._session.run(None, {self._session.get_inputs()[0].name: _normalize(scaled, width)})
        p, features = np.asarray(found[0][0], np.float32), np.asarray(found[1][0], np.float32)
        steps = min(len(p), int(np.ceil(len(p) * (scaled.shape[1] / width))) + 1)
        return p[:steps], features[:steps]

    def _both(self, p: Floats, features: Floats) -> tuple[CtcEmissions, CtcEmissions]:
        return self._prune(p), date_emissions(date_head(), features)

    def _prune(self, p: Floats) -> CtcEmissions:
        """Leaves out improbable characters."""
        text = _best_string(p, self._characters)
        peak = p.max(axis=0)
        kept = np.flatnonzero(peak > KEEP_PROB_DATE)
        kept = kept[(kept == 0) | (peak[kept] > KEEP_PROB) | self._is_date_character[kept]]
        columns = np.concatenate([[0], kept[kept > 0]])
        labels = "".join(self._characters[c - 1] for c in columns[1:])
        logp = np.log(np.maximum(p[:, columns], np.float32(np.exp(FLOOR_LOGP))))
        return CtcEmissions(labels=labels, logp=logp.astype(np.float32), text=text)

    @cached_property
    def _is_date_character(self) -> npt.NDArray[np.bool_]:
        return np.array([True] + [c in DATE_CHARACTERS for c in self._characters])


def date_emissions(head: DateHead, features: Floats) -> CtcEmissions:
    """What a head for dates makes of a line, without characters that it shows nowhere."""
    logp = head.log_probabilities(features)
    kept = np.flatnonzero(logp.max(axis=0) > np.log(KEEP_PROB_DATE))
    kept = kept[kept > 0]
    labels = "".join(head.labels[column - 1] for column in kept)
    shown = np.maximum(logp[:, np.concatenate([[0], kept])], np.float32(FLOOR_LOGP))
    return CtcEmissions(labels, shown, _best_string(logp, head.labels))


def _best_string(p: Floats, characters: str) -> str:
    """The greedy path of probabilities or their logs, shape (steps, 1 + characters)."""
    best = p.argmax(axis=1)
    starts = np.flatnonzero((best > 0) & (np.diff(best, prepend=-1) != 0))
    return "".join(characters[best[start] - 1] for start in starts)


def core(crop: Pixels, share: float = 0.02) -> Pixels:
    """A line crop (H, W), dark on light, without the rows that hold the outermost `share` of its ink above and below.

    A second view of short lines: tails, flourishes and tall slashes make the rest small at the model's height, and
    without them it reads some digits better. Columns without ink at both ends go, too.
    """
    ink = 255.0 - crop.astype(np.float32)
    top, bottom = _middle(ink.sum(axis=1), share)
    left, right = _middle(ink[top:bottom].sum(axis=0), share / 10)
    return crop[top:bottom, max(0, left - CORE_MARGIN) : right + CORE_MARGIN]


def _middle(ink: npt.NDArray[np.float32], share: float) -> tuple[int, int]:
    """First index and end of the stretch without `share` of the ink at either end; all where no ink is."""
    total = float(ink.sum())
    if total <= 0:
        return 0, len(ink)
    sums = np.cumsum(ink) / total
    first = int(np.searchsorted(sums, share))
    return first, min(len(ink), max(first + 1, int(np.searchsorted(sums, 1 - share)) + 1))


def _scale(crop: Pixels) -> Pixels:
    """The crop at the model's height, its shape kept, as BGR (48, W, 3)."""
    if crop.ndim == 2:
        crop = np.repeat(crop[:, :, None], 3, axis=2)
    height, width = crop.shape[:2]
    scaled_width = min(MAX_WIDTH, max(1, int(np.ceil(LINE_HEIGHT * width / height))))
    return np.asarray(cv2.resize(crop, (scaled_width, LINE_HEIGHT)), np.uint8)


def _normalize(scaled: Pixels, width: int) -> npt.NDArray[np.float32]:
    """A line of height 48 -> (1, 3, 48, width) in -1..1, padded at the right with 0 (mid-grey), as in training."""
    batch = np.zeros((1, 3, LINE_HEIGHT, width), np.float32)
    batch[0, :, :, : scaled.shape[1]] = scaled.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
    return batch
