"""What readings mean: articles, authors, signers and dates decided beside the roster and each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.choice import Floats
from models.emissions import CtcEmissions
from pipeline.datamodel.records import (
    Article,
    Box,
    ExtraField,
    FieldReading,
    LineReading,
    Observation,
    Resolution,
    Roster,
    Settings,
    SignatureReading,
    Source,
    Volume,
)
from pipeline.dates.grammar import DayScores
from pipeline.dates.limits import signing_limits
from pipeline.dates.readings import Order
from pipeline.forms.reader import load_forms
from pipeline.resolution.articles import Titles, score_articles
from pipeline.resolution.author_linking import link_authors
from pipeline.resolution.resolve import Weighed, decide_day, resolve
from pipeline.run import judge_batch
from tests.material.emissions import emissions

TODAY = date(2026, 11, 20)
VOLUME = Volume("V", "Conference on Made-up Things", "9", 2026, date(2026, 12, 1), date(2026, 12, 3), None)
ARTICLES = (
    Article("oduya26", "Sparse Kernels for Tidal Forecasting", ("Kehinde Oduyalami", "Bo Lindqvarn"), VOLUME),
    Article("marsh26", "Sparse Kernels for Tidal Power Markets", ("Philippa Marshwood",), VOLUME),
    Article("tuoba26", "Learning to Fold Maps", ("Lingfei Tuoba", "Ruoxi Shangguan"), VOLUME),
)
ROSTER = Roster(ARTICLES)
TITLES = Titles.of(ARTICLES)
BOX = Box(0.3, 0.5, 0.5, 0.53)


def line(text: str, typed: bool = False, look: CtcEmissions | None = None) -> LineReading:
    if typed:
        return LineReading(text, 1.0, "text_layer", "typed", 1, BOX)
    return LineReading(text, 0.97, "ppocr", "handwritten", 1, BOX, (look or emissions(text),))


def field(*texts: str, typed: bool = False, look: CtcEmissions | None = None) -> FieldReading:
    return FieldReading(tuple(line(t, typed, look) for t in texts), "typed" if typed else "handwritten", 1, BOX)


def seen(
    title: str = "Learning to Fold Maps",
    name: str = "Lingfei Tuoba",
    signature: str = "Lingfei Tuoba",
    day: FieldReading | None = None,
) -> Observation:
    return Observation(
        pages=2,
        form="pmlr",
        title=field(title),
        name=field(name),
        signature=SignatureReading("handwritten", 0.99, True, (line(signature),), 2, BOX),
        date=day or field("2026/10/12"),
    )


def resolved(*observations: Observation, roster: Roster = ROSTER) -> list[Resolution]:
    sources = [Source(f"{i}.pdf", "", "", 1) for i in range(len(observations))]
    return resolve(list(zip(sources, observations, strict=True)), roster, Settings(today=TODAY), load_forms())


def test_a_title_with_slips_finds_its_article() -> None:
    found = link_authors(seen(title="Leaming t0 Fo1d Naps"), TITLES)
    assert found.article == "tuoba26" and found.article_confidence > 0.95


def test_lines_of_a_title_count_in_any_order() -> None:
    title = field("Markets", "Sparse Kernels for Tidal Power")
    assert int(TITLES.likenesses(title).argmax()) == 1


def test_the_name_decides_between_titles_alike() -> None:
    found = link_authors(seen(title="Sparse Kernels for Tidal", name="Philippa Marshwood"), TITLES)
    assert found.article == "marsh26"


def test_a_title_of_no_article_is_none_but_suggested_by_its_authors() -> None:
    found = link_authors(seen(title="Quantum Cats in Winter"), TITLES)
    assert found.article == "" and found.authors == ()


def test_probabilities_leave_room_for_none_of_them() -> None:
    scores = score_articles(
        TITLES, TITLES.likenesses(field("Something else entirely")), field("Something else entirely"), {}
    )
    assert sum(s.probability for s in scores) < 0.05


def numbered(observation: Observation, number: str, typed: bool = False) -> Observation:
    """The same on a form that asks for the article's number."""
    reading = field(number, typed=typed)
    return replace(observation, extra_fields=(ExtraField("number", "text", "Paper ID", False, 1, number, reading),))


def test_the_articles_number_settles_a_title_half_read_and_overrules_none() -> None:
    half = replace(seen(title="Sparse Kernels for Tidal"), name=FieldReading())
    alone = resolved(half)[0]
    assert resolved(numbered(half, "marsh26"))[0].article == "marsh26" and alone.article_confidence < 0.9
    assert resolved(numbered(seen(), "marsh26"))[0].article == "tuoba26"


@pytest.mark.parametrize(("typed", "sure"), [(True, True), (False, False)])
def test_a_number_without_a_title_is_an_article_but_ink_is_looked_at(typed: bool, sure: bool) -> None:
    blank = replace(seen(), title=FieldReading(), name=FieldReading())
    assert resolved(blank)[0].article == ""
    found = resolved(numbered(blank, "TUOBA-26", typed))[0]
    assert found.article == "tuoba26" and (found.article_confidence >= 0.9) is sure


@pytest.mark.parametrize("written", ["Tuoba Lingfei", "L. Tuoba", "LINGFEI TUOBA", "Ling Fei Tuoba", "Lingfel Tuoba"])
def test_ways_to_write_an_author(written: str) -> None:
    assert link_authors(seen(name=written), TITLES).authors == ("Lingfei Tuoba",)


def test_a_list_of_names_denotes_all_of_them() -> None:
    found = link_authors(seen(name="Lingfei Tuoba, Ruoxi Shangguan and PMLR"), TITLES)
    assert set(found.authors) == {"Lingfei Tuoba", "Ruoxi Shangguan"}


def test_a_stranger_in_the_name_field_is_no_author() -> None:
    assert link_authors(seen(name="Ottokar Bremshey"), TITLES).authors == ()


@pytest.mark.parametrize(
    ("name", "signature", "signer"),
    [
        ("Robin (Bo) Lindqvarn", "Robin Lindqvarn", "Bo Lindqvarn"),
        ('Bo "Robin" Lindqvarn', "Robin Lindqvarn", "Bo Lindqvarn"),
        ("Robin (Bo) Lindqvarn", "Percival Mockingham", ""),
        ("Robin (Bo) Lindqvarn", "Karin Lindqvarn", ""),
    ],
)
def test_who_signs_by_the_name_that_the_form_gives_him_is_the_author(name: str, signature: str, signer: str) -> None:
    written = seen("Sparse Kernels for Tidal Forecasting", signature=signature)
    found = link_authors(replace(written, name=field(name, typed=True)), TITLES)
    assert found.authors == ("Bo Lindqvarn",)
    assert found.signers == ((signer,) if signer else ())


def test_the_signer_is_another_author_than_named() -> None:
    found = link_authors(seen(signature="Ruoxi Shangguan"), TITLES)
    assert found.authors == ("Lingfei Tuoba",) and found.signers == ("Ruoxi Shangguan",)


def test_a_legible_stranger_is_told_and_a_scrawl_is_not() -> None:
    assert link_authors(seen(signature="Ottokar Bremshey"), TITLES).unrecognized_signer == "Ottokar Bremshey"
    scrawl = link_authors(seen(signature="Lr"), TITLES)
    assert scrawl.unrecognized_signer == ""


# --- dates --------------------------------------------------------------------------------------------------------


def test_a_clear_day_stays_whatever_the_batch_says() -> None:
    batch = [seen(day=field("2026/10/12")) for _ in range(30)]
    found = resolved(*batch, seen(day=field("6 June 2015")))[-1]
    assert found.day == date(2015, 6, 6) and found.date_confidence > 0.8


def test_unclear_ink_leans_on_the_batch() -> None:
    doubtful = field("2026/10/72", look=emissions("2026/10/72", {8: "1"}, 0.45))
    batch = [seen(day=field("2026/10/12")) for _ in range(5)]
    assert resolved(*batch, seen(day=doubtful))[-1].day == date(2026, 10, 12)


def test_two_way_dates_are_settled_by_the_batch() -> None:
    batch = [seen(day=field(f"{d} October 2026")) for d in (6, 7, 8, 9, 10)]
    found = resolved(*batch, seen(day=field("10/08/2026")))[-1]
    assert (found.day, found.date_order) == (date(2026, 10, 8), "batch")


def test_two_way_dates_are_settled_by_the_checks() -> None:
    # The other reading, 11 December, lies after the day of reading and after the conference.
    found = resolved(seen(day=field("11/12/2026")))[0]
    assert (found.day, found.date_order) == (date(2026, 11, 12), "checks")


def test_a_two_way_date_that_nothing_settles_is_ambiguous() -> None:
    found = resolved(seen(day=field("09/10/2026")))[0]
    assert found.date_order == "ambiguous"
    assert {c.value for c in found.date_candidates[:2]} == {"2026-10-09", "2026-09-10"}


def test_typed_dates_mean_what_they_say() -> None:
    found = resolved(seen(day=field("12 October 2026", typed=True)))[0]
    assert found.day == date(2026, 10, 12) and found.date_confidence > 0.99


def test_ink_that_is_no_date_gives_none() -> None:
    assert resolved(seen(day=field("Lingfei Tuoba")))[0].day is None


def test_each_volume_has_its_own_batch() -> None:
    other = Volume("W", "Other", "8", 2026, date(2026, 9, 1), date(2026, 9, 3), date(2026, 9, 30))
    roster = Roster((*ARTICLES, Article("lone26", "A Title Far From All Others", ("Tjark Osterbrand",), other)))
    spring = [seen(day=field(f"{d} October 2026")) for d in (6, 7, 8)]
    lone = seen("A Title Far From All Others", "Tjark Osterbrand", "Tjark Osterbrand", field("10/06/2026"))
    found = resolved(*spring, lone, roster=roster)[-1]
    assert found.day == date(2026, 6, 10), "in October the volume was out: the batch of another volume says nothing"


def test_an_article_without_authors_has_nobody_to_name() -> None:
    roster = Roster((*ARTICLES, Article("none26", "Nobody Wrote This One", (), VOLUME)))
    found = resolved(seen(title="Nobody Wrote This One"), roster=roster)[0]
    assert found.article == "none26" and found.authors == () and found.signers == ()


def test_what_checks_a_date_settles_it_too_where_publication_is_not_known() -> None:
    """The form's year before the middle of the batch, 15 June, parts 5 July from 7 May."""
    unpublished = Roster(tuple(replace(article, volume=Volume("new")) for article in ARTICLES))
    batch = [seen(day=field(f"{d} June 2026", typed=True)) for d in (13, 14, 15, 16, 17)]
    *others, found = resolved(*batch, seen(day=field("07/05/2025", typed=True)), roster=unpublished)
    assert (found.day, found.date_order) == (date(2025, 7, 5), "checks")
    assert {one.batch_day for one in (*others, found)} == {date(2026, 6, 15)}
    few = resolved(*batch[:3], seen(day=field("07/05/2025", typed=True)), roster=unpublished)[-1]
    assert few.batch_day is None and few.date_order != "checks"
    assert {one.batch_day for one in resolved(*batch)} == {None}, "the conference's first day stands for publication"


def test_a_date_that_a_check_settled_passes_that_check() -> None:
    unpublished = Roster(tuple(replace(article, volume=Volume("new")) for article in ARTICLES))
    readings = [seen(day=field(f"{d} June 2026", typed=True)) for d in (13, 14, 15, 16, 17)]
    readings.append(seen(day=field("07/05/2025", typed=True)))
    items = [(Source(f"{n}.pdf", "", f"{n:064}", 1), reading) for n, reading in enumerate(readings)]
    codes = {flag.code for flag in judge_batch(items, unpublished, Settings(today=TODAY))[-1].flags}
    assert not codes & {"date_lapsed", "date_precedes_article", "date_ambiguous"}


def test_no_roster_no_article() -> None:
    found = resolved(seen(), roster=Roster())[0]
    assert found.article == "" and found.day == date(2026, 10, 12)


# --- which of two days --------------------------------------------------------------------------------------------

FIRST = date(2026, 1, 1)


def ink_of(*days: date, apart: float = 0.0) -> DayScores:
    """Ink that shows these days of 2026, the second less than the first by `apart`, and no other."""
    log = np.full(365, -50.0)
    for place, day in enumerate(days):
        log[(day - FIRST).days] = -apart * place
    ordinals = np.arange(FIRST.toordinal(), FIRST.toordinal() + len(log))
    orders: dict[Order, Floats] = {"ymd": log - 9, "dmy": log - 9, "mdy": log - 9}
    return DayScores(ordinals, log, orders, -40.0)


@pytest.mark.parametrize(
    ("ranked", "apart", "expected"),
    [
        # The 15th is no month, 8 August is the same both ways.
        ([(date(2026, 10, 15), 0.97)], 0.0, (date(2026, 10, 15), 0.97, "as written")),
        ([(date(2026, 8, 8), 0.97)], 0.0, (date(2026, 8, 8), 0.97, "as written")),
        # Could be swapped, but the ink shows one of the two.
        ([(date(2026, 10, 9), 0.9), (date(2026, 9, 10), 0.05)], 3.5, (date(2026, 10, 9), 0.9, "as written")),
        # Both shown alike, both may be: the batch says enough or not.
        ([(date(2026, 10, 9), 0.9), (date(2026, 9, 10), 0.05)], 2.5, (date(2026, 10, 9), 0.9, "batch")),
        ([(date(2026, 10, 9), 0.6), (date(2026, 9, 10), 0.35)], 0.0, (date(2026, 10, 9), 0.6, "ambiguous")),
        # 11 December is still to come: the other it is, likelier or not, nearly as sure as both together.
        ([(date(2026, 11, 12), 0.5), (date(2026, 12, 11), 0.4)], 0.0, (date(2026, 11, 12), 0.9, "checks")),
        ([(date(2026, 12, 11), 0.5), (date(2026, 11, 12), 0.4)], 0.0, (date(2026, 11, 12), 0.9, "checks")),
        # The ink leans to the day still to come, and nearly settles it.
        ([(date(2026, 12, 11), 0.9), (date(2026, 11, 12), 0.1)], 2.1, (date(2026, 11, 12), 0.92, "checks")),
        ([(date(2026, 12, 11), 1.1)], 9.0, (date(2026, 12, 11), 1.0, "as written")),
    ],
)
def test_what_settles_day_and_month(
    ranked: list[tuple[date, float]], apart: float, expected: tuple[date, float, str]
) -> None:
    scores = ink_of(*(day for day, _ in ranked), apart=apart)
    day, probability, order = decide_day(
        Weighed.of(ranked, 0.0, scores), signing_limits(None, Settings(today=TODAY), None, None)
    )
    assert (day, order) == (expected[0], expected[2]) and probability == pytest.approx(expected[1], abs=0.015)


def test_of_two_days_the_one_in_order_is_the_surer_the_nearer_it_lies_to_the_others() -> None:
    """11 December is still to come, 12 November is not: but both may be far from what the others wrote."""
    days = date(2026, 11, 12), date(2026, 12, 11)
    limits = signing_limits(None, Settings(today=TODAY), None, None)
    found = []
    for here in (3e-3, 2e-5):
        scores = ink_of(*days)
        others = np.full(len(scores.days), 1e-5)
        others[(days[0] - FIRST).days] = here
        found.append(decide_day(Weighed.of([(day, 0.5) for day in days], 0.0, scores, others), limits))
    (near_day, near, _), (far_day, far, order) = found
    assert near_day == far_day == days[0] and order == "checks"
    assert far < 0.8 < 0.95 < near


def test_of_two_days_the_one_in_order_is_the_less_sure_the_more_write_in_the_other_s_order() -> None:
    """12 November if the day comes first, 11 December, which is still to come, if the month does."""
    days = date(2026, 11, 12), date(2026, 12, 11)
    limits = signing_limits(None, Settings(today=TODAY), None, None)
    sure = []
    for day_first in (0.9, 0.5, 0.1):
        scores = ink_of(*days)
        scores.by_order["dmy"][(days[0] - FIRST).days] = scores.by_order["mdy"][(days[1] - FIRST).days] = 0.0
        weighed = Weighed.of([(day, 0.5) for day in days], 0.0, scores, None, day_first)
        found, probability, _ = decide_day(weighed, limits)
        assert found == days[0]
        sure.append(probability)
    assert sure[0] > sure[1] > sure[2]


def test_how_a_batch_writes_days_says_what_an_open_one_may_mean() -> None:
    """12 July, or 7 December, which is still to come: nobody knows, but most write the month first, or the day."""
    others = [f"07/{day}/2026" for day in range(13, 25)], [f"{day}/07/2026" for day in range(13, 25)]
    found = [resolved(*(seen(day=field(day)) for day in (*some, "07/12/2026")))[-1] for some in others]
    assert [one.day for one in found] == [date(2026, 7, 12)] * 2
    assert found[0].date_confidence > found[1].date_confidence


def test_an_article_without_authors_is_found_by_its_title_whoever_signed() -> None:
    roster = Roster(tuple(replace(article, authors=()) for article in ARTICLES))
    found = resolved(seen(), seen(signature="Bo Lindqvarn"), roster=roster)
    assert [one.article for one in found] == ["tuoba26", "tuoba26"]
    assert all(one.authors == one.signers == () for one in found)


# --- fields that are not where they should be -------------------------------------------------------------------------


def test_title_and_name_exchanged_are_put_right() -> None:
    found = resolved(seen(title="Lingfei Tuoba", name="Learning to Fold Maps"))[0]
    assert (found.article, found.authors) == ("tuoba26", ("Lingfei Tuoba",))


def test_a_blank_title_has_no_article_but_a_suggestion() -> None:
    signed = SignatureReading("handwritten", 0.99)
    found = resolved(replace(seen(name="Philippa Marshwood"), signature=signed, title=FieldReading()))[0]
    assert found.article == "" and found.article_candidates[0].value == "marsh26"


def test_nothing_is_suggested_by_a_scrawl() -> None:
    blank = replace(seen(signature="Vm"), title=FieldReading(), name=FieldReading())
    assert resolved(blank)[0].article_candidates == ()


def test_a_title_barely_read_is_settled_by_the_name() -> None:
    scrawl = LineReading("Leanq h Fdd Maqs", 0.5, "ppocr", "handwritten", 1, BOX)
    found = resolved(replace(seen(), title=FieldReading((scrawl,), "handwritten", 1, BOX)))[0]
    assert found.article == "tuoba26"


def test_a_clear_title_of_another_article_is_not_settled_by_the_name() -> None:
    found = resolved(seen(title="On the Growth of Mosses in Old Harbours"))[0]
    assert found.article == ""


def test_the_batch_decides_also_for_a_day_that_fails_a_check() -> None:
    """3 October 2026 is after publication; 10 March is not, but the batch is of September and October."""
    published = Volume("V", "Conference", "9", 2026, date(2026, 9, 20), date(2026, 9, 22), date(2026, 10, 1))
    roster = Roster(tuple(replace(article, volume=published) for article in ARTICLES))
    batch = [seen(day=field(f"{d} September 2026", typed=True)) for d in (26, 27, 28, 29, 30)]
    *_, found = resolved(*batch, seen(day=field("03/10/2026", typed=True)), roster=roster)
    assert (found.day, found.date_order) == (date(2026, 10, 3), "batch")


def test_a_month_alone_is_no_day() -> None:
    assert resolved(seen(day=field("Wednesday, February 2026", typed=True)))[0].day is None
    assert resolved(seen(day=field("October 2026")))[0].day is None
    assert resolved(seen(day=field("R8.10.13")))[0].day is None


def test_a_letter_typed_for_a_nought_makes_no_other_year() -> None:
    assert resolved(seen(day=field("2O26-09-28", typed=True)))[0].day == date(2026, 9, 28)


def test_a_printed_label_taken_for_ink_is_nobody_s_name() -> None:
    scrawl = LineReading("", 0.1, "ppocr", "handwritten", 2, BOX)
    block = replace(seen().signature, lines=(scrawl, line("- Signed")))
    found = resolved(replace(seen(), signature=block))[0]
    assert not found.unrecognized_signer and not found.signers


def test_a_scrawl_beside_a_co_author_s_name_makes_nobody_else_sign() -> None:
    article = Article("fold26", "Learning to Fold Maps", ("Lingfei Tuoba", "Ruoxi Shangguan"), ARTICLES[0].volume)
    scrawl = LineReading("toe", 0.41, "ppocr", "handwritten", 2, BOX)
    block = replace(seen().signature, lines=(scrawl, line("Ruoxi Shangguan")))
    found = resolved(replace(seen(), signature=block), roster=Roster((article,)))[0]
    assert (found.authors, found.signers) == (("Lingfei Tuoba",), ("Ruoxi Shangguan",))


@pytest.mark.parametrize(
    ("written", "signers"),
    [
        ("Lingfei Tuoba, Ruoxi Shangguan", ("Lingfei Tuoba", "Ruoxi Shangguan")),
        ("Lingfel TuobaRuoxl Shanguan", ("Lingfei Tuoba", "Ruoxi Shangguan")),  # no gap is read between them
        ("Lingfei Tuoba", ("Lingfei Tuoba",)),
        ("Lingfei Tuoba, Professor of Cartography", ("Lingfei Tuoba",)),
    ],
)
def test_two_signatures_side_by_side_are_two(written: str, signers: tuple[str, ...]) -> None:
    assert link_authors(seen(signature=written), TITLES).signers == signers
