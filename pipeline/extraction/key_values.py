"""Fields of pages that are no page of our forms: another publisher's agreement, another version of ours.

The page's words, from its text layer or a coarse OCR pass, tell where labels stand and where each is answered
(`label_places`). With these places for fields, and all its print but what was filled in there, the page becomes a form
page of its own, and is read as any form's: the ink that is no print, stroke by stroke to the fields, then line by line.
Of several places for a signature or a date the author's is taken that somebody wrote in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Observation
from pipeline.dates.readings import readings
from pipeline.documents.rasterize import PageImage, has_own_words, is_blank
from pipeline.extraction.areas import ReadArea, Recognizers, read_areas
from pipeline.extraction.assignment import FieldLines
from pipeline.extraction.field_records import with_fields
from pipeline.extraction.label_places import (
    BLOCK_PT,
    SURE_PRINT,
    UNREAD,
    Phrase,
    Place,
    apart,
    filled_in,
    find_places,
    in_row,
    is_heading,
    phrases,
    undated,
    unlabelled_places,
)
from pipeline.extraction.labels import may_ask
from pipeline.extraction.page_lines import PageLines
from pipeline.extraction.page_words import ReturnWords, finer_words, typed_in
from pipeline.extraction.recognized_lines import DATE_ODDS, RecognizedLine, line_confidence
from pipeline.forms.form import PRINT_DPI, FieldKind, Form, FormArea, FormField, FormPage, PrintedWord, Zone
from pipeline.forms.label_meanings import OTHER_SIGNERS
from pipeline.registration.matching import FittedPage
from pipeline.registration.register import Registration
from pipeline.registration.word_alignment import PlacedWord, WordPage

Gray = npt.NDArray[np.uint8]

MOST_PAGES = 6
"""Pages of one return that are looked at; agreements have two."""
SHORT_PAGE = 250
"""Words up to which a page may be a declaration that has no labels; an article's has more."""
PRINT_MARGIN_PT = 1.0
"""How far print reaches over its word's box."""
AREA_MARGIN_PT = 8.0
"""Paper around places that is looked at with them."""
HINT = re.compile(r"[(\[<\uff08]\w.*[)\]>\uff09]")
"""A hint that a form prints beside or below a line to write on."""
LEADERS = " _.\u2026\u2014\u2013-"
"""What a form prints to write on."""
LEADER = re.compile(r"_{3}|[.\u2026]{4}")
LEADER_RUN = re.compile(r"_{3,}|[.\u2026]{4,}|(?:(?!_{3}|[.\u2026]{4}).)+")
LEADER_PT = 2.0
"""Height of its strokes or dots at the foot of the line, points."""
"""By which a word is known as one, with or without a number before: "(1)______"."""
MARK = re.compile(r"[xX][.:)]?|\d{1,2}[.:)]")
"""A cross or a number that it prints before one."""
MARK_PT = 18.0
"""Greatest width of such a mark; a signature that reads as a cross is wider."""
SURE_HINT = 0.75
"""Mean probability, 0..1, of its letters from which a line is taken for either."""
LEAST_LETTERS = 2
"""Letters and digits from which a line says something."""
SIGNED_PT2 = 14.0
"""Least ink of a signature, square points."""
KINDS: Mapping[str, FieldKind] = {"signature": "signature", "date": "date"}


@dataclass(frozen=True, slots=True)
class AskingPage:
    """A page with its words, its lines and the places that its labels ask for."""

    image: PageImage
    words: WordPage
    said: tuple[Phrase, ...]
    lines: PageLines
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands at a place: the lines in it, in reading order."""

    place: Place
    tag: str
    area: ReadArea
    lines: tuple[RecognizedLine, ...]

    @property
    def dates(self) -> tuple[RecognizedLine, ...]:
        return tuple(line for line in self.lines if line.date_odds >= DATE_ODDS)

    @property
    def said(self) -> tuple[RecognizedLine, ...]:
        """The lines that say anything: what is left of a colon does not."""
        return tuple(line for line in self.lines if sum(c.isalnum() for c in line.text) >= LEAST_LETTERS)

    @property
    def signed(self) -> tuple[RecognizedLine, ...]:
        """What may be a signature: writing rather than typing."""
        rest = [line for line in self.lines if line.date_odds < DATE_ODDS]
        written = tuple(line for line in rest if line.region.typed is None)
        if written and sum(line.region.ink_pt2 for line in written) < SIGNED_PT2:
            written = ()
        return written or tuple(line for line in rest if line.region.typed)


def extract_key_values(
    images: Iterable[PageImage],
    forms: Sequence[Form],
    models: Recognizers,
    span: tuple[date, date],
    words: ReturnWords,
) -> Observation:
    """The fields that labels lead to on these pages; an empty Observation where the pages are no agreement.

    They are one if they have a label for a signature and another one, or two labels of our own forms: an article, a
    mail or a cover sheet has not. `span`: the days that a date may be.
    """
    likely = list(islice((i for i in images if _layer_may_ask(i, forms) and not is_blank(i.gray)), MOST_PAGES))
    pages = _asking_pages(likely, forms, words)
    if not _asks(pages, "signature"):
        pages = [
            page for i in likely if (found := words.of(i)) and (page := _unlabelled(i, found, words.lines(found.paper)))
        ] or pages
    asked = [place for page in pages for place in page.places]
    kinds = {tag for place in asked for tag in place.tags}
    own = {tag for place in asked if place.own for tag in place.tags}
    if not ("signature" in kinds and len(kinds) > 1) and len(own) < 2:
        return Observation()
    answers = [answer for page in pages for answer in _answers(page, models, span)]
    return _observation(answers)


def _asking_pages(images: Sequence[PageImage], forms: Sequence[Form], words: ReturnWords) -> list[AskingPage]:
    """The pages that ask for something, in order. Of scans the pages between the first and the one to sign, which is
    mostly the last, are not read."""
    found: dict[int, AskingPage | None] = {}
    for image in (*images[::-1], *images[:1]):
        signing = any(page and _is_to_sign(page) for page in found.values())
        if image.index not in found and (not signing or image is images[0] or has_own_words(image)):
            found[image.index] = _asking_closely(image, forms, words)
    return [page for _, page in sorted(found.items()) if page]


def _is_to_sign(page: AskingPage) -> bool:
    tags = {tag for place in page.places if place.signer not in OTHER_SIGNERS for tag in place.tags}
    return {"signature", "date"} <= tags


def _asking_closely(image: PageImage, forms: Sequence[Form], words: ReturnWords) -> AskingPage | None:
    """The page with its places, read a second time where that shows no place for the author to sign and date."""
    coarse = words.of(image)
    lines = words.lines(coarse.paper) if coarse else None
    page = _asking(image, coarse, forms, lines) if coarse and lines else None
    if coarse is None or lines is None or has_own_words(image) or (page and _is_to_sign(page)):
        return page
    fine = finer_words(coarse)
    return page if fine.words == coarse.words else _asking(image, fine, forms, lines)


def _asks(pages: Sequence[AskingPage], tag: str) -> bool:
    return any(tag in place.tags for page in pages for place in page.places)


def _unlabelled(image: PageImage, words: WordPage, lines: PageLines) -> AskingPage | None:
    """The page with a place to sign that has no label; None where it has no such."""
    said = phrases(words.words, unread=words.unread)
    places = unlabelled_places(said, lines)
    return AskingPage(image, words, said, lines, places) if places else None


def _layer_may_ask(image: PageImage, forms: Sequence[Form]) -> bool:
    """Whether the page's text layer, where it has a real one, leaves room for labels: an article's rarely does."""
    words = [w.text for w in image.words if not w.invisible]
    return not has_own_words(image) or len(words) <= SHORT_PAGE or may_ask(" ".join(words), forms)


def _asking(image: PageImage, words: WordPage, forms: Sequence[Form], lines: PageLines) -> AskingPage | None:
    """The page with its places; None where it asks for nothing."""
    height, width = (side * 72 / PRINT_DPI for side in words.paper.shape)
    said = phrases(words.words, forms, words.unread)
    if not any(phrase.odds for phrase in said):
        return None
    said = (*said, *filled_in(typed_in(image)))
    return AskingPage(image, words, said, lines, find_places(said, lines, (width, height)))


# --- reading the places -------------------------------------------------------------------------------------------


def _answers(page: AskingPage, models: Recognizers, span: tuple[date, date]) -> list[Answer]:
    """What stands at the places of a page that may be one of our fields."""
    width = page.words.paper.shape[1] * 72 / PRINT_DPI
    asked = _wanted((*page.places, *undated(page.places, width)))
    if not asked:
        return []
    found = []
    for area in read_areas(FittedPage(page.image, _own_page(page, asked)), models, span):
        for cell in area.cells or ():
            place, tag = asked[int(cell.field.name.rpartition("_")[2])]
            found.append(Answer(place, tag, area, tuple(line for line in cell.lines if not _is_printed(line))))
    return found


def _is_printed(line: RecognizedLine) -> bool:
    """Whether what passes for writing is a number or a hint beside the line to write on: "(1)", "<day and month>"."""
    if line.region.typed is not None or not line.views or line_confidence(line.views[0]) < SURE_HINT:
        return False
    text, wide = line.text.strip(), line.region.box[2] - line.region.box[0]
    mark = wide <= MARK_PT and MARK.fullmatch(text) is not None
    return mark or HINT.fullmatch(text.strip(LEADERS)) is not None


def _wanted(places: Sequence[Place]) -> list[tuple[Place, str]]:
    """The places that are read, each with what it is read for: all signatures and dates, the first title and names."""
    signing = [(place, tag) for place in places for tag in ("signature", "date") if tag in place.tags]
    titles = [place for place in places if place.tags[:1] == ("title",)]
    people = [
        place
        for tag in ("name", "authors")
        for place in places
        if place.tags[:1] == (tag,) and not is_heading(place, places)
    ]
    best = max(titles, key=lambda place: round(place.label.odds["title"], 1), default=None)
    texts = [(best, "title")] if best else []
    return [*signing, *texts, *((place, "name") for place in people)]


def _own_page(page: AskingPage, asked: Sequence[tuple[Place, str]]) -> Registration:
    """The page as a form page, laid on itself."""
    height, width = (side * 72 / PRINT_DPI for side in page.words.paper.shape)
    fields = tuple(
        FormField(f"{tag}_{n}", KINDS.get(tag, "text"), page.image.index + 1, place.label.text, place.zone)
        for n, (place, tag) in enumerate(asked)
    )
    filled = {id(word) for phrase in page.said if _is_fill_in(phrase, page, asked) for word in phrase.words}
    printed = [word for word in page.words.words if id(word) not in filled and _may_be_print(word)]
    printed += [PlacedWord(UNREAD, box) for box in page.words.unread]
    if has_own_words(page.image):
        printed = [piece for word in printed for piece in _off_leaders(word)]
    lettered = [word for word in printed if any(c.isalnum() for c in word.text) or word.text == "/"]
    own = tuple(_printed(word) for word in lettered) if has_own_words(page.image) else ()
    picture = _print(page.words.paper, printed, page.lines)
    areas = _areas([field.zone for field in fields], (width, height))
    form_page = FormPage(
        page.image.index + 1, width, height, own, page.lines.rules, fields, areas, None, Path(), "", picture
    )
    return Registration(form_page, page.words.to_page, 1.0, np.zeros((0, 5), np.float32))


def _may_be_print(word: PlacedWord) -> bool:
    """Whether a word is no stroke of writing that OCR took for a sign: the 1 of a day for a bar."""
    return word.sure >= SURE_PRINT or any(c.isalnum() for c in word.text)


def _off_leaders(word: PlacedWord) -> list[PlacedWord]:
    """A word of a text layer, parted from the leaders in it: over these people write. "20____" is two pieces.

    Letters and underscores are taken for equally wide.
    """
    x0, y0, x1, y1 = word.box
    width = (x1 - x0) / len(word.text)
    found = []
    for run in LEADER_RUN.finditer(word.text):
        leads = LEADER.match(run.group()) is not None
        top = max(y0, y1 - LEADER_PT) if leads else y0
        found.append(replace(word, text=run.group(), box=(x0 + width * run.start(), top, x0 + width * run.end(), y1)))
    return found


def _printed(word: PlacedWord) -> PrintedWord:
    x0, y0, _, y1 = word.box
    return PrintedWord(word.text, word.box, "", y1 - y0, y1, (x0,))


def _is_fill_in(phrase: Phrase, page: AskingPage, asked: Sequence[tuple[Place, str]]) -> bool:
    """Whether words that ask for nothing were written or typed at a place, not printed there."""
    if phrase.is_print or all(LEADER.search(word.text) for word in phrase.words):
        return False
    x, y = (phrase.box[0] + phrase.box[2]) / 2, (phrase.box[1] + phrase.box[3]) / 2
    for place, tag in asked:
        x0, y0, x1, y1 = place.zone
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            continue
        behind = phrase.box[0] >= place.label.box[2] - 2 and in_row(phrase.box, place.label.box)
        if tag != "signature" or behind or place.lined or readings(phrase.text):
            return True
        sure = float(np.mean([word.sure for word in phrase.words]))
        if not has_own_words(page.image) and (sure < SURE_PRINT or len(phrase.words) < 2):
            return True
    return False


def _print(paper: Gray, printed: Sequence[PlacedWord], lines: PageLines) -> Gray:
    """The page (H, W) with nothing on it but its printed words and its lines."""
    scale = PRINT_DPI / 72
    kept = lines.mask.copy()
    for word in printed:
        x0, y0, x1, y1 = (
            max(0, round((v + m) * scale))
            for v, m in zip(word.box, (-PRINT_MARGIN_PT,) * 2 + (PRINT_MARGIN_PT,) * 2, strict=True)
        )
        kept[y0:y1, x0:x1] = True
    return np.where(kept, paper, np.uint8(255)).astype(np.uint8)


def _areas(zones: Sequence[Zone], size: tuple[float, float]) -> tuple[FormArea, ...]:
    """Bands of the page that hold the places with some paper around; bands that touch are one."""
    bands: list[list[float]] = []
    for zone in sorted(zones, key=lambda z: z[1]):
        top, bottom = max(0.0, zone[1] - AREA_MARGIN_PT), min(size[1], zone[3] + AREA_MARGIN_PT)
        if bands and top <= bands[-1][1]:
            bands[-1][1] = max(bands[-1][1], bottom)
        else:
            bands.append([top, bottom])
    return tuple(FormArea((0.0, top, size[0], bottom), "boxes") for top, bottom in bands)


# --- which of them are the author's -------------------------------------------------------------------------------


def _observation(answers: Sequence[Answer]) -> Observation:
    """The records of the fields: the author's signature, the day beside it, title and names."""
    everything = [line for answer in answers for line in answer.lines]
    signatures, days = ([answer for answer in answers if answer.tag == tag] for tag in ("signature", "date"))
    signature = _signature(signatures, days)
    chosen: list[tuple[Answer, str, tuple[RecognizedLine, ...]]] = []
    if signature:
        chosen.append((signature, "signature", signature.signed))
    day = _day(answers, signature)
    if day:
        chosen.append((day, "date", _likeliest(day)))
    titles = [answer for answer in answers if answer.tag == "title"]
    chosen += [(answer, "title", answer.said) for answer in titles[:1]]
    chosen += [(answer, name, answer.said) for name, answer in _names(answers, signature).items()]
    found = Observation()
    for answer, name, lines in chosen:
        assigned: FieldLines = {name: lines}
        found = with_fields(found, answer.area, assigned, everything)
    return found


def _signature(places: Sequence[Answer], days: Sequence[Answer]) -> Answer | None:
    """The author's place to sign: one with a day beside it or a line, and signed; another's only where there is no
    such."""
    own = [answer for answer in places if answer.place.signer not in OTHER_SIGNERS] or list(places)
    return max(own, key=lambda one: (*_plain(one, days), bool(one.signed)), default=None)


def _plain(place: Answer, days: Sequence[Answer]) -> tuple[bool, bool]:
    """How plainly a place is one to sign and no heading or piece of a sentence: a day belongs to it; it has a line."""
    dated = any(_apart(day, place) <= BLOCK_PT for day in days)
    return dated, place.place.lined or place.place.label.has_colon


def _day(answers: Sequence[Answer], signature: Answer | None) -> Answer | None:
    """The place of the day: the nearest to the signature of those that show one, else the nearest."""
    places = [answer for answer in answers if answer.tag == "date" or (answer is signature and answer.dates)]
    own = [answer for answer in places if answer.place.signer not in OTHER_SIGNERS]
    if not own and (signature is None or signature.place.signer in OTHER_SIGNERS):
        own = places
    dated = [answer for answer in own if answer.dates] or own
    return min(dated, key=lambda answer: _apart(answer, signature), default=None)


def _likeliest(day: Answer) -> tuple[RecognizedLine, ...]:
    """What is most of a day at a place; what else stands there, if nothing is."""
    return (max(day.dates, key=lambda line: line.date_odds),) if day.dates else day.said


def _apart(answer: Answer, signature: Answer | None) -> float:
    """Distance from the signature, points; infinite from page to page."""
    if signature is None:
        return 0.0
    if answer.area.page is not signature.area.page and answer.area.page.image is not signature.area.page.image:
        return float("inf")
    return apart(answer.place.zone, signature.place.zone)


def _names(answers: Sequence[Answer], signature: Answer | None) -> dict[str, Answer]:
    """The places of the author's name: `name`, and `block_name` beside the signature."""
    places = [answer for answer in answers if answer.tag == "name" and answer.place.signer not in OTHER_SIGNERS]
    beside = [answer for answer in places if signature and _apart(answer, signature) <= BLOCK_PT]
    rest = [answer for answer in places if answer not in beside]
    if not rest:
        return {"name": beside[0]} if beside else {}
    return {"name": rest[0], **({"block_name": beside[0]} if beside else {})}
