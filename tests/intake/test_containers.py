"""Returns as they arrive: in archives, mails and mailboxes, hostile ones among them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.datamodel.records import FilePart, Problem, Source
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.intake import members
from pipeline.intake.mailboxes import message_spans
from pipeline.intake.sources import find_sources, load_bytes
from pipeline.results.store import Store, open_store
from pipeline.results.stored_sources import source_of, values_of
from tests.material.compound import compound
from tests.material.documents import image_bytes, pdf_bytes, picture
from tests.results.test_store import run

PDF = pdf_bytes("Publication Agreement")
OTHER = pdf_bytes("Another")


def zipped(**contents: bytes) -> bytes:
    return zip_of({name.replace("__", "/").replace("_pdf", ".pdf"): data for name, data in contents.items()})


def zip_of(contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


ADA = "Ada Example <ada@example.org>"


def mail(*attachments: tuple[str, bytes], sender: str = ADA, sent: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "chair@example.org", "Agreement"
    message["Date"] = sent or "Wed, 14 Oct 2026 10:22:00 +0200"
    message.set_content("Dear chair, enclosed please find it.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def mailbox(*messages: EmailMessage, line: bytes = b"From ada@example.org Wed Oct 14 08:22:00 2026\n") -> bytes:
    return b"".join(line + message.as_bytes() + b"\n" for message in messages)


def found(tmp_path: Path, name: str, data: bytes) -> dict[str, Source]:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return {source.name: source for source in find_sources([folder])}


def why(source: Source) -> str:
    assert source.refused is not None and source.refused.sentence.endswith(".") and not source.sha256
    return source.refused.code


# --- archives


def test_what_is_in_an_archive_has_a_row_each_and_its_own_bytes(tmp_path: Path) -> None:
    inner = zip_of({"deep/x.pdf": OTHER, "__MACOSX/._x.pdf": b"litter", ".hidden.pdf": PDF, "README.md": b"read me"})
    rows = found(tmp_path, "batch.zip", zip_of({"b/a.pdf": PDF, "b/": b"", "more.zip": inner, "list.csv": b"a,b"}))
    assert list(rows) == ["batch.zip/b/a.pdf", "batch.zip/more.zip/deep/x.pdf"]
    assert [load_bytes(source) for source in rows.values()] == [PDF, OTHER]
    first = rows["batch.zip/b/a.pdf"]
    assert first.path == str(tmp_path / "in" / "batch.zip" / "b" / "a.pdf") and first.sender == ""
    assert first.inside is not None and first.inside.file == str(tmp_path / "in" / "batch.zip")


def test_a_name_that_leads_away_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    names = ["../../out.pdf", "/abs.pdf", "C:\\Users\\x.pdf", "a/../../b.pdf"]
    rows = found(tmp_path, "batch.zip", zip_of({**dict.fromkeys(names, PDF), "a\\good.pdf": OTHER}))
    assert {name for name, source in rows.items() if source.refused is None} == {"batch.zip/a/good.pdf"}
    assert len(rows) == 5 and {why(s) for s in rows.values() if s.refused} == {"unreadable_file"}
    assert all(isinstance(load_bytes(s), Problem) for s in rows.values() if s.refused)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["batch.zip"]


def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.pdf", PDF)
        archive.writestr("a.pdf", OTHER)
    rows = found(tmp_path, "x.zip", out.getvalue())
    assert {name: load_bytes(source) for name, source in rows.items()} == {
        "x.zip/a.pdf": PDF, "x.zip/a (2).pdf": OTHER
    }  # fmt: skip


def lying(data: bytes, size: int) -> bytes:
    """The archive with another size of its one entry in the directory."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + size.to_bytes(4, "little") + data[at + 4 :]


def locked(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02") + 8
    return data[:at] + b"\x01\x00" + data[at + 2 :]


BOMB = zip_of({"a.pdf": bytes(members.BOMB_BYTES + 1)})


@pytest.mark.parametrize(
    ("data", "row", "code", "says"),
    [
        (BOMB, "x.zip", "unreadable_file", "unpacks to more"),
        (zip_of({"deep.zip": BOMB}), "x.zip/deep.zip", "unreadable_file", "unpacks to more"),
        (lying(zipped(a_pdf=PDF), 2_000_000_000), "x.zip", "unreadable_file", "unpacks to more"),
        (lying(zipped(a_pdf=PDF), 5), "x.zip/a.pdf", "unreadable_file", "damaged"),
        (locked(zipped(a_pdf=PDF)), "x.zip/a.pdf", "encrypted_file", "password"),
        (zip_of({}), "x.zip", "empty_file", "no document"),
        (zip_of({"list.csv": b"a"}), "x.zip", "empty_file", "no document"),
        (zipped(a_pdf=PDF)[:60], "x.zip", "unreadable_file", "damaged"),
        (zipped(a_pdf=PDF).replace(PDF[:0] + b"PK\x01\x02", b"PK\x01\x03"), "x.zip", "unreadable_file", "damaged"),
    ],
    ids=["bomb", "inner", "claims", "lies", "locked", "empty", "sides", "cut", "directory"],
)
def test_hostile_and_damaged_archives_have_a_row_that_says_why(
    tmp_path: Path, data: bytes, row: str, code: str, says: str
) -> None:
    rows = found(tmp_path, "x.zip", data)
    assert list(rows) == [row]
    assert why(rows[row]) == code and says in rows[row].refused.sentence  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["[Content_Types].xml", "xl/workbook.xml"], "spreadsheet"),
        (["mimetype", "content.xml"], "office document"),
        (["preview.jpg", "Index/Document.iwa"], "Pages"),
    ],
)
def test_a_document_that_is_stored_as_an_archive_is_none(tmp_path: Path, names: list[str], says: str) -> None:
    (source,) = found(tmp_path, "a.zip", zip_of(dict.fromkeys(names, b"x"), zipfile.ZIP_STORED)).values()
    data = load_bytes(source)
    problem = open_document(data) if isinstance(data, bytes) else data
    assert isinstance(problem, Problem) and says in problem.sentence


def test_archives_in_archives_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(a_pdf=PDF)
    for _ in range(members.MAX_DEPTH + 3):
        data = zip_of({"in.zip": data})
    (source,) = found(tmp_path, "x.zip", data).values()
    assert why(source) == "unreadable_file" and "too deep" in source.refused.sentence  # type: ignore[union-attr]
    monkeypatch.setattr(members, "MAX_MEMBERS", 5)
    rows = found(tmp_path, "y.zip", zip_of({f"{n}.pdf": PDF for n in range(9)}))
    assert why(rows["y.zip"]) == "unreadable_file"


def test_damage_anywhere_gives_rows_and_no_failure(tmp_path: Path) -> None:
    sound = zip_of({"a.pdf": PDF, "m.eml": mail(("b.pdf", OTHER)).as_bytes()})
    for place in range(0, len(sound), 41):
        changed = bytearray(sound)
        changed[place] ^= 0xFF
        rows = found(tmp_path, "x.zip", bytes(changed))
        assert rows
        for source in rows.values():
            assert isinstance(load_bytes(source), Problem if source.refused else bytes)


# --- mails


def test_a_mails_attachments_have_rows_with_sender_and_day_of_arrival(tmp_path: Path) -> None:
    message = mail(("agreement.pdf", PDF), ("page/2.pdf", OTHER))
    message["Received"] = "from a by b; Thu, 15 Oct 2026 01:30:00 +0900"
    rows = found(tmp_path, "Re.eml", message.as_bytes(policy=SMTP))
    assert {name: load_bytes(source) for name, source in rows.items()} == {
        "Re.eml/agreement.pdf": PDF, "Re.eml/page_2.pdf": OTHER
    }  # fmt: skip
    assert {(s.sender, s.received) for s in rows.values()} == {(ADA, date(2026, 10, 14))}


def test_names_and_senders_in_other_letters(tmp_path: Path) -> None:
    message = mail(("Erklärung 論文.pdf", PDF), sender="Zoë Müller <zoe@example.org>")
    ((name, source),) = found(tmp_path, "a.eml", message.as_bytes(policy=SMTP)).items()
    assert name == "a.eml/Erklärung 論文.pdf" and source.sender == "Zoë Müller <zoe@example.org>"


def test_pictures_in_the_text_count_if_they_can_be_pages(tmp_path: Path) -> None:
    logo, page = image_bytes("PNG", picture((120, 60))), image_bytes("JPEG", picture((1200, 1600)))
    message = mail()
    message.add_alternative("<p>signed: <img src='cid:a'><img src='cid:b'></p>", subtype="html")
    html = message.get_payload(1)
    html.add_related(logo, "image", "png", cid="<a>", filename="logo.png")  # type: ignore[union-attr]
    html.add_related(page, "image", "jpeg", cid="<b>", disposition="inline")  # type: ignore[union-attr]
    assert list(found(tmp_path, "a.eml", message.as_bytes())) == ["a.eml/attachment.jpeg"]


@pytest.mark.parametrize("packed", ["rfc822", "base64", "file"])
def test_a_forwarded_mail_is_looked_into(tmp_path: Path, packed: str) -> None:
    inner = mail(("agreement.pdf", PDF), sender="bo@example.org", sent="Mon, 12 Oct 2026 09:00:00 +0000")
    outer = mail()
    if packed == "file":
        outer.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="forwarded.eml")
    else:
        outer.add_attachment(inner)
    data = outer.as_bytes()
    if packed == "base64":
        import base64

        start = data.index(b"Content-Type: message/rfc822")
        head, body = data[start:].split(b"\n\n", 1)
        body, end = body.rsplit(b"\n--", 1)
        head = head.replace(b"8bit", b"base64").replace(b"7bit", b"base64")
        assert b"base64" in head
        data = data[:start] + head + b"\n\n" + base64.encodebytes(body) + b"\n--" + end
    rows = found(tmp_path, "fwd.eml", data)
    (source,) = rows.values()
    assert source.name.endswith("/agreement.pdf") and load_bytes(source) == PDF
    assert (source.sender, source.received) == ("bo@example.org", date(2026, 10, 14)), "sent by Bo, here on the 14th"


def test_a_mail_without_an_attachment_says_so_and_a_file_that_is_no_mail_is_none(tmp_path: Path) -> None:
    for message in (mail(), mail(("invite.ics", b"BEGIN:VCALENDAR"), ("signature.asc", b"-----BEGIN PGP"))):
        rows = found(tmp_path, "a.eml", message.as_bytes())
        assert why(rows["a.eml"]) == "not_a_document" and rows["a.eml"].sender == ADA
    rows = found(tmp_path, "notes.txt", b"From: the desk of\nthe editor\n")
    assert rows["notes.txt"].refused is None and rows["notes.txt"].inside is None


def test_an_archive_in_a_mail_in_an_archive(tmp_path: Path) -> None:
    message = mail(("scans.zip", zip_of({"1.pdf": PDF, "2.pdf": OTHER})))
    rows = found(tmp_path, "all.zip", zip_of({"mails/a.eml": message.as_bytes()}))
    assert {name: load_bytes(source) for name, source in rows.items()} == {
        "all.zip/mails/a.eml/scans.zip/1.pdf": PDF, "all.zip/mails/a.eml/scans.zip/2.pdf": OTHER
    }  # fmt: skip
    assert {s.received for s in rows.values()} == {date(2026, 10, 14)}


@pytest.mark.parametrize("data", [b"From: x\nDate: y\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 3000, b"From: \xff\xfe\nDate: \xff\nSubject: =?x?q?=ff?=\nContent-Type: text/\xff; charset=nowhere\n\nx", b"From: a\nTo: b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n!!!!"])  # fmt: skip  # noqa: E501
def test_hostile_mails_have_a_row(tmp_path: Path, data: bytes) -> None:
    assert found(tmp_path, "a.eml", data)


# --- mailboxes


def test_a_mailboxs_messages_are_named_by_day_and_sender(tmp_path: Path) -> None:
    bo = mail(("agreement.pdf", OTHER), sender="Bo <bo@example.org>", sent="Thu, 15 Oct 2026 23:30:00 -0500")
    data = mailbox(mail(("agreement.pdf", PDF)), bo, mail(("agreement.pdf", PDF)), mail())
    rows = found(tmp_path, "inbox.mbox", data)
    assert [(name, source.refused is None) for name, source in rows.items()] == [
        ("inbox.mbox/2026-10-14 08.22 ada@example.org (2)/agreement.pdf", True),
        ("inbox.mbox/2026-10-14 08.22 ada@example.org (3)", False),
        ("inbox.mbox/2026-10-14 08.22 ada@example.org/agreement.pdf", True),
        ("inbox.mbox/2026-10-16 04.30 bo@example.org/agreement.pdf", True),
    ]
    assert load_bytes(rows["inbox.mbox/2026-10-16 04.30 bo@example.org/agreement.pdf"]) == OTHER
    shorter = found(tmp_path, "inbox.mbox", mailbox(bo))
    assert list(shorter) == ["inbox.mbox/2026-10-16 04.30 bo@example.org/agreement.pdf"], "names outlive deletions"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mail_is_known_by_its_servers_headers(tmp_path: Path, end: str) -> None:
    """A mail from a large provider has pages of them before the sender's own."""
    servers = ["Received: from a.example.org by b.example.org", " with SMTP id 1; Wed, 14 Oct 2026 10:22:05 +0200"]
    servers += ["ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none;", *(["\tb=" + "x" * 70] * 120)]
    data = end.join(servers).encode() + end.encode() + mail(("a.pdf", PDF)).as_bytes(policy=SMTP)
    assert list(found(tmp_path, "a.eml", data)) == ["a.eml/a.pdf"]
    box = b"From 1789@xxx Wed Oct 14 08:22:00 +0000 2026\nX-GM-THRID: 1789\nX-Gmail-Labels: Inbox\n" + data
    assert list(found(tmp_path, "a.eml", box)) == ["a.eml/2026-10-14 08.22 ada@example.org/a.pdf"]


def test_a_message_that_thunderbird_has_deleted_is_not_there(tmp_path: Path) -> None:
    gone, kept = mail(("a.pdf", PDF)), mail(("b.pdf", OTHER))
    gone["X-Mozilla-Status"], kept["X-Mozilla-Status"] = "0009", "0001"
    assert list(found(tmp_path, "Inbox", mailbox(gone, kept))) == ["Inbox/2026-10-14 08.22 ada@example.org/b.pdf"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 1 << 20])
def test_messages_are_found_wherever_the_pieces_end(end: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.mailboxes.CHUNK", chunk)
    lines = [b"From: a", b"", b"From here on", b"", b"From the desk", b">From quoted 10:00", b"x" * 50]
    body = end.join(lines) + end
    data = (b"From a@b Wed Oct 14 08:22:00 2026" + end + body + end) * 4
    spans = list(message_spans(io.BytesIO(data)))
    assert [data[start : start + length] for start, length in spans] == [body + end] * 4


def test_a_long_line_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.mailboxes.CHUNK", 1000)
    data = b"From a@b Wed Oct 14 08:22:00 2026\nFrom: a\n\n" + b"\nFrom " + b"x" * 50_000
    assert len(list(message_spans(io.BytesIO(data)))) == 1


# --- again


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "results") as opened:
        yield opened


def test_an_unchanged_container_is_not_opened_again(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    message = mail(("one.pdf", b"read one"), ("x.zip", zip_of({"two.pdf": b"read two", "../y.pdf": b"read three"})))
    (folder / "a.eml").write_bytes(message.as_bytes())
    (folder / "c.pdf").write_bytes(b"read one")
    read, rows = run(store, folder)
    assert rows == ["a.eml/one.pdf: one24", "a.eml/x.zip/two.pdf: two24", "a.eml/x.zip/y.pdf: ", "c.pdf: one24"]
    assert len(read) == 3, "the same bytes are read once"
    monkeypatch.setattr("pipeline.intake.sources.list_members", lambda *_: pytest.fail("it was opened"))
    assert run(store, folder) == ([], rows)
    first, *_, last = store.rows()
    assert (first["sender"], first["received"]) == (ADA, date(2026, 10, 14))
    assert (last["sender"], last["received"]) == ("", None)
    assert [v.source for v in store.verdicts()] == find_sources([folder], known=store.stamps())
    monkeypatch.undo()
    (folder / "a.eml").write_bytes(mail(("one.pdf", b"read one")).as_bytes())
    assert run(store, folder) == ([], ["a.eml/one.pdf: one24", "c.pdf: one24"])
    (folder / "a.eml").unlink()
    assert run(store, folder) == ([], ["c.pdf: one24"])


def test_a_container_that_changes_after_it_was_found_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    (source,) = found(tmp_path, "a.zip", zipped(a_pdf=PDF)).values()
    (tmp_path / "in" / "a.zip").write_bytes(zipped(a_pdf=OTHER))
    assert isinstance(load_bytes(source), Problem)
    (tmp_path / "in" / "a.zip").write_bytes(b"PK\x03\x04")
    assert isinstance(load_bytes(source), Problem)
    (tmp_path / "in" / "a.zip").unlink()
    assert isinstance(load_bytes(source), Problem)


def test_what_lies_in_a_container_is_packed_shown_and_joined_like_any_file(tmp_path: Path) -> None:
    from pipeline.exports.pack import as_pdf
    from pipeline.review.pages import PageWanted, draw

    photos = {f"IMG_{n}.jpg": image_bytes("JPEG", picture((600, 800 + n))) for n in (1, 2)}
    rows = found(tmp_path, "a.zip", zip_of({"a.pdf": PDF, **photos}))
    assert as_pdf(rows["a.zip/a.pdf"]) == (PDF, "copied", "")
    assert isinstance(draw(PageWanted(rows["a.zip/a.pdf"], 1, None, "small", False)), bytes)
    one, two = rows["a.zip/IMG_1.jpg"], rows["a.zip/IMG_2.jpg"]
    whole = replace(one, rest=(FilePart(two.name, two.path, two.sha256, two.inside),))
    data, how, _ = as_pdf(whole)
    document = open_document(data)
    assert how == "put together" and isinstance(document, Document) and len(document) == 2


def test_a_return_in_a_container_comes_back_from_the_results_file_as_it_was(tmp_path: Path, store: Store) -> None:
    rows = found(tmp_path, "a.eml", mail(("a.pdf", b"read one"), ("b.pdf", b"read two")).as_bytes())
    one, two = rows.values()
    whole = replace(one, rest=(FilePart(two.name, two.path, two.sha256, two.inside),))
    assert source_of(SimpleNamespace(**values_of(whole, 1))) == whole


def test_an_archive_that_is_named_is_read_like_a_folder(tmp_path: Path) -> None:
    found(tmp_path, "a.zip", zip_of({"x/1.pdf": PDF}))
    assert [s.name for s in find_sources([tmp_path / "in" / "a.zip"])] == ["a.zip/x/1.pdf"]


# --- Outlook


def outlook(**more: bytes) -> bytes:
    ticks = (date(2026, 10, 14) - date(1601, 1, 1)).days * 86_400 * 10**7
    delivered = (0x0E060040).to_bytes(4, "little") + bytes(4) + ticks.to_bytes(8, "little")
    streams = {
        "__properties_version1.0": bytes(32) + delivered,
        "__substg1.0_0C1A001F": "Zoë Example".encode("utf-16-le"),
        "__substg1.0_5D01001F": "zoe@example.org".encode("utf-16-le"),
    }  # fmt: skip
    return compound(streams | more)


def attached(number: int, name: str, data: bytes) -> dict[str, bytes]:
    folder = f"__attach_version1.0_#{number:08X}"
    return {
        f"{folder}/__substg1.0_3707001F": name.encode("utf-16-le"),
        f"{folder}/__substg1.0_37010102": data.ljust(4096, b"\n"),
    }


def test_an_outlook_messages_attachments_have_rows(tmp_path: Path) -> None:
    first, second = attached(0, "Vereinbarung.pdf", PDF), attached(1, "scans.zip", zip_of({"x.pdf": OTHER * 20}, 0))
    rows = found(tmp_path, "a.msg", outlook(**first, **second))
    assert list(rows) == ["a.msg/Vereinbarung.pdf", "a.msg/scans.zip/x.pdf"]
    assert load_bytes(rows["a.msg/scans.zip/x.pdf"]) == OTHER * 20
    assert {(s.sender, s.received) for s in rows.values()} == {("Zoë Example <zoe@example.org>", date(2026, 10, 14))}


def test_an_outlook_message_with_headers_and_none_attached(tmp_path: Path) -> None:
    headers = "From: Bo <bo@example.org>\r\nReceived: by x; Thu, 15 Oct 2026 10:00:00 +0000\r\n\r\n"
    (source,) = found(tmp_path, "a.msg", outlook(**{
        "__substg1.0_007D001F": headers.encode("utf-16-le")
    })).values()  # fmt: skip
    assert why(source) == "not_a_document"
    assert (source.sender, source.received) == ("Bo <bo@example.org>", date(2026, 10, 15))


def test_a_damaged_outlook_message_has_a_row(tmp_path: Path) -> None:
    sound = outlook(**attached(0, "a.pdf", PDF))
    for place in range(0, len(sound), 397):
        changed = bytearray(sound)
        changed[place] ^= 0xFF
        assert found(tmp_path, "a.msg", bytes(changed[: -place or None]))
