"""A made-up batch in a results file, with pages and crops drawn by code, for tests of the review page."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf

from pipeline.checks.check import check_batch
from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import (
    Article,
    Box,
    Candidate,
    ExtraField,
    FieldReading,
    InkKind,
    LineReading,
    Observation,
    PageFit,
    Resolution,
    Roster,
    Settings,
    SignatureKind,
    SignatureReading,
    Source,
    Verdict,
    Volume,
)
from pipeline.decisions.review_session import ReviewSession
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.forms.form import FormPage
from pipeline.forms.reader import FORMS_FOLDER, known_forms, load_forms
from pipeline.results.store import Store, open_store
from pipeline.run import keep_reading

VOLUME = Volume("demo-2026", "Demo Conference", "312", 2026, date(2026, 7, 6), date(2026, 7, 9))
SETTINGS = Settings(today=date(2026, 6, 20))
PER_FILE = 50
"""Returns in one file: `batch-1.pdf#7`."""
FIRST = ["Maren", "Tobias", "Ilse", "Ruben", "Petra", "Olaf", "Nadia", "Emil", "Greta", "Hugo", "Selma", "Anton"]
LAST = [
    "Fjordal",
    "Okonjo",
    "Brandvik",
    "Salcedo",
    "Teleki",
    "Marchetti",
    "Obradov",
    "Quist",
    "Yamagata",
    "Lindqvist",
    "Haddad",
    "Novotna",
]
TOPIC = [
    "Sparse",
    "Robust",
    "Causal",
    "Online",
    "Private",
    "Neural",
    "Convex",
    "Bayesian",
    "Federated",
    "Tensor",
    "Spectral",
    "Random",
]
THING = [
    "Bandits",
    "Kernels",
    "Forests",
    "Flows",
    "Graphs",
    "Proxies",
    "Ensembles",
    "Embeddings",
    "Sketches",
    "Policies",
    "Samplers",
    "Trees",
]

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Made:
    """One made-up return: what was read from it and what that means."""

    observation: Observation
    resolution: Resolution


def roster(count: int) -> Roster:
    return Roster(tuple(_article(n) for n in range(count)))


def _article(n: int) -> Article:
    authors = tuple(f"{FIRST[(n + k) % 12]} {LAST[(n * 5 + k * 7) % 12]}" for k in range(1 + n % 3))
    family = authors[0].split()[1].casefold()
    title = f"{TOPIC[n % 12]} {THING[(n // 12 + n) % 12]} with {TOPIC[(n * 7 + 3) % 12]} Side Information, Part {n + 1}"
    return Article(f"{family}{n:04d}", title, authors, VOLUME)


# --- what stands on the pages -------------------------------------------------------------------------------------


@cache
def _form_page(number: int) -> FormPage:
    return load_forms()[0].pages[number - 1]


def _field_box(name: str, width: float = 0.42) -> tuple[int, Box]:
    """A field's writing: its page, and a box on that page, which is upright and exactly the form's."""
    page = next(p for p in load_forms()[0].pages if any(f.name == name for f in p.fields))
    field = next(f for f in page.fields if f.name == name)
    y0, y1 = field.zone[1] / page.height, field.zone[3] / page.height
    return page.number, Box(0.36, y0 + 0.1 * (y1 - y0), 0.36 + width, y1 - 0.05 * (y1 - y0))


def _written(text: str, width: int = 520, height: int = 60, seed: int = 0) -> Gray:
    """Writing in a plotter's script, slanted."""
    image = np.full((height, width), 255, np.uint8)
    scale = min(1.15, 0.9 * width / max(1, cv2.getTextSize(text, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.0, 2)[0][0]))
    cv2.putText(image, text, (8, int(height * 0.68)), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, scale, 40, 2, cv2.LINE_AA)
    slant = np.array([[1, -0.12 - 0.02 * (seed % 5), 4], [0, 1, 0]], np.float64)
    return np.asarray(cv2.warpAffine(image, slant, (width, height), borderValue=255), np.uint8)


def _png(image: Gray) -> bytes:
    return bytes(cv2.imencode(".png", image)[1].tobytes())


def _fit(first: int, number: int, turn: int) -> PageFit:
    page = _form_page(number)
    upright = np.diag([1 / page.width, 1 / page.height, 1.0])
    turned = np.array([[0, 1, 0], [-1, 0, 1], [0, 0, 1.0]]) if turn == 90 else np.eye(3)
    matrix = (turned @ upright).ravel()
    return PageFit(first + number - 1, number, 0.97, tuple(float(v) for v in matrix), turn)


def _reading(name: str, text: str, kind: InkKind, page_of: int, seed: int) -> FieldReading:
    if not text:
        return FieldReading()
    number, box = _field_box(name)
    page = page_of + number - 1
    line = LineReading(text, 0.9, "ppocr" if kind == "handwritten" else "tesseract", kind, page, box)
    return FieldReading((line,), kind, page, box, _crop(text, seed % 5))


@cache
def _crop(text: str, seed: int) -> bytes:
    return _png(_written(text, seed=seed))


def _one_ink() -> npt.NDArray[np.bool_]:
    """Ink, one pixel a point: the same for all that ask, as if one page was signed and scanned for several."""
    mask = np.zeros((792, 612), np.bool_)
    mask[400:430, 200:330] = _written("M. Fjordal", 130, 30) < 128
    return mask


def _further(name: str, kind: Literal["text", "tick"], label: str, value: str = "") -> ExtraField:
    return ExtraField(name, kind, label, required=True, form_page=1, value=value)


def own_form(folder: Path) -> Path:
    """A folder with the form `own`: the packaged one, with an e-mail address to write and a box to tick on page 1."""
    own = Path(shutil.copytree(FORMS_FOLDER / "pmlr", folder / "forms" / "own"))
    text = (own / "form.toml").read_text(encoding="utf-8").replace('name = "pmlr"', 'name = "own"')
    fields = [("email", "text", "E-mail:", [200, 352, 500, 366]), ("agreed", "tick", "Agreed:", [180, 352, 192, 366])]
    for name, kind, label, zone in fields:
        text = text.replace("[[area]]", f'[[field]]\nname = "{name}"\nkind = "{kind}"\npage = 1\nlabel = "{label}"\n'
                            f"zone = {zone}\n\n[[area]]", 1)  # fmt: skip
    text = text.replace("[[area]]", '[[area]]\nlayout = "boxes"', 1)
    (own / "form.toml").write_text(text, encoding="utf-8")
    return folder / "forms"


def _candidates(day: date, sure: float) -> tuple[Candidate, ...]:
    other = day + timedelta(days=30)
    days = [(day, sure), (other, 1 - sure)] if sure < 0.99 else [(day, sure)]
    return tuple(Candidate(d.isoformat(), spoken(d), p) for d, p in days)


FAULTS = ("date", "unsure", "name", "unsigned", "typed", "title", "two", "undated", "slip", "date")
"""What is wrong with the flagged ones, in turn. All but `two` raise one flag."""


def make(n: int, article: Article, fault: str) -> Made:
    """The n-th return, with the given thing wrong, or nothing."""
    first = 1 + 2 * (n % PER_FILE)
    day = date(2026, 5, 1) + timedelta(days=(n * 3) % 30)
    if fault == "date":
        day = day.replace(year=2016)
    if fault == "one page":
        day = date(2026, 5, 10)
    sure_day = 0.62 if fault in ("unsure", "two") else 0.999
    name = "Ivo Sternberg" if fault in ("name", "two") else article.authors[0]
    title = article.title.replace("with", "vvith") if fault == "slip" else article.title
    title = "A Treatise on Something Else" if fault == "title" else title
    signature: SignatureKind = "none" if fault == "unsigned" else "typed" if fault == "typed" else "handwritten"
    written = "" if fault == "undated" else f"{day.day}/{day.month}/{day.year}"
    page, box = _field_box("signature", 0.3)
    signed = SignatureReading(
        signature, 0.02 if fault == "unsigned" else 0.995, page=first + page - 1 if signature != "none" else None,
        box=box if signature != "none" else None, crop=_crop(name, n % 5) if signature != "none" else b"",
    )  # fmt: skip
    seen = Observation(
        pages=2, form="pmlr", fits=(_fit(first, 1, 0), _fit(first, 2, 0)),
        title=_reading("title", title, "typed", first, n), name=_reading("name", name, "handwritten", first, n),
        signature=signed, date=_reading("date", written, "handwritten", first, n), seconds=0.4,
        page_fingerprint=page_fingerprint(_one_ink()) if fault == "one page" else b"",
    )  # fmt: skip
    if fault in ("blank field", "blank fields"):
        agreed = "" if fault == "blank fields" else "yes"
        seen = replace(
            seen, form="own", fits=tuple(replace(fit, form="own") for fit in seen.fits),
            extra_fields=(_further("email", "text", "E-mail:"), _further("agreed", "tick", "Agreed:", agreed)),
        )  # fmt: skip
    if fault == "no form":
        seen = replace(seen, form="", fits=())
    known = fault != "title"
    authors = () if fault in ("name", "two", "title") else (article.authors[0],)
    found = Resolution(
        article=article.key if known else "", article_confidence=0.7 if fault == "slip" else 0.9998 if known else 0.1,
        article_candidates=(Candidate(article.key, article.title, 0.98),),
        authors=authors, author_confidence=0.999 if authors else 0.1,
        author_candidates=tuple(Candidate(a, a, 0.5) for a in article.authors),
        day=None if fault == "undated" else day, date_confidence=0.0 if fault == "undated" else sure_day,
        date_candidates=() if fault == "undated" else _candidates(day, sure_day), date_order="as written",
    )  # fmt: skip
    return Made(seen, found)


# --- files --------------------------------------------------------------------------------------------------------


def write_pdf(path: Path, wrong: Sequence[str]) -> None:
    """Agreements of two pages, the blank form with some writing on it. Pages share their pictures."""
    pdf = pikepdf.new()
    pictures: dict[tuple[int, str], pikepdf.Object] = {}
    for fault in wrong:
        for number in (1, 2):
            without = {"unsigned": "signature", "undated": "date"}.get(fault, "") if number == 2 else ""
            if (number, without) not in pictures:
                pictures[number, without] = _picture(pdf, number, without)
            page = pdf.add_blank_page(page_size=(612, 792))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pictures[number, without]))
            page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /Im Do Q")
    pdf.save(path, static_id=True)


WRITING = (("title", "A Study of Things"), ("name", "M. Fjordal"), ("signature", "M. Fjordal"), ("date", "7/5/2026"))


def _picture(pdf: pikepdf.Pdf, number: int, without: str) -> pikepdf.Object:
    image = _form_page(number).print_image().copy()
    for name, text in WRITING:
        on, box = _field_box(name)
        if on == number and name != without:
            y, x = int(box.y0 * image.shape[0]), int(box.x0 * image.shape[1])
            part = image[y : y + 44, x : x + 400]
            image[y : y + 44, x : x + 400] = np.minimum(part, _written(text, 400, 44)[: part.shape[0]])
    jpeg = io.BytesIO(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes())
    stream = pdf.make_stream(
        jpeg.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=image.shape[1],
        Height=image.shape[0], ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    return pdf.make_indirect(stream)


# --- the batch ----------------------------------------------------------------------------------------------------


def faults(count: int, flagged: int) -> list[str]:
    """What is wrong with each return; the flagged ones stand evenly among the clear ones."""
    wrong = [FAULTS[k % len(FAULTS)] for k in range(flagged)]
    every = count / max(1, flagged)
    places = {int(k * every): fault for k, fault in enumerate(wrong)}
    return [places.get(n, "") for n in range(count)]


def made_batch(
    folder: Path,
    count: int,
    flagged: int,
    wrong: Sequence[str] = (),
    url: str = "",
    forms: Sequence[str] = (),
    has_roster: bool = True,
) -> Path:
    """A results folder with `count` returns, `flagged` of them for a person; `wrong` says instead what is wrong.

    `url`: of the database that has the results. `forms`: folders of forms beside the packaged one. Without a roster
    what was read is all that is known of titles and names.
    """
    results, returns = folder / "results", folder / "returns"
    returns.mkdir(parents=True, exist_ok=True)
    chosen = list(wrong) or faults(count, flagged)
    articles = roster(count + 3)
    shelf = []
    for place in range(0, count, PER_FILE):
        path = returns / f"batch-{place // PER_FILE + 1}.pdf"
        write_pdf(path, chosen[place : place + PER_FILE])
        shelf.append((path, hashlib.sha256(path.read_bytes()).hexdigest()))
    sources, made = [], []
    for n, fault in enumerate(chosen):
        path, sha256 = shelf[n // PER_FILE]
        first = 1 + 2 * (n % PER_FILE)
        name = f"{articles.articles[n].key}.pdf"
        sources.append(Source(name, str(path), sha256, path.stat().st_size, (first, first + 1)))
        made.append(make(n, articles.articles[n], fault))
    if not has_roster:
        made = [
            replace(
                one,
                resolution=replace(
                    one.resolution, article="", article_confidence=0.0, article_candidates=(), authors=()
                ),
            )
            for one in made
        ]
        articles = Roster()
    with open_store(results, url) as store:
        _fill(store, returns, sources, made, articles, replace(SETTINGS, forms=tuple(forms)))
    return results


def _fill(
    store: Store, returns: Path, sources: list[Source], made: list[Made], articles: Roster, settings: Settings
) -> None:
    run, named = store.begin_run([returns], sources, articles, settings)
    for source, one in zip(named, made, strict=True):
        keep_reading(store, run, source, one.observation)
    means = {source.name: one.resolution for source, one in zip(named, made, strict=True)}

    def judge(items: Sequence[tuple[Source, Observation]]) -> Sequence[Verdict]:
        judged = [(source, seen, means[source.name]) for source, seen in items]
        return check_batch(judged, articles, settings, known_forms(settings.forms))

    store.judged(run, judge)
    store.finish_run(run)


def number_with(session: ReviewSession, code: str) -> int:
    """The first return of the queue that has a flag of this code."""
    return next(n for n in session.order if any(f.code == code for f in session.rows[n].flags))
