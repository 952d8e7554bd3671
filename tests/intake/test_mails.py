"""Mails as they were really written: careless encodings, envelopes of other programs, names in the letters of old."""

from __future__ import annotations

import base64
import binascii
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from asn1crypto import cms

from pipeline.datamodel.records import Problem, Source
from pipeline.intake import mime, sources
from pipeline.intake.legacy_text import decoded_name
from pipeline.intake.mail_text import MailText, mail_text
from pipeline.intake.mime import base64_bytes, decoded_words, parts
from pipeline.intake.sources import find_sources, load_bytes
from tests.intake.test_containers import OTHER, PDF, found, mail, mailbox, why, zip_of

HEAD = b"From: Ada Example <ada@example.org>\r\nTo: chair@example.org\r\nDate: Wed, 14 Oct 2026 10:22:00 +0200\r\n"


def multipart(*parts: bytes, boundary: bytes = b"BB") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    kind = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    return kind + b"A preamble\r\n" + body + b"--" + boundary + b"--\r\nAn epilogue\r\n"


def part(data: bytes, encoding: bytes = b"base64", kind: bytes = b"application/pdf; name=a.pdf") -> bytes:
    packed = base64.encodebytes(data)
    return b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + packed


def contents(rows: dict[str, Source]) -> dict[str, bytes | Problem]:
    return {name: load_bytes(row) for name, row in rows.items()}


TEXT = b"Content-Type: text/plain\r\n\r\nplease find it here"


@pytest.mark.parametrize(
    "encoding",
    [b"base64 ", b"\tBASE64\t", b"base64 (as ever)", b"(x) base64", b'"base64"', b"base64;", b"Base64\r\n (y)"],
)
def test_a_transfer_encoding_may_have_blanks_and_comments(tmp_path: Path, encoding: bytes) -> None:
    rows = found(tmp_path, "a.eml", HEAD + multipart(TEXT, part(PDF, encoding)))
    assert contents(rows) == {"a.eml/a.pdf": PDF}


@pytest.mark.parametrize("line", [b"*** scanned by a filter ***", b"-- sent through a list, see there --"])
def test_a_line_of_words_within_base64_is_none_of_it(line: bytes) -> None:
    packed = base64.encodebytes(PDF * 9)
    assert base64_bytes(packed[:77] + line + b"\r\n" + packed[77:]) == PDF * 9
    assert base64_bytes(b"".join(b"> " + each for each in packed.splitlines(keepends=True))) == PDF * 9


def test_base64_may_have_padding_inside_and_lack_its_end() -> None:
    pieces = [base64.b64encode(PDF[start : start + 100]) for start in range(0, len(PDF), 100)]
    assert base64_bytes(b"\r\n".join(pieces)) == PDF
    assert base64_bytes(base64.b64encode(PDF).rstrip(b"=")) == PDF
    assert base64_bytes(b" !? " + base64.b64encode(b"abcd") + b"\0x") == b"abcd"
    assert base64_bytes(b"====") == b""


def test_a_part_may_be_packed_in_other_ways(tmp_path: Path) -> None:
    lines = b"".join(binascii.b2a_uu(PDF[start : start + 45]) for start in range(0, len(PDF), 45))
    kind = b"Content-Type: application/octet-stream; name=u.pdf\r\n"
    uu = kind + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 u.pdf\n" + lines + b"`\nend\n"
    printable = b"Content-Type: application/pdf; name=q.pdf\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n"
    silent = b"Content-Type: application/pdf; name=s.pdf\r\n\r\n" + base64.encodebytes(PDF)
    packed = binascii.b2a_qp(PDF, istext=False)
    rows = found(tmp_path, "a.eml", HEAD + multipart(uu, printable + packed, silent))
    assert contents(rows) == {"a.eml/q.pdf": PDF, "a.eml/s.pdf": PDF, "a.eml/u.pdf": PDF}


@pytest.mark.parametrize("declared", [b"quoted-printable", b"base64", b"x-unknown"])
def test_what_is_base64_in_spite_of_its_headers_is_taken_for_that(tmp_path: Path, declared: bytes) -> None:
    held = base64.encodebytes(PDF)
    one = part(held, b"base64") if declared == b"base64" else part(PDF, declared)
    assert contents(found(tmp_path, "a.eml", HEAD + multipart(TEXT, one))) == {"a.eml/a.pdf": PDF}
    addresses = part(b"").rstrip(b"\r\n") + b"\r\n\r\n" + base64.urlsafe_b64encode(PDF)
    assert contents(found(tmp_path, "a.eml", HEAD + multipart(TEXT, addresses))) == {"a.eml/a.pdf": PDF}


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"\n"])
def test_a_mail_may_begin_with_what_is_no_header(tmp_path: Path, before: bytes) -> None:
    assert contents(found(tmp_path, "a.eml", before + HEAD + multipart(TEXT, part(PDF)))) == {"a.eml/a.pdf": PDF}


def test_blanks_before_a_headers_colon(tmp_path: Path) -> None:
    spaced = part(PDF).replace(b"Type:", b"Type :").replace(b"Encoding:", b"Encoding\t:")
    assert contents(found(tmp_path, "a.eml", HEAD + multipart(TEXT, spaced))) == {"a.eml/a.pdf": PDF}


def test_files_that_are_uuencoded_in_a_letter(tmp_path: Path) -> None:
    def lines(data: bytes) -> bytes:
        return b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))

    letter = b"Dear chair,\nbegin 644 times\nhere:\n\nbegin 644 a.pdf\n" + lines(PDF) + b"`\nend\n\n"
    letter += b"begin 600 b c.pdf\n" + lines(OTHER) + b"`\nend\nbegin 644 note.txt\n" + lines(b"a note") + b"`\nend\n"
    rows = found(tmp_path, "a.eml", HEAD + b"Content-Type: text/plain\n\n" + letter)
    assert contents(rows) == {"a.eml/a.pdf": PDF, "a.eml/b c.pdf": OTHER}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("filename=\u7b7e\u7f72\u534f\u8bae.pdf".encode("gbk"), "\u7b7e\u7f72\u534f\u8bae.pdf"),
        ('filename="\u540c\u610f\u66f8.pdf"'.encode("cp932"), "\u540c\u610f\u66f8.pdf"),
        ('filename="Erkl\u00e4rung.pdf"'.encode(), "Erkl\u00e4rung.pdf"),
        ('filename="Erkl\u00e4rung.pdf"'.encode("cp1252"), "Erkl\u00e4rung.pdf"),
        (b'filename="=?gb2312?B?' + base64.b64encode("\u7f16\u865f.pdf".encode("gbk")) + b'?="', "\u7f16\u865f.pdf"),
        (b"filename*=utf-8''%E5%90%8C.pdf", "\u540c.pdf"),
        (b'filename*0*=iso-8859-1\'\'Erkl%E4; filename*1="rung.pdf"', "Erkl\u00e4rung.pdf"),
        (b'filename="=?nowhere?Q?a=2Epdf?="', "a.pdf"),
        (b"filename=my signed form.pdf", "my signed form.pdf"),
    ],
)  # fmt: skip
def test_names_of_attachments_are_readable(tmp_path: Path, name: bytes, shown: str) -> None:
    one = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; " + name + b"\r\n\r\n" + PDF
    assert list(found(tmp_path, "a.eml", HEAD + multipart(TEXT, one))) == [f"a.eml/{shown}"]


def test_senders_in_other_letters_are_readable() -> None:
    assert (
        decoded_words("=?gb2312?B?" + base64.b64encode("\u5f20\u9555".encode("gbk")).decode() + "?=") == "\u5f20\u9555"
    )
    assert decoded_words("J\u00f6rg =?utf-8?q?K=C3=A4?= =?utf-8?q?th?=") == "J\u00f6rg K\u00e4th"


NAMES = {
    "gbk": ["\u7b7e\u7f72\u534f\u8bae.pdf", "\u7248\u6743\u8bb8\u53ef_\u5f20\u4e09.pdf"],
    "cp932": ["\u540c\u610f\u66f8.pdf", "\u5c71\u7530\u592a\u90ce.pdf", "\u30b5\u30a4\u30f3\u6e08\u307f_\u8868.pdf"],
    "cp949": ["\ub3d9\uc758\uc11c.pdf", "\uc11c\uba85 \uae40\ubbfc\uc218.pdf"],
    "cp950": ["\u51fa\u7248\u6388\u6b0a\u66f8.pdf", "\u7c3d\u540d.pdf"],
    "cp437": ["Erkl\u00e4rung M\u00fcller.pdf"],
    "cp1252": ["S\u00f8ren.pdf"],
    "mac_roman": ["Erkl\u00e4rung M\u00fcller.pdf", "Accord sign\u00e9.pdf", "\u00c9lise Gra\u00dfl.pdf"],
    "koi8-u": ["\u0423\u0433\u043e\u0434\u0430 \u0407\u0436\u0430\u043a.pdf"],
    "cp1253": ["\u03a3\u03c5\u03bc\u03c6\u03c9\u03bd\u03af\u03b1.pdf"],
    "cp1250": [
        "Smlouva Dvo\u0159\u00e1k.pdf",
        "Umowa \u0141ukasz \u017b\u00f3\u0142\u0107.pdf",
        "Szerz\u0151d\u00e9s \u00c1gnes.pdf",
    ],
    "cp852": [
        "Smlouva Dvo\u0159\u00e1k.pdf",
        "Umowa \u0141ukasz \u017b\u00f3\u0142\u0107.pdf",
        "Szerz\u0151d\u00e9s \u00c1gnes.pdf",
    ],
    "cp1254": ["\u0130mzal\u0131 S\u00f6zle\u015fme.pdf", "Ay\u015fe Y\u0131lmaz.pdf"],
    "cp857": ["\u0130mzal\u0131 S\u00f6zle\u015fme.pdf", "Ay\u015fe Y\u0131lmaz.pdf"],
    "euc_jp": ["\u7f72\u540d\u6e08\u307f.pdf"],
    "cp862": ["\u05d4\u05e1\u05db\u05dd \u05d7\u05ea\u05d5\u05dd.pdf"],
    "cp737": ["\u03a5\u03c0\u03bf\u03b3\u03b5\u03b3\u03c1\u03b1\u03bc\u03bc\u03ad\u03bd\u03bf.pdf"],
    "cp874": ["\u0e2a\u0e31\u0e0d\u0e0d\u0e32\u0e25\u0e07\u0e19\u0e32\u0e21.pdf"],
    "cp720": ["\u0627\u062a\u0641\u0627\u0642\u064a\u0629 \u0645\u0648\u0642\u0639\u0629.pdf"],
    "cp866": ["\u0414\u043e\u0433\u043e\u0432\u043e\u0440.pdf"],
    "utf-8": ["\u540c\u610f.pdf", "Zo\u00eb.pdf"],
}


@pytest.mark.parametrize("encoding", NAMES)
def test_names_in_archives_are_readable_in_the_letters_of_old(tmp_path: Path, encoding: str) -> None:
    names = NAMES[encoding]
    marks = [f"{'x' * len(name.encode(encoding))}{n}" for n, name in enumerate(names)]
    data = zip_of({mark: PDF + bytes([n]) for n, mark in enumerate(marks)})
    for n, (mark, name) in enumerate(zip(marks, names, strict=True)):
        data = data.replace(mark.encode(), name.encode(encoding) + str(n).encode())
    assert set(found(tmp_path, "a.zip", data)) == {f"a.zip/{name}{n}" for n, name in enumerate(names)}
    assert all(decoded_name(name.encode(encoding)) == name for name in names)


def test_a_name_in_the_extra_field_for_it_is_the_name(tmp_path: Path) -> None:
    field = b"\1" + struct.pack("<I", zlib.crc32(b"a.pdf")) + "Erkl\u00e4rung \u7b7e.pdf".encode()
    info = zipfile.ZipInfo("a.pdf")
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, PDF)
    assert list(found(tmp_path, "a.zip", out.getvalue())) == ["a.zip/Erkl\u00e4rung \u7b7e.pdf"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 93, 99])
def test_a_member_that_is_damaged_or_packed_unknown_has_a_row(tmp_path: Path, method: int) -> None:
    known = method if method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA) else zipfile.ZIP_STORED
    data = bytearray(zip_of({"a.pdf": PDF, "b.pdf": OTHER}, known))
    if known == zipfile.ZIP_STORED:  # say that it is Deflate64, Zstandard, AES
        for start in (data.index(b"PK\x03\x04") + 8, data.index(b"PK\x01\x02") + 10):
            data[start : start + 2] = struct.pack("<H", method)
    else:
        data[60:90] = bytes(30)
    rows = found(tmp_path, "a.zip", bytes(data))
    assert why(rows["a.zip/a.pdf"]) == "unreadable_file" and load_bytes(rows["a.zip/b.pdf"]) == OTHER


# --- envelopes


def signed(inner: bytes) -> bytes:
    held = {"content_type": "data", "content": inner}
    data = {"version": "v1", "digest_algorithms": [], "encap_content_info": held, "signer_infos": []}
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def p7m(data: bytes) -> bytes:
    return HEAD + part(data, kind=b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m")


def test_the_attachment_within_an_opaque_signature(tmp_path: Path) -> None:
    inner = multipart(TEXT, part(PDF), part(OTHER, kind=b"application/pdf; name=b.pdf"))
    rows = found(tmp_path, "a.eml", p7m(signed(inner)))
    assert contents(rows) == {"a.eml/smime.p7m/a.pdf": PDF, "a.eml/smime.p7m/b.pdf": OTHER}
    assert {row.sender for row in rows.values()} == {"Ada Example <ada@example.org>"}
    twice = found(tmp_path, "a.eml", p7m(signed(part(signed(inner), kind=b"application/pkcs7-mime; name=x.p7m"))))
    assert list(contents(twice).values()) == [PDF, OTHER]


def test_a_document_in_a_signed_envelope(tmp_path: Path) -> None:
    envelope = signed(PDF)
    bare = base64.encodebytes(envelope)
    for data in (envelope, b"-----BEGIN PKCS7-----\n" + bare + b"-----END PKCS7-----\n", bare):
        assert contents(found(tmp_path, "a.pdf.p7m", data)) == {"a.pdf.p7m": PDF}


def test_what_is_encrypted_or_empty_says_so(tmp_path: Path) -> None:
    info = {
        "content_type": "data",
        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": b"0" * 16},
    }
    inside = {**info, "encrypted_content": b"secret"}
    envelope = {"version": "v0", "recipient_infos": [], "encrypted_content_info": inside}
    secret = cms.ContentInfo({"content_type": "enveloped_data", "content": envelope}).dump()
    assert [why(row) for row in found(tmp_path, "a.eml", p7m(secret)).values()] == ["encrypted_file"]
    assert [why(row) for row in found(tmp_path, "a.eml", p7m(signed(b"")[:40])).values()] == ["not_a_document"]
    pgp = multipart(
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
        part(b"-----BEGIN", kind=b"application/x; name=x.asc"),
    )
    data = HEAD + pgp.replace(b"multipart/mixed", b"multipart/encrypted")
    assert "encrypted_file" in {why(row) for row in found(tmp_path, "a.eml", data).values()}


def winmail(files: Sequence[tuple[bytes, bytes]], long_names: bool = False) -> bytes:
    def attribute(level: int, name: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    out = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00089006, bytes(4))
    for name, data in files:
        out += attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, name + b"\0")
        out += attribute(2, 0x0006800F, data)
        if long_names:
            title = ("long " + decoded_name(name) + "\0").encode("utf-16-le")
            one = struct.pack("<HHI", 0x03, 0x0E21, 7) + struct.pack("<HHII", 0x1F, 0x3707, 1, len(title)) + title
            out += attribute(2, 0x00069005, struct.pack("<I", 2) + one + b"\0" * (-len(title) % 4))
    return out


def test_all_files_of_an_outlook_envelope(tmp_path: Path) -> None:
    files = [(b"a.pdf", PDF), ("\u7b7e\u7f72.pdf".encode("gbk"), OTHER)]
    rows = found(tmp_path, "winmail.dat", winmail(files))
    assert contents(rows) == {"winmail.dat/a.pdf": PDF, "winmail.dat/\u7b7e\u7f72.pdf": OTHER}
    kind = b"application/ms-tnef; name=winmail.dat"
    named = HEAD + multipart(TEXT, part(winmail([(b"a.pdf", PDF)], True), kind=kind))
    assert contents(found(tmp_path, "winmail.dat", named)) == {"winmail.dat/winmail.dat/long a.pdf": PDF}
    layout = HEAD + multipart(part(PDF), part(winmail([]), kind=kind))
    assert list(found(tmp_path, "winmail.dat", layout)) == ["winmail.dat/a.pdf"]
    for end in range(0, 400, 7):
        assert found(tmp_path, "winmail.dat", winmail(files, True)[:end])


def test_apples_mail_has_its_length_above(tmp_path: Path) -> None:
    message = mail(("a.pdf", PDF)).as_bytes()
    data = b"%-10d\n" % len(message) + message + b'<?xml version="1.0"?><plist></plist>\n'
    assert contents(found(tmp_path, "17.emlx", data)) == {"17.emlx/a.pdf": PDF}


@pytest.mark.parametrize("length", [12, 10**9])
def test_apples_length_may_be_wrong(tmp_path: Path, length: int) -> None:
    properties = b'<?xml version="1.0"?><plist></plist>\n'
    for end in (properties, b""):
        data = b"%-10d\n" % length + mail(("a.pdf", PDF)).as_bytes() + end
        assert contents(found(tmp_path, "17.emlx", data)) == {"17.emlx/a.pdf": PDF}


# --- mailboxes


@pytest.mark.parametrize(
    "line",
    ["From our talk at 10:30 I gathered this.", "From 10:00 on:", "From Mon Oct 12 10:00 we wait.", "From ", "From -"],
)
@pytest.mark.parametrize("after", ["", "so it is", "-- Ada", "From: nothing", "\nFrom: nothing\nTo: nobody"])
def test_from_in_a_letter_parts_no_messages(tmp_path: Path, line: str, after: str) -> None:
    if "Mon" in line and after == "From: nothing":
        after = "it is"  # this is how messages are parted
    message = mail()
    message.set_content(f"Dear chair,\n\n{line}\n{after}\n")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    rows = found(tmp_path, "inbox.mbox", mailbox(message, message).replace(b">From", b"From"))
    assert [load_bytes(row) for row in rows.values()] == [PDF, PDF]


@pytest.mark.parametrize("line", [b"From \r\n", b"From - Wed Oct 14 08:22:00 2026\n", b"From -\n", b"From a@b 08:22\n"])
def test_other_lines_that_part_messages(tmp_path: Path, line: bytes) -> None:
    rows = found(tmp_path, "inbox", mailbox(mail(("a.pdf", PDF)), mail(("b.pdf", OTHER)), line=line))
    assert sorted(map(bytes, contents(rows).values())) == sorted([PDF, OTHER])  # type: ignore[arg-type]


def test_a_mailbox_may_begin_with_empty_lines(tmp_path: Path) -> None:
    rows = found(tmp_path, "inbox", b"\n\r\n" + mailbox(mail(("a.pdf", PDF)), mail(("b.pdf", OTHER))))
    assert sorted(map(bytes, contents(rows).values())) == sorted([PDF, OTHER])  # type: ignore[arg-type]


# --- what it costs


def test_a_part_is_read_without_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = HEAD + multipart(*(part(PDF + bytes([n]), kind=b"application/pdf; name=%d.pdf" % n) for n in range(50)))
    rows = found(tmp_path, "a.eml", data)
    parsed: list[int] = []
    whole = mime.parsed_headers

    def noted(block: bytes) -> object:
        parsed.append(len(block))
        return whole(block)

    monkeypatch.setattr(mime, "parsed_headers", noted)
    assert [load_bytes(row) for row in rows.values()][-1] == PDF + bytes([9])
    assert len(parsed) == 50, "the headers of each part alone"


def test_parts_have_the_bytes_they_take_up() -> None:
    inner = HEAD + multipart(part(OTHER), boundary=b"CC")
    data = HEAD + multipart(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner, part(PDF))
    seen = [(one.kind, data[one.start : one.end].count(b"BB"), mime.content(data, one)) for one in parts(data)]
    kinds = ["multipart/mixed", "text/plain", "message/rfc822", "multipart/mixed", "application/pdf", "application/pdf"]
    assert [kind for kind, _, _ in seen] == kinds
    assert seen[1][2] == b"please find it here" and seen[4][2] == OTHER and seen[5][2] == PDF
    assert [count for _, count, _ in seen[1:]] == [0] * 5
    unclosed = multipart(part(PDF)).replace(b"--BB--", b"")
    nameless = unclosed.replace(b'; boundary="BB"', b"").replace(b"A preamble\r\n", b"")
    for damaged in (unclosed, nameless):
        assert [mime.content(damaged, one) for one in parts(damaged)][1].startswith(PDF)


def test_no_more_members_than_a_file_could_name(tmp_path: Path) -> None:
    inner = zip_of({f"{n:05}.pdf": b"%PDF-" for n in range(3000)}, zipfile.ZIP_STORED)
    data = zip_of({"in.zip": zip_of({"in.zip": inner})})
    assert len(data) < 12_000
    (row,) = found(tmp_path, "a.zip", data).values()
    assert why(row) == "unreadable_file"
    assert len(found(tmp_path, "a.zip", inner)) == 3000


# --- what is said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "My form: https://drive.google.com/file/d/1a2b/view?usp=sharing.",
            "(https://drive.google.com/file/d/1a2b/view",
        ),
        ("see <https://example-my.sharepoint.com/:b:/p/x>", "example-my.sharepoint.com"),
        ("https://cloud.example-university.edu/s/AbCdEfGhIjKlMnO", "cloud.example-university.edu"),
        ("Our page is https://example.org/paper and mail a@drive.google.com", ""),
        ("https://drive.google.com.evil.example/x", ""),
    ],
)
def test_a_link_to_a_cloud_drive_in_place_of_an_attachment_is_said(tmp_path: Path, text: str, says: str) -> None:
    message = mail()
    message.set_content(text)
    (row,) = found(tmp_path, "a.eml", message.as_bytes()).values()
    assert row.refused is not None and row.refused.code == "not_a_document"
    assert ("link to a file elsewhere" in row.refused.sentence) == bool(says) and says in row.refused.sentence
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    assert list(found(tmp_path, "a.eml", message.as_bytes())) == ["a.eml/a.pdf"]


# --- folders


def test_a_folder_that_may_not_be_entered_has_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "a.pdf").write_bytes(PDF)
    scandir, exists = os.scandir, Path.exists

    def refusing(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    def looking(path: Path) -> bool:
        if path.parent.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(os, "scandir", refusing)
    monkeypatch.setattr(Path, "exists", looking)
    rows = {row.name: row for row in find_sources([tmp_path])}
    assert list(rows) == ["a.pdf", "locked"] and why(rows["locked"]) == "unreadable_file"


def test_a_name_that_is_no_utf_8_is_shown_and_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with open(bytes(folder) + b"/gr\xfcn.pdf", "wb") as file:  # noqa: PTH123 (a path of bytes)
        file.write(PDF)
    (row,) = find_sources([folder])
    assert row.name == "gr\\xfcn.pdf" and load_bytes(row) == PDF


def test_a_container_that_trips_the_program_up_costs_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trips(*_: object) -> object:
        raise KeyError("2")

    monkeypatch.setattr(sources, "list_members", trips)
    rows = {**found(tmp_path, "a.zip", zip_of({"a.pdf": PDF})), **found(tmp_path, "b.pdf", PDF)}
    assert why(rows["a.zip"]) == "unreadable_file" and rows["b.pdf"].refused is None


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r"])
def test_the_lines_of_a_mail_and_of_a_mailbox_may_end_in_any_way(tmp_path: Path, ending: bytes) -> None:
    letter = HEAD + multipart(TEXT, part(PDF))
    one = found(tmp_path, "a.eml", letter.replace(b"\r\n", b"\n").replace(b"\n", ending))
    assert contents(one) == {"a.eml/a.pdf": PDF}
    assert next(iter(one.values())).sender == "Ada Example <ada@example.org>"
    postmark = b"From ada@example.org Wed Oct 14 10:22:00 2026\n"
    letters = (postmark + letter.replace(b"\r\n", b"\n") + b"\n") * 2
    several = found(tmp_path, "b.mbox", letters.replace(b"\n", ending))
    assert [held for name, held in contents(several).items() if name.startswith("b.mbox")] == [PDF, PDF]


def test_the_text_of_a_mail_whose_lines_end_in_carriage_returns_is_shown(tmp_path: Path) -> None:
    letter = (HEAD + b"Subject: Agreement\r\n" + multipart(TEXT, part(PDF))).replace(b"\r\n", b"\n")
    rows = found(tmp_path, "a.eml", letter.replace(b"\n", b"\r"))
    assert mail_text(rows["a.eml/a.pdf"]) == MailText("Agreement", "please find it here")
