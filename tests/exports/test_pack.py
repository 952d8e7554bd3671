"""The permissions folder: what is in it, how it came about, and when nothing is written."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from pipeline.datamodel.records import FilePart, Roster, Settings, Source, Volume
from pipeline.decisions.acceptances import acceptances
from pipeline.decisions.answers import Answer
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.review_session import ReviewSession
from pipeline.documents.picture_pdf import pictures_as_pdf
from pipeline.exports.pack import NotComplete, PackError, as_pdf, pack, read_manifest
from pipeline.results.coverage import coverage
from pipeline.roster.reader import mark_states
from tests.material.review_batch import SETTINGS
from tests.material.whole_batch import article, picture, whole_batch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return whole_batch(tmp_path)


def packed(folder: Path, partial: bool = False) -> object:
    with open_results(folder) as results:
        return pack(results, "312", folder, partial)


def test_every_article_has_its_file(folder: Path) -> None:
    done = packed(folder)
    keys = [article(n).key for n in range(5)]
    assert {p.name for p in (folder / "v312permissions").iterdir()} == {f"{key}Permission.pdf" for key in keys}
    assert [line.how for line in done.lines] == ["copied", "cut out", "cut out", "from a picture", "from a picture"]  # type: ignore[attr-defined]
    source = folder.parent / "returns" / "own one.pdf"
    assert (folder / "v312permissions" / f"{keys[0]}Permission.pdf").read_bytes() == source.read_bytes()
    for key in keys:
        with pikepdf.open(folder / "v312permissions" / f"{key}Permission.pdf") as pdf:
            assert len(pdf.pages) == (1 if key == keys[3] else 2)


def test_manifest_and_zip_hold_what_the_folder_holds(folder: Path) -> None:
    packed(folder)
    lines = read_manifest(folder / "v312permissions-manifest.csv")
    with zipfile.ZipFile(folder / "v312permissions.zip") as archive:
        assert sorted(archive.namelist()) == sorted(f"v312permissions/{line.file}" for line in lines)
        for line in lines:
            data = archive.read(f"v312permissions/{line.file}")
            assert hashlib.sha256(data).hexdigest() == line.sha256 and len(data) == line.bytes
            assert (folder / "v312permissions" / line.file).read_bytes() == data


def test_what_is_taken_against_a_finding_is_in_the_manifest_with_its_reason(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, ("", "unsigned", "", "", ""))
    with open_results(folder) as results:
        session = ReviewSession.of(results.store)
        number = next(n for n in session.order if session.rows[n].row["flags"] == "unsigned")
        session.answer(number, 0, Answer("unsigned", "confirm", reason="signed on paper"), "ines", "step-0001")
    done = packed(folder)
    (line,) = done.accepted  # type: ignore[attr-defined]
    assert (line.article, line.accepted) == (article(1).key, "unsigned: signed on paper (ines)")
    assert [m.accepted for m in read_manifest(folder / "v312permissions-manifest.csv") if m.accepted] == [line.accepted]


@pytest.mark.parametrize("option", ["notes", "off"])
def test_what_the_settings_let_through_unsigned_is_in_the_manifest(tmp_path: Path, option: str) -> None:
    settings = replace(SETTINGS, **{option: frozenset({"unsigned"})})  # type: ignore[arg-type]
    folder = whole_batch(tmp_path, ("", "unsigned", "", "", ""), settings=settings)
    (line,) = packed(folder).accepted  # type: ignore[attr-defined]
    assert line.article == article(1).key and "unsigned" in line.accepted and "settings" in line.accepted


def test_the_only_volume_need_not_be_named(folder: Path) -> None:
    with open_results(folder) as results:
        assert pack(results, "", folder).folder.name == "v312permissions"


def test_a_volume_that_the_roster_does_not_tell_names_the_folder(folder: Path) -> None:
    with open_results(folder) as results:
        articles = tuple(replace(one, volume=Volume()) for one in results.roster.articles)
        without = replace(results, roster=replace(results.roster, articles=articles))
        done = pack(without, "77", folder)
        assert done.folder.name == "v77permissions" and len(done.packed) == 5
        assert pack(without, "", folder).folder.name == "permissions"


def test_a_note_that_is_one_by_itself_is_no_acceptance() -> None:
    row = {"flags": "signature_script_font; from_text", "signature": "script_font", "date": pd.Timestamp("2026-05-01")}
    assert acceptances(row, [], Settings(today=date(2026, 6, 1)).notes) == []
    (line,) = acceptances({**row, "flags": "signature_typed"}, [], frozenset({"signature_typed"}))
    assert line.startswith("signature typed")


def test_packing_again_gives_the_same_bytes(folder: Path) -> None:
    packed(folder)
    before = (folder / "v312permissions.zip").read_bytes()
    packed(folder)
    assert (folder / "v312permissions.zip").read_bytes() == before


def test_refuses_while_something_is_missing_or_open(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, ("", "unsigned", "", "", ""), missing=1)
    with pytest.raises(NotComplete) as refused:
        packed(folder)
    assert article(1).key in str(refused.value) and "unsigned" in str(refused.value)
    assert article(5).key in str(refused.value) and "2 articles" in str(refused.value)
    assert not (folder / "v312permissions").exists() and not (folder / "v312permissions.zip").exists()
    done = packed(folder, partial=True)
    assert len(done.packed) == 4 and {line.detail for line in done.left_out} == {"open", "missing"}  # type: ignore[attr-defined]


def test_a_long_key_gives_a_short_file_name(tmp_path: Path) -> None:
    long = "k\u00e9y" * 100
    assert len(long.encode()) > 255
    with open_results(whole_batch(tmp_path)) as results:
        named = [replace(a, key=long + str(n)) for n, a in enumerate(results.roster.articles)]
        roster = replace(results.roster, articles=tuple(named))
        keys = {a.key: b.key for a, b in zip(results.roster.articles, named, strict=True)}
        table = results.table.assign(article=results.table["article"].map(keys).astype("string"))
        done = pack(replace(results, roster=roster, table=table), "312", tmp_path / "packed")
    names = [path.name for path in (tmp_path / "packed" / "v312permissions").iterdir()]
    assert len(names) == 5 == len(done.packed), "each its own"
    assert all(len(name.encode()) < 160 and name.endswith("Permission.pdf") for name in names)


def test_withdrawn_and_excused_are_left_out_and_listed(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, missing=1)
    marks = {"articles": {"withdrawn": [article(0).key], "excused": [article(5).key]}}
    with open_results(folder) as results:
        marked = replace(results, roster=mark_states(results.roster, marks))
        done = pack(marked, "312", folder)
    assert [(line.article, line.detail) for line in done.left_out] == [
        (article(0).key, "withdrawn"), (article(5).key, "excused")
    ]  # fmt: skip
    assert len(done.packed) == 4


def test_nothing_that_somebody_put_there_is_lost(folder: Path) -> None:
    packed(folder)
    mine = folder / "v312permissions" / "otherPermission.pdf"
    mine.write_bytes(b"%PDF by hand")
    with pytest.raises(PackError, match="otherPermission"):
        packed(folder)
    assert mine.exists()


def test_a_file_that_changed_since_is_not_sent(folder: Path) -> None:
    (folder.parent / "returns" / "own one.pdf").write_bytes(b"%PDF-1.4 another")
    with pytest.raises(PackError, match=r"own one\.pdf is not there any more as it was read"):
        packed(folder)
    assert not (folder / "v312permissions").exists()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 2])
def test_a_photo_stands_upright(orientation: int) -> None:
    from PIL import ImageOps

    data = picture("jpg", orientation)
    page = pypdfium2.PdfDocument(pictures_as_pdf(data))[0]
    shown = page.render(scale=300 / max(page.get_size())).to_pil().convert("L")
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L")
    assert abs(shown.width - upright.width) <= 1 and abs(shown.height - upright.height) <= 1
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        place = (int(x * shown.width), int(y * shown.height))
        assert abs(shown.getpixel(place) - upright.getpixel(place)) < 20


def test_two_photos_of_one_agreement_become_one_file(tmp_path: Path) -> None:
    files = []
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(picture("jpg", 1 if name == "a.jpg" else 6))
        files.append((str(tmp_path / name), hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()))
    rest = (FilePart("b.jpg", *files[1]),)
    data, how, detail = as_pdf(Source("a.jpg", files[0][0], files[0][1], 1, rest=rest))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 2 and (how, detail) == ("put together", "a.jpg; b.jpg")


def test_a_jpeg_is_not_encoded_again() -> None:
    data = picture("jpg", 6)
    with pikepdf.open(io.BytesIO(pictures_as_pdf(data))) as pdf:
        assert pdf.pages[0].Resources.XObject.Im.read_raw_bytes() == data


def test_the_better_return_counts(folder: Path) -> None:
    with open_results(folder) as results:
        table = results.table.copy()
        table["article"] = article(0).key
        table.loc[0, ["status", "flags"]] = ["review", "undated"]
        one, *others = coverage(table, Roster((article(0), article(1))))
    assert one.state == "valid" and one.row is not None and table["status"].iloc[one.row] == "clear"
    assert table["date"].iloc[one.row] == table.loc[1:, "date"].max() and len(one.others) == 4
    assert others[0].state == "missing"


def test_pages_between_are_left_out(tmp_path: Path) -> None:
    """Agreements in stacks: all first pages, then all second ones."""
    for name, data in (("stack.pdf", sized_pages()), ("stack.tif", sized_pictures())):
        (tmp_path / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        source = Source(f"{name}#2", str(tmp_path / name), digest, len(data), (2, 4))
        made, _, pages = as_pdf(source)
        assert pages == "pages 2,4"
        with pikepdf.open(io.BytesIO(made)) as pdf:
            assert [round(float(page.mediabox[2])) for page in pdf.pages] == [500, 700]


def sized_pages() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for number in range(1, 5):
            pdf.add_blank_page(page_size=(300 + 100 * number, 800))
        pdf.save(out)
    return out.getvalue()


def sized_pictures() -> bytes:
    out = io.BytesIO()
    first, *others = [Image.new("1", (300 + 100 * number, 800), 1) for number in range(1, 5)]
    first.save(out, "TIFF", save_all=True, append_images=others, dpi=(72, 72))
    return out.getvalue()
