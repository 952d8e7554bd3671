"""A blank page from filled ones: what two or more returns share is print, what differs is filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.normalizing import normalize_word
from pipeline.form_authoring.blank import BlankPage, Gray
from pipeline.forms.form import PRINT_DPI, PrintedWord, Zone

Affine = npt.NDArray[np.float64]

NEAR_PT = 4.0
"""Distance up to which a word, rule or box of one return stands where that of another does. Higher: filled-in words
that happen to be the same count as print; lower: print is lost where a scan is stretched."""
LEAST_PAIRS = 8
"""Words that two pages must share for one to be laid on the other."""
FIT_PT = 3.0
"""Distance up to which a pair of words agrees with the others on how one page lies on the other."""
INK = 150
"""Brightness below which a pixel is ink, of evened paper."""
BLUR_PX = 3
"""Ink so near to the other return's ink, pixels at PRINT_DPI, is the same print."""


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page with its way onto the first return's page, points."""

    page: BlankPage
    to_first: Affine


def shared_page(pages: Sequence[BlankPage]) -> BlankPage | None:
    """The print that the same page of two or more returns shares, in the frame of the first.

    None where fewer than two of them can be laid on each other.
    """
    first = pages[0]
    laid = [LaidPage(page, to_first) for page in pages[1:] if (to_first := _way(page, first)) is not None]
    if not laid:
        return None
    words = [word for word in first.words if sum(_has_word(word, other) for other in laid) >= (len(laid) + 1) / 2]
    return replace(
        first,
        words=tuple(words),
        rules=_shared(first.rules, [[_moved(r, o.to_first) for r in o.page.rules] for o in laid]),
        uprights=_shared(first.uprights, [[_moved(r, o.to_first) for r in o.page.uprights] for o in laid]),
        cells=_shared(first.cells, [[_moved(c, o.to_first) for c in o.page.cells] for o in laid]),
        ticks=_all_of(first.ticks, [[_moved(t, o.to_first) for t in o.page.ticks] for o in laid]),
        picture=_shared_picture(first, laid),
        widgets=tuple(replace(widget, value="") for widget in first.widgets),
    )


def _way(page: BlankPage, first: BlankPage) -> Affine | None:
    """(2, 3): from the page's points to those of the first, by the words that each has once."""
    ours, theirs = _single_words(first), _single_words(page)
    both = sorted(ours.keys() & theirs.keys())
    if len(both) < LEAST_PAIRS:
        return None
    source = np.array([theirs[text] for text in both])
    target = np.array([ours[text] for text in both])
    found, agreed = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=FIT_PT)
    if found is None or int(agreed.sum()) < LEAST_PAIRS:
        return None
    return np.asarray(found, np.float64)


def _single_words(page: BlankPage) -> dict[str, tuple[float, float]]:
    """The words that a page has once, with their middles."""
    texts = [normalize_word(word.text) for word in page.words]
    count = Counter(texts)
    return {
        text: _middle(word.box)
        for text, word in zip(texts, page.words, strict=True)
        if len(text) > 2 and count[text] == 1
    }


def _middle(box: Zone) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _moved(box: Zone, way: Affine) -> Zone:
    (x0, y0), (x1, y1) = (way @ np.array([x, y, 1.0]) for x, y in ((box[0], box[1]), (box[2], box[3])))
    return float(x0), float(y0), float(x1), float(y1)


def _has_word(word: PrintedWord, other: LaidPage) -> bool:
    """Whether another return has the same word at the same place."""
    text, (x, y) = normalize_word(word.text), _middle(word.box)
    for theirs in other.page.words:
        u, v = _middle(_moved(theirs.box, other.to_first))
        if abs(u - x) < NEAR_PT and abs(v - y) < NEAR_PT and normalize_word(theirs.text) == text:
            return True
    return False


def _same_place(a: Zone, b: Zone) -> bool:
    return all(abs(p - q) < NEAR_PT for p, q in zip(a, b, strict=True))


def _all_of(own: Sequence[Zone], others: Sequence[Sequence[Zone]]) -> tuple[Zone, ...]:
    """The boxes of all returns, each once: what is ticked on one is empty on another."""
    found = list(own)
    for box in (box for some in others for box in some):
        if not any(_same_place(box, other) for other in found):
            found.append(box)
    return tuple(found)


def _shared(own: Sequence[Zone], others: Sequence[Sequence[Zone]]) -> tuple[Zone, ...]:
    """The boxes that two returns have at the same place."""
    every = [own, *others]
    return tuple(
        box for box in _all_of(own, others) if sum(any(_same_place(box, other) for other in some) for some in every) > 1
    )


def _shared_picture(first: BlankPage, laid: Sequence[LaidPage]) -> Gray:
    """The first page with paper where another return has none of its ink."""
    scale = PRINT_DPI / 72
    height, width = first.picture.shape
    kept = first.picture.copy()
    for other in laid:
        way = other.to_first.copy()
        way[:, 2] *= scale
        theirs = cv2.warpAffine(other.page.picture, way, (width, height), borderValue=(255,))
        near = cv2.dilate((theirs < INK).astype(np.uint8), np.ones((2 * BLUR_PX + 1,) * 2, np.uint8))
        kept[(near == 0) & (kept < 250)] = 255
    return np.asarray(kept, np.uint8)
