"""A form's folder that can't be used is named and left out; the others are known all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.forms.reader import left_out, load_forms
from tests.material.form_folders import TOML, form_folder


def test_a_folder_that_can_not_be_used_stops_no_other(tmp_path: Path) -> None:
    form_folder(tmp_path / "good", TOML.replace('"northgate"', '"good"', 1))
    for name in ("no-picture", "half-a-picture", "empty-picture", "no-words", "words-of-another-kind"):
        form_folder(tmp_path / name, TOML.replace('"northgate"', f'"{name}"', 1))
    (tmp_path / "no-picture" / "page-1.png").unlink()
    picture = tmp_path / "half-a-picture" / "page-1.png"
    picture.write_bytes(picture.read_bytes()[:-40])
    (tmp_path / "empty-picture" / "page-1.png").write_bytes(b"")
    (tmp_path / "no-words" / "words.json").unlink()
    (tmp_path / "words-of-another-kind" / "words.json").write_text('{"pages": [{"words": []}]}')
    names = [form.name for form in load_forms((tmp_path,))]
    assert "good" in names and "pmlr" in names and not any("-" in name and "jmlr" not in name for name in names)
    told = left_out((tmp_path,))
    assert len(told) == 5 and all(sentence.endswith("This form is left out.") for sentence in told)
    assert any("no-picture/page-1.png can't be read (it is not there)" in sentence for sentence in told)
    assert any("half-a-picture/page-1.png is no picture of the blank page" in sentence for sentence in told)


@pytest.mark.parametrize(
    "change", [('kind = "signature"', 'kind = "text"'), ("page = 1", "page = 3"), ("[[field]]", "[field]")]
)
def test_a_mistake_by_hand_is_told_with_its_file(change: tuple[str, str], tmp_path: Path) -> None:
    form_folder(tmp_path / "mine", TOML.replace(*change))
    (sentence,) = left_out((tmp_path,))
    assert (
        str(tmp_path / "mine" / "form.toml") in sentence
        and [f.name for f in load_forms((tmp_path,))].count("pmlr") == 1
    )
