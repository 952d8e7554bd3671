"""Plain script: whole pages at 300 dpi through pdf2image and pytesseract."""

from __future__ import annotations

from pathlib import Path

from benchmarks.plain_script import main

DPI = 300


def read_pages(path: Path) -> list[list[str]]:
    """The file's pages, each a list of text lines from top to bottom."""
    import pytesseract
    from pdf2image import convert_from_path

    texts = [pytesseract.image_to_string(image) for image in convert_from_path(path, DPI)]
    return [[line for line in text.splitlines() if line.strip()] for text in texts]


if __name__ == "__main__":
    main(read_pages)
