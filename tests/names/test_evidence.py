"""Whose name the ink shows, with probabilities typed by hand. All names are made up."""

from __future__ import annotations

import pytest

from models.emissions import FLOOR_LOGP
from pipeline.datamodel.records import Box, LineReading
from pipeline.names.evidence import (
    INK_BIAS,
    NAMED_BONUS,
    OTHERS_BONUS,
    SIGNATURE_BIAS,
    SIGNATURE_SLOPE,
    TEXT_SLOPE,
    NameEvidence,
    name_evidence,
    named_authors,
    odds,
    signature_losses,
    signer_evidence,
)
from tests.material.emissions import emissions

AUTHORS = ("Kehinde Oduyalami", "Philippa Marshwood")
BOX = Box(0, 0, 1, 1)


def typed(text: str) -> LineReading:
    return LineReading(text, 1.0, "text_layer", "typed", 1, BOX)


def inked(text: str, doubt: dict[int, str] | None = None) -> LineReading:
    return LineReading(text, 0.9, "ppocr", "handwritten", 1, BOX, (emissions(text, doubt),))


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
    assert best.log_odds == pytest.approx(INK_BIAS + TEXT_SLOPE, abs=1.0)


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
    own, other = signature_losses(inked("Kehinde Oduyalami"), AUTHORS)
    assert other < -2 < -0.6 < own < 0.01
    assert signature_losses(typed("Kehinde Oduyalami"), AUTHORS)[0] == pytest.approx(0)
    assert signature_losses(typed("xq"), AUTHORS)[1] == pytest.approx(FLOOR_LOGP, abs=2)


@pytest.mark.parametrize(
    ("text", "losses", "named", "excluded", "expected"),
    [
        ("Xyq Wvut", (-0.5, -3.0), (), False, (-0.5 * SIGNATURE_SLOPE, -3.0 * SIGNATURE_SLOPE)),
        # More for whom the form names...
        ("Xyq Wvut", (-0.5, -3.0), AUTHORS[:1], False, (-0.5 * SIGNATURE_SLOPE + NAMED_BONUS, -3.0 * SIGNATURE_SLOPE)),
        # ...and for the others, where it is legibly none of those.
        (
            "Xyq Wvut",
            (-3.0, -0.5),
            AUTHORS[:1],
            True,
            (-3.0 * SIGNATURE_SLOPE + NAMED_BONUS, -0.5 * SIGNATURE_SLOPE + OTHERS_BONUS),
        ),
        # Two letters fit anybody's initials: they speak for nobody who is not named.
        ("Xq", (-0.5, -0.5), AUTHORS[:1], False, (-0.5 * SIGNATURE_SLOPE + NAMED_BONUS, FLOOR_LOGP * SIGNATURE_SLOPE)),
    ],
)
def test_who_signed(
    text: str,
    losses: tuple[float, float],
    named: tuple[str, ...],
    excluded: bool,
    expected: tuple[float, float],
) -> None:
    found = signer_evidence(inked(text), losses, AUTHORS, named, excluded)
    assert [one.log_odds for one in found] == pytest.approx([SIGNATURE_BIAS + value for value in expected])


def test_a_best_string_like_the_name_decides_alone() -> None:
    """As for a signature in another script than the roster's, whose letters no form of the name has."""
    found = signer_evidence(inked("Kehinde Oduyalami"), (FLOOR_LOGP, FLOOR_LOGP), AUTHORS, ())
    assert found[0].log_odds > 3 and found[1].log_odds < -9


def test_a_typed_signature_is_compared_as_text() -> None:
    found = signer_evidence(typed("Philippa Marshwood"), (0.0, 0.0), AUTHORS, ())
    assert found[1].log_odds > 3 and found[0].log_odds == -9.0


@pytest.mark.parametrize(
    ("log_odds", "several", "authors", "confidence"),
    [
        ((3.0, -3.0), False, AUTHORS[:1], 0.9908),
        ((-3.0, 3.0), False, AUTHORS[1:], 0.9908),
        ((0.0, 0.0), False, AUTHORS[:1], 0.4683),  # two alike: neither is sure
        ((-4.0, -5.0), False, (), 0.1141),
        ((3.0, 1.5), True, AUTHORS, 0.9707),
        ((3.0, 0.5), True, AUTHORS[:1], 0.9933),
        ((0.5, 0.0), True, AUTHORS[:1], 0.5922),  # a list, of which none is clear
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
