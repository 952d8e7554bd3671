"""A learned form as a folder: `form.toml` to be corrected, `words.json`, pictures of the pages, and previews."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.errors import FormError, system_words
from pipeline.form_authoring.blank import BlankPage
from pipeline.form_authoring.form_induction import LearnedField, LearnedForm
from pipeline.forms.form import FORM_FILE, OWN_FIELDS, PRINT_DPI, FieldKind, FormArea, PrintedWord, SigningPlace, Zone
from pipeline.forms.reader import WORDS_FILE

HEAD = """\
# {title}: a form as data, found by `countersign form learn`. Correct it with the mouse:
# countersign form edit {folder}
# or by hand here; then draw the previews again: countersign form show {folder}
# Places are points of 1/72 inch, [left, top, right, bottom], from the top left corner of the page.
name = {name}
# version = "2024"    # where several versions of one form live side by side
title = {title_text}
language = {language}
scanned = {scanned}     # true: the words were read from a scan, so wording in a return's text layer is not compared
# term_years = 1      # years after which the agreement ends if the article is not published by then; none: leave it out

# What the form asks for. `name`: title, name, signature and date are checked against the roster and the calendar;
# block_name is a name in print beside the signature; any other name becomes a column field_NAME of the table.
# `kind`: text, date, signature (also initials) or tick. `required`: whether a return that leaves it blank needs you.
# `zone`: where the writing belongs.
"""
SIGNING_PLACES = """\
# Where others than the author sign: `optional`, such as an employer or a government's employee where that applies, or
# `publisher`. Nothing there, or something, is no fault.
"""
AREAS = """\
# Where the ink of the fields may stand at all; each field's zone has its middle in one of these.
"""
CLAUSES = """\
# Clauses: printed words from `first` to `last` of a page (0-based, both included, as listed in words.json); they are
# watched for words struck out, added or changed.
"""
NOT_UNDERSTOOD = "# The label's words did not say what it is: give it a better name, or delete it."
"""Comment in a field's entry."""
SURE_LABEL = 0.75
"""Sureness of a label below which a person is asked to look. Higher: more is asked; lower: more goes unseen."""
COLOURS: dict[FieldKind, tuple[int, int, int]] = {
    "text": (190, 120, 0),
    "date": (0, 130, 0),
    "signature": (0, 0, 200),
    "tick": (170, 0, 170),
}
"""Of each kind of field in the preview, BGR."""


def shortcomings(form: LearnedForm) -> list[str]:
    """What an agreement has and was not found, a sentence each that says what to add to form.toml."""
    names = {field.name for field in form.fields}
    said = {
        "signature": "No place for the signature was found, and without one the form can't be used.",
        "date": "No place for the date was found.",
        "title": "No place for the article's title was found.",
        "name": "No place for the author's name was found.",
    }
    kinds = {"signature": "signature", "date": "date"}
    return [
        f'{sentence} Draw it (`countersign form edit`), or add a [[field]] with name = "{name}", kind = '
        f'"{kinds.get(name, "text")}", page, label and zone to {FORM_FILE}, inside an [[area]].'
        for name, sentence in said.items()
        if name not in names
    ]


def doubts(form: LearnedForm) -> list[str]:
    """What was found but is not sure, a sentence each that says what to look at."""
    found = []
    if unknown := [f for f in form.fields if not f.known and f.kind != "tick"]:
        names = ", ".join(field.name for field in unknown)
        found.append(f"What {names} asks for was not understood: give it a better name, or delete it.")
    unsure = [f for f in form.fields if f.known and f.sureness < SURE_LABEL and f.name in OWN_FIELDS]
    found += [
        f'Look at {f.name} in the preview of page {f.page}: its label, "{f.label}", says little about what it asks for.'
        for f in unsure
    ]
    for name in ("signature", "date"):
        more = [f for f in form.fields if f.name.endswith(f"_{name}")]
        if more and (own := next((f for f in form.fields if f.name == name), None)):
            found.append(
                f"There are {len(more) + 1} places for a {name}; that on page {own.page} is taken for the author's. "
                "If another one is, exchange their names."
            )
    return found


def check_free(folder: Path) -> None:
    """Raises FormError where the folder holds a form already: it may have been corrected by hand."""
    if (folder / FORM_FILE).exists():
        raise FormError(f"{folder} holds a form already. Give another folder by --out, or move that one away.")


def write_form(form: LearnedForm, name: str, folder: Path) -> None:
    """Write the folder. Raises FormError where it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WORDS_FILE).write_text(_words_json(form.pages), encoding="utf-8")
        (folder / FORM_FILE).write_text(_toml(form, name, folder), encoding="utf-8")
        for page in form.pages:
            (folder / f"page-{page.number}.png").write_bytes(_png(page.picture))
    except OSError as error:
        raise FormError(f"{folder} can't be written ({system_words(error)}). Give another folder by --out.") from error


def _words_json(pages: Sequence[BlankPage]) -> str:
    def entry(word: PrintedWord) -> str:
        plain = {"text": word.text, "box": rounded(word.box), "font": word.font, "size": word.size,
                 "y": word.baseline, "x": [round(x, 2) for x in word.xs]}  # fmt: skip
        return json.dumps(plain, ensure_ascii=False)

    parts = []
    for page in pages:
        words = ",\n".join(entry(word) for word in page.words)
        rules = json.dumps([rounded(rule) for rule in (*page.rules, *page.uprights)])
        size = f'"width": {page.width:.2f}, "height": {page.height:.2f}'
        parts.append(f'{{{size}, "rules": {rules}, "words": [\n{words}\n]}}')
    return '{"pages": [\n' + ",\n".join(parts) + "\n]}\n"


def rounded(zone: Zone) -> list[float]:
    """Corners to a hundredth of a point."""
    return [round(v, 2) for v in zone]


def _toml(form: LearnedForm, name: str, folder: Path) -> str:
    head = HEAD.format(
        title=" ".join(form.title.split()),
        folder=folder,
        name=quoted(name),
        title_text=quoted(form.title),
        language=quoted(form.language),
        scanned="true" if any(page.scanned for page in form.pages) else "false",
    )
    fields = "\n".join(field_entry(field) for field in form.fields)
    areas = "\n".join(area_entry(page, area) for page, area in form.areas)
    places = "\n".join(signing_place_entry(place) for _, place in form.signing_places)
    others = f"{SIGNING_PLACES}{places}\n" if places else ""
    clauses = "\n".join(f"[[clauses]]\npage = {p}\nfirst = {a}\nlast = {b}\n" for p, a, b in form.clauses)
    return f"{head}{fields}\n{others}{AREAS}{areas}\n{CLAUSES}{clauses}"


def field_entry(field: LearnedField) -> str:
    """A field as an entry of `form.toml`."""
    lines = ["[[field]]"]
    if not field.known and field.kind != "tick":
        lines.append(NOT_UNDERSTOOD)
    lines += [
        f'name = "{field.name}"',
        f'kind = "{field.kind}"',
        f"page = {field.page}",
        f"label = {quoted(field.label)}",
        f"zone = {rounded(field.zone)}",
    ]
    if field.rule:
        lines.append(f"rule = {rounded(field.rule)}")
    lines.append(f"required = {'true' if field.required else 'false'}")
    if field.signs:
        lines.append("signs = true")
    return "\n".join(lines) + "\n"


def signing_place_entry(place: SigningPlace) -> str:
    """A place where somebody else signs, as an entry."""
    lines = [
        "[[signing_place]]",
        f'role = "{place.role}"',
        f"page = {place.page}",
        f"label = {quoted(place.label)}",
        f"zone = {rounded(place.zone)}",
    ]
    return "\n".join(lines) + "\n"


def area_entry(page: int, area: FormArea) -> str:
    """An area as an entry."""
    return f'[[area]]\npage = {page}\nzone = {rounded(area.zone)}\nlayout = "{area.layout}"\n'


def quoted(text: str) -> str:
    """Text on one line, as TOML has it."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


# --- preview ------------------------------------------------------------------------------------------------------


def preview(picture: npt.NDArray[np.uint8], fields: Sequence[tuple[str, FieldKind, Zone]]) -> bytes:
    """PNG of a page (H, W) at PRINT_DPI with its fields drawn and named."""
    shown = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    faded = np.asarray(128 + shown.astype(np.float32) / 2, np.uint8)
    scale = PRINT_DPI / 72
    for name, kind, zone in fields:
        x0, y0, x1, y1 = (round(v * scale) for v in zone)
        faded[y0:y1, x0:x1] = (faded[y0:y1, x0:x1] * 0.8 + np.array(COLOURS[kind]) * 0.2).astype(np.uint8)
        cv2.rectangle(faded, (x0, y0), (x1, y1), COLOURS[kind], 2)
        cv2.putText(faded, f"{name} ({kind})", (x0 + 4, y0 + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.55, COLOURS[kind], 1)
    return _png(faded)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())
