"""Intake: what is found, what it is told to be, and where its words stand."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import socket
import tarfile
import zipfile
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.records import Problem
from pipeline.documents import opening
from pipeline.documents.document import Document
from pipeline.documents.file_kinds import file_kind
from pipeline.documents.opening import open_document
from pipeline.intake.sources import FileStamp, find_sources, load_bytes
from tests.material.documents import image_bytes, pdf_bytes, pdf_page, picture


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def opened(data: bytes) -> Document:
    document = open_document(data)
    assert isinstance(document, Document), document
    return document


# --- finding


def test_a_folder_is_read_to_its_end_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.pdf", "a/z.png", "a/deep/er/x", "c.PDF"):
        put(tmp_path, name, b"%PDF-1.4 " + name.encode())
    assert [s.name for s in find_sources([tmp_path])] == ["a/deep/er/x", "a/z.png", "b.pdf", "c.PDF"]


def test_files_and_folders_mixed_are_named_from_what_holds_them_all_and_come_once(tmp_path: Path) -> None:
    put(tmp_path, "one/a.pdf", b"%PDF-1.4 a")
    put(tmp_path, "two/a.pdf", b"%PDF-1.4 a")
    found = find_sources([tmp_path / "one", tmp_path / "two" / "a.pdf", tmp_path / "two"])
    assert [s.name for s in found] == ["one/a.pdf", "two/a.pdf"]
    assert found[0].sha256 == found[1].sha256 and found[0].path != found[1].path
    assert [s.name for s in find_sources([tmp_path / "two" / "a.pdf"])] == ["a.pdf"]


def test_side_files_hidden_files_and_our_own_results_are_no_returns(tmp_path: Path) -> None:
    for name in (
        ".hidden.pdf",
        ".cache/x.pdf",
        "README.txt",
        "roster.bib",
        "Thumbs.db",
        "old/countersign.db",
        "old/r.pdf",
    ):
        put(tmp_path, name, b"something")
    put(tmp_path, "out/report.pdf", b"%PDF-1.4")
    put(tmp_path, "list.txt", b"authors")
    put(tmp_path, "scan.csv", b"%PDF-1.4 named wrongly")
    found = find_sources([tmp_path], leave_out=[tmp_path / "out"])
    assert [s.name for s in found] == ["list.txt", "scan.csv"]
    assert [s.name for s in find_sources([tmp_path / "roster.bib"])] == ["roster.bib"], "what is named is taken"


def test_links_out_of_the_folder_are_refused_and_links_within_are_the_same_file(tmp_path: Path) -> None:
    secret = put(tmp_path, "outside/secret.pdf", b"%PDF-1.4")
    inside = put(tmp_path, "returns/a.pdf", b"%PDF-1.4")
    (tmp_path / "returns" / "b.pdf").symlink_to(inside)
    (tmp_path / "returns" / "c.pdf").symlink_to(secret)
    (tmp_path / "returns" / "d").symlink_to(tmp_path / "outside", target_is_directory=True)
    (tmp_path / "returns" / "e.pdf").symlink_to(tmp_path / "nowhere")
    found = find_sources([tmp_path / "returns"])
    assert [(s.name, s.refused is None) for s in found] == [
        ("a.pdf", True), ("c.pdf", False), ("d", False), ("e.pdf", False)
    ]  # fmt: skip
    assert all(isinstance(load_bytes(s), Problem) for s in found[1:])


def test_a_link_loop_ends(tmp_path: Path) -> None:
    put(tmp_path, "a/x.pdf", b"%PDF-1.4")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [s.name for s in find_sources([tmp_path])] == ["a/x.pdf"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_pipes_and_sockets_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.pdf"))
        found = find_sources([tmp_path])
    assert [s.refused.code for s in found if s.refused] == ["not_a_document"] * 2


def test_hostile_names_come_out_printable_and_open(tmp_path: Path) -> None:
    names = [
        b"new\nline.pdf",
        b"\xff\xfe.pdf",
        b"x" * 251 + b".pdf",
        "right\u202eleft.pdf".encode(),
        b"=cmd.pdf",
        b"-rf",
    ]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"%PDF-1.4" + name)
    found = find_sources([tmp_path])
    assert len(found) == len(names)
    for source in found:
        assert source.name.isprintable() and source.name.encode("utf-8")
        assert isinstance(load_bytes(source), bytes)


def test_printable_keeps_what_people_write() -> None:
    assert printable("Müller 論文 a.pdf") == "Müller 論文 a.pdf"
    assert printable("a\tb") == "a\\tb"


def test_an_unchanged_file_is_not_hashed_again(tmp_path: Path) -> None:
    path = put(tmp_path, "a.pdf", b"%PDF-1.4")
    stamp = FileStamp(8, path.stat().st_mtime_ns, "0" * 64)
    assert find_sources([tmp_path], known={str(path): stamp})[0].sha256 == "0" * 64
    path.write_bytes(b"%PDF-1.5 longer")
    assert find_sources([tmp_path], known={str(path): stamp})[0].sha256 != "0" * 64


def test_a_file_that_changes_after_it_was_found_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    path = put(tmp_path, "a.pdf", b"%PDF-1.4")
    source = find_sources([tmp_path])[0]
    path.write_bytes(b"%PDF-1.4 other")
    assert isinstance(load_bytes(source), Problem)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        find_sources([tmp_path / "nothing-here"])


# --- opening


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG2000", "TIFF", "WEBP", "BMP", "HEIF"])
def test_pictures_are_told_by_content_and_rendered(kind: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = image_bytes(kind, picture((120, 160)))
    assert file_kind(data[:4096]) == "image"
    page = opened(data).render(0, 72)
    height, width = page.shape[:2]
    assert page.shape[2] == 3 and page.dtype == np.uint8
    assert abs(height / width - 160 / 120) < 0.02
    assert page[height // 4, width // 4].max() < 60 and page[-5, -5].min() > 200


def test_a_tiff_has_as_many_pages_as_frames() -> None:
    pages = [picture((60, 80), "1"), picture((80, 60), "1"), picture((60, 80), "1")]
    document = opened(image_bytes("TIFF", pages[0], save_all=True, append_images=pages[1:]))
    assert len(document) == 3
    assert [w > h for w, h in document.sizes_pt] == [False, True, False]
    assert document.render(1, 50).shape[1] > document.render(1, 50).shape[0]


def test_a_photo_is_turned_as_its_orientation_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise to be seen
    page = opened(image_bytes("JPEG", picture((160, 120)), exif=exif)).render(0, 72)
    height, width = page.shape[:2]
    assert height > width
    assert page[5, -5].max() < 60, "the black quarter stood top left, and is top right once turned"
    assert page[5, 5].min() > 200 and page[-5, -5].min() > 200


def test_transparent_paper_is_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert opened(image_bytes("PNG", clear)).render(0, 72).min() == 255


def test_sixteen_bit_scans_keep_their_greys() -> None:
    grey = Image.fromarray(np.full((40, 40), 0x8000, np.uint16))
    assert abs(int(opened(image_bytes("PNG", grey)).render(0, 72).mean()) - 128) <= 2


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_stand_where_the_page_shows_them(rotate: int) -> None:
    document = opened(pdf_bytes("Signed Here", rotate=rotate))
    width, height = document.size_pt(0)
    assert (width > height) == (rotate % 180 == 90)
    page = document.render(0, 72)
    dark = page.max(axis=2) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    first, second = document.words(0)
    assert (first.text, second.text) == ("Signed", "Here")
    x0, y0 = min(first.box.x0, second.box.x0), min(first.box.y0, second.box.y0)
    x1, y1 = max(first.box.x1, second.box.x1), max(first.box.y1, second.box.y1)
    found = np.array([x0 * width, y0 * height, x1 * width, y1 * height])
    assert np.abs(found - [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).max() < 2


LINES = (
    *("1. The article does not libel anyone or other-", "wise violate any law.", "2. You agree to the Inter-"),
    "national License",
)


def note_on_lines(turn: int) -> bytes:
    """A page of lines that hyphens end, with a note that is not drawn, turned clockwise by so many degrees."""
    pdf = pikepdf.new()
    page = pdf_page(pdf, "")
    shown = " ".join(f"1 0 0 1 100 {700 - 14 * row} Tm ({line}) Tj" for row, line in enumerate(LINES))
    page.Contents = pdf.make_stream(f"BT /F1 11 Tf {shown} ET".encode())
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Contents="Ann Author", F=4, Rect=[100, 400, 300, 415]
    )
    page.Annots = pikepdf.Array([pdf.make_indirect(note)])
    pdf.pages.append(page)
    pdf.pages[0].rotate(turn, relative=True)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side_has_the_same_words(turn: int) -> None:
    upright, turned = (opened(note_on_lines(degrees)).words(0) for degrees in (0, turn))
    assert len(upright) > 15
    assert [(word.text, word.source) for word in turned] == [(word.text, word.source) for word in upright]
    for one, other in zip(turned, upright, strict=True):
        assert astuple(one.box.turned(-turn // 90)) == pytest.approx(astuple(other.box), abs=0.002)


def test_a_crop_box_moves_the_words_with_the_page() -> None:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Here", box=(0, 0, 612, 792))
    page.cropbox = pikepdf.Array([90, 590, 290, 690])
    pdf.pages.append(page)
    out = io.BytesIO()
    pdf.save(out)
    document = opened(out.getvalue())
    assert document.size_pt(0) == (200, 100)
    (word,) = document.words(0)
    assert abs(word.box.x0 - 0.055) < 0.02 and word.box.y1 > 0.85


def form_field_pdf() -> bytes:
    """A text field with a value and no drawing of it, and a note whose words the page shows."""
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Title:")
    pdf.pages.append(page)
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    text_field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="title", F=4,
            V="Deep Forms", DA="/Helv 14 Tf 0 g", Rect=[100, 500, 400, 520],
        )
    )  # fmt: skip
    drawing = pdf.make_stream(b"BT /F1 14 Tf 2 5 Td (Ann Author) Tj ET")
    drawing.Type, drawing.Subtype, drawing.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 200, 20]
    drawing.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Contents="Ann Author", F=4,
        DA="/Helv 14 Tf", Rect=[100, 400, 300, 420], AP=pikepdf.Dictionary(N=drawing),
    )  # fmt: skip
    hidden = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Contents="Nobody", F=2,
        DA="/Helv 14 Tf", Rect=[100, 300, 300, 320],
    )  # fmt: skip
    page.Annots = pdf.make_indirect(pikepdf.Array([text_field, pdf.make_indirect(note), pdf.make_indirect(hidden)]))
    pdf.Root.AcroForm = pikepdf.Dictionary(
        Fields=[text_field], NeedAppearances=True, DA="/Helv 0 Tf 0 g",
        DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font)),
    )  # fmt: skip
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_fields_and_notes_are_drawn_and_read() -> None:
    document = opened(form_field_pdf())
    words = document.words(0)
    assert [(w.text, w.source) for w in words] == [
        ("Title:", "text_layer"), ("Deep", "form_field"), ("Forms", "form_field"),
        ("Ann", "annotation"), ("Author", "annotation"),
    ]  # fmt: skip
    page = document.render(0, 72)
    for word in words:
        top, bottom, left, right = (round(s) for s in (word.box.y0 * 792, word.box.y1 * 792, word.box.x0 * 612, word.box.x1 * 612))  # fmt: skip  # noqa: E501
        assert (page[top - 1 : bottom + 1, left - 1 : right + 1] < 128).any(), word


def test_text_boxes_in_two_lines_are_not_one_word() -> None:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Here")
    pdf.pages.append(page)
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    notes = []
    for text, left, bottom in (("August 3rd, 2018", 157, 217), ("Ann Author", 225, 244)):
        drawing = pdf.make_stream(f"BT 9.5 0 0 9.5 2 4 Tm /F1 1 Tf ({text}) Tj ET".encode())
        drawing.Type, drawing.Subtype, drawing.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 80, 15]
        drawing.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Contents=text, F=4,
            DA="/Helv 9 Tf", Rect=[left, bottom, left + 80, bottom + 15], AP=pikepdf.Dictionary(N=drawing),
        )  # fmt: skip
        notes.append(pdf.make_indirect(note))
    page.Annots = pdf.make_indirect(pikepdf.Array(notes))
    out = io.BytesIO()
    pdf.save(out)
    words = [w.text for w in opened(out.getvalue()).words(0) if w.source == "annotation"]
    assert words == ["August", "3rd,", "2018", "Ann", "Author"]


def test_a_layer_that_ocr_left_is_told_from_print() -> None:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Here")
    page.Contents = pdf.make_stream(b"BT 3 Tr /F1 20 Tf 100 600 Td (Here) Tj ET")
    pdf.pages.append(page)
    out = io.BytesIO()
    pdf.save(out)
    assert [w.invisible for w in opened(out.getvalue()).words(0)] == [True]
    assert [w.invisible for w in opened(pdf_bytes("Here")).words(0)] == [False]


@pytest.mark.parametrize(
    ("font", "traced"),
    [
        ("*Times New Roman-Bold-4711-Identity-H", True),
        ("Fd1234567", True),
        ("TimesNewRoman-Bold", False),
        ("Fdez-Regular", False),
    ],
)
def test_text_in_a_font_traced_from_a_scan_is_what_an_ocr_program_guessed(font: str, traced: bool) -> None:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Here")
    page.Resources.Font.F1.BaseFont = pikepdf.Name("/" + font)
    pdf.pages.append(page)
    out = io.BytesIO()
    pdf.save(out)
    assert [w.invisible for w in opened(out.getvalue()).words(0)] == [traced]


def test_passwords() -> None:
    locked = open_document(pdf_bytes("x", encryption=pikepdf.Encryption(user="u", owner="o")))
    assert isinstance(locked, Problem) and locked.code == "encrypted_file"
    assert len(opened(pdf_bytes("x", encryption=pikepdf.Encryption(user="", owner="o")))) == 1


def zip_of(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


def tar_of(*files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number, data in enumerate(files):
            entry = tarfile.TarInfo(f"{number}.pdf")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "empty_file", "once more"),
        (b"\0" * 5000, "empty_file", "once more"),
        (zip_of("word/document.xml"), "not_a_document", "Word"),
        (zip_of("a.pdf"), "not_a_document", "archive"),
        (tar_of(pdf_bytes("one"), pdf_bytes("two")), "not_a_document", "archive"),
        (bz2.compress(b"x"), "not_a_document", "archive"),
        (lzma.compress(b"x"), "not_a_document", "archive"),
        (b"\n<!DOCTYPE html><html>", "not_a_document", "web page"),
        (b"just text", "not_a_document", "neither"),
        (b"%PDF-1.7\n" + b"garbage " * 100, "unreadable_file", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"garbage", "unreadable_file", "damaged"),
        (b"\xff\xd8\xff\xe0" + b"garbage" * 50, "unreadable_file", "damaged"),
    ],
)
def test_what_cant_be_opened_has_a_code_and_a_sentence(data: bytes, code: str, says: str) -> None:
    problem = open_document(data)
    assert isinstance(problem, Problem)
    assert problem.code == code and says in problem.sentence and problem.sentence.endswith(".")


def test_a_pdf_without_pages_is_no_document() -> None:
    out = io.BytesIO()
    pikepdf.new().save(out)
    assert isinstance(open_document(out.getvalue()), Problem)


def test_a_cut_off_pdf_is_mended() -> None:
    data = pdf_bytes("Signed Here", "Second")
    document = opened(data[: data.rindex(b"xref")])
    assert [w.text for w in document.words(0)] == ["Signed", "Here"]


def test_poppler_reads_what_it_is_given() -> None:
    from pipeline.documents.pdf_pages import PopplerPages

    pages = PopplerPages.open(pdf_bytes("Signed Here", rotate=90))
    assert pages is not None and pages.sizes_pt == ((792.0, 612.0),)
    drawn = pages.render(0, 0.5)
    assert drawn.shape == (306, 396, 3)
    (first, _) = pages.words(0)
    box = first.box
    assert first.text == "Signed" and (drawn[round(box.y0 * 306) : round(box.y1 * 306) + 1] < 128).any()
    (expected, _) = opened(pdf_bytes("Signed Here", rotate=90)).words(0)
    assert abs(box.x0 - expected.box.x0) < 0.02 and abs(box.y0 - expected.box.y0) < 0.02


def test_a_huge_page_comes_smaller_and_a_huge_picture_is_refused() -> None:
    pdf = pikepdf.new()
    pdf.pages.append(pdf_page(pdf, "x", box=(0, 0, 14400, 14400)))
    out = io.BytesIO()
    pdf.save(out)
    document = opened(out.getvalue())
    assert document.size_pt(0) == (14400, 14400)
    header = bytearray(image_bytes("PNG", picture((10, 10))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    bomb = open_document(bytes(header))
    assert isinstance(bomb, Problem) and bomb.code == "unreadable_file"


# --- pictures that are stored otherwise than they are shown


@pytest.mark.parametrize("kind", ["TIFF", "JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_has_the_shape_in_which_it_is_shown(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = opened(image_bytes(kind, picture((120, 160)), exif=exif)).render(0, 72)
    height, width = page.shape[:2]
    assert (width > height) == (orientation >= 5), "turned on its side, not squeezed into the other shape"
    assert abs(max(height, width) / min(height, width) - 160 / 120) < 0.01


def test_pixels_of_a_fax_are_not_square() -> None:
    """204 dots an inch across, 98 down: A4 comes as 1686 by 1145 pixels."""
    document = opened(image_bytes("TIFF", picture((1686, 1145)), dpi=(204, 98)))
    width, height = document.size_pt(0)
    assert (round(width), round(height)) == (595, 841)
    assert document.render(0, 72).shape[:2] == (841, 595)


@pytest.mark.parametrize("tags", [{282: 204.0, 283: 98.0, 296: 1}, {}])
def test_a_fax_may_not_say_in_what_its_pixels_are_counted(tags: dict[int, float]) -> None:
    fax = image_bytes("TIFF", picture((1728, 1145), "1"), tiffinfo=tags, compression="group4")
    width, height = opened(fax).size_pt(0)
    assert 1.3 < height / width < 1.45
    landscape = opened(image_bytes("TIFF", picture((1720, 1145), "1"), compression="group4")).size_pt(0)
    assert landscape[0] > landscape[1]


def test_a_resolution_that_no_scanner_has_is_not_believed() -> None:
    width, height = opened(image_bytes("TIFF", picture((600, 800)), dpi=(300, 2))).size_pt(0)
    assert abs(width / height - 600 / 800) < 1e-6


# --- words that are not what they seem


def _with_unmapped_font(text: str) -> bytes:
    """A page that shows `text` in a font whose glyphs stand for no characters, as some editors write it."""
    from fontTools.ttLib import TTFont

    file = Path(__file__).resolve().parents[2] / "sample_scans" / "fonts" / "arimo.ttf"
    font = TTFont(file)
    glyphs = b"".join(font.getGlyphID(font.getBestCmap()[ord(c)]).to_bytes(2, "big") for c in text)
    pdf = pikepdf.new()
    name, of = pikepdf.Name, pikepdf.Dictionary
    descriptor = of(Type=name.FontDescriptor, FontName=name.Arimo, Flags=32, FontBBox=[0, -200, 1000, 900],
                    ItalicAngle=0, Ascent=900, Descent=-200, CapHeight=700, StemV=80,
                    FontFile2=pdf.make_stream(file.read_bytes()))  # fmt: skip
    inner = of(Type=name.Font, Subtype=name.CIDFontType2, BaseFont=name.Arimo, CIDToGIDMap=name.Identity, DW=600,
               CIDSystemInfo=of(Registry="Adobe", Ordering="Identity", Supplement=0),
               FontDescriptor=pdf.make_indirect(descriptor))  # fmt: skip
    outer = of(Type=name.Font, Subtype=name.Type0, BaseFont=name.Arimo, Encoding=name("/Identity-H"),
               DescendantFonts=[pdf.make_indirect(inner)])  # fmt: skip
    page = pdf_page(pdf, "Signed:")
    page.Resources.Font.F2 = pdf.make_indirect(outer)
    page.contents_add(pdf.make_stream(b"BT /F2 20 Tf 100 500 Td <" + glyphs.hex().encode() + b"> Tj ET"))
    pdf.pages.append(page)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_words_in_a_font_without_a_unicode_map_are_left_to_the_pixels() -> None:
    document = opened(_with_unmapped_font("AnnAuthor"))
    assert [word.text for word in document.words(0)] == ["Signed:"]
    page = document.render(0, 72)
    assert (page[270:300, 100:220] < 128).any(), "what the font shows is on the page all the same"


def test_words_of_a_stamp_are_told_from_words_of_fields() -> None:
    pdf = pikepdf.new()
    page = pdf_page(pdf, "Signed:")
    shown = pdf.make_stream(b"BT /F1 10 Tf 2 5 Td (Digitally signed by Ann Author) Tj ET")
    shown.Type, shown.Subtype, shown.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 200, 20]
    shown.Resources = page.Resources
    value = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig))
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, T="Signature1", F=4, V=value,
            Rect=[200, 590, 400, 610], AP=pikepdf.Dictionary(N=shown),
        )
    )  # fmt: skip
    page.Annots = pdf.make_indirect(pikepdf.Array([field]))
    pdf.pages.append(page)
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
    out = io.BytesIO()
    pdf.save(out)
    words = opened(out.getvalue()).words(0)
    assert [w.text for w in words if w.source == "signature_field"] == ["Digitally", "signed", "by", "Ann", "Author"]


def shell(words: str, xfa: bool = False, rendered_elsewhere: bool = False, view: str = "", pages: int = 1) -> bytes:
    """A PDF of pages with these words that holds an XFA form, or (`view`: how they are shown) other files."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.pages.append(pdf_page(pdf, words))
    if xfa:
        form = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pdf.make_stream(b"<xdp:xdp/>"))
        pdf.Root.AcroForm = pdf.make_indirect(form)
        pdf.Root.NeedsRendering = rendered_elsewhere
    if view:
        pdf.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection, View=pikepdf.Name(view))
        for name in ("signed.pdf", "letter\u202efdp.exe"):
            pdf.attachments[name] = pikepdf.AttachedFileSpec(
                pdf, b"x", filename=name, description="", mime_type="", creation_date="", mod_date=""
            )
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (shell("Please wait... If this message is not replaced", xfa=True), "XFA"),
        (shell("Bitte warten", xfa=True, rendered_elsewhere=True), "XFA"),
        (shell("For the best experience, open this in Acrobat", view="/D"), "(letter\\u202efdp.exe, signed.pdf)"),
    ],
)  # fmt: skip
def test_a_page_that_stands_for_something_else_says_for_what(data: bytes, says: str) -> None:
    problem = open_document(data)
    assert isinstance(problem, Problem) and problem.code == "not_a_document" and says in problem.sentence


@pytest.mark.parametrize(
    "data",
    [
        shell("Publication Agreement", xfa=True),
        shell("a b c d e f g h i", xfa=True, rendered_elsewhere=True),
        shell("Please wait", xfa=True, pages=2),
        shell("Publication Agreement", view="/H"),
        shell("a b c d e f g h i", view="/D"),
    ],
)
def test_a_page_that_is_the_document_is_read_whatever_else_the_file_holds(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SHELL_WORDS", 8)
    assert opened(data).words(0)


def test_a_fax_in_a_pdf_whose_dots_were_taken_for_square_is_as_high_as_the_sheet() -> None:
    fax = io.BytesIO()
    picture((1728, 1078), "1").save(fax, "PDF", resolution=204)
    width, height = opened(fax.getvalue()).size_pt(0)
    assert height / width == pytest.approx(1078 / 98 / (1728 / 204), rel=0.01)
    shown = opened(fax.getvalue()).render(0, 72)
    assert shown.shape[0] / shown.shape[1] == pytest.approx(height / width, rel=0.01)


@pytest.mark.parametrize(("size", "mode"), [((1728, 1078), "L"), ((1700, 1060), "1"), ((1728, 2200), "1")])
def test_other_pictures_in_a_pdf_keep_their_shape(size: tuple[int, int], mode: str) -> None:
    scan = io.BytesIO()
    picture(size, mode).save(scan, "PDF", resolution=204)
    width, height = opened(scan.getvalue()).size_pt(0)
    assert height / width == pytest.approx(size[1] / size[0], rel=0.01)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0, 4000.0])
def test_a_tiff_in_floating_point_numbers_is_as_dark_as_it_is(white: float) -> None:
    gray = np.full((1100, 850), white, np.float32)
    gray[200:300, 100:700] = 0.1 * white
    gray[0, 0] = np.nan
    shown = opened(image_bytes("TIFF", Image.fromarray(gray))).render(0, 100)
    height, width = shown.shape[:2]
    assert shown[round(0.23 * height), width // 2, 0] == pytest.approx(25, abs=12)
    assert shown[round(0.5 * height), width // 2, 0] > 230


def test_whole_numbers_of_32_bits_that_count_to_255_are_not_black() -> None:
    gray = np.full((1100, 850), 250, np.int32)
    gray[200:300, 100:700] = 20
    shown = opened(image_bytes("TIFF", Image.fromarray(gray, "I"))).render(0, 100)
    assert shown[shown.shape[0] // 2, shown.shape[1] // 2, 0] > 230
