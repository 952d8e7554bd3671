"""One return, from its bytes to all that was read from it: no roster, no calendar, nothing of other returns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice

import numpy as np
import numpy.typing as npt

from models.line_finder import LineFinder
from models.ppocr import LineReader
from pipeline.datamodel.records import Alteration, Certificate, Observation, PageFit, Problem, Source
from pipeline.datamodel.stopwatch import stage
from pipeline.dates.evidence import SPAN, ink_evidence
from pipeline.documents.certificates import read_certificates
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import PageImage, is_blank
from pipeline.extraction.agreements import PageWriting, by_form, may_be_several, numbered
from pipeline.extraction.alterations.find import find_alterations
from pipeline.extraction.alterations.reworded import reworded
from pipeline.extraction.areas import ReadArea, read_areas
from pipeline.extraction.field_records import form_fields, with_blanks_filled
from pipeline.extraction.key_values import extract_key_values
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.extraction.page_words import ReturnWords, read_bands_again
from pipeline.extraction.transcripts.observe_transcript import cut_at_agreements, observe_transcript
from pipeline.extraction.transcripts.second_opinion import with_second_opinion
from pipeline.forms.form import Form, retypeset_label
from pipeline.forms.reader import load_forms
from pipeline.intake.ocr_output.engine_output import EngineOutput
from pipeline.intake.ocr_output.plain_text import PLAIN_TEXT
from pipeline.intake.ocr_output.recognize import engine_output
from pipeline.names.fields import match_authors
from pipeline.registration.matching import FittedPage, MatchedPage, fitted, form_of, match_pages, page_fit
from pipeline.registration.word_alignment import WordPage, clauses_left_out, form_pages_found, register_by_words

MOST_WORD_PAGES = 4
"""Pages that fit no form's page of which the words are looked at; a form re-typeset has two or three."""
LEFT_OUT_SURE = 0.6
"""Confidence, 0..1, that clauses are not there which no word of a page in another layout was read for."""
ASK_SCAN = "Ask for a PDF or a scan of the signed pages."
BLANK = "All pages of this file are blank, as after an upload that broke off. Ask for the file once more."


@dataclass(frozen=True, slots=True)
class Models:
    """The recognizers of one process."""

    finder: LineFinder
    reader: LineReader


@cache
def load_models() -> Models:
    """Loaded once a process: half a second and some 100 MB."""
    return Models(LineFinder(), LineReader())


def observe(source: Source, data: bytes, forms: Sequence[Form] = (), text: bytes | None = None) -> Observation:
    """Read one return. A file that can't be read gives an Observation with its problem; nothing is raised for it.

    `forms`: the agreements that it may be; none given: the packaged ones. `text`: another engine's output that lies
    beside the scan.
    """
    started = time.perf_counter()
    forms = forms or load_forms()
    found = _read_already(source, data, forms) or _from_pages(source, data, forms)
    opinion = _read_already(source, text, forms) if text is not None else None
    if opinion is not None:
        found = with_second_opinion(found, opinion)
    return replace(found, seconds=time.perf_counter() - started)


def _from_pages(source: Source, data: bytes, forms: Sequence[Form]) -> Observation:
    with stage("intake"):
        document = open_document(data)
    if isinstance(document, Problem):
        return Observation(problem=document)
    found = _observe_pages(document, source.pages, forms)
    with stage("certificates"):
        certificates = read_certificates(data)
    if _signed_by(certificates, found) and found.signature.kind in ("none", "typed"):
        found = replace(found, signature=replace(found.signature, kind="digital", confidence=1.0))
    with stage("recognize"):
        evidence = ink_evidence(found.date, SPAN)
    return replace(found, certificates=certificates, date_evidence=evidence)


def _read_already(source: Source, data: bytes, forms: Sequence[Form]) -> Observation | None:
    """What another engine's output says; None where the file is none, or a text that is no agreement."""
    with stage("intake"):
        output = _engine_pages(data, tuple(forms))
    if output is None or isinstance(output, Problem):
        return None if output is None else Observation(problem=output)
    with stage("transcripts"):
        found = observe_transcript(output, source.pages, forms)
    if found is not None or output.engine == PLAIN_TEXT:
        return found
    sentence = f"This is output of an OCR program ({output.engine}), but its text is no agreement. {ASK_SCAN}"
    return Observation(problem=Problem("not_a_document", sentence))


@lru_cache(maxsize=1)
def _engine_pages(data: bytes, forms: tuple[Form, ...]) -> EngineOutput | Problem | None:
    """Another engine's output, each agreement on pages of its own. The last one is kept: its parts are read next."""
    output = engine_output(data)
    return cut_at_agreements(output, forms) if isinstance(output, EngineOutput) else output


def _signed_by(certificates: Sequence[Certificate], found: Observation) -> bool:
    """Whether a certificate signs the return: one that signs, or one that certifies it by whom the form names.

    A publisher certifies the blank form that it hands out; an author may certify what he signs.
    """
    named = f"{found.name.text}, {found.block_name.text}"
    return any(not c.certification or bool(match_authors(named, (c.signer,))) for c in certificates)


def _observe_pages(document: Document, part: Sequence[int], forms: Sequence[Form]) -> Observation:
    """`part`: the agreement's pages, 1-based, where the file holds several."""
    indices = [page - 1 for page in part if page <= len(document)] or range(len(document))
    words = ReturnWords(forms)
    pages = match_pages(document, indices, forms, words.like)
    form = form_of(pages, forms)
    numbers = _numbered(pages, forms, part)
    if len({fit.agreement for fit in numbers} - {0}) > 1:  # Each will be read by itself.
        return Observation(pages=len(indices), form=form.label if form else "", fits=numbers)
    if form is None and all(is_blank(page.image.gray) for page in pages):
        return Observation(pages=len(indices), problem=Problem("unreadable_file", BLANK))
    chosen = fitted(pages, form) if form else {}
    missing = tuple(p.number for p in form.pages if p.number not in chosen) if form else ()
    by_words = _by_words(pages, (form,) if form else forms, words) if missing or form is None else ByWords()
    label = form.label if form else ""
    if by_words.form:
        form, label = by_words.form, retypeset_label(by_words.form.label)
        there = form_pages_found([page.fit for page in by_words.pages], form)
        missing = tuple(p.number for p in form.pages if p.number not in chosen.keys() | there)
        own_fits = {page.image.index + 1: page_fit(MatchedPage(page.image, page.fit)) for page in by_words.pages}
        numbers = tuple(own_fits.get(fit.page, fit) for fit in numbers)
    fitting = (*chosen.values(), *by_words.pages)
    found = form_fields([area for page in fitting for area in read_areas(page, load_models(), SPAN)], form)
    if missing or form is None:
        with stage("by labels"):
            found = with_blanks_filled(found, _by_labels(pages, by_words, forms, words))
    return replace(
        found,
        alterations=_alterations(fitting, form, found, by_words) if form else (),
        pages=len(indices),
        form=label,
        name_signs=any(f.signs for page in (form.pages if form else ()) for f in page.fields),
        fits=numbers,
        missing_pages=missing,
    )


@dataclass(frozen=True, slots=True)
class ByWords:
    """What the words of the pages that fit no form's page say."""

    form: Form | None = None
    """The form whose words they have in another layout."""
    pages: tuple[FittedPage, ...] = ()
    """The pages that have them, each laid on a form page of its own."""
    words: tuple[tuple[PageImage, WordPage], ...] = ()
    """The same pages with all of their words."""


def _by_words(pages: Sequence[MatchedPage], forms: Sequence[Form], words: ReturnWords) -> ByWords:
    with stage("register"):
        strangers = (page.image for page in pages if page.fit is None)
        unfitted = list(islice((image for image in strangers if not words.is_other(image)), MOST_WORD_PAGES))
        found_words = [words.of(image) for image in unfitted]
        for form in forms:
            fits = register_by_words(found_words, form, read_bands_again)
            found = tuple(FittedPage(image, fit) for image, fit in zip(unfitted, fits, strict=True) if fit)
            if found:
                own = zip(unfitted, found_words, fits, strict=True)
                return ByWords(form, found, tuple((image, page) for image, page, fit in own if fit and page))
    return ByWords()


def _by_labels(
    pages: Sequence[MatchedPage], by_words: ByWords, forms: Sequence[Form], words: ReturnWords
) -> Observation:
    """What labels lead to on the pages that fit no form in any layout."""
    taken = {page.image.index for page in by_words.pages}
    unfitted = (page.image for page in pages if page.fit is None and page.image.index not in taken)
    # A former form's labels, "Date" without a colon, would be any agreement's.
    present = [form for form in forms if not form.former]
    return extract_key_values(unfitted, present, load_models(), SPAN, words)


def _alterations(
    pages: Sequence[FittedPage], form: Form, fields: Observation, by_words: ByWords
) -> tuple[Alteration, ...]:
    filled_in = (fields.title, fields.name, fields.date, fields.block_name, fields.signature)
    with stage("alterations"):
        texts = {line.text for reading in filled_in for line in reading.lines}
        found = find_alterations([(page.image, page.fit) for page in pages], form, texts, _text_of)
        if by_words.words and not found:
            found = reworded(by_words.words, form, read_bands_again)
        own = [(page.image.index + 1, page.fit) for page in pages if page.fit.page.origin]
        return found or tuple(
            Alteration("changed", text, "", own[0][0], None, LEFT_OUT_SURE)
            for text in clauses_left_out([fit for _, fit in own], form)
        )


def _text_of(line: npt.NDArray[np.uint8]) -> str:
    """What stands on the picture (H, W) of one line."""
    return load_models().reader.read([line])[0].text


def _numbered(pages: Sequence[MatchedPage], forms: Sequence[Form], part: Sequence[int]) -> tuple[PageFit, ...]:
    """The pages' fits with the agreements that they belong to; read for it only where there may be several."""
    found = [page_fit(page) for page in pages]
    whole = [form for form in forms if _numbers(form) <= {f.form_page for f in found if f.form == form.label}]
    if len(whole) > 1:
        return by_form(found, [form.label for form in whole])
    form_pages = [page.number for form in whole for page in form.pages]
    if not may_be_several(found, form_pages):
        return tuple(found)
    own = [FittedPage(page.image, page.fit) for page in pages if page.fit and page.fit.page.areas]
    written = {page.image.index + 1: page_writing(read_areas(page, load_models(), SPAN)) for page in own}
    return numbered(found, form_pages, written, stacks=not part)


def _numbers(form: Form) -> set[int]:
    return {page.number for page in form.pages}


def page_writing(areas: Sequence[ReadArea]) -> PageWriting:
    """What tells the agreement of the page with these areas from others in the file."""
    found = form_fields(areas)
    own = (found.title, found.name, found.signature, found.date, found.block_name)
    lines = [tuple(line.text for line in reading.lines) for reading in own]
    return PageWriting(
        (*(" ".join(texts) for texts in lines), *(field.value for field in found.extra_fields)),
        " ".join((*lines[1], *lines[2], *lines[4])),
        b"".join(page_fingerprint(area.ink.at_point_scale()) for area in areas[-1:] if area.ink),
        all(line.region.typed is not None for area in areas for line in area.lines),
    )
