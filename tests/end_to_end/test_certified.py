"""Returns that carry certificate signatures, read and checked whole."""

from __future__ import annotations

from datetime import date

import pytest

from benchmarks.file_anomalies import signed
from pipeline.datamodel.records import Article, Roster, Settings, Source, Verdict
from pipeline.extraction.observe import observe
from pipeline.run import judge_batch
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, make_return

HOLDER = "Erika Mustermann"
"""Whom the made-up certificate names."""


def judged(data: bytes, authors: tuple[str, ...]) -> Verdict:
    source = Source("a.pdf", "/in/a.pdf", "0" * 64, len(data))
    roster = Roster((Article("a", "Counting Sheep in Wide Meadows", authors),))
    return judge_batch([(source, observe(source, data))], roster, Settings(today=date(2027, 1, 1)))[0]


def form(name: str, signature: Writing | None = None) -> bytes:
    title, name_typed, day = (
        Writing(text, "type", font="arimo", dy=-1.0) for text in ("Counting Sheep in Wide Meadows", name, "5 May 2026")
    )
    return make_return(Case("a.pdf", title=title, name=name_typed, signature=signature, date=day))


@pytest.mark.parametrize(
    ("authors", "certify", "flags"),
    [
        ((HOLDER,), False, set()),
        ((HOLDER,), True, set()),  # certified by the author whom the form names
        (("Ann Author",), False, {"signer_not_an_author"}),
        (("Ann Author",), True, {"unsigned"}),  # by the publisher who handed out the form
    ],
)
def test_a_certificate_signs_for_its_holder_alone(authors: tuple[str, ...], certify: bool, flags: set[str]) -> None:
    verdict = judged(signed(form(authors[0]), certify=certify), authors)
    assert {flag.code for flag in verdict.flags} == flags
    assert verdict.status == ("review" if flags else "clear")


def test_a_strangers_certificate_does_not_make_a_typed_name_a_signature() -> None:
    typed = Writing("Ann Author", "type", font="arimo", dy=-1.0)
    verdict = judged(signed(form("Ann Author", typed)), ("Ann Author",))
    assert verdict.status == "review" and "signer_not_an_author" in {flag.code for flag in verdict.flags}
