"""Which engine's output a file is, by its content, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.datamodel.records import Problem
from pipeline.documents.file_kinds import file_kind
from pipeline.intake.ocr_output.alto import read_alto
from pipeline.intake.ocr_output.docling import is_docling, read_docling
from pipeline.intake.ocr_output.doctr import is_doctr, read_doctr
from pipeline.intake.ocr_output.document_ai import is_document_ai, read_document_ai
from pipeline.intake.ocr_output.document_intelligence import is_document_intelligence, read_document_intelligence
from pipeline.intake.ocr_output.engine_output import EngineOutput
from pipeline.intake.ocr_output.hocr import read_hocr
from pipeline.intake.ocr_output.json_values import DamagedOutput, Json, parsed_json
from pipeline.intake.ocr_output.olmocr import is_olmocr, json_lines, read_olmocr
from pipeline.intake.ocr_output.page_xml import read_page_xml
from pipeline.intake.ocr_output.plain_text import PLAIN_TEXT, decoded, read_plain_text
from pipeline.intake.ocr_output.safe_xml import local_name, xml_root
from pipeline.intake.ocr_output.textract import is_textract, read_textract

MOST_BYTES = 32 << 20
"""A larger file is no output of an engine for an agreement: those have up to some MB a page, with the page's picture
in them. Parsed, JSON takes up to thirty times its size."""
MOST_TEXT = 2 << 20
"""The same for plain text: half a thousand agreements."""
HEAD = 1 << 16
"""Bytes in which a format shows."""
UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a reader raises over output of a shape that it does not foresee: the file's own row says so, no other."""
TOGETHER = b"countersign: several outputs of an OCR engine\n"
"""First bytes of what `put_together` gives."""
XML_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<")
HOCR = re.compile(rb"class\s*=\s*[\"'][^\"']*\bocr_page\b|name\s*=\s*[\"']ocr-system", re.IGNORECASE)
XML_ROOT = re.compile(rb"<(?:\w+:)?(alto|PcGts)[\s>]")
MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|svg)\b", re.IGNORECASE)
JSON_SIGNS = re.compile(
    rb"\"(?:BlockType|analyzeResult|analyze_result|modelId|model_id|textAnchor|text_anchor|schema_name|pdf_page_numbers"
    rb"|natural_text|page_idx)\""
)
"""A key of each engine's JSON, so that any other JSON need not be parsed."""
JSON_READERS: tuple[tuple[Callable[[object], bool], Callable[[Json], EngineOutput]], ...] = (
    (is_textract, lambda content: read_textract([content])),
    (is_document_intelligence, read_document_intelligence),
    (is_document_ai, read_document_ai),
    (is_docling, read_docling),
    (is_doctr, read_doctr),
    (is_olmocr, lambda content: read_olmocr([content])),
)
ENGINE_SUFFIXES = (".json", ".jsonl", ".md")
"""Suffixes of editors' side files that engines give their output, too."""
ASKED = tuple(
    re.compile(rf"^\W*(?:{word})\b[^\n]{{0,40}}:", re.IGNORECASE | re.MULTILINE)
    for word in ("sign(?:ed|ature)", "dated?")
)
"""What an agreement asks for, at a line's beginning."""
DAMAGED = Problem(
    "unreadable_file",
    "This is the output of an OCR program, but it breaks off or is damaged. Export it once more, or send the scan.",
)


def engine_output(data: bytes) -> EngineOutput | Problem | None:
    """What an OCR engine said, where a file is its output; a Problem where that is damaged; None: something else.

    Any text is taken for a transcript here: whether an agreement is in it, its words will say.
    """
    if not data.startswith(TOGETHER) and (len(data) > MOST_BYTES or file_kind(data[:HEAD]) != "foreign"):
        return None
    head = data[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        if data.startswith(TOGETHER):
            return _together(data)
        if head.startswith((b"{", b"[")) and (found := _from_json(data)):
            return found
        if XML_START.match(head) and (found := _from_xml(data)):
            return found
    except (DamagedOutput, *UNFORESEEN):
        return DAMAGED
    return _from_text(data)


def put_together(files: Sequence[bytes]) -> bytes:
    """The outputs of an engine that writes a file for each page as one, for `engine_output`."""
    return TOGETHER + b"".join(b"%d\n" % len(data) + data for data in files)


def _together(data: bytes) -> EngineOutput | Problem | None:
    """All the outputs of `put_together`, their pages one behind the other."""
    found: list[EngineOutput] = []
    at = len(TOGETHER)
    while at < len(data):
        end = data.index(b"\n", at)
        size = int(data[at:end])
        one = engine_output(data[end + 1 : end + 1 + size])
        if not isinstance(one, EngineOutput):
            return one
        found.append(one)
        at = end + 1 + size
    first = [sum(len(one.pages) for one in found[:place]) for place in range(len(found))]
    return EngineOutput(
        found[0].engine,
        tuple(page for one in found for page in one.pages),
        tuple(replace(p, page=p.page + n) for one, n in zip(found, first, strict=True) for p in one.pairs),
        tuple(replace(m, page=m.page + n) for one, n in zip(found, first, strict=True) for m in one.marks),
    )


def may_be_return(name: str, data: bytes) -> bool:
    """Whether a file that is named as editors name their side files is a return all the same, by its content.

    A text that is no output of an engine for sure must ask for a signature and a date, as an agreement does.
    """
    if file_kind(data[:HEAD]) in ("pdf", "image"):
        return True
    if not name.lower().endswith(ENGINE_SUFFIXES):
        return False
    output = engine_output(data)
    if not isinstance(output, EngineOutput):
        return output is not None
    text = "\n".join(" ".join(word.text for word in line.words) for page in output.pages for line in page.lines)
    return output.engine != PLAIN_TEXT or all(asked.search(text) for asked in ASKED)


def _from_xml(data: bytes) -> EngineOutput | None:
    if HOCR.search(data[:HEAD]):
        return read_hocr(data)
    if not XML_ROOT.search(data[:HEAD]):
        return None
    root = xml_root(data)
    return {"alto": read_alto, "PcGts": read_page_xml}[local_name(root)](root)


def _from_json(data: bytes) -> EngineOutput | None:
    if not JSON_SIGNS.search(data):
        return None
    lines = json_lines(data) if data.count(b"\n") else []
    if lines and all(map(is_olmocr, lines)):
        return read_olmocr(lines)
    content: Any = parsed_json(data)
    if isinstance(content, list):
        return _from_several(content)
    return next((read(content) for is_of, read in JSON_READERS if is_of(content)), None)


def _from_several(content: list[Any]) -> EngineOutput | None:
    """A list of answers: those of one long job of Textract's, or olmOCR's page by page."""
    if content and all(map(is_textract, content)):
        return read_textract(content)
    return read_olmocr(content) if content and all(map(is_olmocr, content)) else None


def _from_text(data: bytes) -> EngineOutput | None:
    if len(data) > MOST_TEXT:
        return None
    text = decoded(data)
    if text is None or not text.strip() or MARKUP.match(text) or text.lstrip()[:1] in "{[":
        return None
    return read_plain_text(text)
