import io
import time
from datetime import date, timedelta

import pikepdf
import pytest
from cryptography.x509.oid import NameOID

from benchmarks.file_anomalies import made_up_signer, signed, with_page_turned
from pipeline.documents.certificates import read_certificates


def blank() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Lang = pikepdf.String("en")
        pdf.save(out)
    return out.getvalue()


def test_intact_signature_needs_no_trust_store() -> None:
    (found,) = read_certificates(signed(blank()))
    assert (found.signer, found.intact, found.covers_file, found.trusted) == ("Erika Mustermann", True, True, False)
    assert found.signed_on and abs(found.signed_on - date.today()) <= timedelta(days=1)
    assert "nobody vouches" in found.detail


def test_changed_bytes_break_the_signature() -> None:
    data = signed(blank())
    changed = data.replace(b"(en)", b"(de)", 1)
    assert changed != data
    (found,) = read_certificates(changed)
    assert not found.intact and not found.covers_file and "changed" in found.detail


def test_a_change_appended_after_signing_is_told() -> None:
    (found,) = read_certificates(with_page_turned(signed(blank())))
    assert found.intact and not found.covers_file and "after signing" in found.detail


def test_a_second_signature_does_not_break_the_first() -> None:
    found = read_certificates(signed(signed(blank()), "Signature2"))
    assert [(c.intact, c.covers_file) for c in found] == [(True, True), (True, True)]


def test_a_certified_form_is_told_from_a_signed_one() -> None:
    assert [c.certification for c in read_certificates(signed(signed(blank(), certify=True), "Signature2"))] == [
        True,
        False,
    ]


@pytest.mark.parametrize(("from_day", "says"), [(-60, "had expired"), (20, "not valid yet")])
def test_a_certificate_must_be_valid_when_it_signs(from_day: int, says: str) -> None:
    (found,) = read_certificates(signed(blank(), signer=made_up_signer(from_day=from_day)))
    assert not found.intact and says in found.detail


def test_a_person_is_named_rather_than_the_office_that_issued_his_certificate() -> None:
    office = (NameOID.COMMON_NAME, "Example University Signatures")
    person = (office, (NameOID.GIVEN_NAME, "Erika"), (NameOID.SURNAME, "Mustermann"))
    (found,) = read_certificates(signed(blank(), signer=made_up_signer(person)))
    assert found.signer == "Erika Mustermann"
    (found,) = read_certificates(signed(blank(), signer=made_up_signer((office,))))
    assert found.signer == "Example University Signatures"


def test_damaged_signature_data_are_not_intact() -> None:
    data = signed(blank())
    start = data.index(b"/Contents <") + len(b"/Contents <")
    (found,) = read_certificates(data[:start] + b"0" * 200 + data[start + 200 :])
    assert not found.intact and found.detail


@pytest.mark.parametrize("data", [b"", b"no PDF", b"%PDF-1.7 broken"])
def test_other_files_have_none(data: bytes) -> None:
    assert read_certificates(data) == ()


def test_a_torn_file_with_a_signature_is_not_intact() -> None:
    data = signed(blank())
    found = read_certificates(data[: len(data) // 2] + b"/ByteRange")
    assert found and not found[0].intact


def test_a_file_without_signature_costs_nothing() -> None:
    data = blank() + b"\0" * 1_000_000
    spent = []
    for _ in range(10):
        start = time.thread_time()
        assert read_certificates(data) == ()
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.002
