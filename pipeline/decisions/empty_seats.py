"""Which return of no article may be an article's that has none: those that something speaks for come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.datamodel.records import Article
from pipeline.datamodel.statuses import SET_ASIDE
from pipeline.decisions.hints import hints, people_of
from pipeline.decisions.review_session import ReviewSession, State

WORDS: Mapping[str, str] = {
    "author": "{} stands on it as its name.", "signer": "{} has signed it.",
}  # fmt: skip
"""What is said of a name that was read and that is an author's."""


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A return of no article, beside one article."""

    state: State
    why: tuple[str, ...]
    """What speaks for it, a sentence each; nothing of it is proof."""

    @property
    def question(self) -> str:
        """Key of the question that choosing the article answers."""
        asked = (q.key for q in self.state.asked if q.field == "article" and q.settled_by is None)
        return next(asked, "field:article")


def unassigned(session: ReviewSession, article: Article) -> list[Unassigned]:
    """The returns that have no article and count, those that most speaks for first, then by their names."""
    free = [s for s in session.all_states() if not s.values["article"] and s.status != SET_ASIDE]
    found = [Unassigned(state, tuple(_why(state, article))) for state in free]
    return sorted(found, key=lambda one: (-len(one.why), one.state.judged.source.name))


def _why(state: State, article: Article) -> list[str]:
    row: Mapping[str, Any] = state.judged.row
    said = [hint.why for hint in hints(state.judged.source, [article])]
    if any(candidate.value == article.key for candidate in state.judged.resolution.article_candidates):
        said.append("Its title is among the nearest ones.")
    return said + [WORDS[column].format(name) for column, name in people_of(row, article).items()]
