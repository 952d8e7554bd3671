"""What lies within a signed envelope, `smime.p7m` or `agreement.pdf.p7m`: Cryptographic Message Syntax (RFC 5652)."""

from __future__ import annotations

import re

from pipeline.datamodel.records import Problem
from pipeline.intake.mime import base64_bytes

SIGNED = bytes.fromhex("06092a864886f70d0107")
"""The object identifiers of CMS's own kinds of content, without their last byte."""
_PEM = re.compile(rb"-----BEGIN (?:PKCS ?#?7|CMS|PKCS7 SIGNED DATA)-----(.*?)-----END", re.DOTALL)
_BARE = re.compile(rb"\s*MI[A-Za-z0-9+/\s]{40,}\Z")
"""How an envelope begins that is base64 without a heading."""
MAX_LAYERS = 4
"""Envelopes within one another: signed, packed, and signed again."""
SECRET = Problem(
    "encrypted_file",
    "This mail is encrypted, and only the one it was sent to can open it. Open it in your mail program and save its "
    "attachment here.",
)


def is_envelope(head: bytes) -> bool:
    """Whether a file begins like CMS: a sequence whose first element says what content follows."""
    if head.startswith(b"-----BEGIN "):
        return _PEM.match(head + b"-----END") is not None
    head = base64_bytes(head[:64]) if _BARE.match(head[:64]) else head
    at = head.find(SIGNED, 0, 24)
    return head[:1] == b"\x30" and 2 <= at <= 10


def unwrapped(data: bytes) -> bytes | Problem:
    """What was signed: a part of a mail with its headers, or a document; empty where nothing is in it but certificates.

    Comes as a `Problem` where it is encrypted. Whether the signature holds is not asked: it is the mail's.
    """
    from asn1crypto import cms

    found = _PEM.match(data)
    data = base64_bytes(found[1]) if found else base64_bytes(data) if _BARE.match(data[:64]) else data
    for _ in range(MAX_LAYERS):
        try:
            info = cms.ContentInfo.load(data, strict=False)
            kind, held = info["content_type"].native, info["content"]
            if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
                return SECRET
            if kind == "signed_data":
                data = held["encap_content_info"]["content"].native or b""
            elif kind == "compressed_data":
                data = held.decompressed
            else:
                return b""
        except MemoryError:
            raise
        except Exception:  # the parser raises whatever comes on damage
            return b""
        if not isinstance(data, bytes) or not is_envelope(data[:64]):
            break
    return data if isinstance(data, bytes) else b""
