"""Plain and Markdown transcripts: markup evened out, page by page.

What remains are the words in their order, line by line. Pictures and signatures that the engine put a placeholder for
stay as words in square brackets, `[image]` and `[signature]`; words that it shows struck out are gone.
"""

from __future__ import annotations

import html
import re

from pipeline.intake.ocr_output.engine_output import EngineOutput, EnginePage, lines_of_text

PLAIN_TEXT = "plain text"
"""How the format is called."""
ODD = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff]")
"""Characters that no text has more than a few of."""
HEAD = 4096
PAGE_BREAK = re.compile(r"\f|<!--\s*page[ _-]?break\s*-->|\\(?:new|clear)page\b|<page_break\s*/?>", re.IGNORECASE)
FRONT_MATTER = re.compile(r"\A\s*---\n(?:[\w-]+:[^\n]*\n)+---\n")
FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$", re.MULTILINE)
IMAGE = re.compile(
    r"<!--\s*(?:image|figure|picture)[^>]*-->|!\[([^\]]*)\]\([^)]*\)|<img\b[^>]*?(?:alt=\"([^\"]*)\")?[^>]*>", re.I
)
SIGNATURE = re.compile(r"<signature>(.*?)</signature>", re.IGNORECASE | re.DOTALL)
STRUCK = re.compile(r"~~(?=\S).{1,400}?~~|<(s|del|strike)>.{1,400}?</\1>", re.IGNORECASE | re.DOTALL)
NOTE_MARK = re.compile(r"<sup>.{0,8}?</sup>|\$\s*\^?\{?\s*\^?\{?\d+\}?\}?\s*\$|\[\^[^\]]{1,8}\]|[¹²³⁴-⁹]", re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^\]\n]{1,200})\]\([^)\s]{1,500}\)")
ADDRESS = re.compile(r"<((?:https?|mailto):[^<>\s]+)>")
ROW_END = re.compile(r"</(?:tr|p|div|li|h\d|table|ul|ol)>|<br\s*/?>|<hr\s*/?>|<(?:p|li|tr|h\d)\b[^<>]*>", re.IGNORECASE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>")
TABLE_RULE = re.compile(r"^[\s|:+-]*-{2,}[\s|:+-]*$", re.MULTILINE)
LEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]*|[-*+\u2022\u25cf\u25e6\u25aa\u2013\u2014\u00b7][ \t]+)+", re.MULTILINE
)
EMPHASIS = re.compile(r"\*+|`+|(?<![^\W_])_+|_+(?![^\W_])|\\(?=[_*#\[\]()~|.-])")


def decoded(data: bytes) -> str | None:
    """The text of a file; None where it is no text."""
    if b"\0" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if len(ODD.findall(text, 0, HEAD)) <= len(text[:HEAD]) // 200 else None
    return None


def read_plain_text(text: str) -> EngineOutput:
    """A transcript; one page where it tells none."""
    return EngineOutput(PLAIN_TEXT, tuple(EnginePage(lines_of_text(page)) for page in even_text(text)))


def even_text(text: str) -> list[str]:
    """The pages of a text, plain, Markdown or with HTML in it, without their markup."""
    text = FRONT_MATTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"), count=1)
    return [_even(page) for page in PAGE_BREAK.split(text)]


def _even(text: str) -> str:
    if "<" in text:
        text = SIGNATURE.sub(lambda m: f" [signature: {m[1].strip()}] " if m[1].strip() else " [signature] ", text)
    text = IMAGE.sub(lambda m: f" [image: {m[1] or m[2]}] " if m[1] or m[2] else " [image] ", text)
    text = LINK.sub(r"\1", ADDRESS.sub(r"\1", NOTE_MARK.sub(" ", STRUCK.sub(" ", text))))
    if "<" in text:
        text = TAG.sub(" ", COMMENT.sub(" ", ROW_END.sub("\n", text)))
    text = TABLE_RULE.sub("", FENCE.sub("", html.unescape(text)))
    return EMPHASIS.sub("", LEADING.sub("", text).replace("|", " "))
