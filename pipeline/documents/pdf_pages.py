"""Pages of a PDF: pixels and words, by PDFium or, where it refuses a file, by poppler.

Frame: the page as a viewer shows it, after its crop box and /Rotate, origin top left, y down.
"""

from __future__ import annotations

import ctypes
import io
import math
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipeline.datamodel.records import Box
from pipeline.documents.document import BgrImage, Word, WordSource, is_page
from pipeline.documents.picture_pages import FAX_DPI, FAX_WIDTHS, FLAT
from pipeline.documents.scanned_pdf import scanned_picture

POPPLER_SECONDS = 60
"""Poppler is called for damaged files only, and some of those keep it busy for ever."""
SILENT_ANNOTATIONS = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_TEXT})
"""Annotations that write no text on the page: links, and sticky notes with their windows."""
VALUE_FIELDS = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
"""Kinds of form field that hold text."""
INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE
"""The text rendering mode of the layers that OCR programs write."""
ANGLE_STEP = 20
"""Every so many characters of a page are asked which way they run."""
TRACED_FONT = re.compile(r"(\*.+-\d{2,}|Fd\d{3,})(-Identity-[HV])?$")
"""Name of a font into which Acrobat ("Editable text and images", formerly ClearScan) traced the shapes of a scan, print
and ink alike: its text is what the OCR program guessed."""
UNMAPPED_SHARE = 0.34
"""A word is none if more than this share of its characters stand for glyphs that the font maps to no character:
what the layer has is a cipher of what is drawn, and the pixels are read instead."""


SQUARE_DOTS = 0.02
"""Difference of two shapes, height by width, up to which a picture's dots are drawn as squares."""


class PasswordNeeded(Exception):
    """The PDF opens only with a password that we don't have."""


def rebuilt(data: bytes) -> bytes | None:
    """The PDF written anew by qpdf, which rebuilds broken cross-reference tables; None where it can't."""
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if not len(pdf.pages):
                return None
            pdf.save(out)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError, RecursionError, OSError):
        return None
    return out.getvalue()


@dataclass(frozen=True)
class PdfiumPages:
    """A PDF opened by PDFium."""

    data: bytes = field(repr=False)
    pdf: pdfium.PdfDocument = field(repr=False)
    indices: tuple[int, ...]
    """Pages that can be loaded; a damaged one, or a mere strip, is left out."""
    sizes_pt: tuple[tuple[float, float], ...]
    drawn_higher: tuple[float, ...]
    """How many times as high as the file has it each of them is drawn."""

    @classmethod
    def open(cls, data: bytes) -> PdfiumPages:
        """Raises PasswordNeeded, or PdfiumError where the file is too damaged."""
        try:
            pdf = _opened(data)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
                raise PasswordNeeded from error
            raise
        sizes, drawn_higher = {}, []
        for index in range(len(pdf)):
            try:
                width, height = pdf.get_page_size(index)
            except pdfium.PdfiumError:
                continue
            if is_page(width, height):
                drawn_higher.append(FAX_DPI[0] / FAX_DPI[1] if _is_squeezed_fax(pdf, index) else 1.0)
                sizes[index] = (width, height * drawn_higher[-1])
        return cls(data, pdf, tuple(sizes), tuple(sizes.values()), tuple(drawn_higher))

    def size_pt(self, page_index: int) -> tuple[float, float]:
        """See PageSource."""
        return self.sizes_pt[page_index]

    def render(self, page_index: int, scale: float) -> BgrImage:
        """Raises pdfium.PdfiumError where the page can't be drawn."""
        page, higher = self.pdf[self.indices[page_index]], self.drawn_higher[page_index]
        size = _size_px(page, scale, higher)
        try:
            scan = scanned_picture(page, self.data, _to_view(page), size) if higher == 1.0 else None
            shown = scan.draw(size) if scan else None
            return _drawn(page, self.pdf, size) if shown is None else shown
        finally:
            page.close()

    def words(self, page_index: int) -> tuple[Word, ...]:
        """See PageSource. What annotations and form fields show is among the words, marked by its source."""
        page = self.pdf[self.indices[page_index]]
        try:
            printed = _page_words(page)
            marks = _text_marks(page, self.pdf)
        finally:
            page.close()
        if not marks:
            return printed
        # Flattening writes what annotations and fields show into the page, where it has exact boxes.
        with _opened(self.data) as copy:
            _flatten(copy, self.indices[page_index])
            flat = copy[self.indices[page_index]]
            drawn = _page_words(flat)
            flat.close()
        return printed + _mark_words(marks, _added(printed, drawn))

    def stamps(self, page_index: int) -> tuple[Box, ...]:
        """See PageSource."""
        page = self.pdf[self.indices[page_index]]
        try:
            return tuple(mark.box for mark in _text_marks(page, self.pdf) if mark.source == "signature_field")
        finally:
            page.close()


def _is_squeezed_fax(pdf: pdfium.PdfDocument, index: int) -> bool:
    """Whether a page is a fax and nothing else, whose dots were taken for square: it is half as high as it was."""
    width, height = pdf.get_page_size(index)
    if height >= FLAT * width:
        return False
    page = pdf[index]
    try:
        held = list(page.get_objects(max_depth=1))
        if len(held) != 1 or held[0].type != raw.FPDF_PAGEOBJ_IMAGE:
            return False
        across, down = held[0].get_px_size()
        bits = held[0].get_metadata().bits_per_pixel
    except pdfium.PdfiumError:
        return False
    finally:
        page.close()
    return bits == 1 and across in FAX_WIDTHS and abs(down / across - height / width) < SQUARE_DOTS


def _size_px(page: pdfium.PdfPage, scale: float, higher: float) -> tuple[int, int]:
    """Width and height at which the page is drawn, `higher` times as high as the file has it."""
    across, down = page.get_size()
    return math.ceil(across * scale), math.ceil(down * higher * scale)


def _drawn(page: pdfium.PdfPage, pdf: pdfium.PdfDocument, size_px: tuple[int, int]) -> BgrImage:
    """The page with annotations and form fields, (H, W, 3) BGR of `size_px` (width, height), on white paper.

    As `PdfPage.render` draws it, which first makes a bitmap black and then white.
    """
    width, height = size_px
    pixels = np.full((height, width, 3), 255, np.uint8)
    buffer = pixels.ctypes.data_as(ctypes.c_void_p)
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, buffer, pixels.strides[0])
    if not bitmap:
        raise pdfium.PdfiumError("no bitmap of this size")
    whole_page = (0, 0, width, height, 0, raw.FPDF_ANNOT)
    try:
        raw.FPDF_RenderPageBitmap(bitmap, page, *whole_page)
        if page.formenv:
            raw.FPDF_FFLDraw(pdf.formenv, bitmap, page, *whole_page)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return pixels


def _opened(data: bytes) -> pdfium.PdfDocument:
    pdf = pdfium.PdfDocument(data)
    with suppress(pdfium.PdfiumError):  # a broken form: the pages are still there, drawn without its values
        pdf.init_forms()
    return pdf


def _flatten(pdf: pdfium.PdfDocument, index: int) -> None:
    """Write annotations and fields of one page into its content, in place; a page loaded later shows it."""
    page = pdf[index]
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()


def _to_view(page: pdfium.PdfPage) -> npt.NDArray[np.float64]:
    """(2, 3) matrix from page space (points, origin bottom left, before /Rotate) to fractions as shown."""
    span = 1 << 20
    corners = []
    for x, y in ((0, 0), (1000, 0), (0, 1000)):
        u, v = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, span, span, 0, x, y, u, v)
        corners.append((u.value / span, v.value / span))
    origin, right, up = np.asarray(corners)
    return np.column_stack([(right - origin) / 1000, (up - origin) / 1000, origin])


def _box(matrix: npt.NDArray[np.float64], left: float, bottom: float, right: float, top: float) -> Box:
    (a, b, c), (d, e, f) = matrix.tolist()
    (u0, v0), (u1, v1) = ((a * x + b * y + c, d * x + e * y + f) for x, y in ((left, bottom), (right, top)))
    return Box(min(u0, u1), min(v0, v1), max(u0, u1), max(v0, v1))


def _page_words(page: pdfium.PdfPage) -> tuple[Word, ...]:
    """Words of the page's own content, in the file's order; those outside the visible page are left out.

    PDFium parts words and lines of upright text alone: a page that shows its text on the side is read upright.
    """
    matrix, shown = _to_view(page), page.get_rotation()
    textpage = page.get_textpage()
    try:
        upright = _text_rotation(textpage, shown)
        if upright != shown:
            textpage.close()
            page.set_rotation(upright)
            textpage = page.get_textpage()
        words = [_word(textpage, matrix, part) for run in _word_runs(textpage) for part in _by_line(textpage, run)]
    finally:
        textpage.close()
        page.set_rotation(shown)
    return tuple(w for w in words if w is not None and _on_page(w.box))


def _text_rotation(textpage: pdfium.PdfTextPage, otherwise: int) -> int:
    """/Rotate, degrees, that shows most of a page's text upright; `otherwise` where there is none."""
    sampled = range(0, textpage.count_chars(), ANGLE_STEP)
    turns = [round(raw.FPDFText_GetCharAngle(textpage.raw, index) / (math.pi / 2)) % 4 for index in sampled]
    return 90 * max(set(turns), key=turns.count) if turns else otherwise


def _on_page(box: Box) -> bool:
    return box.x1 > 0 and box.y1 > 0 and box.x0 < 1 and box.y0 < 1


def _word_runs(textpage: pdfium.PdfTextPage) -> Iterator[list[tuple[int, str]]]:
    """Runs of (character index, character) between white space; PDFium adds the spaces that gaps mean."""
    run: list[tuple[int, str]] = []
    handle = textpage.raw
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        # U+0002 is PDFium's sign for the hyphen at a line's end, U+FFFE a character without a meaning.
        char = "-" if code == 2 else chr(code) if 0 < code < 0x110000 and code != 0xFFFE else ""
        if char and not char.isspace():
            run.append((index, char))
        elif char and run:
            yield run
            run = []
    if run:
        yield run


def _by_line(textpage: pdfium.PdfTextPage, run: Sequence[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
    """A run's parts in each of its lines: between two text boxes that are drawn one after the other PDFium may set no
    white space, though they stand in different lines."""
    if _in_one_line(textpage, run[0][0], run[-1][0]):
        yield run
        return
    start = 0
    for at, ((before, _), (index, _)) in enumerate(pairwise(run), start=1):
        if not _in_one_line(textpage, before, index):
            yield run[start:at]
            start = at
    yield run[start:]


def _in_one_line(textpage: pdfium.PdfTextPage, one: int, other: int) -> bool:
    """Whether the lines in which two characters stand overlap, measured across the direction of the first."""
    frames = raw.FS_RECTF(), raw.FS_RECTF()
    for index, frame in zip((one, other), frames, strict=True):
        if not raw.FPDFText_GetLooseCharBox(textpage.raw, index, frame):
            return True
    on_side = round(raw.FPDFText_GetCharAngle(textpage.raw, one) / (math.pi / 2)) % 2
    (low, high), (other_low, other_high) = (
        (f.left, f.right) if on_side else (f.bottom, f.top) for f in frames
    )  # fmt: skip
    return bool(low < other_high and other_low < high)


def _word(textpage: pdfium.PdfTextPage, matrix: npt.NDArray[np.float64], run: Sequence[tuple[int, str]]) -> Word | None:
    unmapped = sum(raw.FPDFText_HasUnicodeMapError(textpage.raw, index) == 1 for index, _ in run)
    boxes = _char_boxes(textpage, (index for index, _ in run)) if unmapped <= UNMAPPED_SHARE * len(run) else []
    text = "".join(char for _, char in run).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not boxes:
        return None
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    first = run[0][0]
    textobject, font = raw.FPDFText_GetTextObject(textpage, first), _font(textpage, first)
    unseen = bool(textobject) and raw.FPDFTextObj_GetTextRenderMode(textobject) == INVISIBLE
    return Word(
        text=text,
        box=_box(matrix, min(lefts), min(bottoms), max(rights), max(tops)),
        invisible=unseen or TRACED_FONT.match(font) is not None,
        font=font,
        size_pt=round(float(raw.FPDFText_GetFontSize(textpage, first)), 2),
        glyphs=tuple(boxes) if len(boxes) == len(text) and matrix[0, 0] > 0 else (),
    )


def _char_boxes(textpage: pdfium.PdfTextPage, indices: Iterable[int]) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of each character's ink; those that have none are left out."""
    handle, left, right, bottom, top = textpage.raw, *(ctypes.c_double() for _ in range(4))
    boxes = []
    for index in indices:
        if raw.FPDFText_GetCharBox(handle, index, left, right, bottom, top):
            box = left.value, bottom.value, right.value, top.value
            if box[2] > box[0] or box[3] > box[1]:
                boxes.append(box)
    return boxes


def _font(textpage: pdfium.PdfTextPage, index: int) -> str:
    buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(textpage, index, buffer, 128, flags)
    return buffer.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "replace")


# --- annotations and form fields ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextMark:
    """An annotation or form field that may write text on the page."""

    box: Box
    source: WordSource
    text: str
    """Its value as the file states it; empty for those that only draw (a stamp)."""
    turns: int = 0
    """Quarters, clockwise, by which the page shows it turned."""


def _text_marks(page: pdfium.PdfPage, pdf: pdfium.PdfDocument) -> list[TextMark]:
    matrix = _to_view(page)
    marks = []
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            mark = _text_mark(annotation, pdf, matrix)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
        if mark is not None:
            marks.append(replace(mark, turns=page.get_rotation() // 90))
    return marks


def _text_mark(
    annotation: raw.FPDF_ANNOTATION, pdf: pdfium.PdfDocument, matrix: npt.NDArray[np.float64]
) -> TextMark | None:
    subtype = raw.FPDFAnnot_GetSubtype(annotation)
    hidden = raw.FPDFAnnot_GetFlags(annotation) & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW)
    rect = raw.FS_RECTF()
    if subtype in SILENT_ANNOTATIONS or hidden or not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    box = _box(matrix, rect.left, rect.bottom, rect.right, rect.top)
    if subtype == raw.FPDF_ANNOT_FREETEXT:
        return TextMark(box, "annotation", _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents"))
    if subtype != raw.FPDF_ANNOT_WIDGET:
        return TextMark(box, "annotation", "")
    kind = raw.FPDFAnnot_GetFormFieldType(pdf.formenv, annotation) if pdf.formenv else -1
    if kind == raw.FPDF_FORMFIELD_SIGNATURE and _is_signed(annotation):
        return TextMark(box, "signature_field", "")
    if kind in VALUE_FIELDS:
        value = _string(lambda a, *rest: raw.FPDFAnnot_GetFormFieldValue(pdf.formenv, a, *rest), annotation)
        return TextMark(box, "form_field", value)
    return TextMark(box, "form_field", "")


def _is_signed(annotation: raw.FPDF_ANNOTATION) -> bool:
    """Whether a signature field has a value, its own or, in a field with several places, that of its parent."""
    return bool(raw.FPDFAnnot_HasKey(annotation, b"V") or raw.FPDFAnnot_HasKey(annotation, b"Parent"))


def _string(getter: object, annotation: raw.FPDF_ANNOTATION, *key: bytes) -> str:
    """A string by PDFium's two calls: how many bytes, then the bytes (UTF-16, closed by a zero)."""
    assert callable(getter)
    length = getter(annotation, *key, None, 0)
    if length <= 2:
        return ""
    buffer = (raw.FPDF_WCHAR * (length // 2 + 1))()
    getter(annotation, *key, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace")


def _added(before: Sequence[Word], after: Sequence[Word]) -> list[Word]:
    """Words of the flattened page that the page's own content does not have at that place."""
    had = {(w.text, round(w.box.x0, 3), round(w.box.y0, 3)) for w in before}
    return [w for w in after if (w.text, round(w.box.x0, 3), round(w.box.y0, 3)) not in had]


def _mark_words(marks: Sequence[TextMark], drawn: Sequence[Word]) -> tuple[Word, ...]:
    """The words that flattening drew in each mark, each word the first mark's; else the mark's own text."""
    words: list[Word] = []
    left = list(drawn)
    for mark in marks:
        own = [w for w in left if _centre_inside(w.box, mark.box)]
        left = [w for w in left if not _centre_inside(w.box, mark.box)]
        if own:
            words += [replace(word, source=mark.source) for word in own]
        elif mark.text.strip():
            words += _spread(mark)
    return tuple(words)


def _centre_inside(box: Box, frame: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return frame.x0 <= x <= frame.x1 and frame.y0 <= y <= frame.y1


def _spread(mark: TextMark) -> list[Word]:
    """The mark's words, each with an even share of its rectangle."""
    lines = [line for line in mark.text.splitlines() if line.strip()]
    box = mark.box.turned(-mark.turns)
    height, width = (box.y1 - box.y0) / len(lines), box.x1 - box.x0
    words = []
    for row, line in enumerate(lines):
        start = 0
        for piece in line.split():
            start = line.index(piece, start)
            x0, x1 = (box.x0 + width * at / len(line) for at in (start, start + len(piece)))
            y0 = box.y0 + row * height
            words.append(Word(piece, Box(x0, y0, x1, y0 + height).turned(mark.turns), mark.source))
            start += len(piece)
    return words


# --- poppler ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PopplerPages:
    """A PDF that PDFium refuses and poppler opens."""

    data: bytes = field(repr=False)
    numbers: tuple[int, ...]
    """Pages there are, counted from 1; a mere strip is left out."""
    sizes_pt: tuple[tuple[float, float], ...]

    @classmethod
    def open(cls, data: bytes) -> PopplerPages | None:
        """None where poppler can't open the file either, or is not installed."""
        from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError
        from pdf2image.pdf2image import pdfinfo_from_bytes

        try:
            info = pdfinfo_from_bytes(data, timeout=POPPLER_SECONDS, first_page=1, last_page=9999)
        except (PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, ValueError, OSError):
            return None
        stated = {" ".join(name.split()): value for name, value in info.items()}
        sizes = {}
        for number in range(1, int(info.get("Pages", 0)) + 1):
            size = str(stated.get(f"Page {number} size", "")).split()
            turned = int(stated.get(f"Page {number} rot", 0)) % 180 == 90
            width, height = (float(size[0]), float(size[2])) if len(size) >= 3 else (595.0, 842.0)
            if is_page(width, height):
                sizes[number] = (height, width) if turned else (width, height)
        return cls(data, tuple(sizes), tuple(sizes.values())) if sizes else None

    def size_pt(self, page_index: int) -> tuple[float, float]:
        """See PageSource."""
        return self.sizes_pt[page_index]

    def render(self, page_index: int, scale: float) -> BgrImage:
        """Raises OSError where poppler draws nothing."""
        from pdf2image import convert_from_bytes
        from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

        number = self.numbers[page_index]
        try:
            images = convert_from_bytes(
                self.data, dpi=round(72 * scale), first_page=number, last_page=number, timeout=POPPLER_SECONDS
            )
        except (PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError) as error:
            raise OSError(f"poppler can't draw page {number}") from error
        if not images:
            raise OSError(f"poppler draws nothing for page {number}")
        return np.ascontiguousarray(np.asarray(images[0].convert("RGB"))[:, :, ::-1])

    def stamps(self, page_index: int) -> tuple[Box, ...]:
        """None: a file that PDFium can't open keeps no certificate signature intact."""
        return ()

    def words(self, page_index: int) -> tuple[Word, ...]:
        """See PageSource. Empty where poppler fails, too."""
        number = str(self.numbers[page_index])
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(self.data)
            file.flush()
            command = ["pdftotext", "-bbox", "-cropbox", "-f", number, "-l", number, file.name, "-"]
            try:
                found = subprocess.run(command, capture_output=True, timeout=POPPLER_SECONDS, check=True)
                page = ElementTree.fromstring(found.stdout).find(".//{*}page")
            except (subprocess.SubprocessError, OSError, ElementTree.ParseError):
                return ()
        if page is None:
            return ()
        # pdftotext states the page's size before /Rotate but its words after it.
        width, height = self.sizes_pt[page_index]
        return tuple(
            Word(word.text or "", Box(*(float(word.get(key, 0)) / side for key, side in sides)))
            for word in page.iter("{http://www.w3.org/1999/xhtml}word")
            for sides in [(("xMin", width), ("yMin", height), ("xMax", width), ("yMax", height))]
        )
