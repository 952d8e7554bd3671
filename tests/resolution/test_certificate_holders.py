"""A certificate signs for its holder alone."""

from __future__ import annotations

import pytest

from pipeline.datamodel.records import Article, Certificate, Observation, Resolution, SignatureKind, SignatureReading
from pipeline.resolution.certificate_holders import with_holder

ARTICLE = Article("a", "A Title", ("Ann Author", "Bo Writer"))


def holder(name: str, certifies: bool = False) -> Certificate:
    return Certificate(name, None, True, True, False, "", certifies)


@pytest.mark.parametrize(
    ("certificates", "kind", "signers", "unrecognized"),
    [
        ([holder("Ann Author")], "digital", ("Ann Author",), ""),
        ([holder("AUTHOR ANN")], "digital", ("Ann Author",), ""),
        ([holder("Somebody Else")], "digital", (), "Somebody Else"),
        ([holder("ann.author@example.org")], "digital", ("Ann Author",), ""),
        ([holder("AUTHOR.ANN.M.1234567890")], "digital", ("Ann Author",), ""),
        ([holder("rob.else@example.org")], "digital", (), "rob.else@example.org"),
        # The publisher's certification of the form says nothing of who signed it.
        ([holder("Example House", True), holder("Bo Writer")], "digital", ("Bo Writer",), ""),
        ([holder("Example House", True), holder("Somebody Else")], "digital", (), "Somebody Else"),
        ([holder("Ann Author", True)], "digital", ("Ann Author",), ""),
        ([holder("")], "digital", (), ""),
        # Signed by hand: a certificate beside it changes nothing.
        ([holder("Somebody Else")], "handwritten", ("Read by ink",), ""),
    ],
)
def test_the_holder_signs(
    certificates: list[Certificate], kind: SignatureKind, signers: tuple[str, ...], unrecognized: str
) -> None:
    seen = Observation(signature=SignatureReading(kind), certificates=tuple(certificates))
    found = with_holder(Resolution(signers=("Read by ink",), signer_confidence=0.9), seen, ARTICLE)
    assert (found.signers, found.unrecognized_signer) == (signers, unrecognized)
