"""Intake, second half: open the bytes of a return. What a file is, its content says, not its name.

The first half, finding the returns and getting their bytes, is `pipeline.intake.sources`.
"""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.records import Problem
from pipeline.documents.document import Document
from pipeline.documents.file_kinds import ARCHIVE_MAGIC, file_kind
from pipeline.documents.picture_pages import ImagePages

if TYPE_CHECKING:
    from pipeline.documents.pdf_pages import PdfiumPages

_log = logging.getLogger(__name__)
SHELL_WORDS = 150
"""Words that a page may have which only stands for something else; the longest notice of Adobe's has a hundred, and an
agreement several hundred."""
_PLEASE_WAIT = re.compile(r"please wait|go/reader_download|acrobat/reader", re.IGNORECASE)
XFA = Problem(
    "not_a_document",
    "The PDF holds a form (XFA) that only Adobe's own program can show; its one page says to wait. Ask the author to "
    "open it in Adobe Reader, print it to a new PDF and send that.",
)
OFFICE = ("a spreadsheet, slides or another office document", "Ask for a PDF or a scan of the signed page")
FOREIGN = (
    (re.compile(rb"PK\x03\x04.*word/", re.DOTALL), "a Word document", "Ask for a PDF or a scan of the signed page"),
    (re.compile(rb"PK\x03\x04.*(?:xl/|ppt/)|PK\x03\x04.{26}mimetype", re.DOTALL), *OFFICE),
    (re.compile(rb"PK\x03\x04.*\.iwa", re.DOTALL), "a document of Apple's Pages or its kin", "Ask for a PDF of it"),
    (ARCHIVE_MAGIC, "an archive", "Unpack it and read what is inside"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old Office document", "Ask for a PDF or a scan of the signed page"),
    (
        re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE),
        "a web page",
        "Download the document itself once more",
    ),
    (re.compile(rb"%!PS"), "a PostScript file", "Ask for a PDF of it"),
    (re.compile(rb"(?:Return-Path|Received|Delivered-To|From|MIME-Version)[ :]"), "a mail", "Save its attachment here"),
    (re.compile(rb"-----BEGIN PGP MESSAGE"), "encrypted with PGP", "Open it in your mail program, or ask for a PDF"),
    (re.compile(rb"GIF8"), "a GIF picture", "Ask for a PDF, JPEG or PNG"),
    (
        re.compile(rb"\x78\x9f\x3e\x22"),
        "an envelope of Outlook's (winmail.dat)",
        "Ask for the mail once more as plain text or HTML",
    ),
)


def open_document(data: bytes) -> Document | Problem:
    """The file's pages, or why they can't be had, in a sentence that says what to ask for."""
    kind = file_kind(data)
    if kind == "empty":
        return Problem("empty_file", "The file is empty. Ask the author to send it once more.")
    if kind == "foreign":
        return _foreign(data)
    return _open_pdf(data) if kind == "pdf" else _open_image(data)


def _foreign(data: bytes) -> Problem:
    what, ask = next(((w, a) for pattern, w, a in FOREIGN if pattern.match(data)), ("neither a PDF nor an image", ""))
    return Problem("not_a_document", f"The file is {what}. {ask or 'Ask for a PDF or a scan of the signed pages'}.")


def _open_pdf(data: bytes) -> Document | Problem:
    """With PDFium; if it refuses, rebuilt by pikepdf and tried again; then with poppler."""
    import pypdfium2

    from pipeline.documents.pdf_pages import PasswordNeeded, PdfiumPages, PopplerPages, rebuilt

    mended: bytes | None = None
    try:
        for opened_with in ("pdfium", "pikepdf"):
            if opened_with == "pikepdf" and (mended := rebuilt(data)) is None:
                break
            try:
                pages = PdfiumPages.open(mended or data)
            except pypdfium2.PdfiumError:
                continue
            if pages.sizes_pt:
                _log.log(logging.INFO if mended else logging.DEBUG, "opened with %s", opened_with)
                shell = _only_a_shell(pages, mended or data)
                return shell or Document("pdf", "pikepdf" if mended else "pdfium", pages.sizes_pt, pages)
    except PasswordNeeded:
        sentence = "The file opens only with a password. Ask the author for a copy without one."
        return Problem("encrypted_file", sentence)
    poppler = PopplerPages.open(mended or data)
    if poppler is not None:
        _log.info("opened with poppler: PDFium can't, nor could it be rebuilt")
        return Document("pdf", "poppler", poppler.sizes_pt, poppler)
    sentence = "The PDF is damaged and could not be repaired. Ask the author to send it once more."
    return Problem("unreadable_file", sentence)


def _only_a_shell(pages: PdfiumPages, data: bytes) -> Problem | None:
    """What to do with a PDF whose one page stands for what isn't on it; None: it is a document.

    That is a form which Adobe's program alone draws (XFA), or other files (a portfolio).
    """
    import pypdfium2.raw as raw

    form = raw.FPDF_GetFormType(pages.pdf)
    holds_files = raw.FPDFDoc_GetAttachmentCount(pages.pdf) > 0
    drawn_elsewhere = form in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)
    if len(pages.sizes_pt) != 1 or not (drawn_elsewhere or holds_files):
        return None
    words = [word.text for word in pages.words(0)]
    if len(words) > SHELL_WORDS:
        return None
    if drawn_elsewhere and (form == raw.FORMTYPE_XFA_FULL or _PLEASE_WAIT.search(" ".join(words))):
        return XFA
    names = _portfolio(data) if holds_files else ()
    if not names:
        return None
    listed = ", ".join(map(printable, names[:3])) + (", \u2026" if len(names) > 3 else "")
    sentence = (
        f"The PDF is a portfolio, whose page only stands for the files in it ({listed}). Open it in Adobe Reader, save "
        "the signed agreement out of it here, and read that."
    )
    return Problem("not_a_document", sentence)


def _portfolio(data: bytes) -> tuple[str, ...]:
    """Names of the files in a portfolio (ISO 32000, 12.3.5); none where a PDF is none."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            shown_as = pdf.Root.get("/Collection")
            if shown_as is None or shown_as.get("/View") == pikepdf.Name("/H"):  # hidden: the page is the document
                return ()
            return tuple(spec.filename or name for name, spec in pdf.attachments.items())
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, AttributeError, OSError):
        return ()


def _open_image(data: bytes) -> Document | Problem:
    from PIL import Image

    bomb = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        pages = ImagePages.open(data)
    except bomb:
        sentence = "The picture has more pixels than can be read. Ask for a scan at 300 dpi or less."
        return Problem("unreadable_file", sentence)
    except MemoryError:
        raise
    except Exception:  # Pillow's decoders raise whatever comes on damaged input: OSError, TypeError, SyntaxError, ...
        sentence = "The picture is damaged and could not be opened. Ask the author to send it once more."
        return Problem("unreadable_file", sentence)
    return Document("image", "pillow", pages.sizes_pt, pages)
