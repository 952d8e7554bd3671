"""The signature strip: sheets of 24 places of signatures of one size, sorted by how much ink they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from pipeline.checks.flags import NOT_READ
from pipeline.datamodel.statuses import SET_ASIDE
from pipeline.decisions.answers import Answer
from pipeline.decisions.questions import shown
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.review.pages import field_zone
from pipeline.review.record import about

SHEET = 24
NEAR_THE_LIMIT = 0.98
"""Certainty below which a signature is opened singly rather than with its sheet."""
STRIP = "signature strip"
ODD = "This signature was marked as odd on the signature strip."
DARK = 160
"""Brightness below which a pixel of a crop counts as ink."""


@dataclass
class Strip:
    """The sheets of one server. How much ink a crop holds is counted once, and kept while its return is on a sheet."""

    session: ReviewSession
    ink: dict[str, int] = field(default_factory=dict)
    """Hash of the file with the pages -> dark pixels of the signature's crop."""

    def order(self) -> list[State]:
        """Returns whose form page is there and whose signature nobody has decided on, the least ink first."""
        open_ = [s for s in self.session.all_states() if _has_place(s) and _undecided(s)]
        self.ink = {_ink_key(s): self._ink(s) for s in open_}
        return sorted(open_, key=lambda s: (self.ink[_ink_key(s)], s.judged.source.name))

    def sheet(self, number: int) -> dict[str, Any]:
        """Values of one sheet's template; the last one where `number` is beyond."""
        order = self.order()
        sheets = max(1, -(-len(order) // SHEET))
        number = min(number, sheets)
        here = order[(number - 1) * SHEET : number * SHEET]
        cells = [
            {
                "number": s.judged.number,
                "version": s.version,
                "file": s.judged.source.name,
                "about": about(self.session.articles.get(s.values["article"])),
                "kind": shown("signature", s.values["signature"], None),
                "single": opens_singly(s),
                "picture": self._picture(s),
            }
            for s in here
        ]
        blank = any(str(cell["picture"]).startswith("/place") for cell in cells)
        return {"cells": cells, "sheet": number, "sheets": sheets, "left": len(order), "blank": blank}

    def _picture(self, state: State) -> str:
        """Address of the form's place for the signature; on a form that is not known, of the signature's crop."""
        number, stamp = state.judged.number, state.judged.source.sha256[:12]
        fits = self.session.observation(number).fits
        known = any(field_zone(fit, "signature", self.session.forms) for fit in fits)
        return f"/{'place' if known else 'crop'}/{number}/signature?v={stamp}"

    def settle(self, present: Mapping[int, int], odd: Mapping[int, int], who: str, step: str) -> dict[str, int]:
        """Log the signatures of a sheet as seen in one step, and put the odd ones into the queue."""
        singly = [n for n in present if (s := self.session.state(n)) is None or opens_singly(s)]
        chosen = {n: version for n, version in present.items() if n not in singly}
        written = self.session.see_signatures(chosen, who, step, STRIP) if chosen else []
        for number, version in odd.items():
            answer = Answer("field:signature", "later", reason=ODD)
            own = hashlib.sha256(f"{step}{number}".encode()).hexdigest()[:32]
            self.session.answer(number, version, answer, who, own)
        return {"seen": len(chosen), "odd": len(odd), "last": written[-1].id if written else 0}

    def _ink(self, state: State) -> int:
        """Dark pixels of the signature's crop."""
        known = self.ink.get(_ink_key(state))
        if known is not None:
            return known
        png = self.session.store.crop(state.judged.source, "signature")
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None
        return 0 if image is None else int((image < DARK).sum())


def _ink_key(state: State) -> str:
    return f"{state.judged.source.sha256}{state.judged.source.pages}"


PLACELESS = frozenset({"page_missing", "wrong_form", *NOT_READ})
"""Flags of returns on which the form's place for the signature may not be."""


def _has_place(state: State) -> bool:
    if any(f.code == "from_text" for f in state.judged.flags):
        return False
    return bool(state.judged.row["signature_box"]) or not any(f.code in PLACELESS for f in state.judged.flags)


def _undecided(state: State) -> bool:
    return state.status != SET_ASIDE and not any(d.field == "signature" for d in state.decided)


def opens_singly(state: State) -> bool:
    """Whether a signature must be looked at alone: nothing by hand there, in doubt, or asked about."""
    asked = any(q.field in ("signature", "signer") and not q.settled_by for q in state.asked)
    sure = float(state.judged.row["signature_confidence"]) >= NEAR_THE_LIMIT
    return state.values["signature"] not in ("handwritten", "digital") or asked or not sure
