"""Further fields of a form: the table's columns for them, what a person can enter, and where one was left blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.datamodel.phrases import quoted
from pipeline.forms.form import FieldKind, FormField
from pipeline.forms.reader import known_forms
from pipeline.results.table import EXTRA

ExtraFields = Mapping[str, FormField]
"""Column of the table -> the field of the form that it is for."""

MARKED: Mapping[FieldKind, tuple[str, str]] = {"tick": ("yes", "Ticked"), "signature": ("signed", "Signed")}
"""Kinds of fields that hold no text -> the value of one that is filled in, and the words for it."""


def extra_fields_of(forms: Sequence[str]) -> dict[str, ExtraFields]:
    """Label of each form -> its further fields. `forms`: folders of forms beside the packaged ones."""
    return {
        form.label: {EXTRA + f.name: f for page in form.pages for f in page.fields if f.is_extra}
        for form in known_forms(forms)
    }


def left_blank(extra_fields: ExtraFields, row: Mapping[str, object], sentence: str) -> list[str]:
    """The columns that the sentence of `field_missing` names by their labels."""
    return [
        column
        for column, field in extra_fields.items()
        if field.required and not row.get(column) and quoted(field.label) in sentence
    ]


def field_of(column: str) -> str:
    """The form's name for the field of a further column."""
    return column.removeprefix(EXTRA)


def words_of(column: str) -> str:
    """What the page calls a further column."""
    return field_of(column).replace("_", " ").capitalize()
