"""Dates that a blank page asks for in parts: which lines, boxes and printed words beside a place belong to its day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.form_authoring.blank import BlankPage
from pipeline.form_authoring.places import Slot
from pipeline.forms.form import PrintedWord, Zone

PART_WORDS = (
    "day|month|year|of|the|in|tag|monat|jahr|jour|mois|annee|année|dia|día|mes|mês|ano|año|de|del|giorno|mese|anno|"
    "dag|maand|jaar|dd|mm|yy|yyyy|tt|jj|jjjj|aaaa|年|月|日|년|월|일"
)
PRINTED = re.compile(rf"(?i)[,.(]?(?:(?:19|20)(?:\d\d)?|{PART_WORDS}|[/.,-])[,.:)]?")
"""What a form prints in a date: the year or its century, what parts day, month and year, the words for them."""
CENTURY = re.compile(r"[,.]?(?:19|20)")
NEXT_PT = 16.0
"""How far behind one part of a day the next begins."""
CENTURY_ROOM_PT = 30.0
"""Paper behind a printed century on which the rest of the year is written."""
DAY_ROOM_PT = 40.0
"""Paper before "day of" on which the day is written."""
LEAST_ROOM_PT = 12.0
"""Paper on which one number has room, points."""
ROW_PT = 14.0
"""Height of the row above the foot of a place in which its parts stand."""
FOOT_PT = 5.0


def with_date_parts(slots: Sequence[Slot], page: BlankPage) -> list[Slot]:
    """The places of a page, those for a day with all its parts; places that are no more than a part are left out."""
    found = list(slots)
    for slot in slots:
        if slot in found and slot.tags[:1] in (("date",), ("place",)) and "date" in slot.tags and slot.kind != "tick":
            whole = _whole(slot, slots, page)
            if whole != slot.box:
                found = [other for other in found if other is slot or not _is_part(other, whole)]
                found[found.index(slot)] = replace(slot, box=whole)
    return found


def _is_part(slot: Slot, whole: Zone) -> bool:
    """Whether a place is one of the parts of a day: it stands in its row and asks for nothing else."""
    x, y = (slot.box[0] + slot.box[2]) / 2, (slot.box[1] + slot.box[3]) / 2
    return _may_be_part(slot) and whole[0] <= x <= whole[2] and whole[1] - ROW_PT <= y <= whole[3] + FOOT_PT


def _may_be_part(slot: Slot) -> bool:
    """Whether a place asks for a day, a month or a year, if for anything."""
    return all(PRINTED.fullmatch(word) for word in slot.label.split()) or set(slot.tags) <= {"date"}


def _whole(slot: Slot, slots: Sequence[Slot], page: BlankPage) -> Zone:
    """The place of a day from its first part to its last, short of the other places beside it."""
    x0, y0, x1, y1 = slot.box
    row = [word for word in page.words if y1 - ROW_PT < (word.box[1] + word.box[3]) / 2 < y1 + FOOT_PT]
    others = [other.box for other in slots if other is not slot and not _may_be_part(other)]
    beside = [box for box in others if box[1] - FOOT_PT < y1 and box[3] > y1 - ROW_PT]
    stop = min((box[0] for box in beside if box[0] >= x1 - FOOT_PT), default=page.width)
    lines = [box for box in (*page.rules, *page.cells, *page.ticks) if abs(box[3] - y1) < FOOT_PT and box[0] < stop - 2]
    start = max([_left_end(x0, row), *(box[2] for box in beside if box[2] <= x0 + FOOT_PT)])
    return min(x0, start), y0, max(x1, min(stop, _right_end(x1, row, lines))), y1


def _right_end(end: float, row: Sequence[PrintedWord], lines: Sequence[Zone]) -> float:
    """Where the last part ends that follows on a place which ends at `end`."""
    while True:
        words = [word for word in row if end - NEXT_PT / 2 <= word.box[0] <= end + NEXT_PT and word.box[2] > end + 1]
        ahead = min(words, key=lambda word: word.box[0], default=None)
        if ahead is not None and PRINTED.fullmatch(ahead.text):
            end = ahead.box[2]
            if CENTURY.fullmatch(ahead.text):
                end += _room([word.box[0] - end for word in row if word.box[0] > end], CENTURY_ROOM_PT)
            continue
        stop = ahead.box[0] if ahead is not None else float("inf")
        reach = [line[2] for line in lines if end - 2 <= line[0] <= min(end + NEXT_PT, stop) and line[2] > end + 1]
        if not reach:
            return end
        end = min(max(reach), stop)


def _left_end(start: float, row: Sequence[PrintedWord]) -> float:
    """Where the first part begins: before "day of" there is room for the day."""
    before = sorted((word for word in row if word.box[2] <= start + 2), key=lambda word: -word.box[2])
    glue: list[PrintedWord] = []
    for word in before:
        edge = glue[-1].box[0] if glue else start
        if edge - word.box[2] > NEXT_PT / 2 or not PRINTED.fullmatch(word.text):
            break
        glue.append(word)
    if not glue:
        return start
    edge = glue[-1].box[0]
    room = _room([edge - word.box[2] for word in before if word.box[2] <= edge], DAY_ROOM_PT)
    return edge - room if room >= LEAST_ROOM_PT else start


def _room(gaps: Sequence[float], most: float) -> float:
    """Paper up to the next print, of these gaps, at most so much."""
    return max(0.0, min([most, *(gap - 2 for gap in gaps)]))
