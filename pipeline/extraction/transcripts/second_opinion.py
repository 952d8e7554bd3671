"""What another engine read of a scan that is at hand: it fills what was not found, and speaks on the date."""

from __future__ import annotations

from dataclasses import replace

from pipeline.datamodel.records import Observation, SignatureReading
from pipeline.extraction.transcripts.observe_transcript import DOUBTFUL


def with_second_opinion(seen: Observation, opinion: Observation) -> Observation:
    """`seen`, from the scan, with what `opinion`, from the engine's text, adds.

    Where the scan can't be read the text stands for it. A signature that only the engine saw is left to a person.
    """
    if opinion.problem is not None:
        return seen
    if seen.problem is not None:
        return opinion
    return replace(
        seen,
        title=seen.title if seen.title.lines else opinion.title,
        name=seen.name if seen.name.lines else opinion.name,
        date=seen.date if seen.date.lines else opinion.date,
        signature=_signature(seen.signature, opinion.signature),
        date_opinion=opinion.date.text,
    )


def _signature(seen: SignatureReading, opinion: SignatureReading) -> SignatureReading:
    if seen.kind != "none" or opinion.kind == "none":
        return seen
    return replace(opinion, confidence=min(opinion.confidence, DOUBTFUL))
