"""What one return asks of a person: a question for each blocking flag, and for each doubt that a person raised.

A question is about one column of the table. It is settled by a decision that names its flag; the parts of `unsure` by
a decision on their own column, of which the last one carries the flag (see `verbs`). A correction that raises a doubt
(a date that no check passes, an author of another article) leaves a `later` on the column in the log: that is a
question too, settled by the next decision on the column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal

from pipeline.checks.check import RULES
from pipeline.checks.check_context import CheckContext
from pipeline.checks.flags import BLOCKING
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.phrases import listed, spoken
from pipeline.datamodel.records import Article, Flag, Observation, Resolution, Settings
from pipeline.decisions.extra_fields import MARKED, words_of
from pipeline.decisions.log import put_aside
from pipeline.forms.form import Form, FormField
from pipeline.results.store import Judged
from pipeline.results.table import SEPARATOR

Verb = Literal["confirm", "ask", "aside"]

FIELDS: Mapping[str, str] = {
    "article": "Title", "author": "Name", "signature": "Signature", "signer": "Signer", "date": "Date",
}  # fmt: skip
"""Columns that people decide on, with the words that the page uses for them, in the order of the form."""
PLACE: Mapping[str, str] = {
    "article": "title", "author": "name", "signature": "signature", "signer": "signature", "date": "date",
}  # fmt: skip
"""Column -> the form's field whose crop is the proof."""


def place_of(column: str) -> str:
    """The crop that proves a column; empty where the return as a whole is asked about."""
    return PLACE.get(column, column)


READ: Mapping[str, str] = {
    "article": "title_read", "author": "name_read", "signature": "signature", "signer": "signer_read",
    "date": "date_read",
}  # fmt: skip
"""Column -> the column that holds what stands on the page."""

REASONS: Mapping[str, str] = {
    "signature": "no signature, or an unclear one",
    "date": "no date, or a wrong one",
    "title": "no title, or a wrong one",
    "name": "no name, or no author's",
    "field": "a field left blank",
    "signer": "somebody else signed",
    "pages": "a page is missing",
    "form": "another or altered form",
    "file": "the file can't be opened",
    "other": "something else",
}
"""Why an author is asked again: code -> words."""
OTHER = "other"
"""Reason that takes words of the editor's own: `other: the stamp hides the text`."""


def is_reason(reason: str) -> bool:
    """Whether an author can be asked again for that."""
    return reason in REASONS or own_words(reason) != ""


def own_words(reason: str) -> str:
    """What the editor wrote as a reason for asking again; empty where a ready one was picked."""
    code, _, words = reason.partition(":")
    return words.strip() if code == OTHER else ""


def reason_words(reason: str) -> str:
    """A reason of the log, for people."""
    return own_words(reason) or REASONS.get(reason, reason)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one flag is asked about. Enter does what the flag's sentence says."""

    field: str
    """Column that is decided on; empty: the return as a whole."""
    accept: str
    """What the key says that takes the return as it is; empty: nobody can."""
    reason: str
    """The likeliest reason for asking again."""
    enter: Verb = "ask"
    """`ask`: only the author can mend it. `confirm`: the program is in doubt, a person may not be. `aside`: the return
    does not count."""

    @property
    def is_finding(self) -> bool:
        """Whether taking the return as it is goes against what was found, which needs a reason."""
        return self.enter == "ask"

    @property
    def main(self) -> str:
        """What Enter's button says."""
        return {"ask": "Ask the author again", "confirm": self.accept, "aside": "Set this one aside"}[self.enter]


DATE_STANDS = "Accept it anyway: the date stands"
LEFT_BLANK = "Accept it anyway: it stays blank"
MAY_SIGN = "Accept it anyway: that person may sign"
KINDS: Mapping[str, Kind] = {
    "unreadable_file": Kind("", "", "file"),
    "encrypted_file": Kind("", "", "file"),
    "empty_file": Kind("", "", "file"),
    "not_a_document": Kind("", "", "file"),
    "wrong_form": Kind("", "Accept it anyway: this form counts", "form"),
    "page_missing": Kind("", "Accept it anyway: without that page", "pages"),
    "form_altered": Kind("", "Accept it anyway: with that change", "form"),
    "unsigned": Kind("signature", "Accept it anyway: without a signature", "signature"),
    "undated": Kind("date", "Accept it anyway: without a date", "date"),
    "title_missing": Kind("article", "Accept it anyway: without a title", "title"),
    "name_missing": Kind("author", "Accept it anyway: without a name", "name"),
    "field_missing": Kind("", LEFT_BLANK, "field"),
    "title_not_in_roster": Kind("article", "", "title", "aside"),
    "name_not_an_author": Kind("author", MAY_SIGN, "name"),
    "signer_not_an_author": Kind("signer", MAY_SIGN, "signer"),
    "signer_differs": Kind("signer", "Accept it anyway: the co-author may sign", "signer"),
    "signature_typed": Kind("signature", "Accept it anyway: the typed name counts", "signature"),
    "signature_script_font": Kind("signature", "Accept it anyway: the script font counts", "signature"),
    "signature_invalid": Kind("signature", "Accept it anyway: the certificate counts", "signature"),
    "date_unreadable": Kind("date", "Accept it anyway: without a date", "date"),
    "date_precedes_article": Kind("date", DATE_STANDS, "date"),
    "date_lapsed": Kind("date", DATE_STANDS, "date"),
    "date_after_publication": Kind("date", DATE_STANDS, "date"),
    "date_in_future": Kind("date", DATE_STANDS, "date"),
    "duplicate_return": Kind("", "Keep this one, set the other aside", "other", "aside"),
    "same_scan": Kind("", "Accept it anyway: one page for both", "signature"),
    "from_text": Kind("", "Looked at, the text is right", "other", "confirm"),
}
"""Every blocking flag but `unsure`, which asks about each column that it names, as `field_missing` does if it can."""
DUPLICATE = "duplicate_return"
PARTED = frozenset({"unsure", "field_missing"})
"""Flags with a question for each column: the last one that is answered carries the flag (see `verbs`)."""
ACCEPTED_BECAUSE = (
    "the author confirmed it in writing", "the publisher agrees to it", "I have seen the original on paper",
)  # fmt: skip
"""Ready reasons for taking a return against a finding; another one is typed."""
HARD_TO_READ = {
    "article": Kind("article", "Read right", "title", "confirm"),
    "author": Kind("author", "Read right", "name", "confirm"),
    "signature": Kind("signature", "It is signed", "signature", "confirm"),
    "date": Kind("date", "Read right", "date", "confirm"),
    "": Kind("", "Looked at, it is right", "other", "confirm"),
}
LINE = "Read right"
"""What Enter says of a column that nothing asks about."""


def doubt_about(column: str, value: str) -> Kind:
    """How the doubt is asked about that a person's new value of a column raised."""
    if column == "article" and value:
        return Kind("article", "It is for this article", "title", "confirm")
    if column == "article":
        return Kind("article", "", "title", "aside")
    accept = {
        "author": MAY_SIGN, "signer": MAY_SIGN, "signature": "Accept it anyway: without a signature by hand",
        "date": DATE_STANDS if value else "Accept it anyway: without a date",
    }.get(column, LEFT_BLANK)  # fmt: skip
    return Kind(column, accept, FIELD_REASONS.get(column, "field"))


FIELD_REASONS: Mapping[str, str] = {
    "article": "title", "author": "name", "signature": "signature", "signer": "signer", "date": "date",
}  # fmt: skip
"""Column -> the likeliest reason for asking again because of it."""

SIGNATURE_CHOICES = (
    ("handwritten", "Present, by hand"),
    ("none", "Absent"),
    ("typed", "Typed or stamped"),
    ("unclear", "Unclear: ask again"),
)
"""Values of the signature's card. It never says whose hand it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that can be taken by its digit."""

    value: str
    label: str
    current: bool = False
    """The value that the table has now: taking it is confirming."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One card of the page."""

    key: str
    """`undated`, `unsure:date`, `doubt:date`: unique within the return."""
    flag: str
    """Code of the flag that asks; empty for a doubt that a person raised."""
    kind: Kind
    sentence: str
    settled_by: Decision | None = None

    @property
    def field(self) -> str:
        """The column that it is about."""
        return self.kind.field


def questions(
    flags: Sequence[Flag],
    decided: Sequence[Decision],
    notes: frozenset[str] = frozenset(),
    extra_fields: Collection[str] = (),
) -> list[Question]:
    """All questions of a return, settled ones too, worst first. `decided`: its standing decisions.

    `extra_fields`: columns of the further fields of its form; a form may have lost one since.
    """
    asked: list[Question] = []
    for flag in flags:
        if flag.code not in BLOCKING or flag.code in notes:
            continue
        if flag.code == "unsure":
            asked += [_part(flag, HARD_TO_READ[column], decided) for column in flag.fields or ("",)]
        elif flag.code == "field_missing" and (columns := [c for c in flag.fields if c in extra_fields]):
            asked += [_part(flag, Kind(column, LEFT_BLANK, "field"), decided) for column in columns]
        else:
            by = next((d for d in reversed(decided) if d.flag == flag.code and d.action not in PASSING), None)
            asked.append(Question(flag.code, flag.code, KINDS[flag.code], flag.sentence, by))
    asked.sort(key=lambda question: question.flag != DUPLICATE)  # Set aside, nothing else of a return matters.
    return asked + _doubts(decided)


PASSING = frozenset({"later", "seen"})
"""Actions that settle nothing."""


def _part(flag: Flag, kind: Kind, decided: Sequence[Decision]) -> Question:
    on_it = (
        d for d in reversed(decided) if d.field == kind.field and d.flag in (flag.code, "") and d.action not in PASSING
    )
    return Question(f"{flag.code}:{kind.field}", flag.code, kind, flag.sentence, next(on_it, None))


def _doubts(decided: Sequence[Decision]) -> list[Question]:
    still = put_aside(decided)
    latest = {d.field: d for d in decided if d.action == "later" and d.field}
    found = []
    for column, doubt in latest.items():
        answers = [d for d in decided if d.field == column and d.id > doubt.id and d.action not in PASSING]
        by = None if doubt in still else answers[-1]
        value = next((d.after for d in reversed(decided) if d.field == column and d.action == "correct"), "?")
        kind = doubt_about(column, value)
        found.append(Question(f"doubt:{column}", "", kind, doubt.reason, by))
    return found


def is_open(asked: Sequence[Question]) -> bool:
    """Whether a question is not settled yet."""
    return any(question.settled_by is None for question in asked)


def is_later(decided: Sequence[Decision]) -> bool:
    """Whether the return as a whole was put off and not taken up again."""
    return bool(decided) and decided[-1].action == "later" and not decided[-1].field


MOST_CHOICES: Mapping[str, int] = {"article": 4, "date": 3}
"""Candidates on show; the other columns have nine. E finds any other."""

# --- choices ------------------------------------------------------------------------------------------------------


def choices(
    column: str, value: str, found: Resolution, article: Article | None, field: FormField | None = None
) -> list[Choice]:
    """What can be taken by a digit, the likeliest first. `field`: of the form, where the column is a further one."""
    if field is not None and field.kind in MARKED:
        filled, words = MARKED[field.kind]
        return [Choice(filled, words, value == filled), Choice("", "Blank", not value)]
    if column == "signature":
        return [Choice(code, label, code == value) for code, label in SIGNATURE_CHOICES]
    if column == "date":
        listed_ = [(c.value, c.label or spoken(date.fromisoformat(c.value))) for c in found.date_candidates]
    elif column == "article":
        listed_ = [(c.value, c.label) for c in found.article_candidates]
    elif column in ("author", "signer"):
        listed_ = [(c.value, c.label or c.value) for c in found.author_candidates] if column == "author" else []
        listed_ += [(name, name) for name in (article.authors if article else ())]
    else:
        return []
    unique = dict(reversed(listed_))
    ordered = dict.fromkeys(v for v, _ in listed_)
    most = 9 if column == "date" else MOST_CHOICES.get(column, 9)  # Dates are ordered by their checks first.
    return [Choice(v, unique[v], v == value) for v in list(ordered)[:most]]


def named(column: str) -> str:
    """What the page calls a column; the return as a whole where it is empty."""
    return FIELDS.get(column) or (words_of(column) if column else "Return")


def shown(column: str, value: str, article: Article | None) -> str:
    """A column's value as an editor reads it."""
    if column == "date" and value:
        return spoken(date.fromisoformat(value))
    if column == "article":
        return article.title if article and article.key == value else value
    if column == "signature":
        return {
            "handwritten": "handwritten", "typed": "typed", "script_font": "set in a script font",
            "digital": "digital (certificate)", "transcribed": "in another program's text", "none": "none",
        }.get(value, value)  # fmt: skip
    return value.replace(SEPARATOR, ", ")


def expected(column: str, article: Article | None) -> str:
    """What the roster says about a column, as an editor reads it; empty where it says nothing."""
    if article is None:
        return ""
    if column == "article":
        return article.title
    if column in ("author", "signer"):
        return ", ".join(article.authors)
    if column == "date":
        volume = article.volume
        known = [("accepted", article.accepted), ("conference", volume.start), ("published", volume.published)]
        return ", ".join(f"{what} {day.day} {day:%b %Y}" for what, day in known if day)
    return ""


ALIKE = 0.6
"""Share of letters that two texts have in common, from which on it helps to mark single letters: a matter of taste."""


def differing(read: str, meant: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in pieces (text, whether it differs); letters that differ in case alone do not."""
    a, b = read.casefold(), meant.casefold()
    if len(a) != len(read) or len(b) != len(meant) or not read or not meant:
        return [(read, False)] if read else [], [(meant, False)] if meant else []
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < ALIKE:
        return [(read, True)], [(meant, True)]
    for tag, i0, i1, j0, j1 in matcher.get_opcodes():
        if i1 > i0:
            left.append((read[i0:i1], tag != "equal"))
        if j1 > j0:
            right.append((meant[j0:j1], tag != "equal"))
    return left, right


# --- checks run again on what a person enters ---------------------------------------------------------------------


def objections(
    column: str, values: Mapping[str, str], articles: Mapping[str, Article], settings: Settings,
    taken: Mapping[str, Sequence[str]], form: Form | None, batch_day: date | None,
) -> list[tuple[str, str]]:  # fmt: skip
    """(column, sentence) for each doubt that a new value of `column` raises, beside the row's other values.

    `taken`: article -> files of the other valid or open returns for it. `form`: the form that the return is on.
    `batch_day`: as its resolution has it.
    """
    article = articles.get(values["article"])
    found = []
    if column == "article":
        found.append(("article", _article_doubt(values["article"], article, taken)))
    if column in ("article", "author") and article is not None:
        found.append(("author", _author_doubt(values["author"], article)))
    if column == "signature":
        found.append(("signature", _signature_doubt(values["signature"], settings)))
    if column == "signer" and article and values["signer"] and values["signer"] not in article.authors:
        found.append(("signer", f"{values['signer']} is no author of {article.key}."))
    if column in ("article", "date"):
        found.append(("date", _date_doubt(values["date"], article, settings, form, batch_day)))
    return [(where, sentence) for where, sentence in found if sentence]


def _article_doubt(key: str, article: Article | None, taken: Mapping[str, Sequence[str]]) -> str:
    if article is None:
        return "This return then belongs to no article of the roster." if not key else f"The roster has no {key}."
    if article.state != "expected":
        return f"{key} is marked {article.state}: no agreement is expected for it."
    return f"{listed(taken[key])} is for {key} as well." if taken.get(key) else ""


def _author_doubt(authors: str, article: Article) -> str:
    names = [name for name in authors.split(SEPARATOR) if name]
    if not names:
        return f"Which author of {article.key} does the form name? Pick one, or ask again."
    strangers = [name for name in names if name not in article.authors]
    return f"{listed(strangers)} is no author of {article.key}." if strangers else ""


def _signature_doubt(kind: str, settings: Settings) -> str:
    if kind == "none":
        return "Nothing is signed then. Ask the author to sign."
    told = settings.notes | settings.off
    doubts = {
        "typed": "A typed name may not count as a signature.",
        "script_font": "A name in a script font may not count as a signature.",
    }
    return doubts.get(kind, "") if f"signature_{kind}" not in told else ""


def _date_doubt(
    written: str, article: Article | None, settings: Settings, form: Form | None, batch_day: date | None
) -> str:
    if not written:
        return "The return then has no date."
    day = date.fromisoformat(written)
    context = CheckContext(Observation(), Resolution(day=day, batch_day=batch_day), article, settings, form=form)
    fault = context.limits.fault(day)
    if not fault or fault in settings.notes | settings.off:
        return ""
    return RULES[fault](context)


def return_of(judged: Judged) -> tuple[str, str]:
    """What names the row in the log: file and hash."""
    return judged.source.name, judged.source.sha256
