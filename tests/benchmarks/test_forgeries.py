import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import forgeries
from pipeline.forms.reader import load_forms
from pipeline.registration.register import Registration

DPI = 150
PAGE = load_forms()[0].pages[1]
FIT = Registration(PAGE, np.diag([1 / 72, 1 / 72, 1.0]), 1.0, np.zeros((0, 5), np.float32))


def blank() -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(PAGE.print_image(), cv2.COLOR_GRAY2BGR), np.uint8)


def changed(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> tuple[float, float, float, float]:
    """Hull of what differs, in points."""
    ys, xs = np.nonzero(np.abs(a.astype(int) - b).max(axis=2) > 60)
    left, top, right, bottom = (float(v) * 72 / DPI for v in (xs.min(), ys.min(), xs.max(), ys.max()))
    return left, top, right, bottom


def test_a_strike_goes_through_its_words_and_nothing_else() -> None:
    words = forgeries.random_words(PAGE, np.random.default_rng(1))
    page = blank()
    x0, y0, x1, y1 = changed(page, forgeries.strike_words(page, DPI, FIT, words, np.random.default_rng(2)))
    assert x0 <= words[0].box[0] + 1 and x1 >= words[-1].box[2] - 1
    assert words[0].box[1] - 1 <= y0 and y1 <= words[0].box[3] + 1


def test_a_word_painted_over_leaves_paper() -> None:
    word = PAGE.clause_words()[50]
    out = forgeries.blank_word(blank(), DPI, FIT, word)
    x0, y0, x1, y1 = (round(v * DPI / 72) for v in word.box)
    assert out[y0:y1, x0:x1].min() > 200


def test_erasing_leaves_the_print() -> None:
    page = blank()
    assert PAGE.area
    written = page.copy()
    y = round((PAGE.area[1] + 60) * DPI / 72)
    cv2.putText(written, "Ann Author", (500, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.5, (60, 20, 20), 3)
    erased = forgeries.erase_zone(written, DPI, FIT, PAGE.area)
    assert (np.abs(erased.astype(int) - page).max(axis=2) > 100).sum() < 30


def test_pages_survive_the_pdf() -> None:
    from pipeline.documents.document import Document
    from pipeline.documents.opening import open_document

    document = open_document(forgeries.as_pdf([blank(), blank()], DPI))
    assert isinstance(document, Document) and len(document) == 2
    assert abs(document.size_pt(0)[0] - PAGE.width) < 2
