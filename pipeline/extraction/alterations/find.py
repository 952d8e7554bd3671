"""Alterations of the form: what a return's clauses say otherwise than the form's, by its text layer and by its ink."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import Alteration, Box
from pipeline.documents.rasterize import PageImage
from pipeline.extraction.alterations.clause_ink import ReadsLine, ink_alterations, is_covered
from pipeline.extraction.alterations.clause_text import text_alterations
from pipeline.extraction.alterations.clause_view import clause_area
from pipeline.extraction.text_layer import fill_ins, typed_lines
from pipeline.forms.form import Form, Zone
from pipeline.registration.register import Registration

SAME_PLACE = 0.5
"""Share of the smaller of two pages' ink that both have, from which it is the same dirt. Set by eye."""


def find_alterations(
    pages: Sequence[tuple[PageImage, Registration]],
    form: Form,
    filled_in: Collection[str] = (),
    reads: ReadsLine = lambda _: "",
) -> tuple[Alteration, ...]:
    """Alterations on the fitted pages of one return, those of the text layer first.

    A change that both show is told once, as the text layer has it: it quotes the words. `filled_in`: the lines that
    stand in the fields; one of them typed once more among the clauses alters nothing. `reads`: what a recognizer
    reads on the picture of a line.
    """
    by_text = _by_text(pages, form)
    by_ink = [
        a
        for image, fit in pages
        for a in ink_alterations(image.gray, image.dpi, fit, image.index + 1, _repeated(image, fit, filled_in), reads)
    ]
    return (*by_text, *(a for a in by_ink if not is_covered(a, by_text) and not _is_on_two_pages(a, by_ink)))


def _by_text(pages: Sequence[tuple[PageImage, Registration]], form: Form) -> tuple[Alteration, ...]:
    """What the text layers say otherwise: read as the form stands, also where a page lies on its side."""
    turns = {image.index + 1: fit.rotation_deg // 90 for image, fit in pages}
    upright = {
        image.index + 1: tuple(replace(word, box=word.box.turned(fit.rotation_deg // 90)) for word in image.words)
        for image, fit in pages
    }
    found = text_alterations(upright, form)
    return tuple(replace(a, box=a.box and a.box.turned(-turns[a.page])) for a in found)


def _repeated(image: PageImage, fit: Registration, filled_in: Collection[str]) -> list[Zone]:
    """Where typing among a page's clauses, form points, only says what stands in a field: a name on another line."""
    area, known = clause_area(fit.page), {normalize_token(text) for text in filled_in} - {""}
    if area is None or not known or not image.words:
        return []
    height, width = image.shape
    typed = typed_lines(fill_ins(image.words, fit, (width / image.dpi, height / image.dpi), area))
    return [line.box for line in typed if normalize_token(line.text) in known]


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
