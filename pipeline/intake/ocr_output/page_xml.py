"""PAGE XML of PRImA, as Transkribus, eScriptorium and OCR-D write it (specification: github.com/PRImA-Research-Lab)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.datamodel.records import Box
from pipeline.intake.ocr_output.engine_output import EngineOutput, EngineWord, Mark, Writing, page_of, points_box
from pipeline.intake.ocr_output.safe_xml import Element, children, local_name, named, number

POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")


def read_page_xml(root: Element) -> EngineOutput:
    """Lines in the file's reading order; `production` says what is handwritten, regions of type signature-mark sign."""
    pages = list(named(root, "Page"))
    marks = [mark for at, page in enumerate(pages, start=1) for mark in _marks(page, at)]
    images = tuple(name for page in pages if (name := page.get("imageFilename", "")))
    return EngineOutput("PAGE XML", tuple(page_of(_lines(page)) for page in pages), (), tuple(marks), images)


def _marks(page: Element, at: int) -> Iterator[Mark]:
    for region in page.iter():
        custom = f"{region.get('type', '')} {region.get('custom', '')}".lower()
        if local_name(region).endswith("Region") and "signature" in custom:
            yield Mark("signature", at, _box(region, page))
        elif local_name(region) in ("ImageRegion", "GraphicRegion", "LineDrawingRegion"):
            yield Mark("picture", at, _box(region, page), 0.5)


def _regions(page: Element) -> list[Element]:
    """Text regions, those that the reading order names first, in its order."""
    regions = list(named(page, "TextRegion"))
    refs = [ref for ref in named(page, "RegionRefIndexed", "RegionRef") if ref.get("regionRef")]
    order = {str(ref.get("regionRef")): place for place, ref in enumerate(refs)}
    return sorted(regions, key=lambda region: order.get(region.get("id", ""), len(order)))


def _lines(page: Element) -> Iterator[list[EngineWord]]:
    for region in _regions(page):
        lines = list(children(region, "TextLine"))
        for line in lines:
            writing = _writing(line, region)
            words = [word for element in children(line, "Word") for word in _words(element, page, writing)]
            yield words or _words(line, page, writing)
        if not lines:
            yield _words(region, page, _writing(region, region))


def _words(element: Element, page: Element, writing: Writing) -> list[EngineWord]:
    """The text of a word, line or region: the first of its alternatives."""
    found = sorted(children(element, "TextEquiv"), key=lambda one: number(one, "index"))
    for equivalent in found[:1]:
        text = next((unicode.text or "" for unicode in children(equivalent, "Unicode")), "")
        sure = number(equivalent, "conf", -1.0)
        box = _box(element, page)
        own = _writing(element, element) or writing
        return [EngineWord(word, box, min(sure, 1.0) if sure >= 0 else None, own) for word in text.split()]
    return []


def _writing(element: Element, around: Element) -> Writing:
    said = element.get("production") or around.get("production") or ""
    return "hand" if said.startswith("handwritten") else "print" if said in ("printed", "typewritten") else ""


def _box(element: Element, page: Element) -> Box | None:
    points: list[tuple[float, float]] = []
    for coords in children(element, "Coords"):
        written = POINT.findall(coords.get("points", ""))
        points += [(float(x), float(y)) for x, y in written if x.count(".") < 2 and y.count(".") < 2]
        points += [(number(point, "x"), number(point, "y")) for point in children(coords, "Point")]
    return points_box(points, number(page, "imageWidth"), number(page, "imageHeight"))
