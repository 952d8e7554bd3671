"""Whether what stands where a return is signed is a signature, on marks drawn here."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.fit_marks import FEATURES as FITTED_FEATURES
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.signed_mark import FEATURES, MODEL, measured, signed_probability
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import FormField, Zone
from pipeline.registration.warp import INK_DPI
from tests.material.emissions import emissions, unsure

NAME = FormField("block_name", "text", 2, "Corresponding Author:", (0, 404, 612, 424))
SIGNATURE = FormField("signature", "signature", 2, "Signed:", (0, 424, 612, 436))
FIELDS = (NAME, SIGNATURE)
AT_SIGNATURE: Zone = (220, 418, 310, 440)
AT_NAME: Zone = (230, 408, 310, 420)
DATE = RecognizedLine(
    InkRegion((220, 440, 290, 452), typed=TypedLine("3 May 2026", (220, 440, 290, 452), "text_layer", frozenset())),
    "3 May 2026",
    50.0,
)
Gray = npt.NDArray[np.uint8]


def paper(box: Zone = AT_SIGNATURE) -> Gray:
    scale = INK_DPI / 72
    return np.full((round((box[3] - box[1]) * scale), round((box[2] - box[0]) * scale)), 255, np.uint8)


def scrawl(dark: int = 210) -> Gray:
    """Loops of a pen, as a signature that nobody can read."""
    crop = paper()
    t = np.linspace(0, 5.2 * np.pi, 400)
    height, width = crop.shape
    xs = 12 + t / t[-1] * (width - 30) + 12 * np.sin(t)
    ys = height / 2 - (height / 2 - 7) * np.cos(1.3 * t) * np.linspace(1, 0.3, len(t))
    path = np.stack([xs, ys], axis=1).round().astype(np.int32)
    cv2.polylines(crop, [path], False, (255 - dark,), 3, cv2.LINE_AA)
    return crop


def specks() -> Gray:
    crop, rng = paper(), np.random.default_rng(3)
    for x, y in rng.uniform((8, 6), (crop.shape[1] - 8, crop.shape[0] - 6), (40, 2)):
        cv2.ellipse(crop, (int(x), int(y)), (int(rng.integers(1, 4)), 1), 0, 0, 360, (150,), -1, cv2.LINE_AA)
    return crop


def stroke() -> Gray:
    """A line drawn to sign on."""
    crop = paper()
    cv2.line(crop, (4, 30), (crop.shape[1] - 4, 32), (90,), 2, cv2.LINE_AA)
    return crop


def set_off() -> Gray:
    crop, rng = scrawl(70), np.random.default_rng(1)
    patches = cv2.resize(rng.random((5, 9)).astype(np.float32), crop.shape[::-1])
    return np.asarray(255 - cv2.GaussianBlur(255.0 - crop, (0, 0), 1.2) * patches, np.uint8)


def mark(crop: Gray, text: str = "", found: bool = True, corner: tuple[float, float] = (220, 416)) -> RecognizedLine:
    """The ink of a picture as a line whose upper left corner is at a point of the form."""
    rows, columns = np.flatnonzero((crop < 200).any(axis=1)), np.flatnonzero((crop < 200).any(axis=0))
    cut = np.asarray(crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.uint8)
    height, width = (side * 72 / INK_DPI for side in cut.shape)
    box = (corner[0], corner[1], corner[0] + width, corner[1] + height)
    ink = float((cut < 200).sum()) * (72 / INK_DPI) ** 2
    views = (unsure(text),) if text else ()
    return RecognizedLine(InkRegion(box, crop=cut, found=found, ink_pt2=ink), text, -20.0, views)


def typed(text: str, box: Zone) -> RecognizedLine:
    return RecognizedLine(InkRegion(box, typed=TypedLine(text, box, "text_layer", frozenset({"Arial"}))), text, -50.0)


def probability(*lines: RecognizedLine, others: tuple[RecognizedLine, ...] = ()) -> float:
    return signed_probability(lines, FIELDS, (DATE, mark(scrawl(), "Title"), *others))


def test_the_fit_and_the_pipeline_measure_the_same() -> None:
    assert FITTED_FEATURES[MODEL] == FEATURES
    assert measured([mark(scrawl())], FIELDS, ()).shape == (len(FEATURES),)


def test_a_pen_s_loops_are_a_signature() -> None:
    assert probability(mark(scrawl(), "Sc")) > 0.95
    assert probability(mark(scrawl(110), "Sc")) > 0.8  # with a pen that hardly writes


@pytest.mark.parametrize("dirt", [specks(), stroke(), set_off()], ids=["specks", "a line", "set-off"])
def test_dirt_is_none_and_is_asked_about_where_it_looks_like_a_line_of_writing(dirt: Gray) -> None:
    assert probability(mark(dirt, found=False)) < 0.5
    assert probability(mark(dirt)) < 0.8


def test_nothing_is_none() -> None:
    assert probability() < 0.1
    assert signed_probability(()) < 0.1


def test_typing_signs_where_it_is_asked_for() -> None:
    other = typed("Ann Quill", (200, 300, 280, 312))
    assert probability(typed("Ann Quill", AT_SIGNATURE), others=(other,)) > 0.9
    assert probability(typed("Ann Quill", AT_NAME), others=(other,)) < 0.5


def test_a_name_at_its_own_label_is_less_of_a_signature_than_a_scrawl_there() -> None:
    line = mark(scrawl(), "Ann Quill", corner=(230, 400))
    plain = RecognizedLine(line.region, "Ann Quill", -20.0, (emissions("Ann Quill"),))
    other = typed("Ann Quill", (200, 300, 280, 312))
    assert probability(plain, others=(other,)) < probability(mark(scrawl(), "lw", corner=(230, 400)))
