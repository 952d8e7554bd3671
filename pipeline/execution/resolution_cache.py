"""Article, author and signer of every return of a batch: those that are known from the results file, the others anew.

What a reading means beside the roster alone depends on no other return. It is kept with the reading, so that ten new
returns cost ten; after a change of the roster, or of the rules, the worker processes find all of it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pipeline._version import JUDGING_VERSION, READING_VERSION
from pipeline.datamodel.encoding import decode, encode
from pipeline.datamodel.records import Resolution, Roster, Source
from pipeline.execution.worker_pool import ask_all
from pipeline.resolution.author_linking import LinkingTask, link_task
from pipeline.results.return_rows import PIECE
from pipeline.results.store import Store
from pipeline.results.stored_sources import reading_key

ASKED = 32
"""Readings in one question to a worker, at least, where there are so many."""
ROSTER_SHARE = 20
"""A question has a reading for so many articles of the roster, which goes with each question: of a roster of 3,200
articles 160 readings are asked about at once instead of ASKED. Never more than one query gives."""
FEW = 64
"""So many are resolved sooner than a worker process has started."""
PEOPLE_CALL = "pipeline.resolution.author_linking:link_task"


def people_of(store: Store, sources: Sequence[Source], roster: Roster, jobs: int = 0) -> list[Resolution]:
    """What `link_authors` gives for each source's reading, in their order. Raises WorkersFail."""
    text = encode(roster)[0]
    basis = hashlib.sha256("\n".join((JUDGING_VERSION, READING_VERSION, text)).encode()).hexdigest()
    keys = [reading_key(source) for source in sources]
    known = {key: decode(Resolution, text) for key, text in store.resolved(basis).items()}
    unknown = sorted(set(keys) - known.keys())
    for found in _resolved(store, unknown, roster, jobs):
        meant = {key: decode(Resolution, text) for key, text in found.items()}
        store.keep_resolved(basis, {key: found[key] for key, one in meant.items() if one.problem is None})
        known |= meant
    return [known[key] for key in keys]


def _resolved(store: Store, keys: Sequence[str], roster: Roster, jobs: int) -> Iterator[dict[str, str]]:
    """Encoded resolutions by their reading's key, some at a time."""
    asked = min(PIECE, max(ASKED, len(roster.articles) // ROSTER_SHARE))
    pieces = [keys[at : at + asked] for at in range(0, len(keys), asked)]

    def question(piece: Sequence[str]) -> LinkingTask:
        return LinkingTask(roster, tuple(store.stored_readings(piece)))

    if len(keys) <= FEW:
        yield from (dict(zip(piece, link_task(question(piece)), strict=True)) for piece in pieces)
    else:
        for piece, resolutions in ask_all(PEOPLE_CALL, pieces, question, jobs):
            yield dict(zip(piece, resolutions, strict=True))
