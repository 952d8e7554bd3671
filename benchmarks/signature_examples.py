"""Examples for `models.fit_marks`: what stands where a return is signed, and whether it is a signature.

usage: python -m benchmarks.signature_examples RETURNS... OUT.npz [--made N] [--kinds N] [--seed N] [--fonts FOLDER]

Each RETURNS is a labelled folder (see `benchmarks.truth`), one as the returns are, others as if scanned anew. Real
returns without a signature are rare, so they are made: the signature erased, with and without the name that stands
beside it; and, in its place, specks, lines, set-off, a stamp, a note, or the name where the form asks for the name.
Signatures are made faint, thin and small, moved onto a label, replaced by type. OUT holds measures and answers only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks import forgeries
from benchmarks.forgeries import Page, Random
from benchmarks.mark_examples import fitted_pages, sent_again, volume
from benchmarks.page_anomalies import Sheet, erased, open_sheet, reading_boxes
from benchmarks.truth import Truth, load_truth
from models.choice import Example, Floats, binary_example
from models.fit import save_examples
from pipeline.datamodel.records import Box, Observation, Problem, Source
from pipeline.dates.evidence import SPAN
from pipeline.documents.document import Document, Word
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import with_gray
from pipeline.extraction.areas import ReadArea, read_areas
from pipeline.extraction.assignment import assign_fields
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.observe import load_models, observe
from pipeline.extraction.signature import is_born_digital
from pipeline.extraction.signed_mark import MODEL, measured
from pipeline.extraction.signing_place import at_name_label
from pipeline.forms.form import PrintedWord
from pipeline.registration.matching import FittedPage

SIGNING_PAGE: Final = 2
"""The page of the present form that is signed."""
NOTES: Final = ("N/A", "n/a", "see above", "see page 1", "to be signed", "Signature", "-", "____________", "/", "x")
"""What people type where they do not sign."""
STAMPS: Final = ("RECEIVED", "COPY", "DRAFT", "APPROVED", "OFFICE OF RESEARCH", "SCANNED", "ORIGINAL")


@dataclass(frozen=True, slots=True)
class Scene:
    """A page that is signed, from which examples are made."""

    sheet: Sheet
    without: Page
    """The page without the signature; name and date beside it stay."""
    signature: Page
    """The signature's ink on white."""
    name: Page | None
    """Writing of the author's that is his name, on white; None where it is typed."""
    fonts: Sequence[Path]
    rng: Random

    @property
    def _foot_pt(self) -> float:
        label = self.sheet.form.field("signature")
        return label.zone[3] - 2.4 if label else 0.0

    def at_signature(self) -> tuple[float, float]:
        """A point of the form at which a signature may begin, on its line."""
        return float(self.rng.uniform(212, 290)), self._foot_pt + float(self.rng.uniform(-4, 4))

    def at_name(self) -> tuple[float, float]:
        """A point at which the name may begin, beside the label that asks for it."""
        label = self.sheet.form.field("block_name")
        return float(self.rng.uniform(222, 260)), (label.zone[3] - 5 if label else 0) + float(self.rng.uniform(-2, 2))

    def typed(self, page: Page, text: str, at: tuple[float, float], plain: bool) -> Page:
        """The page with a line of type."""
        size = float(self.rng.uniform(8.5, 12) if plain else self.rng.uniform(13, 22))
        fonts = [None] if plain else self.fonts
        font = fonts[int(self.rng.integers(len(fonts)))] if fonts else None
        return forgeries.type_text(page, self.sheet.dpi, self.sheet.fit, text, at, size, font)

    def laid(self, page: Page, patch: Page, at: tuple[float, float], size: float = 1.0) -> Page:
        """The page with a piece of writing."""
        return forgeries.lay_patch(page, self.sheet.dpi, self.sheet.fit, patch, at, size)


def _scene(document: Document, seen: Observation, truth: Truth, fonts: Sequence[Path], rng: Random) -> Scene | None:
    sheet = open_sheet(document, seen, truth, SIGNING_PAGE)
    if sheet is None or not seen.signature.lines:
        return None
    without = erased(sheet, reading_boxes(seen.signature), reading_boxes(seen.date, seen.block_name))
    names = [InkRegion(zone) for line in seen.block_name.lines if (zone := sheet.zone(line.box))]
    if names and not at_name_label(sheet.fit.page.fields, names):
        return None  # the name would stand where the signature belongs, and sign
    zone = sheet.zone(seen.signature.box)
    image = sheet.image.color
    patch = forgeries.writing_patch(image, sheet.dpi, sheet.fit, zone) if zone else None
    if without is None or patch is None:
        return None
    return Scene(sheet, without, patch, _written_name(document, sheet), fonts, rng)


def _written_name(document: Document, sheet: Sheet) -> Page | None:
    seen = sheet.seen
    for reading, place in ((seen.block_name, sheet), (seen.name, open_sheet(document, seen, sheet.truth, 1))):
        zone = place.zone(reading.box) if place and reading.kind == "handwritten" else None
        if place and zone and reading.page == place.image.index + 1:
            patch = forgeries.writing_patch(place.image.color, place.dpi, place.fit, zone)
            if patch is not None:
                scale = sheet.dpi / place.dpi
                return np.asarray(cv2.resize(patch, None, fx=scale, fy=scale), np.uint8)
    return None


# ------------------------------------------------------------------------------------------- not signed


def nothing(scene: Scene) -> Page | None:
    """The signature gone, name and date as they were."""
    return scene.without


def specks(scene: Scene) -> Page | None:
    """Dirt at the signature's place, some or much."""
    page, sheet = scene.without, scene.sheet
    for _ in range(int(scene.rng.integers(1, 4))):
        x, y = scene.at_signature()
        page = forgeries.smudged(page, sheet.dpi, sheet.fit, _word(x + 30, y), scene.rng)
    return page


def _word(x: float, y: float) -> PrintedWord:
    return PrintedWord("", (x, y - 8, x + 20, y), "", 10.0, y, ())


def lines(scene: Scene) -> Page | None:
    """Lines at the signature's place: drawn to sign on, a scanner's streak, a fold, the edge of a sheet."""
    page, sheet, rng = scene.without, scene.sheet, scene.rng
    for _ in range(int(rng.integers(1, 3))):
        x, y = scene.at_signature()
        along = rng.random() < 0.7
        reach = (rng.uniform(40, 220), rng.uniform(-2, 2)) if along else (rng.uniform(-4, 4), -rng.uniform(15, 60))
        path = [(x + reach[0] * t, y + reach[1] * t + rng.normal(0, 0.15)) for t in np.linspace(0, 1, 12)]
        drawn = forgeries.pen_stroke(page, sheet.dpi, sheet.fit, path, float(rng.uniform(0.4, 1.6)))
        page = _mixed(page, drawn, float(rng.uniform(0.3, 1.0)))
    return page


def _mixed(page: Page, drawn: Page, share: float) -> Page:
    return np.asarray(page + share * (drawn.astype(np.float32) - page), np.uint8)


def set_off(scene: Scene) -> Page | None:
    """A signature that came off from another sheet: mirrored, pale and patchy."""
    rng = scene.rng
    mirrored = cv2.flip(scene.signature, 1).astype(np.float32)
    patches = cv2.resize(rng.random((5, 9)).astype(np.float32), mirrored.shape[1::-1])[..., None]
    strength = np.clip(rng.uniform(0.15, 0.45) * (0.3 + 1.4 * patches), 0, 1)
    pale = np.asarray(255 - strength * (255 - cv2.GaussianBlur(mirrored, (0, 0), 0.8)), np.uint8)
    return scene.laid(scene.without, pale, scene.at_signature(), float(rng.uniform(0.7, 1.1)))


def stamp(scene: Scene) -> Page | None:
    """An office's stamp."""
    rng, sheet = scene.rng, scene.sheet
    x, y = scene.at_signature()
    page = scene.typed(scene.without, str(rng.choice(STAMPS)), (x + 6, y), plain=True)
    if rng.random() < 0.5:
        day = f"{rng.integers(1, 29)} {rng.choice(['OCT', 'NOV', 'SEP', 'MAR'])} {rng.integers(2017, 2026)}"
        page = scene.typed(page, day, (x + 6, y + 12), plain=True)
    if rng.random() < 0.7:
        corners = [(x, y - 14), (x + 90, y - 14), (x + 90, y + 16), (x, y + 16), (x, y - 14)]
        page = forgeries.pen_stroke(page, sheet.dpi, sheet.fit, corners, float(rng.uniform(0.6, 1.6)))
    return _mixed(scene.without, page, float(rng.uniform(0.4, 1.0)))


def note(scene: Scene) -> Page | None:
    """Typing at the signature's place that is no name."""
    return scene.typed(scene.without, str(scene.rng.choice(NOTES)), scene.at_signature(), plain=True)


def name_written(scene: Scene) -> Page | None:
    """The name alone, by hand, beside the label that asks for it."""
    if scene.name is None or scene.sheet.seen.block_name.lines:
        return None
    return scene.laid(scene.without, scene.name, scene.at_name(), float(scene.rng.uniform(0.8, 1.1)))


def name_typed(scene: Scene) -> Page | None:
    """The name alone, in type, beside the label that asks for it."""
    if scene.sheet.seen.block_name.lines or not scene.sheet.truth.authors:
        return None
    return scene.typed(scene.without, scene.sheet.truth.authors[0], scene.at_name(), plain=True)


# ------------------------------------------------------------------------------------------- signed all the same


def faint(scene: Scene) -> Page | None:
    """Signed with a pen that hardly writes."""
    pale = 255 - float(scene.rng.uniform(0.25, 0.6)) * (255 - scene.signature.astype(np.float32))
    return scene.laid(scene.without, np.asarray(pale, np.uint8), _own_foot(scene))


def thin(scene: Scene) -> Page | None:
    """Signed with a fine pen."""
    size = 2 + int(scene.sheet.dpi > 180)
    return scene.laid(
        scene.without, np.asarray(cv2.dilate(scene.signature, np.ones((size, size), np.uint8)), np.uint8),
        _own_foot(scene),
    )  # fmt: skip


def _own_foot(scene: Scene) -> tuple[float, float]:
    zone = scene.sheet.zone(scene.sheet.seen.signature.box)
    return (zone[0], zone[3]) if zone else scene.at_signature()


def small(scene: Scene) -> Page | None:
    """Signed small, here or there on the line."""
    return scene.laid(scene.without, scene.signature, scene.at_signature(), float(scene.rng.uniform(0.4, 0.8)))


def on_label(scene: Scene) -> Page | None:
    """Signed over the label or the date."""
    rng = scene.rng
    at = (
        (float(rng.uniform(150, 205)), scene.at_signature()[1] + float(rng.uniform(-2, 4)))
        if rng.random() < 0.5
        else (float(rng.uniform(215, 300)), scene.at_signature()[1] + float(rng.uniform(6, 14)))
    )
    return scene.laid(scene.without, scene.signature, at, float(rng.uniform(0.6, 1.0)))


def set_in_type(scene: Scene) -> Page | None:
    """The name in plain type or in a script font where the signature belongs: typed, but signed."""
    if not scene.sheet.truth.authors:
        return None
    plain = scene.rng.random() < 0.5
    return scene.typed(scene.without, scene.sheet.truth.authors[0], scene.at_signature(), plain)


UNSIGNED: Final[Mapping[str, Callable[[Scene], Page | None]]] = {
    f.__name__: f for f in (nothing, specks, lines, set_off, stamp, note, name_written, name_typed)
}
SIGNED: Final[Mapping[str, Callable[[Scene], Page | None]]] = {
    f.__name__: f for f in (faint, thin, small, on_label, set_in_type)
}


# ------------------------------------------------------------------------------------------- text in the file


def text_pages(scene: Scene) -> Iterator[tuple[str, bool, FittedPage]]:
    """Pages that are no scan, as the file's own text has them: the signature's words gone, a note or the name typed in
    its place, the name beside its label alone. Each with its kind and whether it is signed."""
    sheet = scene.sheet
    pixels = with_gray(scene.without)
    image = replace(sheet.image, pixels=lambda: pixels)
    page = FittedPage(image, sheet.fit)
    if not is_born_digital(page):
        return
    inside = [line.box for line in sheet.seen.signature.lines]
    words = tuple(word for word in image.words if not any(_within(word.box, box) for box in inside))
    name = sheet.truth.authors[0] if sheet.truth.authors else ""
    rest = words if sheet.seen.block_name.lines else (*words, *_words(scene, name, scene.at_name()))
    for kind, signed, some in (
        ("text: nothing", False, words),
        ("text: name", False, rest),
        ("text: note", False, (*words, *_words(scene, str(scene.rng.choice(NOTES)), scene.at_signature()))),
        ("text: typed", True, (*words, *_words(scene, name, scene.at_signature()))),
    ):
        if some:
            yield kind, signed, FittedPage(replace(image, words=some), sheet.fit)


def _within(word: Box, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def _words(scene: Scene, text: str, at: tuple[float, float]) -> list[Word]:
    """The words of a typed text, its baseline starting at a point of the form, letters half as wide as high."""
    height, width = scene.sheet.image.gray.shape
    size, (x, y), found = float(scene.rng.uniform(8.5, 12)), at, []
    for word in text.split():
        long = 0.5 * size * len(word)
        corners = forgeries.points_to_pixels(
            scene.sheet.fit, scene.sheet.dpi, [(x, y - 0.75 * size), (x + long, y + 0.2 * size)]
        )
        (x0, y0), (x1, y1) = corners / (width, height)
        found.append(Word(word, Box(float(x0), float(y0), float(x1), float(y1)), font="Helvetica", size_pt=size))
        x += long + 0.3 * size
    return found


# ------------------------------------------------------------------------------------------- examples


def signature_features(areas: Sequence[ReadArea]) -> Floats | None:
    """What stands where a return with these areas is signed; None where nothing does."""
    found = [(area, assign_fields(area)) for area in areas]
    everything = [line for area in areas for line in area.lines]
    for area, fields in found:
        if signed := fields.get("signature", ()):
            return measured(signed, area.fields, [line for line in everything if line not in signed])
    return None


def _read(page: FittedPage) -> list[ReadArea]:
    return read_areas(page, load_models(), SPAN)


def made_ones(others: Sequence[ReadArea], scene: Scene, kinds: Sequence[str]) -> Iterator[Example]:
    """A page of each kind, read beside the areas of the return's `others`."""
    for kind in kinds:
        make = UNSIGNED.get(kind) or SIGNED[kind]
        page = make(scene)
        again = sent_again(scene.sheet, page, scene.rng) if page is not None else None
        if again is not None:
            yield from _example([*others, *_read(again)], kind in SIGNED, scene.sheet.truth, f"made: {kind}")
    for kind, signed, again in text_pages(scene):
        yield from _example([*others, *_read(again)], signed, scene.sheet.truth, kind)


def _example(areas: Sequence[ReadArea], signed: bool, truth: Truth, kind: str) -> Iterator[Example]:
    features = signature_features(areas)
    if features is not None:
        yield binary_example(features, signed, volume(truth), kind)


def examples(folder: Path, options: argparse.Namespace, original: bool) -> Iterator[Example]:
    """Those of a labelled folder; made ones only of the `original` returns."""
    rng = np.random.default_rng(options.seed)
    fonts = sorted(options.fonts.glob("*.[ot]tf")) if options.fonts else []
    for number, truth in enumerate(load_truth(folder)):
        data = (folder / truth.file).read_bytes()
        document = open_document(data)
        if isinstance(document, Problem):
            continue
        areas = [area for page in fitted_pages(document) for area in _read(page)]
        yield from _example(areas, truth.signature != "none", truth, "as it is" if original else "scanned anew")
        if original and number % options.made == 0:
            seen = observe(Source(truth.file, "", "", len(data)), data)
            scene = _scene(document, seen, truth, fonts, rng)
            if scene is not None:
                others = [area for area in areas if area.page.image.index != scene.sheet.image.index]
                kinds = rng.permutation([*UNSIGNED, *SIGNED])[: options.kinds]
                yield from made_ones(others, scene, [str(kind) for kind in kinds])


def main() -> None:
    """Command line: `usage` above."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("returns", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--made", type=int, default=2, help="made examples of one return in so many")
    parser.add_argument("--kinds", type=int, default=5, help="kinds that are made of one return, drawn by lot")
    parser.add_argument("--fonts", type=Path, default=Path("sample_scans/fonts"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = [
        example for number, folder in enumerate(options.returns) for example in examples(folder, options, number == 0)
    ]
    save_examples({MODEL: found}, options.out)


if __name__ == "__main__":
    main()
