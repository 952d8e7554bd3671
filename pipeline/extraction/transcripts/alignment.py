"""The form's letters laid on a return's: where each of its words stands, whatever the engine misread or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from pipeline.extraction.transcripts.flat_text import FlatText
from pipeline.extraction.transcripts.form_text import FormText, Span

LEAST_RUN = 4
"""Letters that must agree in a row to count: shorter runs agree by chance."""
TELLING_RUN = 12
"""Letters in a row that only the form's own words have."""
SHINGLE = 12
SHINGLE_STEP = 5
LEAST_SHINGLES = 0.3
"""An agreement begins where this share of the stretches of its first words stand, at the right distance from each
other: at one slip in thirty letters six of ten stand; a heading that comes again in the first sentence has two."""
ONE_OPENING = 200
"""Letters within which what several forms say is one beginning: a heading and a sentence."""
REPEATED = 85.0
"""rapidfuzz ratio from which the form's words stand once more, behind a fill-in that begins like them."""
DRIFT = 24
"""Letters by which what is said of one beginning may differ."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that agree: `start` to before `end` of the form, and the return's from `place` on."""

    start: int
    end: int
    place: int

    def within(self, first: int, last: int) -> Run | None:
        """The part of it that stands among the return's letters from `first` to before `last`."""
        skipped = max(0, first - self.place)
        start, end = self.start + skipped, min(self.end, self.start + last - self.place)
        return Run(start, end, self.place + skipped) if end > start else None


@dataclass(frozen=True)
class Alignment:
    """Where the form's letters stand among the return's."""

    form: str
    letters: str

    runs: tuple[Run, ...]
    """In order; runs that agree by chance are left out."""
    telling: npt.NDArray[np.bool_]
    """For each letter of the form whether it stands in a run that only the form's words have."""
    same: bool
    """Whether every letter of the form's clauses is there, and none besides."""

    def share(self, span: Span) -> float:
        """Share of the form's letters from `span` that the return surely has."""
        return float(self.telling[span[0] : span[1]].mean()) if span[1] > span[0] else 0.0

    def gap(self, place: int, before: int, after: int) -> Span | None:
        """The return's letters between the form's letters before `place` and those from it on.

        Each side is found by its longest run within so many letters: a fill-in may begin or end like the form's words
        beside it (`The...` before `the article`), and takes some of their letters then. None: the side before is lost.
        """
        left = self._longest(place - before, place)
        if left is None:
            return None
        start = left.place + (place - left.start)
        right = self._longest(place, place + after)
        if right is None:
            return start, -1
        end = right.place - (right.start - place)
        return start, end if end > start else self._repeated(start, place)

    def _repeated(self, start: int, place: int) -> int:
        """Where a fill-in ends that begins with the very words behind it on the form, and so was taken for them."""
        run = next((run for run in self.runs if run.start <= place < run.end), None)
        following = next((other for other in self.runs if run and other.start >= run.end), None)
        if run is None or following is None or following.start - place > run.end - place + LEAST_RUN:
            return start
        end = following.place - (following.start - place)
        again = self.letters[max(end, start) : following.place]
        stands_twice = end >= start + run.end - place > start
        return end if stands_twice and fuzz.ratio(again, self.form[place : following.start]) >= REPEATED else start

    def _longest(self, start: int, end: int) -> Run | None:
        """The longest run between two letters of the form, cut off there."""
        cut = [
            Run(first, last, run.place + first - run.start)
            for run in self.runs
            if (last := min(run.end, end)) - (first := max(run.start, start)) >= LEAST_RUN
        ]
        return max(cut, key=lambda run: run.end - run.start, default=None)

    def end_of_runs(self, place: int) -> int:
        """Where, among the return's letters, the last run ends of those that begin before the form's letter `place`."""
        ends = (run.place + min(run.end, place) - run.start for run in self.runs if run.start < place)
        return max(ends, default=0)

    def start_of_runs(self, place: int) -> int | None:
        """Where the first run begins of those that end behind the form's letter `place`; None: there is none."""
        return next((run.place + max(place - run.start, 0) for run in self.runs if run.end > place), None)


def align(form: FormText, text: FlatText) -> Alignment:
    """The longest common sequence of both, of which runs that agree by chance are left out."""
    runs: list[Run] = []
    telling = np.zeros(len(form.letters), np.bool_)
    same = np.ones(len(form.letters), np.bool_)
    for code in LCSseq.opcodes(form.letters, text.letters):
        length = code.src_end - code.src_start
        if code.tag == "equal":
            if length >= LEAST_RUN:
                runs.append(Run(code.src_start, code.src_end, code.dest_start))
            telling[code.src_start : code.src_end] = length >= TELLING_RUN
        else:
            same[code.src_start : max(code.src_end, code.src_start + 1)] = False
    # What is added before a clause's first letter, in a field or between pages, changes no clause.
    whole = all(bool(same[start + 1 : end].all()) for start, end in form.clauses)
    return Alignment(form.letters, text.letters, tuple(runs), telling, whole)


def beginnings(forms: Sequence[FormText], letters: str) -> list[int]:
    """Where agreements on these forms begin among a return's letters: at their first words, before any field.

    Forms that open alike, but for a heading, each say where; the one with most of its words there is believed.
    """
    said = sorted(start for form in forms for start in _beginnings(form, letters))
    groups: list[list[tuple[int, float]]] = []
    for one in said:
        if groups and one[0] - groups[-1][-1][0] <= ONE_OPENING:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [max(group, key=lambda one: (one[1], one[0]))[0] for group in groups]


@lru_cache(maxsize=256)
def _shingles(opening: str) -> Mapping[str, int]:
    """Stretches of a form's first letters, and where each stands."""
    return {opening[at : at + SHINGLE]: at for at in range(0, len(opening) - SHINGLE + 1, SHINGLE_STEP)}


def _beginnings(form: FormText, letters: str) -> list[tuple[int, float]]:
    """(where, share of the form's first words that stand there)."""
    first = min((label.end for label in form.labels), default=len(form.letters))
    shingles = _shingles(form.letters[: min(first, 400)])
    said: list[int] = []
    for shingle, offset in shingles.items():
        at = letters.find(shingle)
        while at >= 0:
            said.append(at - offset)
            at = letters.find(shingle, at + 1)
    found: list[list[int]] = []
    for start in sorted(said):
        if found and start - found[-1][-1] <= DRIFT:
            found[-1].append(start)
        else:
            found.append([start])
    least = max(2, LEAST_SHINGLES * len(shingles))
    return [(max(0, group[0]), len(group) / len(shingles)) for group in found if len(group) >= least]
