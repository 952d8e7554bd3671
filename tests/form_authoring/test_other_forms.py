"""Other publishers' forms end to end: learned from the blank, read in a batch with all forms at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.other_forms import measure


@pytest.mark.soak
def test_returns_on_learned_forms_are_read(tmp_path: Path) -> None:
    """The docs have the figures of many more; `test_own_form_page` reads one with the commands."""
    table = measure(1, ["lakeside"], tmp_path)
    for row in table.values():
        assert all(row[what] == (1, 1) for what in ("form", "date", "signature", "article", "author"))
        for what in ("further text", "further mark"):
            right, count = row[what]
            assert right >= count - 1


@pytest.mark.soak
def test_date_and_signature_are_right_on_nearly_all(tmp_path: Path) -> None:
    from sample_scans.maker.other_forms import MADE_FORMS

    for name, row in measure(21, list(MADE_FORMS), tmp_path).items():
        for what in ("form", "date", "signature"):
            right, count = row[what]
            assert right >= 0.95 * count, f"{name}: {what}"
