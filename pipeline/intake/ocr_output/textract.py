"""Amazon Textract: DetectDocumentText and AnalyzeDocument (specification: the API's `Block`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import (
    EngineOutput,
    EngineWord,
    KeyValue,
    Mark,
    Writing,
    fraction_box,
    page_of,
)
from pipeline.intake.ocr_output.json_values import Json, dict_at, dicts_at, number_at, share_at, text_at

WRITING: Mapping[str, Writing] = {"HANDWRITING": "hand", "PRINTED": "print"}


def is_textract(content: object) -> bool:
    return any("BlockType" in block for block in dicts_at(content, "Blocks")[:3])


def read_textract(responses: Sequence[Json]) -> EngineOutput:
    """The blocks of one response, or of all the responses of one job, as a long document is given."""
    blocks = [block for response in responses for block in dicts_at(response, "Blocks")]
    by_id = {text_at(block, "Id"): block for block in blocks}
    numbers = sorted({_page(block) for block in blocks})
    lines = [block for block in blocks if block.get("BlockType") == "LINE"]
    pages = tuple(page_of(_line(line, by_id) for line in lines if _page(line) == number) for number in numbers)
    place = {number: at for at, number in enumerate(numbers, start=1)}
    keys = (b for b in blocks if b.get("BlockType") == "KEY_VALUE_SET" and "KEY" in (b.get("EntityTypes") or ()))
    pairs = tuple(KeyValue(_text(key, by_id), _value(key, by_id), place[_page(key)]) for key in keys)
    marks = tuple(
        Mark("signature", place[_page(block)], _box(block), share_at(block, "Confidence", 100) or 0.0)
        for block in blocks
        if block.get("BlockType") == "SIGNATURE"
    )
    return EngineOutput("Amazon Textract", pages, pairs, marks)


def _page(block: Json) -> int:
    return int(number_at(block, "Page", 1))


def _related(block: Json, kind: str, by_id: Mapping[str, Json]) -> Iterator[Json]:
    for relation in dicts_at(block, "Relationships"):
        ids = relation.get("Ids")
        if relation.get("Type") == kind and isinstance(ids, list):
            yield from (by_id[name] for name in ids if isinstance(name, str) and name in by_id)


def _line(line: Json, by_id: Mapping[str, Json]) -> list[EngineWord]:
    words = [_word(word) for word in _related(line, "CHILD", by_id) if word.get("BlockType") == "WORD"]
    return words or [EngineWord(text, _box(line)) for text in text_at(line, "Text").split()]


def _word(block: Json) -> EngineWord:
    writing = WRITING.get(text_at(block, "TextType"), "")
    return EngineWord(text_at(block, "Text"), _box(block), share_at(block, "Confidence", 100), writing)


def _text(block: Json, by_id: Mapping[str, Json]) -> str:
    return " ".join(text_at(word, "Text") for word in _related(block, "CHILD", by_id))


def _value(key: Json, by_id: Mapping[str, Json]) -> tuple[EngineWord, ...]:
    held = [part for value in _related(key, "VALUE", by_id) for part in _related(value, "CHILD", by_id)]
    return tuple(_word(part) for part in held if part.get("BlockType") == "WORD")


def _box(block: Json) -> Box | None:
    box = dict_at(dict_at(block, "Geometry"), "BoundingBox")
    left, top, width, height = (number_at(box, name) for name in ("Left", "Top", "Width", "Height"))
    return fraction_box(left, top, left + width, top + height, 1.0, 1.0) if width > 0 and height > 0 else None
