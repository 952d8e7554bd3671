"""One return's page or signature under another's article, and one return sent twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rapidfuzz import fuzz

from benchmarks.judged import (
    SHARES,
    Change,
    Finding,
    Random,
    Return,
    by_volume,
    judge_all,
    judge_changes,
    read_again_and_judge,
)
from benchmarks.page_anomalies import in_one_file, signature_page_again
from pipeline.datamodel.records import Observation, Problem
from pipeline.documents.opening import open_document
from pipeline.names.similarity import FITS, similarity


def with_block_of(one: Observation, other: Observation) -> Observation:
    """The return with another's signature page in place of its own."""
    return replace(
        one,
        signature=other.signature,
        date=other.date,
        date_evidence=other.date_evidence,
        block_name=other.block_name,
        page_fingerprint=other.page_fingerprint,
        certificates=(),
    )


LEGIBLE = 70.0
"""rapidfuzz ratio of a signature, or the name beside it, with its signer's name, or with what a person read there if
that denotes him: a scrawl, or `B Bu` for `Bea Burr`, shows nobody that a stranger made it."""


def _is_legible(one: Return) -> bool:
    lines = (*one.seen.signature.lines, *one.seen.block_name.lines)
    read = one.truth.signature_text
    wanted = (*one.truth.signer, *(read for signer in one.truth.signer if similarity(read, signer) >= FITS))
    return any(fuzz.ratio(a.text.lower(), b.lower()) >= LEGIBLE for a in lines for b in wanted if b)


def block_exchanged(returns: Sequence[Return], rng: Random, as_co_author: bool) -> Iterator[Finding]:
    """Another author's legible signature under a return; `as_co_author`: the roster has that one as co-author."""
    kind, flag = ("co_author_signs", "signer_differs") if as_co_author else ("stranger_signs", "signer_not_an_author")
    for some, roster in by_volume(returns):
        legible = [r for r in some if r.truth.signer and roster.article(r.truth.article or "") and _is_legible(r)]
        for share in range(SHARES):
            changes = []
            for place in range(share, len(some), SHARES):
                one, article = some[place], roster.article(some[place].truth.article or "")
                others = [r for r in legible if article and not set(r.truth.signer) & set(article.authors)]
                if not article or not others or not one.truth.authors:
                    continue
                other = others[int(rng.integers(len(others)))]
                entry = replace(article, authors=(*article.authors, *other.truth.signer)) if as_co_author else article
                seen = replace(with_block_of(one.seen, other.seen), page_fingerprint=b"")
                changes.append(Change(place, seen, entry, frozenset({flag})))
            yield from judge_changes(kind, some, roster, changes)


def page_used_twice(returns: Sequence[Return], rng: Random) -> Iterator[Finding]:
    """One return's signature page under another article's first page, both in the batch."""
    for some, roster in by_volume(returns):
        for share in range(SHARES):
            changes = []
            for place in range(share, len(some), SHARES):
                other = some[place + 1 if place + 1 < len(some) else place - 1]
                if other.truth.article != some[place].truth.article and other.seen.page_fingerprint:
                    seen = with_block_of(some[place].seen, other.seen)
                    article = roster.article(some[place].truth.article or "")
                    changes.append(Change(place, seen, article, frozenset({"same_scan"})))
            yield from judge_changes("page_used_twice", some, roster, changes)


def page_scanned_and_used_twice(returns: Sequence[Return], count: int, rng: Random) -> Iterator[Finding]:
    """As `page_used_twice`, but the sheet went through another scanner."""

    def make(one: Return, others: Sequence[Return]) -> tuple[Observation, frozenset[str]] | None:
        other = others[int(rng.integers(len(others)))]
        if other.truth.article == one.truth.article or not other.seen.page_fingerprint:
            return None
        again = signature_page_again(Path(other.source.path).read_bytes(), other.seen, other.truth, rng)
        return (with_block_of(one.seen, again), frozenset({"same_scan"})) if again else None

    yield from read_again_and_judge(returns, "scanned_and_used_twice", count, rng, make)


def two_in_one_file(returns: Sequence[Return], count: int, rng: Random) -> Iterator[Finding]:
    """Pairs of returns of one volume as one file: each page goes to its own agreement."""
    for some, _ in by_volume(returns):
        whole = [r for r in some if [fit.form_page for fit in r.seen.fits] == [1, 2]]
        order = rng.permutation(len(whole))
        for a, b in list(zip(order[::2], order[1::2], strict=False))[: count * len(some) // (2 * len(returns)) + 1]:
            documents = [open_document(Path(whole[i].source.path).read_bytes()) for i in (int(a), int(b))]
            first, second = (document for document in documents if not isinstance(document, Problem))
            seen = in_one_file(first, second)
            parted = [fit.agreement for fit in seen.fits] == [1, 1, 2, 2]
            found = ("parted",) if parted else ()
            yield Finding("two_in_one_file", whole[int(a)].truth.file, frozenset({"parted"}), found, "review")


def sent_twice(returns: Sequence[Return]) -> Iterator[Finding]:
    """Every return twice: one of the two is set aside, the other one kept."""
    for some, roster in by_volume(returns):
        articles = Counter(r.truth.article for r in some)
        copies = [replace(r, source=replace(r.source, name=f"again/{r.source.name}")) for r in some]
        verdicts = judge_all([*some, *copies], roster)
        for one, first, second in zip(some, verdicts[: len(some)], verdicts[len(some) :], strict=True):
            flags = [{f.code for f in v.flags} for v in (first, second)]
            if articles[one.truth.article] > 1 or not roster.article(one.truth.article or ""):
                continue
            right = sum("duplicate_return" in f for f in flags) == 1 == sum("duplicate_kept" in f for f in flags)
            found = tuple(sorted(flags[0] | flags[1]))
            expected = frozenset({"duplicate_return"})
            worse = first if "duplicate_return" in flags[0] else second
            yield Finding("sent_twice", one.truth.file, expected, found if right else (), worse.status)
