"""An editor's days, by the command line: what came, what was decided, what is packed, who is written to."""

from __future__ import annotations

import csv
import json
import mailbox
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pipeline.datamodel.records import Article
from pipeline.decisions.answers import Answer
from pipeline.decisions.hints import hints
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from pipeline.roster.reader import load_roster
from sample_scans.maker.cases import SAMPLES
from sample_scans.maker.page import Writing
from sample_scans.maker.returns import Case, Look, make_return
from tests.cli.test_main import run
from tests.material.tables import xlsx_bytes

pytestmark = pytest.mark.soak
ROSTER = Path(__file__).resolve().parents[2] / "sample_scans" / "roster.bib"
CASES: Mapping[str, Case] = {sample.case.file: sample.case for sample in SAMPLES}
ARTICLES: Mapping[str, Article] = {article.key: article for article in load_roster(ROSTER).articles}
DAY = ("--today", "2026-11-20", "--published", "2026-12-07", "--jobs", "1")
EDITOR = ("--from", "Ines Chair <ines@example.org>", "--by", "2099-01-15")


@dataclass(frozen=True)
class Story:
    """A folder in which an editor works."""

    folder: Path
    roster: Path

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def read(self, *more: str) -> tuple[dict[str, dict[str, str]], str]:
        """(the table by file, what was said)"""
        code, _, said = run("read", self.folder / "in", "--roster", self.roster, "--out", self.results, *DAY, *more)
        assert code in (0, 1), said
        with (self.results / "returns.csv").open(encoding="utf-8", newline="") as stream:
            return {row["file"]: row for row in csv.DictReader(stream)}, said

    def decide(self, file: str, *answers: Answer) -> str:
        """The status after these answers of the page."""
        with open_store(self.results, writing=False) as store:
            session = ReviewSession.of(store)
            number = next(n for n, judged in session.rows.items() if judged.source.name == file)
            for answer in answers:
                state = session.state(number)
                assert state is not None
                session.answer(number, state.version, answer, "ines", f"step-{file}-{state.version}")
            state = session.state(number)
            assert state is not None
            return state.status

    def hints(self, file: str) -> list[str]:
        """The articles that something points to."""
        with open_store(self.results, writing=False) as store:
            session = ReviewSession.of(store)
            source = next(judged.source for judged in session.rows.values() if judged.source.name == file)
            return [hint.article for hint in hints(source, session.roster.articles)]

    def letters(self, *more: str) -> tuple[dict[str, tuple[str, str]], str]:
        """(article -> whom the letter about it goes to, its text on one line; what was said)"""
        code, _, said = run("chase", self.results, *EDITOR, *more)
        assert code == 0, said
        folder = self.results / "letters"
        found: dict[str, tuple[str, str]] = {}
        with (folder / "letters.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for key in row["articles"].split("; "):
                    found[key] = (row["email"], " ".join(row["body"].split()))
        mails = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
        assert all(mail["X-Unsent"] == "1" for mail in mails)
        return found, said

    def packed(self, volume: str = "931") -> dict[str, bytes]:
        """Name in the folder that the publisher gets -> bytes."""
        code, _, said = run("pack", self.results, "--volume", volume, "--partial")
        assert code == 0, said
        return {path.name: path.read_bytes() for path in (self.results / f"v{volume}permissions").iterdir()}


def made(file: str, **changes: object) -> bytes:
    """A sample return, or one that is like it."""
    return make_return(replace(CASES[file], **changes))  # type: ignore[arg-type]


def signed(file: str) -> bytes:
    """A sample return without a signature, once its author has signed it."""
    case = CASES[file]
    assert case.name is not None
    return make_return(replace(case, signature=Writing(case.name.text, "hand", 12.5, 8, 3)))


# --- OpenReview ids as file names, an OpenReview roster -----------------------------------------------------------

SUBMITTED = ("vantongeren26", "shangguan26", "quach26", "wijesundara26", "adeyanju26", "oyebanji26")
FORUM = ("aQ7xLm2Z1k", "Bv_93KdPq0", "c-Hn51TsYw", "dE4rU8iO2p", "eZ0aS9dF7g", "fJ6hK3lM5n")


def openreview_notes(keys: Sequence[str], ids: Sequence[str]) -> str:
    notes = []
    for number, (key, forum) in enumerate(zip(keys, ids, strict=True), start=11):
        article = ARTICLES[key]
        emails = [f"{name.split()[0].lower()}.{number}@example.org" for name in article.authors]
        content = {
            "title": {"value": article.title},
            "authors": {"value": list(article.authors)},
            "authorids": {"value": emails},
            "venueid": {"value": "ncls.cc/2026/Conference"},
        }
        notes.append({"id": forum, "number": number, "content": content, "cdate": 1_780_000_000_000})
    return json.dumps({"notes": notes})


def test_openreview_ids_as_file_names(tmp_path: Path) -> None:
    story = Story(tmp_path, tmp_path / "notes.json")
    story.roster.write_text(openreview_notes(SUBMITTED, FORUM))
    returns = tmp_path / "in"
    returns.mkdir()
    files = ("pmlr-form-signed.pdf", "scan-0003.pdf", "agreement (2).pdf", "scan-0012.pdf", "scan-0013.pdf")
    for forum, file in zip(FORUM, files, strict=False):
        (returns / f"{forum}.pdf").write_bytes(made(file))

    table, said = story.read()
    assert [table[f"{one}.pdf"]["article"] for one in FORUM[:5]] == ["11", "12", "13", "14", ""], said
    assert [table[f"{one}.pdf"]["status"] for one in FORUM[:5]] == [*["clear"] * 3, *["review"] * 2]
    blank, unsigned = f"{FORUM[4]}.pdf", f"{FORUM[3]}.pdf"
    assert table[unsigned]["flags"] == "unsigned" and "title_missing" in table[blank]["flags"]
    assert story.hints(blank) == ["15"], "the submission's id in the file's name"

    held, said = story.letters()
    assert set(held) == {"16"} and "held" in said and blank in said, "nobody whose agreement lies there is told so"
    assert held["16"][0].endswith("16@example.org") and "have not received a signed agreement" in held["16"][1]
    (story.results / "letters").rename(story.results / "first")

    assert story.decide(unsigned, Answer("unsigned", "ask", reason="signature")) == "ask again"
    assert story.decide(blank, Answer("title_missing", "correct", "15")) in ("corrected", "review")
    with open_store(story.results, writing=False) as store:
        session = ReviewSession.of(store)
        state = next(s for s in session.all_states() if s.judged.source.name == blank)
        left = [Answer(q.key, "confirm", reason="I know her hand") for q in state.asked if not q.settled_by]
    assert story.decide(blank, *left) == "corrected"

    packed = story.packed()
    assert packed == {
        f"{number}Permission.pdf": (returns / f"{forum}.pdf").read_bytes()
        for number, forum in (("11", FORUM[0]), ("12", FORUM[1]), ("13", FORUM[2]), ("15", FORUM[4]))
    }
    letters, _ = story.letters()
    assert set(letters) == {"14", "16"}
    assert "There is no signature where the form asks for one." in letters["14"][1]
    assert run("chase", story.results, "--sent")[0] == 0

    (returns / f"{FORUM[3]}_signed.pdf").write_bytes(signed("scan-0012.pdf"))
    table, said = story.read()
    assert table[f"{FORUM[3]}_signed.pdf"]["status"] == "clear" and "answered 1: 14" in said, said
    letters, _ = story.letters()
    assert set(letters) == {"16"} and "we wrote to you" in letters["16"][1], "the second day reminds only who is silent"


# --- an mbox, an Excel roster -------------------------------------------------------------------------------------

EXCEL = ("petrosillo26", "sagong26", "huynhdo26", "kozlowiecka26", "hvezdomir26", "macaodhagain26")


def address(key: str) -> str:
    return f"{key}@example.org"


def mail(key: str, text: str, *files: tuple[str, bytes]) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"{ARTICLES[key].authors[0]} <{address(key)}>"
    message["To"] = "ines@example.org"
    message["Subject"] = "Publication agreement"
    message["Date"] = "Wed, 14 Oct 2026 08:22:00 +0000"
    message["Message-ID"] = f"<{key}-{len(files)}@example.org>"
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    return message


def write_mbox(path: Path, *messages: EmailMessage) -> None:
    box = mailbox.mbox(path)
    for message in messages:
        box.add(message)
    box.close()


def excel_roster(keys: Sequence[str]) -> bytes:
    rows = [["Paper ID", "Title", "Authors", "E-mails", "Volume"]]
    for key in keys:
        article = ARTICLES[key]
        rows.append([key, article.title, "; ".join(article.authors), address(key), "931"])
    return xlsx_bytes({"Accepted": rows})


def test_an_mbox_with_an_excel_roster(tmp_path: Path) -> None:
    story = Story(tmp_path, tmp_path / "accepted.xlsx")
    story.roster.write_bytes(excel_roster(EXCEL))
    returns = tmp_path / "in"
    returns.mkdir()
    both = CASES["both_agreements.pdf"]
    write_mbox(
        returns / "inbox.mbox",
        mail("petrosillo26", "Attached.", ("agreement.pdf", made("scan-0019.pdf"))),
        mail("sagong26", "Two at once.", ("both.pdf", make_return(both))),
        mail("kozlowiecka26", "Here it is.", ("agreement.pdf", made("IMG_2102.pdf"))),
        mail("hvezdomir26", "The file is here: https://drive.google.com/file/d/1AbC/view"),
    )
    table, said = story.read()
    by_article = {row["article"]: file for file, row in table.items() if row["article"]}
    assert set(by_article) == {"petrosillo26", "sagong26", "huynhdo26", "kozlowiecka26"}, said
    assert table[by_article["petrosillo26"]]["status"] == "clear"
    assert address("petrosillo26") in table[by_article["petrosillo26"]]["sender"]
    undated = by_article["kozlowiecka26"]
    assert table[undated]["flags"] == "undated"
    (linked,) = [file for file, row in table.items() if not row["article"]]
    assert table[linked]["status"] == "unreadable" and "link" in table[linked]["why"]

    assert story.decide(undated, Answer("undated", "ask", reason="date")) == "ask again"
    letters, said = story.letters()
    assert letters["kozlowiecka26"][0] == address("kozlowiecka26"), "it goes to whoever sent the return"
    assert "There is no date beside the signature." in letters["kozlowiecka26"][1]
    assert set(letters) == {"kozlowiecka26", "macaodhagain26"} and f"held     hvezdomir26: {linked}" in said
    assert run("chase", story.results, "--sent")[0] == 0

    clear = CASES["scan-0012.pdf"]
    day = Writing("15 October 2026", "hand", 11.5, 9, 18)  # Below the signature, where it runs into none.
    dated = made("IMG_2102.pdf", date=day, hand=clear.hand, look=clear.look)
    write_mbox(returns / "later.mbox", mail("kozlowiecka26", "Now with a date.", ("agreement.pdf", dated)))
    table, said = story.read()
    assert "answered 1: kozlowiecka26" in said and "new      1: later.mbox" in said.replace("since    ", "")
    later = next(file for file in table if file.startswith("later.mbox"))
    assert table[later]["status"] == "clear", table[later]["why"]
    assert table[later]["date"] == "2026-10-15"
    packed = story.packed()
    assert set(packed) == {f"{key}Permission.pdf" for key in
                           ("petrosillo26", "sagong26", "huynhdo26", "kozlowiecka26")}  # fmt: skip
    assert packed["kozlowiecka26Permission.pdf"] == dated, "as it was attached, byte for byte"
    letters, _ = story.letters()
    assert set(letters) == {"macaodhagain26"}


# --- a folder of phone photos -------------------------------------------------------------------------------------


def test_a_folder_of_phone_photos(tmp_path: Path) -> None:
    story = Story(tmp_path, tmp_path / "roster.bib")
    keys = ("chataignier26", "macaodhagain26", "lindqvister26", "obrechts26")
    parts = ROSTER.read_text(encoding="utf-8").split("\n@")
    volume = next(part for part in parts if part.startswith("Proceedings{NCLS"))
    entries = [part for part in parts if any(f"{{{key}," in part for key in keys)]
    story.roster.write_text("@" + "\n@".join([volume, *entries]), encoding="utf-8")
    returns = tmp_path / "in"
    (returns / "Camera").mkdir(parents=True)
    look = Look("photo", dpi=160, quality=60, shadow=0.3, tilt=0.03)
    photographed = replace(CASES["IMG_2041.pdf"], look=look, container="jpeg")
    for number, page in ((3001, 1), (3002, 2)):
        (returns / "Camera" / f"IMG_{number}.jpg").write_bytes(make_return(replace(photographed, pages=(page,))))
    (returns / "Camera" / "IMG_0388.heic").write_bytes(made("IMG_0388.heic"))
    (returns / "PageCam 10-14.pdf").write_bytes(made("PageCam 10-14.pdf"))
    first = replace(CASES["IMG_2110.pdf"], pages=(1,), container="jpeg", look=look)
    (returns / "IMG_4711.jpg").write_bytes(make_return(first))

    table, said = story.read()
    joined = "Camera/IMG_3001.jpg"
    assert set(table) == {joined, "Camera/IMG_0388.heic", "PageCam 10-14.pdf", "IMG_4711.jpg"}, said
    assert "files_joined" in table[joined]["flags"] and table[joined]["article"] == "chataignier26"
    assert {table[file]["status"] for file in (joined, "Camera/IMG_0388.heic", "PageCam 10-14.pdf")} == {"clear"}
    assert table["IMG_4711.jpg"]["flags"].startswith("page_missing")
    assert story.decide("IMG_4711.jpg", Answer("page_missing", "ask", reason="pages")) == "ask again"

    letters, _ = story.letters()
    assert set(letters) == {"obrechts26"}
    assert "Page 2 of the agreement is not in this file." in letters["obrechts26"][1]
    packed = story.packed()
    assert set(packed) == {f"{key}Permission.pdf" for key in keys[:3]}
    assert all(data.startswith(b"%PDF") for data in packed.values()), "pictures are put on pages"
