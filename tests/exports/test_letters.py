"""Letters: who is written to, about what, and how the message reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError
from pipeline.decisions.decided_results import Results, open_results
from pipeline.decisions.questions import REASONS
from pipeline.exports.letters import (
    NOT_THE_AUTHORS,
    Contact,
    LettersError,
    Sender,
    copy_template,
    letters,
    read_contacts,
    read_sender,
    read_template,
)
from tests.material.whole_batch import article, whole_batch

WRONG = ("", "unsigned", "date", "two", "")
TODAY = date(2026, 6, 20)
SENDER = Sender("Ines Chair", "ines@example.org", date(2026, 7, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = whole_batch(tmp_path, WRONG, missing=2)
    with open_results(results) as found:
        row = found.judged[found.table["file"].tolist().index("both.pdf#2")]
        asked = Decision(0, "", "ines", row.source.name, row.source.sha256, "ask", reason="other: Page 2 is cut.")
        results.store.decide(asked)
    letter = next(one for one in written(folder) if article(0).key in {m.article.key for m in one.matters})
    assert "Page 2 is cut." in letter.body


def test_a_day_that_has_passed_is_no_deadline() -> None:
    with pytest.raises(LettersError, match="passed"):
        read_sender("Ann <a@b.org>", "2026-06-20", TODAY)


def test_every_reason_has_words() -> None:
    assert set(read_template().reasons) >= (BLOCKING - NOT_THE_AUTHORS) | set(REASONS)


def test_an_editors_template(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    copy_template(mine)
    mine.write_text(
        mine.read_text().replace('greeting = "Dear', 'greeting = "Lieber').replace("[reasons]", "[reasons]\nx='y'")
    )
    with open_results(folder) as results:
        (first, *_) = letters(results, results.coverage(), read_template(mine))
    assert first.body.startswith("Lieber ")
    mine.write_text('subject = "only"')
    with pytest.raises(LettersError, match="greeting"):
        read_template(mine)
    with pytest.raises(LettersError, match="there already"):
        copy_template(mine)


def test_contacts_and_sender(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("\ufeffName;Email\nAnn Author;ann@example.org\nNo Address;\n", encoding="utf-8")
    assert read_contacts(tmp_path / "c.csv") == [Contact("Ann Author", "ann@example.org")]
    (tmp_path / "c.csv").write_text("who,where\na,b\n")
    with pytest.raises(LettersError, match="name,email"):
        read_contacts(tmp_path / "c.csv")
    assert read_sender("Ann <a@b.org>", "2026-07-01", TODAY) == Sender("Ann", "a@b.org", date(2026, 7, 1))
    for wrong in (("Ann", ""), ("", "tomorrow")):
        with pytest.raises(CountersignError, match=r"Write it as|written as"):
            read_sender(*wrong, TODAY)


def test_without_crops(folder: Path) -> None:
    with open_results(folder) as results:
        assert isinstance(results, Results)
        found = letters(results, results.coverage(), read_template(), crops=False)
    assert not [p for letter in found for m in letter.matters for p in m.pictures]
