"""Typed words as lines."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Box
from pipeline.documents.document import Word
from pipeline.extraction.text_layer import typed_lines
from pipeline.forms.form import Zone

NOWHERE = Box(0, 0, 0, 0)


def row(*words: tuple[str, float, float]) -> list[tuple[Word, Zone]]:
    """Words with left and right edges, on one line."""
    return [(Word(text, NOWHERE), (x0, 100.0, x1, 108.0)) for text, x0, x1 in words]


@pytest.mark.parametrize(
    ("placed", "texts"),
    [
        (row(("3", 100, 104), ("May", 108, 122), ("2026", 126, 146)), ["3 May 2026"]),
        (row(("Ann", 100, 120), ("2026", 300, 320)), ["Ann", "2026"]),
        # A comb: a cell a digit.
        (row(*((digit, 100 + 24 * n, 104 + 24 * n) for n, digit in enumerate("13102026"))), ["13102026"]),
        # Set letter by letter; full stops are narrow.
        (row(*((c, 100 + 9 * n, 102 + 9 * n + 2 * c.isdigit()) for n, c in enumerate("13.10.2026"))), ["13.10.2026"]),
        # Set letter by letter, a short word among them.
        (
            row(*((c, 100 + 9 * n, 104 + 9 * n) for n, c in enumerate("October 13, 2026") if c != " ")),
            ["October 13, 2026"],
        ),
        # Single letters that stand as words do are words.
        (row(("A", 100, 105), ("B", 109, 114), ("Smith", 118, 140)), ["A B Smith"]),
        (row(("1", 100, 104), ("2", 130, 134), ("3", 200, 204)), ["1", "2", "3"]),
        ([], []),
    ],
)
def test_words_of_a_row_are_lines(placed: list[tuple[Word, Zone]], texts: list[str]) -> None:
    assert [line.text for line in typed_lines(placed)] == texts


def test_a_signature_in_a_script_font_whose_tail_hangs_over_the_date_is_a_line_of_its_own() -> None:
    name = [
        (Word(text, NOWHERE, font="AdobeHand-D"), (x0, 90.0, x1, 112.0))
        for text, x0, x1 in (("Ann", 110, 130), ("Quill", 134, 160))
    ]
    found = typed_lines([*row(("3", 100, 104), ("May", 108, 122), ("2026", 126, 146)), *name])
    assert [line.text for line in found] == ["Ann Quill", "3 May 2026"]
