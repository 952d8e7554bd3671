"""Examples for `models.fit_marks`: how lines on scans were made, what foreign ink among the clauses is, and whether
their words stand there.

usage: python -m benchmarks.mark_examples RETURNS... [--only MODEL] [--every N] [--made N] [--seed N] [--fonts FOLDER]
OUT.npz

Each RETURNS is a labelled folder (see `benchmarks.truth`), one as the returns are, others as if scanned anew. Beside
them there are made ones: names typed in the fonts of FOLDER for a signature, additions to the clauses, dirt on them.
OUT holds measures and answers only: no name, no picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz import fuzz

from benchmarks import forgeries
from benchmarks.forgeries import Page, Random
from benchmarks.page_anomalies import INSERTIONS, Sheet, erased, is_exchangeable, open_sheet, reading_boxes
from benchmarks.truth import Truth, load_truth
from models.choice import Example, binary_example
from models.fit import save_examples
from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.dates.evidence import SPAN
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import with_gray
from pipeline.extraction.alterations.added_ink import MODEL as INK
from pipeline.extraction.alterations.added_ink import added_ink
from pipeline.extraction.alterations.changed_word import MODEL as WORD
from pipeline.extraction.alterations.changed_word import measured as measured_words
from pipeline.extraction.alterations.changed_word import usual_word
from pipeline.extraction.alterations.clause_ink import (
    MOST_READ,
    clause_words,
    doubtful_words,
    field_reach,
    foreign_ink,
    read_words,
    struck_words,
)
from pipeline.extraction.alterations.clause_view import clause_area, view_clauses
from pipeline.extraction.areas import read_areas
from pipeline.extraction.assignment import assign_fields
from pipeline.extraction.observe import load_models, observe
from pipeline.extraction.printed_line import DATE_MODEL as DATE
from pipeline.extraction.printed_line import MODEL as LINE
from pipeline.extraction.printed_line import measured
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.signature import is_born_digital
from pipeline.forms.form import PrintedWord
from pipeline.forms.reader import load_forms
from pipeline.registration.matching import FittedPage, fitted, form_of, match_pages
from pipeline.registration.register import register

MODELS: Final = (LINE, DATE, INK, WORD)
PLAIN: Final = ("arimo", "tinos", "lmroman")
"""How the names of the fonts begin that are plain type; all others of the folder imitate a hand."""
LEAST_LETTERS: Final = 4
"""Letters of a line of title or name that is an example."""
ITS_OWN: Final = 70.0
"""rapidfuzz ratio from which a read line is the one that the transcript has."""
LEAST_WRITING_PX: Final = 200
"""Dark pixels, at 150 dpi, of a piece of handwriting that is worth writing among the clauses."""
INNOCENT: Final = ("set-off", "smudge", "stretched")
ADDED: Final = ("written between", "typed between", "struck out", "crossed out")
CHANGED: Final = ("another word", "word painted over")
LEAST_CHANGED: Final = 3
"""Letters of a word that is changed."""


def line_examples(pages: Sequence[FittedPage], truth: Truth, sort: str) -> Iterator[tuple[str, Example]]:
    """The picture lines of title, name, signature and date of a return, and whether each was set in type; with the
    model that it is for."""
    areas = [(area, assign_fields(area)) for page in pages for area in read_areas(page, load_models(), SPAN)]
    everything = [line for area, _ in areas for line in area.lines]
    for area, fields in areas:
        for field, lines in fields.items():
            text, kind = _as_transcribed(field, truth)
            others = [line for line in everything if line not in lines]
            for line in lines:
                features = measured(line, others)
                scan = not is_born_digital(area.page) or kind == "script_font"
                if features is not None and scan and kind not in ("", "none") and _is_known(line, lines, field, text):
                    one = binary_example(features, kind == "typed", volume(truth), f"{sort}: {kind} {field}")
                    yield DATE if field == "date" else LINE, one


def _as_transcribed(field: str, truth: Truth) -> tuple[str, str]:
    """What a field says by the transcript, and how it was made; empty where the transcript says nothing of it."""
    match field:
        case "signature":
            return truth.signature_text, truth.signature
        case "date":
            return "", truth.date_kind
        case _:
            return truth.texts.get(field, ("", ""))


def _is_known(line: RecognizedLine, lines: Sequence[RecognizedLine], field: str, text: str) -> bool:
    """Whether the transcript's word on how a field was made holds for a line of it."""
    if field in ("signature", "date"):
        return len([one for one in lines if one.region.typed is None]) == 1
    letters = sum(c.isalpha() for c in line.text)
    return letters >= LEAST_LETTERS and fuzz.partial_ratio(line.text.lower(), text.lower()) >= ITS_OWN


def volume(truth: Truth) -> str:
    return truth.file.split("/")[0]


def ink_examples(page: FittedPage, truth: Truth, added: bool, sort: str) -> Iterator[Example]:
    """Places with foreign ink among a page's clauses; of `added` ones only the largest is known to be an addition."""
    area = clause_area(page.fit.page)
    if area is None:
        return
    view = view_clauses(page.image.gray, page.image.dpi, page.fit, area)
    foreign = foreign_ink(view)
    fields = field_reach(view, foreign)
    seen = clause_words(view, fields)
    own = foreign_ink(view, seen.beside.values()) if seen.beside else foreign
    places = added_ink(view, own, fields)
    ranked = sorted(places, key=lambda place: -place.features[1])
    for place in ranked[:1] if added else ranked:
        yield binary_example(place.features, added, volume(truth), sort)


def word_examples(page: FittedPage, truth: Truth, changed: PrintedWord | None, sort: str) -> Iterator[Example]:
    """Clause words of a page that fall behind its others, and whether the one that was `changed` is among them."""
    area = clause_area(page.fit.page)
    if area is None:
        return
    view = view_clauses(page.image.gray, page.image.dpi, page.fit, area)
    seen = clause_words(view, field_reach(view, foreign_ink(view)))
    if not seen.fits:
        return
    usual = usual_word(seen.fits)
    for rank, doubtful in enumerate(doubtful_words(seen, struck_words(seen))):
        answer = any(fit.word is changed for fit in doubtful.words)
        if answer or rank < MOST_READ:
            features = measured_words(doubtful.words, usual, doubtful.beside, read_words(view, doubtful.words))
            yield binary_example(features, answer, volume(truth), sort)


def sent_again(sheet: Sheet, page: Page, rng: Random) -> FittedPage | None:
    """A changed page as a scanner sends it, laid on its form."""
    sent = (
        forgeries.recompressed(page, int(rng.integers(50, 92)))
        if rng.random() < 0.6
        else forgeries.scanned_again(page, rng)
    )
    pixels = with_gray(sent)
    fit = register(pixels.gray, sheet.dpi, sheet.form.pages)
    image = replace(sheet.image, pixels=lambda: pixels, words=(), stamps=())
    return FittedPage(image, fit) if fit else None


def made_line(sheet: Sheet, fonts: Sequence[Path], rng: Random) -> Iterator[Example]:
    """The signature replaced by the name in a font: plain type, or (a font of FOLDER) a script font or plain type."""
    seen, label = sheet.seen, sheet.form.field("signature")
    page = erased(sheet, reading_boxes(seen.signature), reading_boxes(seen.date, seen.block_name))
    if page is None or label is None or not sheet.truth.authors:
        return
    font = fonts[int(rng.integers(len(fonts)))] if fonts and rng.random() < 0.7 else None
    plain = font is None or font.stem.startswith(PLAIN)
    size = float(rng.uniform(9, 12) if plain else rng.uniform(13, 22))
    start, name = (float(rng.uniform(215, 235)), label.zone[3] - 2.4), sheet.truth.authors[0]
    again = sent_again(sheet, forgeries.type_text(page, sheet.dpi, sheet.fit, name, start, size, font), rng)
    if again is None:
        return
    kind = "typed" if plain else "script_font"
    for area in read_areas(again, load_models(), SPAN):
        signed = assign_fields(area).get("signature", ())
        for line in signed:
            features = measured(line, [one for one in area.lines if one not in signed])
            if features is not None and fuzz.ratio(line.text.lower(), name.lower()) >= ITS_OWN:
                yield binary_example(features, plain, volume(sheet.truth), f"made: {kind} signature")


def made_ink(sheet: Sheet, kind: str, rng: Random) -> Iterator[Example]:
    """A clause page with something added, or dirty."""
    page = _changed(sheet, kind, rng)
    again = sent_again(sheet, page, rng) if page is not None else None
    if again is not None:
        yield from ink_examples(again, sheet.truth, kind in ADDED, f"made: {kind}")


def _changed(sheet: Sheet, kind: str, rng: Random) -> Page | None:
    image, dpi, fit = sheet.image.color, sheet.dpi, sheet.fit
    words, word = fit.page.clause_words(), forgeries.random_words(fit.page, rng, 1)[0]
    match kind:
        case "set-off":
            return forgeries.set_off(image, dpi, fit, fit.page.areas[0].zone, rng)
        case "smudge":
            return forgeries.smudged(image, dpi, fit, word, rng)
        case "stretched":
            return forgeries.stretched(image, dpi, rng)
        case "struck out":
            return forgeries.strike_words(image, dpi, fit, forgeries.random_words(fit.page, rng, 5), rng)
        case "crossed out":
            start = int(rng.integers(0, len(words) - 40))
            return forgeries.cross_out(image, dpi, fit, words[start : start + int(rng.integers(20, 40))], rng)
        case "typed between":
            start_pt = (word.box[0], word.box[1] + float(rng.uniform(-1, 1.5)))
            return forgeries.type_text(
                image, dpi, fit, str(rng.choice(INSERTIONS)), start_pt, float(rng.uniform(6.5, 9))
            )
    patch = _writing(sheet, rng)
    if patch is None:
        return None
    faded = (255 - rng.uniform(0.4, 1.0) * (255 - patch.astype(np.float32))).astype(np.uint8)
    return forgeries.write_between(image, dpi, fit, faded, word, float(rng.uniform(0.5, 1.0)))


def made_word(sheet: Sheet, kind: str, rng: Random) -> Iterator[Example]:
    """A clause page with a word changed, or one that only is sent once more."""
    words = [word for word in sheet.fit.page.clause_words() if sum(map(str.isalpha, word.text)) >= LEAST_CHANGED]
    word = words[int(rng.integers(len(words)))]
    image, dpi, fit = sheet.image.color, sheet.dpi, sheet.fit
    if kind in CHANGED:
        others = [other for other in words if is_exchangeable(word, other)]
        if not others:
            return
        other = others[int(rng.integers(len(others)))]
        page = (
            forgeries.replace_word(image, dpi, fit, word, other)
            if kind == CHANGED[0]
            else forgeries.blank_word(image, dpi, fit, word)
        )
        again = sent_again(sheet, page, rng)
    else:
        dirty = _changed(sheet, kind, rng)
        again = sent_again(sheet, dirty, rng) if dirty is not None else None
    if again is not None:
        yield from word_examples(again, sheet.truth, word if kind in CHANGED else None, f"made: {kind}")


def _writing(sheet: Sheet, rng: Random) -> Page | None:
    """A piece of the page's own handwriting."""
    seen = sheet.seen
    for place in rng.permutation(4):
        reading = (seen.date, seen.block_name, seen.name, seen.title)[int(place)]
        here = reading.kind == "handwritten" and reading.page == sheet.image.index + 1
        zone = sheet.zone(reading.box) if here else None
        patch = forgeries.writing_patch(sheet.image.color, sheet.dpi, sheet.fit, zone) if zone else None
        if patch is not None and int((patch.min(axis=2) < 160).sum()) >= LEAST_WRITING_PX:
            return patch
    return None


def fitted_pages(document: Document) -> list[FittedPage]:
    forms = load_forms()
    pages = match_pages(document, range(len(document)), forms)
    form = form_of(pages, forms)
    return list(fitted(pages, form).values()) if form else []


def examples(folder: Path, options: argparse.Namespace, original: bool) -> Iterator[tuple[str, Example]]:
    """Those of a labelled folder; made ones only of the `original` returns."""
    rng = np.random.default_rng(options.seed)
    sort = "as it is" if original else "scanned anew"
    fonts = sorted(options.fonts.glob("*.[ot]tf")) if options.fonts else []
    for number, truth in enumerate(load_truth(folder)[:: options.every]):
        data = (folder / truth.file).read_bytes()
        document = open_document(data)
        if isinstance(document, Problem):
            continue
        pages = fitted_pages(document)
        if {LINE, DATE} & set(options.only):
            yield from (found for found in line_examples(pages, truth, sort) if found[0] in options.only)
        for page in pages if "form_altered" not in truth.flags else ():
            if INK in options.only:
                yield from ((INK, one) for one in ink_examples(page, truth, False, sort))
            if WORD in options.only:
                yield from ((WORD, one) for one in word_examples(page, truth, None, sort))
        if original and not truth.flags and number % options.made == 0:
            seen = observe(Source(truth.file, "", "", len(data)), data)
            yield from made_ones(document, seen, truth, fonts, rng, options.only)


def made_ones(
    document: Document, seen: Observation, truth: Truth, fonts: Sequence[Path], rng: Random, only: Collection[str]
) -> Iterator[tuple[str, Example]]:
    """Two lines in a font, and a clause page of each kind."""
    signed = open_sheet(document, seen, truth, 2)
    if LINE in only and signed is not None and seen.signature.lines:
        yield from ((LINE, one) for _ in range(2) for one in made_line(signed, fonts, rng))
    kinds: Mapping[str, tuple[Callable[[Sheet, str, Random], Iterator[Example]], Sequence[str]]] = {
        INK: (made_ink, (*INNOCENT, *ADDED)),
        WORD: (made_word, (*INNOCENT, *CHANGED)),
    }
    for model, (make, some) in kinds.items():
        for kind in some if model in only else ():
            sheet = open_sheet(document, seen, truth, int(rng.integers(1, 3)))
            if sheet is not None:
                yield from ((model, one) for one in make(sheet, kind, rng))


def main() -> None:
    """Command line: `usage` above."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=1, help="one return in so many")
    parser.add_argument("--made", type=int, default=4, help="made examples of one return in so many")
    parser.add_argument("--only", action="append", choices=MODELS, help="model whose examples are made")
    parser.add_argument("--fonts", type=Path, default=Path("sample_scans/fonts"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.only = options.only or MODELS
    found: dict[str, list[Example]] = {model: [] for model in options.only}
    for number, folder in enumerate(options.returns):
        for model, example in examples(folder, options, number == 0):
            found[model].append(example)
    save_examples(found, options.out)


if __name__ == "__main__":
    main()
