import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.page_fingerprint import SAME, page_fingerprint, same_ink, same_ink_pairs

Mask = npt.NDArray[np.bool_]
SHAPE = (294, 612)


def drawn(date: str = "2020.9.4", at: tuple[int, int] = (220, 60), name: str = "Ann Author") -> Mask:
    """The ink of a signature block: a scrawl, a name and a date, one pixel a point."""
    page = np.zeros(SHAPE, np.uint8)
    t = np.linspace(0, 1, 60)
    curve = np.stack([at[0] + 90 * t, at[1] + 14 * np.sin(21 * t) * (1 - 0.5 * t)], 1).round().astype(np.int32)
    cv2.polylines(page, [curve], False, 1, 2)
    cv2.putText(page, name, (230, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1, 1)
    cv2.putText(page, date, (200, 110), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1, 1)
    return page.astype(np.bool_)


def scanned_again(mask: Mask, seed: int, dx: float = 1.0, dy: float = -1.0, angle_deg: float = 0.3) -> Mask:
    """The same sheet on another scanner: a little shifted and turned, bolder, with specks and gaps."""
    rng = np.random.default_rng(seed)
    turn = cv2.getRotationMatrix2D((300.0, 100.0), angle_deg, 1.0)
    turn[:, 2] = turn[:, 2] + (dx, dy)
    moved = cv2.warpAffine(mask.astype(np.float32), turn, mask.shape[::-1], flags=cv2.INTER_LINEAR)
    noisy = cv2.GaussianBlur(moved, (0, 0), 0.6) + rng.normal(0, 0.05, mask.shape)
    specks = rng.random(mask.shape) < 0.0002
    return np.asarray((noisy > 0.3) | specks, np.bool_)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_sheet_scanned_twice_is_the_same(seed: int) -> None:
    a, b = page_fingerprint(drawn()), page_fingerprint(scanned_again(drawn(), seed))
    assert same_ink(a, b) >= SAME
    assert same_ink(a, b) == pytest.approx(same_ink(b, a), abs=0.05)


@pytest.mark.parametrize("at", [(240, 60), (220, 68), (212, 54)], ids=["right", "lower", "left and higher"])
def test_a_signature_in_another_place_is_another_page(at: tuple[int, int]) -> None:
    assert same_ink(page_fingerprint(drawn()), page_fingerprint(scanned_again(drawn(at=at), 1))) < SAME


def in_thick_pen(name: str, date: str = "March 6, 2026") -> Mask:
    """A thick name, and under it a date in type, both where everybody writes them."""
    page = np.zeros(SHAPE, np.uint8)
    cv2.putText(page, name, (220, 30), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.45, 1, 3)
    cv2.putText(page, date, (212, 44), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 1, 1)
    return page.astype(np.bool_)


def test_two_thick_names_over_one_typed_date_are_two_pages() -> None:
    names = ["Astrid Lindqvist", "Lucia Guerrero", "Ruolan Huangfu", "Unnur Bjarkason", "Folasade Abegunde"]
    masks = [in_thick_pen(name) for name in names]
    assert same_ink_pairs([page_fingerprint(mask) for mask in masks]) == []
    again = scanned_again(masks[0], 3)
    assert same_ink(page_fingerprint(masks[0]), page_fingerprint(again)) >= SAME


def bold(seed: int) -> Mask:
    """A dense scrawl, one pixel a point, whose pen leaves little paper between its strokes."""
    rng = np.random.default_rng(seed)
    page = np.zeros(SHAPE, np.uint8)
    line = np.stack([np.linspace(225, 320, 40), 40 + rng.normal(0, 7, 40)], 1)
    cv2.polylines(page, [line.round().astype(np.int32)], False, 1, 7)
    return page.astype(np.bool_)


def test_bold_signatures_over_dates_in_one_place_are_not_one_page() -> None:
    """Their ink covers each other by chance, and does as much where one is moved aside."""
    a, b = bold(1), bold(2)
    assert (a & b).sum() > SAME * max(a.sum(), b.sum())
    assert same_ink(page_fingerprint(a), page_fingerprint(b)) < SAME
    assert same_ink(page_fingerprint(a), page_fingerprint(scanned_again(a, 1, angle_deg=0.1))) >= SAME


def test_pages_without_ink_are_not_the_same_page() -> None:
    assert page_fingerprint(np.zeros(SHAPE, np.bool_)) == b""
    assert same_ink(b"", b"") == 0.0
    assert same_ink_pairs([b"", b"", page_fingerprint(drawn())]) == []


def test_pairs_among_many() -> None:
    masks = [drawn(date=f"2020.{m}.{d}", at=(150 + 14 * d, 30 + 14 * m)) for m in (3, 4) for d in range(1, 9)]
    prints = [page_fingerprint(mask) for mask in masks]
    prints.insert(3, page_fingerprint(scanned_again(masks[7], 2)))
    assert same_ink_pairs(prints) == [(3, 8)]


def test_pages_of_another_size_are_not_compared() -> None:
    assert same_ink(page_fingerprint(drawn()), page_fingerprint(np.pad(drawn(), 5))) == 0.0


@given(st.integers(0, 2**32 - 1))
def test_a_page_is_itself(seed: int) -> None:
    mask = np.random.default_rng(seed).random((40, 60)) < 0.3
    assert same_ink(page_fingerprint(mask), page_fingerprint(mask)) == 1.0
