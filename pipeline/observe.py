"""One return, from its bytes to all that was read from it: no roster, no calendar, nothing of other returns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.agreements import Pages, may_be_several, numbered
from pipeline.alterations import find_alterations
from pipeline.by_labels import read_by_labels
from pipeline.certificates import read_certificates
from pipeline.date_grammar import FIRST_DAY
from pipeline.day_evidence import ink_evidence
from pipeline.fields import FittedPage, ReadPage, form_fields, page_writing, with_blanks_filled
from pipeline.form import Form, load_forms
from pipeline.intake import Document, open_document
from pipeline.isolate import isolate
from pipeline.locate import find_marks
from pipeline.rasterize import PageImage, rasterize
from pipeline.recognize import read_block, read_fields
from pipeline.records import Observation, PageFit, Problem, Source
from pipeline.register import METHODS, Registration, register
from pipeline.stopwatch import stage
from pipeline.text_layer import fill_ins

MAX_PAGES = 60
"""Pages of one file that are looked at; agreements have two."""
SPAN = (FIRST_DAY, date(2059, 12, 31))
"""Days that ink may show: wider than any check needs, and the same whenever a return is read."""
BLANK = "All pages of this file are blank, as after an upload that broke off. Ask for the file once more."
BLANK_CONTRAST = 60
BLANK_SHARE = 2e-4
"""A page with less ink than this share of its pixels is blank."""
STRANGERS = 4
"""After so many pages in a row that fit nothing, with the agreement whole, the next ones are only looked at quickly:
an article of sixty pages may be appended."""
FITS = 0.5
"""Score from which a page is a page of the form."""


@dataclass(frozen=True, slots=True)
class Models:
    """The recognizers of one process."""

    finder: LineFinder
    reader: LineReader


@cache
def load_models() -> Models:
    """Loaded once a process: half a second and some 100 MB."""
    return Models(LineFinder(), LineReader())


def observe(source: Source, data: bytes) -> Observation:
    """Read one return. A file that can't be read gives an Observation with its problem; nothing is raised for it."""
    started = time.perf_counter()
    with stage("intake"):
        document = open_document(data)
    if isinstance(document, Problem):
        return Observation(problem=document, seconds=time.perf_counter() - started)
    found = _observe_pages(document, source.page_range, load_forms())
    with stage("certificates"):
        certificates = read_certificates(data)
    if certificates and found.signature.kind in ("none", "typed"):
        found = replace(found, signature=replace(found.signature, kind="digital", confidence=1.0))
    with stage("recognize"):
        evidence = ink_evidence(found.date, SPAN)
    seconds = time.perf_counter() - started
    return replace(found, certificates=certificates, date_evidence=evidence, seconds=seconds)


def _observe_pages(document: Document, part: Pages | None, forms: Sequence[Form]) -> Observation:
    """`part`: first and last page of the agreement, where the file holds several."""
    first, last = part or (1, len(document))
    indices = range(first - 1, min(last, len(document)))
    images, fits = _fit_pages(document, indices, forms)
    form = forms[0]
    numbers = _numbered(images, fits, form, part)
    if len({fit.agreement for fit in numbers} - {0}) > 1:  # Each will be read by itself.
        return Observation(pages=len(indices), form=form.name, fits=numbers)
    chosen = {f.fit.page.number: f for f in _best_fits(images, fits, part)}
    if not chosen and all(is_blank(image.gray) for image in images):
        return Observation(pages=len(indices), problem=Problem("unreadable_file", BLANK))
    reads = [read_page(page) for page in chosen.values() if page.fit.page.area]
    with stage("alterations"):
        alterations = find_alterations([(page.image, page.fit) for page in chosen.values()], form)
    missing = tuple(p.number for p in form.pages if p.number not in chosen)
    found = form_fields(reads)
    if missing:
        with stage("by labels"):
            unfitted = [image for image, fit in zip(images, fits, strict=True) if fit is None]
            strange = [image for image in unfitted if not is_blank(image.gray)]
            found = with_blanks_filled(found, read_by_labels(strange, forms, load_models(), SPAN))
    return replace(
        found,
        alterations=alterations,
        pages=len(indices),
        form=form.name if chosen else "",
        fits=numbers,
        missing_pages=missing if chosen else (),
    )


def _fit_pages(
    document: Document, indices: Sequence[int], forms: Sequence[Form]
) -> tuple[list[PageImage], list[Registration | None]]:
    images: list[PageImage] = []
    fits: list[Registration | None] = []
    pages = [page for form in forms for page in form.pages]
    for place, index in enumerate(indices[:MAX_PAGES]):
        with stage("rasterize"):
            image = rasterize(document, index)
        # Pages mostly come in order: the form page that is due is tried first.
        due = place % len(pages)
        with stage("register"):
            whole = {fit.page.number for fit in fits if fit} >= {page.number for page in pages}
            appended = whole and len(fits) > STRANGERS and not any(fits[-STRANGERS:])
            methods = METHODS[:1] if appended else METHODS
            fit = register(image.gray, image.dpi, tuple(pages[due:] + pages[:due]), methods=methods)
        images.append(image)
        fits.append(fit if fit and fit.score >= FITS else None)
    return images, fits


def is_blank(gray: npt.NDArray[np.uint8]) -> bool:
    """Whether a page (H, W) holds next to nothing: what is left of an upload that broke off."""
    return float((gray < gray.max() - BLANK_CONTRAST).mean()) < BLANK_SHARE


def _numbered(
    images: Sequence[PageImage], fits: Sequence[Registration | None], form: Form, part: Pages | None
) -> tuple[PageFit, ...]:
    """The pages' fits with the agreements that they belong to; read for it only where there may be several."""
    found = [_page_fit(image, fit) for image, fit in zip(images, fits, strict=True)]
    form_pages = [page.number for page in form.pages]
    if not may_be_several(found, form_pages):
        return tuple(found)
    fitted = [FittedPage(image, fit) for image, fit in zip(images, fits, strict=True) if fit and fit.page.area]
    written = {page.image.index + 1: page_writing(read_page(page)) for page in fitted}
    return numbered(found, form_pages, written, stacks=part is None)


def _best_fits(
    images: Sequence[PageImage], fits: Sequence[Registration | None], part: Pages | None
) -> list[FittedPage]:
    """For each form page the page that fits it best; the earlier one where two fit alike.

    The first and last page of a `part` are its own by definition, others between them may be another agreement's.
    """
    best: dict[int, FittedPage] = {}
    pages = [FittedPage(image, fit) for image, fit in zip(images, fits, strict=True) if fit]
    own = {page.fit.page.number: page for page in pages if part and page.image.index + 1 in part}
    for page in pages:
        number = page.fit.page.number
        if number not in best or page.fit.score > best[number].fit.score + 0.1:
            best[number] = page
    return list({**best, **own}.values())


def _page_fit(image: PageImage, fit: Registration | None) -> PageFit:
    if fit is None:
        return PageFit(image.index + 1, None, 0.0)
    h, w = image.gray.shape
    matrix = np.diag([image.dpi / w, image.dpi / h, 1.0]) @ fit.matrix
    return PageFit(
        image.index + 1, fit.page.number, fit.score, tuple(float(v) for v in matrix.ravel()), fit.rotation_deg
    )


def read_page(page: FittedPage) -> ReadPage:
    """Isolate the foreign writing in a page's area, part it into lines and read them."""
    area = page.fit.page.area
    assert area is not None
    models = load_models()
    h, w = page.image.gray.shape
    with stage("isolate"):
        ink = isolate(page.image.gray, page.image.dpi, page.fit, area)
        typed = fill_ins(page.image.words, page.fit, (w / page.image.dpi, h / page.image.dpi), area)
    with stage("locate"):
        marks = find_marks(ink, typed, models.finder)
    with stage("recognize"):
        dated = any(f.kind == "date" for f in page.fit.page.fields)
        reads = read_block(marks, models.reader, SPAN) if dated else read_fields(marks, models.reader)
        return ReadPage(page, reads, ink)
