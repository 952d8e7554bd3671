"""Letters: who is written to, about what, and how the message reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pikepdf
import pytest

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import Flag
from pipeline.decisions.decided_results import Results, open_results
from pipeline.decisions.questions import REASONS
from pipeline.exports.letters import (
    NOT_THE_AUTHORS,
    Contact,
    Letter,
    LettersError,
    Sender,
    blank_form,
    copy_template,
    held_back,
    letters,
    read_contacts,
    read_sender,
    read_template,
    recipient,
    write_letters,
)
from pipeline.exports.sent_letters import NoLetters, note_sent
from pipeline.exports.table_files import ExportError
from tests.material.whole_batch import article, whole_batch

WRONG = ("", "unsigned", "date", "two", "")
TODAY = date(2026, 6, 20)
SENDER = Sender("Ines Chair", "ines@example.org", date(2026, 7, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = whole_batch(tmp_path, WRONG, missing=2)
    with open_results(results) as found:
        row = found.judged[found.table["file"].tolist().index("both.pdf#2")]
        asked = Decision(0, "", "ines", row.source.name, row.source.sha256, "ask", "date", "", reason="date")
        found.store.decide(replace(asked, flag="date_precedes_article"))
    return results


def written(folder: Path, contacts: Sequence[Contact] = (), undecided: bool = False) -> list[Letter]:
    with open_results(folder) as results:
        return letters(results, results.coverage(), read_template(), contacts, SENDER, undecided)


def keys(found: Sequence[Letter]) -> set[str]:
    return {matter.article.key for letter in found for matter in letter.matters}


def test_missing_and_asked_again_are_written_about(folder: Path) -> None:
    found = written(folder)
    assert keys(found) == {article(n).key for n in (2, 5, 6)}
    again = next(m for letter in found for m in letter.matters if m.file)
    assert again.article == article(2) and "2016" in again.reasons[0] and again.pictures[0][1].startswith(b"\x89PNG")


def test_undecided_ones_only_where_the_paper_is_at_fault(folder: Path) -> None:
    assert keys(written(folder, undecided=True)) == {article(n).key for n in (1, 2, 3, 5, 6)}


def test_one_letter_a_person(folder: Path) -> None:
    contacts = [Contact("Ines Chair", "one@example.org", article(n).key) for n in (2, 5, 6)]
    (letter,) = written(folder, contacts)
    assert letter.email == "one@example.org" and len(letter.matters) == 3
    assert all(article(n).title.split(",")[0] in letter.body.replace("\n", " ") for n in (2, 5, 6))


def test_messages_open_as_drafts(folder: Path, tmp_path: Path) -> None:
    found = written(folder, [Contact("Zoë Ö", "zoe@example.org", article(2).key)])
    write_letters(found, tmp_path / "letters", SENDER)
    mails = [message_from_bytes(p.read_bytes(), policy=default) for p in sorted((tmp_path / "letters").glob("*.eml"))]
    assert len(mails) == len(found)
    again = next(mail for mail in mails if mail["To"] == "Zoë Ö <zoe@example.org>")
    assert isinstance(again, EmailMessage)
    body = again.get_body(("plain",))
    assert body is not None and max(map(len, body.get_content().splitlines())) <= 72
    assert "Dear Zoë Ö," in body.get_content() and "$" not in body.get_content() and "1 July 2026" in body.get_content()
    assert again["From"] == "Ines Chair <ines@example.org>" and again["X-Unsent"] == "1"
    (picture,) = again.iter_attachments()
    assert picture.get_filename() == f"{article(2).key}-date.png" and picture.get_filename() in body.get_content()
    without = [mail for mail in mails if mail["To"] is None]
    assert len(without) == len(mails) - 1, "left to fill in"
    with (tmp_path / "letters" / "letters.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["email"] for row in csv.DictReader(stream)] == [letter.email for letter in found]


def test_earlier_letters_are_not_overwritten(folder: Path, tmp_path: Path) -> None:
    write_letters(written(folder), tmp_path / "letters", SENDER)
    with pytest.raises(ExportError, match="holds letters already"):
        write_letters(written(folder), tmp_path / "letters", SENDER)


def test_an_address_that_is_none_is_said_and_nothing_written(folder: Path, tmp_path: Path) -> None:
    found = written(folder, [Contact("X", "a@b@c", article(2).key)])
    with pytest.raises(LettersError, match="a@b@c"):
        write_letters(found, tmp_path / "letters", SENDER)
    assert not (tmp_path / "letters").exists()


def test_where_the_address_comes_from() -> None:
    two = replace(article(1), authors=("Ann Author", "Bo Writer"))
    by_name = [Contact("bo  WRITER", "bo@example.org")]
    assert recipient(two, "", by_name) == Contact("Bo Writer", "bo@example.org")
    assert recipient(two, "Bo Writer", []) == Contact("Bo Writer", "")
    roster = replace(two, emails=("ann@example.org", "b@example.org"))
    assert recipient(roster, "Bo Writer", []).email == "b@example.org"
    assert recipient(roster, "Bo Writer", by_name).email == "bo@example.org", "the list of contacts goes before"
    assert recipient(roster, "", [Contact("", "x@example.org", two.key.upper())]) == Contact(
        "Ann Author", "x@example.org"
    )
    assert recipient(replace(two, emails=("one@example.org",)), "", []) == Contact("Ann Author", "one@example.org")


def test_the_letter_goes_to_whoever_sent_or_signed_the_return() -> None:
    one = replace(article(1), authors=("Ann Author", "Bo Writer"), emails=("ann@example.org", "bo@example.org"))
    mailed = Contact("Secretary", "office@example.org")
    assert recipient(one, "Bo Writer", [], mailed) == mailed
    assert recipient(one, "Bo Writer", [], Contact("", "office@example.org")).name == "Bo Writer"
    assert recipient(one, "Bo Writer", []).email == "bo@example.org"
    listed = [Contact("Ann Author", "new@example.org", one.key)]
    assert recipient(one, "Bo Writer", listed, mailed).email == "new@example.org", "the list of contacts goes before"


def test_nobody_is_told_that_nothing_came_whose_return_lies_there_unassigned(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, ("title", "", "", "", ""), missing=2)
    with open_results(folder) as results:
        held = held_back(results, results.coverage())
        found = letters(results, results.coverage(), read_template(), (), SENDER)
    assert held[article(0).key] == ["own one.pdf"], "its author's name stands on it"
    assert not keys(found) & held.keys() and keys(found) | held.keys() == {article(n).key for n in (0, 5, 6)}


def test_a_second_letter_reminds_and_says_when_the_first_one_went_out(folder: Path) -> None:
    write_letters(written(folder), folder / "letters", SENDER)
    with open_results(folder) as results:
        new, aside = note_sent(results.store, folder / "letters", date(2026, 6, 10))
    assert {one.article for one in new} == {article(n).key for n in (2, 5, 6)} and aside.is_dir()
    assert not (folder / "letters").exists()
    second = written(folder)
    assert keys(second) == {one.article for one in new}
    for letter in second:
        assert "On 10 June 2026 we wrote" in letter.body.replace("\n", " ") and "We are collecting" not in letter.body
        assert "have not received" not in letter.body.replace("\n", " ") and letter.subject.startswith("Reminder")
        assert "thank you for the agreement" not in letter.body
    with open_results(folder) as results, pytest.raises(NoLetters):
        note_sent(results.store, folder / "letters", date(2026, 6, 11))


def test_the_blank_form_is_enclosed_and_is_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    with open_results(folder) as results:
        form = blank_form(results)
        assert form == blank_form(results)
    with pikepdf.open(io.BytesIO(form)) as pdf:
        assert len(pdf.pages) == 2 and abs(float(pdf.pages[0].mediabox[2]) - 612) < 1
    write_letters(written(folder)[:1], tmp_path / "letters", replace(SENDER, form=form))
    mail = message_from_bytes(next((tmp_path / "letters").glob("*.eml")).read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    assert "blank agreement.pdf" in [part.get_filename() for part in mail.iter_attachments()]


def test_the_editors_own_words_and_what_was_altered_are_in_the_letter(folder: Path) -> None:
    with open_results(folder) as results:
        row = results.judged[results.table["file"].tolist().index("own one.pdf")]
        asked = Decision(
            0, "", "ines", row.source.name, row.source.sha256, "ask", "", "", reason="other: Page 2 is cut."
        )
        results.store.decide(asked)
    letter = next(one for one in written(folder) if article(0).key in {m.article.key for m in one.matters})
    assert "Page 2 is cut." in letter.body


@pytest.mark.parametrize(
    ("flag", "reason", "says", "not_"),
    [
        ("unsigned", "signature", "There is no signature where the form asks for one.", "unclear"),
        ("unsigned", "pages", "A page of the form is missing.", "no signature"),
        ("unsigned", "other: the stamp costs $5 & hides it", "The stamp costs $5 & hides it.", "no signature"),
        ("", "form", "It is another form, or the form was changed.", "no signature"),
    ],
)
def test_the_letter_says_what_the_editor_picked_or_wrote(
    tmp_path: Path, flag: str, reason: str, says: str, not_: str
) -> None:
    folder = whole_batch(tmp_path, ("", "unsigned", "", "", ""))
    with open_results(folder) as results:
        source = results.judged[results.table["file"].tolist().index("both.pdf#1")].source
        asked = Decision(0, "", "ines", source.name, source.sha256, "ask", "signature", flag, reason=reason)
        results.store.decide(asked)
        if not flag:  # What was found is settled, and something else is asked about.
            results.store.decide(replace(asked, action="confirm", flag="unsigned", version=1))
    (letter,) = written(folder)
    body = letter.body.replace("\n    ", " ")
    assert f"  * {says}\n" in body and not_ not in body


def test_a_missing_page_is_named(folder: Path) -> None:
    with open_results(folder) as results:
        place = results.table["file"].tolist().index("both.pdf#1")
        judged = list(results.judged)
        sentence = "Page 2 of the agreement is not in this file. Ask the author for the whole agreement."
        judged[place] = replace(judged[place], flags=(Flag("page_missing", sentence),))
        found = letters(
            replace(results, judged=tuple(judged)), results.coverage(), read_template(), (), SENDER, undecided=True
        )
    bodies = " ".join(letter.body for letter in found)
    assert "  * Page 2 of the agreement is not in this file.\n" in bodies and "Ask the author" not in bodies


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
    (tmp_path / "c.csv").write_text("Paper ID\tFull name\tE-Mail\n7\tAnn Author\tann@example.org\n")
    assert read_contacts(tmp_path / "c.csv") == [Contact("Ann Author", "ann@example.org", "7")]
    for useless in ("who,where\na,b\n", "", "name,email\nNo Address,\n"):
        (tmp_path / "c.csv").write_text(useless)
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
