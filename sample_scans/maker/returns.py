"""One return from its description: `make_return(case) -> bytes`, the same bytes every time."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypedDict

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image as PillowImage
from PIL.TiffImagePlugin import TiffImageFile

from pipeline.forms.form import Form
from pipeline.forms.reader import FORMS_FOLDER, load_form
from sample_scans.maker import paper
from sample_scans.maker.hand import Hand
from sample_scans.maker.hands import PLAIN
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.page import Edit, Writing, edited, fill, printed
from sample_scans.maker.pdf import PagePicture, write_pdf
from sample_scans.maker.sheet import Sheet, Typing

Medium = Literal["digital", "scan", "photo", "fax"]
Container = Literal["pdf", "png", "jpeg", "tiff", "heic"]
Damage = Literal["", "encrypted", "truncated", "no table", "empty", "text"]
"""`no table`: the cross-reference table points nowhere, all else is whole; `text`: a text file under this name."""
A4 = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How the page came into the file."""

    medium: Medium = "digital"
    dpi: float = 150
    turn: int = 0
    """Quarter turns clockwise of the pixels."""
    rotate: int = 0
    """The page's /Rotate, clockwise degrees, set so that a viewer shows the pixels turned by it."""
    quality: int = 55
    """Of the JPEG, 1..100."""
    grey: bool = False
    skew_deg: float = 0.4
    paper: float = 0.985
    """Brightness of the paper, 0..1."""
    ink: float = 0.08
    noise: float = 0.008
    edge: bool = False
    shine: bool = False
    """The other side of the sheet shines through."""
    creased: bool = False
    a4: bool = False
    tilt: float = 0.045
    margin: float = 0.05
    shadow: float = 0.32
    layer: Literal["", "ocr", "stamp"] = ""
    """Text over the picture: a poor OCR of it, or only the name of the scanning app."""


class Writings(TypedDict, total=False):
    """What stands in the form's main fields, as the keyword arguments of a Case."""

    title: Writing | None
    name: Writing | None
    block_name: Writing | None
    signature: Writing | None
    date: Writing | None


@dataclass(frozen=True, slots=True)
class Case:
    """One return: what stands on it, how it was made, and the file it comes in."""

    file: str
    form: str = "pmlr"
    title: Writing | None = None
    name: Writing | None = None
    block_name: Writing | None = None
    signature: Writing | None = None
    date: Writing | None = None
    extra_fields: tuple[tuple[str, Writing], ...] = ()
    """Further fields of the form, by name."""
    hand: Hand = PLAIN
    edits: tuple[Edit, ...] = ()
    pages: tuple[int, ...] = (1, 2)
    """Form pages in the order of the file; 0 is a blank page."""
    look: Look = Look()
    last_look: Look | None = None
    """Of the last page, where it was made otherwise than the first."""
    container: Container = "pdf"
    damage: Damage = ""
    more: tuple[Case, ...] = ()
    """Further agreements in the same file."""
    last_page_of: Case | None = None
    """The return whose last page this one carries too."""
    seed: int = 0
    """0: by the file's name."""


Pixels = npt.NDArray[np.uint8]


def _rng(case: Case, page: int, what: str) -> np.random.Generator:
    return np.random.default_rng([case.seed or zlib.crc32(case.file.encode()), page, zlib.crc32(what.encode())])


@cache
def _form(name: str) -> Form:
    return MADE_FORMS.get(name) or load_form(FORMS_FOLDER / name)


def filled_sheet(case: Case, form: Form, number: int) -> Sheet:
    """Form page `number` (1-based) with all that stands on it, before any paper; 0 is a blank page."""
    if number == 0:
        return Sheet(form.pages[0].width, form.pages[0].height)
    page = form.pages[number - 1]
    sheet = printed(page)
    for edit in case.edits:
        if edit.page == number:
            sheet = edited(sheet, page, edit, case.hand, _rng(case, number, "edit" + edit.words))
    for spot in page.fields:
        writing = dict(case.extra_fields).get(spot.name) or getattr(case, spot.name, None)
        if writing is not None:
            sheet = sheet.plus(*fill(form, spot, writing, case.hand, _rng(case, number, spot.name)))
    return sheet


def picture(case: Case, sheet: Sheet, look: Look, number: int, behind: Sheet | None = None) -> Pixels:
    """The sheet as scanned, photographed or faxed; uint8 (H, W, 3), RGB, as the pixels lie in the file."""
    rng = _rng(case, number, "paper")
    image = paper.on_paper(sheet, look.dpi, rng)
    if look.creased:
        image = paper.crumpled(image, rng)
    if look.a4:
        image = _on_a4(image, look.dpi)
    if look.medium == "photo":
        image = paper.photo(image, rng, tilt=look.tilt, margin=look.margin, shadow=look.shadow, noise=look.noise)
    elif look.medium == "fax":
        black = paper.fax(image, rng, look.skew_deg)
        image = np.where(black, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    else:
        other = paper.render(behind, look.dpi) if look.shine and behind is not None else None
        if other is not None and look.a4:
            other = _on_a4(other, look.dpi)
        image = paper.scan(
            image, rng, skew_deg=look.skew_deg, paper=look.paper, ink=look.ink, noise=look.noise,
            grey=look.grey, edge=look.edge, behind=other,
        )  # fmt: skip
    return np.ascontiguousarray(np.rot90(image, -look.turn))


def _on_a4(image: Pixels, dpi: float) -> Pixels:
    """A letter page printed on A4: 97 % of its size, in the middle."""
    width, height = (round(v * dpi / 72) for v in A4)
    scale = width / image.shape[1]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sheet = np.full((height, width, 3), 255, np.uint8)
    top = (height - small.shape[0]) // 2
    sheet[top : top + small.shape[0], : small.shape[1]] = small[:, :width]
    return sheet


def _jpeg(image: Pixels, quality: int, grey: bool) -> bytes:
    source = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if grey else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", source, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _group4(image: Pixels) -> bytes:
    """CCITT group 4 data of a black and white picture."""
    out = io.BytesIO()
    black_white = PillowImage.fromarray(image[..., 0]).convert("1", dither=PillowImage.Dither.NONE)
    black_white.save(out, "TIFF", compression="group4", tiffinfo={278: image.shape[0]})
    with TiffImageFile(io.BytesIO(out.getvalue())) as tiff:
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return out.getvalue()[start : start + length]


def scanned_page(
    case: Case, sheet: Sheet, number: int, look: Look | None = None, behind: Sheet | None = None
) -> PagePicture:
    """A sheet as page `number` of a file that was scanned or photographed as the case says."""
    look = look or case.look
    return _page_picture(case, picture(case, sheet, look, number, behind), look, sheet, number)


def _page_picture(case: Case, image: Pixels, look: Look, sheet: Sheet, number: int) -> PagePicture:
    height, width = image.shape[:2]
    fax = look.medium == "fax"
    data = _group4(image) if fax else _jpeg(image, look.quality, look.grey)
    size = (width * 72 / look.dpi, height * 72 / look.dpi)
    return PagePicture(
        data, (width, height), look.grey or fax, size, fax, look.rotate, _layer(case, look, sheet, size, number)
    )


def _layer(case: Case, look: Look, sheet: Sheet, size: tuple[float, float], number: int) -> tuple[Typing, ...]:
    if look.layer == "stamp":
        return (Typing("Scanned by PageCam", size[0] - 110, size[1] - 8, "arimo", 10.5, (60, 60, 60)),)
    if look.layer == "ocr":
        rng = _rng(case, number, "ocr")
        return tuple(_misread(item, rng) for item in sheet.items if isinstance(item, Typing) and rng.random() < 0.93)
    return ()


CONFUSIONS = {"l": "1", "o": "0", "e": "c", "h": "li", "m": "rn", "i": "l", "t": "f", "a": "s", "g": "q", "c": "e"}
"""Letters and what a poor OCR takes them for."""


def _misread(typing: Typing, rng: np.random.Generator) -> Typing:
    letters = [CONFUSIONS.get(c, c) if rng.random() < 0.12 else c for c in typing.text.replace("\u2022", "*")]
    x, y = typing.x + float(rng.normal(0, 0.7)), typing.y + float(rng.normal(0, 0.7))
    return Typing("".join(letters), x, y, "arimo", typing.size, hidden=True)


def _pages(case: Case) -> list[Sheet | PagePicture]:
    form = _form(case.form)
    made: list[Sheet | PagePicture] = []
    for place, number in enumerate(case.pages):
        last = place == len(case.pages) - 1
        if last and case.last_page_of is not None:
            made.append(_pages(case.last_page_of)[-1])
            continue
        look = case.last_look if last and case.last_look else case.look
        sheet = filled_sheet(case, form, number)
        if look.medium == "digital":
            made.append(sheet)
            continue
        behind = filled_sheet(case, form, 3 - number) if look.shine and number in (1, 2) else None
        made.append(scanned_page(case, sheet, number, look, behind))
    return made


def _images(case: Case) -> list[Pixels]:
    form = _form(case.form)
    return [picture(case, filled_sheet(case, form, n), case.look, n) for n in case.pages]


def _image_file(case: Case) -> bytes:
    images = _images(case)
    dpi = (round(case.look.dpi),) * 2
    frames = [PillowImage.fromarray(image) for image in images]
    if case.look.grey:
        frames = [frame.convert("L") for frame in frames]
    out = io.BytesIO()
    if case.container == "jpeg":
        return _jpeg(images[0], case.look.quality, case.look.grey)
    if case.container == "png":
        frames[0].quantize(16, dither=PillowImage.Dither.NONE).save(out, "PNG", dpi=dpi, optimize=True)
    elif case.container == "tiff":
        frames[0].save(
            out, "TIFF", save_all=True, append_images=frames[1:], compression="jpeg", quality=case.look.quality, dpi=dpi
        )
    else:
        heif = pillow_heif.from_pillow(frames[0])
        for frame in frames[1:]:
            heif.add_from_pillow(frame)
        heif.save(out, quality=case.look.quality)
    return out.getvalue()


def make_return(case: Case) -> bytes:
    """The file's bytes."""
    if case.damage == "empty":
        return b""
    if case.damage == "text":
        return TEXT_FILE.encode()
    if case.container != "pdf":
        return _image_file(case)
    pages = [page for one in (case, *case.more) for page in _pages(one)]
    data = write_pdf(pages, password="agreement" if case.damage == "encrypted" else "")
    if case.damage == "truncated":
        return data[: len(data) // 3]
    if case.damage == "no table":
        return data[: data.rindex(b"startxref")] + b"startxref\n7\n%%EOF\n"
    return data


TEXT_FILE = """Dear publication chairs,

please find our signed agreement attached. If the attachment does not open, tell me and I will send it again.
"""
