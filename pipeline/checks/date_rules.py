"""The flags of a return's date. Each function answers with the flag's sentence, empty where it does not apply."""

from __future__ import annotations

from datetime import date

from pipeline.checks.check_context import CheckContext, stands
from pipeline.datamodel.phrases import counted, in_years, quoted, spoken, volume_label
from pipeline.datamodel.records import Resolution, Volume
from pipeline.dates.limits import years_later


def fault_of(context: CheckContext) -> str | None:
    """Date flag of the return. A doubtful reading accuses only if most of what the ink can mean is at fault."""
    day = context.resolution.day
    limits = context.limits
    fault = day and limits.fault(day)
    if not fault:
        return None
    readings = [(date.fromisoformat(c.value), c.probability) for c in context.resolution.date_candidates]
    faulty = sum(p for d, p in readings if limits.fault(d))
    return fault if not readings or faulty >= 0.5 * sum(p for _, p in readings) else None


def _likely_slip(context: CheckContext, day: date) -> str:
    """What to do about a wrong date: the year that was probably meant, if one makes the date pass."""
    limits = context.limits
    known = limits.known
    for year in (known.year, known.year - 1) if known else ():
        moved = years_later(day, year - day.year)
        if moved.year != day.year and not limits.fault(moved):
            return f"Probably {year}: ask the author."
    return "Ask the author for the right date."


def _before(context: CheckContext, day: date) -> str:
    """How long before publication a day is, as a part of a sentence."""
    published, known = context.limits.published, context.limits.known
    if not known:
        return ""
    years = sum(years_later(day, n) <= known for n in range(1, known.year - day.year + 1))
    label = volume_label(context.article.volume) if context.article else ""
    if not published:
        return f"{in_years(years)} before most other returns of this batch"
    return f"{in_years(years)} before " + (f"the volume ({label})" if label else f"publication ({spoken(published)})")


def date_precedes_article(context: CheckContext) -> str:
    """A day from before anybody could sign: before the roster's first day, or years before publication."""
    day = context.resolution.day
    if not day or fault_of(context) != "date_precedes_article":
        return ""
    first = context.limits.first
    why = f"before {first[1]} ({spoken(first[0])})" if first else _before(context, day)
    return f"Dated {spoken(day)}, {why}. {_likely_slip(context, day)}"


def date_lapsed(context: CheckContext) -> str:
    """A day so long before publication that by its own terms the agreement had ended."""
    day = context.resolution.day
    if not day or fault_of(context) != "date_lapsed":
        return ""
    limits = context.limits
    known = limits.known or day
    months = (known.year - day.year) * 12 + known.month - day.month - (known.day < day.day)
    event = f"publication ({spoken(known)})" if limits.published else "most other returns of this batch"
    return (
        f"Dated {spoken(day)}, {counted(months)} months before {event}; by its own terms the agreement ended after "
        f"{in_years(limits.term_years or 0)}. {_likely_slip(context, day)}"
    )


def date_after_publication(context: CheckContext) -> str:
    """A day after publication, or after the conference began: published without a licence."""
    day, published = context.resolution.day, context.limits.published
    if not day or not published or fault_of(context) != "date_after_publication":
        return ""
    volume = context.article.volume if context.article else Volume()
    event = "the first day of the conference" if volume.start == published and not volume.published else "publication"
    return f"Dated {spoken(day)}, after {event} ({spoken(published)}). {_likely_slip(context, day)}"


def date_in_future(context: CheckContext) -> str:
    """A day after the day of reading."""
    day = context.resolution.day
    if not day or fault_of(context) != "date_in_future":
        return ""
    return (
        f"Dated {spoken(day)}, a day that had not come yet when this was read ({spoken(context.settings.today)}). "
        f"{_likely_slip(context, day)}"
    )


def date_unreadable(context: CheckContext) -> str:
    """Something stands at the date and is no day."""
    if not stands(context.observation.date) or context.resolution.day:
        return ""
    text = context.observation.date.text.strip()
    found = f"The date reads {quoted(text)}, which is no day" if text else "The date can't be read"
    return f"{found}. Type it in if you can read it; else ask the author."


def date_ambiguous(context: CheckContext) -> str:
    """Day and month may be exchanged, and both days pass every check."""
    if context.resolution.date_order != "ambiguous" or not context.resolution.day or fault_of(context):
        return ""
    days = [date.fromisoformat(c.value) for c in context.resolution.date_candidates]
    other = next(
        (d for d in days if (d.day, d.month) == (context.resolution.day.month, context.resolution.day.day)), None
    )
    either = f"{spoken(context.resolution.day)} or {spoken(other)}" if other else spoken(context.resolution.day)
    return f"{quoted(context.observation.date.text)} can mean {either}; both days pass every check."


def date_confidence(found: Resolution) -> float:
    """Confidence in the day; where day and month may harmlessly be exchanged, in either of the two days."""
    return _of_either(found) if found.date_order == "ambiguous" else found.date_confidence


def _of_either(found: Resolution) -> float:
    """Confidence in the day or the one with day and month exchanged."""
    day = found.day
    if not day:
        return found.date_confidence
    either = {(day.day, day.month), (day.month, day.day)}
    days = [(date.fromisoformat(c.value), c.probability) for c in found.date_candidates]
    return max(found.date_confidence, sum(p for d, p in days if d.year == day.year and (d.day, d.month) in either))


def settled_confidence(context: CheckContext) -> float:
    """Confidence in the day, or in either of two that pass every check; but of the one day where the roster's own dates
    are in doubt: no check shows the other one harmless then."""
    found = context.resolution
    if context.settings.distrusted and context.limits.published is None:
        return found.date_confidence
    if found.date_order == "batch" and found.day and found.day.day <= 12:
        other = date(found.day.year, found.day.day, found.day.month)
        if not context.limits.fault(other) and not context.limits.fault(found.day):
            return _of_either(found)
    return date_confidence(found)
