"""Which day the ink shows, and what a prior may add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from models.emissions import FLOOR_LOGP, CtcEmissions
from models.ppocr import LineReader
from pipeline.datamodel.records import Volume
from pipeline.dates.grammar import CHANNEL, MAX_STEPS, DayScores, _Ends, _spell, _steps, default_span, score_days
from pipeline.dates.prior import batch_priors, posterior, volume_prior
from pipeline.dates.spellings import FIGURE_ROLES, ROLES, trie
from tests.dates.test_readings import FORMATS

SPAN = default_span(date(2026, 7, 1))


def batch_prior(days: np.ndarray, others: Sequence[Mapping[int, float]], volume: np.ndarray) -> np.ndarray:
    """What a return that shows nothing itself is told by the others of its batch."""
    return next(iter(batch_priors(days, [{}, *others], volume)))


def peaked(*steps: str | dict[str, float]) -> CtcEmissions:
    """A line: each character of a string read without doubt in one step, a dict's shares together in one."""
    told: list[dict[str, float]] = []
    for step in steps:
        told += [step] if isinstance(step, dict) else [{c: 0.999} for c in step]
    labels = "".join(sorted({c for shares in told for c in shares}))
    p = np.full((2 * len(told) + 1, 1 + len(labels)), np.exp(FLOOR_LOGP))
    p[0::2, 0] = 0.9999
    for at, shares in enumerate(told):
        for c, share in shares.items():
            p[2 * at + 1, 1 + labels.index(c)] = share
    return CtcEmissions(labels, np.log(p).astype(np.float32), "")


def best(line: CtcEmissions, near: date | None = None) -> date:
    scores = score_days([line], SPAN)
    prior = volume_prior(scores.days, Volume(start=near + timedelta(60)) if near else Volume())
    return posterior(scores, prior).top(1)[0][0]


NUMERIC = {"dmy/", "dmy0/", "mdy/", "mdy/ ", "dmy.", "dmy. ", "mdy-", "place", "y'"}


@pytest.mark.parametrize("style", FORMATS)
@settings(max_examples=2, deadline=None)
@given(day=st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_a_clearly_written_day_is_found_in_every_way_to_write_it(style: str, day: date) -> None:
    line = peaked(FORMATS[style](day))
    # 1/11 2000 may be 1/1/ 2000, too; 2112000 may be 2/11/2000 or 2/1/2000 with its slash read as 1, either way round.
    top = score_days([line], SPAN).top({"m/d y": 3, "dmy joined": 4}.get(style, 2))
    if style == "m/d y" or (style in NUMERIC and day.day <= 12) or style == "dmy joined":
        assert day in {d for d, _ in top}
    else:
        assert top[0][0] == day


@pytest.mark.parametrize(
    ("ink", "meant"),
    [
        ("20109/2019", date(2019, 9, 20)),
        ("3010912019", date(2019, 9, 30)),
        ("29l09I2019", date(2019, 9, 29)),
        ("3O/O9/2O19", date(2019, 9, 30)),
        ("2019/0927", date(2019, 9, 27)),
        ("209.9.28", date(2019, 9, 28)),
        ("20199/09/27", date(2019, 9, 27)),
        ("e: 2019.09.26", date(2019, 9, 26)),
        ("Date: 12 Sopt 2019", date(2019, 9, 12)),
        ("Septemker 30, 2019", date(2019, 9, 30)),
        ("9 octoben 2019", date(2019, 10, 9)),
        ("8 20.9.2019", date(2019, 9, 20)),
        ("ng 30/9/2019", date(2019, 9, 30)),
        ("30/9/2019, Geneve", date(2019, 9, 30)),
        ("Monday, 30 September 2019", date(2019, 9, 30)),
        ("30 sept.. 2019 .", date(2019, 9, 30)),
        ("2019年9月26日", date(2019, 9, 26)),
        ("2019年 9月 26日", date(2019, 9, 26)),
        ("26 septembre 2019", date(2019, 9, 26)),
        ("26. Okt. 2019", date(2019, 10, 26)),
    ],
)
def test_slips_cost_but_do_not_hide_the_day(ink: str, meant: date) -> None:
    assert best(peaked(ink), near=date(2019, 9, 25)) == meant


def test_what_the_recognizer_almost_read_counts() -> None:
    almost = peaked("2019/09/", {"3": 0.55, "2": 0.4}, "7")
    assert best(almost) == date(2019, 9, 27)


def test_a_two_way_date_keeps_both_readings_and_the_batch_settles_it() -> None:
    scores = score_days([peaked("10/06/2022")], SPAN)
    (first, a), (second, b) = scores.top(2)
    assert {first, second} == {date(2022, 6, 10), date(2022, 10, 6)}
    assert abs(a - b) < 2
    even = posterior(scores, np.ones(len(scores.days))).likely(0.1)
    assert len(even) == 2
    for around in (date(2022, 6, 10), date(2022, 10, 6)):
        others = [{(around + timedelta(n)).toordinal(): 1.0} for n in (-5, -2, 0, 1, 1, 3)]
        settled = posterior(scores, batch_prior(scores.days, others, np.ones(len(scores.days))))
        assert settled.top(1)[0][0] == around
        assert settled.top(1)[0][1] > 0.8


@pytest.mark.parametrize(
    ("ink", "day"),
    [
        ("70.05.2027", date(2021, 5, 10)),  # no day is the 70th: the ones of this hand look like sevens
        ("10.05.2027", date(2027, 5, 10)),  # its ones are ones
        ("27.05.2021", date(2021, 5, 27)),
    ],
)
def test_ones_with_a_long_upstroke_are_told_by_each_other(ink: str, day: date) -> None:
    scores = score_days([peaked(ink)], SPAN)
    near = {date(2021, 5, 10): 0.0, date(2027, 5, 10): -3.0, date(2021, 5, 27): 0.0}
    prior = np.array([np.exp(near.get(date.fromordinal(int(d)), -9.0)) for d in scores.days])
    assert posterior(scores, prior).top(1)[0][0] == day


@pytest.mark.parametrize(
    ("steps", "day"),
    [
        (("May ", {"1": 0.7, "4": 0.1}, {",": 0.8, "1": 0.1}, " 2021"), 1),
        (("3", {"t": 0.7, "d": 0.01}, "h May 2021"), 3),
    ],
)
def test_a_day_beside_a_name_is_written_with_comma_or_ending(
    steps: tuple[str | dict[str, float], ...], day: int
) -> None:
    found = posterior(score_days([peaked(*steps)], SPAN), np.ones(_days(SPAN)))
    assert found.top(1)[0][0] == date(2021, 5, day) and found.top(1)[0][1] > 0.8


def test_days_lie_nearer_together_the_more_returns_there_are() -> None:
    days = score_days([], SPAN).days
    volume = volume_prior(days, Volume(start=date(2021, 7, 1)))
    at, later = ((date(2021, 5, 10) + timedelta(n)).toordinal() - int(days[0]) for n in (0, 8))
    few, many = (batch_prior(days, [{int(days[at]): 1.0}] * count, volume) for count in (1, 30))
    assert few[later] > 2 * many[later] and many[at] > 2 * few[at]


def test_another_year_s_same_day_is_likelier_than_any_day() -> None:
    days = score_days([], SPAN).days
    others = [{date(2021, 5, 8 + n % 4).toordinal(): 1.0} for n in range(20)]
    prior = batch_prior(days, others, volume_prior(days, Volume(start=date(2021, 7, 1))))
    year_before, any_day = (prior[d.toordinal() - int(days[0])] for d in (date(2020, 5, 9), date(2019, 11, 20)))
    assert year_before > 10 * any_day


@pytest.mark.parametrize("ink", ["Masanobu Yamazoe", "Junhe Zhuanlai", "? S ~ /", "mmmm", "Oct", "12 Sept", "9/10"])
def test_ink_that_is_no_date_gives_no_confident_day(ink: str) -> None:
    found = posterior(score_days([peaked(ink)], SPAN), np.ones(_days(SPAN)))
    assert found.top(1)[0][1] < 0.5


def test_a_scribble_of_faint_evidence_is_no_date() -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(60, 0.05), size=20)
    labels = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS/.-, "[:59]
    found = posterior(
        score_days([CtcEmissions(labels, np.log(p + 1e-5).astype(np.float32))], SPAN), np.ones(_days(SPAN))
    )
    assert found.none > 0.5
    assert found.top(1)[0][1] < 0.1


def test_dates_and_signatures_lie_on_two_sides() -> None:
    assert score_days([peaked("9/18/2019")], SPAN).date_odds > 5
    assert score_days([peaked("29.9.17")], SPAN).date_odds > 2
    assert score_days([peaked("Masanobu Yamazoe")], SPAN).date_odds < -2


def test_a_clear_2015_in_a_batch_of_2025_stays_2015() -> None:
    scores = score_days([peaked("2015-06-06")], SPAN)
    _assert_stays_2015(scores)


def test_a_rendered_2015_in_a_batch_of_2025_stays_2015() -> None:
    reader = LineReader()
    for text in ("2015-06-06", "6 June 2015", "06/06/2015"):
        _assert_stays_2015(score_days(reader.read([_rendered(text)]), SPAN))


def _assert_stays_2015(scores: DayScores) -> None:
    volume = volume_prior(scores.days, Volume(start=date(2025, 7, 13), published=date(2025, 10, 6)))
    others = [{date(2025, 6, 1 + n % 10).toordinal(): 1.0} for n in range(60)]
    for prior in (volume, batch_prior(scores.days, others, volume)):
        day, probability = posterior(scores, prior).top(1)[0]
        assert day == date(2015, 6, 6)
        assert probability > 0.5


def test_rendered_dates_are_read() -> None:
    written = {
        "2019/09/27": date(2019, 9, 27),
        "30.9.2019": date(2019, 9, 30),
        "Sept. 12, 2020": date(2020, 9, 12),
        "4th Sep, 2020": date(2020, 9, 4),
        "9-24-2017": date(2017, 9, 24),
        "29/09/'17": date(2017, 9, 29),
        "28 SEP 2036": date(2036, 9, 28),
        "Dec 31, 1990": date(1990, 12, 31),
    }
    views = LineReader().read([_rendered(text) for text in written])
    assert [score_days([look], SPAN).top(1)[0][0] for look in views] == list(written.values())


def _rendered(text: str) -> np.ndarray:
    font = ImageFont.load_default(40)
    x0, y0, x1, y1 = font.getbbox(text)
    image = Image.new("L", (int(x1 - x0) + 4, int(y1 - y0) + 4), 255)
    ImageDraw.Draw(image).text((2 - x0, 2 - y0), text, fill=0, font=font)
    return np.asarray(image)


def test_several_looks_are_weighed_together() -> None:
    unsure = peaked("2019/09/2", {"1": 0.5, "7": 0.45})
    sure = peaked("2019/09/2", {"1": 0.05, "7": 0.9})
    assert score_days([unsure, sure], SPAN).top(1)[0][0] == date(2019, 9, 27)


def test_confidence_tells_doubt_from_two_ways_to_read() -> None:
    assert score_days([peaked("2019/09/27")], SPAN).confidence > 0.95
    assert score_days([peaked("10/06/2022")], SPAN).confidence > 0.9
    assert score_days([peaked("2019/09/2", {"1": 0.3, "7": 0.3, "4": 0.3})], SPAN).confidence < 0.8


def test_no_look_says_nothing() -> None:
    empty = CtcEmissions("", np.zeros((0, 1), np.float32))
    for views in ([], [empty]):
        scores = score_days(views, SPAN)
        assert not scores.log_likelihood.any()
        assert posterior(scores, np.ones(_days(SPAN))).top(1)[0][1] < 0.01


def test_a_line_without_characters_is_no_date() -> None:
    blank = CtcEmissions("", np.zeros((30, 1), np.float32))
    assert posterior(score_days([blank], SPAN), np.ones(_days(SPAN))).top(1)[0][1] < 0.01


def test_a_date_in_a_long_line_is_found() -> None:
    line = peaked("Signed in the name of all the authors of this article, which is theirs alone: 27/09/2019")
    assert len(line.logp) > MAX_STEPS
    assert score_days([line], SPAN).top(1)[0][0] == date(2019, 9, 27)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(730000, 745000), st.floats(0, 1), max_size=3), max_size=5),
    st.dates(date(1995, 1, 1), date(2030, 1, 1)),
)
def test_priors_and_posteriors_hold_their_bounds(others: Sequence[dict[int, float]], start: date) -> None:
    scores = score_days([peaked("9/10/2019")], SPAN)
    volume = volume_prior(scores.days, Volume(start=start))
    for prior in (volume, batch_prior(scores.days, others, volume)):
        assert prior.sum() == pytest.approx(1)
        assert prior.min() > 0, "nothing is impossible"
        found = posterior(scores, prior)
        assert found.probability.sum() + found.none == pytest.approx(1)


@given(st.lists(st.dictionaries(st.integers(726400, 745000), st.floats(0, 1), max_size=3), max_size=5))
@settings(max_examples=8, deadline=None)
def test_each_return_is_judged_by_the_others_only(returns: list[dict[int, float]]) -> None:
    days = score_days([], SPAN).days
    volume = volume_prior(days, Volume(start=date(2019, 11, 17)))
    for at, prior in enumerate(batch_priors(days, returns, volume)):
        assert prior == pytest.approx(batch_prior(days, returns[:at] + returns[at + 1 :], volume))


def test_without_volume_dates_all_days_weigh_the_same() -> None:
    days = score_days([], SPAN).days
    assert np.ptp(volume_prior(days, Volume())) == 0


def _days(span: tuple[date, date]) -> int:
    return (span[1] - span[0]).days + 1


def test_parts_are_spelled_the_same_in_a_trie_of_their_own() -> None:
    line = peaked("12 Sept 2027")
    whole, figures = trie(2010, 2040), trie(2010, 2040, FIGURE_ROLES)
    spelled = [
        _spell(tries, _steps(line.labels, line.logp.astype(float), tries.symbols, CHANNEL), CHANNEL)
        for tries in (whole, figures)
    ]
    assert set(spelled[0]) - set(spelled[1]) == {"n"}
    for role, spans in spelled[1].items():
        assert np.allclose(spans, spelled[0][role], rtol=1e-9, atol=0), role


@pytest.mark.parametrize("roles", [ROLES, FIGURE_ROLES, "n", "s"])
def test_each_value_has_the_sum_of_its_spellings(roles: str) -> None:
    tries = trie(2010, 2040, roles)
    ends = _Ends.of(tries)
    probability = np.random.default_rng(2).random((3, len(tries.symbol)))
    sums = np.full((3, len(ends.place)), np.nan)
    ends.sum_by_value(ends.share * probability[:, ends.node], sums)
    for role, (nodes, values, shares) in tries.ends.items():
        found = sums[:, ends.place][:, ends.values[role]]
        for value in range(int(values[-1]) + 1):
            own = values == value
            assert np.allclose(found[:, value], (shares[own] * probability[:, nodes[own]]).sum(axis=1))
