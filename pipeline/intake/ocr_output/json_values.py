"""JSON from other programs: parsed under limits, and asked for values of a type, never trusted to have them."""

from __future__ import annotations

import json
import math
from typing import Any

Json = dict[str, Any]


class DamagedOutput(ValueError):
    """An engine's output that breaks off or can't be parsed."""


def parsed_json(data: bytes) -> Any:
    """Raises DamagedOutput, also where it is nested too deep."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedOutput(str(error)) from error


def dict_at(value: Any, *names: str) -> Json:
    """The object under the first of these names that has one; an empty one where none has."""
    for name in names:
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, dict):
            return found
    return {}


def dicts_at(value: Any, *names: str) -> list[Json]:
    """The objects in the list under the first of these names that has one."""
    for name in names:
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, list):
            return [item for item in found if isinstance(item, dict)]
    return []


def text_at(value: Any, *names: str) -> str:
    """The text under the first of these names that has one."""
    found = (value.get(name) for name in names) if isinstance(value, dict) else ()
    return next((text for text in found if isinstance(text, str)), "")


def number_at(value: Any, name: str, otherwise: float = 0.0) -> float:
    """The number under a name; numbers written as text count, as protocol buffers write long ones."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            return otherwise
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return otherwise
    return float(found)


def share_at(value: Any, name: str, of: float = 1.0) -> float | None:
    """A confidence under a name as 0..1, where `of` is certain; None where there is none."""
    if not isinstance(value, dict) or not isinstance(value.get(name), int | float):
        return None
    return min(max(number_at(value, name) / of, 0.0), 1.0)


def numbers_at(value: Any, *names: str) -> list[float]:
    """The numbers in the list under the first of these names that has one."""
    for name in names:
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, list):
            return [float(n) for n in found if isinstance(n, int | float) and math.isfinite(n)]
    return []
