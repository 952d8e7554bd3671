"""What an engine says of a page instead of reading it: "The signature is a cursive script", `[signature]`, `[image]`.

A remark is told from writing by its words: it speaks of signatures, handwriting or legibility, in brackets or in a
sentence. It is read as what it says: whether something is signed, how, by whom, and on which day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.dates.readings import readings

TOPIC = re.compile(
    r"\b(?:signatures?|signed|unsigned|hand-?writ\w+|hand-?drawn|cursive|illegible|unreadable|scribbl\w*|scrawl\w*|"
    r"stylized|flourish|initials|stamp|autograph|image|figure|picture|logo|blank|empty)\b",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"[\[(<{]\s*([^\[\](){}<>]{1,300}?)\s*[\])>}]")
VERB = re.compile(
    r"\b(?:is|are|was|were|appears?|reads?|shows?|says?|seems?|contains?|consists?|looks?|resembles?|present|visible|and)\b",
    re.IGNORECASE,
)
LEAST_WORDS = 4
"""A sentence of fewer words is writing, or a label."""
DENIED = re.compile(
    r"\b(?:no|without(?: an?| any)?|missing|absent|lacks?(?: an?)?)\s+(?:visible |handwritten |apparent )?signature|"
    r"\bun-?signed\b|\bnot (?:been )?signed\b|\bsignature\b[^.]{0,40}\b(?:is|was|left|appears?)\s+(?:left )?"
    r"(?:blank|empty|missing|absent|not (?:present|visible|provided))|\b(?:blank|empty)\b[^.]{0,20}\bsign",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"\bsignatures?\b|\bsigned\b|\bcursive\b|\bscribbl|\bscrawl|\bautograph|\bhand-?writ\w+ (?:name|mark|initials)",
    re.IGNORECASE,
)
DIGITAL = re.compile(r"\b(?:digital(?:ly)?|electronic(?:ally)?|docusign|certificate|e-sign\w*)\b", re.IGNORECASE)
TYPED = re.compile(r"\b(?:typed|typeset|printed)\b", re.IGNORECASE)
BY_HAND = re.compile(r"\b(?:hand-?writ\w+|hand-?drawn|cursive|ink|pen|scribbl\w*|scrawl\w*)\b", re.IGNORECASE)
UNREAD = re.compile(r"\b(?:illegible|unreadable|not legible|unclear)\b", re.IGNORECASE)
PICTURE = re.compile(r"^(?:image|figure|picture)\b", re.IGNORECASE)
NAMED = re.compile(
    r"\b(?:signature|signed|name|initials|handwriting)\b[^\"“”\n.]{0,60}?"
    r"(?:\b(?:reads?|says?|by|of|as|like|is|appears to (?:be|read))\b|:)[^\"“\w\n]{0,3}[\"“']([^\"”'\n]{2,60})[\"”']",
    re.IGNORECASE,
)
LABELLED_NAME = re.compile(
    r"^(?:handwritten\s+)?(?:signature|signed)(?:\s+(?:of|by))?\s*[:\-]?\s*(?P<name>.+)$", re.IGNORECASE
)
QUOTED_DATE = re.compile(r"\bdated?\b[^\"“\n]{0,60}[\"“']([^\"”'\n]{3,40})[\"”']", re.IGNORECASE)
STAMP = re.compile(
    r"\b(?:digitally|electronically) signed by:?\s+(?P<name>[^\n]{2,80}?)"
    r"(?=\s*(?:\n|$|\bDN\s*:|\bDate\s*:|\bReason\s*:|[,;]))",
    re.IGNORECASE,
)

How = Literal["handwritten", "typed", "digital", "transcribed"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark, at characters `start` to `end` of the text it was found in."""

    start: int
    end: int
    signed: bool | None
    """None: it says nothing of a signature."""
    how: How = "transcribed"
    name: str = ""
    """Who signed, as the engine read it; empty: it could not."""
    date: str = ""
    picture: bool = False
    """Whether it only says that a picture is there."""


def find_remarks(text: str) -> list[Remark]:
    """The remarks in a text, in their order, none inside another."""
    found = [
        Remark(stamp.start(), stamp.end(), True, "digital", stamp["name"].strip(" .")) for stamp in STAMP.finditer(text)
    ]
    for match in BRACKETED.finditer(text):
        if TOPIC.search(match[1]) and _is_free(match, found):
            found.append(_bracketed(match))
    for line in re.finditer(r"[^\n\f]+", text):
        if TOPIC.search(line[0]) and _is_sentence(line[0]) and _is_free(line, found):
            found.append(_said(line[0], line.start(), line.end()))
    return sorted(found, key=lambda remark: remark.start)


def without_remarks(text: str, remarks: list[Remark]) -> str:
    """The text with blanks where remarks stand, as long as before."""
    for remark in remarks:
        blank = re.sub(r"[^\n\f]", " ", text[remark.start : remark.end])
        text = text[: remark.start] + blank + text[remark.end :]
    return text


def _is_free(match: re.Match[str], found: list[Remark]) -> bool:
    return all(match.end() <= remark.start or remark.end <= match.start() for remark in found)


def _is_sentence(line: str) -> bool:
    return len(re.findall(r"\w+", line)) >= LEAST_WORDS and VERB.search(line) is not None


def _bracketed(match: re.Match[str]) -> Remark:
    remark = _said(match[1], match.start(), match.end())
    labelled = LABELLED_NAME.match(match[1])
    name = labelled["name"].strip(" \"'“”.") if labelled and not remark.name and remark.signed else ""
    if not name or TOPIC.search(name) or readings(name):
        return remark
    return Remark(remark.start, remark.end, remark.signed, remark.how, name, remark.date)


def _said(text: str, start: int, end: int) -> Remark:
    """What a remark's words say."""
    if PICTURE.match(text) and not SIGNED.search(text):
        return Remark(start, end, None, picture=True)
    quoted = QUOTED_DATE.search(text)
    days = readings(quoted[1]) if quoted else readings(text)
    day = quoted[1].strip() if quoted and days else days[0].text if days else ""
    if DENIED.search(text):
        return Remark(start, end, False, date=day)
    signed = SIGNED.search(text) is not None or UNREAD.search(text) is not None
    named = NAMED.search(text)
    name = named[1].strip() if named and not readings(named[1]) else ""
    return Remark(start, end, signed or None, _how(text), name, day)


def _how(text: str) -> How:
    if DIGITAL.search(text):
        return "digital"
    return "handwritten" if BY_HAND.search(text) else "typed" if TYPED.search(text) else "transcribed"
