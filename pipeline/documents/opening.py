"""Intake, second half: open the bytes of a return. What a file is, its content says, not its name.

The first half, finding the returns and getting their bytes, is `pipeline.intake.sources`.
"""

from __future__ import annotations

import re

from pipeline.datamodel.records import Problem
from pipeline.documents.document import Document
from pipeline.documents.file_kinds import file_kind
from pipeline.documents.picture_pages import ImagePages

OFFICE = ("a spreadsheet, slides or another office document", "Ask for a PDF or a scan of the signed page")
FOREIGN = (
    (re.compile(rb"PK\x03\x04.*word/", re.DOTALL), "a Word document", "Ask for a PDF or a scan of the signed page"),
    (re.compile(rb"PK\x03\x04.*(?:xl/|ppt/)|PK\x03\x04.{26}mimetype", re.DOTALL), *OFFICE),
    (re.compile(rb"PK\x03\x04.*\.iwa", re.DOTALL), "a document of Apple's Pages or its kin", "Ask for a PDF of it"),
    (re.compile(rb"PK\x03\x04|PK\x05\x06|Rar!|7z\xbc\xaf|\x1f\x8b"), "an archive", "Unpack it and read what is inside"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old Office document", "Ask for a PDF or a scan of the signed page"),
    (
        re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE),
        "a web page",
        "Download the document itself once more",
    ),
    (re.compile(rb"%!PS"), "a PostScript file", "Ask for a PDF of it"),
    (re.compile(rb"(?:Return-Path|Received|Delivered-To|From|MIME-Version)[ :]"), "a mail", "Save its attachment here"),
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
                return Document("pdf", "pikepdf" if mended else "pdfium", pages.sizes_pt, pages)
    except PasswordNeeded:
        sentence = "The file opens only with a password. Ask the author for a copy without one."
        return Problem("encrypted_file", sentence)
    poppler = PopplerPages.open(mended or data)
    if poppler is not None:
        return Document("pdf", "poppler", poppler.sizes_pt, poppler)
    sentence = "The PDF is damaged and could not be repaired. Ask the author to send it once more."
    return Problem("unreadable_file", sentence)


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
