"""Whose field a line of the signature block is."""

import pytest

from pipeline.extraction.assignment import at_name_label
from pipeline.extraction.locate import InkRegion
from pipeline.extraction.recognized_lines import RecognizedLine
from pipeline.forms.reader import load_forms

PAGE = load_forms()[0].pages[1]
LABELS = {name: next(f.zone for f in PAGE.fields if f.name == name) for name in ("block_name", "signature")}


def written(top: float, bottom: float) -> RecognizedLine:
    return RecognizedLine(InkRegion((260.0, top, 350.0, bottom)), "Haoli Bai", -50.0)


@pytest.mark.parametrize(
    ("lines", "at_name"),
    [
        ([written(404, 424)], True),
        ([written(404, LABELS["signature"][3])], True),  # a letter's tail reaches down over the next line
        ([written(398, LABELS["signature"][3] + 8)], False),  # a signature across both lines
        ([written(LABELS["signature"][1] - 4, LABELS["signature"][3])], False),
        ([written(404, 424), written(425, 440)], False),
        ([], False),
    ],
)
def test_a_name_at_its_own_label_is_told_from_a_signature(lines: list[RecognizedLine], at_name: bool) -> None:
    assert at_name_label(PAGE.fields, lines) is at_name
