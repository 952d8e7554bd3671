"""What a transcript's signature block says: name, signature and date, wherever the engine put them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.dates.ocr_slips import readings_with_slips
from pipeline.extraction.transcripts.fill_ins import FillIn, trimmed
from pipeline.extraction.transcripts.form_text import Span
from pipeline.extraction.transcripts.remarks import Remark, find_remarks, without_remarks

PAGE_NUMBER = re.compile(r"^\W*(?:page\W*)?\d{1,2}(?:\s*(?:/|of)\s*\d{1,2})?\W*$", re.IGNORECASE)
WEEKDAY_OR_TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b")

BlockField = Literal["block_name", "signature", "date"]


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """Stretches of the text for each field of the block, and what the engine remarks there."""

    places: Mapping[BlockField, tuple[Span, ...]]
    remarks: tuple[Remark, ...]


def read_signature_block(text: str, fill_ins: Mapping[str, FillIn]) -> SignatureBlock:
    """The block from the fill-ins of its labels, as far as there are any."""
    names: tuple[BlockField, ...] = ("block_name", "signature", "date")
    known = [(name, fill_ins[name]) for name in names if name in fill_ins]
    if not known:
        return SignatureBlock({}, ())
    start = min(place.label_start for _, place in known)
    end = max(place.end for _, place in known)
    remarks = [_moved(remark, start) for remark in find_remarks(text[start:end])]
    bare = without_remarks(text, [r for r in remarks if not _is_label(r, known)])
    lines = {name: _lines(bare, place.start, place.end) for name, place in known}
    return SignatureBlock(_sorted_out(bare, lines), tuple(remarks))


def _moved(remark: Remark, by: int) -> Remark:
    return Remark(
        remark.start + by, remark.end + by, remark.signed, remark.how, remark.name, remark.date, remark.picture
    )


def _is_label(remark: Remark, known: list[tuple[BlockField, FillIn]]) -> bool:
    return any(remark.start <= place.label_start < remark.end for _, place in known)


def _lines(text: str, start: int, end: int) -> list[Span]:
    """The lines of a stretch that say something."""
    found = []
    for line in re.finditer(r"[^\n\f]+", text[start:end]):
        span = trimmed(text, start + line.start(), start + line.end())
        if span[1] > span[0] and not (line.start() > 0 and PAGE_NUMBER.match(text[span[0] : span[1]])):
            found.append(span)
    return found


def _sorted_out(text: str, lines: Mapping[BlockField, list[Span]]) -> dict[BlockField, tuple[Span, ...]]:
    """Each line to its field: what is a date to the date, what stands behind all labels to the one left blank.

    Engines that read by columns give first the labels and then what stands beside them, or the other way round.
    """
    places: dict[BlockField, list[Span]] = {name: list(spans) for name, spans in lines.items()}
    dates = places.get("date", [])
    dated = [span for span in dates if readings_with_slips(text[slice(*span)])]
    if dated:
        others = [span for span in dates[: dates.index(dated[0])] if _is_writing(text[slice(*span)])]
        behind = [span for span in dates[dates.index(dated[0]) + 1 :] if _is_writing(text[slice(*span)])]
        places["date"] = dated[:1]
        if not places.get("signature") and (others or behind):
            places["signature"] = (others or behind)[:1]
    elif len(dates) > 1:
        places["date"] = dates[:1]
    if not places.get("date") and "date" in lines:
        _date_from_above(text, places)
    return {name: tuple(spans) for name, spans in places.items()}


def _date_from_above(text: str, places: dict[BlockField, list[Span]]) -> None:
    """Where nothing stands at the date: the day that stands at the signature, or on its own beside the name."""
    for name in ("signature", "block_name"):
        for span in places.get(name, ()):
            found = readings_with_slips(text[slice(*span)])
            if not found:
                continue
            at = text.find(found[0].text, *span)
            first = (at, at + len(found[0].text)) if at >= 0 else span
            rest = [s for s in (trimmed(text, span[0], first[0]), trimmed(text, first[1], span[1])) if s[1] > s[0]]
            places["date"] = [first]
            places[name] = [s for s in places[name] if s != span] + [s for s in rest if _is_writing(text[slice(*s)])]
            if name == "signature" and not places[name] and places.get("block_name"):
                places["signature"], places["block_name"] = places["block_name"], []
            return


def _is_writing(text: str) -> bool:
    """Whether something more than specks and a page's number stands there."""
    return sum(c.isalpha() for c in WEEKDAY_OR_TIME.sub("", text)) >= 2
