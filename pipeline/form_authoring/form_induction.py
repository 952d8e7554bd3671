"""Learn a form from a blank agreement: which places on its pages are fields, what each asks for, and of whom.

The places to write come from `places`, with what their labels ask for. Here the form as a whole is settled: which of
several signatures is the author's, which date and printed name go with it, which fields are whose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

from pipeline.form_authoring.blank import BlankPage
from pipeline.form_authoring.date_parts import with_date_parts
from pipeline.form_authoring.phrases import phrases
from pipeline.form_authoring.places import ABREAST, Slot, find_slots
from pipeline.forms.form import FieldKind, FormArea, SigningPlace, SigningRole, Zone
from pipeline.forms.label_meanings import (
    ONLY_WHO,
    SURE,
    Asked,
    as_asked,
    asked_by,
    language_of,
    named_after,
    signer_of,
    sureness,
)

RULE_REACH_PT = (6.0, 10.0)
"""How far writing may begin left of its rule and go on right of it."""
TALL_PT: dict[FieldKind, float] = {"text": 26.0, "date": 28.0, "signature": 40.0, "tick": 0.0}
"""Room above a rule that its writing may take."""
LEAST_TALL_PT = 11.0
DESCENT_PT = 6.0
"""Room below a rule: letters' tails."""
AREA_MARGIN_PT = 22.0
"""Paper above and below fields where their ink may stand."""
BODY_WORDS = 5
"""A line of a clause has at least so many words."""
HEADING_PT = 130.0
"""How far above a signature the words that say whose it is may stand."""
HEADING_WORDS = 12
"""Most words of such a line; longer ones are clauses."""
BLOCK_PT = 130.0
"""How far from a signature its date and printed name may stand, up or down."""
ASIDE = 0.35
"""What distance across counts, in parts of distance down."""
AS_SURE = 0.25
"""Difference in sureness up to which the first of two signatures on the page is the author's, not the surer one."""
PERHAPS = 0.3
"""Probability from which a label beside a date may name the author: the date says the rest."""
ROLES: dict[str, SigningRole] = {"government": "optional", "employer": "optional", "publisher": "publisher"}
"""Signers beside the author whose places are no fields: the author has nothing to fill in there."""


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
    sureness: float = 1.0
    """How surely they do, 0..1."""
    signs: bool = False
    """Of the name: whether it is that of whoever signs, not a list of authors."""


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
    signing_places: tuple[tuple[int, SigningPlace], ...] = ()
    """Where others than the author sign, with the page's number each."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place to write on its page, with whose it is: `author`, or another signer."""

    page: BlankPage
    slot: Slot
    signer: str = "author"

    @property
    def tags(self) -> tuple[str, ...]:
        return self.slot.tags


def learn(pages: Sequence[BlankPage]) -> LearnedForm:
    """Fields, areas and clauses of a blank agreement."""
    found = _with_signers([Found(page, slot) for page in pages for slot in with_date_parts(find_slots(page), page)])
    others = [f for f in found if f.signer in ROLES]
    fields = _named([f for f in found if f.signer not in ROLES])
    signing = tuple((f.page.number, _signing_place(f)) for f in others)
    areas = [
        (page.number, area)
        for page in pages
        for area in areas_around([f.zone for f in fields if f.page == page.number], (page.width, page.height))
    ]
    clauses = [(page.number, *run) for page in pages if (run := _clauses(page, fields))]
    words = [word.text for page in pages for word in page.words]
    return LearnedForm(
        _title(pages[0]), language_of(words), tuple(pages), fields, tuple(areas), tuple(clauses), signing
    )


# --- whose a place is ---------------------------------------------------------------------------------------------


def _with_signers(found: Sequence[Found]) -> list[Found]:
    """The places, each with its signer: a signature's by the words above it, what belongs to it the same."""
    found = [_as_signature(one, found) for one in found]
    signed = {i: _signer(one, found) for i, one in enumerate(found) if "signature" in one.tags}
    if signed and "author" not in signed.values():
        signed[min(signed)] = "author"
    named = []
    for i, one in enumerate(found):
        near = [(d, k) for k in signed if k != i and (d := _apart(one, found[k])) <= BLOCK_PT]
        if i in signed:
            signer = signed[i]
        elif one.slot.kind == "tick" or set(one.tags[:1]) & {"title", "authors", "event", "editors", "number"}:
            signer = "author"
        else:
            signer = signed[min(near)[1]] if near else signer_of([one.slot.label])
        named.append(replace(one, signer=signer))
    return named


def _as_signature(one: Found, found: Sequence[Found]) -> Found:
    """A line that only says who, beside a date, is that person's signature: "Author", "Date"."""
    odds = one.slot.odds
    if (
        one.slot.kind == "tick"
        or odds["author"] < PERHAPS
        or set(one.tags) - {"authors", "name"}
        or odds["name"] >= SURE
    ):
        return one
    beside = [f for f in found if f is not one and f.page is one.page and _level(one.slot.box, f.slot.box)]
    if not any("date" in f.tags for f in beside) or any("signature" in f.tags for f in beside):
        return one
    return replace(one, slot=replace(one.slot, odds={**odds, "signature": 1.0, "authors": 0.0}))


def _level(a: Zone, b: Zone) -> bool:
    """Whether two places stand in one row."""
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return abs(a[3] - b[3]) < 5 or shared > ABREAST * min(a[3] - a[1], b[3] - b[1])


def _signer(one: Found, found: Sequence[Found]) -> str:
    """Whose signature a place is: its label says so, or what stands above it, down from the fields before."""
    x0, y0, x1, _ = one.slot.box
    top = one.slot.label_box[1] if one.slot.label_box else y0
    before = [
        f.slot.box[3]
        for f in found
        if f.page is one.page and f.slot.kind != "tick" and f.slot.box[3] < min(top, y0) - 8
    ]
    start = max([min(top, y0) - HEADING_PT, *(b for b in before if _over(b, one, found))])
    lines = [
        p for p in phrases(one.page)
        if start - 2 < p.box[1] < y0 and p.first != one.slot.first and len(p.text.split()) <= HEADING_WORDS
        and (min(x1, p.box[2]) > max(x0 - 20, p.box[0]))
    ]  # fmt: skip
    return signer_of([one.slot.label, *(p.text for p in sorted(lines, key=lambda p: -p.box[1]))])


def _over(bottom: float, one: Found, found: Sequence[Found]) -> bool:
    """Whether the place that ends there stands in the column of another one, above it."""
    x0, _, x1, _ = one.slot.box
    return any(
        f.page is one.page and f.slot.box[3] == bottom and min(x1, f.slot.box[2]) > max(x0, f.slot.box[0])
        for f in found
    )


def _apart(a: Found, b: Found) -> float:
    """Distance of two places, points; what stands across counts less. Infinite from page to page."""
    if a.page is not b.page:
        return float("inf")
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = a.slot.box, b.slot.box
    down = max(0.0, ay0 - by1, by0 - ay1, abs(ay1 - by1))
    across = max(0.0, ax0 - bx1, bx0 - ax1)
    return down + ASIDE * across


def _signing_place(found: Found) -> SigningPlace:
    zone, _ = _zone(found.page, found.slot, as_asked((found.tags or ("other",))[0]).kind)
    return SigningPlace(ROLES[found.signer], found.page.number, found.slot.label, zone)


# --- fields -------------------------------------------------------------------------------------------------------


def _named(found: Sequence[Found]) -> tuple[LearnedField, ...]:
    """Each place as a field with a name of its own, or as two, where one line serves two."""
    called = _main_fields(found)
    fields: list[LearnedField] = []
    for place, one in enumerate(found):
        names = called.get(place, ())
        alone = len(names) == 1
        for name in names:
            kind = as_asked(name).kind
            fields.append(_field(one, name, kind, alone or name != "name"))
        if not names:
            asked = _asked(one)
            name = _unlike({f.name for f in fields} | {n for some in called.values() for n in some}, one, asked)
            fields.append(
                _field(
                    one,
                    name,
                    asked.kind,
                    asked.kind in ("signature", "date") and one.signer == "author" and asked.name != "date",
                    asked.known,
                )
            )
    return tuple(fields)


def _field(one: Found, name: str, kind: FieldKind, required: bool, known: bool = True) -> LearnedField:
    zone, rule = _zone(one.page, one.slot, kind)
    own = name in ("title", "name", "signature", "date")
    need = required and (own or kind == "signature") and not one.slot.prefilled
    odds = sureness(one.slot.odds)
    signs = name == "name" and one.slot.odds["authors"] < _one_name(one)
    return LearnedField(name, kind, one.page.number, one.slot.label, zone, rule, need, known, odds, signs)


def _main_fields(found: Sequence[Found]) -> dict[int, tuple[str, ...]]:
    """Place -> the fields it is, among those that every agreement has."""
    mine = [i for i, one in enumerate(found) if one.signer == "author" and one.slot.kind != "tick"]
    called: dict[int, list[str]] = {}
    signed = [i for i in mine if "signature" in found[i].tags]
    surest = max((found[i].slot.odds["signature"] for i in signed), default=0.0)
    signature = next((i for i in signed if found[i].slot.odds["signature"] >= surest - AS_SURE), None)
    if signature is not None:
        called.setdefault(signature, []).append("signature")
    dates = [i for i in mine if "date" in found[i].tags]
    if dates:
        date = min(dates, key=lambda i: (_apart(found[i], found[signature]) if signature is not None else 0, i))
        called.setdefault(date, []).append("date")
    titles = [i for i in mine if found[i].tags[:1] == ("title",)]
    if titles:
        called.setdefault(max(titles, key=lambda i: (round(found[i].slot.odds["title"], 1), -i)), []).append("title")
    for i, name in _names(found, mine, signature):
        called.setdefault(i, []).append(name)
    return {i: tuple(names) for i, names in called.items()}


def _names(found: Sequence[Found], mine: Sequence[int], signature: int | None) -> Iterator[tuple[int, str]]:
    """The places for the author's name: `name`, and `block_name` beside the signature."""
    people = [i for i in mine if _asks_name(found[i], "name") and found[i].slot.odds["authors"] <= _one_name(found[i])]
    lists = [i for i in mine if i not in people and _asks_name(found[i], "authors")]
    beside = (
        [] if signature is None else [i for i in (*people, *lists) if _apart(found[i], found[signature]) <= BLOCK_PT]
    )
    block = min(beside, key=lambda i: (i not in people, _apart(found[i], found[signature or 0])), default=None)
    rest = [i for i in (*people, *lists) if i != block]
    if rest:
        yield rest[0], "name"
        if block is not None:
            yield block, "block_name"
    elif block is not None:
        yield block, "name"


def _one_name(one: Found) -> float:
    """How surely one person's name is asked for."""
    return max(one.slot.odds["name"], ONLY_WHO * one.slot.odds["author"])


def _asks_name(one: Found, tag: str) -> bool:
    """Whether a place asks for a name in the first place, not as a part of an address."""
    odds = {**one.slot.odds, "name": _one_name(one)} if one.tags[:1] == ("name",) else one.slot.odds
    above = max(odds[other] for other in ("affiliation", "title", "event", "editors", "number"))
    mixed = {"email", "address"} & set(one.tags) and odds["name"] >= SURE
    return odds[tag] >= SURE and (odds[tag] >= above or bool(mixed))


def _asked(one: Found) -> Asked:
    """What a further place asks for."""
    if one.slot.kind == "tick":
        return replace(named_after(one.slot.label), kind="tick")
    tags = [tag for tag in one.tags if tag != "other"]
    return as_asked(tags[0]) if tags else named_after(one.slot.label)


def _unlike(had: set[str], one: Found, asked: Asked) -> str:
    """A name that no field has yet: the second of its kind is the witness's, the co-author's, or just the second."""
    base = f"{one.signer}_{asked.name}" if one.signer in ("witness", "coauthor") else asked.name
    names = [base, f"second_{asked.name}", f"third_{asked.name}", *(f"{asked.name}_{n}" for n in range(4, 200))]
    return next(name for name in names if name not in had)


def _zone(page: BlankPage, slot: Slot, kind: FieldKind) -> tuple[Zone, Zone | None]:
    """Where the writing of a slot belongs, and the rule that it stands on."""
    x0, y0, x1, y1 = slot.box
    match slot.kind:
        case "tick":
            return _on_page((x0 - 4, y0 - 4, x1 + 4, y1 + 4), page), None
        case "cell":
            return _on_page((x0, y0, x1, y1), page), None
        case "widget":
            return _on_page((x0, y0, x1, y1), page), None
        case "room":
            return _on_page((x0, y0 - 8, x1, y1 + 8), page), None
        case "rule":
            top = slot.lines[0][1] - _tall(page, slot.lines[0], kind)
            zone = (x0 - RULE_REACH_PT[0], min(top, y0), x1 + RULE_REACH_PT[1], y1 + DESCENT_PT)
            return _on_page(zone, page), slot.lines[0]
    raise AssertionError(slot.kind)


def _tall(page: BlankPage, rule: Zone, kind: FieldKind) -> float:
    """Room above a rule, up to the print or the rule above it."""
    x0, y0, x1, _ = rule
    above = [w.box[3] for w in page.words if w.box[3] < y0 - 4 and min(w.box[2], x1) > max(w.box[0], x0)]
    above += [r[3] + DESCENT_PT for r in page.rules if r[3] < y0 - 8 and min(r[2], x1) > max(r[0], x0)]
    free = y0 - max(above, default=0.0)
    return max(LEAST_TALL_PT, min(TALL_PT[kind], free - 1))


def _on_page(zone: Zone, page: BlankPage) -> Zone:
    x0, y0, x1, y1 = zone
    kept = max(0.0, x0), max(0.0, y0), min(page.width, x1), min(page.height, y1)
    return round(kept[0], 2), round(kept[1], 2), round(kept[2], 2), round(kept[3], 2)


# --- areas and clauses --------------------------------------------------------------------------------------------


def areas_around(zones: Sequence[Zone], size: tuple[float, float]) -> list[FormArea]:
    """Bands of a page that hold its fields with some paper around; bands that touch are one. `size`: width, height."""
    bands: list[list[float]] = []
    for _, y0, _, y1 in sorted(zones, key=lambda zone: zone[1]):
        top, bottom = y0 - AREA_MARGIN_PT, y1 + AREA_MARGIN_PT
        if bands and top <= bands[-1][1]:
            bands[-1][1] = max(bands[-1][1], bottom)
        else:
            bands.append([top, bottom])
    width, height = (round(side, 1) for side in size)
    return [
        FormArea((0.0, max(0.0, round(top, 1)), width, min(height, round(bottom, 1))), "boxes") for top, bottom in bands
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
