"""Page numbers as people write them, and back: `1-3,7`."""

from __future__ import annotations

from collections.abc import Sequence


def pages_as_text(pages: Sequence[int]) -> str:
    """Pages, in their order, as runs of neighbours: (1, 2, 3, 7) is `1-3,7`; empty for none."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def pages_from_text(text: str) -> tuple[int, ...]:
    """The pages that `pages_as_text` wrote. Raises ValueError where the text is not of that kind."""
    pages: list[int] = []
    for run in text.split(",") if text else ():
        first, _, last = run.partition("-")
        pages.extend(range(int(first), int(last or first) + 1))
    return tuple(pages)
