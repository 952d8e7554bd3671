"""Which day the ink shows: a grammar of written dates, walked with a recognizer's character probabilities.

A recognizer's best string loses what it almost read. Here every day of a wide span is scored instead, in all
the ways people write days (`date_spellings`). One CTC forward pass over a trie of all parts (years, months,
days, separators) gives, for each part and each pair of steps (s, t), the probability that the ink between them
spells it. A date is three parts with separators between them, so its probability is a product of such
matrices, and 17,000 days in six layouts cost a few small matrix products.

The grammar is a noisy channel (Kernighan, Church and Gale 1990): what was meant may have been written or
recognized with a slip, at a price. A slash read as 1, a dropped or doubled digit, a misspelt month, a label's
end in front or a place behind cost probability, and nothing else in the program knows of them.

Natural logs throughout. Steps are the recognizer's; boundaries lie between them, one more than steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions
from pipeline.dates.readings import Order, normalize_month
from pipeline.dates.spellings import FIGURE_ROLES, LAYOUTS, ROLES, SAME_SHAPE, SEPARATORS, TAIL, Layout, Trie, trie

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Separators = frozenset[tuple[str, float]]
"""Shares of what may stand between two parts."""

FIRST_DAY: Final = date(1990, 1, 1)
YEARS_AHEAD: Final = 10
SURE_BLANK: Final = 0.9995
"""Of neighbouring steps that are blank with more than this, one is kept: it says all that they say."""
MAX_STEPS: Final = 96
"""Of a longer line only the stretch with the most digits is searched; a date takes 15 to 40 steps."""
TINY: Final = 1e-300
FEW_ENDS: Final = 4
"""Spellings that a day or a year has at most; the names of months have some thirty."""
LABELS_KEPT: Final = 4096
"""Characters whose misreadings are kept, half a kilobyte each: all that dates are written with many times over, but not
the whole alphabet of a recognizer that knows Chinese."""
VIEWS_KEPT: Final = 8
"""Views whose scores are kept, half a megabyte each: a date is scored by one view, by two, and again as evidence."""


@dataclass(frozen=True, slots=True)
class Channel:
    """How probable each slip is between what was meant and what the recognizer's steps show."""

    lookalike: float = 0.1
    """A sign of the same shape where a letter or separator was meant: 1 for a slash."""
    digit_lookalike: float = 0.02
    """A sign of the same shape where a digit was meant: O for 0, l or a slash for 1."""
    any_digit: float = 2e-4
    """Any character where a digit was meant. This is what clear ink has to set against a prior."""
    any_letter: float = 0.01
    """Any character where a letter was meant."""
    any_separator: float = 0.01
    """Any character but a digit where a separator was meant."""
    dropped_digit: float = 1e-3
    dropped_letter: float = 0.03
    doubled: float = 0.01
    around_digit: float = 1e-3
    """A digit before or behind the date."""
    around_other: float = 0.03
    """Another character before or behind the date: a label's end, a place."""
    none_digit: float = 0.003
    """A digit or another sign of a text that is no date: what the free path pays for it."""
    none_letter: float = 0.07
    """A letter of a text that is no date."""
    one_as_seven: float = 0.0
    """A 1 that is read as 7."""


CHANNEL: Final = Channel()
"""Fitted on real dates, one volume left out at a time; every price may be thrice as high or low with little change."""
LONG_UPSTROKE: Final = 0.02
"""Share of hands whose ones, begun with a long upstroke, look like sevens: all in a date or none, so that the 70 of
`70.05.2027` tells of its last figure. In two or three of a hundred dates of four continents; between 0.01 and 0.03 the
left-out likelihood hardly changes."""
ONE_AS_SEVEN: Final = 0.5
"""How often a one of such a hand is read as 7; the others are read as what they are."""
SEVEN_SEEN: Final = 0.02
"""Probability of a 7 at any step from which the hand matters. Below, ones read as ones say nothing new."""


@dataclass(frozen=True, slots=True)
class DayScores:
    """How well each day explains the ink."""

    days: Ints
    """Proleptic ordinals of the days, increasing by one."""
    log_likelihood: Floats
    """One a day, all ways of writing it summed."""
    by_order: Mapping[Order, Floats]
    """One a day, for year first, day first and month first alone."""
    none: float
    """Log-likelihood of the free path: ink that is no date."""

    @property
    def date_odds(self) -> float:
        """Log odds of some date, all days alike, against no date. Dates in ink lie above 0, signatures below."""
        return float(_log_sum(self.log_likelihood)) - float(np.log(len(self.days))) - self.none

    @property
    def confidence(self) -> float:
        """Share of the two best days among all, 0..1: low where another view of the ink could help.

        Two, for a date that can be read day first and month first is as sure as ink can make it.
        """
        two = np.partition(self.log_likelihood, -2)[-2:]
        return float(np.exp(np.logaddexp.reduce(two) - _log_sum(self.log_likelihood)))

    def top(self, count: int = 5) -> list[tuple[date, float]]:
        """The best-explained days with their log-likelihoods, best first."""
        best = np.argsort(-self.log_likelihood, kind="stable")[:count]
        return [(date.fromordinal(int(self.days[i])), float(self.log_likelihood[i])) for i in best]


def _log_sum(values: Floats) -> Floats:
    """Log of the sum of exponentials along the first axis; `np.logaddexp.reduce` gives the same, five times slower."""
    greatest = values.max(axis=0)
    return np.asarray(greatest + np.log(np.exp(values - greatest).sum(axis=0)), np.float64)


def default_span(today: date) -> tuple[date, date]:
    """The days that a date may show: from 1990 to the end of the tenth year after `today`."""
    return FIRST_DAY, date(today.year + YEARS_AHEAD, 12, 31)


def score_days(views: Sequence[CtcEmissions], span: tuple[date, date], channel: Channel = CHANNEL) -> DayScores:
    """How well each day of `span` (first and last) explains the ink seen in `views`.

    Views are several readings of the same ink; their log-likelihoods are averaged, for they are far from
    independent. Without views, or with views without steps, all days and `none` are 0, which says nothing.
    """
    days, _ = _calendar(*span)
    seen = [_orders(_Ink.of(view), span, channel) for view in views if len(view.logp)]
    orders: dict[Order, Floats] = {order: np.zeros(len(days)) for order in ("ymd", "dmy", "mdy")}
    none = 0.0
    for by_order, free in seen:
        for order, scores in by_order.items():
            orders[order] += scores / len(seen)
        none += free / len(seen)
    total = _log_sum(np.stack(list(orders.values()))) if seen else np.zeros(len(days))
    return DayScores(days, total, orders, none)


@dataclass(frozen=True, slots=True)
class _Ink:
    """What a view says, as a key: views are equal by their text alone, though their probabilities differ."""

    labels: str
    logp: bytes
    """Float64, shape (steps, 1 + len(labels))."""

    @classmethod
    def of(cls, view: CtcEmissions) -> _Ink:
        return cls(view.labels, view.logp.astype(np.float64).tobytes())


@lru_cache(maxsize=VIEWS_KEPT)
def _orders(ink: _Ink, span: tuple[date, date], channel: Channel) -> tuple[Mapping[Order, Floats], float]:
    """Log-likelihoods of each day by order, and of the free path, for one view. Callers must not write to them."""
    _, cells = _calendar(*span)
    logp = np.frombuffer(ink.logp).reshape(-1, 1 + len(ink.labels))

    def spelled(channel: Channel, roles: str) -> tuple[_Steps, dict[str, Floats]]:
        tries = trie(span[0].year, span[1].year, roles)
        steps = _steps(ink.labels, logp, tries.symbols, channel)
        return steps, _spell(tries, steps, channel)

    steps, spans = spelled(channel, ROLES)
    grids = _grids(spans, steps)
    if "7" in ink.labels and logp[:, 1 + ink.labels.index("7")].max() > np.log(SEVEN_SEEN):
        # A month's name has no figure: it is spelled as before.
        _, figures = spelled(replace(channel, one_as_seven=ONE_AS_SEVEN), FIGURE_ROLES)
        upstroke = _grids(spans | figures, steps)
        shares = np.log(1 - LONG_UPSTROKE), np.log(LONG_UPSTROKE)
        grids = {order: np.logaddexp(shares[0] + grid, shares[1] + upstroke[order]) for order, grid in grids.items()}
    free = float(np.log(steps.none).sum()) + steps.log_scale
    return {order: grid.ravel().take(cells) for order, grid in grids.items()}, free


@cache
def _calendar(first: date, last: date) -> tuple[Ints, Ints]:
    """The span's ordinals, and the cell of each in a grid of shape (years, 12, 31), laid out in one row."""
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    cells = [((d.year - first.year) * 12 + d.month - 1) * 31 + d.day - 1 for d in days]
    return np.array([d.toordinal() for d in days], np.intp), np.array(cells, np.intp)


def _grids(spans: Mapping[str, Floats], steps: _Steps) -> dict[Order, Floats]:
    """Log-likelihoods by order, shape (years, 12, 31) each, of parts that stand so (`_spell`)."""
    blanks = _blank_spans(steps.blank)
    separated = {frozenset(shares.items()): _separator_spans(shares, spans["s"], blanks) for shares in _SHARES}
    grids: dict[Order, Floats] = {}
    for layout in LAYOUTS:
        grid = layout.share * _lay_out(layout, spans, separated, steps)
        grids[layout.order] = grids[layout.order] + grid if layout.order in grids else grid
    return {order: np.log(grid + TINY) + steps.log_scale for order, grid in grids.items()}


@dataclass(frozen=True, slots=True)
class _Steps:
    """What the grammar needs of a view: arrays of shape (steps,), `symbols` of shape (steps, symbols).

    Each step is divided by its greatest probability, so that long products don't vanish.
    """

    blank: Floats
    """Probability of nothing, or of a space."""
    symbols: Floats
    """Probability that a symbol was meant, slips included."""
    around: Floats
    """Price of the step before or behind the date."""
    none: Floats
    """Price of the step in a text that is no date."""
    log_scale: float
    """Log of what all steps were divided by."""


def _steps(labels: str, logp: Floats, symbols: str, channel: Channel) -> _Steps:
    p = np.exp(logp)
    space = np.array([c.isspace() for c in labels], bool)
    p[:, 0] += p[:, 1:][:, space].sum(axis=1)
    p[:, 1:][:, space] = 0.0
    sure = p[:, 0] > SURE_BLANK
    p = p[~(sure & np.concatenate([[False], sure[:-1]]))]
    digit = np.array([c.isdigit() for c in labels], bool)
    letter = np.array([c.isalpha() for c in labels], bool)
    digits = p[:, 1:][:, digit].sum(axis=1)
    letters = p[:, 1:][:, letter].sum(axis=1)
    ink = np.maximum(p[:, 1:].sum(axis=1), 1e-5)
    best = p.argmax(axis=1)
    begins = np.concatenate([[True], (best[1:] != best[:-1]) | (best[1:] == 0)])
    around = p[:, 0] + np.where(begins, channel.around_digit, 1.0) * digits
    around += np.where(begins, channel.around_other, 1.0) * np.maximum(ink - digits, 0.0)
    none = p[:, 0] + np.where(begins, channel.none_letter, 1.0) * letters
    none += np.where(begins, channel.none_digit, 1.0) * np.maximum(ink - letters, 0.0)
    meant = p[:, 1:] @ _channel_matrix(labels, symbols, channel)
    for column, symbol in enumerate(symbols):
        if symbol.isdigit():
            meant[:, column] += channel.any_digit * ink
        elif symbol.isalpha():
            meant[:, column] += channel.any_letter * ink
        else:
            meant[:, column] += channel.any_separator * np.maximum(ink - digits, 0.0)
    scale = np.maximum(p.max(axis=1), 1e-5)
    return _densest(
        _Steps(p[:, 0] / scale, meant / scale[:, None], around / scale, none / scale, float(np.log(scale).sum())),
        digits,
    )


def _densest(steps: _Steps, digits: Floats) -> _Steps:
    """The MAX_STEPS steps with the most digits; what is cut off is paid for as standing around, date or not."""
    count = len(steps.blank)
    if count <= MAX_STEPS:
        return steps
    sums = np.convolve(digits, np.ones(MAX_STEPS), mode="valid")
    kept = slice(int(sums.argmax()), int(sums.argmax()) + MAX_STEPS)
    cut = np.ones(count, bool)
    cut[kept] = False
    scale = steps.log_scale + float(np.log(steps.around[cut]).sum())
    return _Steps(steps.blank[kept], steps.symbols[kept], steps.around[kept], steps.none[kept], scale)


def _channel_matrix(labels: str, symbols: str, channel: Channel) -> Floats:
    """Probability of reading a label where a symbol was meant, shape (labels, symbols)."""
    if not labels:
        return np.zeros((0, len(symbols)))
    prices = channel.lookalike, channel.digit_lookalike, channel.one_as_seven
    return np.stack([_channel_row(label, symbols, *prices) for label in labels])


@lru_cache(maxsize=LABELS_KEPT)
def _channel_row(label: str, symbols: str, lookalike: float, digit_lookalike: float, one_as_seven: float) -> Floats:
    folded = normalize_month(label)
    same = np.array([label == s or (s.isalpha() and folded == s) for s in symbols])
    alike = np.array([label in SAME_SHAPE.get(s, "") for s in symbols])
    price = np.array([digit_lookalike if s.isdigit() else lookalike for s in symbols])
    row = np.asarray(np.where(same, 1.0, np.where(alike, price, 0.0)), np.float64)
    if one_as_seven and label in "17":
        row[symbols.index("1")] = one_as_seven if label == "7" else 1 - one_as_seven
    return row


def _spell(tries: Trie, steps: _Steps, channel: Channel) -> dict[str, Floats]:
    """For each role the probabilities of its values between boundaries, shape (values, B, B).

    Entry (v, s, t): the steps from s to before t spell value v, with ink in the first and in the last of them.
    The CTC forward recursion (Graves et al. 2006) over all trie nodes and all starts at once; beyond it, a node
    may be entered from its grandparent (a dropped character) or again from its own blank (a doubled one).
    """
    count = len(steps.blank)
    dropped = _drop_prices(tries, channel)
    inner, ends = _Inner.of(tries), _Ends.of(tries)
    passed = np.where(inner.node > 0, dropped[inner.node], 0.0)
    last_dropped = ends.share * dropped[ends.node]
    # Nodes lie beside each other, starts below: what has begun is one stretch of memory.
    spans = np.zeros((count + 1, count + 1, len(ends.place)))
    inked = np.zeros((count, len(tries.symbol)))
    blanked = np.zeros_like(inked)
    for t in range(count):
        now = slice(0, t + 1)
        either = inked[now] + blanked[now]
        either[t, 0] = 1.0
        skipped = passed * either.take(inner.parent, axis=1)
        entered = (either.take(inner.node, axis=1) + skipped).take(inner.above, axis=1)
        entered[:, inner.repeated] = blanked[now].take(inner.doubled, axis=1) + skipped.take(inner.skipping, axis=1)
        entered += inked[now]
        entered += channel.doubled * blanked[now]
        entered *= steps.symbols[t].take(tries.symbol)
        either *= steps.blank[t]
        either[:, 0] = entered[:, 0] = 0.0
        inked[now], blanked[now] = entered, either
        ended = ends.share * entered.take(ends.node, axis=1)
        ended += last_dropped * entered.take(ends.parent, axis=1)
        ends.sum_by_value(ended, spans[t + 1, now])
    by_value = spans.transpose(2, 1, 0)[ends.place]
    return {role: by_value[values] for role, values in ends.values.items()}


@dataclass(frozen=True, slots=True)
class _Inner:
    """The nodes of a trie that others hang on."""

    node: Ints
    parent: Ints
    """Of each of them."""
    above: Ints
    """For each node of the trie which of them is its parent."""
    repeated: Ints
    """Nodes with their parent's character: a blank must stand between."""
    doubled: Ints
    """The parent of each of those."""
    skipping: Ints
    """Which of the inner nodes that is."""

    @staticmethod
    @cache
    def of(tries: Trie) -> _Inner:
        node, above = np.unique(tries.parent, return_inverse=True)
        repeated = np.flatnonzero(tries.repeats)
        return _Inner(node, tries.parent[node], above, repeated, tries.parent[repeated], above[repeated])


@dataclass(frozen=True, slots=True)
class _Ends:
    """The ends of all spellings of a trie in one row.

    In front those of values with more than FEW_ENDS, the names of months, each value's beside each other; then the
    first end of every other value, the second of those that have two, and so on: few long sums are quicker than many
    short ones.
    """

    node: Ints
    parent: Ints
    share: Floats
    begins: Ints
    """Where the ends of each value in front begin."""
    front: int
    """How many ends stand in front."""
    counts: tuple[int, ...]
    """How many of the other values have a first end, a second one, and so on."""
    place: Ints
    """Where each value, role by role, stands in the order of this row."""
    values: Mapping[str, slice]
    """Each role's stretch of values."""

    @staticmethod
    @cache
    def of(tries: Trie) -> _Ends:
        sizes = [int(values[-1]) + 1 for _, values, _ in tries.ends.values()]
        bounds = [0, *np.cumsum(sizes).tolist()]
        stretches = {role: slice(bounds[n], bounds[n + 1]) for n, role in enumerate(tries.ends)}
        node = np.concatenate([nodes for nodes, _, _ in tries.ends.values()])
        share = np.concatenate([shares for _, _, shares in tries.ends.values()])
        value = np.concatenate([values + bounds[n] for n, (_, values, _) in enumerate(tries.ends.values())])
        ends = np.bincount(value)
        begin = np.cumsum(ends) - ends
        order = np.argsort(-ends, kind="stable")
        front, others = order[ends[order] > FEW_ENDS], order[ends[order] <= FEW_ENDS]
        stretched = [np.arange(begin[v], begin[v] + ends[v]) for v in front]
        ranks = [begin[others[ends[others] > rank]] + rank for rank in range(int(ends[others].max(initial=0)))]
        row = np.concatenate([*stretched, *ranks])
        in_front = int(ends[front].sum())
        begins = np.cumsum(ends[front]) - ends[front]
        counts = tuple(len(rank) for rank in ranks)
        return _Ends(
            node[row], tries.parent[node[row]], share[row], begins, in_front, counts, np.argsort(order), stretches
        )

    def sum_by_value(self, ended: Floats, sums: Floats) -> None:
        """Into `sums` (starts, values) the sums of each value's `ended` (starts, ends), both in the row's order."""
        many, start = len(self.begins), self.front
        if many:
            np.add.reduceat(ended[:, :start], self.begins, axis=1, out=sums[:, :many])
        for rank, count in enumerate(self.counts):
            part = ended[:, start : start + count]
            if rank:
                sums[:, many : many + count] += part
            else:
                sums[:, many:] = part
            start += count


def _drop_prices(tries: Trie, channel: Channel) -> Floats:
    """For each node the price of leaving its character out; separators are not left out, they have a share of none."""
    prices = np.array(
        [
            channel.dropped_digit if c.isdigit() else channel.dropped_letter if c.isascii() and c.isalpha() else 0.0
            for c in tries.symbols
        ]
    )
    return np.where(tries.symbol >= 0, prices[tries.symbol], 0.0)


_SHARES: Final = tuple(
    {frozenset(shares.items()): shares for u in LAYOUTS for shares in (u.first, u.second, TAIL)}.values()
)
"""What may stand between and behind the parts: layouts share it."""


_AXIS: Final = {"y": 0, "Y": 0, "m": 1, "n": 1, "d": 2, "o": 2}
"""Where the values of each role lie in a grid of shape (years, 12, 31)."""


def _lay_out(
    layout: Layout, spans: Mapping[str, Floats], separated: Mapping[Separators, Floats], steps: _Steps
) -> Floats:
    """Likelihood of each day in one layout, shape (years, 12, 31)."""
    before, behind = _surroundings(steps)
    first, second, tail = (separated[frozenset(s.items())] for s in (layout.first, layout.second, TAIL))
    one, two, three = (spans[role] for role in layout.parts)
    values, boundaries = len(two), len(before)
    begun = (before @ one) @ first
    halved = (begun @ two.transpose(1, 0, 2).reshape(boundaries, -1)).reshape(len(one), values, boundaries)
    grid = halved @ (second @ (three @ (tail @ behind)).T)
    return np.moveaxis(grid, (0, 1, 2), [_AXIS[role] for role in layout.parts])


def _surroundings(steps: _Steps) -> tuple[Floats, Floats]:
    """For each boundary the price of all steps before it, and of all behind it."""
    before = np.concatenate([[1.0], np.cumprod(steps.around)])
    behind = np.concatenate([np.cumprod(steps.around[::-1])[::-1], [1.0]])
    return before, behind


def _blank_spans(blank: Floats) -> Floats:
    """Probability that all steps between two boundaries are blank, shape (B, B), 0 below the diagonal."""
    log = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(blank, 1e-30)))])
    return np.triu(np.exp(np.minimum(log[None, :] - log[:, None], 0.0)))


def _separator_spans(shares: Mapping[str, float], spans: Floats, blanks: Floats) -> Floats:
    """Probability that the steps between two boundaries hold a separator with blanks around it, shape (B, B)."""
    share = np.array([shares.get(separator, 0.0) for separator in SEPARATORS])
    return shares.get("", 0.0) * blanks + blanks @ np.tensordot(share, spans, 1) @ blanks
