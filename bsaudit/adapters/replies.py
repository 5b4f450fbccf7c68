"""SMTP replies as the servers write them: the enhanced code and the text."""

from __future__ import annotations

import functools
import re
import sys

from bsaudit.model.mail import Reply
from bsaudit.text import clean_line

# RFC 3463 §2: class "." subject "." detail, at the beginning of the text (RFC 2034 §4)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


# Servers say the same to most commands: with thousands of probes in memory one such reply serves all.
@functools.lru_cache(maxsize=64)
def read_reply(code: int, text: str) -> Reply:
    """Return the reply with its enhanced code split out; several lines become one."""
    lines = text.split("\n")
    first = _ENHANCED.match(lines[0])
    enhanced = first.group(1) if first and first.group(1)[0] == str(code)[0] else None
    if enhanced is not None:  # RFC 2034 §4: the code stands in every line
        lines = [line.removeprefix(enhanced).strip() for line in lines]
    # Of what they say differently, a queue's number, the code is still the same: one string serves all.
    enhanced = enhanced and sys.intern(enhanced)
    return Reply(code=code, enhanced=enhanced, text=clean_line(" ".join(lines)))
