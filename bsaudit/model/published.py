"""What a record that a domain publishes against forged senders (SPF, DMARC) comes to."""

from __future__ import annotations

from enum import StrEnum


class Published(StrEnum):
    """`unknown` is where DNS did not answer: it says nothing of what is there."""

    UNKNOWN = "unknown"
    NONE = "none"
    SEVERAL = "several"  # which counts as none (RFC 7208 §4.5, RFC 7489 §6.6.3)
    OPEN = "open"  # it is there, and has nothing refused
    SOFT = "soft"  # forged mail is marked, or filed as spam
    ELSEWHERE = "elsewhere"  # another domain's record decides
    GOOD = "good"  # forged mail is refused
