"""What `countersign read` says at its end: the table, the figures, what changed and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.console import plain, plural
from pipeline.cli.recover import told
from pipeline.datamodel.statuses import STATUSES, count_open

if TYPE_CHECKING:
    from pipeline.decisions.changes import Changes
    from pipeline.run import Outcome

UNKNOWN_FORM = "none is on a known form, so they are read by their labels; `countersign form learn BLANK` teaches one"
"""What is said of a folder of agreements of unknown kinds."""
NO_ROSTER = "none was given, so titles, names and signers are not checked: name it with --roster"
NAMED = 8
"""Files or articles that one line names."""


def show_table(outcome: Outcome) -> None:
    """The table on stdout: the columns an editor looks at first."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for name in ("file", "status", "article", "author", "signature", "date", "flags"):
        shown.add_column(name, overflow="fold")
    colours = {"clear": "green", "review": "yellow", "unreadable": "red"}
    for row in outcome.table.to_dict("records"):
        day = "" if row["date"] is None or row["date"] != row["date"] else f"{row['date']:%Y-%m-%d}"
        status = f"[{colours[row['status']]}]{row['status']}[/]" if row["status"] in colours else row["status"]
        cells = [plain(row[name]) for name in ("article", "author", "signature")]
        shown.add_row(plain(row["file"]), status, *cells, day, plain(row["flags"]))
    console = Console()
    console = console if console.is_terminal else Console(width=200)
    console.print(shown)


def counts_of(outcome: Outcome, out: Path) -> dict[str, Any]:
    """The run in figures."""
    from collections import Counter
    from dataclasses import asdict

    from pipeline.results.coverage import coverage
    from pipeline.results.table import SEPARATOR, expected_wrong

    table = outcome.table
    read = table[table["status"] != "unreadable"]
    status = Counter(table["status"].tolist())
    flags = Counter(code for cell in table["flags"] for code in cell.split(SEPARATOR) if code)
    return {
        "returns": len(table),
        "read": outcome.read,
        "outdated": outcome.outdated,
        "status": {name: status[name] for name in STATUSES if status[name]},
        "left": count_open(table["status"]),
        "flags": dict(flags.most_common()),
        "articles": len(outcome.roster.articles),
        "expected_wrong": round(expected_wrong(table), 2),
        "missing": [one.article.key for one in coverage(table, outcome.roster) if one.state == "missing"],
        "roster": [*outcome.doubts, *outcome.roster.problems],
        "recovered": asdict(outcome.recovered) if outcome.recovered else None,
        "forms": list(outcome.unusable_forms),
        "unknown_form": len(read) > 1 and not any(read["form"].fillna("")),
        "out": out,
    }


def summary(outcome: Outcome, counts: dict[str, Any]) -> list[str]:
    """The figures as lines."""
    missing, out = counts["missing"], counts["out"]
    lines = [f"{plural(counts['returns'], 'return')}, {min(outcome.read, counts['returns'])} of them read now"]
    if outcome.table.empty:
        lines = ["0 returns: nothing is there that could be one. PDFs, pictures, mails and archives are looked for."]
    lines.append("status   " + (", ".join(f"{name} {count}" for name, count in counts["status"].items()) or "none"))
    lines.append("flags    " + (", ".join(f"{code} {count}" for code, count in counts["flags"].items()) or "none"))
    cleared = counts["status"].get("clear", 0)
    lines.append(f"left     {need_you(outcome)}")
    lines.append(f"sure     of the {cleared} cleared, {counts['expected_wrong']:.1f} are expected to be wrong")
    shown = (": " + ", ".join(missing[:20]) + (" …" if len(missing) > 20 else "")) if missing else ""
    if counts["articles"]:
        lines.append(f"missing  {len(missing)} of {counts['articles']} articles have no return{shown}")
    else:
        lines.append(f"roster   {NO_ROSTER}")
    lines += [f"roster   {problem}" for problem in counts["roster"]]
    if outcome.recovered:
        lines.append(f"note     {told(outcome.recovered)}; what was lost of the readings was read again")
    lines += [f"form     {sentence}" for sentence in outcome.unusable_forms]
    if counts["unknown_form"]:
        lines.append(f"form     {UNKNOWN_FORM}")
    if outcome.outdated:
        lines.append(f"note     {outcome.outdated} were read by another version; --again reads them anew")
    lines += _since(outcome.changes) if outcome.changes else []
    lines.append(f"results  {out / 'returns.xlsx'}, returns.csv, countersign.db")
    return [*lines, f"next     {_next(outcome, bool(missing), out)}"]


def need_you(outcome: Outcome) -> str:
    """How many returns a person must look at, as the page counts them."""
    return f"{count_open(outcome.table['status'])} of {len(outcome.table)} need you"


KINDS = ("new", "replaced", "renamed", "gone", "answered")
"""What can have changed from one run to the next."""


def changed(found: Changes, kinds: Sequence[str] = KINDS) -> list[str]:
    """What is different from the run before, a line for each of these kinds that occurs."""
    moved = tuple(f"{old} -> {new}" for old, new in found.moved)
    names = dict(zip(KINDS, (found.new, found.replaced, moved, found.gone, found.answered), strict=True))
    return [f"{kind:8} {len(some)}: {', '.join(some[:NAMED])}{' …' if len(some) > NAMED else ''}"
            for kind in kinds if (some := names[kind])]  # fmt: skip


def _since(found: Changes) -> list[str]:
    lines = [f"since    {line}" for line in changed(found)]
    return lines or ["since    nothing has changed since the last run"]


def _next(outcome: Outcome, missing: bool, out: Path) -> str:
    """The command that comes next."""
    if outcome.table.empty:
        return "put the returns into the folder, and run this again"
    if count_open(outcome.table["status"]):
        return f"countersign review {out}"
    if not outcome.roster.articles:
        return f"countersign report {out}"
    asked = missing or (outcome.table["status"] == "ask again").any()
    return f"countersign {'chase' if asked else 'pack'} {out}"
