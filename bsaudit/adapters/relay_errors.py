"""Why the relay cannot be used, in words: the cause, and what to do about it."""

from __future__ import annotations

import socket
import ssl

from bsaudit.adapters.smtp_session import SessionError
from bsaudit.adapters.tls import explain_tls
from bsaudit.errors import RelayError
from bsaudit.model.mail import Reply, Stage
from bsaudit.model.settings import RelaySettings, Tls
from bsaudit.text import clean_line

_PORTS = "Submission is port 587 (smtp://) or 465 (smtps://); many networks block outgoing port 25."
_PERMANENT = 500  # RFC 5321 §4.2.1: 5yz


def is_temporary(error: SessionError) -> bool:
    """Return whether trying again in a moment may help."""
    if isinstance(error.cause, ssl.SSLError):
        return False
    return error.reply is None or error.reply.code < _PERMANENT


def explain(error: SessionError, relay: RelaySettings) -> RelayError:
    """Return the RelayError for a session that could not be opened."""
    if isinstance(error.cause, ssl.SSLError):
        message, remedy = explain_tls(error.cause, relay.host)
        return RelayError(f"{relay.url}: {message}", remedy=remedy)
    if error.reply is not None:
        message, remedy = _refused(error.stage, error.reply, relay)
    else:
        message, remedy = error.message, _connection_remedy(error, relay)
    return RelayError(f"{relay.url}: {message}", remedy=remedy)


def starttls_missing(relay: RelaySettings) -> RelayError:
    return RelayError(
        f"{relay.url}: the relay does not offer STARTTLS",
        remedy="Use smtps:// if this port speaks TLS from the first byte, another port (587), "
        "or add ?tls=none to the URL to send in plain text, password and all.",
    )


def mechanism_missing(relay: RelaySettings, offered: tuple[str, ...]) -> RelayError:
    wanted = "XOAUTH2" if relay.token_command else "AUTH PLAIN or LOGIN"
    methods = clean_line(" ".join(offered).upper(), 100) or "no AUTH at all"
    return RelayError(
        f"{relay.url}: the relay does not offer {wanted}, but {methods}",
        remedy="Check the port (AUTH is usually offered on 587 and 465, not on 25); leave the user out of the URL if "
        "the relay knows this machine by its address.",
    )


def _refused(stage: Stage, reply: Reply, relay: RelaySettings) -> tuple[str, str]:
    said = " ".join(filter(None, (str(reply.code), reply.enhanced, clean_line(reply.text, 200))))
    if stage is not Stage.AUTH:
        return f"the relay refused at {stage}: {said}", "The relay's own log says why; its owner may have to allow you."
    if reply.code < _PERMANENT:
        return f"the relay could not check the credentials of {relay.user}: {said}", "Try again later."
    if relay.token_command:
        return f"the relay refused the access token of {relay.user}: {said}", "Check what the token command prints."
    return (
        f"the relay refused the password of {relay.user}: {said}",
        "Check the user in the relay's URL and the password (BSAUDIT_RELAY_PASSWORD).",
    )


def _connection_remedy(error: SessionError, relay: RelaySettings) -> str:
    if isinstance(error.cause, socket.gaierror):
        return "Check the host name in the relay's URL, and this machine's DNS."
    if isinstance(error.cause, TimeoutError) and relay.tls is not Tls.IMPLICIT:
        return f"If this port speaks TLS from the first byte, use smtps://. {_PORTS}"
    return f"Check host and port, and that the relay runs. {_PORTS}"
