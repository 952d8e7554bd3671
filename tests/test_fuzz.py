"""Readers of what people give us: any text is a roster or a sentence that says why not."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.encode import decode
from pipeline.errors import CountersignError
from pipeline.form import load_form
from pipeline.records import Observation, Roster
from pipeline.roster import mark_states, parse_roster
from pipeline.settings import read_config, run_options
from tests.damage import DAMAGES

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(FEW, max_examples=3000)
BIB = """@Proceedings{v1, title = {Proc}, start = {2024-06-01}, volume = {7}, name = {A {\\"o} B}}
@string{me = {Ann Author}}
@InProceedings{one24, title = {One {\\'e}tude of $x^2$}, author = me # { and Writer, Bo}, crossref = {v1},
 submitted = 2024}
@InProceedings{two24, title = "Two", author = {A, B, C D}, emails = {a@b.c}}
"""
CSV = 'key;title;authors;email\none24;One;Ann Author, Bo Writer;a@b.c\n"two;24";Two;;\n'
BIBTEX_BITS = st.lists(
    st.sampled_from(["@", "InProceedings", "{", "}", '"', ",", "=", "\\", "$", "#", "%", "\n", " and ", "title",
                     "author", "key1", "\\'e", "\u00e9", "\u202e", "\0", "2024-01-01", "(", ")"]) | st.text(max_size=5),
    max_size=40,
).map("".join)  # fmt: skip


TOML = st.sampled_from(
    ["jobs = 1", "[articles]\nwithdrawn = 3", 'out = ""', "today = 1979-05-27T07:32:00Z", "off = [1]"]
)
ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(json.dumps)


def a_roster_or_a_sentence(text: str, is_table: bool) -> None:
    try:
        roster = parse_roster(text, "roster", is_table)
    except CountersignError as error:
        assert str(error).strip().endswith((".", ")")) and "\n" not in str(error)[:40]
    else:
        assert isinstance(roster, Roster) and roster.articles
        assert all(article.key and article.title for article in roster.articles)


@FEW
@given(text=st.text() | BIBTEX_BITS, is_table=st.booleans())
def test_any_text(text: str, is_table: bool) -> None:
    a_roster_or_a_sentence(text, is_table)


@pytest.mark.soak
@MANY
@given(text=st.text() | BIBTEX_BITS, is_table=st.booleans())
def test_any_text_at_length(text: str, is_table: bool) -> None:
    a_roster_or_a_sentence(text, is_table)


@pytest.mark.parametrize("rounds", [40, pytest.param(2000, marks=pytest.mark.soak)])
def test_damaged_rosters(rounds: int) -> None:
    rng = random.Random(rounds)
    for _ in range(rounds):
        text = rng.choice([BIB, CSV])
        damaged = rng.choice(DAMAGES)(text.encode(), rng).decode("utf-8", "replace")
        a_roster_or_a_sentence(damaged, text is CSV)


@pytest.mark.parametrize("rounds", [12, pytest.param(500, marks=pytest.mark.soak)])
def test_damaged_form_data(tmp_path: Path, rounds: int) -> None:
    """A form's data may be somebody's own: what is wrong with it is a ValueError, never anything else."""
    rng = random.Random(rounds)
    source = Path(__file__).resolve().parent.parent / "pipeline" / "forms" / "pmlr"
    for number in range(rounds):
        folder = tmp_path / str(number)
        folder.mkdir()
        victim = rng.choice(["form.toml", "words.json"])
        for path in source.iterdir():
            if path.is_file():
                data = path.read_bytes()
                (folder / path.name).write_bytes(rng.choice(DAMAGES)(data, rng) if path.name == victim else data)
        try:
            load_form(folder)
        except ValueError as error:
            assert str(error)


@FEW
@given(text=st.text(alphabet=string.printable) | TOML)
def test_any_configuration(tmp_path: Path, text: str) -> None:
    path = tmp_path / "countersign.toml"
    path.write_text(text, encoding="utf-8")
    try:
        run_options({}, read_config(path))
        mark_states(Roster(), {"articles": text})
    except CountersignError as error:
        assert str(error)


@FEW
@given(text=st.text() | JSON)
def test_what_is_not_stored_by_us_is_refused(text: str) -> None:
    try:
        assert isinstance(decode(Observation, text), Observation)
    except ValueError as error:
        assert str(error)
