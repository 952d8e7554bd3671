"""Clause words of a re-typeset scan that OCR reads otherwise than the form has them: twice, in two sizes, the same.

A page that was set anew has no place where a word should stand, so its ink can't be laid on the form's. Its words were
read, coarsely, to know it by. Where whole words differ between words that agree, their lines are read once more,
larger; a slip of OCR comes out otherwise or right then, another word does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from pipeline.datamodel.records import Alteration, Box
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.alterations.clause_text import Token, form_tokens, joined_tokens
from pipeline.extraction.alterations.wording import Rewording, alteration, rewordings
from pipeline.forms.form import Form
from pipeline.registration.word_alignment import Band, ReadAgain, WordPage, by_place

BAND_MARGIN_PT: Final = 6.0
"""Paper above and below a line that is read with it. Set by eye; raised, more of the page is read again."""
MOST_READ: Final = 6
"""Places that are read again; a page with more of them was badly read and proves nothing."""
SURE: Final = 0.9
"""Confidence, 0..1, that words read the same twice stand there."""

ScannedPage = tuple[PageImage, WordPage]


def reworded(pages: Sequence[ScannedPage], form: Form, read_again: ReadAgain) -> tuple[Alteration, ...]:
    """Clause words that scans in another layout than the form's have otherwise. `read_again`: reads bands, larger."""
    scans = [(image, page) for image, page in pages if any(word.sure < 100 for word in page.words)]
    if not scans or form.scanned:
        return ()
    doubtful = [found for found in _rewordings(scans, form) if found.instead]
    if not doubtful or len(doubtful) > MOST_READ:
        return ()
    bands = [_bands(doubtful, image.index + 1) for image, _ in scans]
    again = [
        (image, read_again(page, some) if some else page) for (image, page), some in zip(scans, bands, strict=True)
    ]
    same = {(_keys(found.missing), _keys(found.instead)) for found in _rewordings(again, form)}
    images = {image.index + 1: (image, page) for image, page in scans}
    return tuple(
        replace(alteration(found), box=_on_page(found, *images[found.page]), confidence=SURE)
        for found in doubtful
        if (_keys(found.missing), _keys(found.instead)) in same
    )


def _rewordings(pages: Sequence[ScannedPage], form: Form) -> tuple[Rewording, ...]:
    """What the pages' words say otherwise, in the order, OCR's or by place, that leaves less of it."""
    expected = form_tokens(form)
    orders = ([page.words for _, page in pages], [by_place(page.words) for _, page in pages])
    tried = [
        joined_tokens(
            (word.text, image.index + 1, Box(*word.box), True)
            for (image, _), words in zip(pages, order, strict=True)
            for word in words
        )
        for order in orders
    ]
    return min((rewordings(expected, found) for found in tried), key=len)


def _bands(found: Sequence[Rewording], page: int) -> list[Band]:
    boxes = [token.box for one in found for token in one.instead if token.page == page]
    return [(box.y0 - BAND_MARGIN_PT, box.y1 + BAND_MARGIN_PT) for box in boxes]


def _keys(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.key for token in tokens)


def _on_page(found: Rewording, image: PageImage, page: WordPage) -> Box:
    """Where the words stand, in fractions of the page as a viewer shows it."""
    boxes = np.array([[t.box.x0, t.box.y0, t.box.x1, t.box.y1] for t in found.instead])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    height, width = image.shape
    quad = cv2.perspectiveTransform(corners, page.to_page)[0] * image.dpi / (width, height)
    (left, top), (right, bottom) = np.clip(quad, 0, 1).min(0), np.clip(quad, 0, 1).max(0)
    return Box(float(left), float(top), float(right), float(bottom))
