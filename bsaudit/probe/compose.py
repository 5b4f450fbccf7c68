"""From a planned probe to the bytes that go out (RFC 5322, CRLF line ends). Pure: the time is handed in."""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message, MIMEPart
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from bsaudit.model.probe import Place, Probe
from bsaudit.probe.content import CONTENTS, FILLER, GTUBE, eicar
from bsaudit.probe.tagging import domain_of


class _Written(EmailPolicy):
    """Fields of our own, already in the form they go out in: parsing each of them costs five times the rest."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        if "\r" in value or "\n" in value:
            raise ValueError(f"a line break in {name}")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 — the library's signature
        return value


_ASCII = _Written(linesep=SMTP.linesep)
_UTF8 = _ASCII.clone(utf8=True)


def compose(
    probe: Probe,
    *,
    at: datetime,
    authorized_by: str | None = None,
    contact: str | None = None,
    rules: Sequence[str] = (),
    octets: int = 0,
) -> bytes:
    """Return the message of `probe` as it goes over the wire, not yet dot-stuffed.

    `rules` are the user's own texts, of which `probe.rule` is one; `octets` is the least size of an oversize message.
    """
    if probe.content in _NOTIFICATIONS:
        text = _footer(probe, authorized_by, contact) if probe.target else _CONTROL.format(probe.token(Place.BODY))
        return _notification(probe, at, text, content=probe.content == "returned-content")
    if probe.content == "rule":
        return _rule(probe, at, rules[probe.rule or 0])
    subject, write = CONTENTS[probe.content]
    message = EmailMessage(policy=_policy(probe))
    _address(message, probe)
    message["Subject"] = subject
    _stamp(message, probe, at)
    write(message, _footer(probe, authorized_by, contact))
    composed = message.as_bytes()
    missing = max(0, octets - len(composed))
    return composed + FILLER.replace("\n", "\r\n").encode() * -(-missing // (len(FILLER) + 1))


_NOTIFICATIONS = frozenset({"returned-content", "returned-plain"})
# A rule's message keeps what makes the rule match, but nobody else's address: these are ours, or go.
_REPLACED = ("From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Date", "Message-ID", "Return-Path", "Received")
_ANSWERED = ("Disposition-Notification-To", "Return-Receipt-To", "Errors-To", "Resent-To", "Resent-Cc", "Resent-From")


def _rule(probe: Probe, at: datetime, text: str) -> bytes:
    """Return the user's own message or snippet, from us and to the probe's recipient only."""
    if not _FIELD.match(text):
        text = f"Subject: A test of your rule\n\n{text}"
    message = email.message_from_string(text, _class=EmailMessage, policy=SMTP)
    for name in (*_REPLACED, *_ANSWERED):
        del message[name]
    _address(message, probe)
    _stamp(message, probe, at)
    return message.as_bytes()


# RFC 5322 §2.2: what begins with a field name and a colon is a header.
_FIELD = re.compile(r"[!-9;-~]+:")


def _address(message: EmailMessage, probe: Probe) -> None:
    message["From"] = probe.from_address
    message["To"] = ", ".join(recipient.address for recipient in probe.recipients)
    message["Reply-To"] = probe.reply_to


def _policy(probe: Probe) -> _Written:
    addresses = "".join(recipient.address for recipient in probe.recipients) + probe.from_address
    return _ASCII if addresses.isascii() else _UTF8


def _stamp(message: EmailMessage, probe: Probe, at: datetime) -> None:
    message["Date"] = format_datetime(at)
    message["Message-ID"] = probe.message_id


def _footer(probe: Probe, authorized_by: str | None, contact: str | None) -> str:
    """Say to whoever reads it what this is; strangers must be able to ask and to complain."""
    lines = ["-- ", "This is a test of a mail server's handling of undeliverable mail (bsaudit)."]
    if authorized_by:
        lines.append(f"It was authorised by: {authorized_by}")
    lines.append(f"Questions: {contact or probe.reply_to}")
    lines.append(f"Reference: {probe.token(Place.BODY)}")
    return "\n".join(lines) + "\n"


_CONTROL = "This is a control message of bsaudit, sent to its own user.\n\nReference: {}\n"


def _notification(probe: Probe, at: datetime, text: str, *, content: bool) -> bytes:
    """Return a DSN in RFC 3464 form, as a bouncing server of our own domain would write it.

    To a target it comes from an address with a token: whoever answers From instead of <> is seen, and nobody else's
    address stands in it. As NDN control, with `content`, it returns GTUBE and EICAR, as the NDN of a content probe
    does: only if such a message reaches the catch mailbox does silence about content probes mean anything.
    """
    domain = domain_of(probe.from_address)
    message = EmailMessage(policy=_policy(probe))
    author = probe.from_address if probe.target else f"MAILER-DAEMON@{domain}"
    message["From"] = str(Address("Mail Delivery System", addr_spec=author))
    message["To"] = probe.recipients[0].address
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Auto-Submitted"] = "auto-replied"
    _stamp(message, probe, at)
    message["Content-Type"] = "multipart/report; report-type=delivery-status"
    message["MIME-Version"] = "1.0"
    message.set_payload(
        [
            _part(text),
            _delivery_status(probe, domain),
            _returned_original(probe, at, content=content),
        ]
    )
    return message.as_bytes()


def _part(text: str) -> MIMEPart:
    part = MIMEPart(policy=_ASCII)
    part.set_content(text)
    return part


def _delivery_status(probe: Probe, domain: str) -> MIMEPart:
    part = MIMEPart(policy=_ASCII)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload(
        [
            _fields(("Reporting-MTA", f"dns; {domain}")),
            _fields(
                ("Final-Recipient", f"rfc822; control@{domain}"),
                ("Action", "failed"),
                ("Status", "5.0.0"),
                ("Diagnostic-Code", f"smtp; 550 control {probe.token(Place.ENVID)}"),
            ),
        ]
    )
    return part


def _fields(*fields: tuple[str, str]) -> Message:
    block = Message(policy=_ASCII)
    for name, value in fields:
        block[name] = value
    return block


def _returned_original(probe: Probe, at: datetime, *, content: bool) -> MIMEPart:
    original = EmailMessage(policy=_ASCII)
    original["From"] = probe.from_address
    original["To"] = f"control@{domain_of(probe.from_address)}"
    original["Subject"] = "Control"
    original["Date"] = format_datetime(at)
    original["Message-ID"] = f"<{probe.token(Place.FROM)}@{domain_of(probe.from_address)}>"
    original.set_content(f"{GTUBE}\n" if content else "A message that was returned.\n")
    if content:
        original.add_attachment(eicar(), maintype="application", subtype="octet-stream", filename="eicar.com")
    part = MIMEPart(policy=_ASCII)
    part["Content-Type"] = "message/rfc822"
    part.set_payload([original])
    return part
