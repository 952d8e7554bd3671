"""Lines of writing parted at their gaps and put together from two, with numbers typed by hand."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import pytest

from models.line_finder import FoundLine, LineFinder
from pipeline.extraction.dropout import ForeignInk
from pipeline.extraction.locate import InkRegion, beside, find_ink_regions, rows, splits
from pipeline.extraction.text_layer import TypedLine
from pipeline.forms.form import Zone
from pipeline.forms.reader import load_forms
from pipeline.registration.warp import INK_DPI
from tests.material.emissions import BLOB_PX, blobs

POINT_PX = INK_DPI / 72


def written(box: Zone, height_px: int = 20, width_px: int = 40) -> InkRegion:
    return InkRegion(box, crop=np.full((height_px, width_px), 40, np.uint8), ink_pt2=30.0)


def of_blobs(*gaps_px: int) -> InkRegion:
    crop = blobs(*gaps_px)
    box = (100.0, 50.0, 100.0 + crop.shape[1] / POINT_PX, 50.0 + crop.shape[0] / POINT_PX)
    return InkRegion(box, crop=crop, ink_pt2=90.0)


def test_a_line_is_parted_at_its_widest_gap_first() -> None:
    """Three letters, 90 and 70 pixels apart."""
    line = of_blobs(90, 70)
    (wide, narrow) = splits(line)
    for (left, right), letters in ((wide, (1, 2)), (narrow, (2, 1))):
        assert [round(left.ink_pt2), round(right.ink_pt2)] == [30 * letters[0], 30 * letters[1]]
        assert left.box[0] == line.box[0] and left.box[2] == right.box[0] and right.box[2] == line.box[2]
    middle_of_gap = 4 + BLOB_PX[0] + 90 / 2
    assert wide[0].box[2] == pytest.approx(line.box[0] + middle_of_gap / POINT_PX)


def test_each_part_has_its_own_ink_alone() -> None:
    left, right = splits(of_blobs(90, 70))[0]
    assert left.crop is not None and right.crop is not None
    inked = [int((crop < 200).any(axis=0).sum()) for crop in (left.crop, right.crop)]
    assert inked == [BLOB_PX[0], 2 * BLOB_PX[0]]


@pytest.mark.parametrize(
    "line",
    [
        of_blobs(),  # one letter
        of_blobs(5, 5, 5),  # either part would be narrower than any field
        InkRegion((0, 0, 200, 20), typed=TypedLine("Ann Author 3 May", (0, 0, 200, 20), "text_layer", frozenset())),
    ],
)
def test_lines_that_are_not_parted(line: InkRegion) -> None:
    assert splits(line) == ()


@pytest.mark.parametrize(
    ("right", "together"),
    [
        ((110, 50, 150, 60), True),  # 10 points further on
        ((159, 50, 190, 60), True),  # just within reach
        ((161, 50, 190, 60), False),  # too far
        ((97, 50, 150, 60), True),  # overlaps by less than half its height
        ((94, 50, 150, 60), False),
        ((110, 56, 150, 66), True),  # four of ten points are level
        ((110, 58, 150, 68), False),
        ((20, 50, 60, 60), False),  # stands before it
    ],
)
def test_two_lines_of_one_row_are_one(right: Zone, together: bool) -> None:
    found = beside(written((60, 50, 100, 60)), written(right))
    assert (found is not None) is together
    if found is not None:
        assert found.box == (60, 50, right[2], max(60, right[3])) and found.ink_pt2 == 60.0


def test_lines_joined_keep_their_heights() -> None:
    """The right one hangs six points lower: its ink must not rise to the left one's line."""
    joined = beside(written((60, 50, 100, 60)), written((110, 56, 150, 66)))
    assert joined is not None and joined.crop is not None
    inked = (joined.crop < 200).any(axis=1)
    left, right = joined.crop[:, :40] < 200, joined.crop[:, -40:] < 200
    drop = round(6 * POINT_PX)
    assert int(np.flatnonzero(left.any(axis=1))[0]) == 0
    assert int(np.flatnonzero(right.any(axis=1))[0]) == drop
    assert int(inked.sum()) == drop + 20


def test_typing_is_not_joined_to_ink() -> None:
    typed = InkRegion((110, 50, 150, 60), typed=TypedLine("2019", (110, 50, 150, 60), "text_layer", frozenset()))
    assert beside(written((60, 50, 100, 60)), typed) is None


class OneLine:
    """A line finder that finds one line, with a frame given in pixels (x0, y0, x1, y1)."""

    def __init__(self, frame: tuple[int, int, int, int]) -> None:
        x0, y0, x1, y1 = frame
        self.found = FoundLine(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32), 0.9)

    def find(self, gray: np.ndarray, scale: float = 1.0) -> list[FoundLine]:
        return [self.found]


@pytest.mark.parametrize(("reach", "overhangs"), [(70, 1), (8, 0)])
def test_a_stroke_that_reaches_far_out_of_its_line_is_told(reach: int, overhangs: int) -> None:
    """Print, and a loop that hangs on it and goes on `reach` pixels below: a signature across a date, a letter's
    tail."""
    mask = np.zeros((200, 400), np.uint8)
    cv2.rectangle(mask, (40, 40), (300, 60), 1, 3)
    cv2.ellipse(mask, (160, 60 + reach // 2), (60, max(4, reach // 2)), 0, 0, 360, 1, 3)
    empty, white = np.zeros(mask.shape, np.bool_), np.full(mask.shape, 255, np.uint8)
    paper = np.where(mask > 0, np.uint8(40), white)
    ink = ForeignInk(load_forms()[0].pages[1], (200.0, 400.0, 392.0, 496.0), paper, mask > 0, empty)
    finder = OneLine((12, 12, 290, 50))  # in the ink's own frame, INK_MARGIN_PX around it
    regions = find_ink_regions(ink, (), cast(LineFinder, finder))
    assert [sum(r.overhang for r in regions), sum(not r.overhang for r in regions)] == [overhangs, 1]


@pytest.mark.parametrize(("darkest", "is_pale"), [(190, True), (60, False)])
def test_what_is_paler_than_ink_is_shown_beside_pale_ink_alone(darkest: int, is_pale: bool) -> None:
    """A stroke of which every other bit is too pale to be ink; a word of print beyond its reach stays away."""
    paper = np.full((200, 400), 255, np.uint8)
    paper[50:54, 40:300] = 225
    for x in range(40, 300, 16):
        paper[50:54, x : x + 8] = darkest
    paper[30:34, 40:300] = 120
    mask = np.asarray((paper < 200) & (np.arange(200)[:, None] >= 40), np.bool_)
    ink = ForeignInk(load_forms()[0].pages[1], (200.0, 400.0, 392.0, 496.0), paper, mask, np.zeros_like(mask))
    (region,) = find_ink_regions(ink, (), cast(LineFinder, OneLine((12, 2, 290, 40))))
    assert (region.pale is not None) == is_pale
    if region.pale is not None and region.crop is not None:
        inked = [(crop < 200).any(axis=0).mean() for crop in (region.crop, region.pale)]
        assert inked[0] < 0.6 and inked[1] > 0.9 and region.pale.min() == 0
        assert (region.pale < 200).any(axis=1).sum() <= 6


class FineLines(OneLine):
    """A line finder to which small type is no line until the picture is enlarged."""

    def find(self, gray: np.ndarray, scale: float = 1.0) -> list[FoundLine]:
        return [self.found] if scale > 1 else []


@pytest.mark.parametrize(("letter_px", "lines"), [(7, 1), (90, 0)])
def test_type_too_small_to_be_found_is_looked_at_closer(letter_px: int, lines: int) -> None:
    """A row of letters, wider than any signature: small ones are a line of type, large ones no writing at all."""
    mask = np.zeros((200, 900), np.bool_)
    for x in range(60, 840, letter_px + 3):
        mask[60 : 60 + letter_px, x : x + letter_px] = True
    empty, white = np.zeros(mask.shape, np.bool_), np.full(mask.shape, 255, np.uint8)
    ink = ForeignInk(
        load_forms()[0].pages[0], (60.0, 236.0, 492.0, 332.0), np.where(mask, np.uint8(40), white), mask, empty
    )
    finder = FineLines((12, 12, 820, 24 + letter_px))
    regions = find_ink_regions(ink, (), cast(LineFinder, finder))
    assert [region.found for region in regions] == [True] * lines


class TwoRows:
    """A line finder that finds two lines, one under the other."""

    def find(self, image: np.ndarray, scale: float = 1.0) -> list[FoundLine]:
        """Lines with frames in pixels of a picture that has INK_MARGIN_PX of white around it."""
        frames = [(40, 24, 260, 64), (24, 60, 200, 84)]
        return [
            FoundLine(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32), 0.9) for x0, y0, x1, y1 in frames
        ]


def test_rows_that_touch_are_parted_between_them() -> None:
    """A tail of the signature reaches into the date: either row keeps its own ink."""
    crop = np.full((70, 260), 255, np.uint8)
    crop[10:30, 30:220] = crop[44:56, 10:160] = 0
    crop[30:44, 60:66] = 0
    region = InkRegion((200.0, 400.0, 200.0 + 260 * 72 / INK_DPI, 400.0 + 70 * 72 / INK_DPI), crop=crop)
    finder = cast(LineFinder, TwoRows())
    above, below = rows(region, finder)
    assert above.crop is not None and below.crop is not None
    assert min((above.crop < 128).mean(), (below.crop < 128).mean()) > 0.3
    assert above.center[1] + 10 < below.center[1]
    assert rows(InkRegion((200.0, 400.0, 290.0, 412.0), crop=crop), finder) == ()
