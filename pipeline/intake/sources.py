"""Intake, first half: find the returns, hash them, get their bytes.

What is found. A folder is walked to its end, in the order of its names; a file that is named is always taken.
Left out of a walked folder, without a row:

- hidden files and folders (their name starts with a dot), and the litter of operating systems;
- any folder that holds a `countersign.db` (results of ours);
- what the caller names in `leave_out` (the roster, the output folder);
- side files of an editor: a suffix of `SIDE_SUFFIXES` or a name that starts with README, LICENSE or CHANGELOG,
  unless their content is a PDF, an image or another OCR engine's output;
- links to a file that lies in the same folder tree, since that file has its own row.

An archive, mail or mailbox is not a row: what is in it is (see `containers`), under the container's path with
a `/` and its own name behind it. Everything else is a row; what can't be opened (a pipe, a link that leads out of the
folder, a file without permission) comes as a `Source` with `refused` set. What a file is, its content says, not its
name.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.datamodel.errors import InputError, system_words
from pipeline.datamodel.faults import fault_problem
from pipeline.datamodel.normalizing import printable
from pipeline.datamodel.records import FilePart, Inside, Problem, Source
from pipeline.documents.file_kinds import file_kind
from pipeline.intake.containers import ContainerKind, container_kind, list_members, member_bytes
from pipeline.intake.file_names import is_hidden, is_side_name
from pipeline.intake.members import GONE, MAX_BYTES, TOO_LARGE, Member
from pipeline.intake.ocr_output.beside_scans import is_engine_output, with_texts
from pipeline.intake.ocr_output.recognize import MOST_BYTES, may_be_return, put_together

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells, without reading it, that a file is the one that was hashed before."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a container held when it had this size and time of change."""

    size: int
    mtime_ns: int
    members: tuple[Member, ...]


Known = Mapping[str, FileStamp | Listing]
"""Absolute path -> what an earlier run found there."""
Lister = Callable[[str, ContainerKind], Sequence[Member] | Problem]
"""What is in the container at a path, or why that can't be told."""


def list_here(path: str, kind: ContainerKind) -> Sequence[Member] | Problem:
    """The Lister that looks into a container in this process. Raises what its readers raise."""
    with Path(path).open("rb") as stream:
        return tuple(list_members(stream, kind))


@dataclass(frozen=True, slots=True)
class Examiner:
    """Who looks into what files hold: in this process, or apart, where it may do harm."""

    members: Lister = list_here
    is_return: Callable[[str, bytes], bool] = may_be_return
    """Of a file that is named like an editor's own."""
    is_output: Callable[[str, bytes], bool] = is_engine_output
    """Of a text beside a scan."""


HERE = Examiner()


def find_sources(
    paths: Sequence[str | os.PathLike[str]],
    leave_out: Iterable[str | os.PathLike[str]] = (),
    known: Known | None = None,
    examiner: Examiner = HERE,
) -> list[Source]:
    """All returns in `paths` (files and folders, any mix), each file once, sorted by name.

    A single folder's files are named relative to it, all others relative to the deepest folder that holds
    everything named. `known`: a file whose size and time of change are as they were is neither hashed nor looked into
    again. `examiner`: who looks into files. Raises InputError for a path that isn't there.
    """
    check_paths(paths)
    roots = [Path(os.path.abspath(p)) for p in paths]
    base = _base(roots)
    skip = {os.path.realpath(p) for p in leave_out}
    found: dict[str, list[Source]] = {}
    for root in roots:
        entries = _walk(root, skip, examiner) if root.is_dir() else [(str(root), _refusal(root, root))]
        for path, refused in entries:
            if path not in found:
                found[path] = _sources(path, base, refused, (known or {}).get(path), examiner.members)
    sources = sorted((source for some in found.values() for source in some), key=lambda s: s.name)
    return with_texts(sources, lambda source: _part_bytes(_files(source)[0]), examiner.is_output)


def check_paths(paths: Sequence[str | os.PathLike[str]]) -> None:
    """Raises InputError with one sentence for the first path that isn't there."""
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(f"{printable(os.fspath(path))} is not there. Check the path.")


def _base(roots: Sequence[Path]) -> str:
    folders = [str(r if r.is_dir() and len(roots) == 1 else r.parent) for r in roots]
    return os.path.commonpath(folders) if folders else ""


def _walk(root: Path, skip: set[str], examiner: Examiner) -> Iterator[tuple[str, Problem | None]]:
    """(path, why it can't be opened) of each file below `root`, folders in the order of their names."""
    failed: list[OSError] = []
    tree = os.path.realpath(root)
    for folder, subfolders, files in os.walk(root, onerror=failed.append):
        links = [name for name in subfolders if _is_link(Path(folder, name))]
        subfolders[:] = sorted(s for s in subfolders if s not in links and not is_left_out(Path(folder, s), skip))
        for name in sorted(files + links):
            path = Path(folder, name)
            if is_hidden(name) or os.path.realpath(path) in skip:
                continue
            if _is_link(path) and _inside(os.path.realpath(path), tree) and _exists(path):
                continue
            refused = _refusal(path, root)
            if refused is None and _is_side_file(path, examiner):
                continue
            yield str(path), refused
    for error in failed:
        sentence = (
            f"This folder could not be listed ({system_words(error)}). Check its permissions, or copy its files out."
        )
        yield str(error.filename), Problem("unreadable_file", sentence)


def is_left_out(path: Path, skip: set[str]) -> bool:
    """Whether a folder is not walked: hidden, results of ours, or among `skip`."""
    return is_hidden(path.name) or os.path.realpath(path) in skip or _exists(path / "countersign.db")


def _exists(path: Path) -> bool:
    """Whether something is there, as far as we may look: `Path.exists` raises where a folder may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False


def _inside(path: str, tree: str) -> bool:
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def _refusal(path: Path, root: Path) -> Problem | None:
    """Why `path` must not or can't be opened; None: it is a regular file."""
    if path != root and _is_link(path):
        what = "a link that leads nowhere" if not _exists(path) else "a link to something outside the folder"
        return Problem("unreadable_file", f"This is {what}, so it was not followed. Copy the file itself here.")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return Problem(
            "unreadable_file", f"This file could not be looked at ({system_words(error)}). Check its permissions."
        )
    if not stat.S_ISREG(mode):
        sentence = "This is a pipe, socket or device, not a file, so it was not opened. Copy the document itself here."
        return Problem("not_a_document", sentence)
    return None


def _is_side_file(path: Path, examiner: Examiner) -> bool:
    if not is_side_name(path.name):
        return False
    try:
        with path.open("rb") as stream:
            return not examiner.is_return(path.name, stream.read(MOST_BYTES + 1))
    except OSError:
        return False


def _sources(
    path: str, base: str, refused: Problem | None, known: FileStamp | Listing | None, lister: Lister
) -> list[Source]:
    """The return in a file, or those in a container; a fault of the program over it is that file's refusal."""
    try:
        return _found(path, base, refused, known, lister)
    except Exception as error:
        _log.info("%s: %s", path, error, exc_info=True)
        name = printable(os.path.relpath(path, base).replace(os.sep, "/") if base else path)
        return [Source(name, path, "", 0, refused=fault_problem(error, "Looking at this file"))]


def _found(
    path: str, base: str, refused: Problem | None, known: FileStamp | Listing | None, lister: Lister
) -> list[Source]:
    name = printable(os.path.relpath(path, base).replace(os.sep, "/") if base else path)
    if refused is not None:
        return [Source(name=name, path=path, sha256="", size=0, refused=refused)]
    try:
        state = Path(path).stat()
        if known and (known.size, known.mtime_ns) == (state.st_size, state.st_mtime_ns):
            if isinstance(known, Listing):
                return _members(path, name, known)
            return [Source(name, path, known.sha256, state.st_size, mtime_ns=state.st_mtime_ns)]
        with Path(path).open("rb") as stream:
            if kind := container_kind(stream):
                found = lister(path, kind)
                if isinstance(found, Problem):
                    return [Source(name, path, "", state.st_size, refused=found)]
                return _members(path, name, Listing(state.st_size, state.st_mtime_ns, tuple(found)))
            if state.st_size > MAX_BYTES:
                return [Source(name, path, "", state.st_size, refused=TOO_LARGE)]
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return [Source(name, path, digest, state.st_size, mtime_ns=state.st_mtime_ns)]
    except OSError as error:
        return [Source(name, path, "", 0, refused=_unreadable(error))]


def _members(path: str, name: str, listing: Listing) -> list[Source]:
    """What is in a container, as returns: the container's path and name with the member's own behind them."""
    return [
        Source(
            "/".join(part for part in (name, member.address) if part),
            "/".join(part for part in (path, member.address) if part),
            member.sha256,
            member.size,
            mtime_ns=listing.mtime_ns,
            refused=member.refused,
            sender=member.sender,
            received=member.received,
            inside=Inside(path, member.steps, listing.size, listing.mtime_ns),
        )
        for member in listing.members
    ]


def listings(sources: Iterable[Source]) -> dict[str, Listing]:
    """Container's path -> what it holds, of the sources that `find_sources` gave."""
    found: dict[str, list[Member]] = {}
    stamps: dict[str, tuple[int, int]] = {}
    for source in sources:
        if (inside := source.inside) is not None:
            address = source.path[len(inside.file) + 1 :]
            kept = (source.sha256, source.size, source.refused, source.sender, source.received)
            found.setdefault(inside.file, []).append(Member(address, inside.steps, *kept))
            stamps[inside.file] = (inside.size, inside.mtime_ns)
    return {path: Listing(*stamps[path], tuple(members)) for path, members in found.items()}


def file_of(source: Source) -> str:
    """Absolute path of the file on disk that a return is in."""
    return source.inside.file if source.inside else source.path


# --- bytes --------------------------------------------------------------------------------------------------------


def load_bytes(source: Source) -> bytes | Problem:
    """What a reader opens of a return: a PDF's or a picture's bytes, or a `Problem`.

    A `Problem` comes where the file can't be read or is no longer the one that was hashed. A return in several files
    comes as one PDF of all their pages, a text document as the PDF that LibreOffice makes of it.
    """
    from pipeline.intake.office import as_readable

    if source.refused is not None:
        return source.refused
    files = [as_readable(data) if isinstance(data, bytes) else data for data in map(_part_bytes, _files(source))]
    problem = next((data for data in files if isinstance(data, Problem)), None)
    if problem is not None:
        return problem
    whole = [data for data in files if isinstance(data, bytes)]
    if len(whole) == 1:
        return whole[0]
    return put_together(whole) if all(file_kind(data) == "foreign" for data in whole) else _together(whole)


def load_text(source: Source) -> bytes | None:
    """What another engine read of a return, where a file with it lies beside the scan and is as it was."""
    data = _part_bytes(source.text) if source.text else None
    return data if isinstance(data, bytes) else None


def _files(source: Source) -> list[FilePart]:
    return [FilePart(source.name, source.path, source.sha256, source.inside), *source.rest]


def _part_bytes(part: FilePart) -> bytes | Problem:
    """The bytes as they were hashed."""
    data = _file_bytes(part.path) if part.inside is None else _member_bytes(part.inside)
    if isinstance(data, bytes) and hashlib.sha256(data).hexdigest() != part.sha256:
        return GONE
    return data


def _member_bytes(inside: Inside) -> bytes | Problem:
    try:
        with _opened(inside.file) as stream:
            return member_bytes(stream, inside.steps)
    except OSError as error:
        return _unreadable(error)


def _together(files: Sequence[bytes]) -> bytes | Problem:
    from pipeline.documents.picture_pdf import as_one_pdf

    try:
        return as_one_pdf(files)
    except MemoryError:
        raise
    except Exception:  # as when opening: a decoder raises whatever comes
        sentence = "The files of this agreement could not be put together. Send its pages as one PDF."
        return Problem("unreadable_file", sentence)


def _file_bytes(path: str) -> bytes | Problem:
    try:
        with _opened(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(error)


def _opened(path: str) -> BinaryIO:
    # O_NONBLOCK: should the file have become a pipe since it was found, opening it does not hang.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    return os.fdopen(handle, "rb")


def _unreadable(error: OSError) -> Problem:
    return Problem("unreadable_file", f"This file could not be read ({system_words(error)}). Check its permissions.")
