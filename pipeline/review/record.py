"""One return as the page shows it: plain values that become JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process

from pipeline.checks.better_return import best_first
from pipeline.checks.flags import FLAGS, ORDER
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import EXTRA, Article, Box, FieldReading, Observation, PageFit, SignatureReading
from pipeline.decisions.extra_fields import MARKED, field_of
from pipeline.decisions.hints import Hint, hints
from pipeline.decisions.questions import (
    ACCEPTED_BECAUSE,
    DUPLICATE,
    FIELD_REASONS,
    FIELDS,
    LINE,
    MOST_CHOICES,
    READ,
    REASONS,
    Choice,
    Question,
    choices,
    differing,
    expected,
    named,
    place_of,
    reason_words,
    shown,
)
from pipeline.decisions.queue_order import GROUPS, control_column
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.decisions.suggestions import Suggestion, likelier_date, same_slip
from pipeline.extraction.page_fingerprint import same_ink_pairs
from pipeline.names.legibility import legibility
from pipeline.review.mail_pane import envelope
from pipeline.review.pages import field_zone, upright_box, zone_box
from pipeline.review.transcript_text import quote, text_pages

NEIGHBOURS = 5
"""Titles among which a control sample asks for the right one."""

LOOK: Mapping[str, str] = {"form_altered": "marked", "same_scan": "signature", "duplicate_return": "signature"}
"""Flag about the return as a whole -> where on the page to look: a field, or the clauses that are marked as altered."""

BOTH = frozenset({"duplicate_return", "same_scan"})
"""Flags that ask about two returns."""
DID: Mapping[str, str] = {
    "ask": "asked again", "aside": "set aside", "confirm": "confirmed", "correct": "corrected", "later": "put off",
    "seen": "seen", "undo": "undone",
}  # fmt: skip
"""What an entry of the log did."""

LEAST_LEGIBLE = 0.4
"""Legibility (0..1) from which the letters read from a signature are shown; below it is a scribble. Set by eye."""

Json = dict[str, Any]


def record(session: ReviewSession, number: int) -> Json | None:
    """All that the page shows of one return; None where there is no such row."""
    state = session.state(number)
    if state is None:
        return None
    seen = session.observation(number)
    basis: Json = {
        "number": number,
        "version": state.version,
        "where": state.where,
        "pages": _pages(session, state, seen),
    }
    if state.awaits_control:
        card = _control_card(session, state)
        return {**basis, "control": True, "heading": "Control sample", "file": "", "cards": [card],
                "lines": [], "notes": [], "history": [], "group": GROUPS[-1], "rival": None, "mail": None}  # fmt: skip
    article = session.articles.get(state.values["article"])
    cards = [_card(session, state, seen, question) for question in state.asked]
    asked = {question.field for question in state.asked}
    notes = [f.sentence for f in state.judged.flags if ORDER[f.code] not in _asking(state)]
    lines = [_line(session, state, seen, column) for column in (*FIELDS, *state.extra_fields) if column not in asked]
    return {
        **basis,
        "control": False,
        "heading": article.title if article else state.judged.row["title_read"] or state.judged.source.name,
        "article": article.key if article else "",
        "authors": list(article.authors) if article else [],
        "file": state.judged.source.name,
        "status": state.status,
        "group": GROUPS[session.group(state)] if state.asked else "Nothing flagged",
        "cards": cards,
        "lines": lines,
        "notes": notes,
        "history": [entry(session, d) for d in state.log],
        "rival": _rival(session, state),
        "mail": envelope(state.judged.source),
    }


def about(article: Article | None) -> str:
    """An article as lists name it: its key, title and authors."""
    return f"{article.key}: {article.title} ({', '.join(article.authors)})" if article else ""


def _asking(state: State) -> set[int]:
    return {ORDER[q.flag] for q in state.asked if q.flag}


def entry(session: ReviewSession, decision: Decision) -> Json:
    """An entry of the log, for people."""
    did = DID.get(decision.action, decision.action)
    if decision.action == "later" and decision.field:
        did = "questioned"
    if decision.action == "undo" and session.is_undo(decision, decision.undo_of):
        did = "brought back"
    before, after = (
        shown(decision.field, value, session.articles.get(value)) or "empty"
        for value in (decision.before, decision.after)
    )
    change = after if before == after else f"{before} → {after}"
    return {
        **asdict(decision),
        "did": f"{named(decision.field)} {did}",
        "change": change if decision.field else "",
        "after_shown": after,
        "reason_text": reason_words(decision.reason),
    }


# --- pages --------------------------------------------------------------------------------------------------------


def _pages(session: ReviewSession, state: State, seen: Observation) -> list[Json]:
    """Each page with the boxes that are shown on it, in the upright page's frame; its text, where none was seen."""
    if seen.transcript is not None:
        return text_pages(seen.transcript)
    fits = {fit.page: fit for fit in seen.fits}
    pages = []
    for number in _numbers(state, seen)[:60]:
        fit = fits.get(number)
        turn = fit.rotation_deg if fit else 0
        places = _boxes_on(session, seen, fit, number)
        boxes = {name: _corners(upright_box(box, turn)) for name, box in places.items()}
        marked = [_corners(upright_box(a.box, turn)) for a in seen.alterations if a.box and a.page == number]
        pages.append({"page": number, "form_page": fit.form_page if fit else None, "boxes": boxes, "marked": marked})
    return pages


def _numbers(state: State, seen: Observation) -> Sequence[int]:
    """The return's pages as its file counts them."""
    return state.judged.source.pages or range(1, seen.pages + 1)


def _boxes_on(session: ReviewSession, seen: Observation, fit: PageFit | None, number: int) -> dict[str, Box]:
    """Field -> its box on a page; where nothing stands, the place where the form asks for it."""
    found = {}
    for name in ("title", "name", "signature", "date", *(field.column for field in seen.extra_fields)):
        reading = _reading(seen, name)
        if reading.box is not None and reading.page == number:
            found[name] = reading.box
        elif reading.box is None and fit and (zone := field_zone(fit, field_of(name), session.forms)):
            found[name] = zone_box(fit, zone)
    return found


def _corners(box: Box) -> list[float]:
    return [round(v, 4) for v in (box.x0, box.y0, box.x1, box.y1)]


def _proof(session: ReviewSession, state: State, seen: Observation, column: str) -> Json | None:
    """Where the crop comes from that proves a column, and its words for who can't see it."""
    name = place_of(column)
    if not name or seen.transcript is not None:
        return None
    reading = _reading(seen, name)
    number, numbers = state.judged.number, list(_numbers(state, seen))
    version = state.judged.source.sha256[:12]
    if reading.box is not None:
        page = numbers.index(reading.page) + 1 if reading.page in numbers else 1
        read = _as_read(state, column) or "not read"
        words = f"{named(column)}, page {page}: {read}"
        return {"src": f"/crop/{number}/{name}?v={version}", "alt": words, "name": name, "page": page, "empty": False}
    own = (f for f in seen.fits if f.page in numbers)
    fit = next((f for f in own if field_zone(f, field_of(name), session.forms)), None)
    if fit is None:
        return None
    page = numbers.index(fit.page) + 1
    words = f"Place of the {named(column).lower()} on page {page}: nothing found there"
    return {"src": f"/place/{number}/{name}?v={version}", "alt": words, "name": name, "page": page, "empty": True}


def _quote(seen: Observation, column: str) -> Json | None:
    """What stands before, in and behind a column's field in the text, where the return has no page."""
    name = place_of(column)
    pieces = quote(seen.transcript, name) if seen.transcript and name else []
    return {"name": name, "pieces": pieces} if pieces else None


# --- cards --------------------------------------------------------------------------------------------------------


def _card(session: ReviewSession, state: State, seen: Observation, question: Question) -> Json:
    column = question.field
    by = question.settled_by
    return {
        "key": question.key,
        "flag": question.flag,
        "field": column,
        "name": named(column),
        "sentence": question.sentence,
        "main": question.kind.main,
        "enter": question.kind.enter,
        "accept": "" if question.kind.enter == "confirm" else question.kind.accept,
        "keeps": question.flag == DUPLICATE,
        "because": ACCEPTED_BECAUSE,
        "reasons": list(REASONS.items()),
        "likely": question.kind.reason,
        "settled": entry(session, by) if by else None,
        **(_values(session, state, seen, column) if column else {}),
        "look": LOOK.get(question.flag, ""),
        "both": question.flag in BOTH or question.key == "doubt:article",
    }


def _line(session: ReviewSession, state: State, seen: Observation, column: str) -> Json:
    """A column that nothing asks about; it can be opened like a card."""
    article = session.articles.get(state.values["article"])
    return {
        "key": f"field:{column}",
        "flag": "",
        "field": column,
        "name": named(column),
        "sentence": "",
        "main": LINE,
        "enter": "confirm",
        "accept": "",
        "keeps": False,
        "because": ACCEPTED_BECAUSE,
        "reasons": list(REASONS.items()),
        "likely": FIELD_REASONS.get(column, "field"),
        "settled": None,
        **_values(session, state, seen, column),
        "short": shown(column, state.values[column], article) or _read_but_unmatched(state, column) or "—",
    }


def _read_but_unmatched(state: State, column: str) -> str:
    """What was read for a column that no article tells the meaning of yet; of a signature, if it looks like a name."""
    read = _as_read(state, column)
    scribble = column == "signer" and legibility(read) < LEAST_LEGIBLE
    return f"{read} (as read)" if read and column in ("article", "author", "signer") and not scribble else ""


def _values(session: ReviewSession, state: State, seen: Observation, column: str) -> Json:
    """Reading, roster and the value now, with what differs marked, and what can be taken instead."""
    value, field = state.values[column], state.extra_fields.get(column)
    article = session.articles.get(value if column == "article" else state.values["article"])
    found = state.judged.resolution
    read = _as_read(state, column)
    meant = shown(column, value, article)
    compared = column in ("article", "author", "signer")
    pieces = differing(read, meant) if compared else ([(read, False)] * bool(read), [(meant, False)] * bool(meant))
    return {
        "proof": _proof(session, state, seen, column),
        "quote": _quote(seen, column),
        "read": pieces[0] if column != "signature" else [(shown("signature", read, article), False)],
        "value": value,
        "value_shown": pieces[1],
        "roster": "" if column == "article" else expected(column, article),
        "typed": column != "signature" and (field is None or field.kind not in MARKED),
        "choices": _choices(session, state, column, choices(column, value, found, article, field)),
        "hints": [f"{hint.article}: {hint.why}" for hint in _hints(session, state)] if column == "article" else [],
        "suggestion": _suggestion(session, state, column),
    }


def _as_read(state: State, column: str) -> str:
    """What the machine read for a column, as the table has it."""
    return str(state.judged.row.get(READ.get(column, column)) or "")


def _reading(seen: Observation, name: str) -> FieldReading | SignatureReading:
    """What stands in a field of the form, by the name of its crop."""
    if not name.startswith(EXTRA):
        found: FieldReading | SignatureReading = getattr(seen, name)
        return found
    return next((one.reading for one in seen.extra_fields if one.column == name), FieldReading())


def _choices(session: ReviewSession, state: State, column: str, found: Sequence[Choice]) -> list[Json]:
    """What can be taken by a digit; of dates those that pass the checks come first."""
    if column == "article":
        found = _articles_to_choose(session, state, found)
    shown_ = [_choice(session, state, column, choice) for choice in found]
    if column == "date":
        shown_.sort(key=lambda choice: bool(choice["hint"]) and not choice["current"])
    return shown_[: MOST_CHOICES.get(column, len(shown_))]


MOST_HINTS = 3
"""Hints that are shown: a file's name may fit more articles than anybody wants to read."""


def _hints(session: ReviewSession, state: State) -> list[Hint]:
    """What speaks for an article that the return has not: shown, named, never taken for proof."""
    found = hints(state.judged.source, session.articles.values())
    return [hint for hint in found if hint.article != state.values["article"]][:MOST_HINTS]


def _articles_to_choose(session: ReviewSession, state: State, found: Sequence[Choice]) -> list[Choice]:
    """The articles that the reading fits, and those that something points to; where the title is blank, those without
    a return come first."""
    known = {choice.value for choice in found}
    hinted = dict.fromkeys(hint.article for hint in _hints(session, state) if hint.article not in known)
    pointed = [Choice(key, session.articles[key].title) for key in hinted]
    if state.values["article"]:
        return [*found, *pointed]
    taken = session.by_article()
    return sorted([*found, *pointed], key=lambda choice: choice.value in taken)


def _choice(session: ReviewSession, state: State, column: str, choice: Choice) -> Json:
    raised = [] if choice.current else session.doubts(state.judged.number, column, choice.value)
    own = [sentence for where, sentence in raised if where == column and column in ("date", "article")]
    article = session.articles.get(choice.value) if column == "article" else None
    label = f"{choice.label} ({article.key}; {', '.join(article.authors)})" if article else choice.label
    return {"value": choice.value, "label": label, "current": choice.current, "hint": " ".join(own)}


def _suggestion(session: ReviewSession, state: State, column: str) -> Json | None:
    found: Suggestion | None = None
    settled = [
        d for other in session.decided_states() if other is not state for d in other.decided if d.field == column
    ]
    if column == "date":
        days = [date.fromisoformat(d.after) for d in settled if d.action in ("confirm", "correct") and d.after]
        found = likelier_date(state.values["date"], state.judged.resolution.date_candidates, days)
    elif column in ("author", "article"):
        corrected = {session.read_by(d, READ[column]): d.after for d in settled if d.action == "correct" and d.after}
        found = same_slip(str(state.judged.row[READ[column]] or ""), state.values[column], corrected)
    if found is None:
        return None
    label = shown(column, found.value, session.articles.get(found.value))
    return {"value": found.value, "label": label, "why": found.why}


def _rival(session: ReviewSession, state: State) -> Json | None:
    """The other return for the same article, the best of several, or with the same signed page, for a look at both."""
    others = {s.judged.number: s for s in session.by_article().get(state.values["article"], []) if s is not state}
    ordered = [others[one.number] for one in best_first([s.contender for s in others.values()])]
    other = next(iter(ordered or _twins(session, state)), None)
    if other is None:
        return None
    day = other.values["date"]
    return {
        "number": other.judged.number,
        "version": other.version,
        "same_article": bool(ordered),
        "file": other.judged.source.name,
        "said": ", ".join([*([f"signed {spoken(date.fromisoformat(day))}"] if day else []), other.status]),
        "pages": _pages(session, other, session.observation(other.judged.number)),
    }


def _twins(session: ReviewSession, state: State) -> list[State]:
    """Returns for other articles whose signature page is the same one as this return's."""
    if not _has(state, "same_scan"):
        return []
    others = [s for s in session.all_states() if s is not state and _has(s, "same_scan")]
    prints = [session.observation(s.judged.number).page_fingerprint for s in (state, *others)]
    return [others[b - 1] for a, b in same_ink_pairs(prints) if a == 0]


def _has(state: State, flag: str) -> bool:
    return any(f.code == flag for f in state.judged.flags)


# --- control sample ---------------------------------------------------------------------------------------------------


def _control_card(session: ReviewSession, state: State) -> Json:
    column = control_column(state.judged)
    seen = session.observation(state.judged.number)
    proof = _proof(session, state, seen, column)
    if proof:
        proof["alt"] = f"{FIELDS[column]}, page {proof['page']}; the reading is hidden"
    return {
        "key": f"field:{column}",
        "flag": "",
        "field": column,
        "name": FIELDS[column],
        "sentence": "The program is sure of this one. Read it yourself, so that its error rate is known.",
        "main": "",
        "enter": "confirm",
        "accept": "",
        "keeps": False,
        "because": [],
        "reasons": [],
        "likely": "",
        "settled": None,
        "proof": proof,
        "quote": _quote(seen, column),
        "read": [],
        "value": "",
        "value_shown": [],
        "roster": "",
        "typed": True,
        "choices": [asdict(c) for c in control_choices(session, state, column)],
        "suggestion": None,
    }


def control_choices(session: ReviewSession, state: State, column: str) -> list[Choice]:
    """Near neighbours among which the right value stands somewhere; none for a date, which is typed."""
    row, articles = state.judged.row, session.articles
    if column == "article" and row["article"] in articles:
        titles: Mapping[str, str] = {key: a.title for key, a in articles.items()}
        near = process.extract(titles[row["article"]], titles, scorer=fuzz.token_set_ratio, limit=NEIGHBOURS)
        return [Choice(key, title) for title, _, key in sorted(near, key=lambda hit: hit[0])]
    if column == "author" and row["article"] in articles:
        own = list(articles[row["article"]].authors)
        names = {name for a in articles.values() for name in a.authors if name not in own}
        near_names = process.extract(own[0], sorted(names), limit=max(2, NEIGHBOURS - len(own)))
        return [Choice(name, name) for name in sorted({*own[:7], *(name for name, *_ in near_names)})]
    return []


def control_reading(session: ReviewSession, state: State) -> tuple[str, str, str]:
    """(column, the program's value, as shown) of a control sample."""
    column = control_column(state.judged)
    value = str(state.judged.row[column] or "")
    return column, value, shown(column, value, session.articles.get(value))


# --- lists --------------------------------------------------------------------------------------------------------


def queue_item(session: ReviewSession, state: State) -> list[Any]:
    """[number, group, codes, where, fields, file, version, who decided last]; short, for thousands of them."""
    hidden = state.awaits_control
    codes = [ORDER[f.code] for f in state.judged.flags]
    fields = sorted({"further" if q.field in state.extra_fields else q.field or "return" for q in state.asked}) or (
        [control_column(state.judged)] if state.control else []
    )
    who = state.log[-1].who if state.log else ""
    file = "" if hidden else state.judged.source.name
    return [state.judged.number, session.group(state), codes, state.where, fields, file, state.version, who]


def words() -> Json:
    """Words for the codes that the lists use."""
    names = [kind.code.replace("_", " ") for kind in FLAGS]
    return {
        "groups": GROUPS,
        "flags": names,
        "fields": {**FIELDS, "further": "Further fields", "return": "Whole return"},
        "reasons": REASONS,
    }
