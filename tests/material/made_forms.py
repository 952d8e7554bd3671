"""Form folders for tests: an older version of the packaged form, and forms of the sample generator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2

from pipeline.form_authoring.learning import learn_form
from pipeline.forms.form import PRINT_DPI, Form
from pipeline.forms.reader import FORMS_FOLDER
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.page import printed
from sample_scans.maker.paper import render
from sample_scans.maker.pdf import write_pdf

OLDER_LACKS = range(140, 175)
"""Words of the form's first page that its older version has not."""


def older_version(folder: Path) -> Path:
    """The packaged form without some words of a clause, as its version `2017`."""
    shutil.copytree(FORMS_FOLDER / "pmlr", folder)
    words = json.loads((folder / "words.json").read_text())
    page = words["pages"][0]["words"]
    picture = cv2.imread(str(folder / "page-1.png"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    for place in OLDER_LACKS:
        x0, y0, x1, y1 = (round(v * PRINT_DPI / 72) for v in page[place]["box"])
        picture[y0 - 2 : y1 + 5, x0 - 1 : x1 + 2] = 255
    cv2.imwrite(str(folder / "page-1.png"), picture)
    words["pages"][0]["words"] = [word for place, word in enumerate(page) if place not in OLDER_LACKS]
    (folder / "words.json").write_text(json.dumps(words))
    toml = (folder / "form.toml").read_text().replace('name = "pmlr"', 'name = "pmlr"\nversion = "2017"')
    (folder / "form.toml").write_text(toml.replace("last = 270", f"last = {270 - len(OLDER_LACKS)}"))
    return folder


def written_down(form: Form, folder: Path) -> Path:
    """A form of the sample generator as a folder."""
    folder.mkdir(parents=True)
    pages, toml = [], [f'name = "{form.name}"', f'title = "{form.title}"', 'language = "en"']
    for page in form.pages:
        blank = cv2.cvtColor(render(printed(page), PRINT_DPI), cv2.COLOR_RGB2GRAY)
        cv2.imwrite(str(folder / f"page-{page.number}.png"), blank)
        words = [{"text": w.text, "box": w.box, "font": w.font, "size": w.size, "y": w.baseline, "x": w.xs}
                 for w in page.words]  # fmt: skip
        pages.append({"width": page.width, "height": page.height, "words": words, "rules": page.rules})
        for field in page.fields:
            zone = [field.zone[0], field.zone[1], field.zone[2], field.zone[3]]
            toml += ["[[field]]", f'name = "{field.name}"', f'kind = "{field.kind}"', f"page = {page.number}"]
            toml += [
                f'label = "{field.label}"',
                f"zone = {zone}",
                "[[area]]",
                f"page = {page.number}",
                f"zone = {zone}",
            ]
    (folder / "words.json").write_text(json.dumps({"pages": pages}))
    (folder / "form.toml").write_text("\n".join(toml))
    return folder


def learned_form(name: str, folder: Path) -> None:
    """One of the sample generator's forms, learned from its blank as a PDF with text."""
    learn_form(write_pdf([printed(page) for page in MADE_FORMS[name].pages]), name, folder / name)
