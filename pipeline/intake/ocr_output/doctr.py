"""docTR's export (specification: `Document.export()` of python-doctr): words in lines, blocks and pages."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, page_of, points_box
from pipeline.intake.ocr_output.json_values import Json, dicts_at, share_at, text_at


def is_doctr(content: object) -> bool:
    page = next(iter(dicts_at(content, "pages")), {})
    return "blocks" in page and bool({"page_idx", "dimensions"} & set(page))


def read_doctr(content: Json) -> EngineOutput:
    """Words with boxes and confidences."""
    return EngineOutput("docTR", tuple(page_of(_lines(page)) for page in dicts_at(content, "pages")))


def _lines(page: Json) -> Iterator[list[EngineWord]]:
    for block in dicts_at(page, "blocks"):
        for line in dicts_at(block, "lines"):
            yield [
                EngineWord("".join(text_at(word, "value").split()), _box(word), share_at(word, "confidence"))
                for word in dicts_at(line, "words")
                if text_at(word, "value").strip()
            ]


def _box(word: Json) -> Box | None:
    """`geometry`: two corners, or four of a turned word, in fractions of the page."""
    corners = word.get("geometry")
    if not isinstance(corners, list):
        return None
    points = [
        (float(p[0]), float(p[1]))
        for p in corners
        if isinstance(p, list) and len(p) == 2 and all(isinstance(v, int | float) for v in p)
    ]
    return points_box(points, 1.0, 1.0) if len(points) in (2, 4) else None
