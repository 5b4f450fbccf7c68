"""The queue id in a server's final reply, as each server writes it."""

from __future__ import annotations

import re

# How each server names the message in its final 250. The first that fits wins.
_QUEUE_IDS = (
    re.compile(r"\bqueued as ([0-9A-Za-z]{6,32})"),  # Postfix, amavisd
    re.compile(r"\bOK id=([0-9A-Za-z-]{16,32})"),  # Exim
    re.compile(r"^([0-9A-Za-z]{8,20}) Message accepted for delivery"),  # Sendmail, OpenSMTPD
    re.compile(r"\bok \d+ (qp \d+)"),  # qmail: time, then the number of the qmail-queue process
    re.compile(r"^Ok\. ([0-9A-F.]{20,64})"),  # Courier
    re.compile(r"\[InternalId=(\d+)"),  # Exchange
    re.compile(r"\bMessage Queued \(([0-9A-Fa-f.-]{8,64})\)"),  # Haraka
    re.compile(r"^OK\s+\d+ ([\w.-]{8,64}) - gsmtp"),  # Google
)


def queue_id(text: str) -> str | None:
    """Return the id under which a server has queued the message, as the text of its final reply tells, or None."""
    found = next(filter(None, (form.search(text) for form in _QUEUE_IDS)), None)
    return found.group(1) if found else None
