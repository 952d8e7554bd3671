"""What tells two spellings of a name apart, letter by letter, as handwriting and its readers mix them up."""

from __future__ import annotations

import math

_LOOKALIKES = {
    (*order,): cost
    for cost, pairs in ((0.3, "il ij uv vy lj"), (0.6, "nu nr nm nh hk hb ec gq gy qy tf tl vw uw"))
    for pair in pairs.split()
    for order in (pair, pair[::-1])
}
"""Pairs of small letters that handwriting or its reader mixes up, and the cost of taking one for the other."""
_DIGRAPHS = (("rn", "m", 0.4), ("m", "rn", 0.4), ("cl", "d", 0.4), ("d", "cl", 0.4), ("vv", "w", 0.3), ("w", "vv", 0.3))
"""What is read, what is meant, and the cost of it."""
_DOUBLED = 0.6
"""Cost of a letter written or read twice."""


def part_similarities(written: str, parts: tuple[str, ...]) -> list[float]:
    """1 - cost / letters for each part, from the cheapest alignment of the written letters with all the parts.

    A weighted edit distance (Wagner and Fischer, 1974) with look-alikes; each step's cost goes to the part
    whose letter it is about, an extra letter's to the part it follows.
    """
    name = "".join(parts)
    part_of = [k for k, part in enumerate(parts) for _ in part]
    starts = {i for i in range(len(name)) if i == 0 or part_of[i] != part_of[i - 1]}
    steps = _alignment(written, name, starts)
    cost = [0.0] * len(parts)
    letters = [0] * len(parts)
    for taken, at, price in steps:
        part = part_of[min(at, len(name) - 1)]
        cost[part] += price
        letters[part] += taken
    return [max(0.0, 1 - c / max(n, len(p), 1)) for c, n, p in zip(cost, letters, parts, strict=True)]


def _alignment(written: str, name: str, starts: set[int]) -> list[tuple[int, int, float]]:
    """The cheapest alignment: (letters taken of `written`, index in `name`, cost) step by step, from the end.

    Of two moves that cost the same, the one that takes fewer letters of `written`, then of `name`.
    """
    costs = [[0.0] * (len(name) + 1) for _ in range(len(written) + 1)]
    moves = [[(0, 0)] * (len(name) + 1) for _ in range(len(written) + 1)]
    skipped = [_DOUBLED if j and name[j] == name[j - 1] and j not in starts else 1.0 for j in range(len(name))]
    digraphs = _digraphs(written, name, starts)
    for i, row in enumerate(costs):
        read = written[i - 1]
        added = _DOUBLED if i > 1 and read == written[i - 2] else 1.0
        for j in range(len(name) + 1):
            best, move = (row[j - 1] + skipped[j - 1], (0, 1)) if j else (math.inf, (0, 0))
            if i and (cost := costs[i - 1][j] + added) < best:
                best, move = cost, (1, 0)
            if i and j:
                if (cost := costs[i - 1][j - 1] + _substitution(read, name[j - 1], j - 1 in starts)) < best:
                    best, move = cost, (1, 1)
                if (i, j) in digraphs:
                    taken, meant, price = digraphs[i, j]
                    if (cost := costs[i - taken][j - meant] + price) < best:
                        best, move = cost, (taken, meant)
            if i or j:
                row[j], moves[i][j] = best, move
    steps: list[tuple[int, int, float]] = []
    i, j = len(written), len(name)
    while i or j:
        di, dj = moves[i][j]
        steps.append((di, j - 1 if dj else max(0, j - 1), costs[i][j] - costs[i - di][j - dj]))
        i, j = i - di, j - dj
    return steps


def _digraphs(written: str, name: str, starts: set[int]) -> dict[tuple[int, int], tuple[int, int, float]]:
    """Where two letters may have been taken for one: (end in `written`, end in `name`) -> (letters of each, cost)."""
    return {
        (i, j): (len(read), len(meant), price)
        for read, meant, price in _DIGRAPHS
        if read in written and meant in name
        for i in range(len(read), len(written) + 1)
        if written.endswith(read, 0, i)
        for j in range(len(meant), len(name) + 1)
        if name.endswith(meant, 0, j) and j - len(meant) not in starts
    }


def _substitution(read: str, meant: str, at_start: bool) -> float:
    if read == meant:
        return 0.0
    return 1.0 if at_start else _LOOKALIKES.get((read, meant), 1.0)
