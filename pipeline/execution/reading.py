"""One return, from its bytes to its observation: what a worker does, here or on a cluster."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.documents.document import PageDamaged
from pipeline.extraction.observe import load_models, observe
from pipeline.forms.reader import load_forms
from pipeline.intake.sources import load_bytes


def warm_up() -> None:
    """Load what is loaded once a process, so that no return's time has it."""
    load_models()
    load_forms()


def read_return(source: Source, *folders: str, data: bytes | None = None) -> Observation:
    """Everything from one return's bytes to its observation; whatever goes wrong is in the observation.

    `folders`: forms beside the packaged ones.
    """
    started = perf_counter()
    loaded = load_bytes(source) if data is None else data
    if isinstance(loaded, Problem):
        return Observation(problem=loaded)
    try:
        return observe(source, loaded, load_forms(tuple(Path(folder) for folder in folders)))
    except PageDamaged as error:
        sentence = str(error)
    except MemoryError:
        sentence = "Reading this file needs more memory than a worker may use. Ask for a scan at 300 dpi or less."
    except Exception as error:
        where = f"{type(error).__name__}: {error}"[:200]
        sentence = f"Reading this file failed ({where}). Print it to a new PDF and read that."
    return Observation(problem=Problem("unreadable_file", sentence), seconds=perf_counter() - started)
