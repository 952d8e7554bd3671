"""docling's lossless JSON (specification: docling-core's `DoclingDocument`)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, KeyValue, Mark, fraction_box, page_of
from pipeline.intake.ocr_output.json_values import Json, dict_at, dicts_at, number_at, text_at

MOST_DEEP = 50
"""Groups in groups; documents have three or four."""


def is_docling(content: object) -> bool:
    return text_at(content, "schema_name") == "DoclingDocument"


def read_docling(content: Json) -> EngineOutput:
    """The items of the body in its order, each a line with the item's box; pictures; key-value items."""
    items = list(_items(content, dict_at(content, "body"), MOST_DEEP, set()))
    numbers = sorted({_page(item) for item in items}) or [1]
    place = {number: at for at, number in enumerate(numbers, start=1)}
    pages = tuple(
        page_of(line for item in items if _page(item) == number for line in _lines(content, item)) for number in numbers
    )
    marks = tuple(
        Mark("signature" if _is_signature(content, item) else "picture", place[_page(item)], _box(content, item), 0.75)
        for item in items
        if text_at(item, "label") == "picture"
    )
    pairs = tuple(pair for item in dicts_at(content, "key_value_items", "form_items") for pair in _pairs(item))
    return EngineOutput("docling", pages, pairs, marks)


def _items(content: Json, node: Json, deep: int, seen: set[str]) -> Iterator[Json]:
    """The items below a node, in reading order; each once, however the references run."""
    for child in dicts_at(node, "children"):
        ref = text_at(child, "$ref", "cref")
        item = _at(content, ref)
        if not item or ref in seen or deep <= 0:
            continue
        seen.add(ref)
        yield item
        yield from _items(content, item, deep - 1, seen)


def _at(content: Json, ref: str) -> Json:
    """What a reference like `#/texts/3` points to."""
    _, _, way = ref.partition("#/")
    name, _, index = way.partition("/")
    held = dicts_at(content, name)
    return held[int(index)] if index.isdecimal() and len(index) < 9 and int(index) < len(held) else {}


def _page(item: Json) -> int:
    return int(number_at(next(iter(dicts_at(item, "prov")), {}), "page_no", 1))


def _lines(content: Json, item: Json) -> Iterator[list[EngineWord]]:
    box = _box(content, item)
    writing = "hand" if "handwrit" in text_at(item, "label") else ""
    for line in (text_at(item, "text") or text_at(item, "orig")).splitlines():
        yield [EngineWord(word, box, None, writing) for word in line.split()]  # type: ignore[arg-type]
    rows: dict[int, list[EngineWord]] = {}
    for cell in dicts_at(dict_at(item, "data"), "table_cells"):
        row = rows.setdefault(int(number_at(cell, "start_row_offset_idx")), [])
        row += [EngineWord(word, box) for word in text_at(cell, "text").split()]
    yield from (rows[at] for at in sorted(rows))


def _box(content: Json, item: Json) -> Box | None:
    where = next(iter(dicts_at(item, "prov")), {})
    box = dict_at(where, "bbox")
    size = dict_at(dict_at(dict_at(content, "pages"), str(int(number_at(where, "page_no", 1)))), "size")
    width, height = number_at(size, "width"), number_at(size, "height")
    left, top, right, bottom = (number_at(box, name) for name in ("l", "t", "r", "b"))
    if text_at(box, "coord_origin") == "BOTTOMLEFT":
        top, bottom = height - top, height - bottom
    return fraction_box(left, min(top, bottom), right, max(top, bottom), width, height) if box else None


def _is_signature(content: Json, item: Json) -> bool:
    """Whether a picture was classified as a signature, or is described as one."""
    said = [text_at(dict_at(item, "meta", "description"), "text")]
    for note in dicts_at(item, "annotations"):
        said += [text_at(note, "text"), *(text_at(c, "class_name") for c in dicts_at(note, "predicted_classes")[:1])]
    return any("signature" in text.lower() for text in said)


def _pairs(item: Json) -> Iterator[KeyValue]:
    graph = dict_at(item, "graph")
    cells = {int(number_at(cell, "cell_id", -1)): cell for cell in dicts_at(graph, "cells")}
    for link in dicts_at(graph, "links"):
        ends = [cells.get(int(number_at(link, f"{end}_cell_id", -1)), {}) for end in ("source", "target")]
        key, value = ends if text_at(ends[0], "label") == "key" else ends[::-1]
        if text_at(key, "label") == "key" and text_at(value, "label") == "value":
            words = tuple(EngineWord(word) for word in text_at(value, "text").split())
            yield KeyValue(text_at(key, "text"), words, _page(value))
