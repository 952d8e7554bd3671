"""Who signed by certificate: a certificate signs for its holder alone."""

from __future__ import annotations

import re
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


def _spelled_out(holder: str) -> str:
    """A holder who is named by an address or a code: `ada.example@example.org`, `EXAMPLE.ADA.1234567890`."""
    name = holder.partition("@")[0]
    words = re.sub(r"[._\d-]+", " ", name).split()
    return holder if " " in name else " ".join(word for word in words if len(word) > 1)


def _authors(holders: Sequence[Certificate], authors: Sequence[str]) -> tuple[str, ...]:
    """The authors who hold one of the certificates, in the order of signing."""
    names = [name for one in holders for name in dict.fromkeys((one.signer, _spelled_out(one.signer)))]
    matches = [match.author for name in names for match in match_authors(name, authors)]
    return tuple(dict.fromkeys(matches))
