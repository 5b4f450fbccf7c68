"""What the servers write: Received lines, DSNs (RFC 3464), bounces as qmail has them, automatic answers."""

from __future__ import annotations

import email
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime

from msgspec import Struct

from bsaudit.model.mail import Reply


class Failure(Struct, frozen=True, kw_only=True):
    """Why (or that) a message went no further; `remote` is the host whose reply is quoted, None for our own reasons."""

    action: str
    status: str
    reply: Reply | None = None
    text: str = ""
    remote: str | None = None

    @property
    def diagnostic(self) -> str:
        if self.reply is None:
            return self.text
        return " ".join(filter(None, (str(self.reply.code), self.reply.enhanced, self.reply.text)))


class Original(Struct, frozen=True, kw_only=True):
    """The message that a notice is about: its reverse-path, ENVID and octets."""

    mail_from: str
    content: bytes
    envid: str = ""


def received(by: str, peer_name: str, peer_address: str, at: datetime) -> str:
    """Return a Received line (RFC 5321 §4.4)."""
    queue_id = secrets.token_hex(5).upper()
    return (
        f"Received: from {peer_name} ({peer_name} [{peer_address}])\r\n"
        f"\tby {by} (bsaudit lab) with ESMTP id {queue_id};\r\n\t{format_datetime(at)}\r\n"
    )


_SUBJECTS = {
    "failed": "Undelivered Mail Returned to Sender",
    "delayed": "Delayed Mail (still being retried)",
    "relayed": "Successful Mail Delivery Report",
}
_PROSE = {
    "failed": "Your message could not be delivered to the following address:",
    "delayed": "Your message has not been delivered yet; delivery will be tried again:",
    "relayed": "Your message was passed on to a mail system that gives no delivery reports:",
}


def dsn(host: str, original: Original, recipient: str, failure: Failure, at: datetime) -> bytes:
    """Return a delivery status notification (RFC 3464) written by `host`."""
    boundary = f"=_{secrets.token_hex(8)}/{host}"
    fields = [f"Final-Recipient: rfc822; {recipient}", f"Action: {failure.action}", f"Status: {failure.status}"]
    if failure.remote:
        fields.append(f"Remote-MTA: dns; {failure.remote}")
    if failure.diagnostic:
        kind = "smtp" if failure.remote else "x-lab"
        fields.append(f"Diagnostic-Code: {kind}; {failure.diagnostic}")
    head = original.content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    lines = [
        f"Date: {format_datetime(at)}",
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>",
        f"To: {original.mail_from}",
        f"Subject: {_SUBJECTS[failure.action]}",
        f"Message-ID: <{secrets.token_hex(10)}@{host}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"This is the mail system at host {host}.",
        "",
        _PROSE[failure.action],
        "",
        f"<{recipient}>: {_quoted(failure)}",
        "",
        f"--{boundary}",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; {host}",
        *([f"Original-Envelope-Id: {original.envid}"] if original.envid else []),
        f"Arrival-Date: {format_datetime(at)}",
        "",
        *fields,
        "",
        f"--{boundary}",
        "Content-Type: text/rfc822-headers",
        "",
        head,
        "",
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "replace")


def _quoted(failure: Failure) -> str:
    if failure.remote:
        return f"host {failure.remote} said: {failure.diagnostic}"
    return failure.diagnostic


def qmail_bounce(host: str, original: Original, recipient: str, at: datetime) -> bytes:
    """Return a bounce in qmail's form (QSBMF): no MIME, no Message-ID, no fields."""
    text = (
        f"Date: {format_datetime(at)}\r\nFrom: MAILER-DAEMON@{host}\r\nTo: {original.mail_from}\r\n"
        f"Subject: failure notice\r\n\r\nHi. This is the qmail-send program at {host}.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        f"<{recipient}>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        f"--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <{original.mail_from}>\r\n"
    )
    return text.encode() + original.content


def answer(host: str, from_address: str, original: Original, subject: str, text: str) -> bytes:
    """Return an automatic answer (RFC 3834)."""
    about = str(email.message_from_bytes(original.content).get("Message-ID", ""))
    now = format_datetime(datetime.now(UTC))
    return (
        f"Date: {now}\r\nFrom: {from_address}\r\nTo: {original.mail_from}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{secrets.token_hex(10)}@{host}>\r\nIn-Reply-To: {about}\r\nReferences: {about}\r\n"
        f"Auto-Submitted: auto-replied\r\n\r\n{text}\r\n"
    ).encode()
