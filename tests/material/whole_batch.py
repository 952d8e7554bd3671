"""A small batch whose returns are files of all kinds, in a results folder, for tests of what leaves the program."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from pipeline.checks.check import check_batch
from pipeline.datamodel.records import Article, Observation, Roster, Settings, Source, Verdict
from pipeline.forms.reader import load_forms
from pipeline.intake.sources import find_sources
from pipeline.results.store import open_store
from pipeline.run import keep_reading
from tests.material.review_batch import SETTINGS, Made, make, roster, write_pdf


def picture(kind: str, orientation: int = 1) -> bytes:
    """A picture whose left half is dark, as it is stored; JPEG with an EXIF orientation, PNG, or TIFF of two pages."""
    image = Image.new("L", (300, 200), 255)
    image.paste(40, (0, 0, 150, 200))
    out = io.BytesIO()
    if kind == "jpg":
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(out, "JPEG", exif=exif)
    elif kind == "tif":
        image.convert("1").save(out, "TIFF", save_all=True, append_images=[image.convert("RGB")])
    else:
        image.save(out, "PNG")
    return out.getvalue()


def whole_batch(
    folder: Path, wrong: Sequence[str] = ("", "", "", "", ""), missing: int = 0, settings: Settings = SETTINGS
) -> Path:
    """Results of five returns: a PDF of its own, two in one PDF, a turned JPEG, a TIFF. `missing`: articles more."""
    returns, results = folder / "returns", folder / "results"
    returns.mkdir(parents=True)
    write_pdf(returns / "own one.pdf", wrong[:1])
    write_pdf(returns / "both.pdf", wrong[1:3])
    (returns / "photo.jpg").write_bytes(picture("jpg", 6))
    (returns / "fax.tif").write_bytes(picture("tif"))
    places: list[tuple[str, tuple[int, ...]]] = [
        ("own one.pdf", ()), ("both.pdf", (1, 2)), ("both.pdf", (3, 4)), ("photo.jpg", ()), ("fax.tif", ())
    ]  # fmt: skip
    articles = roster(len(places) + missing)
    sources, made = [], []
    for n, ((file, pages), fault) in enumerate(zip(places, wrong, strict=True)):
        path = returns / file
        name = file if not pages else f"{file}#{(pages[0] + 1) // 2}"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.append(Source(name, str(path), digest, path.stat().st_size, pages))
        made.append(make(n, articles.articles[n], fault))
    fill(results, returns, sources, made, articles, settings)
    return results


def two_returns(folder: Path) -> Path:
    """Results of a PDF and a photo, each in a file of its own, as a run finds them."""
    returns = folder / "returns"
    returns.mkdir()
    write_pdf(returns / "own one.pdf", [""])
    (returns / "photo.jpg").write_bytes(picture("jpg"))
    articles = roster(3)
    made = [make(n, articles.articles[n], "") for n in range(2)]
    fill(folder / "results", returns, find_sources([returns]), made, articles)
    return folder / "results"


CLOUD_MAIL = (
    b"From: Ada Example <ada@example.org>\r\nTo: chair@example.org\r\nSubject: my agreement\r\n"
    b"Date: Mon, 1 Jun 2026 10:00:00 +0000\r\n\r\nIt is here: https://drive.google.com/file/d/abc\r\n"
)
"""A mail that holds no return but says where one is: it is read without opening any page."""


def fill(results: Path, returns: Path, sources: Sequence[Source], made: Sequence[Made], articles: Roster,
         settings: Settings = SETTINGS) -> None:  # fmt: skip
    """A results folder with these readings and what they mean; the flags are the real checks'."""
    with open_store(results) as store:
        run, _ = store.begin_run([returns], sources, articles, settings)
        for source, one in zip(sources, made, strict=True):
            keep_reading(store, run, source, one.observation)
        means = {(s.path, s.pages): one.resolution for s, one in zip(sources, made, strict=True)}

        def judge(items: Sequence[tuple[Source, Observation]]) -> Sequence[Verdict]:
            judged = [(s, seen, means[s.path, s.pages]) for s, seen in items]
            return check_batch(judged, articles, settings, load_forms())

        store.judged(run, judge)
        store.finish_run(run)


def article(number: int) -> Article:
    return roster(number + 1).articles[number]
