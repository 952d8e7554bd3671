"""From a blank agreement's file to a form's folder: what `countersign form learn` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.datamodel.errors import FormError
from pipeline.datamodel.records import Problem
from pipeline.documents.document import PageDamaged
from pipeline.documents.opening import open_document
from pipeline.extraction.observe import load_models
from pipeline.form_authoring.blank import blank_page
from pipeline.form_authoring.form_induction import LearnedForm, learn
from pipeline.form_authoring.writer import check_free, preview, shortcomings, write_form
from pipeline.forms.reader import load_form

MOST_PAGES = 20
"""Pages of an agreement; a longer file is none."""
LEAST_WORDS = 25
"""Words that a blank agreement has at least: a page is known again by its words."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was written, and what a person has to see to."""

    form: LearnedForm
    folder: Path
    missing: tuple[str, ...]
    """What an agreement has and was not found, a sentence each."""


def learn_form(data: bytes, name: str, folder: Path) -> Learned:
    """Write the form of a blank agreement (a PDF's or picture's bytes) to `folder`. Raises FormError."""
    check_free(folder)
    document = open_document(data)
    if isinstance(document, Problem):
        raise FormError(f"The blank agreement can't be read. {document.sentence}")
    if len(document) > MOST_PAGES:
        raise FormError(f"The file has {len(document)} pages. Give the blank agreement alone.")
    try:
        pages = [blank_page(document, index, load_models()) for index in range(len(document))]
    except PageDamaged as error:
        raise FormError(f"The blank agreement can't be read. {error}") from error
    if sum(len(page.words) for page in pages) < LEAST_WORDS:
        raise FormError("Hardly a word can be read on the blank agreement. Give a sharper scan, or the PDF itself.")
    form = learn(pages)
    write_form(form, name, folder)
    for page in pages:
        drawn = [(f.name, f.kind, f.zone) for f in form.fields if f.page == page.number]
        (folder / f"preview-{page.number}.png").write_bytes(preview(page.picture, drawn))
    return Learned(form, folder, tuple(shortcomings(form)))


def draw_preview(folder: Path) -> list[Path]:
    """Draw the previews of a form again, as its folder says now. Raises FormError."""
    form = load_form(folder)
    drawn = []
    for page in form.pages:
        path = folder / f"preview-{page.number}.png"
        path.write_bytes(preview(page.print_image(), [(f.name, f.kind, f.zone) for f in page.fields]))
        drawn.append(path)
    return drawn
