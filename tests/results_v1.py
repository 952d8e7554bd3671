"""A results file as version 1 of its tables had it, made up: for tests of what carries it forward."""

from __future__ import annotations

import json
import zlib

import cv2
import numpy as np
import sqlalchemy as sa

_TABLES = """
CREATE TABLE meta (name VARCHAR NOT NULL PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE rosters (sha256 VARCHAR(64) NOT NULL PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE runs (
    id SERIAL NOT NULL PRIMARY KEY, started VARCHAR NOT NULL, finished VARCHAR, version VARCHAR NOT NULL,
    paths TEXT NOT NULL, roster VARCHAR(64) NOT NULL, settings TEXT NOT NULL,
    FOREIGN KEY(roster) REFERENCES rosters (sha256));
CREATE TABLE returns (
    id SERIAL NOT NULL PRIMARY KEY, file TEXT NOT NULL, path TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL,
    first_page INTEGER, last_page INTEGER, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, reading VARCHAR NOT NULL,
    refused TEXT, rest TEXT NOT NULL, there BOOLEAN NOT NULL, first_run INTEGER NOT NULL,
    UNIQUE (path, sha256, first_page, last_page),
    FOREIGN KEY(first_run) REFERENCES runs (id));
CREATE TABLE readings (
    "key" VARCHAR NOT NULL PRIMARY KEY, version VARCHAR NOT NULL, run INTEGER NOT NULL,
    failed BOOLEAN NOT NULL, parts TEXT NOT NULL, half VARCHAR NOT NULL, observation TEXT NOT NULL,
    arrays BLOB NOT NULL,
    FOREIGN KEY(run) REFERENCES runs (id));
CREATE TABLE crops (
    reading VARCHAR NOT NULL, field VARCHAR NOT NULL, png BLOB NOT NULL,
    PRIMARY KEY (reading, field),
    FOREIGN KEY(reading) REFERENCES readings ("key") ON DELETE CASCADE);
CREATE TABLE verdicts (
    "return" INTEGER NOT NULL PRIMARY KEY,
    run INTEGER NOT NULL, status VARCHAR NOT NULL, resolution TEXT NOT NULL, row TEXT NOT NULL,
    FOREIGN KEY("return") REFERENCES returns (id) ON DELETE CASCADE,
    FOREIGN KEY(run) REFERENCES runs (id));
CREATE TABLE flags (
    "return" INTEGER NOT NULL, place INTEGER NOT NULL,
    code VARCHAR NOT NULL, sentence TEXT NOT NULL, PRIMARY KEY ("return", place),
    FOREIGN KEY("return") REFERENCES returns (id) ON DELETE CASCADE);
CREATE TABLE decisions (
    id SERIAL NOT NULL PRIMARY KEY, at VARCHAR NOT NULL, who VARCHAR NOT NULL, file TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL, action VARCHAR NOT NULL, field VARCHAR NOT NULL, flag VARCHAR NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL, version INTEGER NOT NULL,
    undo_of INTEGER, "group" VARCHAR NOT NULL,
    FOREIGN KEY(undo_of) REFERENCES decisions (id));
CREATE INDEX decisions_of_row ON decisions (file, sha256);
"""
FILES = {"a.pdf": "a" * 64, "both.pdf": "b" * 64}
"""Name -> hash. `both.pdf` holds an agreement on pages 1 and 2, another on page 3; `a.pdf` goes on in `b.pdf`."""
SECOND = "c" * 64
PICTURE: bytes = cv2.imencode(".png", np.full((100, 900), 200, np.uint8))[1].tobytes()


def write_v1(engine: sa.Engine) -> None:
    """The tables of version 1 with two files, three agreements, a verdict, a flag and a decision."""
    sqlite = engine.dialect.name == "sqlite"
    kinds = {"SERIAL": "INTEGER"} if sqlite else {"BLOB": "BYTEA"}
    with engine.begin() as connection:
        text = _TABLES
        for kind, other in kinds.items():
            text = text.replace(kind, other)
        for statement in text.split(";")[:-1]:
            connection.exec_driver_sql(statement)
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for name, rows in _rows().items():
            connection.execute(metadata.tables[name].insert(), rows)


def _rows() -> dict[str, list[dict[str, object]]]:
    one, both = FILES.values()
    returns = [
        {**_return(1, "a.pdf", one, None, f"{one}+{SECOND}"), "rest": json.dumps([["b.pdf", "/in/b.pdf", SECOND]])},
        _return(2, "both.pdf#1", both, (1, 2), f"{both}:1-2"),
        _return(3, "both.pdf#2", both, (3, 3), f"{both}:3-3"),
    ]
    keys = {f"{one}+{SECOND}": "", both: "[[1, 2], [3, 3]]", f"{both}:1-2": "[]", f"{both}:3-3": "[]"}
    return {
        "meta": [{"name": "schema", "value": "1"}],
        "rosters": [{"sha256": "0" * 64, "content": "{}"}],
        "runs": [{"started": "2024-05-31", "version": "0", "paths": "[]", "roster": "0" * 64, "settings": "{}"}],
        "returns": returns,
        "readings": [_reading(key, parts) for key, parts in keys.items()],
        "crops": [
            {"reading": f"{both}:3-3", "field": field, "png": png}
            for field, png in {"name": b"png", "date": b"png", "signature": PICTURE}.items()
        ],
        "verdicts": [_verdict(number) for number in (1, 2, 3)],
        "flags": [{"return": 3, "place": 0, "code": "undated", "sentence": "Nothing stands at the date."}],
        "decisions": [_decision(one)],
    }


def _return(number: int, file: str, digest: str, pages: tuple[int, int] | None, reading: str) -> dict[str, object]:
    first, last = pages or (None, None)
    shown = {"file": file, "path": f"/in/{file.partition('#')[0]}", "sha256": digest, "reading": reading}
    stamp = {"size": 10, "mtime_ns": 1, "rest": "[]", "there": True, "first_run": 1}
    return {"id": number, **shown, "first_page": first, "last_page": last, **stamp}


def _reading(key: str, parts: str) -> dict[str, object]:
    seen = {"observation": '{"pages": 2, "form": "pmlr"}', "arrays": zlib.compress(b"")}
    return {"key": key, "version": "1", "run": 1, "failed": False, "parts": parts, "half": "", **seen}


def _verdict(number: int) -> dict[str, object]:
    return {"return": number, "run": 1, "status": "review", "resolution": "{}", "row": '{"date": null}'}


def _decision(digest: str) -> dict[str, object]:
    empty = dict.fromkeys(("field", "before", "after", "reason", "group"), "")
    said = {"at": "2024-05-31", "who": "chair", "action": "accept", "flag": "undated", "version": 0}
    return {"file": "a.pdf", "sha256": digest, **said, **empty}
