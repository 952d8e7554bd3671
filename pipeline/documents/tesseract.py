"""Tesseract, through pytesseract."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType


@cache
def load_pytesseract() -> ModuleType:
    """The package pytesseract, loaded when it is first asked for, without pandas.

    It would load that for a kind of answer that nobody here asks it for: most of a second and some 50 MB a worker.
    """
    hidden = "pandas" not in sys.modules
    if hidden:
        sys.modules["pandas"] = None  # type: ignore[assignment]  # an import of it then says that it is not installed
    try:
        import pytesseract
    finally:
        if hidden:
            del sys.modules["pandas"]
    loaded: ModuleType = pytesseract
    return loaded
