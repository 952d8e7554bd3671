"""Stand-ins for reading and judging, through the real protocols: what they do, the bytes of the file say."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipeline.datamodel.records import (
    Box,
    FieldReading,
    LineReading,
    Observation,
    PageFit,
    Problem,
    Resolution,
    Roster,
    Settings,
    SignatureReading,
    Source,
    Verdict,
)
from pipeline.extraction.agreements import numbered
from pipeline.intake.sources import load_bytes

PICTURE = b"\x89PNG\r\n\x1a\n" + b"crop" * 50


def read(source: Source) -> Observation:
    """Does what the file's first word says, and reads its second word as the title."""
    data = load_bytes(source)
    if isinstance(data, Problem):
        return Observation(problem=data)
    verb, _, rest = data.split(b"\n")[0].decode("utf-8", "replace").partition(" ")
    act(verb)
    if verb == "pages":
        return _paged(source, rest.split())
    crop = os.urandom(200_000) if verb == "big" else PICTURE
    title = FieldReading((LineReading(rest, 1.0, "text_layer", "typed", 1, Box(0, 0, 1, 0.1)),), "typed", 1, None, crop)
    day = FieldReading((LineReading("1/2/2024", 0.9, "ppocr", "handwritten", 2, Box(0, 0, 1, 0.1)),), "handwritten", 2)
    signed = SignatureReading("handwritten", 0.987654, page=2, box=Box(0.1, 0.2, 0.3, 0.4), crop=PICTURE)
    return Observation(pages=2, form="pmlr", title=title, date=day, signature=signed, seconds=0.01)


def _saying(text: str) -> Observation:
    return Observation(
        title=FieldReading((LineReading(text, 1.0, "text_layer", "typed", 1, Box(0, 0, 1, 1)),), "typed", 1)
    )


def environment(source: Source) -> Observation:
    """How many threads the libraries may use."""
    import cv2

    shown = (os.environ["OMP_NUM_THREADS"], os.environ["OMP_THREAD_LIMIT"], str(cv2.getNumThreads()))
    return _saying(" ".join(shown))


def memory_asked_for(source: Source) -> Observation:
    """How many times as much memory the system gave as was held at a time: a page's pixels, used and let go."""
    import resource

    import numpy as np

    def used() -> int:
        return sum(len(part) for part in [np.ones(2 << 20, np.uint8) for _ in range(4)])

    size = used()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        used()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return _saying(str(round(faults * resource.getpagesize() / size)))


def process_id(source: Source) -> Observation:
    return _saying(str(os.getpid()))


def _paged(source: Source, form_pages: Sequence[str]) -> Observation:
    """As `observe`: the fits of the pages that the source has; `-` fits no form page."""
    numbers = [(page, form_pages[page - 1]) for page in source.pages or range(1, len(form_pages) + 1)]
    fits = tuple(PageFit(page, None if at == "-" else int(at), 0.9) for page, at in numbers)
    return Observation(pages=len(fits), form="pmlr", fits=numbered(fits, (1, 2)))


def does(verb: str) -> str:
    """Does what it is told, and says so."""
    act(verb)
    return f"did {verb}"


def puts_down(_: str) -> tuple[str, int, int]:
    """A temporary file's path, its mode and that of its folder."""
    handle, path = tempfile.mkstemp()
    os.close(handle)
    other = Path(path).with_suffix(".png")
    other.touch()
    return path, other.stat().st_mode & 0o777, other.parent.stat().st_mode & 0o777


def act(verb: str) -> None:
    if verb == "segfault":
        ctypes.string_at(0)
    elif verb == "abort":
        os.abort()
    elif verb == "exit":
        sys.exit(0)
    elif verb == "raise":
        raise ValueError("no such page")
    elif verb == "hang":
        time.sleep(3600)
    elif verb == "hang-in-c":
        # Holds the interpreter's lock: nothing in Python can interrupt it.
        ctypes.PyDLL(None).sleep(3600)
    elif verb == "spawn-and-hang":
        subprocess.run([sys.executable, "-c", "import time; time.sleep(3600)"], check=False)
    elif verb == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "killed-once":
        mark = Path(os.environ["STAND_IN_MARK"])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "hog":
        bytearray(1 << 36)
    elif verb == "print":
        os.write(1, b"a native library says hello\n" * 100)
        print("so does this")
    elif verb == "slow":
        time.sleep(0.02)
    elif verb == "slower":
        time.sleep(0.5)


def known_forms(source: Source, *folders: str) -> Observation:
    """An observation that names the forms that the worker was given, and their words."""
    from pipeline.forms.reader import load_forms

    forms = load_forms(tuple(Path(folder) for folder in folders))
    return Observation(form=", ".join(f"{form.label}: {len(form.pages[0].words)}" for form in forms))


def judge(items: Sequence[tuple[Source, Observation]], roster: Roster, settings: Settings) -> list[Verdict]:
    """The flags of the real checks, on resolutions that rest on the title alone."""
    from pipeline.checks.check import check_batch
    from pipeline.forms.reader import load_forms

    keys = {article.title: article.key for article in roster.articles}
    day = date(2024, 2, 1)
    found = [
        Resolution(article=keys.get(seen.title.text, ""), article_confidence=1.0, day=day, date_confidence=1.0)
        if seen.problem is None
        else Resolution()
        for _, seen in items
    ]
    judged = [(source, seen, resolution) for (source, seen), resolution in zip(items, found, strict=True)]
    return check_batch(judged, roster, settings, load_forms())


def main(returns: str, roster: str, out: str, jobs: str, judging: str = "stand-in") -> None:
    """`countersign read` with the stand-ins, as a process that a test can kill. `judging`: `real` judges for real."""
    from pipeline.cli.console import failures_told
    from pipeline.execution import worker_pool
    from pipeline.run import read_batch
    from pipeline.settings import RunOptions

    options = RunOptions(roster=Path(roster), out=Path(out), jobs=int(jobs), today=date(2024, 5, 31))
    with failures_told():
        read_batch(
            [Path(returns)],
            options,
            reader=lambda sources, o: worker_pool.read_all(
                sources, o.jobs, o.limits(), "tests.material.stand_ins:read"
            ),
            judge=None if judging == "real" else judge,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
