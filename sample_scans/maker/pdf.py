"""PDF files from sheets (vectors) or from pictures of pages, the same bytes every time.

Written by hand on pikepdf: fpdf2 (2.8) makes no text fields, only a signature's.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from sample_scans.maker.fonts import Font, load_font
from sample_scans.maker.sheet import Bar, Blot, Colour, Entry, InkNote, Note, Picture, Sheet, Stroke, Typing

NOTE_FONT = "arimo"
"""Font of annotations and form fields; looks like Helvetica."""
LIGATURES = {"ffi": "\ufb03", "ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02"}


@dataclass(frozen=True, slots=True, eq=False)
class PagePicture:
    """One page as a picture: encoded `data` (JPEG, or CCITT group 4 where `fax`), pixels, page size in points."""

    data: bytes
    pixels: tuple[int, int]
    grey: bool
    size: tuple[float, float]
    fax: bool = False
    rotate: int = 0
    """The page's /Rotate, clockwise."""
    layer: tuple[Typing, ...] = ()
    """Hidden or visible text over the picture, places in points of the page before /Rotate."""


def _to_unicode(codes: dict[int, str]) -> bytes:
    rows = "\n".join(f"<{gid:04X}> <{text.encode('utf-16-be').hex().upper()}>" for gid, text in sorted(codes.items()))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Samples def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{rows}\nendbfchar endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


def _embed(pdf: Pdf, font: Font, codes: dict[int, str]) -> Object:
    """The whole font as a Type 0 font whose codes are glyph numbers."""
    scale = 1000 / font.em
    order = font.table.getGlyphOrder()
    advances = {gid: round(font.table["hmtx"][order[gid]][0] * scale) for gid in sorted(codes)}
    widths = Array([x for gid, advance in advances.items() for x in (gid, Array([advance]))])
    file = Stream(pdf, font.data)
    if font.is_cff:
        file.Subtype = Name("/OpenType")
    head, name = font.table["head"], Name(f"/{font.name}")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([round(v * scale) for v in (head.xMin, head.yMin, head.xMax, head.yMax)]),
        ItalicAngle=0,
        Ascent=round(font.table["hhea"].ascent * scale),
        Descent=round(font.table["hhea"].descent * scale),
        CapHeight=700,
        StemV=80,
    )
    descriptor[Name.FontFile3 if font.is_cff else Name.FontFile2] = pdf.make_indirect(file)
    kind = "/CIDFontType0" if font.is_cff else "/CIDFontType2"
    child = Dictionary(
        Type=Name.Font,
        Subtype=Name(kind),
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=500,
        W=widths,
    )
    if not font.is_cff:
        child.CIDToGIDMap = Name.Identity
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(child)]),
            ToUnicode=pdf.make_indirect(Stream(pdf, _to_unicode(codes))),
        )
    )


def _rgb(colour: Colour, stroke: bool = False) -> str:
    return " ".join(f"{c / 255:.3f}" for c in colour) + (" RG" if stroke else " rg")


def _glyphs(typing: Typing, font: Font) -> list[tuple[int, str, float]]:
    """Glyph number, its text and its x in points, letter by letter; letters at one x are a ligature."""
    if not typing.xs:
        x, out = typing.x, []
        for letter in typing.text:
            out.append((font.glyph_id(letter), letter, x))
            x += font.advance(letter) * typing.size
        return out
    starts = [i for i, x in enumerate(typing.xs) if i == 0 or x != typing.xs[i - 1]] + [len(typing.text)]
    groups = [(typing.text[a:b], typing.xs[a]) for a, b in pairwise(starts)]
    return [(font.glyph_id(LIGATURES.get(text, text)), text, x) for text, x in groups]


def _typed(typing: Typing, font: Font, resource: str, codes: dict[int, str]) -> str:
    glyphs = _glyphs(typing, font)
    order = font.table.getGlyphOrder()
    shown = []
    for (gid, text, x), after in zip(glyphs, [*glyphs[1:], None], strict=True):
        codes[gid] = text
        shown.append(f"<{gid:04X}>")
        if after is not None:
            advance = font.table["hmtx"][order[gid]][0] / font.em
            gap = round((advance - (after[2] - x) / typing.size) * 1000)
            shown.append(str(gap) if gap else "")
    return (
        f"BT {'3 Tr' if typing.hidden else '0 Tr'} {_rgb(typing.colour)} /{resource} {typing.size:.2f} Tf "
        f"1 0 0 -1 {glyphs[0][2]:.2f} {typing.y:.2f} Tm [{' '.join(shown)}] TJ ET"
    )


def _trace(points: npt.NDArray[np.float64], close: bool) -> str:
    path = " ".join(f"{x:.2f} {y:.2f} {'l' if i else 'm'}" for i, (x, y) in enumerate(points))
    return path + (" h" if close else "")


def _inked(blot: Blot) -> str:
    path = " ".join(_trace(o, close=True) for o in blot.outlines)
    if blot.pen <= 0:
        return f"{_rgb(blot.colour)} {path} f"
    return f"{_rgb(blot.colour)} {_rgb(blot.colour, True)} 1 j {blot.pen:.2f} w {path} B"


def _stroked(stroke: Stroke) -> str:
    pieces = [f"{w:.2f} w {_trace(stroke.points[i : i + 2], close=False)} S" for i, w in enumerate(stroke.widths)]
    return f"{_rgb(stroke.colour, True)} 1 J 1 j " + " ".join(pieces)


def _boxed(box: tuple[float, float, float, float], height: float) -> Array:
    """A rectangle of PDF's own frame: origin bottom left, y up."""
    return Array([round(float(v), 2) for v in (box[0], height - box[3], box[2], height - box[1])])


class Builder:
    """One PDF in the making; keeps one copy of each font and what was written with it."""

    def __init__(self) -> None:
        self.pdf = Pdf.new()
        self.codes: dict[str, dict[int, str]] = {}
        self.font_objects: dict[str, Object] = {}

    def typed(self, typing: Typing) -> str:
        """Content that sets the text, in the sheet's frame (y down); its font is noted for embedding."""
        font = load_font(typing.font)
        if typing.font not in self.codes:
            self.codes[typing.font] = {}
            self.font_objects[typing.font] = self.pdf.make_indirect(Dictionary(Type=Name.Font))
        return _typed(typing, font, typing.font, self.codes[typing.font])

    def fonts(self, names: set[str]) -> Dictionary:
        """The resources for fonts that were used before."""
        return Dictionary({f"/{name}": self.font_objects[name] for name in sorted(names)})

    def raw_image(self, pixels: npt.NDArray[np.uint8], space: Name) -> Stream:
        """Pixels, (H, W, 3) or (H, W), as a losslessly compressed image."""
        image = Stream(self.pdf, zlib.compress(np.ascontiguousarray(pixels).tobytes(), 9))
        image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, space
        image.Width, image.Height, image.BitsPerComponent = pixels.shape[1], pixels.shape[0], 8
        image.Filter = Name.FlateDecode
        return image

    def picture(self, picture: Picture) -> Object:
        """A picture drawn on the page, with its transparency where it has four channels."""
        image = self.raw_image(picture.pixels[..., :3], Name.DeviceRGB)
        if picture.pixels.shape[2] == 4:
            image.SMask = self.pdf.make_indirect(self.raw_image(picture.pixels[..., 3], Name.DeviceGray))
        return self.pdf.make_indirect(image)

    def scan(self, page: PagePicture) -> Object:
        """The picture that is the whole page, its JPEG or fax data as they are."""
        image = Stream(self.pdf, page.data)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height = page.pixels
        image.ColorSpace = Name.DeviceGray if page.grey else Name.DeviceRGB
        image.BitsPerComponent = 1 if page.fax else 8
        image.Filter = Name.CCITTFaxDecode if page.fax else Name.DCTDecode
        if page.fax:
            image.DecodeParms = Dictionary(K=-1, Columns=page.pixels[0], Rows=page.pixels[1], BlackIs1=True)
        return self.pdf.make_indirect(image)

    def appearance(self, rect: Array, height: float, content: str, fonts: set[str]) -> Object:
        """What an annotation looks like: `content` in the sheet's frame, clipped to `rect`."""
        form = Stream(self.pdf, f"1 0 0 -1 0 {height:.2f} cm {content}".encode())
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, rect
        form.Resources = Dictionary(Font=self.fonts(fonts))
        return self.pdf.make_indirect(form)

    def note(self, note: Note, height: float) -> Object:
        """Typing as a free-text annotation. `height`: of the page, points."""
        width = load_font(NOTE_FONT).width(note.text) * note.size
        rect = _boxed((note.x - 2, note.y - note.size, note.x + width + 2, note.y + 0.35 * note.size), height)
        content = self.typed(Typing(note.text, note.x, note.y, NOTE_FONT, note.size, note.colour))
        return self.pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.FreeText,
                Rect=rect,
                Contents=note.text,
                DA=f"{_rgb(note.colour)} /Helv {note.size} Tf",
                F=4,
                AP=Dictionary(N=self.appearance(rect, height, content, {NOTE_FONT})),
            )
        )

    def ink_note(self, note: InkNote, height: float) -> Object:
        """Pen strokes as an ink annotation. `height`: of the page, points."""
        points = np.vstack([s.points for s in note.strokes])
        (x0, y0), (x1, y1) = points.min(axis=0) - 3, points.max(axis=0) + 3
        rect = _boxed((x0, y0, x1, y1), height)
        flipped = [np.column_stack([s.points[:, 0], height - s.points[:, 1]]).round(2) for s in note.strokes]
        return self.pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Ink,
                Rect=rect,
                InkList=Array([Array(line.ravel().tolist()) for line in flipped]),
                C=Array([round(c / 255, 3) for c in note.strokes[0].colour]),
                F=4,
                AP=Dictionary(N=self.appearance(rect, height, " ".join(map(_stroked, note.strokes)), set())),
            )
        )

    def entry(self, entry: Entry, height: float) -> Object:
        """A filled form field (AcroForm) with what it shows. `height`: of the page, points."""
        rect = _boxed(entry.box, height)
        baseline = entry.box[3] - 0.3 * entry.size
        typing = Typing(entry.text, entry.box[0] + 2, baseline, NOTE_FONT, entry.size)
        content = self.typed(typing) if entry.text else ""
        return self.pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=entry.name,
                V=entry.text,
                Rect=rect,
                F=4,
                DA=f"0 g /Helv {entry.size} Tf",
                AP=Dictionary(
                    N=self.appearance(rect, height, f"/Tx BMC {content} EMC", {NOTE_FONT} if entry.text else set())
                ),
            )
        )

    def sheet(self, sheet: Sheet) -> None:
        """Add one page of vectors."""
        parts = [f"1 0 0 -1 0 {sheet.height:.2f} cm"]
        pictures: dict[str, Object] = {}
        annotations: list[Object] = []
        fonts: set[str] = set()
        for item in sheet.items:
            match item:
                case Typing():
                    parts.append(self.typed(item))
                    fonts.add(item.font)
                case Blot():
                    parts.append(_inked(item))
                case Stroke():
                    parts.append(_stroked(item))
                case Bar(box, colour):
                    x0, y0, x1, y1 = box
                    parts.append(f"{_rgb(colour)} {x0:.2f} {y0:.2f} {x1 - x0:.2f} {y1 - y0:.2f} re f")
                case Picture():
                    name = f"/P{len(pictures)}"
                    pictures[name] = self.picture(item)
                    x0, y0, x1, y1 = item.box
                    parts.append(f"q {x1 - x0:.2f} 0 0 {y0 - y1:.2f} {x0:.2f} {y1:.2f} cm {name} Do Q")
                case Note():
                    annotations.append(self.note(item, sheet.height))
                case InkNote():
                    annotations.append(self.ink_note(item, sheet.height))
                case Entry():
                    annotations.append(self.entry(item, sheet.height))
        self._page(sheet.width, sheet.height, "\n".join(parts), self.fonts(fonts), pictures, annotations)

    def scanned(self, page: PagePicture) -> None:
        """Add one page that is a picture."""
        width, height = page.size
        content = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /P0 Do Q"
        if page.layer:
            content += f"\n1 0 0 -1 0 {height:.2f} cm\n" + "\n".join(self.typed(t) for t in page.layer)
        fonts = self.fonts({t.font for t in page.layer})
        self._page(width, height, content, fonts, {"/P0": self.scan(page)}, [], page.rotate)

    def _page(
        self,
        width: float,
        height: float,
        content: str,
        fonts: Dictionary,
        pictures: dict[str, Object],
        annotations: list[Object],
        rotate: int = 0,
    ) -> None:
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, round(width, 2), round(height, 2)]),
            Resources=Dictionary(Font=fonts, XObject=Dictionary(pictures)),
            Contents=self.pdf.make_indirect(Stream(self.pdf, content.encode())),
        )
        if rotate:
            page.Rotate = rotate
        if annotations:
            page.Annots = Array(annotations)
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))

    def finish(self, password: str = "") -> bytes:
        """The file's bytes. With `password` it can be opened only with that."""
        for name, made in self.font_objects.items():
            embedded = _embed(self.pdf, load_font(name), self.codes[name])
            for key in embedded.keys():  # noqa: SIM118, a PDF dictionary iterates by keys() alone
                made[key] = embedded[key]
        fields = [a for p in self.pdf.pages for a in p.get("/Annots", []) if a.Subtype == Name.Widget]
        if fields:
            helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            self.pdf.Root.AcroForm = Dictionary(
                Fields=Array(fields), DA="0 g /Helv 10 Tf", DR=Dictionary(Font=Dictionary(Helv=helvetica))
            )
        self.pdf.remove_unreferenced_resources()
        out = io.BytesIO()
        if password:
            lock = pikepdf.Encryption(owner=password, user=password, R=4, aes=False, metadata=False)
            self.pdf.save(out, static_id=True, encryption=lock)
        else:
            self.pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return out.getvalue()


def write_pdf(pages: Sequence[Sheet | PagePicture], password: str = "") -> bytes:
    """A PDF of these pages."""
    builder = Builder()
    for page in pages:
        if isinstance(page, Sheet):
            builder.sheet(page)
        else:
            builder.scanned(page)
    return builder.finish(password)
