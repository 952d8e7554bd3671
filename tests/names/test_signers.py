"""Whose name the signature block shows. All names are made up."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Box, LineReading
from pipeline.names.signers import SignerOdds, signer_odds
from tests.material.emissions import emissions

AUTHORS = ("Lingfei Tuoba", "Ruoxi Shangguan")
NAMED = AUTHORS[:1]


def ink(text: str, certainty: float = 0.95) -> LineReading:
    return LineReading(text, certainty, "ppocr", "handwritten", 2, Box(0, 0, 1, 1), (emissions(text),))


def typed(text: str) -> LineReading:
    return LineReading(text, 1.0, "text_layer", "typed", 2, Box(0, 0, 1, 1))


def odds(*lines: LineReading, authors: tuple[str, ...] = AUTHORS) -> SignerOdds:
    return signer_odds(lines, authors, NAMED, "Lingfei Tuoba")


@pytest.mark.parametrize(
    "line",
    [
        ink("Lingfei Tuoba"),
        ink("L. Tuoba"),
        typed("Digitally signed by Lingfei Tuoba Date: 2021.05.10 10:22:33 +02'00'"),
        typed("Verified by PDFfiller Lingfei Tuoba"),
        typed("Wednesday, Lingfei Tuoba"),
        typed("Lingfei TuobaLingfei Tuoba"),
        typed("Lingfei Tuoba on behalf of the Institute of Tides"),
    ],
)
def test_the_named_author_signed(line: LineReading) -> None:
    found = odds(line)
    assert found.best[0] == "Lingfei Tuoba" and found.best[1] > 0.9 and found.other < 0.02


def test_another_author_signed() -> None:
    assert odds(ink("Ruoxi Shangguan")).best[0] == "Ruoxi Shangguan"


def test_another_person_signed_legibly() -> None:
    found = odds(ink("Ottokar Bremshey"))
    assert found.other > 0.5 and found.other_text == "Ottokar Bremshey"


def test_a_middle_name_that_the_roster_has_not_makes_nobody_a_stranger() -> None:
    found = odds(ink("Philippa Ottilie Marshwood"), authors=("Philippa Marshwood", "Bo Lindqvarn"))
    assert found.other < 0.5 and found.best[0] == "Philippa Marshwood"


def test_a_scrawl_accuses_nobody() -> None:
    assert odds(ink("Vm", 0.4)).other < 0.1


def test_letters_that_are_guessed_show_nobody() -> None:
    guessed, clear = odds(ink("Rvoxi", 0.4)), odds(ink("Rvoxi", 0.8))
    assert guessed.illegible > 2 * clear.illegible
    assert guessed.authors["Ruoxi Shangguan"] < clear.authors["Ruoxi Shangguan"]


def test_an_author_s_name_beside_a_strange_line_decides() -> None:
    found = odds(ink("Ottokar Bremshey", 0.7), ink("Lingfei Tuoba"))
    assert found.best[0] == "Lingfei Tuoba" and found.other < 0.2


def test_probabilities_sum_to_one() -> None:
    found = odds(ink("Ling Tuo"))
    assert sum(found.authors.values()) + found.other + found.illegible == pytest.approx(1)


def test_without_authors_there_is_nobody_to_choose() -> None:
    assert odds(ink("Ottokar Bremshey"), authors=()).best == ("", 0.0)
