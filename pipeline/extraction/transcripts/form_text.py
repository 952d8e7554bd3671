"""A blank form as letters: its words in their order, with the places of labels, clauses and pages among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipeline.datamodel.normalizing import normalize_token
from pipeline.extraction.transcripts.flat_text import letters_of
from pipeline.forms.form import Form, FormField, FormPage

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LabelPlace:
    """A field with the letters, `start` to before `end`, that its label has in the form."""

    field: FormField
    start: int
    end: int


@dataclass(frozen=True)
class FormText:
    """The form's letters in lower-case ASCII, pages one behind the other."""

    letters: str
    pages: tuple[tuple[int, Span], ...]
    """Number and letters of each page."""
    labels: tuple[LabelPlace, ...]
    """In the order of the letters; fields whose label is not among the words, or that are ticked, are left out."""
    clauses: tuple[Span, ...]
    words: frozenset[str]
    """Its words, each as `normalize_token` gives it."""


@lru_cache(maxsize=64)
def form_text(form: Form) -> FormText:
    """The form's text; forms are compared by identity."""
    letters = ""
    pages, labels, clauses = [], [], []
    for page in form.pages:
        start = len(letters)
        ends = [start]
        for word in page.words:
            letters += "".join(letters_of(c) for c in word.text if c.isalnum())
            ends.append(len(letters))
        pages.append((page.number, (start, len(letters))))
        if page.clauses is not None:
            clauses.append((ends[page.clauses[0]], ends[page.clauses[1] + 1]))
        labels += [place for field in page.fields if (place := _label(page, field, letters, ends))]
    labels.sort(key=lambda place: place.start)
    words = frozenset(normalize_token(word.text) for page in form.pages for word in page.words) - {""}
    return FormText(letters, tuple(pages), tuple(labels), tuple(clauses), words)


def _label(page: FormPage, field: FormField, letters: str, ends: list[int]) -> LabelPlace | None:
    """Where the label stands; of several places the one nearest to where the field's writing belongs."""
    sought = "".join(letters_of(c) for c in field.label if c.isalnum())
    if not sought or field.kind == "tick":
        return None
    found = []
    at = letters.find(sought, ends[0])
    while at >= 0:
        last = next(place for place, end in enumerate(ends[1:]) if end >= at + len(sought))
        x0, y0, x1, y1 = page.words[last].box
        zone = field.zone
        found.append((abs((y0 + y1) - (zone[1] + zone[3])) + 0.1 * abs((x0 + x1) - (zone[0] + zone[2])), at))
        at = letters.find(sought, at + 1)
    return LabelPlace(field, min(found)[1], min(found)[1] + len(sought)) if found else None
