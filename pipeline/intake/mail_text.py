"""What stands in the mail that a return came in: its subject and text, to be read by people, never markup.

The mail is taken out of its file again when somebody asks for it; nothing of it is kept.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from lxml import etree, html

from pipeline.datamodel.records import Problem, Source
from pipeline.intake.containers import container_kind, member_bytes
from pipeline.intake.legacy_text import decoded_name
from pipeline.intake.mails import begins_with_header, sender
from pipeline.intake.members import MAX_INNER
from pipeline.intake.mime import SUPERSETS, Part, content, decoded_words, header, parts, with_line_feeds
from pipeline.intake.sources import file_of

LONGEST = 20_000
"""Characters of a text that are shown."""
JOINERS = "\u200c\u200d"
"""Invisible characters without which some scripts are misspelt."""
BLOCKS = frozenset({
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr", "section",
})  # fmt: skip
"""Elements of HTML that begin a line."""
UNSHOWN = ("script", "style", "head", "title", "template", "noscript", "svg")
NO_MAIL = Problem("not_a_document", "The mail that this return came in can't be read any more.")
_DAMAGE = (RecursionError, ValueError, LookupError, TypeError, AttributeError, etree.LxmlError)


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail as people read it: plain text, without anything that acts on what shows it."""

    subject: str
    text: str


def came_by_mail(source: Source) -> bool:
    """Whether a return came in a mail."""
    steps = source.inside.steps if source.inside else ()
    return bool(source.sender or source.received) or any(step.startswith(("mbox", "part", "msg")) for step in steps)


def mail_text(source: Source) -> MailText | Problem:
    """The mail that a return came in; of mails within one another the innermost that has a subject, or a text."""
    subject = text = ""
    try:
        for data in _levels(source):
            found = _read(data)
            subject, text = subject or found.subject, text or found.text
            if subject and text:
                break
    except OSError:
        return NO_MAIL
    return MailText(subject, text) if subject or text else NO_MAIL


def _levels(source: Source) -> Iterator[bytes]:
    """The containers that a return lies in, the innermost mail first, then those around it."""
    steps = source.inside.steps if source.inside else ()
    attached = [place for place, step in enumerate(steps) if step.startswith(("part", "msg"))]
    for count in range(attached[-1] if attached else len(steps), -1, -1):
        with Path(file_of(source)).open("rb") as stream:
            if count:
                data = member_bytes(stream, steps[:count])
            elif container_kind(stream) in ("mail", "outlook"):
                stream.seek(0)
                data = stream.read(MAX_INNER)
            else:
                continue
        if isinstance(data, bytes):
            yield data


def _read(data: bytes) -> MailText:
    try:
        if container_kind(io.BytesIO(data)) == "outlook":
            from pipeline.intake.outlook import message_text

            return MailText(*map(readable, message_text(io.BytesIO(data))))
        if not begins_with_header(data):
            return MailText("", "")
        data = with_line_feeds(data)
        held = list(parts(data))
        return MailText(readable(decoded_words(header(held[0].headers, "Subject"))), readable(_text(data, held)))
    except _DAMAGE:
        return MailText("", "")


def _text(data: bytes, held: list[Part]) -> str:
    """The plain text of a mail and of those in it; of HTML where there is none."""
    for kind, read in (("text/plain", _decoded), ("text/html", _without_markup)):
        said, mail = [], held[0].mail
        for part in held:
            if part.kind != kind or part.headers.get_content_disposition() == "attachment":
                continue
            if part.mail is not mail:
                mail = part.mail
                said.append(f"[{sender(mail)}: {decoded_words(header(mail, 'Subject'))}]")
            said.append(read(content(data, part), part.headers))
        if any(one.strip() for one in said):
            return "\n\n".join(said)
    return ""


def _decoded(raw: bytes, headers: Message) -> str:
    name = str(headers.get_content_charset() or "utf-8")
    try:
        return raw.decode(SUPERSETS.get(name, name))
    except (LookupError, UnicodeDecodeError):
        return decoded_name(raw)


def _without_markup(raw: bytes, headers: Message) -> str:
    """The text of HTML, a line for each of its blocks."""
    text = _decoded(raw, headers)
    if not text.strip():
        return ""
    root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text))
    etree.strip_elements(root, *UNSHOWN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    for element in root.iter():
        if element.tag in BLOCKS:
            element.text = "\n" + (element.text or "") if element.tag != "br" else element.text
            element.tail = "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in root.text_content().split("\n"))
    return "\n".join(lines)


def readable(text: str) -> str:
    """Text without controls, overrides of the direction of writing and the like; at most LONGEST characters of it."""
    text = re.sub(r"\r\n?|\u2028|\u2029", "\n", text)
    kept = "".join(c for c in text if c in "\n\t" or c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    kept = re.sub(r"[ \t]+\n", "\n", kept)
    kept = re.sub(r"\n{3,}", "\n\n", kept).strip()
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]} …"
