"""Damage to the results file costs the rows that it struck; every decision outlives it."""

from __future__ import annotations

import random
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import EXIT_CODES, EXIT_FAULT, EXIT_LEFT, StoreError
from pipeline.execution.worker_pool import Reading
from pipeline.results.decision_journal import JOURNAL_NAME, read_journal
from pipeline.results.recovery import losses, recover
from pipeline.results.results_file import DamagedResults
from pipeline.results.store import open_store
from pipeline.run import read_batch
from pipeline.settings import RunOptions
from tests.cli.test_main import run
from tests.material import stand_ins

RETURNS = 8
FLIPS = 8
BIB = "".join(f"@InProceedings{{k{i}, title = {{title {i}}}, author = {{Ann Author}}}}\n" for i in range(RETURNS))


def read(folder: Path) -> pd.DataFrame:
    """The batch in `folder`, read by stand-ins; the table."""
    options = RunOptions(roster=folder / "roster.bib", out=folder / "out", today=date(2024, 5, 31))
    outcome = read_batch(
        [folder / "returns"],
        options,
        reader=lambda sources, _: (Reading(s, stand_ins.read(s)) for s in sources),
        judge=stand_ins.judge,
    )
    return outcome.table


def decide(folder: Path, count: int) -> list[Decision]:
    with open_store(folder / "out", writing=False) as store:
        rows = store.judged_rows()
        made = []
        for n in range(count):
            source = rows[n % len(rows)].source
            entry = Decision(0, "", "ines", source.name, source.sha256, "confirm", "date", "undated", "", "2024-01-02")
            made.append(store.decide(replace(entry, reason=f"reason {n} " * 8, version=n // len(rows))))
        return made


def decisions(folder: Path) -> list[Decision]:
    with open_store(folder / "out", writing=False) as store:
        return store.decisions()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch that was read and decided on, with a copy of its results in `before`."""
    folder = tmp_path_factory.mktemp("recovery")
    (folder / "returns").mkdir()
    for i in range(RETURNS):
        (folder / "returns" / f"{i}.pdf").write_text(f"read title {i}" + "\n" * i)
    (folder / "roster.bib").write_text(BIB)
    read(folder)
    decide(folder, 30)
    read(folder)
    shutil.copytree(folder / "out", folder / "before")
    return folder


@pytest.fixture
def batch(made: Path) -> Path:
    """The batch as it was made: its results file holds the paths of its returns, so that it stays in its place."""
    shutil.rmtree(made / "out")
    shutil.copytree(made / "before", made / "out")
    (made / "returns" / "new.pdf").unlink(missing_ok=True)
    return made


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at // 8] ^= 1 << at % 8
    path.write_bytes(data)


def change(folder: Path, statement: str) -> None:
    """Alter the results file behind the program's back."""
    connection = sqlite3.connect(folder / "out" / "countersign.db")
    with connection:
        connection.executescript(f"DROP TRIGGER decisions_no_update; DROP TRIGGER decisions_no_delete; {statement}")
    connection.close()


def test_a_sound_file_has_no_losses(batch: Path) -> None:
    assert losses(batch / "out") == 0
    before = decisions(batch)
    assert list(read_journal(batch / "out" / JOURNAL_NAME).decisions.values()) == before and len(before) == 30
    saved = recover(batch / "out")
    assert (saved.decisions, saved.readings, saved.lost) == (30, RETURNS, 0) and saved.damaged.is_file()
    assert decisions(batch) == before


DAMAGES = {
    "a reading": "UPDATE readings SET observation = replace(observation, '{', '[') WHERE rowid = 3",
    "a letter of a reading": "UPDATE readings SET observation = replace(observation, 'title', 'tible') WHERE rowid = 3",
    "a letter of a row": "UPDATE verdicts SET row = replace(row, 'pdf', 'pdg') WHERE rowid = 2",
    "a box of a row": "UPDATE verdicts SET row = replace(row, '0.1000', '0.1 00') WHERE rowid = 2",
    "a status": "UPDATE verdicts SET status = 'revieg' WHERE rowid = 2",
    "a flag": "UPDATE flags SET code = 'unsigoed' WHERE rowid = 2",
    "its arrays": "UPDATE readings SET arrays = x'00' WHERE rowid = 3",
    "a row of the table": "UPDATE verdicts SET row = substr(row, 9) WHERE rowid = 2",
    "a roster": "UPDATE rosters SET content = 'x' || content",
    "a run": "UPDATE runs SET settings = 'x'",
    "a return": "UPDATE returns SET refused = '{' WHERE rowid = 4",
    "a type": "UPDATE returns SET size = 'many' WHERE rowid = 4",
    "a decision": "UPDATE decisions SET after = '2025-01-02' WHERE id = 7",
    "a decision's number": "UPDATE decisions SET id = 1000 WHERE id = 7",
    "all decisions": "DELETE FROM decisions",
    "the version": "UPDATE meta SET value = '5' WHERE name = 'schema'",
    "a table": "DROP TABLE meta",
    "text": "UPDATE readings SET half = CAST(x'ff' AS TEXT) WHERE rowid = 3",
}


HARMLESS = ("a run", "a type")
"""An earlier run's settings are not needed any more, and a size that is none is found anew."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_kind_of_damage_costs_what_it_struck(batch: Path, damage: str) -> None:
    before, table = decisions(batch), read(batch)
    change(batch, DAMAGES[damage])
    (batch / "returns" / "new.pdf").write_text("read title new")  # so that the run has to judge
    found = read(batch)
    assert decisions(batch) == before
    pd.testing.assert_frame_equal(found[found["file"] != "new.pdf"].reset_index(drop=True), table)
    assert damage in HARMLESS or losses(batch / "out") == 0


def test_the_other_commands_say_what_to_do(batch: Path) -> None:
    change(batch, DAMAGES["a row of the table"])
    code, _, err = run("export", batch / "out")
    assert code == 4 and "countersign recover" in err and "all decisions are kept" in err
    code, _, err = run("recover", batch / "out")
    assert code == 0 and "30 decisions" in err and "countersign-damaged-1.db" in err
    assert run("recover", batch / "elsewhere")[0] == 4


def test_a_failure_over_a_sound_file_is_no_damage(batch: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_store(batch / "out"):
        raise ZeroDivisionError


def test_a_file_that_is_none_at_all_still_has_its_decisions(batch: Path) -> None:
    before = decisions(batch)
    (batch / "out" / "countersign.db").write_bytes(b"\7" * 20_000)
    with pytest.raises(DamagedResults):
        decisions(batch)
    assert len(read(batch)) == RETURNS
    assert decisions(batch) == before


def test_a_kill_between_file_and_journal_costs_nothing(batch: Path) -> None:
    before = decisions(batch)
    journal = batch / "out" / JOURNAL_NAME
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-3]) + lines[-1][:20])
    read(batch)
    assert list(read_journal(journal).decisions.values()) == before == decisions(batch)


def test_the_journal_of_other_results_is_put_aside(batch: Path) -> None:
    for path in (batch / "out").glob("countersign.db*"):
        path.unlink()
    read(batch)
    assert decisions(batch) == []
    (kept,) = (batch / "out").glob("decisions-*.log")
    assert len(read_journal(kept).decisions) == 30
    assert len(decide(batch, 2)) == len(decisions(batch)) == 2


def test_a_bit_in_the_list_of_tables_costs_nothing(batch: Path) -> None:
    before, path = decisions(batch), batch / "out" / "countersign.db"
    flip(path, 8 * (path.read_bytes().index(b"CREATE TRIGGER decisions_no_update") + 6) + 6)
    code, _, err = run("export", batch / "out")
    assert code == 4 and "countersign recover" in err
    assert len(read(batch)) == RETURNS and decisions(batch) == before


def flips(batch: Path, count: int, seed: int) -> int:
    """Flip a bit, read, export, and look; how many flips were told of."""
    rng = random.Random(seed)
    path = batch / "out" / "countersign.db"
    before, sound, told = decisions(batch), path.read_bytes(), 0
    for n in range(count):
        path.write_bytes(sound)
        at = rng.randrange(8 * len(sound)) if n % 4 else rng.randrange(8 * 4096)
        flip(path, at)
        code, _, err = run("export", batch / "out", "-o", batch / "t.csv")
        assert code in EXIT_CODES and code != EXIT_FAULT, (at, err)
        found = read(batch)
        assert decisions(batch) == before and len(found) == RETURNS, at
        saved = list((batch / "out").glob("countersign-damaged-*.db*"))
        told += bool(saved)
        for one in saved:
            one.unlink()
    return told


def test_a_flipped_bit_anywhere_costs_no_decision(batch: Path) -> None:
    assert flips(batch, FLIPS, seed=5) > 0


@pytest.mark.soak
def test_a_hundred_flipped_bits_cost_no_decision(batch: Path) -> None:
    assert flips(batch, 100, seed=6) > 10


def test_recovering_waits_for_no_run(batch: Path) -> None:
    with open_store(batch / "out"), pytest.raises(StoreError, match="Another run"):
        recover(batch / "out")
    assert EXIT_LEFT in EXIT_CODES
