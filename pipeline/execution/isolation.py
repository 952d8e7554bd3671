"""Which items of a batch make the work on it fail: each is found, so that it costs itself and not the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.datamodel.errors import CountersignError

A = TypeVar("A")
Work = Callable[[Sequence[int]], A]
"""Done on some of the batch's places, from 0."""


def isolated(count: int, work: Work[A]) -> tuple[A, dict[int, Exception]]:
    """(`work` on all places below `count` but those that make it fail alone, place -> how it fails).

    Costs nothing where nothing fails, else a search by halves for each culprit. Raises what `work` raises where no
    single place is to blame, and any CountersignError.
    """
    try:
        return work(range(count)), {}
    except CountersignError:
        raise
    except Exception:
        culprits = dict(_culprits(range(count), work))
        if not culprits:
            raise
    return work([place for place in range(count) if place not in culprits]), culprits


def _culprits(places: Sequence[int], work: Work[A]) -> list[tuple[int, Exception]]:
    try:
        work(places)
    except CountersignError:
        raise
    except Exception as error:
        if len(places) == 1:
            return [(places[0], error)]
        middle = len(places) // 2
        return [*_culprits(places[:middle], work), *_culprits(places[middle:], work)]
    return []
