"""The notifications that the lab's hosts write, each in the style of a mail system of the real world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime

from bsaudit.adapters.smtpd.syntax import Recipient, decode_xtext
from bsaudit.lab.mail import Envelope, Place, Result, new_queue_id, now
from bsaudit.model.notification import Action


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is to be told: `writer` says that `action` became of `mail` for `recipient`, because of `result`."""

    writer: Place
    mail: Envelope
    recipient: Recipient
    result: Result
    action: Action


Style = Callable[[Notice], bytes]

_SUBJECTS = {
    Action.FAILED: "Undelivered Mail Returned to Sender",
    Action.DELAYED: "Delayed Mail (still being retried)",
    Action.RELAYED: "Successful Mail Delivery Report",
    Action.DELIVERED: "Successful Mail Delivery Report",
}
_POSTFIX = {
    Action.FAILED: "I'm sorry to have to inform you that your message could not\r\n"
    "be delivered to one or more recipients.",
    Action.DELAYED: "####################################################################\r\n"
    "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\r\n"
    "####################################################################",
    Action.RELAYED: "Your message was successfully delivered to the destination(s)\r\nlisted below.",
    Action.DELIVERED: "Your message was successfully delivered to the destination(s)\r\nlisted below.",
}


def postfix(notice: Notice) -> bytes:
    """Postfix: RFC 3464 in full, with the remote reply in the prose."""
    said = notice.result.text
    if notice.result.remote is not None:
        remote = notice.result.remote
        said = f"host {remote.name}[{remote.address}] said: {said} (in reply to {notice.result.stage})"
    prose = (
        f"This is the mail system at host {notice.writer.name}.\r\n\r\n{_POSTFIX[notice.action]}\r\n\r\n"
        f"<{notice.recipient.address}>: {said}\r\n"
    )
    return _report(notice, prose, _SUBJECTS[notice.action])


def exim(notice: Notice) -> bytes:
    """Exim: other words, and a status that is always 5.0.0."""
    said = f"    {notice.result.text}"
    if notice.result.remote is not None:
        remote = notice.result.remote
        said = (
            f"    host {remote.name} [{remote.address}]\r\n"
            f"    SMTP error from remote mail server after {notice.result.stage}:\r\n{said}"
        )
    prose = (
        "This message was created automatically by mail delivery software.\r\n\r\n"
        "A message that you sent could not be delivered to one or more of its\r\n"
        f"recipients. This is a permanent error. The following address(es) failed:\r\n\r\n"
        f"  {notice.recipient.address}\r\n{said}\r\n"
    )
    return _report(notice, prose, "Mail delivery failed: returning message to sender", status="5.0.0")


def qmail(notice: Notice) -> bytes:
    """qmail: no MIME, no Message-ID, no Auto-Submitted; the original stands below a line (QSBMF)."""
    lines = [
        f"Received: (qmail {new_queue_id()} invoked for bounce); {_date()}",
        f"Date: {_date()}",
        f"From: MAILER-DAEMON@{notice.writer.name}",
        f"To: {notice.mail.mail_from}",
        "Subject: failure notice",
        "",
        f"Hi. This is the qmail-send program at {notice.writer.name}.",
        "I'm afraid I wasn't able to deliver your message to the following addresses.",
        "This is a permanent error; I've given up. Sorry it didn't work out.",
        "",
        f"<{notice.recipient.address}>:",
        notice.result.text.partition(" ")[2],
        "",
        "--- Below this line is a copy of the message.",
        "",
        f"Return-Path: <{notice.mail.mail_from}>",
    ]
    return "\r\n".join(lines).encode() + b"\r\n" + notice.mail.content


def _report(notice: Notice, prose: str, subject: str, status: str | None = None) -> bytes:
    """Return a multipart/report (RFC 6522) of prose, delivery-status (RFC 3464) and the original."""
    queue_id, name = new_queue_id(), notice.writer.name
    boundary = f"{queue_id}.{now().timestamp():.0f}/{name}"
    head = (
        f"Received: by {name} (bsaudit) id {queue_id}; {_date()}\r\n"
        f"Date: {_date()}\r\n"
        f"From: MAILER-DAEMON@{name} (Mail Delivery System)\r\n"
        f"Subject: {subject}\r\n"
        f"To: {notice.mail.mail_from}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n'
        f"Message-ID: <{queue_id}@{name}>\r\n\r\n"
    )
    fields = "\r\n".join(_status_fields(notice, status))
    kind, original = _original(notice)
    body = (
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{prose}\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n{fields}\r\n"
        f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n"
    )
    return (head + body).encode() + original + f"\r\n--{boundary}--\r\n".encode()


def _status_fields(notice: Notice, status: str | None) -> Iterator[str]:
    mail, recipient, result = notice.mail, notice.recipient, notice.result
    yield f"Reporting-MTA: dns; {notice.writer.name}"
    if mail.envid:
        yield f"Original-Envelope-Id: {decode_xtext(mail.envid)}"
    yield f"Arrival-Date: {format_datetime(mail.arrived_at)}"
    yield ""
    yield f"Final-Recipient: rfc822; {recipient.address}"
    if recipient.orcpt:
        yield f"Original-Recipient: {recipient.orcpt[0]}; {decode_xtext(recipient.orcpt[1])}"
    yield f"Action: {notice.action.value}"
    yield f"Status: {status or result.status}"
    if result.remote is not None:
        yield f"Remote-MTA: dns; {result.remote.name}"
        yield f"Diagnostic-Code: smtp; {result.text}"
    else:
        yield f"Diagnostic-Code: x-lab; {result.text.partition(' ')[2]}"
    yield ""


def _original(notice: Notice) -> tuple[str, bytes]:
    """Return type and octets of what is returned: RFC 3461 §4.3, headers only for RET=HDRS and for good news."""
    if notice.mail.ret == "HDRS" or notice.action is not Action.FAILED:
        header = notice.mail.content.partition(b"\r\n\r\n")[0]
        return "text/rfc822-headers", header + b"\r\n"
    return "message/rfc822", notice.mail.content


def vacation(mail: Envelope, recipient: Recipient) -> bytes:
    """Sieve's vacation (RFC 5230)."""
    subject = str(mail.header["Subject"] or "your message")
    return _answer(
        mail,
        mail.mail_from,
        recipient.address,
        subject=f"Auto: {subject}",
        submitted="Auto-Submitted: auto-replied (vacation)",
        text="I am on holiday and will read your message when I am back.",
    )


def challenge(mail: Envelope, recipient: Recipient, to: str) -> bytes:
    """Challenge/response: ask for a sign that a person wrote."""
    return _answer(
        mail,
        to,
        recipient.address,
        subject="Please confirm your message",
        submitted="Auto-Submitted: auto-replied",
        text="Your message is being held until you confirm that you are a real person.\r\n"
        "Simply reply to this message, and it will be delivered. You only need to do this once.",
    )


def _answer(mail: Envelope, to: str, sender: str, *, subject: str, submitted: str, text: str) -> bytes:
    original = str(mail.header["Message-ID"] or "").strip()
    return (
        f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nDate: {_date()}\r\n"
        f"Message-ID: <{new_queue_id()}@{sender.rpartition('@')[2]}>\r\n"
        f"In-Reply-To: {original}\r\nReferences: {original}\r\n{submitted}\r\n\r\n{text}\r\n"
    ).encode()


def _date() -> str:
    return format_datetime(now())
