"""A learned form as boxes to be corrected, and the way back into its folder: `form.toml` keeps what nobody touched."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pipeline.datamodel.errors import FormError, system_words
from pipeline.form_authoring.form_induction import LearnedField, areas_around
from pipeline.form_authoring.learning import draw_preview
from pipeline.form_authoring.toml_entries import Entry, added, parse_entries, removed, written
from pipeline.form_authoring.writer import (
    AREAS,
    NOT_UNDERSTOOD,
    SIGNING_PLACES,
    area_entry,
    field_entry,
    quoted,
    rounded,
    signing_place_entry,
)
from pipeline.forms.form import FORM_FILE, FieldKind, FormArea, FormField, PrintedWord, SigningPlace, Zone
from pipeline.forms.label_meanings import asked_by, named_after
from pipeline.forms.reader import NAME, SLACK_PT, FormEntries, read_entries, read_form

Whose = Literal["author", "optional", "publisher"]
KINDS: Mapping[str, FieldKind] = {
    "title": "text",
    "name": "text",
    "signature": "signature",
    "date": "date",
    "block_name": "text",
}
"""Kinds of the fields that the results table has columns for."""
CALLED: Mapping[str, str] = {
    "title": "the title of the article",
    "name": "the author's name",
    "signature": "the author's signature",
    "date": "the date of the signature",
    "block_name": "the name in print beside the signature",
}
"""What these ask for, as it is said to the editor."""
NO_SIGNATURE = "No box is for the author's signature, and without one the form can't be used. Add it."
LEAST_PT = 4.0
"""Least side of a box; smaller ones are slips of the mouse. A box to tick has 5.5 and more."""
LABEL_REACH_PT = 24.0
"""How far from a box its label may stand, points; to its left twice as far."""
LARGEST_TICK_PT = 22.0
"""Longest side of a box that is drawn around a box to tick, points."""
LABEL_GAP_PT = 14.0
"""Gap between two words of a line, points, from which they are two labels. Boxes are drawn by hand: set by eye."""
FOOT_PT = 6.0
"""How far below a box the printed line may run that it is written on, points."""


class WrongBox(FormError):
    """A box that can't be saved as it is."""

    def __init__(self, sentence: str, box: int | None = None) -> None:
        super().__init__(sentence)
        self.box = box
        """Its place among the boxes; None: it is none of them."""


class ChangedMeanwhile(FormError):
    """`form.toml` is not what it was when it was read."""


@dataclass(frozen=True, slots=True)
class DraftBox:
    """A place to write on. Frame: points of its page, origin top left."""

    page: int
    zone: Zone
    label: str
    whose: Whose = "author"
    """`optional` and `publisher`: where somebody else signs; such a box has no name."""
    name: str = ""
    kind: FieldKind = "text"
    required: bool = True
    signs: bool = False
    entry: int | None = None
    """Which box of the form's draft it was, counted from 0; None: it is new."""
    understood: bool = True
    """Whether the label's words said what it is."""


@dataclass(frozen=True, slots=True)
class FormDraft:
    """What a form's folder says of places."""

    folder: Path
    title: str
    version: str
    """Of `form.toml`: another one when the file is."""
    sizes: tuple[tuple[float, float], ...]
    """Of the pages, width and height in points."""
    boxes: tuple[DraftBox, ...]
    """Fields, then places where others sign, each in the order of the file."""


def read_draft(folder: Path) -> FormDraft:
    """The boxes of a form, also of one that lacks a signature. Raises FormError."""
    text = _text(folder)
    found = read_entries(folder, text)
    entries, _ = parse_entries(text)
    own = [entry for entry in entries if entry.kind == "field"]
    if len(own) != len(found.fields) or _count(entries, "signing_place") != len(found.signing_places):
        raise FormError(f"{folder / FORM_FILE}: write each field as [[field]], so that it can be corrected here.")
    boxes = [
        DraftBox(
            f.page,
            f.zone,
            f.label,
            "author",
            f.name,
            f.kind,
            f.required,
            f.signs,
            i,
            not own[i].has_line(NOT_UNDERSTOOD),
        )
        for i, f in enumerate(found.fields)
    ]
    boxes += [
        DraftBox(p.page, p.zone, p.label, p.role, kind="signature", required=False, entry=len(own) + i)
        for i, p in enumerate(found.signing_places)
    ]
    return FormDraft(folder, found.title, _version(text), found.sizes, tuple(boxes))


def _text(folder: Path) -> str:
    path = folder / FORM_FILE
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "it is no text in UTF-8"
        raise FormError(
            f"{path} can't be read ({words}). Name a folder that `countersign form learn` wrote."
        ) from error


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _count(entries: Sequence[Entry], kind: str) -> int:
    return sum(entry.kind == kind for entry in entries)


def lacks(boxes: Sequence[DraftBox]) -> list[str]:
    """What an agreement has and no box is for, a sentence each."""
    names = {box.name for box in boxes if box.whose == "author"}
    absent = [name for name in ("signature", "title", "name", "date") if name not in names]
    return [
        NO_SIGNATURE if name == "signature" else f"No box is for {CALLED[name]}. If the form asks for it, add one."
        for name in absent
    ]


# --- what a new box is --------------------------------------------------------------------------------------------


def suggested(folder: Path, box: DraftBox, others: Sequence[str]) -> DraftBox:
    """A new box with the label that is printed beside it, and what that asks for. `others`: names that are taken.

    Raises FormError.
    """
    found = read_entries(folder)
    _on_its_page(box, found.sizes, None)
    words = found.words[box.page - 1]
    if max(box.zone[2] - box.zone[0], box.zone[3] - box.zone[1]) < LARGEST_TICK_PT:
        label = _label_behind(words, box.zone) or label_beside(words, box.zone)
        name = named_after(label).name if label else ""
        return replace(box, label=label, kind="tick", required=False, name="" if name in others else name)
    label = label_beside(words, box.zone)
    asked = (asked_by(label) or named_after(label)) if label else None
    if asked is None:
        return box
    name = "name" if asked.name == "authors" and "name" not in others else asked.name
    if name in others:
        return replace(box, label=label)
    return replace(box, label=label, name=name, kind=KINDS.get(name, asked.kind), required=name in CALLED)


def _label_behind(words: Sequence[PrintedWord], zone: Zone) -> str:
    """The words right of a box to tick, to the line's end."""
    middle = (zone[1] + zone[3]) / 2
    row = [w for w in words if w.box[1] - 2 < middle < w.box[3] + 2 and w.box[0] >= zone[2] - 2]
    if not row or row[0].box[0] - zone[2] > LABEL_REACH_PT:
        return ""
    ends = [w.box[0] - before.box[2] > LABEL_GAP_PT for before, w in pairwise(row)]
    return " ".join(w.text for w in row[: next((i + 1 for i, end in enumerate(ends) if end), len(row))])


def label_beside(words: Sequence[PrintedWord], zone: Zone) -> str:
    """The printed words left of a box, else in it, above or below it; empty where there are none."""
    x0, y0, x1, y1 = zone
    row = [w for w in words if y0 - 1 < (w.box[1] + w.box[3]) / 2 < y1 + 2]
    left = [w for w in row if w.box[0] < x0 and w.box[2] < x0 + LABEL_REACH_PT]
    over = [w for w in words if x0 - LABEL_REACH_PT < w.box[0] < x1]
    sides = (
        [w for w in left if x0 - w.box[2] < 2 * LABEL_REACH_PT],
        [w for w in row if w.box[0] >= x0 - 2 and w.box[2] <= x1 + 2],
        [w for w in over if y0 - LABEL_REACH_PT < w.box[3] <= y0 + 2],
        [w for w in over if y1 - 2 <= w.box[1] < y1 + LABEL_REACH_PT],
    )
    near = next((side for side in sides if side), [])
    if not near:
        return ""
    line = [w for w in (left if near is sides[0] else near) if abs(w.baseline - near[-1].baseline) < 2]
    ends = [w.box[0] - before.box[2] > LABEL_GAP_PT for before, w in pairwise(line)]
    start = max((i + 1 for i, end in enumerate(ends) if end), default=0) if near is sides[0] else 0
    stop = next((i + 1 for i, end in enumerate(ends) if end and i >= start), len(line))
    return " ".join(w.text for w in line[start:stop])


# --- what can't be saved ------------------------------------------------------------------------------------------


def check_boxes(boxes: Sequence[DraftBox], sizes: Sequence[tuple[float, float]]) -> None:
    """Raises WrongBox for the first box that can't be saved."""
    for at, box in enumerate(boxes):
        _on_its_page(box, sizes, at)
        if box.whose == "author":
            _named(box, at)
        if not box.label.strip():
            raise WrongBox(f"{_which(box)} has no label. Write the printed words that ask for it.", at)
    seen: dict[str, DraftBox] = {}
    for at, box in enumerate(boxes):
        if box.whose != "author":
            continue
        if other := seen.get(box.name):
            raise WrongBox(_twice(other, box), at)
        seen[box.name] = box
    if "signature" not in seen:
        raise WrongBox(NO_SIGNATURE)


def _which(box: DraftBox) -> str:
    called = f"“{box.label.strip()[:60]}”" if box.label.strip() else box.name or "without a label"
    return f"The box {called} on page {box.page}"


def _twice(one: DraftBox, other: DraftBox) -> str:
    where = f"on page {one.page}" if one.page == other.page else f"on pages {one.page} and {other.page}"
    if one.name in CALLED:
        return (
            f"Two boxes are for {CALLED[one.name]}, {where}. Keep one; say of the other whose it is, or that it is "
            "something else."
        )
    return f"Two boxes are called {one.name}, {where}. Give one of them another name."


def _on_its_page(box: DraftBox, sizes: Sequence[tuple[float, float]], at: int | None) -> None:
    if not 1 <= box.page <= len(sizes):
        raise WrongBox(f"The form has no page {box.page}.", at)
    (width, height), (x0, y0, x1, y1) = sizes[box.page - 1], box.zone
    if not all(map(math.isfinite, box.zone)) or x1 - x0 < LEAST_PT or y1 - y0 < LEAST_PT:
        raise WrongBox(f"{_which(box)} is too small to write in. Make it larger.", at)
    if min(x0, y0) < -SLACK_PT or x1 > width + SLACK_PT or y1 > height + SLACK_PT:
        raise WrongBox(f"{_which(box)} leaves the page. Move it onto the paper.", at)


def _named(box: DraftBox, at: int) -> None:
    if not box.name:
        raise WrongBox(f"Say what is written in the box on page {box.page}, or delete it.", at)
    if not NAME.fullmatch(box.name):
        raise WrongBox(
            f"A column's name is small letters, digits and _, as in second_email; not “{box.name[:40]}”.", at
        )
    if box.kind != KINDS.get(box.name, box.kind):
        raise WrongBox(f"{_which(box)} is for {CALLED[box.name]}, so its kind is {KINDS[box.name]}.", at)
    if box.signs and box.name != "name":
        raise WrongBox(f"{_which(box)}: only the author's name can be that of whoever signs.", at)


# --- back into the folder -----------------------------------------------------------------------------------------


def save_draft(folder: Path, version: str, boxes: Sequence[DraftBox]) -> tuple[FormDraft, tuple[int, ...]]:
    """Write the boxes to `form.toml` and draw the previews again.

    Returns the form's new draft and, for each of `boxes`, which box of it that is. Raises WrongBox; ChangedMeanwhile
    where the file is no more the one of `version`; FormError.
    """
    text = _text(folder)
    if _version(text) != version:
        raise ChangedMeanwhile(f"{FORM_FILE} was changed since this page was loaded. Load the page again.")
    check_boxes(boxes, read_entries(folder, text).sizes)
    new, places = corrected(folder, text, boxes)
    read_form(folder, new)
    _put(folder / FORM_FILE, new)
    draw_preview(folder)
    return read_draft(folder), places


def corrected(folder: Path, text: str, boxes: Sequence[DraftBox]) -> tuple[str, tuple[int, ...]]:
    """`text`, a `form.toml`, with these boxes; for each, which box of the new text it is."""
    found = read_entries(folder, text)
    entries, behind = parse_entries(text)
    own = _of_boxes(entries)
    was: list[FormField | SigningPlace] = [*found.fields, *found.signing_places]
    placed: dict[int, int] = {}  # Place among the boxes -> number of its entry.
    for at, box in enumerate(boxes):
        known = box.entry is not None and 0 <= box.entry < len(own)
        if known and (entry := own[box.entry or 0]).kind == _kind(box) and entry.number not in placed.values():
            placed[at] = entry.number
            entries[_at(entries, entry.number)] = _changed(entry, was[box.entry or 0], box)
    for entry in reversed(own):  # The last one first: what stands above the first speaks of all.
        if entry.number not in placed.values():
            entries = removed(entries, entry.number)
    for at, box in enumerate(boxes):
        if at not in placed:
            entries = added(entries, _new(box), SIGNING_PLACES)
            placed[at] = min(entry.number for entry in entries)
    entries = _with_areas(entries, boxes, found)
    order = [entry.number for entry in _of_boxes(entries)]
    return written(entries, behind), tuple(order.index(placed[at]) for at in range(len(boxes)))


def _of_boxes(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that are boxes, in the order of a draft's."""
    return [entry for kind in ("field", "signing_place") for entry in entries if entry.kind == kind]


def _kind(box: DraftBox) -> str:
    return "field" if box.whose == "author" else "signing_place"


def _at(entries: Sequence[Entry], number: int) -> int:
    return next(place for place, entry in enumerate(entries) if entry.number == number)


def _changed(entry: Entry, was: FormField | SigningPlace, box: DraftBox) -> Entry:
    """An entry with what of its box is another than it was."""
    values: dict[str, tuple[object, object, str | None]] = {
        "page": (was.page, box.page, str(box.page)),
        "label": (was.label, box.label, quoted(box.label)),
        "zone": (rounded(was.zone), rounded(box.zone), str(rounded(box.zone))),
    }
    if isinstance(was, SigningPlace):
        values["role"] = (was.role, box.whose, f'"{box.whose}"')
    else:
        values["name"] = (was.name, box.name, f'"{box.name}"')
        values["kind"] = (was.kind, box.kind, f'"{box.kind}"')
        values["required"] = (was.required, box.required, "true" if box.required else "false")
        values["signs"] = (was.signs, box.signs, "true" if box.signs else None)
        if was.rule and not _lies_in(was.rule, box):
            values["rule"] = (was.rule, None, None)
        if was.name != box.name or box.understood:
            entry = entry.without_line(NOT_UNDERSTOOD)
    for key, (before, now, literal) in values.items():
        if before != now:
            entry = entry.with_value(key, literal)
    return entry


def _lies_in(rule: Zone, box: DraftBox) -> bool:
    """Whether a printed line still goes through most of a box, or along its foot."""
    across = min(rule[2], box.zone[2]) - max(rule[0], box.zone[0])
    return across > (rule[2] - rule[0]) / 2 and box.zone[1] <= rule[1] <= box.zone[3] + FOOT_PT


def _new(box: DraftBox) -> str:
    if box.whose != "author":
        return signing_place_entry(SigningPlace(box.whose, box.page, box.label, box.zone))
    return field_entry(
        LearnedField(box.name, box.kind, box.page, box.label, box.zone, None, box.required, True, signs=box.signs)
    )


def _with_areas(entries: Sequence[Entry], boxes: Sequence[DraftBox], found: FormEntries) -> list[Entry]:
    """The entries with areas that hold all fields; those of a page that do so already stay as they are."""
    changed = list(entries)
    old = [entry for entry in entries if entry.kind == "area"]
    for page, size in enumerate(found.sizes, start=1):
        own = [(area, entry) for (number, area), entry in zip(found.areas, old, strict=True) if number == page]
        rows = [area for area, _ in own if area.layout == "rows"]
        boxed = [(area, entry) for area, entry in own if area.layout == "boxes"]
        zones = [b.zone for b in boxes if b.whose == "author" and b.page == page and not _held(b.zone, rows)]
        used = all(any(_held(zone, [area]) for zone in zones) for area, _ in boxed)
        if used and all(_whole(zone, [area for area, _ in boxed]) for zone in zones):
            continue
        for area in areas_around(zones, size):
            changed = added(changed, area_entry(page, area), AREAS)
        for _, entry in boxed:
            changed = removed(changed, entry.number)
    return changed


def _held(zone: Zone, areas: Sequence[FormArea]) -> bool:
    """Whether a zone's middle lies in one of the areas."""
    x, y = (zone[0] + zone[2]) / 2, (zone[1] + zone[3]) / 2
    return any(a.zone[0] <= x <= a.zone[2] and a.zone[1] <= y <= a.zone[3] for a in areas)


def _whole(zone: Zone, areas: Sequence[FormArea]) -> bool:
    """Whether all of a zone lies in one of the areas."""
    return any(
        a.zone[0] - SLACK_PT <= zone[0]
        and a.zone[1] - SLACK_PT <= zone[1]
        and zone[2] <= a.zone[2] + SLACK_PT
        and zone[3] <= a.zone[3] + SLACK_PT
        for a in areas
    )


def _put(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises FormError."""
    path = path.resolve()  # A link stays one.
    part = ""
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(path.stat().st_mode & 0o777)
        Path(part).replace(path)
    except OSError as error:
        if part:
            with suppress(OSError):
                Path(part).unlink(missing_ok=True)
        raise FormError(f"{path} can't be written ({system_words(error)}). Nothing was changed.") from error
