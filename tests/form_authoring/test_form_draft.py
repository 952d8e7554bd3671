"""A form corrected box by box: what is written to form.toml, what stays, what is refused."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.datamodel.errors import FormError
from pipeline.form_authoring.form_draft import (
    ChangedMeanwhile,
    DraftBox,
    WrongBox,
    lacks,
    read_draft,
    save_draft,
    suggested,
)
from pipeline.forms.reader import read_form
from tests.material.form_folders import TOML, form_folder


def changes(folder: Path, before: str = TOML) -> list[str]:
    """Lines that are gone, with -, and new ones, with +."""
    now = (folder / "form.toml").read_text(encoding="utf-8")
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_what_nobody_touched_stays_as_it_is(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    assert [(box.name, box.whose) for box in draft.boxes] == [
        ("title", "author"), ("contact_us", "author"), ("signature", "author"), ("", "publisher"),
    ]  # fmt: skip
    again, places = save_draft(folder, draft.version, draft.boxes)
    assert changes(folder) == [] and again == draft and places == (0, 1, 2, 3)
    assert (folder / "preview-1.png").is_file()


def test_a_change_rewrites_its_own_line_alone(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    title, contact, *rest = draft.boxes
    assert not contact.understood and title.understood
    boxes = [
        replace(title, label="Title of the paper"),
        replace(contact, name="email", label='E-mail "here"', zone=(160, 160, 540, 170.004)),
        *rest,
    ]
    save_draft(folder, draft.version, boxes)
    assert changes(folder) == [
        '-label = "Title of Paper"',
        '+label = "Title of the paper"',
        "-# The label's words did not say what it is: give it a better name, or delete it.",
        '-name = "contact_us"',
        '+name = "email"',
        '-label = "Contact # us"   # with a hash',
        "-zone = [",
        "-    160.0, 130.0,        # left, top",
        "-    540.0, 150.0,",
        "-]",
        '+label = "E-mail \\"here\\""   # with a hash',
        "+zone = [160, 160, 540, 170.0]",
    ]
    saved = read_form(folder).field("email")
    assert saved is not None and saved.label == 'E-mail "here"' and saved.zone == (160, 160, 540, 170)


def test_boxes_come_and_go_and_their_comments_with_them(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    _, _, signature, press = draft.boxes
    employer = replace(signature, whose="optional", label="Employer", zone=(360, 600, 540, 640), entry=None)
    date = DraftBox(1, (400, 605, 540, 640), "Date:", name="date", kind="date")
    again, places = save_draft(folder, draft.version, [date, employer, signature, press])
    text = (folder / "form.toml").read_text(encoding="utf-8")
    assert '# What the form asks for.\n[[field]]\nname = "signature"' in text
    assert "The address that we write to." not in text and "# Where others sign." in text
    assert "term_years = 1" in text and "# from the PDF" in text
    form = read_form(folder)
    assert [f.name for f in form.pages[0].fields] == ["signature", "date"] and form.term_years == 1
    assert [(p.role, p.label) for p in form.pages[0].signing_places] == [
        ("publisher", "For the press"),
        ("optional", "Employer"),
    ]
    # Nothing is asked for above any more, so no ink is looked for there; the other area holds both fields.
    assert [area.zone for area in form.pages[0].areas] == [(0, 578, 612, 662)]
    assert [again.boxes[place].label for place in places] == ["Date:", "Employer", "Signature", "For the press"]


def test_a_signature_that_is_somebody_elses_becomes_a_signing_place(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    title, contact, signature, press = draft.boxes
    boxes = [title, contact, replace(signature, whose="optional"), replace(press, whose="author", name="signature")]
    save_draft(folder, draft.version, boxes)
    found = read_form(folder).field("signature")
    assert found is not None and found.label == "For the press" and found.kind == "signature"
    assert [p.label for p in read_form(folder).pages[0].signing_places] == ["Signature"]


def test_the_first_place_of_others_brings_what_says_what_it_is(tmp_path: Path) -> None:
    before = TOML.replace(TOML[TOML.index("# Where others sign.") : TOML.index("# Where the ink")], "")
    folder = form_folder(tmp_path / "northgate", before)
    draft = read_draft(folder)
    save_draft(folder, draft.version, [*draft.boxes, DraftBox(1, (160, 700, 330, 730), "Press", "publisher")])
    added = changes(folder, before)
    assert all(line.startswith("+") for line in added)
    assert added[0].startswith("+# Where others than the author sign") and '+role = "publisher"' in added


def test_a_field_that_moves_takes_its_area_along_and_leaves_its_line(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    boxes = [replace(b, zone=(160, 400, 330, 440)) if b.name == "signature" else b for b in draft.boxes]
    save_draft(folder, draft.version, boxes)
    form = read_form(folder)
    assert [area.zone[1] for area in form.pages[0].areas] == [78, 378]
    signature = form.field("signature")
    assert signature is not None and signature.rule is None


def test_a_form_without_a_signature_can_be_corrected(tmp_path: Path) -> None:
    start = TOML.index('[[field]]\nname = "signature"')
    folder = form_folder(tmp_path / "northgate", TOML[:start] + TOML[TOML.index("# Where others sign.") :])
    with pytest.raises(FormError, match="no field is the signature"):
        read_form(folder)
    draft = read_draft(folder)
    assert lacks(draft.boxes)[0].startswith("No box is for the author's signature")
    signature = DraftBox(1, (160, 600, 330, 640), "Signature", name="signature", kind="signature")
    save_draft(folder, draft.version, [*draft.boxes, signature])
    assert read_form(folder).field("signature") is not None


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"name": "signature", "kind": "signature"}, "Two boxes are for the author's signature, on page 1. Keep one"),
        ({"name": "title"}, "Two boxes are for the title of the article"),
        ({"name": ""}, "Say what is written in the box on page 1"),
        ({"name": "E-Mail"}, "A column's name is small letters"),
        ({"name": "date"}, "is for the date of the signature, so its kind is date"),
        ({"label": "  "}, "The box contact_us on page 1 has no label"),
        ({"zone": (500.0, 130.0, 640.0, 150.0)}, "The box “Contact # us” on page 1 leaves the page"),
        ({"zone": (160.0, 130.0, 162.0, 150.0)}, "too small to write in"),
        ({"zone": (160.0, 130.0, float("nan"), 150.0)}, "too small to write in"),
        ({"page": 2}, "The form has no page 2"),
        ({"signs": True}, "only the author's name"),
    ],
)
def test_what_can_not_be_right_is_refused(change: dict[str, object], sentence: str, tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    boxes = [*draft.boxes]
    boxes.append(replace(boxes.pop(1), **change))  # type: ignore[arg-type]
    with pytest.raises(WrongBox, match=sentence.replace("#", r"\#")) as found:
        save_draft(folder, draft.version, boxes)
    assert found.value.box == 3 and changes(folder) == []


def test_two_extra_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    twin = replace(draft.boxes[1], zone=(160, 200, 300, 220), entry=None)
    with pytest.raises(WrongBox, match="Two boxes are called contact_us, on page 1"):
        save_draft(folder, draft.version, [*draft.boxes, twin])


def test_a_file_that_somebody_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)
    (folder / "form.toml").write_text(TOML + "\n# by hand\n", encoding="utf-8")
    with pytest.raises(ChangedMeanwhile, match="Load the page again"):
        save_draft(folder, draft.version, draft.boxes[:3])
    assert changes(folder) == ["+", "+# by hand"]


def test_what_can_not_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = form_folder(tmp_path / "northgate")
    draft = read_draft(folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FormError, match="the disk is full"):
        save_draft(folder, draft.version, draft.boxes[:3])
    assert changes(folder) == [] and not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "zone, wanted",
    [
        ((160, 162, 540, 182), ("E-mail address:", "email", "text")),
        ((400, 620, 540, 640), ("Date:", "date", "date")),
        ((96, 211, 106, 221), ("Accepted", "accepted", "tick")),
        ((160, 102, 540, 122), ("Title of Paper", "", "text")),
        ((160, 400, 540, 420), ("", "", "text")),
    ],
)
def test_a_new_box_is_what_the_print_beside_it_says(
    zone: tuple[float, float, float, float], wanted: tuple[str, str, str], tmp_path: Path
) -> None:
    found = suggested(form_folder(tmp_path / "northgate"), DraftBox(1, zone, ""), ["title", "signature"])
    assert (found.label, found.name, found.kind) == wanted
