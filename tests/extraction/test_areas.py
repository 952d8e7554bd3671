"""What of an area's lines is the form's print."""

from __future__ import annotations

import pytest

from pipeline.extraction.areas import _is_printed
from pipeline.forms.reader import load_forms

FORM_TEXT = " ".join(word.text for page in load_forms()[0].pages for word in page.words)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("The lanquage of this publication agreement is basedon Stuart Shieber's modei", True),
        ("Ada Beata Example", False),
        ("12 May 2022", False),
        ("on behalf of Ada Beata Example", False),
    ],
)
def test_small_print_that_ocr_could_not_read_is_told_by_its_line(text: str, printed: bool) -> None:
    assert _is_printed(text, FORM_TEXT) is printed
    assert not _is_printed(text, "")
