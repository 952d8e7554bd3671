"""What carries a results file of an older version forward, one step a version.

A step says what it does in SQL or on plain values, not by the program's own tables or functions: those go on changing,
and the step must do tomorrow what it does today. `results_file` runs the steps that are due in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa


def version_2(connection: sa.Connection) -> None:
    """An agreement inside a file has a list of pages (`1-2`, `1,5`) instead of a first and a last one.

    A return may lie in a container (`inside`, table `containers`) and have come by mail (`sender`, `received`). What it
    means beside the roster alone is kept (table `resolved`).
    """
    for statement in (*_RETURNS_2[connection.dialect.name], *_NEW_2):
        connection.exec_driver_sql(statement)
    _pages_of_parts(connection)
    rest = connection.execute(sa.text("SELECT id, rest FROM returns WHERE rest <> '[]'")).all()
    _update(connection, "returns", "id", "rest", {n: [[*part, ""] for part in json.loads(text)] for n, text in rest})
    judged = connection.execute(sa.text(
        'SELECT v."return", v.row, o.observation FROM verdicts v JOIN returns r ON r.id = v."return" '
        "LEFT JOIN readings o ON o.key = r.reading"
    )).all()  # fmt: skip
    rows = {number: {**_new_columns(observation), **json.loads(row)} for number, row, observation in judged}
    _update(connection, "verdicts", '"return"', "row", rows)


def _new_columns(observation: str | None) -> dict[str, str | None]:
    return {"form": json.loads(observation or "{}").get("form", ""), "sender": "", "received": None}


def _update(connection: sa.Connection, table: str, key: str, column: str, values: Mapping[Any, Any]) -> None:
    """Set a column of JSON, row by row."""
    statement = sa.text(f"UPDATE {table} SET {column} = :value WHERE {key} = :key")
    for number, value in values.items():
        connection.execute(statement, {"value": json.dumps(value, ensure_ascii=False), "key": number})


def _pages_of_parts(connection: sa.Connection) -> None:
    stored = connection.execute(sa.text("SELECT key, parts FROM readings")).all()
    parts = {key: [_pages(first, last) for first, last in json.loads(text or "[]")] for key, text in stored}
    _update(connection, "readings", "key", "parts", parts)
    for key in parts:
        digest, _, pages = key.partition(":")
        if digest != "refused" and pages and _pages(*pages.split("-")) != pages:
            _rename_reading(connection, key, f"{digest}:{_pages(*pages.split('-'))}")


def _pages(first: int | str, last: int | str) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


def _rename_reading(connection: sa.Connection, old: str, new: str) -> None:
    kept = "version, run, failed, parts, half, observation, arrays"
    for statement in (
        f"INSERT INTO readings (key, {kept}) SELECT :new, {kept} FROM readings WHERE key = :old",
        "UPDATE crops SET reading = :new WHERE reading = :old",
        "UPDATE returns SET reading = :new WHERE reading = :old",
        "DELETE FROM readings WHERE key = :old",
    ):
        connection.execute(sa.text(statement), {"old": old, "new": new})


_AS_PAGES = (
    "CASE WHEN first_page IS NULL THEN '' WHEN first_page = last_page THEN CAST(first_page AS TEXT) "
    "ELSE CAST(first_page AS TEXT) || '-' || CAST(last_page AS TEXT) END"
)
_RETURNS_2 = {
    # SQLite can't drop a column that a constraint is on: the table is made anew.
    "sqlite": (
        """CREATE TABLE returns_2 (
            id INTEGER NOT NULL PRIMARY KEY, file TEXT NOT NULL, path TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL,
            pages TEXT NOT NULL, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, reading VARCHAR NOT NULL, refused TEXT,
            rest TEXT NOT NULL, inside TEXT DEFAULT '' NOT NULL, sender TEXT DEFAULT '' NOT NULL, received DATE,
            there BOOLEAN NOT NULL, first_run INTEGER NOT NULL,
            UNIQUE (path, sha256, pages), FOREIGN KEY(first_run) REFERENCES runs (id))""",
        f"""INSERT INTO returns_2 SELECT id, file, path, sha256, {_AS_PAGES}, size, mtime_ns, reading, refused, rest,
            '', '', NULL, there, first_run FROM returns""",
        "DROP TABLE returns",
        "ALTER TABLE returns_2 RENAME TO returns",
    ),
    "postgresql": (
        "ALTER TABLE returns ADD COLUMN pages TEXT, ADD COLUMN inside TEXT DEFAULT '' NOT NULL, "
        "ADD COLUMN sender TEXT DEFAULT '' NOT NULL, ADD COLUMN received DATE",
        f"UPDATE returns SET pages = {_AS_PAGES}",
        "ALTER TABLE returns ALTER COLUMN pages SET NOT NULL, DROP COLUMN first_page, DROP COLUMN last_page",
        "ALTER TABLE returns ADD UNIQUE (path, sha256, pages)",
    ),
}
_NEW_2 = (
    """CREATE TABLE resolved (
    reading VARCHAR NOT NULL PRIMARY KEY, basis VARCHAR(64) NOT NULL, resolution TEXT NOT NULL,
    FOREIGN KEY(reading) REFERENCES readings ("key") ON DELETE CASCADE)""",
    """CREATE TABLE containers (
        path VARCHAR NOT NULL PRIMARY KEY, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, version INTEGER NOT NULL,
        listing TEXT NOT NULL)""",
)


def version_3(connection: sa.Connection) -> None:
    """The small pictures that the workbook shows are kept beside the crops of signature and date (`thumbnail`)."""
    kind = {"sqlite": "BLOB", "postgresql": "BYTEA"}[connection.dialect.name]
    connection.exec_driver_sql(f"ALTER TABLE crops ADD COLUMN thumbnail {kind}")
    shown = "SELECT reading, field FROM crops WHERE field IN ('signature', 'date')"
    look = sa.text("SELECT png FROM crops WHERE reading = :reading AND field = :field")
    keep = sa.text("UPDATE crops SET thumbnail = :thumbnail WHERE reading = :reading AND field = :field")
    for reading, field in connection.execute(sa.text(shown)).all():
        crop = {"reading": reading, "field": field}
        png = bytes(connection.execute(look, crop).scalar_one())  # one at a time, for memory
        connection.execute(keep, {**crop, "thumbnail": _thumbnail(png)})


def _thumbnail(png: bytes) -> bytes | None:
    """Grey JPEG as large as fits into 320 by 72 pixels; None where the crop is no picture."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None
    if image is None:
        return None
    height, width = image.shape
    fit = min(320 / width, 72 / height)
    small = cv2.resize(image, (max(1, round(width * fit)), max(1, round(height * fit))), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


MIGRATIONS: Mapping[int, Callable[[sa.Connection], None]] = {2: version_2, 3: version_3}
"""Version -> what brings a results file of the version before to it."""
SCHEMA_VERSION = max(MIGRATIONS)
