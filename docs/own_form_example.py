"""The example of docs/own-form.md.

`python -m docs.own_form_example make` writes its blank, returns and roster to sample_scans/northgate, the same every
time; `python -m docs.own_form_example tell` runs the page's commands on them and writes into the page what they say.
The returns are renderings, as all samples are: an invented publisher's form, filled in and signed by nobody.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image

from benchmarks.other_forms import ROSTER, blank, made_return
from pipeline.roster.reader import load_roster
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.returns import make_return

ROOT = ROSTER.parent.parent
FOLDER = ROSTER.parent / "northgate"
PAGE = ROOT / "docs" / "own-form.md"
NUMBERS = (0, 1, 2, 3, 4, 6, 9)
"""Which of the returns that can be made: scans, photos, a typed one; one without a date, one without a signature."""
SHOWN = "northgate-3.pdf"
"""The return of the page's picture."""
PICTURE_SCALE = 0.7
"""Its pixels to a point."""
LACKING = "zubieta26"
"""An article of the roster that no return is for."""
SAID = re.compile(r"```sh\n(countersign [^\n]+)\n```\n\n```text\n(.*?)```", re.DOTALL)
"""A command of the page, and the block behind it with what it says."""
CONFIG = "# The returns were collected until this day.\ntoday = 2026-11-20\n"


def make(folder: Path) -> None:
    """Write `blank.pdf`, `returns/`, `roster.bib` and `countersign.toml` to a folder."""
    form, roster = MADE_FORMS["northgate"], load_roster(ROSTER)
    (folder / "returns").mkdir(parents=True, exist_ok=True)
    (folder / "blank.pdf").write_bytes(blank(form))
    keys = {LACKING}
    for number in NUMBERS:
        made = made_return(form, number, roster)
        keys.add(made.article.key)
        (folder / "returns" / made.case.file).write_bytes(make_return(made.case))
    (folder / "roster.bib").write_text(_part_of_roster(keys), encoding="utf-8")
    (folder / "countersign.toml").write_text(CONFIG, encoding="utf-8")


def draw_return(path: Path) -> None:
    """A picture of one of the returns, in few colours so that it stays small."""
    with pypdfium2.PdfDocument(FOLDER / "returns" / SHOWN) as document:
        picture = document[0].render(scale=PICTURE_SCALE).to_pil()
    picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def _part_of_roster(keys: set[str]) -> str:
    """The entries of some articles of the samples' roster, and of their volume."""
    text = ROSTER.read_text(encoding="utf-8")
    entries = re.finditer(r"^@\w+\{([^,\n]+),\n(?: .*\n)*\}\n", text, re.MULTILINE)
    return "\n".join(found[0] for found in entries if found[1] in keys or found[1] == "NCLS-2026")


def told(page: str) -> str:
    """The page with what its commands say now, run in a folder with the samples alone."""
    with TemporaryDirectory() as folder:
        shutil.copytree(FOLDER, Path(folder) / "sample_scans" / "northgate")
        return SAID.sub(lambda found: _with_output(found, Path(folder)), page)


def _with_output(found: re.Match[str], folder: Path) -> str:
    command = [sys.executable, "-m", "pipeline", *shlex.split(found[1])[1:]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )
    lines = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    return f"```sh\n{found[1]}\n```\n\n```text\n{lines}\n```"


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make(FOLDER)
        draw_return(PAGE.parent / "img" / "own-form-return.png")
    elif sys.argv[1:] == ["tell"]:
        PAGE.write_text(told(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.exit("Say what: make, or tell.")
