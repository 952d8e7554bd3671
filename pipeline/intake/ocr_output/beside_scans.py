"""An engine's output beside the scan it was made from: one return, the scan to be read, the text a second opinion.

They belong together where they lie in one folder and share a name but for its suffix (`name.pdf`, `name.hocr`), or
where the output names the scan as its picture.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pipeline.datamodel.records import FilePart, Problem, Source
from pipeline.documents.file_kinds import file_kind
from pipeline.intake.ocr_output.engine_output import EngineOutput
from pipeline.intake.ocr_output.plain_text import PLAIN_TEXT
from pipeline.intake.ocr_output.recognize import engine_output

SCANS = frozenset([".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".webp", ".bmp"])
TEXTS = frozenset([".hocr", ".html", ".htm", ".xml", ".json", ".jsonl", ".txt", ".md"])
NAMING = frozenset([".hocr", ".html", ".htm", ".xml"])
"""Suffixes of formats that name their picture."""
PICTURE = re.compile(r"[\w()\[\] .~-]+\.(?:png|jpe?g|tiff?|pdf|heic|webp|bmp)\b", re.IGNORECASE)

Load = Callable[[Source], bytes | Problem]
Told = Callable[[str, bytes], bool]
"""What a file is, by its name and content."""


def with_texts(sources: Sequence[Source], load: Load, is_output: Told) -> list[Source]:
    """The sources, each scan with the text beside it, which then is no return of its own.

    `load`: a source's bytes. `is_output`: `is_engine_output`, wherever that is asked.
    """
    texts: dict[str, Source] = {}
    for folder in _by_folder(sources).values():
        for scan, text in _pairs(folder, load, is_output):
            texts.setdefault(scan.name, text)
    taken = {text.name for text in texts.values()}
    return [
        replace(source, text=_part(texts[source.name])) if source.name in texts else source
        for source in sources
        if source.name not in taken
    ]


def _part(source: Source) -> FilePart:
    return FilePart(source.name, source.path, source.sha256, source.inside)


def _by_folder(sources: Sequence[Source]) -> dict[str, list[Source]]:
    folders: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        if source.refused is None:
            folders[str(PurePosixPath(source.name).parent)].append(source)
    return folders


def _suffix(source: Source) -> str:
    return PurePosixPath(source.name).suffix.lower()


def _pairs(folder: Sequence[Source], load: Load, is_output: Told) -> Iterator[tuple[Source, Source]]:
    """(scan, text), each text once, those that share a name first."""
    scans = {PurePosixPath(s.name).name.lower(): s for s in folder if _suffix(s) in SCANS}
    texts = [s for s in folder if _suffix(s) in TEXTS] if scans else []
    by_stem = {PurePosixPath(name).stem: scan for name, scan in scans.items()}
    for text in texts:
        stem = PurePosixPath(text.name).stem.lower()
        scan = by_stem.get(stem) or scans.get(stem)
        data = load(text) if scan or _suffix(text) in NAMING else b""
        if isinstance(data, Problem) or not data:
            continue
        scan = scan or _named(data, scans)
        if scan and _is_scan(scan, load) and is_output(text.name, data):
            yield scan, text


def is_engine_output(name: str, data: bytes) -> bool:
    """Whether a file is an engine's output; any text is, but only where it is named as one."""
    output = engine_output(data)
    plain = PurePosixPath(name).suffix.lower() in (".txt", ".md")
    return isinstance(output, EngineOutput) and (plain or output.engine != PLAIN_TEXT)


def _named(data: bytes, scans: dict[str, Source]) -> Source | None:
    """The scan that an output names as its first picture."""
    head = data[: 1 << 16].decode("utf-8", "replace")
    names = (match[0].strip().lower() for match in PICTURE.finditer(head))
    return next((scans[name] for name in names if name in scans), None)


def _is_scan(source: Source, load: Load) -> bool:
    data = load(source)
    return isinstance(data, bytes) and file_kind(data[: 1 << 12]) in ("pdf", "image")
