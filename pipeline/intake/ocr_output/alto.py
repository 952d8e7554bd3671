"""ALTO XML, versions 1 to 4 (specification: loc.gov/standards/alto)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, Mark, Writing, fraction_box, page_of
from pipeline.intake.ocr_output.safe_xml import Element, local_name, named, number


def read_alto(root: Element) -> EngineOutput:
    """Words with boxes and confidences; tags that say signature or handwriting count as such."""
    tags = {
        tag.get("ID", ""): f"{tag.get('LABEL', '')} {tag.get('TYPE', '')}".lower()
        for tag in named(root, "LayoutTag", "StructureTag", "RoleTag", "OtherTag", "NamedEntityTag")
    }
    pages = list(named(root, "Page"))
    marks = [mark for at, page in enumerate(pages, start=1) for mark in _marks(page, at, tags)]
    images = tuple(text for name in named(root, "fileName") if (text := (name.text or "").strip()))
    return EngineOutput("ALTO", tuple(page_of(_lines(page, tags)) for page in pages), (), tuple(marks), images)


def _marks(page: Element, at: int, tags: Mapping[str, str]) -> Iterator[Mark]:
    for element in page.iter():
        if "signature" in _tagged(element, tags):
            yield Mark("signature", at, _box(element, page))
        elif local_name(element) == "Illustration":
            yield Mark("picture", at, _box(element, page), 0.5)


def _lines(page: Element, tags: Mapping[str, str]) -> Iterator[list[EngineWord]]:
    for line in named(page, "TextLine"):
        writing: Writing = "hand" if "handwrit" in _tagged(line, tags) else ""
        yield [
            _word(word, page, writing, tags) for word in named(line, "String") if (word.get("CONTENT") or "").strip()
        ]


def _word(element: Element, page: Element, line: Writing, tags: Mapping[str, str]) -> EngineWord:
    writing: Writing = "hand" if "handwrit" in _tagged(element, tags) else line
    sure = number(element, "WC", -1.0)
    text = "".join((element.get("CONTENT") or "").split())
    return EngineWord(text, _box(element, page), min(sure, 1.0) if sure >= 0 else None, writing)


def _tagged(element: Element, tags: Mapping[str, str]) -> str:
    return " ".join(tags.get(name, "") for name in (element.get("TAGREFS") or "").split())


def _box(element: Element, page: Element) -> Box | None:
    """In whatever unit the file measures: the page is measured in the same."""
    x, y, w, h = (number(element, name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    if w <= 0 or h <= 0:
        return None
    return fraction_box(x, y, x + w, y + h, number(page, "WIDTH"), number(page, "HEIGHT"))
