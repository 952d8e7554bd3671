"""The flags of the form and its fields: what is there, what is missing, what was altered.

Each function answers with the flag's sentence, empty where it does not apply.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from pipeline.checks.check_context import CheckContext, stands
from pipeline.datamodel.normalizing import normalize_token
from pipeline.datamodel.phrases import listed, quoted, spoken
from pipeline.datamodel.records import Alteration, ExtraField, Observation
from pipeline.forms.form import FormField

PLAIN_NAME = 68.0
"""rapidfuzz ratio of a name, its words in any order, and what was read, from which handwriting at the name's label is
that name and no signature. Set by eye: of 43 names beside a signature 35 have 74 or more, six of the others nothing to
compare with; what was signed there and can't be read has 53 or less."""
OF_RIGHTS = frozenset(
    {
        *("this", "is", "are", "was", "were", "not", "shall", "may", "hereby", "under", "subject", "work", "authored"),
        *("license", "licence", "licensed", "licenced", "contract", "copyright", "copyrighted", "rights", "retains"),
        *("government", "governmental", "crown", "public", "domain", "nonexclusive", "irrevocable", "employees"),
    }
)
"""Words of statements about rights, two of which no name with its affiliation has. Chosen by hand."""
STATEMENT_WORDS = 5
"""Words from which a line may be a statement. Set by eye."""
ALTERATION_SURE = 0.5
"""Confidence from which an alteration of the form is told to the editor."""


def _form_field(context: CheckContext, name: str) -> FormField | None:
    """The form's record of a field."""
    return context.form.field(name) if context.form else None


def _label(context: CheckContext, name: str, otherwise: str) -> str:
    """Printed words beside a field, quoted."""
    found = _form_field(context, name)
    return f'"{found.label}"' if found else otherwise


def _nothing_found(observation: Observation) -> bool:
    fields = (observation.title, observation.name, observation.date, observation.block_name)
    return observation.signature.kind == "none" and not any(stands(f) for f in fields)


def _explained(context: CheckContext, name: str) -> bool:
    """Whether a field is blank only because its page is not there, which another blocking flag already says."""
    if not context.observation.form:
        return context.blocks("wrong_form") and _nothing_found(context.observation)
    found = _form_field(context, name)
    return context.blocks("page_missing") and found is not None and found.page in context.observation.missing_pages


def wrong_form(context: CheckContext) -> str:
    """No page of the file is a known form, where one is expected, or any agreement's."""
    if context.observation.form:
        return ""
    if _nothing_found(context.observation):
        return "No page of this file is the agreement. Ask the author for the signed form."
    if not context.form_expected:
        return ""
    return "This is not the agreement that the publisher asks for. Look at the pages; if it won't do, send the form."


def page_missing(context: CheckContext) -> str:
    """The form was recognized, and a page of it is not in the file."""
    missing = context.observation.missing_pages
    if not missing or not context.observation.form:
        return ""
    some = f"Page {missing[0]}" if len(missing) == 1 else f"Pages {listed([str(n) for n in missing])}"
    verb = "is" if len(missing) == 1 else "are"
    return f"{some} of the agreement {verb} not in this file. Ask the author for the whole agreement."


def _alteration(found: Alteration) -> str:
    match found.kind:
        case "struck":
            return f"{quoted(found.form_text)} is struck out"
        case "added":
            return f"{quoted(found.page_text)} was added" if found.page_text else "something was written in"
        case "changed":
            if not found.page_text:
                return f"{quoted(found.form_text)} is not there"
            return f"{quoted(found.form_text)} reads {quoted(found.page_text)}"


def _added_statement(seen: Observation) -> str:
    """The line of the signature block that says something of the rights, as employees of governments add it; empty
    where none does. Names, affiliations and stamps have no two such words."""
    lines = (*seen.signature.lines, *seen.block_name.lines, *seen.date.lines)
    words = {line.text: re.findall(r"[a-z]+", line.text.lower()) for line in lines}
    return next(
        (t for t, own in words.items() if len(own) >= STATEMENT_WORDS and len(OF_RIGHTS.intersection(own)) > 1), ""
    )


def form_altered(context: CheckContext) -> str:
    """Clauses struck out, added or changed, as far as the confidence reaches ALTERATION_SURE; three are named."""
    sure = [a for a in context.observation.alterations if a.confidence >= ALTERATION_SURE]
    if not sure and (added := _added_statement(context.observation)):
        return f"Beside the signature stands {quoted(added)}. If it is a condition, ask the author to sign without it."
    if not sure:
        return ""
    shown = [f"{_alteration(a)} (page {a.page})" for a in sure[:3]]
    more = f", and {len(sure) - 3} more" if len(sure) > 3 else ""
    return f"In the clauses, {listed(shown)}{more}. If that is so, ask the author to sign the unaltered form."


def unsigned(context: CheckContext) -> str:
    """Nothing stands where the signature belongs, nor anything elsewhere that may be one; a name that is plainly
    written at the label that asks for it is just that."""
    if _explained(context, "signature"):
        return ""
    place = _label(context, "signature", "the place for the signature")
    if name := _written_at_name_label(context):
        if not _is_plain_name(context, name):
            return ""
        beside = _label(context, "block_name", "the signature's line")
        return f"{quoted(name)} is written beside {beside}, but nothing at {place}. Ask the author to sign."
    blank = context.observation.signature.kind == "none" and not _elsewhere(context)
    return f"{place[0].upper()}{place[1:]} is blank. Ask the author to sign." if blank else ""


def _written_at_name_label(context: CheckContext) -> str:
    """What was written by hand at the label that asks for the name, where that is all there is of a signature."""
    seen = context.observation
    if seen.signature.kind == "none":
        return seen.block_name.text.strip() if seen.block_name.kind == "handwritten" else ""
    if seen.signature.at_label or seen.signature.kind != "handwritten" or stands(seen.block_name):
        return ""
    return " ".join(line.text for line in seen.signature.lines).strip()


def _is_plain_name(context: CheckContext, text: str) -> bool:
    """Whether it reads as the name on the form or an author's. Some sign at that label, in a hand that hardly does."""
    names = (context.observation.name.text, *(context.article.authors if context.article else ()))
    written = _letters_of_words(text)
    return max(fuzz.token_sort_ratio(written, _letters_of_words(name)) for name in names) >= PLAIN_NAME


def _letters_of_words(text: str) -> str:
    return " ".join(normalize_token(word) for word in text.split())


def _elsewhere(context: CheckContext) -> bool:
    """Whether what may be the signature stands at the label that asks for the name."""
    seen = context.observation
    if seen.signature.kind != "none":
        alone = seen.signature.kind == "handwritten" and not seen.signature.at_label and not stands(seen.block_name)
    else:
        alone = seen.block_name.kind == "handwritten"
    return alone and not _is_plain_name(context, _written_at_name_label(context))


def signed_elsewhere(context: CheckContext) -> str:
    """What may be the signature stands beside the name's label alone, in a hand that no name can be read from."""
    if not _elsewhere(context):
        return ""
    beside = _label(context, "block_name", "the signature's line")
    place = _label(context, "signature", "the place for the signature")
    return f"Something is written beside {beside}, and nothing at {place}. It is taken for the signature."


def undated(context: CheckContext) -> str:
    """The date is blank on a form that requires one; a certificate's own day is told."""
    if stands(context.observation.date) or _explained(context, "date") or _may_be_blank(context, "date"):
        return ""
    stamped = next((c.signed_on for c in context.observation.certificates if c.intact and c.signed_on), None)
    known = f" The certificate says that it was signed on {spoken(stamped)}." if stamped else ""
    place = _label(context, "date", "The place for the date")
    return f"{place} is blank.{known} Ask the author to date and sign again."


def _may_be_blank(context: CheckContext, name: str) -> bool:
    """Whether the form does not ask for a field, or leaves it to the author."""
    found = _form_field(context, name)
    return context.form is not None and (found is None or not found.required)


def _missing(context: CheckContext, name: str) -> str:
    """The sentence for a title or name that was not found. Of a form that is not known it can't be told whether it asks
    for one; where there is no roster either, nothing depends on it.
    """
    if context.observation.form:
        return f"The {name} is blank. Ask the author to fill it in and sign again."
    if not context.has_roster:
        return ""
    return f"No {name} was found, on a form that is not known. Ask the author for it, or enter it if it stands there."


def title_missing(context: CheckContext) -> str:
    """The title is blank on a form that requires one."""
    if stands(context.observation.title) or _explained(context, "title"):
        return ""
    if context.article and _may_be_blank(context, "title"):
        return ""
    return _missing(context, "title")


def name_missing(context: CheckContext) -> str:
    """The name is blank on a form that requires one."""
    if stands(context.observation.name) or _explained(context, "name") or _may_be_blank(context, "name"):
        return ""
    return _missing(context, "name")


def _blank_fields(context: CheckContext) -> list[ExtraField]:
    """Further fields that the form requires and that are blank on a page that is there."""
    return [
        field
        for field in context.observation.extra_fields
        if field.required and not field.value and field.form_page not in context.observation.missing_pages
    ]


def field_missing(context: CheckContext) -> str:
    """Further fields that the form requires are blank; `missing_columns` says which."""
    blank = _blank_fields(context)
    if not blank:
        return ""
    labels, verb = listed([quoted(field.label) for field in blank]), "is" if len(blank) == 1 else "are"
    return f"{labels} {verb} blank. Ask the author to fill that in."


def missing_columns(context: CheckContext) -> tuple[str, ...]:
    """The columns that `field_missing` is about."""
    return tuple(field.column for field in _blank_fields(context))


def from_text(context: CheckContext) -> str:
    transcript = context.observation.transcript
    return f"Read from text that another program made ({transcript.engine}); no page was seen." if transcript else ""


def title_not_in_roster(context: CheckContext) -> str:
    """A title is there and denotes no article of the roster. Where there is no roster, none can."""
    if not stands(context.observation.title) or context.article or not context.has_roster:
        return ""
    text = context.observation.title.text.strip()
    if not text:
        return "The title can't be read. Pick the article by hand."
    return f"The title reads {quoted(text)}, which is no article of the roster. Pick the article, or set this aside."


def title_differs(context: CheckContext) -> str:
    """The title denotes an article, in other words than the roster's."""
    if not context.article or not context.resolution.title_difference:
        return ""
    return f"The title differs from the roster's: {context.resolution.title_difference}."
