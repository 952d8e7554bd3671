"""Days of which a form prints a part: the year, its century, the strokes between; day, month and year in boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.datamodel.records import Observation, Source
from pipeline.dates.evidence import day_of_ink
from pipeline.extraction.observe import observe
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import Form
from pipeline.forms.reader import load_form, load_forms
from sample_scans.maker import hand as pen
from sample_scans.maker import hands
from sample_scans.maker.fonts import load_font
from sample_scans.maker.other_blanks import CLAUSES
from sample_scans.maker.other_forms import LETTER, SERIF, framed, ruled
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.returns import Case, Look, scanned_page
from sample_scans.maker.sheet import Bar, Item, Sheet, Typing

ROW = 610.0
"""Baseline of the day's row, points."""
Pieces = Sequence[str]


def at(x: float, y: float, text: str) -> Typing:
    return Typing(text, x, y, SERIF, 10.5)


def width(text: str) -> float:
    return load_font(SERIF).width(text) * 10.5


def row_of(pieces: Pieces) -> tuple[list[Item], list[float]]:
    """What a row prints, and where each of its blanks, runs of underscores, begins."""
    items: list[Item] = []
    blanks: list[float] = []
    x = 72.0
    for piece in pieces:
        if piece.startswith("_"):
            blanks.append(x)
        items.append(at(x, ROW, piece))
        x += width(piece) + 3
    return items, blanks


def boxes() -> tuple[list[Item], list[float]]:
    items: list[Item] = [at(72, ROW, "Date")]
    for x, wide, label in ((110.0, 30.0, "Day"), (150.0, 30.0, "Month"), (190.0, 55.0, "Year")):
        items += [*map(Bar, framed(x, ROW - 15, x + wide, ROW + 7)), Typing(label, x + 2, ROW + 16, SERIF, 7)]
    return items, [112.0, 152.0, 192.0]


YEAR, CENTURY, SLASHES, DAY_OF = (
    ("Date:", "_" * 18, ", 2026"),
    ("Date:", "_" * 18, "20", "_" * 4),
    ("Date (dd/mm/yyyy):", "_" * 6, "/", "_" * 6, "/", "_" * 8),
    ("Signed this", "_" * 6, "day of", "_" * 18, "20", "_" * 4),
)
WRITTEN = {YEAR: ("14 May",), CENTURY: ("14 May", "26"), SLASHES: ("14", "05", "2026"), DAY_OF: ("14", "May", "26")}


def blank(printed: Sequence[Item]) -> Sheet:
    labels = (
        ("Title of the paper:", 120.0, 170.0),
        ("Author:", 150.0, 170.0),
        ("Signature of the author:", 560.0, 200.0),
    )
    items: list[Item] = [Typing("Licence to Print", 72, 70, SERIF, 16)]
    for label, y, x in labels:
        items += [at(72, y, label), Bar(ruled(x, 440, y + 2))]
    items += [Typing(line, 72, 250 + 14 * i, SERIF, 9.5) for i, line in enumerate(CLAUSES)]
    return Sheet(*LETTER, (*items, *printed))


def signed(sheet: Sheet, blanks: Sequence[float], texts: Sequence[str], typed: bool) -> Sheet:
    rng, hand = np.random.default_rng(2), hands.CURSIVE_BLUE
    items: list[Item] = [*pen.flourish((230, 558), (52, 20), hand.colour, rng)]
    for x, text in zip(blanks, texts, strict=True):
        if typed:
            items.append(Typing(text, x + 4, ROW - 1, "arimo", 10))
        else:
            items += pen.write(text, (x + 2, ROW - 1), 9.0, hand, rng)
    return sheet.plus(*items)


def read(data: bytes, forms: Sequence[Form]) -> Observation:
    return observe(Source("day.pdf", "day.pdf", "", len(data)), data, forms)


@pytest.mark.parametrize(
    "kind", [YEAR, CENTURY, SLASHES, DAY_OF, None], ids=["year", "century", "/", "day of", "boxes"]
)
def test_a_form_that_asks_for_a_day_in_parts_is_learned_and_read(kind: Pieces | None, tmp_path: Path) -> None:
    printed, blanks = row_of(kind) if kind else boxes()
    texts = WRITTEN[tuple(kind)] if kind else WRITTEN[SLASHES]
    sheet = blank(printed)
    learn_form(write_pdf([sheet]), "day", tmp_path / "day")
    form = load_form(tmp_path / "day")
    kinds = [field.kind for field in form.pages[0].fields]
    assert kinds.count("date") == 1 and len(kinds) == 4
    zone = next(field.zone for field in form.pages[0].fields if field.kind == "date")
    assert all(zone[0] <= x + 4 and x + 14 <= zone[2] for x in blanks)
    scan = scanned_page(Case("day.pdf", look=Look("scan", quality=60)), signed(sheet, blanks, texts, False), 1)
    by_hand = read(write_pdf([scan]), [form])
    day = day_of_ink(by_hand.date)
    assert by_hand.form == "day" and day is not None and day.isoformat() == "2026-05-14"
    empty = scanned_page(Case("day.pdf", look=Look("scan", quality=60)), signed(sheet, (), (), False), 1)
    assert not read(write_pdf([empty]), [form]).date.lines


@pytest.mark.parametrize("kind", [YEAR, CENTURY], ids=["year", "century"])
def test_typing_goes_with_the_printed_year(kind: Pieces, tmp_path: Path) -> None:
    printed, blanks = row_of(kind)
    sheet = blank(printed)
    learn_form(write_pdf([sheet]), "day", tmp_path / "day")
    seen = read(write_pdf([signed(sheet, blanks, WRITTEN[tuple(kind)], True)]), [load_form(tmp_path / "day")])
    assert seen.date.text in ("14 May, 2026", "14 May 2026") and seen.date.kind == "typed"


@pytest.mark.parametrize("kind", [SLASHES, DAY_OF], ids=["/", "day of"])
def test_labels_alone_lead_to_all_parts_of_a_day(kind: Pieces) -> None:
    printed, blanks = row_of(kind)
    data = write_pdf([signed(blank(printed), blanks, WRITTEN[tuple(kind)], False)])
    day = day_of_ink(read(data, load_forms()).date)
    assert day is not None and day.isoformat() == "2026-05-14"
