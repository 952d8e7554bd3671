"""An agreement of another, invented publisher: one page, its own words and layout."""

from __future__ import annotations

from pathlib import Path

from pipeline.form import Form, FormField, FormPage, PrintedWord
from sample_scans.maker.fonts import load_font

BODY = "lmroman10-regular"
LINES = (
    ("lmroman10-bold", 15, 90, "Consent to Publish"),
    ("lmroman10-regular", 10, 112, "Harbour Lane Press, Conference Series"),
    (BODY, 11, 160, "Title of the contribution:"),
    (BODY, 11, 205, "Author(s) or corresponding author:"),
    (BODY, 11, 262, "1. The author grants Harbour Lane Press the exclusive right to reproduce, publish,"),
    (BODY, 11, 277, "distribute and archive the contribution in print and in electronic form, worldwide,"),
    (BODY, 11, 292, "for the full term of copyright, and to license these rights to others."),
    (BODY, 11, 320, "2. The author may keep a copy of the accepted version in an institutional archive"),
    (BODY, 11, 335, "twelve months after the contribution has appeared, with a link to the final version."),
    (BODY, 11, 363, "3. The author confirms that the contribution is original and infringes no rights of"),
    (BODY, 11, 378, "third parties, and will bear the costs of any justified claim to the contrary."),
    (BODY, 11, 406, "4. The editors may correct spelling, references and layout without asking again."),
    (BODY, 11, 434, "5. No royalties are paid. Each author may buy copies at two thirds of the price."),
    (BODY, 11, 520, "Place and date:"),
    (BODY, 11, 580, "Signature of the author:"),
)
LEFT = 72.0
RULES = (
    (72.0, 182.0, 540.0, 182.6),
    (72.0, 226.0, 540.0, 226.6),
    (200.0, 523.0, 420.0, 523.6),
    (200.0, 583.0, 420.0, 583.6),
)


def _words(font: str, size: float, baseline: float, text: str) -> list[PrintedWord]:
    face, x, words = load_font(font), LEFT, []
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


def harbour_lane() -> Form:
    """The form, with the same names of fields as the others."""
    words = tuple(word for line in LINES for word in _words(*line))
    fields = (
        FormField("title", "text", 1, "Title of the contribution:", (0, 165, 612, 186), RULES[0]),
        FormField("name", "text", 1, "Author(s) or corresponding author:", (0, 208, 612, 230), RULES[1]),
        FormField("date", "date", 1, "Place and date:", (160, 500, 612, 530), RULES[2]),
        FormField("signature", "signature", 1, "Signature of the author:", (160, 560, 612, 590), RULES[3]),
    )
    page = FormPage(1, 612.0, 792.0, words, RULES, fields, None, None, Path())
    return Form("harbour lane", "Consent to Publish", "en", (page,))
