"""In what script something is written, and whether it reads like a name. All names are made up."""

from __future__ import annotations

import pytest

from pipeline.names.legibility import legibility
from pipeline.names.romanize import script_of


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Ada Example", "latin"),
        ("陈小波", "han"),
        ("さとう はな", "kana"),
        ("佐藤 はな", "kana"),
        ("박민수", "hangul"),
        ("Примеров", "cyrillic"),
        ("Παραδείγματος", "greek"),
        ("مثال", "other"),
        ("12 / 5", "none"),
    ],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


def test_legibility_tells_names_from_scribbles() -> None:
    assert min(legibility(name) for name in ("Zhang Zhongang", "Ada Example", "Bjorn Schmidt", "陈小波")) >= 0.8
    assert max(legibility(t) for t in ("", "~", "Mwn", "J/2-", "((x", "kzrtq", "A", "2031")) < 0.3
