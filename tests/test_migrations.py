"""Results files of older versions are carried forward, newer ones are left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.errors import CountersignError
from pipeline.migrations import SCHEMA_VERSION
from pipeline.records import FilePart
from pipeline.results_file import StoreError
from pipeline.store import Store, open_store
from pipeline.thumbnails import thumbnail
from tests.results_v1 import FILES, PICTURE, SECOND, write_v1


def psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    engine = sa.create_engine(f"sqlite:///{folder}/countersign.db")
    write_v1(engine)
    engine.dispose()
    return folder


def shape(engine: sa.Engine) -> dict[str, Any]:
    """All that the tables are, but for the order and the names of things."""
    found = sa.inspect(engine)
    return {
        table: (
            {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table)},
            found.get_pk_constraint(table)["constrained_columns"],
            sorted(str((k["constrained_columns"], k["referred_table"], k["options"]))
                   for k in found.get_foreign_keys(table)),
            sorted(u["column_names"] for u in found.get_unique_constraints(table)),
            sorted(str(i["column_names"]) for i in found.get_indexes(table) if not i.get("duplicates_constraint")),
        )
        for table in found.get_table_names()
    }  # fmt: skip


def assert_carried_forward(store: Store) -> None:
    assert store.noted("schema") == str(SCHEMA_VERSION)
    assert {s.name: s.pages for _, s, _ in store.observations()} == {
        "a.pdf": (),
        "both.pdf#1": (1, 2),
        "both.pdf#2": (3,),
    }
    assert [seen.form for _, _, seen in store.observations()] == ["pmlr"] * 3
    assert store.crop(FILES["both.pdf"], "name", (3,)) == b"png"
    assert [v.flags[0].code for v in store.verdicts() if v.flags] == ["undated"]
    columns = ("form", "sender", "received", "date")
    assert [tuple(r[name] for name in columns) for r in store.rows()] == [("pmlr", "", None, None)] * 3
    assert [s.rest for _, s, _ in store.observations()] == [(FilePart("b.pdf", "/in/b.pdf", SECOND),), (), ()]
    assert [decision.who for decision in store.decisions()] == ["chair"]
    with store.engine.connect() as connection:
        parts = dict(connection.execute(sa.text("SELECT key, parts FROM readings")).all())
        pictures = dict(connection.execute(sa.text("SELECT field, thumbnail FROM crops")).all())
    assert pictures["name"] is pictures["date"] is None, "no place in the workbook, and no picture"
    assert bytes(pictures["signature"]) == thumbnail(PICTURE)
    assert parts == {
        f"{FILES['a.pdf']}+{SECOND}": "[]",
        FILES["both.pdf"]: '["1-2", "3"]',
        FILES["both.pdf"] + ":1-2": "[]",
        FILES["both.pdf"] + ":3": "[]",
    }


def test_a_file_of_version_1_is_carried_forward(tmp_path: Path, old_file: Path) -> None:
    for _ in range(2):
        with open_store(old_file) as store:
            assert_carried_forward(store)
            migrated = shape(store.engine)
            with store.engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    with open_store(tmp_path / "fresh") as store:
        assert migrated == shape(store.engine)


def test_the_old_file_is_kept_beside_the_new_one(old_file: Path) -> None:
    with open_store(old_file, writing=False):
        pass
    with sqlite3.connect(old_file / "countersign.db.v1") as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchall() == [("1",)]
        assert connection.execute("SELECT count(first_page) FROM returns").fetchall() == [(2,)]


def test_a_copy_that_cant_be_kept_stops_the_upgrade(old_file: Path) -> None:
    (old_file / "countersign.db.v1").mkdir()
    with pytest.raises(StoreError, match=r"countersign\.db\.v1"), open_store(old_file):
        pass
    (old_file / "countersign.db.v1").rmdir()
    with open_store(old_file) as store:
        assert_carried_forward(store)


def test_a_step_that_fails_leaves_the_file_as_it_was(old_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DROP TABLE returns")
        raise ValueError("no")

    monkeypatch.setattr("pipeline.results_file.MIGRATIONS", {2: fails})
    with pytest.raises(ValueError, match="no"), open_store(old_file):
        pass
    monkeypatch.undo()
    with open_store(old_file) as store:
        assert_carried_forward(store)


def test_the_same_on_postgresql(postgres: str, postgres_server: str, tmp_path: Path) -> None:
    engine = sa.create_engine(psycopg(postgres))
    write_v1(engine)
    engine.dispose()
    for _ in range(2):
        with open_store(tmp_path, postgres) as store:
            assert_carried_forward(store)
            migrated = shape(store.engine)
    with open_store(tmp_path, postgres_server.format("postgres")) as store:
        assert migrated == shape(store.engine)


def test_a_newer_results_file_is_left_alone(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "countersign.db") as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(StoreError, match="newer version") as told, open_store(tmp_path):
        pass
    assert isinstance(told.value, CountersignError)
