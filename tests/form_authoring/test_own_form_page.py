"""The page "Add your publisher's form": every command of it, for real, from a blank PDF to a checked batch."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.other_forms import ROSTER, blank, made_return
from pipeline.roster.reader import load_roster
from sample_scans.maker.other_forms import MADE_FORMS
from sample_scans.maker.returns import Case, make_return
from tests.cli.test_main import run
from tests.end_to_end.test_docs import DOCS, commands


def test_from_a_blank_pdf_to_a_checked_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    form, roster = MADE_FORMS["northgate"], load_roster(ROSTER)
    Path("blank.pdf").write_bytes(blank(form))
    shutil.copy(ROSTER, "roster.bib")
    Path("returns").mkdir()
    made = [made_return(form, number, roster) for number in (0,)]
    for one in made:
        Path("returns", one.case.file).write_bytes(make_return(one.case))
    Path("returns", "packaged.pdf").write_bytes(make_return(Case("packaged.pdf", pages=(1, 2))))
    said = {}
    for line in commands(DOCS / "own-form.md"):
        _, verb, *words = shlex.split(line)
        more = ["--today", "2026-11-20", "--jobs", "1", "--note", "field_missing"] if verb == "read" else []
        code, _, err = run(verb, *words, *more)
        assert code == 0, f"{line}: {err}"
        said[" ".join([verb, *words[:1]])] = err
    assert "field    email (text), page 1: E-mail" in said["form learn"]
    assert "page 1   on 1 of 2 returns, 100% of its words" in said["form check"].replace("99%", "100%")
    assert "No page fits on 1 of 2 returns (packaged.pdf)" in said["form check"]
    table = pd.read_csv("results/returns.csv", keep_default_na=False).set_index("file")
    assert dict(table["form"]) == {"packaged.pdf": "pmlr", **{one.case.file: "northgate" for one in made}}
    for one in made:
        row = table.loc[one.case.file]
        assert (row["article"], row["author"]) == (one.article.key, one.author)
        assert row["date"] == (one.day.isoformat() if one.day else "")
        assert row["field_number"] == one.extra_fields["number"]
        assert row["field_read_terms_above"] == one.extra_fields.get("accept_terms", "")
        assert "wrong_form" not in row["flags"]
    assert (table.loc["packaged.pdf", ["field_number", "field_email"]] == "").all()
