"""Damaged and hostile documents, made from sound ones: the same number gives the same bytes."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf

from tests.material.documents import image_bytes, pdf_bytes, pdf_page, picture

SAMPLES = Path(__file__).resolve().parents[2] / "sample_scans" / "returns"

# --- damage to any file -------------------------------------------------------------------------------------------


def cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def flip_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 10, 100])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def lose_a_piece(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 2000) :]


def repeat_a_piece(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randrange(1, 5000)]
    return data[:start] + piece * rng.randrange(2, 5) + data[start:]


def wrong_header(data: bytes, rng: random.Random) -> bytes:
    return (
        rng.choice([b"%PDF-9.9\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0", b"\0\0\0\x18ftypheic"])
        + data[8:]
    )


def garbage_before(data: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice([10, 500, 2000])) + data


def zero_run(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    length = rng.randrange(1, 4000)
    return data[:start] + b"\0" * len(data[start : start + length]) + data[start + length :]


def change_a_number(data: bytes, rng: random.Random) -> bytes:
    """One run of digits becomes another number: offsets, lengths, sizes, object numbers."""
    import re

    places = [m.span() for m in re.finditer(rb"\d+", data)]
    start, end = rng.choice(places) if places else (0, 0)
    number = rng.choice([b"0", b"-1", b"1", b"65536", b"2147483647", b"99999999999", b"0.0001"])
    return data[:start] + number + data[end:]


DAMAGES: Sequence[Callable[[bytes, random.Random], bytes]] = (
    cut_off, flip_bytes, lose_a_piece, repeat_a_piece, wrong_header, garbage_before, zero_run, change_a_number,
)  # fmt: skip

# --- documents that are hostile by design --------------------------------------------------------------------------


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def _with_page(change: Callable[[pikepdf.Pdf, pikepdf.Page], None]) -> bytes:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Publication Agreement")
    pdf.pages.append(page)
    change(pdf, pdf.pages[0])
    return _saved(pdf)


def cyclic_page_tree() -> bytes:
    data = pdf_bytes("one", "two")
    pdf = pikepdf.open(io.BytesIO(data))
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)
    return _saved_raw(pdf)


def _saved_raw(pdf: pikepdf.Pdf) -> bytes:
    """Saved without qpdf mending the page tree."""
    out = io.BytesIO()
    pdf.save(out, static_id=True, normalize_content=False)
    return out.getvalue()


def nested_page_tree(depth: int = 3000) -> bytes:
    """A page tree whose one page lies `depth` levels down, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    objects += [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (level + 3) for level in range(depth)]
    objects.append(b"<< /Type /Page /MediaBox [0 0 612 792] >>")
    return _by_hand(objects)


def _by_hand(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def nested_arrays() -> bytes:
    return _by_hand([b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 20_000 + b"]" * 20_000 + b" >>",
                     b"<< /Type /Pages /Count 0 /Kids [] >>"])  # fmt: skip


def many_pages() -> bytes:
    kids = b" ".join(b"3 0 R" for _ in range(20_000))
    return _by_hand([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 20000 /Kids [%s] >>" % kids,
                     b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"])  # fmt: skip


def page_of(width: float, height: float) -> bytes:
    pdf = pikepdf.new()
    pdf.pages.append(pdf_page(pdf, "x", box=(0, 0, width, height)))
    return _saved(pdf)


def image_bomb() -> bytes:
    """60,000 x 60,000 pixels in a few kilobytes."""

    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        packer = zlib.compressobj(9)
        rows = b"".join([packer.compress(bytes(7500 * 1000)) for _ in range(60)] + [packer.flush()])
        image = pdf.make_stream(rows)
        image.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=60_000, Height=60_000,
            BitsPerComponent=1, ColorSpace=pikepdf.Name.DeviceGray, Filter=pikepdf.Name.FlateDecode,
        )  # fmt: skip
        image.write(rows, filter=pikepdf.Name.FlateDecode)
        page.Resources.XObject = pikepdf.Dictionary(Im=image)
        page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /Im Do Q")

    return _with_page(add)


def content_bomb() -> bytes:
    """A gigabyte of drawing commands in a megabyte."""

    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        packer = zlib.compressobj(9)
        line = b"0 0 m 612 792 l S\n" * 50_000
        packed = b"".join([packer.compress(line) for _ in range(100)] + [packer.flush()])
        stream = pdf.make_stream(b"")
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        page.Contents = stream

    return _with_page(add)


def form_loop() -> bytes:
    """A drawing that draws itself."""

    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        form = pdf.make_stream(b"/F Do")
        form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 612, 792]
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        page.Resources.XObject = pikepdf.Dictionary(F=form)
        page.Contents = pdf.make_stream(b"/F Do")

    return _with_page(add)


def scripts_and_files() -> bytes:
    """JavaScript on opening, a command to launch, a link to the web, and an embedded file."""

    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript, JS="app.alert('x'); this.submitForm('http://x');"
        )
        page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="touch launched"))
        pdf.attachments["../../evil.exe"] = pikepdf.AttachedFileSpec(
            pdf, b"MZ", filename="../../evil.exe", description="", mime_type="", creation_date="", mod_date=""
        )

    return _with_page(add)


def missing_font() -> bytes:
    return _with_page(lambda pdf, page: page.Resources.__delitem__("/Font"))


def broken_font() -> bytes:
    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Resources.Font.F1 = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.TrueType, BaseFont=pikepdf.Name("/X"),
            FontDescriptor=pikepdf.Dictionary(FontFile2=pdf.make_stream(b"\0\1\0\0" + b"\xff" * 300)),
        )  # fmt: skip

    return _with_page(add)


def zero_size_image() -> bytes:
    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        image = pdf.make_stream(b"")
        for key, value in {
            "Type": pikepdf.Name.XObject,
            "Subtype": pikepdf.Name.Image,
            "Width": 0,
            "Height": 0,
        }.items():
            image[f"/{key}"] = value
        page.Resources.XObject = pikepdf.Dictionary(Im=image)
        page.Contents = pdf.make_stream(b"/Im Do")

    return _with_page(add)


def form_field_loop() -> bytes:
    def add(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="x", Rect=[0, 0, 9, 9]
            )
        )
        field.Kids = pikepdf.Array([field])
        field.Parent = field
        page.Annots = pdf.make_indirect(pikepdf.Array([field]))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])

    return _with_page(add)


def stretched_png(width: int, height: int) -> bytes:
    """A PNG whose header names another size than its pixels have."""
    data = bytearray(image_bytes("PNG", picture((20, 20))))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def tiff_loop() -> bytes:
    """A TIFF whose second page is its first one again, for ever."""
    data = bytearray(image_bytes("TIFF", picture((20, 20))))
    first = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[first : first + 2], "little")
    after = first + 2 + 12 * entries
    data[after : after + 4] = data[4:8]
    return bytes(data)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "cyclic_page_tree": cyclic_page_tree,
    "nested_page_tree": nested_page_tree,
    "nested_arrays": nested_arrays,
    "many_pages": many_pages,
    "tall_page": lambda: page_of(1, 14_400),
    "huge_page": lambda: page_of(1e7, 1e7),
    "tiny_page": lambda: page_of(0.01, 0.01),
    "negative_page": lambda: page_of(-612, -792),
    "image_bomb": image_bomb,
    "content_bomb": content_bomb,
    "form_loop": form_loop,
    "scripts_and_files": scripts_and_files,
    "missing_font": missing_font,
    "broken_font": broken_font,
    "zero_size_image": zero_size_image,
    "form_field_loop": form_field_loop,
    "empty": lambda: b"",
    "only_header": lambda: b"%PDF-1.7\n",
    "png_of_zero_pixels": lambda: stretched_png(0, 0),
    "png_bomb": lambda: stretched_png(60_000, 60_000),
    "png_longer_than_its_pixels": lambda: stretched_png(20, 4000),
    "one_row_png": lambda: image_bytes("PNG", picture((30_000, 1))),
    "tiff_loop": tiff_loop,
    "zip_named_pdf": lambda: b"PK\x03\x04" + bytes(100),
}


HEAVY = frozenset({"content_bomb", "many_pages", "image_bomb"})


def sound() -> list[bytes]:
    """Documents to damage: made here, and the sample returns where they are."""
    made = [
        pdf_bytes("Publication Agreement", "Signed: Date:"),
        pdf_bytes("Turned", rotate=90),
        image_bytes("PNG", picture((200, 260))),
        image_bytes("JPEG", picture((200, 260))),
        image_bytes("TIFF", picture((200, 260), "1"), save_all=True, append_images=[picture((200, 260), "1")]),
    ]
    return made + [path.read_bytes() for path in sorted(SAMPLES.glob("*")) if path.is_file()]


def damaged(count: int, seed: int = 0, light: bool = False) -> list[tuple[str, bytes]]:
    """(name, bytes) of `count` documents, the hostile ones among them, the rest damaged at random.

    `light`: without those that keep a worker busy for long, and of small documents only.
    """
    rng = random.Random(seed)
    found = [(f"hostile-{name}", make()) for name, make in HOSTILE.items() if not (light and name in HEAVY)]
    sources = [data for data in sound() if data and (len(data) < 10_000 or not light)]
    while len(found) < count:
        damage = rng.choice(DAMAGES)
        data = damage(rng.choice(sources), rng)
        if rng.random() < 0.2:
            data = rng.choice(DAMAGES)(data or b"x", rng)
        found.append((f"{len(found):04}-{damage.__name__}", data))
    return found[:count]
