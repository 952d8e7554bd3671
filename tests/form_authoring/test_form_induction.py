"""Forms learned from blanks: every field found where it is, whatever the layout and the language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.other_forms import blank, field_names
from pipeline.datamodel.errors import FormError
from pipeline.datamodel.normalizing import normalize_word
from pipeline.form_authoring.learning import Learned, draw_preview, learn_form
from pipeline.forms.form import Form
from pipeline.forms.label_meanings import asked_by, named_after
from pipeline.forms.reader import load_form
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.page import printed
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.sheet import Sheet, Typing

FURTHER_NAMES = {
    "crown_copyright": "work_done_employees",
    "accept_terms": "read_terms_above",
    "second_signature": "witness_signature",
    "second_date": "witness_date",
}
"""Fields that are called otherwise by `form learn` than by the generator."""


def pdf_of(form: Form) -> bytes:
    return write_pdf([printed(page) for page in form.pages])


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Learned]:
    folder = tmp_path_factory.mktemp("forms")
    return {name: learn_form(pdf_of(made), name, folder / name) for name, made in MADE_FORMS.items()}


@pytest.mark.parametrize("name", sorted(MADE_FORMS))
def test_every_field_is_found_where_it_is(learned: dict[str, Learned], name: str) -> None:
    made = MADE_FORMS[name]
    assert not learned[name].missing
    form = load_form(learned[name].folder)
    assert (form.name, form.title, form.language) == (name, made.title, made.language)
    names = field_names(made, form)
    fields = {field.name: field for page in made.pages for field in page.fields}
    assert names == {field: FURTHER_NAMES.get(field, field) for field in fields}
    for field, found in names.items():
        there = form.field(found)
        assert there and there.kind == fields[field].kind
        assert normalize_word(fields[field].label) == normalize_word(there.label)
    assert sum(len(page.fields) for page in form.pages) == len(fields), "nothing that is no field"


@pytest.mark.parametrize("name", sorted(MADE_FORMS))
def test_clauses_are_the_running_text(learned: dict[str, Learned], name: str) -> None:
    for page in load_form(learned[name].folder).pages:
        words = [word.text for word in page.clause_words()]
        assert len(words) > 40
        assert words[0] in ("1.", "7.", "§", "Article") and words[-1].endswith(".")
        assert not {field.label for field in page.fields if field.kind != "tick"} & {" ".join(words)}


@pytest.mark.soak
def test_a_scanned_blank_is_learned_as_well(tmp_path: Path) -> None:
    made = MADE_FORMS["birkenhain"]
    learned = learn_form(blank(made), "birkenhain", tmp_path)
    form = load_form(tmp_path)
    assert form.scanned and not learned.missing
    assert set(field_names(made, form).values()) == {"title", "name", "email", "date", "signature"}
    texts = [normalize_word(word.text) for word in form.pages[0].words]
    assert sum(normalize_word(word.text) in texts for word in made.pages[0].words) > 0.8 * len(texts)


@pytest.mark.parametrize(
    ("label", "name", "kind"),
    [
        ("Date of signature", "date", "date"),
        ("Author's signature:", "signature", "signature"),
        ("Ort, Datum", "date", "date"),
        ("Unterschrift der Autorin", "signature", "signature"),
        ("Fait à Paris, le", "date", "date"),
        ("Nom et prénom de l'auteur", "name", "text"),
        ("Firma del autor", "signature", "signature"),
        ("Lugar y fecha:", "date", "date"),
        ("Título del artículo", "title", "text"),
        ("Correo electrónico", "email", "text"),
        ("E-Mail-Adresse", "email", "text"),
        ("Paper ID", "number", "text"),
        ("Manuskriptnummer", "number", "text"),
        ("Numéro de l'article", "number", "text"),
        ("Name of the contribution", "title", "text"),
        ("Hochschule", "affiliation", "text"),
        ("Initials:", "initials", "signature"),
        ("Title (Dr., Prof.):", "academic_title", "text"),
        ("Handzeichen", "initials", "signature"),
    ],
)
def test_what_labels_ask_for(label: str, name: str, kind: str) -> None:
    asked = asked_by(label)
    assert asked and (asked.name, asked.kind) == (name, kind)


@pytest.mark.parametrize(
    "label", ["", "In witness whereof the parties have signed this agreement in two copies", "Room"]
)
def test_other_phrases_ask_for_nothing_we_know(label: str) -> None:
    assert asked_by(label) is None


def test_a_label_of_its_own_names_the_field() -> None:
    assert named_after("Budget code (internal use)").name == "budget_code_internal"
    assert re.fullmatch(r"[a-z][a-z0-9_]*", named_after("2 ö").name)


def test_what_is_not_found_is_said(tmp_path: Path) -> None:
    text = "The author grants the press the right to print and to keep the paper named below in its archive . "
    lines = [Typing(text, 72, 100 + 15 * i, "tinos", 11) for i in range(6)]
    lines.append(Typing("Signature:", 72, 400, "tinos", 11))
    learned = learn_form(write_pdf([Sheet(612, 792, tuple(lines))]), "bare", tmp_path)
    assert [sentence.split(".")[0] for sentence in learned.missing] == [
        "No place for the date was found",
        "No place for the article's title was found",
        "No place for the author's name was found",
    ]
    assert all("add a [[field]]" in sentence for sentence in learned.missing)


def test_a_form_is_not_written_over(learned: dict[str, Learned]) -> None:
    with pytest.raises(FormError, match="holds a form already"):
        learn_form(pdf_of(MADE_FORMS["rivage"]), "two", learned["rivage"].folder)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 and then nothing", write_pdf([Sheet(612, 792, ())])])
def test_what_is_no_agreement_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FormError, match=r"\.$"):
        learn_form(data, "none", tmp_path / "form")
    assert not (tmp_path / "form").exists()


def test_lines_of_underscores_and_dots_set_against_their_labels(tmp_path: Path) -> None:
    lines = ["Title of paper: " + "_" * 50, "Author(s):" + "_" * 50, "E-mail address:" + "." * 80]
    clause = "The undersigned transfers to the society the copyright in the paper, for all uses and media."
    foot = ["Signature " + "_" * 28 + "  Date " + "_" * 16, "Name (please print): " + "_" * 30]
    items = [Typing("Copyright Transfer", 72, 70, "tinos", 16)]
    for place, text in enumerate([*lines, *[clause] * 4, *foot]):
        items.append(Typing(text, 72, 110 + 35 * place, "tinos", 11))
    found = learn_form(write_pdf([Sheet(612, 792, tuple(items))]), "lines", tmp_path).form.fields
    assert [(field.name, field.kind, field.rule is not None) for field in found] == [
        ("title", "text", True),
        ("name", "text", True),
        ("email", "text", True),
        ("signature", "signature", True),
        ("date", "date", True),
        ("block_name", "text", True),
    ]
    signature, date = found[3:5]
    assert signature.zone[2] < date.zone[0] + 20


# --- corrected by hand --------------------------------------------------------------------------------------------


@pytest.fixture
def lakeside(learned: dict[str, Learned]) -> Path:
    return learned["lakeside"].folder


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('kind = "date"', 'kind = "day"', r"\[\[field\]\] number \d+ \(date\): `kind` is one of text, .* not 'day'"),
        ('kind = "text"', "kind = text", "Mend that line"),
        ('name = "email"', 'name = "E-Mail"', "small letters"),
        ('name = "email"', 'name = "title"', "two fields are called 'title'"),
        ('name = "signature"', 'name = "autograph"', "no field is the signature"),
        ("required = true", 'required = "yes"', "`required` is true or false"),
        ("page = 2", "page = 3", "`page` is a page of the form, 1 to 2, not 3"),
        ("zone = [", "zone = [900.0, ", r"\[left, top, right, bottom\]"),
        ("[[field]]", "[field]", "two brackets|Mend"),
        ("required = true", "requird = true", "`requird` that no form has"),
        ("first = 0", "first = -4", "places of words"),
        ('name = "lakeside"', 'name = "lake/side"', "slash"),
        ("# term_years = 1", 'term_years = "one"', "whole number of years"),
        ("[[area]]", "[[areas]]", "`areas` that no form has"),
    ],
)
def test_a_mistake_in_the_toml_gets_one_sentence(
    tmp_path: Path, lakeside: Path, before: str, after: str, says: str
) -> None:
    for file in lakeside.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    toml = (lakeside / "form.toml").read_text()
    assert before in toml
    (tmp_path / "form.toml").write_text(toml.replace(before, after, 1))
    with pytest.raises(FormError, match=says) as told:
        load_form(tmp_path)
    text = str(told.value)
    assert text.startswith(str(tmp_path)) and text.endswith(".") and "\n" not in text


def test_signatures_side_by_side_need_places_of_their_own(tmp_path: Path, lakeside: Path) -> None:
    (tmp_path / "words.json").write_bytes((lakeside / "words.json").read_bytes())
    toml = (lakeside / "form.toml").read_text().replace('layout = "boxes"', 'layout = "rows"')
    (tmp_path / "form.toml").write_text(toml)
    with pytest.raises(FormError, match=r'initials.* needs layout = "boxes"'):
        load_form(tmp_path)


def test_the_preview_follows_the_toml(tmp_path: Path, lakeside: Path) -> None:
    for file in lakeside.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    drawn = {path.name: path.read_bytes() for path in draw_preview(tmp_path)}
    assert drawn == {f"preview-{n}.png": (lakeside / f"preview-{n}.png").read_bytes() for n in (1, 2)}


def test_words_json_without_words_is_told(tmp_path: Path, lakeside: Path) -> None:
    (tmp_path / "form.toml").write_text((lakeside / "form.toml").read_text())
    (tmp_path / "words.json").write_text(json.dumps({"pages": [{"width": 1}]}))
    with pytest.raises(FormError, match="Learn the form again"):
        load_form(tmp_path)
