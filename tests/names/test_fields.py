"""Whose names a field holds. All names are made up."""

from __future__ import annotations

import pytest

from pipeline.names.fields import is_label, match_authors, name_alone
from pipeline.names.similarity import FITS


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Ada Example", ["Ada Example"]),
        ("Ada Example and PMLR", ["Ada Example"]),
        ("Authors: Ada Example and Jaeho Lee Publisher: PMLR", ["Ada Example", "Jaeho Lee"]),
        ("Ada Example, Jaeho Lee, Haoli Bai & Mei-Lan Wu.", ["Ada Example", "Jaeho Lee", "Haoli Bai", "Mei-Lan Wu"]),
        ("Jaeho Lee; Example, Ada", ["Jaeho Lee", "Ada Example"]),
        ("Lee, Jaeho", ["Jaeho Lee"]),
        ("Ada Example (Institute of Testing, Somewhere)", ["Ada Example"]),
        ("Ada Example; University of Testing, Nowhere; ada@example.org", ["Ada Example"]),
        ("Ada Example University of Testing", ["Ada Example"]),
        ("Bai Haoli Jaeho Lee Wu Mei-Lan", ["Haoli Bai", "Jaeho Lee", "Mei-Lan Wu"]),
        ("Haoli Bai 白好力", ["Haoli Bai"]),
        ("ada@example.org", []),
        ("PMLR", []),
        ("", []),
    ],
)
def test_a_name_field_denotes_its_authors(field: str, expected: list[str]) -> None:
    matches = match_authors(field, ["Haoli Bai", "Ada Example", "Jaeho Lee", "Mei-Lan Wu"])
    assert [m.author for m in matches] == expected
    assert all(field[m.start : m.end] == m.text and m.score >= FITS for m in matches)


def test_strangers_and_publishers_denote_nobody() -> None:
    field = "Ada Example, Gregor Fremdling and PMLR; Department of Tests, g@example.org"
    assert [m.text for m in match_authors(field, ["Ada Example"])] == ["Ada Example"]
    assert [
        m.author for m in match_authors("Ada Example and Sample House", ["Ada Example", "Sam House"], ["Sample House"])
    ] == ["Ada Example"]


def test_the_better_of_two_like_authors_is_meant() -> None:
    (best,) = match_authors("Wei Zhang", ["Wen Zhang", "Wei Zhang"])
    assert best.author == "Wei Zhang"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Digitally signed by Anna Quill Date: 2021.05.10 10:22:33 +02'00'", "Anna Quill"),
        ("Verified by PDFfiller Anna Quill", "Anna Quill"),
        ("Anna QuillAnna Quill", "Anna Quill"),
        ("Anna Quill Anna Quill", "Anna Quill"),
        ("AAnnnnaa QQuuiillll", "Anna Quill"),
        ("Wednesday, Anna Quill", "Anna Quill"),
        ("Anna Quill on behalf of all authors", "Anna Quill"),
        ("Anna Quill, on behalf of the Institute of Tides", "Anna Quill"),
        ("on behalf of Anna Quill", "Anna Quill"),
        ("Anna Quill", "Anna Quill"),
        ("Wednesday", "Wednesday"),
    ],
)
def test_a_name_without_what_services_print_around_it(text: str, name: str) -> None:
    assert name_alone(text) == name


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("- Signed:", True),
        ("Date:", True),
        ("Corresponding Author:", True),
        ("Signed: Ada Example", False),
        ("Verified by PDFfiller 09/13/2021", True),
        ("DocuSigned by:", True),
        ("Signed via SeamlessDocs.com", True),
        ("Document Ref: 3KXQZ-4WM7N", True),
        ("6F3A2B1C9D0E4F2...", True),
        ("Verified by PDFfiller Ada Example", False),
        ("Ed Decaf", False),
    ],
)
def test_a_label_alone_is_told(text: str, label: bool) -> None:
    assert is_label(text) is label
