"""Check: which flags each return of a batch gets, with the sentence that says why.

Each flag of one return is a small function of a `Case` that answers with its sentence, or with an empty string
where the flag does not apply. The flags that need several returns (duplicates, one scan for two articles) follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import Literal

from rapidfuzz import fuzz

from pipeline.clause_text import plain_key
from pipeline.flags import BLOCKING, NOT_READ, ORDER
from pipeline.form import Form, FormField, form_called, known_forms, term_of
from pipeline.ink_print import same_ink_pairs
from pipeline.records import (
    Alteration,
    Article,
    FieldReading,
    Flag,
    Observation,
    Resolution,
    Roster,
    Settings,
    Source,
    Verdict,
    Volume,
)

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

OLDEST_YEARS = 2
"""Years before publication beyond which no article of the volume existed yet."""
BATCH_DATES = 5
"""Sure dates of other returns that are needed to judge a date where the day of publication is not known."""
PLAIN_NAME = 80.0
"""rapidfuzz ratio of an author's name and what was read from which handwriting is that name, written plainly."""
ALTERATION_SURE = 0.5
"""Confidence from which an alteration of the form is told to the editor."""


RISK = 0.001
"""The default share of wrong ones accepted among the cleared..."""
LEAST_DOUBT = 0.2
"""...and the doubt that a reading may then leave. On 170 real returns every reading above 0.65 was right; the
thresholds stand well above that because few readings lie between."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least confidence of each reading that a clear return may rest on. All 0..1."""

    article: float = 0.8
    author: float = 0.8
    date: float = 0.8
    signature: float = 0.8
    signer: float = 0.7
    """From here on a signature counts as another author's; below, it names nobody."""


def thresholds(risk: float) -> Thresholds:
    """Thresholds for an accepted share of wrong ones among the cleared (`Settings.risk`)."""
    least = 1.0 - min(0.5, LEAST_DOUBT * (risk / RISK) ** 0.5)
    return Thresholds(article=least, author=least, date=least, signature=least)


@dataclass(frozen=True, slots=True)
class Case:
    """One return with all that its flags depend on."""

    observation: Observation
    resolution: Resolution
    article: Article | None
    settings: Settings
    thresholds: Thresholds = Thresholds()
    batch_day: date | None = None
    """Middle of the batch's sure dates, where nothing tells the day of publication."""

    @property
    def term_years(self) -> int | None:
        return term_of(self.observation.form, self.settings.forms)

    def date_fault(self, day: date) -> str | None:
        return date_fault(day, self.article, self.settings, self.batch_day, self.term_years)

    def blocks(self, code: str) -> bool:
        """Whether the flag would keep this return from being clear."""
        return code in BLOCKING and code not in self.settings.notes and code not in self.settings.off


def spoken(day: date) -> str:
    """A day as one writes it in a letter: 6 June 2015."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def listed(parts: Sequence[str]) -> str:
    """Parts as a sentence lists them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _count(number: int) -> str:
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def _years(number: int) -> str:
    return f"{_count(number)} year{'' if number == 1 else 's'}"


def _quoted(text: str, longest: int = 80) -> str:
    text = " ".join(text.split())
    return f'"{text if len(text) <= longest else text[: longest - 1].rstrip() + "…"}"'


# ---------------------------------------------------------------------------------------------------- dates


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def publication(article: Article | None, settings: Settings) -> date | None:
    """Day of publication: the roster's; while the volume is being collected, its start; else the editor's."""
    volume = article.volume if article else Volume()
    return volume.published or volume.start or settings.published


def _first_day(article: Article | None, settings: Settings) -> tuple[date, str] | None:
    """First day on which the agreement can have been signed, and what that day is. None: not known."""
    days = []
    if article and article.submitted:
        days.append((article.submitted, "the article was submitted"))
    elif article and article.accepted:
        days.append((article.accepted, "the article was accepted"))
    if settings.opened:
        days.append((settings.opened, "agreements could be signed"))
    return max(days, default=None)


def date_fault(
    day: date,
    article: Article | None,
    settings: Settings,
    batch_day: date | None = None,
    term_years: int | None = None,
) -> str | None:
    """Code of the date flag that a return signed on `day` would get, the gravest only; None: no objection.

    `batch_day`, the middle of the batch's dates, stands in for publication where that is not known: then only
    days that are far too early can be told. `term_years`: as the form has it.
    """
    published = publication(article, settings)
    known = published or batch_day
    first = _first_day(article, settings)
    if first and day < first[0]:
        return "date_precedes_article"
    if known and not first and _years_later(day, OLDEST_YEARS) < known:
        return "date_precedes_article"
    if known and term_years and _years_later(day, term_years) < known:
        return "date_lapsed"
    if published and day > published:
        return "date_after_publication"
    return "date_in_future" if day > settings.today else None


def _fault(case: Case) -> str | None:
    """Date flag of the return. A doubtful reading accuses only if most of what the ink can mean is at fault."""
    day = case.resolution.day
    fault = day and case.date_fault(day)
    if not fault:
        return None
    readings = [(date.fromisoformat(c.value), c.probability) for c in case.resolution.date_candidates]
    faulty = sum(p for d, p in readings if case.date_fault(d))
    return fault if not readings or faulty >= 0.5 * sum(p for _, p in readings) else None


def volume_label(volume: Volume) -> str:
    """A volume as an editor calls it: ICML 2025."""
    if volume.year and str(volume.year) in volume.key:
        return volume.key.replace("-", " ").replace("_", " ")
    return " ".join(part for part in (volume.name, str(volume.year or "")) if part)


def _likely_slip(case: Case, day: date) -> str:
    """What to do about a wrong date: the year that was probably meant, if one makes the date pass."""
    known = publication(case.article, case.settings) or case.batch_day
    for year in (known.year, known.year - 1) if known else ():
        moved = _years_later(day, year - day.year)
        if moved.year != day.year and not case.date_fault(moved):
            return f"Probably {year}: ask the author."
    return "Ask the author for the right date."


def _before(case: Case, day: date) -> str:
    """How long before publication a day is, as a part of a sentence."""
    published = publication(case.article, case.settings)
    known = published or case.batch_day
    if not known:
        return ""
    years = sum(_years_later(day, n) <= known for n in range(1, known.year - day.year + 1))
    label = volume_label(case.article.volume) if case.article else ""
    if not published:
        return f"{_years(years)} before most other returns of this batch"
    return f"{_years(years)} before " + (f"the volume ({label})" if label else f"publication ({spoken(published)})")


def date_precedes_article(case: Case) -> str:
    day = case.resolution.day
    if not day or _fault(case) != "date_precedes_article":
        return ""
    first = _first_day(case.article, case.settings)
    why = f"before {first[1]} ({spoken(first[0])})" if first else _before(case, day)
    return f"Dated {spoken(day)}, {why}. {_likely_slip(case, day)}"


def date_lapsed(case: Case) -> str:
    day = case.resolution.day
    if not day or _fault(case) != "date_lapsed":
        return ""
    published = publication(case.article, case.settings)
    known = published or case.batch_day or day
    months = (known.year - day.year) * 12 + known.month - day.month - (known.day < day.day)
    event = f"publication ({spoken(known)})" if published else "most other returns of this batch"
    return (
        f"Dated {spoken(day)}, {_count(months)} months before {event}; by its own terms the agreement ended after "
        f"{_years(case.term_years or 0)}. {_likely_slip(case, day)}"
    )


def date_after_publication(case: Case) -> str:
    day, published = case.resolution.day, publication(case.article, case.settings)
    if not day or not published or _fault(case) != "date_after_publication":
        return ""
    volume = case.article.volume if case.article else Volume()
    event = "the first day of the conference" if volume.start == published and not volume.published else "publication"
    return f"Dated {spoken(day)}, after {event} ({spoken(published)}). {_likely_slip(case, day)}"


def date_in_future(case: Case) -> str:
    day = case.resolution.day
    if not day or _fault(case) != "date_in_future":
        return ""
    return (
        f"Dated {spoken(day)}, a day that had not come yet when this was read ({spoken(case.settings.today)}). "
        f"{_likely_slip(case, day)}"
    )


def date_unreadable(case: Case) -> str:
    if not _stands(case.observation.date) or case.resolution.day:
        return ""
    text = case.observation.date.text.strip()
    found = f"The date reads {_quoted(text)}, which is no day" if text else "The date can't be read"
    return f"{found}. Type it in if you can read it; else ask the author."


def date_ambiguous(case: Case) -> str:
    if case.resolution.date_order != "ambiguous" or not case.resolution.day:
        return ""
    days = [date.fromisoformat(c.value) for c in case.resolution.date_candidates]
    other = next((d for d in days if (d.day, d.month) == (case.resolution.day.month, case.resolution.day.day)), None)
    either = f"{spoken(case.resolution.day)} or {spoken(other)}" if other else spoken(case.resolution.day)
    return f"{_quoted(case.observation.date.text)} can mean {either}; both days pass every check."


# ------------------------------------------------------------------------------------------- form and fields


def _stands(reading: FieldReading) -> bool:
    """Whether anything stands in a field."""
    return reading.kind != "none" or bool(reading.lines)


def _form(case: Case) -> Form | None:
    """The form that the return is on, as far as it is still where it was read with."""
    return form_called(known_forms(case.settings.forms), case.observation.form)


def _form_field(case: Case, name: str) -> FormField | None:
    """The form's record of a field."""
    found = _form(case)
    return found.field(name) if found else None


def _label(case: Case, name: str, otherwise: str) -> str:
    """Printed words beside a field, quoted."""
    found = _form_field(case, name)
    return f'"{found.label}"' if found else otherwise


def _nothing_found(observation: Observation) -> bool:
    fields = (observation.title, observation.name, observation.date, observation.block_name)
    return observation.signature.kind == "none" and not any(_stands(f) for f in fields)


def _explained(case: Case, name: str) -> bool:
    """Whether a field is blank only because its page is not there, which another blocking flag already says."""
    if not case.observation.form:
        return case.blocks("wrong_form") and _nothing_found(case.observation)
    found = _form_field(case, name)
    return case.blocks("page_missing") and found is not None and found.page in case.observation.missing_pages


def wrong_form(case: Case) -> str:
    if case.observation.form:
        return ""
    if _nothing_found(case.observation):
        return "No page of this file is the agreement. Ask the author for the signed form."
    return "This is not the agreement that the publisher asks for. Look at the pages; if it won't do, send the form."


def page_missing(case: Case) -> str:
    missing = case.observation.missing_pages
    if not missing or not case.observation.form:
        return ""
    some = f"Page {missing[0]}" if len(missing) == 1 else f"Pages {listed([str(n) for n in missing])}"
    verb = "is" if len(missing) == 1 else "are"
    return f"{some} of the agreement {verb} not in this file. Ask the author for the whole agreement."


def _alteration(found: Alteration) -> str:
    match found.kind:
        case "struck":
            return f"{_quoted(found.form_text)} is struck out"
        case "added":
            return f"{_quoted(found.page_text)} was added" if found.page_text else "something was written in"
        case "changed":
            if not found.page_text:
                return f"{_quoted(found.form_text)} is not there"
            return f"{_quoted(found.form_text)} reads {_quoted(found.page_text)}"


def form_altered(case: Case) -> str:
    sure = [a for a in case.observation.alterations if a.confidence >= ALTERATION_SURE]
    if not sure:
        return ""
    shown = [f"{_alteration(a)} (page {a.page})" for a in sure[:3]]
    more = f", and {len(sure) - 3} more" if len(sure) > 3 else ""
    return f"In the clauses, {listed(shown)}{more}. If that is so, ask the author to sign the unaltered form."


def unsigned(case: Case) -> str:
    if case.observation.signature.kind != "none" or _elsewhere(case) or _explained(case, "signature"):
        return ""
    return f"Nothing stands at {_label(case, 'signature', 'the place for the signature')}. Ask the author to sign."


def _only_a_name(case: Case) -> bool:
    """Whether what passes for the signature is a plainly written name at the label that asks for the name.

    Some sign there, so what is no plain name counts as a signature.
    """
    seen = case.observation
    if seen.signature.at_label or seen.signature.kind in ("none", "digital") or _stands(seen.block_name):
        return False
    text = plain_key(" ".join(line.text for line in seen.signature.lines))
    names = (seen.name.text, *(case.article.authors if case.article else ()))
    return max(fuzz.ratio(text, plain_key(name)) for name in names) >= PLAIN_NAME


def _elsewhere(case: Case) -> bool:
    if case.observation.signature.kind != "none":
        return _only_a_name(case)
    return _stands(case.observation.block_name)


def signed_elsewhere(case: Case) -> str:
    if not _elsewhere(case):
        return ""
    name = case.observation.block_name.text.strip() or " ".join(n.text for n in case.observation.signature.lines)
    found = f"{_quoted(name)} stands" if name.strip() else "Something is written"
    beside = _label(case, "block_name", "the signature's line")
    place = _label(case, "signature", "the place for the signature")
    return (
        f"{found} beside {beside}, but nothing at {place}. Accept it if it is a signature; else ask the author to sign."
    )


def undated(case: Case) -> str:
    if _stands(case.observation.date) or _explained(case, "date") or _may_be_blank(case, "date"):
        return ""
    stamped = next((c.signed_on for c in case.observation.certificates if c.intact and c.signed_on), None)
    known = f" The certificate says that it was signed on {spoken(stamped)}." if stamped else ""
    place = _label(case, "date", "the place for the date")
    return f"Nothing stands at {place}.{known} Ask the author to date and sign again."


def _may_be_blank(case: Case, name: str) -> bool:
    """Whether the form does not ask for a field, or leaves it to the author."""
    form = _form(case)
    found = form.field(name) if form else None
    return form is not None and (found is None or not found.required)


def title_missing(case: Case) -> str:
    if _stands(case.observation.title) or _explained(case, "title"):
        return ""
    if case.article and _may_be_blank(case, "title"):
        return ""
    return "The title is blank. Ask the author to fill it in and sign again."


def name_missing(case: Case) -> str:
    if _stands(case.observation.name) or _explained(case, "name") or _may_be_blank(case, "name"):
        return ""
    return "The name is blank. Ask the author to fill it in and sign again."


def field_missing(case: Case) -> str:
    blank = [
        field.label
        for field in case.observation.further
        if field.required and not field.value and field.form_page not in case.observation.missing_pages
    ]
    if not blank:
        return ""
    return f"Nothing stands at {listed([_quoted(label) for label in blank])}. Ask the author to fill that in."


def title_not_in_roster(case: Case) -> str:
    if not _stands(case.observation.title) or case.article:
        return ""
    text = case.observation.title.text.strip()
    if not text:
        return "The title can't be read. Pick the article by hand."
    return f"The title reads {_quoted(text)}, which is no article of the roster. Pick the article, or set this aside."


def title_differs(case: Case) -> str:
    if not case.article or not case.resolution.title_difference:
        return ""
    return f"The title differs from the roster's: {case.resolution.title_difference}."


# ------------------------------------------------------------------------------------- names and signatures


def name_not_an_author(case: Case) -> str:
    if not case.article or not _stands(case.observation.name) or case.resolution.authors:
        return ""
    text = case.observation.name.text.strip()
    found = f"The name reads {_quoted(text)}" if text else "The name can't be read"
    some = f"no author of {_quoted(case.article.title, 60)}" if text else "nothing shows that an author of it signs"
    return f"{found}, {some}. Ask the corresponding author to sign."


def signer_not_an_author(case: Case) -> str:
    if not case.resolution.stranger or case.observation.signature.kind == "none":
        return ""
    named = f"; the name on the form is {listed(case.resolution.authors)}" if case.resolution.authors else ""
    return (
        f"The signature reads {_quoted(case.resolution.stranger)}, which is no author of this article{named}. "
        "If another person signed, ask an author to sign."
    )


def signer_differs(case: Case) -> str:
    found = case.resolution
    if not found.signers or not found.authors or set(found.signers) & set(found.authors):
        return ""
    if found.signer_confidence < case.thresholds.signer:
        return ""
    return (
        f"Signed by {listed(found.signers)}, but the form names {listed(found.authors)}. "
        "Accept it if the co-author may sign for all; else ask the one named to sign."
    )


def several_names(case: Case) -> str:
    if len(case.resolution.authors) < 2:
        return ""
    return f"The form names {_count(len(case.resolution.authors))} authors: {listed(case.resolution.authors)}."


def several_signers(case: Case) -> str:
    if len(case.resolution.signers) < 2:
        return ""
    return f"{_count(len(case.resolution.signers)).capitalize()} authors signed: {listed(case.resolution.signers)}."


def signature_typed(case: Case) -> str:
    if case.observation.signature.kind != "typed":
        return ""
    text = " ".join(line.text for line in case.observation.signature.lines).strip()
    found = f"{_quoted(text)} is typed" if text else "A name is typed"
    return f"{found} where the signature should be. Ask the author to sign by hand, unless you accept typed signatures."


def signature_invalid(case: Case) -> str:
    bad = next((c for c in case.observation.certificates if not (c.intact and c.covers_file)), None)
    if not bad:
        return ""
    who = f" of {bad.signer}" if bad.signer else ""
    what = "does not verify" if not bad.intact else "does not cover the whole file: it was changed after signing"
    detail = f" ({bad.detail})" if bad.detail else ""
    return f"The certificate signature{who} {what}{detail}. Ask the author to sign the finished file again."


# --------------------------------------------------------------------------------------------- how sure it is


def _date_confidence(found: Resolution) -> float:
    """Confidence in the day; where day and month may harmlessly be exchanged, in either of the two days."""
    if found.date_order != "ambiguous" or not found.day:
        return found.date_confidence
    day = found.day
    either = {(day.day, day.month), (day.month, day.day)}
    days = [(date.fromisoformat(c.value), c.probability) for c in found.date_candidates]
    return max(found.date_confidence, sum(p for d, p in days if d.year == day.year and (d.day, d.month) in either))


def unsure(case: Case) -> str:
    found, least = case.resolution, case.thresholds
    readings = [
        ("the article", bool(case.article), found.article_confidence, least.article),
        ("the name", bool(found.authors), found.author_confidence, least.author),
        (
            "the signature",
            case.observation.signature.kind != "none",
            case.observation.signature.confidence,
            least.signature,
        ),
        ("the date", found.day is not None, _date_confidence(found), least.date),
    ]
    weak = [f"{name} ({sure:.0%})" for name, rests, sure, least_sure in readings if rests and sure < least_sure]
    if not weak and found.day and case.date_fault(found.day):
        weak = [] if _fault(case) else ["the date"]
    return f"Not sure enough of {listed(weak)}: compare with the page." if weak else ""


RULES: Mapping[str, Callable[[Case], str]] = {
    "wrong_form": wrong_form,
    "page_missing": page_missing,
    "form_altered": form_altered,
    "unsigned": unsigned,
    "undated": undated,
    "title_missing": title_missing,
    "name_missing": name_missing,
    "field_missing": field_missing,
    "title_not_in_roster": title_not_in_roster,
    "title_differs": title_differs,
    "name_not_an_author": name_not_an_author,
    "signer_not_an_author": signer_not_an_author,
    "signer_differs": signer_differs,
    "signed_elsewhere": signed_elsewhere,
    "several_names": several_names,
    "several_signers": several_signers,
    "signature_typed": signature_typed,
    "signature_invalid": signature_invalid,
    "date_unreadable": date_unreadable,
    "date_ambiguous": date_ambiguous,
    "date_precedes_article": date_precedes_article,
    "date_lapsed": date_lapsed,
    "date_after_publication": date_after_publication,
    "date_in_future": date_in_future,
    "unsure": unsure,
}
"""The flags that one return can have on its own."""


def check_return(case: Case) -> tuple[Flag, ...]:
    """Flags of one return beside the roster, in the registry's order, without those that need the batch."""
    problem = case.observation.problem
    if problem:
        return (Flag(problem.code, problem.sentence),)
    found = ((code, rule(case)) for code, rule in RULES.items() if code not in case.settings.off)
    return tuple(Flag(code, sentence) for code, sentence in found if sentence)


# ------------------------------------------------------------------------------------------------- the batch

Item = tuple[Source, Observation, Resolution]


def batch_days(items: Iterable[Item], roster: Roster, settings: Settings, least: Thresholds) -> dict[str, date]:
    """Middle of the sure dates of each volume whose day of publication is not known; by volume key."""
    days: dict[str, list[date]] = defaultdict(list)
    articles = {article.key: article for article in roster.articles}
    for _, _, found in items:
        article = articles.get(found.article)
        if article and found.day and found.date_confidence >= least.date and not publication(article, settings):
            days[article.volume.key].append(found.day)
    return {key: median_low(some) for key, some in days.items() if len(some) >= BATCH_DATES}


def _status(flags: Sequence[Flag], settings: Settings) -> Literal["clear", "review", "unreadable"]:
    codes = {flag.code for flag in flags}
    if codes & NOT_READ:
        return "unreadable"
    return "review" if codes & (BLOCKING - settings.notes) else "clear"


def _better(verdict: Verdict) -> tuple[bool, date, str, str]:
    """Sort key: the best of several returns for one article comes last."""
    return verdict.status == "clear", verdict.resolution.day or date.min, verdict.source.name, verdict.source.sha256


def _duplicates(verdicts: Sequence[Verdict]) -> dict[int, Flag]:
    """`duplicate_return` and `duplicate_kept`, by the return's place in the batch."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, verdict in enumerate(verdicts):
        if verdict.resolution.article and verdict.status != "unreadable":
            places[verdict.resolution.article].append(place)
    flags: dict[int, Flag] = {}
    for key, some in places.items():
        *others, best = sorted(some, key=lambda place: _better(verdicts[place]))
        kept = verdicts[best].source.name
        for place in others:
            flags[place] = Flag("duplicate_return", f"{kept} is the better return for {key}. Set this one aside.")
        if others:
            names = listed([verdicts[place].source.name for place in reversed(others)])
            flags[best] = Flag("duplicate_kept", f"Kept for {key}, rather than {names}.")
    return flags


def _joined_files(verdicts: Sequence[Verdict]) -> dict[int, Flag]:
    """`files_joined`, by the return's place in the batch."""
    return {
        place: Flag("files_joined", f"Read together with {listed([part.name for part in verdict.source.rest])}.")
        for place, verdict in enumerate(verdicts)
        if verdict.source.rest
    }


def _typed_in(reading: FieldReading) -> bool:
    """Whether a field was typed into the file, rather than written or printed on paper."""
    return any(line.source in ("text_layer", "form_field", "annotation") for line in reading.lines)


def _one_page_twice(a: Verdict, b: Verdict) -> bool:
    """Whether two returns whose ink agrees are one page used for two articles, as far as their readings tell.

    Ink on paper never falls the same way twice. What is typed and pasted into a file does: an author of two
    articles who fills in two files on one day is innocent.
    """
    if not a.resolution.article or not b.resolution.article or a.resolution.article == b.resolution.article:
        return False
    sure = min(a.resolution.date_confidence, b.resolution.date_confidence) >= Thresholds().date
    if sure and a.resolution.day and b.resolution.day and a.resolution.day != b.resolution.day:
        return False
    pasted = _typed_in(a.observation.date) and _typed_in(b.observation.date)
    return not (pasted and set(a.resolution.authors) & set(b.resolution.authors))


def _same_scans(verdicts: Sequence[Verdict]) -> dict[int, Flag]:
    """`same_scan`, by the return's place in the batch."""
    twins: dict[int, list[int]] = defaultdict(list)
    for a, b in same_ink_pairs([verdict.observation.ink_print for verdict in verdicts]):
        if _one_page_twice(verdicts[a], verdicts[b]):
            twins[a].append(b)
            twins[b].append(a)
    return {
        place: Flag(
            "same_scan",
            "The same signed page serves "
            + listed([f"{verdicts[o].resolution.article} ({verdicts[o].source.name})" for o in others])
            + " as well. Ask the author to sign an agreement for each article.",
        )
        for place, others in twins.items()
    }


def check_batch(items: Sequence[Item], roster: Roster, settings: Settings) -> list[Verdict]:
    """Flags and status of every return of a batch, in the order of `items`."""
    least = thresholds(settings.risk)
    articles = {article.key: article for article in roster.articles}
    middle = batch_days(items, roster, settings, least)
    verdicts = []
    for source, observation, found in items:
        article = articles.get(found.article)
        batch_day = middle.get(article.volume.key) if article else None
        flags = check_return(Case(observation, found, article, settings, least, batch_day))
        verdicts.append(Verdict(source, observation, found, flags, _status(flags, settings)))
    more = [_joined_files(verdicts), _duplicates(verdicts), _same_scans(verdicts)]
    return [_with(verdict, [m[i] for m in more if i in m], settings) for i, verdict in enumerate(verdicts)]


def _with(verdict: Verdict, more: Sequence[Flag], settings: Settings) -> Verdict:
    added = [flag for flag in more if flag.code not in settings.off]
    flags = tuple(sorted((*verdict.flags, *added), key=lambda flag: ORDER[flag.code]))
    return Verdict(verdict.source, verdict.observation, verdict.resolution, flags, _status(flags, settings))
