"""Check: which flags each return of a batch gets, with the sentence that says why.

Each flag of one return is a small function of a `CheckContext` that answers with its sentence, or with an empty string
where the flag does not apply: `date_rules`, `form_rules`, `signer_rules`. The flags that need several returns
(duplicates, one scan for two articles) follow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from pipeline.checks import date_rules, form_rules, signer_rules
from pipeline.checks.better_return import DUPLICATE, Contender, best_first
from pipeline.checks.check_context import CheckContext
from pipeline.checks.flags import BLOCKING, NOT_READ, ORDER
from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.phrases import listed
from pipeline.datamodel.records import FieldReading, Flag, Observation, Resolution, Roster, Settings, Source, Verdict
from pipeline.extraction.page_fingerprint import same_ink_pairs
from pipeline.forms.form import Form, form_called
from pipeline.names.similarity import FITS, similarity
from pipeline.resolution.risk import field_doubts, weakest
from pipeline.resolution.thresholds import DEFAULT_THRESHOLDS, thresholds

READINGS: Mapping[str, tuple[str, str]] = {
    "article": ("article", "the article"),
    "author": ("author", "the name"),
    "signature": ("signature", "the signature"),
    "signer": ("signature", "who signed"),
    "date": ("date", "the date"),
}
"""Readings that a verdict rests on -> their column, and how `unsure` calls them."""


PRINTED: Final = 0.5
"""Probability, 0..1, from which a date on a scan is set in type. With the volume left out 138 of 151 in type reach it,
and 9 of 426 by hand (card: `models/marks.md`)."""
LEAST_SHOWN: Final = 0.01
"""Least probability that a sentence gives: nothing is quite ruled out."""


def _weak(context: CheckContext) -> list[tuple[str, str]]:
    """(column, words for it) of the readings that leave the return likelier to be wrong than is accepted."""
    found, accused = context.resolution, date_rules.fault_of(context)
    doubts = field_doubts(found, context.observation, date_rules.settled_confidence(context))
    if accused:
        doubts.pop("date", None)  # the date's own flag says more
    weak = weakest(doubts, context.thresholds.doubt)
    if not weak and found.day and context.limits.fault(found.day) and not accused:
        weak = ["date"]
    return [(READINGS[field][0], _in_words(field, context, doubts[field])) for field in weak]


def _in_words(field: str, context: CheckContext, doubt: float) -> str:
    """How a weak reading is called, with how sure it is. Of a signer who is not among the names made out of a longer
    list, it is the list that is in doubt."""
    found = context.resolution
    if field == "signer" and found.signers and not set(found.signers) & set(found.authors):
        return f"whether the form names {listed(found.signers)}, who signed"
    return f"{READINGS[field][1]} ({max(1 - doubt, LEAST_SHOWN):.0%})"


def unsure(context: CheckContext) -> str:
    """Which readings leave the return likelier to be wrong than the accepted risk allows; empty where none does."""
    weak = [words for _, words in _weak(context)]
    return f"Not sure enough of {listed(weak)}: compare with the page." if weak else ""


def unsure_columns(context: CheckContext) -> tuple[str, ...]:
    """The columns that `unsure` is about."""
    return tuple(dict.fromkeys(column for column, _ in _weak(context)))


RULES: Mapping[str, Callable[[CheckContext], str]] = {
    "wrong_form": form_rules.wrong_form,
    "page_missing": form_rules.page_missing,
    "form_altered": form_rules.form_altered,
    "unsigned": form_rules.unsigned,
    "undated": form_rules.undated,
    "title_missing": form_rules.title_missing,
    "name_missing": form_rules.name_missing,
    "field_missing": form_rules.field_missing,
    "title_not_in_roster": form_rules.title_not_in_roster,
    "title_differs": form_rules.title_differs,
    "name_not_an_author": signer_rules.name_not_an_author,
    "signer_not_an_author": signer_rules.signer_not_an_author,
    "signer_differs": signer_rules.signer_differs,
    "signed_elsewhere": form_rules.signed_elsewhere,
    "several_names": signer_rules.several_names,
    "several_signers": signer_rules.several_signers,
    "signature_typed": signer_rules.signature_typed,
    "signature_script_font": signer_rules.signature_script_font,
    "signature_invalid": signer_rules.signature_invalid,
    "date_unreadable": date_rules.date_unreadable,
    "date_ambiguous": date_rules.date_ambiguous,
    "date_precedes_article": date_rules.date_precedes_article,
    "date_lapsed": date_rules.date_lapsed,
    "date_after_publication": date_rules.date_after_publication,
    "date_in_future": date_rules.date_in_future,
    "from_text": form_rules.from_text,
    "unsure": unsure,
}
"""The flags that one return can have on its own."""
COLUMNS: Mapping[str, Callable[[CheckContext], tuple[str, ...]]] = {
    "field_missing": form_rules.missing_columns,
    "unsure": unsure_columns,
}
"""Flags about columns that their code does not tell -> those columns (`Flag.fields`)."""


def check_return(context: CheckContext) -> tuple[Flag, ...]:
    """Flags of one return beside the roster, in the registry's order, without those that need the batch."""
    problem = context.observation.problem or context.resolution.problem
    if problem:
        return (Flag(problem.code, problem.sentence),)
    found = ((code, rule(context)) for code, rule in RULES.items() if code not in context.settings.off)
    return tuple(Flag(code, sentence, _columns(code, context)) for code, sentence in found if sentence)


def _columns(code: str, context: CheckContext) -> tuple[str, ...]:
    return COLUMNS[code](context) if code in COLUMNS else ()


# ------------------------------------------------------------------------------------------------- the batch

Item = tuple[Source, Observation, Resolution]


def _status(flags: Sequence[Flag], settings: Settings) -> Literal["clear", "review", "unreadable"]:
    codes = {flag.code for flag in flags}
    if codes & NOT_READ:
        return "unreadable"
    return "review" if codes & (BLOCKING - settings.notes) else "clear"


def _duplicates(verdicts: Sequence[Verdict]) -> dict[int, Flag]:
    """`duplicate_return` and `duplicate_kept`, by the return's place in the batch."""
    rivals: dict[str, list[Contender]] = defaultdict(list)
    for place, verdict in enumerate(verdicts):
        if verdict.resolution.article and verdict.status != "unreadable":
            source, day = verdict.source, verdict.resolution.day
            rivals[verdict.resolution.article].append(
                Contender(place, verdict.status, (), day, source.name, source.sha256)
            )
    flags: dict[int, Flag] = {}
    for key, some in rivals.items():
        best, *others = best_first(some)
        for other in others:
            flags[other.number] = Flag(DUPLICATE, f"{best.file} is the better return for {key}. Set this one aside.")
        if others:
            names = listed([other.file for other in others])
            flags[best.number] = Flag("duplicate_kept", f"Kept for {key}, rather than {names}.")
    return flags


def _former_forms(verdicts: Sequence[Verdict], forms: Sequence[Form]) -> dict[int, Flag]:
    """Returns on a form that is no longer sent out, where most of the batch are on another one."""
    labels = [found.label if (found := form_called(forms, v.observation.form)) else "" for v in verdicts]
    former = {form.label for form in forms if form.former}
    usual, count = max(Counter(filter(None, labels)).items(), key=lambda item: item[1], default=("", 0))
    if 2 * count <= sum(map(bool, labels)):
        return {}
    return {
        place: Flag(
            "wrong_form",
            f"This is on an older form of the agreement ({label}); most of the batch are on {usual}. "
            "Ask for the present form, or accept this one.",
        )
        for place, label in enumerate(labels)
        if label in former and label != usual
    }


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


def _typed(reading: FieldReading) -> bool:
    """Whether a field was typed, rather than written by hand: as the file's text says, or as it looks."""
    return _typed_in(reading) or any(line.printed >= PRINTED for line in reading.lines)


def _one_page_twice(a: Verdict, b: Verdict) -> bool:
    """Whether two returns whose ink agrees are one page used for two articles, as far as their readings tell.

    Ink on paper never falls the same way twice. What is typed and pasted into a file does, also where the file was
    printed and scanned: an author of two articles who fills in two files on one day is innocent, and so are two who use
    one service to sign.
    """
    if not (a.resolution.article or b.resolution.article) or a.resolution.article == b.resolution.article:
        return False
    sure = min(a.resolution.date_confidence, b.resolution.date_confidence) >= DEFAULT_THRESHOLDS.date
    if sure and a.resolution.day and b.resolution.day and a.resolution.day != b.resolution.day:
        return False
    dates = (a.observation.date, b.observation.date)
    if all(map(_typed, dates)) and _one_person(a, b):
        return False
    return not (all(map(_typed_in, dates)) and _typed_block(a) != _typed_block(b))


def _one_person(a: Verdict, b: Verdict) -> bool:
    """Whether two returns name the same author, however the roster spells him for either article."""
    names = [(*verdict.resolution.authors, verdict.observation.name.text) for verdict in (a, b)]
    return any(similarity(one, other) >= FITS for one in names[0] for other in names[1])


def _typed_block(verdict: Verdict) -> list[str]:
    """What is typed into the signature block: the same where one page is used twice."""
    seen = verdict.observation
    lines = (*seen.signature.lines, *seen.block_name.lines, *seen.date.lines)
    return sorted(normalize_token(line.text) for line in lines if not line.views)


def _same_scans(verdicts: Sequence[Verdict]) -> dict[int, Flag]:
    """`same_scan`, by the return's place in the batch."""
    twins: dict[int, list[int]] = defaultdict(list)
    for a, b in same_ink_pairs([verdict.observation.page_fingerprint for verdict in verdicts]):
        if _one_page_twice(verdicts[a], verdicts[b]):
            # A return without an article says nothing against the other, which may be the same sent again, filled in.
            for one, other in ((a, b), (b, a)):
                if verdicts[other].resolution.article:
                    twins[one].append(other)
    return {
        place: Flag(
            "same_scan",
            "The same signed page serves "
            + listed([f"{verdicts[o].resolution.article} ({verdicts[o].source.name})" for o in others])
            + " as well. Ask the author to sign an agreement for each article.",
        )
        for place, others in twins.items()
    }


def form_expected(seen: Sequence[Observation], settings: Settings) -> bool:
    """Whether the returns of a batch are to be on a known form: one was given, or some of them are on one.

    A folder of agreements that are all on others is read by their labels, and no form is missed. Of a single return it
    can't be told.
    """
    return bool(settings.forms) or len(seen) < 2 or any(one.form for one in seen)


def check_batch(items: Sequence[Item], roster: Roster, settings: Settings, forms: Sequence[Form]) -> list[Verdict]:
    """Flags and status of every return of a batch, in the order of `items`. `forms`: those that are known."""
    least = thresholds(settings.risk)
    articles = {article.key: article for article in roster.articles}
    expected = form_expected([observation for _, observation, _ in items], settings)
    verdicts = []
    for source, observation, found in items:
        article = articles.get(found.article)
        form = form_called(forms, observation.form)
        context = CheckContext(observation, found, article, settings, least, form, expected, bool(articles))
        flags = check_return(context)
        verdicts.append(Verdict(source, observation, found, flags, _status(flags, settings)))
    more = [_former_forms(verdicts, forms), _joined_files(verdicts), _duplicates(verdicts), _same_scans(verdicts)]
    return [_with(verdict, [m[i] for m in more if i in m], settings) for i, verdict in enumerate(verdicts)]


def _with(verdict: Verdict, more: Sequence[Flag], settings: Settings) -> Verdict:
    added = [flag for flag in more if flag.code not in settings.off]
    flags = tuple(sorted((*verdict.flags, *added), key=lambda flag: ORDER[flag.code]))
    return Verdict(verdict.source, verdict.observation, verdict.resolution, flags, _status(flags, settings))
