"""A results file of another version is left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.datamodel.errors import StoreError
from pipeline.results.results_file import SCHEMA_VERSION
from pipeline.results.store import open_store


@pytest.mark.parametrize(
    ("version", "told"), [(SCHEMA_VERSION + 1, "Update the program"), (1, "another folder by --out")]
)
def test_a_results_file_of_another_version_is_left_alone(tmp_path: Path, version: int, told: str) -> None:
    with open_store(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "countersign.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (str(version),))
        connection.execute(f"PRAGMA user_version = {version}")
    before = (tmp_path / "countersign.db").read_bytes()
    with pytest.raises(StoreError, match=told), open_store(tmp_path):
        pass
    assert (tmp_path / "countersign.db").read_bytes() == before
