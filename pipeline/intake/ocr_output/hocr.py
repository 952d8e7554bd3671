"""hOCR, as Tesseract, OCRopus and others write it (specification: kba.github.io/hocr-spec, version 1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, Mark, fraction_box, page_of
from pipeline.intake.ocr_output.safe_xml import Element, html_root

LINES = frozenset(("ocr_line", "ocr_textfloat", "ocr_caption", "ocr_header", "ocr_footer"))
WORDS = frozenset(("ocrx_word", "ocr_word"))
PICTURES = frozenset(("ocr_photo", "ocr_image", "ocr_linedrawing"))
BBOX = re.compile(r"\bbbox\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)")
CONFIDENCE = re.compile(r"\bx_w?conf\s+(-?[\d.]+)")
IMAGE = re.compile(r"\bimage\s+(?:\"([^\"]+)\"|'([^']+)'|([^;\s]+))")

Pixels = tuple[float, float, float, float]


def read_hocr(data: bytes) -> EngineOutput:
    """Words with boxes and confidences. Raises DamagedOutput."""
    root = html_root(data)
    pages = [element for element in root.iter() if "ocr_page" in _classes(element)]
    marks = [
        Mark("picture", number, _box(photo, _bbox(page)), 0.5)
        for number, page in enumerate(pages, start=1)
        for photo in page.iter()
        if PICTURES & _classes(photo)
    ]
    images = tuple(image for page in pages if (image := _image(page)))
    return EngineOutput("hOCR", tuple(page_of(_lines(page)) for page in pages), marks=tuple(marks), images=images)


def _classes(element: Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _image(page: Element) -> str:
    found = IMAGE.search(page.get("title") or "")
    return next((part for part in found.groups() if part), "") if found else ""


def _bbox(element: Element) -> Pixels:
    found = BBOX.search(element.get("title") or "")
    return (float(found[1]), float(found[2]), float(found[3]), float(found[4])) if found else (0.0, 0.0, 0.0, 0.0)


def _box(element: Element, page: Pixels) -> Box | None:
    x0, y0, x1, y1 = _bbox(element)
    if x1 <= x0 or y1 <= y0:
        return None
    left, top, right, bottom = page
    return fraction_box(x0 - left, y0 - top, x1 - left, y1 - top, right - left, bottom - top)


def _lines(page: Element) -> Iterator[list[EngineWord]]:
    frame = _bbox(page)
    for line in page.iter():
        if not LINES & _classes(line):
            continue
        words = [_word(word, frame) for word in line.iter() if WORDS & _classes(word)]
        if not words:
            box = _box(line, frame)
            words = [EngineWord(text, box) for text in "".join(line.itertext()).split()]
        yield [word for word in words if word.text]


def _word(element: Element, page: Pixels) -> EngineWord:
    found = CONFIDENCE.search(element.get("title") or "")
    sure = min(max(float(found[1]) / 100, 0.0), 1.0) if found and found[1].count(".") < 2 else None
    return EngineWord("".join("".join(element.itertext()).split()), _box(element, page), sure)
