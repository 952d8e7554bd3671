"""How a signature was made, where the page is a scan."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.ppocr import LineReader
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.printed_line import printed_probability
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.extraction.signature import signature_kind

READER = LineReader()


def read(crop: np.ndarray) -> RecognizedLine:
    view = READER.read([crop])[0]
    return RecognizedLine(InkRegion((220.0, 424.0, 320.0, 436.0), crop=crop), view.text, -50.0, (view,))


def printed(text: str, slant_deg: float = 0.0) -> np.ndarray:
    """A line of plain type as a scanner sees it, (H, W)."""
    picture = Image.new("L", (30 * len(text), 80), 255)
    ImageDraw.Draw(picture).text((12, 16), text, fill=20, font=ImageFont.load_default(44))
    shear = np.tan(np.deg2rad(slant_deg))
    leaning = cv2.warpAffine(
        np.array(picture), np.array([[1, -shear, shear * 40], [0, 1, 0]]), picture.size, borderValue=(255,)
    )
    return np.asarray(cv2.GaussianBlur(cv2.resize(leaning, None, fx=0.5, fy=0.5), (3, 3), 0), np.uint8)


@pytest.mark.parametrize("set_by_computer", [False, True], ids=["on a scan", "pasted as a picture"])
@pytest.mark.parametrize("name", ["Hana Banana", "Anna Tannenbaum", "Jon Wug"])
def test_print_is_no_handwriting(name: str, set_by_computer: bool) -> None:
    kind = signature_kind([read(printed(name))], set_by_computer)
    assert kind == "typed" or (set_by_computer and kind == "script_font")


def unsteady(text: str) -> np.ndarray:
    """The same letters, each turned and set up or down a little, as a neat hand sets them."""
    rng = np.random.default_rng(len(text))
    line = np.full((50, 18 * len(text) + 30), 255, np.uint8)
    for place, letter in enumerate(text):
        glyph, turn = printed(letter)[:, :30], rng.uniform(-14, 14)
        moved = cv2.getRotationMatrix2D((12, 20), turn, rng.uniform(0.8, 1.2))
        moved[1, 2] += rng.uniform(-4, 4)
        drawn = cv2.warpAffine(glyph, moved, (30, 50), borderValue=(255,))
        at = 17 * place + 4
        line[:, at : at + 30] = np.minimum(line[:, at : at + 30], drawn)
    return line


@pytest.mark.parametrize("name", ["Hana Banana", "Anna Tannenbaum", "Bodan Ruge"])
def test_letters_that_stand_unevenly_are_a_hand_s(name: str) -> None:
    assert signature_kind([read(unsteady(name))], set_by_computer=False) == "handwritten"


def test_a_written_line_beside_a_printed_one_is_a_signature() -> None:
    marks = [read(printed("Hana Banana")), read(unsteady("Hana Banana"))]
    assert signature_kind(marks, set_by_computer=False) == "handwritten"


def faint(crop: np.ndarray) -> np.ndarray:
    """As a poor scan has it: no OCR for print is sure of so short a word."""
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), 1.0), np.uint8)


def test_a_name_in_the_font_of_the_other_fields_is_typed() -> None:
    """No letter of "Bodan" occurs twice: the typed name beside it shows more surely that it was set, too."""
    signed, name = read(faint(printed("Bodan"))), read(faint(printed("Bodan Ruge")))
    assert printed_probability(signed) < printed_probability(signed, [name])
    assert signature_kind([signed], set_by_computer=False, beside=[name]) == "typed"


def test_uneven_letters_beside_the_same_name_in_type_are_a_hand_s() -> None:
    signed, name = read(unsteady("Bodan Ruge")), read(printed("Bodan Ruge"))
    assert signature_kind([signed], set_by_computer=False, beside=[name]) == "handwritten"
