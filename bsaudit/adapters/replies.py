"""SMTP replies as the servers write them: the enhanced code, the text, the queue id."""

from __future__ import annotations

import functools
import re

from bsaudit.model.mail import Reply
from bsaudit.text import clean_line

# RFC 3463 §2: class "." subject "." detail, at the beginning of the text (RFC 2034 §4)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")

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


# Servers say the same to most commands: with thousands of probes in memory one such reply serves all.
@functools.lru_cache(maxsize=64)
def read_reply(code: int, text: str) -> Reply:
    """Return the reply with its enhanced code split out; several lines become one."""
    lines = text.split("\n")
    first = _ENHANCED.match(lines[0])
    enhanced = first.group(1) if first and first.group(1)[0] == str(code)[0] else None
    if enhanced is not None:  # RFC 2034 §4: the code stands in every line
        lines = [line.removeprefix(enhanced).strip() for line in lines]
    return Reply(code=code, enhanced=enhanced, text=clean_line(" ".join(lines)))


def queue_id(reply: Reply) -> str | None:
    """Return the id under which the server has queued the message, as its final reply tells, or None."""
    found = next(filter(None, (form.search(reply.text) for form in _QUEUE_IDS)), None)
    return found.group(1) if found else None
