"""The parts of a mail, each with the bytes it takes up (RFC 2045 to 2047, 2231), however carelessly it was written.

By hand rather than with `email.message_from_bytes`, which parses a whole mail to give one part and does not tell where
it lies: a part is found here once, and read later by itself. Headers are `email`'s, with what real mails need beside:
`email.policy.default` raises on damaged ones, and neither policy reads raw bytes or GBK that calls itself gb2312.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser

from pipeline.intake.legacy_text import decoded_name

MAX_DEPTH = 30
"""Multipart bodies and messages within one another; clients nest five."""
MAX_HEADERS = 1 << 20
"""Bytes of one part's headers that are read."""
SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "big5": "cp950", "x-x-big5": "cp950",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "iso-2022-jp": "iso2022_jp_ext",
    "utf8": "utf-8", "utf-8": "utf-8", "iso-8859-8-i": "iso-8859-8",
}  # fmt: skip
"""Charset as mails name it -> the codec for what they then contain."""
_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_COMMENT = re.compile(r"\([^()]*\)")
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_FROM_ADDRESSES = bytes.maketrans(b"-_", b"+/")
_BARE_BASE64 = re.compile(rb"\s*(?:JVBERi0|/9j/|iVBORw0KGgo|UEsDB|SUkq|TU0AK)[A-Za-z0-9+/=\s]*\Z")
"""What was left undeclared: PDF, JPEG, PNG, ZIP and TIFF in base64."""
_BEFORE_HEADERS = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")
"""What some programs put before a mail: a mark of its encoding, empty lines."""
_BLANK_BEFORE_COLON = re.compile(r"^([A-Za-z][A-Za-z0-9-]*)[ \t]+:", re.MULTILINE)
_FIRST_DELIMITER = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE)
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]*)\r?\n((?:(?!begin )[^\n]*\n)*?)end\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail, or the mail itself."""

    start: int
    """Its first byte in the mail, that of its headers."""
    body: int
    """The first byte behind its headers."""
    end: int
    headers: Message
    mail: Message
    """The headers of the innermost mail that it belongs to."""

    @property
    def kind(self) -> str:
        """MIME type in lower case."""
        return self.headers.get_content_type()


def with_line_feeds(data: bytes) -> bytes:
    """The same, byte for byte as long, where lines end in a carriage return alone, as on Macintoshes of old."""
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def parts(data: bytes) -> Iterator[Part]:
    """Every part of a mail in its order, those of mails attached to it too; containers before what they hold."""
    before = _BEFORE_HEADERS.match(data)
    root = _part(data, before.end() if before else 0, len(data), None)
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part
        inner: list[Part] = []
        if depth >= MAX_DEPTH:
            continue
        if part.kind.startswith("multipart/"):
            inner = [_part(data, start, end, part.mail) for start, end in _slices(data, part)]
        elif part.kind == "message/rfc822" and transfer_encoding(part.headers) not in ("base64", "quoted-printable"):
            inner = [_part(data, part.body, part.end, None)]
        waiting += [(one, depth + 1) for one in reversed(inner)]


def part_content(data: bytes) -> bytes:
    """What is in one part, given with its headers, as it was before it was packed for the way."""
    part = _part(data, 0, len(data), None)
    return b"" if part.kind.startswith("multipart/") else content(data, part)


def _part(data: bytes, start: int, end: int, mail: Message | None) -> Part:
    blank = _BLANK_LINE.search(data, start, end) if data[start : start + 2] not in (b"\r\n",) else None
    if data[start : start + 1] == b"\n":
        body = start + 1
    elif data[start : start + 2] == b"\r\n":
        body = start + 2
    else:
        body = blank.end() if blank else end
    headers = parsed_headers(data[start : min(body, start + MAX_HEADERS)])
    return Part(start, body, end, headers, headers if mail is None else mail)


def _slices(data: bytes, part: Part) -> Iterator[tuple[int, int]]:
    """(first byte, place behind the last) of each part of a multipart body."""
    boundary = _boundary(data, part)
    if not boundary:
        return
    delimiter = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    begins: int | None = None
    for found in delimiter.finditer(data, part.body, part.end):
        if begins is not None:
            yield begins, max(begins, _before_line_end(data, found.start()))
        begins = min(found.end() + 1, part.end)
        if found[1]:
            return
    if begins is not None:
        yield begins, part.end


def _before_line_end(data: bytes, at: int) -> int:
    """The end of what stands before a delimiter, to which the line end before it belongs."""
    at -= data[at - 1 : at] == b"\n"
    return at - (data[at - 1 : at] == b"\r")


def _boundary(data: bytes, part: Part) -> bytes:
    try:
        given = part.headers.get_boundary("") or ""
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        given = ""
    if given:
        return given.encode("utf-8", "surrogateescape")
    found = _FIRST_DELIMITER.search(data, part.body, part.end)
    return found[1] if found else b""


# --- headers ------------------------------------------------------------------------------------------------------


def parsed_headers(block: bytes) -> Message:
    """Headers as `email` has them; raw bytes in them are read in the encoding that they most likely are in."""
    try:
        return HeaderParser().parsestr(_BLANK_BEFORE_COLON.sub(r"\1:", decoded_name(block)))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Message()


def header(headers: Message, name: str) -> str:
    """A header's value as it stands there, in one line; empty where there is none."""
    return " ".join(str(headers.get(name) or "").split())


def decoded_words(value: str) -> str:
    """A header's value as people read it: its encoded words decoded."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return value
    return "".join(piece if isinstance(piece, str) else _word(piece, charset) for piece, charset in pieces)


def _word(raw: bytes, charset: str | None) -> str:
    if charset is None:  # what stands between encoded words, which `email` packs so
        return raw.decode("raw-unicode-escape", "replace")
    name = charset.lower().partition("*")[0]
    try:
        return raw.decode(SUPERSETS.get(name, name))
    except (LookupError, UnicodeDecodeError):
        return decoded_name(raw)


def file_name(headers: Message) -> str:
    """The name that an attachment was given; empty where it has none."""
    try:
        return decoded_words(" ".join(str(headers.get_filename("") or "").split()))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        return ""


def transfer_encoding(headers: Message) -> str:
    """`base64` and the like, without the comments, quotes and blanks around it."""
    words = _COMMENT.sub(" ", header(headers, "Content-Transfer-Encoding")).replace('"', " ").replace(";", " ").split()
    return words[0].lower() if words else ""


# --- content ------------------------------------------------------------------------------------------------------


def content(data: bytes, part: Part) -> bytes:
    """What is in a part of a mail, as it was before it was packed for the way.

    What is base64 in spite of what its headers say, or after they were heeded, is taken for that.
    """
    held = _as_declared(data, part)
    if not part.kind.startswith(("text/", "message/")) and _BARE_BASE64.match(held):
        return base64_bytes(held)
    return held


def _as_declared(data: bytes, part: Part) -> bytes:
    body = data[part.body : part.end]
    encoding = transfer_encoding(part.headers)
    if encoding in ("base64", "base-64", "b"):
        return base64_bytes(body)
    if encoding in ("quoted-printable", "q"):
        return binascii.a2b_qp(body)
    if encoding in ("uuencode", "x-uuencode", "uue", "x-uue"):
        return next((file for _, file in uuencoded_files(body)), body)
    return body


_WORDS_IN_BASE64 = re.compile(
    rb"^(?![> \t]*[A-Za-z0-9+/=_-]*[ \t\r]*$)(?=[^\n]*\S[ \t]+\S[^\n]*[ \t])[^\n]*$", re.MULTILINE
)
"""A line of words that a scanner for viruses or a mailing list put in; one that is quoted is none."""


def base64_bytes(text: bytes) -> bytes:
    """Base64 with whatever stands in it: ends and lines of words, blanks, padding in its middle, an end that is cut."""
    held = b""
    if b" " in text:
        text = _WORDS_IN_BASE64.sub(b"", text)
    if not re.search(rb"[+/]", text):  # the alphabet for addresses, RFC 4648
        text = text.translate(_FROM_ADDRESSES)
    for piece in re.split(rb"=+", text.translate(None, _NO_BASE64)):
        whole = piece[: len(piece) - (len(piece) % 4 == 1)]
        held += binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return held


def uuencoded_files(text: bytes) -> list[tuple[str, bytes]]:
    """(name, content) of each file in a text that is uuencoded."""
    files = []
    for found in _UUENCODED.finditer(text):
        try:
            files.append((decoded_name(found[1]), b"".join(map(_uuencoded_line, found[2].splitlines()))))
        except (binascii.Error, IndexError):
            continue
    return files


def _uuencoded_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:  # blanks at the line's end were lost, or some stand there
        return binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3])
