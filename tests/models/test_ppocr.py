"""The line recognizer."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.emissions import FLOOR_LOGP
from models.packaged import ModelMissing
from models.ppocr import LineReader, core


@pytest.fixture(scope="module")
def reader() -> LineReader:
    return LineReader()


def rendered(text: str, size: int = 40) -> np.ndarray:
    font = ImageFont.load_default(size)
    x0, y0, x1, y1 = (int(v) for v in font.getbbox(text))
    image = Image.new("L", (x1 - x0 + 8, y1 - y0 + 8), 255)
    ImageDraw.Draw(image).text((4 - x0, 4 - y0), text, fill=0, font=font)
    return np.asarray(image)


def test_lines_are_read_in_order_whatever_their_widths(reader: LineReader) -> None:
    texts = ["2019", "Learning to read what nobody wrote legibly", "Kai Huang", "12 September 2020"]
    lines = reader.read([rendered(text) for text in texts])
    assert [line.text for line in lines] == texts


def test_a_line_reads_the_same_alone_and_in_company(reader: LineReader) -> None:
    crop = rendered("12 September 2020")
    alone = reader.read([crop])[0]
    other = reader.read([rendered("17 October 2021"), crop, rendered("A much longer line of text than that")])[1]
    assert other.labels == alone.labels
    assert np.abs(other.logp - alone.logp).max() < 1e-2


def test_probabilities_are_logs_over_blank_and_labels(reader: LineReader) -> None:
    line = reader.read([rendered("2019/9/27")])[0]
    assert line.logp.dtype == np.float32
    assert line.logp.shape[1] == 1 + len(line.labels)
    assert line.logp.min() >= FLOOR_LOGP - 1e-3
    assert 0.98 < np.exp(line.logp).sum(axis=1).min() <= np.exp(line.logp).sum(axis=1).max() < 1.01
    best = line.logp.argmax(axis=1)
    collapsed = [b for b, before in zip(best, [0, *best[:-1]], strict=True) if b and b != before]
    assert "".join(line.labels[b - 1] for b in collapsed) == line.text


def test_grey_and_colour_and_odd_sizes_are_taken(reader: LineReader) -> None:
    grey = rendered("Kai")
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    tall, dot, nothing = np.full((300, 2), 255, np.uint8), np.zeros((1, 1), np.uint8), np.zeros((0, 5), np.uint8)
    one, two, *rest = reader.read([grey, colour, tall, dot, nothing])
    assert one.text == two.text == "Kai"
    assert rest[-1].text == ""
    assert rest[-1].logp.shape == (0, 1)
    assert reader.read([]) == []


def test_core_drops_tails_and_margins() -> None:
    crop = np.full((60, 100), 255, np.uint8)
    crop[20:40, 20:80] = 0
    crop[40:58, 50:51] = 0
    kept = core(crop, 0.02)
    assert kept.shape[0] < 24
    assert 60 <= kept.shape[1] <= 68


def test_core_of_blank_paper_is_the_paper() -> None:
    crop = np.full((20, 30), 255, np.uint8)
    assert core(crop).shape == (20, 30)


def test_a_missing_model_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.packaged.find_spec", lambda name: None)
    with pytest.raises(ModelMissing, match="pip install"):
        LineReader()
