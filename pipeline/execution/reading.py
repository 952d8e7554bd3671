"""One return, from its bytes to its observation: what a worker does, here or on a cluster."""

from __future__ import annotations

import logging
from pathlib import Path
from time import perf_counter

from pipeline.datamodel.faults import fault_problem, trace_of
from pipeline.datamodel.records import Observation, Problem, Source
from pipeline.documents.document import PageDamaged
from pipeline.extraction.observe import load_models, observe
from pipeline.forms.reader import load_forms
from pipeline.intake.sources import load_bytes, load_text

_log = logging.getLogger(__name__)

NO_MEMORY = "Reading this file needs more memory than a worker may use. Ask for a scan at 300 dpi or less."


def warm_up() -> None:
    """Load what is loaded once a process, so that no return's time has it."""
    models = load_models()
    models.finder.load()
    models.reader.load()
    load_forms()


def read_return(source: Source, *folders: str, data: bytes | None = None) -> Observation:
    """Everything from one return's bytes to its observation; whatever goes wrong is in the observation.

    `folders`: forms beside the packaged ones.
    """
    started = perf_counter()
    _log.debug("reading %s, %d bytes", source.name, source.size)
    loaded = load_bytes(source) if data is None else data
    if isinstance(loaded, Problem):
        return Observation(problem=loaded)
    try:
        return observe(source, loaded, load_forms(tuple(Path(folder) for folder in folders)), load_text(source))
    except PageDamaged as error:
        problem = Problem("unreadable_file", str(error), trace_of(error))
    except MemoryError as error:
        problem = Problem("unreadable_file", NO_MEMORY, trace_of(error))
    except Exception as error:
        problem = fault_problem(error, "Reading this file")
    _log.info("%s: %s", source.name, problem.sentence)
    return Observation(problem=problem, seconds=perf_counter() - started)
