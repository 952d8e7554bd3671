"""A return that another engine read, from its output to the observation."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from rapidfuzz import fuzz

from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.records import (
    Box,
    ExtraField,
    FieldReading,
    InkKind,
    LineReading,
    Observation,
    PageFit,
    SignatureKind,
    SignatureReading,
    TextPlace,
    Transcript,
)
from pipeline.dates.readings import readings
from pipeline.extraction.alterations.wording import wording_alterations
from pipeline.extraction.transcripts.alignment import Alignment, align, beginnings
from pipeline.extraction.transcripts.any_labels import find_by_labels
from pipeline.extraction.transcripts.fill_ins import FillIn, find_fill_ins, trimmed
from pipeline.extraction.transcripts.flat_text import (
    FlatText,
    by_rows,
    confidence_of,
    flat_text,
    hull,
    letters_of,
    writing_of,
)
from pipeline.extraction.transcripts.form_text import FormText, Span, form_text
from pipeline.extraction.transcripts.remarks import Remark
from pipeline.extraction.transcripts.signature_block import SignatureBlock, read_signature_block
from pipeline.forms.form import Form
from pipeline.intake.ocr_output.engine_output import EngineLine, EngineOutput, EnginePage, KeyValue, Mark, Writing
from pipeline.names.legibility import legibility

MOST_WORDS_KEPT: Final = 40
"""Words of a line up to which its letters are kept for the next text that has it."""
FORM_SHARE: Final = 0.3
"""Share of a form's letters, in runs that only the form has, from which a text is on it: half of a two-page form less
what OCR misreads. Other agreements in legal English stay under a tenth. Set by eye."""
PAGE_SHARE: Final = 0.25
"""The same for one page of the form to be there."""
NEAR_WORDS: Final = 0.1
"""Share of its words by which a form may fall behind the likeliest one and still be compared letter by letter."""
UNRATED: Final = 0.96
"""Confidence of text for which the engine gives none: of 165 typed dates that layers and OCR of real returns had as
text, 161 were right."""
MARKED: Final = 0.95
"""Confidence that something is signed where the engine says so, or a name is read there."""
DOUBTFUL: Final = 0.6
"""The same where it read only a few letters or saw a picture: a speck, a line, a logo may do that."""
LEAST_LEGIBLE: Final = 0.4
"""`legibility` from which what stands at the signature is taken for a name."""
LEAST_NAME_LETTERS: Final = 4
KEY_ALIKE: Final = 85.0
"""rapidfuzz ratio from which an engine's key is a form's label."""
WHOLE_PAGE: Final = Box(0.0, 0.0, 1.0, 1.0)
INK: dict[Writing, InkKind] = {"hand": "handwritten", "print": "typed", "": "transcribed"}


@dataclass(frozen=True, slots=True)
class LaidText:
    """A text with the form it is on and how that lies on it."""

    text: FlatText
    form: Form
    form_text: FormText
    laid: Alignment


def observe_transcript(output: EngineOutput, part: Sequence[int], forms: Sequence[Form]) -> Observation | None:
    """What stands in the fields, without `seconds`; None where the text is no agreement.

    `output`: as `cut_at_agreements` gives it. `part`: the agreement's pages, 1-based, where the file holds several.
    """
    pages = output.pages
    numbers = [number for number in part if number <= len(pages)] or list(range(1, len(pages) + 1))
    held = [(number, pages[number - 1]) for number in numbers]
    parted = _parted(held, forms)
    if len(parted) > 1:
        found = [_laid(group, forms) for group in parted]
        if sum(one is not None for one in found) > 1:
            return _several(parted, found, len(held))
    return _one(held, output, forms)


# --- several agreements in one file -------------------------------------------------------------------------------


def cut_at_agreements(output: EngineOutput, forms: Sequence[Form]) -> EngineOutput:
    """The output with its pages cut where a further agreement begins inside one, so that each begins a page."""
    cut: list[EnginePage] = []
    numbers: dict[int, int] = {}
    for number, page in enumerate(output.pages, start=1):
        numbers[number] = len(cut) + 1
        starts = sorted({0, *(at for at in _line_starts(page, forms) if at > 0)})
        ends = [*starts[1:], len(page.lines)]
        pieces = [EnginePage(page.lines[a:b], page.words_have_boxes) for a, b in zip(starts, ends, strict=True)]
        first = next((at for at, piece in enumerate(pieces) if _says_something(piece)), 0)
        cut += pieces[first:] if len(pieces) > 1 else pieces
    return replace(
        output,
        pages=tuple(cut),
        pairs=tuple(replace(pair, page=numbers.get(pair.page, pair.page)) for pair in output.pairs),
        marks=tuple(replace(mark, page=numbers.get(mark.page, mark.page)) for mark in output.marks),
    )


def _says_something(page: EnginePage) -> bool:
    return sum(len(line.words) for line in page.lines) > 20


def _line_starts(page: EnginePage, forms: Sequence[Form]) -> list[int]:
    """The lines at which agreements begin."""
    letters = [_line_letters(line) for line in page.lines]
    ends = list(accumulate(map(len, letters)))
    starts = beginnings([form_text(form) for form in forms], "".join(letters))
    return [bisect_right(ends, at) for at in starts if ends and at < ends[-1]]


def _line_letters(line: EngineLine) -> str:
    """The line's letters. Lines of a form come in every text, so those are kept; much longer ones are not."""
    if len(line.words) <= MOST_WORDS_KEPT:
        return normalize_token(" ".join([word.text for word in line.words]))
    return "".join(normalize_token(word.text) for word in line.words)


Held = list[tuple[int, EnginePage]]


def _parted(held: Held, forms: Sequence[Form]) -> list[Held]:
    """Pages by agreement: each page on which one begins starts the next group."""
    groups: list[Held] = []
    for number, page in held:
        if not groups or (_line_starts(page, forms) and any(_line_starts(p, forms) for _, p in groups[-1])):
            groups.append([])
        groups[-1].append((number, page))
    return groups


def _several(parted: Sequence[Held], found: Sequence[LaidText | None], count: int) -> Observation:
    """Only which pages belong to which agreement: each will be read by itself."""
    fits, agreement = [], 0
    label = next(one.form.label for one in found if one)
    for group, one in zip(parted, found, strict=True):
        agreement += one is not None
        form = one.form.label if one else ""
        fits += [PageFit(number, None, 0.0, agreement=max(agreement, 1), form=form) for number, _ in group]
    return Observation(pages=count, form=label, fits=tuple(fits))


# --- one agreement ------------------------------------------------------------------------------------------------


def _laid(held: Held, forms: Sequence[Form]) -> LaidText | None:
    """The text laid on the form whose words it has, in rows as they stand where that fits no worse; None: on none."""
    read = [flat_text(held)]
    if all(page.words_have_boxes for _, page in held):
        read.insert(0, flat_text([(number, by_rows(page)) for number, page in held]))
    near = _near(read[0], forms)
    tried = [LaidText(text, form, form_text(form), align(form_text(form), text)) for text in read for form in near]
    best = max(tried, key=_fit, default=None)
    return best if best and _fit(best) >= FORM_SHARE else None


def _near(text: FlatText, forms: Sequence[Form]) -> list[Form]:
    """The forms whose words the text has, or nearly as many of them as of the one that it has most of."""
    words = {normalize_token(word.word.text) for word in text.words}
    shares = [(len(words & form_text(form).words) / max(len(form_text(form).words), 1), form) for form in forms]
    most = max((share for share, _ in shares), default=0.0)
    return [form for share, form in shares if share >= most - NEAR_WORDS]


def _fit(one: LaidText) -> float:
    return round(one.laid.share((0, len(one.form_text.letters))), 2)


def _one(held: Held, output: EngineOutput, forms: Sequence[Form]) -> Observation | None:
    on_form = _laid(held, forms)
    text = on_form.text if on_form else flat_text(held)
    found = (
        find_by_labels(text.text, forms) if on_form is None else find_fill_ins(text, on_form.form_text, on_form.laid)
    )
    if on_form is None and not ("signature" in found and len(found) > 1):
        return None
    block = read_signature_block(text.text, found)
    numbers = [number for number, _ in held]
    marks = [mark for mark in output.marks if mark.page in numbers]
    spans = {name: _spans(text, place) for name, place in found.items()} | dict(block.places)
    blank = ((name, ((place.start, place.start),)) for name, place in found.items() if not spans.get(name))
    places = tuple(TextPlace(name, a, b) for name, some in (*spans.items(), *blank) for a, b in some)
    readings_of = {name: _reading(text, name, some, output) for name, some in spans.items()}
    date = _date(readings_of.get("date", FieldReading()), block, text)
    seen = Observation(
        pages=len(held),
        title=readings_of.get("title", FieldReading()),
        name=readings_of.get("name", FieldReading()),
        signature=_signature(readings_of, block, marks, text),
        date=date,
        block_name=readings_of.get("block_name", FieldReading()),
        transcript=Transcript(output.engine, text.text, places),
    )
    return _with_form(_with_pairs(seen, output, numbers, on_form), on_form, numbers) if on_form else seen


def _spans(text: FlatText, place: FillIn) -> tuple[Span, ...]:
    stretches = [place.above or (place.start, place.start), (place.start, place.end)]
    found = (trimmed(text.text, *stretch) for stretch in stretches)
    return tuple((start, end) for start, end in found if end > start)


def _reading(text: FlatText, name: str, spans: Sequence[Span], output: EngineOutput) -> FieldReading:
    """What stands in a field; its boxes and confidence are those of the engine's words."""
    lines = tuple(line for start, end in spans for line in _lines(text, start, end))
    if not lines:
        return FieldReading()
    words = [word.word for start, end in spans for word in text.words_in(start, end)]
    return FieldReading(lines, INK[writing_of(words)], lines[0].page, hull(words))


def _lines(text: FlatText, start: int, end: int) -> list[LineReading]:
    found = []
    for piece in _pieces(text.text, start, end):
        words = [word.word for word in text.words_in(*piece)]
        sure = confidence_of(words)
        shown = " ".join(text.text[slice(*piece)].split())
        score = UNRATED if sure is None else sure
        box = hull(words) or WHOLE_PAGE
        found.append(LineReading(shown, score, "engine", INK[writing_of(words)], text.page_at(piece[0]), box))
    return found


def _pieces(text: str, start: int, end: int) -> list[Span]:
    """The lines of a stretch without what stands around them."""
    at, found = start, []
    for line in text[start:end].splitlines(keepends=True):
        piece = trimmed(text, at, at + len(line)) if line.strip() else (at, at)
        if piece[1] > piece[0]:
            found.append((piece[0], min(piece[1], end)))
        at += len(line)
    return found


# --- signature and date -------------------------------------------------------------------------------------------


def _date(read: FieldReading, block: SignatureBlock, text: FlatText) -> FieldReading:
    """The date as read, or as a remark tells it."""
    remark = next((remark for remark in block.remarks if remark.date), None)
    if read.lines or remark is None:
        return read
    kind: InkKind = "handwritten" if remark.how == "handwritten" else "transcribed"
    page = text.page_at(remark.start)
    return FieldReading((LineReading(remark.date, UNRATED, "engine", kind, page, WHOLE_PAGE),), kind, page)


def _signature(
    read: dict[str, FieldReading], block: SignatureBlock, marks: Sequence[Mark], text: FlatText
) -> SignatureReading:
    """What is signed, by what was read there, what the engine remarks and what it marks."""
    written = read.get("signature", FieldReading())
    remark = _telling(block.remarks)
    if remark is not None and remark.signed is False and not written.lines:
        return SignatureReading(confidence=1 - MARKED)
    mark = max((m for m in marks if m.kind == "signature"), key=lambda m: m.confidence, default=None)
    lines = written.lines or _remarked_lines(remark, text)
    sure = max(_name_confidence(lines), MARKED if remark and remark.signed else 0.0, mark.confidence if mark else 0.0)
    if not lines and not (remark and remark.signed) and mark is None:
        seen_picture = any(r.picture for r in block.remarks) or _picture_at(marks, read, text)
        kind: SignatureKind = "transcribed" if seen_picture else "none"
        return SignatureReading(kind, DOUBTFUL if seen_picture else 1 - MARKED)
    page = written.page or (mark.page if mark else lines[0].page if lines else None)
    return SignatureReading(
        _kind(written, remark, mark), sure, True, lines, page, written.box or (mark.box if mark else None)
    )


def _telling(remarks: Sequence[Remark]) -> Remark | None:
    """The remark that says most of the signature: one with a name, else one that says how, else any."""
    some = [remark for remark in remarks if remark.signed is not None]
    return max(some, key=lambda r: (bool(r.name), r.how != "transcribed", r.signed is True), default=None)


def _remarked_lines(remark: Remark | None, text: FlatText) -> tuple[LineReading, ...]:
    if remark is None or not remark.name:
        return ()
    kind: InkKind = "handwritten" if remark.how == "handwritten" else "transcribed"
    return (LineReading(remark.name, UNRATED, "engine", kind, text.page_at(remark.start), WHOLE_PAGE),)


def _name_confidence(lines: Sequence[LineReading]) -> float:
    """Confidence that what was read at the signature is one: a name is, a few stray letters may be anything."""
    best = 0.0
    for line in lines:
        letters = sum(c.isalpha() for c in line.text)
        named = letters >= LEAST_NAME_LETTERS and legibility(line.text) >= LEAST_LEGIBLE
        best = max(best, MARKED if named and line.score >= 0.5 else DOUBTFUL)
    return best


def _kind(written: FieldReading, remark: Remark | None, mark: Mark | None) -> SignatureKind:
    """How it is signed, where the engine says so."""
    if remark is not None and remark.signed and remark.how != "transcribed":
        return remark.how
    if written.kind == "handwritten":
        return "handwritten"
    return "typed" if written.kind == "typed" and mark is None else "transcribed"


def _picture_at(marks: Sequence[Mark], read: dict[str, FieldReading], text: FlatText) -> bool:
    """Whether a picture, of which the engine knows no more, stands in the block's rows."""
    rows = [r.box for name in ("date", "block_name") if (r := read.get(name)) and r.box is not None]
    return any(
        mark.box is not None and any(mark.box.y0 < row.y1 + 0.06 and mark.box.y1 > row.y0 - 0.06 for row in rows)
        for mark in marks
        if mark.kind == "picture"
    )


# --- with the form ------------------------------------------------------------------------------------------------


def _with_pairs(seen: Observation, output: EngineOutput, numbers: Sequence[int], on_form: LaidText) -> Observation:
    """Fields left blank, filled from the engine's pairs of key and value."""
    pairs = [pair for pair in output.pairs if pair.value and pair.page in numbers]
    title, name, date, block_name = (
        reading if reading.lines else _paired(field, pairs, on_form)
        for field, reading in (
            ("title", seen.title), ("name", seen.name), ("date", seen.date), ("block_name", seen.block_name)
        )
    )  # fmt: skip
    return replace(seen, title=title, name=name, date=date, block_name=block_name)


def _paired(field: str, pairs: Sequence[KeyValue], on_form: LaidText) -> FieldReading:
    """The value of the pair whose key is the field's label."""
    label = next((label for label in on_form.form_text.labels if label.field.name == field), None)
    sought = on_form.form_text.letters[label.start : label.end] if label else ""
    for pair in pairs:
        key = "".join(letters_of(c) for c in pair.key if c.isalnum())
        if sought and fuzz.ratio(key, sought) >= KEY_ALIKE:
            sure, kind = confidence_of(pair.value), INK[writing_of(pair.value)]
            shown, box = " ".join(word.text for word in pair.value), hull(pair.value)
            line = LineReading(shown, UNRATED if sure is None else sure, "engine", kind, pair.page, box or WHOLE_PAGE)
            return FieldReading((line,), kind, pair.page, box)
    return FieldReading()


def _with_form(seen: Observation, on_form: LaidText, numbers: Sequence[int]) -> Observation:
    """The form, its pages, its further fields and its clauses."""
    form, laid = on_form.form, on_form.laid
    shares = {number: laid.share(span) for number, span in on_form.form_text.pages}
    missing = tuple(number for number, share in shares.items() if share < PAGE_SHARE)
    return replace(
        seen,
        form=form.label,
        fits=tuple(_fit_of(number, on_form) for number in numbers),
        missing_pages=missing,
        extra_fields=_extra_fields(seen, on_form),
        alterations=() if laid.same or missing else wording_alterations(_clause_words(on_form), form),
    )


def _fit_of(number: int, on_form: LaidText) -> PageFit:
    """The form page that a page of the text has most letters of."""
    words = [word for word in on_form.text.words if word.page == number]
    ends = (words[0].start, words[-1].end) if words else (0, 0)
    first, last = (bisect_left(on_form.text.offsets, end) for end in ends)
    here = [run for whole in on_form.laid.runs if (run := whole.within(first, last))]
    shares = []
    for form_page, (start, end) in on_form.form_text.pages:
        own = sum(max(0, min(run.end, end) - max(run.start, start)) for run in here)
        shares.append((own / max(end - start, 1), form_page))
    best, form_page = max(shares, default=(0.0, 0))
    on_it = best >= PAGE_SHARE
    return PageFit(number, form_page if on_it else None, round(best, 3), form=on_form.form.label if on_it else "")


def _extra_fields(seen: Observation, on_form: LaidText) -> tuple[ExtraField, ...]:
    """The form's further fields with what stands at their labels; boxes to tick can't be seen in a text."""
    found = find_fill_ins(on_form.text, on_form.form_text, on_form.laid)
    extra = []
    for page in on_form.form.pages:
        for field in page.fields:
            if not field.is_extra or field.kind == "tick":
                continue
            spans = _spans(on_form.text, found[field.name]) if field.name in found else ()
            read = _reading(on_form.text, field.name, spans, EngineOutput("", ()))
            value = read.text
            if field.kind == "date" and (days := readings(value)):
                value = days[0].day.isoformat()
            elif field.kind == "signature" and value:
                value = "signed"
            extra.append(ExtraField(field.name, field.kind, field.label, field.required, page.number, value, read))
    return tuple(extra)


def _clause_words(on_form: LaidText) -> list[tuple[str, int]]:
    return [(word.word.text, word.page) for word in on_form.text.words]
