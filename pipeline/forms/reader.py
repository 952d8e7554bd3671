"""Read a form's folder. `form.toml` is corrected by hand, so every mistake gets one sentence that says where it is."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from os import SEEK_END
from pathlib import Path
from typing import Any, TypeGuard, get_args

from pipeline.datamodel.errors import FormError, system_words
from pipeline.forms.form import (
    FORM_FILE,
    FieldKind,
    Form,
    FormArea,
    FormField,
    FormPage,
    Layout,
    PrintedWord,
    SigningPlace,
    SigningRole,
    Zone,
    form_label,
)

WORDS_FILE = "words.json"
FORM_KEYS = (
    "name", "version", "title", "language", "scanned", "former", "term_years", "field", "signing_place", "area",
    "clauses",
)  # fmt: skip
FIELD_KEYS = ("name", "kind", "page", "label", "zone", "rule", "required", "signs")
PLACE_KEYS = ("role", "page", "label", "zone")
AREA_KEYS = ("page", "zone", "layout")
CLAUSE_KEYS = ("page", "first", "last")
NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Names of fields: columns of the table are called after them."""
PNG_HEAD, PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
"""How a PNG begins and ends."""
SLACK_PT = 1.0
"""How far a zone may reach over the page's edge."""

Table = Mapping[str, Any]
# The checks are by hand: most depend on the other file (sizes of pages, counts of words) or on other entries, and every
# one has a sentence of its own. With pydantic each would be a validator with that same sentence, and its own errors
# would have to be put into words beside them.


@dataclass(frozen=True, slots=True)
class FormEntries:
    """What `form.toml` says of places, each entry checked by itself: also of a form that as a whole can't be used."""

    title: str
    sizes: tuple[tuple[float, float], ...]
    """Of the pages, width and height in points."""
    words: tuple[tuple[PrintedWord, ...], ...]
    """The printed words of each page."""
    fields: tuple[FormField, ...]
    signing_places: tuple[SigningPlace, ...]
    areas: tuple[tuple[int, FormArea], ...]
    """With the page's number each."""


def read_form(folder: Path, text: str | None = None) -> Form:
    """The form kept in `folder`; `text`: what its `form.toml` is going to be. Raises FormError."""
    toml, printed = _files(folder, text)
    with _told(folder):
        form = _form(folder, toml, printed)
    for page in form.pages:
        _check_picture(folder / f"page-{page.number}.png")
    return form


def read_entries(folder: Path, text: str | None = None) -> FormEntries:
    """The entries of a form's folder that are places, in the order of the file. Raises FormError."""
    toml, printed = _files(folder, text)
    with _told(folder):
        sizes = _sizes(printed)
        return FormEntries(
            _text(toml, "title", "the file"),
            tuple(sizes),
            tuple(tuple(_word(word) for word in entry["words"]) for entry in printed["pages"]),
            tuple(_field(entry, where, sizes) for entry, where in _entries(toml, "field")),
            tuple(_signing_place(entry, where, sizes) for entry, where in _entries(toml, "signing_place")),
            tuple(_area(entry, where, sizes) for entry, where in _entries(toml, "area")),
        )


def _files(folder: Path, text: str | None) -> tuple[Any, Any]:
    """`form.toml`, or `text` in its place, and `words.json`."""
    return _parsed(folder / FORM_FILE, tomllib.loads, text), _parsed(folder / WORDS_FILE, json.loads)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say, of what is found wrong inside, which file it is in."""
    try:
        yield
    except FormError as error:
        raise FormError(f"{folder / FORM_FILE}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        sentence = f"{folder / WORDS_FILE} is not what `countersign form learn` writes ({error!r})."
        raise FormError(f"{sentence} Learn the form again.") from error


def _parsed(path: Path, parse: Callable[[str], Any], text: str | None = None) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8") if text is None else text)
    except OSError as error:
        raise FormError(f"{path} can't be read ({system_words(error)}). Learn the form again.") from error
    except (ValueError, RecursionError) as error:
        raise FormError(f"{path} can't be read ({error}). Mend that line.") from error


def _check_picture(path: Path) -> None:
    """Raises FormError where a page's picture is not there, or no whole PNG; its pixels are not looked at."""
    try:
        with path.open("rb") as file:
            head, size = file.read(len(PNG_HEAD)), file.seek(0, SEEK_END)
            file.seek(max(0, size - len(PNG_END)))
            whole = head == PNG_HEAD and file.read() == PNG_END
    except OSError as error:
        raise FormError(f"{path} can't be read ({system_words(error)}). Learn the form again.") from error
    if not whole:
        raise FormError(f"{path} is no picture of the blank page. Learn the form again.")


def _form(folder: Path, toml: Table, printed: Any) -> Form:
    _known(toml, FORM_KEYS, "the file")
    name, title, language = (_text(toml, key, "the file") for key in ("name", "title", "language"))
    version = _text(toml, "version", "the file") if "version" in toml else ""
    if "/" in name or "/" in version:
        raise FormError("`name` and `version` can't have a slash in them.")
    term = toml.get("term_years")
    if term is not None and not (_is_whole(term) and term > 0):
        raise FormError(f"`term_years` is a whole number of years, not {term!r}; leave it out where no term is set.")
    sizes = _sizes(printed)
    fields = _fields(toml, sizes)
    areas = [_area(entry, where, sizes) for entry, where in _entries(toml, "area")]
    places = [_signing_place(entry, where, sizes) for entry, where in _entries(toml, "signing_place")]
    counts = [len(entry["words"]) for entry in printed["pages"]]
    clauses = dict(_clauses(entry, where, counts) for entry, where in _entries(toml, "clauses"))
    pages = tuple(
        FormPage(
            number,
            *sizes[number - 1],
            tuple(_word(word) for word in entry["words"]),
            tuple(_corners(rule) for rule in entry["rules"]),
            tuple(field for field in fields if field.page == number),
            tuple(area for page, area in areas if page == number),
            clauses.get(number),
            folder,
            form_label(name, version),
            signing_places=tuple(place for place in places if place.page == number),
        )
        for number, entry in enumerate(printed["pages"], start=1)
    )
    for page in pages:
        for area in page.areas:
            if area.layout == "rows" and (odd := [f for f in page.fields_of(area) if f.is_extra and f.kind != "text"]):
                raise FormError(f'the [[area]] of the field {odd[0].name!r} needs layout = "boxes".')
        inside = {field.name for area in page.areas for field in page.fields_of(area)}
        if lost := [field.name for field in page.fields if field.name not in inside]:
            raise FormError(f"no [[area]] of page {page.number} holds the field {lost[0]!r}: widen one, or add one.")
    scanned, former = (_truth(toml, key, False, "the file") for key in ("scanned", "former"))
    return Form(name, title, language, pages, version, scanned, former, term)


def _sizes(printed: Any) -> list[tuple[float, float]]:
    """Width and height of each page, points."""
    sizes = [(float(entry["width"]), float(entry["height"])) for entry in printed["pages"]]
    if not sizes:
        raise FormError(f"{WORDS_FILE} has no pages. Learn the form again.")
    return sizes


def _fields(toml: Table, sizes: Sequence[tuple[float, float]]) -> tuple[FormField, ...]:
    fields = tuple(_field(entry, where, sizes) for entry, where in _entries(toml, "field"))
    names = [field.name for field in fields]
    if twice := [name for name in names if names.count(name) > 1]:
        raise FormError(f"two fields are called {twice[0]!r}. Give one of them another name.")
    signatures = [field for field in fields if field.name == "signature"]
    if not signatures or signatures[0].kind != "signature":
        raise FormError('no field is the signature. Add a [[field]] with name = "signature" and kind = "signature".')
    if wrong := [f.name for f in fields if f.name == "date" and f.kind != "date"]:
        raise FormError(f'the field {wrong[0]!r} needs kind = "date".')
    return fields


def _field(entry: Table, where: str, sizes: Sequence[tuple[float, float]]) -> FormField:
    where = f"{where} ({entry.get('name', 'without a name')})"
    _known(entry, FIELD_KEYS, where)
    name, label = _text(entry, "name", where), _text(entry, "label", where)
    if not NAME.fullmatch(name):
        raise FormError(f"{where}: a field's `name` is small letters, digits and `_`, as in `second_signature`.")
    required, signs = _truth(entry, "required", True, where), _truth(entry, "signs", False, where)
    if signs and name != "name":
        raise FormError(f"{where}: only the field called `name` can say `signs`.")
    page = _page_number(entry, where, sizes)
    kind = _one_of(entry, "kind", get_args(FieldKind), where)
    rule = _zone(entry["rule"], "rule", where, sizes[page - 1]) if "rule" in entry else None
    zone = _zone(entry.get("zone"), "zone", where, sizes[page - 1])
    return FormField(name, kind, page, label, zone, rule, required, signs)


def _area(entry: Table, where: str, sizes: Sequence[tuple[float, float]]) -> tuple[int, FormArea]:
    _known(entry, AREA_KEYS, where)
    page = _page_number(entry, where, sizes)
    layout: Layout = _one_of(entry, "layout", get_args(Layout), where) if "layout" in entry else "rows"
    return page, FormArea(_zone(entry.get("zone"), "zone", where, sizes[page - 1]), layout)


def _signing_place(entry: Table, where: str, sizes: Sequence[tuple[float, float]]) -> SigningPlace:
    _known(entry, PLACE_KEYS, where)
    page = _page_number(entry, where, sizes)
    role: SigningRole = _one_of(entry, "role", get_args(SigningRole), where)
    zone = _zone(entry.get("zone"), "zone", where, sizes[page - 1])
    return SigningPlace(role, page, _text(entry, "label", where), zone)


def _clauses(entry: Table, where: str, counts: Sequence[int]) -> tuple[int, tuple[int, int]]:
    _known(entry, CLAUSE_KEYS, where)
    page = _page_number(entry, where, counts)
    first, last = entry.get("first"), entry.get("last")
    if not (_is_whole(first) and _is_whole(last) and 0 <= first <= last < counts[page - 1]):
        raise FormError(
            f"{where}: `first` and `last` are places of words in {WORDS_FILE}, 0 to {counts[page - 1] - 1}."
        )
    return page, (first, last)


# --- values -------------------------------------------------------------------------------------------------------


def _entries(toml: Table, key: str) -> list[tuple[Table, str]]:
    """The tables of a list with the words that say where each stands."""
    found = toml.get(key, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise FormError(f"write [[{key}]], with two brackets on each side.")
    return [(entry, f"[[{key}]] number {number}") for number, entry in enumerate(found, start=1)]


def _known(table: Table, keys: Sequence[str], where: str) -> None:
    if strange := [key for key in table if key not in keys]:
        raise FormError(f"{where} has an entry `{strange[0]}` that no form has. Entries are: {', '.join(keys)}.")


def _text(table: Table, key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FormError(f'{where} needs {key} = "...", some text in quotes.')
    return value


def _truth(table: Table, key: str, otherwise: bool, where: str) -> bool:
    value = table.get(key, otherwise)
    if not isinstance(value, bool):
        raise FormError(f"{where}: `{key}` is true or false, without quotes.")
    return value


def _one_of(table: Table, key: str, allowed: Sequence[str], where: str) -> Any:
    if table.get(key) not in allowed:
        raise FormError(f"{where}: `{key}` is one of {', '.join(allowed)}, in quotes, not {table.get(key)!r}.")
    return table[key]


def _page_number(table: Table, where: str, pages: Sequence[Any]) -> int:
    number = table.get("page")
    if not (_is_whole(number) and 1 <= number <= len(pages)):
        raise FormError(f"{where}: `page` is a page of the form, 1 to {len(pages)}, not {number!r}.")
    return number


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _zone(values: Any, key: str, where: str, size: tuple[float, float]) -> Zone:
    numbers = isinstance(values, list) and len(values) == 4 and all(isinstance(v, int | float) for v in values)
    if not numbers:
        raise FormError(f"{where}: `{key}` is [left, top, right, bottom] in points, not {values!r}.")
    x0, y0, x1, y1 = (float(v) for v in values)
    if not (x0 < x1 and y0 < y1):
        raise FormError(f"{where}: `{key}` {values} has no area; give [left, top, right, bottom].")
    if min(x0, y0) < -SLACK_PT or x1 > size[0] + SLACK_PT or y1 > size[1] + SLACK_PT:
        raise FormError(f"{where}: `{key}` {values} leaves the page, which is {size[0]:g} wide and {size[1]:g} high.")
    return x0, y0, x1, y1


def _word(entry: Any) -> PrintedWord:
    return PrintedWord(
        entry["text"], _corners(entry["box"]), entry["font"], entry["size"], entry["y"], tuple(entry["x"])
    )


def _corners(values: Any) -> Zone:
    x0, y0, x1, y1 = (float(v) for v in values)
    return x0, y0, x1, y1


FORMS_FOLDER = Path(__file__).parent


@cache
def load_form(folder: Path) -> Form:
    """The form kept in `folder`. Raises FormError with one sentence where its data are wrong."""
    from pipeline.forms.reader import read_form  # It builds these classes, so it can't come first.

    return read_form(folder)


def load_forms(more: tuple[Path, ...] = ()) -> tuple[Form, ...]:
    """The packaged forms, then those in or below the folders `more` that can be used, former ones last.

    What can't be used is named by `left_out`. Raises FormError where a folder holds no form.
    """
    return _usable(more)[0]


def left_out(more: tuple[Path, ...]) -> tuple[str, ...]:
    """A sentence for each form in or below `more` that can't be used. Raises FormError as `load_forms` does."""
    return _usable(more)[1]


@cache
def _usable(more: tuple[Path, ...]) -> tuple[tuple[Form, ...], tuple[str, ...]]:
    """The forms, and what is wrong with those that are left out."""
    found, faults = {form.label: form for form in map(load_form, form_folders(FORMS_FOLDER))}, list[FormError]()
    for folder in dict.fromkeys(path for top in more for path in form_folders(top)):
        try:
            form = load_form(folder)
            if other := found.get(form.label):
                places = f"{other.pages[0].folder} and {folder}"
                raise FormError(
                    f"Two forms are called {form.label}: {places}. Give one of them another `name`, or a `version`, in "
                    f"its {FORM_FILE}."
                )
            found[form.label] = form
        except FormError as error:
            faults.append(error)
    forms = tuple(sorted(found.values(), key=lambda form: form.former))
    return forms, tuple(f"{fault} This form is left out." for fault in faults)


def known_forms(more: Sequence[str]) -> tuple[Form, ...]:
    """As `load_forms`, but of a folder that is gone, or holds no form any more, nothing is known: no failure."""
    return load_forms(tuple(Path(folder) for folder in more if any(Path(folder).rglob(FORM_FILE))))


def form_folders(folder: Path) -> list[Path]:
    """The form folders in or below `folder`. Raises FormError where there is none."""
    found = [path.parent for path in sorted(folder.rglob(FORM_FILE))] if folder.is_dir() else []
    if not found:
        raise FormError(f"{folder} holds no form: name a folder that `countersign form learn` wrote.")
    return found


def forms_stamp(more: Sequence[Path]) -> str:
    """Of all that the forms in `more` say: it changes when one of their files does. Empty without any."""
    if not more:
        return ""
    digest = hashlib.sha256()
    for path in sorted(
        file for top in more for folder in form_folders(top) for file in folder.iterdir() if is_form_data(file)
    ):
        data = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:12]


def is_form_data(file: Path) -> bool:
    """Whether a file of a form's folder is part of the form, and no preview or backup."""
    return file.name in (FORM_FILE, "words.json") or (file.name.startswith("page-") and file.suffix == ".png")
