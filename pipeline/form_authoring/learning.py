"""From a blank agreement's file to a form's folder: what `countersign form learn` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.datamodel.errors import FormError
from pipeline.datamodel.records import Problem
from pipeline.documents.document import PageDamaged
from pipeline.documents.opening import open_document
from pipeline.documents.pdf_widgets import page_widgets
from pipeline.extraction.observe import load_models
from pipeline.form_authoring.blank import BlankPage, blank_page
from pipeline.form_authoring.filled_returns import shared_page
from pipeline.form_authoring.form_induction import LearnedForm, learn
from pipeline.form_authoring.writer import check_free, doubts, preview, shortcomings, write_form
from pipeline.forms.reader import read_form

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
    unsure: tuple[str, ...] = ()
    """What was found but is not sure, a sentence each."""


def learn_form(files: bytes | Sequence[bytes], name: str, folder: Path) -> Learned:
    """Write the form of a blank agreement (a PDF's or picture's bytes) to `folder`.

    Given two or more files, they are filled returns: what they share is the form. Raises FormError.
    """
    check_free(folder)
    several = [files] if isinstance(files, bytes) else list(files)
    read = [_pages(data) for data in several]
    pages = read[0] if len(read) == 1 else _shared_pages(read)
    if sum(len(page.words) for page in pages) < LEAST_WORDS:
        raise FormError("Hardly a word can be read on the blank agreement. Give a sharper scan, or the PDF itself.")
    form = learn(pages)
    write_form(form, name, folder)
    for page in pages:
        drawn = [(f.name, f.kind, f.zone) for f in form.fields if f.page == page.number]
        (folder / f"preview-{page.number}.png").write_bytes(preview(page.picture, drawn))
    return Learned(form, folder, tuple(shortcomings(form)), tuple(doubts(form)))


def _pages(data: bytes) -> list[BlankPage]:
    """The pages of one file. Raises FormError."""
    document = open_document(data)
    if isinstance(document, Problem):
        raise FormError(f"The blank agreement can't be read. {document.sentence}")
    if len(document) > MOST_PAGES:
        raise FormError(f"The file has {len(document)} pages. Give the blank agreement alone.")
    try:
        return [blank_page(document, i, load_models(), page_widgets(data, i)) for i in range(len(document))]
    except PageDamaged as error:
        raise FormError(f"The blank agreement can't be read. {error}") from error


def _shared_pages(read: Sequence[Sequence[BlankPage]]) -> list[BlankPage]:
    """The form's pages that all returns have, page by page. Raises FormError."""
    found = [shared_page(pages) for pages in zip(*read, strict=False)]
    kept = [page for page in found if page is not None]
    if not kept:
        raise FormError("These returns have no page in common. Give two or more returns on the same form.")
    return [replace(page, number=number) for number, page in enumerate(kept, start=1)]


def draw_preview(folder: Path) -> list[Path]:
    """Draw the previews of a form again, as its folder says now. Raises FormError."""
    form = read_form(folder)
    drawn = []
    for page in form.pages:
        path = folder / f"preview-{page.number}.png"
        path.write_bytes(preview(page.print_image(), [(f.name, f.kind, f.zone) for f in page.fields]))
        drawn.append(path)
    return drawn
