"""Files that an editor hands to the page, put into the folder that was read: under safe names, and never over a file.

A file is written under a hidden name that no run looks at, and gets its own name when the whole of it is there. What is
no document, and what is there already, is not kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pipeline.datamodel.errors import CountersignError
from pipeline.datamodel.records import Problem, Source
from pipeline.documents.file_kinds import FileKind, file_kind
from pipeline.exports.purge import check_not_purged
from pipeline.intake.containers import container_kind
from pipeline.intake.file_names import is_hidden, is_side_name, part_of
from pipeline.intake.members import HEAD_BYTES, MAX_BYTES
from pipeline.intake.ocr_output.recognize import MOST_BYTES, may_be_return
from pipeline.intake.office import text_document
from pipeline.intake.sources import file_of
from pipeline.results.store import Store
from pipeline.review.apart import Apart

LARGEST_FILE = MAX_BYTES
"""Bytes of one file: a larger one would not be read."""
LONGEST_NAME = 200
"""Bytes of a file's name; file systems take 255, of which a number and the hidden name need some."""
ARRIVING = ".countersign-arriving-"
"""Begins the name of a file that is not whole yet; hidden, so that no run takes it for a return."""
LONGEST_WAY_S = 86_400.0
"""From this age on a file that is not whole is on its way no more."""
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Kinds of characters that no name keeps: controls, what turns the direction of writing, halves of characters."""
UNTOLD = Problem(
    "unreadable_file", "This file could not be looked at, so it was not taken. Check that it is a document."
)


class Refused(CountersignError):
    """A file that is not taken; the message says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one file."""

    name: str
    """As it is called in the folder."""
    taken: bool
    """Whether it is new there."""
    said: str


def landing_folder(store: Store) -> Path:
    """The folder that new returns go into: the first one that the last run was given, where it is now.

    Raises Refused where there is none, StoreError where the readings were forgotten.
    """
    check_not_purged(store)
    folder = next((path for path in store.read_paths() if path.is_dir()), None)
    if folder is None:
        raise Refused("The folder that was read is not there, so nothing can be added to it. See --returns.")
    return folder


def safe_name(given: str) -> str:
    """A name for a file in a folder of ours, whatever was given: one part of a path, not hidden, not too long."""
    plain = "".join(char for char in given if unicodedata.category(char) not in UNSEEN)
    name = unicodedata.normalize("NFC", part_of(plain)).lstrip(". ") or "return"
    suffix = PurePosixPath(name).suffix[:12]
    stem = name.removesuffix(suffix).encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return stem.rstrip() + suffix


@dataclass
class Arriving:
    """One file on its way into the folder. Make one with `arriving`."""

    folder: Path
    path: Path
    stream: BinaryIO
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, chunk: bytes) -> None:
        """Raises Refused where the file is too large, or the disk is full."""
        self.size += len(chunk)
        if self.size > LARGEST_FILE:
            raise Refused("This file is larger than 1 GiB. Split it, or put it into the folder by hand.")
        self.digest.update(chunk)
        try:
            self.stream.write(chunk)
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def end(self) -> None:
        """On disk when this comes back. Raises Refused."""
        try:
            self.stream.flush()
            os.fsync(self.stream.fileno())
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def discard(self) -> None:
        """Remove what is not kept."""
        self.stream.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


@dataclass
class Landing:
    """Where files get their names, one at a time: of two with the same content the second finds the first."""

    apart: Apart = field(default_factory=lambda: Apart("pipeline.review.arrivals:why_not", UNTOLD))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, file: Arriving, given: str, known: Mapping[str, Source]) -> Arrival:
        """Give a file that is whole its name in the folder, unless the same content is there.

        `known`: hash -> the return with it, in archives and mails too. Raises Refused where it is no document.
        """
        name = safe_name(given)
        file.end()
        if why := self._why_not(file.path, name):
            raise Refused(why)
        with self.lock:
            same = known.get(file.digest.hexdigest())
            here = same.name if same and Path(file_of(same)).exists() else ""
            if here := here or _same_content(file.folder, file.path, file.digest.digest()):
                return Arrival(here, False, "already here" if here == given else f"already here, as {here}")
            placed = _placed(file.path, file.folder, name)
        return Arrival(placed, True, "added" if placed == given else f"added as {placed}")

    def _why_not(self, path: Path, name: str) -> str:
        if _kind(path) in ("pdf", "image"):
            return ""
        answer = self.apart.ask(IsReturn(path, name))
        return answer.sentence if isinstance(answer, Problem) else answer.decode()


def arriving(folder: Path) -> Arriving:
    """A new file below `folder` that is not whole yet. Raises Refused where nothing can be written there."""
    sweep(folder)
    path = folder / f"{ARRIVING}{os.urandom(8).hex()}"
    try:
        return Arriving(folder, path, path.open("xb"))
    except OSError as error:
        raise not_writable(folder, error) from error


def sweep(folder: Path) -> None:
    """Remove what never became whole because the server was killed."""
    for path in folder.glob(f"{ARRIVING}*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > LONGEST_WAY_S:
                path.unlink()


def not_writable(folder: Path, error: OSError) -> Refused:
    """Why a file could not be put into the folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(f"The disk of {folder} is full. Make room, then add the file again.")
    return Refused(f"{folder} can't be written ({error.strerror}). Allow writing, or put the file there by hand.")


@dataclass(frozen=True, slots=True)
class IsReturn:
    """The question whether the file at `path`, which is to be called `name`, may be a return."""

    path: Path
    name: str


def why_not(asked: IsReturn) -> bytes:
    """Why a file is no return that a run would take; empty: it may be one. Runs in a worker: a file may be hostile."""
    return _why_not(asked.name, asked.path).encode()


def _kind(path: Path) -> FileKind:
    with path.open("rb") as stream:
        return file_kind(stream.read(HEAD_BYTES))


def _why_not(name: str, path: Path) -> str:
    if _kind(path) == "empty":
        return "This file is empty. Ask for it once more."
    if is_hidden(name):
        return "This is no document but a file of the system's."
    with path.open("rb") as stream:
        if container_kind(stream) is not None:
            return ""
        stream.seek(0)
        data = stream.read(MOST_BYTES + 1)
    if text_document(data) is not None or may_be_return(name, data):
        return ""
    what = "a table or a side file" if is_side_name(name) else "no PDF, picture, archive, mail or text document"
    return f"This is {what}, so it was not taken."


def _same_content(folder: Path, own: Path, digest: bytes) -> str:
    """The name, relative to the folder, of a file below it with the same bytes; empty where there is none."""
    size = own.stat().st_size
    for path in _files(folder):
        with suppress(OSError):
            if path != own and path.stat().st_size == size and _digest(path) == digest:
                return path.relative_to(folder).as_posix()
    return ""


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder that a run would look at."""
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        yield from (Path(here, name) for name in files if not is_hidden(name))


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _placed(path: Path, folder: Path, name: str) -> str:
    """Rename `path` to `name` in the folder, or to the first `name (2)` that is free; the name that it has now.

    The name is taken first by a new, empty file: so no other file is ever overwritten, whoever else writes there.
    """
    suffix = PurePosixPath(name).suffix
    stem, number = name.removesuffix(suffix), 1
    while True:
        free = name if number == 1 else f"{stem} ({number}){suffix}"
        try:
            (folder / free).open("xb").close()
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise not_writable(folder, error) from error
        path.replace(folder / free)
        return free
