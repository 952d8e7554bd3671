"""The blank agreement as data: printed words with their places, rules, fields, clauses, and a picture of it.

A form is a folder below `pipeline/forms/`, or one of the user's (`--forms`): `form.toml` (fields and clauses),
`words.json` (printed words) and `page-N.png` (the blank page). All places are points of 1/72 inch, origin top left of
the page, y down. Versions of a form are folders of their own with the same `name` and a `version` each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.errors import FormError

PRINT_DPI = 150
"""Resolution of `page-N.png`."""
FORM_FILE = "form.toml"

RETYPESET = "re-typeset"
"""What a form's label says of a return with the form's words in another layout."""

Zone = tuple[float, float, float, float]
FieldKind = Literal["text", "signature", "date", "tick"]
Layout = Literal["rows", "boxes"]
SigningRole = Literal["optional", "publisher"]
OWN_FIELDS = ("title", "name", "signature", "date", "block_name")
"""Fields that the results table has columns for; any other is a further field."""


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
    required: bool = True
    """Whether a return that leaves it blank needs a person."""
    signs: bool = False
    """Of the field `name`: whether it asks for the name of whoever signs."""

    @property
    def is_extra(self) -> bool:
        """Whether it is a further field, beyond title, name, signature and date."""
        return self.name not in OWN_FIELDS


@dataclass(frozen=True, slots=True)
class SigningPlace:
    """Where somebody else than the author signs, dates or prints a name: nothing there is a fault."""

    role: SigningRole
    """`optional`: an employer or a government's employee, where that applies; `publisher`: the publisher."""
    page: int
    label: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class FormArea:
    """A part of a page where the ink of its fields may stand; the rest is clauses and margins."""

    zone: Zone
    layout: Layout = "rows"
    """`rows`: fields one below the other, written into from margin to margin; `boxes`: each has a place of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class FormPage:
    """One page of the blank form."""

    number: int
    width: float
    height: float
    words: tuple[PrintedWord, ...]
    rules: tuple[Zone, ...]
    fields: tuple[FormField, ...]
    areas: tuple[FormArea, ...]
    clauses: tuple[int, int] | None
    """First and last word (0-based, both included) of the clauses."""
    folder: Path
    form: str = ""
    """The form's label."""
    picture: npt.NDArray[np.uint8] | None = None
    """Its print, where that is no file of the form's: a page that was re-typeset has its own."""
    origin: tuple[int, ...] = ()
    """Of such a page: which of the form's words, counted over all its pages, each of its own is."""
    form_text: str = ""
    """All that the form prints, on a page that was re-typeset: of what its words do not tell there, the lines may."""
    signing_places: tuple[SigningPlace, ...] = ()
    """Where others than the author sign."""

    def print_image(self) -> npt.NDArray[np.uint8]:
        """Greyscale picture of the page at PRINT_DPI, uint8 (H, W), white paper. Callers must not write to it."""
        if self.picture is not None:
            return self.picture
        return _load_print(self.folder / f"page-{self.number}.png")

    def clause_words(self) -> tuple[PrintedWord, ...]:
        """The words of the clauses, in the order of the print; none on a page without."""
        return self.words[self.clauses[0] : self.clauses[1] + 1] if self.clauses else ()

    @property
    def area(self) -> Zone | None:
        """What all areas lie in; None: the page has no fields."""
        if not self.areas:
            return None
        corners = np.array([area.zone for area in self.areas])
        (x0, y0), (x1, y1) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    def fields_of(self, area: FormArea) -> tuple[FormField, ...]:
        """The fields whose zone has its middle in the area."""
        x0, y0, x1, y1 = area.zone
        return tuple(f for f in self.fields if x0 <= (f.zone[0] + f.zone[2]) / 2 <= x1 and y0 <= _middle(f) <= y1)


def _middle(field: FormField) -> float:
    return (field.zone[1] + field.zone[3]) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A blank agreement."""

    name: str
    title: str
    language: str
    pages: tuple[FormPage, ...]
    version: str = ""
    scanned: bool = False
    """Whether the words were read from a scan of the blank, so that some may be misread."""
    former: bool = False
    """Whether another form has taken its place: returns on it are few, so that it is tried last."""
    term_years: int | None = None
    """Years from the signature after which an unpublished article's agreement ends; None: it does not end."""

    @property
    def label(self) -> str:
        """As the results table names it: `pmlr`, or `pmlr/2017` for a version."""
        return form_label(self.name, self.version)

    def field(self, name: str) -> FormField | None:
        """The field of this name on whichever page; None where the form has none."""
        return next((f for page in self.pages for f in page.fields if f.name == name), None)


def form_label(name: str, version: str) -> str:
    """`name`, or `name/version` where there is a version."""
    return f"{name}/{version}" if version else name


@cache
def _load_print(path: Path) -> npt.NDArray[np.uint8]:
    try:
        image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise FormError(f"{path} is no picture of the blank page: make it again with `countersign form learn`.")
    return np.asarray(image, np.uint8)


def retypeset_label(label: str) -> str:
    """How the results table names the form with this label where its words stand in another layout."""
    return f"{label} {RETYPESET}"


def form_called(forms: Sequence[Form], label: str) -> Form | None:
    """The form with this label, re-typeset or not."""
    bare = label.removesuffix(f" {RETYPESET}")
    return next((form for form in forms if form.label == bare), None)
