"""Forms on which others than the author sign, too: whose signature and day a return has."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.datamodel.records import Observation, Source
from pipeline.dates.evidence import day_of_ink
from pipeline.extraction.observe import observe
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import Form
from pipeline.forms.reader import load_form
from sample_scans.maker import hand as pen
from sample_scans.maker import hands
from sample_scans.maker.other_blanks import MADE_BLANKS
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.returns import Case, Look, scanned_page
from sample_scans.maker.sheet import Item

MADE = MADE_BLANKS["three signers"]
AUTHOR, GOVERNMENT, PUBLISHER = 325.0, 435.0, 545.0
"""Baselines of the three places, points."""
DAYS = {AUTHOR: "11 May 2026", GOVERNMENT: "12 May 2026", PUBLISHER: "13 May 2026"}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    folder = tmp_path_factory.mktemp("forms") / "three signers"
    learn_form(write_pdf(MADE.sheets), "three signers", folder)
    return load_form(folder)


def signed(*baselines: float) -> bytes:
    """The form scanned, signed and dated at these places."""
    rng, hand = np.random.default_rng(2), hands.CURSIVE_BLUE
    items: list[Item] = []
    for y in baselines:
        items += [*pen.flourish((90, y), (55, 20), hand.colour, rng), *pen.write(DAYS[y], (370, y), 9.5, hand, rng)]
    case = Case("three.pdf", look=Look("scan", quality=60))
    return write_pdf([scanned_page(case, MADE.sheets[0].plus(*items), 1)])


def read(data: bytes, *forms: Form) -> Observation:
    return observe(Source("three.pdf", "three.pdf", "", len(data)), data, forms)


@pytest.mark.parametrize("taught", [True, False])
@pytest.mark.parametrize(
    "others",
    [
        (GOVERNMENT, PUBLISHER),
        *(pytest.param(one, marks=pytest.mark.soak) for one in [(), (GOVERNMENT,), (PUBLISHER,)]),
    ],
)
def test_what_stands_at_the_others_places_is_not_the_authors(
    form: Form, others: tuple[float, ...], taught: bool
) -> None:
    forms = (form,) if taught else ()
    blank = read(signed(*others), *forms)
    assert blank.signature.kind == "none" and not blank.date.lines
    whole = read(signed(AUTHOR, *others), *forms)
    assert whole.signature.kind == "handwritten"
    day = day_of_ink(whole.date)
    assert day is not None and day.isoformat() == "2026-05-11"
    if taught:
        assert blank.form == whole.form == "three signers" and not whole.alterations
