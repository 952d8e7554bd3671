"""Whose name the ink shows, with probabilities typed by hand. All names are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.datamodel.records import Box, LineReading
from pipeline.names.evidence import (
    WORST_LOSS,
    NameEvidence,
    author_losses,
    name_evidence,
    named_authors,
    odds,
)
from tests.material.emissions import emissions

AUTHORS = ("Kehinde Oduyalami", "Philippa Marshwood")
BOX = Box(0, 0, 1, 1)


def typed(text: str) -> LineReading:
    return LineReading(text, 1.0, "text_layer", "typed", 1, BOX)


def inked(text: str, doubt: dict[int, str] | None = None) -> LineReading:
    return LineReading(text, 0.9, "ppocr", "handwritten", 1, BOX, (emissions(text, doubt),))


def test_a_name_in_another_script_is_known_by_its_sound() -> None:
    own, another = (replace(inked("Ab"), text=text) for text in ("邓冠宇", "张建国"))
    found = name_evidence([own], ("Guanyu Deng", "Philippa Marshwood"))
    assert found[0].log_odds > 3 > 0 > found[1].log_odds
    assert all(one.log_odds < 0 for one in name_evidence([another], ("Guanyu Deng", "Mei Zhou")))


@pytest.mark.parametrize("make", [typed, inked])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (["Kehinde Oduyalami"], {0}),
        (["K. Oduyalami"], {0}),
        (["Philippa", "Marshwood"], {1}),  # on two lines
        (["Kehinde Oduyalami", "Philippa Marshwood"], {0, 1}),  # a line each
        (["Kehinde Oduyalami, Philippa Marshwood"], {0, 1}),
        (["Ottokar Bremshey"], set()),
    ],
)
def test_authors_whose_name_stands_there(make: type, written: list[str], shown: set[int]) -> None:
    found = name_evidence([make(text) for text in written], AUTHORS)
    assert [one.author for one in found] == list(AUTHORS)
    assert {place for place, one in enumerate(found) if one.log_odds > 0} == shown


def test_a_name_written_as_it_is_has_the_most_that_ink_can_say() -> None:
    best = name_evidence([inked("Kehinde Oduyalami")], AUTHORS)[0]
    assert not best.inside
    slip = name_evidence([inked("Kehinde Odayalomi")], AUTHORS)[0]
    assert best.log_odds > slip.log_odds + 1


def test_a_name_among_other_words_is_inside() -> None:
    found = name_evidence([inked("Philippa Marshwood, Institute of Tides")], AUTHORS)
    assert found[1].inside and found[1].log_odds > 0 > found[0].log_odds


def test_probabilities_count_not_the_best_string() -> None:
    """The best string has three slips, but each right letter is there beside it."""
    slips = {2: "h", 8: "O", 14: "a"}
    text = "Kelinde 0duyalomi"
    clear, doubtful = (name_evidence([inked(text, doubt)], AUTHORS)[0].log_odds for doubt in (None, slips))
    assert doubtful > clear + 1


def test_nothing_to_compare_is_no_evidence() -> None:
    assert [one.log_odds for one in name_evidence([], AUTHORS)] == [-9.0, -9.0]
    assert name_evidence([inked("Kehinde Oduyalami")], ()) == ()


def test_losses_of_a_signature() -> None:
    own, other = author_losses([inked("Kehinde Oduyalami")], AUTHORS, "signature")
    assert other.whole < -2 < -0.6 < own.whole <= 0
    assert author_losses([typed("Kehinde Oduyalami")], AUTHORS, "signature")[0].whole == pytest.approx(0)
    assert author_losses([typed("xq")], AUTHORS, "signature")[1].whole == pytest.approx(WORST_LOSS, abs=2)


def test_first_and_last_name_are_found_apart() -> None:
    own, other = author_losses([inked("Philippa Ottilie Marshwood")], AUTHORS[::-1], "name")
    assert own.apart > -0.2 > -2 > other.apart and own.whole < own.apart


def test_a_namesake_differs_in_one_of_first_and_last_name() -> None:
    both = ("Philippa Marshwood", "Philippa Tenterden")
    own, namesake = author_losses([inked("Philippa Marshwood")], both, "name")
    assert own.worst > -0.2 and namesake.worst < namesake.apart < -1
    assert name_evidence([inked("Philippa Marshwood")], both[1:])[0].log_odds < 0


@pytest.mark.parametrize(
    ("log_odds", "several", "authors", "confidence"),
    [
        ((3.0, -3.0), False, AUTHORS[:1], 0.9957),
        ((-3.0, 3.0), False, AUTHORS[1:], 0.9957),
        ((0.0, 0.0), False, AUTHORS[:1], 0.4909),  # two alike: neither is sure
        ((-6.0, -7.0), False, (), 0.0616),
        ((3.0, 1.5), True, AUTHORS, 0.9989),
        ((3.0, -2.5), True, AUTHORS, 0.9427),  # who lists several lists co-authors
        ((3.0, -3.5), True, AUTHORS[:1], 0.9998),
        ((-3.1, -3.6), True, AUTHORS[:1], 0.4123),  # a list, of which none is clear
    ],
)
def test_whom_a_field_names(
    log_odds: tuple[float, float], several: bool, authors: tuple[str, ...], confidence: float
) -> None:
    evidence = [NameEvidence(author, value) for author, value in zip(AUTHORS, log_odds, strict=True)]
    found = named_authors(evidence, several)
    assert found.authors == authors and found.confidence == pytest.approx(confidence, abs=1e-4)


def test_nobody_asked_for_is_nobody_named() -> None:
    found = named_authors([], several=False)
    assert (found.authors, found.confidence, found.posteriors) == ((), 0.0, {})


def test_odds() -> None:
    assert odds([NameEvidence("A", 0.0), NameEvidence("B", 99.0)]) == pytest.approx({"A": 1.0, "B": 162754.79})
