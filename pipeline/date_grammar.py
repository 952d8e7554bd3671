"""Which day the ink shows: a grammar of written dates, walked with a recognizer's character probabilities.

A recognizer's best string loses what it almost read. Here every day of a wide span is scored instead, in
all the ways people write days. Three kinds of parts (years, months, days) are spelled by tries of
characters; one CTC forward pass over all tries gives, for each part and each pair of steps (s, t), the
probability that the ink between them spells it. Orders of parts with separators between them are then
products of these matrices, so that 17,000 days in six orders cost a few small matrix products.

The grammar is a noisy channel (Kernighan, Church and Gale 1990): what was meant may have been written or
recognized with a slip, at a price. A slash read as 1, a dropped or doubled digit, a misspelt month, a label's
tail in front or a place behind cost probability, and nothing else in the program knows of them.

Natural logs throughout. Steps are the recognizer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.dates import MONTH_KEYS, Order, fold, month_names
from pipeline.records import LineProbs, Volume

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

FIRST_DAY: Final = date(1990, 1, 1)
YEARS_AHEAD: Final = 10
"""The span of days that a date may show, unless the caller says otherwise."""

# The prices of slips and of what surrounds a date; probabilities. Chosen on real dates, one volume left out
# at a time (see the card in models/).


@dataclass(frozen=True, slots=True)
class Channel:
    """How probable each slip is, between what was meant and what the recognizer's steps show."""

    lookalike: float = 0.1
    """A character of another kind with the same shape: O for 0, l for 1."""
    digit_lookalike: float = 0.003
    """A digit for another of similar shape: 7 for 1."""
    any_digit: float = 1e-4
    """Any character where a digit was meant."""
    any_letter: float = 0.01
    """Any character where a letter was meant."""
    any_separator: float = 0.01
    """Any character but a digit or letter where a separator was meant."""
    dropped_digit: float = 1e-3
    dropped_letter: float = 0.03
    doubled: float = 0.01
    around_digit: float = 1e-3
    """A digit before or behind the date."""
    around_other: float = 0.03
    """Another character before or behind the date: a label's end, a place."""
    none: float = 0.01
    """A character of a text that is no date: what the free path pays for each."""


CHANNEL: Final = Channel()

_SAME_SHAPE: Final[Mapping[str, str]] = {
    **{"0": "OoDQUC〇○°", "1": "lI|i/!][丨J)(\\tj", "2": "ZzaL", "3": "}ʒ", "4": "YyuqALhH", "5": "SsJ$", "6": "bGC"},
    **{
        "7": "?T>/FfZ",
        "8": "BS&g",
        "9": "gqyapP",
        "/": "1lI|7()!][\\,Jfi丿",
        ".": ",·'’:;`-•。、",
        "-": "–—_~一.=",
        ",": ".';、，/",
    },
    **{
        "'": '’`´,‘"',
        "o": "0",
        "s": "5",
        "l": "1",
        "g": "9",
        "b": "6",
        "i": "1l",
        "a": "4",
        "e": "2c",
        "p": "g",
        "t": "1+",
    },
    **{"年": "车", "月": "A", "日": "8B口曰"},
}
"""Characters that look like the one meant."""
_DIGIT_SHAPE: Final[Mapping[str, str]] = {
    **{
        "0": "6986",
        "1": "7429",
        "2": "731",
        "3": "8529",
        "4": "9167",
        "5": "6389",
        "6": "0458",
        "7": "1249",
        "8": "3096",
        "9": "4701238",
    },
}

_LATIN: Final = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "pl",
    "cs",
    "sk",
    "hr",
    "fi",
    "hu",
    "tr",
    "ro",
    "id",
    "ca",
)
ENGLISH_SHARE: Final = 0.9


@dataclass(frozen=True, slots=True)
class _Separators:
    """Probabilities of what stands between two parts."""

    first: Mapping[str, float]
    second: Mapping[str, float]


_NUMERIC: Final = {"/": 0.5, ".": 0.2, "-": 0.12, " ": 0.04, "": 0.03, ",": 0.01, "./": 0.002, "'": 0.002}
_DOTTED: Final = {".": 0.45, "/": 0.27, "-": 0.17, " ": 0.04, "": 0.03, ",": 0.02, "年": 0.02}
_MONTH_FIRST: Final = {"/": 0.7, "-": 0.13, ".": 0.06, " ": 0.05, "": 0.01, ",": 0.02}
_WORDED: Final = {
    "": 0.5,
    ".": 0.2,
    ",": 0.12,
    "-": 0.04,
    "/": 0.03,
    ".,": 0.02,
    "of": 0.02,
    "de": 0.01,
    "dayof": 0.002,
    "the": 0.002,
}
_CJK: Final = {**_DOTTED, "月": 0.02}


@dataclass(frozen=True, slots=True)
class _Layout:
    """One order of the parts."""

    parts: str
    """Letters: y year, Y year in front (hardly ever short), m month's number, n month's name, d day."""
    order: Order
    share: float
    separators: _Separators


_LAYOUTS: Final = (
    _Layout("Ymd", "ymd", 0.30, _Separators(_DOTTED, _CJK)),
    _Layout("dmy", "dmy", 0.22, _Separators(_NUMERIC, _NUMERIC)),
    _Layout("mdy", "mdy", 0.14, _Separators(_MONTH_FIRST, _MONTH_FIRST)),
    _Layout("ndy", "mdy", 0.18, _Separators(_WORDED, _WORDED)),
    _Layout("dny", "dmy", 0.13, _Separators(_WORDED, _WORDED)),
    _Layout("Ynd", "ymd", 0.03, _Separators(_WORDED, _WORDED)),
)

_TAIL: Final = {"": 0.85, ".": 0.12, "日": 0.02, ",": 0.01}


@dataclass(frozen=True, slots=True)
class DayScores:
    """How well each day explains the ink."""

    days: Ints
    """Proleptic ordinals of the days, increasing."""
    log_likelihood: Floats
    """One a day, all ways of writing it summed."""
    by_order: Mapping[Order, Floats]
    """The same for year first, day first and month first alone."""
    none: float
    """Log-likelihood of the free path: ink that is no date."""

    def top(self, count: int = 5) -> list[tuple[date, float]]:
        """The best-explained days with their log-likelihoods, best first."""
        best = np.argsort(-self.log_likelihood)[:count]
        return [(date.fromordinal(int(self.days[i])), float(self.log_likelihood[i])) for i in best]


@dataclass(frozen=True, slots=True)
class _Trie:
    """All parts' and separators' spellings with shared beginnings. Node 0 is the root."""

    symbols: str
    symbol: Ints
    parent: Ints
    grandparent: Ints
    repeats: npt.NDArray[np.bool_]
    """Whether the node's character is its parent's: CTC then wants a blank between."""
    second: npt.NDArray[np.bool_]
    """Whether the node is the second character of its string."""
    terminals: Mapping[str, tuple[Ints, Ints, Floats]]
    """For each role the nodes that end a spelling, the value spelled (index within the role) and its probability."""


class _TrieBuilder:
    """Grows a trie spelling by spelling."""

    def __init__(self) -> None:
        self.children: dict[tuple[int, str], int] = {}
        self.letters: list[str] = [""]
        self.parents: list[int] = [0]
        self.ends: dict[str, list[tuple[int, int, float]]] = {}

    def add(self, role: str, value: int, spelling: str, probability: float) -> None:
        node = 0
        for c in spelling:
            child = self.children.get((node, c))
            if child is None:
                child = len(self.letters)
                self.children[node, c] = child
                self.letters.append(c)
                self.parents.append(node)
            node = child
        self.ends.setdefault(role, []).append((node, value, probability))

    def build(self) -> _Trie:
        symbols = "".join(sorted(set(self.letters) - {""}))
        parent = np.array(self.parents)
        symbol = np.array([symbols.index(c) if c else -1 for c in self.letters])
        terminals = {
            role: (
                np.array([n for n, _, _ in ends]),
                np.array([v for _, v, _ in ends]),
                np.array([p for _, _, p in ends]),
            )
            for role, ends in self.ends.items()
        }
        repeats = (symbol == symbol[parent]) & (parent > 0)
        return _Trie(symbols, symbol, parent, parent[parent], repeats, (parent > 0) & (parent[parent] == 0), terminals)


@cache
def _trie(first_year: int, last_year: int) -> _Trie:
    """The spellings of all parts; years from `first_year` to `last_year`."""
    builder = _TrieBuilder()
    for year in range(first_year, last_year + 1):
        builder.add("y", year - first_year, str(year), 0.9)
        builder.add("y", year - first_year, f"{year % 100:02}", 0.08)
        builder.add("y", year - first_year, f"'{year % 100:02}", 0.02)
        builder.add("Y", year - first_year, str(year), 0.998)
        builder.add("Y", year - first_year, f"{year % 100:02}", 0.002)
    for month in range(1, 13):
        builder.add("m", month - 1, str(month), 0.6 if month < 10 else 1.0)
        if month < 10:
            builder.add("m", month - 1, f"0{month}", 0.4)
    for month, names in enumerate(_written_month_names()):
        for name, probability in names.items():
            builder.add("n", month, name, probability)
    for day in range(1, 32):
        suffix = "th" if 10 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        builder.add("d", day - 1, str(day), 0.55 if day < 10 else 0.85)
        if day < 10:
            builder.add("d", day - 1, f"0{day}", 0.3)
        builder.add("d", day - 1, f"{day}{suffix}", 0.13)
        if suffix != "th":
            builder.add("d", day - 1, f"{day}th", 0.01)
    separators = {s for layout in _LAYOUTS for s in (*layout.separators.first, *layout.separators.second)} | set(_TAIL)
    for index, separator in enumerate(sorted(separators - {"", " "})):
        builder.add("s", index, separator, 1.0)
    return builder.build()


@cache
def _separator_index() -> dict[str, int]:
    separators = {s for layout in _LAYOUTS for s in (*layout.separators.first, *layout.separators.second)} | set(_TAIL)
    return {s: i for i, s in enumerate(sorted(separators - {"", " "}))}


def _written_month_names() -> list[dict[str, float]]:
    """For each month its names in Latin letters without accents, with probabilities that sum to 1."""
    written: list[dict[str, float]] = []
    for month in range(len(MONTH_KEYS)):
        shares: dict[str, float] = {}
        for language in _LATIN:
            share = ENGLISH_SHARE if language == "en" else (1 - ENGLISH_SHARE) / (len(_LATIN) - 1)
            forms = [n for n in month_names(language)[month] if n.isascii() and len(n) > 2]
            for form in forms:
                shares[form] = shares.get(form, 0.0) + share / len(forms)
        total = sum(shares.values())
        written.append({form: share / total for form, share in shares.items()})
    return written


@cache
def _calendar(first: date, last: date) -> tuple[Ints, tuple[Ints, Ints, Ints]]:
    """The span's ordinals, and for each its index by year, month and day in a grid of shape (years, 12, 31)."""
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    parts = np.array([(d.year - first.year, d.month - 1, d.day - 1) for d in days], np.intp)
    return np.array([d.toordinal() for d in days], np.intp), (parts[:, 0], parts[:, 1], parts[:, 2])


def default_span(today: date) -> tuple[date, date]:
    """The days that a date may show: from 1990 to ten years after `today`."""
    return FIRST_DAY, date(today.year + YEARS_AHEAD, 12, 31)


def score_days(looks: Sequence[LineProbs], span: tuple[date, date], channel: Channel = CHANNEL) -> DayScores:
    """How well each day of `span` (first and last) explains the ink seen in `looks`.

    Looks are several readings of the same ink; their log-likelihoods are averaged, for they are far from
    independent. No looks, or looks without steps: all days and `none` at zero, which says nothing.
    """
    days, index = _calendar(*span)
    looks = [look for look in looks if len(look.logp)]
    orders: dict[Order, Floats] = {o: np.zeros(len(days)) for o in ("ymd", "dmy", "mdy")}
    none = 0.0
    for look in looks:
        scored, none_of_look = _score_look(look, span[0].year, span[1].year, channel)
        for order, grid in scored.items():
            orders[order] += grid[index] / len(looks)
        none += none_of_look / len(looks)
    if not looks:
        return DayScores(days, np.zeros(len(days)), orders, 0.0)
    total = np.logaddexp.reduce(list(orders.values()))
    return DayScores(days, total, orders, none)


def _score_look(
    look: LineProbs, first_year: int, last_year: int, channel: Channel
) -> tuple[dict[Order, Floats], float]:
    """Log-likelihoods by order, shape (years, 12, 31) each, and that of no date."""
    trie = _trie(first_year, last_year)
    steps = _steps(look, trie.symbols, channel)
    spelled = _walk(trie, steps, channel)
    grids: dict[Order, Floats] = {}
    for layout in _LAYOUTS:
        grid = layout.share * _lay_out(layout, spelled, steps)
        grids[layout.order] = grids.get(layout.order, 0.0) + grid
    tiny = np.finfo(np.float64).tiny
    none = float(np.log(steps.none).sum()) + steps.log_scale
    return {order: np.log(grid + tiny) + steps.log_scale for order, grid in grids.items()}, none


@dataclass(frozen=True, slots=True)
class _Steps:
    """What the grammar needs of a look: shape (steps,) each but `symbols` (steps, symbols of the trie)."""

    blank: Floats
    """Probability of nothing or a space."""
    symbols: Floats
    """Probability that a symbol was meant, slips included."""
    around: Floats
    """Price of a step before or behind the date."""
    none: Floats
    """Price of a step of a text that is no date."""
    log_scale: float
    """Added to logs: every step above is divided by its greatest probability, so that products don't vanish."""


SURE_BLANK: Final = 0.9995


def _steps(look: LineProbs, symbols: str, channel: Channel) -> _Steps:
    p = np.exp(look.logp.astype(np.float64))
    labels = look.labels
    spaces = [i + 1 for i, c in enumerate(labels) if c.isspace()]
    blank = p[:, 0] + p[:, spaces].sum(axis=1)
    sure = blank > SURE_BLANK
    keep = ~(sure & np.concatenate([[False], sure[:-1]]))
    p, blank = p[keep], blank[keep]
    ink = np.maximum(p[:, 1:].sum(axis=1) - p[:, spaces].sum(axis=1), 1e-5)
    digit = np.array([c.isdigit() for c in labels], bool)
    digits = p[:, 1:][:, digit].sum(axis=1)
    others = np.maximum(ink - digits, 0.0)
    best = p.argmax(axis=1)
    goes_on = np.concatenate([[False], (best[1:] == best[:-1]) & (best[1:] > 0)])
    around = (
        blank
        + np.where(goes_on, 1.0, channel.around_digit) * digits
        + np.where(goes_on, 1.0, channel.around_other) * others
    )
    none = blank + np.where(goes_on, 1.0, channel.none) * ink
    meant = p[:, 1:] @ _channel_matrix(labels, symbols, channel)
    is_digit = np.array([c.isdigit() for c in symbols])
    is_letter = np.array([c.isalpha() for c in symbols])
    anything = np.where(is_digit, channel.any_digit, np.where(is_letter, channel.any_letter, 0.0))
    meant += ink[:, None] * anything + others[:, None] * np.where(is_digit | is_letter, 0.0, channel.any_separator)
    scale = np.maximum(p.max(axis=1), 1e-5)
    return _Steps(blank / scale, meant / scale[:, None], around / scale, none / scale, float(np.log(scale).sum()))


@cache
def _channel_row(label: str, symbols: str, channel: Channel) -> Floats:
    """For one character of the recognizer, the probability of reading it where each symbol was meant."""
    row = np.zeros(len(symbols))
    folded = fold(label)
    for i, symbol in enumerate(symbols):
        if label == symbol or (symbol.isalpha() and folded == symbol):
            row[i] = 1.0
        elif label in _SAME_SHAPE.get(symbol, ""):
            row[i] = channel.lookalike
        elif label in _DIGIT_SHAPE.get(symbol, ""):
            row[i] = channel.digit_lookalike
    return row


def _channel_matrix(labels: str, symbols: str, channel: Channel) -> Floats:
    """Shape (labels, symbols)."""
    if not labels:
        return np.zeros((0, len(symbols)))
    return np.stack([_channel_row(c, symbols, channel) for c in labels])


def _walk(trie: _Trie, steps: _Steps, channel: Channel) -> dict[str, Floats]:
    """For each role the spans' probabilities, shape (values, B, B) for the B = steps + 1 boundaries between steps.

    Entry (v, s, t): the steps from s to before t spell value v, the first and the last of them with ink. The
    CTC forward recursion (Graves et al. 2006) over all trie nodes and all starts at once; on top of it a node
    may be entered from its grandparent (a dropped character) or again from its own blank (a doubled one).
    """
    count = len(steps.blank)
    nodes = len(trie.symbol)
    dropped = _drop_costs(trie, channel)
    skips = np.where(trie.parent > 0, dropped[trie.parent], 0.0)[:, None]
    repeated = np.flatnonzero(trie.repeats)
    inked = np.zeros((nodes, count))
    blanked = np.zeros((nodes, count))
    ends = {role: np.zeros((len(e[0]), count + 1, count + 1)) for role, e in trie.terminals.items()}
    for t in range(count):
        now = slice(0, t + 1)
        either = inked[:, now] + blanked[:, now]
        either[0, t] = 1.0
        entered = either[trie.parent]
        entered[repeated] = blanked[trie.parent[repeated], now]
        entered += skips * either[trie.grandparent]
        entered += inked[:, now]
        entered += channel.doubled * blanked[:, now]
        entered *= steps.symbols[t][trie.symbol][:, None]
        either *= steps.blank[t]
        either[0] = 0.0
        entered[0] = 0.0
        inked[:, now] = entered
        blanked[:, now] = either
        for role, (node, _, _) in trie.terminals.items():
            parent = trie.parent[node]
            ends[role][:, : t + 1, t + 1] = entered[node] + (dropped[node] * (parent > 0))[:, None] * entered[parent]
    spelled: dict[str, Floats] = {}
    for role, (_, value, probability) in trie.terminals.items():
        share = np.zeros((int(value.max()) + 1, len(value)))
        share[value, np.arange(len(value))] = probability
        spelled[role] = (share @ ends[role].reshape(len(value), -1)).reshape(-1, count + 1, count + 1)
    return spelled


def _drop_costs(trie: _Trie, channel: Channel) -> Floats:
    """For each node the price of leaving its character out."""
    by_symbol = [
        channel.dropped_digit if c.isdigit() else channel.dropped_letter if c.isascii() and c.isalpha() else 0.0
        for c in trie.symbols
    ]
    return np.where(trie.symbol >= 0, np.array(by_symbol)[trie.symbol], 0.0)


def _lay_out(layout: _Layout, spelled: Mapping[str, Floats], steps: _Steps) -> Floats:
    """Likelihood of each day in one order of the parts, shape (years, 12, 31)."""
    blanks = _blank_spans(steps.blank)
    before = np.concatenate([[1.0], np.cumprod(steps.around)])
    behind = np.concatenate([np.cumprod(steps.around[::-1])[::-1], [1.0]])
    tail = _separator_spans(_TAIL, spelled["s"], blanks) @ behind
    one, two, three = (spelled[role] for role in layout.parts)
    first = before @ one
    first = first @ _separator_spans(layout.separators.first, spelled["s"], blanks)
    second = np.einsum("as,bst->abt", first, two, optimize=True)
    second = second @ _separator_spans(layout.separators.second, spelled["s"], blanks)
    grid = second @ (three @ tail).T
    axes = ["ymd".index("m" if part == "n" else part.lower()) for part in layout.parts]
    return np.moveaxis(grid, (0, 1, 2), axes)


def _blank_spans(blank: Floats) -> Floats:
    """Probability that all steps from boundary s to t are blank; shape (B, B), 0 where t < s."""
    log = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(blank, 1e-30)))])
    return np.triu(np.exp(np.minimum(log[None, :] - log[:, None], 0.0)))


def _separator_spans(weights: Mapping[str, float], spelled: Floats, blanks: Floats) -> Floats:
    """Probability that the steps between boundaries hold a separator with blanks around it, shape (B, B)."""
    index = _separator_index()
    share = np.zeros(len(spelled))
    bare = 0.0
    for separator, weight in weights.items():
        if separator.strip():
            share[index[separator]] += weight
        else:
            bare += weight
    return bare * blanks + blanks @ np.tensordot(share, spelled, 1) @ blanks


PRIOR_FLOOR: Final = 1e-3
"""The least weight of a day beside the likeliest: what a prior can say at most, and so what clear ink overrules."""
BEFORE_START_DAYS: Final = 150
"""Agreements are mostly signed from this long before the conference..."""
FADE_DAYS: Final = 60
"""...and ever more seldom outside, by a factor e in so many days."""
KERNEL_DAYS: Final = 4
"""Returns of one batch were signed within some days of each other: scale of the two-sided exponential kernel."""
VOLUME_COUNT: Final = 1.0
"""How many returns the volume's dates count for beside the batch's own."""
EVIDENCE_SCALE: Final = 0.6
"""Log-likelihoods are multiplied by this: neighbouring steps repeat each other's evidence."""
NONE_SHARE: Final = 0.05
"""Prior probability that the ink is no date."""


def volume_prior(days: Ints, volume: Volume) -> Floats:
    """Weight of each day (ordinals) by the volume's dates alone, 1 for the likeliest, never under PRIOR_FLOOR.

    Without a start or a day of publication all days weigh the same.
    """
    start = volume.start or volume.published
    if start is None:
        return np.ones(len(days))
    first = start.toordinal() - BEFORE_START_DAYS
    last = max(d.toordinal() for d in (start, volume.end, volume.published) if d is not None)
    outside = np.maximum(np.maximum(first - days, days - last), 0)
    return np.asarray(np.maximum(np.exp(-outside / FADE_DAYS), PRIOR_FLOOR))


def batch_prior(days: Ints, others: Iterable[Mapping[int, float]], volume: Floats) -> Floats:
    """Weight of each day by what the other returns of the batch show, 1 for the likeliest, never under PRIOR_FLOOR.

    `others` holds for each other return the probabilities of its likeliest days, keyed by ordinal; `volume` is
    volume_prior's weight, which counts for VOLUME_COUNT returns.
    """
    shown = np.zeros(len(days))
    for posterior in others:
        for day, probability in posterior.items():
            if days[0] <= day <= days[-1]:
                shown[day - int(days[0])] += probability
    reach = np.arange(-8 * KERNEL_DAYS, 8 * KERNEL_DAYS + 1)
    weight = np.convolve(shown, np.exp(-np.abs(reach) / KERNEL_DAYS), mode="same") + VOLUME_COUNT * volume
    return np.asarray(np.maximum(weight / weight.max(), PRIOR_FLOOR), np.float64)


@dataclass(frozen=True, slots=True)
class DayPosterior:
    """Probabilities of the days and of no date; together they sum to 1."""

    days: Ints
    probability: Floats
    none: float

    def top(self, count: int = 5) -> list[tuple[date, float]]:
        """The likeliest days with their probabilities, best first."""
        best = np.argsort(-self.probability)[:count]
        return [(date.fromordinal(int(self.days[i])), float(self.probability[i])) for i in best]

    def likely(self, least: float = 1e-3) -> dict[int, float]:
        """Days of at least that probability, keyed by ordinal, as batch_prior takes them."""
        return {int(self.days[i]): float(self.probability[i]) for i in np.flatnonzero(self.probability >= least)}


def posterior(scores: DayScores, prior: Floats, none_share: float = NONE_SHARE) -> DayPosterior:
    """Probability of each day, and of no date, from the ink and a prior weight for each day."""
    log = EVIDENCE_SCALE * scores.log_likelihood + np.log((1 - none_share) * prior / prior.sum())
    none = EVIDENCE_SCALE * scores.none + np.log(none_share)
    most = max(float(log.max()), none)
    weight = np.exp(log - most)
    total = float(weight.sum() + np.exp(none - most))
    return DayPosterior(scores.days, weight / total, float(np.exp(none - most)) / total)
