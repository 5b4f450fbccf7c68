"""The certificate with which the catch MX offers STARTTLS: the user's own, or one made at the start.

Between MTAs TLS is opportunistic (RFC 7435): nobody verifies the certificate of a catch MX, but some servers send
nothing without TLS, and a bounce that waits in a queue would read as silence.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
from functools import cache
from tempfile import NamedTemporaryFile

from bsaudit.adapters.domain import literal_address
from bsaudit.errors import ConfigError
from bsaudit.model.domain import ascii_domain
from bsaudit.text import clean_line

PROGRAM = "bsaudit.adapters.own_certificate"
PATIENCE_S = 30.0  # it takes a tenth of a second where there is nothing else to do


def tls_context(certificate: str | None, key: str | None, hostname: str) -> ssl.SSLContext:
    """Return the context for STARTTLS, with a new certificate for `hostname` where none is given.

    Raises ConfigError for files that do not do.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # An old server that finds no version in common sends later, or never; any TLS is better than none (RFC 7435 §1).
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.num_tickets = 0  # nobody needs to take up a session again that brought one bounce
    if certificate is None:
        _load_new(context, literal_address(hostname) or ascii_domain(hostname))
        return context
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"cannot use the certificate {clean_line(certificate)}: {clean_line(reason)}",
            remedy="Give a certificate chain and its private key as PEM files that this user may read.",
        ) from error
    return context


def _load_new(context: ssl.SSLContext, name: str) -> None:
    try:
        with NamedTemporaryFile() as file:  # mode 0600; the ssl module reads files only
            file.write(_made(name))
            file.flush()
            context.load_cert_chain(file.name)
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"cannot make a certificate for {clean_line(name)}: {clean_line(str(error))}",
            remedy="Give one: --certificate and --key, or sink://ADDR:PORT?cert=FILE&key=FILE.",
        ) from error


@cache
def _made(name: str) -> bytes:
    # -P: whatever lies in the working directory is no module of ours.
    command = [sys.executable, "-P", "-m", PROGRAM, name]
    return subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S).stdout
