"""Text documents as PDF, by LibreOffice where it is installed: Word's and OpenDocument's.

LibreOffice runs without a window and without the user's own profile: in one made for the occasion that runs no macros,
follows no links and reaches no network. Its time, its processor time and the size of what it writes are limited.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from pipeline.datamodel.records import Problem
from pipeline.intake.members import BOMB, MAX_INNER, OLE, is_bomb

SECONDS = 60
"""Longest time for one document; a usual one takes two to three seconds."""
MAX_WRITTEN = 1 << 30
"""Bytes that LibreOffice may write for one document."""
ELSEWHERE = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
)
"""Where LibreOffice is on systems that don't put it on the path."""
KINDS: Mapping[str, str] = {
    "docx": "a Word document", "doc": "an old Word document", "odt": "an OpenDocument text", "rtf": "an RTF document"
}  # fmt: skip
SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    # A proxy that nobody answers at, so that nothing that a document names is fetched.
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


class NotConverted(Exception):
    """LibreOffice made nothing of a document."""


def as_readable(data: bytes) -> bytes | Problem:
    """A text document as PDF, or why that can't be had; everything else as it is."""
    kind = text_document(data)
    if kind is None:
        return data
    if kind in ("locked", "bomb"):
        return LOCKED if kind == "locked" else BOMB
    what = KINDS[kind]
    program = libreoffice()
    if program is None or lacks_writer(program):
        lacking = "LibreOffice" if program is None else "LibreOffice's Writer"
        sentence = (
            f"The file is {what}, and {lacking}, which would make pages of it, is not installed. "
            "Install it and read again with --again, or ask for a PDF."
        )
        return Problem("not_a_document", sentence)
    try:
        return _converted(data, kind, program)
    except NotConverted:
        sentence = f"LibreOffice could not make pages of this file, {what}. Print it to a PDF and read that."
        return Problem("unreadable_file", sentence)


LOCKED = Problem("encrypted_file", "The document opens only with a password. Ask the author for a copy without one.")


def text_document(data: bytes) -> str | None:
    """`docx`, `doc`, `odt` or `rtf`; `locked` or `bomb`, where it can't or must not be opened; None: something else."""
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(b"PK\x03\x04"):
        return _packed_document(data)
    if not data.startswith(OLE):
        return None
    from pipeline.intake.outlook import opened

    ole = opened(io.BytesIO(data))
    if ole is None:
        return None
    if ole.exists("EncryptedPackage"):
        return "locked"
    return "doc" if ole.exists("WordDocument") else None


def _packed_document(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, IndexError):
        return None
    names = {entry.filename for entry in entries}
    is_odt = data[30:38] == b"mimetype" and b"opendocument.text" in data[38:100] and "content.xml" in names
    if not is_odt and "word/document.xml" not in names:
        return None
    if sum(entry.file_size for entry in entries) > MAX_INNER or any(is_bomb(entry) for entry in entries):
        return "bomb"
    return "odt" if is_odt else "docx"


def libreoffice() -> str | None:
    """The program, where it is installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((path for path in ELSEWHERE if Path(path).is_file()), None)


def lacks_writer(program: str) -> bool:
    """Whether LibreOffice is there without the part that opens text documents: Linux packages it apart."""
    folder = Path(os.path.realpath(program)).parent
    return any(folder.glob("libsclo.so")) and not any(folder.glob("libswlo.so"))


@lru_cache(maxsize=4)
def _converted(data: bytes, suffix: str, program: str) -> bytes:
    """The document's pages, the same bytes every time. Raises NotConverted.

    The last few are kept: an editor looks at several places of one document.
    """
    with tempfile.TemporaryDirectory(prefix="countersign-") as work:
        profile = Path(work, "profile")
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_profile(), encoding="utf-8")
        given = Path(work, f"document.{suffix}")
        given.write_bytes(data)
        command = [
            program, "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard",
            f"-env:UserInstallation={profile.as_uri()}",
            "--convert-to", "pdf:writer_pdf_Export", "--outdir", work, str(given),
        ]  # fmt: skip
        _run(command, work)
        try:
            return _settled(Path(work, "document.pdf").read_bytes())
        except OSError as error:
            raise NotConverted from error


def _run(command: list[str], folder: str) -> None:
    """Run LibreOffice to its end, or end it and all that it started. Raises NotConverted where it takes too long."""
    environment = {**os.environ, "HOME": folder, "SAL_USE_VCLPLUGIN": "svp"}
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_confine if hasattr(os, "fork") else None,
        )
    except OSError as error:
        raise NotConverted from error
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotConverted from error
    finally:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()


def _confine() -> None:
    """In the new process: what LibreOffice may take, should we be gone before it ends."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITTEN, MAX_WRITTEN))


def _profile() -> str:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>'
    )


def _settled(data: bytes) -> bytes:
    """The PDF without the time at which it was made. Raises NotConverted."""
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for key in ("/Info", "/DocChecksum", "/ID"):
                if key in pdf.trailer:
                    del pdf.trailer[key]
            pdf.save(out, deterministic_id=True)
    except (pikepdf.PdfError, ValueError, OSError) as error:
        raise NotConverted from error
    return out.getvalue()
