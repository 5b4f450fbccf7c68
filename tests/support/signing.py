"""Messages signed for real: a key, its record in DNS, and what dkimpy makes of a message by it."""

from __future__ import annotations

import base64
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SELECTOR = "s1"
HEADERS = (b"from", b"to", b"subject", b"message-id")


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # as short as is still believed


def record(flags: str = "") -> str:
    """Return the text of the key's record (RFC 6376 §3.6.1)."""
    public = _key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; {flags}p={base64.b64encode(public).decode()}"


def zone_text(text: str) -> str:
    """Return a TXT record's data: a string holds 255 octets at most (RFC 1035 §3.3)."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def record_name(domain: str) -> str:
    return f"{SELECTOR}._domainkey.{domain}"


def signed(raw: bytes, domain: str, headers: tuple[bytes, ...] = HEADERS, *, length: bool = False) -> bytes:
    """Return the message with a signature by `domain` on top."""
    private = _key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    field = dkim.sign(
        raw,
        SELECTOR.encode(),
        domain.encode(),
        private,
        include_headers=list(headers),
        canonicalize=(b"relaxed", b"relaxed"),
        length=length,
    )
    return bytes(field) + raw
