"""Made blanks, one for each way in which publishers set labels: all are learned without a correction."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from models.label_meanings import WEIGHTS_FILE, tag_odds
from pipeline.datamodel.errors import FormError
from pipeline.documents.pdf_widgets import page_widgets
from pipeline.form_authoring.learning import Learned, learn_form
from pipeline.forms.form import Zone
from pipeline.forms.label_meanings import asked_odds, signer_of, tags_asked
from pipeline.forms.reader import load_form
from sample_scans.maker.other_blanks import MADE_BLANKS
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.sheet import Typing

LEAST_SHARED = 0.3
"""Share of the smaller of two places that lies in the other, from which a field is where it belongs."""


def _meets(a: Zone, b: Zone) -> bool:
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return across > 0 and down > 0 and across * down >= LEAST_SHARED * least


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Learned]:
    folder = tmp_path_factory.mktemp("blanks")
    return {name: learn_form(write_pdf(made.sheets), name, folder / name) for name, made in MADE_BLANKS.items()}


@pytest.mark.parametrize("name", MADE_BLANKS)
def test_the_four_fields_are_found_where_authors_write_them(learned: dict[str, Learned], name: str) -> None:
    form = load_form(learned[name].folder)
    for called, (page, place) in MADE_BLANKS[name].fields.items():
        found = [f for f in (form.field(called), form.field("block_name") if called == "name" else None) if f]
        assert any(field.page == page and _meets(field.zone, place) for field in found), called


@pytest.mark.parametrize("name", MADE_BLANKS)
def test_nothing_else_is_taken_for_a_field(learned: dict[str, Learned], name: str) -> None:
    made, form = MADE_BLANKS[name], load_form(learned[name].folder)
    assert sum(len(page.fields) for page in form.pages) <= len(made.fields) + made.further
    roles = Counter(place.role for page in form.pages for place in page.signing_places)
    assert roles == made.signing_places


def test_what_two_returns_share_is_the_form(tmp_path: Path) -> None:
    made = MADE_BLANKS["dashes"]

    def filled(title: str, name: str, day: str) -> bytes:
        texts = (("title", title), ("name", name), ("date", day))
        words = (Typing(text, made.fields[f][1][0] + 10, made.fields[f][1][1] + 16, "arimo", 10) for f, text in texts)
        return write_pdf([made.sheets[0].plus(*words)])

    first = filled("Slow Rivers in Wide Valleys", "Ada Brook", "2 May 2026")
    second = filled("On Pebbles", "Ben Ford", "17 June 2026")
    found = learn_form([first, second], "shared", tmp_path / "form")
    form = load_form(tmp_path / "form")
    printed = " ".join(word.text for word in form.pages[0].words)
    assert "Rivers" not in printed and "Brook" not in printed and "May" not in printed
    assert "Title of Chapter" in printed and "Name of Signer" in printed
    for called, (page, place) in made.fields.items():
        fields = [f for f in (form.field(called), form.field("block_name") if called == "name" else None) if f]
        assert any(field.page == page and _meets(field.zone, place) for field in fields), called
    assert not found.missing


def test_returns_on_different_forms_share_nothing(tmp_path: Path) -> None:
    files = [write_pdf(MADE_BLANKS[name].sheets) for name in ("in brackets", "dashes")]
    with pytest.raises(FormError, match=r"no page in common.*\.$"):
        learn_form(files, "two", tmp_path / "form")


def test_form_fields_of_a_pdf_with_their_values() -> None:
    found = {w.name: w for w in page_widgets(write_pdf(MADE_BLANKS["fillable"].sheets), 0)}
    assert found["EventName"].value == "Ninth Workshop on Slow Rivers" and found["Text2"].value == ""
    assert found["Date"].kind == "text"
    assert found["Date"].box == pytest.approx((400, 612, 540, 634), abs=0.5)
    assert page_widgets(b"no PDF", 0) == ()


def test_what_is_filled_in_already_is_not_required(learned: dict[str, Learned]) -> None:
    fields = {field.name: field for field in learned["fillable"].form.fields}
    assert fields["title"].required and fields["signature"].required
    assert not fields["conference"].required


@pytest.mark.parametrize(
    ("label", "tags"),
    [
        ("Author's Signature & Date", {"signature", "date"}),
        ("Place, date", {"place", "date"}),
        ("the original paper entitled", {"title"}),
        ("Title of the Journal:", {"event"}),
        ("作者签名", {"signature"}),
        ("Подпись автора", {"signature"}),
        ("Name and address of your institution", {"affiliation"}),
    ],
)
def test_a_label_asks_for_one_thing_or_for_several(label: str, tags: set[str]) -> None:
    assert set(tags_asked(asked_odds(label))) == tags


def test_running_text_asks_for_nothing() -> None:
    for text in ("By signing this form the signatory agrees to all terms", "Copyright Transfer Agreement", "", "12"):
        assert tags_asked(asked_odds(text)) == ()


@pytest.mark.parametrize(
    ("texts", "signer"),
    [
        (["Signature", "FOR THE PUBLISHER"], "publisher"),
        (["Authorized Signature", "U.S. GOVERNMENT EMPLOYEES"], "government"),
        (["Signature of author", "Signature of employer"], "author"),
        (["Signature of witness"], "witness"),
        ([], "author"),
    ],
)
def test_whose_a_signing_place_is(texts: list[str], signer: str) -> None:
    assert signer_of(texts) == signer


def test_the_weights_are_small_and_of_all_tags() -> None:
    assert WEIGHTS_FILE.stat().st_size < 500_000
    assert {"title", "name", "authors", "signature", "date", "publisher"} <= tag_odds("Title").keys()


def test_what_is_unsure_is_said(learned: dict[str, Learned]) -> None:
    (told,) = [sentence for sentence in learned["sentence"].unsure if "date" in sentence]
    assert "There are 2 places for a date" in told and told.endswith(".")


def test_the_role_of_a_signing_place_is_one_of_two(tmp_path: Path, learned: dict[str, Learned]) -> None:
    for file in learned["three signers"].folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    toml = (tmp_path / "form.toml").read_text()
    (tmp_path / "form.toml").write_text(toml.replace('role = "optional"', 'role = "witness"', 1))
    with pytest.raises(FormError, match="`role` is one of optional, publisher"):
        load_form(tmp_path)
