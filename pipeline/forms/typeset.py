"""Typeset a form's pages from its words: `python -m pipeline.forms.typeset [FOLDER ...]` writes page-N.png.

Needs the fonts that the words name: Latin Modern (Debian: fonts-lmodern, macOS: font-latin-modern) and Open Sans
(fonts-open-sans, font-open-sans); only whoever changes a form runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.forms.form import PRINT_DPI, FormPage, PrintedWord
from pipeline.forms.reader import FORMS_FOLDER, load_form

FONT_FOLDERS = (
    Path("/usr/share/texmf/fonts/opentype/public/lm"),
    Path("/usr/share/fonts/truetype/open-sans"),
    Path.home() / "Library/Fonts",
    Path("/Library/Fonts"),
)
OVERSAMPLE = 4
"""Letters are set this many times larger and averaged down, so that they stand at fractions of a pixel."""


@lru_cache(maxsize=64)
def font_file(name: str) -> Path:
    """Path of a font by its PostScript name, such as XVPHVV+LMRoman17-Regular (a subset's tag is dropped)."""
    bare = name.rpartition("+")[2]
    for folder in FONT_FOLDERS:
        for file in (f"{bare.lower()}.otf", f"{bare}.ttf"):
            if (folder / file).exists():
                return folder / file
    raise FileNotFoundError(f"font {bare} is not installed (Debian: apt install fonts-lmodern fonts-open-sans)")


LIGATURES = {"ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02", "ffi": "\ufb03", "ffl": "\ufb04"}


def glyphs(word: PrintedWord) -> list[tuple[str, float]]:
    """The word's glyphs with their places; letters that share a place are one ligature."""
    together = [
        ("".join(letter for letter, _ in group), x)
        for x, group in groupby(zip(word.text, word.xs, strict=True), key=lambda item: item[1])
    ]
    return [(LIGATURES.get(letters, letters), x) for letters, x in together]


def draw_word(draw: ImageDraw.ImageDraw, word: PrintedWord, pixels_per_point: float) -> None:
    """Draw each letter of `word` at its place."""
    font = ImageFont.truetype(str(font_file(word.font)), round(word.size * pixels_per_point))
    for letter, x in glyphs(word):
        draw.text((x * pixels_per_point, word.baseline * pixels_per_point), letter, fill=0, font=font, anchor="ls")


def typeset(page: FormPage, dpi: float = PRINT_DPI) -> Image.Image:
    """The blank page as a greyscale picture at `dpi`."""
    scale = dpi / 72 * OVERSAMPLE
    size = (round(page.width * dpi / 72), round(page.height * dpi / 72))
    image = Image.new("L", (size[0] * OVERSAMPLE, size[1] * OVERSAMPLE), 255)
    draw = ImageDraw.Draw(image)
    for word in page.words:
        draw_word(draw, word, scale)
    for x0, y0, x1, y1 in page.rules:
        draw.rectangle((x0 * scale, y0 * scale, x1 * scale, y1 * scale), fill=0)
    return image.resize(size, Image.Resampling.BOX)


def main(folders: Iterable[str]) -> None:
    """Draw the pages of the forms in `folders`, or of all packaged ones, anew as `page-N.png`."""
    for folder in [Path(f) for f in folders] or [p.parent for p in sorted(FORMS_FOLDER.glob("*/form.toml"))]:
        for page in load_form(folder).pages:
            target = folder / f"page-{page.number}.png"
            typeset(page).save(target, optimize=True)
            print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
