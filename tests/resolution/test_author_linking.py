"""When a signature is legibly nobody's of the article, with losses typed by hand. All names are made up."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Box, LineReading
from pipeline.resolution.author_linking import unrecognized_signer

AUTHORS = ("Lingfei Tuoba", "Ruoxi Shangguan")
STRANGER = (-4.0, -4.0)
"""Losses, nats a letter, of ink that is neither author's."""


def signed(text: str, certainty: float = 0.97) -> LineReading:
    return LineReading(text, certainty, "ppocr", "handwritten", 2, Box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("line", "losses", "name_read", "expected"),
    [
        (signed("Ottokar Bremshey"), STRANGER, "Lingfei Tuoba", "Ottokar Bremshey"),
        (signed("Ottokar Bremshey."), STRANGER, "Lingfei Tuoba", "Ottokar Bremshey"),
        (signed("Bremshey"), STRANGER, "Lingfei Tuoba", "Bremshey"),
        # Not legible: read with little certainty, a word too short, hardly any letters, another script.
        (signed("Ottokar Bremshey", 0.7), STRANGER, "", ""),
        (signed("Lr"), STRANGER, "", ""),
        (signed("B-r/e|m#s*hey"), STRANGER, "", ""),
        (signed("\u5b66\u672f\u8bba\u6587"), STRANGER, "", ""),
        # May be an author's hand after all.
        (signed("Ottokar Bremshey"), (-4.0, -1.5), "", ""),
        (signed("Ottokar Bremshey", 0.5), (-4.0, -1.5), "", ""),
        # Nearly an author's name is held against him only where its letters are sure.
        (signed("Lingtei Tvcba", 0.8), STRANGER, "", ""),
        (signed("Lingtei Tvcba", 0.95), STRANGER, "", "Lingtei Tvcba"),
        # The same for a name that the name field has, too.
        (signed("Ottokar Bremshey", 0.8), STRANGER, "Ottokar Bremshey", ""),
        (signed("Ottokar Bremshey", 0.8), STRANGER, "Lingfei Tuoba", "Ottokar Bremshey"),
        # Short for an author's name.
        (signed("Lingf Tuob"), STRANGER, "", ""),
    ],
)
def test_a_legible_signature_of_nobody(
    line: LineReading, losses: tuple[float, float], name_read: str, expected: str
) -> None:
    assert unrecognized_signer([line], [losses], AUTHORS, name_read) == expected


def test_one_line_of_an_author_s_clears_the_block() -> None:
    lines = [signed("Ottokar Bremshey"), signed("Lingfei Tuoba")]
    assert unrecognized_signer(lines, [STRANGER, (-0.3, -4.0)], AUTHORS, "") == ""
    assert unrecognized_signer(lines, [STRANGER, STRANGER], AUTHORS, "") == "Ottokar Bremshey"


def test_without_authors_nobody_is_a_stranger() -> None:
    assert unrecognized_signer([signed("Ottokar Bremshey")], [()], (), "") == ""
    assert unrecognized_signer([], [], AUTHORS, "") == ""
