from __future__ import annotations

from datetime import date

import pytest

from pipeline.dates.ocr_slips import readings_with_slips
from pipeline.dates.readings import readings


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("l0/O8/2O21", date(2021, 8, 10)),
        ("2O21.6.I4", date(2021, 6, 14)),
        ("Jun l7, 2O2l", date(2021, 6, 17)),
        ("2O2S-O9-3O", date(2025, 9, 30)),
    ],
)
def test_letters_that_look_like_digits(text: str, day: date) -> None:
    found = readings_with_slips(text)
    assert found[0].day == day
    assert sum(reading.weight for reading in found) < 0.5


@pytest.mark.parametrize("text", ["10/08/2021", "Oct 5, 2020", "5 Dec 2019", "", "no date", "SOLI", "12"])
def test_what_is_plain_is_read_as_ever(text: str) -> None:
    assert readings_with_slips(text) == readings(text)


def test_more_slips_cost_more() -> None:
    one, three = (sum(r.weight for r in readings_with_slips(text)) for text in ("2O21-06-14", "2O21-O6-I4"))
    assert three < one < 1
