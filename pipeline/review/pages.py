"""Pages and places of pages as pictures, drawn by a process of its own under limits: a file may be hostile.

Frame of all pictures: the page as a viewer shows it, turned upright by its fit to the form.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Box, PageFit, Problem, Source
from pipeline.documents.document import PageDamaged
from pipeline.documents.opening import open_document
from pipeline.forms.form import PRINT_DPI, Form, FormPage, Zone
from pipeline.forms.reader import known_forms
from pipeline.intake.sources import load_bytes
from pipeline.review.apart import Apart

BgrImage = npt.NDArray[np.uint8]

DPI = {"small": 50, "full": 150}
"""Resolutions that can be asked for."""
PLACE_DPI = 150
PLACE_MARGIN_PT = 14.0
"""Paper shown above and below a form's field."""
PLACE_WIDTH_PT = 240.0
"""Fields are as wide as the page; this much from their label on holds it and the writing, unless print goes on."""
LABEL_MARGIN_PT = 12.0
BOX_WIDTH_PT = 40.0
"""A narrower field is a box to tick or for initials: it is shown with the print beside it."""
PRINT_RIM_PX = 5
"""How far, at full resolution, the form's print is faded beyond its picture: its registration is good to a pixel."""
FADED = 0.12
"""What is left of the form's print."""
JPEG_QUALITY = 80
CACHE_BYTES = 96 << 20
UNDRAWN = Problem("unreadable_file", "This page can't be drawn. Open the file in another program.")


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A whole page."""

    source: Source
    page: int
    """1-based, in the file as a whole."""
    fit: PageFit | None
    size: str
    faded: bool
    forms: tuple[str, ...] = ()
    """Folders of forms beside the packaged ones."""


@dataclass(frozen=True, slots=True)
class PlaceWanted:
    """The place of one field of the form, whether anything stands there or not."""

    source: Source
    page: int
    fit: PageFit
    field: str
    forms: tuple[str, ...] = ()


Wanted = PageWanted | PlaceWanted


def draw(wanted: Wanted) -> bytes | Problem:
    """JPEG of what is wanted. Runs in the worker."""
    data = load_bytes(wanted.source)
    document = data if isinstance(data, Problem) else open_document(data)
    if isinstance(document, Problem):
        return document
    if not 1 <= wanted.page <= len(document):
        return Problem("unreadable_file", "The file has no such page.")
    dpi = PLACE_DPI if isinstance(wanted, PlaceWanted) else DPI[wanted.size]
    try:
        pixels = document.render(wanted.page - 1, dpi)
    except PageDamaged as error:
        return Problem("unreadable_file", str(error))
    if isinstance(wanted, PlaceWanted):
        shown = place(pixels, wanted.fit, wanted.field, known_forms(wanted.forms))
    else:
        if wanted.faded and wanted.fit:
            pixels = faded(pixels, wanted.fit, known_forms(wanted.forms))
        shown = upright(pixels, wanted.fit.rotation_deg if wanted.fit else 0)
    return bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes())


def upright(pixels: BgrImage, rotation_deg: int) -> BgrImage:
    """Turned clockwise by right angles."""
    return np.ascontiguousarray(np.rot90(pixels, -(rotation_deg // 90) % 4))


def upright_box(box: Box, rotation_deg: int) -> Box:
    """A box of the page as a viewer shows it, on the page turned clockwise by right angles."""
    match rotation_deg % 360:
        case 90:
            return Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
        case 180:
            return Box(1 - box.x1, 1 - box.y1, 1 - box.x0, 1 - box.y0)
        case 270:
            return Box(box.y0, 1 - box.x1, box.y1, 1 - box.x0)
    return box


def form_page(fit: PageFit, forms: Sequence[Form]) -> FormPage | None:
    """The form page that a page fits; None where that is no page of the given forms."""
    form = next((form for form in forms if fit.form in ("", form.label)), None)
    pages = [page for page in form.pages if page.number == fit.form_page] if form else []
    return pages[0] if pages and len(fit.matrix) == 9 else None


def faded(pixels: BgrImage, fit: PageFit, forms: Sequence[Form]) -> BgrImage:
    """The page, the form's print faded so that the ink stands out. (H, W, 3) BGR, a new array."""
    page = form_page(fit, forms)
    if page is None:
        return pixels
    h, w = pixels.shape[:2]
    to_pixels = np.diag([w, h, 1.0]) @ np.reshape(fit.matrix, (3, 3)) @ np.diag([72 / PRINT_DPI, 72 / PRINT_DPI, 1.0])
    blank = cv2.warpPerspective(page.print_image(), to_pixels, (w, h), flags=cv2.INTER_AREA, borderValue=255)
    rim = max(3, round(PRINT_RIM_PX * max(h, w) / (11 * DPI["full"]))) | 1
    printed = cv2.erode(blank, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim)))
    weight = cv2.GaussianBlur((printed < 200).astype(np.float32), (0, 0), 0.8)[..., None] * (1 - FADED)
    paper = np.asarray(np.median(pixels[:: max(1, h // 60), :: max(1, w // 60)].reshape(-1, 3), axis=0), np.float32)
    return np.asarray(pixels * (1 - weight) + paper * weight, np.uint8)


def field_zone(fit: PageFit, name: str, forms: Sequence[Form]) -> Zone | None:
    """Where the form asks for a field, form points; None where this page has no such field."""
    page = form_page(fit, forms)
    found = next((f for f in page.fields if f.name == name), None) if page else None
    if found is None:
        return None
    x0, y0, x1, y1 = found.zone
    if page and x1 - x0 > PLACE_WIDTH_PT:
        beside = [word.box for word in page.words if y0 <= (word.box[1] + word.box[3]) / 2 <= y1]
        x0 = max(x0, min((box[0] for box in beside), default=x0) - LABEL_MARGIN_PT)
        x1 = min(x1, max(x0 + PLACE_WIDTH_PT, max((box[2] for box in beside), default=x0) + LABEL_MARGIN_PT))
    elif page and x1 - x0 < BOX_WIDTH_PT:
        x0, x1 = max(0.0, min(x0 - LABEL_MARGIN_PT, page.width - PLACE_WIDTH_PT)), min(page.width, x0 + PLACE_WIDTH_PT)
    return x0, y0 - PLACE_MARGIN_PT, x1, y1 + PLACE_MARGIN_PT


def zone_box(fit: PageFit, zone: Zone) -> Box:
    """A zone of the form on the page as a viewer shows it, cut off at the page's edges."""
    x0, y0, x1, y1 = zone
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
    quad = cv2.perspectiveTransform(corners, np.reshape(fit.matrix, (3, 3)))[0]
    (left, top), (right, bottom) = np.clip(quad.min(axis=0), 0, 1), np.clip(quad.max(axis=0), 0, 1)
    return Box(float(left), float(top), float(right), float(bottom))


def place(pixels: BgrImage, fit: PageFit, name: str, forms: Sequence[Form]) -> BgrImage:
    """The form's place for a field, straightened, at PLACE_DPI; white where the page does not have it."""
    zone = field_zone(fit, name, forms)
    if zone is None:
        return np.full((40, 400, 3), 255, np.uint8)
    h, w = pixels.shape[:2]
    scale = PLACE_DPI / 72
    to_pixels = np.diag([w, h, 1.0]) @ np.reshape(fit.matrix, (3, 3))
    from_place = to_pixels @ np.array([[1 / scale, 0, zone[0]], [0, 1 / scale, zone[1]], [0, 0, 1]])
    size = (round((zone[2] - zone[0]) * scale), round((zone[3] - zone[1]) * scale))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(pixels, from_place, size, flags=flags, borderValue=(255, 255, 255)), np.uint8)


def blank_place(name: str, forms: Sequence[Form]) -> bytes:
    """PNG of a field's place on the blank form; empty where no form has it."""
    for form in forms:
        for page in form.pages:
            matrix = (1 / page.width, 0, 0, 0, 1 / page.height, 0, 0, 0, 1)
            fit = PageFit(1, page.number, 1.0, matrix, form=form.label)
            if any(f.name == name for f in page.fields):
                print_ = cv2.cvtColor(page.print_image(), cv2.COLOR_GRAY2BGR)
                return bytes(cv2.imencode(".png", place(np.asarray(print_, np.uint8), fit, name, forms))[1].tobytes())
    return b""


def _drawer() -> Apart:
    return Apart("pipeline.review.pages:draw", UNDRAWN)


@dataclass
class Gallery:
    """The pictures of one server: drawn when they are asked for, places of empty fields ahead of that.

    Two workers: what an editor waits for never stands behind what is drawn ahead.
    """

    asked: Apart = field(default_factory=_drawer)
    ahead: Apart = field(default_factory=_drawer)
    kept: OrderedDict[Wanted, bytes] = field(default_factory=OrderedDict)
    bytes_kept: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)

    def picture(self, wanted: Wanted) -> bytes | Problem:
        """JPEG, or why there is none."""
        return self._picture(wanted, self.asked)

    def draw_ahead(self, places: Iterable[Callable[[], PlaceWanted | None]]) -> threading.Thread:
        """Draw places one after the other in a thread, as long as there is room to keep them."""

        def work() -> None:
            for place_ in places:
                if self.closed.is_set() or self.bytes_kept > CACHE_BYTES // 2:
                    return
                if (wanted := place_()) is not None:
                    self._picture(wanted, self.ahead)
            self.ahead.close()

        thread = threading.Thread(target=work, name="pages-ahead", daemon=True)
        thread.start()
        return thread

    def _picture(self, wanted: Wanted, drawer: Apart) -> bytes | Problem:
        with self.lock:
            if found := self.kept.get(wanted):
                self.kept.move_to_end(wanted)
                return found
        answer = drawer.ask(wanted)
        if isinstance(answer, bytes):
            self._keep(wanted, answer)
        return answer

    def _keep(self, wanted: Wanted, picture: bytes) -> None:
        with self.lock:
            if wanted not in self.kept:
                self.kept[wanted] = picture
                self.bytes_kept += len(picture)
            while self.bytes_kept > CACHE_BYTES:
                _, oldest = self.kept.popitem(last=False)
                self.bytes_kept -= len(oldest)

    def close(self) -> None:
        """End the threads that draw; what is asked for later is not drawn."""
        self.closed.set()
        self.asked.close()
        self.ahead.close()
