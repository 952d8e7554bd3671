"""Alterations of the form: what a return's clauses say otherwise than the form's, by its text layer and by its ink."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datamodel.records import Alteration
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.alterations.clause_ink import ink_alterations, is_covered
from pipeline.extraction.alterations.clause_text import text_alterations
from pipeline.forms.form import Form
from pipeline.registration.register import Registration


def find_alterations(pages: Sequence[tuple[PageImage, Registration]], form: Form) -> tuple[Alteration, ...]:
    """Alterations on the fitted pages of one return, those of the text layer first.

    A change that both show is told once, as the text layer has it: it quotes the words.
    """
    by_text = text_alterations({image.index + 1: image.words for image, _ in pages}, form)
    by_ink = [a for image, fit in pages for a in ink_alterations(image.gray, image.dpi, fit, image.index + 1)]
    return (*by_text, *(a for a in by_ink if not is_covered(a, by_text)))
