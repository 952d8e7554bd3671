"""Running text that is not read for its labels: known by its shape."""

from __future__ import annotations

import numpy as np

from pipeline.documents.rasterize import READ_DPI
from pipeline.extraction.page_lines import page_lines
from pipeline.extraction.prose_lines import prose_lines, without
from pipeline.forms.form import PRINT_DPI
from sample_scans.maker.other_blanks import CLAUSES
from sample_scans.maker.other_forms import SERIF
from sample_scans.maker.paper import render
from sample_scans.maker.sheet import Bar, Item, Sheet, Typing


def unread(*items: Item) -> tuple[list[float], np.ndarray]:
    """The middles of the lines that are left out, points, and the page without them."""
    assert READ_DPI >= PRINT_DPI
    paper = np.ascontiguousarray(render(Sheet(612, 792, items), PRINT_DPI).min(axis=2))
    boxes = prose_lines(paper, page_lines(paper).mask)
    return [(y0 + y1) / 2 for _, y0, _, y1 in boxes], without(paper, boxes)


def clause(top: float, leading: float = 12.0) -> list[Item]:
    return [Typing(line, 60, top + leading * i, SERIF, 10) for i, line in enumerate(CLAUSES)]


def test_the_inner_lines_of_a_clause_are_left_out_its_last_one_is_read() -> None:
    middles, rest = unread(*clause(200))
    assert len(middles) == len(CLAUSES) - 1
    assert all(abs(y - (197.5 + 12 * i)) < 3 for i, y in enumerate(middles))
    scale = PRINT_DPI / 72
    assert (rest[round(185 * scale) : round(236 * scale)] == 255).all()
    assert (rest[round(238 * scale) : round(252 * scale)] < 128).any()


def test_labels_over_lines_and_text_with_gaps_are_read() -> None:
    labels = [
        Typing(
            f"Title of part {n} of the contribution as it is to be printed in the volume:", 60, 100 + 12 * n, SERIF, 10
        )
        for n in range(5)
    ]
    assert unread(*labels, *(Bar((380, 101 + 12 * n, 560, 101.6 + 12 * n)) for n in range(5)))[0] == []
    apart = [
        Typing(text, x, 100 + 12 * n, SERIF, 10)
        for n in range(5)
        for x, text in ((60, "Name of the author"), (330, "and the author's address"))
    ]
    assert unread(*apart)[0] == []
    assert unread(*clause(200, leading=19))[0] == []
    assert unread()[0] == []
