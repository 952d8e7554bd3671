"""Rosters as tables: which sheet and which row has the columns' names, and the entries that the rows below make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.normalizing import without_entities
from pipeline.roster.author_cells import AND, has_two_meanings, people
from pipeline.roster.columns import (
    ASKED,
    ENOUGH,
    NEEDED,
    Column,
    ColumnQuestion,
    ColumnsUnclear,
    Field,
    choose,
    fields_named,
    fits,
    names_of,
    normalize_header,
    shown,
    verdict,
)
from pipeline.roster.days import COUNTED_FROM, days_of_column, is_day
from pipeline.roster.entries import ParsedFile, RosterEntry
from pipeline.roster.spreadsheets import HEAD_ROWS, MAX_COLUMNS, Sheet

Told = Mapping[Field, Sequence[str]]
_TAG = re.compile(r"</?(?:i|b|u|em|strong|sub|sup|span|p|tt|code|small|font)(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a sheet, and which row of it each of their cells is in."""

    columns: tuple[Column, ...]
    lines: tuple[int, ...]
    """1-based."""
    problems: tuple[str, ...] = ()
    """What of it was not used."""
    counted_from: date = COUNTED_FROM
    """Day 0 of the counts of days in its cells."""


def told_columns(given: Sequence[str]) -> dict[Field, list[str]]:
    """What `--column title=NAME` says. Raises RosterError where it says nothing that can be meant."""
    told: dict[Field, list[str]] = {}
    for one in given:
        field, equals, head = one.partition("=")
        if not equals or field.strip() not in ASKED or not head.strip():
            raise RosterError(
                f"'{one}' names no column: write {', '.join(ASKED)} before =, the column's name behind it."
            )
        told.setdefault(ASKED[field.strip()], []).append(head.strip())
    return told


def parse_sheets(sheets: Sequence[Sheet], name: str, told: Told, sheet: str = "") -> ParsedFile:
    """The entries in a workbook or CSV file. Raises RosterError, ColumnsUnclear."""
    found = [(each, table) for each in _meant(sheets, name, sheet) if (table := _table(each, told)) is not None]
    if not found:
        raise _no_header(sheets, name, told)
    needed = {"title", "author"} - told.keys()
    full = [(each, table) for each, table in found if needed <= fields_named([c.head for c in table.columns])] or found
    names = {tuple(normalize_header(column.head) for column in table.columns) for _, table in full}
    if len(names) > 1:
        heads = ", ".join(f"'{each.name}'" for each, _ in full)
        raise RosterError(
            f"{name} has several sheets that could be the list of articles, {heads}: say which by --sheet, or in "
            f"countersign.toml by sheet = '{full[0][0].name}'."
        )
    parsed = [_entries(table, name, told) for _, table in full]
    entries = tuple(entry for one in parsed for entry in one.entries)
    left_out = tuple(problem for each, _ in full for problem in each.problems)
    return ParsedFile(entries, (*left_out, *(problem for one in parsed for problem in one.problems)))


def _meant(sheets: Sequence[Sheet], name: str, wanted: str) -> list[Sheet]:
    if not wanted:
        return list(sheets)
    found = [each for each in sheets if each.name == wanted]
    if not found:
        has = ", ".join(f"'{each.name}'" for each in sheets)
        raise RosterError(f"{name} has no sheet '{wanted}': it has {has}.")
    return found


def _table(sheet: Sheet, told: Told) -> Table | None:
    """The table below the row that names the most fields; None where no row names two, or those that were told."""
    wanted = {normalize_header(head) for heads in told.values() for head in heads}
    best, most = None, 1
    for number, row in enumerate(sheet.rows[:HEAD_ROWS]):
        if wanted and not wanted <= {normalize_header(cell) for cell in row}:
            continue
        named = len(fields_named(row)) + 2 * len(wanted)
        if named > most:
            best, most = number, named
    return None if best is None else _below(sheet, best)


def _below(sheet: Sheet, header: int) -> Table:
    heads, last = _heads(sheet, header)
    given = tuple(sheet.rows[header])
    rows = [
        (number, row)
        for number, row in enumerate(sheet.rows[last + 1 :], start=last + 2)
        if any(row) and tuple(row) != given
    ]
    longer = [number for number, row in rows if any(row[len(heads) :])]
    if len(longer) > len(rows) / 2:
        raise RosterError(
            f"Most rows of {sheet.name} have more cells than its row {header + 1} has names: name every column there."
        )
    columns = [
        Column(place, head, tuple(_plain(row[place]) if place < len(row) else "" for _, row in rows))
        for place, head in enumerate(" ".join(_plain(head).split()) for head in heads)
    ]
    named = tuple(column for column in columns if column.head)
    problems = (*_nameless(columns), *_longer(longer))
    return Table(named, tuple(number for number, _ in rows), problems, sheet.counted_from)


def _longer(rows: Sequence[int]) -> Iterator[str]:
    """What is said of rows with more cells than there are names, as a comma makes them that is not in quotes."""
    if rows:
        which = f"Row {rows[0]} has" if len(rows) == 1 else f"{len(rows)} rows ({rows[0]} is the first) have"
        yield f"{which} more cells than there are columns; the last were not used: put texts with commas in quotes."


def _heads(sheet: Sheet, header: int) -> tuple[list[str], int]:
    """(the names of the columns, the last row of them, from 0)

    A name that is merged across belongs to each of its columns, numbered where they hold authors. Where names are
    merged downwards the row below has the names of the others.
    """
    heads = list(sheet.rows[header])
    of_row = [area for area in sheet.merged if area.row == header and area.column < len(heads) and heads[area.column]]
    for area in of_row:
        end = min(area.last_column, MAX_COLUMNS)
        heads += [""] * (end + 1 - len(heads))
        name, counted = heads[area.column], "author" in fields_named([heads[area.column]])
        for place in range(area.column, end + 1 if end > area.column else area.column):
            number = place - area.column + 1
            heads[place] = f"{name} {number}" if counted or number > 1 else name
    down = {area.column: area.last_row for area in of_row if area.last_row > header and area.last_column == area.column}
    last = min(header + 1, len(sheet.rows) - 1)
    if set(down.values()) != {last}:
        return heads, header
    for place, below in enumerate(sheet.rows[last][: len(heads)]):
        if place not in down and below and (fields_named([below]) or not fields_named([heads[place]])):
            heads[place] = below
    return heads, last


def _nameless(columns: Sequence[Column]) -> Iterator[str]:
    """What is said of columns without a name in which something stands."""
    for before, column in zip([None, *columns], columns, strict=False):
        if not column.head and not all(cell.isdecimal() for cell in column.filled):  # else it counts the rows
            beside = f" right of '{before.head}'" if before is not None and before.head else ""
            yield f"A column without a name{beside} ({column.filled[0][:40]}) was not used: name it."


def _plain(cell: str) -> str:
    """A cell without HTML, of which web forms leave traces: `M&uuml;ller`, `CO<sub>2</sub>`."""
    if "&" not in cell and "<" not in cell:
        return cell
    return _TAG.sub("", _BREAK.sub("\n", without_entities(cell))).strip()


def _no_header(sheets: Sequence[Sheet], name: str, told: Told) -> RosterError:
    places = ((sheet.rows, n) for sheet in sheets for n, row in enumerate(sheet.rows) if sum(map(bool, row)) > 1)
    rows, number = next(places, ([()], 0))
    first, below = rows[number], rows[number + 1 :]
    has = ", ".join(f"'{cell}'" for cell in first[:12] if cell) or "nothing"
    if told:
        heads = ", ".join(f"'{head}'" for some in told.values() for head in some)
        return RosterError(f"{name} has no row with all of the columns {heads}: its first row has {has}.")
    sentence = (
        f"{name} has no row that names columns for key, title and authors (its first row has {has}): name them "
        'there, or say which they are by --column "key=NAME" --column "title=NAME" --column "authors=NAME".'
    )
    columns = tuple(
        Column(place, cell, tuple(row[place] for row in below if place < len(row)))
        for place, cell in enumerate(first)
        if cell
    )
    open_ = [field for field in NEEDED if field not in fields_named(first)] or NEEDED
    asked = [ColumnQuestion(shown(field), columns, sentence) for field in open_]
    return ColumnsUnclear(asked) if columns else RosterError(sentence)


# --- rows ---------------------------------------------------------------------------------------------------------


def _entries(table: Table, name: str, told: Told) -> ParsedFile:
    chosen = choose(table.columns, told, name)
    problems = list(table.problems)
    values: dict[Field, Sequence[str]] = {"key": _only(chosen, "key"), "title": _only(chosen, "title")}
    for plain in ("emails", "volume"):
        if plain in chosen:
            values[plain] = [" ".join(cells) for cells in zip(*(c.cells for c in chosen[plain]), strict=True)]
    days, undated = _dates(table.columns, chosen, table.counted_from)
    values |= days
    problems += undated
    authors, doubts = _authors(chosen)
    values["author"] = authors
    problems += doubts
    continued = _continued(values)
    entries = [
        RosterEntry("article", values["key"][above], _fields(values, row, above), line)
        for (row, above), line in zip(enumerate(continued), table.lines, strict=True)
    ]
    more = [line for line, (row, above) in zip(table.lines, enumerate(continued), strict=True) if row != above]
    if more:
        others = " and others" if len(more) > 1 else ""
        problems.append(
            f"Rows without key and title (line {more[0]}{others}) were taken for further authors of the article above: "
            "repeat its key and title where that is wrong."
        )
    kept, left_out = _decided(entries, chosen)
    return ParsedFile(tuple(_one_row_each(kept)), (*problems, *left_out))


def _continued(values: Mapping[Field, Sequence[str]]) -> list[int]:
    """For each row the one that has its key and title: itself, or that above where it has an author and neither."""
    rows: list[int] = []
    for row, (key, title, author) in enumerate(zip(values["key"], values["title"], values["author"], strict=True)):
        goes_on = bool(rows and author and not key and not title and values["key"][rows[-1]])
        rows.append(rows[-1] if goes_on else row)
    return rows


def _fields(values: Mapping[Field, Sequence[str]], row: int, above: int) -> dict[str, str]:
    """A row's fields; its title is that of the row which it continues."""
    return {f: cells[above if f == "title" else row] for f, cells in values.items() if f != "key"}


def _dates(
    columns: Sequence[Column], chosen: Mapping[Field, Sequence[Column]], counted_from: date
) -> tuple[dict[Field, Sequence[str]], list[str]]:
    """(the columns of dates as ISO, what of them, or of columns that could be dates, was left out)"""
    values: dict[Field, Sequence[str]] = {}
    problems: list[str] = []
    taken = {column.place for some in chosen.values() for column in some}
    free = [column for column in columns if column.place not in taken and column.filled]
    dated: tuple[Field, ...] = ("submitted", "accepted")
    for field in dated:
        if field not in chosen:
            problems += _not_taken(field, [c for c in free if normalize_header(c.head) in names_of(field)])
            continue
        days = days_of_column(_only(chosen, field), counted_from)
        values[field] = days.cells
        if days.doubtful:
            problems.append(
                f"{len(days.doubtful)} dates under '{chosen[field][0].head}' have two meanings each "
                f"({days.doubtful[0]}) and were left out: write 2025-07-13."
            )
    unnamed = [c for c in free if all(map(is_day, c.filled[:ENOUGH])) and not _is_dated(c)]
    if not values and unnamed:
        heads = " and ".join(f"'{column.head}'" for column in unnamed[:3])
        problems.append(
            f'The dates under {heads} were not used: say by --column "accepted={unnamed[0].head}" or '
            f'"submitted={unnamed[0].head}" if they tell since when an article was there.'
        )
    return values, problems


def _is_dated(column: Column) -> bool:
    """Whether a column has the name of one of dates."""
    return any(normalize_header(column.head) in names_of(field) for field in ("submitted", "accepted"))


def _not_taken(field: Field, columns: Sequence[Column]) -> list[str]:
    """Why none of the columns that have a date's name was taken for it."""
    heads = " and ".join(f"'{column.head}'" for column in columns)
    if sum(fits(field, column.filled) for column in columns) > 1:
        how = f'--column "{shown(field)}={columns[0].head}"'
        return [f"The dates under {heads} differ, and none was used: say which is meant by {how}."]
    doubtful = [column for column in columns if all(verdict(cell) is None for cell in column.filled)]
    return [
        f"What stands under '{column.head}' ({column.filled[0][:40]}) is mostly no day and was not used: "
        "write days as 2025-07-13."
        for column in doubtful
    ]


def _only(chosen: Mapping[Field, Sequence[Column]], field: Field) -> tuple[str, ...]:
    return chosen[field][0].cells


def _authors(chosen: Mapping[Field, Sequence[Column]]) -> tuple[list[str], tuple[str, ...]]:
    """Each row's authors, joined by " and "."""
    columns = [*chosen["author"], *chosen.get("coauthors", [])]
    if not columns:
        given, family = _only(chosen, "given"), _only(chosen, "family")
        return [", ".join(filter(None, (f, g))) for f, g in zip(family, given, strict=True)], ()
    for column in columns:
        if has_two_meanings(column.cells):
            raise RosterError(
                f"The commas under '{column.head}' may part persons, or family names from given ones: write semicolons "
                "between persons."
            )
    read = [people(column.cells) for column in columns]
    rows = zip(*(one.cells for one in read), strict=True)
    return [AND.join(filter(None, cells)) for cells in rows], tuple(p for one in read for p in one.problems)


def _decided(
    entries: Sequence[RosterEntry], chosen: Mapping[Field, Sequence[Column]]
) -> tuple[list[RosterEntry], list[str]]:
    """The entries without those that were not accepted, and what was left out."""
    if "decision" not in chosen:
        return list(entries), []
    column = chosen["decision"][0]
    verdicts = [verdict(cell) for cell in column.cells]
    kept = [entry for entry, said in zip(entries, verdicts, strict=True) if said is not False]
    problems = []
    for said, what in ((False, "left out"), (None, "kept")):
        cells = Counter(cell for cell, one in zip(column.cells, verdicts, strict=True) if one is said and cell)
        if cells and (said is False or True in verdicts):
            listed = ", ".join(f"'{cell}' {count}" for cell, count in cells.most_common(5))
            problems.append(f"By '{column.head}', {cells.total()} rows were {what}: {listed}.")
    return kept, problems


def _one_row_each(entries: Sequence[RosterEntry]) -> list[RosterEntry]:
    """One entry an article, where the table has a row for each author: rows of one key and title that name one each."""
    rows: dict[tuple[str, str], list[RosterEntry]] = {}
    for entry in entries:
        rows.setdefault((entry.key, entry.fields["title"]), []).append(entry)
    joined: list[RosterEntry] = []
    for (key, _), same in rows.items():
        names = [entry.fields["author"] for entry in same]
        if len(same) == 1 or not key or len(set(names)) < len(names) or any(AND in name for name in names):
            joined += same
            continue
        first = same[0]
        fields = {**first.fields, "author": AND.join(filter(None, names))}
        if "emails" in fields:
            fields["emails"] = " ".join(dict.fromkeys(entry.fields["emails"] for entry in same))
        joined.append(RosterEntry(first.kind, first.key, fields, first.line))
    return joined
