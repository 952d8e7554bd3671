"""olmOCR's results: Dolma documents, one a line (specification: allenai/olmocr), and the answers of single pages."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipeline.intake.ocr_output.engine_output import EngineOutput, EnginePage, lines_of_text
from pipeline.intake.ocr_output.json_values import Json, dict_at, text_at
from pipeline.intake.ocr_output.plain_text import even_text

MOST_DOCUMENTS = 5000
"""Documents in one file of lines."""


def is_olmocr(content: object) -> bool:
    if not isinstance(content, dict):
        return False
    pages = dict_at(content, "attributes").get("pdf_page_numbers")
    return isinstance(content.get("natural_text"), str) or (bool(text_at(content, "text")) and isinstance(pages, list))


def json_lines(data: bytes) -> list[Json]:
    """The objects of a file with one on each line; none where it is no such file."""
    found: list[Json] = []
    for line in data.splitlines()[:MOST_DOCUMENTS]:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
    return found


def read_olmocr(documents: Sequence[Json]) -> EngineOutput:
    """The documents' pages, one behind the other."""
    return EngineOutput("olmOCR", tuple(page for document in documents for page in _pages(document)))


def _pages(document: Json) -> list[EnginePage]:
    text = text_at(document, "natural_text", "text")
    spans = dict_at(document, "attributes").get("pdf_page_numbers")
    whole = [span for span in spans if _is_span(span)] if isinstance(spans, list) else []
    parts = [text[start:end] for start, end, *_ in whole] or [text]
    return [EnginePage(lines_of_text(piece)) for part in parts for piece in even_text(part)]


def _is_span(span: object) -> bool:
    return isinstance(span, list) and len(span) >= 2 and all(isinstance(v, int) and v >= 0 for v in span[:2])
