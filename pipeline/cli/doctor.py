"""What is installed that reading needs, and how to mend what isn't."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

NEEDED = ("pypdfium2", "opencv-python-headless", "onnxruntime", "rapidocr", "pytesseract", "pikepdf", "pillow-heif")
OPTIONAL = {
    "fastapi": ("review", "the review page"),
    "distributed": ("cluster", "many machines (--scheduler)"),
    "pyarrow": ("parquet", "tables in Parquet"),
    "psycopg": ("postgres", "PostgreSQL (--store)"),
}
"""Package -> the extra that brings it, what it is for."""
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for."""

    what: str
    well: bool
    detail: str
    remedy: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """Everything that was looked for, in the order in which an installation goes."""
    return [
        _python(),
        *_packages(),
        _tesseract(),
        _tesseract_languages(),
        _poppler(),
        _libreoffice(),
        *_models(),
        *_extras(),
    ]


def _python() -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, shown, "Install Python 3.11 or newer.")


def _packages() -> Iterator[Finding]:
    for name in NEEDED:
        found = _version(name)
        yield Finding(
            name, bool(found), found or "not installed", "Install Countersign once more: pip install countersign"
        )


def _extras() -> Iterator[Finding]:
    for name, (extra, purpose) in OPTIONAL.items():
        found = _version(name)
        detail = f"{found or 'not installed'}, for {purpose}"
        yield Finding(name, bool(found), detail, f'pip install "countersign[{extra}]"', needed=False)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _system_package(debian: str, brew: str) -> str:
    return f"Debian, Ubuntu: sudo apt-get install {debian}. macOS: brew install {brew}."


def _output(*command: str) -> str:
    """What a program prints; empty if it isn't there or fails."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def _tesseract() -> Finding:
    found = re.match(r"tesseract v?(\S+)", _output("tesseract", "--version"))
    remedy = _system_package("tesseract-ocr", "tesseract")
    return Finding("tesseract", found is not None, found[1] if found else "not found", remedy)


def _tesseract_languages() -> Finding:
    languages = [line for line in _output("tesseract", "--list-langs").splitlines()[1:] if line and " " not in line]
    remedy = _system_package("tesseract-ocr-eng", "tesseract")
    return Finding("tesseract's languages", "eng" in languages, ", ".join(languages) or "none", remedy)


def _poppler() -> Finding:
    found = re.search(r"version (\S+)", _output("pdftoppm", "-v"))
    remedy = _system_package("poppler-utils", "poppler")
    detail = found[1] if found else "not found; damaged files that only it can open will be unreadable"
    return Finding("poppler", found is not None, detail, remedy, needed=False)


def _libreoffice() -> Finding:
    from pipeline.intake.office import lacks_writer, libreoffice

    found = libreoffice()
    remedy = _system_package("libreoffice-writer-nogui", "--cask libreoffice")
    well = found is not None and not lacks_writer(found)
    lacking = "not found" if found is None else f"{found} without its Writer"
    detail = found if found and well else f"{lacking}; returns that are Word or OpenDocument files will be unreadable"
    return Finding("LibreOffice", well, detail, remedy, needed=False)


def _models() -> Iterator[Finding]:
    """The line recognizer and the form, loaded for real."""
    again = "Install Countersign once more: pip install --force-reinstall countersign rapidocr"
    try:
        import numpy as np

        from models.ppocr import LineReader

        LineReader().read([np.full((48, 160, 3), 255, np.uint8)])
        yield Finding("line recognizer", True, "loads and runs")
    except Exception as error:
        yield Finding("line recognizer", False, f"{type(error).__name__}: {error}", again)
    try:
        from pipeline.forms.reader import load_forms

        forms = load_forms()
        yield Finding(
            "forms", bool(forms), ", ".join(f"{form.label} ({len(form.pages)} pages)" for form in forms), again
        )
    except Exception as error:
        yield Finding("forms", False, f"{type(error).__name__}: {error}", again)
