"""Typing in fonts that say other characters than they draw: what a reader sees counts."""

from __future__ import annotations

import io
import re
import string
from collections.abc import Mapping

import pikepdf
import pytest

from pipeline.datamodel.records import Observation, Source
from pipeline.extraction import ciphers
from pipeline.extraction.observe import observe
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, make_return

TITLE, NAME, DAY = "Counting Sheep in Wide Meadows", "Ann Author", "13 October 2026"
LETTERS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
SHIFTED = {c: group[(n + 1) % len(group)] for group in LETTERS for n, c in enumerate(group)}
REVERSED = {c: group[-1 - n] for group in LETTERS for n, c in enumerate(group)}
DIGITS = {c: SHIFTED[c] for c in string.digits}


def typed(text: str) -> Writing:
    return Writing(text, "type", font="arimo", dy=-1.0)


def with_maps_changed(data: bytes, said: Mapping[str, str]) -> bytes:
    """The PDF, its fill-in font saying `said` for what it draws."""

    def other(found: re.Match[str]) -> str:
        character = chr(int(found[2], 16))
        return f"{found[1]}<{ord(said.get(character, character)):04X}>"

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        fonts = {font.objgen: font for page in pdf.pages for font in page.Resources.Font.values()}
        for font in fonts.values():
            if "arimo" in str(font.BaseFont):
                text = font.ToUnicode.read_bytes().decode()
                text = re.sub(r"(<[0-9A-F]{4}> )<([0-9A-F]{4})>(?=\n)", other, text)
                font.ToUnicode = pdf.make_stream(text.encode())
        pdf.save(out)
    return out.getvalue()


def seen(said: Mapping[str, str], signature: Writing | None = None) -> Observation:
    case = Case("a.pdf", title=typed(TITLE), name=typed(NAME), signature=signature, date=typed(DAY))
    data = with_maps_changed(make_return(case), said)
    return observe(Source("a.pdf", "/in/a.pdf", "0" * 64, len(data)), data)


def letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("said", [SHIFTED, REVERSED, DIGITS])
def test_what_a_font_draws_is_read_whatever_it_says(said: Mapping[str, str]) -> None:
    found = seen(said, typed(NAME))
    assert letters(found.title.text) == letters(TITLE) and letters(found.name.text) == letters(NAME)
    assert letters(found.date.text) == letters(DAY) and found.date.kind == "typed"
    assert found.signature.kind == "typed"


def test_a_line_set_letter_by_letter_is_read_as_it_stands() -> None:
    case = Case("a.pdf", title=typed(TITLE), name=typed(NAME), date=typed(" ".join("13/10/2026")))
    data = make_return(case)
    found = observe(Source("a.pdf", "/in/a.pdf", "0" * 64, len(data)), data)
    assert (found.date.text, found.name.text) == ("13/10/2026", NAME)


def test_text_that_is_what_is_drawn_is_not_read_from_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ciphers, "_draws_other", lambda *_: pytest.fail("that costs time"))
    found = seen({}, Writing(NAME, "hand", 14.0))
    assert (found.title.text, found.name.text, found.date.text) == (TITLE, NAME, DAY)
