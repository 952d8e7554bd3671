"""Damaged containers and rosters, made from sound ones: rows or a sentence, whatever was done to them."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.records import Problem
from pipeline.intake.sources import find_sources, load_bytes
from pipeline.roster.reader import load_roster
from tests.intake.test_containers import attached, mail, mailbox, outlook, zip_of
from tests.intake.test_mails import multipart, p7m, part, signed, winmail
from tests.material.damage import DAMAGES
from tests.material.documents import pdf_bytes
from tests.material.tables import csv_bytes, ods_bytes, spreadsheet_ml_bytes, xlsx_bytes
from tests.roster.test_tables import rows_of

ROUNDS = [25, pytest.param(2500, marks=pytest.mark.soak)]


def arrivals() -> list[bytes]:
    pdf = pdf_bytes("Publication Agreement")
    message = mail(("a.pdf", pdf), ("b.zip", zip_of({"c.pdf": pdf})))
    held = zip_of({"x/a.pdf": pdf, "m.eml": message.as_bytes(), "deep.zip": zip_of({"d.pdf": pdf})})
    return [
        held,
        message.as_bytes(),
        mailbox(message, mail(("e.pdf", pdf)), mail()),
        outlook(**attached(0, "a.pdf", pdf)),
        winmail([(b"a.pdf", pdf), (b"b.pdf", pdf)], long_names=True),
        p7m(signed(multipart(part(pdf)))),
        signed(pdf),
        b"%d\n" % len(message.as_bytes()) + message.as_bytes(),
        zip_of({"a.pdf": pdf}, zipfile.ZIP_LZMA),
        zip_of({"a.pdf": pdf}, zipfile.ZIP_BZIP2),
    ]


def rosters() -> list[bytes]:
    rows = rows_of("de", "cmt", ["Abstract", "Corresponding author"])
    json = b'[{"id": "a", "number": 1, "content": {"title": {"value": "T"}, "authors": {"value": ["Ada Example"]}}}]'
    made = [make({"S": rows}) for make in (xlsx_bytes, ods_bytes, spreadsheet_ml_bytes)]
    return [
        *made,
        csv_bytes(rows, ";"),
        csv_bytes(rows, "\t", "utf-16"),
        json,
        b"---\ntitle: T\nid: a\nauthor:\n- A B\n---\n",
    ]


def damaged(kinds: list[bytes], rounds: int) -> list[bytes]:
    rng = random.Random(rounds)
    made = []
    for _ in range(rounds):
        data = rng.choice(DAMAGES)(rng.choice(kinds), rng)
        made.append(rng.choice(DAMAGES)(data or b"x", rng) if rng.random() < 0.3 else data)
    return made


@pytest.mark.parametrize("rounds", ROUNDS)
def test_damaged_containers_have_rows(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "arrived"
    for data in damaged(arrivals(), rounds):
        path.write_bytes(data)
        rows = find_sources([path])
        assert rows and len({row.name for row in rows}) == len(rows)
        for row in rows:
            held = load_bytes(row)
            assert isinstance(held, bytes) or (isinstance(held, Problem) and held.sentence.endswith("."))
    assert [p.name for p in tmp_path.iterdir()] == ["arrived"]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_damaged_rosters_are_read_or_refused_in_a_sentence(tmp_path: Path, rounds: int) -> None:
    for number, data in enumerate(damaged(rosters(), rounds)):
        path = tmp_path / ("roster.csv", "roster.xlsx", "roster.md")[number % 3]
        path.write_bytes(data)
        try:
            assert load_roster(path).articles
        except RosterError as refused:
            assert str(refused).endswith(".")
