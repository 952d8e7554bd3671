"""Certificate signatures inside a PDF: who signed, when, and whether the file is still the one that was signed.

No trust store is needed for that: a certificate that nobody vouches for still shows that the file was not changed.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.datamodel.records import Certificate

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature, PdfSignatureStatus

SIGNED = b"/ByteRange"
"""Stands, uncompressed, in every PDF with a certificate signature (ISO 32000-1, 12.8.1)."""


def read_certificates(data: bytes) -> tuple[Certificate, ...]:
    """The certificate signatures of a PDF in the order of signing; none for a PDF without, or for other files.

    A signature that can't be parsed or is of an unknown kind comes back as not intact, with the reason.
    """
    if SIGNED not in data:
        return ()
    from pyhanko.pdf_utils.misc import PdfError

    logging.getLogger("pyhanko").setLevel(logging.ERROR)  # it warns of every certificate without a trust store
    try:
        signatures = _reader(data).embedded_regular_signatures
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, NotImplementedError, OSError):
        return (Certificate("", None, False, False, False, "its data are damaged"),)
    last_covers = bool(signatures) and _covers_to_the_end(signatures[-1])
    return tuple(_certificate(signature, last_covers and signature is not signatures[-1]) for signature in signatures)


def _reader(data: bytes) -> PdfFileReader:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(data), strict=False)
    if reader.encrypted:
        reader.decrypt(b"")  # readable by everybody, closed to changes: the usual protection of signed forms
    return reader


def _covers_to_the_end(signature: EmbeddedPdfSignature) -> bool:
    from pyhanko.sign.validation import SignatureCoverageLevel

    try:
        return bool(signature.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE)
    except (ValueError, KeyError, TypeError, IndexError):
        return False


def _certificate(signature: EmbeddedPdfSignature, signed_again: bool) -> Certificate:
    """What validation says of one signature; `signed_again`: a later signature covers the whole file."""
    try:
        status = _validated(signature)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, NotImplementedError, OSError) as error:
        detail = f"{type(error).__name__}: {error}".strip(": ")
        return Certificate(_signer(signature), None, False, False, False, detail, _certifies(signature))
    when = status.timestamp_validity.timestamp if status.timestamp_validity else signature.self_reported_timestamp
    day = when.date() if when else None
    untimely = _untimely(signature, when)
    intact = bool(status.intact and status.valid and not untimely)
    covers = intact and _covers_file(status, signed_again)
    detail = untimely if status.intact and untimely else _detail(status, covers)
    return Certificate(_signer(signature), day, intact, covers, bool(status.trusted), detail, _certifies(signature))


def _untimely(signature: EmbeddedPdfSignature, when: datetime | None) -> str:
    """Why the certificate was not valid at the time of signing; empty where it was, or where no time is told."""
    try:
        first, last = signature.signer_cert.not_valid_before, signature.signer_cert.not_valid_after
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    if when is None or when.tzinfo is None or first <= when <= last:
        return ""
    return f"its certificate {'had expired' if when > last else 'was not valid yet'} when it was signed"


def _certifies(signature: EmbeddedPdfSignature) -> bool:
    """Whether it is a certification signature: one with a DocMDP transform (ISO 32000-1, 12.8.2.2)."""
    try:
        references = signature.sig_object.get("/Reference", ())
        return any(one.get_object().get("/TransformMethod") == "/DocMDP" for one in references)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _validated(signature: EmbeddedPdfSignature) -> PdfSignatureStatus:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    offline = ValidationContext(trust_roots=[], allow_fetching=False)
    return validate_pdf_signature(
        signature, offline, offline, key_usage_settings=KeyUsageConstraints(key_usage=set(), extd_key_usage=None)
    )


def _covers_file(status: PdfSignatureStatus, signed_again: bool) -> bool:
    """Whether what stands in the file now was signed: all of it, or all but what validation and co-signing add."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import SignatureCoverageLevel

    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    level = status.modification_level
    if level is None or not status.docmdp_ok:
        return False
    return bool(level <= (ModificationLevel.FORM_FILLING if signed_again else ModificationLevel.LTA_UPDATES))


def _signer(signature: EmbeddedPdfSignature) -> str:
    """The person's name: the certificate's common name, else the name that the signature itself states."""
    try:
        names = signature.signer_cert.subject.native
        name = _named(names)
    except (ValueError, KeyError, TypeError, AttributeError):
        name = None
    return str(name or signature.sig_object.get("/Name", "") or "")


def _named(names: Mapping[str, object]) -> object:
    """Whom a certificate's subject names; the common name may be an office or a service that issued it to a person."""
    common, given, family = (names.get(field) for field in ("common_name", "given_name", "surname"))
    if given and family and not set(str(family).casefold().split()) & set(str(common or "").casefold().split()):
        return f"{given} {family}"
    return common or names.get("organization_name")


def _detail(status: PdfSignatureStatus, covers: bool) -> str:
    if not status.intact:
        return "the signed part of the file was changed"
    if not status.valid:
        return "the signature does not belong to its certificate"
    if not covers:
        return "something was added or changed after signing"
    return "" if status.trusted else "intact, but nobody vouches for the signer's certificate"
