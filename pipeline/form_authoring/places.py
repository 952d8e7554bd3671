"""Places to write on a blank page, each with the label that asks for it.

Form fields of the PDF, rules and leaders, cells of a table, boxes to tick, and the room behind or below a label. Each
takes the label that fits it best: by where it stands (left of it, small below it, above it, at the end of the text
before it) and by how surely its words ask for something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from pipeline.documents.pdf_widgets import Widget
from pipeline.form_authoring.blank import BlankPage
from pipeline.form_authoring.phrases import Phrase, around, phrases
from pipeline.forms.form import Zone
from pipeline.forms.label_meanings import (
    BRACKETS,
    HEAD_END,
    SURE,
    Odds,
    asked_odds,
    signer_of,
    sureness,
    tags_asked,
    tail_odds,
)

LEFT_PT = 70.0
"""How far left of a rule its label may end."""
BELOW_PT = 13.0
ABOVE_PT = 44.0
"""Gaps between a rule and a label below and above it."""
COST_LEFT, COST_BELOW, COST_TAIL, COST_ABOVE = 0.0, 0.45, 0.65, 0.75
"""What speaks against a label for where it stands, in parts of not knowing its words at all."""
COST_OF_DISTANCE = 0.35
COST_OF_COLON = 0.6
"""For a label with a colon that stands below the line."""
DROP_PT = 10.0
"""How far below the label left of it a line may lie."""
LABEL_WORDS = 7
"""Most words of a label; longer phrases are running text, of which the end may ask."""
UNKNOWN_WORDS = 6
"""Most words of a label that asks for nothing we know."""
UNKNOWN_LETTERS = 3
"""Letters that such a label has at least."""
SMALL_TYPE = 1.1
"""Height of a label below its line, in heights of most phrases, up to which it is no heading."""
LEAST_ROOM_PT = 70.0
"""Room behind a label from which that is a place to write."""
WIDE_ROOM_PT = 150.0
"""The same without a colon."""
CERTAIN = 0.8
"""Sureness from which a label asks without a colon, line or box."""
LEAST_GAP_PT = 9.0
"""Height of the paper below a label from which that is a place to write."""
MOST_GAP_PT = 40.0
CONTINUED_PT = 42.0
"""A rule without a label so far below another one carries on its field."""
WRAPPED_PT = 24.0
"""The same in running text, where it begins at the left margin."""
UNDERLINE_PT = 3.5
"""A rule so near below words underlines them."""
TABLE_TEXT = 0.4
"""Share of a cell's width that its words may take if it is a place to write."""
HEADED_PT = 60.0
"""How far below a heading the places that it stands over begin."""
STACKED_PT = 12.0
"""Gap between form fields, one below the other, that are lines of one field."""
ABREAST = 0.6
"""Share of their height by which two places stand side by side."""

SlotKind = Literal["rule", "cell", "tick", "room", "widget"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to write, with the label that asks for it. Places in points."""

    kind: SlotKind
    box: Zone
    label: str
    odds: Odds
    first: int = -1
    """Place of the label's first word among the page's; -1: it is not printed."""
    lines: tuple[Zone, ...] = ()
    """The rules to write on, from top to bottom."""
    prefilled: bool = False
    """Whether the publisher has filled it in."""
    label_box: Zone | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        return tags_asked(self.odds)


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write on or a form field, before it has a label."""

    box: Zone
    widget: Widget | None = None
    is_cell: bool = False
    """Whether it is an empty box, of which the label stands outside."""

    @property
    def kind(self) -> SlotKind:
        return "widget" if self.widget else "cell" if self.is_cell else "rule"

    @property
    def top(self) -> float:
        """Where the place to write begins; a rule has no height."""
        return self.box[1] if self.widget or self.is_cell else self.box[3]

    @property
    def own_odds(self) -> Odds | None:
        """What the field's tooltip and name ask for; None without them."""
        if self.widget is None:
            return None
        texts = [text for text in (self.widget.tooltip, _spaced(self.widget.name)) if text.strip()]
        return _united([asked_odds(text) for text in texts]) if texts else None


def find_slots(page: BlankPage) -> list[Slot]:
    """The places to write on a page, in reading order."""
    said = phrases(page)
    widgets = [w for w in page.widgets if w.kind != "tick"]
    slots = _ticks(page, said)
    used = {slot.first for slot in slots}
    cells = [c for c in page.cells if not any(_mostly_in(w.box, c) for w in widgets)]
    tables = [cell for cell in cells if not _is_frame(cell, page, said)]
    slots += _cells(tables, said, used)
    used |= {slot.first for slot in slots}
    free = [rule for rule in page.rules if not _is_border(rule, page, cells) and not _underlines(rule, said)]
    lines = [Line(w.box, w) for w in widgets]
    lines += [Line(part) for rule in free for part in _outside(rule, widgets)]
    labelled = [slot.box for slot in slots if slot.kind == "cell"]
    lines += [Line(c, is_cell=True) for c in tables if c not in labelled and not _has_words(c, said)]
    slots += _on_lines(_split_by_labels(lines, [p for p in said if p.first not in used]), said, used)
    used |= {slot.first for slot in slots}
    slots += _rooms(page, said, used, slots)
    return sorted(_joined(slots), key=lambda slot: (round((slot.box[1] + slot.box[3]) / 2 / 8), slot.box[0]))


def _spaced(name: str) -> str:
    """A field's name in words: `CorrAuthor_2` says "Corr Author"."""
    spaced = "".join(
        f" {c}" if c.isupper() and not before.isupper() else c for before, c in zip(" " + name, name, strict=False)
    )
    return "".join(" " if c in "_.-0123456789" else c for c in spaced).strip()


def _united(found: Sequence[Odds]) -> Odds:
    return {tag: max(odds[tag] for odds in found) for tag in found[0]}


def _mostly_in(inner: Zone, outer: Zone) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


# --- boxes to tick, cells -----------------------------------------------------------------------------------------


def _ticks(page: BlankPage, said: Sequence[Phrase]) -> list[Slot]:
    """Boxes to tick with the phrase that stands right of each, or left of it."""
    boxes = [w.box for w in page.widgets if w.kind == "tick"]
    boxes += [box for box in page.ticks if not any(_mostly_in(box, other) or _mostly_in(other, box) for other in boxes)]
    slots = []
    for box in boxes:
        middle = (box[1] + box[3]) / 2
        row = [p for p in said if p.box[1] - 2 <= middle <= p.box[3] + 2 and not _mostly_in(p.box, box)]
        right = [p for p in row if -2 <= p.box[0] - box[2] < 40]
        left = [p for p in row if -2 <= box[0] - p.box[2] < 40]
        label = min(right, key=lambda p: p.box[0], default=max(left, key=lambda p: p.box[2], default=None))
        if label:
            slots.append(Slot("tick", box, label.text, asked_odds(label.text), label.first, label_box=label.box))
    return slots


def _is_frame(cell: Zone, page: BlankPage, said: Sequence[Phrase]) -> bool:
    """Whether a closed rectangle frames text and is nothing to write in."""
    inside = [p for p in said if _mostly_in(p.box, cell)]
    words = sum(len(p.text.split()) for p in inside)
    asking = sum(sureness(asked_odds(p.text)) >= SURE for p in inside if len(p.text.split()) <= LABEL_WORDS)
    large = cell[2] - cell[0] > 0.9 * page.width and cell[3] - cell[1] > 0.5 * page.height
    return large or (len(inside) > 3 and (asking < len(inside) / 2 or words > 40))


def _cells(cells: Sequence[Zone], said: Sequence[Phrase], used: set[int]) -> list[Slot]:
    """Cells of a table: those with their labels inside, and empty ones that the cells around them speak for."""
    inside: dict[Zone, list[Phrase]] = {cell: [] for cell in cells}
    for phrase in said:
        around_it = [cell for cell in cells if _mostly_in(phrase.box, cell)]
        if around_it and phrase.first not in used:
            inside[min(around_it, key=_area)].append(phrase)
    slots: list[Slot] = []
    spoken: set[Zone] = set()
    for cell in cells:
        if not inside[cell] and (label := _cell_label(cell, cells, inside)):
            found, of = label
            slots.append(Slot("cell", cell, found.text, asked_odds(found.text), found.first, label_box=found.box))
            spoken.add(of)
    for cell in cells:
        if inside[cell] and cell not in spoken:
            slots += _labels_inside(_free_part(cell, cells), inside[cell])
    return slots


def _has_words(cell: Zone, said: Sequence[Phrase]) -> bool:
    return any(_mostly_in(p.box, cell) for p in said)


def _area(box: Zone) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _cell_label(cell: Zone, cells: Sequence[Zone], inside: dict[Zone, list[Phrase]]) -> tuple[Phrase, Zone] | None:
    """The label of an empty cell, with the cell it stands in: that left of it, or the head of its column."""
    left = [c for c in cells if inside[c] and abs(c[2] - cell[0]) < 5 and c[1] < (cell[1] + cell[3]) / 2 < c[3]]
    column = [c for c in cells if abs(c[0] - cell[0]) < 5 and abs(c[2] - cell[2]) < 5 and c[3] < cell[1] + 5]
    head = max((c for c in column if inside[c]), key=lambda c: c[3], default=None)
    found = [(inside[c][0], c) for c in (*left, *([head] if head else []))]
    return max(found, key=lambda f: sureness(asked_odds(f[0].text)), default=None)


def _free_part(cell: Zone, cells: Sequence[Zone]) -> Zone:
    """A cell without the smaller one that is set into one of its corners."""
    top, bottom = cell[1], cell[3]
    for other in cells:
        if other != cell and _mostly_in(other, cell) and _area(other) < _area(cell) / 2:
            top, bottom = (
                (max(top, other[3]), bottom)
                if other[1] - cell[1] < cell[3] - other[3]
                else (top, min(bottom, other[1]))
            )
    return (cell[0], top, cell[2], bottom) if bottom - top > (cell[3] - cell[1]) / 3 else cell


def _labels_inside(cell: Zone, inside: Sequence[Phrase]) -> list[Slot]:
    """Slots of a cell with its labels inside: one for each label, side by side or one below the other."""
    asking = [p for p in inside if sureness(asked_odds(p.text)) >= SURE or (len(inside) == 1 and p.has_colon)]
    if not asking:
        return []
    if len(asking) == 1:
        label = asking[0]
        height = label.box[3] - label.box[1]
        room = cell[3] - cell[1] > 1.8 * height or label.box[2] - cell[0] < TABLE_TEXT * (cell[2] - cell[0])
        return [_in_cell(cell, label)] if room else []
    rows = sorted(asking, key=lambda p: p.box[0])
    if all(abs(p.box[1] - asking[0].box[1]) < 6 for p in asking):
        ends = [*(p.box[0] - 3 for p in rows[1:]), cell[2]]
        starts = [cell[0], *(p.box[0] - 3 for p in rows[1:])]
        return [_in_cell((a, cell[1], b, cell[3]), p) for a, b, p in zip(starts, ends, rows, strict=True)]
    rows = sorted(asking, key=lambda p: p.box[1])
    tops, bottoms = [cell[1], *(p.box[1] - 2 for p in rows[1:])], [*(p.box[1] - 2 for p in rows[1:]), cell[3]]
    return [_in_cell((cell[0], a, cell[2], b), p) for a, b, p in zip(tops, bottoms, rows, strict=True) if b > a]


def _in_cell(cell: Zone, label: Phrase) -> Slot:
    return Slot("cell", cell, label.text, asked_odds(label.text), label.first, label_box=label.box)


def _is_border(rule: Zone, page: BlankPage, cells: Sequence[Zone]) -> bool:
    """Whether a rule is a cell's border, or parts the page from margin to margin under a running head."""
    for cell in cells:
        near = min(abs(rule[1] - cell[1]), abs(rule[1] - cell[3])) < 4
        within = cell[0] - 4 <= (rule[0] + rule[2]) / 2 <= cell[2] + 4
        # A border that several cells share is longer than each.
        if near and (within or (rule[0] - 4 <= cell[0] and cell[2] <= rule[2] + 4)):
            return True
    return rule[2] - rule[0] > 0.97 * page.width


def _underlines(rule: Zone, said: Sequence[Phrase]) -> bool:
    """Whether a rule underlines words, all along it."""
    over = sum(
        max(0.0, min(rule[2], p.box[2]) - max(rule[0], p.box[0]))
        for p in said
        if -2 <= rule[1] - p.box[3] < UNDERLINE_PT
    )
    return over > 0.6 * (rule[2] - rule[0])


# --- lines --------------------------------------------------------------------------------------------------------


def _outside(rule: Zone, widgets: Sequence[Widget]) -> list[Zone]:
    """The parts of a rule that no form field covers."""
    parts = [rule]
    for widget in widgets:
        x0, y0, x1, y1 = widget.box
        if y0 - 4 <= rule[1] <= y1 + 6:
            cut = [((a, b, min(c, x0), d), (max(a, x1), b, c, d)) for a, b, c, d in parts]
            parts = [part for pair in cut for part in pair if part[2] - part[0] > LEAST_ROOM_PT / 2]
    return parts


def _split_by_labels(lines: Sequence[Line], said: Sequence[Phrase]) -> list[Line]:
    """Lines, parted where two labels stand side by side below one, or above it: "Signature", "Date"."""
    found: list[Line] = []
    for line in lines:
        x0, y0, x1, y1 = line.box
        labels = [] if line.kind != "rule" else _side_by_side(line.box, said, [other.box for other in lines])
        cuts = [p.box[0] - 3 for p in labels[1:]]
        ends = zip([x0, *cuts], [*cuts, x1], strict=True)
        found += [replace(line, box=(a, y0, b, y1)) for a, b in ends if b - a > 20] if cuts else [line]
    return found


def _side_by_side(rule: Zone, said: Sequence[Phrase], lines: Sequence[Zone]) -> list[Phrase]:
    """Two or more labels in one row, just below a rule or above it."""
    asking = [p for p in said if sureness(asked_odds(p.text)) >= SURE and rule[0] - 6 <= p.box[0] < rule[2] - 20]
    below = [p for p in asking if -1 <= p.box[1] - rule[3] < BELOW_PT and not p.has_colon]
    above = [p for p in asking if 2 < rule[1] - p.box[3] < ABOVE_PT and not _has_line(p, rule, lines)]
    nearest = max((p.box[3] for p in above), default=0.0)
    for row in (below, [p for p in above if nearest - p.box[3] < 5]):
        if len(row) > 1:
            return sorted(row, key=lambda p: p.box[0])
    return []


def _has_line(phrase: Phrase, rule: Zone, lines: Sequence[Zone]) -> bool:
    """Whether a label above a rule stands at another line: below it, left of it or with one in between."""
    x0, y0, x1, _ = phrase.box
    return any(
        line != rule and y0 - BELOW_PT < line[3] < rule[1] - 4 and min(x1 + LEFT_PT, line[2]) > max(x0, line[0])
        for line in lines
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A phrase as the label of a line."""

    cost: float
    odds: Odds


def _on_lines(lines: Sequence[Line], said: Sequence[Phrase], used: set[int]) -> list[Slot]:
    """Lines with their labels: each takes the best that no other line has a better claim to."""
    claims = {
        (i, k): claim
        for i, line in enumerate(lines)
        for k, p in enumerate(said)
        if p.first not in used and (claim := _claim(line, p, lines, said))
    }
    slots: dict[int, Slot] = {}
    taken: set[int] = set()
    for i, k in sorted(claims, key=lambda pair: claims[pair].cost):
        if i not in slots and k not in taken:
            taken.add(k)
            slots[i] = _slot(lines[i], said[k], claims[i, k].odds)
    for i, line in enumerate(lines):
        if i not in slots and line.own_odds and sureness(line.own_odds) >= SURE and line.widget:
            label = line.widget.tooltip or line.widget.name
            slots[i] = Slot(
                "widget", line.box, label, line.own_odds, lines=(line.box,), prefilled=bool(line.widget.value)
            )
    for i in sorted((i for i in range(len(lines)) if i not in slots), key=lambda i: lines[i].box[1]):
        _carry_on(slots, lines[i], said)
    return list(slots.values())


def _slot(line: Line, label: Phrase, odds: Odds) -> Slot:
    own = line.own_odds
    if own and sureness(own) >= SURE:
        odds = _united([odds, own]) if set(tags_asked(own)) & set(tags_asked(odds)) else own
    filled = bool(line.widget and line.widget.value)
    return Slot(line.kind, line.box, label.text, odds, label.first, (line.box,), filled, label.box)


def _claim(line: Line, phrase: Phrase, lines: Sequence[Line], said: Sequence[Phrase]) -> Claim | None:
    """What speaks against a phrase as a line's label; None: it is none."""
    text, box = phrase.text, phrase.box
    x0, _, x1, y = line.box
    top, own = line.top, line.own_odds
    count = len(text.split())
    whole = asked_odds(text)
    if own and sureness(own) >= SURE and not set(tags_asked(own)) & set(tags_asked(whole)):
        return None  # The field's own name says otherwise.
    left = x0 - box[2]
    if line.widget and _mostly_in(box, line.box):
        return _priced(COST_LEFT, 0.0, whole) if sureness(whole) >= SURE else None
    level = box[1] < y and box[3] > top if line.kind != "rule" else box[1] - 3 < y < box[3] + DROP_PT
    if level and -10 <= left < LEFT_PT and not _between(box[2], x0, y, lines):
        odds = tail_odds(text) if count > LABEL_WORDS and sureness(whole) < SURE else whole
        known = sureness(odds) >= SURE
        unknown = _may_be_label(phrase) and not line.is_cell
        return _priced(COST_LEFT, left / LEFT_PT, odds) if known or unknown else None
    bare = len(BRACKETS.sub(" ", text).split())
    if bare > 3 * LABEL_WORDS:
        return None
    below = box[1] - y
    if -1 <= below < BELOW_PT and x0 - 12 <= (box[0] + box[2]) / 2 <= x1 + 12 and box[0] < x1 - 15:
        known = sureness(whole) >= SURE and bare <= LABEL_WORDS + 2
        cost = COST_BELOW + (COST_OF_COLON if phrase.has_colon else 0)
        unknown = _may_be_label(phrase) and not line.is_cell and _is_small(phrase, said)
        return _priced(cost, below / BELOW_PT, whole) if known or unknown else None
    above = top - box[3]
    if -2 < above < ABOVE_PT and min(x1, box[2]) > max(x0, box[0]) and _is_next_above(phrase, line, said, lines):
        runs_on = sureness(whole) < SURE and above < BELOW_PT and text[-1] not in ".;!?"
        odds = tail_odds(text) if runs_on else whole
        return _priced(COST_ABOVE, above / ABOVE_PT, odds) if sureness(odds) >= SURE else None
    if _precedes(phrase, line, said, lines):
        odds = tail_odds(text)
        return _priced(COST_TAIL, 0.0, odds) if sureness(odds) >= SURE else None
    return None


def _may_be_label(phrase: Phrase) -> bool:
    """Whether words that ask for nothing we know may be a label: few of them, but more than a number."""
    return len(phrase.text.split()) <= UNKNOWN_WORDS and sum(c.isalpha() for c in phrase.text) >= UNKNOWN_LETTERS


def _is_small(phrase: Phrase, said: Sequence[Phrase]) -> bool:
    """Whether a phrase is set in type no larger than most: larger type is a heading, with a rule above it."""
    return phrase.box[3] - phrase.box[1] <= SMALL_TYPE * median(p.box[3] - p.box[1] for p in said)


def _priced(place: float, distance: float, odds: Odds) -> Claim:
    return Claim(place + COST_OF_DISTANCE * max(0.0, distance) + 1 - sureness(odds), odds)


def _between(left: float, right: float, y: float, lines: Sequence[Line]) -> bool:
    """Whether another line stands between a label and a line."""
    return any(left - 2 <= l.box[0] and l.box[2] <= right + 2 and abs(l.box[3] - y) < 6 for l in lines)  # noqa: E741


def _is_next_above(phrase: Phrase, line: Line, said: Sequence[Phrase], lines: Sequence[Line]) -> bool:
    """Whether nothing stands between a phrase and the line below it."""
    x0, _, x1, y = line.box
    top = line.top
    lower = [
        p for p in said
        if p.box[1] > phrase.box[3] - 2 and p.box[3] <= top + 1 and min(x1, p.box[2]) - max(x0, p.box[0]) > 4
    ]  # fmt: skip
    above = [other.box for other in lines if other is not line and phrase.box[3] < other.box[3] < y - 4]
    ruled = [box for box in above if min(x1, box[2]) - max(x0, box[0]) > 10]
    return not [p for p in lower if not _is_hint(p)] and not ruled


def _is_hint(phrase: Phrase) -> bool:
    """Whether a phrase explains the label above it: a line of small print or in brackets."""
    return phrase.text.startswith(("(", "<", "[")) or len(phrase.text.split()) > UNKNOWN_WORDS


def _precedes(phrase: Phrase, line: Line, said: Sequence[Phrase], lines: Sequence[Line]) -> bool:
    """Whether running text ends with a phrase, and goes on with a line at the beginning of the next row."""
    x0, _, _, y = line.box
    row_above = [p for p in said if 4 < y - p.box[3] < WRAPPED_PT]
    if not row_above or any(p.box[2] <= x0 + 10 and p.box[1] - 3 < y < p.box[3] + 6 for p in said):
        return False
    bottom = max(p.box[3] for p in row_above)
    last = max((p for p in row_above if bottom - p.box[3] < 5), key=lambda p: p.box[2])
    behind = any(abs(other.box[3] - last.box[3]) < 8 and other.box[0] >= last.box[2] - 3 for other in lines)
    under = any(
        last.box[3] < other.box[3] < y + 5 and min(last.box[2], other.box[2]) > max(last.box[0], other.box[0])
        for other in lines
        if other is not line
    )
    return phrase is last and not behind and not under


def _carry_on(slots: dict[int, Slot], line: Line, said: Sequence[Phrase]) -> None:
    """A line without a label goes to the field that is written on the line above it, or that ran on to the margin."""
    x0, _, x1, y = line.box
    above: list[tuple[float, int]] = []
    for i, slot in slots.items():
        a, _, b, bottom = slot.lines[-1] if slot.lines else slot.box
        down = y - bottom
        same = min(b, x1) - max(a, x0) > 0.5 * min(b - a, x1 - x0) and 6 < down < CONTINUED_PT
        wrapped = 6 < down < WRAPPED_PT and b > x1 - 45
        between = [
            p for p in said
            if bottom + 1 < (p.box[1] + p.box[3]) / 2 < y - 8 and min(x1, p.box[2]) - max(x0, p.box[0]) > 4
        ]  # fmt: skip
        if (same or wrapped) and not between and slot.kind in ("rule", "widget") and slot.tags[:1] != ("date",):
            above.append((bottom, i))
    if above:
        slot = slots[max(above)[1]]
        slots[max(above)[1]] = replace(slot, box=around([slot.box, line.box]), lines=(*slot.lines, line.box))


# --- rooms --------------------------------------------------------------------------------------------------------


def _rooms(page: BlankPage, said: Sequence[Phrase], used: set[int], slots: Sequence[Slot]) -> list[Slot]:
    """Labels with nothing behind or below them but paper: those with a colon; others for what has no place yet."""
    found = [
        slot for p in said
        if p.has_colon and p.first not in used and _is_short(p) and not _runs_on(p, said)
        and (slot := _room(page, p, said, slots, LEAST_ROOM_PT)) and not _heads(slot, slots)
    ]  # fmt: skip
    used = used | {slot.first for slot in found}
    had = {tag for slot in (*slots, *found) for tag in slot.tags[:1]}
    for p in said:
        odds = asked_odds(p.text)
        tag = (tags_asked(odds) or ("",))[0]
        if p.first in used or p.has_colon or tag not in ("title", "signature", "date", "name") or tag in had:
            continue
        alone = not any(
            q is not p and q.box[1] < p.box[3] and q.box[3] > p.box[1] and q.box[2] < p.box[0] for q in said
        )
        short = len(p.text.split()) <= UNKNOWN_WORDS and odds[tag] >= CERTAIN
        if short and alone and (slot := _room(page, p, said, (*slots, *found), WIDE_ROOM_PT)):
            found.append(slot)
            had.add(tag)
    return found


def _is_short(phrase: Phrase) -> bool:
    """Whether a phrase is short enough for a label, but for what it has in brackets or behind a comma."""
    return len(HEAD_END.split(BRACKETS.sub(" ", phrase.text))[0].split()) <= LABEL_WORDS


def _runs_on(phrase: Phrase, said: Sequence[Phrase]) -> bool:
    """Whether a phrase is the end of a sentence that begins in the line above."""
    x0, y0, _, y1 = phrase.box
    above = [p for p in said if 0 <= y0 - p.box[3] < 0.8 * (y1 - y0) and p.box[0] < x0 + 20]
    return any(len(p.text.split()) > LABEL_WORDS and p.text[-1] not in ".:;" for p in above)


def _heads(slot: Slot, slots: Sequence[Slot]) -> bool:
    """Whether a label is the heading of places that ask for the same below it."""
    kin = {"name", "authors"}
    return any(
        0 < other.box[1] - slot.box[3] < HEADED_PT and other.kind != "tick"
        and (set(other.tags[:1]) & set(slot.tags[:1]) or kin >= set(other.tags[:1] + slot.tags[:1]) > set())
        and min(other.box[2], slot.box[2]) > max(other.box[0], slot.box[0]) - LEAST_ROOM_PT
        for other in slots
    )  # fmt: skip


def _room(page: BlankPage, phrase: Phrase, said: Sequence[Phrase], slots: Sequence[Slot], least: float) -> Slot | None:
    """The room right of a label, else that below it."""
    odds = asked_odds(phrase.text)
    if sureness(odds) < SURE or not tags_asked(odds):
        return None
    x0, y0, x1, y1 = phrase.box
    margin = max((p.box[2] for p in said), default=page.width)
    others = [p.box for p in said if p is not phrase] + [slot.box for slot in slots]
    right = min(
        (b[0] for b in others if b[0] > x1 - 2 and b[1] < y1 and b[3] > y0), default=max(margin, x1 + 2 * least)
    )
    right = min(right - 4, page.width - 10)
    beside = right - x1 - 3 >= least
    end = min((b[0] for b in others if b[0] > x0 + 20 and b[1] < y1 and b[3] > y0), default=margin) - 4
    under = [b[1] for b in others if b[1] > y1 - 2 and min(end, b[2]) - max(x0, b[0]) > 4]
    under += [r[1] for r in page.rules if r[1] > y1 and min(end, r[2]) > max(x0, r[0])]
    gap = min(under, default=page.height - 20) - y1
    if beside:
        # Where there is much paper below as well, people write there, too.
        box = (
            (x0, y0, right, y1 + min(gap - 4, 2 * MOST_GAP_PT))
            if gap >= MOST_GAP_PT and under
            else (x1 + 3, y0, right, y1)
        )
        return Slot("room", box, phrase.text, odds, phrase.first, label_box=phrase.box)
    if gap >= LEAST_GAP_PT and end - x0 >= least:
        tall = min(gap - 1, MOST_GAP_PT)
        return Slot("room", (x0, y1 + 1, end, y1 + tall), phrase.text, odds, phrase.first, label_box=phrase.box)
    return None


# --- several places for one thing ---------------------------------------------------------------------------------


def _joined(slots: Sequence[Slot]) -> list[Slot]:
    """Places that are one field: lines or cells one below the other, surname and first name side by side."""
    found: list[Slot] = []
    for slot in sorted(slots, key=lambda s: (s.box[1], s.box[0])):
        place = next((i for i, other in enumerate(found) if _is_one(other, slot)), None)
        if place is None:
            found.append(slot)
        else:
            other = found[place]
            found[place] = replace(other, box=around([other.box, slot.box]), lines=(*other.lines, *slot.lines))
    merged: list[Slot] = []
    for slot in found:
        place = next((i for i, other in enumerate(merged) if _is_whole_name(other, slot)), None)
        if place is None:
            merged.append(slot)
        else:
            other = merged[place]
            merged[place] = replace(other, box=around([other.box, slot.box]), lines=(*other.lines, *slot.lines))
    return merged


def _is_one(a: Slot, b: Slot) -> bool:
    """Whether `b` carries on `a` below it."""
    if a.kind == "tick" or b.kind != a.kind or not a.tags:
        return False
    column = abs(a.box[0] - b.box[0]) < 6 and abs(a.box[2] - b.box[2]) < 8
    if b.first < 0:
        shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
        column = column or shared > 0.5 * min(a.box[2] - a.box[0], b.box[2] - b.box[0])
    gap = b.box[1] - a.box[3]
    if not column or gap > STACKED_PT:
        return column and a.kind == "cell" and a.first == b.first >= 0
    return a.first == b.first >= 0 or (b.first < 0 and bool(set(a.tags) & set(b.tags) or (_is_name(a) and _is_name(b))))


def _is_name(slot: Slot) -> bool:
    return bool({"name", "authors"} & set(slot.tags[:1]))


def _is_whole_name(a: Slot, b: Slot) -> bool:
    """Whether two places side by side take the parts of one name."""
    high = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    heights = a.box[3] - a.box[1], b.box[3] - b.box[1]
    level = high >= ABREAST * min(heights) or abs(a.box[3] - b.box[3]) < 4
    beside = -8 < max(a.box[0], b.box[0]) - min(a.box[2], b.box[2]) < 2 * LEFT_PT
    parts = a.label != b.label and signer_of([a.label]) == signer_of([b.label])
    return _is_name(a) and _is_name(b) and level and beside and parts and a.kind == b.kind
