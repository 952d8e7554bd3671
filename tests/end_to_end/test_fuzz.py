"""Readers of what people give us: any text is a roster or a sentence that says why not."""

from __future__ import annotations

import json
import random
import string
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.datamodel.encoding import decode
from pipeline.datamodel.errors import CountersignError, FormError
from pipeline.datamodel.records import Observation, Roster
from pipeline.forms.reader import load_form
from pipeline.roster.reader import load_roster, mark_states
from pipeline.settings import read_config, run_options
from tests.material.damage import DAMAGES

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
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "roster.csv" if is_table else "roster.bib")
            path.write_bytes(text.encode())
            roster = load_roster(path)
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


FORM = Path(__file__).resolve().parents[2] / "pipeline" / "forms" / "pmlr"
VALUES = (
    "1",
    "-1",
    "99",
    "1.5",
    "1e300",
    "true",
    '""',
    '"x"',
    "[]",
    "[1]",
    "[9, 9, 1, 1]",
    '["a"]',
    "{}",
    "2024-01-01",
)
"""What may stand behind a `=` in form.toml; but for the last one also in JSON."""


def a_form_or_a_sentence(folder: Path, toml: bytes, words: bytes) -> None:
    """A form's data may be somebody's own: what is wrong with it is a FormError, never anything else."""
    folder.mkdir()
    for picture in FORM.glob("*.png"):
        (folder / picture.name).symlink_to(picture)
    (folder / "form.toml").write_bytes(toml)
    (folder / "words.json").write_bytes(words)
    try:
        assert load_form(folder).pages
    except FormError as error:
        assert str(error).strip().endswith((".", ")"))


@pytest.mark.parametrize("rounds", [12, pytest.param(500, marks=pytest.mark.soak)])
def test_damaged_form_data(tmp_path: Path, rounds: int) -> None:
    rng = random.Random(rounds)
    data = [(FORM / "form.toml").read_bytes(), (FORM / "words.json").read_bytes()]
    for number in range(rounds):
        victim, damage = rng.randrange(2), rng.choice(DAMAGES)
        a_form_or_a_sentence(
            tmp_path / str(number), *(damage(d, rng) if k == victim else d for k, d in enumerate(data))
        )


@pytest.mark.parametrize("rounds", [25, pytest.param(1500, marks=pytest.mark.soak)])
def test_form_data_that_says_something_else(tmp_path: Path, rounds: int) -> None:
    """Sound TOML and JSON with wrong values, names and shapes in them."""
    rng = random.Random(rounds)
    toml, words = (FORM / "form.toml").read_text(), (FORM / "words.json").read_text()
    for number in range(rounds):
        if rng.random() < 0.5:
            lines = toml.splitlines()
            at = rng.choice([k for k, line in enumerate(lines) if " = " in line])
            key, _, _ = lines[at].partition(" = ")
            lines[at] = rng.choice(
                [f"{key} = {rng.choice(VALUES)}", f"{key}s = 1", "", f"required = {rng.choice(VALUES)}"]
            )
            a_form_or_a_sentence(tmp_path / str(number), "\n".join(lines).encode(), words.encode())
        else:
            changed = json.loads(words)
            _change_somewhere(changed, rng)
            a_form_or_a_sentence(tmp_path / str(number), toml.encode(), json.dumps(changed).encode())


def _change_somewhere(tree: Any, rng: random.Random) -> None:
    """Put another value at a random place of a JSON tree, or take one away."""
    while True:
        place = rng.choice(list(tree) if isinstance(tree, dict) else range(len(tree)))
        inner = tree[place]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.8:
            tree = inner
        elif rng.random() < 0.2:
            del tree[place]
            return
        else:
            tree[place] = json.loads(rng.choice(VALUES[:-1]))
            return


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
