"""The trace line of a message that we took (RFC 5321 §4.4)."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

from bsaudit.adapters.domain import address_literal
from bsaudit.adapters.smtpd.handler import Session
from bsaudit.adapters.smtpd.syntax import Transaction
from bsaudit.text import clean_line

_HELO = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[0-9A-Za-z:.]{1,64}\]")


def received_line(session: Session, transaction: Transaction, *, by: str, queue_id: str, at: datetime) -> bytes:
    """Return the line with CRLF; one recipient is named in it, several are nobody's business."""
    said = session.helo if session.helo and _HELO.fullmatch(session.helo) else "unknown"
    recipients = transaction.recipients
    for_ = f"\r\n\tfor <{clean_line(recipients[0].address)}>" if len(recipients) == 1 else ""
    protocol = _protocol(session, transaction)
    line = (
        f"Received: from {said} ({address_literal(session.address)})\r\n"
        f"\tby {by} (bsaudit) with {protocol} id {queue_id}{for_};\r\n\t{format_datetime(at)}\r\n"
    )
    return line.encode()


def _protocol(session: Session, transaction: Transaction) -> str:
    """Return the word behind `with` (RFC 3848, RFC 6531 §4.3)."""
    name = "UTF8SMTP" if transaction.smtputf8 else "ESMTP" if session.esmtp else "SMTP"
    return name + ("S" if session.tls else "") + ("A" if session.user else "")
