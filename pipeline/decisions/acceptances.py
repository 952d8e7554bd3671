"""What went in against a finding: returns that count although something is wrong with them, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.checks.flags import FAULTS
from pipeline.datamodel.decision import Decision
from pipeline.decisions.questions import KINDS, named
from pipeline.results.table import SEPARATOR


def acceptances(row: Mapping[str, Any], decided: Sequence[Decision], notes: frozenset[str]) -> list[str]:
    """One line for each finding against which a return in order is taken: what, why and by whom.

    `row`: the table's, with what people decided; `decided`: its standing decisions; `notes`: blocking flags made notes.
    """
    codes = [code for code in str(row["flags"]).split(SEPARATOR) if code]
    eased = FAULTS & notes  # What is a note by itself is no finding.
    found = {code: f"{_words(code)}: a note by the settings" for code in codes if code in eased}
    for decision in decided:
        if decision.action != "confirm" or not decision.reason:
            continue
        kind = KINDS.get(decision.flag)
        if kind is not None and kind.is_finding:
            found[decision.flag] = f"{_words(decision.flag)}: {decision.reason} ({decision.who})"
        elif not decision.flag and _lacking(row).get(decision.field):
            found[decision.field] = f"{named(decision.field).lower()}: {decision.reason} ({decision.who})"
    said = " ".join(found)
    for column, code in _lacking(row).items():  # Switched off, nothing asks for it; it must be told all the same.
        if code not in said and column not in found and "date_unreadable" not in said:
            found[code] = f"{_words(code)}: nothing asks for it, by the settings"
    return list(found.values())


def _lacking(row: Mapping[str, Any]) -> dict[str, str]:
    """Column -> code of the flag, of what every agreement needs and this one has not."""
    blank = {"signature": str(row["signature"]) == "none", "date": bool(pd.isna(row["date"]))}
    return {column: code for column, code in (("signature", "unsigned"), ("date", "undated")) if blank[column]}


def _words(code: str) -> str:
    return code.replace("_", " ")
