"""A return without pages as the page shows it: its text, with what stands in each field marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.datamodel.records import Transcript

CONTEXT = 60
"""Characters of the text shown on a card before and behind what stands in a field."""

GAP = "\N{NO-BREAK SPACE}" * 12
"""What is marked where nothing stands in a field."""

Piece = tuple[str, str]
"""(text, the field that it stands in; empty: none)."""


def text_pages(transcript: Transcript) -> list[dict[str, Any]]:
    """A page of text for each of the transcript's, in the shape of a page with a picture."""
    found, at = [], 0
    for number, text in enumerate(transcript.text.rstrip("\f\n ").split("\f"), start=1):
        pieces = list(_pieces(transcript, at, at + len(text)))
        boxes = {name: [0, 0, 1, 1] for _, name in pieces if name}
        found.append({"page": number, "form_page": None, "boxes": boxes, "marked": [], "text": pieces})
        at += len(text) + 1
    return found


def _pieces(transcript: Transcript, start: int, end: int) -> Iterator[Piece]:
    at = start
    for place in sorted(transcript.places, key=lambda one: one.start):
        if at <= place.start <= place.end <= end:
            yield transcript.text[at : place.start], ""
            yield transcript.text[place.start : place.end] or GAP, place.field
            at = place.end
    yield transcript.text[at:end], ""


def quote(transcript: Transcript, name: str) -> list[str]:
    """What stands before, in and behind a field; nothing where its label was not found."""
    place = next((one for one in transcript.places if one.field == name), None)
    if place is None:
        return []
    text, start, end = transcript.text, place.start, place.end
    before = text[max(0, start - CONTEXT) : start].lstrip()
    return [before.replace("\f", "\n"), text[start:end] or GAP, text[end : end + CONTEXT].replace("\f", "\n").rstrip()]
