"""DMARC records, as they stand in DNS (RFC 7489 §6.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RECORD = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)", re.IGNORECASE)
_POLICY = re.compile(r";\s*(?P<tag>s?p)\s*=\s*(?P<policy>\w+)", re.IGNORECASE)
_TO_NONE = re.compile(r";\s*pct\s*=\s*0+\s*(?:;|$)", re.IGNORECASE)
# What is asked for of the messages that `pct` spares (§6.6.4)
_NEXT_LOWER = {"reject": "quarantine", "quarantine": "none"}


def records(texts: Iterable[str]) -> list[str]:
    """Return the TXT records that are DMARC records; where there are several, none counts (§6.6.3)."""
    return [text for text in texts if _RECORD.match(text)]


def policy(record: str, *, for_subdomain: bool = False) -> str:
    """Return what a record asks for, in lower case: `sp` is for subdomains, and `p` where there is none (§6.3).

    With `pct=0` that is asked for of no message, and the next lower policy of all.
    """
    policies = {found["tag"].lower(): found["policy"].lower() for found in _POLICY.finditer(record)}
    own = policies.get("sp") if for_subdomain else None
    asked = own or policies.get("p", "")
    return _NEXT_LOWER.get(asked, asked) if _TO_NONE.search(record) else asked
