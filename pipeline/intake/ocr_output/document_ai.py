"""Google Document AI (specification: the API's `Document`, as JSON of its protocol buffer)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import (
    EngineOutput,
    EngineWord,
    KeyValue,
    Mark,
    Writing,
    page_of,
    points_box,
)
from pipeline.intake.ocr_output.json_values import Json, dict_at, dicts_at, number_at, share_at, text_at

SIGNED = ("signature", "signed")


def is_document_ai(content: object) -> bool:
    document = _document(content)
    page = next(iter(dicts_at(document, "pages")), {})
    return isinstance(document.get("text"), str) and bool({"layout", "dimension", "tokens"} & set(page))


def read_document_ai(content: Json) -> EngineOutput:
    """Words with boxes, confidences and what is handwritten; form fields; entities that are signatures."""
    document = _document(content)
    text = text_at(document, "text")
    pages = dicts_at(document, "pages")
    pairs = [
        _pair(field, text, at)
        for at, page in enumerate(pages, 1)
        for field in dicts_at(page, "formFields", "form_fields")
    ]
    marks = [mark for at, page in enumerate(pages, 1) for mark in _page_marks(page, at)]
    marks += [_entity_mark(entity) for entity in dicts_at(document, "entities") if _signs(entity)]
    read = tuple(page_of(_lines(page, text)) for page in pages)
    return EngineOutput("Google Document AI", read, tuple(pairs), tuple(marks))


def _page_marks(page: Json, at: int) -> Iterator[Mark]:
    for element in dicts_at(page, "visualElements", "visual_elements"):
        if "signature" in text_at(element, "type").lower():
            layout = dict_at(element, "layout")
            yield Mark("signature", at, _box(layout, page), share_at(layout, "confidence") or 0.0)


def _document(content: object) -> Json:
    if not isinstance(content, dict):
        return {}
    return dict_at(content, "document") or content


def _spans(layout: Json) -> list[tuple[int, int]]:
    anchor = dict_at(layout, "textAnchor", "text_anchor")
    segments = dicts_at(anchor, "textSegments", "text_segments")
    return [(_index(one, "startIndex", "start_index"), _index(one, "endIndex", "end_index")) for one in segments]


def _index(segment: Json, name: str, otherwise: str) -> int:
    return int(number_at(segment, name, number_at(segment, otherwise)))


def _text(layout: Json, text: str) -> str:
    return "".join(text[max(0, start) : max(0, end)] for start, end in _spans(layout))


def _lines(page: Json, text: str) -> Iterator[list[EngineWord]]:
    tokens: dict[int, EngineWord] = {}
    for token in dicts_at(page, "tokens"):
        spans = _spans(dict_at(token, "layout"))
        if spans:
            tokens[spans[0][0]] = _word(token, page, text)
    starts = sorted(tokens)
    for line in dicts_at(page, "lines"):
        layout = dict_at(line, "layout")
        own = [tokens[at] for at in starts if any(start <= at < end for start, end in _spans(layout))]
        box = _box(layout, page)
        sure = share_at(layout, "confidence")
        yield [w for w in own if w.text] or [EngineWord(word, box, sure) for word in _text(layout, text).split()]
    if not dicts_at(page, "lines"):
        yield [tokens[at] for at in starts if tokens[at].text]


def _word(token: Json, page: Json, text: str) -> EngineWord:
    layout = dict_at(token, "layout")
    hand = dict_at(token, "styleInfo", "style_info").get("handwritten")
    writing: Writing = "hand" if hand is True else "print" if hand is False else ""
    return EngineWord("".join(_text(layout, text).split()), _box(layout, page), share_at(layout, "confidence"), writing)


def _box(layout: Json, page: Mapping[str, object]) -> Box | None:
    poly = dict_at(layout, "boundingPoly", "bounding_poly")
    relative = _points(dicts_at(poly, "normalizedVertices", "normalized_vertices"))
    if relative:
        return points_box(relative, 1.0, 1.0)
    size = dict_at(page, "dimension")
    return points_box(_points(dicts_at(poly, "vertices")), number_at(size, "width"), number_at(size, "height"))


def _points(vertices: Sequence[Json]) -> list[tuple[float, float]]:
    return [(number_at(v, "x"), number_at(v, "y")) for v in vertices]


def _pair(field: Json, text: str, page: int) -> KeyValue:
    value = dict_at(field, "fieldValue", "field_value")
    sure = share_at(value, "confidence")
    words = tuple(EngineWord(word, None, sure) for word in _text(value, text).split())
    return KeyValue(_text(dict_at(field, "fieldName", "field_name"), text), words, page)


def _signs(entity: Json) -> bool:
    """Whether an entity that an extractor found is a signature that is there."""
    kind = text_at(entity, "type").lower().replace("_", " ")
    normal = dict_at(entity, "normalizedValue", "normalized_value")
    denied = normal.get("booleanValue", normal.get("boolean_value")) is False
    return any(word in kind.split() for word in SIGNED) and "date" not in kind and not denied


def _entity_mark(entity: Json) -> Mark:
    refs = dicts_at(dict_at(entity, "pageAnchor", "page_anchor"), "pageRefs", "page_refs")
    page = int(number_at(refs[0], "page")) + 1 if refs else 1
    return Mark("signature", page, None, share_at(entity, "confidence") or 0.0)
