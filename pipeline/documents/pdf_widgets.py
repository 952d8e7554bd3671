"""The form fields of a PDF that an author can type into or tick: their names, tooltips, values and places."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

WidgetKind = Literal["text", "tick", "signature"]
HIDDEN = 0b100010
"""Flags of an annotation that is not shown on the screen."""
PUSH_BUTTON = 1 << 16
LEAST_SIDE_PT = 4.0
"""Sides of a field that can be filled in; programs keep invisible ones of no size."""


@dataclass(frozen=True, slots=True)
class Widget:
    """One form field on a page. `box`: left, top, right, bottom in points of the page as shown, origin top left."""

    kind: WidgetKind
    name: str
    tooltip: str
    value: str
    box: tuple[float, float, float, float]


def page_widgets(data: bytes, index: int) -> tuple[Widget, ...]:
    """The fields of page `index` (0-based) of a PDF's bytes; none where it is no PDF, or none that can be opened."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return tuple(_widgets(pdf.pages[index]))
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, AttributeError, LookupError, OSError):
        return ()


def _widgets(page: Any) -> Iterator[Widget]:
    for annotation in page.get("/Annots", ()):
        if str(annotation.get("/Subtype", "")) != "/Widget" or int(annotation.get("/F", 0)) & HIDDEN:
            continue
        kind = _kind(annotation)
        box = _shown(page, [float(v) for v in annotation["/Rect"]])
        if kind and min(box[2] - box[0], box[3] - box[1]) >= LEAST_SIDE_PT:
            value = _inherited(annotation, "/V")
            filled = "" if value is None or kind != "text" else str(value)
            yield Widget(kind, _name(annotation), str(annotation.get("/TU", "")), filled, box)


def _inherited(annotation: Any, key: str) -> Any:
    """An entry of a field, or of the nearest field above it that has one."""
    for _ in range(8):
        if key in annotation:
            return annotation[key]
        if "/Parent" not in annotation:
            return None
        annotation = annotation["/Parent"]
    return None


def _kind(annotation: Any) -> WidgetKind | None:
    match str(_inherited(annotation, "/FT")):
        case "/Tx" | "/Ch":
            return "text"
        case "/Sig":
            return "signature"
        case "/Btn":
            return None if int(_inherited(annotation, "/Ff") or 0) & PUSH_BUTTON else "tick"
    return None


def _name(annotation: Any) -> str:
    return str(_inherited(annotation, "/T") or "")


def _shown(page: Any, rect: list[float]) -> tuple[float, float, float, float]:
    """A rectangle of the page's space, as a viewer shows it after crop box and /Rotate."""
    left, bottom, right, top = (float(v) for v in page.cropbox)
    turn = int(_inherited(page.obj, "/Rotate") or 0) % 360
    corners = []
    for x, y in ((rect[0], rect[1]), (rect[2], rect[3])):
        u, v = x - left, top - y
        match turn:
            case 90:
                u, v = y - bottom, x - left
            case 180:
                u, v = right - x, y - bottom
            case 270:
                u, v = top - y, right - x
        corners.append((u, v))
    (a, b), (c, d) = corners
    return min(a, c), min(b, d), max(a, c), max(b, d)
