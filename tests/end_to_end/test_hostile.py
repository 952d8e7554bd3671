"""Hostile rosters, containers and names against the whole command: a row each, a documented exit code, no traceback."""

from __future__ import annotations

import io
import json
import mailbox
import os
import random
import re
import tempfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.datamodel.errors import EXIT_FAULT
from pipeline.exports.table_files import read_csv
from tests.cli.test_main import batch, run

__all__ = ["batch"]

RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What must not reach a terminal."""
TOKENS = [
    *(b"\\href", b"\\sqrt", b"\\footnote", b"\\'", b"\\begin{", b"{", b"}", b'"', b"%", b"#", b"@", b"@string{", b"="),
    *(b",", b"\n", b"\0", b"\x1b[2J", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xae", b"1:1:", b"---\n", b"- "),
    *(b"&#55296;", b"9" * 400, b"=cmd|' /C calc'!A0", b"From x\n", b"Content-Type: message/rfc822\n\n"),
    *(b"PK\x03\x04", b"PK\x01\x02"),
]
BIB = rb"""@Proceedings{v1, title = {Proc}, start = {2024-06-01}, volume = {7}, name = {A {\"o} B}}
@string{me = {Ann Author}}
@InProceedings{one24, title = {One {\'e}tude of $x^2$ \href{u}{t}}, author = me # { and Writer, Bo}, crossref = {v1}}
@InProceedings{two24, title = "two", author = {A, B, C D}, emails = {a@b.c}, submitted = 2024}
"""
CSV = b'key;title;authors;email;accepted\none24;one;Ann Author, Bo Writer;a@b.c;2024-05-01\n"two;24";two;;;\n'
JSON = json.dumps([{"key": "one24", "title": "one", "authors": ["Ann Author"]}, {"key": "two24", "title": "two"}])
NOTES = json.dumps({"notes": [{"id": "a", "number": 1, "content": {"title": {"value": "one"}, "authors": ["Ann"]}}]})
POST = b"---\ntitle: one\nsection: x\nauthor:\n- given: Ann\n  family: Author\ndate: 2024-05-01\n---\ntext\n"


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("key", "title", "authors"))
        sheet.write_row(1, 0, ("one24", "one", "Ann Author"))
    return out.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ann <a@b.c>", "signed"
    message.set_content("here it is")
    message.add_attachment(b"%PDF-read one", maintype="application", subtype="pdf", filename="a.pdf")
    return message.as_bytes()


def mails() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder, "box"))
        for _ in range(3):
            box.add(mail())
        box.close()
        return Path(folder, "box").read_bytes()


def archive(packed: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as made:
        made.writestr("one.pdf", b"%PDF-read one" * 20)
        made.writestr("deep/two.eml", mail())
    return out.getvalue()


ROSTERS: dict[str, bytes] = {
    "r.bib": BIB, "r.csv": CSV, "r.json": JSON.encode(), "notes.json": NOTES.encode(), "p.md": POST,
    "r.xlsx": workbook(),
}  # fmt: skip
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
CONTAINERS = [*(archive(packed) for packed in PACKINGS), mail(), mails()]


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """`data` with some of it changed, cut, doubled, or something put in."""
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at, end = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        end = min(end, at + rng.choice((1, 4, 40, 400)))
        what = rng.randrange(5)
        put = b"" if what == 0 else data[at:end] * 2 if what == 1 else rng.choice(TOKENS) if what == 2 else b""
        if what == 3:
            put = bytes(b ^ (1 << rng.randrange(8)) for b in data[at:end])
        data = data[:at] if what == 4 and rng.random() < 0.3 else data[:at] + put + data[end if what != 2 else at :]
    return data


def command(batch: Path, *more: object, roster: str = "roster.bib") -> tuple[int, str, str]:
    """`countersign read`, with what holds for every run."""
    out = Path(tempfile.mkdtemp(dir=batch, prefix="out"))
    code, shown, said = run("read", "returns", "--roster", roster, "--out", out, "--seconds", 20, *more)
    assert code in (0, 1, 2) and code != EXIT_FAULT, said
    assert "Traceback" not in shown + said and not RAW.search(shown + said)
    assert not list(batch.glob("countersign-fault-*")), said
    if code == 2:
        assert len(said.strip().splitlines()) <= 12, "a sentence"
    return code, str(out), said


def hostile_rosters(batch: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        name = rng.choice(list(ROSTERS))
        (batch / name).write_bytes(spoilt(ROSTERS[name], rng))
        code, out, _ = command(batch, roster=name)
        if code != 2:
            assert read_csv(Path(out, "returns.csv"))["file"].tolist() == ["a.pdf"]


def hostile_containers(batch: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    names = [f"{n}.{rng.choice(('zip', 'eml', 'mbox', 'pdf'))}" for n in range(count)]
    for name in names:
        (batch / "returns" / name).write_bytes(spoilt(rng.choice(CONTAINERS), rng) or b"x")
    _, out, _ = command(batch)
    files = read_csv(Path(out, "returns.csv"))["file"].tolist()
    assert "a.pdf" in files
    for name in names:
        assert any(re.match(re.escape(name) + r"(/|#|$)", file) for file in files), name


def hostile_names(batch: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    made = set()
    for _ in range(count):
        parts = [bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 9))), rng.choice(TOKENS)[:40], b"caf\xe9"]
        name = b"n" + b"".join(rng.sample(parts, 2)).replace(b"/", b"_").replace(b"\0", b"_")[:200] + b".pdf"
        Path(os.fsdecode(os.fsencode(batch / "returns") + b"/" + name)).write_text("read one")
        made.add(name)
    _, out, _ = command(batch)
    assert len(read_csv(Path(out, "returns.csv"))) == len(made) + 1
    code, _, said = run("export", out, "--to", "xlsx")
    assert code == 0, said


KINDS: dict[str, tuple[Callable[[Path, int, int], None], int, int]] = {
    "rosters": (hostile_rosters, 25, 1500),
    "containers": (hostile_containers, 40, 1000),
    "names": (hostile_names, 40, 500),
}
"""Kind -> the test, inputs in the quick suite, inputs in the long one."""


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs(batch: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(batch))
    check, count, _ = KINDS[kind]
    check(batch, count, 1)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_three_thousand_hostile_inputs(batch: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(batch))
    check, _, count = KINDS[kind]
    check(batch, count, 2)
