"""How well real returns fit a form: which pages fit, which fields are filled in, what is written beside all fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.extraction.dropout import form_dropout
from pipeline.extraction.observe import observe
from pipeline.form_authoring.form_draft import label_beside
from pipeline.forms.form import Form, FormField, FormPage, Zone
from pipeline.registration.matching import fitted, match_pages
from pipeline.registration.warp import INK_DPI

CELL_PT = 12.0
"""Side of the squares in which ink beside the fields is counted."""
FIELD_MARGIN_PT = 16.0
"""Writing so near a field's zone is the field's."""
INKED = 0.03
"""Share of ink in such a square from which something is written there."""
USUAL = 0.4
"""Share of the returns from which ink at one place shows a field that the form lacks."""
LEAST_RETURNS = 3
"""With fewer returns nothing is usual."""
RARELY = 0.5
"""Share of the returns below which a required field is rarely filled in."""
JOINED_CELLS = 9
"""Squares of a row that far apart hold one writing: words stand at other places on each return. Set by eye."""
LEAST_STRAY_PT = 36.0
"""Least width of such a place."""


@dataclass
class PageTally:
    """One page of the form over all returns."""

    page: FormPage
    scores: list[float] = field(default_factory=list)
    inked: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    """For each return that fits, squares of CELL_PT with writing outside all fields and all places of other signers."""


@dataclass(frozen=True, slots=True)
class FormCheck:
    """How returns fit a form."""

    returns: int
    """Returns that could be opened."""
    unfit: tuple[str, ...]
    """Names of returns of which no page fits."""
    pages: tuple[tuple[int, int, float], ...]
    """For each page: its number, on how many returns it was found, the mean score there (0..1)."""
    fields: tuple[tuple[FormField, int, int], ...]
    """Each field with the returns in which something stands there, and of how many that have its page."""
    strays: tuple[tuple[int, Zone, int, str], ...]
    """Where the form has no field and returns have writing: page, place (points), on how many, printed words beside."""


def check_form(form: Form, returns: Iterable[tuple[str, bytes]]) -> FormCheck:
    """Read returns (name, bytes) as ones on this form, one after the other. What can't be opened is left out."""
    tallies = {page.number: PageTally(page) for page in form.pages}
    seen: list[Observation] = []
    unfit: list[str] = []
    for name, data in returns:
        document = open_document(data)
        if isinstance(document, Problem):
            continue
        found = observe(Source(name, name, "", len(data)), data, (form,))
        seen.append(found)
        if not found.form:
            unfit.append(name)
        _add(tallies, document, form)
    pages = tuple((n, len(t.scores), float(np.mean(t.scores)) if t.scores else 0.0) for n, t in tallies.items())
    fields = tuple(_filled(one, seen) for page in form.pages for one in page.fields)
    strays = tuple(stray for tally in tallies.values() for stray in _strays(tally))
    return FormCheck(len(seen), tuple(unfit), pages, fields, strays)


def _add(tallies: dict[int, PageTally], document: Document, form: Form) -> None:
    """Count the pages of one return."""
    matched = match_pages(document, range(len(document)), (form,))
    for number, page in fitted(matched, form).items():
        tally = tallies[number]
        tally.scores.append(page.fit.score)
        whole = (0.0, 0.0, tally.page.width, tally.page.height)
        ink = form_dropout(page.image.gray, page.image.dpi, page.fit, whole)
        mask = ink.mask.astype(np.float32)
        places = [*(f.zone for f in tally.page.fields), *(p.zone for p in tally.page.signing_places)]
        for zone in places:
            x0, y0, x1, y1 = (round(v * INK_DPI / 72) for v in _wider(zone))
            mask[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = 0
        size = (max(1, round(tally.page.width / CELL_PT)), max(1, round(tally.page.height / CELL_PT)))
        tally.inked.append(np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > INKED, np.bool_))


def _wider(zone: Zone) -> Zone:
    m = FIELD_MARGIN_PT
    return zone[0] - m, zone[1] - m, zone[2] + m, zone[3] + m


def _filled(one: FormField, seen: Sequence[Observation]) -> tuple[FormField, int, int]:
    there = [found for found in seen if found.form and one.page not in found.missing_pages]
    return one, sum(_stands(one, found) for found in there), len(there)


def _stands(one: FormField, seen: Observation) -> bool:
    """Whether something stands in a field."""
    if one.name == "signature":
        return seen.signature.kind != "none"
    if one.is_extra:
        return any(field.name == one.name and field.value for field in seen.extra_fields)
    return bool(getattr(seen, one.name).lines)


def _strays(tally: PageTally) -> list[tuple[int, Zone, int, str]]:
    """Places outside all fields where many returns have writing."""
    if len(tally.inked) < LEAST_RETURNS:
        return []
    counts = np.sum(tally.inked, axis=0)
    often = (counts >= max(LEAST_RETURNS, USUAL * len(tally.inked))).astype(np.uint8)
    joined = cv2.morphologyEx(often, cv2.MORPH_CLOSE, np.ones((1, JOINED_CELLS), np.uint8))
    number, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for label, (x, y, w, h, _) in enumerate(stats[:number].tolist()):
        if label and w * CELL_PT >= LEAST_STRAY_PT:
            zone = (x * CELL_PT, y * CELL_PT, (x + w) * CELL_PT, (y + h) * CELL_PT)
            found.append((tally.page.number, zone, int(counts[labels == label].max()), _label(tally.page, zone)))
    return found


def _label(page: FormPage, zone: Zone) -> str:
    """The printed words that a place belongs to: the last ones before it in its row, however far off."""
    x0, y0, x1, y1 = zone[0], zone[1] - CELL_PT / 2, zone[2], zone[3] + CELL_PT / 2
    before = [w.box[2] for w in page.words if y0 - 1 < (w.box[1] + w.box[3]) / 2 < y1 + 2 and w.box[2] <= x0]
    return label_beside(page.words, (max(before, default=x0), y0, x1, y1))


def told(check: FormCheck) -> list[str]:
    """The check as lines: pages, fields, then what looks wrong."""
    lines = [f"{check.returns} returns read"]
    for number, count, score in check.pages:
        lines.append(
            f"page {number}   on {count} of {check.returns} returns, {score:.0%} of its words where they belong"
        )
    width = max((len(one.name) for one, _, _ in check.fields), default=0)
    for one, filled, there in check.fields:
        lines.append(f"{one.name.ljust(width)}   {one.kind}, filled in on {filled} of {there}")
    return lines + [f"look     {sentence}" for sentence in doubts(check)]


def doubts(check: FormCheck) -> list[str]:
    """What looks wrong, a sentence each that says what to do."""
    found = []
    if check.unfit:
        names = ", ".join(check.unfit[:5]) + (" …" if len(check.unfit) > 5 else "")
        found.append(
            f"No page fits on {len(check.unfit)} of {check.returns} returns ({names}): another form, or version."
        )
    for number, count, _ in check.pages:
        if 0 < count + len(check.unfit) < check.returns:
            missing = check.returns - len(check.unfit) - count
            found.append(f"Page {number} is not there on {missing} more: see whether authors leave it out.")
    for one, filled, there in check.fields:
        if one.required and there >= LEAST_RETURNS and filled < RARELY * there:
            found.append(
                f"{one.name} is required, but filled in on {filled} of {there} only: see whether its box lies where "
                "people write, or let it be left blank (required = false)."
            )
        elif there >= LEAST_RETURNS and not filled:
            found.append(
                f"{one.name} is never filled in: see whether its box lies where people write, or delete the field."
            )
    for page, zone, count, label in check.strays:
        place = ", ".join(f"{v:.0f}" for v in zone)
        beside = f' beside "{label}"' if label else ""
        found.append(f"Page {page} has writing{beside} at [{place}] on {count} returns, and no field there: add one.")
    return found
