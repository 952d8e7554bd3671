"""The subject and text of the mail that a return came in: for people to read, never markup, never controls."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pipeline.datamodel.records import Problem, Source
from pipeline.intake.mail_text import LONGEST, MailText, came_by_mail, mail_text
from pipeline.intake.sources import find_sources
from tests.intake.test_containers import OTHER, PDF, attached, found, mail, mailbox, outlook, zip_of
from tests.intake.test_mails import HEAD, multipart, part

LETTER = MailText("Agreement", "Dear chair, enclosed please find it.")


def test_it_is_found_from_wherever_the_return_lies(tmp_path: Path) -> None:
    one = mail(("a.pdf", PDF), ("scans.zip", zip_of({"x.pdf": OTHER})))
    for name, data in {
        "a.eml": one.as_bytes(), "box.mbox": mailbox(one), "b.zip": zip_of({"a.eml": one.as_bytes()}),
        "c.emlx": f"{len(one.as_bytes())}\n".encode() + one.as_bytes(),
    }.items():  # fmt: skip
        rows = found(tmp_path, name, data)
        mine = [source for key, source in rows.items() if key.startswith(name)]
        assert len(mine) == 2 and all(came_by_mail(source) for source in mine), name
        assert {mail_text(source) for source in mine} == {LETTER}, name


def test_of_two_mails_in_a_mailbox_each_return_has_its_own(tmp_path: Path) -> None:
    other = mail(("b.pdf", OTHER))
    del other["Subject"]
    other["Subject"] = "=?utf-8?q?Re=3A_=E2=80=AEagreement?="
    rows = found(tmp_path, "box.mbox", mailbox(mail(("a.pdf", PDF)), other))
    shown = {name.rpartition("/")[2]: mail_text(source) for name, source in rows.items()}
    assert shown == {"a.pdf": LETTER, "b.pdf": MailText("Re: agreement", LETTER.text)}


def test_a_mail_without_a_return_has_its_text_too(tmp_path: Path) -> None:
    body = b"Subject: here\r\n\r\nIt is at https://drive.google.com/file/d/abc\r\n"
    (source,) = found(tmp_path, "a.eml", HEAD + body).values()
    assert source.refused is not None and "drive.google.com" in source.refused.sentence
    assert mail_text(source) == MailText("here", "It is at https://drive.google.com/file/d/abc")


HTML = (
    b"<html><head><title>No</title><style>p {color: red}</style></head><body><p>Dear <b>chair</b>,<br>I signed"
    b" &amp; dated it.<script>alert(1)</script></p><!-- hidden --><div>Ada</div></body></html>"
)


def test_markup_is_shown_as_its_text_and_only_where_there_is_no_other(tmp_path: Path) -> None:
    marked = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HTML
    (source,) = found(tmp_path, "a.eml", HEAD + multipart(marked, part(PDF))).values()
    assert mail_text(source) == MailText("", "Dear chair,\nI signed & dated it.\n\nAda")
    plain = b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "请见附件".encode("gbk")
    (source,) = found(tmp_path, "a.eml", HEAD + multipart(plain, marked, part(PDF))).values()
    assert mail_text(source) == MailText("", "请见附件")


def test_controls_are_out_and_a_text_that_is_attached_is_no_letter(tmp_path: Path) -> None:
    body = "a\x1b[31mb\u202egpj.exe\u202c\x00\r\n\r\n\r\n\r\nline\u2028two \N{BELL}".encode()
    said = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    note = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=x.txt\r\n\r\nnot this"
    data = HEAD + b"Subject: =?utf-8?b?" + base64.b64encode(b"x\x07\ny") + b"?=\r\n"
    data += multipart(said + base64.encodebytes(body), note, part(PDF))
    (source,) = found(tmp_path, "a.eml", data).values()
    shown = mail_text(source)
    assert isinstance(shown, MailText)
    assert shown.text == "a[31mbgpj.exe\n\nline\ntwo \N{BELL}" and "not this" not in shown.text
    assert "\x07" not in shown.subject


def test_a_forwarded_mails_text_is_told_from_the_one_around_it(tmp_path: Path) -> None:
    outer = mail()
    outer.add_attachment(mail(("a.pdf", PDF), sender="Bob <bob@example.org>"))
    (source,) = found(tmp_path, "a.eml", outer.as_bytes()).values()
    shown = mail_text(source)
    assert isinstance(shown, MailText) and shown.subject == "Agreement"
    assert shown.text.split("\n\n") == [LETTER.text, "[Bob <bob@example.org>: Agreement]", LETTER.text]


def test_an_outlook_message_has_its_own(tmp_path: Path) -> None:
    streams = {
        "__substg1.0_0037001F": "Vereinbarung".encode("utf-16-le"),
        "__substg1.0_1000001F": "Guten Tag,\r\nsiehe Anhang.".encode("utf-16-le"),
    }
    (source,) = found(tmp_path, "a.msg", outlook(**streams, **attached(0, "a.pdf", PDF))).values()
    assert mail_text(source) == MailText("Vereinbarung", "Guten Tag,\nsiehe Anhang.")


@pytest.mark.parametrize("gone", [True, False])
def test_what_is_gone_or_damaged_is_told(tmp_path: Path, gone: bool) -> None:
    (source,) = found(tmp_path, "a.eml", mail(("a.pdf", PDF)).as_bytes()).values()
    (tmp_path / "in" / "a.eml").unlink() if gone else (tmp_path / "in" / "a.eml").write_bytes(b"\xff" * 5000)
    assert isinstance(mail_text(source), Problem)


def test_a_long_text_is_cut_and_a_file_of_its_own_came_by_none(tmp_path: Path) -> None:
    long = mail(("a.pdf", PDF))
    long.replace_header("Subject", "x")
    data = long.as_bytes().replace(b"Dear chair", b"very " * LONGEST)
    (source,) = found(tmp_path, "a.eml", data).values()
    shown = mail_text(source)
    assert isinstance(shown, MailText) and len(shown.text) == LONGEST + 2
    (tmp_path / "in" / "a.eml").unlink()
    (tmp_path / "in" / "a.pdf").write_bytes(PDF)
    (alone,) = find_sources([tmp_path / "in"])
    assert not came_by_mail(alone) and not came_by_mail(Source("a", "/a", "", 0))
