"""Who signed by certificate: a certificate signs for its holder alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.datamodel.records import Article, Certificate, Observation, Resolution
from pipeline.names.fields import match_authors

HOLDER_CONFIDENCE = 0.99
"""Confidence, 0..1, that the holder whom an intact certificate names signed. Nobody vouches for most certificates, so
it is no more than that of a plainly typed name; set by eye."""


def with_holder(found: Resolution, seen: Observation, article: Article) -> Resolution:
    """`found` with the signer of a return that is signed by certificate and by nothing else."""
    if seen.signature.kind != "digital":
        return found
    holders = [certificate for certificate in seen.certificates if certificate.signer]
    authors = _authors(holders, article.authors)
    if authors:
        return replace(found, signers=authors, signer_confidence=HOLDER_CONFIDENCE, unrecognized_signer="")
    strangers = [certificate.signer for certificate in holders if not certificate.certification]
    return replace(found, signers=(), signer_confidence=0.0, unrecognized_signer="; ".join(dict.fromkeys(strangers)))


def _authors(holders: Sequence[Certificate], authors: Sequence[str]) -> tuple[str, ...]:
    """The authors who hold one of the certificates, in the order of signing."""
    matches = [match.author for one in holders for match in match_authors(one.signer, authors)]
    return tuple(dict.fromkeys(matches))
