"""A return's file made wrong as a whole: locked, empty, no document, signed by certificate and changed afterwards."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf

from benchmarks.page_anomalies import Made
from pipeline.datamodel.records import Observation, Source
from pipeline.documents.certificates import read_certificates
from pipeline.extraction.observe import observe

LETTER = b"Dear editors,\n\nplease find my agreement below. I agree to everything.\n\nYours\n"


HOLDER = ((NameOID.COMMON_NAME, "Erika Mustermann"),)


@cache
def made_up_signer(subject: tuple[tuple[ObjectIdentifier, str], ...] = HOLDER, from_day: int = -1) -> SimpleSigner:
    """A person with a certificate that nobody vouches for, valid from a day, counted from today, for thirty days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in subject])
    begins = datetime.now(UTC) + timedelta(days=from_day)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pfx = serialization.pkcs12.serialize_key_and_certificates(
        b"test", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    )
    signer: SimpleSigner | None = SimpleSigner.load_pkcs12_data(pfx, other_certs=(), passphrase=b"secret")
    assert signer
    return signer


def signed(data: bytes, field: str = "Signature1", certify: bool = False, signer: SimpleSigner | None = None) -> bytes:
    """The PDF with a certificate signature of the made-up signer, or certified by him."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    out = sign_pdf(writer, PdfSignatureMetadata(field_name=field, certify=certify), signer or made_up_signer())
    return bytes(out.getbuffer())


def with_page_turned(data: bytes) -> bytes:
    """The file with a change appended after its end, as a PDF editor saves it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    pages = writer.root["/Pages"]
    while "/Kids" in pages:
        pages = pages["/Kids"][0]
    pages["/Rotate"] = NumberObject((int(pages.get("/Rotate", 0)) + 90) % 360)
    writer.update_container(pages)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _plain(data: bytes) -> bytes:
    """The PDF as a program writes it that knows of no signatures, or of the forms that hold them."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if "/AcroForm" in pdf.Root:
            del pdf.Root["/AcroForm"]
        pdf.save(out)
    return out.getvalue()


def _read(data: bytes) -> Observation:
    return observe(Source("made.pdf", "", "", len(data)), data)


def file_locked(data: bytes, seen: Observation) -> Made:
    """Encrypted with a password that nobody gives."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return Made(_read(out.getvalue()), frozenset({"encrypted_file"}))


def file_emptied(data: bytes, seen: Observation) -> Made:
    """A file of no bytes."""
    return Made(_read(b""), frozenset({"empty_file"}))


def letter_sent(data: bytes, seen: Observation) -> Made:
    """A letter as plain text in place of the return."""
    return Made(_read(LETTER + seen.title.text.encode()), frozenset({"not_a_document"}))


def signed_with_certificate(data: bytes, seen: Observation) -> Made:
    """Signed by certificate and left alone: in order."""
    return Made(replace(seen, certificates=read_certificates(signed(_plain(data)))), frozenset())


def changed_after_signing(data: bytes, seen: Observation) -> Made:
    """Signed by certificate, then saved again with a page turned."""
    changed = with_page_turned(signed(_plain(data)))
    return Made(replace(seen, certificates=read_certificates(changed)), frozenset({"signature_invalid"}))


def changed_where_signed(data: bytes, seen: Observation) -> Made:
    """Signed by certificate, then one bit changed in the part that is signed."""
    whole = bytearray(signed(_plain(data)))
    at = whole.index(b"endobj") - 2
    whole[at] ^= 1
    return Made(replace(seen, certificates=read_certificates(bytes(whole))), frozenset({"signature_invalid"}))


FILE_KINDS: Mapping[str, Callable[[bytes, Observation], Made]] = {
    f.__name__: f
    for f in (
        file_locked, file_emptied, letter_sent, signed_with_certificate, changed_after_signing, changed_where_signed,
    )
}  # fmt: skip
