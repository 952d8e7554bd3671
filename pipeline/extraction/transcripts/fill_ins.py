"""What was filled in at each of the form's labels: the stretch of a transcript between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz import fuzz

from pipeline.extraction.transcripts.alignment import Alignment
from pipeline.extraction.transcripts.flat_text import FlatText, letters_of
from pipeline.extraction.transcripts.form_text import FormText, LabelPlace, Span

SHORT_LABEL = 8
"""Labels of fewer letters ("Date:") are looked for by themselves: their letters may stand anywhere."""
LABEL_ALIKE = 70.0
"""rapidfuzz ratio from which words before a colon are such a label, misread: `Slgned:`, `Dote:`."""
BARE_ALIKE = 86.0
"""The same for words at a line's beginning without a colon behind."""
REACH = 40
"""Letters of the form beside a field by which its place is found, where the nearest ones were lost."""
COLON = re.compile(r"\s*[:;\uff1a\ufe55]")
BORDER = " \t\n\f_.,:;-|\u00b7\u2026\u2013\u2014\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
"""What stands around a fill-in without being of it: blanks, rules, quotation marks."""


@dataclass(frozen=True, slots=True)
class FillIn:
    """Characters of the text where a field's writing stands; the same place twice: nothing stands there."""

    start: int
    end: int
    label_start: int
    """Where the label begins, or the stretch itself where the label was lost."""
    above: Span | None = None
    """A further stretch before the label that is filled in, too."""


def find_fill_ins(text: FlatText, form: FormText, laid: Alignment) -> dict[str, FillIn]:
    """Field's name -> what stands behind its label, for all labels that the text has."""
    found = {}
    for label in form.labels:
        if label.end - label.start >= SHORT_LABEL and (place := _long(text, form, laid, label)):
            found[label.field.name] = place
    runs = list(_runs_of_labels(text, form, laid))
    for region, labels in runs:
        found |= _short(text, region, [label for label in labels if label.end - label.start < SHORT_LABEL])
    found = _cut_at_next(found)
    for region, labels in runs:
        places = {label.field.name: found[label.field.name] for label in labels if label.field.name in found}
        if len(places) > 1:
            found |= _above(text.text, region, places)
    return found


def _long(text: FlatText, form: FormText, laid: Alignment, label: LabelPlace) -> FillIn | None:
    """Between the label and the form's next words."""
    found = laid.gap(label.end, label.end - label.start, REACH)
    if found is None:
        return None
    start, end = found
    here = _char(text, start - 1) + 1
    there = _char(text, end) if end >= 0 else len(text.text)
    return FillIn(here, max(here, there), _char(text, max(0, start - (label.end - label.start))))


def _char(text: FlatText, letter: int) -> int:
    """The character that a letter comes from."""
    if letter < 0:
        return -1
    return text.offsets[letter] if letter < len(text.offsets) else len(text.text)


def _runs_of_labels(text: FlatText, form: FormText, laid: Alignment) -> Iterator[tuple[Span, list[LabelPlace]]]:
    """Labels that follow each other on the form, each run with the stretch of text that it must stand in.

    The stretch begins behind the form's last words before the run's first label, whichever, and ends at the next ones
    behind it.
    """
    run: list[LabelPlace] = []
    for label, following in pairwise([*form.labels, None]):
        assert label is not None
        run.append(label)
        if following is None or following.start - label.end > REACH:
            start = laid.end_of_runs(run[0].start)
            end = laid.start_of_runs(label.end) if following else None
            here = _char(text, start - 1) + 1
            yield (here, _char(text, end) if end is not None and end >= start else len(text.text)), run
            run = []


def _short(text: FlatText, region: Span, labels: Sequence[LabelPlace]) -> dict[str, FillIn]:
    found: dict[str, FillIn] = {}
    taken: list[Span] = []
    for label in labels:
        sought = "".join(letters_of(c) for c in label.field.label if c.isalnum())
        place = find_label(text.text, region, sought, taken)
        if place is not None:
            taken.append(place)
            found[label.field.name] = FillIn(place[1], region[1], place[0])
    return found


WORD = re.compile(r"[^\W_]+(?:[-'\u2019/][^\W_]+)*")


def find_label(text: str, region: Span, sought: str, taken: Sequence[Span] = ()) -> Span | None:
    """The first place in a region where words like `sought` (letters) stand before a colon, or begin a line alone."""
    bare: Span | None = None
    words = [w for w in WORD.finditer(text, *region) if not any(a <= w.start() < b for a, b in taken)]
    for at, word in enumerate(words):
        letters = ""
        for last in words[at : at + 4]:
            letters += "".join(letters_of(c) for c in last[0] if c.isalnum())
            if len(letters) >= len(sought) - 1:
                break
        if abs(len(letters) - len(sought)) > 1:
            continue
        alike = fuzz.ratio(letters, sought)
        colon = COLON.match(text, last.end())
        if colon and alike >= LABEL_ALIKE and "\n" not in text[word.start() : last.end()]:
            return word.start(), colon.end()
        begins = not text[text.rfind("\n", 0, word.start()) + 1 : word.start()].strip(BORDER)
        if bare is None and begins and alike >= BARE_ALIKE:
            bare = word.start(), last.end()
    return bare


def _above(text: str, region: Span, places: Mapping[str, FillIn]) -> dict[str, FillIn]:
    """The fill-ins of a run of labels, where writing stands above them.

    Who writes on a rule writes a little higher than the label in front of it, and rows are read from the top. With
    something before the first label and nothing behind the last, all stand above; else only what is before the first.
    """
    names = sorted(places, key=lambda name: places[name].label_start)
    first, last = places[names[0]], places[names[-1]]
    before = (region[0], first.label_start)
    if not text[slice(*before)].strip(BORDER):
        return {}
    if text[last.start : last.end].strip(BORDER):
        return {names[0]: replace(first, above=before)}
    starts = [region[0], *(places[name].start for name in names[:-1])]
    ends = [places[name].label_start for name in names]
    return {name: FillIn(start, end, start) for name, start, end in zip(names, starts, ends, strict=True)}


def _cut_at_next(found: Mapping[str, FillIn]) -> dict[str, FillIn]:
    """Each fill-in ends where the next label begins."""
    starts = sorted(place.label_start for place in found.values())
    cut = {}
    for name, place in found.items():
        end = min((at for at in starts if place.start <= at < place.end and at > place.label_start), default=place.end)
        cut[name] = FillIn(place.start, end, place.label_start)
    return cut


def trimmed(text: str, start: int, end: int) -> Span:
    """A stretch without blanks, rules and quotation marks around it, and without a bracket that is not closed in it."""
    while start < end and text[start] in BORDER + ")]":
        start += 1
    while start < end and text[end - 1] in BORDER + "([":
        end -= 1
    if end < len(text) and text[end] == "." and end - start > 1 and _abbreviates(text[start:end]):
        end += 1
    return start, end


def _abbreviates(text: str) -> bool:
    """Whether a full stop behind belongs to the last word: `Jr.`, an initial."""
    last = text.split()[-1]
    return last in ("Jr", "Sr", "St") or (len(last) == 1 and last.isupper())
