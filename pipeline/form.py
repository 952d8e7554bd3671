"""The blank agreement as data: printed words with their places, rules, fields, clauses, and a picture of it.

A form is a folder below `pipeline/forms/`: `form.toml` (fields and clauses), `words.json` (printed words) and
`page-N.png` (the page typeset from those words by `pipeline.forms.typeset`). All places are points of 1/72 inch,
origin top left of the page, y down.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

FORMS_FOLDER = Path(__file__).parent / "forms"
PRINT_DPI = 150
"""Resolution of `page-N.png`."""

Zone = tuple[float, float, float, float]
FieldKind = Literal["text", "signature", "date"]


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """One printed word; `box` in points (x0, y0, x1, y1), `baseline` its y, `xs` the origin of each letter."""

    text: str
    box: Zone
    font: str
    size: float
    baseline: float
    xs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: `zone` is where its writing belongs, `label` the printed words that ask for it."""

    name: str
    kind: FieldKind
    page: int
    label: str
    zone: Zone
    rule: Zone | None = None


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page of the blank form."""

    number: int
    width: float
    height: float
    words: tuple[PrintedWord, ...]
    rules: tuple[Zone, ...]
    fields: tuple[FormField, ...]
    area: Zone | None
    """Where the ink of its fields may stand at all; None: the page has no fields."""
    clauses: tuple[int, int] | None
    """First and last word (0-based, both included) of the clauses."""
    folder: Path

    def print_image(self) -> npt.NDArray[np.uint8]:
        """Greyscale picture of the page at PRINT_DPI, uint8 (H, W), white paper. Callers must not write to it."""
        return _load_print(self.folder / f"page-{self.number}.png")

    def clause_words(self) -> tuple[PrintedWord, ...]:
        return self.words[self.clauses[0] : self.clauses[1] + 1] if self.clauses else ()


@dataclass(frozen=True, slots=True)
class Form:
    """A blank agreement."""

    name: str
    title: str
    language: str
    pages: tuple[FormPage, ...]

    def field(self, name: str) -> FormField | None:
        return next((f for page in self.pages for f in page.fields if f.name == name), None)


@cache
def _load_print(path: Path) -> npt.NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError(f"{path} is no picture: typeset the form again (python -m pipeline.forms.typeset)")
    return np.asarray(image, np.uint8)


def _zone(values: list[float]) -> Zone:
    x0, y0, x1, y1 = (float(v) for v in values)
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"zone {values} has no area: give left, top, right, bottom")
    return x0, y0, x1, y1


def _word(entry: dict[str, Any]) -> PrintedWord:
    return PrintedWord(entry["text"], _zone(entry["box"]), entry["font"], entry["size"], entry["y"], tuple(entry["x"]))


def _page(number: int, entry: dict[str, Any], toml: dict[str, Any], folder: Path) -> FormPage:
    fields = tuple(
        FormField(f["name"], f["kind"], number, f["label"], _zone(f["zone"]), _zone(f["rule"]) if "rule" in f else None)
        for f in toml.get("field", [])
        if f["page"] == number
    )
    area = next((_zone(a["zone"]) for a in toml.get("area", []) if a["page"] == number), None)
    clauses = next(((c["first"], c["last"]) for c in toml.get("clauses", []) if c["page"] == number), None)
    return FormPage(
        number,
        float(entry["width"]),
        float(entry["height"]),
        tuple(_word(w) for w in entry["words"]),
        tuple(_zone(r) for r in entry["rules"]),
        fields,
        area,
        clauses,
        folder,
    )


@cache
def load_form(folder: Path) -> Form:
    """The form kept in `folder`. Raises ValueError with one sentence where its data are wrong."""
    toml = tomllib.loads((folder / "form.toml").read_text(encoding="utf-8"))
    printed = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    try:
        pages = tuple(_page(i, entry, toml, folder) for i, entry in enumerate(printed["pages"], start=1))
        return Form(toml["name"], toml["title"], toml["language"], pages)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the form in {folder.name} lacks an entry, or has one of another kind: {error!r}") from error


@cache
def load_forms(folder: Path = FORMS_FOLDER) -> tuple[Form, ...]:
    """All forms kept below `folder`, by name."""
    return tuple(load_form(path.parent) for path in sorted(folder.glob("*/form.toml")))
