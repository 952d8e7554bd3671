"""Whether something read looks like a name. All names are made up."""

from __future__ import annotations

from pipeline.names.legibility import legibility


def test_legibility_tells_names_from_scribbles() -> None:
    assert min(legibility(name) for name in ("Zhang Zhongang", "Ada Example", "Bjorn Schmidt", "陈小波")) >= 0.8
    assert max(legibility(t) for t in ("", "~", "Mwn", "J/2-", "((x", "kzrtq", "A", "2031")) < 0.3
