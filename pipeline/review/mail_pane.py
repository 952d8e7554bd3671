"""The mail that a return came in, as the page shows it beside the scan."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pipeline.datamodel.phrases import spoken
from pipeline.datamodel.records import Problem, Source
from pipeline.intake.mail_text import came_by_mail, mail_text


def letter_of(source: Source) -> bytes | Problem:
    """JSON of the mail's subject and text. Runs in the worker: a mail may be hostile."""
    found = mail_text(source)
    return found if isinstance(found, Problem) else json.dumps(asdict(found)).encode()


def envelope(source: Source) -> dict[str, Any] | None:
    """Who sent the mail and when it came; None where the return came in none."""
    if not came_by_mail(source):
        return None
    return {"sender": source.sender, "received": spoken(source.received) if source.received else ""}
