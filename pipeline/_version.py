"""Versions: of the program, and of what decides how a file is read."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

READING_VERSION = "5"
"""Raised whenever a file may be read differently than before; `countersign read --again` then reads it anew."""

try:
    __version__ = version("countersign")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0"
