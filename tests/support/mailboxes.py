"""Notices as they lie in a person's mailbox, made up: about the person's own mail, and about forged mail."""

from __future__ import annotations

from tests.support.notifications import FAILED

DATE = "Mon, 1 Jun 2026 10:00:00 +0000"
OWN_DOMAIN, OWN_HOST, OWN_ADDRESS = "ann.example", "mail.ann.example", "198.51.100.25"
REPORTER, REPORTER_ADDRESS = "mx.dest.example", "192.0.2.44"
OWN_HOP = f"from {OWN_HOST} ({OWN_HOST} [{OWN_ADDRESS}])"
BOT_HOP = f"from {OWN_HOST} (203-0-113-9.dyn.isp.example [203.0.113.9])"
HOSTER_HOP = "from srv7.hoster.example (srv7.hoster.example [203.0.113.77])"


def received(client: str, by: str, protocol: str = "ESMTP") -> str:
    return f"Received: {client}\n\tby {by} (Postfix) with {protocol} id 4ABC; {DATE}\n"


def original(*hops: str, message_id: str = "<1@pc>", subject: str = "Hello", extra: str = "") -> str:
    """Return the header of an original that came by these hops, newest first."""
    lines = "".join(received(hop, REPORTER) if " by " not in hop else f"Received: {hop}; {DATE}\n" for hop in hops)
    named = f"Message-ID: {message_id}\n" if message_id else ""
    return f"{lines}From: ann@ann.example\nTo: bob@dest.example\nSubject: {subject}\n{extra}{named}"


def notice(
    copy: str | None,
    *,
    fields: str = FAILED,
    body: str = "",
    date: str = DATE,
    peer: str = f"from {REPORTER} ({REPORTER} [{REPORTER_ADDRESS}])",
    sender: str = f"MAILER-DAEMON@{REPORTER}",
    to: str = "ann@ann.example",
    extra: str = "",
) -> bytes:
    """Return a notice that `peer` handed to the person's own mail exchanger, with the copy of an original."""
    kind = "message/rfc822" if body else "text/rfc822-headers"
    part = "" if copy is None else f"\n--=_x\nContent-Type: {kind}\n\n{copy}\n{body}"
    return (
        f"Return-Path: <>\nDelivered-To: {to}\n{extra}"
        f"Received: {peer}\n\tby mx.{OWN_DOMAIN} (Postfix) with ESMTPS id 4XYZ\n\tfor <{to}>; {date}\n"
        f"From: Mail Delivery System <{sender}>\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
        f"Date: {date}\nMessage-ID: <n1@{REPORTER}>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_x"\n\n'
        "--=_x\nContent-Type: text/plain\n\nThis is the mail system at host mx.dest.example.\nIt failed.\n"
        f"--=_x\nContent-Type: message/delivery-status\n\n{fields}{part}\n--=_x--\n"
    ).encode()


OWN = notice(original(OWN_HOP, f"from pc (pc [10.0.0.5]) by {OWN_HOST} (Postfix) with ESMTPSA id 4DEF"))
BACKSCATTER = notice(original(BOT_HOP, message_id="<8@ann.example>", subject="Cheap pills 7"))
NEWSLETTER = (
    f"Return-Path: <bounce-7@news.example>\nReceived: from news.example (news.example [192.0.2.80]) by mx.ann.example;"
    f" {DATE}\nFrom: News <news@news.example>\nTo: ann@ann.example\nSubject: This week\nDate: {DATE}\n"
    "Message-ID: <w7@news.example>\nList-Id: <news.news.example>\n\nNothing new.\n"
).encode()


def mbox(*messages: bytes) -> bytes:
    """Return a mailbox of these (RFC 4155)."""
    line = b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n"
    return b"".join(line + message.replace(b"\nFrom ", b"\n>From ") + b"\n\n" for message in messages)
