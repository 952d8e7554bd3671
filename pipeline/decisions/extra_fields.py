"""Further fields of a form: the table's columns for them, and what a person can enter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.datamodel.records import EXTRA
from pipeline.forms.form import FieldKind, Form, FormField

ExtraFields = Mapping[str, FormField]
"""Column of the table -> the field of the form that it is for."""

MARKED: Mapping[FieldKind, tuple[str, str]] = {"tick": ("yes", "Ticked"), "signature": ("signed", "Signed")}
"""Kinds of fields that hold no text -> the value of one that is filled in, and the words for it."""


def extra_fields_of(forms: Sequence[Form]) -> dict[str, ExtraFields]:
    """Label of each form -> its further fields."""
    return {form.label: {EXTRA + f.name: f for page in form.pages for f in page.fields if f.is_extra} for form in forms}


def field_of(column: str) -> str:
    """The form's name for the field of a further column."""
    return column.removeprefix(EXTRA)


def words_of(column: str) -> str:
    """What the page calls a further column."""
    return field_of(column).replace("_", " ").capitalize()
