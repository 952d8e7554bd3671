"""Other publishers' forms, from the blank agreement to the checked table: `python -m benchmarks.other_forms`.

Blanks of invented publishers are learned as `countersign form learn` does it, one of them from a scan; then returns of
each are made, handwritten and typed, as files, scans and photos, some of them unsigned or undated, and read with all
learned forms and the packaged one at hand. A figure is the share of returns in which what was found is what is there.

`FORMS=folder python -m benchmarks.other_forms` measures real blanks and returns instead: see `benchmarks.real_forms`.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rapidfuzz import fuzz

from benchmarks.real_forms import measure_folder
from pipeline.checks.check import check_batch
from pipeline.datamodel.phrases import MONTHS
from pipeline.datamodel.records import Article, Observation, Roster, Settings, Source, Verdict
from pipeline.extraction.observe import observe
from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import Form, FormField
from pipeline.forms.reader import load_forms
from pipeline.resolution.resolve import resolve
from pipeline.roster.reader import load_roster
from sample_scans.maker import hands
from sample_scans.maker.fonts import load_font
from sample_scans.maker.hand import Hand, text_width
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.page import Writing, printed
from sample_scans.maker.pdf import write_pdf
from sample_scans.maker.returns import Case, Look, Writings, make_return

ROSTER = Path(__file__).resolve().parent.parent / "sample_scans" / "roster.bib"
SCANNED_BLANKS = ("birkenhain",)
"""Forms that are learned from a scan of the blank."""
TODAY = date(2026, 11, 20)
FIRST_DAY, LAST_DAY = date(2026, 9, 1), date(2026, 10, 20)
WRITERS: tuple[Hand, ...] = (
    hands.ROUND_BLUE, hands.NARROW_BLUE, hands.SLOPING, hands.CURSIVE_BLUE, hands.PLAIN, hands.SCHOOL, hands.FELT_TIP,
    hands.STEADY, hands.TALL, hands.VIET,
)  # fmt: skip
VIEWS = (
    Look("scan", quality=55),
    Look("scan", dpi=200, grey=True, quality=50, skew_deg=-0.5),
    Look("scan", dpi=120, quality=50, skew_deg=0.7, paper=0.97),
    Look("photo", quality=55),
    Look("photo", quality=55, tilt=0.03, shadow=0.25),
    Look("scan", quality=50, turn=2),
    Look(),
)
MONTHS_IN: Mapping[str, Sequence[str]] = {
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}
LEAST_HEIGHT = 6.5
"""Capitals of handwriting are not made smaller than this, points: then the text is typed."""
SAME_TEXT = 75.0
"""rapidfuzz ratio from which a further field is read."""


@dataclass(frozen=True, slots=True)
class Made:
    """A made return with what stands on it."""

    case: Case
    article: Article
    author: str
    day: date | None
    signed: bool
    extra_fields: Mapping[str, str]
    """Further field, as the generator names it -> text; `x` for a tick."""


def blank(form: Form) -> bytes:
    """The blank agreement as a publisher gives it out: a PDF with text, or a scan."""
    if form.name in SCANNED_BLANKS:
        look = Look("scan", dpi=200, quality=75, skew_deg=0.3)
        return make_return(Case("blank.pdf", form=form.name, pages=tuple(p.number for p in form.pages), look=look))
    return write_pdf([printed(page) for page in form.pages])


def written_day(day: date, language: str, rng: Random) -> str:
    """A day in one of the ways in which people of a language write it, none of them ambiguous to them."""
    names = MONTHS_IN.get(language, MONTHS)
    if language == "en":
        return rng.choice(
            [f"{day.day} {names[day.month - 1]} {day.year}", f"{names[day.month - 1]} {day.day}, {day.year}",
             day.isoformat(), f"{day.year}/{day.month:02}/{day.day:02}"]
        )  # fmt: skip
    short = [f"{day.day}.{day.month}.{day.year}", f"{day.day:02}.{day.month:02}.{day.year}"]
    joint = f"{day.day}. {names[day.month - 1]}" if language == "de" else f"{day.day} {names[day.month - 1]}"
    return rng.choice([*short, f"{joint} {day.year}"])


def _writing(text: str, field: FormField, hand: Hand, typed: bool, rng: Random) -> Writing:
    """Text as it fits on the field's rule: smaller where it is long, typed where that would be too small."""
    x0, _, x1, _ = field.rule or field.zone
    room = x1 - x0 - 6
    height = rng.uniform(8.0, 10.5)
    height = min(height, height * room / max(1.0, text_width(text, hand, height)))
    aside = rng.uniform(-0.45, 0.45)
    if typed or height < LEAST_HEIGHT:
        size = min(10.0, room / load_font("arimo").width(text))
        free = room - size * load_font("arimo").width(text)
        return Writing(text, "type", size, dx=aside * free, dy=-1.0)
    free = room - text_width(text, hand, height)
    return Writing(text, "hand", height, dx=aside * free, dy=rng.uniform(-3, 3))


def _signature(author: str, field: FormField, hand: Hand, rng: Random) -> Writing:
    x0, _, x1, _ = field.rule or field.zone
    if x1 - x0 < 100:  # initials
        return Writing("".join(part[0] for part in author.split()), "hand", 11)
    if rng.random() < 0.35:
        return Writing("", "flourish", rng.uniform(17, 23), dx=rng.uniform(-30, 30), dy=rng.uniform(-3, 6))
    signing = hand.signing()
    height = min(rng.uniform(10, 14), 12 * (x1 - x0) / max(1.0, text_width(author, signing, 12)))
    return Writing(author, "hand", height, dx=rng.uniform(-12, 12), dy=rng.uniform(-2, 5))


def made_return(form: Form, number: int, roster: Roster) -> Made:
    """One return of a form, the same for the same number."""
    rng = Random(zlib.crc32(f"{form.name} {number}".encode()))
    article = rng.choice(usable(roster))
    author = rng.choice(article.authors)
    look = VIEWS[number % len(VIEWS)]
    typed, hand = look.medium == "digital", rng.choice(WRITERS)
    day: date | None = FIRST_DAY + timedelta(rng.randrange((LAST_DAY - FIRST_DAY).days))
    signed = number % 10 != 9
    day = None if number % 10 == 4 else day
    email = f"{author.split()[-1].lower()}@uni-{rng.choice(['ost', 'west', 'nord'])}.org"
    texts = {"title": article.title, "name": author, "block_name": author, "email": email, "number": str(100 + number),
             "affiliation": rng.choice(["University of Westmark", "Institut Nordhain", "Lakeside College"]),
             "witness_name": "Ada Witness"}  # fmt: skip
    placed: dict[str, Writing] = {}
    extra_fields: dict[str, str] = {}
    for field in (f for page in form.pages for f in page.fields):
        if field.kind == "tick":
            if rng.random() < 0.6:
                placed[field.name], extra_fields[field.name] = Writing("x", "hand", 8.0), "yes"
        elif field.kind == "signature":
            if signed or field.name != "signature":
                placed[field.name] = _signature(author if signed else "Ada Witness", field, hand, rng)
                extra_fields |= {field.name: "signed"} if field.is_extra else {}
        elif field.kind == "date":
            if day:
                placed[field.name] = _writing(written_day(day, form.language, rng), field, hand, typed, rng)
                extra_fields |= {field.name: day.isoformat()} if field.is_extra else {}
        else:
            placed[field.name] = _writing(texts[field.name], field, hand, typed, rng)
            extra_fields |= {field.name: texts[field.name]} if field.is_extra else {}
    own: Writings = {
        "title": placed.get("title"), "name": placed.get("name"), "block_name": placed.get("block_name"),
        "signature": placed.get("signature"), "date": placed.get("date"),
    }  # fmt: skip
    rest = tuple((name, writing) for name, writing in placed.items() if name not in own)
    pages = tuple(page.number for page in form.pages)
    case = Case(
        f"{form.name}-{number}.pdf", form=form.name, hand=hand, look=look, pages=pages, extra_fields=rest, **own
    )
    return Made(case, article, author, day, signed, extra_fields)


def usable(roster: Roster) -> list[Article]:
    """Articles of the volume that is being collected, whose title and authors every hand can write."""
    own = [a for a in roster.articles if a.volume.year == TODAY.year]
    return [a for a in own if f"{a.title}{''.join(a.authors)}".isascii() and len(a.title) < 75]


# --- reading and scoring ------------------------------------------------------------------------------------------


def learned(folder: Path, names: Sequence[str]) -> tuple[Form, ...]:
    """The packaged form and those learned from the blanks, written below `folder`."""
    for name in names:
        learn_form(blank(MADE_FORMS[name]), name, folder / name.replace(" ", "_"))
    return load_forms((folder,))


def field_names(made: Form, found: Form) -> dict[str, str]:
    """The generator's name of each field -> the learned one's that lies over it."""
    names = {}
    for page in made.pages:
        for field in page.fields:
            x0, y0, x1, y1 = field.rule or field.zone
            x, y = (x0 + x1) / 2, (y0 + y1) / 2 - (0 if field.kind == "tick" else 4)
            over = [
                f for f in found.pages[page.number - 1].fields
                if f.zone[0] <= x <= f.zone[2] and f.zone[1] <= y <= f.zone[3]
            ]  # fmt: skip
            names[field.name] = over[0].name if over else ""
    return names


def scores(made: Made, verdict: Verdict, names: Mapping[str, str]) -> dict[str, bool]:
    """Measure -> whether it came out right, for one return."""
    seen, found = verdict.observation, verdict.resolution
    values = {field.name: field.value for field in seen.extra_fields}
    right = {
        "form": seen.form == made.case.form,
        "date": found.day == made.day,
        "signature": (seen.signature.kind in ("handwritten", "script_font")) == made.signed,
        "article": found.article == made.article.key,
        "author": found.authors == (made.author,),
    }
    for name, learned_name in names.items():
        if learned_name in ("", "title", "name", "block_name", "signature", "date"):
            continue
        value, want = values.get(learned_name, ""), made.extra_fields.get(name, "")
        kind = "further text" if want not in ("", "yes", "signed") else "further mark"
        same = fuzz.ratio(value.lower(), want.lower()) >= SAME_TEXT if kind == "further text" else value == want
        right[f"{kind} {name}"] = same
    if made.signed and made.day:
        right["not altered"] = "form_altered" not in [flag.code for flag in verdict.flags]
    return right


def read_all(made: Sequence[Made], forms: Sequence[Form], roster: Roster) -> list[Verdict]:
    """The made returns read as one batch."""
    items: list[tuple[Source, Observation]] = []
    for one in made:
        data = make_return(one.case)
        source = Source(one.case.file, one.case.file, f"{zlib.crc32(data):064x}", len(data))
        items.append((source, replace(observe(source, data, forms), seconds=0.0)))
    settings = Settings(today=TODAY, opened=date(2026, 8, 1))
    found = resolve(items, roster, settings, forms)
    judged = [(source, seen, one) for (source, seen), one in zip(items, found, strict=True)]
    return check_batch(judged, roster, settings, forms)


def measure(
    count: int, names: Sequence[str], folder: Path, misses: bool = False
) -> dict[str, dict[str, tuple[int, int]]]:
    """Form -> measure -> (right, of how many)."""
    roster = load_roster(ROSTER)
    forms = learned(folder, names)
    table: dict[str, dict[str, tuple[int, int]]] = {}
    for name in names:
        made = [made_return(MADE_FORMS[name], number, roster) for number in range(count)]
        form = next(form for form in forms if form.name == name)
        known = field_names(MADE_FORMS[name], form)
        sums: dict[str, list[bool]] = defaultdict(list)
        for one, verdict in zip(made, read_all(made, forms, roster), strict=True):
            for what, right in scores(one, verdict, known).items():
                sums[what.rpartition(" ")[0] if what.startswith("further") else what].append(right)
                if misses and not right:
                    seen = verdict.observation
                    print(f"{one.case.file}: {what}: {seen.form} day {verdict.resolution.day} for {one.day} "
                          f"({seen.date.text!r}), {seen.signature.kind}, {seen.title.text[:40]!r}, {seen.name.text!r}, "
                          f"{[(f.name, f.value) for f in seen.extra_fields]}")  # fmt: skip
        table[name] = {what: (sum(some), len(some)) for what, some in sums.items()}
    return table


MEASURES = ("form", "date", "signature", "article", "author", "further text", "further mark", "not altered")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=21, help="returns of each form")
    parser.add_argument("--only", nargs="*", default=list(MADE_FORMS), help="names of forms")
    parser.add_argument("--misses", action="store_true", help="say what came out wrong")
    options = parser.parse_args()
    if real := os.environ.get("FORMS"):
        with TemporaryDirectory() as folder:
            print("\n".join(measure_folder(Path(real), Path(folder))))
        return
    with TemporaryDirectory() as folder:
        table = measure(options.count, options.only, Path(folder), options.misses)
    print("form".ljust(14) + "".join(what.rjust(14) for what in MEASURES))
    for name, row in table.items():
        cells = [f"{row[what][0]}/{row[what][1]}" if what in row else "-" for what in MEASURES]
        print(name.ljust(14) + "".join(cell.rjust(14) for cell in cells))


if __name__ == "__main__":
    main()
