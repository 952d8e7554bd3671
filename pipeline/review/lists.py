"""The views that list the batch: seat plan, table, log, end. Values for their templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz, process, utils

from pipeline.checks.flags import FLAGS
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.records import Article
from pipeline.datamodel.statuses import STATUSES, count_open, count_valid, needs_person
from pipeline.dates.roster_dates import sure_days, suspect_dates
from pipeline.decisions.answers import CONTROL_SAMPLE
from pipeline.decisions.empty_seats import Unassigned, unassigned
from pipeline.decisions.log import conflicts
from pipeline.decisions.queue_order import CONTROL_EVERY, GROUPS, error_interval
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.results.coverage import ArticleState, covered
from pipeline.results.table import frame
from pipeline.review.record import about, entry

PAGE = 100
"""Rows on one page of a list."""
SEATS = {
    "valid": ("✓", "valid agreement"),
    "open": ("?", "doubtful"),
    "asked": ("✉", "waiting for the author"),
    "two": ("2", "two agreements"),
    "none": ("○", "no agreement"),
    "excused": ("-", "not expected"),
}
"""State of a seat -> its sign and its words."""
AS_READ = {"article": "title_read", "author": "name_read"}
"""Columns that are shown as they were read where they denote nothing of the roster."""
SORTABLE = ("file", "status", "article", "author", "signature", "date", "flags")


def find_articles(session: ReviewSession, text: str) -> list[dict[str, str]]:
    """Articles whose key, title or authors come nearest to what is typed."""
    known = {a.key: f"{a.key} {a.title} {' '.join(a.authors)}" for a in session.articles.values()}
    hits = process.extract(text, known, scorer=fuzz.WRatio, processor=utils.default_process, limit=6, score_cutoff=45)
    return [{"key": key, "title": session.articles[key].title, "authors": ", ".join(session.articles[key].authors)}
            for _, _, key in hits]  # fmt: skip


def find_returns(session: ReviewSession, text: str) -> list[dict[str, Any]]:
    """Returns whose file, article, title or author holds all the words; control samples are not found."""
    found = []
    for state in session.all_states():
        row = _table_row(session, state, 0)
        if not state.awaits_control and _fits(row, text, "", ""):
            found.append({"number": row["number"], "file": row["file"], "title": row["about"] or row["author"]})
    return found[:12]


# --- seats --------------------------------------------------------------------------------------------------------


def seats(session: ReviewSession, show: str) -> dict[str, Any]:
    """One cell per article, in the roster's order."""
    returns = session.by_article()
    cells = []
    for article in session.roster.articles:
        here = returns.get(article.key, [])
        state = seat_of(article, here)
        cells.append(
            {
                "key": article.key,
                "title": article.title,
                "authors": ", ".join(article.authors),
                "state": state,
                "sign": SEATS[state][0],
                "words": SEATS[state][1],
                "numbers": [s.judged.number for s in here],
                "files": [s.judged.source.name for s in here],
            }
        )
    counts = Counter(str(cell["state"]) for cell in cells)
    shown_ = [cell for cell in cells if show not in SEATS or cell["state"] == show]
    legend = [(name, sign, said, counts[name]) for name, (sign, said) in SEATS.items() if counts[name] or name == show]
    return {"cells": shown_, "legend": legend, "total": len(cells)}


MOST_UNASSIGNED = 30
"""Returns that are offered for an empty seat; the first ones have a digit."""
SHOWN = ("name", "signature", "title")
"""Fields whose crops are shown of each, where they were found."""


def returns_for_seat(session: ReviewSession, article: Article) -> dict[str, Any]:
    """The returns of no article that one with an empty seat may be given, those that something speaks for first."""
    found = unassigned(session, article)
    return {
        "title": article.title,
        "authors": ", ".join(article.authors),
        "more": max(0, len(found) - MOST_UNASSIGNED),
        "returns": [_for_seat(one) for one in found[:MOST_UNASSIGNED]],
    }


def _for_seat(one: Unassigned) -> dict[str, Any]:
    state, row = one.state, one.state.judged.row
    read = [str(row.get(name) or "") for name in ("title_read", "name_read", "signer_read", "date_read")]
    return {
        "number": state.judged.number,
        "version": state.version,
        "key": one.question,
        "file": state.judged.source.name,
        "read": " · ".join(dict.fromkeys(text for text in read if text)),
        "why": one.why,
        "crops": [f"/crop/{state.judged.number}/{name}?v={state.judged.source.sha256[:12]}"
                  for name in SHOWN if row.get(f"{name}_box")],
    }  # fmt: skip


SEAT_OF: Mapping[ArticleState, str] = {
    "valid": "valid", "open": "open", "ask again": "asked", "missing": "none", "withdrawn": "excused",
    "excused": "excused",
}  # fmt: skip
"""State of an article -> state of its seat."""


def seat_of(article: Article, here: Sequence[State]) -> str:
    """What one article's seat is: `valid`, `open`, `asked`, `two`, `none` or `excused`. `here`: its returns."""
    contenders = [state.contender for state in here]
    usable = [one for one in contenders if one.status != "ask again" and not one.is_set_aside]
    state = covered(article, contenders).state
    return "two" if len(usable) > 1 and article.state == "expected" else SEAT_OF[state]


# --- table --------------------------------------------------------------------------------------------------------


def table_page(
    session: ReviewSession, q: str, status: str, flag: str, sort: str, down: bool, page: int
) -> dict[str, Any]:
    """The results table as decided so far: what the filters leave, sorted, one page of it."""
    exported = int(session.store.noted("exported") or 0)
    rows = [_table_row(session, s, exported) for s in session.all_states()]
    statuses = Counter(str(r["status"]) for r in rows)
    codes = Counter(code for r in rows for code in r["codes"])
    found = [r for r in rows if _fits(r, q, status, flag)]
    key = sort if sort in SORTABLE else "file"
    found.sort(key=lambda r: (str(r[key]).casefold(), str(r["file"])), reverse=down)
    last = max(1, -(-len(found) // PAGE))
    page = min(page, last)
    return {
        "rows": found[(page - 1) * PAGE : page * PAGE],
        "found": len(found),
        "total": len(rows),
        "statuses": [(name, statuses[name]) for name in STATUSES if statuses[name] or name == status],
        "flags": [(k.code, codes[k.code]) for k in FLAGS if codes[k.code]],
        "columns": SORTABLE,
        "q": q,
        "status": status,
        "flag": flag,
        "sort": key,
        "down": down,
        "page": page,
        "last": last,
    }


def _table_row(session: ReviewSession, state: State, exported: int) -> dict[str, Any]:
    codes = [f.code for f in state.judged.flags]
    article = session.articles.get(state.values["article"])
    return {
        "number": state.judged.number,
        **state.values,
        "file": state.judged.source.name,
        "status": state.status,
        "codes": codes,
        "flags": ", ".join(code.replace("_", " ") for code in codes),
        "title": article.title if article else "",
        "read": {
            name: str(state.judged.row[column] or "") for name, column in AS_READ.items() if not state.values[name]
        },
        "about": about(article),
        "changed": bool(exported and state.log and state.log[-1].id > exported),
    }


def _fits(row: Mapping[str, Any], q: str, status: str, flag: str) -> bool:
    columns = ("file", "article", "title", "author", "signer", "date")
    text = " ".join([*(str(row[name]) for name in columns), *map(str, row["read"].values())]).casefold()
    return (
        (not status or row["status"] == status)
        and (not flag or flag in row["codes"])
        and all(word in text for word in q.casefold().split())
    )


# --- log ----------------------------------------------------------------------------------------------------------


def log_page(session: ReviewSession, q: str, page: int) -> dict[str, Any]:
    """The log, the last entry first, with what stands and what was taken back."""
    entries = [decision for log in session.log.values() for decision in log]
    standing = {d.id for state in session.decided_states() for d in state.decided}
    found = [e for e in sorted(entries, key=lambda e: -e.id) if _mentions(e, q)]
    last = max(1, -(-len(found) // PAGE))
    page = min(page, last)
    rows = [_log_row(session, e, e.id in standing) for e in found[(page - 1) * PAGE : page * PAGE]]
    return {"rows": rows, "found": len(found), "total": len(entries), "q": q, "page": page, "last": last}


def _mentions(entry: Decision, q: str) -> bool:
    text = f"{entry.who} {entry.file} {entry.action} {entry.field} {entry.flag} {entry.before} {entry.after}"
    return all(word in text.casefold() for word in q.casefold().split())


def _log_row(session: ReviewSession, decision: Decision, stands: bool) -> dict[str, Any]:
    return {
        **entry(session, decision),
        "at": decision.at[:19].replace("T", " "),
        "number": session.row_of(decision),
        "place": _moved(session, decision),
        "flag": decision.flag.replace("_", " "),
        "stands": stands,
        "undo": decision.action == "undo",
    }


def _moved(session: ReviewSession, decision: Decision) -> str:
    """Where the return of an entry lies now, if it is not where it was decided on."""
    number = session.row_of(decision)
    if number is None:
        return "not in the folder any more"
    name = session.rows[number].source.name
    return "" if name == decision.file else f"now {name}"


# --- end ----------------------------------------------------------------------------------------------------------


def end_page(session: ReviewSession, others: Mapping[int, str]) -> dict[str, Any]:
    """What is left, who holds it, what is missing, what the control samples found."""
    queue = session.queue()
    left = [state for state in queue if needs_person(state.status)]
    by_group = Counter(GROUPS[session.group(state)] for state in left)
    status = Counter(state.status for state in session.all_states())
    plan = seats(session, "")
    exported = int(session.store.noted("exported") or 0)
    meant = [row.resolution for row in session.rows.values()]
    dated = sure_days(((one.article, one.day, one.date_confidence) for one in meant), session.roster)
    return {
        "doubts": [suspect.sentence for suspect in suspect_dates(dated, session.settings)],
        "left": count_open(status.elements()),
        "later": [_end_row(session, s) for s in queue if s.where == "later"],
        "by_group": [(name, by_group[name]) for name in GROUPS if by_group[name]],
        "held": [
            {**_end_row(session, state), "who": who}
            for n, who in others.items()
            if (state := session.state(n)) is not None
        ],
        "status": [(name, status[name]) for name in STATUSES if status[name]],
        "valid": count_valid(status.elements()),
        "roster": bool(session.roster.articles),
        "covered": sum(cell["state"] == "valid" for cell in plan["cells"]),
        "expected": sum(cell["state"] != "excused" for cell in plan["cells"]),
        "total": len(session.rows),
        "missing": [cell for cell in plan["cells"] if cell["state"] == "none"],
        "conflicts": _conflict_rows(session),
        "control": control_result(session),
        "exported": exported,
        "since": sum(1 for log in session.log.values() if log and log[-1].id > exported) if exported else 0,
    }


def _end_row(session: ReviewSession, state: State) -> dict[str, Any]:
    hidden = state.awaits_control
    name = "a control sample" if hidden else state.judged.source.name
    article = None if hidden else session.articles.get(state.values["article"])
    return {"number": state.judged.number, "file": name, "about": about(article), "group": GROUPS[session.group(state)]}


def _conflict_rows(session: ReviewSession) -> list[dict[str, Any]]:
    """Corrections whose ground moved: the machine reads something else now than when they were made."""
    log = [d for state in session.decided_states() for d in state.decided if d.action == "correct"]
    rows = [s.judged.row for s in session.decided_states()]
    if not rows:
        return []
    found = conflicts(frame([dict(r) for r in rows]), log)
    return [{"number": session.row_of(d), "file": d.file, "field": d.field} for d in found]


LEAST_LOOKS = 20
"""Control samples from which on an error rate is told: fewer say nothing."""


def control_result(session: ReviewSession) -> dict[str, Any]:
    """How often the program was wrong where it was sure, with the 95 % interval, as shares."""
    decided = [d for state in session.decided_states() for d in state.decided]
    views = [d for d in decided if d.reason.startswith(CONTROL_SAMPLE)]
    wrong = [d for d in views if d.action == "correct"]
    usual = [d for d in decided if d.flag == "unsure" and d.action in ("confirm", "correct")]
    corrected = sum(d.action == "correct" for d in usual)
    low, high = error_interval(len(wrong), len(views))
    share = len(wrong) / len(views) if views else 0.0
    stamping = len(views) >= CONTROL_EVERY and len(usual) >= CONTROL_EVERY and share > corrected / len(usual)
    return {"looks": len(views), "wrong": len(wrong), "low": low, "high": high, "stamping": stamping,
            "told": len(views) >= LEAST_LOOKS, "least": LEAST_LOOKS,
            "waiting": sum(s.awaits_control for s in session.all_states())}  # fmt: skip
