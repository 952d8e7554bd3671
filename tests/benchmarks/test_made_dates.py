"""Made-up handwritten dates."""

from __future__ import annotations

from random import Random

import numpy as np

from benchmarks.made_dates import date_text, made_line
from models.date_head_training import LABELS
from sample_scans.maker.fonts import FOLDER

FONTS = [FOLDER / "kalam.ttf", FOLDER / "caveat.ttf", FOLDER / "zeyada.ttf"]


def test_a_seed_makes_the_same_line_each_time() -> None:
    made = [made_line(seed, FONTS, ["Learning to Learn"]) for seed in range(12)]
    again = [made_line(seed, FONTS, ["Learning to Learn"]) for seed in range(12)]
    some = [(one, other) for one, other in zip(made, again, strict=True) if one is not None]
    assert len(some) > 6
    for one, other in some:
        assert other is not None and one[1] == other[1] and np.array_equal(one[0], other[0])


def test_lines_are_dark_ink_on_white_cut_close() -> None:
    made = [line for seed in range(20) if (line := made_line(seed, FONTS, ())) is not None]
    for crop, text in made:
        assert crop.dtype == np.uint8 and crop.ndim == 2 and text
        assert np.median(crop) > 200 and crop.min() < 200


def test_dates_are_written_in_many_ways_with_the_heads_letters() -> None:
    texts = [date_text(Random(seed)) for seed in range(400)]
    assert len(set(texts)) > 390
    assert any("/" in text for text in texts) and any("年" in text for text in texts)
    assert any(text[0].isalpha() for text in texts) and any("." in text for text in texts)
    outside = [text for text in texts if not set(text) <= set(LABELS)]
    assert len(outside) < 0.06 * len(texts)
