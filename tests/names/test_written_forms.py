"""The ways in which a name is written. All names are made up."""

from __future__ import annotations

import pytest

from pipeline.names.written_forms import written_forms


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (
            "Jaeho Lee",
            {"J. Lee", "JLee", "J Lee", "Lee J.", "Lee Jaeho", "JAEHO LEE", "Jaeho LEE", "Lee", "Jaeho", "Jae-ho Lee"},
        ),
        ("Haoli Bai", {"Hao Li Bai", "Hao-Li Bai", "HaoLi Bai", "Bai Haoli", "Bai, Haoli"}),
        ("Mei-Lan Wu", {"Mei Lan Wu", "Meilan Wu", "M.L. Wu", "MLWu"}),
        ("Jürgen Øst", {"Jurgen Ost", "Juergen Oest", "JÜRGEN ØST"}),
        ("Ada Maria Example", {"Ada Example", "Ada M. Example", "A. Example", "AM Example"}),
        ("Ada Beata Carla Example", {"Beata Carla", "Beata Carla Example", "Ada Beata Example", "Carla"}),
        ("Jan van der Sample Jr.", {"Jan van der Sample", "van der Sample"}),
    ],
)
def test_the_ways_to_write_a_name(author: str, expected: set[str]) -> None:
    assert expected <= {form for form, _ in written_forms(author, "signature")} | {
        form for form, _ in written_forms(author, "name")
    }


def test_people_shorten_their_names_where_they_sign() -> None:
    alone = {w: dict(written_forms("Ada Example", w))["Example"] for w in ("name", "signature")}
    assert alone["signature"] > 10 * alone["name"]
    assert written_forms("") == ()
