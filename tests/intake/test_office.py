"""Text documents as PDF: what LibreOffice is told, what becomes of a document that it can't or must not open."""

from __future__ import annotations

import io
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

from pipeline.datamodel.records import Problem, Source
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.exports.pack import as_pdf
from pipeline.intake import members, office
from pipeline.intake.sources import find_sources, load_bytes
from tests.material.compound import compound
from tests.material.documents import pdf_bytes

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
BODY = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>Publication Agreement</w:t></w:r></w:p></w:body></w:document>"
)


def docx(**more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS.format(kind="officeDocument", target="word/document.xml"))
        archive.writestr("word/document.xml", BODY)
        for name, data in more.items():
            archive.writestr(f"word/{name}", data)
    return out.getvalue()


def odt() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    return out.getvalue()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for LibreOffice, first on the path, that notes how it was called and leaves a PDF."""
    (tmp_path / "made.pdf").write_bytes(pdf_bytes("Made by the stand-in"))
    script = tmp_path / "bin" / "soffice"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\nimport sys, pathlib, shutil\n"
        "told = sys.argv\n"
        "profile = next(a.partition('=')[2] for a in told if a.startswith('-env:')).removeprefix('file://')\n"
        "settings = pathlib.Path(profile, 'user', 'registrymodifications.xcu').read_text()\n"
        "given = pathlib.Path(told[-1])\n"
        f"pathlib.Path({str(tmp_path)!r}, 'told').write_text(' '.join(told) + settings + given.suffix)\n"
        f"shutil.copy({str(tmp_path / 'made.pdf')!r}, told[told.index('--outdir') + 1] + '/' + given.stem + '.pdf')\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    office._converted.cache_clear()
    return script


def source_of(tmp_path: Path, name: str, data: bytes) -> Source:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    (source,) = find_sources([folder / name])
    return source


@pytest.mark.parametrize(
    ("name", "data", "suffix"),
    [
        ("a.docx", docx(), ".docx"),
        ("a.odt", odt(), ".odt"),
        ("a.rtf", b"{\\rtf1 Hello}", ".rtf"),
        ("a.doc", compound({"WordDocument": b"x"}), ".doc"),
    ],
)
def test_a_text_document_is_read_as_the_pdf_that_libreoffice_makes(
    tmp_path: Path, program: Path, name: str, data: bytes, suffix: str
) -> None:
    source = source_of(tmp_path, name, data)
    made = load_bytes(source)
    assert isinstance(made, bytes) and isinstance(open_document(made), Document)
    told = (tmp_path / "told").read_text()
    assert "--headless" in told and told.endswith(suffix)
    assert 'oor:name="DisableMacrosExecution" oor:op="fuse"><value>true<' in told
    assert 'oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1<' in told
    assert as_pdf(source) == (made, "from a text document", "")
    assert [p.name for p in (tmp_path / "in").iterdir()] == [name], "nothing is left beside it"


def test_without_libreoffice_the_row_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "libreoffice", lambda: None)
    problem = load_bytes(source_of(tmp_path, "a.docx", docx()))
    assert isinstance(problem, Problem) and "Install it" in problem.sentence and "--again" in problem.sentence


def test_a_document_that_keeps_libreoffice_busy_is_given_up(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.write_text(f"#!/bin/sh\nsleep 60 & echo $! > {tmp_path}/child; wait\n")
    monkeypatch.setattr(office, "SECONDS", 1)
    problem = office.as_readable(docx(busy=b""))
    assert isinstance(problem, Problem) and "could not make pages" in problem.sentence
    child = int((tmp_path / "child").read_text())
    for _ in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("what it started still runs")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (compound({"EncryptedPackage": b"x"}), "encrypted_file"),
        (docx(zeros=bytes(members.BOMB_BYTES + 1)), "unreadable_file"),
    ],
)
def test_locked_and_hostile_documents_are_not_given_to_it(program: Path, data: bytes, code: str) -> None:
    problem = office.as_readable(data)
    assert isinstance(problem, Problem) and problem.code == code
    assert not (program.parent.parent / "told").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", pdf_bytes("x"), b"PK\x03\x04 word/"])
def test_everything_else_stays_as_it_is(data: bytes) -> None:
    assert office.as_readable(data) == data


def test_a_word_document_by_libreoffice_itself() -> None:
    made = office.as_readable(docx())
    if isinstance(made, Problem):
        pytest.skip(f"LibreOffice with its Writer is not installed: {made.sentence}")
    document = open_document(made)
    assert isinstance(document, Document) and [w.text for w in document.words(0)] == ["Publication", "Agreement"]
    office._converted.cache_clear()
    assert office.as_readable(docx()) == made, "the same bytes every time"
