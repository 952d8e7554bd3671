import io
import time
from datetime import UTC, date, datetime, timedelta

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf

from pipeline.certificates import read_certificates


@pytest.fixture(scope="module")
def signer() -> SimpleSigner:
    """A person with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Erika Mustermann")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pfx = serialization.pkcs12.serialize_key_and_certificates(
        b"test", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    )
    signer = SimpleSigner.load_pkcs12_data(pfx, other_certs=(), passphrase=b"secret")
    assert signer
    return signer


def blank() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Lang = pikepdf.String("en")
        pdf.save(out)
    return out.getvalue()


def signed(data: bytes, signer: SimpleSigner, field: str = "Signature1") -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    out = sign_pdf(writer, PdfSignatureMetadata(field_name=field), signer)
    return bytes(out.getbuffer())


def with_page_note(data: bytes) -> bytes:
    """The file with a change appended after its end, as a PDF editor saves it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = NumberObject(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_intact_signature_needs_no_trust_store(signer: SimpleSigner) -> None:
    (found,) = read_certificates(signed(blank(), signer))
    assert (found.signer, found.intact, found.covers_file, found.trusted) == ("Erika Mustermann", True, True, False)
    assert found.signed_on and abs(found.signed_on - date.today()) <= timedelta(days=1)
    assert "nobody vouches" in found.detail


def test_changed_bytes_break_the_signature(signer: SimpleSigner) -> None:
    data = signed(blank(), signer)
    changed = data.replace(b"(en)", b"(de)", 1)
    assert changed != data
    (found,) = read_certificates(changed)
    assert not found.intact and not found.covers_file and "changed" in found.detail


def test_a_change_appended_after_signing_is_told(signer: SimpleSigner) -> None:
    (found,) = read_certificates(with_page_note(signed(blank(), signer)))
    assert found.intact and not found.covers_file and "after signing" in found.detail


def test_a_second_signature_does_not_break_the_first(signer: SimpleSigner) -> None:
    found = read_certificates(signed(signed(blank(), signer), signer, "Signature2"))
    assert [(c.intact, c.covers_file) for c in found] == [(True, True), (True, True)]


def test_damaged_signature_data_are_not_intact(signer: SimpleSigner) -> None:
    data = signed(blank(), signer)
    start = data.index(b"/Contents <") + len(b"/Contents <")
    (found,) = read_certificates(data[:start] + b"0" * 200 + data[start + 200 :])
    assert not found.intact and found.detail


@pytest.mark.parametrize("data", [b"", b"no PDF", b"%PDF-1.7 broken"])
def test_other_files_have_none(data: bytes) -> None:
    assert read_certificates(data) == ()


def test_a_torn_file_with_a_signature_is_not_intact(signer: SimpleSigner) -> None:
    data = signed(blank(), signer)
    found = read_certificates(data[: len(data) // 2] + b"/ByteRange")
    assert found and not found[0].intact


def test_a_file_without_signature_costs_nothing() -> None:
    data = blank() + b"\0" * 1_000_000
    start = time.perf_counter()
    for _ in range(10):
        assert read_certificates(data) == ()
    assert (time.perf_counter() - start) / 10 < 0.001
