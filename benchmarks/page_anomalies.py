"""Pages of a real return made wrong, and read again as a scanner would send them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import forgeries
from benchmarks.forgeries import Page, Random
from benchmarks.truth import Truth
from pipeline.datamodel.records import Box, FieldReading, Observation, Problem, SignatureReading, Source
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import PageImage, rasterize, with_gray
from pipeline.extraction.alterations.find import find_alterations
from pipeline.extraction.observe import observe
from pipeline.forms.form import Form, PrintedWord, Zone
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration, register

Bools = npt.NDArray[np.bool_]
Reading = TypeVar("Reading", FieldReading, SignatureReading)
ALTERED = frozenset({"form_altered"})
TORN_SHARE = 0.3
CLEAR_SHARE = 0.4
"""A stroke with so much of it in either of two fields' boxes, and hardly more in one, belongs to nobody for sure."""
LEAST_STROKE_PT2 = 3.0
"""Ink of this many square points or less is a dot, and may go with either."""
RIM_PT = 1.1
"""A stroke's soft rim, gone with it."""
LEAST_WRITING_PX = 500
"""Dark pixels, at 150 dpi, of a piece of handwriting that is worth writing between the lines."""


@dataclass(frozen=True, slots=True)
class Made:
    """A return made wrong, as it reads now, and the flags of which any one is due (none: it is in order)."""

    seen: Observation
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a real return, laid on the form."""

    image: PageImage
    fit: Registration
    form: Form
    seen: Observation
    truth: Truth

    @property
    def dpi(self) -> float:
        """Resolution of the page's pixels."""
        return self.image.dpi

    def zone(self, box: Box | None) -> Zone | None:
        """A box on the page (fractions) as a zone of the form (points)."""
        if box is None:
            return None
        height, width = self.image.gray.shape
        corners = np.array([[[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]]]) * (width, height)
        quad = cv2.perspectiveTransform(corners, np.linalg.inv(self.fit.to_pixels(self.dpi)))[0]
        (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
        return float(x0), float(y0), float(x1), float(y1)


def open_sheet(document: Document, seen: Observation, truth: Truth, number: int) -> Sheet | None:
    """The return's page that is form page `number`; None where it has none."""
    page = next((fit.page for fit in seen.fits if fit.form_page == number), None)
    if page is None or page > len(document):
        return None
    form = load_forms()[0]
    image = rasterize(document, page - 1)
    fit = register(image.gray, image.dpi, (form.pages[number - 1],))
    return Sheet(image, fit, form, seen, truth) if fit else None


def read_again(pages: list[Page], dpi: float) -> Observation:
    """What the program reads from a PDF of these pages, BGR."""
    data = forgeries.as_pdf(pages, dpi)
    return observe(Source("made.pdf", "", "", len(data)), data)


def with_page(sheet: Sheet, page: Page) -> Observation:
    """The return with this page in place of its own; what stands on the other pages is as it was read."""
    part = read_again([page], sheet.dpi)
    number = sheet.fit.page.number
    fit = next((fit for fit in part.fits if fit.form_page == number), None)
    if fit is None:
        return replace(sheet.seen, missing_pages=tuple(sorted({*sheet.seen.missing_pages, number})))
    place = sheet.image.index + 1
    there = {f.name for f in sheet.form.pages[number - 1].fields}
    fields: dict[str, Any] = {name: _on_page(getattr(part, name), place) for name in there if hasattr(sheet.seen, name)}
    fits = tuple(replace(fit, page=place) if old.page == place else old for old in sheet.seen.fits)
    fields |= {"page_fingerprint": part.page_fingerprint} if "signature" in there else {}
    fields |= {"date_evidence": part.date_evidence} if "date" in there else {}
    return replace(sheet.seen, **fields, fits=fits, alterations=part.alterations, certificates=())


def _on_page(reading: Reading, place: int) -> Reading:
    """A reading of a file of one page, as it stands on page `place` of the whole return."""
    if reading.page is None:
        return reading
    return replace(reading, page=place, lines=tuple(replace(line, page=place) for line in reading.lines))


# ------------------------------------------------------------------------------------------- fields left blank


def erased(sheet: Sheet, lost: Sequence[Box], kept: Sequence[Box]) -> Page | None:
    """The page without the ink that stands in `lost` boxes; what stands in `kept` ones stays whole.

    None where that can't be told apart: a stroke that runs through both.
    """
    area = sheet.fit.page.area
    if area is None or not lost:
        return None
    page, dpi, fit = sheet.image.color, sheet.dpi, sheet.fit
    ink = forgeries.ink_mask(page, dpi, fit, area, rim_pt=0.4)
    inside, spared = (_zones_mask(sheet, boxes) for boxes in (lost, kept))
    count, labels = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)
    areas, in_lost, in_kept = (
        np.bincount(labels[where], minlength=count) for where in (ink, ink & inside, ink & spared)
    )
    gone = (in_lost > 0) & (in_lost >= in_kept)
    torn = (np.minimum(in_lost, in_kept) > TORN_SHARE * areas) & (np.abs(in_lost - in_kept) < CLEAR_SHARE * areas)
    if not gone.any() or bool((torn & (areas > LEAST_STROKE_PT2 * (dpi / 72) ** 2)).any()):
        return None
    width = 2 * round(RIM_PT * dpi / 72) + 1
    rim = cv2.dilate(gone[labels].astype(np.uint8), np.ones((width, width), np.uint8)) > 0
    stays = cv2.dilate((ink & ~gone[labels]).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return forgeries.paint_out(page, (rim & ~stays) | gone[labels])


def _zones_mask(sheet: Sheet, boxes: Sequence[Box]) -> Bools:
    mask = np.zeros(sheet.image.gray.shape, np.bool_)
    for x0, y0, x1, y1 in filter(None, map(sheet.zone, boxes)):
        mask |= forgeries.zone_mask(sheet.image.color, sheet.dpi, sheet.fit, (x0 - 1, y0 - 1, x1 + 1, y1 + 1))
    return mask


def reading_boxes(*readings: FieldReading | SignatureReading) -> list[Box]:
    """Where the lines of these readings stand."""
    return [line.box for reading in readings for line in reading.lines]


def signature_erased(sheet: Sheet, rng: Random) -> Made | None:
    """No signature; a name beside it may stay."""
    seen = sheet.seen
    page = erased(sheet, reading_boxes(seen.signature), reading_boxes(seen.date, seen.block_name))
    left = frozenset({"unsigned", "signed_elsewhere", "signature_typed"})  # a name may stand beside it, typed or not
    return page if page is None else Made(with_page(sheet, page), left)


def name_typed_in(sheet: Sheet, rng: Random) -> Made | None:
    """The signature replaced by the name in plain type, the page printed and scanned again."""
    label = sheet.form.field("signature")
    page = erased(sheet, reading_boxes(sheet.seen.signature), reading_boxes(sheet.seen.date, sheet.seen.block_name))
    if page is None or label is None or not sheet.truth.authors:
        return None
    start = (float(rng.uniform(215, 235)), label.zone[3] - 2.4)
    typed = forgeries.type_text(page, sheet.dpi, sheet.fit, sheet.truth.authors[0], start, float(rng.uniform(9, 12)))
    sent = forgeries.recompressed(typed, int(rng.integers(60, 92)))
    return Made(with_page(sheet, sent), frozenset({"signature_typed"}))


def date_erased(sheet: Sheet, rng: Random) -> Made | None:
    """No date; None where the same day stands there once more, beside another signature."""
    seen = sheet.seen
    page = erased(sheet, reading_boxes(seen.date), reading_boxes(seen.signature, seen.block_name))
    if page is None:
        return None
    left = with_page(sheet, page)
    return None if _digits(left.date) == _digits(seen.date) else Made(left, frozenset({"undated"}))


def _digits(reading: FieldReading) -> str:
    return "".join(character for character in reading.text if character.isdigit())


def _all_ink_erased(sheet: Sheet, flags: set[str]) -> Made | None:
    area = sheet.fit.page.area
    if area is None:
        return None
    page = forgeries.erase_zone(sheet.image.color, sheet.dpi, sheet.fit, area)
    return Made(with_page(sheet, page), frozenset(flags))


def block_erased(sheet: Sheet, rng: Random) -> Made | None:
    """Nothing of the signature block: neither signature nor name nor date."""
    return _all_ink_erased(sheet, {"unsigned"})


def title_erased(sheet: Sheet, rng: Random) -> Made | None:
    """No title."""
    page = erased(sheet, reading_boxes(sheet.seen.title), reading_boxes(sheet.seen.name))
    return page if page is None else Made(with_page(sheet, page), frozenset({"title_missing"}))


def name_erased(sheet: Sheet, rng: Random) -> Made | None:
    """No name."""
    page = erased(sheet, reading_boxes(sheet.seen.name), reading_boxes(sheet.seen.title))
    return page if page is None else Made(with_page(sheet, page), frozenset({"name_missing"}))


# ------------------------------------------------------------------------------------------- clauses altered


def _altered(sheet: Sheet, page: Page, rng: Random, expected: frozenset[str] = ALTERED) -> Made | None:
    """The return with other clauses: only they are read again, from the page as a scanner sends it."""
    sent = forgeries.recompressed(page, int(rng.integers(50, 92)))
    pixels = with_gray(sent)
    fit = register(pixels.gray, sheet.dpi, sheet.form.pages)
    if fit is None:
        return None
    image = replace(sheet.image, pixels=lambda: pixels, words=())
    return Made(replace(sheet.seen, alterations=find_alterations([(image, fit)], sheet.form)), expected)


def words_struck(sheet: Sheet, rng: Random) -> Made | None:
    """Some words of the clauses struck out by pen."""
    words = forgeries.random_words(sheet.fit.page, rng, 5)
    return _altered(sheet, forgeries.strike_words(sheet.image.color, sheet.dpi, sheet.fit, words, rng), rng)


def clause_crossed_out(sheet: Sheet, rng: Random) -> Made | None:
    """20 to 40 words of the clauses crossed out."""
    words = sheet.fit.page.clause_words()
    start = int(rng.integers(0, len(words) - 40))
    some = words[start : start + int(rng.integers(20, 40))]
    return _altered(sheet, forgeries.cross_out(sheet.image.color, sheet.dpi, sheet.fit, some, rng), rng)


def word_blanked(sheet: Sheet, rng: Random) -> Made | None:
    """One word of the clauses painted over."""
    word = forgeries.random_words(sheet.fit.page, rng, 1)[0]
    return _altered(sheet, forgeries.blank_word(sheet.image.color, sheet.dpi, sheet.fit, word), rng)


def is_exchangeable(word: PrintedWord, other: PrintedWord) -> bool:
    """Whether another word of the page has about the width of a word and is unlike it."""
    from rapidfuzz import fuzz

    width = word.box[2] - word.box[0]
    fits = 0.7 * width < other.box[2] - other.box[0] < 1.15 * width
    return fits and fuzz.ratio(other.text.lower(), word.text.lower()) < 50


def word_replaced(sheet: Sheet, rng: Random) -> Made | None:
    """By another word of about the same width, unlike it."""
    word = forgeries.random_words(sheet.fit.page, rng, 1)[0]
    others = [other for other in sheet.fit.page.clause_words() if is_exchangeable(word, other)]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    return _altered(sheet, forgeries.replace_word(sheet.image.color, sheet.dpi, sheet.fit, word, other), rng)


def words_written_between(sheet: Sheet, rng: Random) -> Made | None:
    """The handwritten date or name of the page, written again between the clauses' lines."""
    for reading in (sheet.seen.date, sheet.seen.block_name, sheet.seen.name):
        zone = sheet.zone(reading.box) if reading.kind == "handwritten" else None
        fits = reading.page == sheet.image.index + 1
        patch = forgeries.writing_patch(sheet.image.color, sheet.dpi, sheet.fit, zone) if zone and fits else None
        if patch is not None and int((patch.min(axis=2) < 128).sum()) >= LEAST_WRITING_PX:
            break
    else:
        return None
    word = forgeries.random_words(sheet.fit.page, rng, 1)[0]
    size = float(rng.uniform(0.7, 1.0))
    return _altered(sheet, forgeries.write_between(sheet.image.color, sheet.dpi, sheet.fit, patch, word, size), rng)


def page_set_off(sheet: Sheet, rng: Random) -> Made | None:
    """Wet ink came off on the page, mirrored: in order."""
    area = sheet.fit.page.areas[0].zone
    page = forgeries.set_off(sheet.image.color, sheet.dpi, sheet.fit, area, rng)
    return _altered(sheet, page, rng, frozenset())


def page_smudged(sheet: Sheet, rng: Random) -> Made | None:
    """Dirt among the clauses: in order."""
    word = forgeries.random_words(sheet.fit.page, rng, 1)[0]
    return _altered(sheet, forgeries.smudged(sheet.image.color, sheet.dpi, sheet.fit, word, rng), rng, frozenset())


def page_stretched(sheet: Sheet, rng: Random) -> Made | None:
    """A scan that is drawn out towards one side: in order."""
    return _altered(sheet, forgeries.stretched(sheet.image.color, sheet.dpi, rng), rng, frozenset())


INSERTIONS = ("not", "without", "except for code", "for two years", "non-exclusive", "(see addendum)", "or my employer")


def words_typed_between(sheet: Sheet, rng: Random) -> Made | None:
    """Words typed above a clause's line before the page was printed."""
    word, text = forgeries.random_words(sheet.fit.page, rng, 1)[0], str(rng.choice(INSERTIONS))
    start, size = (word.box[0], word.box[1] + float(rng.uniform(-1, 1.5))), float(rng.uniform(6.5, 9))
    page = forgeries.type_text(sheet.image.color, sheet.dpi, sheet.fit, text, start, size)
    return _altered(sheet, page, rng)


# ------------------------------------------------------------------------------------------- whole pages


def _images(document: Document) -> tuple[list[Page], float]:
    pages = [rasterize(document, index) for index in range(min(len(document), 4))]
    return [page.color for page in pages], pages[0].dpi


def in_one_file(first: Document, second: Document) -> Observation:
    """Two returns, one after the other in one file, as it is read before it is parted."""
    (pages, dpi), (more, other_dpi) = _images(first), _images(second)
    scaled = [cv2.resize(page, None, fx=dpi / other_dpi, fy=dpi / other_dpi) for page in more]
    return read_again([*pages, *(np.asarray(page, np.uint8) for page in scaled)], dpi)


def page_dropped(document: Document, rng: Random) -> Made | None:
    """One of two pages is not sent."""
    pages, dpi = _images(document)
    if len(pages) != 2:
        return None
    return Made(read_again([pages[int(rng.integers(2))]], dpi), frozenset({"page_missing"}))


def pages_reversed(document: Document, rng: Random) -> Made | None:
    """The last page first: in order."""
    pages, dpi = _images(document)
    return Made(read_again(pages[::-1], dpi), frozenset())


def page_doubled(document: Document, rng: Random) -> Made | None:
    """One page twice: in order."""
    pages, dpi = _images(document)
    return Made(read_again([*pages, pages[int(rng.integers(len(pages)))]], dpi), frozenset())


def page_turned(document: Document, rng: Random) -> Made | None:
    """One page turned by a quarter, a half or three quarters: in order."""
    pages, dpi = _images(document)
    turned = int(rng.integers(len(pages)))
    pages[turned] = np.asarray(np.rot90(pages[turned], int(rng.integers(1, 4))).copy(), np.uint8)
    return Made(read_again(pages, dpi), frozenset())


SHEET_KINDS: Mapping[str, tuple[Callable[[Sheet, Random], Made | None], tuple[int, ...]]] = {
    "signature_erased": (signature_erased, (2,)),
    "name_typed_in": (name_typed_in, (2,)),
    "date_erased": (date_erased, (2,)),
    "block_erased": (block_erased, (2,)),
    "title_erased": (title_erased, (1,)),
    "name_erased": (name_erased, (1,)),
    "words_struck": (words_struck, (1, 2)),
    "clause_crossed_out": (clause_crossed_out, (1, 2)),
    "word_blanked": (word_blanked, (1, 2)),
    "word_replaced": (word_replaced, (1, 2)),
    "words_written_between": (words_written_between, (2,)),
    "words_typed_between": (words_typed_between, (1, 2)),
    "page_set_off": (page_set_off, (1, 2)),
    "page_smudged": (page_smudged, (1, 2)),
    "page_stretched": (page_stretched, (1, 2)),
}
"""What is done to one page, and on which pages of the form."""

FILE_KINDS: Mapping[str, Callable[[Document, Random], Made | None]] = {
    "page_dropped": page_dropped,
    "pages_reversed": pages_reversed,
    "page_doubled": page_doubled,
    "page_turned": page_turned,
}

PAGE_KINDS = (*SHEET_KINDS, *FILE_KINDS)


def page_anomalies(kind: str, data: bytes, seen: Observation, truth: Truth, rng: Random) -> Made | None:
    """The return in `data` made wrong in one way; None where that is not possible with this one."""
    document = open_document(data)
    if isinstance(document, Problem) or not seen.form or truth.flags:
        return None
    if kind in FILE_KINDS:
        return FILE_KINDS[kind](document, rng)
    make, numbers = SHEET_KINDS[kind]
    sheet = open_sheet(document, seen, truth, numbers[int(rng.integers(len(numbers)))])
    return make(sheet, rng) if sheet else None


def signature_page_again(data: bytes, seen: Observation, truth: Truth, rng: Random) -> Observation | None:
    """The signature page of a return, as another scanner sends the same sheet."""
    document = open_document(data)
    number = next((p.number for p in load_forms()[0].pages for f in p.fields if f.kind == "signature"), 0)
    sheet = None if isinstance(document, Problem) else open_sheet(document, seen, truth, number)
    return with_page(sheet, forgeries.scanned_again(sheet.image.color, rng)) if sheet else None
