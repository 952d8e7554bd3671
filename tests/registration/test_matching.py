"""Several forms at once: each return is matched to the form it fits best, and the row says which."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.datamodel.errors import FormError
from pipeline.datamodel.records import Observation, PageFit, Source
from pipeline.documents.opening import open_document
from pipeline.extraction.observe import observe
from pipeline.forms.form import Form
from pipeline.forms.reader import FORMS_FOLDER, forms_stamp, known_forms, left_out, load_form, load_forms
from pipeline.registration.matching import form_of, match_pages
from pipeline.registration.register import may_be_taken_for
from pipeline.review.pages import field_zone
from sample_scans.maker.other_forms import harbour_lane
from sample_scans.maker.page import Writing, printed
from sample_scans.maker.paper import render
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.returns import Case, Look, make_return
from tests.material.made_forms import older_version, written_down


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Form, ...]:
    folder = tmp_path_factory.mktemp("forms")
    older_version(folder / "older")
    written_down(harbour_lane(), folder / "harbour")
    return load_forms((folder,))


def pages_of(form: Form, pages: tuple[int, ...] = (1, 2), **case: object) -> bytes:
    """A scan of the blank form's pages."""
    look = Look("scan", dpi=120, quality=70)
    if not form.version and not form.former:
        return make_return(Case("a.pdf", form=form.name, look=look, pages=pages, **case))  # type: ignore[arg-type]
    return write_pdf([printed(form.pages[number - 1]) for number in pages])


def seen_form(data: bytes, forms: tuple[Form, ...]) -> tuple[str, tuple[int | None, ...]]:
    document = open_document(data)
    matched = match_pages(document, range(len(document)), forms)  # type: ignore[arg-type]
    form = form_of(matched, forms)
    assert all(page.fit is None or (form and page.fit.page.form == form.label) for page in matched)
    return form.label if form else "", tuple(page.fit.page.number if page.fit else None for page in matched)


def test_each_return_is_matched_to_the_form_it_fits_best(forms: tuple[Form, ...]) -> None:
    assert [form.label for form in forms] == ["pmlr", "harbour lane", "pmlr/2017", "jmlr-2page", "jmlr-wcp"]
    for form in forms:
        pages = tuple(page.number for page in form.pages)
        assert seen_form(pages_of(form, pages), forms) == (form.label, pages)


def test_both_pages_on_one_sheet_are_found(forms: tuple[Form, ...]) -> None:
    left, right = (render(printed(page), 100) for page in load_form(FORMS_FOLDER / "pmlr").pages)
    sheet = np.hstack([left, right])
    for turned in (sheet, np.rot90(sheet)):
        png = bytes(cv2.imencode(".png", np.ascontiguousarray(turned[:, :, ::-1]))[1].tobytes())
        assert seen_form(png, forms) == ("pmlr", (1, 2))


def test_only_forms_with_words_in_the_same_places_are_taken_for_each_other(forms: tuple[Form, ...]) -> None:
    by_label = {form.label: form.pages[0] for form in forms}
    assert may_be_taken_for(by_label["pmlr"], by_label["pmlr/2017"])
    assert not may_be_taken_for(by_label["pmlr"], by_label["jmlr-2page"])


def test_a_version_is_told_by_the_page_that_differs(forms: tuple[Form, ...]) -> None:
    """Page 2 is the same in both versions, and comes first in this file."""
    older = next(form for form in forms if form.version)
    assert seen_form(pages_of(older, (2, 1)), forms) == ("pmlr/2017", (2, 1))
    newer = load_form(FORMS_FOLDER / "pmlr")
    assert seen_form(pages_of(newer, (2, 1)), forms) == ("pmlr", (2, 1))


def test_a_known_other_version_is_named_and_its_fields_are_read(forms: tuple[Form, ...]) -> None:
    older = next(form for form in forms if form.version)
    seen = read(pages_of(older), forms)
    assert seen.form == "pmlr/2017" and not seen.missing_pages
    assert read(pages_of(older), load_forms()).form == "pmlr"


def test_agreements_on_two_forms_in_one_file_are_two(forms: tuple[Form, ...]) -> None:
    title = Writing("Sheep", "type", 10)
    both = Case("a.pdf", title=title, more=(Case("b.pdf", form="harbour lane", title=title, pages=(1,)),))
    seen = read(make_return(both), forms)
    assert [(fit.form, fit.form_page, fit.agreement) for fit in seen.fits] == [
        ("pmlr", 1, 1),
        ("pmlr", 2, 1),
        ("harbour lane", 1, 2),
    ]


def read(data: bytes, forms: tuple[Form, ...]) -> Observation:
    return observe(Source("a.pdf", "a.pdf", "", len(data)), data, forms)


def test_two_forms_of_one_name_need_versions(tmp_path: Path) -> None:
    shutil.copytree(FORMS_FOLDER / "pmlr", tmp_path / "mine")
    (told,) = left_out((tmp_path,))
    assert "Two forms are called pmlr" in told and "version" in told


def test_a_form_that_cannot_be_used_stops_no_other(tmp_path: Path) -> None:
    older_version(tmp_path / "older")
    shutil.copytree(tmp_path / "older", tmp_path / "broken")
    (tmp_path / "broken" / "form.toml").write_text("name = ")
    more = {form.label for form in load_forms((tmp_path,))} - {form.label for form in load_forms()}
    assert more == {"pmlr/2017"}
    (told,) = left_out((tmp_path,))
    assert str(tmp_path / "broken") in told and told.endswith("This form is left out.")


def test_a_lone_broken_form_leaves_the_packaged_ones(tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text("name = ")
    assert load_forms((tmp_path,)) == load_forms() == known_forms([str(tmp_path)])
    assert len(left_out((tmp_path,))) == 1
    (tmp_path / "form.toml").unlink()
    assert known_forms([str(tmp_path)]) == load_forms(), "what a run knew once is no failure later"


def test_a_folder_without_a_form_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="form learn"):
        load_forms((tmp_path / "nothing",))


def test_the_stamp_follows_what_the_forms_say(tmp_path: Path) -> None:
    older_version(tmp_path / "older")
    before = forms_stamp([tmp_path])
    (tmp_path / "older" / "preview.png").write_bytes(b"drawn")
    assert forms_stamp([tmp_path]) == before != forms_stamp([])
    toml = tmp_path / "older" / "form.toml"
    toml.write_text(toml.read_text().replace("term_years = 1", "term_years = 2"))
    assert forms_stamp([tmp_path]) != before


def test_the_review_page_knows_the_users_forms(tmp_path: Path) -> None:
    older_version(tmp_path / "older")
    fit = PageFit(1, 1, 1.0, (1 / 612, 0.0, 0.0, 0.0, 1 / 792, 0.0, 0.0, 0.0, 1.0), form="pmlr/2017")
    assert field_zone(fit, "title", known_forms((str(tmp_path),)))
    assert field_zone(fit, "title", load_forms()) is None, "another machine, without the folder"
    assert field_zone(fit, "title", known_forms((str(tmp_path / "gone"),))) is None
