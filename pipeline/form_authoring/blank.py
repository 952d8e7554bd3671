"""A blank agreement as it comes: printed words, rules and boxes, from the text layer or from the pixels of a scan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.documents.document import Document, Word
from pipeline.documents.pdf_widgets import Widget
from pipeline.documents.rasterize import PageImage, rasterize
from pipeline.extraction.areas import Recognizers
from pipeline.form_authoring.upright import flat_page
from pipeline.forms.form import PRINT_DPI, PrintedWord, Zone
from pipeline.registration.warp import even_background

Gray = npt.NDArray[np.uint8]

FINE_DPI = 300
"""Resolution at which rules are looked for and Tesseract reads."""
LEAST_BLANK_WORDS = 12
"""Visible words from which a page's text layer is the page's own."""
DARK = 170
"""Brightness below which a pixel of evened paper is print; thin rules come out pale."""
BREAK_PT = 0.8
"""Gaps in a scanned rule that are bridged; those between letters are wider."""
BESIDE_PT = 2.5
BESIDE_INK = 0.12
"""Share of ink in a strip so high beside a rule from which it is part of a line of print."""
LEAST_RULE_PT = 34.0
LEAST_UPRIGHT_PT = 13.0
"""Shortest rules, across and down; letters' stems are shorter."""
THICK_PT = 3.0
"""Bars thicker than this are no rules."""
SLOPED_PT = 7.0
"""What a rule may rise from end to end: scans are straight to a tenth of a degree or two."""
TICK_PT = (5.5, 19.0)
"""Sides of a box to tick."""
SQUARE = 0.8
"""Least ratio of its sides."""
CELL_PT = (24.0, 11.0)
"""Least width and height of a cell to write in."""
FULL = 0.8
"""Share of its bounding box that a cell fills; a smaller cell may be set into its corner."""
WRAPPED_LINES = 1.9
"""Height of a word, in heights of the page's words, from which it goes over two lines. Lower: large type is cut."""
LEADER_LETTERS = r"[._\u2026\u00b7\u2013\u2014-]"
LEADER = re.compile(LEADER_LETTERS + "{4,}")
"""Dots or dashes to write on."""
LEADER_PIECE = re.compile(LEADER_LETTERS + "+")
"""A part of such a line: the dots may stand one by one."""
DOT_PT = (9.0, 2.4)
"""Largest width and height of a dot or dash of a leader, points. Larger: letters are taken for dashes."""
DOT_GAP_PT = 9.0
"""Greatest gap from one dot of a leader to the next, points. Smaller: wide leaders fall apart."""
LEADER_GAP_PT = 16.0
"""Gap between two leaders of one line, points, that is bridged: scans lose a dot. Higher: columns run together."""
DOT_STEP_SPREAD = 0.3
"""Greatest spread of the steps from dot to dot, in parts of the step: letters' dots stand unevenly."""
LEAST_DOTS = 10
GLUED = re.compile(r"[._\u2026]{4,}|(?:(?![._\u2026]{4,}).)+")
LEADER_WIDTHS: Mapping[str, float] = {".": 0.5, "_": 1.0, "\u2026": 2.0}
"""Width of a leader's character, in parts of a letter's."""
SURE_WORD = 20.0
"""Tesseract's confidence (0..100) from which a word is taken."""
LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "por", "nld")
"""Tesseract's languages that are used where they are installed."""


@dataclass(frozen=True, slots=True)
class BlankPage:
    """One page of a blank agreement. Places in points, origin top left."""

    number: int
    width: float
    height: float
    words: tuple[PrintedWord, ...]
    """In reading order, leaders of dots left out."""
    rules: tuple[Zone, ...]
    """Horizontal ones to write on or to part with, leaders of dots among them."""
    uprights: tuple[Zone, ...]
    cells: tuple[Zone, ...]
    """Closed rectangles, the paper inside their borders."""
    ticks: tuple[Zone, ...]
    """Boxes to tick."""
    picture: Gray
    """(H, W) at PRINT_DPI, paper white."""
    scanned: bool
    widgets: tuple[Widget, ...] = ()
    """Form fields of the PDF."""


def blank_page(document: Document, index: int, models: Recognizers, widgets: tuple[Widget, ...] = ()) -> BlankPage:
    """Page `index` (0-based) of a blank agreement, `widgets` its form fields. Raises PageDamaged."""
    image = rasterize(document, index, PRINT_DPI)
    fine = rasterize(document, index, FINE_DPI)
    layer = [w for w in image.words if w.source == "text_layer" and not w.invisible and w.text.strip()]
    scanned = len(layer) < LEAST_BLANK_WORDS
    paper, fine_paper = (image.gray, fine.gray) if not scanned else _straight(image, fine, models)
    scale = image.dpi / 72
    width, height = paper.shape[1] / scale, paper.shape[0] / scale
    evened = even_background(fine_paper)
    rules, uprights = _rules(evened, fine.dpi)
    leaders = _dotted(evened, fine.dpi)
    if scanned:
        found = _read_words(_without([*rules, *uprights, *leaders], evened, fine.dpi), fine.dpi)
    else:
        pieces = _unwrapped([(w.text, _zone(w, width, height)) for w in layer])
        found, typed_leaders = _without_leaders([part for piece in pieces for part in _parted(*piece)])
        leaders = [*typed_leaders, *(line for line in leaders if not any(_covers(box, line) for box in typed_leaders))]
    words = in_lines([(text, box) for text, box in found if not LEADER.fullmatch(text)])
    cells, ticks = _boxes(evened, rules, uprights, fine.dpi)
    dotted = [(x0, y1 - 0.8, x1, y1) for x0, _, x1, y1 in _joined(leaders)]
    lines = [*rules, *(line for line in dotted if not any(_covers(rule, line) for rule in rules))]
    return BlankPage(
        index + 1,
        width,
        height,
        words,
        tuple(sorted(lines, key=lambda r: (r[1], r[0]))),
        tuple(uprights),
        tuple(cells),
        tuple(ticks),
        _at_print_dpi(even_background(paper) if scanned else paper, image.dpi),
        scanned,
        widgets,
    )


def _at_print_dpi(paper: Gray, dpi: float) -> Gray:
    if abs(dpi - PRINT_DPI) < 0.5:
        return paper
    scale = PRINT_DPI / dpi
    return np.asarray(cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _straight(image: PageImage, fine: PageImage, models: Recognizers) -> tuple[Gray, Gray]:
    """A scanned page set upright, at both resolutions."""
    flat = flat_page(image, models)
    ratio = fine.dpi / image.dpi
    matrix = np.diag([ratio, ratio, 1.0]) @ flat.to_paper @ np.diag([1 / ratio, 1 / ratio, 1.0])
    size = (round(flat.paper.shape[1] * ratio), round(flat.paper.shape[0] * ratio))
    return flat.paper, np.asarray(cv2.warpPerspective(fine.gray, matrix, size, borderValue=(255,)), np.uint8)


def _covers(rule: Zone, line: Zone) -> bool:
    """Whether a line of underscores is a rule that was found in the pixels."""
    return abs(rule[3] - line[3]) < 5 and min(rule[2], line[2]) - max(rule[0], line[0]) > 0.8 * (line[2] - line[0])


# --- words --------------------------------------------------------------------------------------------------------


def _zone(word: Word, width: float, height: float) -> Zone:
    return word.box.x0 * width, word.box.y0 * height, word.box.x1 * width, word.box.y1 * height


def _unwrapped(words: Sequence[tuple[str, Zone]]) -> list[tuple[str, Zone]]:
    """The words, those that a hyphen wraps to the next line as two: at the right end of one, the left of the other."""
    tall = median([box[3] - box[1] for _, box in words])
    found: list[tuple[str, Zone]] = []
    for text, (x0, y0, x1, y1) in words:
        head, hyphen, rest = text.partition("-")
        if y1 - y0 < WRAPPED_LINES * tall or not (head and hyphen and rest):
            found.append((text, (x0, y0, x1, y1)))
            continue
        letter = 0.5 * tall
        found.append((head + hyphen, (max(x0, x1 - letter * (len(head) + 1)), y0, x1, y0 + tall)))
        found.append((rest, (x0, y1 - tall, min(x1, x0 + letter * len(rest)), y1)))
    return found


def _parted(text: str, box: Zone) -> list[tuple[str, Zone]]:
    """A word, parted from the leaders that are set against it: "Name:......" is two, "(1)______;" three."""
    parts = GLUED.findall(text)
    if len(parts) < 2:
        return [(text, box)]
    widths = [sum(LEADER_WIDTHS.get(c, 1.0) if len(part) > 3 else 1.0 for c in part) for part in parts]
    found, x = [], box[0]
    for part, width in zip(parts, widths, strict=True):
        end = x + (box[2] - box[0]) * width / sum(widths)
        found.append((part, (x, box[1], end, box[3])))
        x = end
    return found


def _without_leaders(found: Sequence[tuple[str, Zone]]) -> tuple[list[tuple[str, Zone]], list[Zone]]:
    """The words that are no leaders, and the leaders: runs of dots or dashes, in one word or one by one."""
    pieces = [(text, box) for text, box in found if LEADER_PIECE.fullmatch(text)]
    runs: list[tuple[str, Zone]] = []
    for text, box in sorted(pieces, key=lambda f: (round(f[1][3] / 3), f[1][0])):
        last = runs[-1] if runs else None
        if last and abs(last[1][3] - box[3]) < 3 and -1 < box[0] - last[1][2] < DOT_GAP_PT:
            joint = (last[1][0], min(last[1][1], box[1]), box[2], max(last[1][3], box[3]))
            runs[-1] = (last[0] + text, joint)
        else:
            runs.append((text, box))
    leaders = [box for text, box in runs if len(text) >= 4 and box[2] - box[0] >= LEAST_RULE_PT]
    words = [
        (text, box)
        for text, box in found
        if not (LEADER_PIECE.fullmatch(text) and any(_lies_on(box, leader) for leader in leaders))
    ]
    return words, leaders


def _lies_on(piece: Zone, leader: Zone) -> bool:
    return leader[0] - 1 <= piece[0] and piece[2] <= leader[2] + 1 and abs(leader[3] - piece[3]) < 3


def _read_words(paper: Gray, dpi: float) -> list[tuple[str, Zone]]:
    """Words with their places, as Tesseract reads them."""
    import pytesseract

    installed = set(pytesseract.get_languages(config=""))
    lang = "+".join(name for name in LANGUAGES if name in installed) or "eng"
    words: list[tuple[str, Zone]] = []
    # Labels that stand alone are found in the one mode, running text is read better in the other.
    for mode in (11, 3):
        if mode == 3 and not words:
            break
        found = pytesseract.image_to_data(paper, lang=lang, config=f"--psm {mode}", output_type=pytesseract.Output.DICT)
        words += [(text, box) for text, box in _sure_words(found, dpi) if not any(_same(box, w[1]) for w in words)]
    return words


def _same(a: Zone, b: Zone) -> bool:
    """Whether two boxes are much the same place."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return w > 0 and h > 0 and w * h > 0.3 * least


def _sure_words(found: Mapping[str, Sequence[Any]], dpi: float) -> list[tuple[str, Zone]]:
    scale = 72 / dpi
    return [
        (text.strip(), (x * scale, y * scale, (x + w) * scale, (y + h) * scale))
        for text, conf, x, y, w, h in zip(
            *(found[key] for key in ("text", "conf", "left", "top", "width", "height")), strict=True
        )
        if float(conf) >= SURE_WORD and any(c.isalnum() or c in ":._" for c in text)
    ]


def in_lines(found: Sequence[tuple[str, Zone]]) -> tuple[PrintedWord, ...]:
    """Words in reading order, line by line, with one baseline a line."""
    rows: list[list[tuple[str, Zone]]] = []
    for item in sorted(found, key=lambda f: (f[1][1] + f[1][3]) / 2):
        row = next((r for r in reversed(rows[-4:]) if _same_line(r, item[1])), None)
        if row is None:
            rows.append([item])
        else:
            row.append(item)
    words = []
    for row in sorted(rows, key=lambda r: median((box[1] + box[3]) / 2 for _, box in r)):
        baseline = median(box[3] for _, box in row)
        for text, box in sorted(row, key=lambda f: f[1][0]):
            words.append(PrintedWord(text, box, "", round(box[3] - box[1], 2), round(baseline, 2), (box[0],)))
    return tuple(words)


def _same_line(row: Sequence[tuple[str, Zone]], box: Zone) -> bool:
    top, bottom = median(b[1] for _, b in row), median(b[3] for _, b in row)
    shared = min(bottom, box[3]) - max(top, box[1])
    return shared > 0.5 * min(bottom - top, box[3] - box[1])


def _joined(leaders: Sequence[Zone]) -> list[Zone]:
    """Runs of dots that go on from word to word, as one."""
    runs: list[Zone] = []
    for box in sorted(leaders, key=lambda b: (round(b[3] / 3), b[0])):
        last = runs[-1] if runs else None
        if last and abs(last[3] - box[3]) < 3 and box[0] - last[2] < LEADER_GAP_PT:
            runs[-1] = (last[0], min(last[1], box[1]), box[2], max(last[3], box[3]))
        else:
            runs.append(box)
    return [run for run in runs if run[2] - run[0] >= LEAST_RULE_PT]


# --- rules and boxes ----------------------------------------------------------------------------------------------


def _rules(paper: Gray, dpi: float) -> tuple[list[Zone], list[Zone]]:
    """Horizontal and vertical rules."""
    ink = (paper < DARK).astype(np.uint8)
    scale = dpi / 72
    gap = np.ones((1, round(BREAK_PT * scale)), np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, gap)
    across = cv2.morphologyEx(across, cv2.MORPH_OPEN, np.ones((1, round(LEAST_RULE_PT * scale)), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, gap.T)
    down = cv2.morphologyEx(down, cv2.MORPH_OPEN, np.ones((round(LEAST_UPRIGHT_PT * scale), 1), np.uint8))
    flat = [box for box, thick in _components(across, scale) if thick <= THICK_PT and box[3] - box[1] <= SLOPED_PT]
    flat = [box for box in flat if _stands_alone(ink, box, scale)]
    upright = [box for box, thick in _components(down, scale) if thick <= THICK_PT and box[2] - box[0] <= SLOPED_PT]
    return flat, upright


def _stands_alone(ink: npt.NDArray[np.uint8], rule: Zone, scale: float) -> bool:
    """Whether there is paper above or below most of a rule: a line of small print has letters on both sides."""
    x0, y0, x1, y1 = (round(v * scale) for v in rule)
    band = round(BESIDE_PT * scale)
    sides = (ink[max(0, y0 - band) : max(0, y0 - 2), x0:x1], ink[y1 + 2 : y1 + band, x0:x1])
    return min(float(side.mean()) if side.size else 0.0 for side in sides) < BESIDE_INK


def _dotted(paper: Gray, dpi: float) -> list[Zone]:
    """Rows of dots or dashes, close and even enough to be one leader."""
    scale = dpi / 72
    count, _, stats, _ = cv2.connectedComponentsWithStats((paper < DARK).astype(np.uint8), connectivity=8)
    dots = [
        (x / scale, y / scale, (x + w) / scale, (y + h) / scale)
        for x, y, w, h, _ in stats[1:count].tolist()
        if w <= DOT_PT[0] * scale and h <= DOT_PT[1] * scale
    ]
    runs: list[list[Zone]] = []
    for dot in sorted(dots, key=lambda d: (round(d[3] / 2), d[0])):
        last = runs[-1][-1] if runs else None
        if last and abs(last[3] - dot[3]) < 2 and 0 < dot[0] - last[2] < DOT_GAP_PT:
            runs[-1].append(dot)
        else:
            runs.append([dot])
    return [
        (run[0][0], min(d[1] for d in run), run[-1][2], max(d[3] for d in run))
        for run in runs
        if len(run) >= LEAST_DOTS and _even(run)
    ]


def _even(run: Sequence[Zone]) -> bool:
    steps = np.diff([dot[0] for dot in run])
    return float(np.median(np.abs(steps - np.median(steps)))) < DOT_STEP_SPREAD * float(np.median(steps))


def _without(lines: Sequence[Zone], paper: Gray, dpi: float) -> Gray:
    """The paper with rules and dots painted out: they keep Tesseract from the words beside them."""
    clean, scale = paper.copy(), dpi / 72
    for x0, y0, x1, y1 in lines:
        top, bottom, left, right = (round(v * scale) for v in (y0 - 0.5, y1 + 0.5, x0 - 0.5, x1 + 0.5))
        clean[max(0, top) : bottom + 1, max(0, left) : right + 1] = 255
    return clean


def _components(mask: cv2.typing.MatLike, scale: float) -> list[tuple[Zone, float]]:
    """Boxes of the pieces of a mask, each with its mean thickness, points."""
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # A scan's rule steps from row to row.
    count, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    return [
        (((x + 1) / scale, (y + 1) / scale, (x + w - 1) / scale, (y + h - 1) / scale), area / max(w, h) / scale)
        for x, y, w, h, area in stats[1:count].tolist()
    ]


def _boxes(paper: Gray, rules: Sequence[Zone], uprights: Sequence[Zone], dpi: float) -> tuple[list[Zone], list[Zone]]:
    """Cells between rules, and small boxes to tick."""
    scale = dpi / 72
    lines = np.zeros(paper.shape, np.uint8)
    for x0, y0, x1, y1 in (*rules, *uprights):
        cv2.rectangle(
            lines,
            (round((x0 - 0.5) * scale), round((y0 - 0.3) * scale)),
            (round((x1 + 0.5) * scale), round((y1 + 0.3) * scale)),
            (1,),
            -1,
        )
    cells = [
        box
        for box, share in _holes(lines, scale)
        if share >= FULL and box[2] - box[0] >= CELL_PT[0] and box[3] - box[1] >= CELL_PT[1]
    ]
    ink = cv2.morphologyEx((paper < DARK).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    ticks = [box for box, share in _holes(ink, scale) if share >= 0.97 and _is_tick_box(box)]
    return cells, ticks


def _is_tick_box(box: Zone) -> bool:
    short, long = sorted((box[2] - box[0], box[3] - box[1]))
    return TICK_PT[0] <= short and long <= TICK_PT[1] and short >= SQUARE * long


def _holes(mask: cv2.typing.MatLike, scale: float) -> list[tuple[Zone, float]]:
    """Closed regions without ink, with the share of its bounding box that each fills."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask == 0).astype(np.uint8), connectivity=4)
    outside = labels[0, 0]
    return [
        ((x / scale, y / scale, (x + w) / scale, (y + h) / scale), area / (w * h))
        for label, (x, y, w, h, area) in enumerate(stats[:count].tolist())
        if label not in (0, outside)
    ]
