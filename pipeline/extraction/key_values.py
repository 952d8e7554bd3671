"""Fields of pages that are no page of our forms: another publisher's agreement, another version of ours.

The page's words, from its text layer or a coarse OCR pass, tell where labels stand. Around these, lines are found and
read; those that say what one of our forms prints are print, and what stands beside or below a label was filled in. The
result has the same records as a page that fits, in the frame of the page set upright.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions
from models.line_finder import FoundLine, crop_quad
from models.ppocr import LineReader
from pipeline.datamodel.records import Observation
from pipeline.documents.rasterize import PageImage, is_blank
from pipeline.extraction.areas import ReadArea, Recognizers
from pipeline.extraction.assignment import Block
from pipeline.extraction.field_records import field_reading, with_blanks_filled, with_fields
from pipeline.extraction.labels import COLONS, Label, LabelKind, find_labels, is_wording, may_ask
from pipeline.extraction.locate import FIND_SCALE, INK_LEVEL, InkRegion
from pipeline.extraction.page_words import LEAST_LAYER_WORDS, page_words
from pipeline.extraction.recognize import read_block, read_lines
from pipeline.extraction.recognized_lines import DATE_ODDS, RecognizedLine, in_reading_order, line_confidence
from pipeline.extraction.text_layer import TypedLine, in_form_frame
from pipeline.forms.form import PRINT_DPI, Form, FormPage, Zone
from pipeline.registration.matching import FittedPage
from pipeline.registration.register import Registration
from pipeline.registration.warp import even_background
from pipeline.registration.word_alignment import PlacedWord, WordPage, by_place

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

MOST_PAGES = 6
"""Pages of one return that are read whole; agreements have two."""
ABOVE_LABEL_PT = 30.0
BELOW_LABEL_PT = 44.0
"""How far above and below a label lines are read: two lines of a title, a signature over its label."""
WORD_GAP = 3.0
"""Words of one line further apart than this many times their height belong to different columns."""
SQUEEZE = (16.0, 0.7)
"""(width by height, factor): lines of print longer than this are read squeezed. On 94 lines of five pages one letter in
a thousand is read otherwise at 0.8, up to one in forty at 0.65."""
SAMPLE = 4
"""Lines of a page, the most line-like ones, that are read to tell up from down."""
UPRIGHT_CONFIDENCE = 0.9
"""Mean confidence from which print is upright; upside down it stays below 0.8."""
LEAST_SKEW_DEG = 0.2
"""Degrees of skew below which a page is left as it is."""
LONG_SHAPE = 5.0
"""Width by height from which a line tells the page's skew."""
ROW_SHARE = 0.9
"""A line stands in a label's row if their middles are no further apart than this, in parts of the label's height."""
BELOW_HEIGHTS = 2.2
"""Gap, in parts of the label's height, up to which a line below a label is what was filled in there."""
ABOVE_HEIGHTS = 0.8
"""Gap, in parts of the label's height, up to which a line above a label is: people write on a rule that has its label
beneath."""
INDENT_PT = 14.0
"""Points by which writing above or below a label may begin further left than the label."""
LEAST_LETTERS = 2
"""Letters and digits from which a line or a part of one is something filled in."""
BRACKETS = (("(", "\N{FULLWIDTH LEFT PARENTHESIS}"), (")", "\N{FULLWIDTH RIGHT PARENTHESIS}"))
"""What a line in brackets, a hint to the author, begins and ends with."""
SCRIBBLE_HEIGHTS = (2.0, 1.2)
"""How far above and below a label's middle a scribble beside it may reach, in parts of the label's height."""
SCRIBBLE_PT2 = 14.0
"""Least ink of a scribble, square points."""
RULE_SHAPE = 12.0
"""Width by height from which ink is a rule to write on."""


@dataclass(frozen=True, slots=True)
class FlatPage:
    """A page set upright, with its lines; pixels at `image.dpi`."""

    image: PageImage
    paper: Gray
    to_paper: Matrix
    """Pixels of `image` -> pixels of `paper`."""
    lines: tuple[FoundLine, ...]

    @property
    def scale(self) -> float:
        """Pixels a point."""
        return self.image.dpi / 72

    def points(self, line: FoundLine) -> Zone:
        """The line's box in points of the upright page, origin top left."""
        x0, y0, x1, y1 = (v / self.scale for v in line.box)
        return x0, y0, x1, y1

    def fitted(self) -> FittedPage:
        """As if it were a form page of its own: points of the upright page stand for the form's."""
        h, w = self.paper.shape
        page = FormPage(0, w / self.scale, h / self.scale, (), (), (), (), None, Path())
        to_inches = np.diag([1 / self.image.dpi] * 2 + [1.0])
        matrix = to_inches @ np.linalg.inv(self.to_paper) @ np.diag([self.scale, self.scale, 1.0])
        return FittedPage(self.image, Registration(page, matrix, 0.0, np.zeros((0, 5), np.float32)))


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page with its labels and what follows each, by kind of field."""

    flat: FlatPage
    labels: tuple[Label, ...]
    fill_ins: dict[LabelKind, tuple[InkRegion, ...]]


def extract_key_values(
    images: Iterable[PageImage],
    forms: Sequence[Form],
    models: Recognizers,
    span: tuple[date, date],
    words: Mapping[int, WordPage | None] | None = None,
) -> Observation:
    """The fields that labels lead to on these pages; an empty Observation where the pages are no agreement.

    They are one if they have a label for a signature and another one, or two labels of our own forms: an article, a
    mail or a cover sheet has not. `span`: the days that a date may be. `words`: what `page_words` gives of pages whose
    words are known, by their index.
    """
    asking = islice((i for i in images if _layer_may_ask(i, forms) and not is_blank(i.gray)), MOST_PAGES)
    known = words or {}
    pages = [
        page
        for image in asking
        if (page := _labelled(image, known[image.index] if image.index in known else page_words(image), forms, models))
    ]
    labels = {(label.kind, label.own) for page in pages for label in page.labels}
    kinds = {kind for kind, _ in labels}
    own = {kind for kind, is_own in labels if is_own and kind in ("title", "name", "block_name")}
    if not ("signature" in kinds and len(kinds) > 1) and len(own) < 2:
        return Observation()
    found = Observation()
    for page in pages:
        found = _with_page(found, page, models.reader, span)
    return found


def _layer_may_ask(image: PageImage, forms: Sequence[Form]) -> bool:
    """Whether the page's text layer, where it has a real one, leaves room for labels: an article's rarely does."""
    layer = [word.text for word in image.words if word.source == "text_layer" and not word.invisible]
    return len(layer) < LEAST_LAYER_WORDS or may_ask(" ".join(layer), forms)


def _labelled(
    image: PageImage, words: WordPage | None, forms: Sequence[Form], models: Recognizers
) -> LabelledPage | None:
    """The page's labels with what follows each; None where it has none. Only what stands near a label is read."""
    if words is None:
        return None
    rows = _rows(words.words)
    asked = {label.line for label in find_labels([" ".join(word.text for word in row) for row in rows], forms)}
    bands = [_band(rows[number]) for number in asked]
    if not bands:
        return None
    flat = _flat(image, words, bands, models)
    read = models.reader.read([_squeezed(crop_quad(flat.paper, line.quad)) for line in flat.lines])
    labels = _first_of_each(find_labels([view.text for view in read], forms))
    return LabelledPage(flat, labels, _fill_ins(flat, read, labels, forms)) if labels else None


def _rows(words: Sequence[PlacedWord]) -> list[list[PlacedWord]]:
    """Words in lines, from top to bottom; far apart ones of a line are lines of their own, as to the line finder."""
    rows: list[list[PlacedWord]] = []
    for word in by_place(words):
        last = rows[-1][-1].box if rows else None
        height = word.box[3] - word.box[1]
        follows = (
            last and abs(last[3] - word.box[3]) < 0.5 * height and -height < word.box[0] - last[2] < WORD_GAP * height
        )
        if follows:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _band(row: Sequence[PlacedWord]) -> tuple[float, float]:
    """From where to where, down the page in points, what fills in a label may stand."""
    return min(word.box[1] for word in row) - ABOVE_LABEL_PT, max(word.box[3] for word in row) + BELOW_LABEL_PT


def _flat(image: PageImage, words: WordPage, bands: Sequence[tuple[float, float]], models: Recognizers) -> FlatPage:
    """The page set upright as `words` has it, with the lines that stand in one of the `bands`."""
    ratio = image.dpi / PRINT_DPI
    height, width = words.paper.shape
    size = (round(width * ratio), round(height * ratio))
    paper = np.asarray(cv2.resize(words.paper, size, interpolation=cv2.INTER_AREA), np.uint8)
    scale = image.dpi / 72
    top = max(0, round(min(low for low, _ in bands) * scale))
    bottom = min(size[1], round(max(high for _, high in bands) * scale))
    to_image = np.diag([image.dpi] * 2 + [1.0]) @ words.to_page @ np.diag([1 / scale, 1 / scale, 1.0])
    to_paper = np.asarray(np.linalg.inv(to_image), np.float64)
    down = np.array([[1, 0, 0], [0, 1, top], [0, 0, 1]], np.float64)
    found = models.finder.find(np.ascontiguousarray(paper[top:bottom]), FIND_SCALE)
    lines = [FoundLine(_moved(line, down), line.score) for line in found]
    near = [
        line for line in lines if any(low <= (line.box[1] + line.box[3]) / 2 / scale <= high for low, high in bands)
    ]
    return FlatPage(image, paper, to_paper, tuple(sorted(near, key=lambda line: line.box[1] + line.box[3])))


def _squeezed(crop: Gray) -> Gray:
    """A line narrow enough to be read cheaply for its labels; what is filled in is read again by itself."""
    if crop.shape[1] <= SQUEEZE[0] * crop.shape[0]:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=SQUEEZE[1], fy=1.0, interpolation=cv2.INTER_AREA), np.uint8)


def _first_of_each(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The author's block comes before the publisher's; a name asked for again is the one beside the signature."""
    kept: dict[LabelKind, Label] = {}
    for label in labels:
        kind: LabelKind = "block_name" if label.kind == "name" and "name" in kept else label.kind
        kept.setdefault(kind, replace(label, kind=kind))
    return tuple(kept.values())


# --- upright ------------------------------------------------------------------------------------------------------


def flat_page(image: PageImage, models: Recognizers) -> FlatPage:
    """The page set upright, by quarter turns and then by its lines' slope, with the lines from top to bottom."""
    paper, turn = image.gray, np.eye(3)
    lines = models.finder.find(paper, FIND_SCALE)
    if _on_its_side(lines):
        paper, turn = _turned(paper, turn)
        lines = models.finder.find(paper, FIND_SCALE)
    if _upside_down(paper, lines, models.reader):
        half = np.array([[-1, 0, paper.shape[1] - 1], [0, -1, paper.shape[0] - 1], [0, 0, 1]], np.float64)
        paper, turn = np.ascontiguousarray(paper[::-1, ::-1]), half @ turn
        lines = [FoundLine(_moved(line, half)[[2, 3, 0, 1]], line.score) for line in lines]
    skew = _skew_deg(lines)
    if abs(skew) >= LEAST_SKEW_DEG:
        h, w = paper.shape
        straight = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), skew, 1.0), [0, 0, 1]])
        paper = np.asarray(cv2.warpPerspective(paper, straight, (w, h), borderValue=(255,)), np.uint8)
        turn = straight @ turn
        lines = [FoundLine(_moved(line, straight), line.score) for line in lines]
    return FlatPage(image, paper, turn, tuple(sorted(lines, key=lambda line: line.box[1])))


def _moved(line: FoundLine, matrix: Matrix) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.perspectiveTransform(line.quad[None].astype(np.float64), matrix)[0], np.float32)


def _turned(paper: Gray, turn: Matrix) -> tuple[Gray, Matrix]:
    """A quarter turn clockwise, and the way from the image's pixels to the turned page's."""
    quarter = np.array([[0, -1, paper.shape[0] - 1], [1, 0, 0], [0, 0, 1]], np.float64)
    return np.ascontiguousarray(np.rot90(paper, -1)), quarter @ turn


def _on_its_side(lines: Sequence[FoundLine]) -> bool:
    sizes = [(x1 - x0, y1 - y0) for x0, y0, x1, y1 in (line.box for line in lines)]
    return sum(h for w, h in sizes if h > w) > sum(w for w, h in sizes if w >= h)


def _upside_down(paper: Gray, lines: Sequence[FoundLine], reader: LineReader) -> bool:
    """Whether the most line-like lines read better the other way round."""
    sample = [crop_quad(paper, line.quad) for line in sorted(lines, key=lambda line: -line.score)[:SAMPLE]]
    upright = [line_confidence(view) for view in reader.read(sample)]
    if not sample or np.mean(upright) >= UPRIGHT_CONFIDENCE:
        return False
    turned = [
        line_confidence(view) for view in reader.read([np.ascontiguousarray(crop[::-1, ::-1]) for crop in sample])
    ]
    return bool(np.mean(turned) > np.mean(upright))


def _skew_deg(lines: Sequence[FoundLine]) -> float:
    """Median slope of the longer lines, degrees, positive where they fall to the right."""
    long = [line for line in lines if line.box[2] - line.box[0] > LONG_SHAPE * (line.box[3] - line.box[1])]
    edges = [line.quad[1] - line.quad[0] for line in long]
    return float(np.median([np.degrees(np.arctan2(y, x)) for x, y in edges])) if edges else 0.0


# --- what follows the labels --------------------------------------------------------------------------------------


def _fill_ins(
    flat: FlatPage, views: Sequence[CtcEmissions], labels: Sequence[Label], forms: Sequence[Form]
) -> dict[LabelKind, tuple[InkRegion, ...]]:
    """The regions that follow each label: the rest of its own line, and lines beside, below or above it."""
    found: dict[LabelKind, list[InkRegion]] = {label.kind: [] for label in labels}
    places: dict[LabelKind, Zone] = {}
    for label in labels:
        own, rest = _split(flat, label, views[label.line], labels)
        places[label.kind] = own
        found[label.kind] += [rest] if rest else []
    labelled = {label.line for label in labels}
    for index, view in enumerate(views):
        if index in labelled or _is_wording(view.text, forms):
            continue
        box = flat.points(flat.lines[index])
        kind = _asked_by(box, places, found)
        if kind is not None:
            found[kind].append(_region(flat, box, crop_quad(flat.paper, flat.lines[index].quad)))
    if "signature" in found and not found["signature"]:
        found["signature"] += _scribble(flat, places["signature"], [flat.points(line) for line in flat.lines])
    return {kind: tuple(regions) for kind, regions in found.items()}


def _is_wording(text: str, forms: Sequence[Form]) -> bool:
    """Whether a line is no writing: a form's wording, a label of no interest, a hint in brackets."""
    bare = text.strip()
    hint = bare.startswith(BRACKETS[0]) and bare.endswith(BRACKETS[1])
    letters = sum(c.isalnum() for c in bare)
    return hint or bare.endswith(tuple(COLONS)) or letters < LEAST_LETTERS or is_wording(bare, forms)


def _split(flat: FlatPage, label: Label, view: CtcEmissions, labels: Sequence[Label]) -> tuple[Zone, InkRegion | None]:
    """The label's own place on its line, and what is filled in between it and the next label of that line."""
    line = flat.lines[label.line]
    x0, y0, x1, y1 = flat.points(line)
    after = [other.start for other in labels if other.line == label.line and other.start > label.start]
    stop = min(after, default=len(view.text))
    left, middle, right = (_share(view, place) for place in (label.start, label.end, stop))
    own = (x0 + left * (x1 - x0), y0, x0 + middle * (x1 - x0), y1)
    if sum(c.isalnum() for c in view.text[label.end : stop]) < LEAST_LETTERS:
        return (own[0], y0, x0 + right * (x1 - x0), y1), None
    crop = crop_quad(flat.paper, line.quad)
    part = np.ascontiguousarray(crop[:, round(middle * crop.shape[1]) : max(1, round(right * crop.shape[1]))])
    return own, _region(flat, (own[2], y0, x0 + right * (x1 - x0), y1), part)


def _share(view: CtcEmissions, place: int) -> float:
    """Where character `place` of a line's text begins, in parts of the line's width."""
    best = view.logp.argmax(axis=1)
    starts = np.flatnonzero((best > 0) & (np.diff(best, prepend=-1) != 0))
    if place <= 0:
        return 0.0
    if place >= len(starts):
        return 1.0
    return float((starts[place - 1] + starts[place] + 1) / 2 / len(best))


def _asked_by(box: Zone, labels: dict[LabelKind, Zone], found: dict[LabelKind, list[InkRegion]]) -> LabelKind | None:
    """Which label a line follows: the nearest of those that it stands beside, below or above."""
    near = [(distance, kind) for kind, label in labels.items() if (distance := _distance(box, label)) is not None]
    under = [(_gap(box, region.box), kind) for kind, regions in found.items() for region in regions[-1:]]
    near += [(gap, kind) for gap, kind in under if gap is not None]
    return min(near)[1] if near else None


def _distance(box: Zone, label: Zone) -> float | None:
    """How far a line is from the label that it may follow, in parts of the label's height; None: it can't follow it."""
    height = label[3] - label[1]
    down = ((box[1] + box[3]) - (label[1] + label[3])) / 2 / height
    beside = box[0] > label[2] - height
    if beside and abs(down) <= ROW_SHARE:
        return abs(down)
    if box[0] < label[0] - INDENT_PT:
        return None
    if down > 0 and (box[1] - label[3]) / height <= BELOW_HEIGHTS:
        return down
    if down < 0 and (label[1] - box[3]) / height <= ABOVE_HEIGHTS and box[0] < label[2]:
        return 1 - down
    return None


def _gap(box: Zone, above: Zone) -> float | None:
    """The same for a line that goes on the one above it."""
    height = above[3] - above[1]
    gap = (box[1] - above[3]) / height
    over = min(box[2], above[2]) - max(box[0], above[0])
    return 2 + gap if -0.5 < gap < 0.6 and over > 0 and box[1] > above[1] else None


def _region(flat: FlatPage, box: Zone, crop: Gray) -> InkRegion:
    """Writing at `box`; typing where the file itself holds its words."""
    h, w = flat.image.gray.shape
    size = (w / flat.image.dpi, h / flat.image.dpi)
    visible = [word for word in flat.image.words if not word.invisible]
    words = [(word, z) for word, z in in_form_frame(visible, flat.fitted().fit, size) if _inside(z, box)]
    if words:
        text = " ".join(word.text for word, _ in sorted(words, key=lambda item: item[1][0]))
        return InkRegion(box, typed=TypedLine(text, box, words[0][0].source, frozenset(word.font for word, _ in words)))
    return InkRegion(box, crop=crop, ink_pt2=float((even_background(crop) < INK_LEVEL).sum()) / flat.scale**2)


def _inside(inner: Zone, outer: Zone) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _scribble(flat: FlatPage, label: Zone, lines: Sequence[Zone]) -> list[InkRegion]:
    """Ink right of a label that is no line of writing to the line finder's eye: a signature need not look like one."""
    height, middle = label[3] - label[1], (label[1] + label[3]) / 2
    area = (label[2] + 2, middle - SCRIBBLE_HEIGHTS[0] * height, flat.paper.shape[1] / flat.scale, 0.0)
    area = (*area[:3], middle + SCRIBBLE_HEIGHTS[1] * height)
    x0, y0, x1, y1 = (max(0, round(v * flat.scale)) for v in area)
    part = even_background(flat.paper)[y0:y1, x0:x1]
    if not part.size:  # The label stands at the page's edge; OpenCV crashes over an empty picture.
        return []
    mask = (part < INK_LEVEL).astype(np.uint8)
    for zone in lines:
        left, top, right, bottom = (round(v * flat.scale) for v in zone)
        mask[max(0, top - y0) : max(0, bottom - y0), max(0, left - x0) : max(0, right - x0)] = 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = stats[:, cv2.CC_STAT_WIDTH] < RULE_SHAPE * stats[:, cv2.CC_STAT_HEIGHT]
    keep &= stats[:, cv2.CC_STAT_AREA] >= flat.scale**2
    keep[0] = False
    inked = keep[labels]
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    ink = float(inked.sum()) / flat.scale**2
    if ink < SCRIBBLE_PT2:
        return []
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    crop = np.where(inked, part, 255).astype(np.uint8)[top:bottom, left:right]
    box = ((x0 + left) / flat.scale, (y0 + top) / flat.scale, (x0 + right) / flat.scale, (y0 + bottom) / flat.scale)
    return [InkRegion(box, crop=crop, found=False, ink_pt2=ink)]


# --- records ------------------------------------------------------------------------------------------------------


def _with_page(found: Observation, page: LabelledPage, reader: LineReader, span: tuple[date, date]) -> Observation:
    """`found` with this page's fields, where earlier pages left them blank."""
    kinds: tuple[LabelKind, ...] = ("title", "name", "block_name")
    texts = {kind: read_lines(page.fill_ins.get(kind, ()), reader) for kind in kinds}
    signed = read_block(page.fill_ins.get("signature", ()), reader, span)
    dated = read_block(page.fill_ins.get("date", ()), reader, span)
    block = _block(signed, dated, texts["block_name"])
    area = ReadArea(page.flat.fitted(), (*texts["title"], *texts["name"], *texts["block_name"], *signed, *dated))
    title, name = (field_reading(area.page, in_reading_order(texts[kind])) for kind in ("title", "name"))
    found = with_blanks_filled(found, Observation(title=title, name=name))
    if not (block.signature or block.date) or found.signature.lines or found.date.lines:
        return found
    return with_fields(found, area, block.by_field(), area.lines)


def _block(signed: Sequence[RecognizedLine], dated: Sequence[RecognizedLine], names: Sequence[RecognizedLine]) -> Block:
    """The date is what looks most like one, first beside its own label; what else stands there may be the signature."""
    day = _likeliest_date(dated) or _likeliest_date(signed)
    written: Sequence[RecognizedLine] = [line for line in signed if line.date_odds < DATE_ODDS]
    if not written and any(line in signed for line in day):
        written = dated
    return Block(in_reading_order(written), day or in_reading_order(dated), in_reading_order(names))


def _likeliest_date(lines: Sequence[RecognizedLine]) -> tuple[RecognizedLine, ...]:
    likely = [line for line in lines if line.date_odds >= DATE_ODDS]
    return (max(likely, key=lambda line: line.date_odds),) if likely else ()
