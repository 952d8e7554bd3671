"""Versions: of the program, of what decides how a file is read, and of what decides what its reading means."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

READING_VERSION = "13"
"""Raised whenever a file may be read differently than before; `countersign read --again` then reads it anew."""

JUDGING_VERSION = "10"
"""Raised whenever the same reading may be resolved, flagged or shown in the table differently than before: stored
verdicts are then judged anew. `tests/material/judging_rules.py` holds the rules that it stands for."""

try:
    __version__ = version("countersign")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0"
