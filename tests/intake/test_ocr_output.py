"""Other engines' outputs: recognized by content, read into one record, and never trusted."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pipeline.datamodel.records import Box, Problem
from pipeline.intake.ocr_output.engine_output import EngineOutput
from pipeline.intake.ocr_output.plain_text import even_text
from pipeline.intake.ocr_output.recognize import engine_output, may_be_return, put_together
from pipeline.intake.sources import find_sources
from tests.material import engine_outputs
from tests.material.engine_outputs import ENGINES, HEIGHT, SAYS_HAND, WIDTH, Filled, placed_pages

FILLED = Filled()


def read(data: bytes) -> EngineOutput:
    found = engine_output(data)
    assert isinstance(found, EngineOutput), found
    return found


def is_word(text: str) -> bool:
    """Bullets are markup in a transcript."""
    return any(c.isalnum() for c in text)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_word_of_every_engine_is_read(engine: str) -> None:
    found = read(ENGINES[engine](FILLED))
    assert found.engine == engine
    words = [[word.text for line in page.lines for word in line.words if is_word(word.text)] for page in found.pages]
    assert words == [[w.text for line in page for w in line if is_word(w.text)] for page in placed_pages(FILLED)]


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"plain text", "olmOCR", "docling"}))
def test_boxes_are_fractions_of_the_page(engine: str) -> None:
    found = read(ENGINES[engine](FILLED))
    first, asked = found.pages[0].lines[0].words[0], placed_pages(FILLED)[0][0][0]
    expected = Box(asked.x0 / WIDTH, asked.y0 / HEIGHT, asked.x1 / WIDTH, asked.y1 / HEIGHT)
    assert first.box is not None and found.pages[0].words_have_boxes
    corners = zip(
        (first.box.x0, first.box.y0, first.box.x1, first.box.y1),
        (expected.x0, expected.y0, expected.x1, expected.y1),
        strict=True,
    )
    assert all(abs(a - b) < 1e-6 for a, b in corners)
    assert first.confidence is not None and 0.9 <= first.confidence <= 1


@pytest.mark.parametrize("engine", sorted(SAYS_HAND))
def test_what_the_engine_calls_handwritten_is(engine: str) -> None:
    found = read(ENGINES[engine](FILLED))
    hand = [word.text for page in found.pages for line in page.lines for word in line.words if word.writing == "hand"]
    assert hand == ["Ada", "Example", "2024-05-20"]


def test_textract_says_where_a_signature_is_and_pairs() -> None:
    content = json.loads(engine_outputs.textract(FILLED, signature=True))
    content["Blocks"] += [
        {"BlockType": "KEY_VALUE_SET", "Id": "k", "EntityTypes": ["KEY"], "Page": 2,
         "Relationships": [{"Type": "VALUE", "Ids": ["v"]}, {"Type": "CHILD", "Ids": ["kw"]}]},
        {"BlockType": "KEY_VALUE_SET", "Id": "v", "EntityTypes": ["VALUE"], "Page": 2,
         "Relationships": [{"Type": "CHILD", "Ids": ["vw"]}]},
        {"BlockType": "WORD", "Id": "kw", "Text": "Date:", "Page": 2},
        {"BlockType": "WORD", "Id": "vw", "Text": "1/2/2024", "Page": 2, "TextType": "HANDWRITING"},
    ]  # fmt: skip
    found = read(json.dumps(content).encode())
    assert [(mark.kind, mark.page, mark.confidence) for mark in found.marks] == [("signature", 2, 0.96)]
    assert [(pair.key, pair.value[0].text, pair.value[0].writing) for pair in found.pairs] == [
        ("Date:", "1/2/2024", "hand")
    ]


def test_page_xml_has_signature_marks_and_reading_order() -> None:
    text = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
    <Page imageFilename="a.png" imageWidth="100" imageHeight="100"><ReadingOrder><OrderedGroup id="g">
    <RegionRefIndexed index="0" regionRef="b"/><RegionRefIndexed index="1" regionRef="a"/></OrderedGroup></ReadingOrder>
    <TextRegion id="a"><Coords points="0,0 9,9"/><TextEquiv><Unicode>second</Unicode></TextEquiv></TextRegion>
    <TextRegion id="b"><Coords points="0,0 9,9"/><TextEquiv><Unicode>first</Unicode></TextEquiv></TextRegion>
    <TextRegion id="c" type="signature-mark"><Coords points="10,20 30,40"/></TextRegion></Page></PcGts>"""
    found = read(text.encode())
    assert [line.words[0].text for line in found.pages[0].lines] == ["first", "second"]
    assert [(mark.kind, mark.box) for mark in found.marks] == [("signature", Box(0.1, 0.2, 0.3, 0.4))]
    assert found.images == ("a.png",)


def test_outputs_of_single_pages_are_put_together() -> None:
    parts = [engine_outputs.page_xml(FILLED, only=number) for number in (1, 2)]
    assert read(put_together(parts)).pages == read(engine_outputs.page_xml(FILLED)).pages


@pytest.mark.parametrize(
    ("written", "even"),
    [
        ("# Publication **Agreement**", "Publication Agreement"),
        ("agreement<sup>1</sup> and agreement¹ and $^{1}$", "agreement and agreement and"),
        ("- Signed: *Ada Example*", "Signed: Ada Example"),
        ("| Signed: | Ada |\n| --- | --- |\n| Date: | 5/6/2024 |", "Signed: Ada\n\nDate: 5/6/2024"),
        ("<table><tr><td>Signed:</td><td>Ada</td></tr></table>", "Signed: Ada"),
        ("5 &lt; 6 &amp; caf&eacute;", "5 < 6 & café"),
        ("Signed: ![](sig.png)", "Signed: [image]"),
        ("Signed: <signature>Ada</signature>", "Signed: [signature: Ada]"),
        ("within ~~one year~~ ten years", "within ten years"),
        ("see <http://example.org/by_4> [here](http://a.b)", "see http://example.org/by_4 here"),
        ("snake_case stays, _this_ does not, Date: ______", "snake_case stays, this does not, Date:"),
    ],
)
def test_markup_is_evened_out(written: str, even: str) -> None:
    page = even_text(written)[0]
    assert "\n".join(" ".join(line.split()) for line in page.strip().splitlines()) == even


def test_page_breaks_of_any_kind() -> None:
    assert [page.strip() for page in even_text("a\fb<!-- PageBreak -->c\n\\newpage d")] == ["a", "b", "c", "d"]


# --- foreign, damaged, hostile ------------------------------------------------------------------------------------

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY b%d "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' % n for n in range(9))
    + b"]><alto><Layout><Page><String CONTENT='&b8;'/></Page></Layout></alto>"
)
SECRET = (
    b'<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<alto><Layout><Page><TextLine><String CONTENT='a'/>&x;</TextLine></Page></Layout></alto>"
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        SECRET,
        engine_outputs.alto(FILLED)[:900],
        engine_outputs.page_xml(FILLED)[:-40],
        engine_outputs.textract(FILLED)[:5000],
        b'{"Blocks": [{"BlockType": ' + b"[" * 200_000,
        b"<alto>" + b"<a>" * 100_000,
        put_together([])[:-1] + b"\nx",
    ],
    ids=["bomb", "file entity", "alto cut off", "page cut off", "textract cut off", "deep json", "deep xml", "forged"],
)
def test_damaged_and_hostile_outputs_are_told(data: bytes) -> None:
    started = time.perf_counter()
    found = engine_output(data)
    assert isinstance(found, Problem) and found.code == "unreadable_file" and "once more" in found.sentence
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><html><body>Log in to see this file</body></html>",
        b'{"notes": [{"id": "a", "content": {"title": "T"}}]}',
        b"[1, 2, 3]" * 1000,
        b"\0\1\2\3" * 2000,
        b"%PDF-1.7\n",
        b"",
        b"x" * (5 << 20),
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
    ids=["web page", "roster", "numbers", "binary", "pdf", "empty", "long text", "svg"],
)
def test_what_is_no_output_stays_what_it_is(data: bytes) -> None:
    assert not isinstance(engine_output(data), EngineOutput | Problem)


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"plain text"}))
def test_values_of_other_types_are_passed_over(engine: str) -> None:
    data = ENGINES[engine](FILLED)
    for old, new in (
        (b"0.9", b"null"),
        (b"[", b"[[], null, 7, "),
        (b"1", b"-1e99"),
        (b'"2', b'"x2'),
        (b": 2", b': "2"'),
    ):
        found = engine_output(data.replace(old, new))
        assert found is None or isinstance(found, EngineOutput | Problem)


def test_two_hundred_megabytes_are_not_parsed() -> None:
    data = engine_outputs.textract(FILLED)[:-2] + b" " * (200 << 20) + b"]}"
    started = time.perf_counter()
    assert engine_output(data) is None
    assert time.perf_counter() - started < 2


# --- in folders ---------------------------------------------------------------------------------------------------


def test_side_files_are_returns_where_they_hold_an_agreement(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(engine_outputs.textract(FILLED))
    (tmp_path / "b.md").write_bytes(engine_outputs.plain(FILLED))
    (tmp_path / "notes.json").write_text('{"volume": 157}')
    (tmp_path / "notes.md").write_text("# To do\n\nSign the lease.\n")
    (tmp_path / "README.md").write_text("What is here.")
    assert [source.name for source in find_sources([tmp_path])] == ["a.json", "b.md"]
    assert not may_be_return("roster.bib", b"@InProceedings{a}")


def test_an_output_beside_its_scan_is_one_return(tmp_path: Path) -> None:
    for name in ("same.pdf", "scan-7.png", "alone.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7 " if name.endswith("pdf") else b"\x89PNG\r\n\x1a\n")
    (tmp_path / "same.hocr").write_bytes(engine_outputs.hocr(FILLED))
    (tmp_path / "other.xml").write_bytes(engine_outputs.page_xml(FILLED, image="scan-7.png"))
    (tmp_path / "alone.xml").write_text("<invoice/>")
    (tmp_path / "apart.txt").write_bytes(engine_outputs.plain(FILLED))
    found = {source.name: source.text.name if source.text else "" for source in find_sources([tmp_path])}
    assert found == {
        "same.pdf": "same.hocr", "scan-7.png": "other.xml", "alone.pdf": "", "alone.xml": "", "apart.txt": ""
    }  # fmt: skip
