"""A program of its own, for memory's sake: it prints a private key and a self-signed certificate, as PEM, and ends.

    python -m bsaudit.adapters.own_certificate NAME

The library takes eleven megabytes, and a catch MX needs it for a millisecond.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# As long as any process runs; nobody will renew it.
VALID_FOR = timedelta(days=3650)
# A clock may be behind ours.
VALID_SINCE = timedelta(days=1)
NAME_LIMIT = 64  # of a common name (RFC 5280 appendix A.1, ub-common-name)


def self_signed(name: str) -> bytes:
    """Return key and certificate for a host name or IP address. P-256: any TLS 1.2 speaks it, and it is soon made."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:NAME_LIMIT])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_SINCE)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, private, serialization.NoEncryption()) + certificate.public_bytes(pem)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


if __name__ == "__main__":
    sys.stdout.buffer.write(self_signed(sys.argv[1]))
