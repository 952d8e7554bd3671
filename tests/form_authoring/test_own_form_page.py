"""The page "Add your publisher's form": every command of it, for real, from a blank PDF to a checked batch."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

from docs.own_form_example import FOLDER, PAGE, make, told
from sample_scans.maker.returns import Case, make_return
from tests.cli.test_main import run
from tests.end_to_end.test_docs import commands

READ = {
    "northgate-0.pdf": ("shangguan26", "Hanmo Yuchi", "2026-09-01", "100"),
    "northgate-6.pdf": ("oduya26", "Liv Thorsgaard", "2026-10-09", "106"),
}
"""Return -> article, author, date, number."""


def test_from_a_blank_pdf_to_a_checked_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two of the example's returns, and one on the packaged form."""
    monkeypatch.chdir(tmp_path)
    served: list[Path] = []
    monkeypatch.setattr("pipeline.review.serve.serve_form", lambda folder, *_: served.append(folder))
    example = tmp_path / "sample_scans" / "northgate"
    (example / "returns").mkdir(parents=True)
    for name in ("blank.pdf", "roster.bib", "countersign.toml", *(f"returns/{file}" for file in READ)):
        shutil.copy(FOLDER / name, example / name)
    (example / "returns" / "packaged.pdf").write_bytes(make_return(Case("packaged.pdf", pages=(1, 2))))
    said = {}
    for line in commands(PAGE):
        _, verb, *words = shlex.split(line)
        code, _, err = run(verb, *words, *(["--jobs", "1"] if verb == "read" else []))
        assert code == 0, f"{line}: {err}"
        said[" ".join([verb, *words[:1]])] = err
    assert "field    email (text), page 1: E-mail" in said["form learn"]
    assert "correct  countersign form edit forms/northgate" in said["form learn"]
    assert served == [Path("forms/northgate")]
    assert "page 1   on 2 of 3 returns" in said["form check"]
    assert "No page fits on 1 of 3 returns (packaged.pdf)" in said["form check"]
    table = pd.read_csv("results/returns.csv", keep_default_na=False).set_index("file")
    assert dict(table["form"]) == {"packaged.pdf": "pmlr", **dict.fromkeys(READ, "northgate")}
    for file, (article, author, day, number) in READ.items():
        row = table.loc[file]
        assert (row["article"], row["author"], row["date"]) == (article, author, day)
        assert str(row["field_number"]) == number and "wrong_form" not in row["flags"]
    assert (table.loc["packaged.pdf", ["field_number", "field_email"]] == "").all()


@pytest.mark.soak
def test_the_page_says_what_its_commands_say() -> None:
    """`python -m docs.own_form_example tell` renews it."""
    page = PAGE.read_text(encoding="utf-8")
    assert told(page) == page


@pytest.mark.soak
def test_the_example_is_made_the_same_every_time(tmp_path: Path) -> None:
    """`python -m docs.own_form_example make` renews it."""
    make(tmp_path)
    made = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
