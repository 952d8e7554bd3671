"""The head for dates on the line recognizer's features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.date_head import (
    FEATURES,
    REACH,
    DateHead,
    date_head,
    load_date_head,
    packaged_date_head,
    using_date_head,
)
from models.ppocr import LineReader
from tests.models.test_ppocr import rendered

WINDOW = 2 * REACH + 1
HIDDEN = 4


@pytest.fixture(scope="module")
def reader() -> LineReader:
    return LineReader()


def head(seed: int = 0) -> DateHead:
    rng = np.random.default_rng(seed)
    shapes = ((1 + WINDOW * FEATURES, HIDDEN), (1 + WINDOW * HIDDEN, FEATURES), (1 + FEATURES, 3))
    return DateHead("12", *(rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))


def steps(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 1, (count, FEATURES)).astype(np.float32)


def test_each_step_has_a_distribution() -> None:
    logp = head().log_probabilities(steps(7))
    assert logp.shape == (7, 3) and np.allclose(np.exp(logp).sum(axis=1), 1, atol=1e-5)


def test_a_step_is_judged_with_its_neighbours_and_no_others() -> None:
    before, changed = steps(20), steps(20)
    changed[10] += 1
    moved = np.abs(head().log_probabilities(changed) - head().log_probabilities(before)).max(axis=1) > 1e-6
    assert moved[10 - 2 * REACH : 10 + 2 * REACH + 1].all()
    assert not moved[: 10 - 2 * REACH].any() and not moved[10 + 2 * REACH + 1 :].any()


def test_a_head_whose_layers_add_nothing_is_its_last_layer() -> None:
    plain = replace(head(), widen=np.zeros_like(head().widen))
    logits = steps(5) @ plain.last[1:] + plain.last[0]
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert np.allclose(plain.log_probabilities(steps(5)), expected, atol=1e-4)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    head().save(tmp_path / "head.npz")
    loaded = load_date_head(tmp_path / "head.npz")
    assert loaded.labels == "12"
    assert np.allclose(loaded.log_probabilities(steps(9)), head().log_probabilities(steps(9)), atol=0.02)


@pytest.mark.parametrize("text", ["2019/9/27", "12 September 2020", "Oct. 4, 2018", "07.11.2021"])
def test_the_packaged_head_reads_dates(reader: LineReader, text: str) -> None:
    ((as_text, as_date),) = reader.read_twice([rendered(text)])
    assert as_text.text == text and as_date.text == text
    assert len(as_date.logp) == len(as_text.logp) and as_date.logp.shape[1] == 1 + len(as_date.labels)


def test_both_readings_of_a_line_are_of_the_same_steps(reader: LineReader) -> None:
    crop = rendered("12 September 2020")
    assert reader.read_twice([crop])[0][0].text == reader.read([crop])[0].text
    assert reader.features(crop).shape == (len(reader.read([crop])[0].logp), FEATURES)
    assert len(packaged_date_head().log_probabilities(reader.features(crop))) == len(reader.features(crop))


def test_a_crop_without_area_says_nothing(reader: LineReader) -> None:
    ((as_text, as_date),) = reader.read_twice([np.zeros((0, 5), np.uint8)])
    assert as_text.text == as_date.text == "" and len(as_text.logp) == len(as_date.logp) == 0


def test_dates_are_read_by_another_head_only_for_as_long_as_that_is_asked() -> None:
    other = head(3)
    with using_date_head(other):
        assert date_head() is other
        with using_date_head(None):
            assert date_head() is packaged_date_head()
        assert date_head() is other
    assert date_head() is packaged_date_head()
