"""In what script something is written. All names are made up."""

from __future__ import annotations

import pytest

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
