"""What was filled in on an agreement that is on none of the forms, by the labels that any agreement has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extraction.labels import VOCABULARY, Label, LabelKind, find_labels, is_wording
from pipeline.extraction.transcripts.fill_ins import BORDER, FillIn
from pipeline.forms.form import Form

LONGEST_VALUE = 300
"""Characters of a line above which it is a sentence of the agreement, no fill-in."""
LONGEST_LINE = 1000
"""Characters of a line above which no label is looked for in it."""
UNMARKED = re.compile(
    r"^\W*(?P<label>(?P<word>title|author names?|names?|authors?|signature|signed|date)(?:\(s\)|s\b)?"
    r"(?: (?:of|by)(?: the)? (?:article|paper|manuscript|work|signatory|authors?|signature|publication))?)(?=\s|$)",
    re.IGNORECASE,
)
"""A label at a line's beginning without a colon behind."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str


def find_by_labels(text: str, forms: Sequence[Form]) -> dict[str, FillIn]:
    """Field's name -> what stands behind its label, or on the line below or above, as the text has it."""
    lines = _lines(text)
    labels = find_labels([line.text for line in lines], forms)
    labels += _unmarked(lines, {label.line for label in labels})
    labels.sort(key=lambda label: (label.line, label.start))
    labelled = {label.line for label in labels}
    above = _stand_above(lines, labels, labelled, forms)
    found: dict[str, FillIn] = {}
    for label in labels:
        name = "block_name" if label.kind == "name" and "name" in found else label.kind
        beside = _beside(lines, label, labels)
        place = beside if text[beside.start : beside.end].strip(BORDER) else None
        if place is None:
            at = label.line - 1 if above else label.line + 1
            place = _on_line(lines, at, label) if _is_value(lines, at, labelled, forms) else beside
        found.setdefault(name, place)
    return found


def _lines(text: str) -> list[_Line]:
    found = []
    for match in re.finditer(r"[^\n\f]+", text):
        shown = match[0].strip()
        if 0 < len(shown) <= LONGEST_LINE:
            found.append(_Line(match.start() + match[0].index(shown), shown))
    return found


def _unmarked(lines: Sequence[_Line], labelled: set[int]) -> list[Label]:
    found = []
    for number, line in enumerate(lines):
        match = UNMARKED.match(line.text) if number not in labelled and len(line.text) <= LONGEST_VALUE else None
        kind = _kind_of(match["word"].lower()) if match else None
        if match and kind:
            found.append(Label(kind, number, match.start("label"), match.end("label"), False))
    return found


def _kind_of(words: str) -> LabelKind | None:
    return next((kind for kind, known in VOCABULARY.items() if words.split()[-1] in known), None)


def _beside(lines: Sequence[_Line], label: Label, labels: Sequence[Label]) -> FillIn:
    """The rest of the label's own line, up to the next label on it."""
    line = lines[label.line]
    stop = min((o.start for o in labels if o.line == label.line and o.start > label.start), default=len(line.text))
    return FillIn(line.start + label.end, line.start + max(stop, label.end), line.start + label.start)


def _on_line(lines: Sequence[_Line], at: int, label: Label) -> FillIn:
    return FillIn(lines[at].start, lines[at].start + len(lines[at].text), lines[label.line].start + label.start)


def _is_value(lines: Sequence[_Line], at: int, labelled: set[int], forms: Sequence[Form]) -> bool:
    """Whether a line may be what was filled in: no label, no sentence."""
    if not 0 <= at < len(lines) or at in labelled or len(lines[at].text) > LONGEST_VALUE:
        return False
    return not is_wording(lines[at].text, forms)


def _stand_above(lines: Sequence[_Line], labels: Sequence[Label], labelled: set[int], forms: Sequence[Form]) -> bool:
    """Whether labels stand below what they ask for: the last one then has nothing behind it, and lines between them."""
    alone = [label.line for label in labels if _is_alone(lines, label)]
    if not alone:
        return False
    above = sum(_is_value(lines, at - 1, labelled, forms) for at in alone)
    below = sum(_is_value(lines, at + 1, labelled, forms) for at in alone)
    return above > below or (above == below and not _is_value(lines, alone[-1] + 1, labelled, forms))


def _is_alone(lines: Sequence[_Line], label: Label) -> bool:
    return not lines[label.line].text[label.end :].strip(BORDER)
