"""Agreements of other, invented publishers: their own words, layouts and languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.forms.form import FieldKind, Form, FormArea, FormField, FormPage, PrintedWord, Zone
from sample_scans.maker.fonts import load_font

BODY = "lmroman10-regular"
BOLD = "lmroman10-bold"
SANS = "arimo"
SERIF = "tinos"
LEFT = 72.0
THIN = 0.6
"""Thickness of rules and of the borders of cells, points."""
LETTER = (612.0, 792.0)
A4 = (595.0, 842.0)

Print = tuple[str, float, float, float, str]
"""Font, size, left end, baseline, text."""
Spot = tuple[str, FieldKind, str, Zone]
"""A field's name, kind, label, and the rule to write on (for a tick: the box)."""


def printed_words(font: str, size: float, left: float, baseline: float, text: str) -> list[PrintedWord]:
    face, x, words = load_font(font), left, []
    for word in text.split():
        xs = []
        for letter in word:
            xs.append(round(x, 2))
            x += face.advance(letter) * size
        words.append(
            PrintedWord(word, (xs[0], baseline - 0.7 * size, x, baseline + 0.2 * size), font, size, baseline, tuple(xs))
        )
        x += face.advance(" ") * size
    return words


def ruled(x0: float, x1: float, y: float) -> Zone:
    return x0, y, x1, y + THIN


def framed(x0: float, y0: float, x1: float, y1: float) -> list[Zone]:
    """The four borders of a cell."""
    return [
        (x0, y0, x1, y0 + THIN),
        (x0, y1 - THIN, x1, y1),
        (x0, y0, x0 + THIN, y1),
        (x1 - THIN, y0, x1, y1),
    ]


def form_page(
    number: int, size: tuple[float, float], prints: Sequence[Print], rules: Sequence[Zone], spots: Sequence[Spot]
) -> FormPage:
    words = tuple(word for line in prints for word in printed_words(*line))
    fields = tuple(
        FormField(name, kind, number, label, (rule[0], rule[1] - 20, rule[2], rule[3] + 4), rule)
        for name, kind, label, rule in spots
    )
    areas = tuple(FormArea(field.zone) for field in fields)
    return FormPage(number, *size, words, tuple(rules), fields, areas, None, Path())


def clause_lines(font: str, size: float, left: float, top: float, leading: float, text: str) -> list[Print]:
    """Lines of a clause, one under the other."""
    return [(font, size, left, top + i * leading, line.strip()) for i, line in enumerate(text.strip().split("\n"))]


def harbour_lane() -> Form:
    """One page: title and name on rules under their labels, date and signature on rules beside them."""
    prints = [
        (BOLD, 15, LEFT, 90, "Consent to Publish"),
        (BODY, 10, LEFT, 112, "Harbour Lane Press, Conference Series"),
        (BODY, 11, LEFT, 160, "Title of the contribution:"),
        (BODY, 11, LEFT, 205, "Author(s) or corresponding author:"),
        (BODY, 11, LEFT, 520, "Place and date:"),
        (BODY, 11, LEFT, 580, "Signature of the author:"),
        *clause_lines(BODY, 11, LEFT, 262, 15, """
            1. The author grants Harbour Lane Press the exclusive right to reproduce, publish,
            distribute and archive the contribution in print and in electronic form, worldwide,
            for the full term of copyright, and to license these rights to others."""),
        *clause_lines(BODY, 11, LEFT, 320, 15, """
            2. The author may keep a copy of the accepted version in an institutional archive
            twelve months after the contribution has appeared, with a link to the final version."""),
        *clause_lines(BODY, 11, LEFT, 363, 15, """
            3. The author confirms that the contribution is original and infringes no rights of
            third parties, and will bear the costs of any justified claim to the contrary."""),
        (BODY, 11, LEFT, 406, "4. The editors may correct spelling, references and layout without asking again."),
        (BODY, 11, LEFT, 434, "5. No royalties are paid. Each author may buy copies at two thirds of the price."),
    ]  # fmt: skip
    spots: list[Spot] = [
        ("title", "text", "Title of the contribution:", ruled(72, 540, 182)),
        ("name", "text", "Author(s) or corresponding author:", ruled(72, 540, 226)),
        ("date", "date", "Place and date:", ruled(200, 420, 523)),
        ("signature", "signature", "Signature of the author:", ruled(200, 420, 583)),
    ]
    ordered = sorted(prints, key=lambda line: line[3])
    page = form_page(1, LETTER, ordered, [rule for *_, rule in spots], spots)
    return Form("harbour lane", "Consent to Publish", "en", (page,))


def northgate() -> Form:
    """One page: fields are the cells of a table; two boxes to tick; article number, affiliation and e-mail."""
    prints: list[Print] = [
        (BOLD, 16, 60, 70, "License to Publish"),
        (SANS, 9, 60, 88, "Northgate University Press, 14 Mill Street, Northgate"),
    ]
    rules: list[Zone] = []
    spots: list[Spot] = []
    rows: Sequence[tuple[str, FieldKind, str, float]] = (
        ("number", "text", "Paper ID", 26),
        ("title", "text", "Paper title", 40),
        ("name", "text", "Author names", 30),
        ("affiliation", "text", "Affiliation", 28),
        ("email", "text", "E-mail", 28),
    )
    top = 105.0
    for name, kind, label, height in rows:
        rules += framed(60, top, 170, top + height) + framed(170, top, 552, top + height)
        prints.append((SANS, 10, 66, top + 16, label))
        spots.append((name, kind, label, ruled(176, 546, top + height - 7)))
        top += height
    text = (
        """The author grants Northgate University Press a non-exclusive licence to publish the paper named
        above in its proceedings, in all formats and media now known or later developed.""",
        """The author keeps the copyright in the paper and may reuse it in whole or in part, provided that
        the first publication in the proceedings is acknowledged with a full reference.""",
        """The author warrants that the paper is original work, that it has not been published before, and
        that it contains nothing unlawful, libellous or in breach of a third party's rights.""",
        """The Press will make the paper available free of charge on its website under the Creative
        Commons Attribution licence, and will deposit it with the national library.""",
    )
    y = top + 26
    for number, clause in enumerate(text, start=1):
        some = clause_lines(SERIF, 10.5, 60, y, 14, clause)
        prints += [(*line[:4], f"{number}. {line[4]}" if i == 0 else line[4]) for i, line in enumerate(some)]
        y += 14 * len(some) + 8
    for name, label in (
        ("crown_copyright", "The work was done by employees of a government and is in the public domain."),
        ("accept_terms", "I have read the terms above and accept them on behalf of all authors."),
    ):
        box = (62.0, y - 9.0, 72.0, y + 1.0)
        rules += framed(*box)
        prints.append((SANS, 10, 80, y, label))
        spots.append((name, "tick", label, box))
        y += 20
    y += 10
    for name, kind, label, x0, x1 in (
        ("signature", "signature", "Signature", 60.0, 340.0),
        ("date", "date", "Date", 340.0, 552.0),
    ):
        rules += framed(x0, y, x1, y + 52)
        prints.append((SANS, 8, x0 + 5, y + 11, label))
        spots.append((name, kind, label, ruled(x0 + 20, x1 - 8, y + 40)))
    page = form_page(1, LETTER, prints, rules, spots)
    return Form("northgate", "License to Publish", "en", (page,))


def lakeside() -> Form:
    """Two pages, initials on each; on the second an author and a witness sign side by side."""
    first: list[Print] = [
        (BOLD, 15, 90, 80, "Workshop Publication Agreement"),
        (SERIF, 11, 90, 102, "between the Lakeside Workshop Series and the author or authors of"),
        (SERIF, 11, 90, 140, "Paper title:"),
        (SERIF, 11, 90, 190, "Corresponding author:"),
        (SERIF, 11, 90, 222, "Email address:"),
    ]
    clauses = (
        """1. The author permits the Lakeside Workshop Series to include the paper in the
        printed record of the workshop and to keep it on its public server for good.""",
        """2. The author states that all co-authors have agreed to this permission and that
        none of them has given the same rights to anybody else.""",
        """3. The series may shorten the abstract for its calendar of events. It may not alter
        the paper itself, except for the page numbers and the running head.""",
        """4. The author may withdraw the paper until four weeks before the workshop opens.
        After that day a withdrawal takes effect only with the consent of the chairs.""",
        """5. The series pays no fee. The author receives one printed copy of the record, and
        may order more of them at the cost of printing and postage.""",
        """6. Disputes are settled by the chairs of the series. If they can't agree, the law of
        the country in which the workshop took place applies.""",
    )
    y = 270.0
    for clause in clauses:
        some = clause_lines(SERIF, 11, 90, y, 15, clause)
        first += some
        y += 15 * len(some) + 10
    first += [(SERIF, 10, 400, 740, "Initials:"), (SERIF, 9, 90, 760, "Lakeside Workshop Series, page 1 of 2")]
    one: list[Spot] = [
        ("title", "text", "Paper title:", ruled(160, 540, 142)),
        ("name", "text", "Corresponding author:", ruled(200, 540, 192)),
        ("email", "text", "Email address:", ruled(170, 540, 224)),
        ("initials", "signature", "Initials:", ruled(445, 520, 742)),
    ]
    second: list[Print] = [
        (SERIF, 11, 90, 80, "7. This agreement is made in two copies. Each party keeps one of them together with"),
        (SERIF, 11, 90, 95, "any later change, which is valid only in writing and signed by both parties."),
        (SERIF, 11, 90, 120, "8. If a part of this agreement turns out to be void, the other parts stay in force, and"),
        (SERIF, 11, 90, 135, "the parties replace the void part by one that comes closest to what they intended."),
        (BOLD, 11, 90, 190, "Author"),
        (BOLD, 11, 330, 190, "Witness"),
        (SERIF, 10, 400, 740, "Initials:"),
        (SERIF, 9, 90, 760, "Lakeside Workshop Series, page 2 of 2"),
    ]
    two: list[Spot] = [("second_initials", "signature", "Initials:", ruled(445, 520, 742))]
    for left, prefix in ((90.0, ""), (330.0, "second_")):
        for label, name, kind, y in (
            ("Signature:", "signature", "signature", 250.0),
            ("Name:", "block_name", "text", 300.0),
            ("Date:", "date", "date", 350.0),
        ):
            second.append((SERIF, 11, left, y, label))
            called = {"second_block_name": "witness_name"}.get(prefix + name, prefix + name)
            two.append((called, kind, label, ruled(left + 55, left + 205, y + 2)))  # type: ignore[arg-type]
    pages = (
        form_page(1, LETTER, first, [rule for *_, rule in one], one),
        form_page(2, LETTER, second, [rule for *_, rule in two], two),
    )
    return Form("lakeside", "Workshop Publication Agreement", "en", pages)


def birkenhain() -> Form:
    """One page in German, A4: the labels stand small under the rules."""
    prints: list[Print] = [
        (SANS, 15, 70, 80, "Abdruckgenehmigung"),
        (SANS, 10, 70, 98, "Birkenhain Verlag, Reihe Tagungsberichte"),
    ]
    spots: list[Spot] = []
    for name, kind, label, x0, x1, y in (
        ("title", "text", "Titel des Beitrags", 70.0, 525.0, 150.0),
        ("name", "text", "Name der Autorin oder des Autors", 70.0, 320.0, 200.0),
        ("email", "text", "E-Mail-Adresse", 340.0, 525.0, 200.0),
        ("date", "date", "Ort, Datum", 70.0, 270.0, 640.0),
        ("signature", "signature", "Unterschrift", 300.0, 525.0, 640.0),
    ):
        prints.append((SANS, 7.5, x0, y + 10, label))
        spots.append((name, kind, label, ruled(x0, x1, y)))  # type: ignore[arg-type]
    clauses = (
        """§ 1 Die Autorin oder der Autor räumt dem Birkenhain Verlag das einfache Recht ein, den
        oben genannten Beitrag im Tagungsband zu drucken und im Netz öffentlich zugänglich zu machen.""",
        """§ 2 Der Beitrag darf nach der Veröffentlichung auf der eigenen Seite und im Archiv der
        Hochschule gezeigt werden, sofern der Tagungsband als Quelle angegeben ist.""",
        """§ 3 Die Autorin oder der Autor versichert, allein über die Rechte am Beitrag zu verfügen und
        keine Rechte Dritter zu verletzen, auch nicht an Bildern, Tabellen und Zitaten.""",
        """§ 4 Ein Honorar wird nicht gezahlt. Der Verlag überlässt der Autorin oder dem Autor zwei
        Freiexemplare; weitere Exemplare gibt es mit einem Nachlass von vierzig Prozent.""",
        """§ 5 Änderungen dieser Vereinbarung bedürfen der Schriftform. Sollte eine Bestimmung
        unwirksam sein, so berührt das die Wirksamkeit der übrigen Bestimmungen nicht.""",
    )
    y = 260.0
    for clause in clauses:
        some = clause_lines(SANS, 10, 70, y, 14, clause)
        prints += some
        y += 14 * len(some) + 14
    prints.sort(key=lambda line: line[3])
    page = form_page(1, A4, prints, [rule for *_, rule in spots], spots)
    return Form("birkenhain", "Abdruckgenehmigung", "de", (page,))


def rivage() -> Form:
    """One page in French, A4: dots to write on, date before signature."""
    prints: list[Print] = [
        (SERIF, 16, 70, 78, "Contrat de cession de droits"),
        (SERIF, 11, 70, 98, "Éditions du Rivage, collection Actes"),
    ]
    dots: list[Print] = []
    spots: list[Spot] = []
    for name, kind, label, x, x0, x1, y in (
        ("title", "text", "Titre de l'article :", 70.0, 165.0, 520.0, 140.0),
        ("name", "text", "Nom de l'auteur :", 70.0, 160.0, 520.0, 176.0),
        ("affiliation", "text", "Établissement :", 70.0, 155.0, 520.0, 212.0),
        ("email", "text", "Courriel :", 70.0, 125.0, 520.0, 248.0),
        ("date", "date", "Fait le :", 70.0, 115.0, 260.0, 640.0),
        ("signature", "signature", "Signature :", 290.0, 350.0, 520.0, 640.0),
    ):
        prints.append((SERIF, 11, x, y, label))
        count = int((x1 - x0) / (load_font(SERIF).advance(".") * 11))
        dots.append((SERIF, 11, x0, y, "." * count))
        spots.append((name, kind, label, (x0, y - 1.0, x1, y)))  # type: ignore[arg-type]
    clauses = (
        """Article 1. L'auteur cède aux Éditions du Rivage, à titre non exclusif, le droit de
        reproduire et de diffuser l'article désigné ci-dessus dans les actes du colloque.""",
        """Article 2. L'auteur garantit que l'article est original et qu'il ne porte atteinte à
        aucun droit de tiers. Il a obtenu l'accord de tous les coauteurs.""",
        """Article 3. La cession est consentie à titre gratuit pour le monde entier et pour la
        durée légale de protection. L'auteur reçoit un exemplaire des actes.""",
        """Article 4. L'auteur peut déposer l'article dans une archive ouverte dès la parution,
        en indiquant la référence complète de la publication.""",
        """Article 5. Tout différend relatif au présent contrat est soumis aux tribunaux du siège
        de l'éditeur, après une tentative de règlement amiable.""",
    )
    y = 300.0
    for clause in clauses:
        some = clause_lines(SERIF, 11, 70, y, 15, clause)
        prints += some
        y += 15 * len(some) + 14
    page = form_page(1, A4, sorted([*prints, *dots], key=lambda line: line[3]), [], spots)
    return Form("rivage", "Contrat de cession de droits", "fr", (page,))


MADE_FORMS: Mapping[str, Form] = {
    form.name: form for form in (harbour_lane(), northgate(), lakeside(), birkenhain(), rivage())
}
"""By name, as a sample's `form` has it."""
