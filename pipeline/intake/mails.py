"""One mail, `.eml`: its attachments, who sent it, when it came.

Taken for attachments are all parts of a mail but its text, its signatures and invitations, and pictures too small
to be a page (the logo under a name). A mail that was forwarded as an attachment is looked into; its sender is the inner
one's, its day of arrival the outer one's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING

from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.records import Problem
from pipeline.documents.file_kinds import file_kind
from pipeline.intake import tnef
from pipeline.intake.file_names import is_side_name, part_of
from pipeline.intake.mime import (
    Part,
    content,
    decoded_words,
    file_name,
    header,
    part_content,
    parts,
    transfer_encoding,
    uuencoded_files,
    with_line_feeds,
)
from pipeline.intake.signed_envelopes import SECRET

if TYPE_CHECKING:
    from pipeline.intake.members import At, Found

LEAST_PAGE_PX = 600
"""A picture in a mail whose long side has fewer pixels is decoration: a page of that size could not be read."""
NO_ATTACHMENTS = frozenset({
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/ics",
    "application/applefile",
    "text/calendar", "text/vcard", "text/x-vcard", "image/svg+xml", "message/delivery-status",
    "message/disposition-notification", "application/pgp-keys", "application/pgp-encrypted",
})  # fmt: skip
NO_ATTACHMENT_SUFFIXES = (".ics", ".vcf", ".asc", ".sig", ".p7s")
"""What comes with mails and is no return."""
CLOUD_DRIVES = (
    "drive.google.com", "docs.google.com", "dropbox.com", "db.tt", "onedrive.live.com", "1drv.ms", "sharepoint.com",
    "box.com", "icloud.com", "wetransfer.com", "we.tl", "mega.nz", "pan.baidu.com", "disk.yandex.ru", "disk.yandex.com",
    "yadi.sk", "mediafire.com", "pcloud.com", "pcloud.link", "sync.com", "drive.proton.me", "sciebo.de", "weiyun.com",
    "transfernow.net", "swisstransfer.com", "filesender.org", "fileswap.com", "aliyundrive.com", "alipan.com",
    "lanzou.com", "feishu.cn", "terabox.com", "hidrive.ionos.com", "magentacloud.de", "smash.gg", "fromsmash.com",
)  # fmt: skip
"""Hosts, with all below them, where people put a file instead of attaching it."""
_LINK = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)
_OWN_CLOUD = re.compile(r"https?://[^/]+/(?:index\.php/)?(?:s|f|d|dl)/[A-Za-z0-9]{10,}", re.IGNORECASE)
"""A shared file of Nextcloud, ownCloud or Seafile, which universities run themselves."""
TEXT_LOOKED_AT = 1 << 18
"""Bytes of a mail's text in which links are looked for."""
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t\r\n]")
_HEADERS = frozenset({
    b"return-path", b"received", b"delivered-to", b"from", b"to", b"date", b"subject", b"mime-version", b"message-id",
    b"content-type", b"x-gmail-labels", b"x-received", b"received-spf", b"authentication-results", b"dkim-signature",
})  # fmt: skip
_SERVERS = (b"arc-", b"x-ms-", b"x-microsoft-", b"x-forefront-", b"x-google-", b"x-gm-", b"x-mozilla-")
"""Headers of which every mail has some; those of servers may fill pages before the sender's own come."""
UNREADABLE = Problem("unreadable_file", "This mail is damaged and could not be taken apart. Save its attachment here.")
_DAMAGE = (RecursionError, ValueError, LookupError, TypeError, AttributeError)
"""What parsers of mails raise on damaged ones."""


# --- what it is ---------------------------------------------------------------------------------------------------


def begins_with_header(data: bytes) -> bool:
    """Whether the first line is a header, of a mail or of anything else."""
    return _HEADER.match(data) is not None


def is_mail(head: bytes) -> bool:
    """Whether a file begins with the headers of a mail: the first lines are headers, two of them a mail's own."""
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").splitlines()[:60]
    first = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    names = [found[1].lower() for line in lines[:first] if (found := _HEADER.match(line + b"\n"))]
    folded = sum(line[:1] in (b" ", b"\t") for line in lines[:first])
    known = {name for name in names if name in _HEADERS or name.startswith(_SERVERS)}
    return len(known) >= 2 and len(names) + folded >= first - 1


# --- one mail -----------------------------------------------------------------------------------------------------


def mail_contents(data: bytes, at: At) -> tuple[At, Iterator[Found]]:
    """(the mail's place with sender and day of arrival, its attachments)."""
    data = with_line_feeds(data)
    try:
        held = list(parts(data))
        headers = held[0].headers
        arrived = arrival(headers)
        here = replace(at, sender=sender(headers) or at.sender, received=at.received or (arrived and arrived.date()))
        found = list(_attachments(data, held, here))
        if not found and (why := _instead_of_attachment(data, held)):
            return here, iter([(here, why)])
        return here, iter(found)
    except _DAMAGE:
        return at, iter([(at, UNREADABLE)])


def _attachments(data: bytes, held: list[Part], at: At) -> Iterator[Found]:
    for part in held:
        inner = b"" if part.kind.startswith("multipart/") else content(data, part)
        here = replace(at, sender=sender(part.mail) or at.sender)
        place = f"part {part.start} {part.end - part.start}"
        if inner and _may_be_return(part, inner):
            yield here.below(place, _name(part)), inner
        elif part.kind == "text/plain":
            for number, (name, file) in enumerate(uuencoded_files(inner)):
                if file_kind(file) in ("pdf", "image"):
                    yield here.below(place).below(f"uu {number}", part_of(name) or "attachment"), file


def message_part(data: bytes) -> bytes:
    """What is in one part of a mail, given by itself; empty where it holds nothing."""
    try:
        return part_content(with_line_feeds(data))
    except _DAMAGE:
        return b""


def _may_be_return(part: Part, data: bytes) -> bool:
    kind, name = part.kind, _name(part)
    if kind == "message/rfc822":  # its parts come by themselves, unless it was packed again, as some servers do
        return transfer_encoding(part.headers) in ("base64", "quoted-printable")
    if kind in NO_ATTACHMENTS or name.lower().endswith(NO_ATTACHMENT_SUFFIXES):
        return False
    if data.startswith(tnef.SIGNATURE):  # most hold the mail's layout alone
        return bool(tnef.attachments(data))
    if kind.startswith("text/") or is_side_name(name):
        return file_kind(data) in ("pdf", "image")
    return not (kind.startswith("image/") or file_kind(data) == "image") or not _is_decoration(data)


def _is_decoration(data: bytes) -> bool:
    from PIL import Image

    from pipeline.documents.picture_pages import allow_heif

    allow_heif()
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return max(picture.size) < LEAST_PAGE_PX
    except Exception:  # Pillow raises whatever comes; a damaged picture gets its own row
        return False


def _instead_of_attachment(data: bytes, held: list[Part]) -> Problem | None:
    """What a mail without an attachment has in its place: another mail's encryption, or a link to a cloud drive."""
    if any(part.kind == "multipart/encrypted" for part in held):
        return SECRET
    texts = [content(data, part)[:TEXT_LOOKED_AT] for part in held if part.kind.startswith("text/")]
    links = [link for text in texts for link in _LINK.findall(text.decode("utf-8", "replace")) if _is_drive(link)]
    if not links:
        return None
    shown = printable(links[0].rstrip(".,;:!?"))
    shown = shown if len(shown) <= 100 else f"{shown[:100]}…"
    sentence = (
        f"This mail has no attachment but a link to a file elsewhere ({shown}). Download the signed agreement from "
        "there and read it, or ask for it as an attachment."
    )
    return Problem("not_a_document", sentence)


def _is_drive(link: str) -> bool:
    host = re.split(r"[/?#:]", link.split("//", 1)[1].lower(), maxsplit=1)[0].rpartition("@")[2]
    return any(host == one or host.endswith(f".{one}") for one in CLOUD_DRIVES) or bool(_OWN_CLOUD.match(link))


def _name(part: Part) -> str:
    kind = part.kind
    given = part_of(file_name(part.headers))
    return given or ("message.eml" if kind == "message/rfc822" else f"attachment.{kind.partition('/')[2][:20]}")


def sender(headers: Message) -> str:
    """`Ada Example <ada@example.org>`; empty where the mail does not say."""
    name, address = parseaddr(header(headers, "From"))
    return shown_sender(decoded_words(name), address)


def shown_sender(name: str, address: str) -> str:
    """`Name <address>`, or the one of the two that there is, printable."""
    shown = printable(" ".join(name.split()))
    return f"{shown} <{printable(address)}>" if shown and address else printable(address or shown)


def arrival(headers: Message) -> datetime | None:
    """When the last server took it, else when it was sent; UTC. None where nothing tells."""
    last = str((headers.get_all("Received") or [""])[0]).rpartition(";")[2]
    for written in (last, str(headers.get("Date") or "")):
        try:
            when = parsedate_to_datetime(" ".join(written.split()))
            return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
