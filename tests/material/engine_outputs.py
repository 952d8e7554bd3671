"""Outputs of OCR engines, made from words that a test gives, in the shapes that the engines' schemas publish."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pipeline.forms.reader import load_forms

Line = list["Placed"]
WIDTH, HEIGHT = 2550, 3300
"""Pixels of a page of US Letter at 300 dpi."""
LINE_HEIGHT, ADVANCE = 44, 23
HAND_TAG, HAND_PRODUCTION = ' TAGREFS="T1"', ' production="handwritten-cursive"'


@dataclass(frozen=True)
class Placed:
    """A word in pixels of its page."""

    text: str
    x0: int
    y0: int
    x1: int
    y1: int
    hand: bool = False


@dataclass(frozen=True)
class Filled:
    """What is written on one agreement; `hand`: the signature and the date."""

    title: str = "Learning to Read Forms"
    name: str = "Ada Example"
    signed: str = "Ada Example"
    date: str = "2024-05-20"
    hand: bool = True


def transcript(filled: Filled = Filled()) -> str:
    """A plain transcript of the packaged form."""
    return "\n\f".join("\n".join(" ".join(word for word, _ in line) for line in page) for page in _form_lines(filled))


@cache
def _form_lines(filled: Filled) -> list[list[list[tuple[str, bool]]]]:
    """Pages of lines of (word, whether it is written by hand)."""
    behind = {"title": filled.title, "name": filled.name, "signature": filled.signed, "date": filled.date}
    pages = []
    for page in load_forms()[0].pages:
        lines: list[list[tuple[str, bool]]] = []
        baseline = None
        for word in page.words:
            if baseline is None or abs(word.baseline - baseline) > 3:
                lines.append([])
                baseline = word.baseline
            lines[-1].append((word.text, False))
        for field in page.fields:
            if not behind.get(field.name):
                continue
            label = field.label.split()[-1]
            at = next(i for i, line in enumerate(lines) if label in [w for w, _ in line][-1:] or line[-1][0] == label)
            hand = filled.hand and field.name in ("signature", "date")
            written = [(word, hand) for word in behind[field.name].split()]
            if field.name in ("signature", "date"):
                lines[at] = lines[at] + written
            else:
                lines.insert(at + 1, written)
        pages.append([line for line in lines if line])
    return pages


def placed_pages(filled: Filled) -> list[list[Line]]:
    """The same with places."""
    pages = []
    for page in _form_lines(filled):
        lines: list[Line] = []
        for row, line in enumerate(page):
            x, y = 300, 200 + row * 60
            words: Line = []
            for text, hand in line:
                wide = ADVANCE * len(text)
                words.append(Placed(text, x, y, x + wide, y + LINE_HEIGHT, hand))
                x += wide + ADVANCE
            lines.append(words)
        pages.append(lines)
    return pages


def hocr(filled: Filled = Filled(), image: str = "page.png") -> bytes:
    body = []
    for number, lines in enumerate(placed_pages(filled), start=1):
        spans = "".join(
            f"<span class='ocr_line' title=\"bbox {words[0].x0} {words[0].y0} {words[-1].x1} {words[-1].y1}\">"
            + " ".join(
                f"<span class='ocrx_word' title='bbox {w.x0} {w.y0} {w.x1} {w.y1}; x_wconf 93'>{escape(w.text)}</span>"
                for w in words
            )
            + "</span>"
            for words in lines
        )
        title = f'image "{image}"; bbox 0 0 {WIDTH} {HEIGHT}; ppageno {number - 1}'
        body.append(f"<div class='ocr_page' id='page_{number}' title={quoteattr(title)}>{spans}</div>")
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml">'
        "<head><meta name='ocr-system' content='tesseract 5.3.0'/></head><body>"
    )
    return f"{head}{''.join(body)}</body></html>".encode()


def alto(filled: Filled = Filled()) -> bytes:
    pages = []
    for number, lines in enumerate(placed_pages(filled), start=1):
        text = "".join(
            "<TextLine>"
            + "<SP/>".join(
                f'<String CONTENT={quoteattr(w.text)} HPOS="{w.x0}" VPOS="{w.y0}" WIDTH="{w.x1 - w.x0}" '
                f'HEIGHT="{w.y1 - w.y0}" WC="0.95"{HAND_TAG * w.hand}/>'
                for w in words
            )
            + "</TextLine>"
            for words in lines
        )
        pages.append(
            f'<Page ID="P{number}" WIDTH="{WIDTH}" HEIGHT="{HEIGHT}"><PrintSpace><TextBlock>{text}</TextBlock>'
            "</PrintSpace></Page>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">'
        '<Tags><OtherTag ID="T1" LABEL="handwritten"/></Tags>'
        f"<Layout>{''.join(pages)}</Layout></alto>"
    ).encode()


def page_xml(filled: Filled = Filled(), only: int | None = None, image: str = "scan.png") -> bytes:
    """`only`: one page (1-based), as PAGE files mostly hold."""
    pages = []
    for number, lines in enumerate(placed_pages(filled), start=1):
        if only in (None, number):
            shown = "".join(_page_line(words) for words in lines)
            pages.append(
                f'<Page imageFilename="{image}" imageWidth="{WIDTH}" imageHeight="{HEIGHT}">'
                f'<TextRegion id="r{number}"><Coords points="0,0 {WIDTH},0 {WIDTH},{HEIGHT} 0,{HEIGHT}"/>{shown}'
                "</TextRegion></Page>"
            )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
        f"{''.join(pages)}</PcGts>"
    ).encode()


def _page_line(words: Sequence[Placed]) -> str:
    inner = "".join(
        f"<Word{HAND_PRODUCTION * w.hand}>"
        f'<Coords points="{w.x0},{w.y0} {w.x1},{w.y0} {w.x1},{w.y1} {w.x0},{w.y1}"/>'
        f'<TextEquiv conf="0.98"><Unicode>{escape(w.text)}</Unicode></TextEquiv></Word>'
        for w in words
    )
    return f"<TextLine>{inner}</TextLine>"


def textract(filled: Filled = Filled(), signature: bool = False) -> bytes:
    """`signature`: a SIGNATURE block at the signature's line, as AnalyzeDocument finds them."""
    blocks: list[dict[str, Any]] = []
    for number, lines in enumerate(placed_pages(filled), start=1):
        blocks.append({"BlockType": "PAGE", "Id": f"p{number}", "Page": number})
        for row, words in enumerate(lines):
            ids = [f"w{number}-{row}-{at}" for at in range(len(words))]
            box = _share_box(words[0].x0, words[0].y0, words[-1].x1, words[-1].y1)
            text = " ".join(w.text for w in words)
            blocks.append(
                {"BlockType": "LINE", "Id": f"l{number}-{row}", "Page": number, "Text": text, "Confidence": 99.1,
                 "Geometry": {"BoundingBox": box}, "Relationships": [{"Type": "CHILD", "Ids": ids}]}
            )  # fmt: skip
            for id_, w in zip(ids, words, strict=True):
                kind = "HANDWRITING" if w.hand else "PRINTED"
                blocks.append(
                    {"BlockType": "WORD", "Id": id_, "Page": number, "Text": w.text, "Confidence": 97.5,
                     "TextType": kind, "Geometry": {"BoundingBox": _share_box(w.x0, w.y0, w.x1, w.y1)}}
                )  # fmt: skip
    if signature:
        box = _share_box(900, 1500, 1500, 1600)
        blocks.append(
            {"BlockType": "SIGNATURE", "Id": "s", "Page": 2, "Confidence": 96.0, "Geometry": {"BoundingBox": box}}
        )
    return json.dumps({"DocumentMetadata": {"Pages": 2}, "Blocks": blocks}).encode()


def _share_box(x0: int, y0: int, x1: int, y1: int) -> dict[str, float]:
    return {"Left": x0 / WIDTH, "Top": y0 / HEIGHT, "Width": (x1 - x0) / WIDTH, "Height": (y1 - y0) / HEIGHT}


def azure(filled: Filled = Filled()) -> bytes:
    content, pages, hand = "", [], []
    for number, lines in enumerate(placed_pages(filled), start=1):
        words, shown = [], []
        for line in lines:
            start = len(content)
            for w in line:
                span = {"offset": len(content), "length": len(w.text)}
                polygon = [w.x0, w.y0, w.x1, w.y0, w.x1, w.y1, w.x0, w.y1]
                words.append({"content": w.text, "polygon": polygon, "confidence": 0.99, "span": span})
                if w.hand:
                    hand.append(span)
                content += w.text + " "
            text = content[start:-1]
            shown.append({"content": text, "polygon": [], "spans": [{"offset": start, "length": len(text)}]})
        page = {"pageNumber": number, "width": WIDTH, "height": HEIGHT, "unit": "pixel", "words": words, "lines": shown}
        pages.append(page)
    styles = [{"isHandwritten": True, "confidence": 0.9, "spans": hand}] if hand else []
    result = {"apiVersion": "2024-11-30", "modelId": "prebuilt-layout", "content": content, "pages": pages}
    return json.dumps({"status": "succeeded", "analyzeResult": {**result, "styles": styles}}).encode()


def document_ai(filled: Filled = Filled()) -> bytes:
    text, pages = "", []
    for number, lines in enumerate(placed_pages(filled), start=1):
        tokens, shown = [], []
        for line in lines:
            first = len(text)
            for w in line:
                start = len(text)
                text += w.text + " "
                tokens.append({"layout": _layout(start, len(text), w), "styleInfo": {"handwritten": w.hand}})
            text = text[:-1] + "\n"
            shown.append({"layout": _layout(first, len(text), line[0])})
        size = {"width": WIDTH, "height": HEIGHT}
        pages.append({"pageNumber": number, "dimension": size, "tokens": tokens, "lines": shown})
    return json.dumps({"uri": "", "mimeType": "application/pdf", "text": text, "pages": pages}).encode()


def _layout(start: int, end: int, w: Placed) -> dict[str, Any]:
    corners = [(w.x0, w.y0), (w.x1, w.y0), (w.x1, w.y1), (w.x0, w.y1)]
    vertices = [{"x": x / WIDTH, "y": y / HEIGHT} for x, y in corners]
    segment = {"endIndex": str(end), **({"startIndex": str(start)} if start else {})}
    anchor = {"textSegments": [segment]}
    return {"textAnchor": anchor, "confidence": 0.98, "boundingPoly": {"normalizedVertices": vertices}}


def docling(filled: Filled = Filled()) -> bytes:
    texts: list[dict[str, Any]] = []
    for number, lines in enumerate(placed_pages(filled), start=1):
        for line in lines:
            box = {"l": line[0].x0, "t": HEIGHT - line[0].y0, "r": line[-1].x1, "b": HEIGHT - line[0].y1}
            prov = [{"page_no": number, "bbox": {**box, "coord_origin": "BOTTOMLEFT"}, "charspan": [0, 1]}]
            text = " ".join(w.text for w in line)
            texts.append({"self_ref": f"#/texts/{len(texts)}", "label": "text", "text": text, "prov": prov})
    body = {"self_ref": "#/body", "children": [{"$ref": one["self_ref"]} for one in texts]}
    pages = {str(n): {"page_no": n, "size": {"width": WIDTH, "height": HEIGHT}} for n in (1, 2)}
    document = {"schema_name": "DoclingDocument", "version": "1.5.0", "name": "a", "body": body, "texts": texts}
    return json.dumps({**document, "pages": pages}).encode()


def doctr(filled: Filled = Filled()) -> bytes:
    pages = [
        {
            "page_idx": number,
            "dimensions": [HEIGHT, WIDTH],
            "blocks": [{"lines": [{"words": [_doctr_word(w) for w in line]} for line in lines]}],
        }
        for number, lines in enumerate(placed_pages(filled))
    ]
    return json.dumps({"pages": pages}).encode()


def _doctr_word(w: Placed) -> dict[str, Any]:
    geometry = [[w.x0 / WIDTH, w.y0 / HEIGHT], [w.x1 / WIDTH, w.y1 / HEIGHT]]
    return {"value": w.text, "confidence": 0.97, "geometry": geometry}


def olmocr(filled: Filled = Filled()) -> bytes:
    """A line of Dolma."""
    pages = transcript(filled).split("\f")
    spans, at = [], 0
    for number, page in enumerate(pages, start=1):
        spans.append([at, at + len(page), number])
        at += len(page)
    attributes = {"pdf_page_numbers": spans}
    document = {"id": "a", "text": "".join(pages), "source": "olmocr", "attributes": attributes}
    return json.dumps(document).encode() + b"\n"


def plain(filled: Filled = Filled()) -> bytes:
    return transcript(filled).encode()


ENGINES: Mapping[str, Callable[[Filled], bytes]] = {
    "plain text": plain, "hOCR": hocr, "ALTO": alto, "PAGE XML": page_xml, "Amazon Textract": textract,
    "Azure Document Intelligence": azure, "Google Document AI": document_ai, "docling": docling, "docTR": doctr,
    "olmOCR": olmocr,
}  # fmt: skip
"""Engine, as the program calls it -> a sample of its output."""
SAYS_HAND = frozenset(("ALTO", "PAGE XML", "Amazon Textract", "Azure Document Intelligence", "Google Document AI"))
"""Those that say what is written by hand."""
