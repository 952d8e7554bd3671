"""Learn a form from a blank agreement: which places on its pages are fields, by rules, boxes and labels beside them.

Places to write on are found first: rules, empty cells of a table, boxes to tick, and the room behind a label with a
colon. Each takes the label that stands nearest in one of the ways in which forms are set: left of it, small below it,
above it, or inside the cell. What the label says makes it one field or another (`label_meanings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import Literal

from pipeline.form_authoring.blank import BlankPage
from pipeline.form_authoring.label_meanings import (
    SECOND,
    WITNESS,
    Asked,
    asked_by,
    language_of,
    named_after,
    normalize_label,
)
from pipeline.forms.form import FieldKind, FormArea, PrintedWord, Zone

PHRASE_GAP = 1.6
"""Gap between words, in parts of their height, from which they belong to different phrases."""
LEFT_PT = 70.0
"""How far left of a rule its label may end."""
BELOW_PT = 13.0
ABOVE_PT = 34.0
"""Gaps between a rule and a label below and above it."""
LEAST_ROOM_PT = 70.0
"""Room behind a label with a colon from which that is a place to write."""
RULE_REACH_PT = (6.0, 10.0)
"""How far writing may begin left of its rule and go on right of it."""
TALL_PT: dict[FieldKind, float] = {"text": 26.0, "date": 28.0, "signature": 40.0, "tick": 0.0}
"""Room above a rule that its writing may take."""
LEAST_TALL_PT = 11.0
DESCENT_PT = 6.0
"""Room below a rule: letters' tails."""
CONTINUED_PT = 32.0
"""A rule without a label so far below another one carries on its field."""
AREA_MARGIN_PT = 22.0
"""Paper above and below fields where their ink may stand."""
UNDERLINE_PT = 3.5
"""A rule so near below words underlines them."""
TABLE_TEXT = 0.4
"""Share of a cell's width that its words may take if it is a place to write."""
BODY_WORDS = 5
"""A line of a clause has at least so many words."""
HEADING_PT = 200.0
"""How far above a field the heading of its column may stand."""

HINT_WORDS = 4
"""First words of a hint in brackets that say what it is for."""

SlotKind = Literal["rule", "cell", "tick", "room"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one line that stand together."""

    text: str
    box: Zone
    first: int
    """Place of the first word among the page's."""
    last: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to write, with the label that asks for it."""

    kind: SlotKind
    box: Zone
    label: Phrase


@dataclass(frozen=True, slots=True)
class LearnedField:
    """A field as found."""

    name: str
    kind: FieldKind
    page: int
    label: str
    zone: Zone
    rule: Zone | None
    required: bool
    known: bool
    """Whether the label's words say what it is."""


@dataclass(frozen=True, slots=True)
class LearnedForm:
    """All that was found on the pages of a blank agreement."""

    title: str
    language: str
    pages: tuple[BlankPage, ...]
    fields: tuple[LearnedField, ...]
    areas: tuple[tuple[int, FormArea], ...]
    """With the page's number each."""
    clauses: tuple[tuple[int, int, int], ...]
    """Page, first and last word."""


def learn(pages: Sequence[BlankPage]) -> LearnedForm:
    """Fields, areas and clauses of a blank agreement."""
    slots = [(page, slot) for page in pages for slot in find_slots(page)]
    fields = _named(slots)
    areas = [
        (page.number, area) for page in pages for area in _areas(page, [f for f in fields if f.page == page.number])
    ]
    clauses = [(page.number, *found) for page in pages if (found := _clauses(page, fields))]
    words = [word.text for page in pages for word in page.words]
    return LearnedForm(_title(pages[0]), language_of(words), tuple(pages), fields, tuple(areas), tuple(clauses))


# --- phrases ------------------------------------------------------------------------------------------------------


def phrases(page: BlankPage) -> list[Phrase]:
    """The page's words parted at wide gaps, upright rules and colons."""
    found: list[list[int]] = []
    for place, word in enumerate(page.words):
        before = page.words[place - 1] if place else None
        if before is None or before.baseline != word.baseline or _parted(before, word, page.uprights):
            found.append([])
        found[-1].append(place)
    return [_phrase(page, places) for places in found]


def _parted(before: PrintedWord, word: PrintedWord, uprights: Sequence[Zone]) -> bool:
    height = max(before.box[3] - before.box[1], word.box[3] - word.box[1], 6.0)
    gap = word.box[0] - before.box[2]
    middle = (word.box[1] + word.box[3]) / 2
    cut = any(before.box[2] - 1 <= (u[0] + u[2]) / 2 <= word.box[0] + 1 and u[1] <= middle <= u[3] for u in uprights)
    colon = before.text.endswith((":", "\N{FULLWIDTH COLON}")) and gap > 0.8 * height
    return gap < -height or gap > PHRASE_GAP * height or cut or colon


def _phrase(page: BlankPage, places: Sequence[int]) -> Phrase:
    words = [page.words[place] for place in places]
    box = (
        min(w.box[0] for w in words),
        min(w.box[1] for w in words),
        max(w.box[2] for w in words),
        max(w.box[3] for w in words),
    )
    return Phrase(" ".join(w.text for w in words), box, places[0], places[-1])


# --- places to write ----------------------------------------------------------------------------------------------


def find_slots(page: BlankPage) -> list[Slot]:
    """The places to write on a page, in reading order."""
    said = phrases(page)
    in_tables = [cell for cell in page.cells if not _is_frame(cell, page, said)]
    slots = _ticks(page, said)
    used = {slot.label.first for slot in slots}
    slots += _cells(in_tables, said, used)
    used |= {slot.label.first for slot in slots}
    rules = [rule for rule in page.rules if not _is_border(rule, page, in_tables) and not _underlines(rule, said)]
    slots += _on_rules(rules, [p for p in said if p.first not in used])
    used |= {slot.label.first for slot in slots}
    slots += _rooms(page, said, used, slots)
    return sorted(slots, key=lambda slot: (round((slot.box[1] + slot.box[3]) / 2 / 8), slot.box[0]))


def _is_frame(cell: Zone, page: BlankPage, said: Sequence[Phrase]) -> bool:
    """Whether a closed rectangle frames text and is nothing to write in."""
    inside = [p for p in said if _within(p.box, cell)]
    return len(inside) > 3 or (cell[2] - cell[0] > 0.9 * page.width and cell[3] - cell[1] > 0.5 * page.height)


def _within(inner: Zone, outer: Zone) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _ticks(page: BlankPage, said: Sequence[Phrase]) -> list[Slot]:
    """Boxes to tick with the phrase that stands right of each."""
    slots = []
    for box in page.ticks:
        middle = (box[1] + box[3]) / 2
        beside = [p for p in said if p.box[1] - 2 <= middle <= p.box[3] + 2 and 0 <= p.box[0] - box[2] < 40]
        if beside:
            slots.append(Slot("tick", box, min(beside, key=lambda p: p.box[0])))
    return slots


def _cells(cells: Sequence[Zone], said: Sequence[Phrase], used: set[int]) -> list[Slot]:
    """Cells of a table: empty ones with the label in the cell left of or above them; others with their label inside."""
    inside = {cell: [p for p in said if _within(p.box, cell) and p.first not in used] for cell in cells}
    slots: list[Slot] = []
    taken: set[int] = set()
    for cell in (c for c in cells if not inside[c]):
        near = [c for c in cells if inside[c] and (_is_left(c, cell) or _is_above(c, cell))]
        label = next((inside[c][0] for c in sorted(near, key=lambda c: not _is_left(c, cell))), None)
        if label and label.first not in taken:
            taken.add(label.first)
            slots.append(Slot("cell", cell, label))
    for cell in (c for c in cells if len(inside[c]) == 1):
        label = inside[cell][0]
        room = cell[3] - cell[1] > 1.8 * (label.box[3] - label.box[1]) or (
            label.box[2] - cell[0] < TABLE_TEXT * (cell[2] - cell[0])
        )
        if label.first not in taken and room and (asked_by(label.text) or label.text.endswith(":")):
            taken.add(label.first)
            slots.append(Slot("cell", cell, label))
    return slots


def _is_left(a: Zone, b: Zone) -> bool:
    return abs(a[2] - b[0]) < 5 and a[1] < (b[1] + b[3]) / 2 < a[3]


def _is_above(a: Zone, b: Zone) -> bool:
    return abs(a[3] - b[1]) < 5 and a[0] < (b[0] + b[2]) / 2 < a[2]


def _is_border(rule: Zone, page: BlankPage, cells: Sequence[Zone]) -> bool:
    """Whether a rule is a cell's border, or parts the page from margin to margin under a running head."""
    at = any(
        cell[0] - 4 <= (rule[0] + rule[2]) / 2 <= cell[2] + 4
        and min(abs(rule[1] - cell[1]), abs(rule[1] - cell[3])) < 4
        for cell in cells
    )
    # A border that several cells share is longer than each.
    shared = any(rule[0] - 4 <= cell[0] and cell[2] <= rule[2] + 4 and min(abs(rule[1] - cell[1]), abs(rule[1] - cell[3])) < 4 for cell in cells)  # fmt: skip  # noqa: E501
    return at or shared or rule[2] - rule[0] > 0.97 * page.width


def _underlines(rule: Zone, said: Sequence[Phrase]) -> bool:
    """Whether a rule underlines words."""
    for phrase in said:
        over = min(rule[2], phrase.box[2]) - max(rule[0], phrase.box[0])
        if -1 <= rule[1] - phrase.box[3] < UNDERLINE_PT and over > 0.6 * (rule[2] - rule[0]):
            return True
    return False


def _on_rules(rules: Sequence[Zone], said: Sequence[Phrase]) -> list[Slot]:
    """Rules with their labels: each takes the nearest that no other one has a better claim to."""
    claims = sorted(
        (cost, i, k)
        for i, rule in enumerate(rules)
        for k, p in enumerate(said)
        if (cost := _claim(rule, p)) is not None
    )
    label_of: dict[int, Phrase] = {}
    taken: set[int] = set()
    for _, i, k in claims:
        if i not in label_of and k not in taken:
            label_of[i] = said[k]
            taken.add(k)
    slots = {i: Slot("rule", rules[i], label) for i, label in label_of.items()}
    for i, rule in enumerate(rules):
        if i not in slots:
            _carry_on(slots, rule)
    return list(slots.values())


def _claim(rule: Zone, phrase: Phrase) -> float | None:
    """What speaks against a phrase as a rule's label, the less the better; None: it is none."""
    box = phrase.box
    asked, colon = asked_by(_hint(phrase.text)), phrase.text.rstrip().endswith(":")
    short = len(phrase.text.split()) <= 6
    if not (asked or (short and (colon or len(phrase.text) > 2))):
        return None
    foreign = 0.0 if asked else 1.5
    left = rule[0] - box[2]
    if box[1] - 3 < rule[1] < box[3] + 6 and -10 <= left < LEFT_PT:
        return foreign + left / LEFT_PT
    below = box[1] - rule[3]
    if -1 <= below < BELOW_PT and rule[0] - 12 <= (box[0] + box[2]) / 2 <= rule[2] + 12 and not colon:
        return foreign + 0.5 + below / BELOW_PT
    above = rule[1] - box[3]
    if 2 < above < ABOVE_PT and min(rule[2], box[2]) > max(rule[0], box[0]) and (asked or colon):
        return foreign + 1.2 + above / ABOVE_PT
    return None


def _hint(text: str) -> str:
    """What a label says; of a long one in brackets, a hint that runs on, its beginning."""
    return " ".join(text.split()[:HINT_WORDS]) if text.startswith("(") else text


def _carry_on(slots: dict[int, Slot], rule: Zone) -> None:
    """A rule without a label goes to the field straight above it, if that is written on rules as well."""
    for i, slot in slots.items():
        same = abs(slot.box[2] - rule[2]) < 12 and rule[0] <= slot.box[0] + 12
        if same and 8 < rule[1] - slot.box[3] < CONTINUED_PT:
            slots[i] = replace(slot, box=(min(slot.box[0], rule[0]), slot.box[1], slot.box[2], rule[3]))
            return


def _rooms(page: BlankPage, said: Sequence[Phrase], used: set[int], slots: Sequence[Slot]) -> list[Slot]:
    """Labels with a colon and nothing behind them but paper."""
    found = []
    margin = max((p.box[2] for p in said), default=page.width)
    for phrase in said:
        ends = phrase.text.rstrip().endswith((":", "\N{FULLWIDTH COLON}"))
        if phrase.first in used or not ends or asked_by(phrase.text) is None:
            continue
        _, y0, x1, y1 = phrase.box
        right = min(
            (p.box[0] for p in said if p is not phrase and p.box[0] > x1 and p.box[1] < y1 and p.box[3] > y0),
            default=max(margin, x1 + 2 * LEAST_ROOM_PT),
        )
        if right - x1 >= LEAST_ROOM_PT:
            found.append(Slot("room", (x1 + 3, y0, min(right - 4, page.width - 10), y1), phrase))
    return found


# --- fields -------------------------------------------------------------------------------------------------------


def _named(slots: Sequence[tuple[BlankPage, Slot]]) -> tuple[LearnedField, ...]:
    """Each place as a field with a name of its own."""
    fields: list[LearnedField] = []
    for page, slot in slots:
        asked = asked_by(_hint(slot.label.text))
        if slot.kind == "tick":
            asked = replace(named_after(slot.label.text), kind="tick")
        name, kind, known = _unlike(fields, page, slot, asked or named_after(slot.label.text))
        zone, rule = _zone(page, slot, kind)
        own = name in ("title", "name", "signature", "date")
        required = own or kind in ("signature", "date")
        fields.append(LearnedField(name, kind, page.number, slot.label.text, zone, rule, required, known))
    return tuple(fields)


def _unlike(fields: Sequence[LearnedField], page: BlankPage, slot: Slot, asked: Asked) -> tuple[str, FieldKind, bool]:
    """A name that no field has yet: the second of its kind is the witness's, the co-author's, or just the second."""
    had = {field.name for field in fields}
    heading = _heading(page, slot)
    if WITNESS.search(normalize_label(f"{heading} {slot.label.text}")):
        base = f"witness_{asked.name}"
    elif asked.name == "name" and "name" in had:
        base = "block_name"
    else:
        base = asked.name
    names = [base, f"second_{asked.name}", f"third_{asked.name}", *(f"{asked.name}_{n}" for n in range(4, 100))]
    return next(name for name in names if name not in had), asked.kind, asked.known


def _heading(page: BlankPage, slot: Slot) -> str:
    """Phrases above a label in its column that ask for nothing themselves."""
    x0, y0 = slot.label.box[:2]
    return " ".join(
        p.text
        for p in phrases(page)
        if abs(p.box[0] - x0) < 14 and 0 < y0 - p.box[3] < HEADING_PT and len(p.text.split()) <= 4
        and (WITNESS.search(normalize_label(p.text)) or SECOND.search(normalize_label(p.text)))
    )  # fmt: skip


def _zone(page: BlankPage, slot: Slot, kind: FieldKind) -> tuple[Zone, Zone | None]:
    """Where the writing of a slot belongs, and the rule that it stands on."""
    x0, y0, x1, y1 = slot.box
    match slot.kind:
        case "tick":
            return _on_page((x0 - 4, y0 - 4, x1 + 4, y1 + 4), page), None
        case "cell":
            return _on_page((x0, y0, x1, y1), page), None
        case "room":
            return _on_page((x0, y0 - 8, x1, y1 + 8), page), None
        case "rule":
            top = y0 - _tall(page, slot, kind)
            return _on_page((x0 - RULE_REACH_PT[0], top, x1 + RULE_REACH_PT[1], y1 + DESCENT_PT), page), slot.box
    raise AssertionError(slot.kind)


def _tall(page: BlankPage, slot: Slot, kind: FieldKind) -> float:
    """Room above a rule, up to the print or the rule above it."""
    x0, y0, x1, _ = slot.box
    above = [w.box[3] for w in page.words if w.box[3] < y0 - 4 and min(w.box[2], x1) > max(w.box[0], x0)]
    above += [r[3] + DESCENT_PT for r in page.rules if r[3] < y0 - 8 and min(r[2], x1) > max(r[0], x0)]
    free = y0 - max(above, default=0.0)
    return max(LEAST_TALL_PT, min(TALL_PT[kind], free - 1))


def _on_page(zone: Zone, page: BlankPage) -> Zone:
    x0, y0, x1, y1 = zone
    kept = max(0.0, x0), max(0.0, y0), min(page.width, x1), min(page.height, y1)
    return round(kept[0], 2), round(kept[1], 2), round(kept[2], 2), round(kept[3], 2)


# --- areas and clauses --------------------------------------------------------------------------------------------


def _areas(page: BlankPage, fields: Sequence[LearnedField]) -> list[FormArea]:
    """Bands of the page that hold its fields with some paper around; bands that touch are one."""
    bands: list[list[float]] = []
    for field in sorted(fields, key=lambda f: f.zone[1]):
        top, bottom = field.zone[1] - AREA_MARGIN_PT, field.zone[3] + AREA_MARGIN_PT
        if bands and top <= bands[-1][1]:
            bands[-1][1] = max(bands[-1][1], bottom)
        else:
            bands.append([top, bottom])
    return [
        FormArea(
            (0.0, max(0.0, round(top, 1)), round(page.width, 1), min(round(page.height, 1), round(bottom, 1))), "boxes"
        )
        for top, bottom in bands
    ]


def _clauses(page: BlankPage, fields: Sequence[LearnedField]) -> tuple[int, int] | None:
    """First and last word of the longest run of lines that are running text."""
    labels = {field.label for field in fields if field.page == page.number}
    runs: list[tuple[int, int]] = []
    open_run = False
    place = 0
    for _, some in groupby(page.words, key=lambda word: word.baseline):
        line = list(some)
        text = " ".join(word.text for word in line)
        body = len(line) >= BODY_WORDS and not any(label in text for label in labels)
        # A clause's last line may be short.
        ends = open_run and not body and not any(label in text for label in labels) and not asked_by(text)
        if body and open_run:
            runs[-1] = (runs[-1][0], place + len(line) - 1)
        elif body:
            runs.append((place, place + len(line) - 1))
        elif ends and line[0].baseline - page.words[place - 1].baseline < 1.6 * (line[0].size + 4):
            runs[-1] = (runs[-1][0], place + len(line) - 1)
        open_run = body or ends
        place += len(line)
    longest = max(runs, key=lambda run: run[1] - run[0], default=None)
    return longest if longest and longest[1] - longest[0] >= 2 * BODY_WORDS else None


# --- the form as a whole ------------------------------------------------------------------------------------------


def _title(page: BlankPage) -> str:
    """The largest line of the page's upper third."""
    lines = [list(some) for _, some in groupby(page.words, key=lambda word: word.baseline)]
    upper = [line for line in lines if line[0].baseline < page.height / 3] or lines
    if not upper:
        return "Agreement"
    return " ".join(word.text for word in max(upper, key=lambda line: median(word.size for word in line)))
