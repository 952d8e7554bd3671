"""Which letters went out and when: an editor says so, and the results file remembers it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from pipeline.datamodel.errors import CountersignError
from pipeline.exports.table_files import from_text
from pipeline.results.store import Store
from pipeline.results.table import SEPARATOR

LETTERS_SENT = "letters sent"
"""Name of the note that holds them."""


class NoLetters(CountersignError):
    """There are no letters that could have been sent."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Sent:
    """One letter about one article."""

    on: str
    """ISO day."""
    article: str
    file: str
    """The return that it asked to mend; empty: none had come."""
    name: str
    email: str

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


def sent_letters(store: Store) -> list[Sent]:
    """All of them, in the order in which they went out."""
    return [Sent(**one) for one in json.loads(store.noted(LETTERS_SENT) or "[]")]


def last_about(sent: Sequence[Sent], article: str, file: str) -> Sent | None:
    """The last letter about the same matter: the same article, and the same return or still none."""
    return next((one for one in reversed(sent) if (one.article, one.file) == (article, file)), None)


def note_sent(store: Store, folder: Path, day: date) -> tuple[list[Sent], Path]:
    """Remember that the letters in `folder` went out; the folder is put aside. (Those letters, where they are now.)

    Raises NoLetters.
    """
    table = folder / "letters.csv"
    if not table.is_file():
        raise NoLetters(f"{folder} holds no letters. Write them by `countersign chase` first.")
    with table.open(encoding="utf-8", newline="") as stream:
        rows = [{name: from_text(value) for name, value in row.items()} for row in csv.DictReader(stream)]
    new = [
        Sent(day.isoformat(), article, file, row["name"], row["email"])
        for row in rows
        for article, file in zip(row["articles"].split(SEPARATOR), row["files"].split(SEPARATOR), strict=True)
    ]
    store.note(LETTERS_SENT, json.dumps([asdict(one) for one in (*sent_letters(store), *new)], ensure_ascii=False))
    return new, folder.rename(_free(folder, day))


def _free(folder: Path, day: date) -> Path:
    aside, count = folder.with_name(f"{folder.name}-sent-{day.isoformat()}"), 1
    while aside.exists():
        count += 1
        aside = folder.with_name(f"{folder.name}-sent-{day.isoformat()}-{count}")
    return aside
