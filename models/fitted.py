"""The fitted weights of the small models: files with their origin, made by `models.fit`, `models.fit_marks` and
`benchmarks.left_out`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from models.choice import Floats

FILES: Final = ("weights/linking.json", "weights/marks.json", "weights/signature.json")
"""Weights by model and feature, calibrations, and where they are from. Cards: `linking.md`, `marks.md`,
`signature.md`."""
_instead: ContextVar[Mapping[str, Any] | None] = ContextVar("weights in place of the packaged ones", default=None)


@contextmanager
def using(content: Mapping[str, Any]) -> Iterator[None]:
    """Other weights than the packaged ones, as `models.fit.content` makes them: those fitted without a volume."""
    packaged = _packaged()
    token = _instead.set({**packaged, **content, "models": {**packaged["models"], **content.get("models", {})}})
    try:
        yield
    finally:
        _instead.reset(token)


@cache
def _packaged() -> dict[str, Any]:
    parts = [json.loads((files("models") / file).read_text(encoding="utf-8")) for file in FILES]
    models = {name: model for part in parts for name, model in part["models"].items()}
    return {**{key: value for part in parts for key, value in part.items()}, "models": models}


def _content() -> Mapping[str, Any]:
    return _instead.get() or _packaged()


def fitted(model: str, features: tuple[str, ...]) -> Floats:
    """A model's weights in the order of its features, shape (features,). Raises KeyError for one that it has not."""
    weights = _content()["models"][model]["weights"]
    return np.array([weights[feature] for feature in features], np.float64)


def calibration(field: str) -> tuple[float, float]:
    """Constant and slope of the logistic curve from a field's stated log odds to those seen. Raises KeyError."""
    constant, slope = _content()["calibration"][field]
    return float(constant), float(slope)


def risk_table() -> list[tuple[float, float]]:
    """Doubt that a cleared return may leave, and the share of wrong ones among the cleared then; both rising."""
    return [(float(doubt), float(share)) for doubt, share in _content()["risk"]]
