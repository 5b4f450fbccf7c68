"""TLS as a mail client and as an MTA use it, and what its failures mean in plain words."""

from __future__ import annotations

import ssl

from bsaudit.errors import ConfigError
from bsaudit.text import clean_line


def verified_context(ca_file: str | None = None, *, insecure: bool = False) -> ssl.SSLContext:
    """Return the context for the user's own services: certificate and name verified, TLS 1.2 or later (RFC 8314 §4.1).

    `ca_file` is trusted in addition to the system's store. `insecure` turns the verification off, not the encryption.
    Raises ConfigError when `ca_file` cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if insecure:
        _verify_nothing(context)
    elif ca_file is not None:
        _load_ca(context, ca_file)
    return context


def opportunistic_context() -> ssl.SSLContext:
    """Return the context between MTAs (RFC 7435): whatever certificate and key size, better than plain text."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's store, which takes long to read
    _verify_nothing(context)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def describe_tls(connection: ssl.SSLObject, *, verified: bool) -> str:
    """Return for example "TLSv1.3, certificate not verified"."""
    return f"{connection.version() or 'TLS'}, certificate {'verified' if verified else 'not verified'}"


def explain_tls(error: ssl.SSLError, host: str) -> tuple[str, str]:
    """Return what went wrong in a handshake with `host`, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_certificate(error, host)
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "wrong version number" in reason or "record layer failure" in reason or "http request" in reason:
        return (
            f"{host} does not speak TLS from the first byte on this port",
            "Where the server offers STARTTLS (587, 25, 143), use the URL scheme without the final s.",
        )
    return (
        f"the TLS handshake with {host} failed: {clean_line(reason)}",
        "The server must offer TLS 1.2 or later; try `openssl s_client` against the same port.",
    )


# OpenSSL's X509_V_ERR_… numbers (verify(1ssl), "DIAGNOSTICS")
_EXPIRED, _NOT_YET_VALID = 10, 9
_SELF_SIGNED, _SELF_SIGNED_IN_CHAIN = 18, 19
_NO_ISSUER, _NO_LEAF_ISSUER = 20, 21
_WRONG_NAME, _WRONG_ADDRESS = 62, 64

_TRUST = "Name the certificate that signed it with --ca-file, or use --insecure if you accept any certificate."
_UNKNOWN_AUTHORITY = "the certificate of {host} comes from an authority that this machine does not know"
_CERTIFICATE_TROUBLE = {
    _EXPIRED: ("the certificate of {host} has expired", "Renew the server's certificate, or use --insecure for now."),
    _NOT_YET_VALID: (
        "the certificate of {host} is not valid yet",
        "Check the clocks of both machines, or use --insecure for now.",
    ),
    _SELF_SIGNED: ("the certificate of {host} is self-signed", _TRUST),
    _SELF_SIGNED_IN_CHAIN: (
        "the certificate of {host} comes from an authority that this machine does not know",
        _TRUST,
    ),
    _NO_ISSUER: (_UNKNOWN_AUTHORITY, _TRUST),
    _NO_LEAF_ISSUER: (_UNKNOWN_AUTHORITY, _TRUST),
    _WRONG_NAME: (
        "the certificate is not for {host}",
        "Use the host name that stands in the certificate, or --insecure if you accept any certificate.",
    ),
    _WRONG_ADDRESS: (
        "the certificate is not for {host}",
        "Use the host name that stands in the certificate, or --insecure if you accept any certificate.",
    ),
}


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
    message, remedy = _CERTIFICATE_TROUBLE.get(
        error.verify_code, ("the certificate of {host} does not verify: {reason}", _TRUST)
    )
    return message.format(host=host, reason=clean_line(error.verify_message)), remedy


def _verify_nothing(context: ssl.SSLContext) -> None:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE


def _load_ca(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "it holds no PEM certificate"
        raise ConfigError(
            f"cannot read the CA file {clean_line(ca_file)}: {reason}",
            remedy="--ca-file wants a file of certificates in PEM form.",
        ) from error
