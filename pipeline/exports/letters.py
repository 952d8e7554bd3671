"""Letters to authors whose agreement is missing or has to be signed again: one for each, as .eml files and a table.

Nothing is sent. The texts are in `letters.toml`, which an editor can change.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from string import Template
from typing import Any

from PIL import Image

from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import CountersignError, given_file, system_words
from pipeline.datamodel.normalizing import normalize_title
from pipeline.datamodel.phrases import spoken, volume_label
from pipeline.datamodel.records import Article
from pipeline.datamodel.statuses import SET_ASIDE
from pipeline.dates.written_days import day_of
from pipeline.decisions.decided_results import Results
from pipeline.decisions.hints import may_be_for
from pipeline.decisions.log import standing
from pipeline.decisions.questions import KINDS, PLACE, own_words
from pipeline.exports.sent_letters import last_about, sent_letters
from pipeline.exports.table_files import ExportError, as_text, in_place
from pipeline.forms.form import form_called
from pipeline.forms.reader import known_forms
from pipeline.results.coverage import Coverage
from pipeline.results.private_files import work_folder
from pipeline.results.table import SEPARATOR

TEMPLATE = Path(__file__).with_name("letters.toml")
NOT_THE_AUTHORS = frozenset({"unsure", "duplicate_return", "from_text"})
"""Blocking flags that are no fault of the paper: nobody is written to because of them."""
PAGE_REASONS: Mapping[str, str] = {"signature": "signature", "signer": "signature", "date": "date", "title": "title",
                                   "name": "name"}  # fmt: skip
"""What was picked on the review page -> the form's field that shows it."""
WIDTH = 72
"""Characters in a line of a letter."""
LATER_TEXTS = ("reminder", "missing_reminder", "again_reminder", "subject_reminder", "form")
"""Texts that an editor's template may lack: our own stand in."""
TEXTS = ("subject", "greeting", "opening", "missing", "again", "again_closing", "crop", "by", "closing", "farewell")


FORM_NAME = "blank agreement.pdf"
LIKELY = 2
"""Candidates of a return of no article that are taken for what it may be for."""


def blank_form(results: Results) -> bytes:
    """PDF of the blank form that most returns are on; empty where it is none that we have."""
    forms = known_forms(results.settings.forms)
    most = next(iter(results.table["form"][results.table["form"] != ""].value_counts().index), "")
    form = form_called(forms, str(most)) or (forms[0] if forms else None)
    if form is None:
        return b""
    sheets = [Image.fromarray(page.print_image()) for page in form.pages]
    dpi = 72 * sheets[0].width / form.pages[0].width
    out = io.BytesIO()
    stamp = time.gmtime(0)  # The same form gives the same bytes.
    sheets[0].save(
        out, "PDF", save_all=True, append_images=sheets[1:], resolution=dpi, creationDate=stamp, modDate=stamp
    )
    return out.getvalue()


class LettersError(CountersignError):
    """The template or the list of contacts can't be used."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to about what."""

    name: str
    email: str
    article: str = ""
    """Roster key; empty: about all articles of which that name is an author."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One article that a letter is about."""

    article: Article
    file: str = ""
    """The return that can't be used; empty: none came."""
    reasons: tuple[str, ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()
    """(file name, PNG) of the places that show the reasons."""
    before: date | None = None
    """Day of the last letter about the same; None: none went out."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one author."""

    name: str
    email: str
    """Empty: left to fill in."""
    subject: str
    body: str
    matters: tuple[Matter, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A template as it was read."""

    texts: Mapping[str, str]
    reasons: Mapping[str, str]

    def fill(self, name: str, values: Mapping[str, str]) -> str:
        """The template's text `name` with `$placeholders` filled in; one that `values` lacks stays as it is."""
        return Template(self.texts[name]).safe_substitute(values).strip()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and until when an answer is wanted."""

    name: str = ""
    email: str = ""
    by: date | None = None
    form: bytes = field(default=b"", repr=False)
    """PDF of the blank form, which every letter encloses; empty: none does."""


def read_template(path: Path = TEMPLATE) -> Texts:
    """The texts. Raises LettersError that names what is wrong."""
    try:
        with given_file(path):
            content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LettersError(f"{path} can't be read as TOML ({error}). Mend that line.") from error
    reasons = content.get("reasons", {})
    lacking = [name for name in TEXTS if not isinstance(content.get(name), str)]
    if lacking or not isinstance(reasons, dict):
        raise LettersError(f"{path} has no text for {', '.join(lacking) or '[reasons]'}. `--write-template` gives all.")
    if path != TEMPLATE:
        content = {**{name: read_template().texts[name] for name in LATER_TEXTS}, **content}
    return Texts(content, {**_own_reasons(path), **{code: str(text) for code, text in reasons.items()}})


def _own_reasons(path: Path) -> Mapping[str, str]:
    """The reasons of our own template, for those that an editor's leaves out."""
    return {} if path == TEMPLATE else read_template().reasons


def copy_template(path: Path) -> None:
    """Put our own template at `path`. Raises LettersError where something is there already."""
    if path.exists():
        raise LettersError(f"{path} is there already. Name another file, or move that one away.")
    in_place(path, lambda part: part.write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8"))


def read_sender(written: str, by: str, today: date) -> Sender:
    """Who writes, from `Ann Author <ann@example.org>`, and the day. Raises LettersError, SettingsError."""
    name, email = parseaddr(written)
    if written and "@" not in email:
        raise LettersError(f'{written!r} is no sender. Write it as "Ann Author <ann@example.org>".')
    day = day_of("by", by) if by else None
    if day is not None and day <= today:
        raise LettersError(f"--by {day} is not ahead: the letters would ask for an answer by a day that has passed.")
    return Sender(name, email, day)


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "author", "full name"),
    "email": ("email", "e-mail", "mail", "e-mail address", "email address"),
    "article": ("article", "key", "paper", "paper id", "id"),
}
"""What a list of contacts holds -> names of its column, in any case."""


def read_contacts(path: Path) -> list[Contact]:
    """A CSV file with the columns `name`, `email` and, where known, `article`. Raises LettersError."""
    try:
        with given_file(path):
            text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LettersError(f"{path} is not UTF-8. Save it as CSV in UTF-8.") from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = [{(k or "").strip().casefold(): (v or "").strip() for k, v in row.items() if isinstance(v, str | None)}
            for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)]  # fmt: skip
    found = [
        Contact(*(next((row[head] for head in heads if head in row), "") for heads in COLUMNS.values())) for row in rows
    ]
    known = [contact for contact in found if contact.email]
    if not known:
        raise LettersError(f"{path} holds no address under the header name,email,article. Give it that header.")
    return known


# --- what to write about ------------------------------------------------------------------------------------------


def letters(
    results: Results, covered: Sequence[Coverage], texts: Texts, contacts: Sequence[Contact] = (),
    sender: Sender = Sender(), undecided: bool = False, crops: bool = True,
) -> list[Letter]:  # fmt: skip
    """One letter a person, for all that concerns them.

    `undecided`: about flagged returns too that nobody looked at. `crops`: with the pictures that show what is wrong.
    """
    asked = {"missing", "ask again", *(["open"] if undecided else [])}
    by_person: dict[str, tuple[Contact, list[Matter]]] = {}
    waiting, sent = held_back(results, covered), sent_letters(results.store)
    for one in covered:
        if one.state not in asked or one.article.key in waiting:
            continue
        matter = _matter(one, results, texts, crops)
        if one.state == "open" and not matter.reasons:
            continue
        earlier = last_about(sent, one.article.key, matter.file)
        matter = replace(matter, before=earlier.day if earlier else None)
        contact = recipient(one.article, _named(one, results), contacts, _mailed(one, results, sender))
        key = contact.email.casefold() or normalize_title(contact.name)
        by_person.setdefault(key, (contact, []))[1].append(matter)
    return [_letter(contact, tuple(matters), texts, sender) for contact, matters in by_person.values()]


def held_back(results: Results, covered: Sequence[Coverage]) -> dict[str, list[str]]:
    """Article without a return -> files of no article that may be its own: nobody is told that nothing came."""
    aside = set(results.table.index[results.table["status"] == SET_ASIDE])
    rows = [n for n, key in enumerate(results.table["article"]) if not key and results.table.index[n] not in aside]
    found: dict[str, list[str]] = {}
    for one in covered:
        for n in rows if one.state == "missing" else []:
            judged = results.judged[n]
            candidates = {candidate.value for candidate in judged.resolution.article_candidates[:LIKELY]}
            if may_be_for(judged.source, judged.row, candidates, one.article):
                found.setdefault(one.article.key, []).append(judged.source.name)
    return found


def _mailed(one: Coverage, results: Results, sender: Sender) -> Contact | None:
    """Who sent the return by mail, unless the editor did."""
    name, address = parseaddr(str(results.table["sender"].iloc[one.row])) if one.row is not None else ("", "")
    return Contact(name, address) if "@" in address and address.casefold() != sender.email.casefold() else None


def recipient(
    article: Article, named: str, contacts: Sequence[Contact], mailed: Contact | None = None
) -> Contact:  # fmt: skip
    """Who is written to about an article: its contact, else who sent the return, else who signed it or filled in the
    form, else the first author.

    `named`: who signed or filled it in; `mailed`: who sent it.
    """
    name = named or (article.authors[0] if article.authors else "")
    for contact in contacts:
        if contact.article.casefold() == article.key.casefold():
            return Contact(contact.name or name, contact.email)
    if mailed is not None:
        return Contact(mailed.name or name, mailed.email)
    addresses = {normalize_title(c.name): c.email for c in contacts if c.name and not c.article}
    if len(article.emails) == len(article.authors):
        addresses = {
            **{normalize_title(a): e for a, e in zip(article.authors, article.emails, strict=True)},
            **addresses,
        }
    for author in (name, *article.authors):
        if email := addresses.get(normalize_title(author)):
            return Contact(author, email)
    return Contact(name, article.emails[0] if article.emails else "")


def _named(one: Coverage, results: Results) -> str:
    if one.row is None:
        return ""
    cells = (str(results.table[name].iloc[one.row]).split(SEPARATOR)[0] for name in ("signer", "author"))
    return next((cell for cell in cells if cell), "")


def _matter(one: Coverage, results: Results, texts: Texts, with_crops: bool) -> Matter:
    if one.row is None or one.state == "missing":
        return Matter(one.article)
    judged = results.judged[one.row]
    here = (judged.source.name, judged.source.sha256)
    asked = [d for d in standing(results.decisions) if (d.file, d.sha256) == here and d.action == "ask"]
    decided = {d.flag for d in standing(results.decisions) if (d.file, d.sha256) == here}
    faults = BLOCKING - NOT_THE_AUTHORS - results.settings.notes - decided
    codes = [*(_code(d, texts) for d in asked), *(f.code for f in judged.flags if f.code in faults)]
    day = results.table["date"].iloc[one.row]
    said = {flag.code: flag.sentence for flag in judged.flags}
    values = {
        "date": spoken(day.date()) if day == day else "", "title": one.article.title, "file": here[0],
        "altered": said.get("form_altered", "").partition(". ")[0].removeprefix("In the clauses, "),
        "missing": said.get("page_missing", "A page of the agreement is not in the file").partition(". ")[0] + ".",
    }  # fmt: skip
    reasons = [Template(texts.reasons[code]).safe_substitute(values) if code in texts.reasons else _sentence(code)
               for code in codes]  # fmt: skip
    fields = dict.fromkeys(field for code in codes if (field := _field(code)))
    crops = [(f"{one.article.key}-{field}.png", results.crop(one.row, field)) for field in fields if with_crops]
    return Matter(one.article, here[0], tuple(dict.fromkeys(reasons)), tuple(c for c in crops if c[1]))


def _code(decision: Decision, texts: Texts) -> str:
    """What the decision's reason is called in the template; where the editor wrote one, those words.

    A flag's own text is more exact than the reason that goes with it, unless the editor picked another one.
    """
    if words := own_words(decision.reason):
        return words
    kind = KINDS.get(decision.flag)
    if decision.flag in texts.reasons and (kind is None or decision.reason in ("", kind.reason)):
        return decision.flag
    return decision.reason or "other"


def _sentence(words: str) -> str:
    """What an editor wrote, as a sentence."""
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def _field(code: str) -> str:
    """The form's field whose crop shows the reason; empty where none does."""
    kind = KINDS.get(code)
    return PLACE.get(kind.field, "") if kind else PAGE_REASONS.get(code, "")


# --- writing ------------------------------------------------------------------------------------------------------


def _letter(contact: Contact, matters: tuple[Matter, ...], texts: Texts, sender: Sender) -> Letter:
    volumes = list(dict.fromkeys(volume_label(m.article.volume) for m in matters))
    values = {
        "name": contact.name, "volume": " and ".join(v for v in volumes if v) or "the proceedings",
        "sender": sender.name or sender.email, "by": spoken(sender.by) if sender.by else "",
    }  # fmt: skip
    earlier = [matter.before for matter in matters if matter.before]
    values["before"] = spoken(max(earlier)) if earlier else ""
    again = bool(earlier) and len(earlier) == len(matters)
    parts = [texts.fill("greeting", values), texts.fill("reminder" if again else "opening", values)]
    for matter in matters:
        about = {**values, "title": matter.article.title, "file": matter.file}
        if not matter.file:
            parts.append(texts.fill("missing_reminder" if matter.before else "missing", about))
            continue
        shown = [texts.fill("crop", {**about, "picture": name}) for name, _ in matter.pictures]
        parts.append(texts.fill("again_reminder" if matter.before else "again", about))
        parts += [*(f"  * {reason}" for reason in matter.reasons), *shown]
        parts.append(texts.fill("again_closing", about))
    parts += [texts.fill("form", values)] if sender.form else []
    parts += [texts.fill("by", values)] if sender.by else []
    parts += [texts.fill("closing", values), texts.fill("farewell", values)]
    body = "\n\n".join(_wrapped(part) for part in parts if part) + "\n"
    return Letter(
        contact.name, contact.email, texts.fill("subject_reminder" if again else "subject", values), body, matters
    )


def _wrapped(part: str) -> str:
    indent = "    " if part.startswith("  * ") else ""
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False) for line in part.split("\n")
    )


def message(letter: Letter, sender: Sender) -> bytes:
    """The letter as an .eml file that a mail program opens as a draft."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _header(letter.subject)
    if sender.email:
        mail["From"] = _address(sender.name, sender.email)
    if letter.email:
        mail["To"] = _address(letter.name, letter.email)
    mail["X-Unsent"] = "1"
    mail.set_content(letter.body)
    for name, png in dict(p for matter in letter.matters for p in matter.pictures).items():
        mail.add_attachment(png, maintype="image", subtype="png", filename=name)
    if sender.form:
        mail.add_attachment(sender.form, maintype="application", subtype="pdf", filename=FORM_NAME)
    if mail.is_multipart():
        mail.set_boundary("=_countersign_=")
    return mail.as_bytes()


def _header(text: str) -> str:
    return " ".join(text.split())


def _address(name: str, email: str) -> Address:
    try:
        return Address(_header(name), addr_spec=email)
    except Exception as error:  # the parser raises whatever comes: HeaderParseError, IndexError, ValueError
        raise LettersError(f"{email!r} is no e-mail address. Correct it in the contacts or the roster.") from error


def write_letters(found: Sequence[Letter], folder: Path, sender: Sender) -> None:
    """The .eml files and `letters.csv` in a folder that must not hold anything yet. Raises ExportError."""
    if folder.exists() and any(folder.iterdir()):
        raise ExportError(
            f"{folder} holds letters already. If they went out, say so by --sent; else move them away, or give another "
            "folder by --to."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with work_folder(folder.parent, ".writing-") as work:
            made = work / folder.name
            made.mkdir()
            for number, letter in enumerate(found, start=1):
                name = re.sub(r"[^\w.-]+", "-", letter.name).strip("-.") or "author"
                (made / f"{number:04d}-{name[:60]}.eml").write_bytes(message(letter, sender))
            (made / "letters.csv").write_text(_merge_table(found), encoding="utf-8", newline="")
            if folder.exists():
                folder.rmdir()
            made.replace(folder)
    except OSError as error:
        raise ExportError(f"{folder} can't be written ({system_words(error)}). Give another by --to.") from error


def _merge_table(found: Sequence[Letter]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "email", "articles", "files", "subject", "body"])
    for letter in found:
        keys = SEPARATOR.join(matter.article.key for matter in letter.matters)
        files = SEPARATOR.join(matter.file for matter in letter.matters)
        cells: list[Any] = [letter.name, letter.email, keys, files, letter.subject, letter.body]
        writer.writerow([as_text(cell) for cell in cells])
    return text.getvalue()
