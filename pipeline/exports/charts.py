"""Plots as SVG text, to stand in an HTML page: readable in print, with a title and a description to be read out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

WIDTH = 720
"""Pixels."""
FONT = 'font-family="inherit" font-size="12" fill="currentColor"'
"""Attributes of all text."""
BAR, LINE = "#2F6DB5", "#B3261E"


@dataclass(frozen=True, slots=True)
class Seat:
    """One square of a seat plan."""

    label: str
    letter: str
    colour: str


def _svg(name: str, title: str, description: str, height: int, body: Sequence[str]) -> str:
    head = (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>'
    )
    return "\n".join([head, *body, "</svg>"])


def bins(days: Sequence[date], most: int = 45) -> list[tuple[date, int]]:
    """(first day, count) of bins of equal length, at most `most`, over all the days."""
    if not days:
        return []
    first, span = min(days), (max(days) - min(days)).days + 1
    length = -(-span // most)
    counts = [0] * (-(-span // length))
    for day in days:
        counts[(day - first).days // length] += 1
    return [(first + timedelta(days=n * length), count) for n, count in enumerate(counts)]


def timeline(name: str, title: str, days: Sequence[date], deadlines: Sequence[tuple[str, date]]) -> str:
    """Bars of how many fell on each day (or on as many days as fit), with lines at the deadlines."""
    found = bins(days)
    if not found:
        return ""
    length = (found[1][0] - found[0][0]).days if len(found) > 1 else 1
    first = min([found[0][0], *(day for _, day in deadlines)])
    last = max([found[-1][0] + timedelta(days=length), *(day + timedelta(days=1) for _, day in deadlines)])
    left, right, top, bottom = 40, WIDTH - 20, 30, 190
    scale = (right - left) / max((last - first).days, 1)
    highest = max(count for _, count in found)

    def x(day: date) -> float:
        return left + (day - first).days * scale

    body = [f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}" stroke="currentColor"/>']
    for day, count in found:
        tall = (bottom - top) * count / highest
        body.append(
            f'<rect x="{x(day):.1f}" y="{bottom - tall:.1f}" width="{max(length * scale - 1, 1):.1f}" '
            f'height="{tall:.1f}" fill="{BAR}"><title>{day}: {count}</title></rect>'
        )
    body.append(f'<text x="{left - 6}" y="{top + 4}" text-anchor="end" {FONT}>{highest}</text>')
    body.append(f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end" {FONT}>0</text>')
    body += [
        f'<text x="{x(day):.1f}" y="{bottom + 18}" text-anchor="{side}" {FONT}>{day}</text>'
        for day, side in ((first, "start"), (first + (last - first) // 2, "middle"), (last, "end"))
    ]
    for place, (label, day) in enumerate(deadlines):
        side = "end" if x(day) > WIDTH / 2 else "start"
        shift = -4 if side == "end" else 4
        body.append(f'<line x1="{x(day):.1f}" y1="{top - 12}" x2="{x(day):.1f}" y2="{bottom}" stroke="{LINE}" '
                    'stroke-width="2" stroke-dasharray="5 3"/>')  # fmt: skip
        body.append(
            f'<text x="{x(day) + shift:.1f}" y="{top - 14 + 14 * place}" text-anchor="{side}" {FONT}>'
            f"{escape(label)} {day}</text>"
        )
    most = max(found, key=lambda pair: pair[1])
    told = f"{len(days)} dates from {min(days)} to {max(days)}; most, {most[1]}, in the {length} days from {most[0]}."
    return _svg(name, title, told, bottom + 30, body)


def seat_plan(name: str, title: str, description: str, seats: Sequence[Seat]) -> str:
    """A square for each, in rows, with a letter so that colour is not all that tells."""
    side = 26 if len(seats) <= 400 else 12
    per_row = WIDTH // side
    body = []
    for place, seat in enumerate(seats):
        x, y = place % per_row * side, place // per_row * side
        body.append(
            f'<g><title>{escape(seat.label)}</title><rect x="{x + 1}" y="{y + 1}" width="{side - 2}" '
            f'height="{side - 2}" rx="3" fill="{seat.colour}" stroke="#555" stroke-width="0.5"/>'
            f'<text x="{x + side / 2}" y="{y + side * 0.7:.1f}" text-anchor="middle" font-size="{side * 0.55:.0f}" '
            f'fill="#111">{escape(seat.letter)}</text></g>'
        )
    return _svg(name, title, description, (-(-len(seats) // per_row) or 1) * side, body)
