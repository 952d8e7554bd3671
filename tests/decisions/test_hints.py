"""What speaks for an article without proving it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.datamodel.records import Source
from pipeline.decisions.hints import hints, may_be_for, people_of
from tests.material.review_batch import roster

ONE, TWO = roster(2).articles


def source(name: str = "scan.pdf", sender: str = "") -> Source:
    return Source(name, f"/x/{name}", "a" * 64, 1, sender=sender)


def test_the_senders_address_and_name_point_to_the_article() -> None:
    known = [replace(ONE, emails=("first@example.org",)), TWO]
    (hint,) = hints(source(sender="Somebody <FIRST@example.org>"), known)
    assert hint.article == ONE.key and "FIRST@example.org" in hint.why
    (hint,) = hints(source(sender=f"{TWO.authors[0]} <new@example.org>"), [replace(TWO, key="x")])
    assert hint.article == "x" and TWO.authors[0] in hint.why
    assert hints(source(sender="Nobody <n@example.org>"), known) == []


@pytest.mark.parametrize(
    ("file", "key", "fits"),
    [
        ("paper_0017.pdf", "17", True), ("submission17.pdf", "17", True), ("117.pdf", "17", False),
        ("2017-03.pdf", "17", False), ("signed kX3bQ9 final.pdf", "kX3bQ9", True),
        ("mail.eml/KX3BQ9.pdf", "kX3bQ9", True),
        ("abc.pdf", "ab", False), ("scan#17", "17", False),
    ],
)  # fmt: skip
def test_numbers_and_ids_in_a_files_name_are_hints(file: str, key: str, fits: bool) -> None:
    assert [hint.article for hint in hints(source(file), [replace(ONE, key=key)])] == ([key] if fits else [])


def test_names_that_were_read_are_matched_with_the_article() -> None:
    row = {"name_read": TWO.authors[0].upper(), "signer_read": "illegible"}
    assert people_of(row, TWO) == {"author": TWO.authors[0]}
    assert may_be_for(source(), row, (), TWO) and not may_be_for(source(), {"name_read": "Zed"}, (), TWO)
    assert may_be_for(source(), {}, {ONE.key}, ONE)


def test_an_id_of_the_submission_in_a_files_name_is_a_hint_where_the_key_is_a_number() -> None:
    known = [replace(ONE, key="7", ids=("aB7_xQ-2k",)), replace(TWO, key="8", ids=("zz81LmN0pQ",))]
    for file in ("aB7_xQ-2k.pdf", "Agreement_aB7_xQ-2k (1).pdf", "in.zip/ab7_xq-2k.PDF"):
        assert [hint.article for hint in hints(source(file), known)] == ["7"], file
    assert hints(source("aB7_xQ.pdf"), known) == []
