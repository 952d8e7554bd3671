"""Returns read from another engine's text: fields by the form's words, the block, remarks, clauses."""

from __future__ import annotations

import hashlib
import json

import pytest

from pipeline.datamodel.records import Observation, Source
from pipeline.extraction.observe import observe
from pipeline.extraction.transcripts.remarks import find_remarks
from tests.material import engine_outputs
from tests.material.engine_outputs import ENGINES, SAYS_HAND, Filled, transcript

FILLED = Filled()
BLANK = Filled(signed="", date="")


def read(data: bytes | str, pages: tuple[int, ...] = ()) -> Observation:
    data = data.encode() if isinstance(data, str) else data
    source = Source("a.txt", "/a.txt", hashlib.sha256(data).hexdigest(), len(data), pages)
    return observe(source, data)


def block(text: str) -> Observation:
    """A transcript whose signature block is `text`."""
    whole = transcript(BLANK)
    return read(whole[: whole.index("• Corresponding Author:")] + text)


def signed(seen: Observation) -> tuple[str, str]:
    return seen.signature.kind, " ".join(line.text for line in seen.signature.lines)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_fields_of_every_engine(engine: str) -> None:
    seen = read(ENGINES[engine](FILLED))
    assert (seen.form, seen.missing_pages, seen.alterations) == ("pmlr", (), ())
    assert (seen.title.text, seen.name.text, seen.date.text) == (FILLED.title, FILLED.name, FILLED.date)
    kind = "handwritten" if engine in SAYS_HAND else "transcribed"
    assert signed(seen) == (kind, "Ada Example") and seen.signature.confidence > 0.9
    assert seen.date.kind == kind
    assert seen.transcript is not None and seen.transcript.engine == engine
    marked = {p.field: seen.transcript.text[p.start : p.end].split() for p in seen.transcript.places}
    assert marked["title"] == FILLED.title.split() and marked["date"] == [FILLED.date]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_filled_in_is_nothing(engine: str) -> None:
    seen = read(ENGINES[engine](Filled("", "", "", "")))
    assert not (seen.title.lines or seen.name.lines or seen.date.lines or seen.block_name.lines)
    assert seen.signature.kind == "none"


def test_a_signature_that_textract_marks_without_text() -> None:
    seen = read(engine_outputs.textract(Filled(signed="", date="2024-05-20"), signature=True))
    assert signed(seen) == ("transcribed", "") and seen.signature.confidence == pytest.approx(0.96)


@pytest.mark.parametrize(
    "title",
    [
        "The Article to be Published",
        "Theory of the Article",
        "An Essay Currently Entitled",
        "A Title (with Brackets)",
        "Über Größen: 深度学习 and β-VAE",
    ],
)
def test_titles_that_begin_or_end_like_the_form(title: str) -> None:
    assert read(transcript(Filled(title=title))).title.text == title


def test_slips_of_ocr_and_lost_spaces_hide_no_field() -> None:
    text = transcript(Filled(date="l0/O8/2O21", hand=False))
    for right, wrong in (("entitled", "ent1tled"), ("Agreement are:", "Agreementare:"), ("Signed:", "Slgned:"),
                         ("Date:", "Dale :"), ("corresponding", "correspondlng"), ("(“the", '("tbe')):  # fmt: skip
        text = text.replace(right, wrong)
    seen = read(text)
    assert (seen.title.text, seen.name.text, seen.date.text) == (FILLED.title, FILLED.name, "l0/O8/2O21")
    assert signed(seen)[1] == "Ada Example"


@pytest.mark.parametrize(
    ("text", "kind", "name", "day"),
    [
        ("- Corresponding Author:\n - Signed: *Ada E.*\n - Date: *2024/5/6*", "transcribed", "Ada E.", "2024/5/6"),
        ("Corresponding Author:\nSigned:\nDate:\nAda Example\n2024/5/6", "transcribed", "Ada Example", "2024/5/6"),
        ("Corresponding Author:\nSigned:\nDate: 2024/5/6\n2", "none", "", "2024/5/6"),
        ("Corresponding Author:\nSigned: Ada Example 2024/5/6\nDate:", "transcribed", "Ada Example", "2024/5/6"),
        ("Corresponding Author:\nSigned: ______ Date: 6 May 2024", "none", "", "6 May 2024"),
        ("| Signed: | Ada |\n|---|---|\n| Date: | 2024/5/6 |", "transcribed", "Ada", "2024/5/6"),
        ("Signed: [signature]\nDate: 2024/5/6", "transcribed", "", "2024/5/6"),
        ("Signed: [Signature: Ada Example]\nDate: 2024/5/6", "transcribed", "Ada Example", "2024/5/6"),
        ("Signed: <signature>Ada</signature>\nDate: 2024/5/6", "transcribed", "Ada", "2024/5/6"),
        ("Signed:\nDate:\n\nThe signature line is left blank, the date reads \"2024/5/6\".", "none", "", "2024/5/6"),
        ('Signed:\nDate:\nHandwritten signature and date. The signature is cursive, the date is written as "2024.5.6".',
         "handwritten", "", "2024.5.6"),
        ("Signed: Digitally signed by Ada Example\nDate: 2024/5/6", "digital", "Ada Example", "2024/5/6"),
    ],
)  # fmt: skip
def test_signature_blocks_as_engines_give_them(text: str, kind: str, name: str, day: str) -> None:
    seen = block(text)
    assert (*signed(seen), seen.date.text) == (kind, name, day)


def test_a_picture_at_the_signature_is_something_but_nothing_sure() -> None:
    seen = block("Signed: ![](figure-1.png)\nDate: 2024/5/6")
    assert seen.signature.kind == "transcribed" and seen.signature.confidence < 0.8


def test_a_few_letters_are_no_legible_name() -> None:
    assert block("Signed: ~7 Z.\nDate: 2024/5/6").signature.confidence < 0.8


@pytest.mark.parametrize("text", ["Ada Example", "Signed: Ada", "Date: 2024/5/6", "(Ada)", "Mark Stamp", "Sign here"])
def test_writing_is_no_remark(text: str) -> None:
    assert find_remarks(text) == []


# --- the form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("within one year", "within ten years", "one year"),
        ("You retain ownership", "You do not retain ownership", "do not"),
        ("and that you have a complete and unencumbered right", "", "and that you have"),
    ],
)
def test_other_words_in_the_clauses_are_told(right: str, wrong: str, told: str) -> None:
    text = " ".join(transcript(FILLED).replace("\f", " \f ").split(" ")).replace("\n", " ")
    assert right in text
    found = read(text.replace(right, wrong)).alterations
    assert len(found) == 1 and told in (found[0].form_text, found[0].page_text)[found[0].kind == "added"]


def test_slips_in_the_clauses_are_none() -> None:
    text = transcript(FILLED).replace("warrant", "warrani").replace("copyright", "c0pyright").replace("heirs", "he1rs")
    assert read(text).alterations == ()


def test_a_page_that_is_not_there() -> None:
    first, _, second = transcript(FILLED).partition("\f")
    assert read(first).missing_pages == (2,)
    seen = read(second)
    assert seen.missing_pages == (1,) and signed(seen)[1] == "Ada Example"
    assert [fit.form_page for fit in read(transcript(FILLED)).fits] == [1, 2]


def test_several_agreements_in_one_text() -> None:
    names = ("Ada Example", "Bo Writer", "Cy Third")
    whole = "\n".join(transcript(Filled(name=name, signed=name)).replace("\f", "\n") for name in names)
    seen = read(whole)
    assert [fit.agreement for fit in seen.fits] == [1, 2, 3]
    parts = [read(whole, (page,)) for page in (1, 2, 3)]
    assert [part.name.text for part in parts] == list(names)
    assert [signed(part)[1] for part in parts] == list(names)


def test_another_agreement_is_read_by_its_labels() -> None:
    seen = read("Consent\n\nTitle of article: On Forms\nAuthor: Ada Example\nSignature: A. Example\nDate: 5 May 2024\n")
    assert (seen.form, seen.title.text, seen.name.text, seen.date.text) == ("", "On Forms", "Ada Example", "5 May 2024")
    above = "On Forms\nTitle of Article\nAda Example\nAuthor name(s)\nSignature\n5 May 2024\nDate\n"
    seen = read(above)
    assert (seen.title.text, seen.name.text, seen.date.text) == ("On Forms", "Ada Example", "5 May 2024")
    assert seen.signature.kind == "none"


def test_a_text_without_an_agreement_is_no_document() -> None:
    problem = read("Dear editor, please find attached the signed agreement. Best regards, Ada").problem
    assert problem is not None and problem.code == "not_a_document"
    problem = read(engine_outputs.hocr(FILLED).replace(b"ocrx_word", b"x").replace(b"ocr_line", b"y")).problem
    assert problem is not None and problem.code == "not_a_document" and "hOCR" in problem.sentence


def test_handwriting_in_blocks_of_its_own_is_read_in_its_row() -> None:
    """Engines put handwriting behind the print; where it stands tells what it fills in."""
    parsed = json.loads(engine_outputs.textract(FILLED))
    lines = [block for block in parsed["Blocks"] if block["BlockType"] == "LINE"]
    words = {block["Id"]: block for block in parsed["Blocks"]}
    for line in lines:
        ids = line["Relationships"][0]["Ids"]
        hand = [i for i in ids if words[i].get("TextType") == "HANDWRITING"]
        line["Relationships"][0]["Ids"] = [i for i in ids if i not in hand]
        if hand:
            apart = {"BlockType": "LINE", "Id": line["Id"] + "h", "Page": line["Page"], "Text": ""}
            parsed["Blocks"].append({**apart, "Relationships": [{"Type": "CHILD", "Ids": hand}]})
    seen = read(json.dumps(parsed))
    assert signed(seen) == ("handwritten", "Ada Example") and seen.date.text == FILLED.date
