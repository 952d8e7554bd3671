"""Alterations of the form: what a return's clauses say otherwise than the form's, by its text layer and by its ink."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datamodel.records import Alteration, Box
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.alterations.clause_ink import ink_alterations, is_covered
from pipeline.extraction.alterations.clause_text import text_alterations
from pipeline.forms.form import Form
from pipeline.registration.register import Registration

SAME_PLACE = 0.5
"""Share of the smaller of two pages' ink that both have, from which it is the same dirt. Set by eye."""


def find_alterations(pages: Sequence[tuple[PageImage, Registration]], form: Form) -> tuple[Alteration, ...]:
    """Alterations on the fitted pages of one return, those of the text layer first.

    A change that both show is told once, as the text layer has it: it quotes the words.
    """
    by_text = text_alterations({image.index + 1: image.words for image, _ in pages}, form)
    by_ink = [a for image, fit in pages for a in ink_alterations(image.gray, image.dpi, fit, image.index + 1)]
    return (*by_text, *(a for a in by_ink if not is_covered(a, by_text) and not _is_on_two_pages(a, by_ink)))


def _is_on_two_pages(found: Alteration, others: Sequence[Alteration]) -> bool:
    """Whether ink stands at the same place of another page, too: dirt on the scanner's glass, not a person's pen."""
    return any(
        other.page != found.page and found.box and other.box and _shared(found.box, other.box) >= SAME_PLACE
        for other in others
    )


def _shared(a: Box, b: Box) -> float:
    """Share of the smaller box that both have."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    smaller = min((a.x1 - a.x0) * (a.y1 - a.y0), (b.x1 - b.x0) * (b.y1 - b.y0))
    return max(width, 0.0) * max(height, 0.0) / smaller if smaller > 0 else 0.0
