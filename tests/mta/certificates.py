"""One certification authority a laboratory, and one server certificate that names every host."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CERTIFICATE = "/etc/lab/tls.crt"
KEY = "/etc/lab/tls.key"
AUTHORITY = "ca.crt"
LIFETIME = timedelta(days=2)


def write(directory: Path, names: Iterable[str]) -> None:
    """Write the authority's certificate, and a server certificate with its key, into `directory`."""
    ca_key, ca_name = _key(), _name("Proving ground CA")
    ca = _builder(ca_name, ca_name, ca_key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(_usage(signs=True), critical=True)
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = ca.add_extension(ca_id, critical=False).sign(ca_key, hashes.SHA256())
    key = _key()
    server = _builder(_name("Proving ground"), ca_name, key)
    server = server.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id)
    certificate = server.add_extension(issuer_id, critical=False).sign(ca_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (directory / AUTHORITY).write_bytes(authority.public_bytes(pem))
    (directory / "tls.crt").write_bytes(certificate.public_bytes(pem) + authority.public_bytes(pem))
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (directory / "tls.key").write_bytes(key.private_bytes(pem, form, secret))


def files(directory: Path) -> dict[str, str]:
    """Return what every host gets, by the path it gets it at."""
    return {CERTIFICATE: (directory / "tls.crt").read_text(), KEY: (directory / "tls.key").read_text()}


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)  # OpenSMTPD 6.8 fails with elliptic curves


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFETIME)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
