"""OpenReview's notes as JSON: API 1, where a field of `content` is its value, and API 2, where it holds `value`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.datamodel.errors import RosterError
from pipeline.roster.author_cells import AND
from pipeline.roster.entries import ParsedFile, RosterEntry

NOT_ACCEPTED = ("reject", "withdraw", "desk")
"""What the venue or the invitation of a submission that was not accepted has in its name."""


def parse_openreview(text: str, name: str) -> ParsedFile:
    """The submissions among notes: a list of them, `{"notes": [...]}`, or one a line. Raises RosterError."""
    notes = [note for note in _notes(text, name) if isinstance(note, Mapping) and _is_submission(note)]
    if not notes:
        raise RosterError(f"{name} holds no submission of OpenReview: export the notes with their title and authors.")
    accepted = [note for note in notes if not _not_accepted(note)]
    problems = []
    if len(accepted) < len(notes):
        problems.append(f"{len(notes) - len(accepted)} submissions were rejected or withdrawn and left out.")
    numbers = Counter(str(note.get("number") or "") for note in accepted)
    numbered = "" not in numbers and max(numbers.values(), default=0) == 1
    entries = [
        RosterEntry("article", str(note["number"] if numbered else note.get("id") or ""), _fields(note), line)
        for line, note in enumerate(accepted, start=1)
    ]
    return ParsedFile(tuple(entries), tuple(problems))


def _notes(text: str, name: str) -> Sequence[Any]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        try:
            held = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise RosterError(f"{name} is no JSON: export the notes from OpenReview once more.") from None
    if isinstance(held, Mapping):
        held = held.get("notes", [held])
    return held if isinstance(held, list) else []


def _value(note: Mapping[str, Any], field: str) -> Any:
    content = note.get("content")
    held = content.get(field) if isinstance(content, Mapping) else None
    return held.get("value") if isinstance(held, Mapping) else held


def _is_submission(note: Mapping[str, Any]) -> bool:
    """A submission has a title and authors, and answers nothing; reviews and decisions answer one."""
    return bool(_value(note, "title") and _value(note, "authors")) and not note.get("replyto")


def _not_accepted(note: Mapping[str, Any]) -> bool:
    invitations = note.get("invitations") or [note.get("invitation")]
    said = [_value(note, "venueid"), _value(note, "venue"), _value(note, "decision"), *invitations]
    return any(word in str(one or "").lower() for one in said for word in NOT_ACCEPTED)


def _fields(note: Mapping[str, Any]) -> dict[str, str]:
    fields = {"title": str(_value(note, "title")), "author": AND.join(_names(_value(note, "authors")))}
    ids = _value(note, "authorids")
    emails = [str(one) for one in ids if "@" in str(one)] if isinstance(ids, list) else []
    if emails:
        fields["emails"] = " ".join(emails)
    if note.get("id"):
        fields["openreview"] = str(note["id"])
    made = [when for field in ("cdate", "tcdate") if isinstance(when := note.get(field), int | float) and when > 0]
    if made and min(made) < 4e12:
        fields["submitted"] = datetime.fromtimestamp(min(made) / 1000, UTC).date().isoformat()
    return fields


def _names(authors: Any) -> list[str]:
    """Names of the authors: texts, or objects with a name in them."""
    if isinstance(authors, str):
        return [authors]
    if not isinstance(authors, list):
        return []
    names = [one.get("fullname") or one.get("name") if isinstance(one, Mapping) else one for one in authors]
    return [str(name) for name in names if name]
