"""Azure Document Intelligence, versions 2022-08-31 and later (specification: the REST API's `AnalyzeResult`)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, KeyValue, Mark, page_of, points_box
from pipeline.intake.ocr_output.json_values import Json, dict_at, dicts_at, number_at, numbers_at, share_at, text_at

HAND_SURE = 0.5
"""Confidence, 0..1, from which a stretch that the service calls handwritten is taken for it."""


def is_document_intelligence(content: object) -> bool:
    result = _result(content)
    return "content" in result and isinstance(result.get("pages"), list) and bool({"modelId", "model_id"} & set(result))


def read_document_intelligence(content: Json) -> EngineOutput:
    """Words with boxes and confidences, what is handwritten, pairs, and fields of type signature."""
    result = _result(content)
    hand = sorted(
        span
        for style in dicts_at(result, "styles")
        if style.get("isHandwritten", style.get("is_handwritten")) is True
        and (share_at(style, "confidence") or 0.0) >= HAND_SURE
        for span in _spans(style)
    )
    pages = dicts_at(result, "pages")
    pairs = tuple(_pair(pair, hand) for pair in dicts_at(result, "keyValuePairs", "key_value_pairs"))
    marks = tuple(mark for document in dicts_at(result, "documents") for mark in _marks(document, pages))
    return EngineOutput(
        "Azure Document Intelligence", tuple(page_of(_lines(page, hand)) for page in pages), pairs, marks
    )


def _result(content: object) -> Json:
    if not isinstance(content, dict):
        return {}
    return dict_at(content, "analyzeResult", "analyze_result") or content


Span = tuple[int, int]


def _spans(value: Json) -> list[Span]:
    """(first, behind the last) character of the document's text."""
    held = dicts_at(value, "spans") or ([dict_at(value, "span")] if dict_at(value, "span") else [])
    starts = [(int(number_at(span, "offset")), int(number_at(span, "length"))) for span in held]
    return [(start, start + length) for start, length in starts]


def _inside(at: int, spans: Sequence[Span]) -> bool:
    """Whether a character lies in one of these spans, given in order."""
    place = bisect_right(spans, (at, 1 << 60)) - 1
    return place >= 0 and at < spans[place][1]


def _lines(page: Json, hand: Sequence[Span]) -> Iterator[list[EngineWord]]:
    size = number_at(page, "width"), number_at(page, "height")
    words = [(_spans(word), word) for word in dicts_at(page, "words")]
    placed = sorted((spans[0][0], at) for at, (spans, _) in enumerate(words) if spans)
    for line in dicts_at(page, "lines"):
        spans = _spans(line)
        own = [at for start, at in placed if _inside(start, sorted(spans))]
        made = [_word(words[at][1], words[at][0], size, hand) for at in own]
        box = _box(line, size)
        writing = "hand" if spans and _inside(spans[0][0], hand) else ""
        yield made or [EngineWord(t, box, None, writing) for t in text_at(line, "content").split()]  # type: ignore[arg-type]


def _word(word: Json, spans: Sequence[Span], size: tuple[float, float], hand: Sequence[Span]) -> EngineWord:
    text = "".join(text_at(word, "content").split())
    written = bool(spans) and _inside(spans[0][0], hand)
    return EngineWord(text, _box(word, size), share_at(word, "confidence"), "hand" if written else "")


def _box(value: Json, size: tuple[float, float]) -> Box | None:
    sides = numbers_at(value, "polygon", "boundingBox", "bounding_box")
    return points_box(list(zip(sides[::2], sides[1::2], strict=False)), *size)


def _pair(pair: Json, hand: Sequence[Span]) -> KeyValue:
    key, value = dict_at(pair, "key"), dict_at(pair, "value")
    regions = dicts_at(value, "boundingRegions", "bounding_regions") or dicts_at(key, "boundingRegions")
    written = any(_inside(start, hand) for start, _ in _spans(value)[:1])
    sure = share_at(pair, "confidence")
    words = (EngineWord(text, None, sure, "hand" if written else "") for text in text_at(value, "content").split())
    page = int(number_at(regions[0], "pageNumber", 1)) if regions else 1
    return KeyValue(text_at(key, "content"), tuple(words), page)


def _marks(document: Json, pages: Sequence[Json]) -> Iterator[Mark]:
    """Fields of type signature that a custom model found signed."""
    for field in dict_at(document, "fields").values():
        if text_at(field, "type") != "signature" or text_at(field, "valueSignature", "value_signature") != "signed":
            continue
        region = next(iter(dicts_at(field, "boundingRegions", "bounding_regions")), {})
        number = int(number_at(region, "pageNumber", 1))
        page = next((p for p in pages if number_at(p, "pageNumber") == number), {})
        box = _box(region, (number_at(page, "width"), number_at(page, "height")))
        yield Mark("signature", number, box, share_at(field, "confidence") or 0.0)
