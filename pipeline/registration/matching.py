"""Match: which form a return is on, and which of its pages each page of the return is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import PageFit
from pipeline.datamodel.stopwatch import stage
from pipeline.documents.document import Document
from pipeline.documents.rasterize import PageImage, Shelf, has_own_words, is_blank, rasterize, visible_layer
from pipeline.forms.form import Form, FormPage
from pipeline.registration.register import (
    FITS,
    METHODS,
    Features,
    Registration,
    may_be_taken_for,
    register,
    word_features,
)

MAX_PAGES = 60
"""Pages of one file that are looked at; agreements have two."""
STRANGERS = 4
"""Pages in a row that fit nothing, with the agreement whole, after which the next ones are only looked at quickly: an
article of sixty pages may be appended."""
ROOM_BESIDE = 0.7
"""Room that a sheet has beside a form page, in parts of the page's own extent, from which another may stand there."""
OVERLAP = 0.2
"""Share of a form page's area that another one beside it may cover."""
TWICE_GAIN = 0.1
"""Score, 0..1, by which a later page must fit better to be taken for a form page that an earlier one fits."""


@dataclass(frozen=True, slots=True)
class MatchedPage:
    """A page of the return with the form page that it is; None: it is no page of a form."""

    image: PageImage
    fit: Registration | None


Narrowed = Callable[[PageImage, Sequence[FormPage]], Sequence[FormPage]]
"""Those of some form pages that a page may be one of by its words: none where they are plainly another text's."""


def match_pages(
    document: Document, indices: Sequence[int], forms: Sequence[Form], narrowed: Narrowed = lambda image, pages: pages
) -> tuple[MatchedPage, ...]:
    """The pages at `indices` (0-based), each with the form page that it fits; one that holds two is there twice.

    Pages of versions of one form are told apart together: one may print the same page in both.
    """
    matched: list[MatchedPage] = []
    shelf = Shelf()
    for place, index in enumerate(indices[:MAX_PAGES]):
        with stage("rasterize"):
            image = rasterize(document, index, shelf=shelf)
        fits = [page.fit for page in matched]
        with stage("register"):
            fit = None if is_blank(image.gray) else _fit(image, _in_order(forms, fits, place), fits, forms, narrowed)
            both = (fit, *_beside(image, fit, forms)) if fit else (None,)
        matched += [MatchedPage(image, one) for one in both]
    main = form_of(matched, forms)
    return tuple(_on(main, page) for page in matched) if main else tuple(matched)


def _in_order(forms: Sequence[Form], fits: Sequence[Registration | None], place: int) -> tuple[FormPage, ...]:
    """The form pages in the order in which to try them: those of the form seen last first.

    Pages mostly come in order: in each form, the page that is due comes first.
    """
    last = next((fit.page.form for fit in reversed(fits) if fit), None)
    ordered = sorted(forms, key=lambda form: form.label != last)
    turned = ((form.pages, place % len(form.pages)) for form in ordered)
    return tuple(chain.from_iterable(pages[due:] + pages[:due] for pages, due in turned))


def _fit(
    image: PageImage,
    candidates: Sequence[FormPage],
    fits: Sequence[Registration | None],
    forms: Sequence[Form],
    narrowed: Narrowed,
) -> Registration | None:
    digital = has_own_words(image)
    if digital and not narrowed(image, [page for form in forms for page in form.pages]):
        return None
    whole = any({fit.page for fit in fits if fit} >= set(form.pages) for form in forms)
    appended = whole and len(fits) > STRANGERS and not any(fits[-STRANGERS:])
    # The last ones are for bad photos; a page without a fit that has its own words is registered by them.
    methods = METHODS[:1] if appended else METHODS[:2] if digital else METHODS
    unlikely = [page for form in forms if form.former and any(fits) and not _has(form, fits) for page in form.pages]
    likely = [page for page in candidates if page not in unlikely]
    words = _words(image) if digital else None
    fit = register(
        image.gray, image.dpi, likely, methods=methods, narrowed=lambda pages: narrowed(image, pages), words=words
    )
    if unlikely and not (fit and fit.score >= FITS):
        fit = register(image.gray, image.dpi, unlikely, methods=METHODS[:1], words=words)
    return fit if fit and fit.score >= FITS else None


def _words(image: PageImage) -> Features:
    """The words of a page that its text layer shows."""
    height, width = (side / image.dpi for side in image.shape)
    boxes = ((word.text, word.box) for word in visible_layer(image))
    return word_features((text, (b.x0 + b.x1) / 2 * width, (b.y0 + b.y1) / 2 * height) for text, b in boxes)


def _has(form: Form, fits: Sequence[Registration | None]) -> bool:
    return any(fit and fit.page.form == form.label for fit in fits)


def _beside(image: PageImage, fit: Registration, forms: Sequence[Form]) -> list[Registration]:
    """The other form page of a sheet that holds two of them, side by side or one above the other."""
    quad = _quad(fit)
    sheet = np.array(image.shape[::-1]) / image.dpi
    low, high = quad.min(axis=0), quad.max(axis=0)
    if (np.maximum(low, sheet - high) < ROOM_BESIDE * (high - low)).all():
        return []
    others = [p for form in forms if form.label == fit.page.form for p in form.pages if p is not fit.page]
    found = register(image.gray, image.dpi, others) if others else None
    if found is None or found.score < FITS:
        return []
    shared, _ = cv2.intersectConvexConvex(quad, _quad(found))
    return [found] if shared < OVERLAP * cv2.contourArea(quad) else []


def _quad(fit: Registration) -> npt.NDArray[np.float32]:
    """Corners of the form page on the sheet, (4, 2), inches."""
    w, h = fit.page.width, fit.page.height
    corners = np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(corners, fit.matrix)[0], np.float32)


def form_of(pages: Sequence[MatchedPage], forms: Sequence[Form]) -> Form | None:
    """The form that most speaks for: each of its pages by the return's page that fits it best."""
    best: dict[FormPage, int] = {}
    for fit in (page.fit for page in pages if page.fit):
        best[fit.page] = max(fit.weight, best.get(fit.page, fit.weight))
    weights = [(sum(best.get(page, 0) for page in form.pages), form) for form in forms if best.keys() & set(form.pages)]
    return max(weights, key=lambda item: item[0])[1] if weights else None


def _on(form: Form, page: MatchedPage) -> MatchedPage:
    """The page on `form`, where it was taken for one of another version of it."""
    if page.fit is None or page.fit.page.form == form.label:
        return page
    own = tuple(p for p in form.pages if may_be_taken_for(page.fit.page, p))
    fit = register(page.image.gray, page.image.dpi, own) if own else None
    return replace(page, fit=fit) if fit and fit.score >= FITS else page


def fitted(pages: Sequence[MatchedPage], form: Form) -> dict[int, FittedPage]:
    """For each page of the form (1-based) the page that fits it best; the earlier one where two fit alike."""
    best: dict[int, FittedPage] = {}
    for page in (FittedPage(p.image, p.fit) for p in pages if p.fit and p.fit.page.form == form.label):
        number = page.fit.page.number
        if number not in best or page.fit.score > best[number].fit.score + TWICE_GAIN:
            best[number] = page
    return best


def page_fit(page: MatchedPage) -> PageFit:
    """The record of how a page fits."""
    image, fit = page.image, page.fit
    if fit is None:
        return PageFit(image.index + 1, None, 0.0)
    h, w = image.shape
    matrix = np.diag([image.dpi / w, image.dpi / h, 1.0]) @ fit.matrix
    return PageFit(
        image.index + 1,
        fit.page.number,
        fit.score,
        tuple(float(v) for v in matrix.ravel()),
        fit.rotation_deg,
        form=fit.page.form,
    )


@dataclass(frozen=True, slots=True)
class FittedPage:
    """A page of the return, laid on a form page."""

    image: PageImage
    fit: Registration
