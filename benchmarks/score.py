"""How right a results table is: `python -m benchmarks.score RESULTS.csv FOLDER [--misses N]`.

A return that is missing from the table counts as wrong everywhere. A **false clear** is a return with status `clear`
although its article, author, date or the presence of its signature is wrong, or a blocking flag that it should have
was not raised.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks.truth import ANY, Truth, load_truth
from pipeline.checks.flags import FAULTS
from pipeline.exports.table_files import from_text

Row = Mapping[str, str]
NOTES_SCORED = frozenset({"date_ambiguous"})
NOT_JUDGED = frozenset({"unsure"})
"""No person's transcript says what a program is unsure of."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How many of those that are counted are right."""

    right: int
    of: int
    misses: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of right ones, 0..1; 0 where none is counted."""
        return self.right / self.of if self.of else 0.0


@dataclass(frozen=True)
class Score:
    """All measures of one table."""

    measures: Mapping[str, Measure]
    clear: int
    returns: int
    false_clear: tuple[str, ...]
    flags: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """Code -> raised and right, raised and wrong, missed."""


def score(rows: Sequence[Row], truths: Sequence[Truth]) -> Score:
    """The measures of a table, given as rows of text."""
    by_file = {row["file"].removesuffix("#1"): row for row in rows}
    found = {truth.file: by_file.get(truth.file.removesuffix("#1"), {}) for truth in truths}
    measures = {name: _measure(counts, right, truths, found) for name, counts, right in MEASURES}
    flags = {}
    for code in sorted((FAULTS | NOTES_SCORED) - NOT_JUDGED):
        raised = {t.file for t in truths if code in _flags(found[t.file])}
        owed = {t.file for t in truths if code in t.flags}
        settled = {t.file for t in truths if "flags" not in t.open}
        if (raised | owed) & settled:
            counts = (raised & owed, raised - owed, owed - raised)
            flags[code] = tuple(len(files & settled) for files in counts)
    clear = [t for t in truths if found[t.file].get("status") == "clear"]
    false = tuple(t.file for t in clear if _is_false_clear(found[t.file], t))
    return Score(measures, len(clear), len(truths), false, flags)  # type: ignore[arg-type]


def _measure(
    counts: Callable[[Truth], bool],
    right: Callable[[Row, Truth], bool],
    truths: Sequence[Truth],
    found: Mapping[str, Row],
) -> Measure:
    counted = [t for t in truths if counts(t)]
    misses = tuple(t.file for t in counted if not (found[t.file] and right(found[t.file], t)))
    return Measure(len(counted) - len(misses), len(counted), misses)


def article_right(row: Row, truth: Truth) -> bool:
    """The article is the one meant, or none where none is."""
    return "article" in truth.open or row.get("article", "") == (truth.article or "")


def date_right(row: Row, truth: Truth) -> bool:
    """The day is one that the writing can mean."""
    day = row.get("date", "")[:10]
    return "date" in truth.open or (day in truth.days if truth.days else not day)


def signature_right(row: Row, truth: Truth) -> bool:
    """A signature is said to be there exactly where one is."""
    signed = row.get("signature", "") not in ("", "none")
    return "signature" in truth.open or signed == (truth.signature != "none")


def author_right(row: Row, truth: Truth) -> bool:
    """The named authors are the ones meant."""
    return "author" in truth.open or not truth.authors or _some_and_no_others(row.get("author", ""), truth.authors)


def _some_and_no_others(cell: str, people: Sequence[str]) -> bool:
    named, right = {_folded(p) for p in cell.split(";") if p.strip()}, {_folded(p) for p in people}
    return bool(named) and named <= right


def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", name).casefold() if c.isalnum())


def _flags(row: Row) -> set[str]:
    return {code.strip() for code in row.get("flags", "").split(";") if code.strip()}


def _is_false_clear(row: Row, truth: Truth) -> bool:
    counted = truth.article is not None or "title_not_in_roster" in truth.flags
    right = (
        (article_right(row, truth) or not counted)
        and date_right(row, truth)
        and signature_right(row, truth)
        and author_right(row, truth)
    )
    missed = (truth.flags & FAULTS) - _flags(row) - NOT_JUDGED if "flags" not in truth.open else set()
    return not right or bool(missed)


MEASURES: Sequence[tuple[str, Callable[[Truth], bool], Callable[[Row, Truth], bool]]] = (
    ("article", lambda t: t.article is not None or "title_not_in_roster" in t.flags, article_right),
    ("date", lambda t: True, date_right),
    ("date, typed", lambda t: t.date_kind == "typed", date_right),
    ("date, handwritten", lambda t: t.date_kind == "handwritten", date_right),
    ("date, two ways", lambda t: t.two_way, date_right),
    ("signature there", lambda t: True, signature_right),
    ("signature kind", lambda t: t.signature not in ("none", ANY), lambda r, t: r.get("signature") == t.signature),
    ("author", lambda t: bool(t.authors), author_right),
    ("signer", lambda t: bool(t.signer), lambda r, t: _some_and_no_others(r.get("signer", ""), t.signer)),
)  # fmt: skip


def load_rows(path: Path) -> list[Row]:
    """A results table as text; files named as they were read."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return [{str(k): from_text(v) for k, v in row.items()} for row in table.to_dict("records")]


def lines(name: str, result: Score) -> list[str]:
    """The score as text, a measure a line."""
    shown = [f"{name}: {result.returns} returns"]
    shown += [f"  {k:<20}{m.right:>6} of {m.of:<6}{m.share:>8.1%}" for k, m in result.measures.items() if m.of]
    shown.append(
        f"  {'cleared':<20}{result.clear:>6} of {result.returns:<6}{result.clear / max(1, result.returns):>8.1%}"
    )
    wrong = len(result.false_clear)
    shown.append(f"  {'false clear':<20}{wrong:>6} of {result.clear:<6}{wrong / max(1, result.clear):>8.1%}")
    return shown


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", type=int, default=0, help="print this many misses of each measure")
    options = parser.parse_args()
    result = score(load_rows(options.results), load_truth(options.folder))
    print("\n".join(lines(options.results.name, result)))
    print(f"  {'flag':<24}{'right':>6}{'wrong':>6}{'missed':>7}")
    for code, counts in result.flags.items():
        print(f"  {code:<24}{counts[0]:>6}{counts[1]:>6}{counts[2]:>7}")
    for name, measure in result.measures.items():
        for file in measure.misses[: options.misses]:
            print(f"  {name} wrong: {file}")
    for file in result.false_clear[: options.misses]:
        print(f"  false clear: {file}")
    print(Counter(row["status"] for row in load_rows(options.results)))


if __name__ == "__main__":
    main()
