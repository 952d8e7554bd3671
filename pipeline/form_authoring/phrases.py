"""The words of a blank page as phrases: words of one line that stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.form_authoring.blank import BlankPage
from pipeline.forms.form import PrintedWord, Zone

PHRASE_GAP = 1.6
"""Gap between words, in parts of their height, from which they belong to different phrases."""
COLONS = (":", "\N{FULLWIDTH COLON}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one line that stand together."""

    text: str
    box: Zone
    first: int
    """Place of the first word among the page's."""
    last: int

    @property
    def has_colon(self) -> bool:
        return self.text.rstrip().endswith(COLONS)


def phrases(page: BlankPage) -> list[Phrase]:
    """The page's words parted at wide gaps, upright rules, places to write and colons."""
    found: list[list[int]] = []
    for place, word in enumerate(page.words):
        before = page.words[place - 1] if place else None
        if before is None or before.baseline != word.baseline or _parted(before, word, page):
            found.append([])
        found[-1].append(place)
    return [_phrase(page, places) for places in found]


def _parted(before: PrintedWord, word: PrintedWord, page: BlankPage) -> bool:
    height = max(before.box[3] - before.box[1], word.box[3] - word.box[1], 6.0)
    gap = word.box[0] - before.box[2]
    middle = (word.box[1] + word.box[3]) / 2
    cut = any(
        before.box[2] - 1 <= (u[0] + u[2]) / 2 <= word.box[0] + 1 and u[1] <= middle <= u[3] for u in page.uprights
    )
    line = gap > height and any(
        before.box[2] - 2 <= (r[0] + r[2]) / 2 <= word.box[0] + 2 and word.box[1] - 2 <= r[1] <= word.box[3] + 5
        for r in page.rules
    )
    colon = before.text.endswith(COLONS) and gap > 0.8 * height
    return gap < -height or gap > PHRASE_GAP * height or cut or line or colon


def _phrase(page: BlankPage, places: Sequence[int]) -> Phrase:
    words = [page.words[place] for place in places]
    return Phrase(" ".join(w.text for w in words), around([w.box for w in words]), places[0], places[-1])


def around(boxes: Sequence[Zone]) -> Zone:
    """The box around boxes."""
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
