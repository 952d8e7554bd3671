"""Records as JSON: what was stored keeps its meaning when the program's records change."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date

import pytest

from pipeline.datamodel.encoding import decode, encode, sealed, unsealed
from pipeline.datamodel.records import Observation, Settings


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class StoredLater:
    """`Stored`, after a default has changed and a field was added."""

    name: str
    share: float = 0.5
    more: tuple[str, ...] = ("new",)


def test_a_changed_default_leaves_what_was_stored() -> None:
    text, binary = encode(Stored("a"))
    assert decode(StoredLater, text, binary) == StoredLater("a", 0.25, ("new",))


@pytest.mark.parametrize("place", range(24))
def test_a_flipped_bit_is_no_record(place: int) -> None:
    text, binary = encode(Stored("Ann Author"))
    for bit in range(7):
        spoilt = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
        with pytest.raises(ValueError):
            decode(Stored, spoilt, binary)


def test_a_text_without_a_checksum_is_as_it_is() -> None:
    assert decode(Stored, '{"name":"a"}') == Stored("a")
    assert unsealed(sealed("a\ud800")) == "a\ud800" and unsealed("a") == "a"


def test_every_field_is_written_however_deep() -> None:
    plain = json.loads(unsealed(encode(Observation())[0]))
    assert list(plain) == [field.name for field in fields(Observation)]
    assert plain["signature"]["at_label"] is True and plain["title"]["kind"] == "none"
    assert json.loads(unsealed(encode(Settings(today=date(2024, 5, 31)))[0]))["risk"] == 0.01
