"""One return, from its bytes to all that was read from it: no roster, no calendar, nothing of other returns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.alterations import find_alterations
from pipeline.certificates import read_certificates
from pipeline.date_grammar import FIRST_DAY
from pipeline.form import Form, Zone, load_forms
from pipeline.ink_print import ink_print
from pipeline.intake import Document, open_document
from pipeline.isolate import INK_DPI, Ink, isolate, warp_area
from pipeline.locate import Block, ReadMark, assign_block, assign_text_fields, beside_name_only, find_marks
from pipeline.rasterize import PageImage, rasterize
from pipeline.recognize import Read, line_of, read_block, read_marks
from pipeline.records import (
    Box,
    FieldReading,
    InkKind,
    Observation,
    PageFit,
    Problem,
    SignatureReading,
    Source,
)
from pipeline.register import Registration, register
from pipeline.signature import signature_kind, signed_probability
from pipeline.stopwatch import stage
from pipeline.text_layer import REAL_SHARE, fill_ins, form_share

READING_VERSION = 1
"""Raised whenever the stages before `resolve` would read something differently."""
MAX_PAGES = 60
"""Pages of one file that are looked at; agreements have two."""
CROP_MARGIN_PT = 6.0
SPAN = (FIRST_DAY, date(2059, 12, 31))
"""Days that ink may show: wider than any check needs, and the same whenever a return is read."""
BLANK = "All pages of this file are blank, as after an upload that broke off. Ask for the file once more."
BLANK_CONTRAST = 60
BLANK_SHARE = 2e-4
"""A page with less ink than this share of its pixels is blank."""
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


@dataclass(frozen=True, slots=True)
class FittedPage:
    """A page of the return with the form page that it is."""

    image: PageImage
    fit: Registration


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A fitted page with its foreign writing read."""

    page: FittedPage
    ink: Ink
    reads: tuple[Read, ...]


def observe(source: Source, data: bytes) -> Observation:
    """Read one return. A file that can't be read gives an Observation with its problem; nothing is raised for it."""
    started = time.perf_counter()
    with stage("intake"):
        document = open_document(data)
    if isinstance(document, Problem):
        return Observation(problem=document, seconds=time.perf_counter() - started)
    first, last = source.page_range or (1, len(document))
    found = _observe_pages(document, range(first - 1, min(last, len(document))), load_forms())
    with stage("certificates"):
        certificates = read_certificates(data)
    if certificates and found.signature.kind in ("none", "typed"):
        found = replace(found, signature=replace(found.signature, kind="digital", confidence=1.0))
    return replace(found, certificates=certificates, seconds=time.perf_counter() - started)


def _observe_pages(document: Document, indices: Sequence[int], forms: Sequence[Form]) -> Observation:
    images, fits = _fit_pages(document, indices, forms)
    form = forms[0]
    chosen = {f.fit.page.number: f for f in _best_fits(images, fits)}
    if not chosen and all(is_blank(image.gray) for image in images):
        return Observation(pages=len(indices), problem=Problem("unreadable_file", BLANK))
    reads = {number: read_page(page) for number, page in chosen.items() if page.fit.page.area}
    with stage("alterations"):
        alterations = find_alterations([(page.image, page.fit) for page in chosen.values()], form)
    return replace(
        _fields(form, reads),
        alterations=alterations,
        pages=len(indices),
        form=form.name if chosen else "",
        fits=tuple(_page_fit(image, fit) for image, fit in zip(images, fits, strict=True)),
        missing_pages=tuple(p.number for p in form.pages if p.number not in chosen) if chosen else (),
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
            fit = register(image.gray, image.dpi, tuple(pages[due:] + pages[:due]))
        images.append(image)
        fits.append(fit if fit and fit.score >= FITS else None)
    return images, fits


def is_blank(gray: npt.NDArray[np.uint8]) -> bool:
    """Whether a page (H, W) holds next to nothing: what is left of an upload that broke off."""
    return float((gray < gray.max() - BLANK_CONTRAST).mean()) < BLANK_SHARE


def _best_fits(images: Sequence[PageImage], fits: Sequence[Registration | None]) -> list[FittedPage]:
    """For each form page the page that fits it best; the earlier one where two fit alike."""
    best: dict[int, FittedPage] = {}
    for image, fit in zip(images, fits, strict=True):
        if fit and (fit.page.number not in best or fit.score > best[fit.page.number].fit.score + 0.1):
            best[fit.page.number] = FittedPage(image, fit)
    return list(best.values())


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
        reads = read_block(marks, models.reader, SPAN) if dated else read_marks(marks, models.reader)
        return ReadPage(page, ink, reads)


def _fields(form: Form, reads: dict[int, ReadPage]) -> Observation:
    found = Observation()
    for number, read in reads.items():
        page = form.pages[number - 1]
        kinds = {f.kind for f in page.fields}
        marks = [r.mark for r in read.reads]
        if "signature" in kinds or "date" in kinds:
            found = _with_block(found, read, assign_block(page, marks))
        else:
            fields = assign_text_fields(page, marks)
            found = replace(
                found,
                title=_field(read, fields.get("title", ())),
                name=_field(read, fields.get("name", ())),
            )
    return found


def _with_block(found: Observation, read: ReadPage, block: Block) -> Observation:
    signature = _field(read, block.signature)
    marks = [r.mark for r in block.signature]
    whole = {id(r.mark): r for r in read.reads}
    born_digital = form_share(read.page.image.words, read.page.fit.page) >= REAL_SHARE
    kind = signature_kind([whole[id(r)] for r in block.signature], born_digital)
    return replace(
        found,
        signature=SignatureReading(
            kind,
            signed_probability(marks),
            not (kind == "handwritten" and beside_name_only(read.page.fit.page, block)),
            signature.lines,
            signature.page,
            signature.box,
            signature.crop,
        ),
        date=_field(read, block.date),
        block_name=_field(read, block.names),
        ink_print=ink_print(_at_point_scale(read.ink)),
    )


def _at_point_scale(ink: Ink) -> npt.NDArray[np.bool_]:
    """The mask at one pixel a point: a pixel is inked where any of the finer ones is."""
    x0, y0, x1, y1 = ink.area
    small = cv2.resize(ink.mask.astype(np.float32), (round(x1 - x0), round(y1 - y0)), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.2, np.bool_)


def _field(read: ReadPage, reads: Sequence[ReadMark]) -> FieldReading:
    """The record of a field that consists of these marks."""
    if not reads:
        return FieldReading()
    whole = {id(r.mark): r for r in read.reads}
    number = read.page.image.index + 1
    lines = tuple(line_of(whole[id(r)], number, _page_box(read.page, r.mark.box)) for r in reads)
    zone = _around([r.mark.box for r in reads])
    kind: InkKind = "typed" if all(r.mark.typed for r in reads) else "handwritten"
    with stage("crops"):
        crop = _evidence(read.page, zone)
    return FieldReading(lines, kind, number, _page_box(read.page, zone), crop)


def _around(boxes: Sequence[Zone]) -> Zone:
    array = np.array(boxes)
    low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _page_box(page: FittedPage, zone: Zone) -> Box:
    """A zone of the form as a box on the page as a viewer shows it."""
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    h, w = page.image.gray.shape
    quad = cv2.perspectiveTransform(corners, page.fit.to_pixels(page.image.dpi))[0] / (w, h)
    (left, top), (right, bottom) = np.clip(quad.min(axis=0), 0, 1), np.clip(quad.max(axis=0), 0, 1)
    return Box(float(left), float(top), float(right), float(bottom))


def _evidence(page: FittedPage, zone: Zone) -> bytes:
    """PNG of a zone of the page, upright, with a margin."""
    m = CROP_MARGIN_PT
    x0, y0, x1, y1 = zone
    area = (x0 - m, y0 - m, x1 + m, y1 + m)
    crop = warp_area(page.image.color, page.image.dpi, page.fit, area, INK_DPI)
    return bytes(cv2.imencode(".png", crop)[1].tobytes())
