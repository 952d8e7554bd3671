"""Where an agreement that nobody taught asks for something: its labels, and the paper at each that is written on.

The words of a page are parted into phrases. What a phrase asks for is said by the model that learns blank forms, too.
Where the author writes is told by the lines and by the print around: over the line that a label stands under, behind
the label, or below it down to the next print. Points of the page set upright, origin top left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

from pipeline.dates.readings import readings
from pipeline.extraction.labels import own_labels
from pipeline.extraction.page_lines import PageLines
from pipeline.forms.form import Form, Zone
from pipeline.forms.label_meanings import BRACKETS, HEAD_END, SURE, Odds, asked_odds, signer_of, sureness, tags_asked
from pipeline.registration.word_alignment import PlacedWord

COLONS = (":", "\N{FULLWIDTH COLON}")
UNREAD = "\u2026"
"""Stands for the words of a line that were not read."""
PHRASE_GAP = 1.6
"""Gap between words, in parts of their height, from which they belong to different phrases."""
TORN_GAP = 5.0
"""The same up to which the person is still part of a label that ink has torn in two."""
COLUMN_GAP = 2.5
"""The same from which running text is set in columns, not only spaced out."""
LABEL_WORDS = 8
"""Most words of a label without a colon."""
COLON_WORDS = 14
"""Most words of a label with one."""
HEAD_WORDS = 5
"""Most words before the comma of a label for a signature that says behind it how to sign."""
PROSE_WORDS = 9
"""Words in a row from which they are running text."""
LINE_GAP = 1.6
"""Distance of two lines of running text, in parts of their height."""
UNSURE = 30.0
"""Tesseract's confidence, 0..100, below which a word behind a label is writing."""
SURE_PRINT = 80.0
"""Tesseract's confidence, 0..100, from which words below a label for a signature are print, no writing."""
RULE_UNDER_PT = (-3.0, 16.0)
"""How far above a label the line may lie that it stands under."""
BESIDE_PT = 90.0
"""How far right of a label the line that it stands before may begin."""
REACH_PT = 48.0
"""How far above or below a label people write where no line says it. Higher: ink of other fields is taken."""
LEAST_TALL_PT = 18.0
"""Room above a label's foot, or above a line, that is written on though print stands there."""
FIRST_LINE_PT = 64.0
"""How far below a label the first line or box may lie that it asks to write on."""
BRACKET_PT = 12.0
"""How far behind a line a label in brackets may stand that says what it is for."""
NEXT_LINE_PT = 84.0
"""How far below that a further one may lie: the foot of a box."""
FOOT_PT = 6.0
"""How far writing reaches below its line."""
INDENT_PT = 14.0
"""Points by which writing may begin further left than its label."""
BLOCK_PT = 150.0
"""How far from a signature a name or a date may stand that belongs to it."""
ASIDE = 0.3
"""What distance across counts beside distance down."""
COLUMN_PT = 20.0
"""Points by which a heading may begin further left or right than the labels below it, beside an indent."""
HEADING_PT = 130.0
"""How far above a label a heading may stand that says whose signature it is."""
LEAST_ROOM_PT = 70.0
"""Paper behind a label in its cell from which that is written on."""
HEAD_ROW = 4.0
"""Height of a row of column heads, in heights of its print, up to which nobody writes in it."""
NAME_WORDS = 5
"""Most words of a person's name."""
NO_DAY_PT = 100.0
"""How far above or below a place to sign a place for the day belongs to it."""
DAY_ROOM_PT = 24.0
"""Paper above and below a place to sign on which a day is looked for that has no label."""
DAY_PT = 70.0
"""How far above or below a line to sign a day may stand that has no label."""
DAY_OF = re.compile(r"(?i)day of\b")
"""Words before which the day's number is written: "this ____ day of ____"."""
DAY_OF_PT = 40.0
"""Paper before them on which it is."""
SMALL_TYPE = 0.75
"""Height of a phrase, in heights of most phrases, below which it is set small."""
EDGE_PT = 14.0
"""Outermost strip of the page, on which nothing is written."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one line that stand together. `odds`: what they ask for; empty where they are no label."""

    words: tuple[PlacedWord, ...]
    odds: Odds
    running: bool = False
    """Whether they are part of running text."""
    answers: bool = False
    """Whether they stand behind a label with a colon, or go on what does."""
    own: bool = False
    """Whether they are a label of one of the known forms, in its words."""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Zone:
        boxes = [word.box for word in self.words]
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)

    @property
    def tags(self) -> tuple[str, ...]:
        return tags_asked(self.odds) if self.odds else ()

    @property
    def has_colon(self) -> bool:
        return self.text.rstrip().endswith(COLONS)

    @property
    def is_print(self) -> bool:
        """Whether it is surely no fill-in, wherever it stands."""
        text = self.text.strip()
        colon = self.has_colon and median(word.sure for word in self.words) >= UNSURE
        asks = bool(self.odds) or self.running or colon or (text[:1] == "(" and text[-1:] == ")")
        return asks and not self.answers


@dataclass(frozen=True, slots=True)
class Place:
    """A label with the paper on which it asks to write."""

    label: Phrase
    zone: Zone
    signer: str
    """Whose it is: `author`, or another who signs."""
    lined: bool
    """Whether a line, or what stands behind the label, shows that this is the place."""

    @property
    def tags(self) -> tuple[str, ...]:
        """What it asks for, the surest first."""
        return self.label.tags

    @property
    def own(self) -> bool:
        """Whether its label is one of the known forms', in its words."""
        return self.label.own


def find_places(said: Sequence[Phrase], lines: PageLines, size: tuple[float, float]) -> tuple[Place, ...]:
    """The places of a page, from top to bottom. `size`: its width and height, points."""
    return _of_one_signer([_place(label, said, lines, size) for label in _labels(said)])


def _of_one_signer(places: Sequence[Place]) -> tuple[Place, ...]:
    """The same where a day or a name that does not say whose it is belongs to whoever signs next to it."""
    signing = [place for place in places if "signature" in place.tags]
    found = []
    for place in places:
        near = min(signing, key=lambda other: apart(other.zone, place.zone), default=None)
        follows = place.tags[:1] in (("date",), ("name",)) and signer_of([place.label.text]) == "author"
        if near and follows and "signature" not in place.tags and apart(near.zone, place.zone) <= BLOCK_PT:
            place = replace(place, signer=near.signer)
        found.append(place)
    return tuple(found)


def is_heading(place: Place, places: Sequence[Place]) -> bool:
    """Whether a label that only says who heads the labels below it: "AUTHOR" over "Signature:" and "Name:"."""
    label = place.label
    if place.lined or label.has_colon or max(label.odds["name"], label.odds["authors"]) >= SURE:
        return False
    below = (other.label.box for other in places if other is not place)
    return any(
        0 < box[1] - label.box[3] < FIRST_LINE_PT and abs(box[0] - label.box[0]) < INDENT_PT + COLUMN_PT
        for box in below
    )


def apart(a: Zone, b: Zone) -> float:
    """Distance of two places of a page, points; what stands across counts less."""
    down = max(0.0, a[1] - b[3], b[1] - a[3], abs(a[3] - b[3]))
    return down + ASIDE * max(0.0, a[0] - b[2], b[0] - a[2])


# --- phrases ------------------------------------------------------------------------------------------------------


def filled_in(words: Sequence[PlacedWord]) -> tuple[Phrase, ...]:
    """Words that the file itself knows as filled in, as phrases."""
    return tuple(Phrase(tuple(some), {}, answers=True) for row in rows(words) for some in _parted(row))


def phrases(words: Sequence[PlacedWord], forms: Sequence[Form] = (), unread: Sequence[Zone] = ()) -> tuple[Phrase, ...]:
    """The page's words as phrases, line by line from top to bottom; labels of `forms` stand in running text as well.

    `unread`: lines of running text of which no word is known.
    """
    found: list[Phrase] = []
    before: list[Phrase] = []
    left = sorted(unread, key=lambda box: box[1])
    for row, label in _with_own_labels(rows(words), forms):
        top = min((word.box[1] for word in (*row, *(label.words if label else ()))), default=0.0)
        while left and left[0][1] < top:
            before = [Phrase((PlacedWord(UNREAD, left.pop(0)),), {}, running=True)]
            found += before
        own = _with_persons([phrase for some in _parted(row) for phrase in _asking(some)]) if row else []
        before = [*([label] if label else []), *(_as_prose(own, before) if own else [])]
        found += _answering(before)
    return (*found, *(Phrase((PlacedWord(UNREAD, box),), {}, running=True) for box in left))


def _with_own_labels(
    found: Sequence[list[PlacedWord]], forms: Sequence[Form]
) -> Iterator[tuple[list[PlacedWord], Phrase | None]]:
    """The lines, those that begin with a known form's label as that label and the rest."""
    labels = {label.line: label for label in own_labels([" ".join(w.text for w in row) for row in found], forms)}
    for number, row in enumerate(found):
        label = labels.get(number)
        if label is None:
            yield row, None
            continue
        ends = accumulate(len(word.text) + 1 for word in row)
        count = max(1, sum(end - 1 <= label.end for end in ends))
        tag = "name" if label.kind == "block_name" else label.kind
        yield row[count:], _meaning(Phrase(tuple(row[:count]), {}, own=True), tag)


def _answering(row: Sequence[Phrase]) -> list[Phrase]:
    """The same, with what stands behind a label with a colon known as its answer, though it be "Ann Author"."""
    found: list[Phrase] = []
    for phrase in row:
        before = found[-1] if found else None
        if before is not None and not phrase.has_colon and (before.answers or before.odds):
            gap = phrase.box[0] - before.box[2]
            close = gap <= COLUMN_GAP * _height(before.words[-1], phrase.words[0])
            starts = before.answers or before.has_colon or before.own
            if starts and (close or not phrase.odds):
                phrase = replace(phrase, odds={}, answers=True)
        found.append(phrase)
    return found


def rows(words: Sequence[PlacedWord]) -> list[list[PlacedWord]]:
    """Words line by line from top to bottom, from left to right; dots and dashes to write on left out."""
    found: list[list[PlacedWord]] = []
    lettered = [word for word in words if any(c.isalnum() for c in word.text)]
    for word in sorted(lettered, key=lambda w: w.box[1] + w.box[3]):
        row = next((r for r in reversed(found[-4:]) if _level(r, word)), None)
        if row is None:
            found.append([word])
        else:
            row.append(word)
    return [sorted(row, key=lambda w: w.box[0]) for row in found]


def _level(row: Sequence[PlacedWord], word: PlacedWord) -> bool:
    top, bottom = median(w.box[1] for w in row), median(w.box[3] for w in row)
    shared = min(bottom, word.box[3]) - max(top, word.box[1])
    return shared > 0.5 * min(bottom - top, word.box[3] - word.box[1])


def _parted(row: Sequence[PlacedWord]) -> list[list[PlacedWord]]:
    """A line parted at wide gaps and behind colons."""
    parts = [[row[0]]]
    for before, word in pairwise(row):
        gap = word.box[0] - before.box[2]
        if before.text.endswith(COLONS) or gap > PHRASE_GAP * _height(before, word):
            parts.append([])
        parts[-1].append(word)
    return parts


def _height(before: PlacedWord, word: PlacedWord) -> float:
    return max(before.box[3] - before.box[1], word.box[3] - word.box[1], 6.0)


def _asking(words: Sequence[PlacedWord]) -> list[Phrase]:
    """The phrase with what it asks for, where it is a label; parted from writing that was read with it as one."""
    phrase = Phrase(tuple(words), {})
    if words[0].text.startswith("(") and (end := _bracket_end(words)) < len(words):
        head = _with_odds(Phrase(tuple(words[:end]), {}))
        if head.odds:
            return [head, *_asking(words[end:])]
    count = next((n for n, word in enumerate(words) if n and word.sure < UNSURE), len(words))
    if count < len(words) and (head := _with_odds(Phrase(tuple(words[:count]), {}))).odds:
        return [head, Phrase(tuple(words[count:]), {})]
    return [_with_odds(phrase)]


def _bracket_end(words: Sequence[PlacedWord]) -> int:
    """How many words the brackets take that a phrase begins with; all of them where they are not closed."""
    return next((n for n, word in enumerate(words, start=1) if word.text.rstrip(",;.").endswith(")")), len(words))


def _with_odds(phrase: Phrase) -> Phrase:
    count = len(BRACKETS.sub(" ", phrase.text).split()) if phrase.has_colon else len(phrase.words)
    most = COLON_WORDS if phrase.has_colon or _explains_itself(phrase) else LABEL_WORDS
    if count > most or readings(phrase.text):
        return phrase
    odds = asked_odds(phrase.text)
    return replace(phrase, odds=odds) if sureness(odds) >= SURE else phrase


def _with_persons(row: Sequence[Phrase]) -> list[Phrase]:
    """The same with a label that a signature tore in two as one: "Signature of", "Author:"."""
    found: list[Phrase] = []
    for phrase in row:
        before = found[-1] if found else None
        if before is not None and before.odds and not before.has_colon and set(phrase.tags) <= {"name", "authors"}:
            gap = phrase.box[0] - before.box[2]
            near = gap < TORN_GAP * _height(before.words[-1], phrase.words[0])
            if near and phrase.odds and phrase.odds["author"] >= SURE and {"signature", "date"} & set(before.tags):
                found[-1] = replace(before, words=(*before.words, *phrase.words))
                continue
        found.append(phrase)
    return found


def _as_prose(row: Sequence[Phrase], above: Sequence[Phrase]) -> list[Phrase]:
    """A line's phrases; those that are running text, or its last line, marked so and asking for nothing."""
    found: list[Phrase] = []
    for block in _blocks(row):
        long = sum(len(p.words) for p in block) >= PROSE_WORDS and not _is_long_label(block, above)
        running = long or _ends_prose(block, above)
        found += [replace(p, odds={}, running=True) if running else p for p in block]
    return found


def _blocks(row: Sequence[Phrase]) -> list[list[Phrase]]:
    """Phrases of a line that are no more than spaced out; a label with a colon begins and ends one."""
    blocks = [[row[0]]]
    for before, phrase in pairwise(row):
        gap = phrase.box[0] - before.box[2]
        asks = (before.odds and before.has_colon) or (phrase.odds and phrase.has_colon)
        if asks or gap > COLUMN_GAP * _height(before.words[-1], phrase.words[0]):
            blocks.append([])
        blocks[-1].append(phrase)
    return blocks


def _is_long_label(block: Sequence[Phrase], above: Sequence[Phrase]) -> bool:
    """Whether many words are one label with a colon that explains itself, behind a comma or in brackets, and do not go
    on with running text above."""
    label = block[0]
    if len(block) > 1 or not (label.odds and (label.has_colon or _explains_itself(label))):
        return False
    head = HEAD_END.split(BRACKETS.sub(" ", label.text))[0]
    return len(head.split()) <= LABEL_WORDS and not _goes_on(label.box, above)


def _explains_itself(phrase: Phrase) -> bool:
    """Whether a phrase asks for a signature and says behind a comma how: "Signature of the author, preceded by ..."."""
    head = HEAD_END.split(phrase.text)[0]
    return head != phrase.text and len(head.split()) <= HEAD_WORDS and "signature" in tags_asked(asked_odds(head))


def _goes_on(box: Zone, above: Sequence[Phrase]) -> bool:
    """Whether running text straight above a box ends without a stop."""
    x0, y0, _, y1 = box
    return any(
        p.running
        and abs(p.box[0] - x0) < INDENT_PT
        and y1 - p.box[3] < LINE_GAP * (y1 - y0 + 2)
        and p.text.rstrip()[-1] not in ".:;"
        for p in above
    )


def _ends_prose(block: Sequence[Phrase], above: Sequence[Phrase]) -> bool:
    """Whether a short line is the last one of running text that stands straight above it."""
    text = " ".join(p.text for p in block)
    if not text.rstrip().endswith((".", ";", ",")) or any(p.has_colon for p in block):
        return False
    x0, y0, _, y1 = block[0].box
    return any(p.running and abs(p.box[0] - x0) < INDENT_PT and y1 - p.box[3] < LINE_GAP * (y1 - y0 + 2) for p in above)


# --- labels -------------------------------------------------------------------------------------------------------


def _labels(said: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that ask for something, "Author" beside "Date" for a signature."""
    labels = [phrase for phrase in said if phrase.odds]
    return [_as_signature(label, labels) for label in labels]


def _as_signature(label: Phrase, labels: Sequence[Phrase]) -> Phrase:
    """A label that only says who, beside a date, asks for that person's signature: "Author", "Date"."""
    odds = label.odds
    if odds["author"] < SURE or odds["name"] >= SURE or set(label.tags) - {"authors", "name"}:
        return label
    beside = [other for other in labels if other is not label and in_row(other.box, label.box)]
    if not any("date" in other.tags for other in beside) or any("signature" in other.tags for other in beside):
        return label
    return replace(label, odds={**odds, "signature": 1.0, "authors": 0.0})


def in_row(a: Zone, b: Zone) -> bool:
    """Whether two boxes stand in one line."""
    return min(a[3], b[3]) - max(a[1], b[1]) > 0.3 * min(a[3] - a[1], b[3] - b[1])


def _signer(label: Phrase, zone: Zone, said: Sequence[Phrase]) -> str:
    """Whose place it is: its label says so, or the nearest heading above it."""
    x0, y0, x1, _ = label.box
    left, right = min(x0 - INDENT_PT, zone[0]), max(x1, zone[2])
    above = [
        p
        for p in said
        if p is not label
        and y0 - HEADING_PT < p.box[1] < y0
        and not p.running
        and len(p.words) <= COLON_WORDS
        and min(right, p.box[2]) > max(left, p.box[0])
    ]
    nearest = sorted(above, key=lambda p: (in_row(p.box, label.box), -p.box[1], abs(p.box[0] - x0)))
    return signer_of([label.text, *(p.text for p in nearest)])


# --- without labels -----------------------------------------------------------------------------------------------


def unlabelled_places(said: Sequence[Phrase], lines: PageLines) -> tuple[Place, ...]:
    """A line to sign over a printed name, with a day beside it: declarations have no labels."""
    for rule in lines.rules:
        name = next((p for p in said if _is_name(p) and _stands_under(p, rule)), None)
        day = None if name is None else day_beside(said, rule)
        if name is None or day is None:
            continue
        x0, _, x1, y1 = rule
        paper = (x0 - INDENT_PT, _top(rule, said, x0, x1), x1 + INDENT_PT, y1 + FOOT_PT)
        return Place(_meaning(name, "signature"), paper, "author", True), day
    return ()


def undated(places: Sequence[Place], width: float) -> tuple[Place, ...]:
    """The paper around each place to sign near which no label asks for a day, on a page so many points wide: there it
    may stand all the same."""
    days = [place for place in places if "date" in place.tags]
    alone = [
        place
        for place in places
        if "signature" in place.tags
        and not any(day.signer == place.signer and _down(place.zone, day.zone) <= NO_DAY_PT for day in days)
    ]
    return tuple(
        Place(
            _meaning(place.label, "date"),
            (EDGE_PT, place.zone[1] - DAY_ROOM_PT, width - EDGE_PT, place.zone[3] + DAY_ROOM_PT),
            place.signer,
            False,
        )
        for place in alone
    )


def _down(a: Zone, b: Zone) -> float:
    """How far apart two places stand, up and down."""
    return max(0.0, a[1] - b[3], b[1] - a[3])


def _is_name(phrase: Phrase) -> bool:
    words = phrase.text.split()
    return not phrase.is_print and 2 <= len(words) <= NAME_WORDS and all(
        word[0].isupper() and not any(c.isdigit() for c in word) for word in words
    )  # fmt: skip


def _stands_under(phrase: Phrase, rule: Zone) -> bool:
    x0, y0, x1, _ = phrase.box
    over = min(x1, rule[2]) - max(x0, rule[0])
    return RULE_UNDER_PT[0] <= y0 - rule[3] <= RULE_UNDER_PT[1] and over > 0.5 * (x1 - x0)


def day_beside(said: Sequence[Phrase], zone: Zone) -> Place | None:
    """The nearest day that stands by itself near a place to sign, in type no smaller than the page's: a form's own
    stamp, "version 15.03.2013", is set small."""
    usual = median(p.box[3] - p.box[1] for p in said)
    days = [p for p in said if not p.is_print and p.box[3] - p.box[1] > SMALL_TYPE * usual and readings(p.text)]
    near = [p for p in days if -DAY_PT < p.box[1] - zone[3] < DAY_PT]
    day = min(near, key=lambda p: abs(p.box[1] - zone[3]), default=None)
    if day is None:
        return None
    x0, y0, x1, y1 = day.box
    return Place(_meaning(day, "date"), (x0 - 3, y0 - 3, x1 + 3, y1 + 3), "author", True)


def _meaning(phrase: Phrase, tag: str) -> Phrase:
    """The phrase as one that asks for `tag`."""
    return replace(phrase, odds={**dict.fromkeys(asked_odds(""), 0.0), tag: 1.0})


# --- the paper that is written on ---------------------------------------------------------------------------------


def _place(label: Phrase, said: Sequence[Phrase], lines: PageLines, size: tuple[float, float]) -> Place:
    zone, lined = _zone(label, said, lines, size)
    return Place(label, zone, _signer(label, zone, said), lined)


def _zone(label: Phrase, said: Sequence[Phrase], lines: PageLines, size: tuple[float, float]) -> tuple[Zone, bool]:
    """Where a label is answered, and whether a line says so: over its line, behind it, or behind and below it."""
    x0, y0, x1, y1 = label.box
    beside = [p for p in said if p is not label and in_row(p.box, label.box) and p.is_print]
    left = max((p.box[2] for p in beside if p.box[2] <= x0), default=EDGE_PT)
    right = min((p.box[0] for p in beside if p.box[0] >= x1), default=size[0] - EDGE_PT)
    cut = [u[0] for u in lines.uprights if u[1] < (y0 + y1) / 2 < u[3]]
    left, right = max([left, *(u for u in cut if u <= x0)]), min([right, *(u for u in cut if u >= x1)])
    high = "signature" in label.tags
    # A signature reaches up to the print above, other writing does not.
    top = min(_top(label.box, said, left, right) if high else y0, y1 - LEAST_TALL_PT)
    if (blank := _line_before(label, lines)) is not None:
        start = max(left, blank[0] - INDENT_PT)
        return (
            start,
            min(_top(blank, said, *blank[::2]), y1 - LEAST_TALL_PT),
            blank[2] + 3,
            blank[3] + FOOT_PT,
        ), True
    behind = next((r for r in lines.rules if _begins_behind(r, label.box, right)), None)
    box = None if behind else _cell(label, said, lines, (left, right)) or _box_below(label, said, lines)
    if box is not None:
        return box, True
    below = _below(label.box, said, lines, (x0 - INDENT_PT, right))
    answered = label.has_colon and (below[1] or _filled_behind(label, said, right))
    over = None if behind or answered else _line_over(label, said, lines)
    if over is not None:
        nearest = [p for p in beside if p.odds]
        low = max([left, *((p.box[2] + x0) / 2 for p in nearest if p.box[2] <= x0 and p.box[2] > over[0])])
        far = min([size[0] - EDGE_PT, *((p.box[0] + x1) / 2 for p in nearest if p.box[0] >= x1)])
        foot = max(y0, over[3] + FOOT_PT)
        return (max(low - 3, min(over[0], x0) - INDENT_PT), min(_top(over, said, *over[::2]), y0 - LEAST_TALL_PT),
                min(far, max(over[2], x1) + INDENT_PT), foot), True  # fmt: skip
    day_room = DAY_OF_PT if DAY_OF.match(label.text) and "date" in label.tags else 0.0
    if behind is not None:
        start = max(left, x0 - day_room) if day_room else x1 - 2
        return (start, top, right - 3, max(behind[3], y1) + FOOT_PT), True
    return (max(left, x0 - max(INDENT_PT, day_room)), top, right - 3, below[0]), below[1] or answered


def _line_before(label: Phrase, lines: PageLines) -> Zone | None:
    """The line that a label in brackets stands behind: "______ (date)"."""
    x0, _, _, y1 = label.box
    if not label.text.startswith("("):
        return None
    return next((r for r in lines.rules if -6 <= r[1] - y1 <= 9 and -4 <= x0 - r[2] <= BRACKET_PT), None)


def _cell(label: Phrase, said: Sequence[Phrase], lines: PageLines, columns: tuple[float, float]) -> Zone | None:
    """The cell of a table that a label asks to write in: the empty one right of its own, or its own."""
    x0, y0, x1, y1 = label.box
    own = lines.cell((x0 + x1) / 2, (y0 + y1) / 2)
    if own is None:
        return None
    beside = lines.cell(own[2] + 2 * FOOT_PT, (y0 + y1) / 2)
    if beside and not any(p.is_print and _is_in(p.box, beside) for p in said):
        return beside
    if (column := _column_below(label, own, said, lines)) is not None:
        return column
    if own[3] - y1 < 0.8 * (y1 - y0) and own[2] - x1 < LEAST_ROOM_PT:
        return None
    left, right = columns
    return max(own[0], left), own[1], min(own[2], right), own[3]


def _column_below(label: Phrase, head: Zone, said: Sequence[Phrase], lines: PageLines) -> Zone | None:
    """The empty cells below the cell of a label, where that heads a column beside others that head theirs."""
    _, y0, _, y1 = label.box
    middle = (y0 + y1) / 2
    beside = [lines.cell(x, middle) for x in (head[0] - 2 * FOOT_PT, head[2] + 2 * FOOT_PT)]
    heads = [cell for cell in beside if cell and any(p.odds and p is not label and _is_in(p.box, cell) for p in said)]
    if not heads or head[3] - head[1] > HEAD_ROW * (y1 - y0):
        return None
    x, foot = (head[0] + head[2]) / 2, head[3]
    while (cell := lines.cell(x, foot + 2 * FOOT_PT)) and abs(cell[1] - foot) < FOOT_PT:
        if any(p.is_print and _is_in(p.box, cell) for p in said):
            break
        foot = cell[3]
    return (head[0], head[3], head[2], foot) if foot > head[3] else None


def _is_in(box: Zone, cell: Zone) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]


def _box_below(label: Phrase, said: Sequence[Phrase], lines: PageLines) -> Zone | None:
    """The empty box that a label stands over, with no other print or line between."""
    x0, _, x1, y1 = label.box
    for box in sorted(lines.boxes, key=lambda b: (b[1], b[3])):
        over = min(box[2], x1) - max(box[0] - INDENT_PT, x0)
        if not -2 <= box[1] - y1 <= FIRST_LINE_PT or over < 0.5 * (x1 - x0):
            continue
        there = (p for p in said if p is not label and p.is_print and y1 - 2 < p.box[1] < box[3] - FOOT_PT)
        lined = any(y1 < r[1] < box[1] - FOOT_PT and min(r[2], x1) > max(r[0], x0) for r in lines.rules)
        if lined or any(min(p.box[2], box[2]) > max(p.box[0], box[0]) for p in there):
            return None
        return box
    return None


def _begins_behind(rule: Zone, label: Zone, right: float) -> bool:
    """Whether a line is the one that a label stands before."""
    return -6 <= rule[1] - label[3] <= 9 and label[2] - 4 <= rule[0] <= min(label[2] + BESIDE_PT, right)


def _filled_behind(label: Phrase, said: Sequence[Phrase], right: float) -> bool:
    return any(label.box[2] - 1 <= p.box[0] < right and not p.is_print and in_row(p.box, label.box) for p in said)


def _line_over(label: Phrase, said: Sequence[Phrase], lines: PageLines) -> Zone | None:
    """The line that a label stands under, if that is not another label's, and nothing stands in between."""
    x0, y0, x1, _ = label.box
    for rule in sorted(lines.rules, key=lambda r: -r[1]):
        gap = y0 - rule[3]
        over = min(rule[2], x1) - max(rule[0], x0)
        if not RULE_UNDER_PT[0] <= gap <= RULE_UNDER_PT[1] or over < 0.5 * min(x1 - x0, rule[2] - rule[0]):
            continue
        others = [p for p in said if p is not label and p.odds and _begins_behind(rule, p.box, rule[2])]
        if not any(len(p.text) > 4 for p in others) and not _answers_above(rule, label, said, lines):
            return rule
    return None


def _answers_above(rule: Zone, label: Phrase, said: Sequence[Phrase], lines: PageLines) -> bool:
    """Whether a line over a label is the one that the label before it stands over, as this one does over the next."""
    columns = (label.box[0] - INDENT_PT, rule[2])
    above = [
        p for p in said if p.is_print and p.box[3] <= rule[1] + 2 and min(p.box[2], rule[2]) > max(p.box[0], rule[0])
    ]
    nearest = max(above, key=lambda p: p.box[3], default=None)
    if nearest is None or not nearest.odds or rule[1] - nearest.box[3] > FIRST_LINE_PT:
        return False
    return _below(label.box, said, lines, columns)[1] and _line_over(nearest, said, lines) is None


def _top(box: Zone, said: Sequence[Phrase], left: float, right: float) -> float:
    """Foot of the print above a box, between two columns, or as far up as people write."""
    above = [p.box[3] for p in said if p.is_print and p.box[3] <= box[1] + 2 and p.box[2] > left and p.box[0] < right]
    return max([box[1] - REACH_PT, *above])


def _below(box: Zone, said: Sequence[Phrase], lines: PageLines, columns: tuple[float, float]) -> tuple[float, bool]:
    """How far down below a label is written, and whether a line says so: down to the last of its lines, or the print
    below."""
    left, right = columns
    under = [p.box[1] for p in said if p.is_print and p.box[1] > box[3] - 2 and p.box[2] > left and p.box[0] < right]
    end = min(under, default=box[3] + FIRST_LINE_PT + 2 * NEXT_LINE_PT)
    foot: float | None = None
    for rule in sorted(lines.rules, key=lambda r: r[1]):
        reach = (foot + NEXT_LINE_PT) if foot is not None else box[3] + FIRST_LINE_PT
        across = min(rule[2], right) - max(rule[0], left)
        if box[3] < rule[1] <= min(reach, end + 4) and across > 0.4 * min(rule[2] - rule[0], right - left):
            foot = rule[3]
    if foot is not None:
        return foot + FOOT_PT, True
    return max(box[3] + FOOT_PT, min(end, box[3] + REACH_PT)), False
