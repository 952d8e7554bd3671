"""The folder that the publisher asks for: `v157permissions/KEYPermission.pdf` for every article with a valid return.

A file that is the whole return is copied byte for byte, out of an archive or mail too. A part of a file is cut out with
its pages, a picture is put on pages of its own, a text document goes in as the PDF that LibreOffice made of it; the
manifest says which. Nothing else of the results leaves with the folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from pipeline.datamodel.errors import EXIT_INCOMPLETE, CountersignError, RosterError, system_words
from pipeline.datamodel.page_numbers import pages_as_text
from pipeline.datamodel.records import Problem, Roster, Source
from pipeline.decisions.acceptances import acceptances
from pipeline.decisions.decided_results import Results
from pipeline.decisions.log import standing
from pipeline.decisions.questions import return_of
from pipeline.documents.file_kinds import file_kind
from pipeline.documents.picture_pdf import pictures_as_pdf
from pipeline.exports.table_files import ExportError, as_text, from_text, in_place
from pipeline.intake.sources import load_bytes
from pipeline.results.coverage import Coverage
from pipeline.results.private_files import work_folder
from pipeline.results.store import Judged
from pipeline.results.table import SEPARATOR
from pipeline.roster.reader import restrict

How = Literal["copied", "cut out", "from a picture", "from a text document", "put together", "text only", "left out"]
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Time of the zip's members, so that the same returns give the same bytes."""
LONGEST_KEY = 120
"""Bytes of a key in a file's name; file systems take 255 for the whole name, and mail programs and zips often less."""
UNSAFE = re.compile(r"[^\w.()+=@,-]|^\.|\.$")
"""Characters of a key that a file name must not have."""
SHOWN = 40
"""Articles listed in a message."""


class NotComplete(CountersignError):
    """Articles are missing or open."""

    exit_code = EXIT_INCOMPLETE


class PackError(CountersignError):
    """The folder can't be made from what is there."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Packed:
    """One line of the manifest."""

    file: str
    """Name in the folder; empty: not in it."""
    article: str
    title: str
    how: How
    detail: str
    """The pages that were cut out, the files that were put together, or why the article was left out."""
    sha256: str
    bytes: int
    source: str
    """The return, as the results table names it."""
    source_sha256: str
    accepted: str = ""
    """What is wrong with it, and why it counts nevertheless; empty: nothing is."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What was written."""

    folder: Path
    zip: Path
    manifest: Path
    lines: tuple[Packed, ...]

    @property
    def packed(self) -> list[Packed]:
        """The articles whose agreement is in the folder."""
        return [line for line in self.lines if line.file]

    @property
    def accepted(self) -> list[Packed]:
        """Those in it that were taken against a finding."""
        return [line for line in self.lines if line.file and line.accepted]

    @property
    def left_out(self) -> list[Packed]:
        """The articles whose agreement is not in the folder."""
        return [line for line in self.lines if not line.file]


def pack(results: Results, volume: str, into: Path, partial: bool = False) -> Pack:
    """Write folder, zip and manifest for one volume below `into`, whole or not at all.

    Raises NotComplete with the list of what is missing or open, unless `partial`; PackError where a return is no
    longer the file that was read, or where files that are not ours would be lost; RosterError where there is no such
    volume, or no roster; ExportError.
    """
    if not results.roster.articles:
        raise RosterError("Files are named after articles, and no roster was given: read the returns with --roster.")
    told = any(article.volume.number or article.volume.key for article in results.roster.articles)
    roster = restrict(results.roster, volume) if volume and told else results.roster  # Else it names the folder alone.
    covered = results.coverage(roster)
    lacking = [one for one in covered if one.state in ("missing", "open", "ask again")]
    if lacking and not partial:
        raise NotComplete(_incomplete(lacking, results))
    number = _number(volume, roster)
    name = f"v{_safe(number)}permissions" if number else "permissions"
    names = _file_names([one for one in covered if one.state == "valid"], results)
    manifest = into / f"{name}-manifest.csv"
    _check_replaceable(into / name, manifest)
    try:
        into.mkdir(parents=True, exist_ok=True)
        with work_folder(into, ".packing-") as work:
            folder = work / name
            folder.mkdir()
            lines = tuple(_pack_one(one, results, folder, names) for one in covered)
            _zip(folder, into / f"{name}.zip")
            if (into / name).exists():
                (into / name).replace(work / "before")
            folder.replace(into / name)
    except OSError as error:
        raise ExportError(f"{into} can't be written ({system_words(error)}). Give another folder by --to.") from error
    in_place(manifest, lambda part: part.write_text(_manifest(lines), encoding="utf-8", newline=""))
    return Pack(into / name, into / f"{name}.zip", manifest, lines)


def _pack_one(one: Coverage, results: Results, folder: Path, names: Mapping[str, str]) -> Packed:
    key, title = one.article.key, one.article.title
    if one.state != "valid" or one.row is None:
        source = results.judged[one.row].source if one.row is not None else None
        name, digest = (source.name, source.sha256) if source else ("", "")
        return Packed("", key, title, "left out", one.state, "", 0, name, digest)
    judged = results.judged[one.row]
    source = judged.source
    data, how, detail = as_it_came(source) if is_text_only(judged) else as_pdf(source)
    (folder / names[key]).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    accepted = SEPARATOR.join(_accepted(one.row, results))
    return Packed(names[key], key, title, how, detail, digest, len(data), source.name, source.sha256, accepted)


def _accepted(row: int, results: Results) -> list[str]:
    here = return_of(results.judged[row])
    decided = [d for d in standing(results.decisions) if (d.file, d.sha256) == here]
    values = {str(name): value for name, value in results.table.iloc[row].items()}
    return acceptances(values, decided, results.settings.notes)


def is_text_only(judged: Judged) -> bool:
    """Whether all that is at hand of a return is another program's text."""
    return any(flag.code == "from_text" for flag in judged.flags)


def as_it_came(source: Source) -> tuple[bytes, How, str]:
    """(the file with a return's text, how it came about, which pages). Raises PackError."""
    data = load_bytes(source)
    if isinstance(data, Problem):
        raise _gone(source)
    return data, "text only", f"pages {pages_as_text(source.pages)}" if source.pages else ""


def _gone(source: Source) -> PackError:
    return PackError(
        f"{source.name} is not there any more as it was read ({source.path}). "
        "Put it back, or run `countersign read --again`."
    )


def as_pdf(source: Source) -> tuple[bytes, How, str]:
    """(the return as a PDF, how it came about, which pages). Raises PackError where the file is not as it was read."""
    data = load_bytes(source)
    if isinstance(data, Problem):
        raise _gone(source)
    kind = file_kind(data)
    if source.rest:
        return data, "put together", SEPARATOR.join((source.name, *(part.name for part in source.rest)))
    pages = f"pages {pages_as_text(source.pages)}" if source.pages else ""
    try:
        if kind == "image":
            return pictures_as_pdf(data, source.pages), "from a picture", pages
        if not source.pages:
            as_it_came = hashlib.sha256(data).hexdigest() == source.sha256
            return data, "copied" if as_it_came else "from a text document", ""
        return _cut_out(data, source.pages), "cut out", pages
    except Exception as error:  # pikepdf and Pillow raise whatever comes on damaged input
        raise PackError(f"{source.name} can't be turned into a PDF of its own ({error}). Do it by hand.") from error


def _cut_out(data: bytes, pages: Sequence[int]) -> bytes:
    """A PDF with some pages of another, 1-based."""
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as whole, pikepdf.new() as part:
        part.pages.extend([whole.pages[page - 1] for page in pages])
        part.remove_unreferenced_resources()
        part.save(out, deterministic_id=True)
    return out.getvalue()


# --- names, manifest, zip -----------------------------------------------------------------------------------------


def _number(volume: str, roster: Roster) -> str:
    """What the folder is named by: the volume as given, else the one that all articles are of; empty where several."""
    numbers = {article.volume.number for article in roster.articles}
    return volume.strip().lower().removeprefix("v") or (numbers.pop() if len(numbers) == 1 else "")


def _safe(key: str) -> str:
    """The key as part of a file's name; a long one cut, with its hash behind, so that two stay apart."""
    name = UNSAFE.sub("_", key)
    if len(name.encode()) <= LONGEST_KEY:
        return name
    return name.encode()[:LONGEST_KEY].decode(errors="ignore") + "-" + hashlib.sha256(key.encode()).hexdigest()[:8]


def _file_names(covered: Sequence[Coverage], results: Results) -> dict[str, str]:
    """Article -> name of its file. Raises PackError where two would have the same, in whatever case."""
    names = {one.article.key: f"{_safe(one.article.key)}Permission{_suffix(one, results)}" for one in covered}
    seen: dict[str, str] = {}
    for key, name in names.items():
        other = seen.setdefault(name.casefold(), key)
        if other != key:
            raise PackError(
                f"The articles {other} and {key} would have the same file name. Rename a key in the roster."
            )
    return names


def _suffix(one: Coverage, results: Results) -> str:
    """A text keeps the suffix that it came with: it is no PDF of the signed pages."""
    judged = results.judged[one.row] if one.row is not None else None
    return Path(judged.source.name).suffix.lower() or ".txt" if judged and is_text_only(judged) else ".pdf"


def _incomplete(lacking: Sequence[Coverage], results: Results) -> str:
    lines = []
    for one in lacking[:SHOWN]:
        row = one.row
        why = "" if row is None else f"  {results.table['file'].iloc[row]}: {results.table['flags'].iloc[row]}"
        lines.append(f"  {one.state:9}  {one.article.key}{why}")
    more = f"\n  and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
    return (
        f"{len(lacking)} articles have no return in order yet:\n" + "\n".join(lines) + more + "\n"
        "Go through the open ones (`countersign review`), write to the authors (`countersign chase`), or pack what is "
        "there by --partial."
    )


def _check_replaceable(folder: Path, manifest: Path) -> None:
    """Raises PackError where the folder holds files that an earlier pack did not put there."""
    if not folder.exists():
        return
    known = {line.file: line.sha256 for line in read_manifest(manifest)} if manifest.is_file() else {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or known.get(path.name) != hashlib.sha256(path.read_bytes()).hexdigest():
            raise PackError(
                f"{path} was put there or changed by somebody. Move it away, or give another place by --to."
            )


def _manifest(lines: Sequence[Packed]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f.name for f in fields(Packed)])
    for line in lines:
        writer.writerow([as_text(value) if isinstance(value, str) else value for value in asdict(line).values()])
    return text.getvalue()


def read_manifest(path: Path) -> list[Packed]:
    """The lines of a manifest that `pack` wrote. Raises PackError where it is none."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [{name: from_text(value) for name, value in row.items()} for row in csv.DictReader(stream)]
        return [Packed(**{**row, "bytes": int(row["bytes"])}) for row in rows]  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        raise PackError(f"{path} is no manifest of a permissions folder. Move it away.") from error


def _zip(folder: Path, path: Path) -> None:
    def write(part: Path) -> None:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                info = zipfile.ZipInfo(f"{folder.name}/{file.name}", FIXED_TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.read_bytes())

    in_place(path, write)
