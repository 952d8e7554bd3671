"""Blank agreements of invented publishers, one for each way in which forms set labels and places to write.

They are there to be learned: each has, with its sheets, where an author writes title, name, signature and date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.forms.form import Zone
from sample_scans.maker.fonts import load_font
from sample_scans.maker.other_forms import A4, BOLD, LETTER, SANS, SERIF, framed, ruled
from sample_scans.maker.sheet import Bar, Entry, Item, Sheet, Typing

TEXT_PT = 10.5
LEADING = 14.0
CLAUSES = (
    "The author grants the press the right to print the paper and to keep it in its public archive, in all languages",
    "and in all forms that are known today or become known later, for as long as the law protects it.",
    "The author states that the paper is new, that nobody else has been given the same rights, and that it harms no",
    "rights of others. Where it quotes from works of others, the author has asked them and says so in the paper.",
    "The author may show the paper on pages of their own, and lend it to students and to colleagues at any time.",
)
IN_LANGUAGE: Mapping[str, Sequence[str]] = {
    "it": (
        "L'autore concede alla casa editrice il diritto di stampare il contributo e di conservarlo nel suo archivio",
        "pubblico, in tutte le lingue e in tutte le forme oggi note, per la durata stabilita dalla legge.",
        "L'autore dichiara che il contributo non lede i diritti di altri e che non è stato ceduto ad altri editori.",
    ),
    "es": (
        "El autor concede a la editorial el derecho de imprimir el trabajo y de guardarlo en su archivo público, en",
        "todas las lenguas y en todas las formas que hoy se conocen, por el tiempo que la ley lo proteja.",
        "El autor declara que el trabajo no lesiona los derechos de otros y que no lo ha cedido a otra editorial.",
    ),
    "nl": (
        "De auteur geeft de uitgever het recht om de bijdrage te drukken en in het open archief te bewaren, in alle",
        "talen en in alle vormen die nu bekend zijn, zo lang als de wet het werk beschermt.",
        "De auteur verklaart dat de bijdrage geen rechten van anderen schaadt en niet elders is toegezegd.",
    ),
}


@dataclass(frozen=True, slots=True)
class MadeBlank:
    """A blank agreement with what is right. Places in points, origin top left."""

    name: str
    sheets: tuple[Sheet, ...]
    fields: Mapping[str, tuple[int, Zone]]
    """title, name, signature, date -> page and where an author writes it."""
    further: int = 0
    """How many more things the author is asked for."""
    signing_places: Mapping[str, int] = field(default_factory=dict)
    """Role -> number of places where others sign, date or print their names."""


def _at(x: float, y: float, text: str, font: str = SERIF, size: float = TEXT_PT) -> Typing:
    return Typing(text, x, y, font, size)


def _width(text: str, font: str = SERIF, size: float = TEXT_PT) -> float:
    return load_font(font).width(text) * size


def _clauses(x: float, y: float, lines: Sequence[str] = CLAUSES) -> list[Item]:
    return [_at(x, y + LEADING * i, line, size=9.5) for i, line in enumerate(lines)]


def _dashes(x0: float, x1: float, y: float) -> list[Item]:
    return [Bar((x, y, x + 3.5, y + 0.6)) for x in [x0 + 5.5 * i for i in range(int((x1 - x0) / 5.5))]]


def _dots(x0: float, x1: float, y: float) -> list[Item]:
    """Dots, each a word of its own."""
    return [_at(x0 + 7.4 * i, y, ".") for i in range(int((x1 - x0) / 7.4))]


def _underscores(x: float, y: float, count: int) -> tuple[Item, float]:
    """A line of underscores, and where it ends."""
    return _at(x, y, "_" * count), x + _width("_" * count)


def dashes() -> MadeBlank:
    """Bold labels without a colon, left of dashed lines; two lines for the title and for the authors."""
    items: list[Item] = [*_clauses(60, 80)]
    places: dict[str, tuple[int, Zone]] = {}
    rows = (("title", "Title of Chapter", 300, 2), ("", "Chapter Authors", 370, 2), ("name", "Name of Signer", 440, 1),
            ("signature", "Signature", 480, 1), ("date", "Date", 520, 1))  # fmt: skip
    for name, label, y, lines in rows:
        start = 66 + _width(label, BOLD, 11)
        items.append(_at(60, y, label, BOLD, 11))
        for i in range(lines):
            items += _dashes(start, 550, y + 34 * i + 2)
        if name:
            places[name] = (1, (start, y - 20, 550, y + 34 * (lines - 1) + 3))
    return MadeBlank("dashes", (Sheet(*LETTER, tuple(items)),), places, further=1)


def sentence() -> MadeBlank:
    """A sentence with gaps; a date at the top that is the agreement's, and one beside the signature."""
    items: list[Item] = [_at(72, 70, "Permission to Print", BOLD, 16), _at(72, 110, "Date:")]
    top, _ = _underscores(100, 110, 16)
    first, first_end = _underscores(72 + _width("We are glad to print the paper entitled "), 140, 40)
    second, second_end = _underscores(72, 157, 62)
    third, third_end = _underscores(72 + _width("written by "), 174, 50)
    fourth, _ = _underscores(72 + _width("in the volume of the conference "), 191, 40)
    items += [
        top, _at(72, 140, "We are glad to print the paper entitled "), first, second, _at(second_end + 3, 157, ","),
        _at(72, 174, "written by "), third, _at(third_end + 3, 174, ","),
        _at(72, 191, "in the volume of the conference "), fourth, _at(72, 215, "under the terms that follow."),
        *_clauses(72, 250), _at(72, 600, "Signature of the author:"), _at(400, 600, "Date:"),
    ]  # fmt: skip
    sign, sign_end = _underscores(190, 600, 34)
    day, day_end = _underscores(430, 600, 20)
    places = {
        "title": (1, (72.0, 126.0, max(first_end, second_end), 159.0)),
        "name": (1, (72 + _width("written by "), 160.0, third_end, 176.0)),
        "signature": (1, (190.0, 575.0, sign_end, 602.0)),
        "date": (1, (430.0, 575.0, day_end, 602.0)),
    }
    return MadeBlank("sentence", (Sheet(*LETTER, (*items, sign, day)),), places, further=2)


def corners() -> MadeBlank:
    """Boxes with the label in the corner; a small box for the date set into that of signature and printed name."""
    boxes = (
        ("title", "Title of Paper", 120.0, 160.0),
        ("name", "Author(s)", 168.0, 205.0),
        ("", "Name and address of your institution", 400.0, 440.0),
    )
    items: list[Item] = [_at(190, 80, "Transfer of Copyright", BOLD, 15), *_clauses(60, 250)]
    places: dict[str, tuple[int, Zone]] = {}
    for name, label, y0, y1 in boxes:
        items += [*map(Bar, framed(60, y0, 540, y1)), _at(66, y0 + 12, label, size=9)]
        if name:
            places[name] = (1, (62.0, y0, 538.0, y1))
    items += [*map(Bar, framed(60, 560, 540, 640)), *map(Bar, framed(350, 560, 540, 584))]
    items += [_at(66, 572, "Signature / Printed name", size=9), _at(356, 575, "Date:", size=9)]
    places |= {"signature": (1, (62.0, 584.0, 538.0, 638.0)), "date": (1, (380.0, 562.0, 538.0, 582.0))}
    return MadeBlank("corners", (Sheet(*LETTER, tuple(items)),), places, further=2)


def three_signers() -> MadeBlank:
    """Labels below numbered lines; the author signs first, then officials of a government, then the press."""
    items: list[Item] = [
        _at(150, 60, "Agreement on Copyright", BOLD, 15),
        _at(50, 95, "TITLE OF ARTICLE OR REPORT, WITH ALL THAT BELONGS TO IT (called the Work below):", BOLD, 10),
        _at(50, 135, "FULL LIST OF AUTHORS:", BOLD, 10),
        _at(50, 165, "TITLE OF THE JOURNAL OR BOOK:", BOLD, 10),
        *_clauses(50, 195),
    ]
    blocks = (
        (330, "", "Author or Agent of the Authors"),
        (440, "GOVERNMENT EMPLOYEES (WHERE APPLICABLE)", "Authorized Signature"),
        (550, "FOR THE PUBLISHER", "Signature"),
    )
    for number, (y, heading, label) in enumerate(blocks, start=1):
        items += [_at(50, y, f"({number})" + "_" * 42, size=10), _at(70, y + 12, label, BOLD, 8.5)]
        items += [_at(360, y, "_" * 26, size=10), _at(360, y + 12, "Date", BOLD, 8.5)]
        if heading:
            items.append(_at(150, y - 50, heading, BOLD, 10))
    places = {
        "title": (1, (50.0, 99.0, 560.0, 123.0)), "name": (1, (180.0, 123.0, 560.0, 150.0)),
        "signature": (1, (66.0, 305.0, 270.0, 332.0)), "date": (1, (360.0, 305.0, 490.0, 332.0)),
    }  # fmt: skip
    return MadeBlank("three signers", (Sheet(*LETTER, tuple(items)),), places, 1, {"optional": 2, "publisher": 2})


def one_line() -> MadeBlank:
    """One line for signature and date, a printed name below; the press's own address at the head and the foot."""
    items: list[Item] = [
        _at(150, 60, "Harrow Street Press", BOLD, 15),
        _at(150, 76, "12 Harrow Street, Milltown, e-mail: office@harrow.example", size=9),
        *_clauses(72, 250),
        _at(130, 720, "Send the signed form to: office@harrow.example", BOLD, 10),
    ]
    places: dict[str, tuple[int, Zone]] = {}
    for names, label, y in (
        (("title",), "Title of manuscript:", 130.0), (("name",), "Author(s):", 180.0),
        (("signature", "date"), "Author's Signature & Date:", 560.0), ((), "Typed or Printed Name:", 610.0),
    ):  # fmt: skip
        start = 76 + _width(label)
        count = int((540 - start) / _width("_"))
        items += [_at(72, y, label), _at(start, y, "_" * count)]
        places |= dict.fromkeys(names, (1, (start, y - 24, 540.0, y + 2)))
    return MadeBlank("one line", (Sheet(*LETTER, tuple(items)),), places, further=1)


def fillable() -> MadeBlank:
    """Form fields of the PDF, the event filled in by the editors; none for the signature, which has a dotted line."""
    items: list[Item] = [_at(60, 70, "Consent to Publish", BOLD, 16)]
    places: dict[str, tuple[int, Zone]] = {}
    rows = (
        ("", "EventName", "Name of the Conference:", "Ninth Workshop on Slow Rivers"),
        ("title", "Text2", "Title of the Contribution:", ""),
        ("", "AuthorNames", "Author(s) Name(s):", ""),
        ("name", "Text4", "Corresponding Author's Name, Address and Email:", ""),
    )
    for i, (name, called, label, value) in enumerate(rows):
        y, start = 110.0 + 26 * i, 64 + _width(label, BOLD, 10)
        items += [
            _at(60, y, label, BOLD, 10),
            *_dots(start, 535, y),
            Entry(called, value, (start, y - 13, 540, y + 4), 10),
        ]
        if name:
            places[name] = (1, (start, y - 13, 540.0, y + 4))
    items += [
        *_dots(60, 535, 216), Entry("Text5", "", (60, 203, 540, 220), 10), *_clauses(60, 260),
        _at(60, 600, "Signature of Corresponding Author:", BOLD, 10), _at(400, 600, "Date:", BOLD, 10),
        *_dots(60, 390, 630), *_dots(400, 535, 630), Entry("Date", "", (400, 612, 540, 634), 10),
    ]  # fmt: skip
    places |= {"signature": (1, (60.0, 604.0, 390.0, 632.0)), "date": (1, (400.0, 606.0, 540.0, 634.0))}
    return MadeBlank("fillable", (Sheet(*A4, tuple(items)),), places, further=4)


def in_brackets() -> MadeBlank:
    """Italian: small labels in brackets under the lines."""
    items: list[Item] = [_at(70, 70, "Cessione dei diritti", BOLD, 15), *_clauses(70, 260, IN_LANGUAGE["it"])]
    places: dict[str, tuple[int, Zone]] = {}
    for name, label, x0, x1, y in (
        ("title", "(titolo del contributo)", 70.0, 525.0, 140.0), ("name", "(nome e cognome)", 70.0, 525.0, 190.0),
        ("date", "(luogo e data)", 70.0, 250.0, 600.0), ("signature", "(firma leggibile)", 300.0, 525.0, 600.0),
    ):  # fmt: skip
        items += [Bar(ruled(x0, x1, y)), _at((x0 + x1) / 2 - 30, y + 10, label, SANS, 7.5)]
        places[name] = (1, (x0, y - 24, x1, y))
    return MadeBlank("in brackets", (Sheet(*A4, tuple(items)),), places)


def boxes_below() -> MadeBlank:
    """Spanish: a table with the labels in its left column; below it boxes, each with its label well above it."""
    items: list[Item] = [_at(70, 70, "Cesión de derechos", SANS, 15), *_clauses(70, 330, IN_LANGUAGE["es"])]
    places: dict[str, tuple[int, Zone]] = {}
    for i, (name, label) in enumerate(
        (
            ("title", "Título del artículo"),
            ("name", "Nombre del autor"),
            ("", "Institución"),
            ("", "Correo electrónico"),
        )
    ):
        y = 100.0 + 30 * i
        items += [*map(Bar, framed(70, y, 200, y + 30)), *map(Bar, framed(200, y, 525, y + 30)), _at(76, y + 19, label)]
        if name:
            places[name] = (1, (202.0, y + 2, 523.0, y + 28))
    for name, label, x0, x1 in (("signature", "Firmado por el autor", 70.0, 300.0), ("date", "Fecha:", 330.0, 525.0)):
        items += [*map(Bar, framed(x0, 620, x1, 680)), _at(x0 + 4, 598, label, size=8)]
        places[name] = (1, (x0 + 2, 622.0, x1 - 2, 678.0))
    return MadeBlank("boxes below", (Sheet(*A4, tuple(items)),), places, further=2)


def bare_labels() -> MadeBlank:
    """Dutch: labels with a colon and nothing but paper behind them, the signature's with paper below it."""
    items: list[Item] = [_at(70, 70, "Toestemming", BOLD, 15), *_clauses(70, 240, IN_LANGUAGE["nl"])]
    places: dict[str, tuple[int, Zone]] = {}
    for name, label, y in (
        ("title", "Titel van de bijdrage:", 120.0), ("name", "Naam van de auteur:", 160.0),
        ("date", "Plaats en datum:", 560.0), ("signature", "Handtekening:", 600.0),
    ):  # fmt: skip
        items.append(_at(70, y, label))
        places[name] = (1, (76 + _width(label), y - 14, 520.0, y + 5))
    return MadeBlank("bare labels", (Sheet(*A4, tuple(items)),), places)


def consent() -> MadeBlank:
    """A consent of a speaker: hints below the lines, the year of the date printed, boxes to tick."""
    items: list[Item] = [_at(120, 70, "Consent to the recording of a talk", BOLD, 16)]
    places: dict[str, tuple[int, Zone]] = {}
    for name, label, hint, x0, x1, y in (
        ("name", "Speaker:", "<Full name>", 140.0, 530.0, 130.0),
        ("title", "Title of talk:", "<as in the programme>", 140.0, 530.0, 175.0),
        ("date", "Date:", "<Day and month>", 110.0, 250.0, 480.0),
        ("signature", "Speaker's signature:", "", 190.0, 530.0, 530.0),
    ):
        items += [_at(70, y - 6, label, SANS, 11), Bar((x0, y, x1, y + 1.6))]
        items += [_at(x0 + 60, y + 12, hint, SANS, 5)] if hint else []
        places[name] = (1, (x0, y - 24, x1, y))
    items.append(_at(256, 474, "2026", SANS, 11))
    for y, text in (
        (240.0, "The talk may be sent to those who have registered."),
        (270.0, "The talk may be shown to everybody."),
    ):
        items += [*map(Bar, framed(70, y - 9, 81, y + 2)), _at(88, y, text, SANS, 10)]
    return MadeBlank("consent", (Sheet(*A4, (*items, *_clauses(70, 310))),), places, further=2)


MADE_BLANKS: Mapping[str, MadeBlank] = {
    blank.name: blank
    for blank in (
        dashes(), sentence(), corners(), three_signers(), one_line(), fillable(), in_brackets(), boxes_below(),
        bare_labels(), consent(),
    )
}  # fmt: skip
"""By name."""
